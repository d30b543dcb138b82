// SPDX-License-Identifier: GPL-2.0-or-later
/* docs/discovery-states.md draws what the code's table says, no less and no more. */
#include "discover_states.h"
#include "drawing.h"
#include "unit.h"

static int next_of(const void *arg, unsigned int state, unsigned int event)
{
	(void)arg;
	return ohba_discover_next(state, event);
}

static void drawing_is_the_table(void **state)
{
	const struct drawn_table table = {
		.states = ohba_discover_states, .nstates = OHBA_DISCOVER_STATES,
		.events = ohba_discover_events, .nevents = OHBA_DISCOVER_EVENTS,
		.first = OHBA_DISCOVER_FREE, .next = next_of,
	};

	(void)state;
	drawing_is("docs/discovery-states.md", "# The states", &table);
}

/* Whatever a discovery waits for, its command completes when that is gone. */
static void each_may_end(void **state)
{
	int from;

	(void)state;
	for (from = 0; from < OHBA_DISCOVER_STATES; from++)
		assert_int_equal(ohba_discover_next(from, OHBA_DISCOVER_EV_GONE),
				 from == OHBA_DISCOVER_FREE ? -1 : OHBA_DISCOVER_FREE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drawing_is_the_table),
		cmocka_unit_test(each_may_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
