// SPDX-License-Identifier: GPL-2.0-or-later
/* Sessions that the adapter has by itself: error handling. */
#include "flashes.h"
#include "target_one.h"

/* --- error handling ------------------------------------------------------------------------ */

static void test_abort(void **state)
{
	(void)state;
	send_one();
	shim_time_out(0);
	shim_settle();
	assert_int_equal(result.done, 1);
	assert_int_equal(shim_outstanding(), 0);
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_LOGOUT], 0);
}

static void abort_takes(u32 tmf_s, u32 most_s)
{
	struct iscsi_session *iscsi = target_cls(ONE)->dd_data;

	flash_put_num(ISCSI_FLASHNODE_DEF_TASKMGMT_TMO, tmf_s, 2);
	assert_int_equal(flash_update(ONE), 0);
	shim_settle();
	assert_int_equal(iscsi->abort_timeout, most_s);
	assert_int_equal(iscsi->lu_reset_timeout, tmf_s ?: 30);
	assert_int_equal(iscsi->tgt_reset_timeout, tmf_s ?: 30);
}

/* The entry's time, of a session that there is, too, and of the next one's. */
static void test_tmf_time(void **state)
{
	(void)state;
	abort_takes(600, 600);
	abort_takes(0, 15);
	abort_takes(4, 4);
	target_lost(ONE);
	shim_settle();
	target_up(ONE);
	shim_settle();
	assert_int_equal(((struct iscsi_session *)target_cls(ONE)->dd_data)->abort_timeout, 4);
}

static struct {
	struct dev_cmd *cmd;
	struct ohba_target entry;
} kept;

static bool keep_get(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_TARGET_GET || kept.cmd)
		return take_target(cmd);
	kept.cmd = cmd;
	kept.entry = table[ONE].entry;
	return true;
}

/* The old times of an entry that is edited while its session comes up do not come after the new. */
static void test_edited_meanwhile(void **state)
{
	(void)state;
	memset(&kept, 0, sizeof(kept));
	dev.on_admin = keep_get;
	target_up(ONE);
	shim_settle();
	assert_non_null(kept.cmd);
	flash_put_num(ISCSI_FLASHNODE_DEF_TASKMGMT_TMO, 4, 2);
	assert_int_equal(flash_update(ONE), 0);
	set_entry("30", 30);
	dev_write_data(kept.cmd, &kept.entry, sizeof(kept.entry));
	dev_answer(kept.cmd, OHBA_ST_SUCCESS);
	shim_settle();
	assert_int_equal(libiscsi()->abort_timeout, 4);
	dev_loss_is("30\n");
}

static bool swallow_tmf(struct dev_cmd *cmd)
{
	return cmd->sqe.opcode == OHBA_ADMIN_TMF || take_target(cmd);
}

/* The end of the adapter's session is the end of its commands. */
static void test_escalation(void **state)
{
	struct iscsi_cls_session *cls = target_cls(ONE);

	(void)state;
	send_one();
	dev.on_admin = swallow_tmf;
	shim_time_out(0);
	shim_advance_ms(14000);
	assert_int_equal(result.done, 0);
	shim_advance_ms(2000);
	assert_int_equal(result.done, 1);
	assert_int_equal(shim_outstanding(), 0);
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_LOGOUT], 1);
	assert_int_equal(logout_flags, OHBA_TARGET_LOGOUT_ABORT | OHBA_TARGET_LOGOUT_AGAIN);
	assert_int_equal(shim_logged("adapter stopped"), 0);
	assert_int_equal(cls->state, ISCSI_SESSION_FAILED);
	target_up(ONE);
	shim_settle();
	assert_ptr_equal(target_cls(ONE), cls);
	assert_int_equal(send_one(), handle_now());
	answer_one();
}

/* A task management function is the device's still when the session ends. */
static void test_tmf_outstanding(void **state)
{
	(void)state;
	send_one();
	dev.on_admin = swallow_tmf;
	shim_time_out(0);
	shim_settle();
	dev_answer(dev_io(0), OHBA_ST_ABORTED);
	target_phase(ONE, OHBA_TARGET_OFF, 0);
	shim_settle();
	assert_non_null(target_cls(ONE));
	dev_answer(dev_find(OHBA_ADMIN_TMF, DEV_ANY), OHBA_ST_ABORTED);
	shim_settle();
	assert_null(target_cls(ONE));
	assert_int_equal(shim_logged("adapter stopped"), 0);
}

/* And is never answered. */
static void test_tmf_unanswered(void **state)
{
	(void)state;
	send_one();
	dev.on_admin = swallow_tmf;
	shim_time_out(0);
	shim_settle();
	dev_answer(dev_io(0), OHBA_ST_ABORTED);
	target_phase(ONE, OHBA_TARGET_OFF, 0);
	shim_advance_ms(2 * HBA_CLOSE_TIMEOUT_MS + 1000);	/* the abort's, and ours */
	assert_int_equal(shim_logged("did not answer a task management function"), 1);
	dev.on_admin = take_target;
	shim_advance_ms(5000);
	assert_null(target_cls(ONE));
}

static bool refuse_tmf(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_TMF)
		return take_target(cmd);
	dev_answer_with(cmd, (struct ohba_cqe) { .response = 5 });
	return true;
}

/* The reset of the target waits for the adapter's login. */
static void test_target_reset(void **state)
{
	(void)state;
	send_one();
	dev.on_admin = refuse_tmf;
	shim_time_out(0);
	shim_advance_ms(1000);
	assert_int_equal(libiscsi()->state, ISCSI_STATE_IN_RECOVERY);
	assert_int_equal(shim_host_reset, 0);
	target_up(ONE);
	shim_settle();
	assert_int_equal(shim_outstanding(), 0);
	assert_int_equal(shim_host_reset, 0);
	assert_int_equal(libiscsi()->state, ISCSI_STATE_LOGGED_IN);
}

static struct bench_session daemons;
static int times_out;
static unsigned int left;

/* The adapter is being removed: what does it wait for? */
static void answer_late(void *unused)
{
	(void)unused;
	if (times_out >= 0)
		shim_time_out(times_out);
	shim_sleep_us(100000);
	left = shim_outstanding();
	dev_answer(dev_io(0), OHBA_ST_SUCCESS);
}

static int send_both(void)
{
	struct shim_io io = { .sdev = &daemons.sdev, .len = 512 };

	send_one();
	bench_login(&daemons);
	daemons.cls->recovery_tmo = -1;
	dev.on_admin = refuse_tmf;
	return shim_queue(&io);
}

static void check_removal(void)
{
	assert_int_equal(shim_outstanding(), 2);
	shim_spawn("the device", answer_late, NULL);
	shim_driver->remove(&bench.pdev);
	bench.probed = false;
	assert_int_equal(left, 1);
	assert_int_equal(result.done, 1);
	assert_int_equal(result.result, 0);
	assert_int_equal(shim_logged("its I/O fails, as the adapter is removed"), 1);
}

/*
 * Error handling is the host's: commands of the adapter's own sessions, which end first, may
 * wait for it. So it does not wait any more for a login of the daemon's.
 */
static void test_removal_amid(void **state)
{
	(void)state;
	shim_time_out(send_both());
	shim_advance_ms(200000);
	times_out = -1;
	check_removal();
}

/* Nor does one that begins when the removal has begun. */
static void test_removal_before(void **state)
{
	(void)state;
	times_out = send_both();
	check_removal();
}

static bool swallow_logout(struct dev_cmd *cmd)
{
	return cmd->sqe.opcode == OHBA_ADMIN_TARGET_LOGOUT || swallow_tmf(cmd);
}

/* The barrier does not come: nothing but a stop of the adapter gives the command back. */
static void test_last_resort(void **state)
{
	(void)state;
	send_one();
	dev.on_admin = swallow_logout;
	shim_time_out(0);
	shim_advance_ms(60000);
	assert_int_equal(result.done, 1);
	assert_int_equal(shim_outstanding(), 0);
	assert_int_equal(shim_logged("did not answer an admin command"), 1);
	dev.on_admin = take_target;
}

static void test_escalation_busy(void **state)
{
	(void)state;
	send_one();
	busy = 2;
	dev.on_admin = answer_busy;
	dev.tmf_response = 1;	/* no such task, it says, which is none of an answer */
	shim_time_out(0);
	shim_advance_ms(9000);
	dev.tmf_response = 0;
	assert_int_equal(busy, 0);
	assert_int_equal(result.done, 1);
	assert_int_equal(shim_outstanding(), 0);
	assert_int_equal(shim_logged("adapter stopped"), 0);
}

/* It ended without its command, it says: that is the device's until the adapter stops. */
static void test_lost_without_end(void **state)
{
	(void)state;
	send_one();
	target_phase(ONE, OHBA_TARGET_WAITING, OHBA_ST_CONN_RESET);
	shim_settle();
	assert_int_equal(result.done, 0);
	shim_time_out(0);
	shim_advance_ms(60000);
	assert_int_equal(result.done, 1);
	assert_int_equal(shim_logged("commands of a failed session did not end"), 1);
}

/* The devices of a session that is over are open still: the one after it has its own. */
static void test_stale_eh(void **state)
{
	struct iscsi_cls_session *before = target_cls(ONE);
	struct hba_session *old = ours();

	(void)state;
	before->refs++;
	target_phase(ONE, OHBA_TARGET_OFF, 0);
	shim_settle();
	target_up(ONE);
	shim_settle();
	assert_ptr_not_equal(ours(), old);
	hba_target_fail(old);
	shim_settle();
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_LOGOUT], 0);
	assert_true(hba_session_is_ready(ours()));
	shim_session_put(before);
}

static void give_up(void *arg)
{
	(void)arg;
	hba_target_fail(ours());
}

static void usable_is(bool usable)
{
	assert_int_equal(libiscsi()->state == ISCSI_STATE_LOGGED_IN, usable);
	assert_int_equal(hba_session_is_ready(ours()), usable);
}

/* It is given up once more while it ends and begins: that is of the one before. */
static void test_given_up_again(void **state)
{
	struct completion grace;

	(void)state;
	init_completion(&grace);
	shim_grace = &grace;
	shim_spawn("error handling", give_up, NULL);
	shim_run();
	target_lost(ONE);
	shim_settle();
	target_up(ONE);
	shim_settle();
	complete(&grace);
	shim_settle();
	usable_is(true);
	assert_int_equal(target_cmds[OHBA_ADMIN_TARGET_LOGOUT], 0);	/* it was gone already */
	assert_int_equal(send_one(), handle_now());
	answer_one();
}

static int reset_ret;

static void reset_target(void *arg)
{
	struct scsi_cmnd sc = { .device = &sdev, .cmnd = (u8[16]) { 0 } };

	(void)arg;
	reset_ret = bench_host()->hostt->eh_target_reset_handler(&sc);
}

static void reset_meanwhile(void)
{
	shim_before_start = NULL;
	ours()->tmf_active = true;	/* so that it cannot send one, and gives up at once */
	shim_spawn("error handling", reset_target, NULL);
	shim_yield();
	ours()->tmf_active = false;
}

/* It is given up as it comes up: it does not count as the login after that. */
static void test_given_up_at_start(void **state)
{
	(void)state;
	target_lost(ONE);
	shim_settle();
	dev.on_admin = swallow_logout;
	reset_ret = 0;
	shim_before_start = reset_meanwhile;
	target_up(ONE);
	shim_settle();
	assert_null(shim_before_start);
	usable_is(false);
	assert_int_equal(reset_ret, 0);
	dev.on_admin = take_target;
	take_target(dev_find(OHBA_ADMIN_TARGET_LOGOUT, DEV_ANY));
	shim_settle();
	assert_int_equal(reset_ret, 0);
	target_up(ONE);
	shim_settle();
	usable_is(true);
	assert_int_equal(reset_ret, SUCCESS);
}

/* The barrier is refused, and the adapter says that the session is UP: not to commands. */
static void test_failing_unready(void **state)
{
	(void)state;
	busy = 3;
	dev.on_admin = answer_busy;
	hba_target_fail(ours());
	shim_settle();
	assert_int_equal(busy, 2);
	assert_false(hba_session_is_ready(ours()));
	target_event(ONE, OHBA_TARGET_UP, 0);
	shim_settle();
	assert_int_equal(busy, 1);
	assert_false(hba_session_is_ready(ours()));
	busy = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UP(abort), UP(tmf_time), LOADED(edited_meanwhile), UP(escalation),
		UP(removal_amid), UP(removal_before), UP(tmf_outstanding), UP(tmf_unanswered),
		UP(target_reset), UP(last_resort), UP(escalation_busy), UP(stale_eh),
		UP(failing_unready), UP(given_up_again), UP(given_up_at_start),
		UP(lost_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
