// SPDX-License-Identifier: GPL-2.0-or-later
/* What lies where the log is on flash: damaged, forged, or not there. */
#include <errno.h>

#include "entries.h"
#include "logs.h"

static void seal(uint8_t *copy)
{
	uint32_t crc;

	memset(copy + CRC, 0, 4);
	crc = htole32(crc32c_slow(0, copy, PAGE));
	memcpy(copy + CRC, &crc, 4);
}

/* A part that is lost takes no other with it, is told of once, and harms nothing that is kept. */
static void damaged(void **state)
{
	struct ohba_target entry = entry_of(1);
	struct host *host = *state;

	entry_set(host, 1, &entry, OHBA_ST_SUCCESS);
	log_fill(host, 3 * PER_PAGE);
	log_page_at(1, 0)[100] ^= 1;
	log_page_at(1, 1)[100] ^= 1;
	host = log_cut_off(state);
	assert_int_equal(ohba_fw_flash_damaged(host->fw), 0);
	log_tells(host, OHBA_LOG_LOG_DAMAGED, 1, 0, "", 1);
	assert_int_equal(le64toh(log_got.records[PER_PAGE - 1].number), PER_PAGE);
	assert_int_equal(le64toh(log_got.records[PER_PAGE].number), 2 * PER_PAGE + 1);
	entry_set(host, 1, &entry, OHBA_ST_SUCCESS);
	host_advance(host, 100000 * MS);
	host = log_cut_off(state);
	assert_int_equal(le32toh(log_newest(log_read_all(host), OHBA_LOG_LOG_DAMAGED)->boot), 2);
}

static void config_damaged(void **state)
{
	struct ohba_target entry = entry_of(1);
	struct host *host = *state;

	entry_set(host, 0, &entry, OHBA_ST_SUCCESS);
	log_flash.all[16384 + 9216 + 1024 + 100] ^= 1;
	host = log_cut_off(state);
	assert_int_equal(ohba_fw_flash_damaged(host->fw), 1);
	log_tells(host, OHBA_LOG_FLASH_DAMAGED, 1, 0, "", 1);
}

/* Whoever knows the CRC. Of a page that is not one nothing is read. */
static void hostile(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} bad[] = {
		{ (size_t)ERASED - FIRST, 9 },
		{ (size_t)ERASED - FIRST + 7, 0x80 },
		{ offsetof(struct ohba_log_record, number), 0 },
		{ offsetof(struct ohba_log_record, number), 9 },
		{ offsetof(struct ohba_log_record, number) + 7, 0x80 },
		{ offsetof(struct ohba_log_record, count), 0 },
		{ offsetof(struct ohba_log_record, rsvd), 1 },
		{ offsetof(struct ohba_log_record, words), 0x1b },
		{ offsetof(struct ohba_log_record, words) + 63, 'x' },
	};
	struct host *host = *state;
	uint8_t good[PAGE];
	size_t i;

	host_advance(host, 2000 * MS);
	memcpy(good, log_page_at(0, 1), PAGE);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		memset(log_flash.all + LOG_OFF, 0, 2 * PAGES * PAGE);
		memcpy(log_page_at(0, 1), good, PAGE);
		log_page_at(0, 1)[FIRST + bad[i].at] = bad[i].value;
		seal(log_page_at(0, 1));
		host = log_cut_off(state);
		log_tells(host, OHBA_LOG_LOG_DAMAGED, 1, 0, "", 1);
		assert_int_equal(le32toh(log_got.head.boot), 1);
	}
}

/* As if that were their place. */
static void put_page(uint32_t index, const uint8_t *copies)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		memcpy(log_page_at(index, i), copies + i * PAGE, PAGE);
		log_page_at(index, i)[INDEX] = index;
		seal(log_page_at(index, i));
	}
}

static void take_page(uint32_t index, uint8_t *copies)
{
	memcpy(copies, log_page_at(index, 0), PAGE);
	memcpy(copies + PAGE, log_page_at(index, 1), PAGE);
}

/* Numbers give the order, whatever the places. */
static void anywhere(void **state)
{
	uint8_t one[2 * PAGE], other[2 * PAGE];
	struct host *host = *state;
	uint32_t n;

	log_fill(host, 3 * PER_PAGE);
	n = log_read_all(host)->n;
	take_page(0, one);
	take_page(2, other);
	put_page(2, one);
	put_page(0, other);
	host = log_cut_off(state);
	log_no_gap(host);
	assert_int_equal(log_got.n, n + 2);
	log_fill(host, RECORDS - 5 * PER_PAGE);
	host_advance(host, 400000 * MS);
	host = log_cut_off(state);
	log_no_gap(host);
	assert_int_equal(le64toh(log_got.records[0].number), 1);
}

/* Pages that each are good, but cannot be of one log: they have the same numbers. */
static void strays(void **state)
{
	uint8_t copies[2 * PAGE];
	struct host *host = *state;
	uint32_t n, i;

	log_fill(host, 2 * PER_PAGE);
	n = log_read_all(host)->n;
	for (i = 5; i < 9; i++) {
		take_page(i & 1, copies);
		put_page(i, copies);
	}
	host = log_cut_off(state);
	log_tells(host, OHBA_LOG_LOG_DAMAGED, 4, 0, "", 1);
	assert_int_equal(log_got.n, n + 3);
	log_link_up(host, 1000);
	log_tells(host, OHBA_LOG_LINK_UP, 1000, 0, "", 1);
}

/* The newest page is lost, and its numbers are given again; then it is back, somewhere. */
static void back_again(void **state)
{
	uint8_t lost[2 * PAGE];
	struct host *host = *state;
	uint32_t i;

	log_fill(host, PER_PAGE);
	take_page(1, lost);
	memset(log_page_at(1, 0), 0x5a, PAGE - 1);
	memset(log_page_at(1, 1), 0x5a, PAGE - 1);
	host = log_cut_off(state);
	log_tells(host, OHBA_LOG_LOG_DAMAGED, 1, 0, "", 1);
	log_link_up(host, 4711);
	host_advance(host, 1000 * MS);
	put_page(9, lost);
	host = log_cut_off(state);
	log_tells(host, OHBA_LOG_LINK_UP, 4711, 0, "", 1);
	assert_int_equal(le32toh(log_newest(&log_got, OHBA_LOG_LOG_DAMAGED)->boot),
			 le32toh(log_got.head.boot));
	for (i = 0; i < log_got.n; i++)
		assert_int_equal(le64toh(log_got.records[i].number), 1 + i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define FLASH(name)	cmocka_unit_test_setup_teardown(name, log_flash_new, log_flash_free)
		FLASH(damaged), FLASH(config_damaged), FLASH(hostile), FLASH(anywhere),
		FLASH(strays), FLASH(back_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
