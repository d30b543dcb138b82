// SPDX-License-Identifier: GPL-2.0-only
/* Registers: identity, version negotiation, reset, enable. */
#include <linux/iopoll.h>
#include <linux/log2.h>

#include "priv.h"

/*
 * Who sets an address, or opens or closes the network device, has locks that others want:
 * of the network stack, of helpers. Over a hung device it waits OHBA_ADMIN_TIMEOUT_MS for
 * an answer, and then this for the reset, or three times this if a restart that fails is
 * under way: less than what counts as a hung task.
 */
#define OHBA_READY_MS_MAX	15000
#define OHBA_STATUS_POLL_US	500	/* between two looks at STATUS */
#define OHBA_GONE		(~0u)	/* what a device that left reads as */

static u32 ohba_read(struct ohba_hw *hw, u32 reg)
{
	return readl(hw->regs + reg);
}

static void ohba_write64(struct ohba_hw *hw, u32 reg, u64 value)
{
	writel(lower_32_bits(value), hw->regs + reg);
	writel(upper_32_bits(value), hw->regs + reg + 4);
}

static int ohba_gone(struct ohba_hw *hw)
{
	dev_err(hw->pub.dev,
		"registers read as all ones: the device was removed or has no power, plug it in again\n");
	return -ENODEV;
}

static int ohba_negotiate_abi(struct ohba_hw *hw)
{
	u32 range = ohba_read(hw, OHBA_REG_ABI);
	u32 lowest = OHBA_ABI_LOWEST(range);
	u32 highest = OHBA_ABI_HIGHEST(range);

	hw->abi = min_t(u32, highest, OHBA_ABI_VERSION);
	if (hw->abi >= lowest && lowest && lowest <= highest)
		return 0;
	dev_err(hw->pub.dev,
		"firmware speaks ABI %u to %u, this driver up to %u: update the older of the two\n",
		lowest, highest, OHBA_ABI_VERSION);
	return -EPROTONOSUPPORT;
}

/* Those of the first time stay: what was built on them does. */
static int ohba_check_features(struct ohba_hw *hw)
{
	u32 features = ohba_read(hw, OHBA_REG_FEATURES) &
		       (OHBA_FEATURE_WIRE | OHBA_FEATURE_CONFIG |
			OHBA_FEATURE_TARGETS | OHBA_FEATURE_LOG |
			OHBA_FEATURE_ERASE);

	if (!hw->io_started)
		hw->features = features;
	return hw->features & ~features ? -EPROTO : 0;
}

static int ohba_check_limits(struct ohba_hw *hw)
{
	hw->max_queues = ohba_read(hw, OHBA_REG_MAX_QUEUES);
	hw->max_qsize = ohba_read(hw, OHBA_REG_MAX_QSIZE);
	hw->ready_ms = clamp_t(u32, ohba_read(hw, OHBA_REG_READY_MS), 1,
			       OHBA_READY_MS_MAX);

	if (!hw->max_queues || hw->max_queues > OHBA_QUEUES_MAX) {
		dev_err(hw->pub.dev,
			"firmware claims %u I/O queues, not 1 to %u: update the firmware\n",
			hw->max_queues, OHBA_QUEUES_MAX);
		return -EPROTO;
	}
	if (!is_power_of_2(hw->max_qsize) || hw->max_qsize < OHBA_QSIZE_MIN ||
	    hw->max_qsize > OHBA_QSIZE_MAX) {
		dev_err(hw->pub.dev,
			"firmware claims rings of %u entries, not a power of two from %u to %u: update the firmware\n",
			hw->max_qsize, OHBA_QSIZE_MIN, OHBA_QSIZE_MAX);
		return -EPROTO;
	}
	return 0;
}

/* Who are you, do we understand each other, and what do you offer? */
int ohba_ctrl_identify_regs(struct ohba_hw *hw)
{
	u32 magic = ohba_read(hw, OHBA_REG_MAGIC);
	u32 class = ohba_read(hw, OHBA_REG_CLASS);
	int err;

	if (magic == OHBA_GONE)
		return ohba_gone(hw);
	if (magic != OHBA_MAGIC) {
		dev_err(hw->pub.dev,
			"magic register reads 0x%08x, not 0x%08x: not an ohba adapter, unbind it from this driver\n",
			magic, OHBA_MAGIC);
		return -ENODEV;
	}
	err = ohba_negotiate_abi(hw);
	if (err)
		return err;
	if (class != hw->ops->class) {
		dev_err(hw->pub.dev,
			"adapter class is %u, this driver is for class %u: load the driver of that class\n",
			class, hw->ops->class);
		return -ENODEV;
	}
	return ohba_check_limits(hw) ?: ohba_check_features(hw);
}

/**
 * ohba_is_present() - is the device still there?
 * @adapter: the adapter
 *
 * Context: any. Return: false if its registers read as all ones.
 */
bool ohba_is_present(struct ohba_adapter *adapter)
{
	return ohba_read(to_hw(adapter), OHBA_REG_STATUS) != OHBA_GONE;
}
EXPORT_SYMBOL_GPL(ohba_is_present);

/*
 * Bring the device back to its state at power-on. Once this returned 0 it does
 * no DMA. -ENODEV: it is gone; -ETIMEDOUT: it does not answer.
 */
int ohba_ctrl_reset(struct ohba_hw *hw)
{
	u32 status;
	int err;

	writel(0, hw->regs + OHBA_REG_CTRL);
	err = readl_poll_timeout(hw->regs + OHBA_REG_STATUS, status,
				 !status || status == OHBA_GONE,
				 OHBA_STATUS_POLL_US,
				 hw->ready_ms * USEC_PER_MSEC);
	return status == OHBA_GONE ? -ENODEV : err;
}

static void ohba_program_rings(struct ohba_hw *hw)
{
	struct ohba_pair *pair = &hw->admin.pair;

	ohba_write64(hw, OHBA_REG_ADMIN_CTL, pair->dma.addr);
	ohba_write64(hw, OHBA_REG_ADMIN_SQ, pair->sq_addr);
	ohba_write64(hw, OHBA_REG_ADMIN_CQ, pair->cq_addr);
	writel(pair->sq_size | pair->cq_size << 16,
	       hw->regs + OHBA_REG_ADMIN_SIZE);
	ohba_write64(hw, OHBA_REG_EVENT_CTL, hw->events.dma.addr);
	ohba_write64(hw, OHBA_REG_EVENT_CQ, hw->events.ring_addr);
	writel(hw->events.size, hw->regs + OHBA_REG_EVENT_SIZE);
}

/* Give the device its first rings and wait until it serves them. */
int ohba_ctrl_enable(struct ohba_hw *hw)
{
	u32 status, reason;
	int err;

	ohba_program_rings(hw);
	writel(OHBA_CTRL_ENABLE | hw->abi << OHBA_CTRL_ABI_SHIFT,
	       hw->regs + OHBA_REG_CTRL);
	err = readl_poll_timeout(hw->regs + OHBA_REG_STATUS, status,
				 status & (OHBA_STATUS_READY | OHBA_STATUS_FATAL),
				 OHBA_STATUS_POLL_US,
				 hw->ready_ms * USEC_PER_MSEC);
	if (status == OHBA_GONE)
		return ohba_gone(hw);
	if (err) {
		dev_err(hw->pub.dev,
			"firmware was not ready within %u ms: reset the adapter's machine or update the firmware\n",
			hw->ready_ms);
		return err;
	}
	if (status & OHBA_STATUS_FATAL) {
		reason = status >> OHBA_STATUS_REASON_SHIFT;
		dev_err(hw->pub.dev, "firmware refused to start: %s (%s): %s\n",
			ohba_status_name(reason), ohba_status_meaning(reason),
			ohba_status_remedy(reason));
		return -EIO;
	}
	return 0;
}
