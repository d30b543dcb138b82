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
	struct ohba_iface_conf new = *conf;
	int err = 0;

	if (!ohba_has_wire(adapter))
		return -EOPNOTSUPP;
	if (index >= OHBA_IFACES_MAX)
		return -EINVAL;
	mutex_lock(&hw->iface_mutex);
	hw->ifaces_set |= BIT(index);
	new.generation = ++hw->iface_generation;
	/* Set again, an address that the helper got is not lost. */
	if (!ohba_iface_stays(&hw->ifaces[index], conf))
		err = ohba_iface_change(hw, index, &new);
	mutex_unlock(&hw->iface_mutex);
	if (!err)
		ohba_genl_adapter(hw);
	return err;
}
EXPORT_SYMBOL_GPL(ohba_iface_set);

/* Is @learned what the helper was to get for @conf? */
static bool ohba_iface_wants(const struct ohba_iface_conf *conf,
			     const struct ohba_iface_conf *learned)
{
	if (!learned->family)
		return ohba_iface_is_helped(conf);
	return learned->family == OHBA_FAMILY_IPV4 ? conf->dhcp : conf->autocfg6;
}

static void ohba_iface_fill(struct ohba_iface_conf *conf,
			    const struct ohba_iface_conf *learned)
{
	conf->family = learned->family;
	conf->prefix = learned->prefix;
	conf->net_mtu = learned->net_mtu;
	memcpy(conf->addr, learned->addr, sizeof(conf->addr));
	if (!conf->own_gateway)
		memcpy(conf->gateway, learned->gateway, sizeof(conf->gateway));
}

static bool ohba_iface_knows(const struct ohba_iface_conf *old,
			     const struct ohba_iface_conf *conf)
{
	return conf->family == old->family && conf->prefix == old->prefix &&
	       conf->net_mtu == old->net_mtu &&
	       !memcmp(conf->addr, old->addr, sizeof(old->addr)) &&
	       !memcmp(conf->gateway, old->gateway, sizeof(old->gateway));
}

static void ohba_iface_keep(struct ohba_hw *hw, unsigned int index,
			    const struct ohba_learned *with)
{
	static const u8 none[sizeof(hw->leases[0].isns)];
	struct ohba_lease *kept = &hw->leases[index];

	spin_lock(&hw->iface_lock);
	kept->generation = hw->ifaces[index].generation;
	kept->len = with->len;
	if (with->len)
		memcpy(kept->bytes, with->lease, with->len);
	memcpy(kept->isns, with->isns ?: none, sizeof(kept->isns));
	spin_unlock(&hw->iface_lock);
}

/* What is kept with an address that the helper got; NULL: nothing. */
const struct ohba_lease *ohba_iface_lease(struct ohba_hw *hw, unsigned int index)
{
	const struct ohba_iface_conf *conf = &hw->ifaces[index];
	const struct ohba_lease *kept = &hw->leases[index];

	lockdep_assert_held(&hw->iface_lock);
	return kept->len && kept->generation == conf->generation ? kept : NULL;
}

/*
 * The iSNS server that was announced with an address that the adapter has, to @addr: 4 bytes.
 * Return: false if there is none. Of several, that of the first address.
 */
bool ohba_iface_isns(struct ohba_hw *hw, u8 *addr)
{
	unsigned int i;
	bool found = false;

	spin_lock(&hw->iface_lock);
	for (i = 0; !found && i < OHBA_IFACES_MAX; i++) {
		const struct ohba_lease *kept = &hw->leases[i];

		found = hw->ifaces[i].family &&
			kept->generation == hw->ifaces[i].generation &&
			memchr_inv(kept->isns, 0, sizeof(kept->isns));
		if (found)
			memcpy(addr, kept->isns, sizeof(kept->isns));
	}
	spin_unlock(&hw->iface_lock);
	return found;
}

/*
 * What the helper got, of @learned->generation, and has us keep @with it: at most
 * OHBA_LEASE_MAX bytes; family 0: it has no address any more. Return: 0; -EINVAL if it was
 * not to get that; -ESTALE if it was, before; or why the adapter does not take it.
 */
int ohba_iface_learn(struct ohba_hw *hw, unsigned int index,
		     const struct ohba_iface_conf *learned,
		     const struct ohba_learned *with)
{
	static const struct ohba_learned nothing;
	struct ohba_iface_conf conf;
	int err = 0;

	mutex_lock(&hw->iface_mutex);
	conf = hw->ifaces[index];
	ohba_iface_fill(&conf, learned);
	if (learned->generation != conf.generation)
		err = -ESTALE;
	else if (!ohba_iface_wants(&conf, learned))
		err = -EINVAL;
	else if (!ohba_iface_knows(&hw->ifaces[index], &conf))
		err = ohba_iface_change(hw, index, &conf);
	if (!err)
		ohba_iface_keep(hw, index, learned->family ? with : &nothing);
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
	static const struct ohba_iface_conf none;
	struct ohba_iface_conf conf = hw->ifaces[index];

	ohba_iface_fill(&conf, &none);
	ohba_iface_put(hw, index, &conf);
}

static int ohba_iface_tell_again(struct ohba_hw *hw, unsigned int index,
				 bool *lost)
{
	struct ohba_admin_cmd cmd = {};
	int err = ohba_iface_tell(hw, index, &cmd);

	/* One address less is no reason to do without the others. */
	if (!ohba_admin_refused(&cmd))
		return err;
	ohba_iface_lose(hw, index);
	*lost = true;
	return 0;
}

/*
 * The adapter was started again, and has no addresses, or those that it keeps: what we were
 * never told of may be one of them, and stays.
 */
int ohba_iface_bring_back(struct ohba_hw *hw)
{
	bool lost = false;
	unsigned int i;
	int err = 0;

	mutex_lock(&hw->iface_mutex);
	for (i = 0; !err && i < OHBA_IFACES_MAX; i++)
		if (hw->ifaces[i].family ||
		    (hw->features & OHBA_FEATURE_CONFIG && hw->ifaces_set & BIT(i)))
			err = ohba_iface_tell_again(hw, i, &lost);
	mutex_unlock(&hw->iface_mutex);
	/* Who got it holds it for the adapter's. */
	if (lost)
		ohba_genl_adapter(hw);
	return err;
}
