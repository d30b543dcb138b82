// SPDX-License-Identifier: GPL-2.0-or-later
/* The process that opens the driver's file of logins (opener.h). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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

#define PATIENCE_MS	5000		/* the driver makes nobody wait who opens it */

static int wait_for(int sock, int timeout_ms)
{
	struct pollfd fd = { .fd = sock, .events = POLLIN };

	return poll(&fd, 1, timeout_ms);
}

/* --- the process ----------------------------------------------------------- */

static void answer(int sock)
{
	int fd = open("/dev/" OHBA_LOGIN_DEV, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	struct uip_msg msg = { .type = UIP_OPENED, .opened.err = fd < 0 ? errno : 0 };

	(void)uip_msg_send(sock, &msg, fd);
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

static void be_opener(int sock)
{
	struct uip_msg msg;
	int got = 1;

	prctl(PR_SET_NAME, "uipd-opener");
	leave_caller();
	uip_sandbox_stay_in_memory();
	if (uip_sandbox_close_all_but(sock) || uip_sandbox_only_open())
		_exit(EXIT_FAILURE);
	while (got > 0 || got == -EAGAIN || got == -EINTR) {
		wait_for(sock, -1);
		got = uip_msg_recv(sock, &msg, NULL);
		if (got > 0 && msg.type == UIP_OPEN)
			answer(sock);
	}
	_exit(EXIT_SUCCESS);
}

/* --- who started it ---------------------------------------------------------- */

int uip_opener_start(void)
{
	int pair[2], err;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
		err = -errno;
		uip_err("cannot start the process that opens /dev/" OHBA_LOGIN_DEV ": %s",
			strerror(-err));
		return err;
	}
	pid = fork();
	if (!pid)
		be_opener(pair[1]);
	err = pid < 0 ? -errno : 0;
	close(pair[1]);
	if (!err)
		return pair[0];
	uip_err("cannot start the process that opens /dev/" OHBA_LOGIN_DEV ": %s", strerror(-err));
	close(pair[0]);
	return err;
}

int uip_opener_ask(int opener)
{
	struct uip_msg msg = { .type = UIP_OPEN };
	int fd = -1, err = uip_msg_send(opener, &msg, -1);

	if (err)
		return err;
	if (wait_for(opener, PATIENCE_MS) <= 0)
		return -ETIMEDOUT;
	err = uip_msg_recv(opener, &msg, &fd);
	if (err > 0 && msg.type == UIP_OPENED && fd >= 0)
		return fd;
	if (fd >= 0)
		close(fd);
	if (err > 0 && msg.type == UIP_OPENED && msg.opened.err > 0)
		return -msg.opened.err;
	return err < 0 ? err : -EPIPE;
}
