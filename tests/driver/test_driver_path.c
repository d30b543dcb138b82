// SPDX-License-Identifier: GPL-2.0-or-later
/* Paths as the helper is asked for and sets them. */
#include "unit.h"
#include "helpers.h"

/* --- a path is wanted -------------------------------------------------------------------- */

static void test_wanted(void **state)
{
	struct nlattr *nest, *attr;
	u16 tci = 100;

	(void)state;
	put_v4(5, 9);
	put(V4, 5, ISCSI_NET_PARAM_IPV4_SUBNET, mask4, 4);
	put(V4, 5, ISCSI_NET_PARAM_VLAN_TAG, &tci, 2);
	put(V4, 5, ISCSI_NET_PARAM_VLAN_ENABLED, (u8[]) { ISCSI_VLAN_ENABLE }, 1);
	put(V6, 0, ISCSI_NET_PARAM_IPV6_ADDR, addr6, 16);
	put(V6, 0, ISCSI_NET_PARAM_IFACE_ENABLE, &on, 1);
	assert_int_equal(apply(), 0);
	shim_genl_listener = true;
	want(OHBA_FAMILY_IPV6, addr6, 16);
	nest = shim_nla_find(shim_genl_attrs, shim_genl_len, OHBA_ATTR_IFACE);
	assert_int_equal(iface_u32(nest, OHBA_IFACE_PREFIX), 64);
	want4();
	assert_int_equal(shim_genl_messages, 2);
	assert_int_equal(shim_genl_cmd, OHBA_CMD_PATH_WANTED);
	check_attr(OHBA_ATTR_ADAPTER, "0000:00:04.0", 13);
	check_attr_u32(OHBA_ATTR_IFINDEX, shim_netdev->ifindex);
	check_attr(OHBA_ATTR_MAC, dev.identify.mac, ETH_ALEN);
	check_attr(OHBA_ATTR_DST, gw4, 4);
	assert_int_equal(ifaces_told(), 1);
	nest = shim_nla_find(shim_genl_attrs, shim_genl_len, OHBA_ATTR_IFACE);
	assert_int_equal(iface_u32(nest, OHBA_IFACE_INDEX), 5);
	assert_int_equal(iface_u32(nest, OHBA_IFACE_PREFIX), 23);
	assert_int_equal(iface_u32(nest, OHBA_IFACE_TCI), 100);
	attr = shim_nla_find(nla_data(nest), nla_len(nest), OHBA_IFACE_ADDR);
	assert_int_equal(nla_len(attr), 4);
	assert_memory_equal(nla_data(attr), addr4, 4);
	assert_null(shim_nla_find(nla_data(nest), nla_len(nest), OHBA_IFACE_GATEWAY));
	shim_advance_ms(100);
	assert_int_equal(npaths, 0);
}

/* Where the helper is, the device's number is another device's. */
static void test_wanted_elsewhere(void **state)
{
	struct net elsewhere;

	(void)state;
	shim_genl_listener = true;
	shim_netdev->net = &elsewhere;
	want4();
	check_attr_u32(OHBA_ATTR_IFINDEX, 0);
	assert_int_equal(shim_genl_dump(OHBA_CMD_ADAPTER, NLMSG_GOODSIZE), 0);
}

/* As much as there can be fits. */
static void test_wanted_with_all(void **state)
{
	struct ohba_iface_conf conf = { .family = OHBA_FAMILY_IPV6, .prefix = 64, .tci = 1,
					.addr = { 1 }, .gateway = { 2 } };
	struct nlattr *nest, *attr;
	unsigned int i;

	(void)state;
	for (i = 0; i < OHBA_IFACES_MAX; i++)
		assert_int_equal(ohba_iface_set(&bench_hw()->pub, i, &conf), 0);
	shim_genl_listener = true;
	want(OHBA_FAMILY_IPV6, addr6, 16);
	assert_int_equal(shim_genl_messages, 1);
	check_attr(OHBA_ATTR_DST, addr6, 16);
	assert_int_equal(ifaces_told(), OHBA_IFACES_MAX);
	nest = shim_nla_find(shim_genl_attrs, shim_genl_len, OHBA_ATTR_IFACE);
	attr = shim_nla_find(nla_data(nest), nla_len(nest), OHBA_IFACE_GATEWAY);
	assert_int_equal(nla_len(attr), 16);
	want4();
	assert_int_equal(shim_genl_messages, 2);
	assert_int_equal(ifaces_told(), 0);
}

static void test_no_listener(void **state)
{
	(void)state;
	want4();
	assert_int_equal(npaths, 1);
	assert_int_equal(path.family, OHBA_FAMILY_IPV4);
	assert_int_equal(le16_to_cpu(path.status), OHBA_ST_NO_HELPER);
	assert_memory_equal(path.dst, gw4, 4);
	assert_int_equal(shim_logged("uipd is not running"), 1);
	want(OHBA_FAMILY_IPV6, addr6, 16);
	assert_int_equal(npaths, 2);
	assert_int_equal(path.family, OHBA_FAMILY_IPV6);
	assert_memory_equal(path.dst, addr6, 16);
}

/* Somebody is there who could not be told now: the adapter asks again. */
static void test_busy_listener(void **state)
{
	unsigned int i;

	(void)state;
	shim_genl_listener = shim_genl_full = true;
	want4();
	shim_genl_full = false;
	for (i = 1; i <= 2; i++) {	/* a message; for the socket */
		shim_alloc_fails = shim_allocs + i;
		want4();
	}
	assert_int_equal(npaths, 0);
	assert_int_equal(shim_logged("uipd"), 0);
	want4();
	assert_int_equal(shim_genl_messages, 1);
}

static void test_refusal_fails(void **state)
{
	(void)state;
	shim_alloc_fails = shim_allocs + 1;
	want4();
	assert_int_equal(npaths, 0);
	path_status = OHBA_ST_INVALID_FIELD;	/* of which nobody wants to know */
	want4();
	assert_int_equal(npaths, 1);
	want4();
	assert_int_equal(npaths, 2);
}

static void test_unknown_family(void **state)
{
	(void)state;
	shim_genl_listener = true;
	want(0, addr6, 16);
	want(3, addr6, 16);
	want(0xff, addr6, 16);
	want(0xffffffff, addr6, 16);
	assert_int_equal(shim_genl_messages, 0);
	assert_int_equal(npaths, 0);
}

static bool never(struct dev_cmd *cmd)
{
	return cmd->sqe.opcode == OHBA_ADMIN_PATH_SET;
}

/* Each wish is answered by a command: they come faster than commands have room. */
static void test_flood(void **state)
{
	unsigned int i;

	(void)state;
	dev.on_admin = never;
	for (i = 0; i < 6 * dev.events.cq_size; i++) {
		dev_post_event((struct ohba_event) { .type = OHBA_EVENT_PATH_WANTED,
						     .handle = cpu_to_le32(OHBA_FAMILY_IPV4) });
		if (i % dev.events.cq_size == dev.events.cq_size - 1)
			shim_settle();
	}
	shim_settle();
	assert_int_equal(bench_hw()->events.count, 6 * dev.events.cq_size);
}

/* --- a path is set -------------------------------------------------------------------------- */

static const u8 hop_mac[32] = { 2, 3, 4, 5, 6, 7 };

struct path_msg {
	const char *adapter;
	u32 dst_len, hop_len, mac_len, index, status;
	bool no_index;
};

static const struct path_msg good = {
	.adapter = ADAPTER, .dst_len = 4, .hop_len = 4, .mac_len = 6, .index = 2,
};

/* Lengths of 0 are attributes that are not there. */
static int set_path(struct path_msg m)
{
	static const u8 dst[32] = { 10, 0, 0, 1 }, hop[32] = { 10, 0, 0, 254 };
	int err;

	if (m.adapter)
		attr_add(OHBA_ATTR_ADAPTER, m.adapter, strlen(m.adapter) + 1);
	if (m.dst_len)
		attr_add(OHBA_ATTR_DST, dst, m.dst_len);
	if (!m.no_index)
		attr_add(OHBA_ATTR_IFACE_INDEX, &m.index, 4);
	if (m.hop_len)
		attr_add(OHBA_ATTR_HOP, hop, m.hop_len);
	if (m.mac_len)
		attr_add(OHBA_ATTR_HOP_MAC, hop_mac, m.mac_len);
	if (m.status)
		attr_add(OHBA_ATTR_STATUS, &m.status, 4);
	err = genl_say(OHBA_CMD_PATH_SET);
	shim_settle();
	return err;
}

static void test_path(void **state)
{
	struct path_msg m = good;

	(void)state;
	assert_int_equal(set_path(m), 0);
	assert_int_equal(npaths, 1);
	assert_int_equal(path_index, 2);
	assert_int_equal(path.family, OHBA_FAMILY_IPV4);
	assert_int_equal(path.status, 0);
	assert_int_equal(path.dst[3], 1);
	assert_int_equal(path.hop[3], 254);
	assert_memory_equal(path.mac, hop_mac, 6);
	m.dst_len = m.hop_len = 16;
	assert_int_equal(set_path(m), 0);
	assert_int_equal(path.family, OHBA_FAMILY_IPV6);
	m.status = OHBA_ST_NO_RESOURCES;
	assert_int_equal(set_path(m), 0);
	assert_int_equal(le16_to_cpu(path.status), OHBA_ST_NO_RESOURCES);
	assert_int_equal(path.hop[0], 0);
	assert_int_equal(path.mac[0], 0);
	assert_int_equal(npaths, 3);
}

static void refuse_path(struct path_msg m, int err)
{
	assert_int_equal(set_path(m), err);
	assert_int_equal(npaths, 0);
}

static void test_malformed(void **state)
{
	struct path_msg m;
	u32 len;

	(void)state;
	for (len = 0; len <= 17; len++) {
		if (len == 4)
			continue;
		m = good;
		m.dst_len = len;
		refuse_path(m, -EINVAL);
		m = good;
		m.hop_len = len;
		refuse_path(m, -EINVAL);
		m = good;
		m.mac_len = len == 6 ? 0 : len;
		refuse_path(m, -EINVAL);
	}
	m = good;
	m.no_index = true;
	refuse_path(m, -EINVAL);
	m = good;
	m.index = OHBA_IFACES_MAX;
	refuse_path(m, -EINVAL);
	m.index = 0xffffffff;
	refuse_path(m, -EINVAL);
	m = good;
	m.status = 0x10000;
	refuse_path(m, -EINVAL);
}

static void test_wrong_adapter(void **state)
{
	struct path_msg m = good;

	(void)state;
	m.adapter = "0000:00:05.0";
	refuse_path(m, -ENODEV);
	assert_string_equal(ack.msg, "no such adapter");
	m.adapter = "0000:00:04.00";
	refuse_path(m, -ENODEV);
	m.adapter = "";
	refuse_path(m, -ENODEV);
	m.adapter = NULL;
	assert_true(set_path(m) < 0);
	assert_int_equal(ack.missing, OHBA_ATTR_ADAPTER);
	assert_int_equal(npaths, 0);
	/* Only commands that there are, and none of the driver's own. */
	assert_int_equal(genl_say(OHBA_CMD_PATH_WANTED), -EOPNOTSUPP);
	assert_int_equal(genl_say(0xff), -EOPNOTSUPP);
}

/* What is missing is named, and not only that something is wrong. */
static void test_says_why(void **state)
{
	struct path_msg m = good;

	(void)state;
	m.hop_len = 0;
	refuse_path(m, -EINVAL);
	assert_int_equal(ack.missing, OHBA_ATTR_HOP);
	assert_null(ack.msg);
	m.hop_len = 5;
	refuse_path(m, -EINVAL);
	assert_string_equal(ack.msg, "an address has 4 or 16 bytes");
	m.hop_len = 16;
	refuse_path(m, -EINVAL);
	assert_string_equal(ack.msg, "not of the destination's family");
}

/* The helper was answered already: the log has it. */
static void test_path_refused(void **state)
{
	(void)state;
	path_status = OHBA_ST_INVALID_FIELD;
	assert_int_equal(set_path(good), 0);
	assert_int_equal(npaths, 1);
	assert_int_equal(shim_logged("firmware refused a path of the helper's: INVALID_FIELD"), 1);
	path_status = 0;
	ohba_kill(&bench_hw()->pub, "a test");
	assert_int_equal(set_path(good), -ENODEV);
	assert_null(ack.msg);
	shim_advance_ms(100);
	assert_int_equal(set_path(good), 0);
	assert_int_equal(npaths, 2);
	assert_int_equal(shim_logged("refused a path"), 1);
}

static void test_path_without_memory(void **state)
{
	(void)state;
	shim_alloc_fails = shim_allocs + 1;
	assert_int_equal(set_path(good), -ENOMEM);
	assert_int_equal(set_path(good), 0);
}

/* Set while no answer comes, which nobody waits for. */
static void set_path_unanswered(void)
{
	u64 before = shim_now_us;

	dev.on_admin = never;
	assert_int_equal(set_path(good), 0);
	assert_true(shim_now_us == before);
}

/* One that does not answer is dead all the same. */
static void test_path_unanswered(void **state)
{
	(void)state;
	set_path_unanswered();
	assert_null(ack.msg);
	shim_advance_ms(OHBA_ADMIN_TIMEOUT_MS - 1);
	assert_int_equal(shim_logged("adapter stopped"), 0);
	dev.on_admin = take_path;
	shim_advance_ms(3 * OHBA_HEARTBEAT_MS);
	assert_int_equal(shim_logged("it did not answer an admin command"), 1);
	assert_int_equal(shim_logged("up again"), 1);
	assert_int_equal(bench_hw()->paths.count, 0);
	assert_int_equal(npaths, 0);
	assert_int_equal(set_path(good), 0);
	shim_advance_ms(2 * OHBA_ADMIN_TIMEOUT_MS);
	assert_int_equal(npaths, 1);
	assert_int_equal(shim_logged("adapter stopped"), 1);
}

static void test_path_restart_meanwhile(void **state)
{
	(void)state;
	set_path_unanswered();
	set_path_unanswered();
	assert_int_equal(bench_hw()->paths.count, 2);
	dev.on_admin = take_path;
	bench_restart();
	assert_int_equal(bench_hw()->paths.count, 0);
	assert_int_equal(shim_logged("refused"), 0);
	assert_int_equal(set_path(good), 0);
	/* What was to be answered before is nobody's delay. */
	shim_advance_ms(2 * OHBA_ADMIN_TIMEOUT_MS);
	assert_int_equal(npaths, 1);
	assert_int_equal(shim_logged("adapter stopped"), 1);
}

/* What it has not answered goes with it; bench_gone() sees that nothing is left. */
static void test_path_removed_meanwhile(void **state)
{
	u64 before = shim_now_us;

	(void)state;
	set_path_unanswered();
	set_path_unanswered();
	shim_driver->remove(&bench.pdev);
	bench.probed = false;
	assert_true(shim_now_us - before < 1000ull * OHBA_ADMIN_TIMEOUT_MS);
}

/* One that hangs has not all of the queue for paths: others, too, find out that it does. */
static void test_path_bounded(void **state)
{
	unsigned int i, n = ohba_admin_depth(&bench_hw()->pub) / 4;

	(void)state;
	assert_true(n > 1);
	dev.on_admin = never;
	for (i = 0; i < n; i++)
		assert_int_equal(set_path(good), 0);
	assert_int_equal(set_path(good), -EBUSY);
	put_v4(0, 9);
	assert_int_equal(apply(), 0);
	assert_int_equal(set_path(good), -EBUSY);
	dev.on_admin = take_path;
	shim_advance_ms(OHBA_ADMIN_TIMEOUT_MS + 3 * OHBA_HEARTBEAT_MS);
	for (i = 0; i < 2 * n; i++)
		assert_int_equal(set_path(good), 0);
	assert_int_equal(npaths, 2 * n);
}

/* Nobody else's commands wait for an adapter that does not answer. */
static void test_path_waits_alone(void **state)
{
	struct path_msg m = good;
	u64 before;

	(void)state;
	set_path_unanswered();
	before = shim_now_us;
	m.dst_len = 5;
	assert_int_equal(set_path(m), -EINVAL);
	assert_true(shim_now_us == before);
	/* Not even for what needs no more than to know that it is there. */
	assert_int_equal(shim_genl_dump(OHBA_CMD_ADAPTER, NLMSG_GOODSIZE), 1);
	dev.on_admin = take_path;
	assert_int_equal(set_path(good), 0);
	assert_true(shim_now_us == before);
	shim_advance_ms(2 * OHBA_ADMIN_TIMEOUT_MS);
}

static unsigned int nleases;
static int lease_err;

static bool never_the_first_lease(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_IFACE_SET || nleases++)
		return take_path(cmd);
	return true;
}

static void lease_unanswered(void *unused)
{
	u32 index = 2, prefix = 24, gen = bench_hw()->ifaces[2].generation;

	(void)unused;
	attr_add(OHBA_ATTR_ADAPTER, ADAPTER, sizeof(ADAPTER));
	attr_add(OHBA_ATTR_IFACE_INDEX, &index, 4);
	attr_add(OHBA_ATTR_GENERATION, &gen, 4);
	attr_add(OHBA_ATTR_ADDR, (u8[]) { 198, 51, 100, 7 }, 4);
	attr_add(OHBA_ATTR_PREFIX, &prefix, 4);
	lease_err = genl_say(OHBA_CMD_ADDR_SET);
}

/* A lease that is not answered: its command waits. */
static void begin_lease(void)
{
	put(V4, 2, ISCSI_NET_PARAM_IPV4_BOOTPROTO, (u8[]) { ISCSI_BOOTPROTO_DHCP }, 1);
	put(V4, 2, ISCSI_NET_PARAM_IFACE_ENABLE, &on, 1);
	assert_int_equal(apply(), 0);
	nleases = 0;
	lease_err = 1;
	dev.on_admin = never_the_first_lease;
	shim_spawn("a helper", lease_unanswered, NULL);
	shim_settle();
	assert_int_equal(lease_err, 1);
}

static void test_lease_waits_alone(void **state)
{
	u64 before;

	(void)state;
	begin_lease();
	before = shim_now_us;
	assert_int_equal(set_path(good), 0);
	assert_int_equal(shim_genl_dump(OHBA_CMD_ADAPTER, NLMSG_GOODSIZE), 1);
	assert_true(shim_now_us == before);
	shim_advance_ms(2 * OHBA_ADMIN_TIMEOUT_MS);
	/* It is told again when the adapter is up again. */
	assert_int_equal(lease_err, 0);
	assert_int_equal(told[2].addr[3], 7);
}

/* An adapter that goes is not waited for, and stays until who waits for it knows. */
static void test_removed_meanwhile(void **state)
{
	u64 before = shim_now_us;

	(void)state;
	begin_lease();
	shim_spawn("another", lease_unanswered, NULL);
	shim_settle();
	shim_driver->remove(&bench.pdev);
	bench.probed = false;
	assert_true(shim_now_us - before < 1000ull * OHBA_ADMIN_TIMEOUT_MS);
	assert_int_equal(lease_err, -ENODEV);
	refuse_path(good, -ENODEV);
}

/* No command of a helper's is left when it is taken from them. */
static void test_taken_meanwhile(void **state)
{
	u64 before = shim_now_us;

	(void)state;
	begin_lease();
	ohba_genl_remove(bench_hw());
	assert_true(shim_now_us - before >= 1000ull * OHBA_ADMIN_TIMEOUT_MS);
	assert_int_equal(lease_err, 0);
	shim_advance_ms(100);
	refuse_path(good, -ENODEV);
	ohba_genl_add(bench_hw());
	assert_int_equal(set_path(good), 0);
}

/* The helper outlives the adapter. */
static void test_path_after_removal(void **state)
{
	(void)state;
	shim_driver->remove(&bench.pdev);
	bench.probed = false;
	refuse_path(good, -ENODEV);
}

#define WIRE(name)	cmocka_unit_test_setup_teardown(test_##name, helpers_up, bench_gone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WIRE(wanted), WIRE(wanted_elsewhere), WIRE(wanted_with_all),
		WIRE(no_listener), WIRE(busy_listener), WIRE(refusal_fails),
		WIRE(unknown_family), WIRE(flood), WIRE(path), WIRE(malformed),
		WIRE(wrong_adapter), WIRE(says_why), WIRE(path_refused),
		WIRE(path_without_memory), WIRE(path_unanswered), WIRE(path_restart_meanwhile),
		WIRE(path_removed_meanwhile), WIRE(path_bounded),
		WIRE(path_waits_alone), WIRE(path_after_removal),
		WIRE(lease_waits_alone), WIRE(removed_meanwhile), WIRE(taken_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
