// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When the log goes to flash (log_priv.h): a page at a time, what happens within a moment
 * together, and no more often than flash can bear for years.
 */
#include <errno.h>

#include "core.h"
#include "keep.h"
#include "log_priv.h"

#define MOMENT_NS	OHBA_NS_PER_S
#define CREDIT_NS	(10 * OHBA_NS_PER_S)	/* a write in the long run, */
#define CREDIT_MAX	16			/* and so many at once */
#define AGAIN_NS	(60 * OHBA_NS_PER_S)	/* after one that failed, none before */

/* --- whose turn ------------------------------------------------------------- */

/*
 * New records first, the oldest of them before others: flash has no hole, and each page is
 * written once while much happens. NULL: flash has all.
 */
static struct log_page *next_page(struct ohba_log *log)
{
	struct log_page *page, *stale = NULL;
	uint32_t i;

	for (i = 1; i <= log->npages; i++) {
		page = &log->pages[(log->now + i) % log->npages];
		if (page->fresh)
			return page;
		if (page->stale && !stale)
			stale = page;
	}
	return stale;
}

/* --- how often -------------------------------------------------------------- */

/* Time that could not be saved up does not count. */
static void earn(struct ohba_log *log, uint64_t now)
{
	uint64_t earned = (now - log->credit_ns) / CREDIT_NS;

	log->credit_ns += earned * CREDIT_NS;
	log->credit = earned < CREDIT_MAX - log->credit ? log->credit + earned : CREDIT_MAX;
	if (log->credit == CREDIT_MAX)
		log->credit_ns = now;
}

/* How long until the next write may be, ns. */
static uint64_t too_early(struct ohba_log *log, uint64_t now)
{
	earn(log, now);
	if (now < log->again_ns)
		return log->again_ns - now;
	return log->credit ? 0 : log->credit_ns + CREDIT_NS - now;
}

static bool may_wait(const struct ohba_fw *fw)
{
	return !fw->log->asleep && fw->state != OHBA_FW_HUNG;
}

static void write_later(struct ohba_fw *fw, uint64_t ns)
{
	struct ohba_log *log = fw->log;

	if (log->kept && may_wait(fw) && !ohba_timer_armed(&log->timer) && next_page(log))
		ohba_timer_arm(&log->timer, ns);
}

void log_dirty(struct ohba_fw *fw)
{
	write_later(fw, MOMENT_NS);
}

/* --- writing ---------------------------------------------------------------- */

static void write_page(struct ohba_fw *fw, struct log_page *page)
{
	struct ohba_log *log = fw->log;
	size_t head = offsetof(struct log_part, records);

	log->writing.page = page;
	log->writing.fresh = page->fresh;
	log->writing.empty = !page->n;
	page->fresh = false;
	page->stale = false;
	page->part.erased = htole64(log->erased);
	if (ohba_keep(fw, OHBA_FLASH_LOG, page->place, &page->part,
		      page->n ? head + page->n * sizeof(page->part.records[0]) : 0) ==
	    OHBA_PENDING)
		return;
	/* Since an erase failed. */
	ohba_log_kept(fw, -EIO);
	write_later(fw, AGAIN_NS);
}

/* Commands come first: the end of what is being written calls again. */
static void write_next(struct ohba_fw *fw)
{
	struct ohba_log *log = fw->log;
	struct log_page *page = log->kept && !ohba_flash_busy(fw->flash) ? next_page(log) : NULL;
	uint64_t wait;

	if (!page)
		return;
	wait = too_early(log, ohba_loop_now(fw->loop));
	if (wait) {
		write_later(fw, wait);
		return;
	}
	log->credit--;
	write_page(fw, page);
}

static void moment_over(struct ohba_timer *timer)
{
	struct ohba_log *log = ohba_container(timer, struct ohba_log, timer);

	write_next(log->fw);
}

/* A firmware that hangs completes nothing. */
static void end_erase(struct ohba_fw *fw, int err)
{
	struct ohba_log *log = fw->log;

	if (log->erase.waiting && fw->state == OHBA_FW_READY)
		ohba_complete_status(fw, log->erase.qid, log->erase.tag,
				     err ? OHBA_ST_FLASH : OHBA_ST_SUCCESS);
	log->erase.waiting = false;
}

void ohba_log_kept(struct ohba_fw *fw, int err)
{
	struct ohba_log *log = fw->log;
	struct log_page *page = log->writing.page;

	page->stored = err || !log->writing.empty;
	if (err) {
		/* Not behind newer ones. */
		page->fresh |= log->writing.fresh;
		page->stale = true;
		log->again_ns = ohba_loop_now(fw->loop) + AGAIN_NS;
	}
	end_erase(fw, err);
}

void ohba_log_turn(struct ohba_fw *fw)
{
	if (fw->log->asleep)
		write_next(fw);
	else
		write_later(fw, MOMENT_NS);
}

int log_erase_kept(struct ohba_fw *fw, uint32_t qid, uint32_t tag)
{
	struct ohba_log *log = fw->log;

	if (!log->kept)
		return OHBA_ST_SUCCESS;
	log->erase.waiting = true;
	log->erase.qid = qid;
	log->erase.tag = tag;
	write_page(fw, &log->pages[log->now]);
	return OHBA_PENDING;
}

/* --- life ------------------------------------------------------------------- */

void log_keep_init(struct ohba_fw *fw)
{
	fw->log->fw = fw;
	fw->log->asleep = true;
	fw->log->credit = CREDIT_MAX;
	ohba_timer_init(&fw->log->timer, fw->loop, moment_over);
}

void ohba_log_start(struct ohba_fw *fw)
{
	struct ohba_log *log = fw->log;

	log->asleep = false;
	if (!log->started) {
		log->started = true;
		log->start_ns = log->credit_ns = ohba_loop_now(fw->loop);
	}
	write_later(fw, MOMENT_NS);
}

void ohba_log_freeze(struct ohba_fw *fw)
{
	ohba_timer_cancel(&fw->log->timer);
}

void ohba_log_sleep(struct ohba_fw *fw)
{
	struct ohba_log *log = fw->log;

	ohba_timer_cancel(&log->timer);
	/* Once more, but whoever waits for flash to be done need not wait for ever. */
	if (!log->asleep)
		log->again_ns = 0;
	log->asleep = true;
	if (log->started)
		write_next(fw);
}

void ohba_log_forget(struct ohba_fw *fw)
{
	fw->log->erase.waiting = false;
}
