// SPDX-License-Identifier: GPL-2.0-or-later
/* The process that opens the driver's file of logins (opener.h). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "msg.h"
#include "ohba_login_dev.h"
#include "opener.h"
#include "sandbox.h"

/* --- the process ----------------------------------------------------------- */

static int to_starter;

static void send_line(int priority, const char *line)
{
	struct uip_msg msg = { .type = UIP_LINE, .line.priority = priority };

	snprintf(msg.line.text, sizeof(msg.line.text), "%s", line);
	(void)uip_msg_send(to_starter, &msg, -1);
}

static void answer(int sock, uint32_t number)
{
	int fd = open("/dev/" OHBA_LOGIN_DEV, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	struct uip_msg msg = {
		.type = UIP_OPENED, .opened = { .number = number, .err = fd < 0 ? errno : 0 },
	};

	/* Who waits for it asks nothing else: it hears of our end. */
	if (uip_msg_send(sock, &msg, fd))
		_exit(EXIT_FAILURE);
	if (fd >= 0)
		close(fd);
}

/* It was forked before uipd left its caller: nobody shall wait for the end of its output. */
static void leave_caller(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int fd;

	setsid();
	for (fd = 0; fd <= 2; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			close(fd);
	if (chdir("/"))
		_exit(EXIT_FAILURE);
}

static void wait_for(int sock)
{
	struct pollfd fd = { .fd = sock, .events = POLLIN };

	poll(&fd, 1, -1);
}

static _Noreturn void be_opener(int sock)
{
	struct uip_msg msg = { .type = UIP_PING };
	int got = 1;

	prctl(PR_SET_NAME, "uipd-opener");
	leave_caller();
	to_starter = sock;
	uip_log_to(send_line);
	uip_sandbox_stay_in_memory();
	if (uip_sandbox_close_all_but(sock) || uip_sandbox_only_open() ||
	    uip_msg_send(sock, &msg, -1))
		_exit(EXIT_FAILURE);
	while (got > 0 || got == -EAGAIN || got == -EINTR) {
		wait_for(sock);
		got = uip_msg_recv(sock, &msg, NULL);
		if (got > 0 && msg.type == UIP_OPEN)
			answer(sock, msg.open.number);
	}
	_exit(EXIT_SUCCESS);
}

/* --- who started it ---------------------------------------------------------- */

static void take_line(struct uip_msg *msg)
{
	msg->line.text[UIP_LINE_MAX - 1] = '\0';
	uip_log_foreign(msg->line.priority, msg->line.text);
}

/* Return: 0, or -EPIPE if it ended, and has said why. */
static int wait_until_ready(int sock)
{
	struct uip_msg msg;
	int got;

	for (;;) {
		wait_for(sock);
		got = uip_msg_recv(sock, &msg, NULL);
		if (got > 0 && msg.type == UIP_PING)
			return 0;
		if (got > 0 && msg.type == UIP_LINE)
			take_line(&msg);
		if (got <= 0 && got != -EAGAIN && got != -EINTR)
			return -EPIPE;
	}
}

/* Return: a socket, or -errno. */
static int start(void)
{
	int pair[2], err;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	pid = fork();
	if (!pid)
		be_opener(pair[1]);
	err = pid < 0 ? -errno : 0;
	close(pair[1]);
	if (!err)
		err = wait_until_ready(pair[0]);
	if (!err)
		return pair[0];
	close(pair[0]);
	return err;
}

int uip_opener_start(void)
{
	int sock = start();

	if (sock == -EPIPE)
		uip_err("the process that opens /dev/" OHBA_LOGIN_DEV " could not be set up: run as "
			"root with CAP_SYS_ADMIN, or with --no-login");
	else if (sock < 0)
		uip_err("cannot start the process that opens /dev/" OHBA_LOGIN_DEV ": %s",
			strerror(-sock));
	return sock;
}

int uip_opener_ask(int opener, uint32_t number)
{
	struct uip_msg msg = { .type = UIP_OPEN, .open.number = number };

	return uip_msg_send(opener, &msg, -1);
}

/* Return: the file, or -errno. */
static int opened(const struct uip_msg *msg, int fd)
{
	if (fd >= 0)
		return fd;
	return msg->opened.err > 0 ? -msg->opened.err : -EPROTO;
}

int uip_opener_hear(int opener, uint32_t *number, int *file)
{
	struct uip_msg msg;
	int fd = -1, got = uip_msg_recv(opener, &msg, &fd);

	if (got > 0 && msg.type == UIP_OPENED) {
		*number = msg.opened.number;
		*file = opened(&msg, fd);
		return 0;
	}
	if (fd >= 0)
		close(fd);
	return got > 0 || got == -EAGAIN || got == -EINTR ? -EAGAIN : -EPIPE;
}
