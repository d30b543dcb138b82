// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A target that moved for good: the place is known beside the entry's own address, and what
 * fails in one is tried in the other.
 */
#include "ohba_log.h"
#include "world.h"

#define PLACE	3333

/* Entry 0 is UP at PLACE, to which its own address has sent it. */
static void move_for_good(struct world *w, struct ohba_target *target)
{
	*target = entry_of(1);
	w->site->status = 0x0102;
	w->site->moves = 1;
	w->site->moved_to = "10.9.8.7:3333,5";
	set_up(w, 0, target);
	world_pass(w, 20 * SECOND);
	entry_is(w->host, 0, OHBA_TARGET_UP, OHBA_ST_SUCCESS);
}

/* Where the next try went. */
static uint16_t next_try(struct world *w)
{
	struct ohba_target_state st = entry_state(w->host, 0);
	uint32_t tries = le32toh(st.tries);

	while (le32toh(st.tries) == tries && st.phase != OHBA_TARGET_UP) {
		host_advance(w->host, SECOND / 2);
		host_settle(w->host);
		st = entry_state(w->host, 0);
	}
	return w->site->port;
}

static void come_back(struct world *w, uint16_t port)
{
	struct ohba_target_state st;

	world_pass(w, 20 * SECOND);
	site_kill(w->site);
	host_settle(w->host);
	st = entry_state(w->host, 0);
	assert_int_equal(st.phase, OHBA_TARGET_UP);
	assert_int_equal(le16toh(st.port), port);
}

/* Neither there nor at the entry's own address it is given up; what lets us in is right. */
static void moved_for_good(void **state)
{
	struct world *w = *state;
	struct ohba_target target;
	unsigned int i;

	move_for_good(w, &target);
	come_back(w, PLACE);
	w->site->status = 0x0301;
	world_pass(w, 20 * SECOND);
	site_kill(w->site);
	host_settle(w->host);
	assert_int_equal(w->site->port, PLACE);
	for (i = 0; i < 4; i++)
		assert_int_equal(next_try(w), i % 2 ? PLACE : 3260);
	w->site->status = 0;
	assert_int_equal(next_try(w), 3260);
	come_back(w, 3260);
	/* Once more, and the entry is set: what was known of the old one does not count. */
	w->site->status = 0x0102;
	w->site->moves = 1;
	w->site->moved_to = "10.9.8.7:3333,5";
	come_back(w, PLACE);
	target.max_burst = htole32(131072);
	entry_set(w->host, 0, &target, OHBA_ST_SUCCESS);
	host_settle(w->host);
	assert_int_equal(le16toh(entry_state(w->host, 0).port), 3260);
	forget_events(w);
}

/* The same of an entry that is set while nobody wants it. */
static void moved_before_it_was_set(void **state)
{
	struct world *w = *state;
	struct ohba_target target;

	move_for_good(w, &target);
	come_back(w, PLACE);
	world_logout(w, 0, 0);
	target.max_burst = htole32(131072);
	entry_set(w->host, 0, &target, OHBA_ST_SUCCESS);
	entry_do(w->host, OHBA_ADMIN_TARGET_LOGIN, 0, 0, OHBA_ST_SUCCESS);
	host_settle(w->host);
	assert_int_equal(w->site->port, 3260);
	forget_events(w);
}

/* Who was away for a while only may say so where nobody else will. */
static void moved_on_from_elsewhere(void **state)
{
	struct world *w = *state;
	struct ohba_target target = entry_of(1);

	w->site->status = 0x0101;
	w->site->moves = 2;
	w->site->then = 0x0102;
	w->site->moved_to = "10.9.8.7:3333,5";
	set_up(w, 0, &target);
	come_back(w, 3260);
	forget_events(w);
}

/* --- when the next try is ---------------------------------------------------- */

static void next_in(struct world *w, uint16_t port, uint32_t min_ms, uint32_t max_ms)
{
	assert_int_equal(next_try(w), port);
	assert_in_range(le32toh(entry_state(w->host, 0).retry_ms), min_ms, max_ms);
}

/* TARGET_LOGIN begins anew, where it is the turn. */
static void asked_for(struct world *w, uint16_t port)
{
	world_login(w, 0);
	host_settle(w->host);
	assert_int_equal(w->site->port, port);
	assert_in_range(le32toh(entry_state(w->host, 0).retry_ms), 500, 1000);
}

/* The session ends, and the try that follows at once is refused for good. */
static void refused_at_place(struct world *w)
{
	w->site->odd_port = PLACE;
	w->site->odd_status = 0x0203;
	site_kill(w->site);
	host_settle(w->host);
	entry_is(w->host, 0, OHBA_TARGET_WAITING, OHBA_ST_LOGIN_REFUSED);
	assert_int_equal(w->site->port, PLACE);
	assert_in_range(le32toh(entry_state(w->host, 0).retry_ms), 500, 1000);
}

/* The target is not there any more, but back where the entry says. */
static void moved_back(void **state)
{
	struct world *w = *state;
	struct ohba_target target;

	move_for_good(w, &target);
	refused_at_place(w);
	assert_int_equal(next_try(w), 3260);
	assert_int_equal(entry_state(w->host, 0).phase, OHBA_TARGET_UP);
	forget_events(w);
}

/* Neither address will ever let it in: a try in a minute, until something changes. */
static void refused_at_both(void **state)
{
	struct world *w = *state;
	struct ohba_target target;
	unsigned int i;

	move_for_good(w, &target);
	w->site->status = 0x0203;
	refused_at_place(w);
	for (i = 0; i < 4; i++)
		next_in(w, i % 2 ? PLACE : 3260, 59000, 60000);
	/* The entry's own may let it in some day, and PLACE is no reason to wait for long. */
	w->site->status = 0x0301;
	asked_for(w, 3260);
	next_in(w, PLACE, 500, 2000);
	w->site->status = 0x0203;
	next_in(w, 3260, 59000, 60000);
	asked_for(w, PLACE);
	forget_events(w);
}

/* Both were asked in one login. */
static void refused_where_it_was_sent(void **state)
{
	struct ohba_target target = entry_of(1);
	struct world *w = *state;

	w->site->status = 0x0102;
	w->site->moves = 1;
	w->site->moved_to = "10.9.8.7:3333,5";
	w->site->odd_port = PLACE;
	w->site->odd_status = 0x0203;
	set_up(w, 0, &target);
	host_settle(w->host);
	assert_int_equal(w->site->port, PLACE);
	assert_int_equal(le32toh(entry_state(w->host, 0).retry_ms), 60000);
	forget_events(w);
}

/* --- the log ------------------------------------------------------------------- */

static uint32_t read_log(struct host *host, struct ohba_log_record *records)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_LOG_READ, 0);
	uint32_t head = sizeof(struct ohba_log_head), n;
	uint32_t len = head + OHBA_LOG_READ_MAX * sizeof(*records);
	uint64_t addr = mem_alloc(host->mem, len, MEM_IN);

	sqe_data(&sqe, addr, len);
	n = le32toh(host_admin_status(host, &sqe, OHBA_ST_SUCCESS).result);
	memcpy(records, (uint8_t *)mem_ptr(host->mem, addr) + head, n * sizeof(*records));
	mem_retire(host->mem, addr);
	return n;
}

/* The old portal is gone, and the new one is down, for an hour: a record for each. */
static void both_fail_in_their_ways(void **state)
{
	struct ohba_log_record records[OHBA_LOG_READ_MAX];
	struct world *w = *state;
	struct ohba_target target;
	uint32_t n, i, failed = 0;

	move_for_good(w, &target);
	w->site->tcp = SITE_REFUSE;
	w->site->deaf_port = PLACE;
	site_kill(w->site);
	world_pass(w, 3600 * SECOND);
	n = read_log(w->host, records);
	assert_in_range(n, 1, OHBA_LOG_READ_MAX - 1);
	for (i = 0; i < n; i++) {
		if (le16toh(records[i].kind) != OHBA_LOG_LOGIN_FAILED)
			continue;
		assert_int_equal(le16toh(records[i].status), failed++ ? OHBA_ST_CONN_REFUSED :
									OHBA_ST_CONN_TIMEOUT);
		assert_in_range(le32toh(records[i].count), 20, 60);
	}
	assert_int_equal(failed, 2);
	forget_events(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
		TEST(moved_for_good),
		TEST(moved_before_it_was_set),
		TEST(moved_on_from_elsewhere),
		TEST(moved_back),
		TEST(refused_at_both),
		TEST(refused_where_it_was_sent),
		TEST(both_fail_in_their_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
