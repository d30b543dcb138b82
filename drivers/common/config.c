// SPDX-License-Identifier: GPL-2.0-only
/* The configuration that the adapter keeps, for when no driver is there to tell it. */
#include <linux/export.h>

#include "priv.h"

/* Kept for as long as the adapter: who writes it may hold up who frees memory. */
int ohba_config_alloc(struct ohba_hw *hw)
{
	if (!(hw->features & OHBA_FEATURE_CONFIG))
		return 0;
	return ohba_dma_alloc(hw, &hw->config, sizeof(struct ohba_config));
}

void ohba_config_free(struct ohba_hw *hw)
{
	ohba_dma_free(hw, &hw->config);
}

static int ohba_config_exec(struct ohba_hw *hw, u8 opcode, const char *name)
{
	struct ohba_admin_cmd cmd = { .sqe.opcode = opcode };

	lockdep_assert_held(&hw->iface_mutex);
	ohba_admin_data(&cmd, hw->config.addr, sizeof(struct ohba_config));
	return ohba_admin_setup(hw, &cmd, name);
}

/**
 * ohba_config_get() - what the adapter keeps
 * @adapter: the adapter
 * @config: a copy of it; nothing in it was checked
 *
 * Context: process, may sleep. Return: 0; -EOPNOTSUPP if it keeps nothing; or what
 * ohba_admin_exec() returns.
 */
int ohba_config_get(struct ohba_adapter *adapter, struct ohba_config *config)
{
	struct ohba_hw *hw = to_hw(adapter);
	int err;

	if (!hw->config.mem)
		return -EOPNOTSUPP;
	mutex_lock(&hw->iface_mutex);
	memset(hw->config.mem, 0, sizeof(*config));
	err = ohba_config_exec(hw, OHBA_ADMIN_CONFIG_GET, "CONFIG_GET");
	if (!err)
		memcpy(config, hw->config.mem, sizeof(*config));
	mutex_unlock(&hw->iface_mutex);
	return err;
}
EXPORT_SYMBOL_GPL(ohba_config_get);

/**
 * ohba_config_set() - have the adapter keep a configuration
 * @adapter: the adapter
 * @config: what it shall keep; its origin is ignored
 *
 * Context: process, may sleep; allocates nothing. Return: as ohba_config_get(). A refusal
 * leaves what it kept before; after -ENODEV it keeps the one or the other.
 */
int ohba_config_set(struct ohba_adapter *adapter,
		    const struct ohba_config *config)
{
	struct ohba_hw *hw = to_hw(adapter);
	struct ohba_config *mem = hw->config.mem;
	int err;

	if (!mem)
		return -EOPNOTSUPP;
	mutex_lock(&hw->iface_mutex);
	memcpy(mem, config, sizeof(*mem));
	mem->origin = 0;
	err = ohba_config_exec(hw, OHBA_ADMIN_CONFIG_SET, "CONFIG_SET");
	mutex_unlock(&hw->iface_mutex);
	return err;
}
EXPORT_SYMBOL_GPL(ohba_config_set);
