// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Connections: open, the end of TCP, close; who may do what in which phase
 * (SPEC.md section 6.1).
 */
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

/* Set as soon as there is a connection; the engine is left alone without. */
static void congestion_control_is_passed_on(void **state)
{
	static const char *const names[] = { "", "reno" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct ohba_fw_config cfg = host_config;
		const char *asked;
		struct host *host;

		strcpy(cfg.congestion, names[i]);
		host = host_new_ready_config(&cfg);
		asked = conn_open(host, 0)->congestion;
		assert_string_equal(asked ? asked : "", names[i]);
		assert_int_equal(!asked, !*names[i]);
		host_free(host);
	}
	(void)state;
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
		{ offsetof(struct ohba_conn_open, tos), 1 },
		{ offsetof(struct ohba_conn_open, tos), 2 },
		{ offsetof(struct ohba_conn_open, flags), 2 },
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
		.mss = htole32(1448), .tcp_timestamps = 1, .send_scale = 7, .recv_scale = 5,
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

/* Each step of a connection's life is told, and what it came by. */
static void steps_are_told(void **state)
{
	struct host *host = *state;
	struct session s;

	host->listen = "conn-state";
	conn_open_start(host, 4);
	wire_answer(target_connecting(host->target), OHBA_ST_CONN_REFUSED);
	host_settle(host);
	session_open(&s, host, 5, &opts_default);
	wire_fin(s.wire);
	expect_lost(host, 5, OHBA_ST_CONN_CLOSED, 0);
	conn_close(host, 5, 0);
	assert_string_equal(host->heard, "conn 4: FREE -> CONNECTING (open)\n"
			    "conn 4: CONNECTING -> FREE (CONN_REFUSED)\n"
			    "conn 5: FREE -> CONNECTING (open)\n"
			    "conn 5: CONNECTING -> RAW (connected)\n"
			    "conn 5: RAW -> FULL (start)\n"
			    "conn 5: FULL -> LOST (CONN_CLOSED)\n"
			    "conn 5: LOST -> CLOSING (close)\n"
			    "conn 5: CLOSING -> FREE (reset)\n");
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
		cmocka_unit_test(congestion_control_is_passed_on),
		T(failure_frees_the_id),
		T(connecting_is_bounded),
		T(close_cancels_connecting),
		T(open_refuses),
		T(every_id_at_once),
		T(conn_info_tells), T(steps_are_told),
		T(tcp_ends),
		T(close_waits_for_what_is_queued),
		T(close_waits_two_seconds_at_most),
		T(abort_does_not_wait),
		T(phases_allow),
		T(reset_in_every_phase),
	};

	return cmocka_run_group_tests_name("conn", tests, NULL, NULL);
}
