// SPDX-License-Identifier: GPL-2.0-or-later
/* iscsiadm's ping, and the events of a host. */
#include "unit.h"
#include "ifaces.h"

#define PID	0xfeedu

static struct dev_cmd *pinged;		/* the last, not yet answered */
static struct ohba_ping body;
static unsigned int npings;

static bool take(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_PING)
		return false;
	pinged = cmd;
	memcpy(&body, cmd->sqe.body, sizeof(body));
	npings++;
	return true;
}

static int wired(void **state)
{
	(void)state;
	bench_load_wire(OHBA_FEATURE_WIRE, take);
	npings = shim_pongs = shim_host_events = 0;
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	return 0;
}

static int send_to(u32 num, u32 type, u32 len, struct sockaddr *dst)
{
	int err;

	mutex_lock(&shim_class_mutex);
	err = shim_transport->send_ping(bench_host(), num, type, len, PID + npings, dst);
	shim_settle();
	mutex_unlock(&shim_class_mutex);
	shim_settle();
	return err;
}

static int send4(u32 len, u8 first)
{
	struct sockaddr_in in = { .sin_family = AF_INET };

	memcpy(&in.sin_addr, ((u8[]) { first, 0, 2, 9 }), 4);
	return send_to(0, V4, len, (void *)&in);
}

static int send6(const u8 *addr)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	memcpy(&in6.sin6_addr, addr, 16);
	return send_to(0, V6, 32, (void *)&in6);
}

static void ended(u32 status)
{
	shim_settle();
	assert_int_equal(shim_pongs, 1);
	assert_int_equal(shim_pong_status, status);
	assert_int_equal(shim_pong_pid, PID);
}

static void test_ping(void **state)
{
	(void)state;
	assert_int_equal(send4(32, 192), 0);
	assert_int_equal(npings, 1);
	assert_int_equal(body.family, OHBA_FAMILY_IPV4);
	assert_int_equal(le16_to_cpu(body.len), 32);
	assert_memory_equal(body.dst, ((u8[16]) { 192, 0, 2, 9 }), 16);
	assert_in_range(le32_to_cpu(body.timeout_ms), 1, 29000);
	assert_int_equal(shim_pongs, 0);
	dev_answer(pinged, OHBA_ST_SUCCESS);
	ended(ISCSI_PING_SUCCESS);
	assert_int_equal(send6(addr6), 0);
	assert_int_equal(body.family, OHBA_FAMILY_IPV6);
	assert_memory_equal(body.dst, addr6, 16);
	dev_answer(pinged, OHBA_ST_SUCCESS);
	shim_settle();
	assert_int_equal(shim_pongs, 2);
}

/* The device is faster than the class's reply. */
static bool at_once(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_PING)
		return false;
	npings++;
	dev_answer(cmd, OHBA_ST_SUCCESS);
	return true;
}

static void test_after_the_reply(void **state)
{
	(void)state;
	dev.on_admin = at_once;
	assert_int_equal(send4(32, 192), 0);
	shim_settle();
	assert_int_equal(shim_pongs, 1);
}

static void test_status(void **state)
{
	static const struct { u16 status; u32 told; } row[] = {
		{ OHBA_ST_CONN_TIMEOUT, ISCSI_PING_TIMEOUT },
		{ OHBA_ST_HOST_UNREACH, ISCSI_PING_NO_ARP_RECEIVED },
		{ OHBA_ST_NO_HELPER, ISCSI_PING_NO_ARP_RECEIVED },
		{ OHBA_ST_ICMP_ERROR, ISCSI_PING_ICMP_ERROR },
		{ OHBA_ST_INVALID_FIELD, ISCSI_PING_OVERSIZE_PACKET },
		{ OHBA_ST_NO_RESOURCES, ISCSI_PING_MAX_REQ_EXCEEDED },
		{ OHBA_ST_INVALID_OPCODE, ISCSI_PING_FW_DISABLED },
		{ 0xffff, ISCSI_PING_FW_DISABLED },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		npings = shim_pongs = 0;
		assert_int_equal(send4(0x12345, 192), 0);
		assert_int_equal(le16_to_cpu(body.len), 0xffff);
		dev_answer(pinged, row[i].status);
		ended(row[i].told);
	}
}

static void test_impossible(void **state)
{
	static const u8 group6[16] = { 0xff, 2, [15] = 1 }, self6[16] = { [15] = 1 };
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr other = { .sa_family = AF_UNIX };

	(void)state;
	memcpy(&in.sin_addr, ((u8[]) { 192, 0, 2, 9 }), 4);
	assert_int_equal(send4(32, 224), -EINVAL);
	assert_int_equal(send4(32, 127), -EINVAL);
	assert_int_equal(send4(32, 0), -EINVAL);
	assert_int_equal(send6(group6), -EINVAL);
	assert_int_equal(send6(self6), -EINVAL);
	assert_int_equal(send6(group6), -EINVAL);
	assert_int_equal(send6(self6), -EINVAL);
	assert_int_equal(send_to(0, V4, 32, &other), -EINVAL);
	assert_int_equal(send_to(0, V6, 32, (void *)&in), -EINVAL);
	assert_int_equal(send_to(HBA_IFACES, V4, 32, (void *)&in), -EINVAL);
	assert_int_equal(npings, 0);
	assert_int_equal(shim_pongs, 0);
	/* They took no place. */
	test_ping(state);
}

static void test_as_many_as_there_are(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < OHBA_PINGS_MAX; i++)
		assert_int_equal(send4(32, 192), 0);
	assert_int_equal(send4(32, 192), -EBUSY);
	dev_answer(pinged, OHBA_ST_SUCCESS);
	shim_settle();
	assert_int_equal(send4(32, 192), 0);
	/* They end with the adapter; the one that is started again takes more. */
	ohba_kill(&bench_hw()->pub, "a test");
	shim_settle();
	assert_int_equal(shim_pongs, 1 + OHBA_PINGS_MAX);
	assert_int_equal(shim_pong_status, ISCSI_PING_FW_DISABLED);
	assert_int_equal(send4(32, 192), 0);
}

/* The firmware never answers: iscsiadm is told all the same, and the adapter goes on. */
static void test_unanswered(void **state)
{
	unsigned int i;

	(void)state;
	assert_int_equal(send4(32, 192), 0);
	shim_advance_ms(29000);
	ended(ISCSI_PING_TIMEOUT);
	assert_int_equal(shim_logged("adapter stopped"), 0);
	/* Its place is the firmware's until that answers. */
	for (i = 1; i < OHBA_PINGS_MAX; i++)
		assert_int_equal(send4(32, 192), 0);
	assert_int_equal(send4(32, 192), -EBUSY);
	shim_advance_ms(29000);
	assert_int_equal(shim_pongs, OHBA_PINGS_MAX);
	dev_answer(pinged, OHBA_ST_SUCCESS);
	shim_settle();
	assert_int_equal(shim_pongs, OHBA_PINGS_MAX);
	assert_int_equal(send4(32, 192), 0);
	dev_answer(pinged, OHBA_ST_SUCCESS);
	shim_settle();
	assert_int_equal(shim_pongs, OHBA_PINGS_MAX + 1);
}

/* Each has its own time. */
static void test_limits(void **state)
{
	(void)state;
	assert_int_equal(send4(32, 192), 0);
	dev_answer(pinged, OHBA_ST_SUCCESS);
	shim_advance_ms(15000);
	assert_int_equal(shim_pongs, 1);
	assert_int_equal(send4(32, 192), 0);
	shim_advance_ms(10000);
	assert_int_equal(shim_pongs, 1);
	dev_answer(pinged, OHBA_ST_SUCCESS);
	shim_settle();
	assert_int_equal(shim_pongs, 2);
	assert_int_equal(shim_pong_status, ISCSI_PING_SUCCESS);
	/* One whose answer is there before the limit is set, as test_after_the_reply(). */
	dev.on_admin = at_once;
	assert_int_equal(send4(32, 192), 0);
	dev.on_admin = take;
	shim_advance_ms(15000);
	assert_int_equal(send4(32, 192), 0);
	shim_advance_ms(10000);
	assert_int_equal(shim_pongs, 3);
}

/* What is told late waits for the class: the place is not used again before that is over. */
static void test_limit_waits(void **state)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct hba *hba = pci_get_drvdata(&bench.pdev);

	(void)state;
	memcpy(&in.sin_addr, ((u8[]) { 192, 0, 2, 9 }), 4);
	assert_int_equal(send4(32, 192), 0);
	mutex_lock(&shim_class_mutex);
	shim_advance_ms(29000);
	assert_int_equal(shim_pongs, 0);
	dev_answer(pinged, OHBA_ST_SUCCESS);
	shim_settle();
	assert_int_equal(shim_transport->send_ping(bench_host(), 0, V4, 32, PID + 1,
						   (void *)&in), 0);
	assert_true(hba->pings[0].busy);
	assert_true(hba->pings[1].busy);
	mutex_unlock(&shim_class_mutex);
	ended(ISCSI_PING_TIMEOUT);
	assert_false(hba->pings[0].busy);
}

/* As if it was set when the ping had ended already. */
static void test_limit_of_before(void **state)
{
	struct hba *hba = pci_get_drvdata(&bench.pdev);

	(void)state;
	queue_delayed_work(system_unbound_wq, &hba->pings[0].limit, 1000);
	assert_int_equal(send4(32, 192), 0);
	shim_advance_ms(5000);
	assert_int_equal(shim_pongs, 0);
	/* It began before. */
	queue_work(system_unbound_wq, &hba->pings[0].limit.work);
	shim_settle();
	assert_int_equal(shim_pongs, 0);
	shim_advance_ms(24000);
	ended(ISCSI_PING_TIMEOUT);
	queue_delayed_work(system_unbound_wq, &hba->pings[1].limit, 1000);
	/* And removed. */
}

static void test_removed(void **state)
{
	(void)state;
	assert_int_equal(send4(32, 192), 0);
	bench_down();
	assert_int_equal(shim_pongs, 1);
	assert_int_equal(shim_pong_status, ISCSI_PING_FW_DISABLED);
	wired(state);
}

static void test_no_wire(void **state)
{
	(void)state;
	bench_down();
	bench_load();
	assert_int_equal(bench_probe(), 0);
	assert_int_equal(send4(32, 192), -EOPNOTSUPP);
}

static void link(u32 up)
{
	struct ohba_event ev = { .type = OHBA_EVENT_LINK, .detail = { cpu_to_le32(up) } };

	dev_post_event(ev);
	shim_settle();
}

static void test_link_events(void **state)
{
	(void)state;
	assert_int_equal(shim_host_events, 0);	/* how it is at first is no event */
	link(0);
	assert_int_equal(shim_host_events, 1);
	assert_int_equal(shim_host_event, ISCSI_EVENT_LINKDOWN);
	link(1);
	assert_int_equal(shim_host_events, 2);
	assert_int_equal(shim_host_event, ISCSI_EVENT_LINKUP);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(test_##name, wired, bench_gone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ping), TEST(after_the_reply), TEST(status), TEST(impossible),
		TEST(as_many_as_there_are), TEST(unanswered), TEST(limits),
		TEST(limit_waits), TEST(limit_of_before), TEST(removed), TEST(no_wire), TEST(link_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
