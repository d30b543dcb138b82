// SPDX-License-Identifier: GPL-2.0-or-later
/* What the adapter keeps: loaded at probe, written when iscsiadm changes it. */
#include "unit.h"
#include "ifaces.h"

#include <ohba_genl.h>

static const u8 router6[16] = { 0xfe, 0x80, [15] = 1 };

/* --- the device ---------------------------------------------------------------------- */

static struct ohba_config kept;
static u16 set_status, get_status;	/* of CONFIG_SET, CONFIG_GET */
static unsigned int nset;

static void take_config(struct dev_cmd *cmd)
{
	const struct ohba_config *config;

	nset++;
	assert_int_equal(le32_to_cpu(cmd->sqe.data_len), sizeof(kept));
	config = shim_dma(le64_to_cpu(cmd->sqe.sge[0].addr), sizeof(kept));
	assert_non_null(config);
	if (!set_status)
		kept = *config;
	dev_answer(cmd, set_status);
}

static bool take(struct dev_cmd *cmd)
{
	switch (cmd->sqe.opcode) {
	case OHBA_ADMIN_CONFIG_GET:
		if (!get_status)
			dev_write_data(cmd, &kept, sizeof(kept));
		dev_answer(cmd, get_status);
		return true;
	case OHBA_ADMIN_CONFIG_SET:
		take_config(cmd);
		return true;
	default:
		return take_iface(cmd);
	}
}

static int before(void **state)
{
	(void)state;
	bench_load_wire(OHBA_FEATURE_WIRE | OHBA_FEATURE_CONFIG, take);
	memset(&kept, 0, sizeof(kept));
	forget_ifaces();
	set_status = get_status = nset = 0;
	return 0;
}

static void probe(void)
{
	assert_int_equal(bench_probe(), 0);
	shim_settle();
}

static void keep_v4(unsigned int index, u8 last)
{
	kept.iface[index] = (struct ohba_iface_config) {
		.family = OHBA_FAMILY_IPV4, .flags = OHBA_IFCONF_ENABLED | OHBA_IFCONF_VLAN,
		.prefix = 23, .tci = cpu_to_le16(5 << 13 | 100), .mtu = cpu_to_le16(1500),
		.addr = { 192, 0, 2, last }, .router = { 192, 0, 2, 1 },
	};
}

static void keep_v6(unsigned int index, u8 source)
{
	kept.iface[index] = (struct ohba_iface_config) {
		.family = OHBA_FAMILY_IPV6, .flags = OHBA_IFCONF_ENABLED, .source = source,
	};
}

/* --- loaded ---------------------------------------------------------------------------- */

static void test_loaded(void **state)
{
	(void)state;
	keep_v4(0, 9);
	keep_v4(3, 12);
	kept.iface[3].flags = 0;
	keep_v6(HBA_IFACES, OHBA_ADDR_SLAAC);
	kept.origin = OHBA_CONFIG_FLASH;
	probe();
	assert_int_equal(nset, 0);
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_IPV4_ADDR), "192.0.2.9\n");
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_IPV4_SUBNET), "255.255.254.0\n");
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_IPV4_GW), "192.0.2.1\n");
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_VLAN_ID), "100\n");
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_VLAN_PRIORITY), "5\n");
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_MTU), "1500\n");
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_IFACE_ENABLE), "enabled\n");
	assert_string_equal(show(V4, 3, ISCSI_NET_PARAM_IFACE_ENABLE), "disabled\n");
	assert_string_equal(show(V6, 0, ISCSI_NET_PARAM_IPV6_ADDR_AUTOCFG), "nd\n");
	/* The helper is told of it, and of its paths. */
	assert_int_equal(bench_hw()->ifaces[0].family, OHBA_FAMILY_IPV4);
	assert_int_equal(bench_hw()->ifaces[0].prefix, 23);
	assert_int_equal(bench_hw()->ifaces[3].family, 0);
	assert_int_equal(bench_hw()->ifaces[HBA_IFACES].autocfg6, OHBA_AUTOCFG6_SLAAC);
	assert_int_equal(le16_to_cpu(told[0].mtu), 1500);
	assert_int_equal(le16_to_cpu(told[0].tci), 5 << 13 | 100);
}

/* Nothing of it is used, and the rest is; the log says so. */
static void test_hostile(void **state)
{
	(void)state;
	memset(&kept, 0xff, sizeof(kept));
	keep_v4(0, 9);
	keep_v4(1, 10);
	kept.iface[1].prefix = 33;
	keep_v4(2, 11);
	kept.iface[2].source = OHBA_ADDR_SLAAC;
	keep_v4(3, 11);
	kept.iface[3].flags = 0x81;
	keep_v4(HBA_IFACES, 11);
	keep_v6(4, OHBA_ADDR_SLAAC);
	keep_v6(HBA_IFACES + 1, 3);
	probe();
	assert_int_equal(shim_logged("cannot be used"), OHBA_IFACES_MAX - 1);
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_IPV4_ADDR), "192.0.2.9\n");
	assert_string_equal(show(V4, 1, ISCSI_NET_PARAM_IPV4_ADDR), "0.0.0.0\n");
	assert_string_equal(show(V4, 1, ISCSI_NET_PARAM_IPV4_SUBNET), "0.0.0.0\n");
	assert_string_equal(show(V4, 2, ISCSI_NET_PARAM_IPV4_BOOTPROTO), "static\n");
	assert_string_equal(show(V6, 0, ISCSI_NET_PARAM_IPV6_ADDR), "::\n");
	assert_string_equal(show(V6, 1, ISCSI_NET_PARAM_IPV6_ADDR_AUTOCFG), "static\n");
	/* Set again, nothing of it goes back. */
	put(V4, 7, ISCSI_NET_PARAM_IPV4_ADDR, addr4, 4);
	assert_int_equal(apply(), 0);
	assert_int_equal(kept.origin, 0);
	assert_int_equal(kept.rsvd[0], 0);
	assert_int_equal(kept.iface[3].flags, 0);
	assert_int_equal(kept.iface[4].family, OHBA_FAMILY_IPV4);
	assert_int_equal(kept.iface[15].family, OHBA_FAMILY_IPV6);
	assert_int_equal(kept.iface[15].rsvd[0], 0);
}

/* Bytes that no address of IPv4 has, and a link-local one that is not. */
static void test_hostile_addresses(void **state)
{
	(void)state;
	keep_v4(0, 9);
	keep_v4(1, 10);
	memset(kept.iface[1].addr, 0, 16);
	memcpy(kept.iface[1].local, router6, 16);
	keep_v4(2, 11);
	kept.iface[2].addr[4] = 1;
	keep_v4(3, 12);
	kept.iface[3].router[15] = 1;
	keep_v6(HBA_IFACES, OHBA_ADDR_STATIC);
	kept.iface[HBA_IFACES].flags |= OHBA_IFCONF_LOCAL_STATIC;
	memcpy(kept.iface[HBA_IFACES].local, addr6, 16);
	keep_v6(HBA_IFACES + 1, OHBA_ADDR_STATIC);
	kept.iface[HBA_IFACES + 1].flags |= OHBA_IFCONF_LOCAL_STATIC;
	memcpy(kept.iface[HBA_IFACES + 1].local, router6, 16);
	/* None at all is none: it has nothing in place of one. */
	keep_v4(4, 13);
	memset(kept.iface[4].addr, 0, 16);
	probe();
	assert_int_equal(shim_logged("cannot be used"), 4);
	assert_int_equal(bench_hw()->ifaces[0].family, OHBA_FAMILY_IPV4);
	assert_int_equal(bench_hw()->ifaces[1].family, 0);
	assert_int_equal(bench_hw()->ifaces[2].family, 0);
	assert_int_equal(bench_hw()->ifaces[3].family, 0);
	assert_int_equal(bench_hw()->ifaces[4].family, 0);
	assert_int_equal(bench_hw()->ifaces[HBA_IFACES].family, 0);
	assert_memory_equal(told[HBA_IFACES + 1].addr, router6, 16);
	assert_int_equal(bench_hw()->ifaces[HBA_IFACES + 1].prefix, 64);
}

static void test_damaged(void **state)
{
	(void)state;
	kept.origin = OHBA_CONFIG_DAMAGED;
	probe();
	assert_int_equal(shim_logged("flash is damaged"), 1);
}

/* --- written ---------------------------------------------------------------------------- */

static void put_routed(u8 last)
{
	put_v4(0, last);
	put(V4, 0, ISCSI_NET_PARAM_IPV4_GW, gw4, 4);
}

static void test_kept(void **state)
{
	const struct ohba_iface_config *iface = &kept.iface[0];
	u16 mtu = 1400;

	(void)state;
	probe();
	put_routed(9);
	put(V4, 0, ISCSI_NET_PARAM_MTU, &mtu, 2);
	assert_int_equal(apply(), 0);
	assert_int_equal(nset, 1);
	assert_int_equal(iface->family, OHBA_FAMILY_IPV4);
	assert_int_equal(iface->flags, OHBA_IFCONF_ENABLED);
	assert_int_equal(le16_to_cpu(iface->mtu), 1400);
	assert_memory_equal(iface->addr, addr4, 4);
	assert_memory_equal(iface->router, gw4, 4);
	assert_int_equal(le16_to_cpu(told[0].mtu), 1400);
	/* A request of nothing is no reason to write. */
	assert_int_equal(apply(), 0);
	assert_int_equal(nset, 1);
}

/* What is not known is not written over. */
static void test_unknown(void **state)
{
	(void)state;
	keep_v4(0, 9);
	keep_v4(3, 12);
	get_status = OHBA_ST_FLASH;
	probe();
	assert_int_equal(shim_logged("could not be read"), 1);
	assert_int_equal(ntold, 0);
	put_routed(10);
	assert_true(apply() < 0);
	assert_int_equal(nset, 0);
	get_status = OHBA_ST_SUCCESS;
	put_routed(10);
	assert_int_equal(apply(), 0);
	assert_int_equal(kept.iface[0].addr[3], 10);
	assert_int_equal(kept.iface[3].addr[3], 12);
	assert_int_equal(told[0].addr[3], 10);
	assert_int_equal(told[3].addr[3], 12);
	/* Once is enough. */
	get_status = OHBA_ST_FLASH;
	put_routed(11);
	assert_int_equal(apply(), 0);
}

/* The adapter stops when it is asked: the driver stays, and so does what it kept. */
static bool die(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_CONFIG_GET)
		return take(cmd);
	dev.on_admin = take;
	dev.status = OHBA_STATUS_FATAL;
	return true;
}

static void test_dies(void **state)
{
	(void)state;
	keep_v4(3, 12);
	dev.on_admin = die;
	probe();
	assert_int_equal(shim_logged("could not be read"), 1);
	shim_advance_ms(3000);
	assert_int_equal(shim_logged("up again"), 1);
	/* It was asked again, and not told that there is nothing. */
	assert_int_equal(told[3].addr[3], 12);
	assert_int_equal(ntold, OHBA_IFACES_MAX);
	put_routed(9);
	assert_int_equal(apply(), 0);
	assert_int_equal(kept.iface[3].addr[3], 12);
	assert_int_equal(told[3].addr[3], 12);
}

/* What the adapter started by itself stays, though we do not know it. */
static void test_unknown_stays(void **state)
{
	(void)state;
	keep_v4(3, 12);
	get_status = OHBA_ST_FLASH;
	probe();
	restart();
	assert_int_equal(ntold, 0);
	assert_int_equal(shim_logged("could not be read"), 1);
}

/* A write goes on when the adapter that was to answer for it is stopped (SPEC.md 6.3). */
static bool write_and_die(struct dev_cmd *cmd)
{
	if (cmd->sqe.opcode != OHBA_ADMIN_CONFIG_SET)
		return take(cmd);
	kept = *(const struct ohba_config *)shim_dma(le64_to_cpu(cmd->sqe.sge[0].addr),
						      sizeof(kept));
	dev.status = OHBA_STATUS_FATAL;
	return true;
}

static void test_kept_unanswered(void **state)
{
	(void)state;
	probe();
	put_routed(9);
	assert_int_equal(apply(), 0);
	dev.on_admin = write_and_die;
	put_routed(10);
	assert_int_equal(apply(), -ENODEV);
	dev.on_admin = take;
	shim_advance_ms(3000);
	assert_int_equal(shim_logged("up again"), 1);
	assert_int_equal(told[0].addr[3], 10);
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_IPV4_ADDR), "192.0.2.10\n");
}

/* What cannot be kept is not done: else it would be gone with the driver. */
static void test_not_kept(void **state)
{
	(void)state;
	probe();
	put_routed(9);
	assert_int_equal(apply(), 0);
	set_status = OHBA_ST_FLASH;
	ntold = 0;
	put_routed(10);
	assert_true(apply() < 0);
	assert_int_equal(shim_logged("firmware refused CONFIG_SET"), 1);
	assert_int_equal(ntold, 0);	/* or a connection would be gone for nothing */
	assert_int_equal(told[0].addr[3], 9);
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_IPV4_ADDR), "192.0.2.9\n");
	assert_int_equal(kept.iface[0].addr[3], 9);
}

/* What is not taken is not kept either. */
static void test_refused(void **state)
{
	(void)state;
	probe();
	put_routed(9);
	assert_int_equal(apply(), 0);
	refused_index = 0;
	put_routed(10);
	assert_true(apply() < 0);
	assert_int_equal(kept.iface[0].addr[3], 9);
	assert_int_equal(nset, 3);
}

/* Nor what an adapter that is down cannot keep now, though it could be told later. */
static void test_down(void **state)
{
	(void)state;
	probe();
	put_routed(9);
	assert_int_equal(apply(), 0);
	ohba_kill(&bench_hw()->pub, "a test");
	put_routed(10);
	assert_int_equal(apply(), -ENODEV);
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_IPV4_ADDR), "192.0.2.9\n");
	memset(told, 0, sizeof(told));
	shim_advance_ms(100);
	assert_int_equal(told[0].addr[3], 9);
	assert_int_equal(kept.iface[0].addr[3], 9);
	put_routed(10);
	assert_int_equal(apply(), 0);
	assert_int_equal(told[0].addr[3], 10);
	assert_int_equal(kept.iface[0].addr[3], 10);
}

/* The firmware has what it keeps; what it has and we do not must go. */
static void test_restart(void **state)
{
	(void)state;
	keep_v4(0, 9);
	probe();
	ntold = 0;
	restart();
	assert_int_equal(ntold, OHBA_IFACES_MAX);
	assert_int_equal(told[0].addr[3], 9);
}

/* --- IPv6 ------------------------------------------------------------------------------- */

static void put_autocfg(u8 value)
{
	put(V6, 0, ISCSI_NET_PARAM_IPV6_ADDR_AUTOCFG, &value, 1);
	put(V6, 0, ISCSI_NET_PARAM_IFACE_ENABLE, &on, 1);
}

/* As the helper says it, with nothing to keep. */
static int learn(unsigned int index, struct ohba_iface_conf lease)
{
	lease.generation = bench_hw()->ifaces[index].generation;
	return ohba_iface_learn(bench_hw(), index, &lease, &(struct ohba_learned){ 0 });
}

/* A restart is refused what the helper got: nobody is told that it is there. */
static void test_learned_refused(void **state)
{
	struct ohba_iface_conf lease = {
		.family = OHBA_FAMILY_IPV4, .prefix = 24, .addr = { 192, 0, 2, 7 },
	};

	(void)state;
	keep_v4(0, 9);
	kept.iface[0].source = OHBA_ADDR_DHCP;
	probe();
	assert_int_equal(learn(0, lease), 0);
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_IPV4_ADDR), "192.0.2.7\n");
	shim_genl_listener = true;
	refused_index = 0;
	restart();
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_IPV4_ADDR), "0.0.0.0\n");
	assert_int_equal(shim_genl_messages, 1);
	assert_int_equal(shim_genl_cmd, OHBA_CMD_ADAPTER);
}

static void test_autocfg(void **state)
{
	struct ohba_iface_conf lease = {
		.family = OHBA_FAMILY_IPV6, .prefix = 48, .gateway = { 0xfe, 0x80, [15] = 7 },
	};
	struct ohba_iface_conf wrong = { .family = OHBA_FAMILY_IPV4, .addr = { 1 } };
	struct nlattr *nest, *attr;

	(void)state;
	memcpy(lease.addr, addr6, 16);
	probe();
	shim_genl_listener = true;
	put_autocfg(ISCSI_IPV6_AUTOCFG_ND_ENABLE);
	assert_int_equal(apply(), 0);
	assert_int_equal(told[HBA_IFACES].family, 0);
	assert_string_equal(show(V6, 0, ISCSI_NET_PARAM_IPADDR_STATE), "Acquiring\n");
	assert_string_equal(show(V6, 0, ISCSI_NET_PARAM_IPV6_ROUTER_STATE), "Unknown\n");
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_IPADDR_STATE), "Unconfigured\n");
	assert_int_equal(shim_genl_cmd, OHBA_CMD_ADAPTER);
	nest = shim_nla_find(shim_genl_attrs, shim_genl_len, OHBA_ATTR_IFACE);
	assert_non_null(nest);
	attr = shim_nla_find(nla_data(nest), nla_len(nest), OHBA_IFACE_AUTOCFG6);
	assert_int_equal(*(u8 *)nla_data(attr), OHBA_AUTOCFG6_SLAAC);
	assert_null(shim_nla_find(nla_data(nest), nla_len(nest), OHBA_IFACE_DHCP));

	assert_int_equal(learn(HBA_IFACES, wrong), -EINVAL);
	assert_int_equal(learn(0, lease), -EINVAL);
	assert_int_equal(learn(HBA_IFACES, lease), 0);
	assert_memory_equal(told[HBA_IFACES].addr, addr6, 16);
	assert_string_equal(show(V6, 0, ISCSI_NET_PARAM_IPV6_ADDR), "2001:db8::9\n");
	assert_string_equal(show(V6, 0, ISCSI_NET_PARAM_IPV6_ROUTER), "fe80::7\n");
	assert_string_equal(show(V6, 0, ISCSI_NET_PARAM_IPADDR_STATE), "Valid\n");
	assert_string_equal(show(V6, 0, ISCSI_NET_PARAM_IPV6_ROUTER_STATE), "Advertised\n");
	/* Learned is not configured: that is not kept. */
	assert_memory_equal(kept.iface[HBA_IFACES].addr, ((u8[16]) { 0 }), 16);

	/* The same again takes nothing away; the other way does. */
	put_autocfg(ISCSI_IPV6_AUTOCFG_ND_ENABLE);
	assert_int_equal(apply(), 0);
	assert_int_equal(told[HBA_IFACES].family, OHBA_FAMILY_IPV6);
	put_autocfg(ISCSI_IPV6_AUTOCFG_DHCPV6_ENABLE);
	assert_int_equal(apply(), 0);
	assert_int_equal(told[HBA_IFACES].family, 0);
	assert_string_equal(show(V6, 0, ISCSI_NET_PARAM_IPV6_ADDR_AUTOCFG), "dhcpv6\n");
	nest = shim_nla_find(shim_genl_attrs, shim_genl_len, OHBA_ATTR_IFACE);
	attr = shim_nla_find(nla_data(nest), nla_len(nest), OHBA_IFACE_AUTOCFG6);
	assert_int_equal(*(u8 *)nla_data(attr), OHBA_AUTOCFG6_DHCPV6);
}

/* A router that was given stays, whatever is advertised. */
static void test_own_router(void **state)
{
	struct ohba_iface_conf lease = {
		.family = OHBA_FAMILY_IPV6, .prefix = 64, .gateway = { 0xfe, 0x80, [15] = 7 },
	};
	u8 no = ISCSI_IPV6_ROUTER_AUTOCFG_DISABLE, yes = ISCSI_IPV6_ROUTER_AUTOCFG_ENABLE;

	(void)state;
	memcpy(lease.addr, addr6, 16);
	probe();
	put_autocfg(ISCSI_IPV6_AUTOCFG_ND_ENABLE);
	put(V6, 0, ISCSI_NET_PARAM_IPV6_ROUTER_AUTOCFG, &no, 1);
	put(V6, 0, ISCSI_NET_PARAM_IPV6_ROUTER, router6, 16);
	assert_int_equal(apply(), 0);
	assert_int_equal(learn(HBA_IFACES, lease), 0);
	assert_string_equal(show(V6, 0, ISCSI_NET_PARAM_IPV6_ROUTER), "fe80::1\n");
	assert_string_equal(show(V6, 0, ISCSI_NET_PARAM_IPV6_ROUTER_STATE), "Manual\n");
	assert_string_equal(show(V6, 0, ISCSI_NET_PARAM_IPV6_ROUTER_AUTOCFG), "static\n");
	put(V6, 0, ISCSI_NET_PARAM_IPV6_ROUTER_AUTOCFG, &yes, 1);
	assert_int_equal(apply(), 0);
	assert_int_equal(learn(HBA_IFACES, lease), 0);
	assert_string_equal(show(V6, 0, ISCSI_NET_PARAM_IPV6_ROUTER), "fe80::7\n");
}

/* What every iface has, made of the MAC; the address of who has no other. */
static void test_link_local(void **state)
{
	static const u8 given[16] = { 0xfe, 0x80, [15] = 0x55 };
	u8 expected[16] = { 0xfe, 0x80, [11] = 0xff, 0xfe };
	u8 yes = ISCSI_IPV6_LINKLOCAL_AUTOCFG_ENABLE;
	const u8 *mac = dev.identify.mac;

	(void)state;
	memcpy(expected + 8, mac, 3);
	expected[8] ^= 2;
	memcpy(expected + 13, mac + 3, 3);
	probe();
	assert_string_equal(show(V6, 0, ISCSI_NET_PARAM_IPV6_LINKLOCAL_AUTOCFG), "auto\n");
	put_autocfg(ISCSI_IPV6_AUTOCFG_DISABLE);
	assert_int_equal(apply(), 0);
	assert_int_equal(told[HBA_IFACES].family, OHBA_FAMILY_IPV6);
	assert_memory_equal(told[HBA_IFACES].addr, expected, 16);
	assert_memory_equal(kept.iface[HBA_IFACES].local, expected, 16);
	put(V6, 0, ISCSI_NET_PARAM_IPV6_LINKLOCAL, given, 16);
	assert_int_equal(apply(), 0);
	assert_memory_equal(told[HBA_IFACES].addr, given, 16);
	assert_string_equal(show(V6, 0, ISCSI_NET_PARAM_IPV6_LINKLOCAL), "fe80::55\n");
	assert_string_equal(show(V6, 0, ISCSI_NET_PARAM_IPV6_LINKLOCAL_AUTOCFG), "static\n");
	put(V6, 0, ISCSI_NET_PARAM_IPV6_ADDR, addr6, 16);
	assert_int_equal(apply(), 0);
	assert_memory_equal(told[HBA_IFACES].addr, addr6, 16);
	put(V6, 0, ISCSI_NET_PARAM_IPV6_LINKLOCAL_AUTOCFG, &yes, 1);
	assert_int_equal(apply(), 0);
	assert_memory_equal(kept.iface[HBA_IFACES].local, expected, 16);
}

static void test_impossible(void **state)
{
	static const struct { u16 param; u8 value; } bad[] = {
		{ ISCSI_NET_PARAM_IPV6_ADDR_AUTOCFG, 0 }, { ISCSI_NET_PARAM_IPV6_ADDR_AUTOCFG, 4 },
		{ ISCSI_NET_PARAM_IPV6_LINKLOCAL_AUTOCFG, 0 },
		{ ISCSI_NET_PARAM_IPV6_LINKLOCAL_AUTOCFG, 3 },
		{ ISCSI_NET_PARAM_IPV6_ROUTER_AUTOCFG, 3 },
	};
	unsigned int i;

	(void)state;
	probe();
	ntold = 0;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		put_routed(9);
		put(V6, 0, bad[i].param, &bad[i].value, 1);
		assert_int_equal(apply(), -EINVAL);
	}
	put(V6, 0, ISCSI_NET_PARAM_IPV6_LINKLOCAL, addr6, 16);
	assert_int_equal(apply(), -EINVAL);
	assert_int_equal(ntold, 0);
	assert_int_equal(nset, 0);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(test_##name, before, bench_gone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(loaded), TEST(hostile), TEST(hostile_addresses), TEST(damaged),
		TEST(unknown), TEST(dies), TEST(unknown_stays), TEST(kept), TEST(kept_unanswered),
		TEST(not_kept), TEST(refused), TEST(down), TEST(restart),
		TEST(learned_refused), TEST(autocfg), TEST(own_router), TEST(link_local), TEST(impossible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
