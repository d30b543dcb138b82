// SPDX-License-Identifier: GPL-2.0-or-later
/* Queue rules (SPEC.md section 4), exercised with commands that are refused. */
#include "host.h"

static int setup(void **state)
{
	struct host *host = host_new();

	host_program_rings(host, 64, 64, 16);
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

/* An I/O command that is answered at once: no opcode of the class. */
static struct ohba_sqe nothing(uint32_t tag)
{
	struct ohba_sqe sqe = { .opcode = 0x7f, .tag = htole32(tag) };

	return sqe;
}

static void submit_nothing(struct host *host, uint32_t qid, uint32_t tag)
{
	struct ohba_sqe sqe = nothing(tag);

	host_submit(host, qid, &sqe);
}

static void expect_refused(struct host *host, uint32_t qid, uint32_t tag)
{
	struct ohba_cqe cqe = host_expect(host, qid, tag);

	expect_status(&cqe, OHBA_ST_INVALID_OPCODE);
}

static void phase_wraps_over_many_laps(void **state)
{
	static const struct {
		uint32_t sq, cq;
	} size[] = { { 2, 2 }, { 2, 64 }, { 64, 2 }, { 8, 16 }, { 1024, 1024 } };
	struct host *host = *state;
	uint32_t i, tag;

	for (i = 0; i < ARRAY_SIZE(size); i++) {
		uint32_t burst = MIN(size[i].sq, 8u);

		struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_QUEUE_DELETE, 1);

		host_queue_create(host, 1, size[i].sq, size[i].cq, 3);
		for (tag = 0; tag < 5000; tag++) {
			submit_nothing(host, 1, tag);
			if (tag % burst == burst - 1)
				host_settle(host);
		}
		host_settle(host);
		for (tag = 0; tag < 5000; tag++)
			expect_refused(host, 1, tag);
		host_admin_status(host, &sqe, OHBA_ST_SUCCESS);
	}
}

static void doorbells_and_interrupts_are_suppressed(void **state)
{
	struct host *host = *state;
	struct ohba_queue_stats stats;
	struct ohba_sqe batch[10];
	uint64_t irqs;
	uint32_t i;

	host_queue_create(host, 1, 64, 64, 2);
	irqs = host->irq_count[2];
	/* The adapter is awake and looks anyway: one doorbell for the first only. */
	for (i = 0; i < 10; i++)
		submit_nothing(host, 1, i);
	assert_int_equal(host->io[1].doorbells, 1);
	host_settle(host);
	assert_int_equal(host->irq_count[2] - irqs, 1);
	/* It slept: again one, and one for a batch. */
	submit_nothing(host, 1, 10);
	assert_int_equal(host->io[1].doorbells, 2);
	host_settle(host);
	assert_int_equal(host->irq_count[2] - irqs, 2);
	for (i = 0; i < 10; i++)
		batch[i] = nothing(20 + i);
	host_submit_batch(host, 1, batch, 10);
	assert_int_equal(host->io[1].doorbells, 3);
	host_settle(host);
	assert_int_equal(host->irq_count[2] - irqs, 3);
	host_stats(host, OHBA_STATS_QUEUE, 1, &stats, sizeof(stats));
	assert_int_equal(le64toh(stats.submissions), 21);
	assert_int_equal(le64toh(stats.completions), 21);
	assert_int_equal(le64toh(stats.doorbells), 3);
	assert_int_equal(le64toh(stats.interrupts), 3);
}

static void a_polling_host_gets_no_interrupt(void **state)
{
	struct host *host = *state;
	struct ring *ring = &host->io[1];
	uint32_t i;

	host_queue_create(host, 1, 64, 64, 2);
	ring->lazy = true;
	ring->ctl->cq_event = htole32(OHBA_CQ_EVENT_NEVER(0));
	for (i = 0; i < 20; i++) {
		submit_nothing(host, 1, i);
		host_settle(host);
	}
	assert_int_equal(host->irq_count[2], 0);
	/* Armed at an index that is still to come: exactly there. */
	ring->ctl->cq_event = htole32(22);
	for (i = 20; i < 30; i++) {
		submit_nothing(host, 1, i);
		host_settle(host);
		assert_int_equal(host->irq_count[2], i >= 22);
	}
	host_reap(host, 1);
	for (i = 0; i < 30; i++)
		expect_refused(host, 1, i);
}

static void a_full_cq_delays_and_loses_nothing(void **state)
{
	struct host *host = *state;
	struct ring *ring = &host->io[1];
	uint32_t tag;

	host_queue_create(host, 1, 16, 4, 2);
	ring->lazy = true;
	for (tag = 0; tag < 14; tag++)
		submit_nothing(host, 1, tag);
	host_settle(host);
	/* Fetched no more than it can answer. */
	assert_int_equal(le32toh(ring->ctl->sq_head), 4);
	host_reap(host, 1);
	assert_int_equal(ring->ndone, 4);
	/* Nobody tells the adapter of the room: it has to look by itself. */
	assert_true(host_wakes_within(host, 10 * MS));
	host_advance(host, 20 * MS);
	assert_int_equal(le32toh(ring->ctl->sq_head), 8);
	ring->lazy = false;
	host_reap(host, 1);
	host_advance(host, 20 * MS);
	for (tag = 0; tag < 14; tag++)
		expect_refused(host, 1, tag);
}

static void a_wrong_index_stops_the_pair_only(void **state)
{
	static const struct {
		uint32_t sq_tail, cq_head;
	} row[] = {
		{ 17, 0 }, { 0x7fffffff, 0 }, { 0xffffffff, 0 },
		{ 1, 1 }, { 1, 0x80000000 }, { 1, 0xffffffe0 },
	};
	struct host *host = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct ohba_event event;

		host_queue_create(host, 1, 16, 16, 1);
		host_queue_create(host, 2, 16, 16, 2);
		host->io[1].ctl->cq_head = htole32(row[i].cq_head);
		host->io[1].ctl->sq_tail = htole32(row[i].sq_tail);
		host_write(host, OHBA_REG_DOORBELL(1), 0);
		event = host_event(host, OHBA_EVENT_QUEUE_ERROR);
		assert_int_equal(le16toh(event.reason), OHBA_ST_INVALID_QUEUE);
		assert_int_equal(le32toh(event.handle), 1);
		assert_int_equal(event.cookie, 0);
		/* It stays stopped, even with good indices; said once. */
		host->io[1].ctl->cq_head = 0;
		host->io[1].ctl->sq_tail = htole32(1);
		host_write(host, OHBA_REG_DOORBELL(1), 0);
		host_advance(host, 50 * MS);
		host_no_event(host);
		assert_int_equal(host->irq_count[1], 0);
		submit_nothing(host, 2, 5);
		expect_refused(host, 2, 5);
		host_reset(host);
		host_program_rings(host, 64, 64, 16);
		host_enable(host);
		host_setup(host);
	}
}

/* --- QUEUE_CREATE and QUEUE_DELETE ------------------------------------------ */

struct create_row {
	const char *what;
	size_t off;		/* of the field in struct ohba_queue_create */
	size_t len;
	uint64_t val;
	uint16_t status;
};

#define FIELD(name)	offsetof(struct ohba_queue_create, name), \
			sizeof(((struct ohba_queue_create *)0)->name)

static const struct create_row create_rows[] = {
	{ "sq_size 0", FIELD(sq_size), 0, OHBA_ST_INVALID_QUEUE },
	{ "sq_size 1", FIELD(sq_size), 1, OHBA_ST_INVALID_QUEUE },
	{ "sq_size 3", FIELD(sq_size), 3, OHBA_ST_INVALID_QUEUE },
	{ "sq_size over", FIELD(sq_size), 2048, OHBA_ST_INVALID_QUEUE },
	{ "sq_size huge", FIELD(sq_size), 0x80000000, OHBA_ST_INVALID_QUEUE },
	{ "cq_size 0", FIELD(cq_size), 0, OHBA_ST_INVALID_QUEUE },
	{ "cq_size 1", FIELD(cq_size), 1, OHBA_ST_INVALID_QUEUE },
	{ "cq_size 12", FIELD(cq_size), 12, OHBA_ST_INVALID_QUEUE },
	{ "cq_size over", FIELD(cq_size), 2048, OHBA_ST_INVALID_QUEUE },
	{ "vector over", FIELD(vector), VECTORS, OHBA_ST_INVALID_QUEUE },
	{ "vector huge", FIELD(vector), 0xffffffff, OHBA_ST_INVALID_QUEUE },
	{ "ctl not RAM", FIELD(ctl), 0x1000, OHBA_ST_INVALID_QUEUE },
	{ "ctl top", FIELD(ctl), ~63ull, OHBA_ST_INVALID_QUEUE },
	{ "sq not RAM", FIELD(sq), 0x1000, OHBA_ST_INVALID_QUEUE },
	{ "sq top", FIELD(sq), ~63ull, OHBA_ST_INVALID_QUEUE },
	{ "cq not RAM", FIELD(cq), 0x1000, OHBA_ST_INVALID_QUEUE },
	{ "cq top", FIELD(cq), ~63ull, OHBA_ST_INVALID_QUEUE },
	{ "ctl misaligned", FIELD(ctl), RAM_BASE + 32, OHBA_ST_INVALID_QUEUE },
	{ "sq misaligned", FIELD(sq), RAM_BASE + 16, OHBA_ST_INVALID_QUEUE },
	{ "cq misaligned", FIELD(cq), RAM_BASE + 1, OHBA_ST_INVALID_QUEUE },
	{ "rsvd first", offsetof(struct ohba_queue_create, rsvd), 1, 1, OHBA_ST_INVALID_FIELD },
	{ "rsvd last", sizeof(struct ohba_queue_create) - 1, 1, 0x80, OHBA_ST_INVALID_FIELD },
};

static struct ohba_sqe good_create(struct host *host, uint32_t qid)
{
	static struct ring ring;
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_QUEUE_CREATE, qid);
	struct ohba_queue_create create;

	ring_alloc(host, &ring, 16, 16, sizeof(struct ohba_cqe));
	create = (struct ohba_queue_create){
		.ctl = htole64(ring.ctl_addr), .sq = htole64(ring.sq_addr),
		.cq = htole64(ring.cq_addr), .sq_size = htole32(16),
		.cq_size = htole32(16), .vector = htole32(1),
	};
	memcpy(sqe.body, &create, sizeof(create));
	ring_free(&ring);
	return sqe;
}

static void create_refuses(void **state)
{
	struct host *host = *state;
	unsigned int mapped = mem_mapped(host->mem);
	struct ohba_sqe sqe;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(create_rows); i++) {
		const struct create_row *row = &create_rows[i];
		struct ohba_cqe cqe;

		sqe = good_create(host, 1);
		memcpy(sqe.body + row->off, &row->val, row->len);
		cqe = host_admin(host, &sqe);
		if (le16toh(cqe.status) != row->status)
			fail_msg("%s: %s", row->what, status_name(le16toh(cqe.status)));
		assert_int_equal(mem_mapped(host->mem), mapped);
	}
	sqe = good_create(host, 1);
	host_admin_status(host, &sqe, OHBA_ST_SUCCESS);
}

static void queue_ids(void **state)
{
	static const uint32_t bad[] = { 0, QUEUES + 1, 255, 256, 0x10001, 0xffffffff };
	struct host *host = *state;
	struct ohba_sqe sqe, del;
	uint32_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		sqe = good_create(host, bad[i]);
		host_admin_status(host, &sqe, OHBA_ST_INVALID_HANDLE);
		del = sqe_admin(OHBA_ADMIN_QUEUE_DELETE, bad[i]);
		host_admin_status(host, &del, OHBA_ST_INVALID_HANDLE);
	}
	for (i = QUEUES; i >= 1; i--) {		/* in any order */
		sqe = good_create(host, i);
		host_admin_status(host, &sqe, OHBA_ST_SUCCESS);
		sqe = good_create(host, i);
		host_admin_status(host, &sqe, OHBA_ST_BUSY);
	}
	for (i = 1; i <= QUEUES; i++) {
		del = sqe_admin(OHBA_ADMIN_QUEUE_DELETE, i);
		host_admin_status(host, &del, OHBA_ST_SUCCESS);
		host_admin_status(host, &del, OHBA_ST_INVALID_HANDLE);
		sqe = good_create(host, i);
		host_admin_status(host, &sqe, OHBA_ST_SUCCESS);
	}
}

static void a_deleted_queue_is_left_alone(void **state)
{
	struct host *host = *state;
	struct ohba_sqe del = sqe_admin(OHBA_ADMIN_QUEUE_DELETE, 1);
	struct ring *ring = &host->io[1];

	host_queue_create(host, 1, 16, 16, 1);
	submit_nothing(host, 1, 1);
	expect_refused(host, 1, 1);
	host_admin_status(host, &del, OHBA_ST_SUCCESS);
	mem_retire(host->mem, ring->ctl_addr);
	mem_retire(host->mem, ring->sq_addr);
	mem_retire(host->mem, ring->cq_addr);
	ring->ctl->sq_tail = htole32(5);
	host_write(host, OHBA_REG_DOORBELL(1), 0);
	host_settle(host);
	assert_int_equal(le32toh(ring->ctl->sq_head), 1);
}

int main(void)
{
#define T(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(phase_wraps_over_many_laps),
		T(doorbells_and_interrupts_are_suppressed),
		T(a_polling_host_gets_no_interrupt),
		T(a_full_cq_delays_and_loses_nothing),
		T(a_wrong_index_stops_the_pair_only),
		T(create_refuses),
		T(queue_ids),
		T(a_deleted_queue_is_left_alone),
	};

	return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
