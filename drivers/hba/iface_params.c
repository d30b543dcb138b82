// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parameters of an iface, one by one: how iscsiadm's values (iscsi_if.h) become what the
 * adapter keeps (struct ohba_iface_config), and how sysfs shows it.
 */
#include <linux/inetdevice.h>

#include "hba.h"

#define HBA_VLAN_PRIO_SHIFT	13
#define HBA_VLAN_ID_MASK	0x0fff

static bool hba_iface_v6(const struct ohba_iface_config *iface)
{
	return iface->family == OHBA_FAMILY_IPV6;
}

static void hba_iface_set_flag(struct ohba_iface_config *iface, u8 flag, bool on)
{
	if (on)
		iface->flags |= flag;
	else
		iface->flags &= ~flag;
}

/* The class's numbers are the host's, at any address. */
static __le16 hba_iface_le16(const u8 *value)
{
	u16 num;

	memcpy(&num, value, sizeof(num));
	return cpu_to_le16(num);
}

static bool hba_is_flag_value(const u8 *value)
{
	return *value == 1 || *value == 2;
}

static ssize_t hba_show_enabled(const struct ohba_iface_config *iface, u8 flag,
				char *buf)
{
	return sysfs_emit(buf, "%s\n",
			  iface->flags & flag ? "enabled" : "disabled");
}

static ssize_t hba_show_static(const struct ohba_iface_config *iface, u8 flag,
			       char *buf)
{
	return sysfs_emit(buf, "%s\n", iface->flags & flag ? "static" : "auto");
}

/* --- addresses ----------------------------------------------------------- */

static ssize_t hba_iface_show_ip(const struct ohba_iface_config *iface,
				 const u8 *ip, char *buf)
{
	return hba_iface_v6(iface) ? sysfs_emit(buf, "%pI6\n", ip) :
				     sysfs_emit(buf, "%pI4\n", ip);
}

static void hba_iface_set_addr(struct ohba_iface_config *iface, const u8 *value)
{
	memcpy(iface->addr, value, hba_iface_v6(iface) ? 16 : 4);
	/* The class has no parameter for that of IPv6. */
	if (hba_iface_v6(iface))
		iface->prefix = 64;
}

static ssize_t hba_iface_show_addr(const struct ohba_iface_config *iface, char *buf)
{
	return hba_iface_show_ip(iface, iface->addr, buf);
}

static void hba_iface_set_router(struct ohba_iface_config *iface, const u8 *value)
{
	memcpy(iface->router, value, hba_iface_v6(iface) ? 16 : 4);
}

static ssize_t hba_iface_show_router(const struct ohba_iface_config *iface, char *buf)
{
	return hba_iface_show_ip(iface, iface->router, buf);
}

static void hba_iface_set_local(struct ohba_iface_config *iface, const u8 *value)
{
	memcpy(iface->local, value, sizeof(iface->local));
	iface->flags |= OHBA_IFCONF_LOCAL_STATIC;
}

static ssize_t hba_iface_show_local(const struct ohba_iface_config *iface, char *buf)
{
	return hba_iface_show_ip(iface, iface->local, buf);
}

/* RFC 4291 section 2.5.6. */
bool hba_is_link_local(const u8 *addr)
{
	return addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80;
}

static void hba_iface_set_subnet(struct ohba_iface_config *iface, const u8 *value)
{
	__be32 mask;

	memcpy(&mask, value, sizeof(mask));
	iface->prefix = inet_mask_len(mask);
}

/* Ones, and then zeros. */
static bool hba_iface_check_subnet(const u8 *value)
{
	__be32 mask;

	memcpy(&mask, value, sizeof(mask));
	return mask == inet_make_mask(inet_mask_len(mask));
}

static ssize_t hba_iface_show_subnet(const struct ohba_iface_config *iface, char *buf)
{
	__be32 mask = inet_make_mask(iface->prefix);

	return sysfs_emit(buf, "%pI4\n", &mask);
}

/* --- where they come from ------------------------------------------------ */

static void hba_iface_set_bootproto(struct ohba_iface_config *iface, const u8 *value)
{
	iface->source = *value == ISCSI_BOOTPROTO_DHCP ? OHBA_ADDR_DHCP :
							 OHBA_ADDR_STATIC;
}

static ssize_t hba_iface_show_bootproto(const struct ohba_iface_config *iface,
					char *buf)
{
	return sysfs_emit(buf, "%s\n",
			  iface->source == OHBA_ADDR_DHCP ? "dhcp" : "static");
}

static void hba_iface_set_autocfg(struct ohba_iface_config *iface, const u8 *value)
{
	switch (*value) {
	case ISCSI_IPV6_AUTOCFG_ND_ENABLE:
		iface->source = OHBA_ADDR_SLAAC;
		break;
	case ISCSI_IPV6_AUTOCFG_DHCPV6_ENABLE:
		iface->source = OHBA_ADDR_DHCP;
		break;
	default:
		iface->source = OHBA_ADDR_STATIC;
	}
}

static bool hba_iface_check_autocfg(const u8 *value)
{
	return *value >= ISCSI_IPV6_AUTOCFG_DISABLE &&
	       *value <= ISCSI_IPV6_AUTOCFG_DHCPV6_ENABLE;
}

static ssize_t hba_iface_show_autocfg(const struct ohba_iface_config *iface, char *buf)
{
	static const char *const names[] = {
		[OHBA_ADDR_STATIC] = "static",
		[OHBA_ADDR_DHCP] = "dhcpv6",
		[OHBA_ADDR_SLAAC] = "nd",
	};

	return sysfs_emit(buf, "%s\n", names[iface->source]);
}

static void hba_iface_set_local_auto(struct ohba_iface_config *iface, const u8 *value)
{
	hba_iface_set_flag(iface, OHBA_IFCONF_LOCAL_STATIC,
			   *value == ISCSI_IPV6_LINKLOCAL_AUTOCFG_DISABLE);
}

static ssize_t hba_iface_show_local_auto(const struct ohba_iface_config *iface,
					 char *buf)
{
	return hba_show_static(iface, OHBA_IFCONF_LOCAL_STATIC, buf);
}

static void hba_iface_set_router_auto(struct ohba_iface_config *iface, const u8 *value)
{
	hba_iface_set_flag(iface, OHBA_IFCONF_ROUTER_STATIC,
			   *value == ISCSI_IPV6_ROUTER_AUTOCFG_DISABLE);
}

static ssize_t hba_iface_show_router_auto(const struct ohba_iface_config *iface,
					  char *buf)
{
	return hba_show_static(iface, OHBA_IFCONF_ROUTER_STATIC, buf);
}

/* --- the rest ------------------------------------------------------------ */

static void hba_iface_set_enable(struct ohba_iface_config *iface, const u8 *value)
{
	hba_iface_set_flag(iface, OHBA_IFCONF_ENABLED, *value == ISCSI_IFACE_ENABLE);
}

static ssize_t hba_iface_show_enable(const struct ohba_iface_config *iface, char *buf)
{
	return hba_show_enabled(iface, OHBA_IFCONF_ENABLED, buf);
}

static void hba_iface_set_vlan_tag(struct ohba_iface_config *iface, const u8 *value)
{
	iface->tci = hba_iface_le16(value);
}

static ssize_t hba_iface_show_vlan_id(const struct ohba_iface_config *iface, char *buf)
{
	return sysfs_emit(buf, "%u\n", le16_to_cpu(iface->tci) & HBA_VLAN_ID_MASK);
}

static ssize_t hba_iface_show_vlan_prio(const struct ohba_iface_config *iface,
					char *buf)
{
	return sysfs_emit(buf, "%u\n",
			  le16_to_cpu(iface->tci) >> HBA_VLAN_PRIO_SHIFT);
}

static void hba_iface_set_vlan_on(struct ohba_iface_config *iface, const u8 *value)
{
	hba_iface_set_flag(iface, OHBA_IFCONF_VLAN, *value == ISCSI_VLAN_ENABLE);
}

static ssize_t hba_iface_show_vlan_on(const struct ohba_iface_config *iface, char *buf)
{
	return hba_show_enabled(iface, OHBA_IFCONF_VLAN, buf);
}

static void hba_iface_set_mtu(struct ohba_iface_config *iface, const u8 *value)
{
	iface->mtu = hba_iface_le16(value);
}

/* 0: the port's. */
static bool hba_iface_check_mtu4(const u8 *value)
{
	u16 mtu = le16_to_cpu(hba_iface_le16(value));

	return !mtu || mtu >= OHBA_MTU_MIN;
}

static bool hba_iface_check_mtu6(const u8 *value)
{
	u16 mtu = le16_to_cpu(hba_iface_le16(value));

	return !mtu || mtu >= OHBA_MTU_MIN_IPV6;
}

static ssize_t hba_iface_show_mtu(const struct ohba_iface_config *iface, char *buf)
{
	return sysfs_emit(buf, "%u\n", le16_to_cpu(iface->mtu));
}

/* --- how it stands ------------------------------------------------------- */

static ssize_t hba_iface_show_state(const struct ohba_iface_config *iface, char *buf)
{
	enum iscsi_ipaddress_state state = ISCSI_IPDDRESS_STATE_UNCONFIGURED;

	if (iface->flags & OHBA_IFCONF_ENABLED) {
		if (memchr_inv(iface->addr, 0, sizeof(iface->addr)))
			state = ISCSI_IPDDRESS_STATE_VALID;
		else if (iface->source != OHBA_ADDR_STATIC)
			state = ISCSI_IPDDRESS_STATE_ACQUIRING;
	}
	return sysfs_emit(buf, "%s\n", iscsi_get_ipaddress_state_name(state));
}

static ssize_t hba_iface_show_router_state(const struct ohba_iface_config *iface,
					   char *buf)
{
	enum iscsi_router_state state = ISCSI_ROUTER_STATE_UNKNOWN;

	if (memchr_inv(iface->router, 0, sizeof(iface->router)))
		state = iface->source == OHBA_ADDR_STATIC ||
			iface->flags & OHBA_IFCONF_ROUTER_STATIC ?
			ISCSI_ROUTER_STATE_MANUAL : ISCSI_ROUTER_STATE_ADVERTISED;
	return sysfs_emit(buf, "%s\n", iscsi_get_router_state_name(state));
}

/* --- all ----------------------------------------------------------------- */

static const struct hba_iface_row hba_iface_rows[] = {
	{ ISCSI_NET_PARAM_IPV4_ADDR, HBA_V4, 4, hba_iface_set_addr, hba_iface_show_addr,
	  .name = "ipaddress" },
	{ ISCSI_NET_PARAM_IPV4_SUBNET, HBA_V4, 4, hba_iface_set_subnet, hba_iface_show_subnet,
	  hba_iface_check_subnet, "subnet_mask", "ones, and then zeros" },
	{ ISCSI_NET_PARAM_IPV4_GW, HBA_V4, 4, hba_iface_set_router, hba_iface_show_router,
	  .name = "gateway" },
	{ ISCSI_NET_PARAM_IPV4_BOOTPROTO, HBA_V4, 1, hba_iface_set_bootproto,
	  hba_iface_show_bootproto, .name = "bootproto" },
	{ ISCSI_NET_PARAM_IPV6_ADDR, HBA_V6, 16, hba_iface_set_addr, hba_iface_show_addr,
	  .name = "ipaddress" },
	{ ISCSI_NET_PARAM_IPV6_LINKLOCAL, HBA_V6, 16, hba_iface_set_local,
	  hba_iface_show_local, hba_is_link_local, "ipv6_linklocal", "in fe80::/10" },
	{ ISCSI_NET_PARAM_IPV6_ROUTER, HBA_V6, 16, hba_iface_set_router,
	  hba_iface_show_router, .name = "ipv6_router" },
	{ ISCSI_NET_PARAM_IPV6_ADDR_AUTOCFG, HBA_V6, 1, hba_iface_set_autocfg,
	  hba_iface_show_autocfg, hba_iface_check_autocfg, "ipv6_autocfg",
	  "nd, dhcpv6 or disable" },
	{ ISCSI_NET_PARAM_IPV6_LINKLOCAL_AUTOCFG, HBA_V6, 1, hba_iface_set_local_auto,
	  hba_iface_show_local_auto, hba_is_flag_value, "linklocal_autocfg",
	  "auto or disable" },
	{ ISCSI_NET_PARAM_IPV6_ROUTER_AUTOCFG, HBA_V6, 1, hba_iface_set_router_auto,
	  hba_iface_show_router_auto, hba_is_flag_value, "router_autocfg",
	  "auto or disable" },
	{ ISCSI_NET_PARAM_IFACE_ENABLE, HBA_BOTH, 1, hba_iface_set_enable,
	  hba_iface_show_enable, .name = "state" },
	/* Of iface.vlan_id and iface.vlan_priority, which iscsiadm bounds. */
	{ ISCSI_NET_PARAM_VLAN_TAG, HBA_BOTH, 2, hba_iface_set_vlan_tag,
	  .name = "vlan_id" },
	{ ISCSI_NET_PARAM_VLAN_ID, HBA_BOTH, 0, NULL, hba_iface_show_vlan_id },
	{ ISCSI_NET_PARAM_VLAN_PRIORITY, HBA_BOTH, 0, NULL, hba_iface_show_vlan_prio },
	{ ISCSI_NET_PARAM_VLAN_ENABLED, HBA_BOTH, 1, hba_iface_set_vlan_on,
	  hba_iface_show_vlan_on, .name = "vlan_state" },
	{ ISCSI_NET_PARAM_MTU, HBA_V4, 2, hba_iface_set_mtu, hba_iface_show_mtu,
	  hba_iface_check_mtu4, "mtu", "0, or 576 or more" },
	{ ISCSI_NET_PARAM_MTU, HBA_V6, 2, hba_iface_set_mtu, hba_iface_show_mtu,
	  hba_iface_check_mtu6, "mtu", "0, or 1280 or more" },
	{ ISCSI_NET_PARAM_IPADDR_STATE, HBA_BOTH, 0, NULL, hba_iface_show_state },
	{ ISCSI_NET_PARAM_IPV6_ROUTER_STATE, HBA_V6, 0, NULL, hba_iface_show_router_state },
};

const struct hba_iface_row *hba_iface_row(bool v6, int param)
{
	const struct hba_iface_row *row;

	for (row = hba_iface_rows;
	     row < &hba_iface_rows[ARRAY_SIZE(hba_iface_rows)]; row++)
		if (row->param == param && row->of & (v6 ? HBA_V6 : HBA_V4))
			return row;
	return NULL;
}

umode_t hba_iface_attr(int param)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hba_iface_rows); i++)
		if (hba_iface_rows[i].param == param && hba_iface_rows[i].show)
			return 0444;
	return 0;
}
