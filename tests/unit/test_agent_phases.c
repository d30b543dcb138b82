// SPDX-License-Identifier: GPL-2.0-or-later
/* Logouts, changes, resets and hangs of the adapter's own sessions, in every phase. */
#include "world.h"

/* --- logouts ---------------------------------------------------------------------- */

static void commands_end_at_logout(void **state)
{
	static const uint8_t flags[] = {
		0, OHBA_TARGET_LOGOUT_ABORT, OHBA_TARGET_LOGOUT_AGAIN,
		OHBA_TARGET_LOGOUT_ABORT | OHBA_TARGET_LOGOUT_AGAIN,
	};
	struct world *w = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		bool again = flags[i] & OHBA_TARGET_LOGOUT_AGAIN;
		bool abort = flags[i] & OHBA_TARGET_LOGOUT_ABORT;
		unsigned int n = w->site->connects, logouts = w->site->logouts;
		struct session s = site_session(w->site, n, entry_up(w, i));
		struct io read = io_make(&s, 1, OHBA_IO_READ, 8192);
		struct io write = io_make(&s, 2, OHBA_IO_WRITE, 300000);

		io_submit(&read);
		io_submit(&write);
		io_expect_cmd(&read);
		io_expect_cmd(&write);
		/* In the middle of its data. */
		send_data_in(&s, read.itt, &(struct data_in){
			.data = (uint8_t[4096]){ 0 }, .len = 4096 });
		w->site->conn[n].by_hand = true;
		give_back(w->site, n, &s);
		world_logout(w, i, flags[i]);
		io_done(&read, OHBA_ST_ABORTED);
		io_done(&write, OHBA_ST_ABORTED);
		if (!abort)
			entry_event(w->host, i, OHBA_TARGET_LOGOUT, OHBA_ST_SUCCESS);
		assert_int_equal(w->site->logouts, logouts + !abort);
		assert_int_equal(target_wire(w->host->target, n)->aborted, abort);
		forget_events(w);
		entry_is(w->host, i, again ? OHBA_TARGET_UP : OHBA_TARGET_OFF, OHBA_ST_ABORTED);
	}
}

/* What comes for a task that was ended reaches its buffer no more. */
static void logout_in_the_middle_of_a_pdu(void **state)
{
	struct world *w = *state;
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_TARGET_LOGOUT, 0);
	struct session s = site_session(w->site, 0, entry_up(w, 0));
	struct io io = io_make(&s, 1, OHBA_IO_READ, 8192);
	struct ohba_cqe cqe;
	uint32_t tag;

	io_submit(&io);
	io_expect_cmd(&io);
	wire_cut(s.wire, CUT_ONE, CUT_NONE);
	send_data_in(&s, io.itt, &(struct data_in){ .data = (uint8_t[8192]){ 0 }, .len = 8192,
						    .flags = FLAG_F | DATA_IN_S });
	while (wire_unread(s.wire) > 4000)
		host_turn(w->host);
	tag = host_admin_start(w->host, &sqe);
	while (!host_done(w->host, io.qid, io.tag, &cqe))
		host_turn(w->host);
	expect_status(&cqe, OHBA_ST_ABORTED);
	assert_true(wire_unread(s.wire) > 3000);
	io_retire(&io);
	give_back(w->site, 0, &s);
	wire_cut(s.wire, CUT_NONE, CUT_NONE);
	cqe = host_expect(w->host, OHBA_QID_ADMIN, tag);
	expect_status(&cqe, OHBA_ST_SUCCESS);
	assert_int_equal(w->site->logouts, 1);
	assert_false(s.wire->aborted);
	forget_events(w);
}

/* A write whose data TCP takes a part of. */
static void half_sent(struct world *w, struct session *s, struct io *io)
{
	*io = io_make(s, 1, OHBA_IO_WRITE, 60000);
	wire_cut(s->wire, CUT_NONE, CUT_ONE);
	io_submit(io);
	while (wire_pending(s->wire) < 1000)
		host_turn(w->host);
	wire_cut(s->wire, CUT_NONE, CUT_BLOCKED);
}

/* What TCP has a part of is not the host's until it has the rest, or is gone. */
static void logout_behind_what_is_half_sent(void **state)
{
	struct world *w = *state;
	bool stuck;

	for (stuck = false; ; stuck = true) {
		struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_TARGET_LOGOUT, stuck);
		unsigned int n = w->site->connects;
		struct session s = site_session(w->site, n, entry_up(w, stuck));
		struct ohba_cqe cqe;
		struct io io, late;
		uint32_t tag;

		half_sent(w, &s, &io);
		tag = host_admin_start(w->host, &sqe);
		host_advance(w->host, 4 * SECOND);
		host_no_event(w->host);
		entry_is(w->host, stuck, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
		assert_false(host_done(w->host, io.qid, io.tag, &cqe));
		late = io_make(&s, 2, 0, 0);
		io_submit(&late);
		io_done(&late, OHBA_ST_INVALID_HANDLE);
		w->host->guest_traces = 0;
		if (stuck) {
			host_advance(w->host, SECOND);
		} else {
			wire_cut(s.wire, CUT_NONE, CUT_NONE);
			host_settle(w->host);
			io_expect_cmd(&io);
			give_back(w->site, n, &s);
		}
		io_done(&io, OHBA_ST_ABORTED);
		cqe = host_expect(w->host, OHBA_QID_ADMIN, tag);
		expect_status(&cqe, OHBA_ST_SUCCESS);
		entry_is(w->host, stuck, OHBA_TARGET_OFF, OHBA_ST_ABORTED);
		assert_int_equal(w->site->logouts, 1);
		assert_int_equal(s.wire->aborted, stuck);
		forget_events(w);
		if (stuck)
			break;
	}
}

/* TMFs end with the tasks; the answer that comes late is no violation. */
static void logout_with_a_tmf_under_way(void **state)
{
	struct world *w = *state;
	struct session s = site_session(w->site, 0, entry_up(w, 0));
	struct ohba_sqe tmf = sqe_admin(OHBA_ADMIN_TMF, s.handle);
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_TARGET_LOGOUT, 0);
	struct io io = io_make(&s, 1, OHBA_IO_READ, 4096);
	uint32_t tmf_tag, tag, itt;
	struct ohba_cqe cqe;
	struct pdu pdu;
	uint8_t bhs[48];

	io_submit(&io);
	io_expect_cmd(&io);
	tmf.body[0] = OHBA_TMF_LUN_RESET;
	tmf_tag = host_admin_start(w->host, &tmf);
	take_pdu(&s, &pdu);
	itt = be32_at(pdu.bhs, 16);
	free(pdu.data);
	tag = host_admin_start(w->host, &sqe);
	io_done(&io, OHBA_ST_ABORTED);
	cqe = host_expect(w->host, OHBA_QID_ADMIN, tmf_tag);
	expect_status(&cqe, OHBA_ST_ABORTED);
	entry_event(w->host, 0, OHBA_TARGET_LOGOUT, OHBA_ST_SUCCESS);
	bhs_init(bhs, OP_TMF_RSP, FLAG_F);
	put_be32(bhs, 16, itt);
	send_pdu(&s, bhs, true, NULL, 0);
	/* Nor is data of the task that was ended. */
	send_data_in(&s, io.itt, &(struct data_in){ .data = (uint8_t[512]){ 0 }, .len = 512 });
	host_no_event(w->host);
	give_back(w->site, 0, &s);
	cqe = host_expect(w->host, OHBA_QID_ADMIN, tag);
	expect_status(&cqe, OHBA_ST_SUCCESS);
	entry_event(w->host, 0, OHBA_TARGET_OFF, OHBA_ST_ABORTED);
	assert_false(s.wire->aborted);
}

static void a_logout_that_nobody_answers(void **state)
{
	struct world *w = *state;
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_TARGET_LOGOUT, 0), again = sqe;
	uint32_t tag;
	struct ohba_cqe cqe;

	entry_up(w, 0);
	w->site->no_logout = true;
	tag = host_admin_start(w->host, &sqe);
	host_advance(w->host, 4999 * MS);
	entry_event(w->host, 0, OHBA_TARGET_LOGOUT, OHBA_ST_SUCCESS);
	entry_is(w->host, 0, OHBA_TARGET_LOGOUT, OHBA_ST_SUCCESS);
	host_admin_status(w->host, &again, OHBA_ST_BUSY);
	entry_do(w->host, OHBA_ADMIN_TARGET_DELETE, 0, 0, OHBA_ST_BUSY);
	assert_false(host_done(w->host, OHBA_QID_ADMIN, tag, &cqe));
	/* Wanted again meanwhile: there is one, after this is over. */
	world_login(w, 0);
	host_advance(w->host, MS);
	cqe = host_expect(w->host, OHBA_QID_ADMIN, tag);
	expect_status(&cqe, OHBA_ST_SUCCESS);
	host_settle(w->host);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_ABORTED);
	assert_true(target_wire(w->host->target, 0)->aborted);
	w->site->no_logout = false;
	forget_events(w);
}

enum phase {
	PH_QUEUED, PH_CONNECTING, PH_LOGIN, PH_LOGIN_LATE, PH_MOVED, PH_UP, PH_ENDING,
	PH_LEAVING, PH_LOGOUT, PH_WAITING, PH_COUNT,
};

/* PH_LEAVING: what keeps it there. */
static struct session held_by;
static struct io held;

/* The target has sent it on, and it has not gone there yet. */
static void bring_moved(struct world *w)
{
	w->site->status = 0x0101;
	w->site->moves = 1;
	w->site->moved_to = "10.0.0.77:3260";
	while (w->site->moves || w->host->nevents < 3) {
		host_turn(w->host);
		host_read_events(w->host);
	}
	assert_int_equal(le32toh(w->host->event[2].detail[0]), OHBA_TARGET_CONNECTING);
	assert_int_equal(target_count(w->host->target), 1);
}

static void bring_ending(struct world *w)
{
	struct ohba_target target = entry_of(1);

	target.max_burst = htole32(131072);
	entry_set(w->host, 0, &target, OHBA_ST_SUCCESS);
	host_settle(w->host);
	assert_int_equal(w->site->logouts, 1);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
}

static void bring_leaving(struct world *w)
{
	uint32_t handle = le32toh(entry_state(w->host, 0).session);
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_TARGET_LOGOUT, 0);

	held_by = site_session(w->site, 0, handle);
	half_sent(w, &held_by, &held);
	host_admin_start(w->host, &sqe);
	host_settle(w->host);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
}

/* Bring entry 0 there. */
static void bring(struct world *w, enum phase phase)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_TARGET_LOGOUT, 0);
	struct ohba_target target = entry_of(1);

	w->site->tcp = phase == PH_CONNECTING ? SITE_SILENT :
		       phase == PH_WAITING ? SITE_REFUSE : SITE_ACCEPT;
	w->site->trick = phase == PH_LOGIN || phase == PH_LOGIN_LATE ? SITE_MUTE : SITE_HONEST;
	w->site->trick_at = phase == PH_LOGIN_LATE;
	w->site->no_logout = phase == PH_LOGOUT || phase == PH_ENDING;
	entry_set(w->host, 0, &target, OHBA_ST_SUCCESS);
	sqe.opcode = OHBA_ADMIN_TARGET_LOGIN;
	host_admin_start(w->host, &sqe);
	if (phase == PH_QUEUED) {
		host_turn(w->host);
		return;
	}
	if (phase == PH_MOVED) {
		bring_moved(w);
		return;
	}
	host_settle(w->host);
	if (phase == PH_ENDING)
		bring_ending(w);
	if (phase == PH_LEAVING)
		bring_leaving(w);
	if (phase != PH_LOGOUT)
		return;
	sqe.opcode = OHBA_ADMIN_TARGET_LOGOUT;
	host_admin_start(w->host, &sqe);
	host_settle(w->host);
}

static void be_good(struct world *w)
{
	w->site->tcp = SITE_ACCEPT;
	w->site->trick = SITE_HONEST;
	w->site->no_logout = false;
}

static bool is_leaving(enum phase phase)
{
	return phase == PH_LEAVING || phase == PH_LOGOUT;
}

static void logout_in_every_phase(void **state)
{
	enum phase phase;
	uint8_t flags;

	(void)state;
	for (phase = 0; phase < PH_COUNT; phase++) {
		for (flags = 0; flags < 4; flags++) {
			struct world *w = world_new(TARGETS);
			struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_TARGET_LOGOUT, 0);
			bool again = flags & OHBA_TARGET_LOGOUT_AGAIN;
			struct ohba_cqe cqe;
			uint32_t tag;

			bring(w, phase);
			be_good(w);
			sqe.flags = flags;
			tag = host_admin_start(w->host, &sqe);
			/* Our Logout Request of before was not answered. */
			if (phase == PH_ENDING && !(flags & OHBA_TARGET_LOGOUT_ABORT))
				host_advance(w->host, 5 * SECOND);
			cqe = host_expect(w->host, OHBA_QID_ADMIN, tag);
			if (is_leaving(phase)) {
				expect_status(&cqe, OHBA_ST_BUSY);
				again = false;
				host_advance(w->host, 5 * SECOND);
				w->host->guest_traces = 0;
			} else {
				expect_status(&cqe, OHBA_ST_SUCCESS);
			}
			host_settle(w->host);
			assert_int_equal(entry_state(w->host, 0).phase,
					 again ? OHBA_TARGET_UP : OHBA_TARGET_OFF);
			assert_int_equal(entry_state(w->host, 0).wanted, again);
			if (!again)
				entry_do(w->host, OHBA_ADMIN_TARGET_DELETE, 0, 0,
					 OHBA_ST_SUCCESS);
			forget_events(w);
			world_free(w);
		}
	}
}

/* --- entries that change ------------------------------------------------------------ */

static void set_in_every_phase(void **state)
{
	enum phase phase;

	(void)state;
	for (phase = 0; phase < PH_COUNT; phase++) {
		struct world *w = world_new(TARGETS);
		struct ohba_target target = entry_of(2);
		uint32_t generation;

		bring(w, phase);
		be_good(w);
		generation = entry_state(w->host, 0).generation;
		entry_set(w->host, 0, &target, OHBA_ST_SUCCESS);
		assert_int_not_equal(entry_state(w->host, 0).generation, generation);
		host_settle(w->host);
		if (phase == PH_ENDING || is_leaving(phase))
			host_advance(w->host, 5 * SECOND);
		if (is_leaving(phase)) {
			assert_int_equal(entry_state(w->host, 0).phase, OHBA_TARGET_OFF);
		} else {
			assert_int_equal(entry_state(w->host, 0).phase, OHBA_TARGET_UP);
			assert_int_equal(entry_state(w->host, 0).addr[3], 2);
			assert_string_equal(w->site->conn[w->site->seen - 1].target_name,
					    "iqn.2026-01.test:disk2");
			entry_do(w->host, OHBA_ADMIN_TARGET_DELETE, 0, 0, OHBA_ST_BUSY);
		}
		forget_events(w);
		world_free(w);
	}
}

/* Nothing of who had the index before. */
static void a_new_entry_has_no_past(void **state)
{
	struct world *w = *state;
	struct ohba_target target = entry_of(1);
	struct ohba_target_state st;

	entry_up(w, 0);
	w->site->status = 0x0203;
	site_kill(w->site);
	forget_events(w);
	st = entry_state(w->host, 0);
	assert_int_equal(st.login_class, 2);
	assert_int_not_equal(le32toh(st.tries), 0);
	world_logout(w, 0, 0);
	forget_events(w);
	entry_do(w->host, OHBA_ADMIN_TARGET_DELETE, 0, 0, OHBA_ST_SUCCESS);
	entry_set(w->host, 0, &target, OHBA_ST_SUCCESS);
	st = entry_state(w->host, 0);
	assert_int_equal(st.reason, 0);
	assert_int_equal(st.login_class, 0);
	assert_int_equal(st.login_detail, 0);
	assert_int_equal(st.words[0], 0);
	assert_int_equal(st.ups, 0);
	assert_int_equal(st.tries, 0);
}

static void set_of_what_does_not_matter(void **state)
{
	struct world *w = *state;
	struct ohba_target target = entry_of(1);

	set_up(w, 0, &target);
	world_up(w, 0);
	target.flags |= htole16(OHBA_TARGET_AUTO | OHBA_TARGET_BOOT);
	target.alias[0] = 'a';
	target.host[255] = 1;
	target.timers.nop_interval_ms = htole32(1000);
	target.login_ms = htole32(4000);
	target.dev_loss_s = htole32(60);
	entry_set(w->host, 0, &target, OHBA_ST_SUCCESS);
	host_no_event(w->host);
	assert_int_equal(le32toh(entry_state(w->host, 0).params.timers.nop_interval_ms), 1000);
	assert_int_equal(w->site->pings, 0);
	world_pass(w, 3 * SECOND);
	assert_in_range(w->site->pings, 1, 3);
	assert_int_equal(w->site->connects, 1);
	target.max_burst = htole32(131072);
	entry_set(w->host, 0, &target, OHBA_ST_SUCCESS);
	assert_int_equal(w->site->logouts, 1);
	entry_event(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_ABORTED);
	forget_events(w);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_ABORTED);
	assert_int_equal(le32toh(entry_state(w->host, 0).params.max_burst), 131072);
}

static void one_nexus_is_wanted_once(void **state)
{
	struct world *w = *state;
	struct ohba_target one = entry_of(1), two = one;

	memset(one.isid, 0x11, 6);
	two = one;
	two.addr[3] = 2;
	set_up(w, 0, &one);
	entry_set(w->host, 1, &two, OHBA_ST_SUCCESS);
	entry_do(w->host, OHBA_ADMIN_TARGET_LOGIN, 1, 0, OHBA_ST_NEXUS_TAKEN);
	two.isid[0] = 0x12;
	entry_set(w->host, 1, &two, OHBA_ST_SUCCESS);
	world_login(w, 1);
	two.isid[0] = 0x11;
	entry_set(w->host, 1, &two, OHBA_ST_NEXUS_TAKEN);
	/* Without a portal group it may be that of the other. */
	two.flags |= htole16(OHBA_TARGET_TPGT);
	two.tpgt = htole16(1);
	entry_set(w->host, 1, &two, OHBA_ST_NEXUS_TAKEN);
	one.flags |= htole16(OHBA_TARGET_TPGT);
	one.tpgt = htole16(2);
	entry_set(w->host, 0, &one, OHBA_ST_SUCCESS);
	entry_set(w->host, 1, &two, OHBA_ST_SUCCESS);
	one.tpgt = htole16(1);
	entry_set(w->host, 0, &one, OHBA_ST_NEXUS_TAKEN);
	one.flags &= ~htole16(OHBA_TARGET_TPGT);
	entry_set(w->host, 0, &one, OHBA_ST_NEXUS_TAKEN);
	world_logout(w, 0, 0);
	two.flags &= ~htole16(OHBA_TARGET_TPGT);
	entry_set(w->host, 1, &two, OHBA_ST_SUCCESS);
	entry_do(w->host, OHBA_ADMIN_TARGET_LOGIN, 0, 0, OHBA_ST_NEXUS_TAKEN);
	/* Without an ISID of its own each entry has another. */
	memset(two.isid, 0, 6);
	entry_set(w->host, 2, &two, OHBA_ST_SUCCESS);
	entry_set(w->host, 3, &two, OHBA_ST_SUCCESS);
	world_login(w, 2);
	world_login(w, 3);
	w->host->guest_traces = 0;
	forget_events(w);
}

/* Until it is over the target takes it for there. */
static void a_nexus_is_held_to_the_end(void **state)
{
	struct world *w = *state;
	struct ohba_target one = entry_of(1), two;
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_TARGET_LOGOUT, 0);
	struct ohba_cqe cqe;
	uint32_t tag;

	memset(one.isid, 0x11, 6);
	two = one;
	two.addr[3] = 2;
	set_up(w, 0, &one);
	entry_set(w->host, 1, &two, OHBA_ST_SUCCESS);
	w->site->no_logout = true;
	tag = host_admin_start(w->host, &sqe);
	host_settle(w->host);
	assert_int_equal(entry_state(w->host, 0).phase, OHBA_TARGET_LOGOUT);
	entry_do(w->host, OHBA_ADMIN_TARGET_LOGIN, 1, 0, OHBA_ST_NEXUS_TAKEN);
	host_advance(w->host, 5 * SECOND);
	cqe = host_expect(w->host, OHBA_QID_ADMIN, tag);
	expect_status(&cqe, OHBA_ST_SUCCESS);
	world_login(w, 1);
	forget_events(w);
	entry_is(w->host, 1, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
	entry_do(w->host, OHBA_ADMIN_TARGET_LOGIN, 0, 0, OHBA_ST_NEXUS_TAKEN);
	/* Without a session it is free at once. */
	w->site->tcp = SITE_REFUSE;
	site_kill(w->site);
	forget_events(w);
	world_logout(w, 1, 0);
	world_login(w, 0);
	w->host->guest_traces = 0;
	forget_events(w);
}

/* --- resets ---------------------------------------------------------------------- */

static void reset_in_every_phase(void **state)
{
	enum phase phase;

	(void)state;
	for (phase = 0; phase < PH_COUNT; phase++) {
		struct world *w = world_new(TARGETS);

		bring(w, phase);
		host_reset(w->host);
		assert_false(host_wakes_within(w->host, 3600 * SECOND));
		be_good(w);
		host_bring_up(w->host);
		host_advance(w->host, 100 * SECOND);
		entry_is(w->host, 0, OHBA_TARGET_OFF, OHBA_ST_SUCCESS);
		assert_int_equal(entry_state(w->host, 0).wanted, 0);
		host_no_event(w->host);
		entry_up(w, 0);
		world_free(w);
	}
}

static void hang_in_every_phase(void **state)
{
	enum phase phase;
	unsigned int connects;
	char err[200];

	(void)state;
	for (phase = 0; phase < PH_COUNT; phase++) {
		struct world *w = world_new(TARGETS);

		bring(w, phase);
		assert_int_equal(ohba_fault_set(w->host->fw, "hang", err, sizeof(err)), 0);
		host_settle(w->host);
		connects = w->site->connects;
		be_good(w);
		site_kill(w->site);
		host_advance(w->host, 3600 * SECOND);
		assert_int_equal(w->site->connects, connects);
		host_reset(w->host);
		host_bring_up(w->host);
		entry_up(w, 0);
		world_free(w);
	}
}

static void logs_in_by_itself(void **state)
{
	struct world *w = *state;
	struct ohba_target target = entry_of(1);
	struct ohba_event event;

	target.flags |= htole16(OHBA_TARGET_AUTO);
	entry_set(w->host, 0, &target, OHBA_ST_SUCCESS);
	/* The same nexus: the first has it. */
	memset(target.isid, 1, 6);
	entry_set(w->host, 1, &target, OHBA_ST_SUCCESS);
	entry_set(w->host, 2, &target, OHBA_ST_SUCCESS);
	host_advance(w->host, SECOND);
	assert_int_equal(w->site->connects, 0);
	host_reset(w->host);
	host_bring_up(w->host);
	host_settle(w->host);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
	entry_is(w->host, 1, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
	entry_is(w->host, 2, OHBA_TARGET_OFF, OHBA_ST_NEXUS_TAKEN);
	do {
		event = host_event(w->host, OHBA_EVENT_TARGET);
	} while (le32toh(event.handle) != 2);
	assert_int_equal(le32toh(event.detail[0]), OHBA_TARGET_OFF);
	assert_int_equal(le16toh(event.reason), OHBA_ST_NEXUS_TAKEN);
	forget_events(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
		TEST(commands_end_at_logout),
		TEST(logout_in_the_middle_of_a_pdu),
		TEST(logout_behind_what_is_half_sent),
		TEST(logout_with_a_tmf_under_way),
		TEST(a_logout_that_nobody_answers),
		cmocka_unit_test(logout_in_every_phase),
		cmocka_unit_test(set_in_every_phase),
		TEST(a_new_entry_has_no_past),
		TEST(set_of_what_does_not_matter),
		TEST(one_nexus_is_wanted_once),
		TEST(a_nexus_is_held_to_the_end),
		cmocka_unit_test(reset_in_every_phase),
		cmocka_unit_test(hang_in_every_phase),
		TEST(logs_in_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
