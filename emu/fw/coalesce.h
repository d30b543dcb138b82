/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Coalescing: what a busy queue may hold back, so that at depth one interrupt and
 * one doorbell serve many commands.
 *
 * It adapts by what a ring shows. The depth at which the host works: the most commands
 * that it lately had submitted and not seen the end of; at depth one it may be waiting
 * for this very completion. As a busy host that hears of each command at once looks
 * shallow, it is not told, now and then, until it pauses. And whether it goes on
 * submitting: then it has other things to do than to wait. And whether what it was
 * expected to submit came: if not, only a part of it goes on.
 */
#ifndef OHBA_COALESCE_H
#define OHBA_COALESCE_H

#include <stdbool.h>
#include <stdint.h>

/* Times are of the loop's clock, ns. */
struct ohba_coalesce {
	uint32_t hold_ns;	/* how long to hold back at least; 0: never */
	uint32_t interval_ns;	/* that the host takes to submit one more, mean */
	uint32_t peak;		/* depth, in this window */
	uint32_t last_peak;	/* and in the one before, or as deep as it was known to be */
	uint64_t window_at;	/* when this one began */
	uint32_t nfull;		/* holds that ended with a batch, in this window */
	uint32_t npaused;	/* and those that ended as the host paused */
	uint32_t held_batch;	/* batch when the hold began */
	bool probing;		/* it is to find out how deep the host goes */
	uint32_t probe_every;	/* windows; 0: it has not worked for one yet */
	uint64_t probe_at;	/* the next may begin */
	uint64_t fetched_at;	/* when commands came last */
	uint64_t told_at;	/* since when the host could submit another */
	uint64_t active_at;	/* when commands came or ended last */
	uint64_t held_at;	/* since when an interrupt is held back; 0: none is */
	uint64_t irq_due_at;	/* then: until when */
	uint32_t quiet;		/* commands that may come in without a doorbell */
	uint64_t quiet_at;	/* since when */
	uint64_t look_ns;	/* and for how long */
	bool sparse;		/* too few came in that time, lately */
};

void ohba_coalesce_init(struct ohba_coalesce *c, uint32_t hold_ns);
/* @n commands came in; the host has @depth out, those included. */
void ohba_coalesce_fetched(struct ohba_coalesce *c, uint32_t n, uint32_t depth,
			   uint64_t now_ns);
/*
 * Whether to hold back, now, the interrupt for @waiting completions. If not, it is taken
 * for raised.
 */
bool ohba_coalesce_irq(struct ohba_coalesce *c, uint32_t waiting, uint64_t now_ns);
/* Whether something happens at all. */
bool ohba_coalesce_active(const struct ohba_coalesce *c, uint64_t now_ns);
/* How long a host, if it is active, can wait for completions, ns; 0: not at all. */
uint64_t ohba_coalesce_patience(const struct ohba_coalesce *c);
/*
 * How many commands may come in without a doorbell, if somebody looks at the ring
 * after *@look_ns. @outstanding: of the host's commands, those that have not ended.
 */
uint32_t ohba_coalesce_doorbells(struct ohba_coalesce *c, uint32_t outstanding,
				 uint64_t now_ns, uint64_t *look_ns);

#endif /* OHBA_COALESCE_H */
