// SPDX-License-Identifier: GPL-2.0-or-later
/* Connections: open, raw login, held, close (SPEC.md section 6.1). */
#include "session.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

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

/* --- opening -------------------------------------------------------------------- */

static void connects_to_the_address_given(void **state)
{
	struct host *host = *state;
	struct ohba_sqe sqe = sqe_conn_open(0);
	struct sockaddr_in6 *in6;
	struct sockaddr_in *in;
	struct wire *wire;
	uint32_t tag;

	wire = conn_open(host, 0);
	in = (struct sockaddr_in *)&wire->peer;
	assert_int_equal(in->sin_family, AF_INET);
	assert_int_equal(ntohs(in->sin_port), 3260);
	assert_int_equal(ntohl(in->sin_addr.s_addr), 0x0a000002);
	conn_close(host, 0, 0);

	sqe.body[0] = OHBA_FAMILY_IPV6;
	sqe.body[4] = 7;		/* scope_id */
	memcpy(sqe.body + 8, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\xab\xcd", 16);
	tag = host_admin_start(host, &sqe);
	host_settle(host);
	wire = target_connecting(host->target);
	in6 = (struct sockaddr_in6 *)&wire->peer;
	assert_int_equal(in6->sin6_family, AF_INET6);
	assert_int_equal(ntohs(in6->sin6_port), 3260);
	assert_int_equal(in6->sin6_scope_id, 7);
	same_bytes("address", &in6->sin6_addr, sqe.body + 8, 16);
	host_expect_none(host, 0);
	wire_answer(wire, OHBA_ST_SUCCESS);
	host_expect(host, 0, tag);
	conn_close(host, 0, 0);
}

static void failure_frees_the_id(void **state)
{
	static const uint16_t why[] = { OHBA_ST_CONN_REFUSED, OHBA_ST_CONN_TIMEOUT,
					OHBA_ST_HOST_UNREACH, OHBA_ST_CONN_RESET,
					OHBA_ST_CONN_LOCAL };
	struct host *host = *state;
	struct ohba_adapter_stats stats;
	struct ohba_cqe cqe;
	size_t i;

	for (i = 0; i < 2 * ARRAY_SIZE(why); i++) {
		uint32_t tag;

		if (i % 2)
			target_refuse_next(host->target, why[i / 2]);
		tag = conn_open_start(host, 5);
		if (!(i % 2))
			wire_answer(target_connecting(host->target), why[i / 2]);
		cqe = host_expect(host, 0, tag);
		expect_status(&cqe, why[i / 2]);
	}
	host_no_event(host);
	conn_open(host, 5);
	host_stats(host, OHBA_STATS_ADAPTER, 0, &stats, sizeof(stats));
	assert_int_equal(le64toh(stats.conns_failed), 2 * ARRAY_SIZE(why));
	assert_int_equal(le64toh(stats.conns_opened), 1);
	conn_close(host, 5, 0);
}

static void connecting_is_bounded(void **state)
{
	static const struct {
		uint32_t asked_ms, real_ms;
	} row[] = { { 0, 15000 }, { 1, 1 }, { 700, 700 }, { 60000, 60000 } };
	struct host *host = *state;
	struct ohba_cqe cqe;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct ohba_sqe sqe = sqe_conn_open(1);
		uint32_t tag, ms = htole32(row[i].asked_ms);

		memcpy(sqe.body + offsetof(struct ohba_conn_open, timeout_ms), &ms, 4);
		tag = host_admin_start(host, &sqe);
		host_advance(host, row[i].real_ms * MS - MS / 10);
		host_expect_none(host, 0);
		host_advance(host, 2 * MS);
		cqe = host_expect(host, 0, tag);
		expect_status(&cqe, OHBA_ST_CONN_TIMEOUT);
	}
}

static void close_cancels_connecting(void **state)
{
	struct host *host = *state;
	uint32_t open = conn_open_start(host, 2);
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_CONN_CLOSE, 2);
	struct wire *wire = target_connecting(host->target);
	struct ring *ring = &host->admin;
	uint32_t close;

	close = host_admin_start(host, &sqe);
	host_settle(host);
	assert_int_equal(ring->ndone, 2);		/* in this order */
	assert_int_equal(le32toh(ring->done[0].tag), open);
	expect_status(&ring->done[0], OHBA_ST_ABORTED);
	assert_int_equal(le32toh(ring->done[1].tag), close);
	expect_status(&ring->done[1], OHBA_ST_SUCCESS);
	assert_true(wire->closed);
	host_no_event(host);
	conn_open(host, 2);
	conn_close(host, 2, 0);
}

static void open_refuses(void **state)
{
	static const struct {
		size_t off;
		uint8_t val;
	} row[] = {
		{ offsetof(struct ohba_conn_open, family), 0 },
		{ offsetof(struct ohba_conn_open, family), 5 },
		{ offsetof(struct ohba_conn_open, family), 255 },
		{ offsetof(struct ohba_conn_open, rsvd0), 1 },
		{ offsetof(struct ohba_conn_open, scope_id), 1 },	/* IPv4 has none */
		{ offsetof(struct ohba_conn_open, addr) + 4, 1 },	/* beyond IPv4's four */
		{ offsetof(struct ohba_conn_open, rsvd1), 1 },
		{ sizeof(struct ohba_conn_open) - 1, 1 },
	};
	static const uint32_t ids[] = { CONNS, CONNS + 1, 0x10000, 0xffffffff };
	struct host *host = *state;
	struct ohba_sqe sqe;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		sqe = sqe_conn_open(0);
		sqe.body[row[i].off] = row[i].val;
		host_admin_status(host, &sqe, OHBA_ST_INVALID_FIELD);
	}
	sqe = sqe_conn_open(0);
	memset(sqe.body + offsetof(struct ohba_conn_open, port), 0, 2);
	host_admin_status(host, &sqe, OHBA_ST_INVALID_FIELD);
	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		sqe = sqe_conn_open(ids[i]);
		host_admin_status(host, &sqe, OHBA_ST_INVALID_HANDLE);
	}
	assert_int_equal(target_count(host->target), 0);
	conn_open(host, 0);
	sqe = sqe_conn_open(0);
	host_admin_status(host, &sqe, OHBA_ST_BUSY);
	conn_close(host, 0, 0);
}

static void every_id_at_once(void **state)
{
	struct host *host = *state;
	uint32_t i;

	for (i = 0; i < CONNS; i++)
		conn_open(host, i);
	assert_int_equal(target_count(host->target), CONNS);
	for (i = 0; i < CONNS; i++)
		assert_int_equal(conn_phase(host, i), OHBA_CONN_RAW);
	for (i = 0; i < CONNS; i++)
		conn_close(host, i, i % 2 ? OHBA_CONN_CLOSE_ABORT : 0);
}

static void conn_info_tells(void **state)
{
	struct host *host = *state;
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_CONN_INFO, 4);
	struct ohba_conn_info want = {
		.state = OHBA_CONN_RAW, .family = OHBA_FAMILY_IPV4,
		.local_port = htole16(49152), .peer_port = htole16(3260),
		.local_addr = { 10, 0, 0, 1 }, .peer_addr = { 10, 0, 0, 2 },
		.mss = htole32(1448),
	};
	uint64_t addr = mem_alloc(host->mem, sizeof(want), MEM_IN);

	sqe_data(&sqe, addr, sizeof(want));
	conn_open_start(host, 4);
	host_admin_status(host, &sqe, OHBA_ST_SUCCESS);
	assert_int_equal(*(uint8_t *)mem_ptr(host->mem, addr), OHBA_CONN_CONNECTING);
	wire_answer(target_connecting(host->target), OHBA_ST_SUCCESS);
	host_settle(host);
	host->admin.ndone = 0;
	host_admin_status(host, &sqe, OHBA_ST_SUCCESS);
	same_bytes("CONN_INFO", mem_ptr(host->mem, addr), &want, sizeof(want));
	conn_close(host, 4, 0);
	assert_int_equal(conn_phase(host, 4), OHBA_CONN_FREE);
	sqe.handle = htole32(CONNS);
	host_admin_status(host, &sqe, OHBA_ST_INVALID_HANDLE);
}

/* --- raw phase -------------------------------------------------------------------- */

static void make_login(uint8_t *bhs, uint8_t opcode, uint8_t flags)
{
	pattern_fill(bhs, 48, 0x1091 + opcode, 0);
	bhs[0] = opcode;
	bhs[1] = flags;
	bhs[4] = 0;
	bhs[36] = 0;		/* status class */
}

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

/* --- the end of TCP ----------------------------------------------------------------- */

static void tcp_ends(void **state)
{
	struct host *host = *state;
	struct session s;
	int full, err;

	for (full = 0; full < 2; full++) {
		for (err = 0; err < 3; err++) {
			static const uint16_t why[] = { OHBA_ST_CONN_CLOSED, OHBA_ST_CONN_RESET,
							OHBA_ST_CONN_TIMEOUT };
			struct wire *wire;

			if (full) {
				session_open(&s, host, 6, &opts_default);
				wire = s.wire;
			} else {
				wire = conn_open(host, 6);
				recv_post(host, 6);
			}
			if (err)
				wire_error(wire, err == 1 ? ECONNRESET : ETIMEDOUT);
			else
				wire_fin(wire);
			expect_lost(host, 6, why[err], 0);
			assert_true(wire->closed);
			assert_int_equal(conn_phase(host, 6), OHBA_CONN_LOST);
			conn_close(host, 6, 0);
			assert_int_equal(conn_phase(host, 6), OHBA_CONN_FREE);
			host->admin.ndone = 0;
		}
	}
	host_no_event(host);
}

static void close_waits_for_what_is_queued(void **state)
{
	struct host *host = *state;
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_CONN_CLOSE, 0);
	struct wire *wire = conn_open(host, 0);
	uint32_t send, close;
	struct ohba_cqe cqe;
	uint8_t bhs[48];
	struct pdu pdu;

	wire_cut(wire, CUT_NONE, CUT_BLOCKED);
	make_login(bhs, OP_LOGIN_REQ, 0);
	send = send_start(host, 0, bhs, "bye", 3);
	close = host_admin_start(host, &sqe);
	host_advance(host, 1000 * MS);
	assert_false(wire->closed);
	host_admin_status(host, &sqe, OHBA_ST_INVALID_STATE);	/* closing already */
	wire_cut(wire, CUT_NONE, CUT_ONE);
	cqe = host_expect(host, 0, close);
	expect_status(&cqe, OHBA_ST_SUCCESS);
	host_expect(host, 0, send);
	assert_true(wire_take(wire, &pdu));
	same_bytes("last words", pdu.data, "bye", 3);
	free(pdu.data);
	assert_true(wire->closed && !wire->aborted);
}

static void close_waits_two_seconds_at_most(void **state)
{
	struct host *host = *state;
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_CONN_CLOSE, 0);
	struct wire *wire = conn_open(host, 0);
	uint32_t send, close;
	struct ohba_cqe cqe;
	uint8_t bhs[48];

	wire_cut(wire, CUT_NONE, CUT_BLOCKED);
	make_login(bhs, OP_LOGIN_REQ, 0);
	send = send_start(host, 0, bhs, NULL, 0);
	close = host_admin_start(host, &sqe);
	host_advance(host, 1990 * MS);
	assert_false(wire->closed);
	host_advance(host, 20 * MS);
	cqe = host_expect(host, 0, close);
	expect_status(&cqe, OHBA_ST_SUCCESS);
	cqe = host_expect(host, 0, send);
	expect_status(&cqe, OHBA_ST_ABORTED);
	assert_true(wire->closed);
}

static void abort_does_not_wait(void **state)
{
	struct host *host = *state;
	struct wire *wire = conn_open(host, 0);
	uint8_t bhs[48];
	uint32_t send;
	struct ohba_cqe cqe;

	wire_cut(wire, CUT_NONE, CUT_BLOCKED);
	make_login(bhs, OP_LOGIN_REQ, 0);
	send = send_start(host, 0, bhs, NULL, 0);
	conn_close(host, 0, OHBA_CONN_CLOSE_ABORT);
	cqe = host_expect(host, 0, send);
	expect_status(&cqe, OHBA_ST_ABORTED);
	assert_true(wire->closed && wire->aborted);
}

/* --- who may do what when ------------------------------------------------------------- */

enum in_phase { FREE, CONNECTING, RAW, HELD, FULL, LOST };

static void enter(struct host *host, enum in_phase phase)
{
	struct recv recv;
	struct session s;
	struct wire *wire;
	uint8_t bhs[48];

	switch (phase) {
	case FREE:
		return;
	case CONNECTING:
		conn_open_start(host, 0);
		return;
	case FULL:
		session_open(&s, host, 0, &opts_default);
		return;
	default:
		wire = conn_open(host, 0);
	}
	if (phase == LOST) {
		wire_error(wire, ECONNRESET);
		recv_post(host, 0);
		expect_lost(host, 0, OHBA_ST_CONN_RESET, 0);
	}
	if (phase == HELD) {
		recv = recv_post(host, 0);
		make_login(bhs, OP_LOGIN_RSP, 0x87);
		wire_send(wire, bhs, NULL, 0);
		expect_recv(host, &recv, bhs, NULL, 0);
	}
}

static uint16_t try_send(struct host *host)
{
	struct ohba_cqe cqe;
	uint8_t bhs[48];

	make_login(bhs, OP_LOGIN_REQ, 0);
	cqe = host_expect(host, 0, send_start(host, 0, bhs, NULL, 0));
	return le16toh(cqe.status);
}

static uint16_t try_recv(struct host *host)
{
	struct recv recv = recv_post(host, 0);
	struct ohba_cqe cqe;

	host_settle(host);
	return host_done(host, 0, recv.tag, &cqe) ? le16toh(cqe.status) : OHBA_ST_SUCCESS;
}

static uint16_t try_start(struct host *host)
{
	struct ohba_session_params params = params_of(&opts_default);
	struct ohba_cqe cqe = session_start(host, 0, &params);

	return le16toh(cqe.status);
}

static uint16_t try_close(struct host *host)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_CONN_CLOSE, 0);
	struct ohba_cqe cqe = host_admin(host, &sqe);

	return le16toh(cqe.status);
}

static void phases_allow(void **state)
{
	static const uint16_t ok = OHBA_ST_SUCCESS, no = OHBA_ST_INVALID_STATE,
		handle = OHBA_ST_INVALID_HANDLE, field = OHBA_ST_INVALID_FIELD;
	const struct {
		uint16_t (*fn)(struct host *host);
		uint16_t status[6];	/* by phase */
	} row[] = {
		/*		FREE    CONN RAW HELD FULL LOST */
		{ try_send,	{ handle, no, ok, no, field, no } },
		{ try_recv,	{ handle, no, ok, ok, ok, no } },
		{ try_start,	{ handle, no, ok, ok, no, no } },
		{ try_close,	{ handle, ok, ok, ok, ok, ok } },
	};
	struct host *host = *state;
	size_t i;
	int phase;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		for (phase = FREE; phase <= LOST; phase++) {
			uint16_t status;

			enter(host, phase);
			status = row[i].fn(host);
			if (status != row[i].status[phase])
				fail_msg("row %zu, phase %d: %s, expected %s", i, phase,
					 status_name(status), status_name(row[i].status[phase]));
			try_close(host);
			host_settle(host);
			host->admin.ndone = 0;
			host->nevents = 0;
		}
	}
}

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

static void reset_in_every_phase(void **state)
{
	struct host *host = *state;
	int phase;

	for (phase = FREE; phase <= LOST; phase++) {
		unsigned int i;

		enter(host, phase);
		if (phase == RAW) {
			recv_post(host, 0);
			host_settle(host);
		}
		host_reset(host);
		host_advance(host, 60000 * MS);
		assert_int_equal(host_read(host, OHBA_REG_STATUS), 0);
		host_program_rings(host, 64, 64, 16);
		host_enable(host);
		host_setup(host);
		for (i = 0; i < CONNS; i++)
			assert_int_equal(conn_phase(host, i), OHBA_CONN_FREE);
	}
}

int main(void)
{
#define T(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(connects_to_the_address_given),
		T(failure_frees_the_id),
		T(connecting_is_bounded),
		T(close_cancels_connecting),
		T(open_refuses),
		T(every_id_at_once),
		T(conn_info_tells),
		T(login_passes_byte_by_byte),
		T(without_recv_nothing_is_read),
		T(recv_depth_is_four),
		T(send_depth_is_four),
		T(raw_phase_refuses_to_send),
		T(held_holds_what_follows),
		T(other_responses_do_not_hold),
		T(raw_violations),
		T(tcp_ends),
		T(close_waits_for_what_is_queued),
		T(close_waits_two_seconds_at_most),
		T(abort_does_not_wait),
		T(phases_allow),
		T(session_start_validates),
		T(session_start_wants_its_data),
		T(reset_in_every_phase),
	};

	return cmocka_run_group_tests_name("conn", tests, NULL, NULL);
}
