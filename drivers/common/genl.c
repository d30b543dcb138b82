// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generic netlink (ohba_genl.h): the family, its adapters, and the addresses that the helper
 * is to get and sets.
 */
#include <net/genetlink.h>
#include <linux/etherdevice.h>

#include <ohba_genl.h>

#include "compat.h"
#include "genl.h"

/* Adapters by name. */
static LIST_HEAD(ohba_genl_adapters);
static DEFINE_MUTEX(ohba_genl_lock);	/* the list, and who uses its adapters */
static unsigned int ohba_genl_changes = 1;	/* of the list, 0 is none; ohba_genl_lock */

static const struct genl_multicast_group ohba_genl_groups[] = {
	[OHBA_GENL_GROUP_HELPER] = {
		.name = OHBA_GENL_HELPER,
		.flags = OHBA_MCAST_NET_ADMIN,
	},
};

/* NLA_POLICY_RANGE() has room for no more than an s16. */
static struct netlink_range_validation ohba_genl_statuses = {
	.min = 1,
	.max = U16_MAX,
};

static struct netlink_range_validation ohba_genl_timeouts = {
	.min = 1,
	.max = OHBA_DISCOVER_MS_MAX,
};

static const struct nla_policy ohba_genl_policy[OHBA_ATTR_MAX + 1] = {
	[OHBA_ATTR_ADAPTER] = { .type = NLA_NUL_STRING, .len = 64 },
	[OHBA_ATTR_DST] = { .type = NLA_BINARY, .len = 16 },
	[OHBA_ATTR_IFACE_INDEX] = NLA_POLICY_MAX(NLA_U32, OHBA_IFACES_MAX - 1),
	[OHBA_ATTR_HOP] = { .type = NLA_BINARY, .len = 16 },
	[OHBA_ATTR_HOP_MAC] = NLA_POLICY_ETH_ADDR,
	[OHBA_ATTR_ADDR] = { .type = NLA_BINARY, .len = 16 },
	[OHBA_ATTR_PREFIX] = NLA_POLICY_MAX(NLA_U32, 128),
	[OHBA_ATTR_GATEWAY] = { .type = NLA_BINARY, .len = 16 },
	[OHBA_ATTR_MTU] = { .type = NLA_U16 },
	[OHBA_ATTR_STATUS] = NLA_POLICY_FULL_RANGE(NLA_U32, &ohba_genl_statuses),
	[OHBA_ATTR_GENERATION] = { .type = NLA_U32 },
	[OHBA_ATTR_LEASE] = { .type = NLA_BINARY, .len = OHBA_LEASE_MAX },
	[OHBA_ATTR_PORT] = { .type = NLA_U16 },
	[OHBA_ATTR_ACCOUNT] = NLA_POLICY_MAX(NLA_U32, OHBA_ACCOUNTS_MAX - 1),
	[OHBA_ATTR_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &ohba_genl_timeouts),
	[OHBA_ATTR_FLAGS] = NLA_POLICY_MAX(NLA_U32, OHBA_DISCOVER_ADD),
	[OHBA_ATTR_DISCOVERY] = { .type = NLA_U32 },
	[OHBA_ATTR_FIRST] = { .type = NLA_U32 },
	[OHBA_ATTR_LOG_FROM] = NLA_POLICY_EXACT_LEN(sizeof(u64)),
	[OHBA_ATTR_CHAP_LIST] = { .type = NLA_U16 },
	[OHBA_ATTR_METHOD] = NLA_POLICY_MAX(NLA_U32, OHBA_DISCOVER_ISNS),
	[OHBA_ATTR_ISNS] = NLA_POLICY_EXACT_LEN(4),
	[OHBA_ATTR_RECORD] = NLA_POLICY_MAX(NLA_U32, OHBA_RECORD_TARGETS),
	[OHBA_ATTR_RECORD_INDEX] = NLA_POLICY_MAX(NLA_U32, OHBA_TARGETS_MAX - 1),
	[OHBA_ATTR_RECORD_DATA] = { .type = NLA_BINARY, .len = sizeof(struct ohba_config) },
	[OHBA_ATTR_SECRETS] = { .type = NLA_FLAG },
};

/* --- telling ------------------------------------------------------------- */

static int ohba_put_network(struct sk_buff *skb, const struct ohba_iface_conf *conf)
{
	size_t len = ohba_addr_len(conf->family);

	if (nla_put(skb, OHBA_IFACE_ADDR, len, conf->addr) ||
	    nla_put_u32(skb, OHBA_IFACE_PREFIX, conf->prefix))
		return -EMSGSIZE;
	if (!memchr_inv(conf->gateway, 0, len))
		return 0;
	return nla_put(skb, OHBA_IFACE_GATEWAY, len, conf->gateway);
}

/* An address of the adapter's. */
int ohba_genl_put_iface(struct sk_buff *skb, unsigned int index,
			const struct ohba_iface_conf *conf)
{
	struct nlattr *nest = nla_nest_start(skb, OHBA_ATTR_IFACE);

	if (!nest || nla_put_u32(skb, OHBA_IFACE_INDEX, index) ||
	    nla_put_u32(skb, OHBA_IFACE_TCI, conf->tci) ||
	    ohba_put_network(skb, conf))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

bool ohba_genl_has_helper(void)
{
	return genl_has_listeners(&ohba_genl_family, &init_net, OHBA_GENL_GROUP_HELPER);
}

static int ohba_put_how(struct sk_buff *skb, const struct ohba_iface_conf *conf)
{
	return conf->dhcp ? nla_put_flag(skb, OHBA_IFACE_DHCP) :
			    nla_put_u8(skb, OHBA_IFACE_AUTOCFG6, conf->autocfg6);
}

static int ohba_put_helped(struct sk_buff *skb, struct ohba_hw *hw,
			   unsigned int index)
{
	const struct ohba_iface_conf *conf = &hw->ifaces[index];
	const struct ohba_lease *lease = ohba_iface_lease(hw, index);
	struct nlattr *nest = nla_nest_start(skb, OHBA_ATTR_IFACE);

	if (!nest || nla_put_u32(skb, OHBA_IFACE_INDEX, index) ||
	    nla_put_u32(skb, OHBA_IFACE_TCI, conf->tci) ||
	    nla_put_u32(skb, OHBA_IFACE_GENERATION, conf->generation) ||
	    ohba_put_how(skb, conf) ||
	    (conf->family && ohba_put_network(skb, conf)) ||
	    (lease && nla_put(skb, OHBA_IFACE_LEASE, lease->len, lease->bytes)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* What the helper gets, or, set by hand, watches. */
static int ohba_put_conf(struct sk_buff *skb, struct ohba_hw *hw,
			 unsigned int index)
{
	const struct ohba_iface_conf *conf = &hw->ifaces[index];

	if (conf->dhcp || conf->autocfg6)
		return ohba_put_helped(skb, hw, index);
	return conf->family ? ohba_genl_put_iface(skb, index, conf) : 0;
}

static int ohba_put_confs(struct sk_buff *skb, struct ohba_hw *hw)
{
	unsigned int i;
	int err = 0;

	spin_lock(&hw->iface_lock);
	for (i = 0; !err && i < OHBA_IFACES_MAX; i++)
		err = ohba_put_conf(skb, hw, i);
	spin_unlock(&hw->iface_lock);
	return err;
}

/* For the dump @cb, or NULL. */
static int ohba_put_adapter(struct sk_buff *skb, struct ohba_hw *hw,
			    struct netlink_callback *cb)
{
	u32 portid = cb ? NETLINK_CB(cb->skb).portid : 0;
	void *header = genlmsg_put(skb, portid, cb ? cb->nlh->nlmsg_seq : 0,
				   &ohba_genl_family, cb ? NLM_F_MULTI : 0,
				   OHBA_CMD_ADAPTER);

	if (!header)
		return -EMSGSIZE;
	if (nla_put_string(skb, OHBA_ATTR_ADAPTER, pci_name(hw->pub.pdev)) ||
	    nla_put_u32(skb, OHBA_ATTR_IFINDEX, ohba_net_ifindex(hw)) ||
	    nla_put(skb, OHBA_ATTR_MAC, ETH_ALEN, hw->info.mac) ||
	    ohba_put_confs(skb, hw)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	/* Not sooner: what it notes is lost with a message that does not go. */
	if (cb)
		genl_dump_check_consistent(cb, header);
	genlmsg_end(skb, header);
	return 0;
}

/* Bytes of an adapter whose every address has a lease, as long as they may be. */
#define OHBA_GENL_ADAPTER_MAX	(256 + OHBA_IFACES_MAX * (OHBA_LEASE_MAX + 128))

/* Return: NULL without memory. */
static struct sk_buff *ohba_adapter_msg(struct ohba_hw *hw)
{
	static const size_t rooms[] = { NLMSG_GOODSIZE, OHBA_GENL_ADAPTER_MAX };
	struct sk_buff *skb;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rooms); i++) {
		skb = genlmsg_new(rooms[i], OHBA_GENL_GFP);
		if (skb && !ohba_put_adapter(skb, hw, NULL))
			return skb;
		nlmsg_free(skb);
	}
	return NULL;
}

/*
 * Tell the helper which addresses it is to get. Who learns that it missed something, or
 * starts later, asks. Context: process.
 */
void ohba_genl_adapter(struct ohba_hw *hw)
{
	struct sk_buff *skb;

	if (!ohba_genl_has_helper())
		return;
	skb = ohba_adapter_msg(hw);
	/* Whose socket has no room is told so by the core. */
	if (skb)
		(void)genlmsg_multicast(&ohba_genl_family, skb, 0, OHBA_GENL_GROUP_HELPER,
					OHBA_GENL_GFP);
	else
		genl_set_err(&ohba_genl_family, &init_net, 0, OHBA_GENL_GROUP_HELPER,
			     -ENOBUFS);
}

static int ohba_genl_dump_start(struct netlink_callback *cb)
{
	cb->min_dump_alloc = OHBA_GENL_ADAPTER_MAX;
	return 0;
}

/* The helper asks for all. */
static int ohba_genl_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ohba_hw *hw;
	long i = 0;

	mutex_lock(&ohba_genl_lock);
	/* An adapter that came or went between two messages may have hidden another. */
	cb->seq = ohba_genl_changes;
	list_for_each_entry(hw, &ohba_genl_adapters, genl_list) {
		if (i >= cb->args[0] && ohba_net_ifindex(hw) &&
		    ohba_put_adapter(skb, hw, cb))
			break;
		i++;
	}
	mutex_unlock(&ohba_genl_lock);
	cb->args[0] = i;
	return skb->len;
}

/* --- answers ------------------------------------------------------------- */

/* A message to who asked. Return: NULL without memory. */
struct sk_buff *ohba_genl_reply(struct genl_info *info, size_t len, u8 cmd,
				void **header)
{
	struct sk_buff *skb = genlmsg_new(len, OHBA_GENL_GFP);

	if (!skb)
		return NULL;
	*header = genlmsg_put_reply(skb, info, &ohba_genl_family, 0, cmd);
	if (*header)
		return skb;
	nlmsg_free(skb);
	return NULL;
}

/* --- what helpers say ---------------------------------------------------- */

/* The lock is held: it stays until that is given up. */
struct ohba_hw *ohba_genl_find(struct genl_info *info)
{
	struct nlattr *name = info->attrs[OHBA_ATTR_ADAPTER];
	struct ohba_hw *hw;

	lockdep_assert_held(&ohba_genl_lock);
	if (GENL_REQ_ATTR_CHECK(info, OHBA_ATTR_ADAPTER))
		return NULL;
	list_for_each_entry(hw, &ohba_genl_adapters, genl_list)
		if (!nla_strcmp(name, pci_name(hw->pub.pdev)))
			return hw;
	NL_SET_ERR_MSG_ATTR(info->extack, name, "no such adapter");
	return NULL;
}

/*
 * The same, for what waits for the adapter: others need the lock for theirs. Until
 * ohba_genl_put() it may end, but not go.
 */
struct ohba_hw *ohba_genl_get(struct genl_info *info)
{
	struct ohba_hw *hw;

	mutex_lock(&ohba_genl_lock);
	hw = ohba_genl_find(info);
	if (hw)
		kref_get(&hw->genl_refs);
	mutex_unlock(&ohba_genl_lock);
	return hw;
}

static void ohba_genl_unused(struct kref *refs)
{
	complete(&container_of(refs, struct ohba_hw, genl_refs)->genl_gone);
}

void ohba_genl_put(struct ohba_hw *hw)
{
	kref_put(&hw->genl_refs, ohba_genl_unused);
}

/* The address in attribute @which. Return: its family, or 0. */
u8 ohba_genl_addr(struct genl_info *info, int which, u8 *addr)
{
	struct nlattr *attr = info->attrs[which];

	if (GENL_REQ_ATTR_CHECK(info, which))
		return 0;
	if (nla_len(attr) != 4 && nla_len(attr) != 16) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "an address has 4 or 16 bytes");
		return 0;
	}
	memcpy(addr, nla_data(attr), nla_len(attr));
	return nla_len(attr) == 4 ? OHBA_FAMILY_IPV4 : OHBA_FAMILY_IPV6;
}

/* Less than IP allows comes of somebody who means harm: as if it were not there. */
static u16 ohba_genl_mtu(struct genl_info *info, u8 family)
{
	struct nlattr *attr = info->attrs[OHBA_ATTR_MTU];
	u16 mtu = attr ? nla_get_u16(attr) : 0;

	return mtu >= (family == OHBA_FAMILY_IPV4 ? OHBA_MTU_MIN : OHBA_MTU_MIN_IPV6) ? mtu : 0;
}

static int ohba_genl_fill_lease(struct genl_info *info, struct ohba_iface_conf *lease)
{
	if (GENL_REQ_ATTR_CHECK(info, OHBA_ATTR_IFACE_INDEX) ||
	    GENL_REQ_ATTR_CHECK(info, OHBA_ATTR_GENERATION))
		return -EINVAL;
	lease->generation = nla_get_u32(info->attrs[OHBA_ATTR_GENERATION]);
	if (!info->attrs[OHBA_ATTR_ADDR])
		return 0;
	lease->family = ohba_genl_addr(info, OHBA_ATTR_ADDR, lease->addr);
	if (!lease->family || GENL_REQ_ATTR_CHECK(info, OHBA_ATTR_PREFIX))
		return -EINVAL;
	lease->prefix = nla_get_u32(info->attrs[OHBA_ATTR_PREFIX]);
	if (lease->prefix > 8 * ohba_addr_len(lease->family)) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[OHBA_ATTR_PREFIX],
				    "longer than the address");
		return -EINVAL;
	}
	if (info->attrs[OHBA_ATTR_GATEWAY] &&
	    ohba_genl_addr(info, OHBA_ATTR_GATEWAY, lease->gateway) != lease->family) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[OHBA_ATTR_GATEWAY],
				    "not of the address's family");
		return -EINVAL;
	}
	lease->net_mtu = ohba_genl_mtu(info, lease->family);
	return 0;
}

/* Return: as ohba_iface_learn(). */
static int ohba_genl_learn(struct ohba_hw *hw, struct genl_info *info,
			   const struct ohba_iface_conf *lease)
{
	u32 index = nla_get_u32(info->attrs[OHBA_ATTR_IFACE_INDEX]);
	struct nlattr *kept = info->attrs[OHBA_ATTR_LEASE];
	struct nlattr *isns = info->attrs[OHBA_ATTR_ISNS];
	struct ohba_learned with = { 0 };

	if (kept) {
		with.lease = nla_data(kept);
		with.len = nla_len(kept);
	}
	if (isns)
		with.isns = nla_data(isns);
	return ohba_iface_learn(hw, index, lease, &with);
}

static int ohba_genl_addr_set(struct sk_buff *skb, struct genl_info *info)
{
	struct ohba_iface_conf lease = { 0 };
	struct ohba_hw *hw;
	int err;

	err = ohba_genl_fill_lease(info, &lease);
	if (err)
		return err;
	hw = ohba_genl_get(info);
	if (!hw)
		return -ENODEV;
	err = ohba_genl_learn(hw, info, &lease);
	ohba_genl_put(hw);
	if (err == -ESTALE)
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[OHBA_ATTR_GENERATION],
				    "of a configuration that the address has no more");
	if (err == -EINVAL)
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[OHBA_ATTR_IFACE_INDEX],
				    "this address is not the helper's to get");
	return err;
}

static const struct genl_ops ohba_genl_ops[] = {
	{
		.cmd = OHBA_CMD_ADAPTER,
		.start = ohba_genl_dump_start,
		.dumpit = ohba_genl_dump,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = OHBA_CMD_ADDR_SET,
		.doit = ohba_genl_addr_set,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = OHBA_CMD_PATH_SET,
		.doit = ohba_genl_path_set,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = OHBA_CMD_DISCOVER,
		.doit = ohba_genl_discover,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = OHBA_CMD_DISCOVERED,
		.doit = ohba_genl_discovered,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = OHBA_CMD_LOG,
		.doit = ohba_genl_log,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = OHBA_CMD_LOG_ERASE,
		.doit = ohba_genl_log_erase,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = OHBA_CMD_FLASH_GET,
		.doit = ohba_genl_flash_get,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = OHBA_CMD_FLASH_SET,
		.doit = ohba_genl_flash_set,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = OHBA_CMD_FLASH_ERASE,
		.doit = ohba_genl_flash_erase,
		.flags = GENL_ADMIN_PERM,
	},
};

struct genl_family ohba_genl_family = {
	.name = OHBA_GENL_NAME,
	.version = OHBA_GENL_VERSION,
	.module = THIS_MODULE,
	.maxattr = OHBA_ATTR_MAX,
	.policy = ohba_genl_policy,
	.ops = ohba_genl_ops,
	.n_ops = ARRAY_SIZE(ohba_genl_ops),
	.resv_start_op = OHBA_CMD_MAX + 1,
	/* A command may wait for an adapter: no other is to wait for it, too. */
	.parallel_ops = true,
	.mcgrps = ohba_genl_groups,
	.n_mcgrps = ARRAY_SIZE(ohba_genl_groups),
};

void ohba_genl_lock_adapters(void)
{
	mutex_lock(&ohba_genl_lock);
}

void ohba_genl_unlock_adapters(void)
{
	mutex_unlock(&ohba_genl_lock);
}

/* --- life ---------------------------------------------------------------- */

static void ohba_genl_changed(void)
{
	lockdep_assert_held(&ohba_genl_lock);
	if (!++ohba_genl_changes)
		ohba_genl_changes = 1;
}

void ohba_genl_add(struct ohba_hw *hw)
{
	kref_init(&hw->genl_refs);
	init_completion(&hw->genl_gone);
	mutex_lock(&ohba_genl_lock);
	list_add_tail(&hw->genl_list, &ohba_genl_adapters);
	ohba_genl_changed();
	mutex_unlock(&ohba_genl_lock);
}

/* No command of a helper concerns it after this. It has ended: none of them waits for it. */
void ohba_genl_remove(struct ohba_hw *hw)
{
	mutex_lock(&ohba_genl_lock);
	list_del_init(&hw->genl_list);
	ohba_genl_changed();
	mutex_unlock(&ohba_genl_lock);
	ohba_genl_put(hw);
	wait_for_completion(&hw->genl_gone);
}

/* Dumps that began before are over after this. */
void ohba_genl_barrier(void)
{
	mutex_lock(&ohba_genl_lock);
	mutex_unlock(&ohba_genl_lock);
}

int __init ohba_genl_setup(void)
{
	return genl_register_family(&ohba_genl_family);
}

void ohba_genl_cleanup(void)
{
	genl_unregister_family(&ohba_genl_family);
}
