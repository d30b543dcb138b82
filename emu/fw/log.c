// SPDX-License-Identifier: GPL-2.0-or-later
/* The log: its records, and the commands that read it (log.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "log_priv.h"
#include "table.h"

#define CLOCK_MAX	(1ull << 48)

/* --- time ------------------------------------------------------------------- */

static uint64_t up_ms(struct ohba_fw *fw)
{
	const struct ohba_log *log = fw->log;

	return log->started ? (ohba_loop_now(fw->loop) - log->start_ns) / OHBA_NS_PER_MS : 0;
}

/* 0: no host has told the time since power-on. */
static uint64_t clock_at(const struct ohba_log *log, uint64_t up)
{
	return log->epoch_ms ? log->epoch_ms + up : 0;
}

/* --- records ---------------------------------------------------------------- */

uint64_t log_first(const struct log_page *page)
{
	return le64toh(page->part.records[0].number);
}

uint64_t log_last(const struct log_page *page)
{
	return page->n ? le64toh(page->part.records[page->n - 1].number) : 0;
}

void log_empty(struct log_page *page)
{
	memset(&page->part, 0, sizeof(page->part));
	page->n = 0;
}

/* NULL: it was written over. */
static struct ohba_log_record *find(struct ohba_log *log, uint64_t number,
				    struct log_page **page)
{
	uint32_t i;

	for (i = 0; i < log->npages; i++) {
		*page = &log->pages[(log->now + log->npages - i) % log->npages];
		if (log_first(*page) <= number && number <= log_last(*page))
			return &(*page)->part.records[number - log_first(*page)];
	}
	return NULL;
}

static void put_words(uint8_t *to, size_t size, const char *words)
{
	size_t i;

	for (i = 0; words && words[i] && i < size - 1; i++)
		to[i] = words[i] < ' ' || words[i] > '~' ? '?' : words[i];
}

static struct ohba_log_record make(struct ohba_fw *fw, const struct ohba_log_what *what)
{
	uint64_t up = up_ms(fw);
	struct ohba_log_record record = {
		.number = htole64(fw->log->next),
		.clock_ms = htole64(clock_at(fw->log, up)),
		.up_ms = htole64(up),
		.last_ms = htole64(up),
		.count = htole32(1),
		.boot = htole32(fw->log->boot),
		.object = htole32(what->object),
		.kind = htole16(what->kind),
		.status = htole16(what->status),
		.login_class = what->login_class,
		.login_detail = what->login_detail,
	};

	put_words(record.words, sizeof(record.words), what->words);
	return record;
}

/* But for when. */
static bool says_same(const struct ohba_log_record *a, const struct ohba_log_record *b)
{
	return a->object == b->object && a->kind == b->kind && a->status == b->status &&
	       a->login_class == b->login_class && a->login_detail == b->login_detail &&
	       !memcmp(a->words, b->words, sizeof(a->words));
}

/* The oldest page gives way. */
static struct log_page *page_with_room(struct ohba_log *log)
{
	struct log_page *page = &log->pages[log->now];

	if (page->n < OHBA_LOG_PER_PAGE)
		return page;
	log->now = (log->now + 1) % log->npages;
	page = &log->pages[log->now];
	log_empty(page);
	return page;
}

static void append(struct ohba_log *log, const struct ohba_log_record *record)
{
	struct log_page *page = page_with_room(log);

	page->part.records[page->n++] = *record;
	page->fresh = true;
	log->next++;
}

void ohba_log_add(struct ohba_fw *fw, const struct ohba_log_what *what, uint64_t *last)
{
	struct ohba_log_record record = make(fw, what), *before;
	struct ohba_log *log = fw->log;
	struct log_page *page;

	before = *last ? find(log, *last, &page) : NULL;
	if (before && says_same(before, &record)) {
		if (le32toh(before->count) < UINT32_MAX)
			before->count = htole32(le32toh(before->count) + 1);
		before->last_ms = record.last_ms;
		page->stale = true;
	} else {
		*last = log->next;
		append(log, &record);
	}
	log_dirty(fw);
}

void ohba_log(struct ohba_fw *fw, enum ohba_log_kind kind, uint32_t object,
	      enum ohba_status status, const char *words)
{
	const struct ohba_log_what what = {
		.kind = kind, .object = object, .status = status, .words = words,
	};

	ohba_log_add(fw, &what, &fw->log->last[kind]);
}

/* --- commands --------------------------------------------------------------- */

struct answer {
	struct ohba_log_head head;
	struct ohba_log_record records[OHBA_LOG_READ_MAX];
};
_Static_assert(offsetof(struct answer, records) == sizeof(struct ohba_log_head), "no gap");

static void put_head(struct ohba_fw *fw, struct ohba_log_head *head)
{
	struct ohba_log *log = fw->log;
	uint64_t up = up_ms(fw);
	uint32_t i;

	head->next = htole64(log->next);
	head->clock_ms = htole64(clock_at(log, up));
	head->up_ms = htole64(up);
	head->boot = htole32(log->boot);
	head->kept = htole32(log->kept ? log->npages * OHBA_LOG_PER_PAGE : 0);
	for (i = log->npages; i; i--) {
		const struct log_page *page = &log->pages[(log->now + i) % log->npages];

		if (page->n)
			head->oldest = page->part.records[0].number;
	}
}

/* From number @first on, up to @max; how many. */
static uint32_t put_records(const struct ohba_log *log, uint64_t first, uint32_t max,
			    struct ohba_log_record *records)
{
	uint32_t i, j, n = 0;

	for (i = 1; i <= log->npages; i++) {
		const struct log_page *page = &log->pages[(log->now + i) % log->npages];

		for (j = 0; j < page->n && n < max; j++)
			if (le64toh(page->part.records[j].number) >= first)
				records[n++] = page->part.records[j];
	}
	return n;
}

static int log_read(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	uint32_t len = le32toh(sqe->data_len), room, n;
	struct ohba_cqe cqe = { .tag = sqe->tag };
	struct answer answer = { .head = { 0 } };
	struct ohba_log_read read;
	enum ohba_status status;

	memcpy(&read, sqe->body, sizeof(read));
	if (sqe->handle || !ohba_all_zero(read.rsvd, sizeof(read.rsvd)) ||
	    len < sizeof(answer.head))
		return OHBA_ST_INVALID_FIELD;
	room = (len - sizeof(answer.head)) / sizeof(answer.records[0]);
	n = put_records(fw->log, le64toh(read.first),
			room < OHBA_LOG_READ_MAX ? room : OHBA_LOG_READ_MAX, answer.records);
	put_head(fw, &answer.head);
	status = ohba_reply(fw, sqe, &answer, sizeof(answer.head) + n * sizeof(answer.records[0]));
	if (status)
		return status;
	cqe.result = htole32(n);
	ohba_complete(fw, qid, &cqe);
	return OHBA_PENDING;
}

static void empty_all(struct ohba_log *log)
{
	uint32_t i;

	for (i = 0; i < log->npages; i++) {
		log_empty(&log->pages[i]);
		log->pages[i].fresh = false;
		log->pages[i].stale = log->pages[i].stored;
	}
	log->erased = log->next;
}

void ohba_log_forget_all(struct ohba_fw *fw)
{
	uint32_t i;

	for (i = 0; i < fw->log->npages; i++)
		fw->log->pages[i].stored = false;
	empty_all(fw->log);
}

static int log_erase(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_log *log = fw->log;

	if (sqe->handle)
		return OHBA_ST_INVALID_FIELD;
	empty_all(log);
	ohba_log(fw, OHBA_LOG_ERASED, 0, OHBA_ST_SUCCESS, NULL);
	return log_erase_kept(fw, qid, le32toh(sqe->tag));
}

/* What happened before the host told the time happened at a time, too. */
static void date(struct ohba_log *log, struct log_page *page)
{
	uint32_t i;

	for (i = 0; i < page->n; i++) {
		struct ohba_log_record *record = &page->part.records[i];

		if (le32toh(record->boot) != log->boot || record->clock_ms)
			continue;
		record->clock_ms = htole64(clock_at(log, le64toh(record->up_ms)));
		page->stale = true;
	}
}

static int log_clock(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_log_clock clock;
	uint64_t now, up = up_ms(fw);
	uint32_t i;

	(void)qid;
	memcpy(&clock, sqe->body, sizeof(clock));
	now = le64toh(clock.clock_ms);
	if (sqe->handle || !ohba_all_zero(clock.rsvd, sizeof(clock.rsvd)) || now <= up ||
	    now >= CLOCK_MAX)
		return OHBA_ST_INVALID_FIELD;
	fw->log->epoch_ms = now - up;
	for (i = 0; i < fw->log->npages; i++)
		date(fw->log, &fw->log->pages[i]);
	log_dirty(fw);
	return OHBA_ST_SUCCESS;
}

const struct ohba_cmd_row ohba_log_cmds[] = {
	{ .opcode = OHBA_ADMIN_LOG_READ, .name = "LOG_READ", .fn = log_read, .body = true,
	  .data = true },
	{ .opcode = OHBA_ADMIN_LOG_ERASE, .name = "LOG_ERASE", .fn = log_erase, .keeps = true },
	{ .opcode = OHBA_ADMIN_LOG_CLOCK, .name = "LOG_CLOCK", .fn = log_clock, .body = true },
};

const unsigned int ohba_log_ncmds = sizeof(ohba_log_cmds) / sizeof(ohba_log_cmds[0]);

/* --- life ------------------------------------------------------------------- */

/* A ring of one page would be empty whenever it was full. */
static uint32_t pages_of_flash(struct ohba_fw *fw)
{
	uint32_t room = fw->flash ? ohba_flash_room(fw->flash, OHBA_FLASH_LOG) : 0;

	return room > 1 ? room : 0;
}

bool ohba_log_create(struct ohba_fw *fw)
{
	struct ohba_log *log = calloc(1, sizeof(*log));
	uint32_t i;

	if (!log)
		return false;
	fw->log = log;
	log->npages = pages_of_flash(fw);
	log->kept = log->npages;
	if (!log->npages)
		log->npages = OHBA_LOG_PAGES;
	log_keep_init(fw);
	log->pages = ohba_table_map(log->npages, sizeof(*log->pages));
	if (!log->pages)
		return false;
	for (i = 0; i < log->npages; i++)
		log->pages[i].place = i;
	return true;
}

void ohba_log_destroy(struct ohba_fw *fw)
{
	if (!fw->log)
		return;
	ohba_timer_cancel(&fw->log->timer);
	ohba_table_unmap(fw->log->pages, fw->log->npages, sizeof(*fw->log->pages));
	free(fw->log);
}
