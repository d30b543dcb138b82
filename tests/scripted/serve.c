// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The loop. A turn costs what happens in it, not what there is: so that thousands of
 * connections are no load while they are idle, and who measures an initiator with them does
 * not measure us.
 */
#define _GNU_SOURCE		/* accept4 */
#include "target.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_MAX	64	/* of a turn */

struct loop {
	struct target *target;
	const int *listeners;
	unsigned count;
	int epoll;
	sigset_t mask;			/* while it waits */
};

static volatile sig_atomic_t ended, reset_wanted;

static void note(int sig)
{
	if (sig == SIGUSR1)
		reset_wanted = 1;
	else
		ended = 1;
}

static void set_clock(struct target *target)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	target->now_ms = (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* --- connections --- */

void serve_changed(struct conn *conn)
{
	struct target *target = conn->target;

	if (conn->is_changed)
		return;
	conn->is_changed = true;
	conn->next_changed = target->changed;
	target->changed = conn;
}

static void untime(struct conn *conn)
{
	if (!conn->link_timed)
		return;
	*conn->link_timed = conn->next_timed;
	if (conn->next_timed)
		conn->next_timed->link_timed = conn->link_timed;
	conn->link_timed = NULL;
}

static void set_time(struct conn *conn, uint64_t due)
{
	struct target *target = conn->target;

	untime(conn);
	conn->due = due;
	if (due == NEVER)
		return;
	conn->next_timed = target->timed;
	if (conn->next_timed)
		conn->next_timed->link_timed = &conn->next_timed;
	conn->link_timed = &target->timed;
	target->timed = conn;
}

static void link_conn(struct target *target, struct conn *conn)
{
	conn->next = target->conns;
	if (conn->next)
		conn->next->link = &conn->next;
	conn->link = &target->conns;
	target->conns = conn;
	target->conns_count++;
}

/* conn_free() closes it, and so takes it from the set. */
static void end_conn(struct conn *conn)
{
	untime(conn);
	*conn->link = conn->next;
	if (conn->next)
		conn->next->link = conn->link;
	conn->target->conns_count--;
	conn_free(conn);
}

/* What it waits for from now on. */
static void watch(struct loop *loop, struct conn *conn)
{
	uint64_t due = NEVER;
	struct epoll_event event = { .data.ptr = conn };
	int op = conn->events ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	event.events = (uint32_t)conn_events(conn, &due);
	set_time(conn, due);
	if (event.events == conn->events)
		return;
	conn->events = event.events;
	if (epoll_ctl(loop->epoll, op, conn->fd, &event))
		end_conn(conn);
}

static void watch_changed(struct loop *loop)
{
	struct conn *conn;

	while ((conn = loop->target->changed)) {
		loop->target->changed = conn->next_changed;
		conn->is_changed = false;
		if (conn->dead)
			end_conn(conn);
		else
			watch(loop, conn);
	}
}

static void accept_one(struct target *target, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	struct conn *conn = NULL;

	if (fd < 0)
		return;
	if (target->conns_count < CONNS_MAX)
		conn = conn_new(target, fd);
	if (!conn) {
		close(fd);
		return;
	}
	link_conn(target, conn);
	serve_changed(conn);
	log_info(conn, "accepted");
}

static void reset_all(struct target *target)
{
	reset_wanted = 0;
	for (struct conn *conn = target->conns; conn; conn = conn->next) {
		conn_reset(conn);
		serve_changed(conn);
	}
}

/* --- a turn --- */

static int wait_ms(const struct target *target)
{
	uint64_t due = NEVER, left;

	for (struct conn *conn = target->timed; conn; conn = conn->next_timed) {
		if (conn->due < due)
			due = conn->due;
	}
	left = due <= target->now_ms ? 0 : due - target->now_ms;
	return due == NEVER ? -1 : left > 1000000 ? 1000000 : (int)left;
}

/* A connection that an earlier event of the turn ended is dead, not freed. */
static void take(struct loop *loop, const struct epoll_event *event)
{
	struct conn *conn = event->data.ptr;

	if (!conn) {
		for (unsigned i = 0; i < loop->count; i++)
			accept_one(loop->target, loop->listeners[i]);
		return;
	}
	conn_run(conn, (short)event->events);
	serve_changed(conn);
}

static void run_due(struct target *target)
{
	for (struct conn *conn = target->timed; conn; conn = conn->next_timed) {
		if (conn->due > target->now_ms)
			continue;
		conn_run(conn, 0);
		serve_changed(conn);
	}
}

static void turn(struct loop *loop)
{
	struct epoll_event events[EVENTS_MAX];
	int n = epoll_pwait(loop->epoll, events, EVENTS_MAX, wait_ms(loop->target), &loop->mask);

	set_clock(loop->target);
	if (reset_wanted)
		reset_all(loop->target);
	for (int i = 0; i < n; i++)
		take(loop, &events[i]);
	run_due(loop->target);
	watch_changed(loop);
}

/* --- life --- */

static bool watch_listeners(struct loop *loop)
{
	struct epoll_event event = { .events = EPOLLIN };

	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0)
		return false;
	for (unsigned i = 0; i < loop->count; i++) {
		if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, loop->listeners[i], &event))
			return false;
	}
	return true;
}

static void take_signals(sigset_t *mask)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGUSR1 };
	struct sigaction action = { .sa_handler = note };
	sigset_t blocked;

	sigemptyset(&blocked);
	for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		sigaction(signals[i], &action, NULL);
		sigaddset(&blocked, signals[i]);
	}
	sigprocmask(SIG_BLOCK, &blocked, mask);
}

bool serve(struct target *target, const int *listeners, unsigned count)
{
	struct loop loop = { .target = target, .listeners = listeners, .count = count };
	bool ok = watch_listeners(&loop);

	take_signals(&loop.mask);
	set_clock(target);
	while (ok && !ended)
		turn(&loop);
	while (target->conns)
		end_conn(target->conns);
	if (loop.epoll >= 0)
		close(loop.epoll);
	if (!ok)
		fprintf(stderr, "ohba-target: epoll: %s\n", strerror(errno));
	return ok;
}
