// SPDX-License-Identifier: GPL-2.0-only
/* An adapter's end: who notices it, and how everything outstanding is failed. */
#include <linux/export.h>

#include "ohba_trace.h"
#include "priv.h"

#define OHBA_WATCH_MS		(2 * OHBA_HEARTBEAT_MS)	/* between two looks */
#define OHBA_WATCH_MISSED	3	/* looks without a heartbeat */

/* One with a rescuer: I/O that reclaim waits for may end by an adapter's end. */
static struct workqueue_struct *ohba_life_wq;

/* No ring moves, no interrupt handler runs, no DMA happens after this. */
static void ohba_stop_hw(struct ohba_hw *hw)
{
	int err;

	WRITE_ONCE(hw->dead, true);
	if (hw->admin.pair.hw)
		ohba_sq_close(&hw->admin.pair);
	ohba_io_quiesce(hw);

	err = ohba_ctrl_reset(hw);
	if (err && err != -ENODEV)
		dev_err(hw->pub.dev,
			"reset was not acknowledged within %u ms: bus mastering is turned off\n",
			hw->ready_ms);
	/* What the device promised is not enough to free its memory. */
	pci_clear_master(hw->pub.pdev);
	if (hw->admin.irq_requested)
		synchronize_irq(pci_irq_vector(hw->pub.pdev,
					       OHBA_VECTOR_ADMIN));
}

/**
 * ohba_kill() - stop an adapter for good and fail all that is outstanding
 * @adapter: the adapter
 * @why: for the log; NULL if the end is wanted
 *
 * When it returns, no DMA of the device can happen, and each admin command has
 * had its done callback.
 *
 * Context: process, may sleep; not from a callback of this module.
 */
void ohba_kill(struct ohba_adapter *adapter, const char *why)
{
	struct ohba_hw *hw = to_hw(adapter);

	mutex_lock(&hw->kill_lock);
	if (hw->killed)
		goto unlock;
	hw->killed = true;
	if (why)
		dev_err(adapter->dev,
			"adapter stopped: %s; reload the driver or reset the device to use it again\n",
			why);
	trace_ohba_state(adapter->dev, "adapter", 0, "live", why ? why : "stop",
			 "dead");
	ohba_stop_hw(hw);
	ohba_admin_fail_all(hw);
	if (hw->io_started)
		hw->ops->died(hw->priv);
unlock:
	mutex_unlock(&hw->kill_lock);
}
EXPORT_SYMBOL_GPL(ohba_kill);

static void ohba_kill_work(struct work_struct *work)
{
	struct ohba_hw *hw = container_of(work, struct ohba_hw, kill_work);

	ohba_kill(&hw->pub, READ_ONCE(hw->why));
}

/**
 * ohba_fail() - have ohba_kill() done from process context
 * @adapter: the adapter
 * @why: a string that stays; the first reason counts
 *
 * Context: any.
 */
void ohba_fail(struct ohba_adapter *adapter, const char *why)
{
	struct ohba_hw *hw = to_hw(adapter);

	if (!cmpxchg(&hw->why, NULL, why))
		queue_work(ohba_life_wq, &hw->kill_work);
}
EXPORT_SYMBOL_GPL(ohba_fail);

/**
 * ohba_is_dead() - did the adapter stop for good?
 * @adapter: the adapter
 *
 * Context: any. Return: true from the moment that ohba_kill() began.
 */
bool ohba_is_dead(struct ohba_adapter *adapter)
{
	return READ_ONCE(to_hw(adapter)->dead);
}
EXPORT_SYMBOL_GPL(ohba_is_dead);

/* What is wrong with the device, or NULL. */
static const char *ohba_diagnose(struct ohba_hw *hw)
{
	u32 status = readl(hw->regs + OHBA_REG_STATUS);
	u32 heartbeat = readl(hw->regs + OHBA_REG_HEARTBEAT);

	if (status == ~0u)
		return "the device was removed";
	if (status & OHBA_STATUS_FATAL)
		return ohba_status_meaning(status >> OHBA_STATUS_REASON_SHIFT);
	if (!(status & OHBA_STATUS_READY))
		return "the firmware restarted by itself";
	hw->missed = heartbeat == hw->heartbeat ? hw->missed + 1 : 0;
	hw->heartbeat = heartbeat;
	return hw->missed >= OHBA_WATCH_MISSED ? "the heartbeat stopped" : NULL;
}

static void ohba_watchdog(struct work_struct *work)
{
	struct ohba_hw *hw = container_of(to_delayed_work(work),
					  struct ohba_hw, watchdog);
	const char *why;

	if (READ_ONCE(hw->dead))
		return;
	why = ohba_diagnose(hw);
	if (why)
		ohba_fail(&hw->pub, why);
	else
		ohba_life_watch(hw);
}

/* Look at the device again after a while. */
void ohba_life_watch(struct ohba_hw *hw)
{
	queue_delayed_work(ohba_life_wq, &hw->watchdog,
			   msecs_to_jiffies(OHBA_WATCH_MS));
}

void ohba_life_init(struct ohba_hw *hw)
{
	mutex_init(&hw->kill_lock);
	INIT_WORK(&hw->kill_work, ohba_kill_work);
	INIT_DELAYED_WORK(&hw->watchdog, ohba_watchdog);
}

int __init ohba_life_setup(void)
{
	ohba_life_wq = alloc_workqueue("ohba_life", WQ_UNBOUND | WQ_MEM_RECLAIM,
				       0);
	return ohba_life_wq ? 0 : -ENOMEM;
}

void ohba_life_cleanup(void)
{
	destroy_workqueue(ohba_life_wq);
}

/* Nothing of this file runs after this: a dead adapter asks for no kill. */
void ohba_life_end(struct ohba_hw *hw)
{
	cancel_delayed_work_sync(&hw->watchdog);
	ohba_kill(&hw->pub, NULL);
	cancel_work_sync(&hw->kill_work);
}
