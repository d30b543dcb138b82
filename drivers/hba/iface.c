// SPDX-License-Identifier: GPL-2.0-only
/*
 * The adapter's ifaces: what `iscsiadm -m iface -o apply` sets (iscsi_if.h,
 * struct iscsi_iface_param_info), /sys/class/iscsi_iface shows, and the adapter keeps.
 * IPv4 and IPv6 ifaces are numbered apart, each with a VLAN of its own or none.
 */
#include <linux/slab.h>
#include <net/netlink.h>

#include <ohba_genl.h>

#include "hba.h"

/* A request: what it makes of all ifaces. */
struct hba_iface_request {
	struct ohba_config config;
	unsigned long changed;		/* BIT(index) */
};

static bool hba_iface_is_v6(unsigned int index)
{
	return index >= HBA_IFACES;
}

/* Those of IPv4 come first. Return: -1 if there is none. */
static int hba_iface_index(bool v6, u32 num)
{
	if (num >= HBA_IFACES)
		return -1;
	return num + (v6 ? HBA_IFACES : 0);
}

/* --- the adapter is told ------------------------------------------------- */

/* How the helper gets the address, if it does. */
static void hba_iface_help(const struct ohba_iface_config *iface,
			   struct ohba_iface_conf *conf)
{
	if (iface->family == OHBA_FAMILY_IPV4)
		conf->dhcp = true;
	else
		conf->autocfg6 = iface->source == OHBA_ADDR_SLAAC ?
				 OHBA_AUTOCFG6_SLAAC : OHBA_AUTOCFG6_DHCPV6;
	conf->own_gateway = iface->flags & OHBA_IFCONF_ROUTER_STATIC;
	if (conf->own_gateway)
		memcpy(conf->gateway, iface->router, sizeof(conf->gateway));
}

static void hba_iface_static(const struct ohba_iface_config *iface,
			     struct ohba_iface_conf *conf)
{
	const u8 *addr = iface->addr;

	conf->prefix = iface->prefix;
	/* IPv4 has no @local either: hba_iface_addrs_valid(). */
	if (!memchr_inv(addr, 0, sizeof(iface->addr))) {
		addr = iface->local;
		conf->prefix = 64;
	}
	if (!memchr_inv(addr, 0, sizeof(iface->addr)))
		return;
	conf->family = iface->family;
	memcpy(conf->addr, addr, sizeof(conf->addr));
	memcpy(conf->gateway, iface->router, sizeof(conf->gateway));
}

static void hba_iface_fill(const struct ohba_iface_config *iface,
			   struct ohba_iface_conf *conf)
{
	memset(conf, 0, sizeof(*conf));
	if (iface->flags & OHBA_IFCONF_ENABLED) {
		if (iface->source == OHBA_ADDR_STATIC)
			hba_iface_static(iface, conf);
		else
			hba_iface_help(iface, conf);
	}
	if (conf->family || conf->dhcp || conf->autocfg6) {
		conf->mtu = le16_to_cpu(iface->mtu);
		if (iface->flags & OHBA_IFCONF_VLAN)
			conf->tci = le16_to_cpu(iface->tci);
	}
}

static int hba_iface_apply(struct hba *hba, unsigned int index,
			   const struct ohba_iface_config *iface)
{
	struct ohba_iface_conf conf;

	hba_iface_fill(iface, &conf);
	return ohba_iface_set(hba->adapter, index, &conf);
}

/* --- setting ------------------------------------------------------------- */

/* Return: 0, or why not. */
static int hba_iface_set_one(struct hba *hba, struct hba_iface_request *request,
			     const struct iscsi_iface_param_info *info, u32 len)
{
	bool v6 = info->iface_type == ISCSI_IFACE_TYPE_IPV6;
	const struct hba_iface_row *row = hba_iface_row(v6, info->param);
	int index = hba_iface_index(v6, info->iface_num);

	if (info->param_type != ISCSI_NET_PARAM || !row || !row->set ||
	    (!v6 && info->iface_type != ISCSI_IFACE_TYPE_IPV4)) {
		ohba_dbg(hba->adapter, NET, "iface parameter %u/%u/%u is not the adapter's\n",
			 info->iface_type, info->param_type, info->param);
		return 0;
	}
	if (index < 0 || info->len != row->len ||
	    len < sizeof(*info) + info->len) {
		dev_err(hba->adapter->dev,
			"iface.%s of IPv%c iface %u, %u bytes: it must have %u, and ifaces are 0 to %u\n",
			row->name, v6 ? '6' : '4', info->iface_num, info->len,
			row->len, HBA_IFACES - 1);
		return -EINVAL;
	}
	if (row->check && !row->check(info->value)) {
		dev_err(hba->adapter->dev,
			"iface.%s of IPv%c iface %u must be %s: correct the iface record\n",
			row->name, v6 ? '6' : '4', info->iface_num, row->valid);
		return -EINVAL;
	}
	row->set(&request->config.iface[index], info->value);
	request->changed |= BIT(index);
	return 0;
}

static int hba_iface_take(struct hba *hba, struct hba_iface_request *request,
			  void *data, u32 len)
{
	struct nlattr *attr;
	int rest, err;

	nla_for_each_attr(attr, data, len, rest) {
		if (nla_len(attr) < (int)sizeof(struct iscsi_iface_param_info))
			return -EINVAL;
		err = hba_iface_set_one(hba, request, nla_data(attr), nla_len(attr));
		if (err)
			return err;
	}
	return 0;
}

/* RFC 4291 appendix A: a link-local address of the MAC, unless one was given. */
static void hba_iface_make_local(struct hba *hba, struct ohba_iface_config *iface)
{
	const u8 *mac = ohba_info(hba->adapter)->mac;

	if (iface->family != OHBA_FAMILY_IPV6 ||
	    iface->flags & OHBA_IFCONF_LOCAL_STATIC)
		return;
	memset(iface->local, 0, sizeof(iface->local));
	iface->local[0] = 0xfe;
	iface->local[1] = 0x80;
	memcpy(iface->local + 8, mac, 3);
	iface->local[8] ^= 2;
	iface->local[11] = 0xff;
	iface->local[12] = 0xfe;
	memcpy(iface->local + 13, mac + 3, 3);
}

/* The first @n that @request changed are as they were. */
static void hba_iface_change_back(struct hba *hba,
				  const struct hba_iface_request *request,
				  unsigned int n)
{
	while (n--)
		if (request->changed & BIT(n) &&
		    hba_iface_apply(hba, n, &hba->config.iface[n]))
			dev_err(hba->adapter->dev,
				"IPv%c iface %u could not be set back: apply it again\n",
				hba_iface_is_v6(n) ? '6' : '4', n % HBA_IFACES);
}

static void hba_iface_set_config(struct hba *hba, const struct ohba_config *config)
{
	spin_lock(&hba->net_lock);
	hba->config = *config;
	spin_unlock(&hba->net_lock);
}

static int hba_iface_keep(struct hba *hba, const struct ohba_config *config)
{
	int err = ohba_config_set(hba->adapter, config);

	/* What stopped the adapter did not stop its write: it is read again. */
	if (err == -ENODEV)
		hba->config_read = false;
	return err == -EOPNOTSUPP ? 0 : err;
}

static int hba_iface_apply_changed(struct hba *hba,
				   const struct hba_iface_request *request)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < OHBA_IFACES_MAX; i++)
		if (request->changed & BIT(i))
			err = hba_iface_apply(hba, i, &request->config.iface[i]);
	if (err)
		hba_iface_change_back(hba, request, i - 1);
	return err;
}

static void hba_iface_keep_back(struct hba *hba)
{
	if (hba_iface_keep(hba, &hba->config))
		dev_err(hba->adapter->dev,
			"the adapter keeps an iface that it refused: apply the iface's record again\n");
}

static int hba_iface_change(struct hba *hba, struct hba_iface_request *request)
{
	unsigned int i;
	int err;

	if (!request->changed)
		return 0;
	for (i = 0; i < OHBA_IFACES_MAX; i++)
		if (request->changed & BIT(i))
			hba_iface_make_local(hba, &request->config.iface[i]);
	/* First: what it cannot keep must cost no address, and no connection. */
	err = hba_iface_keep(hba, &request->config);
	if (err)
		return err;
	err = hba_iface_apply_changed(hba, request);
	if (err)
		hba_iface_keep_back(hba);
	else
		hba_iface_set_config(hba, &request->config);
	return err;
}

/* --- what the adapter kept ----------------------------------------------- */

#define HBA_IFCONF_FLAGS (OHBA_IFCONF_ENABLED | OHBA_IFCONF_VLAN |	\
			  OHBA_IFCONF_LOCAL_STATIC | OHBA_IFCONF_ROUTER_STATIC)

/* An address of IPv4 is four bytes, and each other one is made or checked as one of IPv6. */
static bool hba_iface_addrs_valid(const struct ohba_iface_config *iface, bool v6)
{
	if (v6)
		return !(iface->flags & OHBA_IFCONF_LOCAL_STATIC) ||
		       hba_is_link_local(iface->local);
	return !memchr_inv(iface->addr + 4, 0, sizeof(iface->addr) - 4) &&
	       !memchr_inv(iface->router + 4, 0, sizeof(iface->router) - 4) &&
	       !memchr_inv(iface->local, 0, sizeof(iface->local));
}

/* As much as the code here relies on; what else is wrong the adapter refuses. */
static bool hba_iface_valid(const struct ohba_iface_config *iface, bool v6)
{
	return !(iface->flags & ~HBA_IFCONF_FLAGS) &&
	       iface->family == (v6 ? OHBA_FAMILY_IPV6 : OHBA_FAMILY_IPV4) &&
	       iface->source <= (v6 ? OHBA_ADDR_SLAAC : OHBA_ADDR_DHCP) &&
	       iface->prefix <= (v6 ? 128 : 32) &&
	       hba_iface_addrs_valid(iface, v6);
}

static void hba_iface_check(struct hba *hba, struct ohba_config *config,
			    unsigned int index)
{
	struct ohba_iface_config *iface = &config->iface[index];
	bool v6 = hba_iface_is_v6(index);

	if (!hba_iface_valid(iface, v6)) {
		if (iface->family)
			dev_warn(hba->adapter->dev,
				 "IPv%c iface %u: what the adapter kept cannot be used: configure it again\n",
				 v6 ? '6' : '4', index % HBA_IFACES);
		memset(iface, 0, sizeof(*iface));
		iface->family = v6 ? OHBA_FAMILY_IPV6 : OHBA_FAMILY_IPV4;
	}
	hba_iface_make_local(hba, iface);
}

static void hba_config_check(struct hba *hba, struct ohba_config *config)
{
	unsigned int i;

	memset(config->rsvd, 0, sizeof(config->rsvd));
	if (config->origin == OHBA_CONFIG_DAMAGED)
		dev_warn(hba->adapter->dev,
			 "the adapter's flash is damaged and its ifaces have no configuration: configure them again\n");
	for (i = 0; i < OHBA_IFACES_MAX; i++)
		hba_iface_check(hba, config, i);
}

/* Return: 0; -EOPNOTSUPP if the adapter keeps nothing; or why it is not known. */
static int hba_config_read(struct hba *hba)
{
	struct ohba_config *config = kzalloc(sizeof(*config), GFP_NOIO);
	int err;

	if (!config)
		return -ENOMEM;
	err = ohba_config_get(hba->adapter, config);
	if (!err || err == -EOPNOTSUPP) {
		hba_config_check(hba, config);
		hba_iface_set_config(hba, config);
		hba->config_read = true;
	}
	kfree(config);
	return err;
}

/* Nothing changes before this succeeded: what the adapter keeps is replaced as a whole. */
static int hba_ifaces_load(struct hba *hba)
{
	unsigned int i;
	int err;

	BUILD_BUG_ON(2 * HBA_IFACES != OHBA_IFACES_MAX);
	lockdep_assert_held(&hba->iface_mutex);
	if (hba->config_read)
		return 0;
	err = hba_config_read(hba);
	if (err == -EOPNOTSUPP)
		return 0;
	if (err) {
		dev_err(hba->adapter->dev,
			"what the adapter keeps of its ifaces could not be read (%d): apply an iface record, or restart the adapter, to try again\n",
			err);
		return err;
	}
	/* What it refuses the log tells. */
	for (i = 0; i < OHBA_IFACES_MAX; i++)
		(void)hba_iface_apply(hba, i, &hba->config.iface[i]);
	return 0;
}

/* A restart goes on without an address that the firmware refuses, be it for now. */
static void hba_ifaces_again(struct hba *hba)
{
	struct ohba_iface_conf conf, now;
	unsigned int i;

	for (i = 0; i < OHBA_IFACES_MAX; i++) {
		hba_iface_fill(&hba->config.iface[i], &conf);
		ohba_iface_get(hba->adapter, i, &now);
		if (conf.family && !now.family)
			(void)ohba_iface_set(hba->adapter, i, &conf);
	}
}

static void hba_ifaces_up(struct work_struct *work)
{
	struct hba *hba = container_of(work, struct hba, ifaces_up);

	mutex_lock(&hba->iface_mutex);
	if (!hba->ifaces_gone && !hba_ifaces_load(hba))
		hba_ifaces_again(hba);
	mutex_unlock(&hba->iface_mutex);
}

/* After I/O started: the helper may be told. What fails is said, and tried again. */
void hba_ifaces_start(struct hba *hba)
{
	mutex_lock(&hba->iface_mutex);
	(void)hba_ifaces_load(hba);
	mutex_unlock(&hba->iface_mutex);
}

/* --- a request ----------------------------------------------------------- */

static int hba_iface_request(struct hba *hba, struct hba_iface_request *request,
			     void *data, u32 len)
{
	int err;

	if (hba->ifaces_gone)
		return -ENODEV;
	err = hba_ifaces_load(hba);
	if (err)
		return err;
	request->config = hba->config;
	return hba_iface_take(hba, request, data, len) ?:
	       hba_iface_change(hba, request);
}

/* All of it is right, or nothing changes. */
int hba_set_iface_param(struct Scsi_Host *shost, void *data, u32 len)
{
	struct hba *hba = hba_of(shost);
	struct hba_iface_request *request;
	int err;

	if (!hba_owns(shost))
		return -EINVAL;
	if (!ohba_has_wire(hba->adapter))
		return -EOPNOTSUPP;
	request = kzalloc(sizeof(*request), GFP_NOIO);
	if (!request)
		return -ENOMEM;
	mutex_lock(&hba->iface_mutex);
	err = hba_iface_request(hba, request, data, len);
	mutex_unlock(&hba->iface_mutex);
	kfree(request);
	return err;
}

/* --- showing ------------------------------------------------------------- */

/* What the helper got for it. */
static void hba_iface_learned(struct hba *hba, unsigned int index,
			      struct ohba_iface_config *iface)
{
	struct ohba_iface_conf conf;

	ohba_iface_get(hba->adapter, index, &conf);
	iface->prefix = conf.prefix;
	memcpy(iface->addr, conf.addr, sizeof(iface->addr));
	memcpy(iface->router, conf.gateway, sizeof(iface->router));
}

int hba_get_iface_param(struct iscsi_iface *cls, enum iscsi_param_type type,
			int param, char *buf)
{
	struct hba *hba = hba_of(iscsi_iface_to_shost(cls));
	bool v6 = cls->iface_type == ISCSI_IFACE_TYPE_IPV6;
	const struct hba_iface_row *row = hba_iface_row(v6, param);
	int index = hba_iface_index(v6, cls->iface_num);
	struct ohba_iface_config now;

	if (type != ISCSI_NET_PARAM || !row || !row->show || index < 0)
		return -ENOSYS;
	spin_lock(&hba->net_lock);
	now = hba->config.iface[index];
	spin_unlock(&hba->net_lock);
	if (now.source != OHBA_ADDR_STATIC)
		hba_iface_learned(hba, index, &now);
	return row->show(&now, buf);
}

/* --- sysfs --------------------------------------------------------------- */

void hba_ifaces_init(struct hba *hba)
{
	mutex_init(&hba->iface_mutex);
	INIT_WORK(&hba->ifaces_up, hba_ifaces_up);
}

/* One of each kind is shown from the start, as on other adapters. */
void hba_ifaces_create(struct hba *hba)
{
	if (!ohba_has_wire(hba->adapter))
		return;
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
	mutex_lock(&hba->iface_mutex);
	hba->ifaces_gone = true;
	mutex_unlock(&hba->iface_mutex);
}

void hba_ifaces_flush(struct hba *hba)
{
	cancel_work_sync(&hba->ifaces_up);
}
