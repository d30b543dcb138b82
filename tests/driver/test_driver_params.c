// SPDX-License-Identifier: GPL-2.0-or-later
/* What is read from the device to be shown: link, addresses, statistics, timers. */
#include "unit.h"
#include "fixture.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(link), TEST(host_params), TEST(conn_info), TEST(stats), TEST(timers),
		TEST(ep_params), TEST(attributes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
