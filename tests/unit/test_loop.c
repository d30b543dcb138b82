// SPDX-License-Identifier: GPL-2.0-or-later
/* The event loop: timers, posted work, pollers, descriptors, polling before a sleep. */
#include "unit.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "loop.h"
#include "timers.h"

struct fixture {
	struct ohba_loop *loop;
	uint64_t now;
};

static uint64_t test_clock(void *arg)
{
	struct fixture *fix = arg;

	return fix->now;
}

static int setup(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));
	const char *err;

	fix->now = 5000;
	fix->loop = ohba_loop_create_clock(test_clock, fix, &err);
	*state = fix;
	return fix->loop ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *fix = *state;

	ohba_loop_destroy(fix->loop);
	free(fix);
	return 0;
}

/* A timer that logs its number, and may then do something to another. */
struct note {
	struct ohba_timer timer;
	int number;
	struct note *other;
	void (*then)(struct note *note);
};

static int log_of[256];
static int nlog;

static void note_fn(struct ohba_timer *timer)
{
	struct note *note = (struct note *)timer;

	assert_false(ohba_timer_armed(timer));
	log_of[nlog++] = note->number;
	if (note->then)
		note->then(note);
}

static void notes_init(struct fixture *fix, struct note *note, int n)
{
	int i;

	nlog = 0;
	assert_int_equal(ohba_loop_reserve_timers(fix->loop, n), 0);
	for (i = 0; i < n; i++) {
		note[i] = (struct note){ .number = i };
		ohba_timer_init(&note[i].timer, fix->loop, note_fn);
		assert_false(ohba_timer_armed(&note[i].timer));
	}
}

static void step_to(struct fixture *fix, uint64_t now)
{
	fix->now = now;
	ohba_loop_step(fix->loop, 0);
}

static void timers_run_in_order_and_not_early(void **state)
{
	struct fixture *fix = *state;
	struct note note[100];
	struct prng prng = { 7 };
	int i;

	notes_init(fix, note, 100);
	for (i = 0; i < 100; i++)
		ohba_timer_arm(&note[i].timer, 1 + prng_below(&prng, 50));
	for (i = 0; i <= 50; i++) {
		int before = nlog, j;

		step_to(fix, 5000 + i);
		for (j = before; j < nlog; j++)
			assert_int_equal(note[log_of[j]].timer.due_ns, 5000 + i);
	}
	assert_int_equal(nlog, 100);
	assert_int_equal(ohba_timers_next(ohba_loop_timers(fix->loop)), UINT64_MAX);
}

static void timers_random_against_model(void **state)
{
	struct fixture *fix = *state;
	struct note note[40];
	uint64_t due[40] = { 0 };	/* 0: not armed */
	struct prng prng = { 99 };
	int round, i;

	notes_init(fix, note, 40);
	for (round = 0; round < 3000; round++) {
		i = prng_below(&prng, 40);
		switch (prng_below(&prng, 3)) {
		case 0:
			due[i] = fix->now + 1 + prng_below(&prng, 100);
			ohba_timer_arm(&note[i].timer, due[i] - fix->now);
			break;
		case 1:
			due[i] = 0;
			ohba_timer_cancel(&note[i].timer);
			break;
		default:
			nlog = 0;
			step_to(fix, fix->now + prng_below(&prng, 20));
			while (nlog) {
				int ran = log_of[--nlog];

				assert_in_range(due[ran], 1, fix->now);
				due[ran] = 0;
			}
			for (i = 0; i < 40; i++)
				assert_true(!due[i] || due[i] > fix->now);
		}
		for (i = 0; i < 40; i++)
			assert_int_equal(ohba_timer_armed(&note[i].timer), due[i] != 0);
	}
}

static void rearm_moves_the_due_time(void **state)
{
	struct fixture *fix = *state;
	struct note note[1];

	notes_init(fix, note, 1);
	ohba_timer_arm(&note[0].timer, 10);
	ohba_timer_arm(&note[0].timer, 30);
	step_to(fix, 5029);
	assert_int_equal(nlog, 0);
	ohba_timer_arm(&note[0].timer, 0);
	step_to(fix, 5029);
	assert_int_equal(nlog, 1);
	step_to(fix, 9999);
	assert_int_equal(nlog, 1);
}

static void arm_far_away_never_wraps(void **state)
{
	struct fixture *fix = *state;
	struct note note[1];

	notes_init(fix, note, 1);
	ohba_timer_arm(&note[0].timer, UINT64_MAX);
	step_to(fix, 1ull << 62);
	assert_int_equal(nlog, 0);
	ohba_timer_cancel(&note[0].timer);
}

static void cancel_other(struct note *note)
{
	ohba_timer_cancel(&note->other->timer);
}

static void arm_self(struct note *note)
{
	ohba_timer_arm(&note->timer, 0);
}

static void cancel_inside_a_callback(void **state)
{
	struct fixture *fix = *state;
	struct note note[3];

	notes_init(fix, note, 3);
	note[0].then = cancel_other;
	note[0].other = &note[1];
	ohba_timer_arm(&note[0].timer, 10);
	ohba_timer_arm(&note[1].timer, 11);
	ohba_timer_arm(&note[2].timer, 12);
	step_to(fix, 5100);		/* all three are due in this turn */
	assert_int_equal(nlog, 2);
	assert_int_equal(log_of[0], 0);
	assert_int_equal(log_of[1], 2);
}

static void rearming_without_delay_does_not_hold_the_turn(void **state)
{
	struct fixture *fix = *state;
	struct note note[1];
	int i;

	notes_init(fix, note, 1);
	note[0].then = arm_self;
	ohba_timer_arm(&note[0].timer, 0);
	for (i = 1; i <= 5; i++) {
		ohba_loop_step(fix->loop, 0);
		assert_int_equal(nlog, i);
	}
	ohba_timer_cancel(&note[0].timer);
}

/* --- work ------------------------------------------------------------------- */

struct job {
	struct ohba_work work;
	int ran;
	struct ohba_loop *again;
};

static void job_fn(struct ohba_work *work)
{
	struct job *job = (struct job *)work;

	log_of[nlog++] = job->ran++;
	if (job->again)
		ohba_loop_post(job->again, work);
}

static void work_runs_once_however_often_posted(void **state)
{
	struct fixture *fix = *state;
	struct job job = { .work.fn = job_fn };

	ohba_loop_post(fix->loop, &job.work);
	ohba_loop_post(fix->loop, &job.work);
	assert_true(ohba_loop_step(fix->loop, 0));
	assert_int_equal(job.ran, 1);
	assert_false(ohba_loop_step(fix->loop, 0));
	ohba_loop_post(fix->loop, &job.work);
	ohba_loop_step(fix->loop, 0);
	assert_int_equal(job.ran, 2);
}

static void work_posted_by_work_waits_for_the_next_turn(void **state)
{
	struct fixture *fix = *state;
	struct job job = { .work.fn = job_fn, .again = fix->loop };
	int i;

	ohba_loop_post(fix->loop, &job.work);
	for (i = 1; i < 4; i++) {
		ohba_loop_step(fix->loop, 0);
		assert_int_equal(job.ran, i);
	}
	job.again = NULL;
	ohba_loop_step(fix->loop, 0);
}

static void work_runs_in_the_order_of_posting(void **state)
{
	struct fixture *fix = *state;
	struct job job[8];
	int i;

	nlog = 0;
	for (i = 0; i < 8; i++) {
		job[i] = (struct job){ .work.fn = job_fn, .ran = i };
		ohba_loop_post(fix->loop, &job[i].work);
	}
	ohba_loop_step(fix->loop, 0);
	for (i = 0; i < 8; i++)
		assert_int_equal(log_of[i], i);
}

/* --- pollers ---------------------------------------------------------------- */

struct counter {
	struct ohba_poller poller;
	struct ohba_loop *loop;
	struct counter *remove;
	int ran, slept;
	bool busy, refuse_sleep;
};

static bool counter_poll(struct ohba_poller *poller)
{
	struct counter *counter = (struct counter *)poller;

	counter->ran++;
	if (counter->remove)
		ohba_poller_del(counter->loop, &counter->remove->poller);
	return counter->busy;
}

static bool counter_sleep(struct ohba_poller *poller)
{
	struct counter *counter = (struct counter *)poller;

	counter->slept++;
	return !counter->refuse_sleep;
}

static struct counter counter_new(struct fixture *fix)
{
	struct counter counter = {
		.poller = { .poll = counter_poll, .sleep = counter_sleep },
		.loop = fix->loop,
	};

	return counter;
}

static void pollers_may_remove_any_poller(void **state)
{
	struct fixture *fix = *state;
	int victim, i;

	for (victim = 0; victim < 3; victim++) {
		struct counter counter[3];

		for (i = 0; i < 3; i++) {
			counter[i] = counter_new(fix);
			ohba_poller_add(fix->loop, &counter[i].poller);
		}
		counter[1].remove = &counter[victim];
		ohba_loop_step(fix->loop, 0);
		ohba_loop_step(fix->loop, 0);
		for (i = 0; i < 3; i++) {
			assert_true(i == victim ? counter[i].ran <= 1 : counter[i].ran == 2);
			ohba_poller_del(fix->loop, &counter[i].poller);
		}
	}
	assert_false(ohba_loop_step(fix->loop, 0));
}

static void a_busy_poller_keeps_the_loop_awake(void **state)
{
	struct fixture *fix = *state;
	struct counter counter = counter_new(fix);

	ohba_poller_add(fix->loop, &counter.poller);
	counter.busy = true;
	ohba_loop_step(fix->loop, 0);
	assert_true(ohba_loop_step(fix->loop, UINT64_MAX));	/* would hang if it slept */
	assert_int_equal(counter.slept, 0);
	counter.busy = false;
	ohba_loop_step(fix->loop, 0);
	counter.refuse_sleep = true;
	assert_false(ohba_loop_step(fix->loop, UINT64_MAX));
	assert_int_equal(counter.slept, 1);
	ohba_poller_del(fix->loop, &counter.poller);
}

static void posted_work_keeps_the_loop_awake(void **state)
{
	struct fixture *fix = *state;
	struct job job = { .work.fn = job_fn };

	ohba_loop_post(fix->loop, &job.work);
	assert_true(ohba_loop_step(fix->loop, UINT64_MAX));
	assert_int_equal(job.ran, 1);
}

/* --- descriptors ------------------------------------------------------------ */

struct watch {
	struct ohba_fd fd;
	struct watch *remove;
	int ran;
};

static void watch_fn(struct ohba_fd *fd, uint32_t events)
{
	struct watch *watch = (struct watch *)fd;

	assert_true(events & EPOLLIN);
	watch->ran++;
	if (watch->remove)
		ohba_fd_del(&watch->remove->fd);
}

static void deleted_descriptors_are_not_called(void **state)
{
	struct fixture *fix = *state;
	struct watch watch[2] = { 0 };
	int i, fd[2];

	for (i = 0; i < 2; i++) {
		fd[i] = eventfd(1, EFD_CLOEXEC);
		watch[i].remove = &watch[!i];
		assert_int_equal(ohba_fd_add(&watch[i].fd, fix->loop, fd[i], EPOLLIN, watch_fn), 0);
	}
	ohba_loop_step(fix->loop, 0);
	assert_int_equal(watch[0].ran + watch[1].ran, 1);	/* whoever came first */
	for (i = 0; i < 2; i++) {
		ohba_fd_del(&watch[i].fd);
		close(fd[i]);
	}
	assert_false(ohba_loop_step(fix->loop, 0));
}

static void interest_in_events_can_be_changed(void **state)
{
	struct fixture *fix = *state;
	struct watch watch = { 0 };
	int fd = eventfd(1, EFD_CLOEXEC);

	assert_int_equal(ohba_fd_add(&watch.fd, fix->loop, fd, 0, watch_fn), 0);
	ohba_loop_step(fix->loop, 0);
	assert_int_equal(watch.ran, 0);
	assert_int_equal(ohba_fd_events(&watch.fd, EPOLLIN), 0);
	ohba_loop_step(fix->loop, 0);
	ohba_loop_step(fix->loop, 0);
	assert_int_equal(watch.ran, 2);			/* level-triggered */
	assert_int_equal(ohba_fd_events(&watch.fd, 0), 0);
	ohba_loop_step(fix->loop, 0);
	assert_int_equal(watch.ran, 2);
	ohba_fd_del(&watch.fd);
	close(fd);
}

static void stop_before_run_is_a_stop(void **state)
{
	struct fixture *fix = *state;

	ohba_loop_stop(fix->loop);
	ohba_loop_run(fix->loop);	/* would hang */
	assert_int_equal(ohba_loop_now(fix->loop), fix->now);
}

/* --- polling before a sleep --------------------------------------------------- */

#define LOOK_NS		250	/* each look at the clock */
#define US		1000u
#define POLL_MAX_NS	20000u	/* what loop.c allows itself */
#define ARRIVALS	64

/*
 * A descriptor that is fed again some time after it was served. It is the world as well:
 * time passes as the loop looks at the clock, and while the loop is about to sleep, which
 * it is never let do, so that a sleep that it wanted can be counted.
 */
struct feed {
	struct ohba_fd fd;
	struct outside {
		struct ohba_poller poller;
		struct feed *feed;
	} outside;
	struct ohba_loop *loop;
	uint64_t now, last, gap_ns;
	int sleeps;			/* wanted, since it was last served */
	uint64_t polled_ns;		/* before the first of them */
	int served, until;
	int slept[ARRIVALS];
	uint64_t polled[ARRIVALS];
};

static uint64_t feed_clock(void *arg)
{
	struct feed *feed = arg;

	return feed->now += LOOK_NS;
}

static bool feed_poll(struct ohba_poller *poller)
{
	struct feed *feed = ((struct outside *)poller)->feed;

	if (feed->now - feed->last >= feed->gap_ns)
		eventfd_write(feed->fd.fd, 1);
	return false;
}

static bool feed_sleep(struct ohba_poller *poller)
{
	struct feed *feed = ((struct outside *)poller)->feed;

	if (!feed->sleeps++)
		feed->polled_ns = feed->now - feed->last;
	return false;
}

static void feed_served(struct ohba_fd *fd, uint32_t events)
{
	struct feed *feed = (struct feed *)fd;
	eventfd_t count;

	(void)events;
	assert_int_equal(eventfd_read(fd->fd, &count), 0);
	feed->slept[feed->served] = feed->sleeps;
	feed->polled[feed->served] = feed->sleeps ? feed->polled_ns : feed->now - feed->last;
	feed->sleeps = 0;
	feed->last = feed->now;
	if (++feed->served == feed->until)
		ohba_loop_stop(feed->loop);
}

static void feed_start(struct feed *feed)
{
	const char *err;

	*feed = (struct feed){ .outside = { { .poll = feed_poll, .sleep = feed_sleep }, feed } };
	feed->loop = ohba_loop_create_clock(feed_clock, feed, &err);
	assert_non_null(feed->loop);
	ohba_poller_add(feed->loop, &feed->outside.poller);
	assert_int_equal(ohba_fd_add(&feed->fd, feed->loop, eventfd(0, EFD_CLOEXEC), EPOLLIN,
				     feed_served), 0);
}

/* So many more times, each so long after the one before. */
static void feed_run(struct feed *feed, uint64_t gap_ns, int times)
{
	feed->gap_ns = gap_ns;
	feed->served = 0;
	feed->until = times;
	feed->last = feed->now;
	feed->sleeps = 0;
	ohba_loop_run(feed->loop);
	assert_int_equal(feed->served, times);
}

static void feed_end(struct feed *feed)
{
	int fd = feed->fd.fd;

	ohba_fd_del(&feed->fd);
	close(fd);
	ohba_loop_destroy(feed->loop);
}

/* As many in a row, at the end, met without a sleep. */
static int met(const struct feed *feed)
{
	int n = 0;

	while (n < feed->served && !feed->slept[feed->served - 1 - n])
		n++;
	return n;
}

static void what_comes_soon_is_met_without_a_sleep(void **state)
{
	static const uint64_t gap_ns[] = { 1 * US, 3 * US, 10 * US, 18 * US };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(gap_ns); i++) {
		struct feed feed;

		feed_start(&feed);
		feed_run(&feed, gap_ns[i], 20);
		assert_true(feed.slept[0] > 0);	/* nothing says yet that it pays */
		assert_in_range(met(&feed), 15, 19);
		feed_end(&feed);
	}
}

static void a_poll_that_finds_nothing_ends(void **state)
{
	struct feed feed;

	(void)state;
	feed_start(&feed);
	feed_run(&feed, 18 * US, 20);
	feed_run(&feed, 1000 * US, 1);
	assert_true(feed.slept[0] > 0);
	assert_in_range(feed.polled[0], 18 * US, POLL_MAX_NS + 2 * LOOK_NS);
	feed_end(&feed);
}

/* What polling could not have met: less and less of it, in the end none. */
static void a_slow_one_is_not_polled_for(void **state)
{
	struct feed feed;
	int i;

	(void)state;
	feed_start(&feed);
	feed_run(&feed, 18 * US, 20);
	feed_run(&feed, 100 * US, 20);
	assert_int_equal(met(&feed), 0);
	for (i = 2; i < feed.served; i++)
		assert_true(feed.polled[i] <= feed.polled[i - 1] / 2 + 4 * LOOK_NS);
	feed_run(&feed, 100 * US, 2);
	assert_in_range(feed.polled[1], 0, 4 * LOOK_NS);	/* asleep at once */
	feed_run(&feed, 10 * US, 20);				/* and awake again */
	assert_in_range(met(&feed), 15, 19);
	feed_end(&feed);
}

int main(void)
{
#define T(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(timers_run_in_order_and_not_early),
		T(timers_random_against_model),
		T(rearm_moves_the_due_time),
		T(arm_far_away_never_wraps),
		T(cancel_inside_a_callback),
		T(rearming_without_delay_does_not_hold_the_turn),
		T(work_runs_once_however_often_posted),
		T(work_posted_by_work_waits_for_the_next_turn),
		T(work_runs_in_the_order_of_posting),
		T(pollers_may_remove_any_poller),
		T(a_busy_poller_keeps_the_loop_awake),
		T(posted_work_keeps_the_loop_awake),
		T(deleted_descriptors_are_not_called),
		T(interest_in_events_can_be_changed),
		T(stop_before_run_is_a_stop),
		cmocka_unit_test(what_comes_soon_is_met_without_a_sleep),
		cmocka_unit_test(a_poll_that_finds_nothing_ends),
		cmocka_unit_test(a_slow_one_is_not_polled_for),
	};

	return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
