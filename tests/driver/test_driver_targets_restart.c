// SPDX-License-Identifier: GPL-2.0-or-later
/* Sessions that the adapter has by itself: the adapter goes down and comes up. */
#include "target_one.h"

/* --- the adapter goes down and comes up ---------------------------------------------------- */

/* As power-on leaves it. */
static void reset_table(void)
{
	u32 i;

	for (i = 0; i < TARGETS; i++) {
		struct table_entry *t = &table[i];

		memset(&t->state, 0, sizeof(t->state));
		t->wanted = t->autologin;
		t->state.wanted = t->wanted;
		t->state.phase = t->wanted ? OHBA_TARGET_CONNECTING : OHBA_TARGET_OFF;
	}
}

static void test_restart(void **state)
{
	struct iscsi_cls_session *cls = target_cls(ONE);
	unsigned int lists = target_cmds[OHBA_ADMIN_TARGET_LIST];

	(void)state;
	send_one();
	table[ONE].autologin = false;	/* wanted by TARGET_LOGIN alone */
	reset_table();
	bench_restart();
	assert_int_equal(result.done, 1);
	assert_in_range(target_cmds[OHBA_ADMIN_TARGET_LIST], lists + 1, 2 * lists);
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_LOGIN], 1);
	assert_true(table[ONE].wanted);
	assert_int_equal(refused_one(), DID_IMM_RETRY);
	target_up(ONE);
	shim_settle();
	assert_ptr_equal(target_cls(ONE), cls);
	assert_int_equal(send_one(), handle_now());
	answer_one();
}

/* Its I/O waits for a login, until there is nobody left who might log in. */
static void test_dead(void **state)
{
	struct iscsi_cls_session *cls = target_cls(ONE);

	(void)state;
	ohba_kill(&bench_hw()->pub, "a test");
	dev.status = 0;
	dev.deaf = true;
	shim_advance_ms(1000);
	assert_int_equal(cls->state, ISCSI_SESSION_FAILED);
	ohba_end(&bench_hw()->pub, "a test");
	shim_settle();
	assert_int_equal(shim_logged("stopped for good"), 1);
	assert_int_equal(cls->state, ISCSI_SESSION_FREE);
	assert_int_equal(shim_logged("its I/O fails until the adapter is reset"), 1);
	assert_int_equal(refused_one(), DID_NO_CONNECT);
}

/* The loss itself is the end: nothing waited before. */
static void test_dead_at_once(void **state)
{
	(void)state;
	ohba_end(&bench_hw()->pub, "a test");
	shim_settle();
	assert_int_equal(target_cls(ONE)->state, ISCSI_SESSION_FREE);
	assert_int_equal(refused_one(), DID_NO_CONNECT);
}

/* Somebody may reset the device: who was told to wait for ever does. */
static void test_dead_for_ever(void **state)
{
	struct iscsi_cls_session *cls = target_cls(ONE);

	(void)state;
	cls->recovery_tmo = -1;
	ohba_end(&bench_hw()->pub, "a test");
	shim_settle();
	assert_int_equal(cls->state, ISCSI_SESSION_FAILED);
}

static void let_others_run(unsigned int turns)
{
	while (turns--)
		shim_yield();
}

static unsigned int yields;

/* The adapter is reset: what it was told of its targets it has forgotten. */
static void stop_and_start(void)
{
	reset_table();
	hba_targets_down(adapter());
	hba_targets_up(adapter());
}

/* The first command of @opcode is taken, and @fn runs before we know that it was. */
static bool take_and_spawn(struct dev_cmd *cmd, u8 opcode, const char *name, void (*fn)(void *arg))
{
	if (cmd->sqe.opcode != opcode)
		return take_target(cmd);
	dev.on_admin = take_target;
	take_target(cmd);
	shim_spawn(name, fn, NULL);
	return true;
}

static void stop_again(void *arg)
{
	(void)arg;
	let_others_run(yields);
	stop_and_start();
}

static bool log_in_and_stop(struct dev_cmd *cmd)
{
	return take_and_spawn(cmd, OHBA_ADMIN_TARGET_LOGIN, "a stop", stop_again);
}

/* It forgets again what it was just told, before or after we know that it was. */
static void test_restart_twice(void **state)
{
	struct iscsi_cls_session *cls = target_cls(ONE);

	(void)state;
	table[ONE].autologin = false;
	for (yields = 0; yields < 5; yields++) {
		reset_table();
		dev.on_admin = log_in_and_stop;
		bench_restart();
		assert_ptr_equal(dev.on_admin, take_target);
		assert_true(table[ONE].wanted);
		assert_ptr_equal(target_cls(ONE), cls);
		target_up(ONE);
		shim_settle();
		send_one();
		answer_one();
		shim_advance_ms(120000);	/* so that restarts are not in a row */
	}
}

static void log_out_and_stop(void *arg)
{
	(void)arg;
	let_others_run(yields);
	hba_target_want(target_of(ONE), false, 0);
	let_others_run(10);
	stop_and_start();
}

static bool tell_before_logout(struct dev_cmd *cmd)
{
	return take_and_spawn(cmd, OHBA_ADMIN_TARGET_STATE, "a logout", log_out_and_stop);
}

/* It said that it wants what was logged out of before we knew that it said so. */
static void test_restart_unwanted_meanwhile(void **state)
{
	(void)state;
	table[ONE].autologin = false;
	for (yields = 0; yields < 10; yields++) {
		table[ONE].wanted = true;
		table[ONE].state.wanted = true;
		dev.on_admin = tell_before_logout;
		target_phase(ONE, OHBA_TARGET_WAITING, OHBA_ST_CONN_REFUSED);
		shim_settle();
		assert_ptr_equal(dev.on_admin, take_target);
		assert_false(table[ONE].wanted);
	}
}

/* It is down for a while, in which it cannot be told what it forgets. */
static void test_sleep(void **state)
{
	(void)state;
	table[ONE].autologin = false;
	reset_table();
	ohba_hold(&bench_hw()->pub, OHBA_HOLD_SLEEP, "a test");
	shim_advance_ms(1000);
	assert_int_equal(target_of(ONE)->state, HBA_TARGET_LOST);
	ohba_release(&bench_hw()->pub, OHBA_HOLD_SLEEP);
	shim_advance_ms(3000);
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_LOGIN], 1);
	target_up(ONE);
	shim_settle();
	send_one();
	answer_one();
}

/* One that somebody logged out meanwhile is not brought back. */
static void test_restart_after_logout(void **state)
{
	(void)state;
	send_one();
	table[ONE].autologin = false;
	assert_int_equal(hba_target_logout(adapter(), ONE), 0);
	reset_table();
	bench_restart();
	assert_null(target_cls(ONE));
	assert_false(table[ONE].wanted);
}

/* One that has no session yet is wanted, too: by a login, or so the adapter said. */
static void test_restart_waiting(void **state)
{
	(void)state;
	table[ONE].autologin = false;
	target_add(ONE + 1, NAME "2");
	table[ONE + 1].wanted = table[ONE + 1].autologin = false;
	assert_int_equal(hba_target_login(adapter(), ONE + 1), 0);
	target_phase(ONE, OHBA_TARGET_WAITING, OHBA_ST_CONN_REFUSED);
	shim_settle();
	reset_table();
	bench_restart();
	assert_true(table[ONE].wanted);
	assert_true(table[ONE + 1].wanted);
}

/* Nobody wants it any more. */
static void test_restart_unwanted(void **state)
{
	(void)state;
	table[ONE].autologin = false;
	assert_int_equal(hba_target_logout(adapter(), ONE), 0);
	reset_table();
	bench_restart();
	assert_false(table[ONE].wanted);
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_LOGIN], 0);
}

/* Its session goes, for another's sake. */
static void test_restart_in_another(void **state)
{
	(void)state;
	table[ONE].autologin = false;
	rename_one();
	reset_table();
	bench_restart();
	assert_true(table[ONE].wanted);
	target_up(ONE);
	shim_settle();
	assert_string_equal(libiscsi()->targetname, NAME "2");
}

static bool busy_login(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_TARGET_LOGIN)
		return take_target(cmd);
	target_cmds[cmd->sqe.opcode]++;
	dev_answer(cmd, OHBA_ST_BUSY);
	return true;
}

static bool nexus_taken(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_TARGET_LOGIN)
		return take_target(cmd);
	dev_answer(cmd, OHBA_ST_NEXUS_TAKEN);
	return true;
}

/* iscsiadm says that it failed, no more. */
static void test_login_refused(void **state)
{
	(void)state;
	dev.on_admin = nexus_taken;
	assert_int_equal(hba_target_login(adapter(), ONE + 1), -EBUSY);
	assert_int_equal(shim_logged("target 4: the adapter does not log in to it: NEXUS_TAKEN"),
			 1);
	assert_int_equal(shim_logged("log out of the other entry"), 1);
}

/* Another entry has its nexus: the rest goes on. */
static void test_restart_taken(void **state)
{
	(void)state;
	set_dev_loss("30");
	table[ONE].autologin = false;
	reset_table();
	dev.on_admin = nexus_taken;
	bench_restart();
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_STATE] > 2, 1);
	shim_advance_ms(40000);
	assert_int_equal(target_of(ONE)->state, HBA_TARGET_BARE);
	assert_int_equal(shim_logged("does not log in to it again"), 1);
	dev.on_admin = take_target;
	shim_advance_ms(2000);
	assert_true(table[ONE].wanted);
}

/* An entry that is being deleted, or a queue that is full: nobody is to log out of another. */
static void test_restart_busy(void **state)
{
	unsigned int tries;

	(void)state;
	table[ONE].autologin = false;
	reset_table();
	dev.on_admin = busy_login;
	bench_restart();
	tries = target_cmds[OHBA_ADMIN_TARGET_LOGIN];
	assert_true(tries);
	shim_advance_ms(5000);
	assert_true(target_cmds[OHBA_ADMIN_TARGET_LOGIN] > tries);
	assert_int_equal(shim_logged("log out of"), 0);
	assert_int_equal(shim_logged("does not log in to it again"), 0);
	dev.on_admin = take_target;
	shim_advance_ms(2000);
	assert_true(table[ONE].wanted);
}

static bool restart_at_login(struct dev_cmd *cmd)
{
	bool taken = take_target(cmd);

	if (cmd->sqe.opcode == OHBA_ADMIN_TARGET_LOGIN) {
		dev.on_admin = take_target;
		ohba_fail(&bench_hw()->pub, "a test");
	}
	return taken;
}

/* It was accepted, and is forgotten before who asked knows it. */
static void test_restart_at_login(void **state)
{
	(void)state;
	table[ONE].autologin = false;
	assert_int_equal(hba_target_logout(adapter(), ONE), 0);
	dev.on_admin = restart_at_login;
	assert_int_equal(hba_target_login(adapter(), ONE), 0);
	reset_table();
	shim_advance_ms(5000);
	assert_true(table[ONE].wanted);
}

static bool stop_at_get(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_TARGET_GET)
		return take_target(cmd);
	ohba_fail(&bench_hw()->pub, "a test");
	return true;
}

/* It stops between the telling of a session and its use. */
static void test_stop_in_between(void **state)
{
	(void)state;
	target_lost(ONE);
	shim_settle();
	dev.on_admin = stop_at_get;
	target_up(ONE);
	shim_settle();
	dev.on_admin = take_target;
	reset_table();
	shim_advance_ms(3000);
	assert_int_equal(shim_logged("up again"), 1);
	assert_false(hba_session_is_ready(ours()));
	target_up(ONE);
	shim_settle();
	assert_int_equal(send_one(), handle_now());
	answer_one();
}

/* A handle of before the stop means nothing after it. */
static void test_epoch(void **state)
{
	u32 epoch = adapter()->targets->epoch;

	(void)state;
	target_lost(ONE);
	shim_settle();
	bench_restart();
	mutex_lock(&target_of(ONE)->lock);
	hba_target_start(target_of(ONE), epoch, NULL);
	mutex_unlock(&target_of(ONE)->lock);
	assert_false(hba_session_is_ready(ours()));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOADED(login_refused), UP(restart), UP(restart_twice), UP(sleep),
		UP(restart_after_logout), LOADED(restart_waiting), LOADED(restart_unwanted),
		LOADED(restart_unwanted_meanwhile), UP(restart_in_another),
		LOADED(restart_at_login), UP(restart_taken), UP(restart_busy),
		UP(stop_in_between), UP(epoch), UP(dead), UP(dead_at_once),
		UP(dead_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
