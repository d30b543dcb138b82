// SPDX-License-Identifier: GPL-2.0-or-later
/* docs/login-states.md draws what the code's table says, no less and no more. */
#include "bench.h"
#include "drawing.h"
#include "login_priv.h"

#define DRAWING	"docs/login-states.md"

static const struct iscsi_login_state *state_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < iscsi_login_states_count; i++)
		if (!strcmp(iscsi_login_states[i].name, name))
			return &iscsi_login_states[i];
	fail_msg("%s has no state '%s'", DRAWING, name);
	return NULL;
}

static enum iscsi_login_event event_find(const char *name)
{
	int event;

	for (event = 0; event < ISCSI_EVENTS; event++)
		if (!strcmp(iscsi_login_events[event], name))
			return event;
	fail_msg("%s has no event '%s'", DRAWING, name);
	return ISCSI_EVENTS;
}

/* Each state may go to moved and to failed, which is not drawn: every_state_may_end(). */
static int next_of(const void *arg, unsigned int state, unsigned int event)
{
	const struct iscsi_login_state *to = iscsi_login_next(&iscsi_login_states[state], event);

	(void)arg;
	return to ? to - iscsi_login_states : -1;
}

static unsigned int edges(const struct iscsi_login_state *from)
{
	unsigned int n = 0;
	int event;

	for (event = 0; event < ISCSI_EV_MOVED; event++)
		n += !!iscsi_login_next(from, event);
	return n;
}

static void drawing_is_the_table(void **state)
{
	const char *names[16];
	const struct drawn_table table = {
		.states = names, .nstates = iscsi_login_states_count,
		.events = iscsi_login_events, .nevents = ISCSI_EV_MOVED,
		.first = ISCSI_LOGIN_FIRST - iscsi_login_states, .next = next_of,
	};
	unsigned int i;

	(void)state;
	assert_true(iscsi_login_states_count <= ARRAY_SIZE(names));
	for (i = 0; i < iscsi_login_states_count; i++)
		names[i] = iscsi_login_states[i].name;
	drawing_is(DRAWING, "# The states", &table);
}

static void every_state_may_end(void **state)
{
	const struct iscsi_login_state *from = iscsi_login_states;
	bool over;

	(void)state;
	for (; from < iscsi_login_states + iscsi_login_states_count; from++) {
		over = !from->ask;
		assert_int_equal(over, !from->hear);
		assert_int_equal(over, !from->late);
		assert_int_equal(over, !edges(from));
		assert_ptr_equal(iscsi_login_next(from, ISCSI_EV_MOVED),
				 over ? NULL : state_find("moved"));
		assert_ptr_equal(iscsi_login_next(from, ISCSI_EV_FAILED),
				 over ? NULL : state_find("failed"));
	}
}

/* Stages follow each other as in section 6.3: a transit leads to what was asked for. */
static void transit_leads_to_the_next_stage(void **state)
{
	const struct iscsi_login_state *from = iscsi_login_states, *to;

	(void)state;
	for (; from < iscsi_login_states + iscsi_login_states_count; from++) {
		to = iscsi_login_next(from, ISCSI_EV_TRANSIT);
		if (to && to->ask)
			assert_int_equal(to->csg, from->nsg);
		else if (to)
			assert_int_equal(from->nsg, ISCSI_STAGE_FULL);
		to = iscsi_login_next(from, ISCSI_EV_AGAIN);
		if (to)
			assert_int_equal(to->csg, from->csg);
	}
}

struct steps {
	unsigned int n;
	char last[64];
};

/* Each goes on from where the one before ended, as the table has it. */
static void on_step(void *arg, const char *from, const char *event, const char *to)
{
	struct steps *steps = arg;

	assert_string_equal(from, steps->last);
	assert_ptr_equal(iscsi_login_next(state_find(from), event_find(event)), state_find(to));
	snprintf(steps->last, sizeof(steps->last), "%s", to);
	steps->n++;
}

static void each_step_is_told(void **state)
{
	struct steps steps = { .n = 0 };
	struct bench b;

	(void)state;
	bench_init(&b);
	b.config.trace = on_step;
	b.config.trace_arg = &steps;
	strcpy(steps.last, ISCSI_LOGIN_FIRST->name);
	bench_begin(&b);
	expect_request(&b, TO_OPERATIONAL, TEXT(FIRST_REQUEST));
	respond(&b, TO_OPERATIONAL, TEXT("TargetPortalGroupTag=1\0AuthMethod=None"));
	assert_string_equal(steps.last, "operational");
	expect_request(&b, TO_FULL, TEXT(OFFERS));
	respond(&b, TO_FULL, TEXT(ANSWERS));
	expect_done(&b);
	assert_string_equal(steps.last, "full-feature");
	assert_int_equal(steps.n, 2);
	/* By time, and by what is wrong before anything is said. */
	bench_begin(&b);
	strcpy(steps.last, ISCSI_LOGIN_FIRST->name);
	iscsi_login_expire(&b.login, UINT64_MAX);
	assert_string_equal(steps.last, "failed");
	b.config.initiator_name = "";
	strcpy(steps.last, ISCSI_LOGIN_FIRST->name);
	iscsi_login_start(&b.login, &b.config, b.now);
	assert_string_equal(steps.last, "failed");
	assert_int_equal(steps.n, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drawing_is_the_table),
		cmocka_unit_test(every_state_may_end),
		cmocka_unit_test(transit_leads_to_the_next_stage),
		cmocka_unit_test(each_step_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
