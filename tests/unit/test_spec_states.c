// SPDX-License-Identifier: GPL-2.0-or-later
/* The drawings of SPEC.md, of connections and of sessions of the adapter's own, are the code's. */
#include "drawing.h"
#include "iscsi.h"
#include "ohba_admin.h"
#include "ohba_target.h"
#include "target_states.h"
#include "unit.h"

#define SPEC	"firmware-if/SPEC.md"
#define PHASES	8

/* By phase: bit maps of what may follow. */
struct drawing {
	const char *const *names;
	unsigned int follows[PHASES];
};

static unsigned int phase_find(const struct drawing *drawing, const char *name)
{
	unsigned int i;

	for (i = 0; drawing->names[i]; i++)
		if (!strcmp(drawing->names[i], name))
			return i;
	fail_msg("%s: there is no phase '%s'", SPEC, name);
	return 0;
}

static void take_edge(void *ctx, const char *from, const char *event, const char *to)
{
	struct drawing *drawing = ctx;
	unsigned int phase = phase_find(drawing, from);

	(void)event;
	drawing->follows[phase] |= 1u << phase_find(drawing, to) & ~(1u << phase);
}

static void connections(void **state)
{
	static const char *const names[] = {
		[OHBA_CONN_FREE] = "FREE", [OHBA_CONN_CONNECTING] = "CONNECTING",
		[OHBA_CONN_RAW] = "RAW", [OHBA_CONN_HELD] = "HELD", [OHBA_CONN_FULL] = "FULL",
		[OHBA_CONN_LOST] = "LOST", [OHBA_CONN_CLOSING] = "CLOSING", NULL,
	};
	struct drawing drawing = { .names = names };
	unsigned int from, to;

	(void)state;
	drawing_read(SPEC, "### 6.1 ", take_edge, &drawing);
	for (from = 0; names[from]; from++)
		for (to = 0; names[to]; to++)
			if (!!(drawing.follows[from] & 1u << to) != ohba_conn_phase_may(from, to))
				fail_msg("%s to %s: drawing and code differ", names[from],
					 names[to]);
}

static void sessions(void **state)
{
	static const char *const names[] = {
		[OHBA_TARGET_OFF] = "OFF", [OHBA_TARGET_CONNECTING] = "CONNECTING",
		[OHBA_TARGET_LOGIN] = "LOGIN", [OHBA_TARGET_UP] = "UP",
		[OHBA_TARGET_WAITING] = "WAITING", [OHBA_TARGET_LOGOUT] = "LOGOUT", NULL,
	};
	struct drawing drawing = { .names = names };
	unsigned int follows[PHASES] = { 0 }, i;
	int from, event, to;

	(void)state;
	drawing_read(SPEC, "### 6.4 ", take_edge, &drawing);
	for (from = 0; from < OHBA_TGT_STATES; from++)
		for (event = 0; event < OHBA_TGT_EVENTS; event++) {
			to = ohba_tgt_next(from, event);
			if (to >= 0 && ohba_tgt_states[to].phase != ohba_tgt_states[from].phase)
				follows[ohba_tgt_states[from].phase] |=
					1u << ohba_tgt_states[to].phase;
		}
	for (i = 0; names[i]; i++)
		if (follows[i] != drawing.follows[i])
			fail_msg("from %s: drawing and code differ", names[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connections),
		cmocka_unit_test(sessions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
