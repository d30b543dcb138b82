// SPDX-License-Identifier: GPL-2.0-only
/*
 * The adapter's ifaces: what `iscsiadm -m iface -o apply` sets (iscsi_if.h,
 * struct iscsi_iface_param_info) and /sys/class/iscsi_iface shows. IPv4 and IPv6
 * ifaces are numbered apart, each with a VLAN of its own or none.
 */
#include <linux/inetdevice.h>
#include <net/netlink.h>

#include "hba.h"

#define HBA_VLAN_PRIO_SHIFT	13
#define HBA_VLAN_ID_MASK	0x0fff

/* --- one parameter ------------------------------------------------------- */

static void hba_iface_set_addr(struct hba_iface *iface, const u8 *value)
{
	memcpy(iface->addr, value, iface->v6 ? 16 : 4);
}

static ssize_t hba_iface_show_ip(const struct hba_iface *iface, const u8 *ip,
				 char *buf)
{
	return iface->v6 ? sysfs_emit(buf, "%pI6\n", ip) :
			   sysfs_emit(buf, "%pI4\n", ip);
}

static ssize_t hba_iface_show_addr(const struct hba_iface *iface, char *buf)
{
	return hba_iface_show_ip(iface, iface->addr, buf);
}

static void hba_iface_set_gateway(struct hba_iface *iface, const u8 *value)
{
	memcpy(iface->gateway, value, iface->v6 ? 16 : 4);
}

static ssize_t hba_iface_show_gateway(const struct hba_iface *iface, char *buf)
{
	return hba_iface_show_ip(iface, iface->gateway, buf);
}

static void hba_iface_set_subnet(struct hba_iface *iface, const u8 *value)
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

static ssize_t hba_iface_show_subnet(const struct hba_iface *iface, char *buf)
{
	__be32 mask = inet_make_mask(iface->prefix);

	return sysfs_emit(buf, "%pI4\n", &mask);
}

static void hba_iface_set_enable(struct hba_iface *iface, const u8 *value)
{
	iface->enabled = *value == ISCSI_IFACE_ENABLE;
}

static ssize_t hba_iface_show_enable(const struct hba_iface *iface, char *buf)
{
	return sysfs_emit(buf, "%s\n", iface->enabled ? "enabled" : "disabled");
}

static void hba_iface_set_bootproto(struct hba_iface *iface, const u8 *value)
{
	iface->dhcp = *value == ISCSI_BOOTPROTO_DHCP;
}

static ssize_t hba_iface_show_bootproto(const struct hba_iface *iface, char *buf)
{
	return sysfs_emit(buf, "%s\n", iface->dhcp ? "dhcp" : "static");
}

static void hba_iface_set_vlan_tag(struct hba_iface *iface, const u8 *value)
{
	memcpy(&iface->tci, value, sizeof(iface->tci));
}

static ssize_t hba_iface_show_vlan_id(const struct hba_iface *iface, char *buf)
{
	return sysfs_emit(buf, "%u\n", iface->tci & HBA_VLAN_ID_MASK);
}

static ssize_t hba_iface_show_vlan_prio(const struct hba_iface *iface, char *buf)
{
	return sysfs_emit(buf, "%u\n", iface->tci >> HBA_VLAN_PRIO_SHIFT);
}

static void hba_iface_set_vlan_on(struct hba_iface *iface, const u8 *value)
{
	iface->vlan = *value == ISCSI_VLAN_ENABLE;
}

static ssize_t hba_iface_show_vlan_on(const struct hba_iface *iface, char *buf)
{
	return sysfs_emit(buf, "%s\n", iface->vlan ? "enabled" : "disabled");
}

enum { HBA_V4 = BIT(0), HBA_V6 = BIT(1), HBA_BOTH = HBA_V4 | HBA_V6 };

/* set NULL: read-only; len: of its value, bytes; check NULL: any value will do. */
static const struct hba_iface_row {
	u16 param;
	u8 of;
	u8 len;
	void (*set)(struct hba_iface *iface, const u8 *value);
	ssize_t (*show)(const struct hba_iface *iface, char *buf);
	bool (*check)(const u8 *value);
} hba_iface_rows[] = {
	{ ISCSI_NET_PARAM_IPV4_ADDR, HBA_V4, 4, hba_iface_set_addr, hba_iface_show_addr },
	{ ISCSI_NET_PARAM_IPV4_SUBNET, HBA_V4, 4, hba_iface_set_subnet, hba_iface_show_subnet,
	  hba_iface_check_subnet },
	{ ISCSI_NET_PARAM_IPV4_GW, HBA_V4, 4, hba_iface_set_gateway, hba_iface_show_gateway },
	{ ISCSI_NET_PARAM_IPV4_BOOTPROTO, HBA_V4, 1, hba_iface_set_bootproto,
	  hba_iface_show_bootproto },
	{ ISCSI_NET_PARAM_IPV6_ADDR, HBA_V6, 16, hba_iface_set_addr, hba_iface_show_addr },
	{ ISCSI_NET_PARAM_IPV6_ROUTER, HBA_V6, 16, hba_iface_set_gateway,
	  hba_iface_show_gateway },
	{ ISCSI_NET_PARAM_IFACE_ENABLE, HBA_BOTH, 1, hba_iface_set_enable,
	  hba_iface_show_enable },
	{ ISCSI_NET_PARAM_VLAN_TAG, HBA_BOTH, 2, hba_iface_set_vlan_tag, NULL },
	{ ISCSI_NET_PARAM_VLAN_ID, HBA_BOTH, 0, NULL, hba_iface_show_vlan_id },
	{ ISCSI_NET_PARAM_VLAN_PRIORITY, HBA_BOTH, 0, NULL, hba_iface_show_vlan_prio },
	{ ISCSI_NET_PARAM_VLAN_ENABLED, HBA_BOTH, 1, hba_iface_set_vlan_on,
	  hba_iface_show_vlan_on },
};

static const struct hba_iface_row *hba_iface_row(bool v6, int param)
{
	const struct hba_iface_row *row;

	for (row = hba_iface_rows;
	     row < &hba_iface_rows[ARRAY_SIZE(hba_iface_rows)]; row++)
		if (row->param == param && row->of & (v6 ? HBA_V6 : HBA_V4))
			return row;
	return NULL;
}

/* --- all of an iface ----------------------------------------------------- */

/* One of @ifaces, which is hba->ifaces or a copy: those of IPv4 come first. */
static struct hba_iface *hba_iface_find(struct hba_iface *ifaces, bool v6, u32 num)
{
	if (num >= HBA_IFACES)
		return NULL;
	return &ifaces[num + (v6 ? HBA_IFACES : 0)];
}

static bool hba_iface_has_addr(const struct hba_iface *iface)
{
	return memchr_inv(iface->addr, 0, sizeof(iface->addr));
}

static int hba_iface_apply(struct hba *hba, unsigned int index,
			   const struct hba_iface *iface)
{
	struct ohba_iface_conf conf = { 0 };

	if (iface->enabled && iface->dhcp) {
		conf.dhcp = true;
		conf.tci = iface->vlan ? iface->tci : 0;
	} else if (iface->enabled && hba_iface_has_addr(iface)) {
		conf.family = iface->v6 ? OHBA_FAMILY_IPV6 : OHBA_FAMILY_IPV4;
		/* The class has no parameter for that of IPv6. */
		conf.prefix = iface->v6 ? 64 : iface->prefix;
		conf.tci = iface->vlan ? iface->tci : 0;
		memcpy(conf.addr, iface->addr, sizeof(conf.addr));
		memcpy(conf.gateway, iface->gateway, sizeof(conf.gateway));
	}
	return ohba_iface_set(hba->adapter, index, &conf);
}

/* Set one of @ifaces, a copy. Return: 0, or why not. */
static int hba_iface_set_one(struct hba *hba, struct hba_iface *ifaces,
			     const struct iscsi_iface_param_info *info, u32 len)
{
	bool v6 = info->iface_type == ISCSI_IFACE_TYPE_IPV6;
	const struct hba_iface_row *row = hba_iface_row(v6, info->param);
	struct hba_iface *iface = hba_iface_find(ifaces, v6, info->iface_num);

	if (info->param_type != ISCSI_NET_PARAM || !row || !row->set ||
	    (!v6 && info->iface_type != ISCSI_IFACE_TYPE_IPV4)) {
		ohba_dbg(hba->adapter, NET, "iface parameter %u/%u/%u is not the adapter's\n",
			 info->iface_type, info->param_type, info->param);
		return 0;
	}
	if (!iface || info->len != row->len ||
	    len < sizeof(*info) + info->len) {
		dev_err(hba->adapter->dev,
			"iface parameter %u of IPv%c iface %u, %u bytes: it must have %u, and ifaces are 0 to %u\n",
			info->param, v6 ? '6' : '4', info->iface_num, info->len,
			row->len, HBA_IFACES - 1);
		return -EINVAL;
	}
	if (row->check && !row->check(info->value)) {
		dev_err(hba->adapter->dev,
			"iface parameter %u of IPv%c iface %u has an impossible value: correct the iface record\n",
			info->param, v6 ? '6' : '4', info->iface_num);
		return -EINVAL;
	}
	row->set(iface, info->value);
	iface->changed = true;
	return 0;
}

static int hba_iface_take(struct hba *hba, struct hba_iface *ifaces, void *data,
			  u32 len)
{
	struct nlattr *attr;
	int rest, err;

	nla_for_each_attr(attr, data, len, rest) {
		if (nla_len(attr) < (int)sizeof(struct iscsi_iface_param_info))
			return -EINVAL;
		err = hba_iface_set_one(hba, ifaces, nla_data(attr), nla_len(attr));
		if (err)
			return err;
	}
	return 0;
}

/* The first @n that @ifaces changed are as they were. */
static void hba_iface_change_back(struct hba *hba, const struct hba_iface *ifaces,
				  unsigned int n)
{
	while (n--)
		if (ifaces[n].changed && hba_iface_apply(hba, n, &hba->ifaces[n]))
			dev_err(hba->adapter->dev,
				"IPv%c iface %u could not be set back: apply it again\n",
				ifaces[n].v6 ? '6' : '4', n % HBA_IFACES);
}

static int hba_iface_change(struct hba *hba, struct hba_iface *ifaces)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < 2 * HBA_IFACES; i++)
		if (ifaces[i].changed)
			err = hba_iface_apply(hba, i, &ifaces[i]);
	if (err) {
		hba_iface_change_back(hba, ifaces, i - 1);
		return err;
	}
	for (i = 0; i < 2 * HBA_IFACES; i++)
		ifaces[i].changed = false;
	memcpy(hba->ifaces, ifaces, sizeof(hba->ifaces));
	return 0;
}

/* All of it is right, or nothing changes. Under the class's netlink mutex. */
int hba_set_iface_param(struct Scsi_Host *shost, void *data, u32 len)
{
	struct hba *hba = hba_of(shost);
	struct hba_iface *ifaces;
	int err;

	if (!ohba_has_wire(hba->adapter))
		return -EOPNOTSUPP;
	ifaces = kmemdup(hba->ifaces, sizeof(hba->ifaces), GFP_NOIO);
	if (!ifaces)
		return -ENOMEM;
	err = hba_iface_take(hba, ifaces, data, len) ?: hba_iface_change(hba, ifaces);
	kfree(ifaces);
	return err;
}

/* What the helper got for it. */
static void hba_iface_learned(struct hba *hba, unsigned int index,
			      struct hba_iface *iface)
{
	struct ohba_iface_conf conf;

	ohba_iface_get(hba->adapter, index, &conf);
	iface->prefix = conf.prefix;
	memcpy(iface->addr, conf.addr, sizeof(iface->addr));
	memcpy(iface->gateway, conf.gateway, sizeof(iface->gateway));
}

int hba_get_iface_param(struct iscsi_iface *cls, enum iscsi_param_type type,
			int param, char *buf)
{
	struct hba *hba = hba_of(iscsi_iface_to_shost(cls));
	bool v6 = cls->iface_type == ISCSI_IFACE_TYPE_IPV6;
	const struct hba_iface_row *row = hba_iface_row(v6, param);
	const struct hba_iface *iface = hba_iface_find(hba->ifaces, v6, cls->iface_num);
	struct hba_iface now;

	if (type != ISCSI_NET_PARAM || !row || !row->show || !iface)
		return -ENOSYS;
	now = *iface;
	if (now.dhcp)
		hba_iface_learned(hba, iface - hba->ifaces, &now);
	return row->show(&now, buf);
}

umode_t hba_iface_attr(int param)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hba_iface_rows); i++)
		if (hba_iface_rows[i].param == param && hba_iface_rows[i].show)
			return 0444;
	return 0;
}

/* --- sysfs --------------------------------------------------------------- */

/* One of each kind is shown from the start, as on other adapters. */
void hba_ifaces_create(struct hba *hba)
{
	unsigned int i;

	if (!ohba_has_wire(hba->adapter))
		return;
	for (i = 0; i < 2 * HBA_IFACES; i++)
		hba->ifaces[i].v6 = i >= HBA_IFACES;
	hba->iface4 = iscsi_create_iface(hba->shost, &hba_transport,
					 ISCSI_IFACE_TYPE_IPV4, 0, 0);
	hba->iface6 = iscsi_create_iface(hba->shost, &hba_transport,
					 ISCSI_IFACE_TYPE_IPV6, 0, 0);
	if (!hba->iface4 || !hba->iface6)
		dev_warn(hba->adapter->dev,
			 "no memory to show all ifaces in /sys/class/iscsi_iface: free some and bind the driver anew\n");
}

void hba_ifaces_destroy(struct hba *hba)
{
	if (hba->iface4)
		iscsi_destroy_iface(hba->iface4);
	if (hba->iface6)
		iscsi_destroy_iface(hba->iface6);
	hba->iface4 = NULL;
	hba->iface6 = NULL;
}
