// SPDX-License-Identifier: GPL-2.0-or-later
/* The sandboxed process's loop, in a process of its own: the test is the privileged one. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "bench.h"
#include "net/loop.h"

#define PINGS_MAX	5000
#define PATIENCE_MS	60000

static int sock;
static pid_t pid;

static int start(void **state)
{
	int pair[2];

	(void)state;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair))
		return -1;
	pid = fork();
	if (pid)
		close(pair[1]);
	else
		close(pair[0]);
	sock = pair[0];
	if (pid)
		return pid < 0;
	if (!uip_net_attach(pair[1], true))
		_exit(EXIT_FAILURE);
	uip_net_run();
	_exit(EXIT_SUCCESS);
}

static int stop(void **state)
{
	(void)state;
	close(sock);
	if (!pid)
		return 0;		/* it ended */
	kill(pid, SIGKILL);
	return waitpid(pid, NULL, 0) != pid;
}

static bool is_ready(short events, int timeout_ms)
{
	struct pollfd fd = { .fd = sock, .events = events };

	return poll(&fd, 1, timeout_ms) == 1;
}

/* As many as it takes while nobody reads its answers. */
static unsigned int send_pings(void)
{
	struct uip_msg ping = { .type = UIP_PING };
	unsigned int n = 0;

	while (n < PINGS_MAX && is_ready(POLLOUT, 200))
		n += !uip_msg_send(sock, &ping, -1);
	return n;
}

/* Who does not read for a while still hears it all. */
static void test_pings(void **state)
{
	struct uip_msg msg;
	unsigned int n = send_pings(), i;

	(void)state;
	assert_in_range(n, 1, PINGS_MAX - 1);
	for (i = 0; i < n; i++) {
		assert_true(is_ready(POLLIN, PATIENCE_MS));
		assert_int_equal(uip_msg_recv(sock, &msg, NULL), 1);
		assert_int_equal(msg.type, UIP_PING);
	}
	assert_int_equal(uip_msg_recv(sock, &msg, NULL), -EAGAIN);
}

/* It ends with who started it, be there something to tell or not. */
static void test_end(void **state)
{
	int status;

	(void)state;
	send_pings();
	assert_return_code(shutdown(sock, SHUT_RDWR), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && !WEXITSTATUS(status));
	pid = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_pings, start, stop),
		cmocka_unit_test_setup_teardown(test_end, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
