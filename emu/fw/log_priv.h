/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the log (log.h):
 *
 *   log.c       records, commands
 *   log_keep.c  when they go to flash
 */
#ifndef OHBA_LOG_PRIV_H
#define OHBA_LOG_PRIV_H

#include "flash.h"
#include "log.h"

/* In flash lie the records alone. Numbers within a page are consecutive. */
struct log_page {
	struct ohba_log_record records[OHBA_LOG_PER_PAGE];
	uint32_t n;
	bool fresh;			/* there are some that flash has not */
	bool stale;			/* what flash has is not what they are now */
	bool stored;			/* flash has something */
};
_Static_assert(sizeof(((struct log_page *)0)->records) <= OHBA_FLASH_DATA_MAX, "a record of flash");

struct ohba_log {
	struct ohba_fw *fw;
	struct log_page *pages;		/* a ring */
	uint32_t npages;
	bool kept;			/* on flash */
	uint32_t now;			/* the page that grows */
	uint64_t next;			/* number */
	uint32_t boot;
	uint32_t damaged;		/* pages, at power-on */
	bool started;			/* enabled since power-on: */
	uint64_t start_ns;
	uint64_t epoch_ms;		/* from 1970 to .start_ns; 0: nobody told */
	uint64_t last[OHBA_LOG_ERASED + 1];	/* number, by kind */

	bool asleep;			/* no timer may be armed */
	struct ohba_timer timer;
	unsigned int credit;		/* writes that may be now */
	uint64_t credit_ns;		/* as of when */
	struct log_page *writing;	/* NULL: none */
	bool empties;			/* it had no records when that began */
	bool erasing;
	struct {
		bool waiting;		/* LOG_ERASE */
		uint32_t qid, tag;
	} erase;
};

/* log_keep.c */
void log_keep_init(struct ohba_fw *fw);
/* Some page is fresh or stale. */
void log_dirty(struct ohba_fw *fw);
/* What is stale now is empty: write that. As a command's handler. */
int log_erase_kept(struct ohba_fw *fw, uint32_t qid, uint32_t tag);

#endif /* OHBA_LOG_PRIV_H */
