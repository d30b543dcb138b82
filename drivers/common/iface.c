// SPDX-License-Identifier: GPL-2.0-only
/* The adapter's addresses on its own network, as the class sets them. */
#include <linux/export.h>

#include "priv.h"

static int ohba_iface_tell(struct ohba_hw *hw, unsigned int index)
{
	const struct ohba_iface_conf *conf = &hw->ifaces[index];
	struct ohba_admin_cmd cmd = {
		.sqe.opcode = OHBA_ADMIN_IFACE_SET,
		.sqe.handle = cpu_to_le32(index),
	};
	struct ohba_iface *body = (void *)cmd.sqe.body;

	body->family = conf->family;
	if (conf->family) {
		body->tci = cpu_to_le16(conf->tci);
		memcpy(body->addr, conf->addr, sizeof(body->addr));
	}
	return ohba_admin_setup(hw, &cmd, "IFACE_SET");
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

/**
 * ohba_iface_set() - give an adapter an address, or take one away
 * @adapter: the adapter
 * @index: which of its addresses, 0..OHBA_IFACES_MAX - 1
 * @conf: the address; family 0: none
 *
 * A restart of the adapter does not take it away.
 *
 * Context: process, may sleep. Return: 0; -EOPNOTSUPP if its network is not its
 * own; or what ohba_admin_exec() returns. After an error it is as it was.
 */
int ohba_iface_set(struct ohba_adapter *adapter, unsigned int index,
		   const struct ohba_iface_conf *conf)
{
	struct ohba_hw *hw = to_hw(adapter);
	struct ohba_iface_conf old;
	int err;

	if (!ohba_has_wire(adapter))
		return -EOPNOTSUPP;
	if (index >= OHBA_IFACES_MAX)
		return -EINVAL;
	mutex_lock(&hw->iface_mutex);
	old = hw->ifaces[index];
	/* First, as it may want paths before we hear that it has the address. */
	ohba_iface_put(hw, index, conf);
	err = ohba_iface_tell(hw, index);
	if (err)
		ohba_iface_put(hw, index, &old);
	mutex_unlock(&hw->iface_mutex);
	return err;
}
EXPORT_SYMBOL_GPL(ohba_iface_set);

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

/* The adapter was started again, and has no address. */
int ohba_iface_bring_back(struct ohba_hw *hw)
{
	unsigned int i;
	int err = 0;

	mutex_lock(&hw->iface_mutex);
	for (i = 0; !err && i < OHBA_IFACES_MAX; i++)
		if (hw->ifaces[i].family)
			err = ohba_iface_tell(hw, i);
	mutex_unlock(&hw->iface_mutex);
	return err;
}
