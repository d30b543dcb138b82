// SPDX-License-Identifier: GPL-2.0-or-later
/* docs/target-states.md draws what the code's table says, no less and no more. */
#include "ohba_admin.h"
#include "ohba_target.h"
#include "target_states.h"
#include "unit.h"

#define DRAWING	"docs/target-states.md"

static int state_find(const char *name)
{
	int i;

	for (i = 0; i < OHBA_TGT_STATES; i++)
		if (!strcmp(ohba_tgt_states[i].name, name))
			return i;
	fail_msg("%s: there is no state '%s'", DRAWING, name);
	return -1;
}

static int event_find(const char *name)
{
	int i;

	for (i = 0; i < OHBA_TGT_EVENTS; i++)
		if (!strcmp(ohba_tgt_events[i], name))
			return i;
	fail_msg("%s: there is no event '%s'", DRAWING, name);
	return -1;
}

/* Each edge that is drawn is in the table. Return: how many there are. */
static unsigned int check_drawing(FILE *file)
{
	char line[256], from[64], to[64], event[64];
	unsigned int n = 0;

	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, " [*] --> %63s", to) == 1)
			assert_int_equal(state_find(to), OHBA_TGT_OFF);
		if (sscanf(line, " %63s --> %63[^:]: %63s", from, to, event) != 3)
			continue;
		assert_int_equal(ohba_tgt_next(state_find(from), event_find(event)),
				 state_find(to));
		n++;
	}
	return n;
}

static void drawing_is_the_table(void **state)
{
	FILE *file = fopen(DRAWING, "r");
	unsigned int n = 0;
	int from, event;

	(void)state;
	if (!file)
		fail_msg("%s is not to be found from here", DRAWING);
	for (from = 0; from < OHBA_TGT_STATES; from++)
		for (event = 0; event < OHBA_TGT_EVENTS; event++)
			n += ohba_tgt_next(from, event) >= 0;
	assert_int_equal(check_drawing(file), n);
	fclose(file);
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
