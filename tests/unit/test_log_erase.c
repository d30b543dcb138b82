// SPDX-License-Identifier: GPL-2.0-or-later
/* The log on flash is erased (SPEC.md section 6.7): for good, however that is interrupted. */
#include <errno.h>

#include "faults.h"
#include "logs.h"

static bool is_empty(const uint8_t *copy)
{
	return copy[0] && !log_field(copy, LEN, 4);
}

static void becomes_empty(struct host *host, uint32_t npages)
{
	uint32_t i;

	host_advance(host, 100000 * MS);
	for (i = 0; i < npages; i++)
		assert_true(is_empty(log_page_at(i, 0)) || is_empty(log_page_at(i, 1)));
	log_flash.writes = 0;
	host_advance(host, 100000 * MS);
	assert_int_equal(log_flash.writes, 0);
}

/* One write, however much there was; the rest of flash follows at its pace. */
static void erase_for_good(void **state)
{
	struct host *host = *state;

	log_fill(host, 4 * PER_PAGE);
	log_flash.writes = 0;
	log_erase(host, OHBA_ST_SUCCESS);
	assert_int_equal(log_flash.writes, 1);
	log_erased(host, 4 * PER_PAGE + 3);
	host = log_cut_off(state);
	log_erased(host, 4 * PER_PAGE + 3);
	assert_int_equal(log_got.n, 3);
	assert_int_equal(le64toh(log_got.records[1].number), 4 * PER_PAGE + 4);
	becomes_empty(host, 4);
}

/* The places that it was in are written empty, later, and once. */
static void erase_goes_on(void **state)
{
	struct host *host = *state;

	log_fill(host, 3 * PER_PAGE);
	log_erase(host, OHBA_ST_SUCCESS);
	becomes_empty(host, 3);
	log_erase(host, OHBA_ST_SUCCESS);
	host_advance(host, 100000 * MS);
	assert_int_equal(log_flash.writes, 1);
}

/* Power goes at any byte of that write: all is there still, or nothing of it. */
static void erase_torn(void **state)
{
	struct prng prng = { prng_seed(0xe3a5e) };
	struct host *host = *state;
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_LOG_ERASE, 0);
	uint8_t copy[PAGE];
	uint64_t next;
	uint32_t n, i;
	bool whole;
	size_t len;

	print_message("seed 0x%llx\n", (unsigned long long)prng.state);
	for (i = 0; i < 20; i++) {
		log_fill(host, 2 * PER_PAGE);
		n = log_read_all(host)->n;
		next = le64toh(log_got.head.next);
		log_flash.hold = true;
		host_admin_start(host, &sqe);
		host_settle(host);
		assert_non_null(log_flash.held);
		len = i % 4 ? prng_below(&prng, HEAD + 8 + 128) : log_flash.len;
		memcpy(copy, log_flash.held, PAGE);
		host_expect_none(host, OHBA_QID_ADMIN);
		host_flash_let(host, len, len < log_flash.len ? -EIO : 0);
		/* Zeroes may lie there already. */
		whole = !memcmp(log_flash.all + log_flash.off, copy, PAGE);
		host = log_cut_off(state);
		log_read_all(host);
		assert_null(log_newest(&log_got, OHBA_LOG_LOG_DAMAGED));
		assert_int_equal(log_got.n, whole ? 3 : n + 2);
		assert_int_equal(le64toh(log_got.head.next), whole ? next + 3 : next + 2);
	}
}

static void nothing_before(struct host *host, uint64_t number)
{
	assert_true(le64toh(log_read_all(host)->records[0].number) >= number);
	assert_null(log_newest(&log_got, OHBA_LOG_LOG_DAMAGED));
}

/* So much happens at once that pages of before have something new already. */
static void erase_beside_news(void **state)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_LOG_ERASE, 0);
	struct host *host = *state;
	uint32_t i, tag;
	uint64_t next;

	log_fill(host, RECORDS);
	host_advance(host, 400000 * MS);
	next = le64toh(log_read_all(host)->head.next);
	log_flash.hold = true;
	tag = host_admin_start(host, &sqe);
	host_settle(host);
	for (i = 0; i < 40; i++)
		log_link_up(host, 1 + i);
	host_flash_let(host, log_flash.len, 0);
	host_settle(host);
	expect_status(&(struct ohba_cqe[]){ host_expect(host, OHBA_QID_ADMIN, tag) }[0],
		      OHBA_ST_SUCCESS);
	nothing_before(log_cut_off(state), next);
}

/* The record that says so gave way, and flash has still not come to all of before. */
static void erase_long_ago(void **state)
{
	struct host *host = *state;
	uint64_t next;
	uint32_t i;

	log_fill(host, RECORDS);
	host_advance(host, 400000 * MS);
	next = le64toh(log_read_all(host)->head.next);
	log_erase(host, OHBA_ST_SUCCESS);
	for (i = 1; i <= RECORDS; i++)
		log_link_up(host, i);
	host_advance(host, 3000 * MS);
	/* The page that begins with it is the oldest again. */
	for (i = 1; i <= RECORDS - PER_PAGE + 5; i++)
		log_link_up(host, i);
	host_advance(host, 1000 * MS);
	host = log_cut_off(state);
	nothing_before(host, next);
	assert_int_not_equal(le16toh(log_got.records[0].kind), OHBA_LOG_ERASED);
	/* Nor the next time. */
	host_advance(host, 1000 * MS);
	nothing_before(log_cut_off(state), next);
}

static void erase_fails(void **state)
{
	struct host *host = *state;

	log_fill(host, 2 * PER_PAGE);
	log_flash.write_err = -EIO;
	log_erase(host, OHBA_ST_FLASH);
	log_erased(host, 2 * PER_PAGE + 3);
	log_flash.write_err = 0;
	host_advance(host, 100000 * MS);
	assert_int_equal(log_read_all(log_cut_off(state))->n, 3);
	assert_int_equal(le16toh(log_got.records[0].kind), OHBA_LOG_ERASED);
}

/* The command is forgotten, the log is not there any more all the same. */
static void erase_and_reset(void **state)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_LOG_ERASE, 0);
	struct host *host = *state;

	log_fill(host, 2 * PER_PAGE);
	log_flash.hold = true;
	host_admin_start(host, &sqe);
	host_settle(host);
	host_reset(host);
	host_bring_up(host);
	log_flash.hold = false;
	host_flash_let(host, log_flash.len, 0);
	host_settle(host);
	host_expect_none(host, OHBA_QID_ADMIN);
	host_advance(host, 100000 * MS);
	host = log_cut_off(state);
	log_erased(host, 2 * PER_PAGE + 3);
}

/* A firmware that hangs writes nothing any more, and catches up later. */
int main(void)
{
	const struct CMUnitTest tests[] = {
#define FLASH(name)	cmocka_unit_test_setup_teardown(name, log_flash_new, log_flash_free)
		FLASH(erase_for_good), FLASH(erase_goes_on), FLASH(erase_torn),
		FLASH(erase_beside_news), FLASH(erase_long_ago), FLASH(erase_fails),
		FLASH(erase_and_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
