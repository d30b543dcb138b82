// SPDX-License-Identifier: GPL-2.0-or-later
/* docs/target-states.md draws what the code's table says, no less and no more. */
#include "drawing.h"
#include "ohba_admin.h"
#include "ohba_target.h"
#include "target_states.h"
#include "unit.h"

static int next_of(const void *arg, unsigned int state, unsigned int event)
{
	(void)arg;
	return ohba_tgt_next(state, event);
}

static void drawing_is_the_table(void **state)
{
	const char *names[OHBA_TGT_STATES];
	const struct drawn_table table = {
		.states = names, .nstates = OHBA_TGT_STATES,
		.events = ohba_tgt_events, .nevents = OHBA_TGT_EVENTS,
		.first = OHBA_TGT_OFF, .next = next_of,
	};
	int i;

	(void)state;
	for (i = 0; i < OHBA_TGT_STATES; i++)
		names[i] = ohba_tgt_states[i].name;
	drawing_is("docs/target-states.md", "# The states", &table);
}

/* As in SPEC.md section 6.4, by phase: bit maps of what may follow. */
static void phases_follow_the_interface(void **state)
{
#define TO(phase)	(1u << OHBA_TARGET_##phase)
	static const unsigned int follows[] = {
		[OHBA_TARGET_OFF] = TO(CONNECTING),
		[OHBA_TARGET_CONNECTING] = TO(LOGIN) | TO(WAITING) | TO(OFF),
		[OHBA_TARGET_LOGIN] = TO(UP) | TO(CONNECTING) | TO(WAITING) | TO(OFF),
		[OHBA_TARGET_UP] = TO(WAITING) | TO(LOGOUT),
		[OHBA_TARGET_WAITING] = TO(CONNECTING) | TO(OFF),
		[OHBA_TARGET_LOGOUT] = TO(OFF) | TO(CONNECTING),
	};
	int from, event, to;

	(void)state;
	for (from = 0; from < OHBA_TGT_STATES; from++) {
		for (event = 0; event < OHBA_TGT_EVENTS; event++) {
			to = ohba_tgt_next(from, event);
			if (to >= 0 && ohba_tgt_states[to].phase != ohba_tgt_states[from].phase)
				assert_true(follows[ohba_tgt_states[from].phase] &
					    1u << ohba_tgt_states[to].phase);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drawing_is_the_table),
		cmocka_unit_test(phases_follow_the_interface),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
