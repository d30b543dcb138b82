/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop's timers: a binary heap ordered by due time. Private to the loop. */
#ifndef OHBA_TIMERS_H
#define OHBA_TIMERS_H

#include <pthread.h>
#include <stdint.h>

#include "loop.h"

struct ohba_timers {
	/* Covers the fields below: ohba_loop_reserve_timers() is for any thread. */
	pthread_mutex_t lock;
	struct ohba_timer **heap;
	uint32_t n;
	uint32_t cap;
};

/* The timers of @loop (loop.c). */
struct ohba_timers *ohba_loop_timers(struct ohba_loop *loop);

void ohba_timers_init(struct ohba_timers *timers);
void ohba_timers_fini(struct ohba_timers *timers);
/* Run what is due at @now. Returns true if anything ran. */
bool ohba_timers_run(struct ohba_timers *timers, uint64_t now);
/* When the next timer is due, ns; UINT64_MAX if none is armed. */
uint64_t ohba_timers_next(struct ohba_timers *timers);

#endif /* OHBA_TIMERS_H */
