/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the log (log.h):
 *
 *   log.c       records, commands
 *   log_load.c  what flash has of them at power-on
 *   log_keep.c  when they go to flash
 */
#ifndef OHBA_LOG_PRIV_H
#define OHBA_LOG_PRIV_H

#include "flash.h"
#include "log.h"

/* As it lies in flash, as far as it has records. */
struct log_part {
	uint64_t erased;		/* records with lower numbers were */
	struct ohba_log_record records[OHBA_LOG_PER_PAGE];	/* of consecutive numbers */
};
_Static_assert(sizeof(struct log_part) <= OHBA_FLASH_DATA_MAX, "a record of flash");

struct log_page {
	struct log_part part;
	uint32_t n;			/* records */
	uint32_t place;			/* in flash; numbers give the order, not places */
	bool fresh;			/* there are some that flash has not */
	bool stale;			/* what flash has is not what they are now */
	bool stored;			/* flash has something */
};

struct ohba_log {
	struct ohba_fw *fw;
	struct log_page *pages;		/* a ring, by numbers */
	uint32_t npages;
	bool kept;			/* on flash */
	uint32_t now;			/* the page that grows */
	uint64_t next;			/* number */
	uint64_t erased;		/* as in a part */
	uint32_t boot;
	uint32_t damaged;		/* pages, at power-on */
	bool started;			/* enabled since power-on: */
	uint64_t start_ns;
	uint64_t epoch_ms;		/* from 1970 to .start_ns; 0: nobody told */
	uint64_t last[OHBA_LOG_FLASH_ERASED + 1];	/* number, by kind */

	bool asleep;			/* no timer may be armed */
	struct ohba_timer timer;
	unsigned int credit;		/* writes that may be now */
	uint64_t credit_ns;		/* as of when */
	uint64_t again_ns;		/* none before that, as one failed */
	struct {
		struct log_page *page;	/* NULL: none */
		bool fresh;		/* it was, */
		bool empty;		/* and it had no records, when that began */
	} writing;
	struct {
		bool waiting;		/* LOG_ERASE, for that write */
		uint32_t qid, tag;
	} erase;
};

/* log.c: of a page without records 0. */
uint64_t log_first(const struct log_page *page);
uint64_t log_last(const struct log_page *page);
void log_empty(struct log_page *page);

/* log_keep.c */
void log_keep_init(struct ohba_fw *fw);
/* Some page is fresh or stale. */
void log_dirty(struct ohba_fw *fw);
/* With this write flash forgets what has lower numbers. As a command's handler. */
int log_erase_kept(struct ohba_fw *fw, uint32_t qid, uint32_t tag);

#endif /* OHBA_LOG_PRIV_H */
