// SPDX-License-Identifier: GPL-2.0-or-later
/* How an adapter dies and lives again: what it says by itself, what the host does. */
#include "unit.h"
#include "fixture.h"

static struct shim_result result;

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

/* It answers what it took, and takes nothing more. Waiting for room would be for ever. */
static void test_takes_nothing(void **state)
{
	static const u32 heads[] = { 0x80000000, 0 };
	struct shim_io io = { .sdev = &session.sdev, .len = 512, .result = &result };
	struct ohba_qctl *ctl = shim_dma(dev.q[1].ctl, sizeof(*ctl));
	unsigned int i;

	(void)state;
	dev.silent = true;
	for (i = 0; i < 3; i++) {
		ctl->sq_head = cpu_to_le32(heads[i % 2] + dev.q[1].sq_head - 0x1000);
		assert_int_equal(shim_queue(&io), -EBUSY);
		assert_int_equal(shim_logged("it takes no commands"), 0);
		shim_advance_ms(2 * OHBA_HEARTBEAT_MS);
	}
	dev.silent = false;
	shim_advance_ms(100);
	assert_int_equal(shim_logged("adapter stopped: it takes no commands"), 1);
	assert_int_equal(shim_logged("up again"), 1);
	check_works();
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
	/* The slot may not have been reset, nor the device have acknowledged its own reset. */
	assert_false(shim_bus_master);
	err->resume(&bench.pdev);
	shim_advance_ms(100);
	check_works();
	assert_int_equal(err->error_detected(&bench.pdev, pci_channel_io_perm_failure),
			 PCI_ERS_RESULT_DISCONNECT);
	assert_true(ohba_is_dead(&bench_hw()->pub));
}

/* A kernel that crashed, or the machine's firmware, had it. */
static void test_pci_error_of_one_in_use(void **state)
{
	const struct pci_error_handlers *err;

	(void)state;
	bench_load();
	shim_bus_master = true;
	assert_int_equal(bench_probe(), 0);
	err = shim_driver->err_handler;
	err->error_detected(&bench.pdev, pci_channel_io_normal);
	assert_int_equal(err->slot_reset(&bench.pdev), PCI_ERS_RESULT_RECOVERED);
	assert_false(shim_bus_master);
	err->resume(&bench.pdev);
	shim_advance_ms(100);
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

static void check_shut_down(void)
{
	check_failed(DID_NO_CONNECT);
	assert_false(shim_bus_master);
	send_failed(DID_NO_CONNECT);
	/* Nobody watches it, or starts it again. */
	shim_advance_ms(200000);
	assert_false(shim_bus_master);
	assert_int_equal(shim_logged("stopped"), 0);
	assert_int_equal(shim_logged("restart"), 0);
}

static void test_shutdown(void **state)
{
	(void)state;
	send_one();
	system_state = SYSTEM_HALT;
	shim_driver->shutdown(&bench.pdev);
	assert_int_equal(dev.status, 0);
	check_shut_down();
}

/* The machine does not wait for its answer for longer than it was told to. */
static void test_shutdown_deaf(void **state)
{
	u64 began_us = shim_now_us;

	(void)state;
	send_one();
	dev.deaf = true;
	system_state = SYSTEM_HALT;
	shim_driver->shutdown(&bench.pdev);
	assert_in_range(shim_now_us - began_us, 0, 15000000);
	check_shut_down();
}

/* One that waits to be started stays down. */
static void test_shutdown_amid_restart(void **state)
{
	(void)state;
	send_one();
	dev.deaf = true;
	ohba_kill(&bench_hw()->pub, "the test");
	dev.deaf = false;
	check_failed(DID_TRANSPORT_DISRUPTED);
	assert_int_equal(shim_logged("restart 1 of 6"), 1);
	system_state = SYSTEM_HALT;
	shim_driver->shutdown(&bench.pdev);
	shim_advance_ms(200000);
	assert_false(shim_bus_master);
	assert_int_equal(shim_logged("up again"), 0);
	send_failed(DID_NO_CONNECT);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(test_##name, login, down)
#define ALONE(name)	cmocka_unit_test_teardown(test_##name, bench_gone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(heartbeat), TEST(takes_nothing), TEST(fatal), TEST(not_ready),
		TEST(queue_error), TEST(queue_errors), TEST(late_completion), TEST(deaf), TEST(less_tags),
		TEST(less_conns), TEST(less_queues), TEST(smaller_rings), TEST(absurd_limits),
		TEST(mute_after_restart), TEST(gone), TEST(dead), TEST(pulled_out),
		TEST(function_reset), TEST(pci_error), ALONE(pci_error_of_one_in_use), TEST(sleep),
		TEST(shutdown), TEST(shutdown_deaf), TEST(shutdown_amid_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
