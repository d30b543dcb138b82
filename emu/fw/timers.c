// SPDX-License-Identifier: GPL-2.0-or-later
/* The loop's timers: a binary heap ordered by due time (timers.h). */
#include "timers.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define NOT_ARMED	UINT32_MAX

static void heap_set(struct ohba_timers *timers, uint32_t slot, struct ohba_timer *timer)
{
	timers->heap[slot] = timer;
	timer->slot = slot;
}

static void heap_up(struct ohba_timers *timers, uint32_t slot)
{
	struct ohba_timer *timer = timers->heap[slot];

	while (slot) {
		uint32_t parent = (slot - 1) / 2;

		if (timers->heap[parent]->due_ns <= timer->due_ns)
			break;
		heap_set(timers, slot, timers->heap[parent]);
		slot = parent;
	}
	heap_set(timers, slot, timer);
}

static void heap_down(struct ohba_timers *timers, uint32_t slot)
{
	struct ohba_timer *timer = timers->heap[slot];
	uint32_t child;

	while ((child = 2 * slot + 1) < timers->n) {
		if (child + 1 < timers->n &&
		    timers->heap[child + 1]->due_ns < timers->heap[child]->due_ns)
			child++;
		if (timer->due_ns <= timers->heap[child]->due_ns)
			break;
		heap_set(timers, slot, timers->heap[child]);
		slot = child;
	}
	heap_set(timers, slot, timer);
}

static void heap_remove(struct ohba_timers *timers, struct ohba_timer *timer)
{
	uint32_t slot = timer->slot;
	struct ohba_timer *last;

	if (slot == NOT_ARMED)
		return;
	timer->slot = NOT_ARMED;
	last = timers->heap[--timers->n];
	if (last == timer)
		return;
	heap_set(timers, slot, last);
	heap_up(timers, slot);
	heap_down(timers, last->slot);
}

void ohba_timers_init(struct ohba_timers *timers)
{
	pthread_mutex_init(&timers->lock, NULL);
	timers->heap = NULL;
	timers->n = 0;
	timers->cap = 0;
}

void ohba_timers_fini(struct ohba_timers *timers)
{
	pthread_mutex_destroy(&timers->lock);
	free(timers->heap);
}

static struct ohba_timer *take_due(struct ohba_timers *timers, uint64_t now)
{
	struct ohba_timer *timer = NULL;

	pthread_mutex_lock(&timers->lock);
	if (timers->n && timers->heap[0]->due_ns <= now) {
		timer = timers->heap[0];
		heap_remove(timers, timer);
	}
	pthread_mutex_unlock(&timers->lock);
	return timer;
}

static uint32_t armed_count(struct ohba_timers *timers)
{
	uint32_t n;

	pthread_mutex_lock(&timers->lock);
	n = timers->n;
	pthread_mutex_unlock(&timers->lock);
	return n;
}

bool ohba_timers_run(struct ohba_timers *timers, uint64_t now)
{
	/* Bounds the turn: a timer that re-arms itself without delay runs once. */
	uint32_t budget = armed_count(timers);
	struct ohba_timer *timer;
	bool ran = false;

	while (budget-- && (timer = take_due(timers, now))) {
		timer->fn(timer);
		ran = true;
	}
	return ran;
}

uint64_t ohba_timers_next(struct ohba_timers *timers)
{
	uint64_t due;

	pthread_mutex_lock(&timers->lock);
	due = timers->n ? timers->heap[0]->due_ns : UINT64_MAX;
	pthread_mutex_unlock(&timers->lock);
	return due;
}

int ohba_loop_reserve_timers(struct ohba_loop *loop, int n)
{
	struct ohba_timers *timers = ohba_loop_timers(loop);
	struct ohba_timer **heap;
	int ret = 0;

	pthread_mutex_lock(&timers->lock);
	if (n > 0) {
		heap = realloc(timers->heap, (timers->cap + n) * sizeof(*heap));
		if (heap)
			timers->heap = heap;
		else
			ret = -ENOMEM;
	}
	if (!ret)
		timers->cap += n;
	pthread_mutex_unlock(&timers->lock);
	return ret;
}

void ohba_timer_init(struct ohba_timer *timer, struct ohba_loop *loop,
		     void (*fn)(struct ohba_timer *timer))
{
	timer->fn = fn;
	timer->loop = loop;
	timer->due_ns = 0;
	timer->slot = NOT_ARMED;
}

void ohba_timer_arm(struct ohba_timer *timer, uint64_t delay_ns)
{
	struct ohba_timers *timers = ohba_loop_timers(timer->loop);

	pthread_mutex_lock(&timers->lock);
	heap_remove(timers, timer);
	if (__builtin_add_overflow(ohba_loop_now(timer->loop), delay_ns, &timer->due_ns))
		timer->due_ns = UINT64_MAX;
	/* Whoever owns a timer has reserved its place: no input leads here. */
	assert(timers->n < timers->cap);
	timers->heap[timers->n] = timer;
	heap_up(timers, timers->n++);
	pthread_mutex_unlock(&timers->lock);
}

void ohba_timer_cancel(struct ohba_timer *timer)
{
	struct ohba_timers *timers = ohba_loop_timers(timer->loop);

	pthread_mutex_lock(&timers->lock);
	heap_remove(timers, timer);
	pthread_mutex_unlock(&timers->lock);
}

bool ohba_timer_armed(const struct ohba_timer *timer)
{
	return timer->slot != NOT_ARMED;
}
