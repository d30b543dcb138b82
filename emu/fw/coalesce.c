// SPDX-License-Identifier: GPL-2.0-or-later
/* Coalescing (coalesce.h): depth and pace of a host, and what follows from them. */
#include "coalesce.h"

#include <string.h>

/* Part of the depth that one notification stands for; the rest keeps both sides busy. */
#define SHARE		4
/* More saves nothing that could be measured. */
#define BATCH_MAX	16
#define WINDOW_NS	8000000u
/* A ring that nothing happens with for so long is not polled: its host rings. */
#define ACTIVE_NS	4000000u
/* A host that submits nothing for so many intervals has nothing to submit. */
#define PAUSE		3
/* Bounds, in units of hold_ns: of an interval, of a pause, and of a hold in pauses. */
#define INTERVAL_MAX	8
#define PAUSE_MAX	16
#define HOLD_PAUSES	4
/* And of a pause, whatever hold_ns is. */
#define PAUSE_MAX_NS	1000000u
/* Holds that find out how deep a host goes: their bound, and how often there is one. */
#define PROBE_PAUSES	8
#define PROBE_EVERY_MAX	32	/* windows */

void ohba_coalesce_init(struct ohba_coalesce *c, uint32_t hold_ns)
{
	memset(c, 0, sizeof(*c));
	c->hold_ns = hold_ns;
}

/* --- what the host does ------------------------------------------------------- */

/*
 * Since its last submission, or since it was told of completions: what we held back
 * must not pass for the host's own pace, or we would hold back ever longer.
 */
static void note_pace(struct ohba_coalesce *c, uint32_t n, uint64_t now_ns)
{
	uint64_t sample = (now_ns - c->told_at) / n;
	uint64_t max = (uint64_t)INTERVAL_MAX * c->hold_ns;

	if (sample > max)
		sample = max;
	if (c->fetched_at)	/* else it has no pace yet */
		c->interval_ns += ((int64_t)sample - c->interval_ns) / 8;
	c->told_at = now_ns;
	c->fetched_at = now_ns;
}

static uint32_t host_depth(const struct ohba_coalesce *c)
{
	return c->peak > c->last_peak ? c->peak : c->last_peak;
}

/* How many entries one notification should stand for. */
static uint32_t batch(const struct ohba_coalesce *c)
{
	uint32_t n = host_depth(c) / SHARE;

	if (!n)
		return 1;
	return n < BATCH_MAX ? n : BATCH_MAX;
}

static void probe_again(struct ohba_coalesce *c, uint32_t windows, uint64_t now_ns)
{
	c->probe_every = windows < PROBE_EVERY_MAX ? windows : PROBE_EVERY_MAX;
	c->probe_at = now_ns + (uint64_t)c->probe_every * WINDOW_NS;
}

/* A host that mostly goes on while it is held back has not become shallow. */
static uint32_t kept_peak(const struct ohba_coalesce *c)
{
	return c->nfull > c->npaused ? host_depth(c) : c->peak;
}

static void next_window(struct ohba_coalesce *c, uint64_t now_ns)
{
	bool recent = now_ns - c->window_at <= 2 * WINDOW_NS;
	uint32_t old = batch(c);

	c->sparse = false;
	c->last_peak = recent ? kept_peak(c) : 0;
	c->peak = 0;
	c->nfull = 0;
	c->npaused = 0;
	c->window_at = now_ns;
	if (!c->probe_every || (old > 1 && batch(c) == 1))
		probe_again(c, 1, now_ns);
}

static void note_depth(struct ohba_coalesce *c, uint32_t depth, uint64_t now_ns)
{
	if (now_ns - c->window_at > WINDOW_NS)
		next_window(c, now_ns);
	if (c->peak < depth)
		c->peak = depth;
}

/* @n came in. If it was time to look, and they are few, that was too late for them. */
static void note_look(struct ohba_coalesce *c, uint32_t n, uint64_t now_ns)
{
	if (2 * n < c->quiet && now_ns - c->quiet_at >= c->look_ns)
		c->sparse = true;
}

void ohba_coalesce_fetched(struct ohba_coalesce *c, uint32_t n, uint32_t depth,
			   uint64_t now_ns)
{
	note_look(c, n, now_ns);
	c->quiet = 0;
	note_pace(c, n, now_ns);
	note_depth(c, depth, now_ns);
	c->active_at = now_ns;
}

/* --- what follows --------------------------------------------------------------- */

static uint64_t bounded(const struct ohba_coalesce *c, uint64_t ns)
{
	uint64_t max = (uint64_t)PAUSE_MAX * c->hold_ns;

	if (max > PAUSE_MAX_NS)
		max = PAUSE_MAX_NS;
	if (ns > max)
		return max;
	return ns > c->hold_ns ? ns : c->hold_ns;
}

static uint64_t pause_ns(const struct ohba_coalesce *c)
{
	return bounded(c, (uint64_t)PAUSE * c->interval_ns);
}

/*
 * A busy host that is told at once of what ended has little out at any time, though it
 * may have much more to submit: that shows only if it is not told.
 */
static bool is_worth_a_probe(const struct ohba_coalesce *c, uint64_t now_ns)
{
	return c->probe_every && now_ns >= c->probe_at && batch(c) < BATCH_MAX;
}

static void begin_hold(struct ohba_coalesce *c, uint64_t now_ns)
{
	c->held_at = now_ns;
	c->active_at = now_ns;
	c->held_batch = batch(c);
	c->probing = is_worth_a_probe(c, now_ns);
}

static void end_hold(struct ohba_coalesce *c, bool full, uint64_t now_ns)
{
	if (c->probing)
		probe_again(c, batch(c) > c->held_batch ? 1 : 2 * c->probe_every, now_ns);
	else if (c->held_batch > 1)
		full ? c->nfull++ : c->npaused++;
	c->held_at = 0;
	c->told_at = now_ns;
}

bool ohba_coalesce_irq(struct ohba_coalesce *c, uint32_t waiting, uint64_t now_ns)
{
	uint64_t pause = pause_ns(c), limit;
	bool full;

	if (!c->held_at)
		begin_hold(c, now_ns);
	limit = c->held_at + (c->probing ? PROBE_PAUSES : HOLD_PAUSES) * pause;
	c->irq_due_at = c->fetched_at + pause;
	if (c->irq_due_at > limit)
		c->irq_due_at = limit;
	full = waiting >= (c->probing ? SHARE * BATCH_MAX : batch(c));
	if (c->hold_ns && !full && now_ns < c->irq_due_at)
		return true;
	end_hold(c, full, now_ns);
	return false;
}

bool ohba_coalesce_active(const struct ohba_coalesce *c, uint64_t now_ns)
{
	return c->hold_ns && now_ns - c->active_at <= ACTIVE_NS;
}

uint64_t ohba_coalesce_patience(const struct ohba_coalesce *c)
{
	return c->hold_ns && batch(c) > 1 ? pause_ns(c) : 0;
}

/*
 * A host that works at its full depth waits for completions: whatever it submits is
 * news. Otherwise it is expected to submit what it lacks, and the last of a batch
 * rings. Should that not come, it is time to look when it should have.
 */
static uint32_t expected(const struct ohba_coalesce *c, uint32_t outstanding)
{
	uint32_t most = host_depth(c), n = batch(c);

	if (outstanding >= most)
		return 0;
	return most - outstanding < n ? most - outstanding : n;
}

/*
 * Of a host of which only a part goes on, each command would wait, and seem to have
 * taken so long to be submitted: half that time is short enough not to grow by that.
 */
static uint64_t look_ns(const struct ohba_coalesce *c)
{
	return bounded(c, c->sparse ? c->interval_ns / 2 : (uint64_t)c->quiet * c->interval_ns);
}

uint32_t ohba_coalesce_doorbells(struct ohba_coalesce *c, uint32_t outstanding,
				 uint64_t now_ns, uint64_t *look)
{
	uint32_t n = ohba_coalesce_active(c, now_ns) ? expected(c, outstanding) : 0;

	c->quiet = n ? n - 1 : 0;
	c->quiet_at = now_ns;
	c->look_ns = look_ns(c);
	*look = c->look_ns;
	return c->quiet;
}
