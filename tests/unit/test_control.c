// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Full-feature PDUs that move no SCSI data: pings both ways, text and logout of
 * the host, Asynchronous Messages, Rejects.
 */
#include "session.h"

#define ITT		16
#define TTT		20
#define CMDSN		24
#define EXP_STATSN	28

static int setup(void **state)
{
	*state = session_new(&opts_default);
	return 0;
}

static int teardown(void **state)
{
	session_free(*state);
	return 0;
}

/* --- pings of the target --------------------------------------------------------------- */

/* The answer to a ping: immediate, reserved ITT, the ping's TTT and LUN. */
static void expect_pong(struct session *s, uint32_t ttt, const void *data, uint32_t len)
{
	uint8_t want[48];

	bhs_init(want, OP_NOP_OUT | OP_IMMEDIATE, FLAG_F);
	put_be32(want, ITT, RESERVED_TAG);
	put_be32(want, TTT, ttt);
	put_be32(want, CMDSN, s->cmdsn);
	put_be32(want, EXP_STATSN, s->statsn);
	expect_pdu(s, want, data, len);
}

static void pings_are_answered(void **state)
{
	static const uint32_t lens[] = { 0, 1, 3, 4, 100, 1024 };
	struct session *s = *state;
	uint8_t data[1024];
	size_t i;

	pattern_fill(data, sizeof(data), 0x9196, 0);
	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		send_nop_in(s, RESERVED_TAG, 0xa0 + i, data, lens[i]);
		expect_pong(s, 0xa0 + i, data, lens[i]);
	}
	/* Without a TTT it only tells numbers. */
	send_nop_in(s, RESERVED_TAG, RESERVED_TAG, NULL, 0);
	expect_silence(s);
	io_works(s, 1, OHBA_IO_READ, 512);	/* StatSN was not consumed */
}

static void a_flood_of_pings_is_answered_in_order(void **state)
{
	struct session *s = *state;
	uint32_t i;

	wire_cut(s->wire, CUT_NONE, CUT_BLOCKED);
	for (i = 0; i < 100; i++)
		send_nop_in(s, RESERVED_TAG, i, NULL, 0);
	host_settle(s->host);
	assert_true(wire_unread(s->wire) > 0);	/* what has no room waits outside */
	wire_cut(s->wire, CUT_NONE, CUT_NONE);
	for (i = 0; i < 100; i++)
		expect_pong(s, i, NULL, 0);
	io_works(s, 1, OHBA_IO_READ, 512);
}

/* --- our pings --------------------------------------------------------------------------- */

static const struct opts pinging = {
	.flags = OHBA_SESSION_INITIAL_R2T,
	.max_recv_dsl = 65536, .max_xmit_dsl = 8192, .max_burst = 65536,
	.first_burst = 8192, .max_r2t = 1, .cmdsn = 1, .statsn = 1, .window = 8,
	.nop_interval_ms = 3000, .nop_timeout_ms = 2000,
};

static uint32_t expect_ping(struct session *s)
{
	uint8_t want[48];
	struct pdu pdu;
	uint32_t itt;

	take_pdu(s, &pdu);
	itt = be32_at(pdu.bhs, ITT);
	assert_int_not_equal(itt, RESERVED_TAG);
	bhs_init(want, OP_NOP_OUT | OP_IMMEDIATE, FLAG_F);
	put_be32(want, ITT, itt);
	put_be32(want, TTT, RESERVED_TAG);
	put_be32(want, CMDSN, s->cmdsn);
	put_be32(want, EXP_STATSN, s->statsn);
	same_bytes("ping", pdu.bhs, want, 48);
	assert_int_equal(pdu.len, 0);
	free(pdu.data);
	return itt;
}

static void silence_is_broken_by_a_ping(void **state)
{
	struct session *s = session_new(&pinging);
	int round;

	(void)state;
	for (round = 0; round < 5; round++) {
		host_advance(s->host, 2999 * MS);
		expect_silence(s);
		host_advance(s->host, 1 * MS);
		send_nop_in(s, expect_ping(s), RESERVED_TAG, NULL, 0);
		host_settle(s->host);
	}
	session_free(s);
}

static void a_ping_without_an_answer_ends_it(void **state)
{
	struct session *s = session_new(&pinging);

	(void)state;
	host_advance(s->host, 3000 * MS);
	expect_ping(s);
	host_advance(s->host, 1999 * MS);
	host_no_event(s->host);
	host_advance(s->host, 1 * MS);
	expect_lost(s->host, s->cid, OHBA_ST_NOP_TIMEOUT, 0);
	conn_close(s->host, s->cid, 0);
	session_open(s, s->host, s->cid, &pinging);
	session_free(s);
}

/* Any byte received is a sign of life. */
static void other_traffic_is_life(void **state)
{
	struct session *s = session_new(&pinging);
	int i;

	(void)state;
	for (i = 0; i < 20; i++) {
		host_advance(s->host, 2000 * MS);
		send_nop_in(s, RESERVED_TAG, RESERVED_TAG, NULL, 0);
		expect_silence(s);
	}
	session_free(s);
}

/* The next ping's tag can be guessed; it is not on the wire, so nobody answers it. */
static void an_answer_to_a_ping_not_sent(void **state)
{
	struct session *s = session_new(&pinging);
	struct io io = io_make(s, 1, 0, 0);
	uint32_t itt;

	(void)state;
	host_advance(s->host, 3000 * MS);
	itt = expect_ping(s);
	send_nop_in(s, itt, RESERVED_TAG, NULL, 0);
	host_settle(s->host);
	wire_cut(s->wire, CUT_NONE, CUT_BLOCKED);
	io_submit(&io);		/* is built and stuck: what follows stays unbuilt */
	host_settle(s->host);
	host_advance(s->host, 3000 * MS);
	send_nop_in(s, itt + 0x00100000, RESERVED_TAG, NULL, 0);
	expect_lost(s->host, s->cid, OHBA_ST_BAD_ITT, OP_NOP_IN);
	conn_close(s->host, s->cid, 0);
	io_done(&io, OHBA_ST_SESSION_LOST);
	session_open(s, s->host, s->cid, &pinging);
	session_free(s);
}

/* It talks and does not listen: our answers have no room, our ping goes nowhere. */
static void a_target_that_reads_nothing_is_dead(void **state)
{
	struct session *s = session_new(&pinging);
	int i;

	(void)state;
	recv_post(s->host, s->cid);	/* without it the connection is excused */
	wire_cut(s->wire, CUT_NONE, CUT_BLOCKED);
	for (i = 0; i < 10; i++)
		send_nop_in(s, RESERVED_TAG, i, NULL, 0);
	host_settle(s->host);
	host_advance(s->host, 3000 * MS);
	host_advance(s->host, 1999 * MS);
	host_no_event(s->host);
	host_advance(s->host, 1 * MS);
	expect_lost(s->host, s->cid, OHBA_ST_NOP_TIMEOUT, 0);
	conn_close(s->host, s->cid, 0);
	session_open(s, s->host, s->cid, &pinging);
	session_free(s);
}

static void timers_can_be_changed(void **state)
{
	struct session *s = session_new(&pinging);
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_SESSION_TIMERS, s->handle);
	struct ohba_session_timers off = { 0 }, quick = { htole32(100), htole32(100) };

	(void)state;
	memcpy(sqe.body, &off, sizeof(off));
	host_admin_status(s->host, &sqe, OHBA_ST_SUCCESS);
	host_advance(s->host, 3600000 * MS);
	expect_silence(s);
	memcpy(sqe.body, &quick, sizeof(quick));
	host_admin_status(s->host, &sqe, OHBA_ST_SUCCESS);
	host_advance(s->host, 100 * MS);
	expect_ping(s);
	host_advance(s->host, 100 * MS);
	expect_lost(s->host, s->cid, OHBA_ST_NOP_TIMEOUT, 0);
	host_admin_status(s->host, &sqe, OHBA_ST_INVALID_HANDLE);
	s->host->guest_traces = 0;
	conn_close(s->host, s->cid, 0);
	session_open(s, s->host, s->cid, &pinging);
	session_free(s);
}

/*
 * "Immediate command reject": the target was too busy. The host knows nothing of our
 * ping, and it takes the tag for a forged one.
 */
static void a_rejected_ping_is_our_own_affair(void **state)
{
	struct session *s = session_new(&pinging);
	uint8_t ping[48], bhs[48];
	struct recv recv;

	(void)state;
	recv = recv_post(s->host, s->cid);
	host_advance(s->host, 3000 * MS);
	bhs_init(ping, OP_NOP_OUT | OP_IMMEDIATE, FLAG_F);
	put_be32(ping, ITT, expect_ping(s));
	put_be32(ping, TTT, RESERVED_TAG);
	bhs_init(bhs, OP_REJECT, FLAG_F);
	bhs[2] = 0x06;
	put_be32(bhs, ITT, RESERVED_TAG);
	send_pdu(s, bhs, true, ping, 48);
	expect_silence(s);
	host_advance(s->host, 3000 * MS);
	send_nop_in(s, expect_ping(s), RESERVED_TAG, NULL, 0);
	host_settle(s->host);
	bhs_init(bhs, OP_ASYNC, FLAG_F);	/* which finds PDU_RECV where it was */
	put_be32(bhs, ITT, RESERVED_TAG);
	send_pdu(s, bhs, true, NULL, 0);
	expect_recv(s->host, &recv, bhs, NULL, 0);
	session_free(s);
}

/* --- PDUs of the host ----------------------------------------------------------------------- */

#define HOST_ITT	0x4057

/* Send @opcode; it must arrive with our numbers and a tag of the firmware's. */
static uint32_t pass_on(struct session *s, uint8_t opcode, uint8_t flags, uint32_t ttt,
			const void *data, uint32_t len)
{
	uint8_t bhs[48], want[48];
	struct ohba_cqe cqe;
	struct pdu pdu;
	uint32_t itt, tag;

	pattern_fill(bhs, 48, opcode, 0);
	bhs[0] = opcode;
	bhs[1] = flags;
	bhs[4] = 0;
	put_be32(bhs, ITT, HOST_ITT);
	put_be32(bhs, TTT, ttt);
	tag = send_start(s->host, s->cid, bhs, data, len);
	take_pdu(s, &pdu);
	itt = be32_at(pdu.bhs, ITT);
	assert_int_not_equal(itt, HOST_ITT);
	memcpy(want, bhs, 48);
	put_be32(want, ITT, itt);
	put_be32(want, CMDSN, opcode & OP_IMMEDIATE ? s->cmdsn : s->cmdsn++);
	put_be32(want, EXP_STATSN, s->exp_statsn);
	same_bytes("request", pdu.bhs, want, 48);
	assert_int_equal(pdu.len, len);
	same_bytes("its data", pdu.data, data, len);
	free(pdu.data);
	cqe = host_expect(s->host, 0, tag);
	expect_status(&cqe, OHBA_ST_SUCCESS);
	return itt;
}

/* The target answers @itt; the host gets it under its own tag. */
static void answer(struct session *s, uint8_t opcode, uint8_t flags, uint32_t itt,
		   uint32_t ttt, const void *data, uint32_t len)
{
	struct recv recv = recv_post(s->host, s->cid);
	uint8_t bhs[48];

	bhs_init(bhs, opcode, flags);
	put_be32(bhs, ITT, itt);
	put_be32(bhs, TTT, ttt);
	send_pdu(s, bhs, true, data, len);
	put_be32(bhs, ITT, HOST_ITT);
	expect_recv(s->host, &recv, bhs, data, len);
}

static void text_and_logout_pass(void **state)
{
	static const char ask[] = "SendTargets=All", targets[] = "TargetName=iqn.2026-01.org:x";
	struct session *s = *state;
	uint32_t itt;

	itt = pass_on(s, OP_TEXT_REQ, FLAG_F, RESERVED_TAG, ask, sizeof(ask));
	answer(s, OP_TEXT_RSP, FLAG_F, itt, RESERVED_TAG, targets, sizeof(targets));
	itt = pass_on(s, OP_NOP_OUT, FLAG_F, RESERVED_TAG, ask, sizeof(ask));
	answer(s, OP_NOP_IN, FLAG_F, itt, RESERVED_TAG, ask, sizeof(ask));
	io_works(s, 1, OHBA_IO_WRITE, 4096);
	itt = pass_on(s, OP_LOGOUT_REQ | OP_IMMEDIATE, FLAG_F, 0, NULL, 0);
	answer(s, OP_LOGOUT_RSP, FLAG_F, itt, 0, NULL, 0);
}

/* Nothing follows a Logout Request, and the target's pings do not block its answer. */
static void pings_that_cross_a_logout(void **state)
{
	struct session *s = *state;
	uint32_t itt = pass_on(s, OP_LOGOUT_REQ | OP_IMMEDIATE, FLAG_F, 0, NULL, 0);
	int i;

	for (i = 0; i < 10; i++)
		send_nop_in(s, RESERVED_TAG, i, NULL, 0);
	expect_silence(s);
	answer(s, OP_LOGOUT_RSP, FLAG_F, itt, 0, NULL, 0);
}

/* Nor do those that found no room for their answers. */
static void pings_before_a_logout(void **state)
{
	struct session *s = *state;
	struct io io = io_make(s, 1, 0, 0);
	uint8_t bhs[48];
	struct pdu pdu;
	uint32_t i, tag;

	recv_post(s->host, s->cid);
	wire_cut(s->wire, CUT_NONE, CUT_BLOCKED);
	io_submit(&io);		/* is built and stuck: what follows stays unbuilt */
	host_settle(s->host);
	bhs_init(bhs, OP_LOGOUT_REQ | OP_IMMEDIATE, FLAG_F);
	put_be32(bhs, ITT, HOST_ITT);
	tag = send_start(s->host, s->cid, bhs, NULL, 0);
	for (i = 0; i < 100; i++)
		send_nop_in(s, RESERVED_TAG, i, NULL, 0);
	host_settle(s->host);
	assert_true(wire_unread(s->wire) > 0);
	wire_cut(s->wire, CUT_NONE, CUT_NONE);
	io_expect_cmd(&io);
	take_pdu(s, &pdu);
	assert_int_equal(pdu.bhs[0], OP_LOGOUT_REQ | OP_IMMEDIATE);
	host_expect(s->host, 0, tag);
	expect_silence(s);
	assert_int_equal(wire_unread(s->wire), 0);
	io_answer(&io);
	io_done_good(&io);
	free(pdu.data);
}

/* A target may take its time to log out; a ping would never be sent. */
static void a_logout_is_not_pinged(void **state)
{
	struct session *s = session_new(&pinging);
	uint32_t itt = pass_on(s, OP_LOGOUT_REQ | OP_IMMEDIATE, FLAG_F, 0, NULL, 0);

	(void)state;
	host_advance(s->host, 60000 * MS);
	host_no_event(s->host);
	expect_silence(s);
	answer(s, OP_LOGOUT_RSP, FLAG_F, itt, 0, NULL, 0);
	session_free(s);
}

/* RFC 7143 section 11.10.4: the same ITT until the exchange is over. */
static void a_long_text_exchange_keeps_its_tag(void **state)
{
	struct session *s = *state;
	uint32_t first, itt;
	int i;

	first = pass_on(s, OP_TEXT_REQ, FLAG_F, RESERVED_TAG, "SendTargets=All", 16);
	answer(s, OP_TEXT_RSP, 0x40, first, 0x71, "TargetName=a", 13);
	for (i = 0; i < 5; i++) {
		itt = pass_on(s, OP_TEXT_REQ, FLAG_F, 0x71, NULL, 0);
		assert_int_equal(itt, first);
		answer(s, OP_TEXT_RSP, i < 4 ? 0x40 : FLAG_F, itt, i < 4 ? 0x71 : RESERVED_TAG,
		       "TargetName=b", 13);
	}
}

static void what_the_host_may_not_send(void **state)
{
	static const uint8_t opcodes[] = { OP_SCSI_CMD, OP_TMF_REQ, OP_LOGIN_REQ, OP_DATA_OUT,
					   0x10, 0x1f, OP_NOP_IN, 0x3f };
	struct session *s = *state;
	uint8_t bhs[48];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(opcodes); i++) {
		struct ohba_cqe cqe;

		bhs_init(bhs, opcodes[i], FLAG_F);
		cqe = host_expect(s->host, 0, send_start(s->host, s->cid, bhs, NULL, 0));
		expect_status(&cqe, OHBA_ST_INVALID_FIELD);
		expect_silence(s);
	}
	s->host->guest_traces = 0;
}

/* --- Asynchronous Message ----------------------------------------------------------------- */

static struct recv send_async(struct session *s, uint8_t event, uint16_t time2wait_s,
			      uint8_t *bhs)
{
	struct recv recv = recv_post(s->host, s->cid);

	bhs_init(bhs, OP_ASYNC, FLAG_F);
	put_be32(bhs, ITT, RESERVED_TAG);
	bhs[36] = event;
	put_be16(bhs, 40, time2wait_s);
	send_pdu(s, bhs, true, "sense", 5);
	return recv;
}

static void async_messages_reach_the_host(void **state)
{
	static const uint8_t events[] = { 0, 1, 4, 255 };
	struct session *s = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(events); i++) {
		uint8_t bhs[48];
		struct recv recv = send_async(s, events[i], 2, bhs);

		expect_recv(s->host, &recv, bhs, "sense", 5);
		host_advance(s->host, 60000 * MS);
		host_no_event(s->host);
	}
	io_works(s, 1, OHBA_IO_READ, 512);
}

/* The host is told what it can read: not of AHS that it does not get. */
static void additional_headers_are_dropped(void **state)
{
	struct session *s = *state;
	struct recv recv = recv_post(s->host, s->cid);
	uint8_t bhs[48];

	bhs_init(bhs, OP_ASYNC, FLAG_F);
	put_be32(bhs, ITT, RESERVED_TAG);
	bhs[36] = 4;
	bhs_numbers(s, bhs, true);
	wire_send_ahs(s->wire, bhs, "\0\5\x7f.....", 8, "sense", 5, NULL);
	bhs[4] = 0;
	expect_recv(s->host, &recv, bhs, "sense", 5);
	io_works(s, 1, OHBA_IO_READ, 512);
}

/* @fin: the target closes as it said; else its time is over. */
static void drop(uint8_t event, bool fin)
{
	struct session *s = session_new(&opts_default);
	uint8_t bhs[48];
	struct recv recv = send_async(s, event, 2, bhs);

	expect_recv(s->host, &recv, bhs, "sense", 5);
	host_advance(s->host, 1999 * MS);
	host_no_event(s->host);
	if (fin)
		wire_fin(s->wire);
	else
		host_advance(s->host, 1 * MS);
	expect_lost(s->host, s->cid, OHBA_ST_TARGET_DROP, 0);
	conn_close(s->host, s->cid, 0);
	session_open(s, s->host, s->cid, &opts_default);
	session_free(s);
}

static void an_announced_drop_is_named(void **state)
{
	(void)state;
	drop(2, false);
	drop(2, true);
	drop(3, false);
	drop(3, true);
}

static void without_recv_the_connection_waits(void **state)
{
	struct session *s = *state;
	struct io io = io_make(s, 1, 0, 0);
	uint8_t bhs[48];
	struct recv recv;

	io_submit(&io);
	io_expect_cmd(&io);
	bhs_init(bhs, OP_ASYNC, FLAG_F);
	put_be32(bhs, ITT, RESERVED_TAG);
	send_pdu(s, bhs, true, NULL, 0);
	io_answer(&io);
	host_settle(s->host);
	host_expect_none(s->host, 1);
	recv = recv_post(s->host, s->cid);
	expect_recv(s->host, &recv, bhs, NULL, 0);
	io_done_good(&io);
}

/* --- Reject ------------------------------------------------------------------------------- */

/* Reject @bhs for @reason; the host gets to see it. */
static void reject(struct session *s, const uint8_t *rejected, uint8_t reason)
{
	struct recv recv = recv_post(s->host, s->cid);
	uint8_t bhs[48];

	bhs_init(bhs, OP_REJECT, FLAG_F);
	bhs[2] = reason;
	put_be32(bhs, ITT, RESERVED_TAG);
	send_pdu(s, bhs, true, rejected, 48);
	expect_recv(s->host, &recv, bhs, rejected, 48);
}

static void a_rejected_command_ends(void **state)
{
	struct session *s = *state;
	struct io io = io_make(s, 1, OHBA_IO_READ, 512);
	struct pdu pdu;

	io_submit(&io);
	take_pdu(s, &pdu);
	io_check_cmd(&io, &pdu);
	reject(s, pdu.bhs, 0x09);
	io_done(&io, OHBA_ST_REJECTED);
	free(pdu.data);
	io_works(s, 1, OHBA_IO_READ, 512);
}

static void a_reject_of_nothing_is_borne(void **state)
{
	struct session *s = *state;
	uint8_t nonsense[48];

	pattern_fill(nonsense, 48, 1, 0);
	reject(s, nonsense, 0x04);
	memset(nonsense, 0, 48);
	nonsense[0] = OP_SCSI_CMD;
	put_be32(nonsense, ITT, 0x12345678);
	reject(s, nonsense, 0x04);
	io_works(s, 1, OHBA_IO_READ, 512);
}

static void a_reject_without_a_header(void **state)
{
	struct session *s = session_new(&opts_default);
	uint8_t bhs[48];

	(void)state;
	recv_post(s->host, s->cid);
	bhs_init(bhs, OP_REJECT, FLAG_F);
	put_be32(bhs, ITT, RESERVED_TAG);
	send_pdu(s, bhs, true, "short", 5);
	expect_lost(s->host, s->cid, OHBA_ST_BAD_LENGTH, OP_REJECT);
	conn_close(s->host, s->cid, 0);
	session_open(s, s->host, s->cid, &opts_default);
	session_free(s);
}

#define T(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(pings_are_answered),
		T(a_flood_of_pings_is_answered_in_order),
		cmocka_unit_test(silence_is_broken_by_a_ping),
		cmocka_unit_test(a_ping_without_an_answer_ends_it),
		cmocka_unit_test(other_traffic_is_life),
		cmocka_unit_test(an_answer_to_a_ping_not_sent),
		cmocka_unit_test(a_target_that_reads_nothing_is_dead),
		cmocka_unit_test(a_rejected_ping_is_our_own_affair),
		cmocka_unit_test(timers_can_be_changed),
		T(text_and_logout_pass),
		T(pings_that_cross_a_logout),
		T(pings_before_a_logout),
		cmocka_unit_test(a_logout_is_not_pinged),
		T(a_long_text_exchange_keeps_its_tag),
		T(what_the_host_may_not_send),
		T(async_messages_reach_the_host),
		T(additional_headers_are_dropped),
		cmocka_unit_test(an_announced_drop_is_named),
		T(without_recv_the_connection_waits),
		T(a_rejected_command_ends),
		T(a_reject_of_nothing_is_borne),
		cmocka_unit_test(a_reject_without_a_header),
	};

	return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
