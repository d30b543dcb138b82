// SPDX-License-Identifier: GPL-2.0-or-later
/* Sessions of the adapter's own: life, loss and return, when it tries again, many of them. */
#include "world.h"

/* --- life --------------------------------------------------------------------- */

static void counted(struct world *w, uint32_t index)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_STATS_GET, TARGETS);
	struct ohba_conn_stats stats;

	host_stats(w->host, OHBA_STATS_TARGET, index, &stats, sizeof(stats));
	assert_int_equal(le64toh(stats.scsi_cmd_pdus), 3);
	assert_true(le64toh(stats.tx_bytes) > 300000);
	sqe.body[0] = OHBA_STATS_TARGET;
	host_admin_status(w->host, &sqe, OHBA_ST_INVALID_HANDLE);
	sqe.handle = htole32(index + 1);
	host_admin_status(w->host, &sqe, OHBA_ST_INVALID_HANDLE);
	w->host->guest_traces = 0;
}

static void whole_life(void **state)
{
	struct world *w = *state;
	struct ohba_target target = entry_of(9);
	struct ohba_target_state st;
	struct session s;
	uint32_t handle;

	target.isid[0] = 0x40;
	target.isid[5] = 7;
	target.tos = 0x48;
	target.flags |= htole16(OHBA_TARGET_NAGLE);
	set_up(w, 5, &target);
	handle = world_up(w, 5);
	st = entry_state(w->host, 5);
	assert_int_equal(st.phase, OHBA_TARGET_UP);
	assert_int_equal(st.wanted, 1);
	assert_int_equal(st.reason, 0);
	assert_int_equal(le32toh(st.session), handle);
	assert_int_equal(le16toh(st.tsih), w->site->conn[0].tsih);
	assert_int_equal(le32toh(st.ups), 1);
	assert_int_equal(st.family, OHBA_FAMILY_IPV4);
	assert_int_equal(le16toh(st.port), 3260);
	assert_int_equal(st.addr[3], 9);
	assert_int_equal(le16toh(st.tpgt), 1);
	same_bytes("ISID", st.isid, target.isid, 6);
	same_bytes("ISID", w->site->conn[0].isid, target.isid, 6);
	assert_int_equal(le32toh(st.exp_statsn), w->site->conn[0].statsn);
	assert_int_equal(le32toh(st.mss), 1448);
	assert_int_equal(le16toh(st.local_port), 49152);
	assert_int_equal(st.tcp_timestamps, 1);
	assert_int_equal(st.send_scale, 7);
	assert_int_equal(st.recv_scale, 5);
	same_bytes("our address", st.local_addr, "\x0a\0\0\x01\0\0\0", 8);
	assert_int_equal(target_wire(w->host->target, 0)->options.tos, 0x48);
	assert_true(target_wire(w->host->target, 0)->options.nagle);
	assert_string_equal((char *)st.alias, "a disk");
	assert_int_equal(le32toh(st.params.max_burst), 262144);
	assert_int_equal(le16toh(st.params.flags), OHBA_SESSION_IMMEDIATE_DATA);
	assert_string_equal(w->site->conn[0].target_name, "iqn.2026-01.test:disk9");
	assert_string_equal(w->site->conn[0].initiator_name, "eui.020ba0fffe123456");

	s = site_session(w->site, 0, handle);
	io_works(&s, 1, OHBA_IO_READ, 8192);
	io_works(&s, 2, OHBA_IO_WRITE, 300000);
	io_works(&s, 3, 0, 0);
	counted(w, 5);
	give_back(w->site, 0, &s);

	world_logout(w, 5, 0);
	assert_int_equal(w->site->logouts, 1);
	entry_event(w->host, 5, OHBA_TARGET_LOGOUT, OHBA_ST_SUCCESS);
	entry_event(w->host, 5, OHBA_TARGET_OFF, OHBA_ST_ABORTED);
	entry_is(w->host, 5, OHBA_TARGET_OFF, OHBA_ST_ABORTED);
	assert_false(target_wire(w->host->target, 0)->aborted);
	entry_do(w->host, OHBA_ADMIN_TARGET_DELETE, 5, 0, OHBA_ST_SUCCESS);
	host_no_event(w->host);
	assert_int_equal(w->site->connects, 1);
}

static void digests(void **state)
{
	struct world *w = *state;
	struct ohba_target target = entry_of(1);
	struct session s;

	target.header_digest = target.data_digest = OHBA_DIGEST_CRC32C | OHBA_DIGEST_NONE << 4;
	set_up(w, 0, &target);
	s = site_session(w->site, 0, world_up(w, 0));
	io_works(&s, 1, OHBA_IO_READ, 4096);
	io_works(&s, 2, OHBA_IO_WRITE, 4096);
	assert_int_equal(le16toh(entry_state(w->host, 0).params.flags) &
			 (OHBA_SESSION_HDR_DIGEST | OHBA_SESSION_DATA_DIGEST),
			 OHBA_SESSION_HDR_DIGEST | OHBA_SESSION_DATA_DIGEST);
}

/* By handle all works; by connection id nothing does. */
static void a_session_without_connection_id(void **state)
{
	static const uint8_t by_id[] = {
		OHBA_ADMIN_CONN_CLOSE, OHBA_ADMIN_CONN_INFO, OHBA_ADMIN_PDU_SEND,
		OHBA_ADMIN_PDU_RECV, OHBA_ADMIN_SESSION_START, OHBA_ADMIN_CONN_OPEN,
	};
	struct world *w = *state;
	uint32_t handle = entry_up(w, 2), cid = handle & 0xffff;
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_SESSION_TIMERS, handle);
	uint64_t addr = mem_alloc(w->host->mem, 16384, MEM_IN);
	uint64_t out = mem_alloc(w->host->mem, sizeof(struct ohba_session_params), MEM_OUT);
	struct ohba_session_params params = params_of(&opts_default);
	size_t i;

	assert_true(cid >= CONNS);
	memcpy(mem_ptr(w->host->mem, out), &params, sizeof(params));
	sqe.body[0] = 1;
	host_admin_status(w->host, &sqe, OHBA_ST_SUCCESS);
	assert_int_equal(le32toh(entry_state(w->host, 2).params.timers.nop_interval_ms), 1);
	world_pass(w, SECOND);
	assert_int_not_equal(w->site->pings, 0);
	for (i = 0; i < ARRAY_SIZE(by_id); i++) {
		sqe = by_id[i] == OHBA_ADMIN_CONN_OPEN ? sqe_conn_open(cid) :
							  sqe_admin(by_id[i], cid);
		if (by_id[i] == OHBA_ADMIN_PDU_RECV || by_id[i] == OHBA_ADMIN_CONN_INFO)
			sqe_data(&sqe, addr, 16384);
		if (by_id[i] == OHBA_ADMIN_SESSION_START)
			sqe_data(&sqe, out, sizeof(params));
		host_admin_status(w->host, &sqe, OHBA_ST_INVALID_HANDLE);
	}
	sqe = sqe_admin(OHBA_ADMIN_TMF, handle);
	sqe.body[0] = OHBA_TMF_LUN_RESET;
	host_admin_start(w->host, &sqe);
	host_settle(w->host);
	w->host->guest_traces = 0;
	entry_is(w->host, 2, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
}

/* --- loss and return ------------------------------------------------------------ */

static void loss_and_return(void **state)
{
	struct world *w = *state;
	uint32_t handle = entry_up(w, 3), again;
	struct session s = site_session(w->site, 0, handle);
	struct io io = io_make(&s, 1, OHBA_IO_READ, 4096), late = io_make(&s, 2, 0, 0);
	struct ohba_target_state st;

	world_pass(w, 20 * SECOND);
	io_submit(&io);
	io_expect_cmd(&io);
	site_kill(w->site);
	io_done(&io, OHBA_ST_SESSION_LOST);
	entry_event(w->host, 3, OHBA_TARGET_WAITING, OHBA_ST_CONN_RESET);
	entry_event(w->host, 3, OHBA_TARGET_CONNECTING, OHBA_ST_CONN_RESET);
	entry_event(w->host, 3, OHBA_TARGET_LOGIN, OHBA_ST_CONN_RESET);
	again = entry_event(w->host, 3, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
	assert_int_not_equal(handle, again);
	/* A new session of the same initiator port: what is left of the old one ends by it. */
	same_bytes("ISID", w->site->conn[1].isid, w->site->conn[0].isid, 6);
	assert_int_equal(w->site->conn[1].asked_tsih, 0);
	io_submit(&late);
	io_done(&late, OHBA_ST_INVALID_HANDLE);
	w->host->guest_traces = 0;
	st = entry_state(w->host, 3);
	assert_int_equal(le32toh(st.ups), 2);
	assert_int_equal(le16toh(st.reason), OHBA_ST_CONN_RESET);
	assert_string_equal((char *)st.words, "the target reset the TCP connection");
	s = site_session(w->site, 1, again);
	io_works(&s, 3, OHBA_IO_READ, 512);
}

/* A ring that is full makes nothing lost but what is over. */
static void only_the_last_event_waits(void **state)
{
	struct world *w = *state;
	uint32_t i;

	w->host->events.lazy = true;
	for (i = 0; i < 20; i++) {
		struct ohba_target target = entry_of(i + 1);

		set_up(w, i, &target);
		host_settle(w->host);
	}
	w->host->events.lazy = false;
	for (i = 0; i < 100; i++) {
		host_advance(w->host, 2 * MS);
		host_read_events(w->host);
	}
	/* 16 entries of the ring: three of each entry; then what each came to. */
	assert_in_range(w->host->nevents, 16 + 14, 16 + 16);
	for (i = 0; i < w->host->nevents; i++)
		if (i >= 16)
			assert_int_equal(le32toh(w->host->event[i].detail[0]), OHBA_TARGET_UP);
	w->host->nevents = 0;
}

/* --- back-off --------------------------------------------------------------------- */

static void an_hour_down(void **state)
{
	static const uint32_t whole_s[] = { 1, 2, 4, 8, 16, 32, 60, 60 };
	struct world *w = *state;
	struct ohba_target target = entry_of(1);
	struct ohba_target_state st;
	uint32_t shortest = UINT32_MAX;
	size_t i;

	w->site->tcp = SITE_REFUSE;
	set_up(w, 0, &target);
	for (i = 0; i < ARRAY_SIZE(whole_s); i++) {
		host_settle(w->host);
		entry_is(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_CONN_REFUSED);
		st = entry_state(w->host, 0);
		assert_int_equal(le32toh(st.tries), i + 1);
		assert_in_range(le32toh(st.retry_ms), whole_s[i] * 500, whole_s[i] * 1000);
		world_pass(w, le32toh(st.retry_ms) * MS);
	}
	world_pass(w, 3600 * SECOND);
	assert_in_range(w->site->connects, 60, 140);
	/* The random part is up to half of the longest wait, too. */
	for (i = 0; i < 20; i++) {
		world_pass(w, le32toh(entry_state(w->host, 0).retry_ms) * MS);
		host_settle(w->host);
		st = entry_state(w->host, 0);
		if (le32toh(st.retry_ms) < shortest)
			shortest = le32toh(st.retry_ms);
	}
	assert_in_range(shortest, 30000, 40000);
	w->site->tcp = SITE_ACCEPT;
	world_login(w, 0);
	host_settle(w->host);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_CONN_REFUSED);
	forget_events(w);
}

/* Who fell together comes back apart. */
static void random_parts(void **state)
{
	struct world *w = *state;
	uint32_t ms[20], i, j, same = 0;

	w->site->tcp = SITE_REFUSE;
	for (i = 0; i < ARRAY_SIZE(ms); i++) {
		struct ohba_target target = entry_of(i + 1);

		set_up(w, i, &target);
		forget_events(w);
		ms[i] = le32toh(entry_state(w->host, i).retry_ms);
		for (j = 0; j < i; j++)
			same += ms[i] == ms[j];
	}
	assert_in_range(same, 0, 5);
}

/* Who lets us in to drop us is not asked more often than who does not. */
static void an_hour_of_falls(void **state)
{
	struct world *w = *state;
	uint32_t i;

	entry_up(w, 0);
	for (i = 0; i < 7200; i++) {
		site_kill(w->site);
		world_pass(w, SECOND / 2);
	}
	assert_in_range(w->site->logins, 40, 140);
	world_pass(w, 120 * SECOND);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_CONN_RESET);
	/* Once it has been up for long, the next is at once again. */
	site_kill(w->site);
	host_settle(w->host);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_CONN_RESET);
	forget_events(w);
}

/* --- what targets ask for ----------------------------------------------------------- */

static void send_async(struct session *s, uint8_t event, uint16_t one, uint16_t two,
		       uint16_t three)
{
	uint8_t bhs[48];

	bhs_init(bhs, OP_ASYNC, FLAG_F);
	put_be32(bhs, 16, RESERVED_TAG);
	bhs[36] = event;
	put_be16(bhs, 38, one);
	put_be16(bhs, 40, two);
	put_be16(bhs, 42, three);
	send_pdu(s, bhs, true, NULL, 0);
}

static void async_logout(void **state)
{
	struct world *w = *state;
	struct session s = site_session(w->site, 0, entry_up(w, 0));
	struct io io = io_make(&s, 1, OHBA_IO_READ, 4096);

	io_submit(&io);
	io_expect_cmd(&io);
	send_async(&s, 1, 0, 0, 10);
	give_back(w->site, 0, &s);
	io_done(&io, OHBA_ST_SESSION_LOST);
	assert_int_equal(w->site->logouts, 1);
	entry_event(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_TARGET_DROP);
	host_advance(w->host, SECOND);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_TARGET_DROP);
	forget_events(w);
}

static void async_drop(void **state)
{
	uint8_t event;

	for (event = 2; event <= 3; event++) {
		struct world *w = *state;
		unsigned int n = w->site->connects;
		struct session s = site_session(w->site, n, entry_up(w, event));

		send_async(&s, event, 0, 7, 20);
		host_advance(w->host, SECOND);
		wire_fin(s.wire);
		entry_event(w->host, event, OHBA_TARGET_WAITING, OHBA_ST_TARGET_DROP);
		assert_int_equal(le32toh(entry_state(w->host, event).retry_ms), 7000);
		host_advance(w->host, 6999 * MS);
		entry_is(w->host, event, OHBA_TARGET_WAITING, OHBA_ST_TARGET_DROP);
		host_advance(w->host, MS);
		entry_is(w->host, event, OHBA_TARGET_UP, OHBA_ST_TARGET_DROP);
		forget_events(w);
	}
}

/* What was agreed on, unless the target says something else (section 13.15). */
static void time_to_wait(void **state)
{
	struct world *w = *state;
	struct ohba_target target = entry_of(1);
	struct session s;

	target.time2wait = htole16(9);
	set_up(w, 0, &target);
	world_up(w, 0);
	world_pass(w, 20 * SECOND);
	site_kill(w->site);
	entry_event(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_CONN_RESET);
	assert_int_equal(le32toh(entry_state(w->host, 0).retry_ms), 9000);
	host_advance(w->host, 9 * SECOND);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_CONN_RESET);
	/* Less is the target's to say, and so is a logout. */
	w->host->nevents = 0;
	world_pass(w, 20 * SECOND);
	s = site_session(w->site, 1, le32toh(entry_state(w->host, 0).session));
	send_async(&s, 2, 0, 0, 20);
	host_settle(w->host);
	wire_fin(s.wire);
	forget_events(w);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_TARGET_DROP);
	world_pass(w, 20 * SECOND);
	s = site_session(w->site, 2, le32toh(entry_state(w->host, 0).session));
	send_async(&s, 1, 0, 0, 20);
	give_back(w->site, 2, &s);
	forget_events(w);
	assert_int_equal(w->site->logouts, 1);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_TARGET_DROP);
}

/* What the old target asked for is not the new one's. */
static void a_change_when_it_is_dropped(void **state)
{
	struct world *w = *state;
	uint8_t event;

	for (event = 1; event <= 2; event++) {
		struct ohba_target target = entry_of(9);
		unsigned int n = w->site->connects;
		struct session s = site_session(w->site, n, entry_up(w, event));

		world_pass(w, SECOND);
		send_async(&s, event, 0, 3600, 20);
		host_settle(w->host);
		if (event == 2)
			target.time2wait = htole16(5);
		entry_set(w->host, event, &target, OHBA_ST_SUCCESS);
		host_settle(w->host);
		wire_fin(s.wire);
		forget_events(w);
		assert_int_equal(entry_state(w->host, event).phase, OHBA_TARGET_UP);
		/* Nor was it the new one that fell. */
		if (event == 2)
			break;
		site_kill_one(w->site, n + 1);
		forget_events(w);
		assert_int_equal(entry_state(w->host, event).phase, OHBA_TARGET_UP);
	}
}

/* It leaves room for a logout. */
static void negotiations_without_answer(void **state)
{
	struct world *w = *state;
	struct session s = site_session(w->site, 0, entry_up(w, 0));
	unsigned int i;

	for (i = 0; i < 20; i++)
		send_async(&s, 4, 0, 0, 3);
	give_back(w->site, 0, &s);
	host_settle(w->host);
	assert_int_equal(w->site->texts, 1);
	world_logout(w, 0, 0);
	assert_int_equal(w->site->logouts, 1);
	forget_events(w);
}

static void async_negotiation(void **state)
{
	static const char ours[] = "MaxRecvDataSegmentLength=65536";
	static const char its[] = "MaxRecvDataSegmentLength=8192";
	static const char bad[] = "MaxRecvDataSegmentLength=1";
	struct world *w = *state;
	struct session s = site_session(w->site, 0, entry_up(w, 0));
	struct pdu pdu;
	uint8_t bhs[48];
	int i;

	for (i = 0; i < 2; i++) {
		send_async(&s, 4, 0, 0, 3);
		take_pdu(&s, &pdu);
		assert_int_equal(pdu.bhs[0], OP_TEXT_REQ | OP_IMMEDIATE);
		assert_int_equal(pdu.bhs[1], FLAG_F);
		assert_int_equal(be32_at(pdu.bhs, 20), RESERVED_TAG);
		same_bytes("text", pdu.data, ours, sizeof(ours));
		bhs_init(bhs, OP_TEXT_RSP, FLAG_F);
		memcpy(bhs + 16, pdu.bhs + 16, 4);
		put_be32(bhs, 20, RESERVED_TAG);
		free(pdu.data);
		send_pdu(&s, bhs, true, i ? bad : its, i ? sizeof(bad) : sizeof(its));
		host_settle(w->host);
		assert_int_equal(le32toh(entry_state(w->host, 0).params.max_xmit_dsl),
				 i ? 65536 : 8192);
		if (i)
			break;
		s.opts.max_xmit_dsl = 8192;
		io_works(&s, 1, OHBA_IO_WRITE, 100000);
	}
	entry_event(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_BAD_FIELD);
	forget_events(w);
}

/* It pings and takes no answer, so that it is not read: it is not alive for that. */
static void a_target_that_takes_nothing(void **state)
{
	struct world *w = *state;
	struct ohba_target target = entry_of(1);
	struct session s;
	unsigned int i;

	target.timers.nop_interval_ms = htole32(1000);
	target.timers.nop_timeout_ms = htole32(2000);
	set_up(w, 0, &target);
	s = site_session(w->site, 0, world_up(w, 0));
	wire_cut(s.wire, CUT_NONE, CUT_BLOCKED);
	for (i = 0; i < 20; i++)
		send_nop_in(&s, RESERVED_TAG, 0x7000 + i, NULL, 0);
	host_advance(w->host, 5 * SECOND);
	entry_event(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_NOP_TIMEOUT);
	forget_events(w);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_NOP_TIMEOUT);
}

/* --- many ------------------------------------------------------------------------ */

/* All at once: a turn of the harness looks at every connection. */
static void login_all(struct world *w, uint32_t n)
{
	uint32_t tags[32], i, j;

	for (i = 0; i < n; i++) {
		struct ohba_target target = entry_of(i);

		entry_set(w->host, i, &target, OHBA_ST_SUCCESS);
	}
	for (i = 0; i < n; i += ARRAY_SIZE(tags)) {
		for (j = 0; j < ARRAY_SIZE(tags); j++) {
			struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_TARGET_LOGIN, i + j);

			tags[j] = host_admin_start(w->host, &sqe);
		}
		host_turn(w->host);
		for (j = 0; j < ARRAY_SIZE(tags); j++) {
			struct ohba_cqe cqe;

			assert_true(host_done(w->host, OHBA_QID_ADMIN, tags[j], &cqe));
			expect_status(&cqe, OHBA_ST_SUCCESS);
		}
	}
	host_settle(w->host);
	assert_int_equal(w->site->logins, n);
}

/* More events than a host of the harness remembers: a ring that stays full is looked at often. */
static void drain_events(struct world *w)
{
	do {
		w->host->nevents = 0;
		host_turn(w->host);
		host_read_events(w->host);
	} while (w->host->nevents);
}

struct storm {
	uint64_t turns;			/* of the loop, */
	uint64_t ns;			/* and time, until they were there again */
};

/* @n sessions fall at once. */
static struct storm storm(uint32_t n)
{
	struct world *w = world_new(n);
	struct ohba_adapter_stats stats;
	struct storm took;
	uint32_t i;

	w->host->events.lazy = true;
	login_all(w, n);
	assert_int_equal(w->site->open_max, 64);
	drain_events(w);
	host_advance(w->host, 20 * SECOND);
	host_stats(w->host, OHBA_STATS_ADAPTER, 0, &stats, sizeof(stats));
	took.turns = le64toh(stats.loop_turns);
	took.ns = w->host->now;
	site_kill(w->site);
	while (w->site->logins < 2 * n) {
		assert_true(w->host->now < 3600 * SECOND);
		drain_events(w);
		host_advance(w->host, MS);
	}
	assert_int_equal(w->site->open_max, 64);
	/* Nobody had to try twice. */
	assert_int_equal(w->site->connects, 2 * n);
	took.ns = w->host->now - took.ns;
	host_stats(w->host, OHBA_STATS_ADAPTER, 0, &stats, sizeof(stats));
	took.turns = le64toh(stats.loop_turns) - took.turns;
	for (i = 0; i < n; i += 61)
		entry_is(w->host, i, OHBA_TARGET_UP, OHBA_ST_CONN_RESET);
	world_free(w);
	return took;
}

static void a_thousand_fall_and_rise(void **state)
{
	struct storm few = storm(256), many = storm(1024);

	(void)state;
	assert_in_range(many.turns, few.turns, 5 * few.turns);
	assert_in_range(many.ns, 1, 5 * few.ns);
}

/* --- who comes first ---------------------------------------------------------------- */

#define DEAF	9999

/* Entries @from..@to - 1, whose targets do not answer. */
static void set_up_deaf(struct world *w, uint32_t from, uint32_t to)
{
	struct ohba_target target = entry_of(200);
	uint32_t i;

	target.port = htole16(DEAF);
	for (i = from; i < to; i++) {
		set_up(w, i, &target);
		forget_events(w);
	}
}

/* A session that was lost does not wait for those that have long been dead. */
static void the_dead_come_last(void **state)
{
	struct world *w = world_new(512);

	(void)state;
	w->site->deaf_port = DEAF;
	entry_up(w, 0);
	set_up_deaf(w, 1, 512);
	/* All of them failed, and more are due than there are turns. */
	world_pass(w, 600 * SECOND);
	assert_int_not_equal(le32toh(entry_state(w->host, 511).tries), 0);
	/* Turns are kept for those who come before them. */
	assert_int_equal(w->site->open, 48);
	site_kill_one(w->site, 0);
	forget_events(w);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_CONN_RESET);
	/* So it is with what is asked for. */
	world_logout(w, 0, 0);
	world_login(w, 0);
	forget_events(w);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_ABORTED);
	world_free(w);
}

/* At enable, and when it failed as others did. */
static void boot_comes_first(void **state)
{
	struct world *w = world_new(128);
	struct ohba_target target = entry_of(200);
	uint32_t i;

	(void)state;
	target.port = htole16(DEAF);
	target.flags |= htole16(OHBA_TARGET_AUTO);
	w->site->deaf_port = DEAF;
	for (i = 0; i < 127; i++)
		entry_set(w->host, i, &target, OHBA_ST_SUCCESS);
	target.flags |= htole16(OHBA_TARGET_BOOT);
	target.port = htole16(3260);
	entry_set(w->host, 127, &target, OHBA_ST_SUCCESS);
	w->site->tcp = SITE_REFUSE;
	host_reset(w->host);
	/* More events than are remembered. */
	host_program_rings(w->host, 64, 64, 16);
	w->host->events.lazy = true;
	host_enable(w->host);
	host_setup(w->host);
	host_settle(w->host);
	entry_is(w->host, 127, OHBA_TARGET_WAITING, OHBA_ST_CONN_REFUSED);
	for (i = 0; i < 60; i++) {
		drain_events(w);
		host_advance(w->host, SECOND);
	}
	w->site->tcp = SITE_ACCEPT;
	drain_events(w);
	host_advance(w->host, le32toh(entry_state(w->host, 127).retry_ms) * MS);
	entry_is(w->host, 127, OHBA_TARGET_UP, OHBA_ST_CONN_REFUSED);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
		TEST(whole_life),
		TEST(digests),
		TEST(a_session_without_connection_id),
		TEST(loss_and_return),
		TEST(only_the_last_event_waits),
		TEST(an_hour_down),
		TEST(random_parts),
		TEST(an_hour_of_falls),
		TEST(async_logout),
		TEST(async_drop),
		TEST(time_to_wait),
		TEST(a_change_when_it_is_dropped),
		TEST(async_negotiation),
		TEST(negotiations_without_answer),
		TEST(a_target_that_takes_nothing),
		cmocka_unit_test(a_thousand_fall_and_rise),
		cmocka_unit_test(the_dead_come_last),
		cmocka_unit_test(boot_comes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
