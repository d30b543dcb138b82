// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses as iscsiadm sets them. */
#include "unit.h"
#include "ifaces.h"

static const u8 off = ISCSI_IFACE_DISABLE;

static void load(u32 features)
{
	bench_load_wire(features, take_iface);
	forget_ifaces();
}

static int wired(void **state)
{
	(void)state;
	load(OHBA_FEATURE_WIRE);
	assert_int_equal(bench_probe(), 0);
	shim_settle();
	return 0;
}

/* --- what iscsiadm says ----------------------------------------------------------------- */

static void test_ipv4(void **state)
{
	(void)state;
	assert_int_equal(shim_ifaces, 2);
	put_v4(0, 9);
	put(V4, 0, ISCSI_NET_PARAM_IPV4_SUBNET, mask4, 4);
	put(V4, 0, ISCSI_NET_PARAM_IPV4_GW, gw4, 4);
	assert_int_equal(apply(), 0);
	assert_int_equal(ntold, 1);
	assert_int_equal(told[0].family, OHBA_FAMILY_IPV4);
	assert_int_equal(told[0].tci, 0);
	assert_memory_equal(told[0].addr, addr4, 4);
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_IPV4_ADDR), "192.0.2.9\n");
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_IPV4_SUBNET), "255.255.254.0\n");
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_IPV4_GW), "192.0.2.1\n");
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_IFACE_ENABLE), "enabled\n");
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_IPV4_BOOTPROTO), "static\n");
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_VLAN_ENABLED), "disabled\n");
}

static void test_ipv6(void **state)
{
	(void)state;
	put(V6, 3, ISCSI_NET_PARAM_IPV6_ADDR, addr6, 16);
	put(V6, 3, ISCSI_NET_PARAM_IPV6_ROUTER, addr6, 16);
	put(V6, 3, ISCSI_NET_PARAM_IFACE_ENABLE, &on, 1);
	assert_int_equal(apply(), 0);
	assert_int_equal(ntold, 1);
	assert_int_equal(told[HBA_IFACES + 3].family, OHBA_FAMILY_IPV6);
	assert_memory_equal(told[HBA_IFACES + 3].addr, addr6, 16);
	assert_string_equal(show(V6, 3, ISCSI_NET_PARAM_IPV6_ADDR), "2001:db8::9\n");
	assert_string_equal(show(V6, 3, ISCSI_NET_PARAM_IPV6_ROUTER), "2001:db8::9\n");
	assert_string_equal(show(V6, 2, ISCSI_NET_PARAM_IPV6_ADDR), "::\n");
}

static void test_vlan(void **state)
{
	u16 tci = 5 << 13 | 100;

	(void)state;
	put_v4(1, 9);
	put(V4, 1, ISCSI_NET_PARAM_VLAN_TAG, &tci, 2);
	assert_int_equal(apply(), 0);
	assert_int_equal(told[1].tci, 0);
	put(V4, 1, ISCSI_NET_PARAM_VLAN_ENABLED, (u8[]) { ISCSI_VLAN_ENABLE }, 1);
	assert_int_equal(apply(), 0);
	assert_int_equal(le16_to_cpu(told[1].tci), tci);
	assert_string_equal(show(V4, 1, ISCSI_NET_PARAM_VLAN_ID), "100\n");
	assert_string_equal(show(V4, 1, ISCSI_NET_PARAM_VLAN_PRIORITY), "5\n");
	assert_string_equal(show(V4, 1, ISCSI_NET_PARAM_VLAN_ENABLED), "enabled\n");
	put(V4, 1, ISCSI_NET_PARAM_VLAN_ENABLED, (u8[]) { ISCSI_VLAN_DISABLE }, 1);
	assert_int_equal(apply(), 0);
	assert_int_equal(told[1].tci, 0);
}

/* One that is not enabled, or waits for DHCP, is no address of the adapter's. */
static void test_no_address(void **state)
{
	(void)state;
	put(V4, 0, ISCSI_NET_PARAM_IFACE_ENABLE, &on, 1);
	put(V4, 0, ISCSI_NET_PARAM_IPV4_BOOTPROTO, (u8[]) { ISCSI_BOOTPROTO_DHCP }, 1);
	assert_int_equal(apply(), 0);
	assert_int_equal(told[0].family, 0);
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_IPV4_BOOTPROTO), "dhcp\n");
	put_v4(0, 9);
	put(V4, 0, ISCSI_NET_PARAM_IPV4_BOOTPROTO, (u8[]) { ISCSI_BOOTPROTO_STATIC }, 1);
	assert_int_equal(apply(), 0);
	assert_int_equal(told[0].family, OHBA_FAMILY_IPV4);
	put(V4, 0, ISCSI_NET_PARAM_IFACE_ENABLE, &off, 1);
	assert_int_equal(apply(), 0);
	assert_int_equal(ntold, 3);
	assert_int_equal(told[0].family, 0);
	assert_int_equal(bench_hw()->ifaces[0].family, 0);
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_IPV4_ADDR), "192.0.2.9\n");
	/* Of a request of nothing nothing comes. */
	assert_int_equal(apply(), 0);
	assert_int_equal(ntold, 3);
}

static void check_refused(int err)
{
	unsigned int before = ntold;

	assert_int_equal(apply(), err);
	assert_int_equal(ntold, before);
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_IPV4_ADDR), "0.0.0.0\n");
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_IFACE_ENABLE), "disabled\n");
	assert_string_equal(show(V6, 0, ISCSI_NET_PARAM_IPV6_ADDR), "::\n");
}

/* All that comes before is right, and yet nothing of it is done. */
static void test_wrong_lengths(void **state)
{
	static const struct { u8 type; u16 param; u32 len; } row[] = {
		{ V4, ISCSI_NET_PARAM_IPV4_ADDR, 4 }, { V4, ISCSI_NET_PARAM_IPV4_SUBNET, 4 },
		{ V4, ISCSI_NET_PARAM_IPV4_GW, 4 }, { V4, ISCSI_NET_PARAM_IPV4_BOOTPROTO, 1 },
		{ V6, ISCSI_NET_PARAM_IPV6_ADDR, 16 }, { V6, ISCSI_NET_PARAM_IPV6_ROUTER, 16 },
		{ V4, ISCSI_NET_PARAM_IFACE_ENABLE, 1 }, { V4, ISCSI_NET_PARAM_VLAN_TAG, 2 },
		{ V6, ISCSI_NET_PARAM_VLAN_ENABLED, 1 },
	};
	static const u8 value[64] = { 1 };
	unsigned int i, len;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		for (len = 0; len < 40; len++) {
			if (len == row[i].len)
				continue;
			put_v4(0, 9);
			put(row[i].type, 0, row[i].param, value, len);
			check_refused(-EINVAL);
		}
		/* It says that there is a value, and ends before. */
		put_v4(0, 9);
		put_as(row[i].type, 0, row[i].param, value, 0)->len = row[i].len;
		check_refused(-EINVAL);
		put_v4(0, 9);
		put_as(row[i].type, 0, row[i].param, value, 0)->len = 0u - 12 + row[i].len;
		check_refused(-EINVAL);
	}
}

static void test_wrong_numbers(void **state)
{
	static const u32 num[] = { HBA_IFACES, OHBA_IFACES_MAX, 0x80000000, 0xffffffff };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(num); i++) {
		put_v4(0, 9);
		put(V4, num[i], ISCSI_NET_PARAM_IPV4_ADDR, addr4, 4);
		check_refused(-EINVAL);
		put_v4(0, 9);
		put(V6, num[i], ISCSI_NET_PARAM_IPV6_ADDR, addr6, 16);
		check_refused(-EINVAL);
	}
}

/* No prefix says what that means. */
static void test_wrong_subnet(void **state)
{
	static const u8 mask[][4] = { { 255, 0, 255, 0 }, { 0, 0, 0, 1 }, { 127, 255, 255, 255 } };
	static const u8 good[][4] = { { 255, 255, 255, 255 }, { 128 }, { 0 } };
	static const unsigned int prefix[] = { 32, 1, 0 };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(mask); i++) {
		put_v4(0, 9);
		put(V4, 0, ISCSI_NET_PARAM_IPV4_SUBNET, mask[i], 4);
		check_refused(-EINVAL);
	}
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		put_v4(0, 9);
		put(V4, 0, ISCSI_NET_PARAM_IPV4_SUBNET, good[i], 4);
		assert_int_equal(apply(), 0);
		assert_int_equal(bench_hw()->ifaces[0].prefix, prefix[i]);
	}
}

/* The firmware's bounds: what it would refuse, it is not asked. */
static void test_wrong_mtu(void **state)
{
	static const struct { u8 type; u16 mtu; bool good; } row[] = {
		{ V4, 1 }, { V4, 100 }, { V4, 575 }, { V6, 1 }, { V6, 576 }, { V6, 1279 },
		{ V4, 576, true }, { V4, 0, true }, { V4, 0xffff, true },
		{ V6, 1280, true }, { V6, 0, true }, { V6, 0xffff, true },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		if (!row[i].good)
			put_v4(0, 9);
		put(row[i].type, 0, ISCSI_NET_PARAM_MTU, &row[i].mtu, 2);
		if (row[i].good)
			assert_int_equal(apply(), 0);
		else
			check_refused(-EINVAL);
	}
	assert_int_equal(shim_logged("iface.mtu of IPv4 iface 0 must be 0, or 576 or more"), 3);
	assert_int_equal(shim_logged("iface.mtu of IPv6 iface 0 must be 0, or 1280 or more"), 3);
	assert_int_equal(shim_logged("firmware refused"), 0);
}

/* The log names what is wrong as the record does. */
static void test_named(void **state)
{
	static const struct { u8 type; u16 param; u32 len; const char *name; } row[] = {
		{ V4, ISCSI_NET_PARAM_IPV4_ADDR, 4, "ipaddress" },
		{ V4, ISCSI_NET_PARAM_IPV4_SUBNET, 4, "subnet_mask" },
		{ V4, ISCSI_NET_PARAM_IPV4_GW, 4, "gateway" },
		{ V4, ISCSI_NET_PARAM_IPV4_BOOTPROTO, 1, "bootproto" },
		{ V6, ISCSI_NET_PARAM_IPV6_ADDR, 16, "ipaddress" },
		{ V6, ISCSI_NET_PARAM_IPV6_LINKLOCAL, 16, "ipv6_linklocal" },
		{ V6, ISCSI_NET_PARAM_IPV6_ROUTER, 16, "ipv6_router" },
		{ V6, ISCSI_NET_PARAM_IPV6_ADDR_AUTOCFG, 1, "ipv6_autocfg" },
		{ V6, ISCSI_NET_PARAM_IPV6_LINKLOCAL_AUTOCFG, 1, "linklocal_autocfg" },
		{ V6, ISCSI_NET_PARAM_IPV6_ROUTER_AUTOCFG, 1, "router_autocfg" },
		{ V4, ISCSI_NET_PARAM_IFACE_ENABLE, 1, "state" },
		{ V4, ISCSI_NET_PARAM_VLAN_TAG, 2, "vlan_id" },
		{ V6, ISCSI_NET_PARAM_VLAN_ENABLED, 1, "vlan_state" },
		{ V4, ISCSI_NET_PARAM_MTU, 2, "mtu" },
		{ V6, ISCSI_NET_PARAM_MTU, 2, "mtu" },
	};
	static const u8 value[64];
	unsigned int i;
	char said[64];

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		shim_log_clear();
		put(row[i].type, 3, row[i].param, value, row[i].len + 1);
		assert_int_equal(apply(), -EINVAL);
		snprintf(said, sizeof(said), "iface.%s of IPv%c iface 3", row[i].name,
			 row[i].type == V6 ? '6' : '4');
		assert_int_equal(shim_logged(said), 1);
	}
	put(V4, 0, ISCSI_NET_PARAM_IPV4_SUBNET, (u8[]) { 255, 0, 255, 0 }, 4);
	assert_int_equal(apply(), -EINVAL);
	assert_int_equal(shim_logged("iface.subnet_mask of IPv4 iface 0 must be ones"), 1);
}

/* An attribute in which not even a parameter's head is. */
static void test_short_attribute(void **state)
{
	unsigned int len;

	(void)state;
	for (len = 0; len < sizeof(struct iscsi_iface_param_info); len++) {
		struct nlattr *attr;

		put_v4(0, 9);
		attr = (void *)(request + request_len);
		put_v4(0, 9);
		attr->nla_len = NLA_HDRLEN + len;
		request_len = (u8 *)attr - request + NLA_ALIGN(attr->nla_len);
		check_refused(-EINVAL);
	}
}

/* iscsiadm tells more than the adapter has: that is no reason to refuse the rest. */
static void test_unknown_parameters(void **state)
{
	(void)state;
	put(V4, 0, ISCSI_NET_PARAM_IPV6_ADDR, addr6, 16);
	put(V6, 0, ISCSI_NET_PARAM_IPV4_ADDR, addr4, 4);
	put(V4, 0, ISCSI_NET_PARAM_VLAN_ID, addr4, 2);
	put(V4, 0, ISCSI_NET_PARAM_MAC, addr6, 6);
	put(V4, 0, 0xffff, addr6, 16);
	put(V4, 0xffffffff, 0xffff, addr6, 16);
	/* Neither IPv4's nor IPv6's. */
	put(0, 0, ISCSI_NET_PARAM_IPV4_ADDR, addr4, 4);
	put(3, 0, ISCSI_NET_PARAM_IFACE_ENABLE, &on, 1);
	put_as(V4, 0, ISCSI_NET_PARAM_IPV4_ADDR, addr4, 4)->param_type = ISCSI_HOST_PARAM;
	check_refused(0);
	put(V4, 0, 0xffff, addr6, 16);
	put_v4(0, 9);
	assert_int_equal(apply(), 0);
	assert_int_equal(ntold, 1);
}

static void test_show(void **state)
{
	struct iscsi_iface iface = { bench_host(), V4, 0 };
	char buf[4096];
	int param;

	(void)state;
	assert_int_equal(shim_transport->get_iface_param(&iface, ISCSI_NET_PARAM,
							 ISCSI_NET_PARAM_IPV6_ADDR, buf), -ENOSYS);
	assert_int_equal(shim_transport->get_iface_param(&iface, ISCSI_NET_PARAM,
							 ISCSI_NET_PARAM_VLAN_TAG, buf), -ENOSYS);
	assert_int_equal(shim_transport->get_iface_param(&iface, ISCSI_HOST_PARAM,
							 ISCSI_NET_PARAM_IPV4_ADDR, buf), -ENOSYS);
	iface.iface_num = HBA_IFACES;
	assert_int_equal(shim_transport->get_iface_param(&iface, ISCSI_NET_PARAM,
							 ISCSI_NET_PARAM_IPV4_ADDR, buf), -ENOSYS);
	for (param = 0; param < 64; param++) {
		bool shown = param == ISCSI_NET_PARAM_IPV4_ADDR ||
			     param == ISCSI_NET_PARAM_IPV4_SUBNET ||
			     param == ISCSI_NET_PARAM_IPV4_GW ||
			     param == ISCSI_NET_PARAM_IPV4_BOOTPROTO ||
			     param == ISCSI_NET_PARAM_IPV6_ADDR ||
			     param == ISCSI_NET_PARAM_IPV6_ROUTER ||
			     param == ISCSI_NET_PARAM_IPV6_LINKLOCAL ||
			     param == ISCSI_NET_PARAM_IPV6_ADDR_AUTOCFG ||
			     param == ISCSI_NET_PARAM_IPV6_LINKLOCAL_AUTOCFG ||
			     param == ISCSI_NET_PARAM_IPV6_ROUTER_AUTOCFG ||
			     param == ISCSI_NET_PARAM_MTU ||
			     param == ISCSI_NET_PARAM_IPADDR_STATE ||
			     param == ISCSI_NET_PARAM_IPV6_ROUTER_STATE ||
			     param == ISCSI_NET_PARAM_IFACE_ENABLE ||
			     param == ISCSI_NET_PARAM_VLAN_ID ||
			     param == ISCSI_NET_PARAM_VLAN_PRIORITY ||
			     param == ISCSI_NET_PARAM_VLAN_ENABLED;

		assert_int_equal(shim_transport->attr_is_visible(ISCSI_NET_PARAM, param),
				 shown ? 0444 : 0);
	}
}

/* --- addresses and the adapter's life ------------------------------------------------------ */

static void test_restart(void **state)
{
	(void)state;
	put_v4(0, 9);
	put_v4(7, 10);
	put(V6, 0, ISCSI_NET_PARAM_IPV6_ADDR, addr6, 16);
	put(V6, 0, ISCSI_NET_PARAM_IFACE_ENABLE, &on, 1);
	assert_int_equal(apply(), 0);
	put_v4(7, 10);
	put(V4, 7, ISCSI_NET_PARAM_IFACE_ENABLE, &off, 1);
	assert_int_equal(apply(), 0);
	ntold = 0;
	restart();
	assert_int_equal(ntold, 2);
	assert_memory_equal(told[0].addr, addr4, 4);
	assert_memory_equal(told[HBA_IFACES].addr, addr6, 16);
	assert_int_equal(told[7].family, 0);
}

/* What was refused is not the adapter's: a restart does not try it, nor fail over it. */
static void test_refused(void **state)
{
	(void)state;
	refused_index = 0;
	put_v4(0, 9);
	assert_true(apply() < 0);
	assert_int_equal(shim_logged("firmware refused IFACE_SET"), 1);
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_IPV4_ADDR), "0.0.0.0\n");
	assert_int_equal(bench_hw()->ifaces[0].family, 0);
	restart();
	assert_int_equal(told[0].family, 0);
}

/* The one before stays. */
static void test_change_refused(void **state)
{
	(void)state;
	put_v4(0, 9);
	assert_int_equal(apply(), 0);
	refused_index = 0;
	put_v4(0, 10);
	assert_true(apply() < 0);
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_IPV4_ADDR), "192.0.2.9\n");
	refused_index = -1;
	restart();
	assert_memory_equal(told[0].addr, addr4, 4);
}

/* Those of the same request that were taken before are taken back. */
static void test_one_refused(void **state)
{
	(void)state;
	put_v4(0, 9);
	assert_int_equal(apply(), 0);
	refused_index = 2;
	put_v4(0, 10);
	put_v4(1, 11);
	put_v4(2, 12);
	put_v4(3, 13);
	assert_true(apply() < 0);
	assert_int_equal(told[0].addr[3], 9);
	assert_int_equal(told[1].family, 0);
	assert_int_equal(told[3].family, 0);
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_IPV4_ADDR), "192.0.2.9\n");
	assert_string_equal(show(V4, 1, ISCSI_NET_PARAM_IPV4_ADDR), "0.0.0.0\n");
	restart();
	assert_int_equal(told[0].addr[3], 9);
	assert_int_equal(told[1].family, 0);
	assert_int_equal(told[2].family, 0);
}

/* The one that is started again is told. */
static void test_down(void **state)
{
	(void)state;
	ohba_kill(&bench_hw()->pub, "a test");
	put_v4(0, 9);
	assert_int_equal(apply(), 0);
	assert_int_equal(told[0].family, 0);
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_IPV4_ADDR), "192.0.2.9\n");
	shim_advance_ms(100);
	assert_memory_equal(told[0].addr, addr4, 4);
	put_v4(0, 10);
	assert_int_equal(apply(), 0);
	assert_int_equal(told[0].addr[3], 10);
}

/* There is none that will be. */
static void test_dead(void **state)
{
	(void)state;
	ohba_end(&bench_hw()->pub, "a test");
	put_v4(0, 9);
	assert_int_equal(apply(), -ENODEV);
	assert_int_equal(bench_hw()->ifaces[0].family, 0);
	assert_string_equal(show(V4, 0, ISCSI_NET_PARAM_IPV4_ADDR), "0.0.0.0\n");
}

/* It turns out to be wrong when it is told: the adapter and its other addresses stay. */
static void test_down_refused(void **state)
{
	(void)state;
	put_v4(1, 11);
	assert_int_equal(apply(), 0);
	ohba_kill(&bench_hw()->pub, "a test");
	put_v4(0, 9);
	assert_int_equal(apply(), 0);
	refused_index = 0;
	memset(told, 0, sizeof(told));
	shim_advance_ms(100);
	assert_int_equal(shim_logged("up again"), 1);
	assert_int_equal(shim_logged("firmware refused IFACE_SET"), 2);	/* and then once more */
	assert_int_equal(told[1].addr[3], 11);
	/* No path leads over it. */
	assert_int_equal(bench_hw()->ifaces[0].family, 0);
	/* It is wanted all the same. */
	refused_index = -1;
	restart();
	assert_int_equal(told[0].addr[3], 9);
	assert_int_equal(bench_hw()->ifaces[0].family, OHBA_FAMILY_IPV4);
}

/* Others change it; sysfs does not have their mutex. */
static void test_show_locks(void **state)
{
	struct hba *hba = pci_get_drvdata(&bench.pdev);
	unsigned long before = hba->net_lock.taken;

	(void)state;
	show(V4, 0, ISCSI_NET_PARAM_IPV4_ADDR);
	assert_int_equal(hba->net_lock.taken, before + 1);
	put_v4(0, 9);
	assert_int_equal(apply(), 0);
	assert_int_equal(hba->net_lock.taken, before + 2);
}

static void test_without_memory(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 1; i <= 2; i++) {	/* a copy; the command */
		put_v4(0, 9);
		shim_alloc_fails = shim_allocs + i;
		assert_int_equal(apply(), -ENOMEM);
		assert_int_equal(bench_hw()->ifaces[0].family, 0);
	}
	assert_int_equal(ntold, 0);
}

/* open-iscsi cannot apply there what another adapter has no use for. */
static void test_host_0(void **state)
{
	static const struct { u32 features; unsigned int host_no, hints; } row[] = {
		{ OHBA_FEATURE_WIRE, 0, 1 }, { OHBA_FEATURE_WIRE, 1, 0 }, { 0, 0, 0 },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		load(row[i].features);
		shim_host_no = row[i].host_no;
		assert_int_equal(bench_probe(), 0);
		assert_int_equal(shim_logged("no iface to SCSI host 0"), row[i].hints);
		if (i + 1 < ARRAY_SIZE(row))
			bench_down();
	}
}

static void test_feature_absent(void **state)
{
	struct ohba_iface_conf conf = { .family = OHBA_FAMILY_IPV4 };

	(void)state;
	load(0);
	assert_int_equal(bench_probe(), 0);
	assert_int_equal(shim_ifaces, 0);
	put_v4(0, 9);
	assert_int_equal(apply(), -EOPNOTSUPP);
	assert_int_equal(apply(), -EOPNOTSUPP);	/* not even nothing */
	assert_int_equal(ohba_iface_set(&bench_hw()->pub, 0, &conf), -EOPNOTSUPP);
	assert_int_equal(ntold, 0);
}

static void test_index(void **state)
{
	struct ohba_iface_conf conf = { .family = OHBA_FAMILY_IPV4, .addr = { 1 } };

	(void)state;
	assert_int_equal(ohba_iface_set(&bench_hw()->pub, OHBA_IFACES_MAX, &conf), -EINVAL);
	assert_int_equal(ohba_iface_set(&bench_hw()->pub, 0xffffffff, &conf), -EINVAL);
	assert_int_equal(ohba_iface_set(&bench_hw()->pub, OHBA_IFACES_MAX - 1, &conf), 0);
	assert_int_equal(told[OHBA_IFACES_MAX - 1].addr[0], 1);
}

#define WIRE(name)	cmocka_unit_test_setup_teardown(test_##name, wired, bench_gone)
#define OWN(name)	cmocka_unit_test_teardown(test_##name, bench_gone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WIRE(ipv4), WIRE(ipv6), WIRE(vlan), WIRE(no_address), WIRE(wrong_lengths),
		WIRE(wrong_numbers), WIRE(wrong_subnet), WIRE(wrong_mtu), WIRE(named), WIRE(short_attribute),
		WIRE(unknown_parameters), WIRE(show), WIRE(restart), WIRE(refused),
		WIRE(change_refused), WIRE(one_refused), WIRE(down), WIRE(dead),
		WIRE(down_refused), WIRE(show_locks), WIRE(without_memory),
		OWN(feature_absent), OWN(host_0), WIRE(index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
