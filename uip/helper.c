// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The privileged process: its set-up, its sandbox's life, its loop. It keeps nothing that
 * matters: the firmware asks again for what got lost when either process died.
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

#include "clock.h"
#include "helper.h"
#include "log.h"
#include "net/loop.h"
#include "notify.h"
#include "opener.h"
#include "relay.h"
#include "sandbox.h"

#include "chap.h"

#define RESTART_MS		1000	/* at least, from one sandbox to the next */
#define LOOK_AGAIN_MS		1000	/* after something was lost */
#define SOCKET_BUF_BYTES	(1 << 20) /* some 100 PDUs of logins, waiting */
#define MESSAGES_A_TURN		64

/* --- the sandbox ----------------------------------------------------------- */

/* SIGTERM and SIGINT, which a whole group gets, stay blocked: it ends with its socket. */
static _Noreturn void be_sandbox(int sock, pid_t parent, bool login)
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

/* With less room than that, who tells waits more often. */
static int make_pair(int pair[2])
{
	int room = SOCKET_BUF_BYTES, i;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	for (i = 0; i < 2; i++)
		if (setsockopt(pair[i], SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)))
			uip_dbg(UIP_SANDBOX, "no room for its socket: %s", strerror(errno));
	return 0;
}

static int start_sandbox(struct uip_helper *h)
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
	h->started_ms = uip_monotonic_ms();
	uip_beat_start(&h->beat, h->started_ms);
	return 0;
}

void uip_helper_missed(struct uip_helper *h)
{
	if (!h->lost)
		h->lost_at_ms = uip_monotonic_ms();
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
		uip_err("the sandbox could not be set up: uipd --check-config says why");
}

static void end_sandbox(struct uip_helper *h)
{
	struct uip_served *a;
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
	for (a = h->adapters; a < &h->adapters[UIP_SERVED_MAX]; a++)
		a->open = false;
	uip_logins_sandbox_ended(&h->logins);
	uip_helper_missed(h);
	say_how_it_ended(status);
}

bool uip_helper_need_sandbox(struct uip_helper *h)
{
	int err;

	if (h->sandbox >= 0)
		return true;
	if (h->started_ms && uip_monotonic_ms() - h->started_ms < RESTART_MS)
		return false;
	err = start_sandbox(h);
	if (err)
		uip_err("cannot start the sandbox: %s", strerror(-err));
	return !err;
}

static void read_sandbox(struct uip_helper *h)
{
	struct uip_msg msg;
	int i, got = 1;

	for (i = 0; got > 0 && i < MESSAGES_A_TURN; i++) {
		got = uip_msg_recv(h->sandbox, &msg, NULL);
		if (got > 0)
			uip_relay_take(h, &msg);
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
static void read_logins(struct uip_helper *h)
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
static int time_to_look(const struct uip_helper *h)
{
	uint64_t since = uip_monotonic_ms() - h->lost_at_ms;

	if (!h->lost)
		return -1;
	return since < LOOK_AGAIN_MS ? LOOK_AGAIN_MS - since : 0;
}

/* @wait: or until @at, whichever is first. Both may be none: -1, and 0. */
static int or_until(int wait, uint64_t at)
{
	uint64_t now = uip_monotonic_ms();
	int left = at > now ? at - now : 0;

	if (!at)
		return wait;
	return wait < 0 || left < wait ? left : wait;
}

static int time_to_wait(const struct uip_helper *h)
{
	int wait = or_until(time_to_look(h), h->logins.file.late_at);

	wait = or_until(wait, h->pet_at);
	return or_until(wait, h->sandbox >= 0 ? h->beat.next : 0);
}

/* One that does nothing is worse than none: that one is started again. */
static void check_sandbox(struct uip_helper *h)
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

static void look_again(struct uip_helper *h)
{
	h->lost = false;
	/* Now, not when it is needed: that may be to bring back the disk that it is on. */
	if (!uip_helper_need_sandbox(h))
		uip_helper_missed(h);
	uip_genl_ask_adapters(h->genl);
	uip_login_file_again(&h->logins.file);
}

static void check_opener(struct uip_helper *h)
{
	struct uip_login_file *file = &h->logins.file;

	if (file->late_at && uip_monotonic_ms() >= file->late_at)
		uip_login_file_late(file);
}

/* Return: false: it ended, and what it could none of us can, nor have another do. */
static bool hear_opener(struct uip_helper *h)
{
	if (uip_login_file_hear(&h->logins.file))
		return true;
	uip_err("the process that opens /dev/" OHBA_LOGIN_DEV " ended, and only a new uipd can have "
		"another: it ends; have it started again (systemd does)");
	return false;
}

/*
 * Adapters count on a helper that is there: one that hangs, or has no sandbox that does
 * anything, is started anew, and meanwhile they know that there is none.
 */
static void pet_watchdog(struct uip_helper *h)
{
	uint64_t now = uip_monotonic_ms();

	if (!h->pet_at || now < h->pet_at)
		return;
	h->pet_at = now + h->pet_ms;
	if (h->sandbox >= 0 && h->answered && uip_beat_lately(&h->beat))
		uip_notify("WATCHDOG=1");
}

/* Some may be missed while the sandbox is started. */
static void start_watchdog(struct uip_helper *h)
{
	h->pet_ms = uip_notify_watchdog_ms() / 4;
	h->pet_at = h->pet_ms ? uip_monotonic_ms() + h->pet_ms : 0;
}

enum { SIGNALS, DRIVER, SANDBOX, LOGINS, OPENER, FDS };

static void fill(const struct uip_helper *h, struct pollfd fds[FDS])
{
	bool can = h->answered && h->sandbox >= 0 && !h->full;

	fds[SIGNALS] = (struct pollfd){ .fd = h->signals, .events = POLLIN };
	fds[DRIVER] = (struct pollfd){ .fd = uip_genl_fd(h->genl), .events = POLLIN };
	fds[SANDBOX] = (struct pollfd){ .fd = h->sandbox,
					.events = POLLIN | (h->full ? POLLOUT : 0) };
	fds[LOGINS] = (struct pollfd){ .fd = can ? h->logins.file.fd : -1, .events = POLLIN };
	fds[OPENER] = (struct pollfd){ .fd = h->logins.file.opener, .events = POLLIN };
}

/* Return: whether it was told to end. */
static bool serve(struct uip_helper *h)
{
	struct pollfd fds[FDS];

	for (;;) {
		fill(h, fds);
		if (poll(fds, FDS, time_to_wait(h)) < 0 && errno != EINTR) {
			uip_err("cannot wait for what comes: %s", strerror(errno));
			return false;
		}
		if (!time_to_look(h))
			look_again(h);
		if (fds[SIGNALS].revents)
			return true;
		if (fds[SANDBOX].revents)
			read_sandbox(h);
		check_sandbox(h);
		if (fds[DRIVER].revents)
			uip_genl_read(h->genl);
		if (fds[OPENER].revents && !hear_opener(h))
			return false;
		check_opener(h);
		pet_watchdog(h);
		if (fds[LOGINS].revents || fds[SANDBOX].revents & POLLOUT)
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

/* The sandbox must not read libcrypto's files. */
static void load_digests(void)
{
	unsigned int lacking = iscsi_chap_load();

	for (; lacking; lacking &= lacking - 1)
		uip_dbg(UIP_LOGINS, "libcrypto cannot do CHAP with %s",
			iscsi_chap_name(__builtin_ctz(lacking)));
}

static bool set_up_logins(struct uip_helper *h)
{
	load_digests();
	h->logins.file.events = &uip_relay_logins;
	h->logins.file.arg = h;
	h->logins.file.opener = uip_opener_start();
	return h->logins.file.opener >= 0;
}

/* All that can fail, before anybody is told that it did not. */
static bool set_up(struct uip_helper *h, bool login)
{
	h->signals = catch_signals();
	if (h->signals < 0) {
		uip_err("cannot wait for signals: %s", strerror(errno));
		return false;
	}
	uip_sandbox_be_flusher();	/* before any other process is started */
	h->genl = uip_genl_open(&uip_relay_driver, h);
	h->login = login;
	return h->genl && (!login || set_up_logins(h)) && !uip_sandbox_drop();
}

static void end(struct uip_helper *h)
{
	/* First: then the adapters make logins by themselves, and none has failed. */
	uip_login_file_close(&h->logins.file);
	end_sandbox(h);
	uip_genl_close(h->genl);
}

int uip_helper_run(uip_ready_fn *ready, bool login)
{
	struct uip_helper h = { .sandbox = -1, .logins.file = { .fd = -1, .opener = -1 } };
	int status = EXIT_FAILURE;

	if (set_up(&h, login) && ready()) {
		uip_sandbox_stay_in_memory();	/* which a daemon's parent cannot do for it */
		uip_helper_need_sandbox(&h);
		uip_genl_start(h.genl);
		uip_notify("READY=1");
		start_watchdog(&h);
		if (serve(&h))
			status = EXIT_SUCCESS;
		uip_notify("STOPPING=1");
	}
	end(&h);
	return status;
}
