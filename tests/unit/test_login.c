// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Login: the raw phase, what is held after it, and the hand-over to the
 * full-feature phase (SPEC.md sections 6.1 and 7).
 */
#include "session.h"

static int setup(void **state)
{
	*state = host_new_ready();
	return 0;
}

static int teardown(void **state)
{
	host_free(*state);
	return 0;
}

/* --- raw phase -------------------------------------------------------------------- */

static void login_passes_byte_by_byte(void **state)
{
	static const uint32_t lens[] = { 0, 1, 2, 3, 4, 5, 511, 8191, 8192 };
	struct host *host = *state;
	static uint8_t data[8192];
	size_t i;
	int cut;

	for (cut = CUT_NONE; cut <= CUT_RANDOM; cut++) {
		struct wire *wire = conn_open(host, 0);

		wire_cut(wire, cut, cut);
		for (i = 0; i < ARRAY_SIZE(lens); i++) {
			struct recv recv = recv_post(host, 0);
			struct ohba_cqe cqe;
			uint8_t bhs[48];
			struct pdu pdu;
			uint32_t tag;

			pattern_fill(data, lens[i], i, 0);
			make_login(bhs, OP_IMMEDIATE | OP_LOGIN_REQ, 0x81);
			tag = send_start(host, 0, bhs, data, lens[i]);
			cqe = host_expect(host, 0, tag);
			expect_status(&cqe, OHBA_ST_SUCCESS);
			assert_true(wire_take(wire, &pdu));
			same_bytes("login request", pdu.bhs, bhs, 48);
			same_bytes("its text", pdu.data, data, lens[i]);
			free(pdu.data);
			assert_int_equal(wire_pending(wire), 0);

			make_login(bhs, OP_LOGIN_RSP, 0x01);
			wire_send(wire, bhs, data, lens[i]);
			expect_recv(host, &recv, bhs, data, lens[i]);
		}
		conn_close(host, 0, 0);
		assert_true(wire->closed);
		assert_false(wire->aborted);
	}
}

static void without_recv_nothing_is_read(void **state)
{
	struct host *host = *state;
	struct wire *wire = conn_open(host, 0);
	struct recv recv[2];
	uint8_t bhs[2][48];
	int i;

	for (i = 0; i < 2; i++) {
		make_login(bhs[i], OP_LOGIN_RSP, 0);
		bhs[i][20] = i;
		wire_send(wire, bhs[i], "abcd", 4);
	}
	host_settle(host);
	assert_int_equal(wire_unread(wire), 2 * 52);
	recv[0] = recv_post(host, 0);
	expect_recv(host, &recv[0], bhs[0], "abcd", 4);
	host_expect_none(host, 0);
	assert_int_equal(wire_unread(wire), 52);
	recv[1] = recv_post(host, 0);
	expect_recv(host, &recv[1], bhs[1], "abcd", 4);
	conn_close(host, 0, 0);
}

static void recv_depth_is_four(void **state)
{
	struct host *host = *state;
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_PDU_RECV, 0);
	struct wire *wire = conn_open(host, 0);
	struct recv recv[OHBA_PDU_RECV_DEPTH];
	struct ohba_cqe cqe;
	uint8_t bhs[48];
	int i;

	for (i = 0; i < OHBA_PDU_RECV_DEPTH; i++)
		recv[i] = recv_post(host, 0);
	sqe_data(&sqe, mem_alloc(host->mem, OHBA_PDU_RECV_MIN, MEM_IN), OHBA_PDU_RECV_MIN);
	host_admin_status(host, &sqe, OHBA_ST_NO_RESOURCES);
	sqe.data_len = htole32(OHBA_PDU_RECV_MIN - 1);
	host_admin_status(host, &sqe, OHBA_ST_INVALID_FIELD);
	make_login(bhs, OP_LOGIN_RSP, 0);
	wire_send(wire, bhs, NULL, 0);
	expect_recv(host, &recv[0], bhs, NULL, 0);	/* the oldest first */
	host_expect_none(host, 0);
	conn_close(host, 0, 0);
	for (i = 1; i < OHBA_PDU_RECV_DEPTH; i++) {
		cqe = host_expect(host, 0, recv[i].tag);
		expect_status(&cqe, OHBA_ST_ABORTED);
	}
}

static void send_depth_is_four(void **state)
{
	struct host *host = *state;
	struct wire *wire = conn_open(host, 0);
	uint32_t tag[5];
	struct ohba_cqe cqe;
	uint8_t bhs[48];
	int i;

	wire_cut(wire, CUT_NONE, CUT_BLOCKED);
	for (i = 0; i < 5; i++) {
		make_login(bhs, OP_LOGIN_REQ, i);
		tag[i] = send_start(host, 0, bhs, "x", 1);
	}
	cqe = host_expect(host, 0, tag[4]);
	expect_status(&cqe, OHBA_ST_NO_RESOURCES);
	host_expect_none(host, 0);
	wire_cut(wire, CUT_NONE, CUT_NONE);
	for (i = 0; i < 4; i++) {
		struct pdu pdu;

		cqe = host_expect(host, 0, tag[i]);
		expect_status(&cqe, OHBA_ST_SUCCESS);
		assert_true(wire_take(wire, &pdu));
		assert_int_equal(pdu.bhs[1], i);
		free(pdu.data);
	}
	conn_close(host, 0, 0);
}

static void raw_phase_refuses_to_send(void **state)
{
	static const struct {
		const char *what;
		uint8_t off, val;
		uint32_t len;
	} row[] = {
		{ "NOP-Out", 0, OP_NOP_OUT, 0 },
		{ "SCSI Command", 0, OP_SCSI_CMD, 0 },
		{ "Data-Out", 0, OP_DATA_OUT, 0 },
		{ "Text", 0, OP_TEXT_REQ, 0 },
		{ "Login Response", 0, OP_LOGIN_RSP, 0 },
		{ "AHS", 4, 1, 0 },
		{ "more than 8192", 1, 0, 8193 },
	};
	struct host *host = *state;
	struct wire *wire = conn_open(host, 0);
	static uint8_t data[8193];
	struct ohba_cqe cqe;
	struct ohba_sqe sqe;
	uint8_t bhs[48];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		make_login(bhs, OP_LOGIN_REQ, 0);
		bhs[row[i].off] = row[i].val;
		cqe = host_expect(host, 0, send_start(host, 0, bhs, data, row[i].len));
		if (le16toh(cqe.status) != OHBA_ST_INVALID_FIELD)
			fail_msg("%s: %s", row[i].what, status_name(le16toh(cqe.status)));
	}
	/* DataSegmentLength must equal data_len. */
	sqe = sqe_admin(OHBA_ADMIN_PDU_SEND, 0);
	make_login(bhs, OP_LOGIN_REQ, 0);
	put_be24(bhs, 5, 4);
	memcpy(sqe.body, bhs, 48);
	host_admin_status(host, &sqe, OHBA_ST_INVALID_FIELD);
	assert_int_equal(wire_pending(wire), 0);
	conn_close(host, 0, 0);
}

static void held_holds_what_follows(void **state)
{
	struct host *host = *state;
	struct session s = { .host = host, .opts = opts_default, .cmdsn = 0x1000,
			     .max_cmdsn = 0x103f, .statsn = 0x2000, .exp_statsn = 0x2000 };
	struct ohba_session_params params = params_of(&opts_default);
	struct recv recv[2];
	uint8_t bhs[48];
	struct ohba_cqe cqe;

	s.wire = conn_open(host, 0);
	recv[0] = recv_post(host, 0);
	recv[1] = recv_post(host, 0);
	make_login(bhs, OP_LOGIN_RSP, 0x87);	/* T, NSG = 3 */
	wire_send(s.wire, bhs, NULL, 0);
	send_nop_in(&s, RESERVED_TAG, 0x4711, "ping", 4);
	expect_recv(host, &recv[0], bhs, NULL, 0);
	assert_int_equal(conn_phase(host, 0), OHBA_CONN_HELD);
	host_expect_none(host, 0);		/* although a PDU_RECV waits */
	assert_int_equal(wire_unread(s.wire), 52);
	cqe = session_start(host, 0, &params);
	expect_status(&cqe, OHBA_ST_SUCCESS);
	assert_int_equal(conn_phase(host, 0), OHBA_CONN_FULL);
	/* The held ping is answered in full-feature phase. */
	bhs_init(bhs, OP_IMMEDIATE | OP_NOP_OUT, FLAG_F);
	put_be32(bhs, 16, RESERVED_TAG);
	put_be32(bhs, 20, 0x4711);
	put_be32(bhs, 24, 0x1000);
	put_be32(bhs, 28, 0x2000);
	expect_pdu(&s, bhs, "ping", 4);
	conn_close(host, 0, OHBA_CONN_CLOSE_ABORT);
	cqe = host_expect(host, 0, recv[1].tag);
	expect_status(&cqe, OHBA_ST_ABORTED);
}

/* Only T = 1, NSG = 3 and status class 0 end the login. */
static void other_responses_do_not_hold(void **state)
{
	static const struct {
		uint8_t flags, status_class;
		uint8_t phase;
	} row[] = {
		{ 0x87, 0, OHBA_CONN_HELD },
		{ 0x83, 0, OHBA_CONN_HELD },
		{ 0x07, 0, OHBA_CONN_RAW },	/* no T */
		{ 0x81, 0, OHBA_CONN_RAW },	/* to the operational stage */
		{ 0x87, 1, OHBA_CONN_RAW },	/* redirection */
		{ 0x87, 2, OHBA_CONN_RAW },	/* initiator error */
		{ 0x87, 3, OHBA_CONN_RAW },	/* target error */
	};
	struct host *host = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct wire *wire = conn_open(host, 1);
		struct recv recv = recv_post(host, 1);
		uint8_t bhs[48];

		make_login(bhs, OP_LOGIN_RSP, row[i].flags);
		bhs[36] = row[i].status_class;
		wire_send(wire, bhs, NULL, 0);
		expect_recv(host, &recv, bhs, NULL, 0);
		assert_int_equal(conn_phase(host, 1), row[i].phase);
		conn_close(host, 1, 0);
	}
}

static void raw_violations(void **state)
{
	static const struct {
		uint8_t opcode, ahs;
		uint32_t len;
		uint16_t reason;
	} row[] = {
		{ OP_LOGIN_RSP, 0, 8193, OHBA_ST_BAD_LENGTH },
		{ OP_LOGIN_RSP, 1, 0, OHBA_ST_BAD_LENGTH },
		{ OP_LOGIN_RSP, 255, 0, OHBA_ST_BAD_LENGTH },
		{ OP_LOGIN_RSP, 0, 0xffffff, OHBA_ST_BAD_LENGTH },
		{ OP_NOP_IN, 0, 0, OHBA_ST_BAD_OPCODE },
		{ OP_SCSI_RSP, 0, 0, OHBA_ST_BAD_OPCODE },
		{ OP_DATA_IN, 0, 0, OHBA_ST_BAD_OPCODE },
		{ 0x3a, 0, 0, OHBA_ST_BAD_OPCODE },
	};
	struct host *host = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct wire *wire = conn_open(host, 1);
		struct recv recv = recv_post(host, 1);
		struct ohba_cqe cqe;
		uint8_t bhs[48];

		make_login(bhs, row[i].opcode, 0);
		bhs[4] = row[i].ahs;
		put_be24(bhs, 5, row[i].len);
		wire_put(wire, bhs, 48);
		expect_lost(host, 1, row[i].reason, row[i].opcode);
		assert_true(wire->closed);
		host_expect_none(host, 0);	/* it stays outstanding until the close */
		conn_close(host, 1, 0);
		cqe = host_expect(host, 0, recv.tag);
		expect_status(&cqe, OHBA_ST_SESSION_LOST);
	}
}

/* --- the hand-over ----------------------------------------------------------------- */

static void session_start_validates(void **state)
{
	static const struct {
		size_t off, len;
		uint32_t val;
		uint16_t status;
	} row[] = {
#define P(field, val, status) { offsetof(struct ohba_session_params, field), \
		sizeof(((struct ohba_session_params *)0)->field), val, status }
		P(max_recv_dsl, 511, OHBA_ST_INVALID_FIELD),
		P(max_recv_dsl, 512, OHBA_ST_SUCCESS),
		P(max_recv_dsl, 1 << 20, OHBA_ST_SUCCESS),
		P(max_recv_dsl, (1 << 20) + 1, OHBA_ST_INVALID_FIELD),
		P(max_xmit_dsl, 511, OHBA_ST_INVALID_FIELD),
		P(max_xmit_dsl, 0xffffff, OHBA_ST_SUCCESS),
		P(max_xmit_dsl, 0x1000000, OHBA_ST_INVALID_FIELD),
		P(max_burst, 511, OHBA_ST_INVALID_FIELD),
		P(max_burst, 8191, OHBA_ST_INVALID_FIELD),	/* below first_burst */
		P(max_burst, 8192, OHBA_ST_SUCCESS),
		P(max_burst, (16 << 20) - 512, OHBA_ST_SUCCESS),
		P(max_burst, (16 << 20) - 511, OHBA_ST_INVALID_FIELD),
		P(first_burst, 511, OHBA_ST_INVALID_FIELD),
		P(first_burst, 512, OHBA_ST_SUCCESS),
		P(first_burst, 65537, OHBA_ST_INVALID_FIELD),
		P(max_r2t, 0, OHBA_ST_INVALID_FIELD),
		P(max_r2t, 16, OHBA_ST_SUCCESS),
		P(max_r2t, 17, OHBA_ST_INVALID_FIELD),
		P(flags, 0x1f, OHBA_ST_SUCCESS),
		P(flags, 0x20, OHBA_ST_INVALID_FIELD),
		P(flags, 0x8000, OHBA_ST_INVALID_FIELD),
#undef P
		{ offsetof(struct ohba_session_params, rsvd), 1, 1, OHBA_ST_INVALID_FIELD },
		{ sizeof(struct ohba_session_params) - 1, 1, 0x80, OHBA_ST_INVALID_FIELD },
	};
	struct host *host = *state;
	uint32_t last = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct ohba_session_params params = params_of(&opts_default);
		struct ohba_cqe cqe;

		conn_open(host, 0);
		memcpy((char *)&params + row[i].off, &row[i].val, row[i].len);
		cqe = session_start(host, 0, &params);
		if (le16toh(cqe.status) != row[i].status)
			fail_msg("row %zu: %s", i, status_name(le16toh(cqe.status)));
		if (!row[i].status) {
			assert_int_not_equal(le32toh(cqe.result), last);
			last = le32toh(cqe.result);
		}
		conn_close(host, 0, OHBA_CONN_CLOSE_ABORT);
	}
}

static void session_start_wants_its_data(void **state)
{
	struct host *host = *state;
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_SESSION_START, 0);
	uint64_t addr = mem_alloc(host->mem, 256, MEM_OUT);

	conn_open(host, 0);
	host_admin_status(host, &sqe, OHBA_ST_INVALID_FIELD);
	sqe_data(&sqe, addr, sizeof(struct ohba_session_params) - 1);
	host_admin_status(host, &sqe, OHBA_ST_INVALID_FIELD);
	sqe_data(&sqe, addr, sizeof(struct ohba_session_params) + 1);
	host_admin_status(host, &sqe, OHBA_ST_INVALID_FIELD);
	sqe_data(&sqe, 0x1000, sizeof(struct ohba_session_params));
	host_admin_status(host, &sqe, OHBA_ST_DMA_FAULT);
	conn_close(host, 0, 0);
}

int main(void)
{
#define T(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(login_passes_byte_by_byte),
		T(without_recv_nothing_is_read),
		T(recv_depth_is_four),
		T(send_depth_is_four),
		T(raw_phase_refuses_to_send),
		T(held_holds_what_follows),
		T(other_responses_do_not_hold),
		T(raw_violations),
		T(session_start_validates),
		T(session_start_wants_its_data),
	};

	return cmocka_run_group_tests_name("login", tests, NULL, NULL);
}
