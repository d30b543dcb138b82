// SPDX-License-Identifier: GPL-2.0-or-later
/* Who is served next: the privileged process, frames, what time brings. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "loop.h"
#include "net.h"
#include "ohba_status.h"

static int peer = -1;
static bool full;			/* the socket: what must be told waits */
static bool owed;			/* an answer to a UIP_PING */

bool uip_tell(const struct uip_msg *msg)
{
	int err = uip_msg_send(peer, msg, -1);

	full = full || err == -EAGAIN;
	return !err;
}

static void answer_ping(void)
{
	struct uip_msg ping = { .type = UIP_PING };

	if (owed)
		owed = !uip_tell(&ping);
}

static void tell_line(int priority, const char *line)
{
	struct uip_msg msg = { .type = UIP_LINE, .line.priority = priority };

	snprintf(msg.line.text, sizeof(msg.line.text), "%s", line);
	uip_tell(&msg);
}

/* --- for all --------------------------------------------------------------- */

/* A lease goes on, and ends, while the machine is suspended. */
uint64_t uip_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * 1000ull + now.tv_nsec / 1000000;
}

uint32_t uip_random(void)
{
	uint32_t value = 0;

	(void)!getrandom(&value, sizeof(value), 0);
	return value;
}

bool uip_random_fill(void *buf, size_t len)
{
	return getrandom(buf, len, 0) == (ssize_t)len;
}

/* --- messages -------------------------------------------------------------- */

static void take(const struct uip_msg *msg, int fd)
{
	struct uip_port *port;

	switch (msg->type) {
	case UIP_PING:
		owed = true;
		answer_ping();
		return;
	case UIP_PORT_ADD:
		if (fd >= 0)
			uip_port_add(msg->port, &msg->add, fd);
		return;
	case UIP_CONFIG:
		port = uip_port_find(msg->port);
		if (port)
			uip_clients_set(port, &msg->config);
		return;
	case UIP_WANT:
		port = uip_port_find(msg->port);
		if (port)
			uip_resolve(port, &msg->want);
		else
			uip_resolve_refuse(msg->port, &msg->want.dst, OHBA_ST_NO_HELPER);
		return;
	case UIP_LOGIN:
		uip_login_start(&msg->start);
		return;
	case UIP_LOGIN_PDU:
		uip_login_heard(&msg->pdu);
		return;
	case UIP_LOGIN_OVER:
		uip_login_over(&msg->over);
		return;
	}
}

/*
 * Return: false if the peer is gone. Who does not take what we say is not heard: thus what
 * waits to be told has an end.
 */
static bool read_messages(void)
{
	struct uip_msg msg;
	int fd, got = 1;

	while (!full && (got = uip_msg_recv(peer, &msg, &fd)) > 0) {
		take(&msg, fd);
		if (msg.type == UIP_LOGIN)
			explicit_bzero(&msg, sizeof(msg));
	}
	return got > 0 || got == -EAGAIN || got == -EINTR;
}

/* --- the loop -------------------------------------------------------------- */

static nfds_t fill(struct pollfd *fds)
{
	unsigned int i;

	fds[0] = (struct pollfd){ .fd = peer, .events = full ? POLLOUT : POLLIN };
	for (i = 0; i < UIP_PORTS_MAX; i++)	/* poll() skips those that are -1 */
		fds[1 + i] = (struct pollfd){ .fd = uip_port_at(i)->fd, .events = POLLIN };
	return 1 + UIP_PORTS_MAX;
}

static void read_frames(const struct pollfd *fds)
{
	unsigned int i;

	for (i = 0; i < UIP_PORTS_MAX; i++)
		/* Unless a message has just changed that. */
		if (fds[1 + i].revents && fds[1 + i].fd == uip_port_at(i)->fd)
			uip_port_read(uip_port_at(i));
}

/* poll()'s clock stands still while suspended: what is overdue then must not wait long. */
#define WAIT_MAX_MS	(60 * 1000)

static int time_to_wait(uint64_t next)
{
	uint64_t now = uip_now();

	if (next == UIP_NEVER)
		return -1;
	if (next <= now)
		return 0;
	return next - now < WAIT_MAX_MS ? next - now : WAIT_MAX_MS;
}

bool uip_net_attach(int sock, bool login)
{
	peer = sock;
	uip_log_to(tell_line);
	return !login || uip_logins_init();
}

void uip_net_run(void)
{
	struct pollfd fds[1 + UIP_PORTS_MAX];
	uint64_t next = UIP_NEVER;

	uip_ports_init();
	for (;;) {
		if (poll(fds, fill(fds), time_to_wait(next)) < 0 && errno != EINTR)
			return;
		if (fds[0].revents) {
			full = false;
			answer_ping();
			uip_ports_poll();
			if (!read_messages())
				return;
		}
		read_frames(fds);
		/* In this order: a router that is silent is one for its clients. */
		next = uip_resolve_poll();
		next = uip_sooner(next, uip_clients_poll());
		next = uip_sooner(next, uip_logins_poll());
	}
}
