// SPDX-License-Identifier: GPL-2.0-or-later
/* What the two processes take for a message. */
#include <errno.h>
#include <sys/socket.h>

#include "bench.h"

/* Messages are as long as their type says, and nothing else is one. */
static void test_lengths(void **state)
{
	struct uip_msg msg = { .type = UIP_LEASE }, got;
	int pair[2];

	(void)state;
	assert_return_code(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	assert_int_equal(uip_msg_send(pair[0], &msg, -1), 0);
	assert_int_equal(uip_msg_recv(pair[1], &got, NULL), 1);
	assert_int_equal(got.type, UIP_LEASE);
	assert_int_not_equal(send(pair[0], &msg, sizeof(msg), 0), -1);
	assert_int_equal(uip_msg_recv(pair[1], &got, NULL), -EBADMSG);
	assert_int_equal(send(pair[0], &msg, 7, 0), 7);
	assert_int_equal(uip_msg_recv(pair[1], &got, NULL), -EBADMSG);
	msg.type = UINT32_MAX;
	assert_int_equal(send(pair[0], &msg, 8, 0), 8);
	assert_int_equal(uip_msg_recv(pair[1], &got, NULL), -EBADMSG);
	close(pair[0]);
	assert_int_equal(uip_msg_recv(pair[1], &got, NULL), 0);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
