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

/* A PDU is as long as it says. */
static void test_pdu(void **state)
{
	struct uip_msg msg = { .type = UIP_LOGIN_PDU, .pdu.len = OHBA_PDU_DATA_MAX }, got;
	size_t least = offsetof(struct uip_msg, pdu.data);
	int pair[2];

	(void)state;
	assert_return_code(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	assert_int_equal(uip_msg_send(pair[0], &msg, -1), 0);
	assert_int_equal(uip_msg_recv(pair[1], &got, NULL), 1);
	assert_int_equal(got.pdu.len, OHBA_PDU_DATA_MAX);
	msg.pdu.len = 5;
	assert_int_equal(uip_msg_send(pair[0], &msg, -1), 0);
	assert_int_equal(recv(pair[1], &got, sizeof(got), MSG_TRUNC), least + 5);
	assert_int_equal(send(pair[0], &msg, least + 4, 0), least + 4);
	assert_int_equal(uip_msg_recv(pair[1], &got, NULL), -EBADMSG);
	/* Without a length of its own. */
	got.pdu.len = 0;
	assert_int_equal(send(pair[0], &msg, 12, 0), 12);
	assert_int_equal(uip_msg_recv(pair[1], &got, NULL), -EBADMSG);
	msg.pdu.len = OHBA_PDU_DATA_MAX + 1;
	assert_int_equal(uip_msg_send(pair[0], &msg, -1), -EBADMSG);
	assert_int_equal(send(pair[0], &msg, sizeof(msg), 0), sizeof(msg));
	assert_int_equal(uip_msg_recv(pair[1], &got, NULL), -EBADMSG);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_pdu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
