/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event loop: one thread, file descriptors, timers, work posted from other
 * threads. Time is an input: a test creates the loop with a clock of its own
 * and steps it.
 */
#ifndef OHBA_LOOP_H
#define OHBA_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "ohba_fw.h"

#define OHBA_NS_PER_MS	1000000ull
#define OHBA_NS_PER_S	1000000000ull

/* Nanoseconds, monotonic. NULL at creation means CLOCK_MONOTONIC. */
typedef uint64_t (*ohba_clock_fn)(void *arg);

struct ohba_loop *ohba_loop_create_clock(ohba_clock_fn clock, void *arg,
					 const char **err);

/* The time of the current turn, ns; read once per turn. */
uint64_t ohba_loop_now(struct ohba_loop *loop);

/*
 * One turn: wait at most @wait_ns for something to do (0: do not wait), then due
 * timers, posted work, ready file descriptors, pollers. Returns true if
 * anything was done. Only the loop's thread, or a test that plays it.
 */
bool ohba_loop_step(struct ohba_loop *loop, uint64_t wait_ns);

/* Timers. Zero-initialise, then ohba_timer_init() once. O(log n). */
struct ohba_timer {
	void (*fn)(struct ohba_timer *timer);
	struct ohba_loop *loop;
	uint64_t due_ns;
	uint32_t slot;		/* in the loop's heap; UINT32_MAX: not armed */
};

void ohba_timer_init(struct ohba_timer *timer, struct ohba_loop *loop,
		     void (*fn)(struct ohba_timer *timer));
/*
 * Arm or re-arm, @delay_ns from now. The heap grows in
 * ohba_loop_reserve_timers() only, so this cannot fail.
 */
void ohba_timer_arm(struct ohba_timer *timer, uint64_t delay_ns);
void ohba_timer_cancel(struct ohba_timer *timer);
bool ohba_timer_armed(const struct ohba_timer *timer);
/* Make room for @n more (or, negative, fewer) timers. 0 or -ENOMEM. Any thread. */
int ohba_loop_reserve_timers(struct ohba_loop *loop, int n);

/* File descriptors. @events: EPOLLIN | EPOLLOUT | 0, level-triggered. */
struct ohba_fd {
	void (*fn)(struct ohba_fd *fd, uint32_t events);
	struct ohba_loop *loop;
	int fd;
	uint32_t events;
};

int ohba_fd_add(struct ohba_fd *fd, struct ohba_loop *loop, int sys_fd,
		uint32_t events, void (*fn)(struct ohba_fd *fd, uint32_t events));
int ohba_fd_events(struct ohba_fd *fd, uint32_t events);
void ohba_fd_del(struct ohba_fd *fd);	/* safe within any callback */

/*
 * Pollers: run every turn; return true for "did something, and may have more".
 * @sleep is called before the loop sleeps: it arms the poller's wake-up and
 * returns false if there is work after all. It may be NULL.
 */
struct ohba_poller {
	bool (*poll)(struct ohba_poller *poller);
	bool (*sleep)(struct ohba_poller *poller);
	struct ohba_poller *next;
};

void ohba_poller_add(struct ohba_loop *loop, struct ohba_poller *poller);
void ohba_poller_del(struct ohba_loop *loop, struct ohba_poller *poller);

/* Run @work->fn once in the loop's thread. No-op if already posted. Any thread. */
struct ohba_work {
	void (*fn)(struct ohba_work *work);
	struct ohba_work *next;
	bool posted;
};

void ohba_loop_post(struct ohba_loop *loop, struct ohba_work *work);
/* Make a sleeping loop take a turn. Any thread; cheap if the loop is awake. */
void ohba_loop_wake(struct ohba_loop *loop);

#endif /* OHBA_LOOP_H */
