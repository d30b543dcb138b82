// SPDX-License-Identifier: GPL-2.0-or-later
/* Sessions that the adapter has by itself: removal of the adapter, and no memory. */
#include "target_one.h"

/* --- removal ------------------------------------------------------------------------------- */

static void remove_adapter(void)
{
	shim_driver->remove(&bench.pdev);
	bench.probed = false;
}

static void test_removal_up(void **state)
{
	(void)state;
	shim_daemon_ms = SHIM_NO_DAEMON;
	remove_adapter();
	assert_int_equal(shim_logged("iscsid did not end"), 0);
	assert_in_range(shim_now_us / 1000, 0, 4000);	/* it was not waited for */
	assert_int_equal(shim_conn_failures, 0);
}

/* By rmmod: the class asks nothing of a module that goes. */
static void test_rmmod(void **state)
{
	(void)state;
	assert_int_equal(shim_module_refs, 0);
	shim_modules_going = true;
	remove_adapter();
	assert_int_equal(shim_module_refs, 0);
}

static void test_removal_lost(void **state)
{
	(void)state;
	target_lost(ONE);
	shim_settle();
	remove_adapter();
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_LOGOUT], 0);
}

static void test_removal_bare(void **state)
{
	(void)state;
	set_dev_loss("1");
	target_lost(ONE);
	shim_advance_ms(2000);
	assert_int_equal(target_of(ONE)->state, HBA_TARGET_BARE);
	remove_adapter();
}

static void test_removal_in_logout(void **state)
{
	(void)state;
	assert_int_equal(hba_target_logout(adapter(), ONE), 0);
	remove_adapter();
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_LOGOUT], 1);
	assert_false(table[ONE].wanted);
}

static void test_unplug(void **state)
{
	(void)state;
	send_one();
	shim_device.present = false;
	remove_adapter();
	assert_int_equal(result.done, 1);
	assert_int_equal(result.result, DID_NO_CONNECT << 16);
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_LOGOUT], 0);
}

/* Nobody asks the adapter to log out: it is reset. */
static void test_shutdown(void **state)
{
	(void)state;
	send_one();
	system_state = SYSTEM_HALT;
	shim_driver->shutdown(&bench.pdev);
	assert_int_equal(result.done, 1);
	assert_int_equal(result.result, DID_NO_CONNECT << 16);
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_LOGOUT], 0);
	shim_advance_ms(200000);
	assert_false(shim_bus_master);
	assert_int_equal(refused_one(), DID_NO_CONNECT);
}

/* Its daemon's sessions end as ever. */
static void test_removal_both(void **state)
{
	static struct bench_session session;

	(void)state;
	bench_login(&session);
	remove_adapter();
	assert_int_equal(shim_conn_error, ISCSI_ERR_INVALID_HOST);
}

static bool say_up(struct dev_cmd *cmd)
{
	bool taken = take_target(cmd);

	if (cmd->sqe.opcode == OHBA_ADMIN_TARGET_STATE)
		target_event(ONE, OHBA_TARGET_UP, 0);
	return taken;
}

/* Events do not end: no session begins any more. */
static void test_removal_storm(void **state)
{
	(void)state;
	target_phase(ONE, OHBA_TARGET_WAITING, OHBA_ST_CONN_RESET);
	dev.on_admin = say_up;
	shim_run();
	table[ONE].state.phase = OHBA_TARGET_UP;
	remove_adapter();
	assert_int_equal(shim_logged("is up"), 0);
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_LOGOUT], 0);
}

static unsigned int turns;

/* It stops while the driver, which waits for the class, is about to end it. */
static void stop_at_end(void *arg)
{
	struct hba *hba = arg;
	unsigned int i;

	mutex_lock(&hba->flash_mutex);
	while (hba->targets->open)
		shim_sleep_us(1000);
	shim_sleep_us(1000);
	mutex_lock(&shim_class_mutex);
	mutex_unlock(&hba->flash_mutex);
	shim_sleep_us(1000);
	mutex_unlock(&shim_class_mutex);
	for (i = 0; i < turns; i++)
		shim_yield();
	ohba_kill(hba->adapter, "a test");
}

static void test_removal_stop(void **state)
{
	/* More turns, and there is no adapter to be stopped. */
	for (turns = 0; turns < 3; turns++) {
		shim_spawn("a stop", stop_at_end, adapter());
		shim_run();
		remove_adapter();
		bench_gone(state);
		up(state);
	}
}

/* A scan that waits for another's is not waited for by the class. */
static void test_scan_queued(void **state)
{
	struct work_struct other;

	(void)state;
	init_completion(&go_on);
	INIT_WORK(&other, linger);
	queue_work(adapter()->targets->scan_wq, &other);
	target_lost(ONE);
	target_up(ONE);
	shim_settle();
	assert_true(target_cls(ONE)->scan_work.pending);
	target_phase(ONE, OHBA_TARGET_OFF, 0);
	shim_settle();
	assert_null(target_cls(ONE));
	complete(&go_on);
	shim_settle();
}

/* The class was asked for its end before it had a connection: it knows it no more. */
static void test_unknown(void **state)
{
	struct iscsi_cls_session *cls = target_cls(ONE);

	(void)state;
	cls->listed = false;
	queue_work(system_unbound_wq, &cls->destroy_work);
	shim_settle();
	assert_ptr_equal(target_cls(ONE), cls);
	target_phase(ONE, OHBA_TARGET_OFF, 0);
	shim_settle();
	assert_null(target_cls(ONE));
}

/* The same, asked for as late as can be. */
static void test_unknown_late(void **state)
{
	struct iscsi_cls_session *cls = target_cls(ONE);

	(void)state;
	cls->listed = false;
	target_phase(ONE, OHBA_TARGET_OFF, 0);
	queue_work(system_unbound_wq, &cls->destroy_work);
	shim_settle();
	assert_null(target_cls(ONE));
}

/* --- no memory ----------------------------------------------------------------------------- */

/* Each allocation on the way fails once: what was not done is done later. */
static void test_no_memory(void **state)
{
	unsigned int n, allocs, said = 0;

	(void)state;
	for (n = 1; n < 100; n++) {
		allocs = shim_allocs;
		shim_alloc_fails = allocs + n;
		target_up(ONE);
		shim_settle();
		if (shim_allocs < allocs + n)
			break;
		shim_alloc_fails = 0;
		shim_advance_ms(5000);
		assert_non_null(target_cls(ONE));
		assert_true(hba_session_is_ready(ours()));
		said += shim_logged("no session for the kernel");
		target_phase(ONE, OHBA_TARGET_OFF, 0);
		shim_advance_ms(5000);
		assert_null(target_cls(ONE));
	}
	assert_in_range(n, 10, 99);
	assert_true(said);
	shim_alloc_fails = 0;
}

/* Of the end, too. */
static void test_no_memory_at_end(void **state)
{
	unsigned int n, allocs;

	(void)state;
	for (n = 1; n < 100; n++) {
		allocs = shim_allocs;
		shim_alloc_fails = allocs + n;
		target_phase(ONE, OHBA_TARGET_OFF, 0);
		shim_advance_ms(5000);
		if (shim_allocs < allocs + n)
			break;
		shim_alloc_fails = 0;
		assert_null(target_cls(ONE));
		target_up(ONE);
		shim_settle();
		assert_non_null(target_cls(ONE));
	}
	assert_in_range(n, 3, 99);
	shim_alloc_fails = 0;
}

/* The first that the driver hears of an entry. */
static void test_no_memory_at_first(void **state)
{
	unsigned int n;

	(void)state;
	for (n = 1; n < 4; n++) {
		target_add(n + 10, NAME);
		shim_alloc_fails = shim_allocs + n;
		target_up(n + 10);
		shim_advance_ms(5000);
		shim_alloc_fails = 0;
		assert_non_null(target_cls(n + 10));
	}
}

static void test_probe_without_memory(void **state)
{
	unsigned int n;

	(void)state;
	for (n = 1; n < 200; n++) {
		targets_load();
		target_add(ONE, NAME);
		target_up(ONE);
		shim_alloc_fails = shim_allocs + n;
		if (bench_probe())
			assert_in_range(shim_allocs, shim_alloc_fails, UINT_MAX);
		shim_alloc_fails = 0;
		if (bench.probed) {
			shim_advance_ms(3000);
			assert_non_null(target_cls(ONE));
		}
		bench_down();
	}
	up(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UP(removal_up), UP(rmmod), UP(removal_lost), UP(removal_bare),
		UP(removal_in_logout), UP(unplug), UP(shutdown), UP(removal_both),
		LOADED(removal_storm), UP(removal_stop), UP(scan_queued), UP(unknown), UP(unknown_late),
		LOADED(no_memory), UP(no_memory_at_end), LOADED(no_memory_at_first),
		ALONE(probe_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
