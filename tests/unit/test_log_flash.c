// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The log on flash (SPEC.md section 6.7): over power that goes, at any byte, beside commands, when
 * writes fail, and when the firmware hangs.
 */
#include <errno.h>

#include "entries.h"
#include "faults.h"
#include "logs.h"

static void outlives_power(void **state)
{
	struct host *host = *state;

	log_tells(host, OHBA_LOG_POWER_ON, 0, 0, NULL, 1);
	assert_int_equal(le32toh(log_got.head.kept), RECORDS);
	log_link_up(host, 100);
	log_link_up(host, 200);
	assert_int_equal(log_flash.writes, 0);
	host_advance(host, 1000 * MS);
	assert_int_equal(log_flash.writes, 1);
	host = log_cut_off(state);
	log_tells(host, OHBA_LOG_LINK_UP, 200, 0, "", 1);
	assert_int_equal(le32toh(log_newest(&log_got, OHBA_LOG_LINK_UP)->boot), 1);
	assert_int_equal(le32toh(log_newest(&log_got, OHBA_LOG_ENABLED)->boot), 2);
	assert_int_equal(log_got.n, 6);
	/* A machine that is switched off in order loses nothing. */
	log_link_up(host, 300);
	host = log_cycle(state);
	log_tells(host, OHBA_LOG_LINK_UP, 300, 0, "", 1);
	log_tells(host, OHBA_LOG_RESET, 1, 0, "", 1);
	assert_int_equal(le32toh(log_got.head.boot), 3);
	/* A count that grew reaches flash as well. */
	host_reset(host);
	host_bring_up(host);
	host_advance(host, 2000 * MS);
	host = log_cut_off(state);
	log_read_all(host);
	assert_int_equal(le16toh(log_got.records[log_got.n - 4].kind), OHBA_LOG_ENABLED);
	assert_int_equal(le32toh(log_got.records[log_got.n - 4].count), 2);
	assert_int_equal(le16toh(log_got.records[log_got.n - 2].kind), OHBA_LOG_POWER_ON);
}

static void wraps_on_flash(void **state)
{
	struct host *host = *state;
	uint32_t i;

	for (i = 1; i <= 2 * RECORDS + 7; i++) {
		log_link_up(host, i);
		if (i % 20 == 0)
			host_advance(host, 10000 * MS);
	}
	host_advance(host, 400000 * MS);
	host = log_cut_off(state);
	log_read_all(host);
	assert_in_range(log_got.n, RECORDS - PER_PAGE, RECORDS);
	for (i = 1; i < log_got.n; i++)
		assert_int_equal(le64toh(log_got.records[i].number),
				 le64toh(log_got.records[0].number) + i);
	assert_int_equal(le32toh(log_got.records[log_got.n - 3].object), 2 * RECORDS + 7);
}

/* Nobody wants that adapter: its drive is nobody's to write, and it goes without a trace. */
static void never_enabled(void **state)
{
	struct host *host;

	host_free(*state);
	host = host_new();
	log_flash.writes = 0;
	host_advance(host, 120000 * MS);
	assert_int_equal(log_flash.writes, 0);
	host_free_unused(host);
	assert_int_equal(log_flash.writes, 0);
	*state = entries_new_many(4);
}

/* However much happens, flash lasts: the rest of it waits. */
static void flash_is_spared(void **state)
{
	struct host *host = *state;
	uint32_t i;

	for (i = 1; i <= 3600; i++) {
		log_link_up(host, i);
		host_advance(host, 1000 * MS);
	}
	assert_in_range(log_flash.writes, 300, 16 + 360 + 1);
	host_advance(host, 60000 * MS);
	host = log_cut_off(state);
	assert_int_equal(le32toh(log_newest(log_read_all(host), OHBA_LOG_LINK_UP)->object), 3600);
	/* Nothing new, nothing written. */
	host_advance(host, 2000 * MS);
	log_flash.writes = 0;
	host_advance(host, 3600000 * MS);
	assert_int_equal(log_flash.writes, 0);
}

/* The ring goes round past what flash has not got: what it got stays, in order. */
static void more_than_flash_takes(void **state)
{
	struct host *host = *state;
	uint64_t last = 0;
	uint32_t n, i;

	for (i = 1; i <= 6007; i++) {
		log_link_up(host, i);
		host_advance(host, 100 * MS);
		if (!log_flash.writes)
			continue;
		log_flash.writes = 0;
		last = i - RECORDS;
	}
	n = log_in_flash();
	assert_in_range(n, RECORDS / 2, RECORDS - 2 * PER_PAGE);
	host = log_cut_off(state);
	log_read_all(host);		/* which sees that numbers grow */
	assert_null(log_newest(&log_got, OHBA_LOG_LOG_DAMAGED));
	assert_int_equal(log_got.n, n + 2);
	assert_true(le32toh(log_newest(&log_got, OHBA_LOG_LINK_UP)->object) >= last);
}

/* A command does not wait longer than a write takes, and the log does not for ever. */
static void beside_commands(void **state)
{
	struct ohba_target entry = entry_of(1);
	struct host *host = *state;
	uint32_t tag;

	log_flash.hold = true;
	host_advance(host, 1000 * MS);
	assert_non_null(log_flash.held);
	tag = record_start(host, OHBA_ADMIN_TARGET_SET, 1, &entry, sizeof(entry));
	host_settle(host);
	host_expect_none(host, OHBA_QID_ADMIN);
	host_flash_let(host, log_flash.len, 0);
	host_settle(host);
	assert_true(log_flash.off < LOG_OFF);
	host_advance(host, 1000 * MS);
	host_flash_let(host, log_flash.len, 0);
	expect_status(&(struct ohba_cqe[]){ host_expect(host, OHBA_QID_ADMIN, tag) }[0],
		      OHBA_ST_SUCCESS);
	host_advance(host, 1000 * MS);
	assert_true(log_flash.held && log_flash.off >= LOG_OFF);
	host_flash_let(host, log_flash.len, 0);
	log_flash.hold = false;
	log_tells(log_cut_off(state), OHBA_LOG_TARGET_SET, 1, 0, "", 1);
}

static void a_write_fails(void **state)
{
	struct ohba_target entry = entry_of(1);
	struct host *host = *state;

	log_flash.write_err = -ENOSPC;
	entry_set(host, 1, &entry, OHBA_ST_FLASH);
	log_tells(host, OHBA_LOG_FLASH_FAILED, 0, OHBA_ST_FLASH, "No space left on device", 1);
	assert_null(log_newest(&log_got, OHBA_LOG_TARGET_SET));
	host_advance(host, 2000 * MS);
	/* Its own writes are no news, and come again. */
	log_flash.writes = 0;
	host_advance(host, 600000 * MS);
	assert_in_range(log_flash.writes, 5, 11);
	log_flash.write_err = 0;
	host_advance(host, 60000 * MS);
	log_tells(log_cut_off(state), OHBA_LOG_FLASH_FAILED, 0, OHBA_ST_FLASH, NULL, 1);
}

/* What was not written does not go behind what happened since. */
static void fails_in_the_middle(void **state)
{
	struct host *host = *state;
	uint32_t i;

	host_advance(host, 20000 * MS);
	for (i = 1; i <= PER_PAGE - 2; i++)
		log_link_up(host, i);
	log_flash.hold = true;
	host_advance(host, 1000 * MS);
	host_flash_let(host, 0, -EIO);
	log_link_up(host, 1000);
	/* Though there is news, which would have gone in a second. */
	log_flash.writes = 0;
	host_advance(host, 58000 * MS);
	assert_int_equal(log_flash.writes, 0);
	host_advance(host, 3000 * MS);
	host_flash_let(host, log_flash.len, 0);
	host_settle(host);
	host = log_cut_off(state);
	log_no_gap(host);
	assert_non_null(log_newest(&log_got, OHBA_LOG_LINK_UP));
}

/* Power is going: flash that is broken holds nobody up. */
static void fails_at_the_end(void **state)
{
	struct host *host = *state;

	log_fill(host, 5 * PER_PAGE);
	log_link_up(host, 1);
	log_flash.write_err = -EIO;
	log_flash.writes = 0;
	host_advance(host, 1000 * MS);
	assert_int_equal(log_flash.writes, 1);
	host_power_on_reset(host);
	assert_int_equal(log_flash.writes, 2);
	host_power_on_reset(host);
	log_cycle(state);
	assert_int_equal(log_flash.writes, 2);
	log_flash.write_err = 0;
}

static void hangs(void **state)
{
	struct host *host = *state;

	host_advance(host, 2000 * MS);
	log_link_up(host, 77);
	log_flash.writes = 0;
	fault_set(host, "hang");
	host_settle(host);
	host_advance(host, 100000 * MS);
	assert_int_equal(log_flash.writes, 0);
	host_reset(host);
	host_bring_up(host);
	host_advance(host, 2000 * MS);
	assert_true(log_flash.writes);
	log_tells(log_cut_off(state), OHBA_LOG_LINK_UP, 77, 0, "", 1);
}

/* --- power goes, anywhere ------------------------------------------------------------- */

#define TEARS	150

/* #include "logs.h"
upto: numbers that were on flash for sure. */
static void check_torn(struct host *host, uint64_t upto)
{
	uint32_t i;

	log_read_all(host);
	assert_true(le64toh(log_got.head.next) > upto);
	for (i = 1; i < log_got.n; i++)
		assert_int_equal(le64toh(log_got.records[i].number),
				 le64toh(log_got.records[0].number) + i);
	for (i = 0; i < log_got.n; i++)
		if (le16toh(log_got.records[i].kind) == OHBA_LOG_LINK_UP)
			assert_int_equal(le32toh(log_got.records[i].object),
					 le64toh(log_got.records[i].number));
	assert_true(log_got.n >= RECORDS - PER_PAGE || le64toh(log_got.records[0].number) == 1);
}

static void torn(void **state)
{
	struct prng prng = { prng_seed(0x106) };
	struct host *host = *state;
	uint64_t upto = 0;
	uint32_t n, i;

	print_message("seed 0x%llx\n", (unsigned long long)prng.state);
	for (n = 0; n < TEARS; n++) {
		for (i = prng_below(&prng, 40); i; i--)
			log_link_up(host, le64toh(log_read_some(host, UINT64_MAX, 0, &log_got.head,
							log_got.records) ? 0 : log_got.head.next));
		log_flash.hold = true;
		host_advance(host, 1000 * MS);
		while (log_flash.held && prng_below(&prng, 3)) {
			host_flash_let(host, log_flash.len, 0);
			host_advance(host, 10000 * MS);
		}
		/* All that is new lies in the page that grows, or in the one before. */
		if (!log_flash.held)
			upto = le64toh(log_read_all(host)->head.next) - 1;
		if (log_flash.held)
			host_flash_let(host, prng_below(&prng, log_flash.len + 1), -EIO);
		host = log_cut_off(state);
		check_torn(host, upto);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define FLASH(name)	cmocka_unit_test_setup_teardown(name, log_flash_new, log_flash_free)
		FLASH(outlives_power), FLASH(never_enabled), FLASH(wraps_on_flash),
		FLASH(flash_is_spared), FLASH(more_than_flash_takes),
		FLASH(beside_commands), FLASH(a_write_fails), FLASH(fails_in_the_middle),
		FLASH(fails_at_the_end), FLASH(hangs), FLASH(torn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
