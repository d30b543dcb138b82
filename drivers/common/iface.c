// SPDX-License-Identifier: GPL-2.0-only
/* The adapter's addresses on its own network, as the class sets them. */
#include <linux/export.h>

#include "priv.h"

/* @cmd: zeroed; what came of it. */
static int ohba_iface_tell(struct ohba_hw *hw, unsigned int index,
			   struct ohba_admin_cmd *cmd)
{
	const struct ohba_iface_conf *conf = &hw->ifaces[index];
	struct ohba_iface *body = (void *)cmd->sqe.body;

	cmd->sqe.opcode = OHBA_ADMIN_IFACE_SET;
	cmd->sqe.handle = cpu_to_le32(index);
	body->family = conf->family;
	if (conf->family) {
		body->tci = cpu_to_le16(conf->tci);
		body->mtu = cpu_to_le16(min_not_zero(conf->mtu, conf->net_mtu));
		memcpy(body->addr, conf->addr, sizeof(body->addr));
	}
	return ohba_admin_setup(hw, cmd, "IFACE_SET");
}

/* What the helper is told of, and a restart sets again. */
static void ohba_iface_put(struct ohba_hw *hw, unsigned int index,
			   const struct ohba_iface_conf *conf)
{
	lockdep_assert_held(&hw->iface_mutex);
	spin_lock(&hw->iface_lock);
	hw->ifaces[index] = *conf;
	spin_unlock(&hw->iface_lock);
}

static int ohba_iface_change(struct ohba_hw *hw, unsigned int index,
			     const struct ohba_iface_conf *conf)
{
	struct ohba_iface_conf old = hw->ifaces[index];
	struct ohba_admin_cmd cmd = {};
	int err;

	/* First, as it may want paths before we hear that it has the address. */
	ohba_iface_put(hw, index, conf);
	err = ohba_iface_tell(hw, index, &cmd);
	/* An adapter that is down is told by ohba_iface_bring_back(). */
	if (err == -ENODEV && !ohba_is_dead(&hw->pub))
		return 0;
	if (err)
		ohba_iface_put(hw, index, &old);
	return err;
}

static bool ohba_iface_is_helped(const struct ohba_iface_conf *conf)
{
	return conf->dhcp || conf->autocfg6;
}

static bool ohba_iface_stays(const struct ohba_iface_conf *old,
			     const struct ohba_iface_conf *conf)
{
	return ohba_iface_is_helped(conf) && conf->dhcp == old->dhcp &&
	       conf->autocfg6 == old->autocfg6 && conf->tci == old->tci &&
	       conf->mtu == old->mtu && conf->own_gateway == old->own_gateway &&
	       (!conf->own_gateway ||
		!memcmp(conf->gateway, old->gateway, sizeof(old->gateway)));
}

/**
 * ohba_iface_set() - give an adapter an address, or take one away
 * @adapter: the adapter
 * @index: which of its addresses, 0..OHBA_IFACES_MAX - 1
 * @conf: the address; family 0: none, or, with dhcp or autocfg6, what the helper gets
 *
 * A restart of the adapter does not take it away, and gives it to one that is down.
 *
 * Context: process, may sleep. Return: 0; -EOPNOTSUPP if its network is not its
 * own; -ENODEV if the adapter is down for good; or what else ohba_admin_exec()
 * returns. After an error it is as it was.
 */
int ohba_iface_set(struct ohba_adapter *adapter, unsigned int index,
		   const struct ohba_iface_conf *conf)
{
	struct ohba_hw *hw = to_hw(adapter);
	int err = 0;

	if (!ohba_has_wire(adapter))
		return -EOPNOTSUPP;
	if (index >= OHBA_IFACES_MAX)
		return -EINVAL;
	mutex_lock(&hw->iface_mutex);
	/* Set again, an address that the helper got is not lost. */
	if (!ohba_iface_stays(&hw->ifaces[index], conf))
		err = ohba_iface_change(hw, index, conf);
	mutex_unlock(&hw->iface_mutex);
	if (!err)
		ohba_genl_adapter(hw);
	return err;
}
EXPORT_SYMBOL_GPL(ohba_iface_set);

/* Is @lease what the helper was to get for @conf? */
static bool ohba_iface_wants(const struct ohba_iface_conf *conf,
			     const struct ohba_iface_conf *lease)
{
	if (!lease->family)
		return ohba_iface_is_helped(conf);
	return lease->family == OHBA_FAMILY_IPV4 ? conf->dhcp : conf->autocfg6;
}

/* What the helper got; family 0: it has no address any more. */
int ohba_iface_learn(struct ohba_hw *hw, unsigned int index,
		     const struct ohba_iface_conf *lease)
{
	struct ohba_iface_conf conf;
	int err = -EINVAL;

	mutex_lock(&hw->iface_mutex);
	conf = hw->ifaces[index];
	if (ohba_iface_wants(&conf, lease)) {
		conf.family = lease->family;
		conf.prefix = lease->prefix;
		conf.net_mtu = lease->net_mtu;
		memcpy(conf.addr, lease->addr, sizeof(conf.addr));
		if (!conf.own_gateway)
			memcpy(conf.gateway, lease->gateway, sizeof(conf.gateway));
		err = ohba_iface_change(hw, index, &conf);
	}
	mutex_unlock(&hw->iface_mutex);
	return err;
}

/**
 * ohba_iface_get() - an address of an adapter's, as it is now
 * @adapter: the adapter
 * @index: which of its addresses, 0..OHBA_IFACES_MAX - 1
 * @conf: it is filled in; family 0: there is none, or none yet
 *
 * Context: process.
 */
void ohba_iface_get(struct ohba_adapter *adapter, unsigned int index,
		    struct ohba_iface_conf *conf)
{
	struct ohba_hw *hw = to_hw(adapter);

	spin_lock(&hw->iface_lock);
	*conf = hw->ifaces[index];
	spin_unlock(&hw->iface_lock);
}
EXPORT_SYMBOL_GPL(ohba_iface_get);

/**
 * ohba_has_wire() - is the adapter a station on a network of its own?
 * @adapter: the adapter
 *
 * Context: any. Return: constant until ohba_destroy().
 */
bool ohba_has_wire(struct ohba_adapter *adapter)
{
	return to_hw(adapter)->features & OHBA_FEATURE_WIRE;
}
EXPORT_SYMBOL_GPL(ohba_has_wire);

/* An address that is refused now, though it was set before or while the adapter was down. */
static void ohba_iface_lose(struct ohba_hw *hw, unsigned int index)
{
	struct ohba_iface_conf conf = hw->ifaces[index];

	conf.family = 0;
	ohba_iface_put(hw, index, &conf);
}

static int ohba_iface_tell_again(struct ohba_hw *hw, unsigned int index)
{
	struct ohba_admin_cmd cmd = {};
	int err = ohba_iface_tell(hw, index, &cmd);

	/* One address less is no reason to do without the others. */
	if (!ohba_admin_refused(&cmd))
		return err;
	ohba_iface_lose(hw, index);
	return 0;
}

/* The adapter was started again, and has no addresses, or those that it keeps. */
int ohba_iface_bring_back(struct ohba_hw *hw)
{
	unsigned int i;
	int err = 0;

	mutex_lock(&hw->iface_mutex);
	for (i = 0; !err && i < OHBA_IFACES_MAX; i++)
		if (hw->ifaces[i].family || hw->features & OHBA_FEATURE_CONFIG)
			err = ohba_iface_tell_again(hw, i);
	mutex_unlock(&hw->iface_mutex);
	return err;
}
