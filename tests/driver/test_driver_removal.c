// SPDX-License-Identifier: GPL-2.0-or-later
/* Removal of an adapter that has sessions: by the daemon, without it, by both. */
#include "unit.h"
#include "bench.h"

#define DAEMON_MS	5000	/* that the daemon has */

static struct bench_session session, other;
static struct shim_result result;

static int login(void **state)
{
	(void)state;
	bench_up();
	bench_login(&session);
	return 0;
}

static void send_one(void)
{
	struct shim_io io = { .sdev = &session.sdev, .len = 512, .result = &result };

	assert_true(shim_queue(&io) >= 0);
}

/* Return: how long it took, in milliseconds. */
static unsigned int remove_adapter(void)
{
	u64 before = shim_now_us;

	shim_driver->remove(&bench.pdev);
	bench.probed = false;
	return (shim_now_us - before) / 1000;
}

static void test_by_daemon(void **state)
{
	(void)state;
	send_one();
	bench_login(&other);
	shim_daemon_ms = DAEMON_MS - 1000;
	assert_in_range(remove_adapter(), DAEMON_MS - 1000, DAEMON_MS - 1);
	assert_int_equal(result.done, 1);
	assert_int_equal(shim_conn_failures, 2);
	assert_int_equal(shim_conn_error, ISCSI_ERR_INVALID_HOST);
	assert_int_equal(shim_logged("iscsid did not end"), 0);
}

static void test_without_daemon(void **state)
{
	(void)state;
	send_one();
	bench_login(&other);
	shim_daemon_ms = SHIM_NO_DAEMON;
	assert_in_range(remove_adapter(), DAEMON_MS, DAEMON_MS + 1000);
	assert_int_equal(result.done, 1);
	assert_int_equal(shim_logged("iscsid did not end 2 sessions"), 1);
}

/* The class kept the endpoint for the daemon, which wakes up when all is over. */
static void test_daemon_disconnects_late(void **state)
{
	struct iscsi_endpoint *iep = iscsi_lookup_endpoint(session.iep->id);

	(void)state;
	shim_daemon_ms = SHIM_NO_DAEMON;
	remove_adapter();
	shim_disconnect(iep->conn, iep);
	assert_null(iep->conn);
	iscsi_put_endpoint(iep);
}

/* A login that stopped half way: no connection, of which the daemon could be told. */
static void test_half_a_session(void **state)
{
	(void)state;
	assert_int_equal(bench_connect(&other), 0);
	assert_non_null(shim_transport->create_session(other.iep, 128, 32, 1));
	/* The other's end was progress: the daemon got more time. */
	assert_in_range(remove_adapter(), 2 * DAEMON_MS, 2 * DAEMON_MS + 1000);
	assert_int_equal(shim_logged("iscsid did not end 1 sessions"), 1);
}

static bool swallow_close(struct dev_cmd *cmd)
{
	return cmd->sqe.opcode == OHBA_ADMIN_CONN_CLOSE;
}

/* The daemon comes while the driver waits for a close: each object ends once. */
static void test_daemon_wakes_up(void **state)
{
	(void)state;
	send_one();
	dev.on_admin = swallow_close;
	shim_daemon_ms = DAEMON_MS + 500;
	assert_in_range(remove_adapter(), HBA_CLOSE_TIMEOUT_MS, 2 * HBA_CLOSE_TIMEOUT_MS);
	assert_int_equal(result.done, 1);
	assert_int_equal(shim_logged("iscsid did not end 1 sessions"), 1);
	assert_int_equal(shim_logged("did not close a connection"), 1);
}

static void lose_memory(void *arg)
{
	(void)arg;
	shim_sleep_us(1000 * 1000ull);
	shim_no_memory = true;
	shim_sleep_us((DAEMON_MS + 2500) * 1000ull);
	shim_no_memory = false;
}

/* The class could not be asked: again, until it can. */
static void test_without_memory(void **state)
{
	(void)state;
	shim_daemon_ms = SHIM_NO_DAEMON;
	shim_spawn("who takes memory", lose_memory, NULL);
	assert_in_range(remove_adapter(), DAEMON_MS + 3500, DAEMON_MS + 5000);
}

static void free_memory(void *arg)
{
	(void)arg;
	shim_sleep_us(1000 * 1000ull);
	shim_no_memory = false;
}

/* Nor could it be waited for: a session may be about to be created. */
static void test_no_way_to_wait(void **state)
{
	(void)state;
	shim_no_memory = true;
	shim_spawn("who frees memory", free_memory, NULL);
	assert_in_range(remove_adapter(), 1000, 1200);
	assert_true(shim_logged("no way to wait for the iscsi class") > 1);
	assert_int_equal(shim_conn_failures, 1);
}

static void leave(void *arg)
{
	struct hba *hba = arg;

	shim_sleep_us(3000 * 1000ull);
	hba->eh_users--;
	wake_up(&hba->wait);
}

/* Who resets a device by the ioctl is waited for; who comes later is sent away. */
static void test_during_a_reset(void **state)
{
	struct scsi_cmnd sc = { .device = &session.sdev };
	struct hba *hba = pci_get_drvdata(&bench.pdev);

	(void)state;
	hba->eh_closed = true;
	assert_int_equal(bench_host()->hostt->eh_device_reset_handler(&sc), FAILED);
	assert_null(dev_find(OHBA_ADMIN_TMF, DEV_ANY));
	hba->eh_users++;
	shim_spawn("sg_reset", leave, hba);
	assert_in_range(remove_adapter(), 3000, 3000 + 500);
}

/* Who has an endpoint from before gets no session for it. */
static void test_too_late(void **state)
{
	struct hba *hba = pci_get_drvdata(&bench.pdev);

	(void)state;
	assert_int_equal(bench_connect(&other), 0);
	hba->removing = true;
	assert_null(shim_transport->create_session(other.iep, 128, 32, 1));
	remove_adapter();
}

#define TEST(name)	cmocka_unit_test_setup_teardown(test_##name, login, bench_gone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(by_daemon), TEST(without_daemon), TEST(daemon_disconnects_late),
		TEST(half_a_session),
		TEST(daemon_wakes_up), TEST(without_memory), TEST(no_way_to_wait), TEST(during_a_reset),
		TEST(too_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
