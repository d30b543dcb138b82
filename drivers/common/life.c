// SPDX-License-Identifier: GPL-2.0-only
/*
 * An adapter's life: who notices that it ended, how everything outstanding is
 * failed, and how it starts again.
 */
#include <linux/export.h>
#include <linux/sched/mm.h>

#include "priv.h"

#define OHBA_WATCH_MS		(2 * OHBA_HEARTBEAT_MS)	/* between two looks */
#define OHBA_WATCH_MISSED	3	/* looks without a heartbeat */
#define OHBA_RESTART_MS		1000	/* before the second restart in a row */
#define OHBA_RESTARTS_MAX	6	/* in a row */
#define OHBA_CALM_S		60	/* of being up: what follows is a new row */
#define OHBA_WHY_LESS		"the firmware that came back offers less"

/* One with a rescuer: I/O that reclaim waits for may end by an adapter's end. */
struct workqueue_struct *ohba_life_wq;

/* --- down ---------------------------------------------------------------- */

/* It is down. No ring moves, no interrupt handler runs, no DMA happens after this. */
static void ohba_stop_hw(struct ohba_hw *hw)
{
	int err;

	if (hw->admin.pair.hw)
		ohba_sq_close(&hw->admin.pair);
	ohba_io_quiesce(hw);
	ohba_net_quiesce(hw);

	err = ohba_ctrl_reset(hw);
	if (err && err != -ENODEV)
		dev_err(hw->pub.dev,
			"reset was not acknowledged within %u ms: bus mastering is turned off\n",
			hw->ready_ms);
	/* What the device promised is not enough to free its memory. */
	pci_clear_master(hw->pub.pdev);
	ohba_admin_irq_hold(hw);
	ohba_net_silence(hw);
}

/* Return: whether @event could happen; one that was down already stays so. */
static bool ohba_bring_down(struct ohba_hw *hw, enum ohba_life_event event)
{
	bool was_down = ohba_is_down(hw);

	if (!ohba_life_move(hw, event))
		return false;
	if (was_down)
		return true;
	ohba_stop_hw(hw);
	ohba_admin_fail_all(hw);
	ohba_logins_down(hw);
	if (hw->io_started)
		hw->ops->down(hw->priv);
	return true;
}

static void ohba_end_locked(struct ohba_hw *hw, const char *why)
{
	bool news = why && hw->state != OHBA_LIFE_ENDED;

	lockdep_assert_held(&hw->life_lock);
	if (news)
		dev_err(hw->pub.dev,
			"adapter stopped for good: %s; reload the driver or reset the device to use it again\n",
			why);
	ohba_bring_down(hw, OHBA_LIFE_EV_END);
	if (news && hw->io_started)
		hw->ops->dead(hw->priv);
}

/* The first time at once, then after a delay that doubles. */
static void ohba_plan_restart(struct ohba_hw *hw, const char *why)
{
	unsigned int tries = READ_ONCE(hw->restarts);
	unsigned int delay_ms = tries ? OHBA_RESTART_MS << (tries - 1) : 0;

	if (!hw->io_started || tries >= OHBA_RESTARTS_MAX) {
		ohba_end_locked(hw, why);
		return;
	}
	if (hw->held)
		return;		/* ohba_release() has it started */
	WRITE_ONCE(hw->restarts, tries + 1);
	dev_err(hw->pub.dev, "adapter stopped: %s; restart %u of %u in %u ms\n",
		why, tries + 1, OHBA_RESTARTS_MAX, delay_ms);
	queue_delayed_work(ohba_life_wq, &hw->restart,
			   msecs_to_jiffies(delay_ms));
}

static void ohba_kill_locked(struct ohba_hw *hw, const char *why)
{
	if (ohba_bring_down(hw, OHBA_LIFE_EV_FAIL))
		ohba_plan_restart(hw, why);
}

/**
 * ohba_kill() - stop an adapter and fail all that is outstanding
 * @adapter: the adapter
 * @why: for the log
 *
 * When it returns, no DMA that was asked for before can happen, and each admin
 * command of before has had its done callback. The adapter is started again
 * later, some times in a row.
 *
 * Context: process, may sleep; not from a callback of this module.
 */
void ohba_kill(struct ohba_adapter *adapter, const char *why)
{
	struct ohba_hw *hw = to_hw(adapter);

	mutex_lock(&hw->life_lock);
	ohba_kill_locked(hw, why);
	mutex_unlock(&hw->life_lock);
}
EXPORT_SYMBOL_GPL(ohba_kill);

/**
 * ohba_kill_over() - as ohba_kill(), for a command that is not answered
 * @adapter: the adapter
 * @cmd: the command; one that has been given back meanwhile is no reason
 * @why: for the log
 *
 * Context: as ohba_kill(). When it returns, @cmd's done callback was called.
 */
void ohba_kill_over(struct ohba_adapter *adapter,
		    const struct ohba_admin_cmd *cmd, const char *why)
{
	struct ohba_hw *hw = to_hw(adapter);

	mutex_lock(&hw->life_lock);
	if (READ_ONCE(cmd->busy))
		ohba_kill_locked(hw, why);
	mutex_unlock(&hw->life_lock);
}
EXPORT_SYMBOL_GPL(ohba_kill_over);

/**
 * ohba_end() - as ohba_kill(), for good
 * @adapter: the adapter
 * @why: for the log; NULL if the end is wanted
 *
 * Context: process, may sleep; not from a callback of this module.
 */
void ohba_end(struct ohba_adapter *adapter, const char *why)
{
	struct ohba_hw *hw = to_hw(adapter);

	mutex_lock(&hw->life_lock);
	ohba_end_locked(hw, why);
	mutex_unlock(&hw->life_lock);
}
EXPORT_SYMBOL_GPL(ohba_end);

/**
 * ohba_wait_down() - wait for a stop that is under way
 * @adapter: the adapter, of which something was refused or failed with -ENODEV
 *
 * When it returns, what ohba_kill() promises holds.
 *
 * Context: process, may sleep; not from a callback of this module.
 */
void ohba_wait_down(struct ohba_adapter *adapter)
{
	struct ohba_hw *hw = to_hw(adapter);

	mutex_lock(&hw->life_lock);
	mutex_unlock(&hw->life_lock);
}
EXPORT_SYMBOL_GPL(ohba_wait_down);

static void ohba_kill_work(struct work_struct *work)
{
	struct ohba_hw *hw = container_of(work, struct ohba_hw, kill_work);

	mutex_lock(&hw->life_lock);
	/* NULL: it was restarted meanwhile. */
	if (hw->why)
		ohba_kill_locked(hw, hw->why);
	mutex_unlock(&hw->life_lock);
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
 * Context: any.
 */
bool ohba_is_dead(struct ohba_adapter *adapter)
{
	return READ_ONCE(to_hw(adapter)->state) == OHBA_LIFE_ENDED;
}
EXPORT_SYMBOL_GPL(ohba_is_dead);

/* --- up again ------------------------------------------------------------ */

/* As after power-on, with empty rings, and answering to admin commands of ours. */
static void ohba_reopen_admin(struct ohba_hw *hw)
{
	ohba_pair_reset(&hw->admin.pair);
	ohba_event_reset(hw);
	ohba_io_reset(hw);
	pci_set_master(hw->pub.pdev);
	hw->missed = 0;
	hw->up_since = jiffies;
	WRITE_ONCE(hw->why, NULL);
	ohba_life_move(hw, OHBA_LIFE_EV_RESTART);
	ohba_sq_open(&hw->admin.pair);
	ohba_admin_irq_release(hw);
}

/* The rings stay as they are: may they? */
static bool ohba_rings_fit(const struct ohba_hw *hw)
{
	return hw->admin.pair.sq_size <= hw->max_qsize &&
	       hw->events.size <= hw->max_qsize &&
	       hw->pairs[0].sq_size <= hw->max_qsize;
}

static int ohba_restart_admin(struct ohba_hw *hw)
{
	int err;

	err = ohba_ctrl_reset(hw) ?: ohba_ctrl_identify_regs(hw);
	if (err)
		return err;
	if (!ohba_rings_fit(hw))
		return -EPROTO;
	ohba_reopen_admin(hw);
	err = ohba_ctrl_enable(hw);
	if (err) {
		ohba_life_move(hw, OHBA_LIFE_EV_FAIL);
		ohba_stop_hw(hw);
		ohba_admin_fail_all(hw);
		ohba_logins_down(hw);
	}
	return err;
}

/* Until this returns true the adapter is down, and nobody else touches it. */
static bool ohba_restart_begin(struct ohba_hw *hw)
{
	int err = -ECANCELED;

	mutex_lock(&hw->life_lock);
	if (hw->state != OHBA_LIFE_DOWN || hw->held)
		goto unlock;
	/* What it saw before the stop is no judgement on what follows. */
	cancel_delayed_work_sync(&hw->watchdog);
	err = ohba_restart_admin(hw);
	if (err == -ENODEV && !pci_device_is_present(hw->pub.pdev))
		ohba_end_locked(hw, "the device was removed");
	else if (err == -EPROTO || err == -EPROTONOSUPPORT)
		ohba_end_locked(hw, OHBA_WHY_LESS);
	else if (err)
		ohba_plan_restart(hw, "the firmware did not start");
unlock:
	mutex_unlock(&hw->life_lock);
	return !err;
}

/* Whoever stops it meanwhile makes each step fail. */
static int ohba_restart_finish(struct ohba_hw *hw)
{
	int err;

	err = ohba_identify_again(hw) ?: ohba_io_bring_back(hw);
	if (err)
		return err;
	mutex_lock(&hw->life_lock);
	if (!ohba_life_move(hw, OHBA_LIFE_EV_READY)) {
		err = -ENODEV;
	} else {
		ohba_io_open(hw);
		hw->ops->up(hw->priv);
		ohba_logins_offered(hw);
		ohba_life_watch(hw);
	}
	mutex_unlock(&hw->life_lock);
	return err;
}

static void ohba_restart_work(struct work_struct *work)
{
	struct ohba_hw *hw = container_of(to_delayed_work(work), struct ohba_hw,
					  restart);
	unsigned int flags;
	int err;

	if (!ohba_restart_begin(hw))
		return;
	/* Reclaim may wait for the disks of this adapter. */
	flags = memalloc_noio_save();
	err = ohba_restart_finish(hw);
	memalloc_noio_restore(flags);
	if (!err)
		dev_info(hw->pub.dev, "adapter is up again\n");
	else if (err == -EPROTO)
		ohba_end(&hw->pub, OHBA_WHY_LESS);
	else
		ohba_kill(&hw->pub, "the firmware did not start again");
}

/* --- held ---------------------------------------------------------------- */

/**
 * ohba_hold() - stop an adapter until ohba_release()
 * @adapter: the adapter
 * @holder: on whose behalf; it stays down until all have released it
 * @why: for the log: what is going to happen to the device
 *
 * What ohba_kill() promises holds when it returns.
 *
 * Context: process, may sleep; not from a callback of this module.
 */
void ohba_hold(struct ohba_adapter *adapter, enum ohba_holder holder,
	       const char *why)
{
	struct ohba_hw *hw = to_hw(adapter);

	mutex_lock(&hw->life_lock);
	hw->held |= BIT(holder);
	if (!ohba_is_down(hw))
		dev_info(adapter->dev, "adapter stopped: %s\n", why);
	ohba_bring_down(hw, OHBA_LIFE_EV_HOLD);
	mutex_unlock(&hw->life_lock);
}
EXPORT_SYMBOL_GPL(ohba_hold);

/**
 * ohba_release() - have an adapter started that ohba_hold() stopped
 * @adapter: the adapter
 * @holder: who held it
 *
 * One that had ended gets another row of restarts: the device was reset.
 *
 * Context: process, may sleep. Does not wait for the start.
 */
void ohba_release(struct ohba_adapter *adapter, enum ohba_holder holder)
{
	struct ohba_hw *hw = to_hw(adapter);

	mutex_lock(&hw->life_lock);
	hw->held &= ~BIT(holder);
	if (!hw->over && !hw->held && hw->io_started) {
		ohba_life_move(hw, OHBA_LIFE_EV_RELEASE);
		WRITE_ONCE(hw->restarts, 0);
		mod_delayed_work(ohba_life_wq, &hw->restart, 0);
	}
	mutex_unlock(&hw->life_lock);
}
EXPORT_SYMBOL_GPL(ohba_release);

/* --- watching ------------------------------------------------------------ */

static const char *ohba_fatal(struct ohba_hw *hw, u32 reason)
{
	dev_err(hw->pub.dev, "firmware failed: %s (%s): %s\n",
		ohba_status_name(reason), ohba_status_meaning(reason),
		ohba_status_remedy(reason));
	return "the firmware failed";
}

static bool ohba_takes_nothing(struct ohba_hw *hw)
{
	bool stuck = false;
	unsigned int i;

	/* Pairs with the release in ohba_io_start(). */
	if (!smp_load_acquire(&hw->io_started))
		return false;
	for (i = 0; i < hw->npairs; i++)
		stuck |= ohba_sq_stuck(&hw->pairs[i]) >= OHBA_WATCH_MISSED;
	return stuck;
}

/* What is wrong with the device, or NULL. */
static const char *ohba_diagnose(struct ohba_hw *hw)
{
	u32 status = readl(hw->regs + OHBA_REG_STATUS);
	u32 heartbeat = readl(hw->regs + OHBA_REG_HEARTBEAT);

	if (status == ~0u)
		return "its registers read as all ones";
	if (status & OHBA_STATUS_FATAL)
		return ohba_fatal(hw, status >> OHBA_STATUS_REASON_SHIFT);
	if (!(status & OHBA_STATUS_READY))
		return "the firmware restarted by itself";
	hw->missed = heartbeat == hw->heartbeat ? hw->missed + 1 : 0;
	hw->heartbeat = heartbeat;
	if (hw->missed >= OHBA_WATCH_MISSED)
		return "the heartbeat stopped";
	if (ohba_takes_nothing(hw))
		return "it takes no commands";
	if (ohba_paths_late(hw))
		return "it did not answer an admin command";
	return ohba_discover_late(hw) ? "it did not end a discovery" : NULL;
}

static void ohba_watchdog(struct work_struct *work)
{
	struct ohba_hw *hw = container_of(to_delayed_work(work),
					  struct ohba_hw, watchdog);
	const char *why;

	if (ohba_is_down(hw))
		return;
	if (time_after(jiffies, hw->up_since + OHBA_CALM_S * HZ))
		WRITE_ONCE(hw->restarts, 0);
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
	mutex_init(&hw->life_lock);
	INIT_WORK(&hw->kill_work, ohba_kill_work);
	INIT_DELAYED_WORK(&hw->watchdog, ohba_watchdog);
	INIT_DELAYED_WORK(&hw->restart, ohba_restart_work);
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

/* Nothing of this file runs after this: what ended is not started nor watched. */
void ohba_life_end(struct ohba_hw *hw)
{
	mutex_lock(&hw->life_lock);
	hw->over = true;
	ohba_end_locked(hw, NULL);
	mutex_unlock(&hw->life_lock);
	cancel_delayed_work_sync(&hw->restart);
	cancel_delayed_work_sync(&hw->watchdog);
	cancel_work_sync(&hw->kill_work);
}
