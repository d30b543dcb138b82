// SPDX-License-Identifier: GPL-2.0-or-later
/* Error handling: what is given back when, and polling queues that nobody polls. */
#include "unit.h"
#include "fixture.h"

static struct shim_result result;

static void send_one(void)
{
	struct shim_io io = { .sdev = &session.sdev, .len = 512, .result = &result };

	assert_true(shim_queue(&io) >= 0);
}

/* --- error handling --------------------------------------------------------------------- */

static void test_abort(void **state)
{
	(void)state;
	send_one();
	shim_time_out(0);
	shim_settle();
	assert_int_equal(result.done, 1);
	assert_int_equal(shim_outstanding(), 0);
	assert_int_equal(shim_conn_failures, 0);
}

/* As the kernel's fault injection has it: the driver has given the command back. */
static void test_lost_above(void **state)
{
	(void)state;
	shim_lose_done = 1;
	send_one();
	dev_answer(dev_io(0), OHBA_ST_SUCCESS);
	shim_settle();
	shim_time_out(0);	/* it may be on its way */
	shim_settle();
	assert_int_equal(result.done, 0);
	assert_int_equal(shim_outstanding(), 1);
	shim_time_out(0);
	shim_settle();
	assert_int_equal(result.done, 1);
	assert_int_equal(shim_outstanding(), 0);
	assert_int_equal(shim_conn_failures, 0);
	send_one();
	dev_answer(dev_io(0), OHBA_ST_SUCCESS);
	shim_settle();
	assert_int_equal(result.done, 1);
}

static bool claim_success(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_TMF)
		return false;
	dev_answer(cmd, OHBA_ST_SUCCESS);
	return true;
}

/*
 * "Aborted", it says, and does not complete the command: that is the device's until
 * the connection is closed.
 */
static void test_abort_lies(void **state)
{
	(void)state;
	send_one();
	dev.on_admin = claim_success;
	shim_time_out(0);
	shim_settle();
	assert_int_equal(result.done, 0);
	shim_advance_ms(HBA_DRAIN_TIMEOUT_MS + 100);
	assert_int_equal(result.done, 1);
	assert_int_equal(shim_conn_error, ISCSI_ERR_SCSI_EH_SESSION_RST);
}

static bool swallow_tmf(struct dev_cmd *cmd)
{
	return cmd->sqe.opcode == OHBA_ADMIN_TMF;
}

static void test_abort_unanswered(void **state)
{
	(void)state;
	send_one();
	dev.on_admin = swallow_tmf;
	shim_time_out(0);
	shim_advance_ms(14000);
	assert_int_equal(result.done, 0);
	shim_advance_ms(2000);
	assert_int_equal(result.done, 1);
	assert_int_equal(shim_outstanding(), 0);
}

static u8 refuses[8];

static bool refuse_functions(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_TMF || !refuses[cmd->sqe.body[0]])
		return false;
	dev_answer_with(cmd, (struct ohba_cqe) { .response = 5 });
	return true;
}

static void test_escalation(void **state)
{
	(void)state;
	dev.on_admin = refuse_functions;
	refuses[OHBA_TMF_ABORT_TASK] = 1;
	send_one();
	shim_time_out(0);
	shim_settle();
	assert_int_equal(result.done, 1);
	assert_int_equal(shim_outstanding(), 0);
	assert_int_equal(shim_conn_failures, 0);
	/* By the target reset, and a new login, which nobody does here. */
	refuses[OHBA_TMF_LUN_RESET] = 1;
	send_one();
	shim_time_out(0);
	shim_settle();
	assert_int_equal(result.done, 1);
	assert_int_equal(shim_conn_error, ISCSI_ERR_SCSI_EH_SESSION_RST);
	shim_advance_ms(200000);
	assert_int_equal(shim_outstanding(), 0);
	/* A reset of the host would not help. */
	assert_int_equal(shim_host_reset, FAILED);
	assert_int_equal(shim_logged("adapter stopped"), 0);
	memset(refuses, 0, sizeof(refuses));
}

static bool reject_aborts(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_TMF || cmd->sqe.body[0] != OHBA_TMF_ABORT_TASK)
		return false;
	dev_answer(cmd, OHBA_ST_REJECTED);
	return true;
}

/* A target that knows no abort may know a reset: the session stays. */
static void test_rejected(void **state)
{
	(void)state;
	dev.on_admin = reject_aborts;
	send_one();
	shim_time_out(0);
	shim_settle();
	assert_int_equal(result.done, 1);
	assert_int_equal(shim_outstanding(), 0);
	assert_int_equal(shim_conn_failures, 0);
	assert_int_equal(shim_logged("abort for command 0x"), 1);
	assert_int_equal(shim_logged(": the target refuses"), 1);
}

/* The relogin that error handling waits for. */
static void test_relogin(void **state)
{
	struct iscsi_session *iscsi = session.cls->dd_data;

	(void)state;
	dev.on_admin = refuse_functions;
	memset(refuses, 1, sizeof(refuses));
	send_one();
	shim_time_out(0);
	shim_settle();
	assert_int_equal(iscsi->state, ISCSI_STATE_IN_RECOVERY);
	shim_transport->session_recovery_timedout(session.cls);
	shim_settle();
	assert_int_equal(shim_outstanding(), 0);
	assert_int_equal(shim_host_reset, 0);	/* the devices stay usable */
	memset(refuses, 0, sizeof(refuses));
}

static bool no_tmf_no_close(struct dev_cmd *cmd)
{
	return cmd->sqe.opcode == OHBA_ADMIN_TMF || cmd->sqe.opcode == OHBA_ADMIN_CONN_CLOSE;
}

/* Nothing works: the adapter is stopped before the command is given back. */
static void test_last_resort(void **state)
{
	(void)state;
	send_one();
	dev.on_admin = no_tmf_no_close;
	shim_time_out(0);
	shim_advance_ms(60000);
	assert_int_equal(result.done, 1);
	assert_int_equal(shim_outstanding(), 0);
	assert_int_equal(shim_logged("did not close a connection"), 1);
	dev.on_admin = NULL;
}

/*
 * Who should close the connection of the failed session is kept from it: the adapter
 * is stopped, not earlier than a close may take.
 */
static void test_close_kept_off(void **state)
{
	const unsigned int close_ms = HBA_CLOSE_TIMEOUT_MS + 2 * HBA_DRAIN_TIMEOUT_MS;

	(void)state;
	send_one();
	dev.on_admin = swallow_tmf;
	mutex_lock(&session.conn->ep_mutex);
	shim_time_out(0);
	shim_advance_ms(15000 + close_ms - 100);
	assert_int_equal(result.done, 0);
	shim_advance_ms(200);
	mutex_unlock(&session.conn->ep_mutex);
	assert_int_equal(result.done, 1);
	assert_int_equal(shim_logged("commands of a failed session did not end"), 1);
	dev.on_admin = NULL;
	shim_advance_ms(100);
	assert_int_equal(shim_outstanding(), 0);
}

/* No time is left for the steps before: a reset of the adapter ends all commands. */
static void test_host_reset(void **state)
{
	struct shim_result other;
	struct shim_io io = { .sdev = &session.sdev, .len = 512, .result = &other };

	(void)state;
	send_one();
	assert_int_equal(shim_queue(&io), 1);
	shim_eh_late = true;
	shim_time_out(0);
	shim_advance_ms(1000);
	assert_int_equal(result.done, 1);
	assert_int_equal(result.result, DID_TRANSPORT_DISRUPTED << 16);
	assert_int_equal(other.done, 1);
	assert_int_equal(other.result, DID_TRANSPORT_DISRUPTED << 16);
	assert_int_equal(shim_outstanding(), 0);
	assert_int_equal(shim_host_reset, FAST_IO_FAIL);
	assert_int_equal(shim_logged("the SCSI layer resets it"), 1);
	assert_int_equal(shim_logged("up again"), 1);
	bench_logout(&session);
	bench_login(&session);
	send_one();
	dev_answer(dev_io(0), OHBA_ST_SUCCESS);
	shim_settle();
	assert_int_equal(result.result, 0);
}

/* Nothing is outstanding: it is for the asking only. */
static void test_host_reset_wanted(void **state)
{
	struct scsi_cmnd sc = { .device = &session.sdev };
	struct Scsi_Host *shost = bench_host();

	(void)state;
	assert_int_equal(shost->hostt->eh_host_reset_handler(&sc), FAILED);
	assert_int_equal(shim_logged("adapter stopped"), 0);
	sc.submitter = SUBMITTED_BY_SCSI_RESET_IOCTL;
	assert_int_equal(shost->hostt->eh_host_reset_handler(&sc), SUCCESS);
	shim_advance_ms(1000);
	assert_int_equal(shim_logged("up again"), 1);
}

/* The target does not come back: that is not for a reset of the host to mend. */
static void test_target_reset_wanted(void **state)
{
	u8 cdb[16] = { 0 };
	struct scsi_cmnd sc = { .device = &session.sdev, .cmnd = cdb };
	struct Scsi_Host *shost = bench_host();

	(void)state;
	assert_int_equal(shost->hostt->eh_target_reset_handler(&sc), FAILED);
	sc.submitter = SUBMITTED_BY_SCSI_RESET_IOCTL;
	assert_int_equal(shost->hostt->eh_target_reset_handler(&sc), SUCCESS);
	assert_int_equal(shim_conn_error, ISCSI_ERR_SCSI_EH_SESSION_RST);
}

/* The completion was on its way: the timeout is none. */
static void test_late_is_enough(void **state)
{
	(void)state;
	send_one();
	dev.on_admin = swallow_tmf;
	shim_time_out(0);
	shim_run();
	dev_answer(dev_io(0), OHBA_ST_SUCCESS);
	shim_settle();
	shim_advance_ms(20000);
	assert_int_equal(result.done, 1);
	assert_int_equal(shim_outstanding(), 0);
	assert_int_equal(shim_conn_failures, 0);
	dev.on_admin = NULL;
}

/* An interrupt is lost: error handling looks, and the next one comes. */
static void test_lost_interrupt(void **state)
{
	u32 vector = dev.q[1].vector;

	(void)state;
	send_one();
	dev.q[1].vector = 0;	/* of the admin queue */
	dev_answer(dev_io(0), OHBA_ST_SUCCESS);
	dev.q[1].vector = vector;
	shim_settle();
	assert_int_equal(result.done, 0);
	shim_time_out(0);
	shim_settle();
	assert_int_equal(result.done, 1);
	send_one();
	dev_answer(dev_io(0), OHBA_ST_SUCCESS);
	shim_settle();
	assert_int_equal(result.done, 1);
}

/* --- polling queues ------------------------------------------------------------------------ */

unsigned int *shim_param_poll_queues(void);

static int login_polling(void **state)
{
	*shim_param_poll_queues() = 2;
	login(state);
	*shim_param_poll_queues() = 0;
	return 0;
}

static void test_polling(void **state)
{
	struct Scsi_Host *shost = bench_host();
	struct shim_io io = { .sdev = &session.sdev, .len = 512, .result = &result, .hwq = 2 };
	struct ohba_cqe cqe = { 0 };

	(void)state;
	shost->hostt->map_queues(shost);
	assert_int_equal(shost->tag_set.map[HCTX_TYPE_POLL].nr_queues, 2);
	assert_int_equal(shim_queue(&io), 0);
	assert_int_equal(shost->hostt->mq_poll(shost, 2), 0);
	cqe.tag = dev_io(0)->sqe.tag;
	dev_answer(dev_io(0), OHBA_ST_SUCCESS);
	dev_post(4, cqe);
	shim_settle();
	assert_int_equal(result.done, 0);	/* nobody looks */
	assert_int_equal(shost->hostt->mq_poll(shost, 2), 1);
	assert_int_equal(result.done, 1);
	assert_int_equal(shost->hostt->mq_poll(shost, 3), 1);
	assert_int_equal(bench_hw()->pairs[3].stats.stale, 1);
	assert_int_equal(shost->hostt->mq_poll(shost, 0), 0);	/* has an interrupt */
}

static void test_no_affinity(void **state)
{
	struct Scsi_Host *shost = bench_host();

	(void)state;
	shim_no_affinity = true;
	shost->hostt->map_queues(shost);
	shim_no_affinity = false;
}

/* Error handling looks itself: who should poll may be gone. */
static void test_polling_timeout(void **state)
{
	struct shim_io io = { .sdev = &session.sdev, .len = 512, .result = &result, .hwq = 3 };

	(void)state;
	assert_int_equal(shim_queue(&io), 0);
	dev_answer(dev_io(0), OHBA_ST_SUCCESS);
	shim_settle();
	assert_int_equal(result.done, 0);
	shim_time_out(0);
	assert_int_equal(result.done, 1);
	assert_int_equal(shim_queue(&io), 0);
	shim_time_out(0);	/* aborted, found by polling */
	shim_advance_ms(100);
	assert_int_equal(result.done, 1);
}

/* Nor does its own go where nobody looks. */
static void test_polling_eh(void **state)
{
	struct shim_io io = {
		.sdev = &session.sdev, .len = 512, .result = &result, .by_eh = true,
	};

	(void)state;
	for (io.hwq = 2; io.hwq < 4; io.hwq++) {
		assert_int_equal(shim_queue(&io), 0);
		dev_answer(dev_io(0), OHBA_ST_SUCCESS);
		shim_settle();
		assert_int_equal(result.done, 1);
		assert_int_equal(result.result, 0);
	}
}

/* The device says that a command is done which comes only then: that ends it, once. */
static void test_polling_foretold(void **state)
{
	struct Scsi_Host *shost = bench_host();
	struct shim_io io = { .sdev = &session.sdev, .len = 512, .result = &result, .hwq = 2 };
	struct ohba_cqe cqe = { 0 };

	(void)state;
	assert_int_equal(shim_queue(&io), 0);
	cqe.tag = dev_io(0)->sqe.tag + OHBA_TAG(0, 1);
	dev_answer(dev_io(0), OHBA_ST_SUCCESS);
	assert_int_equal(shost->hostt->mq_poll(shost, 2), 1);
	dev.hostile = true;
	dev_post(3, cqe);
	assert_int_equal(shim_queue(&io), 0);
	assert_int_equal(dev_io(0)->sqe.tag, cqe.tag);
	assert_int_equal(result.done, 0);
	assert_int_equal(shost->hostt->mq_poll(shost, 2), 1);
	assert_int_equal(result.done, 1);
	dev_answer(dev_io(0), OHBA_ST_SUCCESS);
	assert_int_equal(shost->hostt->mq_poll(shost, 2), 1);
	assert_int_equal(result.done, 1);
	assert_int_equal(bench_hw()->pairs[2].stats.stale, 1);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(test_##name, login, down)
#define POLLING(name)	cmocka_unit_test_setup_teardown(test_##name, login_polling, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(abort), TEST(lost_above), TEST(abort_lies), TEST(abort_unanswered),
		TEST(escalation), TEST(rejected),
		TEST(relogin), TEST(last_resort), TEST(close_kept_off),
		TEST(host_reset), TEST(host_reset_wanted), TEST(target_reset_wanted),
		TEST(late_is_enough), TEST(lost_interrupt),
		POLLING(polling), POLLING(no_affinity),
		POLLING(polling_timeout), POLLING(polling_eh), POLLING(polling_foretold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
