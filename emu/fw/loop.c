// SPDX-License-Identifier: GPL-2.0-or-later
/* The event loop (loop.h): what one turn consists of, and when to sleep. */
#include "loop.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "timers.h"

/*
 * How long at most a loop that just worked polls before it sleeps: about what a
 * sleep and a wake-up cost, so that polling never loses more than it could have won.
 */
#define SPIN_MAX_NS	20000
#define SPIN_MIN_NS	2000

/* Descriptors served in one turn. */
#define READY_MAX	64

struct ohba_loop {
	ohba_clock_fn clock;
	void *clock_arg;
	uint64_t now;
	uint32_t spin_ns;			/* how long it polls */

	int epoll_fd;
	bool no_pwait2;				/* waits are in milliseconds */
	struct ohba_fd wake_fd;
	struct epoll_event ready[READY_MAX];
	int nready;

	struct ohba_timers timers;
	struct ohba_poller *pollers;
	struct ohba_poller *next_poller;	/* of the walk that is going on */
	bool more;				/* a poller has more to do */

	/* Any thread. */
	_Atomic(struct ohba_work *) posted;	/* newest first */
	atomic_bool sleeping;
	atomic_bool stop;
};

/* --- creation --------------------------------------------------------------- */

static uint64_t monotonic_clock(void *arg)
{
	struct timespec ts;

	(void)arg;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * OHBA_NS_PER_S + ts.tv_nsec;
}

static void wake_fd_ready(struct ohba_fd *fd, uint32_t events)
{
	uint64_t count;

	(void)events;
	/* Level-triggered and only read here: EAGAIN can mean nothing but empty. */
	while (read(fd->fd, &count, sizeof(count)) < 0 && errno == EINTR)
		;
}

static int add_wake_fd(struct ohba_loop *loop)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (ohba_fd_add(&loop->wake_fd, loop, fd, EPOLLIN, wake_fd_ready)) {
		close(fd);
		return -ENOSPC;
	}
	return 0;
}

struct ohba_loop *ohba_loop_create_clock(ohba_clock_fn clock, void *arg, const char **err)
{
	struct ohba_loop *loop = calloc(1, sizeof(*loop));

	if (!loop) {
		*err = "no memory for the event loop";
		return NULL;
	}
	loop->clock = clock ? clock : monotonic_clock;
	loop->clock_arg = arg;
	loop->now = loop->clock(arg);
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0)
		goto err_free;
	if (add_wake_fd(loop))
		goto err_epoll;
	ohba_timers_init(&loop->timers);
	return loop;

err_epoll:
	close(loop->epoll_fd);
err_free:
	free(loop);
	*err = "no file descriptor for the event loop";
	return NULL;
}

struct ohba_loop *ohba_loop_create(const char **err)
{
	return ohba_loop_create_clock(NULL, NULL, err);
}

void ohba_loop_destroy(struct ohba_loop *loop)
{
	if (!loop)
		return;
	ohba_timers_fini(&loop->timers);
	close(loop->wake_fd.fd);
	close(loop->epoll_fd);
	free(loop);
}

uint64_t ohba_loop_now(struct ohba_loop *loop)
{
	return loop->now;
}

struct ohba_timers *ohba_loop_timers(struct ohba_loop *loop)
{
	return &loop->timers;
}

/* --- waking, and work from other threads ------------------------------------ */

void ohba_loop_wake(struct ohba_loop *loop)
{
	uint64_t one = 1;

	/*
	 * Pairs with the fence in may_sleep(): either the loop sees what the
	 * caller published before it came here, or we see that it sleeps.
	 */
	atomic_thread_fence(memory_order_seq_cst);
	if (!atomic_load_explicit(&loop->sleeping, memory_order_relaxed))
		return;
	if (!atomic_exchange_explicit(&loop->sleeping, false, memory_order_relaxed))
		return;
	/* A full counter, the only other failure, wakes as well. */
	while (write(loop->wake_fd.fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

void ohba_loop_post(struct ohba_loop *loop, struct ohba_work *work)
{
	struct ohba_work *head;

	/* Pairs with the release in run_posted(): @next is ours from there on. */
	if (__atomic_exchange_n(&work->posted, true, __ATOMIC_ACQUIRE))
		return;
	head = atomic_load_explicit(&loop->posted, memory_order_relaxed);
	do {
		work->next = head;
		/* The release pairs with the acquire in run_posted(). */
	} while (!atomic_compare_exchange_weak_explicit(&loop->posted, &head, work,
							memory_order_release,
							memory_order_relaxed));
	ohba_loop_wake(loop);
}

static struct ohba_work *oldest_first(struct ohba_work *work)
{
	struct ohba_work *list = NULL;

	while (work) {
		struct ohba_work *next = work->next;

		work->next = list;
		list = work;
		work = next;
	}
	return list;
}

static bool run_posted(struct ohba_loop *loop)
{
	struct ohba_work *work, *next;

	if (!atomic_load_explicit(&loop->posted, memory_order_relaxed))
		return false;
	/* Pairs with the release in ohba_loop_post(). */
	work = atomic_exchange_explicit(&loop->posted, NULL, memory_order_acquire);
	for (work = oldest_first(work); work; work = next) {
		next = work->next;
		/*
		 * From here on @work may be posted again, and once fn ran it may
		 * be gone. Pairs with the acquire in ohba_loop_post().
		 */
		__atomic_store_n(&work->posted, false, __ATOMIC_RELEASE);
		work->fn(work);
	}
	return true;
}

/* --- pollers ---------------------------------------------------------------- */

void ohba_poller_add(struct ohba_loop *loop, struct ohba_poller *poller)
{
	poller->next = loop->pollers;
	loop->pollers = poller;
}

void ohba_poller_del(struct ohba_loop *loop, struct ohba_poller *poller)
{
	struct ohba_poller **link = &loop->pollers;

	while (*link && *link != poller)
		link = &(*link)->next;
	if (!*link)
		return;
	*link = poller->next;
	if (loop->next_poller == poller)
		loop->next_poller = poller->next;
}

static bool run_pollers(struct ohba_loop *loop)
{
	struct ohba_poller *poller;

	loop->more = false;
	for (poller = loop->pollers; poller; poller = loop->next_poller) {
		loop->next_poller = poller->next;
		if (poller->poll(poller))
			loop->more = true;
	}
	return loop->more;
}

/* --- file descriptors ------------------------------------------------------- */

/*
 * epoll reports EPOLLHUP and EPOLLERR even to those who asked for nothing, and
 * they stay pending: a descriptor without wishes has to leave the set.
 */
int ohba_fd_events(struct ohba_fd *fd, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = fd };
	int op = EPOLL_CTL_MOD;

	if (events == fd->events)
		return 0;
	if (!events)
		op = EPOLL_CTL_DEL;
	else if (!fd->events)
		op = EPOLL_CTL_ADD;
	if (epoll_ctl(fd->loop->epoll_fd, op, fd->fd, &ev) < 0)
		return -errno;
	fd->events = events;
	return 0;
}

int ohba_fd_add(struct ohba_fd *fd, struct ohba_loop *loop, int sys_fd,
		uint32_t events, void (*fn)(struct ohba_fd *fd, uint32_t events))
{
	fd->fn = fn;
	fd->loop = loop;
	fd->fd = sys_fd;
	fd->events = 0;
	return ohba_fd_events(fd, events);
}

void ohba_fd_del(struct ohba_fd *fd)
{
	struct ohba_loop *loop = fd->loop;
	int i;

	/* Fails only for a descriptor that is not in the set: the aim is reached. */
	(void)ohba_fd_events(fd, 0);
	fd->events = 0;
	for (i = 0; i < loop->nready; i++)
		if (loop->ready[i].data.ptr == fd)
			loop->ready[i].data.ptr = NULL;
}

static bool run_ready(struct ohba_loop *loop)
{
	bool ran = loop->nready > 0;
	int i;

	for (i = 0; i < loop->nready; i++) {
		struct ohba_fd *fd = loop->ready[i].data.ptr;

		if (fd)		/* else deleted by a callback before it */
			fd->fn(fd, loop->ready[i].events);
	}
	loop->nready = 0;
	return ran;
}

/* --- the turn --------------------------------------------------------------- */

static bool pollers_sleep(struct ohba_loop *loop)
{
	struct ohba_poller *poller;

	for (poller = loop->pollers; poller; poller = poller->next)
		if (poller->sleep && !poller->sleep(poller))
			return false;
	return true;
}

static bool may_sleep(struct ohba_loop *loop)
{
	if (loop->more)
		return false;
	atomic_store_explicit(&loop->sleeping, true, memory_order_relaxed);
	/*
	 * Pairs with the fence in ohba_loop_wake(): what was published before a
	 * wake that found us awake is seen by the checks below.
	 */
	atomic_thread_fence(memory_order_seq_cst);
	return !atomic_load_explicit(&loop->stop, memory_order_relaxed) &&
	       !atomic_load_explicit(&loop->posted, memory_order_relaxed) &&
	       pollers_sleep(loop);
}

/* Pollers may arm timers in sleep(), so this comes after may_sleep(). */
static uint64_t until_next_timer(struct ohba_loop *loop, uint64_t wait_ns)
{
	uint64_t due = ohba_timers_next(&loop->timers);

	if (due == UINT64_MAX)
		return wait_ns;
	if (due <= loop->now)
		return 0;
	return due - loop->now < wait_ns ? due - loop->now : wait_ns;
}

/* Rounded up: a timer may be a millisecond late, but never early and busy. */
static int epoll_ms(uint64_t ns)
{
	uint64_t ms = ns / OHBA_NS_PER_MS + !!(ns % OHBA_NS_PER_MS);

	if (ns == UINT64_MAX)
		return -1;
	return ms < INT_MAX ? (int)ms : INT_MAX;
}

static int wait_fds(struct ohba_loop *loop, uint64_t wait_ns)
{
	struct timespec ts = {
		.tv_sec = wait_ns / OHBA_NS_PER_S,
		.tv_nsec = wait_ns % OHBA_NS_PER_S,
	};
	int n;

	if (!wait_ns || loop->no_pwait2)
		return epoll_wait(loop->epoll_fd, loop->ready, READY_MAX, epoll_ms(wait_ns));
	n = epoll_pwait2(loop->epoll_fd, loop->ready, READY_MAX,
			 wait_ns == UINT64_MAX ? NULL : &ts, NULL);
	/* Older kernels, and containers that do not know it. */
	loop->no_pwait2 = n < 0 && (errno == ENOSYS || errno == EPERM);
	return n;
}

static void wait_ready(struct ohba_loop *loop, uint64_t wait_ns)
{
	int n;

	wait_ns = wait_ns && may_sleep(loop) ? until_next_timer(loop, wait_ns) : 0;
	n = wait_fds(loop, wait_ns);
	loop->nready = n > 0 ? n : 0;	/* EINTR: the next turn looks again */
	atomic_store_explicit(&loop->sleeping, false, memory_order_relaxed);
	loop->now = loop->clock(loop->clock_arg);
}

/* Pollers come last: they see to what the others have produced. */
bool ohba_loop_step(struct ohba_loop *loop, uint64_t wait_ns)
{
	bool did;

	loop->now = loop->clock(loop->clock_arg);
	wait_ready(loop, wait_ns);
	did = ohba_timers_run(&loop->timers, loop->now);
	did |= run_posted(loop);
	did |= run_ready(loop);
	did |= run_pollers(loop);
	return did;
}

/* The kernel's 50 us of slack are as long as what queues may hold back. */
#define TIMER_SLACK_NS	1000ul

/*
 * Work came after @idle_ns. Poll longer if that would have met it, and less if not:
 * with a slow target, polling would only take its processor.
 */
static void adapt_spin(struct ohba_loop *loop, uint64_t idle_ns)
{
	if (idle_ns > SPIN_MAX_NS)
		loop->spin_ns /= 2;
	else if (idle_ns > loop->spin_ns)
		loop->spin_ns = loop->spin_ns ? 2 * loop->spin_ns : SPIN_MIN_NS;
	if (loop->spin_ns > SPIN_MAX_NS)
		loop->spin_ns = SPIN_MAX_NS;
}

void ohba_loop_run(struct ohba_loop *loop)
{
	uint64_t last_busy = loop->now;

	/* If it fails, waits are longer: no more than that. */
	(void)prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS, 0, 0, 0);
	/* Cleared at the end: a stop before the thread came here is a stop. */
	while (!atomic_load_explicit(&loop->stop, memory_order_relaxed)) {
		bool spin = loop->now - last_busy < loop->spin_ns;

		if (!ohba_loop_step(loop, spin ? 0 : UINT64_MAX))
			continue;
		adapt_spin(loop, loop->now - last_busy);
		last_busy = loop->now;
	}
	atomic_store_explicit(&loop->stop, false, memory_order_relaxed);
}

void ohba_loop_stop(struct ohba_loop *loop)
{
	atomic_store_explicit(&loop->stop, true, memory_order_relaxed);
	ohba_loop_wake(loop);
}
