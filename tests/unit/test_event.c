// SPDX-License-Identifier: GPL-2.0-or-later
/* The event queue (SPEC.md section 9): nothing is lost to a full ring. */
#include "session.h"

#define RING	4		/* events in the ring */

static int setup(void **state)
{
	struct host *host = host_new();

	host_program_rings(host, 64, 64, RING);
	host_enable(host);
	host_setup(host);
	*state = host;
	return 0;
}

static int teardown(void **state)
{
	host_free(*state);
	return 0;
}

static void lose(struct host *host, struct wire *wire)
{
	wire_fin(wire);
	host_settle(host);
}

static void losses_wait_for_room(void **state)
{
	struct host *host = *state;
	struct wire *wire[CONNS];
	bool seen[CONNS] = { false };
	uint32_t cid, n;
	struct session s[CONNS];

	for (cid = 0; cid < CONNS; cid++) {
		session_open(&s[cid], host, cid, &opts_default);
		wire[cid] = s[cid].wire;
	}
	host->events.lazy = true;
	for (cid = 0; cid < CONNS; cid++)
		lose(host, wire[cid]);
	host_read_events(host);
	assert_int_equal(host->nevents, RING);
	/* Nobody tells the adapter of the room: it looks by itself. */
	for (n = RING; n < CONNS; n += RING) {
		assert_true(host_wakes_within(host, 10 * MS));
		host_advance(host, 20 * MS);
		host_read_events(host);
		assert_int_equal(host->nevents, n + RING);
	}
	host_advance(host, 100 * MS);
	host_read_events(host);
	for (n = 0; n < CONNS; n++) {
		struct ohba_event event = host_event(host, OHBA_EVENT_CONN_LOST);

		cid = le32toh(event.handle);
		assert_in_range(cid, 0, CONNS - 1);
		assert_false(seen[cid]);	/* once each */
		seen[cid] = true;
		assert_int_equal(le64toh(event.cookie), COOKIE(cid));
		assert_int_equal(le16toh(event.reason), OHBA_ST_CONN_CLOSED);
	}
	host_no_event(host);
	for (cid = 0; cid < CONNS; cid++)
		conn_close(host, cid, 0);
}

/* A loss that found no room is no news once its connection was closed. */
static void close_takes_back_what_waits(void **state)
{
	struct host *host = *state;
	struct session s[RING + 2];
	uint32_t cid;

	for (cid = 0; cid < RING + 2; cid++)
		session_open(&s[cid], host, cid, &opts_default);
	host->events.lazy = true;
	for (cid = 0; cid < RING + 2; cid++)
		lose(host, s[cid].wire);
	conn_close(host, RING, 0);		/* the first of those that wait */
	host_read_events(host);
	host_advance(host, 20 * MS);
	host_read_events(host);
	assert_int_equal(host->nevents, RING + 1);
	for (cid = 0; cid < RING + 2; cid++) {
		if (cid == RING)
			continue;
		assert_int_equal(le32toh(host_event(host, OHBA_EVENT_CONN_LOST).handle), cid);
		conn_close(host, cid, 0);
	}
}

static void expect_link(struct host *host, bool up, uint32_t speed)
{
	struct ohba_event event = host_event(host, OHBA_EVENT_LINK);

	assert_int_equal(le32toh(event.detail[0]), up);
	assert_int_equal(le32toh(event.detail[1]), speed);
	assert_int_equal(event.handle, 0);
	assert_int_equal(event.cookie, 0);
	assert_int_equal(event.reason, 0);
}

static void link_changes_are_told(void **state)
{
	struct host *host = *state;

	host_advance(host, 2000 * MS);
	host_no_event(host);			/* the first state is no change */
	target_link(host->target, false, 0, 0);
	host_advance(host, 1000 * MS);
	expect_link(host, false, 0);
	target_link(host->target, true, 25000, 1500);
	host_advance(host, 1000 * MS);
	expect_link(host, true, 25000);
	target_link(host->target, true, 25000, 9000);	/* the MTU is not the link */
	host_advance(host, 1000 * MS);
	host_no_event(host);
}

/* Whoever asks between two looks at the link hears of what follows that. */
static void link_changes_since_an_answer_are_told(void **state)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_PORT_GET, 0);
	struct host *host = *state;
	uint64_t addr = mem_alloc(host->mem, sizeof(struct ohba_port), MEM_IN);
	const struct ohba_port *port = mem_ptr(host->mem, addr);

	sqe_data(&sqe, addr, sizeof(*port));
	target_link(host->target, false, 0, 0);
	host_admin_status(host, &sqe, OHBA_ST_SUCCESS);
	assert_false(port->link_up);
	target_link(host->target, true, 10000, 1500);
	host_advance(host, 1000 * MS);
	expect_link(host, false, 0);
	expect_link(host, true, 10000);
	host_admin_status(host, &sqe, OHBA_ST_SUCCESS);
	host_advance(host, 1000 * MS);
	host_no_event(host);
}

static void the_last_link_state_survives_a_full_ring(void **state)
{
	struct host *host = *state;
	struct ohba_adapter_stats stats;
	struct ohba_event event;
	uint32_t i, overrun = 0;

	host->events.lazy = true;
	for (i = 1; i <= 20; i++) {
		target_link(host->target, i % 2, i, 0);
		host_advance(host, 1000 * MS);
	}
	host->events.lazy = false;
	for (i = 0; i < 3; i++) {
		host_read_events(host);
		host_advance(host, 50 * MS);
	}
	for (i = 1; i <= RING; i++)
		expect_link(host, i % 2, i);
	while (host->nevents) {
		event = host->event[0];
		memmove(host->event, host->event + 1, --host->nevents * sizeof(event));
		if (event.type == OHBA_EVENT_OVERRUN)
			overrun += le32toh(event.detail[0]);
		else
			i = le32toh(event.detail[1]);
	}
	assert_int_equal(i, 20);			/* the newest LINK came through */
	assert_int_equal(overrun, 20 - RING - 1);	/* and the others are accounted for */
	host_stats(host, OHBA_STATS_ADAPTER, 0, &stats, sizeof(stats));
	assert_int_equal(le64toh(stats.events_dropped), overrun);
}

static void interrupts_follow_the_event_index(void **state)
{
	struct host *host = *state;
	struct session s[3];
	uint64_t irqs;
	uint32_t cid;

	for (cid = 0; cid < 3; cid++)
		session_open(&s[cid], host, cid, &opts_default);
	host->events.lazy = true;
	host->events.ctl->cq_event = htole32(OHBA_CQ_EVENT_NEVER(0));
	irqs = host->irq_count[0];
	lose(host, s[0].wire);
	assert_int_equal(host->irq_count[0], irqs);
	host->events.ctl->cq_event = htole32(2);	/* the third from now */
	lose(host, s[1].wire);
	assert_int_equal(host->irq_count[0], irqs);
	lose(host, s[2].wire);
	assert_int_equal(host->irq_count[0], irqs + 1);
	host->events.lazy = false;
	host_read_events(host);
	assert_int_equal(host->nevents, 3);
	host->nevents = 0;
	for (cid = 0; cid < 3; cid++)
		conn_close(host, cid, 0);
}

static void a_wrong_head_is_fatal(void **state)
{
	static const uint32_t heads[] = { 1, RING + 1, 0x80000000, -(uint32_t)RING - 1 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(heads); i++) {
		struct host *host = host_new();
		struct session s;

		host_program_rings(host, 64, 64, RING);
		host_enable(host);
		host_setup(host);
		session_open(&s, host, 0, &opts_default);
		host->events.lazy = true;
		host->events.ctl->cq_head = htole32(heads[i]);
		lose(host, s.wire);
		assert_int_equal(host_read(host, OHBA_REG_STATUS), OHBA_STATUS_FATAL |
				 (uint32_t)OHBA_ST_INVALID_QUEUE << OHBA_STATUS_REASON_SHIFT);
		assert_int_equal(mem_mapped(host->mem), 0);
		host_free(host);
	}
}

static void phases_wrap(void **state)
{
	struct host *host = *state;
	struct session s;
	int i;

	for (i = 0; i < 50; i++) {
		session_open(&s, host, i % CONNS, &opts_default);
		lose(host, s.wire);
		expect_lost(host, i % CONNS, OHBA_ST_CONN_CLOSED, 0);
		conn_close(host, i % CONNS, 0);
	}
}

static void reset_forgets_what_waits(void **state)
{
	struct host *host = *state;
	struct session s[RING + 3];
	uint32_t cid;

	for (cid = 0; cid < RING + 3; cid++)
		session_open(&s[cid], host, cid, &opts_default);
	host->events.lazy = true;
	for (cid = 0; cid < RING + 3; cid++)
		lose(host, s[cid].wire);
	host_reset(host);
	host_program_rings(host, 64, 64, RING);
	host_enable(host);
	host_advance(host, 1000 * MS);
	host_no_event(host);
}

int main(void)
{
#define T(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(losses_wait_for_room),
		T(close_takes_back_what_waits),
		T(link_changes_are_told),
		T(link_changes_since_an_answer_are_told),
		T(the_last_link_state_survives_a_full_ring),
		T(interrupts_follow_the_event_index),
		cmocka_unit_test(a_wrong_head_is_fatal),
		T(phases_wrap),
		T(reset_forgets_what_waits),
	};

	return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
