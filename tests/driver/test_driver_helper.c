// SPDX-License-Identifier: GPL-2.0-or-later
/* Paths as the helper is asked for and sets them; addresses that it gets. */
#include "unit.h"
#include "ifaces.h"

#include <ohba_genl.h>

/* --- the device ---------------------------------------------------------------------- */

static struct ohba_path path;		/* of the last PATH_SET; how many */
static u32 path_index;
static unsigned int npaths;
static u16 path_status;			/* that it is answered with */

static bool take(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_PATH_SET)
		return take_iface(cmd);
	memcpy(&path, cmd->sqe.body, sizeof(path));
	path_index = le32_to_cpu(cmd->sqe.handle);
	npaths++;
	dev_answer(cmd, path_status);
	return true;
}

static int wired(void **state)
{
	(void)state;
	bench_load_wire(OHBA_FEATURE_WIRE, take);
	forget_ifaces();
	memset(&path, 0, sizeof(path));
	npaths = path_status = 0;
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	return 0;
}

/* --- a path is wanted -------------------------------------------------------------------- */

static void want(u32 family, const u8 *dst, u32 len)
{
	struct ohba_event ev = { .type = OHBA_EVENT_PATH_WANTED, .handle = cpu_to_le32(family) };

	memcpy(ev.detail, dst, len);
	dev_post_event(ev);
	shim_settle();
}

static void want4(void)
{
	want(OHBA_FAMILY_IPV4, gw4, 4);
}

static void check_attr(int type, const void *data, u32 len)
{
	struct nlattr *attr = shim_nla_find(shim_genl_attrs, shim_genl_len, type);

	assert_non_null(attr);
	assert_int_equal(nla_len(attr), len);
	assert_memory_equal(nla_data(attr), data, len);
}

static void check_attr_u32(int type, u32 val)
{
	check_attr(type, &val, sizeof(val));
}

static unsigned int ifaces_told(void)
{
	struct nlattr *attr;
	unsigned int n = 0;
	int rest;

	nla_for_each_attr(attr, (void *)shim_genl_attrs, shim_genl_len, rest)
		n += (attr->nla_type & NLA_TYPE_MASK) == OHBA_ATTR_IFACE;
	return n;
}

static u32 iface_u32(struct nlattr *nest, int type)
{
	struct nlattr *attr = shim_nla_find(nla_data(nest), nla_len(nest), type);

	assert_non_null(attr);
	return nla_get_u32(attr);
}

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

static _Alignas(4) u8 msg[1024];
static u32 msg_len;
static struct netlink_ext_ack ack;

static void attr_add(int type, const void *data, u32 len)
{
	struct nlattr *attr = (void *)(msg + msg_len);

	memset(attr, 0, NLA_ALIGN(NLA_HDRLEN + len));
	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	memcpy(nla_data(attr), data, len);
	msg_len += NLA_ALIGN(attr->nla_len);
}

static int say(u8 cmd)
{
	u8 *data = malloc(msg_len);
	int err;

	memcpy(data, msg, msg_len);
	err = shim_genl_send(cmd, data, msg_len, &ack);
	free(data);
	msg_len = 0;
	return err;
}

static const u8 hop_mac[32] = { 2, 3, 4, 5, 6, 7 };

struct path_msg {
	const char *adapter;
	u32 dst_len, hop_len, mac_len, index, status;
	bool no_index;
};

static const struct path_msg good = {
	.adapter = "0000:00:04.0", .dst_len = 4, .hop_len = 4, .mac_len = 6, .index = 2,
};

/* Lengths of 0 are attributes that are not there. */
static int set_path(struct path_msg m)
{
	static const u8 dst[32] = { 10, 0, 0, 1 }, hop[32] = { 10, 0, 0, 254 };

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
	return say(OHBA_CMD_PATH_SET);
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
	assert_int_equal(say(OHBA_CMD_PATH_WANTED), -EOPNOTSUPP);
	assert_int_equal(say(0xff), -EOPNOTSUPP);
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

static void test_path_refused(void **state)
{
	(void)state;
	path_status = OHBA_ST_INVALID_FIELD;
	assert_true(set_path(good) < 0);
	assert_string_equal(ack.msg, "the firmware refused it");
	path_status = 0;
	ohba_kill(&bench_hw()->pub, "a test");
	assert_int_equal(set_path(good), -ENODEV);
	assert_null(ack.msg);
	shim_advance_ms(100);
	assert_int_equal(set_path(good), 0);
}

/* The adapter dies over it: that is not the helper's fault. */
static void test_path_unanswered(void **state)
{
	(void)state;
	dev.on_admin = never;
	assert_int_equal(set_path(good), -ENODEV);
	assert_null(ack.msg);
	dev.on_admin = take;
	shim_advance_ms(100);
	assert_int_equal(set_path(good), 0);
}

static void set_path_unanswered(void *unused)
{
	(void)unused;
	assert_int_equal(set_path(good), -ENODEV);
}

/* Nobody else's commands wait for an adapter that does not answer. */
static void test_path_waits_alone(void **state)
{
	struct path_msg m = good;
	u64 before;

	(void)state;
	dev.on_admin = never;
	shim_spawn("a helper", set_path_unanswered, NULL);
	shim_settle();
	before = shim_now_us;
	m.dst_len = 5;
	assert_int_equal(set_path(m), -EINVAL);
	assert_true(shim_now_us == before);
	/* Not even for what needs no more than to know that it is there. */
	assert_int_equal(shim_genl_dump(OHBA_CMD_ADAPTER, NLMSG_GOODSIZE), 1);
	dev.on_admin = take;
	assert_int_equal(set_path(good), 0);
	assert_true(shim_now_us == before);
	shim_advance_ms(2 * OHBA_ADMIN_TIMEOUT_MS);
}

static bool never_a_lease(struct dev_cmd *cmd)
{
	return cmd->sqe.opcode == OHBA_ADMIN_IFACE_SET || take(cmd);
}

static void lease_unanswered(void *unused)
{
	u32 index = 2, prefix = 24, gen = bench_hw()->ifaces[2].generation;

	(void)unused;
	attr_add(OHBA_ATTR_ADAPTER, good.adapter, strlen(good.adapter) + 1);
	attr_add(OHBA_ATTR_IFACE_INDEX, &index, 4);
	attr_add(OHBA_ATTR_GENERATION, &gen, 4);
	attr_add(OHBA_ATTR_ADDR, (u8[]) { 198, 51, 100, 7 }, 4);
	attr_add(OHBA_ATTR_PREFIX, &prefix, 4);
	/* It is told again when the adapter is up again. */
	assert_int_equal(say(OHBA_CMD_ADDR_SET), 0);
}

static void test_lease_waits_alone(void **state)
{
	u64 before;

	(void)state;
	put(V4, 2, ISCSI_NET_PARAM_IPV4_BOOTPROTO, (u8[]) { ISCSI_BOOTPROTO_DHCP }, 1);
	put(V4, 2, ISCSI_NET_PARAM_IFACE_ENABLE, &on, 1);
	assert_int_equal(apply(), 0);
	dev.on_admin = never_a_lease;
	shim_spawn("a helper", lease_unanswered, NULL);
	shim_settle();
	before = shim_now_us;
	assert_int_equal(set_path(good), 0);
	assert_int_equal(shim_genl_dump(OHBA_CMD_ADAPTER, NLMSG_GOODSIZE), 1);
	assert_true(shim_now_us == before);
	dev.on_admin = take;
	shim_advance_ms(2 * OHBA_ADMIN_TIMEOUT_MS);
	assert_int_equal(told[2].addr[3], 7);
}

/* An adapter that goes is not waited for, and stays until who waits for it knows. */
static void test_removed_meanwhile(void **state)
{
	u64 before = shim_now_us;

	(void)state;
	dev.on_admin = never;
	shim_spawn("a helper", set_path_unanswered, NULL);
	shim_spawn("another", set_path_unanswered, NULL);
	shim_settle();
	shim_driver->remove(&bench.pdev);
	bench.probed = false;
	assert_true(shim_now_us - before < 1000ull * OHBA_ADMIN_TIMEOUT_MS);
	refuse_path(good, -ENODEV);
}

/* No command of a helper's is left when it is taken from them. */
static void test_taken_meanwhile(void **state)
{
	u64 before = shim_now_us;

	(void)state;
	dev.on_admin = never;
	shim_spawn("a helper", set_path_unanswered, NULL);
	shim_settle();
	ohba_genl_remove(bench_hw());
	assert_true(shim_now_us - before >= 1000ull * OHBA_ADMIN_TIMEOUT_MS);
	dev.on_admin = take;
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

/* --- DHCP -------------------------------------------------------------------------------------- */

static const u8 dhcp = ISCSI_BOOTPROTO_DHCP;
static const u8 leased[32] = { 198, 51, 100, 7 }, router[32] = { 198, 51, 100, 1 };

static void apply_dhcp(u32 num)
{
	put(V4, num, ISCSI_NET_PARAM_IPV4_BOOTPROTO, &dhcp, 1);
	put(V4, num, ISCSI_NET_PARAM_IFACE_ENABLE, &on, 1);
	assert_int_equal(apply(), 0);
}

static u32 generation(u32 index)
{
	return bench_hw()->ifaces[index % OHBA_IFACES_MAX].generation;
}

/* Lengths of 0 are attributes that are not there. */
static int lease_of(u32 generation, u32 index, u32 addr_len, u32 prefix, u32 router_len)
{
	attr_add(OHBA_ATTR_ADAPTER, good.adapter, strlen(good.adapter) + 1);
	attr_add(OHBA_ATTR_IFACE_INDEX, &index, 4);
	attr_add(OHBA_ATTR_GENERATION, &generation, 4);
	if (addr_len) {
		attr_add(OHBA_ATTR_ADDR, leased, addr_len);
		attr_add(OHBA_ATTR_PREFIX, &prefix, 4);
	}
	if (router_len)
		attr_add(OHBA_ATTR_GATEWAY, router, router_len);
	return say(OHBA_CMD_ADDR_SET);
}

static int lease(u32 index, u32 addr_len, u32 prefix, u32 router_len)
{
	return lease_of(generation(index), index, addr_len, prefix, router_len);
}

static void check_dhcp_told(u32 index, u32 tci)
{
	struct nlattr *nest;

	assert_int_equal(shim_genl_cmd, OHBA_CMD_ADAPTER);
	check_attr(OHBA_ATTR_ADAPTER, "0000:00:04.0", 13);
	check_attr_u32(OHBA_ATTR_IFINDEX, shim_netdev->ifindex);
	check_attr(OHBA_ATTR_MAC, dev.identify.mac, ETH_ALEN);
	assert_int_equal(ifaces_told(), 1);
	nest = shim_nla_find(shim_genl_attrs, shim_genl_len, OHBA_ATTR_IFACE);
	assert_int_equal(iface_u32(nest, OHBA_IFACE_INDEX), index);
	assert_int_equal(iface_u32(nest, OHBA_IFACE_TCI), tci);
	assert_int_equal(iface_u32(nest, OHBA_IFACE_GENERATION), generation(index));
	assert_non_null(shim_nla_find(nla_data(nest), nla_len(nest), OHBA_IFACE_DHCP));
}

static void test_dhcp(void **state)
{
	u16 tci = 7;

	(void)state;
	shim_genl_listener = true;
	put(V4, 3, ISCSI_NET_PARAM_VLAN_TAG, &tci, 2);
	put(V4, 3, ISCSI_NET_PARAM_VLAN_ENABLED, (u8[]) { ISCSI_VLAN_ENABLE }, 1);
	apply_dhcp(3);
	assert_int_equal(shim_genl_messages, 1);
	check_dhcp_told(3, 7);
	assert_int_equal(told[3].family, 0);
	assert_string_equal(show(V4, 3, ISCSI_NET_PARAM_IPV4_ADDR), "0.0.0.0\n");

	assert_int_equal(lease(3, 4, 25, 4), 0);
	assert_int_equal(told[3].family, OHBA_FAMILY_IPV4);
	assert_int_equal(told[3].tci, 7);
	assert_memory_equal(told[3].addr, leased, 4);
	assert_string_equal(show(V4, 3, ISCSI_NET_PARAM_IPV4_ADDR), "198.51.100.7\n");
	assert_string_equal(show(V4, 3, ISCSI_NET_PARAM_IPV4_SUBNET), "255.255.255.128\n");
	assert_string_equal(show(V4, 3, ISCSI_NET_PARAM_IPV4_GW), "198.51.100.1\n");
	assert_string_equal(show(V4, 3, ISCSI_NET_PARAM_IPV4_BOOTPROTO), "dhcp\n");

	assert_int_equal(lease(3, 0, 0, 0), 0);
	assert_int_equal(told[3].family, 0);
	assert_string_equal(show(V4, 3, ISCSI_NET_PARAM_IPV4_ADDR), "0.0.0.0\n");
}

/* A helper that starts asks. */
static void test_dhcp_dump(void **state)
{
	(void)state;
	assert_int_equal(shim_genl_dump(OHBA_CMD_ADAPTER, NLMSG_GOODSIZE), 1);
	assert_int_equal(ifaces_told(), 0);
	apply_dhcp(3);
	assert_int_equal(shim_genl_messages, 0);	/* nobody listened */
	assert_int_equal(shim_genl_dump(OHBA_CMD_ADAPTER, NLMSG_GOODSIZE), 1);
	check_dhcp_told(3, 0);
	/* Where it does not fit, nothing comes, and that ends. */
	assert_int_equal(shim_genl_dump(OHBA_CMD_ADAPTER, 40), 0);
}

static struct ohba_hw later;

static void adapter_comes(void)
{
	shim_genl_dumping = NULL;
	ohba_genl_add(&later);
}

static void adapter_comes_and_goes(void)
{
	adapter_comes();
	ohba_genl_remove(&later);
}

/* Adapters that come and go between two messages of a dump make it one of neither time. */
static void test_dump_interrupted(void **state)
{
	(void)state;
	later = *bench_hw();
	assert_int_equal(shim_genl_dump(OHBA_CMD_ADAPTER, NLMSG_GOODSIZE), 1);
	assert_false(shim_genl_intr);
	shim_genl_dumping = adapter_comes_and_goes;
	assert_int_equal(shim_genl_dump(OHBA_CMD_ADAPTER, NLMSG_GOODSIZE), 1);
	assert_true(shim_genl_intr);
	shim_genl_dumping = adapter_comes;
	assert_int_equal(shim_genl_dump(OHBA_CMD_ADAPTER, NLMSG_GOODSIZE), 2);
	assert_true(shim_genl_intr);
	ohba_genl_remove(&later);
	assert_int_equal(shim_genl_dump(OHBA_CMD_ADAPTER, NLMSG_GOODSIZE), 1);
	assert_false(shim_genl_intr);
}

static bool take_the_rest_of_memory(struct dev_cmd *cmd)
{
	shim_no_memory = true;
	return take(cmd);
}

/* A helper that was not told for want of memory knows that it missed something. */
static void test_not_told(void **state)
{
	(void)state;
	shim_genl_listener = true;
	put_v4(0, 9);
	dev.on_admin = take_the_rest_of_memory;
	assert_int_equal(apply(), 0);
	dev.on_admin = take;
	shim_no_memory = false;
	assert_int_equal(shim_genl_messages, 0);
	assert_int_equal(shim_genl_err, -ENOBUFS);
	shim_genl_err = 0;
	put_v4(0, 10);
	assert_int_equal(apply(), 0);
	assert_int_equal(shim_genl_messages, 1);
	assert_int_equal(shim_genl_err, 0);
}

/* What the helper got is not lost, nor is it to blame, if the adapter is down just then. */
static void test_dhcp_down(void **state)
{
	(void)state;
	apply_dhcp(0);
	ohba_kill(&bench_hw()->pub, "a test");
	assert_int_equal(lease(0, 4, 24, 0), 0);
	shim_advance_ms(100);
	assert_int_equal(told[0].family, OHBA_FAMILY_IPV4);
	assert_memory_equal(told[0].addr, leased, 4);
}

static void test_dhcp_stays(void **state)
{
	unsigned int n;

	(void)state;
	apply_dhcp(0);
	assert_int_equal(lease(0, 4, 24, 0), 0);
	n = ntold;
	apply_dhcp(0);		/* as iscsiadm does at each start */
	assert_int_equal(ntold, n);
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_IPV4_ADDR), "198.51.100.7\n");
	restart();
	assert_int_equal(told[0].family, OHBA_FAMILY_IPV4);
	assert_memory_equal(told[0].addr, leased, 4);
	/* Another way to get one. */
	put(V4, 0, ISCSI_NET_PARAM_IPV4_BOOTPROTO, (u8[]) { ISCSI_BOOTPROTO_STATIC }, 1);
	put_v4(0, 9);
	assert_int_equal(apply(), 0);
	assert_memory_equal(told[0].addr, addr4, 4);
	assert_int_equal(lease(0, 4, 24, 0), -EINVAL);
	assert_memory_equal(told[0].addr, addr4, 4);
}

/* With an address: the network's MTU bounds the administrator's, if it can be one. */
static void test_learned_mtu(void **state)
{
	static const struct { u16 set, learned, told; } cases[] = {
		{ 0, 1400, 1400 }, { 1500, 1400, 1400 }, { 1300, 1400, 1300 },
		{ 0, 576, 576 }, { 0, 575, 0 }, { 1500, 0, 1500 },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		put(V4, 1, ISCSI_NET_PARAM_MTU, (const u8 *)&cases[i].set, 2);
		apply_dhcp(1);
		attr_add(OHBA_ATTR_MTU, &cases[i].learned, 2);
		assert_int_equal(lease(1, 4, 24, 0), 0);
		assert_int_equal(le16_to_cpu(told[1].mtu), cases[i].told);
	}
	attr_add(OHBA_ATTR_MTU, &cases[0].learned, 1);
	assert_true(lease(1, 4, 24, 0) < 0);
}

/* An iSNS server that DHCP announced goes with its address. */
static void test_announced_isns(void **state)
{
	static const u8 server[4] = { 198, 51, 100, 13 };
	u8 got[4] = { 0 };

	(void)state;
	apply_dhcp(1);
	assert_int_equal(lease(1, 4, 24, 0), 0);
	assert_false(ohba_iface_isns(bench_hw(), got));
	attr_add(OHBA_ATTR_ISNS, server, 4);
	assert_int_equal(lease(1, 4, 24, 0), 0);
	assert_true(ohba_iface_isns(bench_hw(), got));
	assert_memory_equal(got, server, 4);
	/* Renewed without it; lost. */
	assert_int_equal(lease(1, 4, 24, 0), 0);
	assert_false(ohba_iface_isns(bench_hw(), got));
	attr_add(OHBA_ATTR_ISNS, server, 4);
	assert_int_equal(lease(1, 4, 24, 0), 0);
	attr_add(OHBA_ATTR_ISNS, server, 4);
	assert_int_equal(lease(1, 0, 0, 0), 0);
	assert_false(ohba_iface_isns(bench_hw(), got));
	attr_add(OHBA_ATTR_ISNS, server, 3);
	assert_true(lease(1, 4, 24, 0) < 0);
}

/* What was set by hand is told as well: the helper sees whether others have it. */
static void test_static_is_told(void **state)
{
	struct nlattr *nest, *addr;

	(void)state;
	put_v4(2, 9);
	assert_int_equal(apply(), 0);
	assert_int_equal(shim_genl_dump(OHBA_CMD_ADAPTER, NLMSG_GOODSIZE), 1);
	assert_int_equal(ifaces_told(), 1);
	nest = shim_nla_find(shim_genl_attrs, shim_genl_len, OHBA_ATTR_IFACE);
	assert_int_equal(iface_u32(nest, OHBA_IFACE_INDEX), 2);
	assert_null(shim_nla_find(nla_data(nest), nla_len(nest), OHBA_IFACE_DHCP));
	addr = shim_nla_find(nla_data(nest), nla_len(nest), OHBA_IFACE_ADDR);
	assert_non_null(addr);
	assert_memory_equal(nla_data(addr), addr4, 4);
}

/* --- what is kept with an address ---------------------------------------------------------------- */

static const u8 kept[OHBA_LEASE_MAX + 1] = { 1, 2, 3, [OHBA_LEASE_MAX - 1] = 4 };

static int lease_with(u32 index, u32 kept_len)
{
	attr_add(OHBA_ATTR_LEASE, kept, kept_len);
	return lease(index, 4, 24, 4);
}

/* What a helper that starts is told of address @index, which is the only one. */
static struct nlattr *dumped(u32 index)
{
	struct nlattr *nest;

	assert_int_equal(shim_genl_dump(OHBA_CMD_ADAPTER, 0), 1);
	assert_int_equal(ifaces_told(), 1);
	nest = shim_nla_find(shim_genl_attrs, shim_genl_len, OHBA_ATTR_IFACE);
	assert_int_equal(iface_u32(nest, OHBA_IFACE_INDEX), index);
	return nest;
}

static struct nlattr *of_iface(struct nlattr *nest, int type)
{
	return shim_nla_find(nla_data(nest), nla_len(nest), type);
}

static void assert_kept(u32 index, u32 len)
{
	struct nlattr *nest = dumped(index), *attr = of_iface(nest, OHBA_IFACE_LEASE);

	if (!len) {
		assert_null(attr);
		return;
	}
	assert_non_null(attr);
	assert_int_equal(nla_len(attr), len);
	assert_memory_equal(nla_data(attr), kept, len);
	assert_memory_equal(nla_data(of_iface(nest, OHBA_IFACE_ADDR)), leased, 4);
	assert_memory_equal(nla_data(of_iface(nest, OHBA_IFACE_GATEWAY)), router, 4);
	assert_int_equal(iface_u32(nest, OHBA_IFACE_PREFIX), 24);
}

static void test_kept(void **state)
{
	(void)state;
	apply_dhcp(3);
	assert_null(of_iface(dumped(3), OHBA_IFACE_ADDR));
	assert_int_equal(lease_with(3, 3), 0);
	assert_kept(3, 3);
	/* Another for the same address: the adapter is not told again what it knows. */
	ntold = 0;
	assert_int_equal(lease_with(3, OHBA_LEASE_MAX), 0);
	assert_kept(3, OHBA_LEASE_MAX);
	assert_int_equal(ntold, 0);
	restart();
	assert_kept(3, OHBA_LEASE_MAX);
	assert_true(lease_with(3, OHBA_LEASE_MAX + 1) < 0);
	assert_kept(3, OHBA_LEASE_MAX);
	/* One that has none to keep has none. */
	assert_int_equal(lease(3, 4, 24, 4), 0);
	assert_kept(3, 0);
}

/* It goes with its address, and with its configuration. */
static void test_kept_goes(void **state)
{
	(void)state;
	apply_dhcp(3);
	assert_int_equal(lease_with(3, 3), 0);
	apply_dhcp(3);			/* as iscsiadm does at each start */
	assert_kept(3, 3);
	attr_add(OHBA_ATTR_LEASE, kept, 3);
	assert_int_equal(lease(3, 0, 0, 0), 0);
	assert_kept(3, 0);
	assert_int_equal(lease_with(3, 3), 0);
	put(V4, 3, ISCSI_NET_PARAM_MTU, (const u8 *)&(u16) { 1400 }, 2);
	apply_dhcp(3);
	assert_kept(3, 0);
	assert_null(of_iface(dumped(3), OHBA_IFACE_ADDR));
	assert_int_equal(lease_with(3, 3), 0);
	put(V4, 3, ISCSI_NET_PARAM_IPV4_BOOTPROTO, (u8[]) { ISCSI_BOOTPROTO_STATIC }, 1);
	put_v4(3, 9);
	assert_int_equal(apply(), 0);
	assert_null(of_iface(dumped(3), OHBA_IFACE_LEASE));
	apply_dhcp(3);
	assert_kept(3, 0);
}

/* A change that the firmware refuses is none: not for the lease, either. */
static void test_kept_refused(void **state)
{
	(void)state;
	apply_dhcp(3);
	assert_int_equal(lease_with(3, 3), 0);
	refused_index = 3;
	put(V4, 3, ISCSI_NET_PARAM_MTU, (const u8 *)&(u16) { 1400 }, 2);
	assert_true(apply() < 0);
	assert_kept(3, 3);
	attr_add(OHBA_ATTR_LEASE, kept, 9);
	assert_true(lease(3, 4, 24, 0) < 0);
	assert_kept(3, 3);
}

/* What the helper got for a configuration before is not for this one. */
static void test_stale(void **state)
{
	u32 before;

	(void)state;
	apply_dhcp(3);
	before = generation(3);
	put(V4, 3, ISCSI_NET_PARAM_VLAN_TAG, (const u8 *)&(u16) { 7 }, 2);
	put(V4, 3, ISCSI_NET_PARAM_VLAN_ENABLED, (u8[]) { ISCSI_VLAN_ENABLE }, 1);
	apply_dhcp(3);
	attr_add(OHBA_ATTR_LEASE, kept, 3);
	assert_int_equal(lease_of(before, 3, 4, 24, 4), -ESTALE);
	assert_string_equal(ack.msg, "of a configuration that the address has no more");
	assert_int_equal(told[3].family, 0);
	assert_kept(3, 0);
	assert_int_equal(lease_with(3, 3), 0);
	assert_int_equal(lease_of(before, 3, 0, 0, 0), -ESTALE);
	assert_int_equal(told[3].family, OHBA_FAMILY_IPV4);
	assert_kept(3, 3);
	/* One that was refused had a generation, too: nobody else gets it. */
	refused_index = 3;
	put(V4, 3, ISCSI_NET_PARAM_MTU, (const u8 *)&(u16) { 1400 }, 2);
	assert_true(apply() < 0);
	refused_index = -1;
	before = generation(3);
	put(V4, 3, ISCSI_NET_PARAM_MTU, (const u8 *)&(u16) { 1300 }, 2);
	assert_int_equal(apply(), 0);
	assert_true(generation(3) > before + 1);
}

/* As much as there can be fits, for who asks and for who listens. */
static void test_kept_with_all(void **state)
{
	struct ohba_iface_conf conf = { .dhcp = true, .tci = 1 };
	unsigned int i;

	(void)state;
	for (i = 0; i < OHBA_IFACES_MAX; i++) {
		assert_int_equal(ohba_iface_set(&bench_hw()->pub, i, &conf), 0);
		assert_int_equal(lease_with(i, OHBA_LEASE_MAX), 0);
	}
	assert_int_equal(shim_genl_dump(OHBA_CMD_ADAPTER, 0), 1);
	assert_int_equal(ifaces_told(), OHBA_IFACES_MAX);
	shim_genl_len = 0;
	shim_genl_listener = true;
	assert_int_equal(ohba_iface_set(&bench_hw()->pub, 0, &conf), 0);
	assert_int_equal(shim_genl_messages, 1);
	assert_int_equal(ifaces_told(), OHBA_IFACES_MAX);
}

static void test_dhcp_malformed(void **state)
{
	(void)state;
	assert_int_equal(lease(2, 4, 24, 4), -EINVAL);		/* which is not by DHCP */
	assert_string_equal(ack.msg, "this address is not the helper's to get");
	apply_dhcp(2);
	assert_int_equal(lease(2, 5, 24, 0), -EINVAL);
	assert_int_equal(lease(2, 4, 33, 0), -EINVAL);
	assert_string_equal(ack.msg, "longer than the address");
	assert_int_equal(lease(2, 4, 24, 16), -EINVAL);
	assert_string_equal(ack.msg, "not of the address's family");
	assert_int_equal(lease(OHBA_IFACES_MAX, 4, 24, 4), -EINVAL);
	assert_int_equal(told[2].family, 0);
	attr_add(OHBA_ATTR_ADAPTER, good.adapter, strlen(good.adapter) + 1);
	assert_int_equal(say(OHBA_CMD_ADDR_SET), -EINVAL);
	assert_int_equal(ack.missing, OHBA_ATTR_IFACE_INDEX);
	attr_add(OHBA_ATTR_ADAPTER, good.adapter, strlen(good.adapter) + 1);
	attr_add(OHBA_ATTR_IFACE_INDEX, &(u32) { 2 }, 4);
	assert_int_equal(say(OHBA_CMD_ADDR_SET), -EINVAL);
	assert_int_equal(ack.missing, OHBA_ATTR_GENERATION);
	/* Refused by the firmware: as it was. */
	assert_int_equal(lease(2, 4, 24, 4), 0);
	refused_index = 2;
	assert_true(lease(2, 0, 0, 0) < 0);
	assert_string_equal(show(V4, 2, ISCSI_NET_PARAM_IPV4_ADDR), "198.51.100.7\n");
}

#define WIRE(name)	cmocka_unit_test_setup_teardown(test_##name, wired, bench_gone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WIRE(wanted), WIRE(wanted_elsewhere), WIRE(wanted_with_all),
		WIRE(no_listener), WIRE(busy_listener), WIRE(refusal_fails),
		WIRE(unknown_family), WIRE(flood), WIRE(path), WIRE(malformed),
		WIRE(wrong_adapter), WIRE(says_why), WIRE(path_refused),
		WIRE(path_unanswered), WIRE(path_waits_alone), WIRE(path_after_removal),
		WIRE(lease_waits_alone), WIRE(removed_meanwhile), WIRE(taken_meanwhile),
		WIRE(dump_interrupted), WIRE(not_told), WIRE(dhcp), WIRE(dhcp_dump),
		WIRE(dhcp_down), WIRE(dhcp_stays), WIRE(learned_mtu), WIRE(announced_isns),
		WIRE(static_is_told),
		WIRE(dhcp_malformed), WIRE(kept), WIRE(kept_goes), WIRE(kept_refused),
		WIRE(stale), WIRE(kept_with_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
