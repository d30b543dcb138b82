// SPDX-License-Identifier: GPL-2.0-or-later
/* The adapter's log, for its tests (logs.h). */
#include "logs.h"

#include "target.h"

struct flash log_flash;
struct log log_got;

/* --- by command -------------------------------------------------------------- */

uint32_t log_read_some(struct host *host, uint64_t first, uint32_t max,
		       struct ohba_log_head *head, struct ohba_log_record *records)
{
	uint32_t len = sizeof(*head) + max * sizeof(*records), n;
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_LOG_READ, 0);
	struct ohba_log_read body = { .first = htole64(first) };
	uint64_t addr = mem_alloc(host->mem, len, MEM_IN);

	memcpy(sqe.body, &body, sizeof(body));
	sqe_data(&sqe, addr, len);
	n = le32toh(host_admin_status(host, &sqe, OHBA_ST_SUCCESS).result);
	assert_in_range(n, 0, max);
	memcpy(head, mem_ptr(host->mem, addr), sizeof(*head));
	memcpy(records, (uint8_t *)mem_ptr(host->mem, addr) + sizeof(*head), n * sizeof(*records));
	mem_retire(host->mem, addr);
	return n;
}

struct log *log_read_all(struct host *host)
{
	uint64_t next = 0, boot = 0;
	uint32_t n, i;

	memset(&log_got, 0, sizeof(log_got));
	do {
		assert_in_range(log_got.n, 0, RECORDS - OHBA_LOG_READ_MAX);
		n = log_read_some(host, next, OHBA_LOG_READ_MAX, &log_got.head,
				  log_got.records + log_got.n);
		for (i = log_got.n; i < log_got.n + n; i++) {
			const struct ohba_log_record *r = &log_got.records[i];

			assert_true(le64toh(r->number) >= next);
			assert_true(le32toh(r->boot) >= boot);
			assert_true(le32toh(r->count));
			assert_true(le64toh(r->last_ms) >= le64toh(r->up_ms));
			next = le64toh(r->number) + 1;
			boot = le32toh(r->boot);
		}
		log_got.n += n;
	} while (n && log_got.n <= RECORDS - OHBA_LOG_READ_MAX);
	return &log_got;
}

const struct ohba_log_record *log_newest(const struct log *log, uint16_t kind)
{
	uint32_t i;

	for (i = log->n; i--;)
		if (le16toh(log->records[i].kind) == kind)
			return &log->records[i];
	return NULL;
}

void log_tells(struct host *host, uint16_t kind, uint32_t object, uint16_t status,
	       const char *words, uint32_t count)
{
	const struct ohba_log_record *r = log_newest(log_read_all(host), kind);

	if (!r)
		fail_msg("the log has nothing of kind %u", kind);
	assert_int_equal(le32toh(r->object), object);
	assert_int_equal(le16toh(r->status), status);
	if (words)
		assert_string_equal((const char *)r->words, words);
	assert_int_equal(le32toh(r->count), count);
}

void log_link_up(struct host *host, uint32_t mbps)
{
	struct ohba_port port;

	target_link(host->target, true, mbps, 1500);
	record_get(host, OHBA_ADMIN_PORT_GET, 0, 0, &port, sizeof(port), OHBA_ST_SUCCESS);
	host_read_events(host);
	host->nevents = 0;
}

void log_erase(struct host *host, uint16_t status)
{
	struct ohba_sqe sqe = sqe_admin(OHBA_ADMIN_LOG_ERASE, 0);

	host_admin_status(host, &sqe, status);
}

void log_erased(struct host *host, uint64_t number)
{
	log_read_all(host);
	assert_int_equal(le16toh(log_got.records[0].kind), OHBA_LOG_ERASED);
	assert_int_equal(le64toh(log_got.records[0].number), number);
	assert_int_equal(le64toh(log_got.head.oldest), number);
}

void log_fill(struct host *host, uint32_t n)
{
	uint32_t i;

	for (i = 1; i <= n; i++)
		log_link_up(host, i);
	host_advance(host, 100000 * MS);
}

void log_no_gap(struct host *host)
{
	uint32_t i;

	log_read_all(host);
	assert_null(log_newest(&log_got, OHBA_LOG_LOG_DAMAGED));
	for (i = 1; i < log_got.n; i++)
		assert_int_equal(le64toh(log_got.records[i].number),
				 le64toh(log_got.records[0].number) + i);
}

/* --- flash --------------------------------------------------------------------- */

int log_flash_new(void **state)
{
	memset(&log_flash, 0, sizeof(log_flash));
	log_flash.all = calloc(1, OHBA_FW_FLASH_FULL);
	log_flash.size = OHBA_FW_FLASH_FULL;
	assert_non_null(log_flash.all);
	host_use_flash(&log_flash);
	*state = entries_new_many(4);
	return 0;
}

int log_flash_free(void **state)
{
	host_free(*state);
	host_use_flash(NULL);
	free(log_flash.all);
	return 0;
}

struct host *log_cycle(void **state)
{
	host_free(*state);
	*state = entries_new_many(4);
	return *state;
}

struct host *log_cut_off(void **state)
{
	static uint8_t first[65536], log[2 * PAGES * PAGE];
	struct host *host = *state;

	memcpy(first, log_flash.all, sizeof(first));
	memcpy(log, log_flash.all + LOG_OFF, sizeof(log));
	log_flash.hold = false;
	if (log_flash.held)
		host_flash_let(host, 0, 0);
	host_free(host);
	memcpy(log_flash.all, first, sizeof(first));
	memcpy(log_flash.all + LOG_OFF, log, sizeof(log));
	*state = entries_new_many(4);
	return *state;
}

uint8_t *log_page_at(uint32_t index, unsigned int copy)
{
	return log_flash.all + LOG_OFF + index * PAGE + copy * PAGES * PAGE;
}

uint64_t log_field(const uint8_t *copy, unsigned int at, unsigned int len)
{
	uint64_t value = 0;

	while (len--)
		value = value << 8 | copy[at + len];
	return value;
}

uint32_t log_in_flash(void)
{
	uint32_t n = 0, i;

	for (i = 0; i < PAGES; i++) {
		const uint8_t *copy = log_page_at(i, log_field(log_page_at(i, 1), NUMBER, 8) >
						 log_field(log_page_at(i, 0), NUMBER, 8));

		n += log_field(copy, LEN, 4) / sizeof(struct ohba_log_record);
	}
	return n;
}
