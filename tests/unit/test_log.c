// SPDX-License-Identifier: GPL-2.0-or-later
/* The log (SPEC.md section 6.7): what it tells, how it is read and erased. */
#include "faults.h"
#include "logs.h"
#include "target.h"
#include "world.h"

/* --- what it tells ------------------------------------------------------------ */

static void sessions(void **state)
{
	struct world *w = *state;
	struct ohba_account wrong = account_of("us", "a secret of ours");
	struct ohba_target target = entry_of(9);

	entry_up(w, 3);
	log_tells(w->host, OHBA_LOG_SESSION_UP, 3, 0, "10.0.0.4:3260", 1);
	site_kill(w->site);
	forget_events(w);
	log_tells(w->host, OHBA_LOG_SESSION_LOST, 3, OHBA_ST_CONN_RESET, NULL, 1);
	world_pass(w, 10 * SECOND);
	world_logout(w, 3, 0);
	forget_events(w);
	log_tells(w->host, OHBA_LOG_SESSION_ENDED, 3, 0, "", 1);
	w->site->status = 0x0203;
	set_up(w, 8, &target);
	forget_events(w);
	log_tells(w->host, OHBA_LOG_LOGIN_FAILED, 8, OHBA_ST_LOGIN_REFUSED, NULL, 1);
	assert_int_equal(log_newest(&log_got, OHBA_LOG_LOGIN_FAILED)->login_class, 2);
	assert_int_equal(log_newest(&log_got, OHBA_LOG_LOGIN_FAILED)->login_detail, 3);
	/* What the target said does not stick to what it did not say. */
	w->site->tcp = SITE_REFUSE;
	world_pass(w, 61 * SECOND);
	log_tells(w->host, OHBA_LOG_LOGIN_FAILED, 8, OHBA_ST_CONN_REFUSED, NULL, 1);
	assert_int_equal(log_newest(&log_got, OHBA_LOG_LOGIN_FAILED)->login_class, 0);
	account_set(w->host, 2, &wrong, OHBA_ST_SUCCESS);
	log_tells(w->host, OHBA_LOG_ACCOUNT_SET, 2, 0, "", 1);
	entry_do(w->host, OHBA_ADMIN_ACCOUNT_DELETE, 2, 0, OHBA_ST_SUCCESS);
	log_tells(w->host, OHBA_LOG_ACCOUNT_DELETED, 2, 0, "", 1);
	log_tells(w->host, OHBA_LOG_TARGET_SET, 8, 0, "", 1);
	entry_do(w->host, OHBA_ADMIN_TARGET_DELETE, 3, 0, OHBA_ST_SUCCESS);
	log_tells(w->host, OHBA_LOG_TARGET_DELETED, 3, 0, "", 1);
}

static void the_adapter(void **state)
{
	struct host *host = ((struct world *)*state)->host;

	log_tells(host, OHBA_LOG_POWER_ON, 0, 0, "firmware 0.1.0", 1);
	log_tells(host, OHBA_LOG_ENABLED, 1, 0, "", 1);
	assert_int_equal(log_got.n, 2);
	assert_int_equal(le64toh(log_got.head.oldest), 1);
	assert_int_equal(le64toh(log_got.head.next), 3);
	assert_int_equal(le32toh(log_got.head.boot), 1);
	assert_int_equal(le32toh(log_got.head.kept), 0);
	log_link_up(host, 25000);
	log_tells(host, OHBA_LOG_LINK_UP, 25000, 0, "", 1);
	host_reset(host);
	host_bring_up(host);
	log_tells(host, OHBA_LOG_RESET, 0, 0, "", 1);
	log_tells(host, OHBA_LOG_ENABLED, 1, 0, "", 2);
	fault_set(host, "crash");
	host_settle(host);
	host_reset(host);
	host_bring_up(host);
	log_tells(host, OHBA_LOG_FATAL, 0, OHBA_ST_INTERNAL, "", 1);
	log_tells(host, OHBA_LOG_RESET, 0, 0, "", 2);
}

/* What comes again takes no room, however long; what is new does. */
static void the_same_again(void **state)
{
	struct world *w = *state;
	struct ohba_target target = entry_of(1), other = entry_of(2);
	uint32_t n;

	w->site->tcp = SITE_REFUSE;
	set_up(w, 0, &target);
	set_up(w, 1, &other);
	world_pass(w, 10 * SECOND);
	n = log_read_all(w->host)->n;
	world_pass(w, 3600 * SECOND);
	assert_int_equal(log_read_all(w->host)->n, n);
	assert_in_range(le32toh(log_newest(&log_got, OHBA_LOG_LOGIN_FAILED)->count), 60, 130);
	assert_in_range(le64toh(log_newest(&log_got, OHBA_LOG_LOGIN_FAILED)->last_ms), 3500000,
			3620000);
	assert_in_range(le64toh(log_newest(&log_got, OHBA_LOG_LOGIN_FAILED)->up_ms), 0, 10000);
	w->site->tcp = SITE_ACCEPT;
	w->site->status = 0x0301;
	world_pass(w, 61 * SECOND);
	assert_int_equal(log_read_all(w->host)->n, n + 2);
}

static void no_secrets(void **state)
{
	struct world *w = *state;
	static const char secret[14] = "secret of ours";
	struct ohba_account ours = account_of("us", "a secret of ours");
	struct ohba_target target = entry_of(1);
	size_t at;

	account_set(w->host, 0, &ours, OHBA_ST_SUCCESS);
	target.account = htole16(0);
	w->site->name = "us";
	w->site->secret = "another secret of ours";
	set_up(w, 0, &target);
	world_pass(w, SECOND);
	log_tells(w->host, OHBA_LOG_LOGIN_FAILED, 0, OHBA_ST_LOGIN_AUTH, NULL, 1);
	for (at = 0; at + sizeof(secret) <= sizeof(log_got); at++)
		assert_memory_not_equal((uint8_t *)&log_got + at, secret, sizeof(secret));
}

static void the_time(void **state)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_LOG_CLOCK, 0);
	const uint64_t now = 1700000000000;
	struct ohba_log_clock clock = { .clock_ms = htole64(now) };
	struct host *host = ((struct world *)*state)->host;

	host_advance(host, 5000 * MS);
	log_link_up(host, 100);
	assert_int_equal(log_newest(log_read_all(host), OHBA_LOG_LINK_UP)->clock_ms, 0);
	assert_int_equal(log_got.head.clock_ms, 0);
	host_advance(host, 2000 * MS);
	memcpy(sqe.body, &clock, sizeof(clock));
	host_admin_status(host, &sqe, OHBA_ST_SUCCESS);
	assert_int_equal(le64toh(log_newest(log_read_all(host), OHBA_LOG_LINK_UP)->clock_ms),
			 now - 2000);
	assert_int_equal(le64toh(log_got.head.clock_ms), now);
	/* A reset takes it not away. */
	host_reset(host);
	host_advance(host, 1000 * MS);
	host_bring_up(host);
	log_link_up(host, 200);
	assert_int_equal(le64toh(log_newest(log_read_all(host), OHBA_LOG_LINK_UP)->clock_ms),
			 now + 1000);
	assert_int_equal(le64toh(log_newest(&log_got, OHBA_LOG_LINK_UP)->up_ms), 8000);
	/* Told again, what has a time keeps it. */
	clock.clock_ms = htole64(now + 500000);
	memcpy(sqe.body, &clock, sizeof(clock));
	host_admin_status(host, &sqe, OHBA_ST_SUCCESS);
	assert_int_equal(le64toh(log_newest(log_read_all(host), OHBA_LOG_LINK_UP)->clock_ms),
			 now + 1000);
}

static void fields(void **state)
{
	static const uint64_t times[] = { 0, 1, 1ull << 48, UINT64_MAX };
	struct host *host = ((struct world *)*state)->host;
	struct ohba_log_head head;
	struct ohba_log_record records[4];
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_LOG_READ, 0);
	size_t i;

	host_advance(host, 5000 * MS);
	sqe_data(&sqe, mem_alloc(host->mem, 256, MEM_IN), 63);
	host_admin_status(host, &sqe, OHBA_ST_INVALID_FIELD);
	sqe.data_len = sqe.sge[0].len = htole32(64);
	sqe.body[8] = 1;
	host_admin_status(host, &sqe, OHBA_ST_INVALID_FIELD);
	sqe.body[8] = 0;
	sqe.sge[0].addr = htole64(1ull << 60);
	host_admin_status(host, &sqe, OHBA_ST_DMA_FAULT);
	for (i = 0; i < ARRAY_SIZE(times); i++) {
		struct ohba_log_clock clock = { .clock_ms = htole64(times[i]) };

		sqe = sqe_admin(OHBA_ADMIN_LOG_CLOCK, 0);
		memcpy(sqe.body, &clock, sizeof(clock));
		host_admin_status(host, &sqe, OHBA_ST_INVALID_FIELD);
	}
	for (i = 0; i < 8; i++)
		log_link_up(host, 1 + i);
	assert_int_equal(log_read_some(host, 0, 0, &head, records), 0);
	assert_int_equal(le64toh(head.next), 11);
	assert_int_equal(log_read_some(host, 0, 4, &head, records), 4);
	assert_int_equal(le64toh(records[0].number), 1);
	assert_int_equal(log_read_some(host, 9, 4, &head, records), 2);
	assert_int_equal(le64toh(records[0].number), 9);
	assert_int_equal(log_read_some(host, 11, 4, &head, records), 0);
	assert_int_equal(log_read_some(host, UINT64_MAX, 4, &head, records), 0);
	host->guest_traces = 0;
}

/* The oldest give way, a page at a time. */
static void more_than_there_is_room_for(void **state)
{
	struct host *host = ((struct world *)*state)->host;
	uint32_t i;

	for (i = 1; i <= 3 * RECORDS; i++)
		log_link_up(host, i);
	log_read_all(host);
	assert_in_range(log_got.n, RECORDS - PER_PAGE, RECORDS);
	assert_int_equal(log_got.head.oldest, log_got.records[0].number);
	for (i = 0; i < log_got.n; i++) {
		const struct ohba_log_record *r = &log_got.records[i];

		assert_int_equal(le64toh(r->number), 3 * RECORDS + 3 - log_got.n + i);
		assert_int_equal(le32toh(r->object), 3 * RECORDS + 1 - log_got.n + i);
	}
}

static void erase_without_flash(void **state)
{
	struct host *host = ((struct world *)*state)->host;
	uint32_t i;

	for (i = 0; i < 40; i++)
		log_link_up(host, 1 + i);
	log_erase(host, OHBA_ST_SUCCESS);
	log_erased(host, 43);
	assert_int_equal(log_got.n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
		TEST(sessions), TEST(the_adapter), TEST(the_same_again), TEST(no_secrets),
		TEST(the_time), TEST(fields), TEST(more_than_there_is_room_for),
		TEST(erase_without_flash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
