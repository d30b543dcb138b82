// SPDX-License-Identifier: GPL-2.0-or-later
/* The driver's state machines: their drawings are their tables, and each step is told. */
#include "unit.h"
#include "drawing.h"
#include "login_helper.h"
#include "targets.h"

#define DRAWINGS	"docs/driver-states.md"
#define ONE		3u

/* --- drawings -------------------------------------------------------------- */

static int next_of(const void *arg, unsigned int state, unsigned int event)
{
	return ohba_next_state(arg, state, event);
}

static void is_drawn(const struct ohba_machine *machine, const char *section)
{
	const struct drawn_table table = {
		.states = machine->states, .nstates = machine->nstates,
		.events = machine->events, .nevents = machine->nevents,
		.next = next_of, .arg = machine,
	};

	drawing_is(DRAWINGS, section, &table);
}

static void test_drawings(void **state)
{
	(void)state;
	is_drawn(&hba_target_machine, "## Sessions that");
	is_drawn(&hba_ep_machine, "## Connections");
	is_drawn(&hba_session_machine, "## Sessions in service");
	is_drawn(&ohba_life_machine, "## The adapter's life");
	is_drawn(&ohba_login_machine, "## Logins");
}

/* --- steps ----------------------------------------------------------------- */

static char told[1024];	/* the steps of @object */
static const char *object;

/* All of one object: each goes on from where the one before ended. */
static void on_step(const char *of, u32 id, const char *from, const char *event, const char *to)
{
	size_t len = strlen(told), end = strlen(from);

	if (strcmp(of, object))
		return;
	if (!len)
		len = snprintf(told, sizeof(told), "%u: %s", id, from);
	assert_true(len > end && !strcmp(told + len - end, from));
	snprintf(told + len, sizeof(told) - len, " (%s) %s", event, to);
}

static void listen_to(const char *of)
{
	object = of;
	*told = 0;
	shim_on_step = on_step;
}

static int done(void **state)
{
	shim_on_step = NULL;
	return bench_gone(state);
}

static int let_go(void **state)
{
	shim_on_step = NULL;
	return leave(state);
}

static void test_target(void **state)
{
	(void)state;
	targets_load();
	target_add(ONE, "iqn.2024-01.test:t");
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	listen_to("target");
	target_up(ONE);
	shim_settle();
	target_lost(ONE);
	shim_settle();
	target_up(ONE);
	shim_settle();
	target_lost(ONE);
	shim_settle();
	assert_int_equal(shim_attr_store(&target_cls(ONE)->dev, "dev_loss_tmo", "1"), 1);
	shim_advance_ms(2000);
	shim_settle();
	target_up(ONE);
	shim_settle();
	target_phase(ONE, OHBA_TARGET_OFF, 0);
	shim_settle();
	assert_string_equal(told, "3: none (up) up (lost) lost (up) up (lost) lost (dev-loss) "
			    "stripping (gone) bare (up) up (lost) lost (off) ending (gone) none");
}

static void test_connection(void **state)
{
	struct bench_session session;

	(void)state;
	listen_to("conn");
	bench_up();
	bench_login(&session);
	bench_logout(&session);
	assert_string_equal(told, "0: connecting (opened) raw (start) full (close) closing "
			    "(closed) closed");
}

/* Of iscsid's, and of one of the adapter's own, which news may stall. */
static void test_session(void **state)
{
	struct bench_session session;

	(void)state;
	listen_to("session");
	bench_up();
	bench_login(&session);
	bench_logout(&session);
	assert_string_equal(told, "1: out (start) ready (unbind) out");
}

static void test_own_session(void **state)
{
	(void)state;
	targets_load();
	target_add(ONE, "iqn.2024-01.test:t");
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	listen_to("session");
	target_up(ONE);
	shim_settle();
	/* An event that was none. */
	target_event(ONE, OHBA_TARGET_WAITING, 0);
	shim_settle();
	target_lost(ONE);
	shim_settle();
	target_up(ONE);
	shim_settle();
	ohba_kill(&bench_hw()->pub, "the test says so");
	shim_settle();
	assert_string_equal(told, "1: out (start) ready (stall) stalled (start) ready (stall) "
			    "stalled (lost) out (start) ready (stall) stalled (lost) out "
			    "(start) ready");
}

static void test_life(void **state)
{
	struct ohba_adapter *adapter;

	(void)state;
	listen_to("adapter");
	bench_up();
	adapter = &bench_hw()->pub;
	ohba_kill(adapter, "the test says so");
	shim_settle();
	ohba_hold(adapter, OHBA_HOLD_RESET, "the test does");
	ohba_kill(adapter, "it is down: nothing happens");
	ohba_release(adapter, OHBA_HOLD_RESET);
	shim_settle();
	ohba_end(adapter, "the test says so");
	ohba_hold(adapter, OHBA_HOLD_RESET, "the test does");
	ohba_release(adapter, OHBA_HOLD_RESET);
	shim_settle();
	assert_string_equal(told, "0: starting (ready) up (fail) down (restart) starting (ready) up "
			    "(hold) down (restart) starting (ready) up (end) ended (release) down "
			    "(restart) starting (ready) up");
}

static void test_login(void **state)
{
	u64 login;

	(void)state;
	listen_to("login");
	login = begin(ONE, HANDLE);
	assert_int_equal(end_login(login, OHBA_LOGIN_FAILED), 0);
	answer(OHBA_ADMIN_LOGIN_RECV, HANDLE, OHBA_ST_LOGIN_STALE);
	/* One that nobody took gives way to what the same entry wants later. */
	wanted_of(ONE, HANDLE + 1);
	wanted_of(ONE, HANDLE + 2);
	assert_string_equal(told, "3: free (want) wanted (take) taken (task) open (end) over "
			    "(done) free (want) wanted (drop) free (want) wanted");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_drawings),
		cmocka_unit_test_teardown(test_target, done),
		cmocka_unit_test_teardown(test_connection, done),
		cmocka_unit_test_teardown(test_session, done),
		cmocka_unit_test_teardown(test_own_session, done),
		cmocka_unit_test_teardown(test_life, done),
		cmocka_unit_test_setup_teardown(test_login, offer, let_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
