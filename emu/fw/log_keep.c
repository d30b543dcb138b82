// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When the log goes to flash (log_priv.h): a page at a time, what happens within a moment
 * together, and no more often than flash can bear for years.
 */
#include "core.h"
#include "keep.h"
#include "log_priv.h"

#define MOMENT_NS	OHBA_NS_PER_S
#define CREDIT_NS	(10 * OHBA_NS_PER_S)	/* a write in the long run, */
#define CREDIT_MAX	16			/* and so many at once */
#define AGAIN_NS	(60 * OHBA_NS_PER_S)	/* after one that failed */

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

static struct log_page *next_to_erase(struct ohba_log *log)
{
	uint32_t i;

	for (i = 0; i < log->npages; i++)
		if (log->pages[i].stale && !log->pages[i].n)
			return &log->pages[i];
	return NULL;
}

/* --- how often -------------------------------------------------------------- */

static bool spend(struct ohba_fw *fw)
{
	struct ohba_log *log = fw->log;
	uint64_t now = ohba_loop_now(fw->loop), earned = (now - log->credit_ns) / CREDIT_NS;

	log->credit_ns += earned * CREDIT_NS;
	log->credit = earned < CREDIT_MAX - log->credit ? log->credit + earned : CREDIT_MAX;
	if (!log->credit)
		return false;
	/* Time that could not be saved up does not count. */
	if (log->credit-- == CREDIT_MAX)
		log->credit_ns = now;
	return true;
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

	page->fresh = false;
	page->stale = false;
	log->writing = page;
	log->empties = !page->n;
	(void)ohba_keep(fw, OHBA_FLASH_LOG, page - log->pages, page->records,
			page->n * sizeof(page->records[0]));
}

/* Commands come first: the end of what is being written calls again. */
static void write_next(struct ohba_fw *fw)
{
	struct ohba_log *log = fw->log;
	struct log_page *page = log->kept && !ohba_flash_busy(fw->flash) ? next_page(log) : NULL;

	if (!page)
		return;
	if (spend(fw))
		write_page(fw, page);
	else
		write_later(fw, log->credit_ns + CREDIT_NS - ohba_loop_now(fw->loop));
}

static void moment_over(struct ohba_timer *timer)
{
	struct ohba_log *log = ohba_container(timer, struct ohba_log, timer);

	write_next(log->fw);
}

/* A firmware that hangs completes nothing. */
static void end_erase(struct ohba_fw *fw, enum ohba_status status)
{
	struct ohba_log *log = fw->log;

	log->erasing = false;
	if (log->erase.waiting && fw->state == OHBA_FW_READY)
		ohba_complete_status(fw, log->erase.qid, log->erase.tag, status);
	log->erase.waiting = false;
}

static void erase_next(struct ohba_fw *fw, int err)
{
	struct log_page *page = next_to_erase(fw->log);

	if (!err && page)
		write_page(fw, page);
	else
		end_erase(fw, err ? OHBA_ST_FLASH : OHBA_ST_SUCCESS);
}

void ohba_log_kept(struct ohba_fw *fw, int err)
{
	struct ohba_log *log = fw->log;
	struct log_page *page = log->writing;

	log->writing = NULL;
	page->stale |= !!err;
	page->stored = err || !log->empties;
	if (log->erasing)
		erase_next(fw, err);
	if (err)
		write_later(fw, AGAIN_NS);
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
	log->erasing = true;
	log->erase.waiting = true;
	log->erase.qid = qid;
	log->erase.tag = tag;
	/* First, so that numbers go on whatever becomes of the rest. */
	write_page(fw, &log->pages[log->now]);
	return OHBA_PENDING;
}

/* --- life ------------------------------------------------------------------- */

void log_keep_init(struct ohba_fw *fw)
{
	fw->log->fw = fw;
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
	ohba_timer_cancel(&fw->log->timer);
	fw->log->asleep = true;
	if (fw->log->started)
		write_next(fw);
}

void ohba_log_forget(struct ohba_fw *fw)
{
	fw->log->erase.waiting = false;
}
