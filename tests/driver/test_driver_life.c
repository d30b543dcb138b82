// SPDX-License-Identifier: GPL-2.0-or-later
/* How an adapter dies and lives again: what it says by itself, what the host does. */
#include "unit.h"
#include "bench.h"

static struct bench_session session;
static struct shim_result result;

static int up(void **state)
{
	(void)state;
	bench_up();
	return 0;
}

static int login(void **state)
{
	up(state);
	bench_login(&session);
	return 0;
}

static int down(void **state)
{
	(void)state;
	bench_logout(&session);
	bench_down();
	return 0;
}

static void send_one(void)
{
	struct shim_io io = { .sdev = &session.sdev, .len = 512, .result = &result };

	assert_true(shim_queue(&io) >= 0);
}

/* The driver does not take it: it is failed at once. */
static void send_failed(int host_byte)
{
	struct shim_io io = { .sdev = &session.sdev, .len = 512, .result = &result };

	assert_int_equal(shim_queue(&io), -ECANCELED);
	assert_int_equal(result.done, 1);
	assert_int_equal(result.result, host_byte << 16);
}

static void check_failed(int host_byte)
{
	assert_int_equal(result.done, 1);
	assert_int_equal(result.result, host_byte << 16);
	assert_int_equal(result.resid, 512);
	assert_int_equal(shim_outstanding(), 0);
}

/* It serves a new session. */
static void check_works(void)
{
	bench_logout(&session);
	bench_login(&session);
	send_one();
	dev_answer(dev_io(0), OHBA_ST_SUCCESS);
	shim_settle();
	assert_int_equal(result.done, 1);
	assert_int_equal(result.result, 0);
}

/* --- what the device says ------------------------------------------------------- */

static void check_restart(const char *why)
{
	check_failed(DID_TRANSPORT_DISRUPTED);
	assert_int_equal(shim_logged(why), 1);
	assert_int_equal(shim_logged("up again"), 1);
	check_works();
}

static void test_heartbeat(void **state)
{
	(void)state;
	send_one();
	shim_advance_ms(20000);
	assert_int_equal(result.done, 0);	/* slow is not dead */
	dev.heart_stopped = true;
	shim_advance_ms(4 * 2 * OHBA_HEARTBEAT_MS + 100);
	dev.heart_stopped = false;
	shim_advance_ms(100);
	check_restart("the heartbeat stopped");
}

static void test_fatal(void **state)
{
	(void)state;
	send_one();
	dev.status = OHBA_STATUS_FATAL | OHBA_ST_INTERNAL << OHBA_STATUS_REASON_SHIFT;
	shim_advance_ms(2 * OHBA_HEARTBEAT_MS + 100);
	assert_int_equal(shim_logged("firmware failed: INTERNAL"), 1);
	check_restart("adapter stopped: the firmware failed");
}

static void test_not_ready(void **state)
{
	(void)state;
	send_one();
	dev.status = 0xfffffffc;
	shim_advance_ms(2 * OHBA_HEARTBEAT_MS + 100);
	check_restart("restarted by itself");
}

static void test_queue_error(void **state)
{
	(void)state;
	send_one();
	dev_post_event((struct ohba_event) { .type = OHBA_EVENT_QUEUE_ERROR,
					     .reason = cpu_to_le16(OHBA_ST_INVALID_QUEUE),
					     .handle = cpu_to_le32(0xffffffff) });
	shim_settle();
	shim_advance_ms(100);
	check_restart("queue 4294967295 stopped: INVALID_QUEUE");
}

/* Many reasons at once: one stop. */
static void test_queue_errors(void **state)
{
	int i;

	(void)state;
	send_one();
	for (i = 0; i < 20; i++)
		dev_post_event((struct ohba_event) { .type = OHBA_EVENT_QUEUE_ERROR });
	shim_settle();
	shim_advance_ms(100);
	assert_int_equal(shim_logged("restart 1 of 6"), 1);
	check_restart("up again");
}

/* What was answered before the stop, and is not read by then, is void. */
static void test_late_completion(void **state)
{
	struct ohba_cqe cqe = { 0 };

	(void)state;
	send_one();
	cqe.tag = dev_io(0)->sqe.tag;
	ohba_kill(&bench_hw()->pub, "the test");
	check_failed(DID_TRANSPORT_DISRUPTED);
	shim_advance_ms(100);
	dev_post(1, cqe);
	shim_settle();
	assert_int_equal(result.done, 1);
	assert_int_equal(bench_hw()->pairs[0].stats.stale, 1);
	check_works();
}

/* It does not stop when told: bus mastering is what ends its writes. */
static void test_deaf(void **state)
{
	unsigned int stops = shim_stops;

	(void)state;
	send_one();
	dev.deaf = true;
	ohba_kill(&bench_hw()->pub, "the test");
	assert_int_equal(shim_stops, stops + 1);
	check_failed(DID_TRANSPORT_DISRUPTED);
	assert_int_equal(shim_logged("reset was not acknowledged"), 1);
	/* A minute later it is given up. */
	shim_advance_ms(120000);
	assert_int_equal(shim_logged("restart 6 of 6"), 1);
	assert_int_equal(shim_logged("stopped for good"), 1);
	assert_true(ohba_is_dead(&bench_hw()->pub));
}

static void less(u32 *limit, u32 value)
{
	*limit = value;
	ohba_kill(&bench_hw()->pub, "the test");
	shim_advance_ms(1000);
	assert_true(ohba_is_dead(&bench_hw()->pub));
	assert_int_equal(shim_logged("offers less"), 1);
}

static void test_less_tags(void **state)
{
	(void)state;
	less(&dev.identify.max_tags, cpu_to_le32(BENCH_TAGS - 1));
}

static void test_less_conns(void **state)
{
	(void)state;
	less(&dev.identify.max_conns, cpu_to_le32(1));
}

static void test_less_queues(void **state)
{
	(void)state;
	less(&dev.max_queues, 1);
}

static void test_smaller_rings(void **state)
{
	(void)state;
	/* The rings that there are would be larger than it allows. */
	less(&dev.max_qsize, 2);
}

static void test_absurd_limits(void **state)
{
	(void)state;
	less(&dev.identify.max_burst, cpu_to_le32(511));
}

static bool mute(struct dev_cmd *cmd)
{
	(void)cmd;
	return true;
}

/* It starts, and answers nothing. */
static void test_mute_after_restart(void **state)
{
	(void)state;
	dev.on_admin = mute;
	ohba_kill(&bench_hw()->pub, "the test");
	shim_advance_ms(200000);
	assert_true(ohba_is_dead(&bench_hw()->pub));
	dev.on_admin = NULL;
}

static void test_gone(void **state)
{
	(void)state;
	send_one();
	shim_device.present = false;
	shim_advance_ms(2 * OHBA_HEARTBEAT_MS + 100);
	check_failed(DID_TRANSPORT_DISRUPTED);
	assert_true(ohba_is_dead(&bench_hw()->pub));
	assert_int_equal(shim_logged("the device was removed"), 1);
	send_failed(DID_NO_CONNECT);
}

/* Commands to a dead adapter fail, connects too. */
static void test_dead(void **state)
{
	struct bench_session other;

	(void)state;
	ohba_end(&bench_hw()->pub, "the test");
	assert_int_equal(bench_connect(&other), -ENODEV);
	bench_logout(&session);
}

/* --- what the host does -------------------------------------------------------------- */

static void test_pulled_out(void **state)
{
	(void)state;
	send_one();
	shim_device.present = false;
	bench_logout(&session);
	assert_int_equal(result.done, 1);
}

static void test_function_reset(void **state)
{
	const struct pci_error_handlers *err = shim_driver->err_handler;

	(void)state;
	send_one();
	err->reset_prepare(&bench.pdev);
	check_failed(DID_TRANSPORT_DISRUPTED);
	shim_advance_ms(5000);
	assert_int_equal(shim_logged("up again"), 0);
	err->reset_done(&bench.pdev);
	shim_advance_ms(100);
	assert_int_equal(shim_logged("up again"), 1);
	check_works();
}

static void test_pci_error(void **state)
{
	const struct pci_error_handlers *err = shim_driver->err_handler;

	(void)state;
	send_one();
	assert_int_equal(err->error_detected(&bench.pdev, pci_channel_io_frozen),
			 PCI_ERS_RESULT_NEED_RESET);
	check_failed(DID_TRANSPORT_DISRUPTED);
	assert_int_equal(err->slot_reset(&bench.pdev), PCI_ERS_RESULT_RECOVERED);
	err->resume(&bench.pdev);
	shim_advance_ms(100);
	check_works();
	assert_int_equal(err->error_detected(&bench.pdev, pci_channel_io_perm_failure),
			 PCI_ERS_RESULT_DISCONNECT);
	assert_true(ohba_is_dead(&bench_hw()->pub));
}

static void test_sleep(void **state)
{
	const struct dev_pm_ops *pm = shim_driver->driver.pm;

	(void)state;
	send_one();
	assert_int_equal(pm->suspend(&bench.pdev.dev), 0);
	check_failed(DID_TRANSPORT_DISRUPTED);
	assert_int_equal(pm->resume(&bench.pdev.dev), 0);
	shim_advance_ms(100);
	check_works();
}

static void test_shutdown(void **state)
{
	(void)state;
	shim_driver->shutdown(&bench.pdev);
	assert_false(shim_bus_master);
	assert_int_equal(dev.status, 0);
	system_state = SYSTEM_HALT;
	send_failed(DID_NO_CONNECT);
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
	unsigned int i;

	(void)state;
	dev.on_admin = refuse_functions;
	refuses[OHBA_TMF_ABORT_TASK] = 1;
	for (i = 0; i < 2; i++) {	/* by the LUN reset, then by the target reset */
		send_one();
		shim_time_out(0);
		shim_settle();
		assert_int_equal(result.done, 1);
		assert_int_equal(shim_outstanding(), 0);
		refuses[OHBA_TMF_LUN_RESET] = 1;
	}
	assert_int_equal(shim_conn_failures, 0);
	/* And by a new login, which nobody does here. */
	refuses[OHBA_TMF_TARGET_WARM_RESET] = 1;
	send_one();
	shim_time_out(0);
	shim_advance_ms(200000);
	assert_int_equal(result.done, 1);
	assert_int_equal(shim_outstanding(), 0);
	memset(refuses, 0, sizeof(refuses));
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
	dev.on_admin = NULL;
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

/* --- parameters, statistics ----------------------------------------------------------------- */

static const char *host_param(enum iscsi_host_param param)
{
	static char buf[4096];

	assert_true(shim_transport->get_host_param(bench_host(), param, buf) > 0);
	return buf;
}

static void link_event(u32 is_up, u32 mbps, const char *name)
{
	char want[32];

	dev_post_event((struct ohba_event) { .type = OHBA_EVENT_LINK,
					     .detail = { cpu_to_le32(is_up), cpu_to_le32(mbps) } });
	shim_settle();
	assert_string_equal(host_param(ISCSI_HOST_PARAM_PORT_STATE),
			    is_up ? "LINK UP\n" : "LINK DOWN\n");
	snprintf(want, sizeof(want), "%s\n", name);
	assert_string_equal(host_param(ISCSI_HOST_PARAM_PORT_SPEED), want);
}

static void test_link(void **state)
{
	(void)state;
	assert_string_equal(host_param(ISCSI_HOST_PARAM_PORT_SPEED), "10 Gbps\n");
	link_event(1, 10, "10 Mbps");
	link_event(1, 100, "100 Mbps");
	link_event(0, 1000, "1 Gbps");
	link_event(0xffffffff, 25000, "25 Gbps");
	link_event(1, 40000, "40 Gbps");
	link_event(1, 0xffffffff, "Unknown!");
}

static void test_host_params(void **state)
{
	char buf[4096];

	(void)state;
	assert_string_equal(host_param(ISCSI_HOST_PARAM_IPADDRESS), "192.0.2.1\n");
	assert_string_equal(host_param(ISCSI_HOST_PARAM_INITIATOR_NAME), "\n");
	assert_int_equal(shim_transport->set_host_param(
		bench_host(), ISCSI_HOST_PARAM_INITIATOR_NAME, "iqn.x", 5), 0);
	assert_string_equal(host_param(ISCSI_HOST_PARAM_INITIATOR_NAME), "iqn.x\n");
	assert_int_equal(shim_transport->set_host_param(
		bench_host(), ISCSI_HOST_PARAM_IPADDRESS, "1.2.3.4", 7), -ENOSYS);
	assert_int_equal(shim_transport->get_host_param(bench_host(), ISCSI_HOST_PARAM_OTHER, buf),
			 -ENOSYS);
	assert_true(strlen(host_param(ISCSI_HOST_PARAM_HWADDRESS)) > 1);
}

/* An address of a family that does not exist is none of ours, and no harm. */
static void test_conn_info(void **state)
{
	(void)state;
	bench_logout(&session);
	dev.info.family = OHBA_FAMILY_IPV6;
	memset(dev.info.local_addr, 0xfe, 16);
	bench_login(&session);
	assert_string_equal(host_param(ISCSI_HOST_PARAM_IPADDRESS),
			    "fefe:fefe:fefe:fefe:fefe:fefe:fefe:fefe\n");
	bench_logout(&session);
	dev.info.family = 0xff;
	bench_login(&session);
	assert_string_equal(host_param(ISCSI_HOST_PARAM_IPADDRESS), "254.254.254.254\n");
}

static bool refuse_stats(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_STATS_GET)
		return false;
	dev_answer(cmd, OHBA_ST_INVALID_HANDLE);
	return true;
}

static void test_stats(void **state)
{
	struct iscsi_stats stats = { 0 };

	(void)state;
	memset(&dev.stats, 0xff, sizeof(dev.stats));
	dev.on_admin = refuse_stats;
	shim_transport->get_stats(session.conn, &stats);
	assert_int_equal(stats.txdata_octets, 0);
	dev.on_admin = NULL;
	dev.stats.r2t_pdus = cpu_to_le64(7);
	shim_transport->get_stats(session.conn, &stats);
	assert_true(stats.txdata_octets == UINT64_MAX);
	assert_int_equal(stats.r2t_pdus, 7);
	assert_int_equal(stats.custom_length, 1);
	assert_string_equal(stats.custom[0].desc, "window_closed");
}

static int set(enum iscsi_param param, const char *text)
{
	return shim_transport->set_param(session.conn, param, (char *)text, strlen(text));
}

static void test_timers(void **state)
{
	char buf[4096];

	(void)state;
	assert_int_equal(set(ISCSI_PARAM_PING_TMO, "7"), 0);
	assert_int_equal(set(ISCSI_PARAM_RECV_TMO, "86400"), 0);
	assert_int_equal(set(ISCSI_PARAM_RECV_TMO, "86401"), -ERANGE);
	assert_int_equal(set(ISCSI_PARAM_RECV_TMO, "-1"), -ERANGE);
	assert_int_equal(set(ISCSI_PARAM_RECV_TMO, "x"), -EINVAL);
	assert_int_equal(shim_transport->get_conn_param(session.conn, ISCSI_PARAM_PING_TMO, buf),
			 2);
	assert_string_equal(buf, "7\n");
	shim_transport->get_conn_param(session.conn, ISCSI_PARAM_RECV_TMO, buf);
	assert_string_equal(buf, "86400\n");
	shim_transport->get_conn_param(session.conn, ISCSI_PARAM_MAX_RECV_DLENGTH, buf);
	assert_string_equal(buf, "8192\n");
}

static void test_ep_params(void **state)
{
	char buf[4096];

	(void)state;
	assert_true(shim_transport->get_ep_param(session.iep, ISCSI_PARAM_CONN_ADDRESS, buf) > 0);
	assert_string_equal(buf, "192.0.2.2\n");
	assert_true(shim_transport->get_ep_param(session.iep, ISCSI_PARAM_CONN_PORT, buf) > 0);
	assert_string_equal(buf, "3260\n");
	assert_int_equal(shim_transport->get_ep_param(session.iep, ISCSI_PARAM_ERL, buf), -ENOSYS);
}

static void test_attributes(void **state)
{
	int param;

	(void)state;
	for (param = 0; param < ISCSI_PARAM_OTHER; param++)
		assert_int_equal(shim_transport->attr_is_visible(ISCSI_PARAM, param), 0444);
	assert_int_equal(shim_transport->attr_is_visible(ISCSI_PARAM, ISCSI_PARAM_OTHER), 0);
	for (param = 0; param < ISCSI_HOST_PARAM_OTHER; param++)
		assert_int_equal(shim_transport->attr_is_visible(ISCSI_HOST_PARAM, param), 0444);
	assert_int_equal(shim_transport->attr_is_visible(ISCSI_HOST_PARAM, param), 0);
	assert_int_equal(shim_transport->attr_is_visible(2, 0), 0);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(test_##name, login, down)
#define POLLING(name)	cmocka_unit_test_setup_teardown(test_##name, login_polling, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(heartbeat), TEST(fatal), TEST(not_ready), TEST(queue_error),
		TEST(queue_errors), TEST(late_completion), TEST(deaf), TEST(less_tags),
		TEST(less_conns), TEST(less_queues), TEST(smaller_rings), TEST(absurd_limits),
		TEST(mute_after_restart), TEST(gone), TEST(dead), TEST(pulled_out),
		TEST(function_reset), TEST(pci_error), TEST(sleep), TEST(shutdown), TEST(abort),
		TEST(abort_lies), TEST(abort_unanswered), TEST(escalation), TEST(relogin),
		TEST(last_resort), TEST(late_is_enough), POLLING(polling),
		POLLING(polling_timeout), TEST(link), TEST(host_params), TEST(conn_info),
		TEST(stats), TEST(timers), TEST(ep_params), TEST(attributes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
