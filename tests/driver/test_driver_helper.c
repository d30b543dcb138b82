// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses that the helper gets. */
#include "unit.h"
#include "helpers.h"

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
	attr_add(OHBA_ATTR_ADAPTER, ADAPTER, sizeof(ADAPTER));
	attr_add(OHBA_ATTR_IFACE_INDEX, &index, 4);
	attr_add(OHBA_ATTR_GENERATION, &generation, 4);
	if (addr_len) {
		attr_add(OHBA_ATTR_ADDR, leased, addr_len);
		attr_add(OHBA_ATTR_PREFIX, &prefix, 4);
	}
	if (router_len)
		attr_add(OHBA_ATTR_GATEWAY, router, router_len);
	return genl_say(OHBA_CMD_ADDR_SET);
}

static int lease(u32 index, u32 addr_len, u32 prefix, u32 router_len)
{
	return lease_of(generation(index), index, addr_len, prefix, router_len);
}

static void check_dhcp_told(u32 index, u32 tci)
{
	struct nlattr *nest;

	assert_int_equal(shim_genl_cmd, OHBA_CMD_ADAPTER);
	check_attr(OHBA_ATTR_ADAPTER, ADAPTER, sizeof(ADAPTER));
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
	return take_path(cmd);
}

/* A helper that was not told for want of memory knows that it missed something. */
static void test_not_told(void **state)
{
	(void)state;
	shim_genl_listener = true;
	put_v4(0, 9);
	dev.on_admin = take_the_rest_of_memory;
	assert_int_equal(apply(), 0);
	dev.on_admin = take_path;
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
	attr_add(OHBA_ATTR_ADAPTER, ADAPTER, sizeof(ADAPTER));
	assert_int_equal(genl_say(OHBA_CMD_ADDR_SET), -EINVAL);
	assert_int_equal(ack.missing, OHBA_ATTR_IFACE_INDEX);
	attr_add(OHBA_ATTR_ADAPTER, ADAPTER, sizeof(ADAPTER));
	attr_add(OHBA_ATTR_IFACE_INDEX, &(u32) { 2 }, 4);
	assert_int_equal(genl_say(OHBA_CMD_ADDR_SET), -EINVAL);
	assert_int_equal(ack.missing, OHBA_ATTR_GENERATION);
	/* Refused by the firmware: as it was. */
	assert_int_equal(lease(2, 4, 24, 4), 0);
	refused_index = 2;
	assert_true(lease(2, 0, 0, 0) < 0);
	assert_string_equal(show(V4, 2, ISCSI_NET_PARAM_IPV4_ADDR), "198.51.100.7\n");
}

#define WIRE(name)	cmocka_unit_test_setup_teardown(test_##name, helpers_up, bench_gone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WIRE(dump_interrupted), WIRE(not_told), WIRE(dhcp), WIRE(dhcp_dump),
		WIRE(dhcp_down), WIRE(dhcp_stays), WIRE(learned_mtu), WIRE(announced_isns),
		WIRE(static_is_told),
		WIRE(dhcp_malformed), WIRE(kept), WIRE(kept_goes), WIRE(kept_refused),
		WIRE(stale), WIRE(kept_with_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
