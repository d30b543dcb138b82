// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The privileged process: between the driver, which it believes, and the sandbox, which
 * it does not. It keeps nothing that matters: the firmware asks again for what got lost
 * when either process died.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "addr.h"
#include "beat.h"
#include "clock.h"
#include "genl.h"
#include "helper.h"
#include "limit.h"
#include "log.h"
#include "logins.h"
#include "net/loop.h"
#include "notify.h"
#include "ohba_status.h"
#include "opener.h"
#include "port.h"
#include "sandbox.h"

#include "chap.h"

#define ADAPTERS_MAX		64
#define RESTART_MS		1000	/* at least, from one sandbox to the next */
#define LOOK_AGAIN_MS		1000	/* after something was lost */
#define WANTS_MAX		256	/* as many paths as the firmware has room for */

struct adapter {
	char name[UIP_ADAPTER_LEN];	/* "": a free entry */
	uint32_t ifindex;
	bool open;			/* the sandbox has its socket */
};

/* What the sandbox was asked: what it says of anything else is not for the driver. */
struct want {
	uint32_t ifindex;		/* 0: a free entry */
	struct uip_addr dst;
};

struct helper {
	struct uip_genl *genl;
	struct uip_logins logins;
	bool login;			/* logins are made */
	int signals;
	int sandbox;			/* socket, -1: there is none */
	pid_t pid;
	uint64_t started;		/* ms; 0: none was */
	struct uip_beat beat;
	bool answered;			/* it did, once: it may have logins */
	bool full;			/* its socket: logins wait at the driver */
	struct uip_limit lines;		/* of the sandbox's, for the log */
	struct uip_limit unsound;	/* lines about what it says */
	bool lost;			/* something: ask the driver again, in a while */
	uint64_t lost_at;		/* ms */
	struct want wants[WANTS_MAX];	/* around the end */
	unsigned int next_want;
	struct adapter adapters[ADAPTERS_MAX];
};

/* --- adapters -------------------------------------------------------------- */

static struct adapter *find_adapter(struct helper *h, uint32_t ifindex)
{
	struct adapter *a;

	for (a = h->adapters; a < &h->adapters[ADAPTERS_MAX]; a++)
		if (*a->name && a->ifindex == ifindex)
			return a;
	return NULL;
}

/* The entry of that name, else a free one, else one without a socket, else the first. */
static struct adapter *take_adapter(struct helper *h, const char *name)
{
	struct adapter *a, *victim = h->adapters;

	for (a = h->adapters; a < &h->adapters[ADAPTERS_MAX]; a++) {
		if (!strcmp(a->name, name))
			return a;
		if (*victim->name && (!*a->name || (victim->open && !a->open)))
			victim = a;
	}
	return victim;
}

static struct adapter *note_adapter(struct helper *h, const char *name, uint32_t ifindex)
{
	struct adapter *a = take_adapter(h, name), *before = find_adapter(h, ifindex);

	if (a == before && !strcmp(a->name, name))
		return a;
	/* The kernel gave the number of a device that is gone to another's. */
	if (before)
		*before->name = '\0';
	strncpy(a->name, name, sizeof(a->name) - 1);
	a->ifindex = ifindex;
	a->open = false;
	return a;
}

/* --- the sandbox ----------------------------------------------------------- */

/* SIGTERM and SIGINT, which a whole group gets, stay blocked: it ends with its socket. */
static void be_sandbox(int sock, pid_t parent, bool login)
{
	prctl(PR_SET_NAME, "uipd-sandbox");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(EXIT_FAILURE);
	if (!uip_net_attach(sock, login))
		_exit(EXIT_FAILURE);
	uip_sandbox_stay_in_memory();
	if (uip_sandbox_close_all_but(sock) || uip_sandbox_enter())
		_exit(EXIT_FAILURE);
	uip_net_run();
	_exit(EXIT_SUCCESS);
}

#define ROOM	(1 << 20)	/* bytes of each socket's: some 100 PDUs of logins, waiting */

/* With less room than that, who tells waits more often. */
static int make_pair(int pair[2])
{
	int room = ROOM, i;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	for (i = 0; i < 2; i++)
		if (setsockopt(pair[i], SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)))
			uip_dbg(UIP_SANDBOX, "no room for its socket: %s", strerror(errno));
	return 0;
}

static int start_sandbox(struct helper *h)
{
	struct uip_msg ping = { .type = UIP_PING };
	pid_t parent = getpid();
	int pair[2], err;

	err = make_pair(pair);
	if (err)
		return err;
	h->pid = fork();
	if (h->pid < 0) {
		close(pair[0]);
		close(pair[1]);
		return -errno;
	}
	if (!h->pid)
		be_sandbox(pair[1], parent, h->login);
	close(pair[1]);
	h->sandbox = pair[0];
	h->answered = h->full = false;
	(void)uip_msg_send(h->sandbox, &ping, -1);
	h->started = uip_monotonic_ms();
	uip_beat_start(&h->beat, h->started);
	return 0;
}

static void note_loss(struct helper *h)
{
	if (!h->lost)
		h->lost_at = uip_monotonic_ms();
	h->lost = true;
}

static void say_how_it_ended(int status)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		uip_err("the sandbox was killed for a system call that it must not use: "
			"somebody may be attacking it; report it");
	else if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		uip_err("the sandbox was killed by signal %d: report it", WTERMSIG(status));
	else if (WIFEXITED(status) && WEXITSTATUS(status))
		uip_err("the sandbox could not be set up");
}

static void end_sandbox(struct helper *h)
{
	struct adapter *a;
	int status = 0;

	if (h->sandbox < 0)
		return;
	close(h->sandbox);
	h->sandbox = -1;
	/* What it died of, if it did, comes first. */
	if (!waitpid(h->pid, &status, WNOHANG)) {
		kill(h->pid, SIGKILL);
		waitpid(h->pid, &status, 0);
	}
	for (a = h->adapters; a < &h->adapters[ADAPTERS_MAX]; a++)
		a->open = false;
	uip_logins_drop(&h->logins);
	note_loss(h);
	say_how_it_ended(status);
}

/* Return: whether there is one now. Not more than one a second. */
static bool need_sandbox(struct helper *h)
{
	int err;

	if (h->sandbox >= 0)
		return true;
	if (h->started && uip_monotonic_ms() - h->started < RESTART_MS)
		return false;
	err = start_sandbox(h);
	if (err)
		uip_err("cannot start the sandbox: %s", strerror(-err));
	return !err;
}

/* --- from the driver to the sandbox ---------------------------------------- */

static int open_port(struct helper *h, struct adapter *a, const uint8_t mac[6])
{
	struct uip_msg msg = { .type = UIP_PORT_ADD, .port = a->ifindex };
	int fd, err;

	if (!a->ifindex) {
		uip_err("%s has no network device here: move it back to this network namespace, "
			"or give the adapter more queues", a->name);
		return -ENODEV;
	}
	fd = uip_port_open(a->ifindex, mac);
	if (fd < 0)
		return fd;
	memcpy(msg.add.mac, mac, sizeof(msg.add.mac));
	memcpy(msg.add.adapter, a->name, sizeof(msg.add.adapter));
	err = uip_msg_send(h->sandbox, &msg, fd);
	close(fd);
	a->open = !err;
	return err;
}

/* Return: whether the sandbox can be told about @a. */
static bool make_ready(struct helper *h, struct adapter *a, const uint8_t mac[6])
{
	return need_sandbox(h) && (a->open || !open_port(h, a, mac));
}

static void on_adapter(void *arg, const char *name, uint32_t ifindex, const uint8_t mac[6],
		    const struct uip_config *config)
{
	struct uip_msg msg = { .type = UIP_CONFIG, .port = ifindex, .config = *config };
	struct helper *h = arg;
	struct adapter *a = note_adapter(h, name, ifindex);

	uip_dbg(UIP_GENL, "%s, device %u, has %u addresses to get or to watch", name, ifindex,
		config->nifaces);
	/* No socket is opened for nothing. */
	if (!config->nifaces && !a->open)
		return;
	if (!make_ready(h, a, mac) || uip_msg_send(h->sandbox, &msg, -1))
		note_loss(h);
}

static void refuse(struct helper *h, const struct adapter *a, const struct uip_addr *dst)
{
	struct uip_path none = { .dst = *dst, .status = OHBA_ST_HOST_UNREACH };

	uip_genl_path_set(h->genl, a->name, &none);
}

static void on_missed(void *arg)
{
	note_loss(arg);
}

static struct want *find_want(struct helper *h, uint32_t ifindex, const struct uip_addr *dst)
{
	struct want *w;

	for (w = h->wants; w < &h->wants[WANTS_MAX]; w++)
		if (w->ifindex == ifindex && uip_addr_equal(&w->dst, dst))
			return w;
	return NULL;
}

static void note_want(struct helper *h, uint32_t ifindex, const struct uip_addr *dst)
{
	if (!find_want(h, ifindex, dst))
		h->wants[h->next_want++ % WANTS_MAX] = (struct want){ ifindex, *dst };
}

static void on_wanted(void *arg, const char *adapter, uint32_t ifindex, const uint8_t mac[6],
		   const struct uip_want *want)
{
	struct uip_msg msg = { .type = UIP_WANT, .port = ifindex, .want = *want };
	struct helper *h = arg;
	struct adapter *a = note_adapter(h, adapter, ifindex);
	char text[UIP_ADDR_TEXT];

	uip_dbg(UIP_GENL, "%s wants the way to %s, from %u addresses", adapter,
		uip_addr_text(&want->dst, text), want->nifaces);
	note_want(h, ifindex, &want->dst);
	/* What the sandbox has no time for now, the firmware asks again. */
	if (make_ready(h, a, mac))
		(void)uip_msg_send(h->sandbox, &msg, -1);
	else if (h->sandbox >= 0)
		refuse(h, a, &want->dst);
}

static void on_driver(void *arg)
{
	struct helper *h = arg;

	if (h->login)
		uip_login_file_open(&h->logins.file);
}

static void on_login_wanted(void *arg, uint64_t login, const char *adapter)
{
	struct helper *h = arg;

	uip_logins_wanted(&h->logins, login, adapter);
}

static void on_login_task(void *arg, uint64_t login, const struct ohba_login_task *task)
{
	struct helper *h = arg;

	uip_logins_start(&h->logins, h->sandbox, login, task);
}

static void on_login_pdu(void *arg, uint64_t login, const struct ohba_login_pdu *pdu,
			 uint32_t len)
{
	struct helper *h = arg;

	uip_logins_heard(&h->logins, h->sandbox, login, pdu, len);
}

static void on_login_over(void *arg, uint64_t login)
{
	struct helper *h = arg;

	uip_logins_over(&h->logins, h->sandbox, login);
}

static void on_logins_closed(void *arg)
{
	struct helper *h = arg;

	uip_logins_forget(&h->logins, h->sandbox);
}

/* --- from the sandbox to the driver ---------------------------------------- */

static bool is_sound(const struct uip_path *path)
{
	if (!uip_addr_len(&path->dst))
		return false;
	if (path->status)
		return path->status == OHBA_ST_HOST_UNREACH;
	return path->iface < OHBA_IFACES_MAX && path->hop.family == path->dst.family &&
	       !(path->mac[0] & 1);
}

static void take_path(struct helper *h, const struct uip_msg *msg)
{
	struct adapter *a = find_adapter(h, msg->port);
	struct want *want;

	if (!a || !is_sound(&msg->path))
		return;
	want = find_want(h, msg->port, &msg->path.dst);
	if (!want)
		return;
	want->ifindex = 0;
	uip_genl_path_set(h->genl, a->name, &msg->path);
}

/* One station's: a server can say anything, and the firmware would refuse it each time. */
static bool is_sound_lease(const struct uip_lease *lease)
{
	const struct uip_addr *addr = &lease->addr, *gateway = &lease->gateway;

	if (lease->iface >= OHBA_IFACES_MAX || lease->mtu > UINT16_MAX ||
	    lease->kept.len > sizeof(lease->kept.bytes))
		return false;
	if (!addr->family)
		return !gateway->family && !lease->kept.len;
	if (!uip_addr_is_unicast(addr) || lease->prefix > uip_addr_len(addr) * 8)
		return false;
	return !gateway->family ||
	       (gateway->family == addr->family && uip_addr_is_unicast(gateway));
}

static void take_lease(struct helper *h, const struct uip_msg *msg)
{
	struct adapter *a = find_adapter(h, msg->port);

	if (!a)
		return;
	if (!is_sound_lease(&msg->lease)) {
		uip_warn_some(&h->unsound,
			      "%s: the network gave what is no station's address: ignored",
			      a->name);
		return;
	}
	/* Then it is told, and tells us, again. */
	if (!uip_genl_addr_set(h->genl, a->name, &msg->lease))
		note_loss(h);
}

/* Whoever is on the network can cause lines; a log has an end. */
static void take_line(struct helper *h, struct uip_line *line)
{
	if (!uip_log_may(&h->lines))
		return;
	line->text[UIP_LINE_MAX - 1] = '\0';
	uip_log_foreign(line->priority, line->text);
}

static void take(struct helper *h, struct uip_msg *msg)
{
	struct adapter *a;

	switch (msg->type) {
	case UIP_PATH:
		take_path(h, msg);
		break;
	case UIP_LEASE:
		take_lease(h, msg);
		break;
	case UIP_PORT_LOST:
		a = find_adapter(h, msg->port);
		if (a)
			a->open = false;
		note_loss(h);
		break;
	case UIP_LINE:
		take_line(h, &msg->line);
		break;
	case UIP_PING:
		uip_beat_heard(&h->beat);
		h->answered = true;
		break;
	case UIP_LOGIN_PDU:
		uip_logins_take_pdu(&h->logins, &msg->pdu);
		break;
	case UIP_LOGIN_END:
		uip_logins_take_end(&h->logins, &msg->end);
		break;
	}
}

#define MESSAGES_A_TURN	64

static void read_sandbox(struct helper *h)
{
	struct uip_msg msg;
	int i, got = 1;

	for (i = 0; got > 0 && i < MESSAGES_A_TURN; i++) {
		got = uip_msg_recv(h->sandbox, &msg, NULL);
		if (got > 0)
			take(h, &msg);
	}
	explicit_bzero(&msg, sizeof(msg));
	if (got > 0 || got == -EAGAIN || got == -EINTR)
		return;
	uip_err("the sandbox ended: another is started when it is needed");
	end_sandbox(h);
}

static bool has_room(int sock)
{
	struct pollfd fd = { .fd = sock, .events = POLLOUT };

	return poll(&fd, 1, 0) == 1 && fd.revents & POLLOUT;
}

/* What the sandbox has no room for stays at the driver, and the adapter may do without us. */
static void read_logins(struct helper *h)
{
	int i, got = 1;

	h->full = false;
	for (i = 0; got && i < MESSAGES_A_TURN && h->sandbox >= 0; i++) {
		h->full = !has_room(h->sandbox);
		got = !h->full && uip_login_file_read(&h->logins.file);
	}
}

/* --- the loop -------------------------------------------------------------- */

/* Until something is to be looked at again, ms; -1: for ever. */
static int time_to_look(const struct helper *h)
{
	uint64_t since = uip_monotonic_ms() - h->lost_at;

	if (!h->lost)
		return -1;
	return since < LOOK_AGAIN_MS ? LOOK_AGAIN_MS - since : 0;
}

static int time_to_wait(const struct helper *h)
{
	int look = time_to_look(h), beat = -1;
	uint64_t now = uip_monotonic_ms();

	if (h->sandbox >= 0)
		beat = h->beat.next > now ? h->beat.next - now : 0;
	if (look < 0 || beat < 0)
		return look < 0 ? beat : look;
	return look < beat ? look : beat;
}

/* One that does nothing is worse than none: that one is started again. */
static void check_sandbox(struct helper *h)
{
	struct uip_msg ping = { .type = UIP_PING };

	if (h->sandbox < 0)
		return;
	switch (uip_beat_poll(&h->beat, uip_monotonic_ms())) {
	case UIP_BEAT_WAIT:
		break;
	case UIP_BEAT_ASK:
		/* What does not read it does not answer it. */
		(void)uip_msg_send(h->sandbox, &ping, -1);
		break;
	case UIP_BEAT_HUNG:
		uip_err("the sandbox does not answer: another is started; report it");
		end_sandbox(h);
		break;
	}
}

static void look_again(struct helper *h)
{
	h->lost = false;
	/* Now, not when it is needed: that may be to bring back the disk that it is on. */
	if (!need_sandbox(h))
		note_loss(h);
	uip_genl_ask_adapters(h->genl);
	uip_login_file_again(&h->logins.file);
}

static void fill(const struct helper *h, struct pollfd fds[4])
{
	bool can = h->answered && h->sandbox >= 0 && !h->full;

	fds[0] = (struct pollfd){ .fd = h->signals, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = uip_genl_fd(h->genl), .events = POLLIN };
	fds[2] = (struct pollfd){ .fd = h->sandbox,
				  .events = POLLIN | (h->full ? POLLOUT : 0) };
	fds[3] = (struct pollfd){ .fd = can ? h->logins.file.fd : -1, .events = POLLIN };
}

static void serve(struct helper *h)
{
	struct pollfd fds[4];

	for (;;) {
		fill(h, fds);
		if (poll(fds, 4, time_to_wait(h)) < 0 && errno != EINTR)
			return;
		if (!time_to_look(h))
			look_again(h);
		if (fds[0].revents)
			return;
		if (fds[2].revents)
			read_sandbox(h);
		check_sandbox(h);
		if (fds[1].revents)
			uip_genl_read(h->genl);
		if (fds[3].revents || fds[2].revents & POLLOUT)
			read_logins(h);
	}
}

static int catch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static const struct uip_genl_events events = {
	.wanted = on_wanted,
	.adapter = on_adapter,
	.missed = on_missed,
	.driver = on_driver,
};

static const struct uip_login_events login_events = {
	.wanted = on_login_wanted,
	.task = on_login_task,
	.pdu = on_login_pdu,
	.over = on_login_over,
	.refused = on_missed,
	.closed = on_logins_closed,
};

/* libcrypto reads files when it is used first, which the sandbox must not. */
static void load_digests(void)
{
	uint8_t algorithm;

	for (algorithm = ISCSI_CHAP_MD5; algorithm <= ISCSI_CHAP_SHA3_256; algorithm++)
		if (!iscsi_chap_available(algorithm))
			uip_dbg(UIP_LOGINS, "libcrypto cannot do CHAP algorithm %u", algorithm);
}

static bool set_up_logins(struct helper *h)
{
	load_digests();
	h->logins.file.events = &login_events;
	h->logins.file.arg = h;
	h->logins.file.opener = uip_opener_start();
	return h->logins.file.opener >= 0;
}

/* All that can fail, before anybody is told that it did not. */
static bool set_up(struct helper *h, bool login)
{
	h->signals = catch_signals();
	if (h->signals < 0) {
		uip_err("cannot wait for signals: %s", strerror(errno));
		return false;
	}
	h->genl = uip_genl_open(&events, h);
	h->login = login;
	return h->genl && (!login || set_up_logins(h)) && !uip_sandbox_drop();
}

static void end(struct helper *h)
{
	/* First: then the adapters make logins by themselves, and none has failed. */
	uip_login_file_close(&h->logins.file);
	end_sandbox(h);
	uip_genl_close(h->genl);
}

int uip_helper_run(uip_ready_fn *ready, bool login)
{
	struct helper h = { .sandbox = -1, .logins.file.fd = -1 };
	int status = EXIT_FAILURE;

	if (set_up(&h, login) && ready()) {
		uip_sandbox_stay_in_memory();	/* which a daemon's parent cannot do for it */
		need_sandbox(&h);
		uip_genl_start(h.genl);
		uip_notify("READY=1");
		serve(&h);
		uip_notify("STOPPING=1");
		status = EXIT_SUCCESS;
	}
	end(&h);
	return status;
}
