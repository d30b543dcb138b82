// SPDX-License-Identifier: GPL-2.0-or-later
/* What a busy queue may hold back, and for how long at most (emu/fw/coalesce.h). */
#include "coalesce.h"
#include "loop.h"
#include "unit.h"

#define US		1000ull
#define HOLD_NS		(50 * US)
#define DEPTH		32u
#define BATCH		8u

/* --- by what the host shows ------------------------------------------------------- */

/* A host that submits every @gap_ns and has @depth out; ends at *@now. */
static void submit_steadily(struct ohba_coalesce *c, uint32_t depth, uint64_t gap_ns,
			    unsigned int n, uint64_t *now)
{
	while (n--) {
		*now += gap_ns;
		ohba_coalesce_fetched(c, 1, depth, *now);
	}
}

static void shallow_hosts_wait_for_nothing(void **state)
{
	struct ohba_coalesce c;
	uint64_t look, now = 1;
	uint32_t depth;

	(void)state;
	for (depth = 1; depth < 8; depth++) {
		ohba_coalesce_init(&c, HOLD_NS);
		submit_steadily(&c, depth, 10 * US, 100, &now);
		assert_false(ohba_coalesce_irq(&c, 1, now));
		assert_int_equal(ohba_coalesce_doorbells(&c, 0, now, &look), 0);
	}
}

static void a_batch_is_told_at_once(void **state)
{
	struct ohba_coalesce c;
	uint64_t look, now = 1;
	uint32_t waiting;

	(void)state;
	ohba_coalesce_init(&c, HOLD_NS);
	submit_steadily(&c, DEPTH, 10 * US, 100, &now);
	assert_int_equal(ohba_coalesce_doorbells(&c, DEPTH - BATCH, now, &look), BATCH - 1);
	assert_in_range(look, HOLD_NS, BATCH * 10 * US);
	for (waiting = 1; waiting < BATCH; waiting++)
		assert_true(ohba_coalesce_irq(&c, waiting, now));
	assert_false(ohba_coalesce_irq(&c, BATCH, now));
}

/* It says itself when to look again, and keeps its word. */
static void a_host_that_pauses_is_told(void **state)
{
	struct ohba_coalesce c;
	uint64_t now = 1;

	(void)state;
	ohba_coalesce_init(&c, HOLD_NS);
	submit_steadily(&c, DEPTH, 10 * US, 100, &now);
	assert_true(ohba_coalesce_irq(&c, 1, now));
	assert_in_range(c.irq_due_at, now + 1, now + HOLD_NS);
	assert_true(ohba_coalesce_irq(&c, 1, c.irq_due_at - 1));
	assert_false(ohba_coalesce_irq(&c, 1, c.irq_due_at));
}

/* At any pace a host that goes on submitting is told within a batch of pauses. */
static void no_hold_is_for_ever(void **state)
{
	static const uint64_t gaps[] = { US, 40 * US, 400 * US, 4000 * US, 40000 * US };
	struct ohba_coalesce c;
	uint64_t now, since;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(gaps); i++) {
		now = 1;
		ohba_coalesce_init(&c, HOLD_NS);
		submit_steadily(&c, DEPTH, gaps[i], 100, &now);
		since = now;
		while (ohba_coalesce_irq(&c, 1, now)) {
			assert_in_range(now - since, 0, BATCH * MAX(HOLD_NS, 4 * gaps[i]));
			submit_steadily(&c, DEPTH, gaps[i], 1, &now);
		}
	}
}

/*
 * A host at depth one, beside commands that are stuck. What is held back from it must
 * not make it look slow, or it would be held back for longer each time.
 */
static void holding_does_not_feed_on_itself(void **state)
{
	struct ohba_coalesce c;
	uint64_t now = 1, start, look;
	unsigned int i;

	(void)state;
	ohba_coalesce_init(&c, HOLD_NS);
	submit_steadily(&c, 2 * BATCH, 10 * US, 2 * BATCH, &now);
	for (i = 0; i < 1000; i++) {
		start = now;
		now += 20 * US;		/* the target answers */
		while (ohba_coalesce_irq(&c, 1, now))
			now = c.irq_due_at;
		now += 10 * US;		/* the host sends the next */
		if (ohba_coalesce_doorbells(&c, 2 * BATCH - 1, now, &look))
			now += look;
		ohba_coalesce_fetched(&c, 1, 2 * BATCH, now);
	}
	assert_in_range(now - start, 0, 8 * HOLD_NS);
}

/*
 * It was deep, and is owed many commands still; but only one of its threads goes on, each
 * time 10 us after the last ended. @return what a command took, on average.
 */
static uint64_t mean_of_one_thread(uint32_t hold_ns, unsigned int rounds)
{
	struct ohba_coalesce c;
	uint64_t now = 1, start, look;
	unsigned int i;

	ohba_coalesce_init(&c, hold_ns);
	submit_steadily(&c, DEPTH, 10 * US, 2 * DEPTH, &now);
	start = now;
	for (i = 0; i < rounds; i++) {
		while (ohba_coalesce_irq(&c, 1, now))
			now = c.irq_due_at;
		now += ohba_coalesce_doorbells(&c, 0, now, &look) ? MAX(look, 10 * US) : 10 * US;
		ohba_coalesce_fetched(&c, 1, DEPTH, now);
		now += 20 * US;		/* the target answers */
	}
	return (now - start) / rounds;
}

static void one_thread_of_many_is_looked_for(void **state)
{
	(void)state;
	assert_int_equal(mean_of_one_thread(0, 1000), 30 * US);
	assert_in_range(mean_of_one_thread(HOLD_NS, 1000), 0, 30 * US + 8 * HOLD_NS);
}

static void depth_is_forgotten(void **state)
{
	struct ohba_coalesce c;
	uint64_t now = 1;

	(void)state;
	ohba_coalesce_init(&c, HOLD_NS);
	submit_steadily(&c, DEPTH, 10 * US, 100, &now);
	submit_steadily(&c, 1, 400 * US, 48, &now);
	assert_false(ohba_coalesce_irq(&c, 1, now));
}

/* It waits for completions: if it submits nevertheless, nobody was going to look. */
static void a_host_at_its_depth_rings(void **state)
{
	struct ohba_coalesce c;
	uint64_t look, now = 1;

	(void)state;
	ohba_coalesce_init(&c, HOLD_NS);
	submit_steadily(&c, DEPTH, 10 * US, 100, &now);
	assert_int_equal(ohba_coalesce_doorbells(&c, DEPTH, now, &look), 0);
}

/* Nobody polls for a host that sleeps. */
static void an_idle_host_rings(void **state)
{
	struct ohba_coalesce c;
	uint64_t look, now = 1;

	(void)state;
	ohba_coalesce_init(&c, HOLD_NS);
	submit_steadily(&c, DEPTH, 10 * US, 100, &now);
	assert_int_equal(ohba_coalesce_doorbells(&c, 0, now + 20 * OHBA_NS_PER_MS, &look), 0);
}

static void none_means_none(void **state)
{
	struct ohba_coalesce c;
	uint64_t look, now = 1;

	(void)state;
	ohba_coalesce_init(&c, 0);
	submit_steadily(&c, DEPTH, 10 * US, 100, &now);
	assert_false(ohba_coalesce_irq(&c, 1, now));
	assert_int_equal(ohba_coalesce_doorbells(&c, 0, now, &look), 0);
}

/* --- and with a host that is told accordingly ------------------------------------- */

/*
 * A host with one processor, busy with a load that keeps @depth commands out, as it sees
 * it: it submits until they are, looks at what ended only then, and waits if none has.
 * The target answers sooner than the host submits.
 */
struct load {
	uint32_t depth;
	uint64_t submit_ns, reap_ns, irq_ns, target_ns;
	uint64_t each_ns;	/* between a target's answers: what its line takes for the data */
};

static const struct load busy_load = {
	.depth = DEPTH, .submit_ns = 80 * US, .reap_ns = 20 * US, .irq_ns = 20 * US,
	.target_ns = 60 * US,
};

struct sim {
	struct ohba_coalesce c;
	const struct load *load;
	uint64_t now, steal_ns;		/* the host's time; what interrupts take of it */
	uint64_t answer_at[256];	/* of commands under way, a ring */
	uint64_t line_free_at;
	uint64_t look_at;
	uint32_t submitted, fetched, event, answered, told, reaped;
	uint64_t doorbells, interrupts;
};

static void sim_init(struct sim *sim, uint32_t hold_ns, const struct load *load)
{
	*sim = (struct sim){ .load = load, .now = OHBA_NS_PER_S };
	ohba_coalesce_init(&sim->c, hold_ns);
}

static void sim_fetch(struct sim *sim, uint64_t now)
{
	uint32_t n = sim->submitted - sim->fetched;

	if (!n)
		return;
	ohba_coalesce_fetched(&sim->c, n, sim->submitted - sim->told, now);
	while (sim->fetched != sim->submitted) {
		sim->line_free_at = MAX(now + sim->load->target_ns, sim->line_free_at) +
				    sim->load->each_ns;
		sim->answer_at[sim->fetched++ % 256] = sim->line_free_at;
	}
}

static void sim_turn(struct sim *sim, uint64_t now)
{
	uint64_t look;
	uint32_t more;

	while (sim->answered != sim->fetched && sim->answer_at[sim->answered % 256] <= now)
		sim->answered++;
	sim_fetch(sim, now);
	if (sim->answered != sim->told &&
	    !ohba_coalesce_irq(&sim->c, sim->answered - sim->told, now)) {
		sim->told = sim->answered;
		sim->interrupts++;
		sim->steal_ns += sim->load->irq_ns;
	}
	more = ohba_coalesce_doorbells(&sim->c, sim->fetched - sim->answered, now, &look);
	sim->event = sim->fetched + more;
	sim->look_at = more ? now + look : UINT64_MAX;
}

/* When the device does something next, if nobody rings. */
static uint64_t sim_due(const struct sim *sim)
{
	uint64_t due = sim->look_at;

	if (sim->answered != sim->fetched)
		due = MIN(due, sim->answer_at[sim->answered % 256]);
	if (sim->answered != sim->told)
		due = MIN(due, sim->c.irq_due_at);
	return due;
}

/* The host works for @ns, and longer by what interrupts take. */
static void sim_work(struct sim *sim, uint64_t ns)
{
	uint64_t until = sim->now + ns, due;

	for (;;) {
		until += sim->steal_ns;
		sim->steal_ns = 0;
		due = MAX(sim_due(sim), sim->now);
		if (due > until)
			break;
		sim->now = due;
		sim_turn(sim, due);
	}
	sim->now = until;
}

static void sim_wait(struct sim *sim)
{
	while (sim->told == sim->reaped) {
		sim->now = MAX(sim_due(sim), sim->now);
		sim_turn(sim, sim->now);
	}
}

static void sim_submit(struct sim *sim)
{
	sim_work(sim, sim->load->submit_ns);
	if (sim->submitted++ == sim->event) {
		sim->doorbells++;
		sim_turn(sim, sim->now);
	}
}

static void sim_run(struct sim *sim, uint32_t ios)
{
	uint32_t end = sim->reaped + ios;

	sim->doorbells = sim->interrupts = 0;
	while (sim->reaped < end) {
		while (sim->submitted - sim->reaped < sim->load->depth)
			sim_submit(sim);
		sim_wait(sim);
		sim_work(sim, (sim->told - sim->reaped) * sim->load->reap_ns);
		sim->reaped = sim->told;
	}
}

/* What 1,000 of its I/Os take, once they are used to each other. */
static uint64_t sim_time(struct sim *sim, uint32_t hold_ns, const struct load *load)
{
	uint64_t start;

	sim_init(sim, hold_ns, load);
	sim_run(sim, 2000);
	start = sim->now;
	sim_run(sim, 4000);
	return sim->now - start;
}

/*
 * Told of each command at once, this host never has more than two out that the adapter
 * could see: that it would go on submitting shows only if it is not told.
 */
static void a_deep_host_that_looks_shallow_is_found_out(void **state)
{
	static const uint64_t target_us[] = { 20, 60, 100, 200, 1000 };
	struct load load = busy_load;
	struct sim sim;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(target_us); i++) {
		load.target_ns = target_us[i] * US;
		sim_time(&sim, HOLD_NS, &load);
		assert_in_range(sim.interrupts, 1, 4000 / 5);
		assert_in_range(sim.doorbells, 1, 4000 / 5);
	}
}

/*
 * The target answers no sooner than its line brings the data, 4 KiB to 64 KiB of a
 * gigabyte a second: the host is as fast, or waits for less than it takes for a pause.
 */
static void data_at_the_pace_of_a_line_is_told_in_batches(void **state)
{
	static const uint64_t each_us[] = { 4, 16, 64 };
	struct load load = busy_load;
	struct sim sim;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(each_us); i++) {
		load.each_ns = each_us[i] * US;
		sim_time(&sim, HOLD_NS, &load);
		assert_in_range(sim.interrupts, 1, 4000 / 5);
		assert_in_range(sim.doorbells, 0, 4000 / 5);
	}
}

/* To find out costs those who are shallow, and those who are deep, next to nothing. */
static void finding_out_is_cheap(void **state)
{
	struct load load = busy_load;
	struct sim sim;
	uint64_t without;

	(void)state;
	for (load.depth = 1; load.depth <= 2 * DEPTH; load.depth *= 2) {
		without = sim_time(&sim, 0, &load);
		assert_in_range(sim_time(&sim, HOLD_NS, &load), 0, without * 102 / 100);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(shallow_hosts_wait_for_nothing),
		cmocka_unit_test(a_batch_is_told_at_once),
		cmocka_unit_test(a_host_that_pauses_is_told),
		cmocka_unit_test(no_hold_is_for_ever),
		cmocka_unit_test(holding_does_not_feed_on_itself),
		cmocka_unit_test(depth_is_forgotten),
		cmocka_unit_test(one_thread_of_many_is_looked_for),
		cmocka_unit_test(a_host_at_its_depth_rings),
		cmocka_unit_test(an_idle_host_rings),
		cmocka_unit_test(none_means_none),
		cmocka_unit_test(a_deep_host_that_looks_shallow_is_found_out),
		cmocka_unit_test(data_at_the_pace_of_a_line_is_told_in_batches),
		cmocka_unit_test(finding_out_is_cheap),
	};

	return cmocka_run_group_tests_name("coalesce", tests, NULL, NULL);
}
