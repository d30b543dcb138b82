// SPDX-License-Identifier: GPL-2.0-or-later
/* What flash has of the log at power-on: whoever wrote it, and in whatever order (log_priv.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "keep.h"
#include "log_priv.h"

#define NUMBER_MAX	(1ull << 62)	/* of flash that anybody wrote: ours do not get there */

/* --- a part ----------------------------------------------------------------- */

static bool words_ok(const uint8_t *words, size_t size)
{
	size_t len = strnlen((const char *)words, size), i;

	for (i = 0; i < len; i++)
		if (words[i] < ' ' || words[i] > '~')
			return false;
	return len < size && ohba_all_zero(words + len, size - len);
}

static bool record_ok(const struct ohba_log_record *record, uint64_t number)
{
	return le64toh(record->number) == number && record->count &&
	       ohba_all_zero(record->rsvd, sizeof(record->rsvd)) &&
	       words_ok(record->words, sizeof(record->words));
}

bool ohba_log_ok(const void *data, size_t len)
{
	const size_t head = offsetof(struct log_part, records);
	const struct log_part *part = data;
	uint64_t first;
	size_t n, i;

	if (len <= head || (len - head) % sizeof(part->records[0]))
		return false;
	n = (len - head) / sizeof(part->records[0]);
	first = le64toh(part->records[0].number);
	if (n > OHBA_LOG_PER_PAGE || !first || first >= NUMBER_MAX ||
	    le64toh(part->erased) > first)
		return false;
	for (i = 0; i < n; i++)
		if (!record_ok(&part->records[i], first + i))
			return false;
	return true;
}

/* Behind the last lie zeroes, and no number is 0. */
void ohba_log_load(struct ohba_fw *fw, uint32_t index, const void *data)
{
	struct ohba_log *log = fw->log;
	struct log_page *page = &log->pages[index];

	if (!log->kept)
		return;
	page->stored = true;
	if (!data) {
		page->stale = true;	/* empty, from the next write on */
		log->damaged++;
		return;
	}
	memcpy(&page->part, data, sizeof(page->part));
	while (page->n < OHBA_LOG_PER_PAGE && page->part.records[page->n].number)
		page->n++;
}

/* --- the ring --------------------------------------------------------------- */

static uint32_t boot_of(const struct log_page *page)
{
	return page->n ? le32toh(page->part.records[page->n - 1].boot) : 0;
}

/*
 * Empty ones last, where the ring goes next. Numbers that were lost are given again: what has
 * them since a later power-on is newer.
 */
static int by_number(const void *a, const void *b)
{
	uint64_t one = log_first(a) - 1, other = log_first(b) - 1;

	if (one == other) {
		one = boot_of(a);
		other = boot_of(b);
	}
	return (one > other) - (one < other);
}

static void sort(struct ohba_log *log)
{
	qsort(log->pages, log->npages, sizeof(*log->pages), by_number);
	log->now = 0;
	while (log->now + 1 < log->npages && log->pages[log->now + 1].n)
		log->now++;
}

static void drop(struct log_page *page)
{
	log_empty(page);
	page->stale = true;
}

/* An erase begins a page, and is in all that were written since. */
static void drop_erased(struct ohba_log *log)
{
	uint32_t i;

	for (i = 0; i < log->npages; i++)
		if (le64toh(log->pages[i].part.erased) > log->erased)
			log->erased = le64toh(log->pages[i].part.erased);
	for (i = 0; i < log->npages; i++)
		if (log->pages[i].n && log_first(&log->pages[i]) < log->erased)
			drop(&log->pages[i]);
}

/* Of what has the same numbers the newer is kept: what is given next is higher. */
static void drop_overlaps(struct ohba_log *log)
{
	uint64_t behind = UINT64_MAX;
	uint32_t i;

	for (i = log->npages; i--;) {
		struct log_page *page = &log->pages[i];

		if (!page->n)
			continue;
		if (log_last(page) < behind) {
			behind = log_first(page);
			continue;
		}
		drop(page);
		log->damaged++;
	}
}

void ohba_log_power_on(struct ohba_fw *fw)
{
	struct ohba_log *log = fw->log;
	char version[32];

	drop_erased(log);
	sort(log);
	drop_overlaps(log);
	sort(log);
	log->next = log_last(&log->pages[log->now]) + 1;
	log->boot = boot_of(&log->pages[log->now]) + 1;
	snprintf(version, sizeof(version), "firmware %u.%u.%u", OHBA_FW_VERSION_MAJOR,
		 OHBA_FW_VERSION_MINOR, OHBA_FW_VERSION_PATCH);
	ohba_log(fw, OHBA_LOG_POWER_ON, 0, OHBA_ST_SUCCESS, version);
	if (ohba_fw_flash_damaged(fw))
		ohba_log(fw, OHBA_LOG_FLASH_DAMAGED, ohba_fw_flash_damaged(fw), OHBA_ST_SUCCESS,
			 NULL);
	if (log->damaged)
		ohba_log(fw, OHBA_LOG_LOG_DAMAGED, log->damaged, OHBA_ST_SUCCESS, NULL);
}
