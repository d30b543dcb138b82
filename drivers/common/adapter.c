// SPDX-License-Identifier: GPL-2.0-only
/* Bring-up and end of an adapter: PCI, vectors, admin queue, identity. */
#include <linux/export.h>
#include <linux/interrupt.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "priv.h"

static int ohba_regs_map(struct ohba_hw *hw)
{
	resource_size_t len = pci_resource_len(hw->pub.pdev, OHBA_BAR_REGS);

	if (len < OHBA_BAR_REGS_SIZE) {
		dev_err(hw->pub.dev,
			"BAR %d has %llu bytes, not %u: update the device\n",
			OHBA_BAR_REGS, (u64)len, OHBA_BAR_REGS_SIZE);
		return -ENODEV;
	}
	hw->regs = pci_ioremap_bar(hw->pub.pdev, OHBA_BAR_REGS);
	if (!hw->regs) {
		dev_err(hw->pub.dev,
			"BAR %d could not be mapped: check with lspci -v that it has an address\n",
			OHBA_BAR_REGS);
		return -ENOMEM;
	}
	return 0;
}

static int ohba_pci_start(struct ohba_hw *hw)
{
	struct pci_dev *pdev = hw->pub.pdev;
	int err;

	err = pci_enable_device_mem(pdev);
	if (err) {
		dev_err(&pdev->dev,
			"device could not be enabled (%d): check with lspci -v that its BARs have addresses\n",
			err);
		return err;
	}
	err = pci_request_mem_regions(pdev, KBUILD_MODNAME);
	if (err) {
		dev_err(&pdev->dev,
			"BARs are in use (%d): unbind the driver that has them, see /proc/iomem\n",
			err);
		goto disable;
	}
	err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (err) {
		dev_err(&pdev->dev,
			"64-bit DMA is not possible here (%d): move the device to a bus or IOMMU that allows it\n",
			err);
		goto release;
	}
	err = ohba_regs_map(hw);
	if (err)
		goto release;
	/* Whoever had it before may have left it on. */
	pci_clear_master(pdev);
	/* Without memory for it a reset of the slot is the end. */
	pci_save_state(pdev);
	hw->pci_state = pci_store_saved_state(pdev);
	return 0;

release:
	pci_release_mem_regions(pdev);
disable:
	pci_disable_device(pdev);
	return err;
}

static void ohba_pci_stop(struct ohba_hw *hw)
{
	kfree(hw->pci_state);
	iounmap(hw->regs);
	pci_release_mem_regions(hw->pub.pdev);
	pci_disable_device(hw->pub.pdev);
}

/**
 * ohba_pci_restore() - put back what a reset of the slot took of the configuration space
 * @adapter: the adapter, held by OHBA_HOLD_ERROR
 *
 * What the PCI core saved itself since probe it has used up: this is ours. Bus mastering
 * is off in it, as what led here may be a device that did not acknowledge its reset, and
 * the slot may not have been reset at all: its restart turns it on.
 *
 * Context: process, may sleep.
 * Return: whether it could be.
 */
bool ohba_pci_restore(struct ohba_adapter *adapter)
{
	struct ohba_hw *hw = to_hw(adapter);

	if (!hw->pci_state || pci_load_saved_state(adapter->pdev, hw->pci_state))
		return false;
	pci_restore_state(adapter->pdev);
	return true;
}
EXPORT_SYMBOL_GPL(ohba_pci_restore);

/* One vector for admin and events, one for each CPU's I/O queue. */
static int ohba_vectors_start(struct ohba_hw *hw)
{
	struct irq_affinity affinity = { .pre_vectors = 1 };
	unsigned int want = 1 + min_t(unsigned int, num_possible_cpus(),
				      hw->max_queues);
	int n;

	n = pci_alloc_irq_vectors_affinity(hw->pub.pdev, 2, want,
					   PCI_IRQ_MSIX | PCI_IRQ_AFFINITY,
					   &affinity);
	if (n < 0) {
		dev_err(hw->pub.dev,
			"2 to %u MSI-X vectors could not be allocated (%d): boot without pci=nomsi, or free vectors of other devices\n",
			want, n);
		return n;
	}
	hw->nvectors = n;
	return 0;
}

static void ohba_copy_string(char *to, const u8 *from, size_t len)
{
	size_t i;

	for (i = 0; i < len && from[i]; i++)
		to[i] = from[i] >= ' ' && from[i] <= '~' ? from[i] : '?';
	to[i] = '\0';
}

/* A limit of the adapter that must lie in a range for anything to work. */
static int ohba_limit(struct ohba_hw *hw, const char *name, u32 value, u32 min,
		      u32 max)
{
	if (value >= min && value <= max)
		return 0;
	dev_err(hw->pub.dev,
		"firmware identifies with %s = %u, not %u to %u: update the firmware\n",
		name, value, min, max);
	return -EPROTO;
}

static int ohba_take_identify(struct ohba_hw *hw, struct ohba_info *info,
			      const struct ohba_identify *id)
{
	ohba_copy_string(info->model, id->model, sizeof(id->model));
	ohba_copy_string(info->serial, id->serial, sizeof(id->serial));
	ohba_copy_string(info->fw_version, id->fw_version,
			 sizeof(id->fw_version));
	memcpy(info->mac, id->mac, sizeof(info->mac));
	info->max_conns = le32_to_cpu(id->max_conns);
	info->max_tags = le32_to_cpu(id->max_tags);
	info->max_sge = le32_to_cpu(id->max_sge);
	info->max_data_len = le32_to_cpu(id->max_data_len);
	info->max_recv_dsl = le32_to_cpu(id->max_recv_dsl);
	info->max_burst = le32_to_cpu(id->max_burst);
	info->max_r2t = le16_to_cpu(id->max_r2t);
	info->max_cdb_len = le16_to_cpu(id->max_cdb_len);
	info->lost_records = le32_to_cpu(id->lost_records);
	info->max_targets = 0;
	info->max_accounts = 0;
	if (hw->features & OHBA_FEATURE_TARGETS) {
		info->max_targets = le32_to_cpu(id->max_targets);
		info->max_accounts = le32_to_cpu(id->max_accounts);
	}

	/* An I/O tag's index has 16 bits; RFC 7143 13.12 bounds lengths. */
	return ohba_limit(hw, "max_conns", info->max_conns, 1, 65536) ?:
	       ohba_limit(hw, "max_tags", info->max_tags, 1, OHBA_TAGS_MAX) ?:
	       ohba_limit(hw, "max_sge", info->max_sge, 1, U32_MAX) ?:
	       ohba_limit(hw, "max_data_len", info->max_data_len, 4096, U32_MAX) ?:
	       ohba_limit(hw, "max_recv_dsl", info->max_recv_dsl, 512, 0xffffff) ?:
	       ohba_limit(hw, "max_burst", info->max_burst, 512, 0xffffff) ?:
	       ohba_limit(hw, "max_r2t", info->max_r2t, 1, 65535) ?:
	       ohba_limit(hw, "max_cdb_len", info->max_cdb_len, 16,
			  OHBA_CDB_MAX) ?:
	       ohba_limit(hw, "max_targets", info->max_targets, 0,
			  OHBA_TARGETS_MAX) ?:
	       ohba_limit(hw, "max_accounts", info->max_accounts, 0,
			  OHBA_ACCOUNTS_MAX);
}

static int ohba_identify(struct ohba_hw *hw, struct ohba_info *info)
{
	struct ohba_admin_cmd cmd = { .sqe.opcode = OHBA_ADMIN_IDENTIFY };
	struct ohba_identify *id;
	struct ohba_dma dma;
	int err;

	err = ohba_dma_alloc(hw, &dma, sizeof(*id));
	if (err)
		return err;
	ohba_admin_data(&cmd, dma.addr, sizeof(*id));
	err = ohba_admin_setup(hw, &cmd, "IDENTIFY");
	if (err)
		goto free;
	id = kmemdup(dma.mem, sizeof(*id), GFP_KERNEL);
	err = id ? ohba_take_identify(hw, info, id) : -ENOMEM;
	kfree(id);
	if (!err)
		ohba_log_tell_time(hw);
free:
	ohba_dma_free(hw, &dma);
	return err;
}

/*
 * After a restart: what was built on the old limits must still fit. Return:
 * -EPROTO if it does not.
 */
int ohba_identify_again(struct ohba_hw *hw)
{
	const struct ohba_info *old = &hw->info;
	struct ohba_info now;
	int err;

	err = ohba_identify(hw, &now);
	if (err)
		return err;
	if (now.max_conns < old->max_conns || now.max_tags < old->max_tags ||
	    now.max_sge < old->max_sge || now.max_r2t < old->max_r2t ||
	    now.max_data_len < old->max_data_len ||
	    now.max_recv_dsl < old->max_recv_dsl ||
	    now.max_burst < old->max_burst ||
	    now.max_cdb_len < old->max_cdb_len ||
	    now.max_targets < old->max_targets ||
	    now.max_accounts < old->max_accounts)
		return -EPROTO;
	return 0;
}

/* Once: what is set meanwhile is not counted off before power is. */
static void ohba_tell_lost(struct ohba_hw *hw)
{
	u32 lost = hw->info.lost_records;

	if (lost)
		dev_warn(hw->pub.dev,
			 "the adapter's flash was damaged and lost %u record%s: see which targets, CHAP accounts, initiator name or ifaces are missing, and set them anew\n",
			 lost, lost == 1 ? "" : "s");
}

static int ohba_start(struct ohba_hw *hw)
{
	int err;

	err = ohba_ctrl_reset(hw);
	if (err) {
		dev_err(hw->pub.dev,
			"firmware did not acknowledge a reset within %u ms: reset the device\n",
			hw->ready_ms);
		return err;
	}
	pci_set_master(hw->pub.pdev);
	err = ohba_admin_alloc(hw) ?: ohba_event_alloc(hw) ?:
	      ohba_vectors_start(hw) ?: ohba_admin_irq_request(hw) ?:
	      ohba_ctrl_enable(hw) ?: ohba_identify(hw, &hw->info) ?:
	      ohba_config_alloc(hw) ?: ohba_targets_alloc(hw) ?:
	      ohba_logins_init(hw);
	if (err)
		return err;
	ohba_tell_lost(hw);
	ohba_life_watch(hw);
	return 0;
}

/* Undo ohba_start() and ohba_io_start(), however far they came. */
static void ohba_stop(struct ohba_hw *hw)
{
	ohba_life_end(hw);
	ohba_discover_end(hw);
	/* Nobody but the network stack knows of it any more. */
	ohba_net_destroy(hw);
	ohba_io_free(hw);
	ohba_admin_irq_free(hw);
	if (hw->nvectors)
		pci_free_irq_vectors(hw->pub.pdev);
	ohba_logins_exit(hw);
	ohba_targets_free(hw);
	ohba_config_free(hw);
	ohba_event_free(hw);
	ohba_admin_free(hw);
}

/**
 * ohba_create() - bring an adapter up to where it answers admin commands
 * @pdev: its PCI function
 * @ops: the class; stays until ohba_destroy()
 * @priv: handed to @ops
 *
 * No op is called before ohba_io_start(). The caller owns what is returned and
 * ends it with ohba_destroy(); after an error nothing is left to undo.
 *
 * Context: process, may sleep; takes no locks.
 * Return: the adapter, or an ERR_PTR: -ENODEV if there is no adapter of this
 * class, -EPROTONOSUPPORT if there is no common ABI, -EPROTO for limits that
 * cannot be, -ETIMEDOUT or -EIO if the firmware does not start, -ENOMEM, or
 * what the PCI core said. The log says which and what to do, but for -ENOMEM.
 */
struct ohba_adapter *ohba_create(struct pci_dev *pdev,
				 const struct ohba_ops *ops, void *priv)
{
	struct ohba_hw *hw;
	int err;

	hw = kzalloc_node(sizeof(*hw), GFP_KERNEL, dev_to_node(&pdev->dev));
	if (!hw)
		return ERR_PTR(-ENOMEM);
	hw->pub.pdev = pdev;
	hw->pub.dev = &pdev->dev;
	hw->pub.log_mask = ohba_log_default();
	hw->ops = ops;
	hw->priv = priv;
	mutex_init(&hw->iface_mutex);
	spin_lock_init(&hw->iface_lock);
	mutex_init(&hw->record_mutex);
	/* What a helper learned of an adapter that was here before is not for this one. */
	hw->iface_generation = get_random_u32();
	INIT_LIST_HEAD(&hw->genl_list);
	ohba_discover_init(hw);
	ohba_paths_init(hw);
	ohba_life_init(hw);

	err = ohba_pci_start(hw);
	if (err)
		goto free;
	err = ohba_ctrl_identify_regs(hw);
	if (err)
		goto stop_pci;
	err = ohba_start(hw);
	if (err)
		goto stop;
	ohba_genl_add(hw);
	ohba_debugfs_add(hw);
	ohba_dbg(&hw->pub, INIT, "%s, serial %s, firmware %s, ABI %u\n",
		 hw->info.model, hw->info.serial, hw->info.fw_version, hw->abi);
	return &hw->pub;

stop:
	ohba_stop(hw);
stop_pci:
	ohba_pci_stop(hw);
free:
	kfree(hw);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(ohba_create);

/**
 * ohba_destroy() - end of an adapter: reset the device, free everything
 * @adapter: the adapter
 *
 * Context: process, may sleep. The class has no command outstanding that it
 * still wants an answer to.
 */
void ohba_destroy(struct ohba_adapter *adapter)
{
	struct ohba_hw *hw = to_hw(adapter);

	ohba_debugfs_remove(hw);
	/* Commands of helpers end with it, and not when their time is up. */
	ohba_end(adapter, NULL);
	ohba_genl_remove(hw);
	ohba_stop(hw);
	ohba_pci_stop(hw);
	kfree(hw);
}
EXPORT_SYMBOL_GPL(ohba_destroy);

/**
 * ohba_shutdown() - leave the device reset, so that the next kernel finds it so
 * @adapter: the adapter
 *
 * Context: process, may sleep.
 */
void ohba_shutdown(struct ohba_adapter *adapter)
{
	ohba_life_end(to_hw(adapter));
}
EXPORT_SYMBOL_GPL(ohba_shutdown);

/**
 * ohba_info() - what the adapter is and can do
 * @adapter: the adapter
 *
 * Context: any. Return: constant until ohba_destroy().
 */
const struct ohba_info *ohba_info(struct ohba_adapter *adapter)
{
	return &to_hw(adapter)->info;
}
EXPORT_SYMBOL_GPL(ohba_info);
