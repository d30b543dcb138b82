// SPDX-License-Identifier: GPL-2.0-only
/*
 * The adapter's targets: by index, so that who hears of one of thousands finds it at once.
 * An event says only whom to ask about, and the list at a start whom to begin with.
 */
#include <linux/bitmap.h>
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "target.h"

#define HBA_TARGET_LOOKS	16	/* at a time */
#define HBA_TARGET_TEARDOWNS	32

/* Return: 0; -ERANGE, or -EINVAL of what is no number. */
int hba_parse_dev_loss_tmo(const char *text, int *seconds)
{
	int err = kstrtoint(text, 10, seconds);

	BUILD_BUG_ON(OHBA_DEV_LOSS_MAX_S != 2073600);	/* HBA_DEV_LOSS_VALID */
	if (err)
		return err;
	if (*seconds < -1 || *seconds > OHBA_DEV_LOSS_MAX_S)
		return -ERANGE;
	*seconds = max(*seconds, 0);
	return 0;
}

static int hba_set_dev_loss_tmo(const char *text, const struct kernel_param *kp)
{
	int seconds, err = hba_parse_dev_loss_tmo(text, &seconds);

	if (err)
		pr_err("ohba_fw: dev_loss_tmo must be " HBA_DEV_LOSS_VALID "\n");
	else
		WRITE_ONCE(*(int *)kp->arg, seconds);
	return err;
}

static const struct kernel_param_ops hba_dev_loss_tmo_ops = {
	.set = hba_set_dev_loss_tmo,
	.get = param_get_int,
};

static int dev_loss_tmo;
module_param_cb(dev_loss_tmo, &hba_dev_loss_tmo_ops, &dev_loss_tmo, 0644);
__MODULE_PARM_TYPE(dev_loss_tmo, "int");
MODULE_PARM_DESC(dev_loss_tmo, "seconds after which a lost target's devices are removed, in sessions that the adapter has by itself; 0: never (default)");

/* Seconds for a session of an entry's with @dev_loss_s; 0: never. */
int hba_target_dev_loss_of(u32 dev_loss_s)
{
	if (!dev_loss_s)
		return READ_ONCE(dev_loss_tmo);
	return dev_loss_s <= OHBA_DEV_LOSS_MAX_S ? dev_loss_s : 0;
}

/* --- the table ----------------------------------------------------------- */

static struct hba_target *hba_target_new(struct hba_targets *targets, u32 index)
{
	struct hba_target *target = kzalloc(sizeof(*target), GFP_NOIO);

	if (!target)
		return NULL;
	target->hba = targets->hba;
	target->index = index;
	hba_target_init(target);
	return target;
}

static struct hba_target *hba_target_find(struct hba_targets *targets, u32 index)
{
	/* Pairs with hba_target_get(). */
	return smp_load_acquire(&targets->table[index]);
}

/* Return: NULL if there is no memory for it. */
static struct hba_target *hba_target_get(struct hba_targets *targets, u32 index)
{
	struct hba_target *target = hba_target_find(targets, index);
	struct hba_target *new = target ? NULL : hba_target_new(targets, index);

	if (!new)
		return target;
	spin_lock_bh(&targets->lock);
	target = targets->table[index];
	/* Filled before it is found. Pairs with hba_target_find(). */
	if (!target)
		smp_store_release(&targets->table[index], new);
	spin_unlock_bh(&targets->lock);
	if (!target)
		return new;
	kfree(new);
	return target;
}

/* Those that are wanted are asked about, and those that were. */
static int hba_targets_ask_list(struct hba_targets *targets)
{
	u32 i;
	int err;

	err = hba_target_ask(targets->hba, OHBA_ADMIN_TARGET_LIST, 0, &targets->reported,
			     sizeof(targets->reported));
	if (err)
		return err;
	hba_targets_ask_initiator(targets);
	for (i = 0; i < targets->count; i++)
		if (hba_target_find(targets, i) ||
		    ohba_is_listed(targets->reported.wanted, i))
			set_bit(i, targets->news);
	return 0;
}

/* Return: whether there is something to be tried again. */
static bool hba_targets_hand_on(struct hba_targets *targets)
{
	bool again = false;
	u32 i;

	for_each_set_bit(i, targets->news, targets->count) {
		struct hba_target *target = hba_target_get(targets, i);

		if (!target) {
			again = true;
			continue;
		}
		clear_bit(i, targets->news);
		hba_target_poll_now(target);
	}
	return again;
}

static void hba_targets_queue(struct hba_targets *targets)
{
	spin_lock_bh(&targets->lock);
	if (targets->open)
		mod_delayed_work(targets->poll_wq, &targets->work, 0);
	spin_unlock_bh(&targets->lock);
}

/* Unless there is news before. */
static void hba_targets_retry(struct hba_targets *targets)
{
	spin_lock_bh(&targets->lock);
	if (targets->open)
		queue_delayed_work(targets->poll_wq, &targets->work,
				   msecs_to_jiffies(HBA_TARGET_RETRY_MS));
	spin_unlock_bh(&targets->lock);
}

static void hba_targets_work(struct work_struct *work)
{
	struct hba_targets *targets = container_of(to_delayed_work(work),
						   struct hba_targets, work);
	bool again = false;
	int err;

	if (READ_ONCE(targets->list)) {
		WRITE_ONCE(targets->list, false);
		err = hba_targets_ask_list(targets);
		/* After -ENODEV it is asked for anew, when the adapter is up. */
		again = err && err != -ENODEV;
		if (again)
			WRITE_ONCE(targets->list, true);
	}
	again |= hba_targets_hand_on(targets);
	if (again)
		hba_targets_retry(targets);
}

/* --- what happens to the adapter ----------------------------------------- */

/* Context: the admin thread. A storm of them is one poll. */
void hba_target_event(struct hba *hba, const struct ohba_event *ev)
{
	struct hba_targets *targets = hba->targets;
	u32 index = le32_to_cpu(ev->handle);
	struct hba_target *target;

	if (!targets || index >= targets->count) {
		dev_warn_ratelimited(hba->adapter->dev,
				     "event of target %u, which cannot be: ignored\n",
				     index);
		return;
	}
	target = hba_target_find(targets, index);
	spin_lock_bh(&targets->lock);
	if (target && target->session &&
	    le32_to_cpu(ev->detail[0]) != OHBA_TARGET_UP)
		hba_session_stall(target->session);
	spin_unlock_bh(&targets->lock);
	set_bit(index, targets->news);
	hba_targets_queue(targets);
}

/*
 * A reset forgets what was wanted by TARGET_LOGIN alone, so the adapter is told again;
 * what is said of those targets before that does not count.
 */
static void hba_targets_stall(struct hba_targets *targets)
{
	struct hba_target *target;
	u32 i;

	spin_lock_bh(&targets->lock);
	targets->epoch++;
	for (i = 0; i < targets->count; i++) {
		target = hba_target_find(targets, i);
		if (!target)
			continue;
		set_bit(i, targets->news);
		if (target->session)
			hba_session_stall(target->session);
		if (target->wanted)
			WRITE_ONCE(target->forgotten, true);
	}
	spin_unlock_bh(&targets->lock);
}

/* No command enters a ring under a handle of before, nor will one. */
void hba_targets_down(struct hba *hba)
{
	if (!hba->targets)
		return;
	hba_targets_stall(hba->targets);
	/* Pairs with the read section of hba_queuecommand(). */
	synchronize_rcu();
	hba_targets_queue(hba->targets);
}

void hba_targets_up(struct hba *hba)
{
	if (!hba->targets)
		return;
	WRITE_ONCE(hba->targets->list, true);
	hba_targets_queue(hba->targets);
}

/* --- for whoever asks ---------------------------------------------------- */

static struct hba_target *hba_target_of(struct hba *hba, u32 index)
{
	if (!hba->targets || index >= hba->targets->count)
		return ERR_PTR(-EINVAL);
	return hba_target_get(hba->targets, index) ?: ERR_PTR(-ENOMEM);
}

static bool hba_target_is_leaving(struct hba_target *target)
{
	bool leaving;

	mutex_lock(&target->lock);
	leaving = target->logout || target->teardown == HBA_TEARDOWN_LOGOUT;
	mutex_unlock(&target->lock);
	return leaving;
}

/**
 * hba_target_login() - have the adapter keep a session with a target
 * @hba: the adapter
 * @index: of the target's entry
 *
 * Context: process, may sleep. Return: 0, and the session comes some time after; -EINVAL if
 * there is no such index, -ENOENT if there is no such entry, -EBUSY if it is being logged
 * out or another entry has its nexus, or what ohba_admin_exec() returns.
 */
int hba_target_login(struct hba *hba, u32 index)
{
	struct hba_target *target = hba_target_of(hba, index);
	u32 epoch;
	int err;

	if (IS_ERR(target))
		return PTR_ERR(target);
	if (hba_target_is_leaving(target)) {
		dev_err_ratelimited(hba->adapter->dev,
				    "target %u is being logged out of: log in again when that is over\n",
				    index);
		return -EBUSY;
	}
	epoch = READ_ONCE(hba->targets->epoch);
	err = hba_target_tell_login(hba, index);
	if (err)
		return err;
	hba_target_want(target, true, epoch);
	hba_target_poll_now(target);
	return 0;
}

/* An entry that is being asked for may be the one before: hba_target_take_times(). */
void hba_target_set_dev_loss(struct hba *hba, u32 index, u32 dev_loss_s)
{
	struct hba_target *target = hba->targets ? hba_target_find(hba->targets, index) : NULL;

	if (!target)
		return;
	spin_lock_bh(&hba->targets->lock);
	WRITE_ONCE(target->edits, target->edits + 1);
	WRITE_ONCE(target->dev_loss_tmo, hba_target_dev_loss_of(dev_loss_s));
	spin_unlock_bh(&hba->targets->lock);
	hba_target_poll_now(target);
}

void hba_target_changed(struct hba *hba, u32 index, const struct ohba_target *entry)
{
	struct hba_target *target = hba->targets ? hba_target_find(hba->targets, index) : NULL;

	if (!target)
		return;
	spin_lock_bh(&hba->targets->lock);
	WRITE_ONCE(target->edits, target->edits + 1);
	WRITE_ONCE(target->tmf_s, hba_flash_tmf_s(entry));
	spin_unlock_bh(&hba->targets->lock);
	hba_target_poll_now(target);
}

bool hba_target_is_up(struct hba *hba, u32 index)
{
	struct hba_target *target = hba->targets ? hba_target_find(hba->targets, index) : NULL;

	return target && READ_ONCE(target->handle);
}

/**
 * hba_target_logout() - have it do so no more
 * @hba: the adapter
 * @index: of the target's entry
 *
 * Devices that there are go first, so that what they have cached is written; then the
 * adapter is told, then the class's session goes.
 *
 * Context: process, may sleep; may hold the class's lock. Return: 0, and that is over, or if
 * there are devices under way; or as hba_target_login().
 */
int hba_target_logout(struct hba *hba, u32 index)
{
	struct hba_target *target = hba_target_of(hba, index);
	bool has_session;
	int err;

	if (IS_ERR(target))
		return PTR_ERR(target);
	mutex_lock(&target->lock);
	has_session = target->cls;
	if (has_session && target->teardown != HBA_TEARDOWN_LOGOUT)
		target->logout = true;
	mutex_unlock(&target->lock);
	if (has_session) {
		hba_target_poll_now(target);
		return 0;
	}
	err = hba_target_tell(hba, OHBA_ADMIN_TARGET_LOGOUT, index, 0);
	if (!err)
		hba_target_want(target, false, 0);
	return err;
}

/* The index of the entry that a session belongs to; -1 for a session of the daemon's. */
int hba_session_target(const struct hba_session *session)
{
	return session->target ? session->target->index : -1;
}

/* --- life ---------------------------------------------------------------- */

/* Queues are an adapter's own: one that hangs keeps no other's waiting. */
static int hba_targets_alloc_parts(struct hba_targets *targets)
{
	targets->table = kvcalloc(targets->count, sizeof(*targets->table), GFP_KERNEL);
	targets->news = bitmap_zalloc(targets->count, GFP_KERNEL);
	targets->poll_wq = alloc_workqueue("ohba_target", WQ_UNBOUND | WQ_MEM_RECLAIM,
					   HBA_TARGET_LOOKS);
	targets->teardown_wq = alloc_workqueue("ohba_teardown", WQ_UNBOUND,
					       HBA_TARGET_TEARDOWNS);
	targets->scan_wq = alloc_workqueue("ohba_scan", WQ_UNBOUND, 1);
	targets->buf = dma_alloc_coherent(targets->dev,
					  sizeof(struct ohba_target_state),
					  &targets->addr, GFP_KERNEL);
	return targets->table && targets->news && targets->poll_wq &&
	       targets->teardown_wq && targets->scan_wq && targets->buf ? 0 : -ENOMEM;
}

/* What an adapter that has sessions by itself needs. hba_targets_free() undoes it. */
int hba_targets_alloc(struct hba *hba)
{
	u32 count = ohba_info(hba->adapter)->max_targets;
	struct hba_targets *targets;

	BUILD_BUG_ON(sizeof(struct ohba_target_list) > sizeof(struct ohba_target_state));
	if (!count)
		return 0;
	targets = kzalloc(sizeof(*targets), GFP_KERNEL);
	if (!targets)
		return -ENOMEM;
	hba->targets = targets;
	targets->hba = hba;
	targets->dev = hba->adapter->dev;
	targets->count = count;
	spin_lock_init(&targets->lock);
	mutex_init(&targets->ask_lock);
	init_waitqueue_head(&targets->gone);
	INIT_DELAYED_WORK(&targets->work, hba_targets_work);
	return hba_targets_alloc_parts(targets);
}

static void hba_targets_free_wq(struct workqueue_struct *wq)
{
	if (wq)
		destroy_workqueue(wq);
}

/*
 * Events come, and stops, until ohba_destroy(): after it. No works are left. May be called
 * without hba_targets_alloc().
 */
void hba_targets_free(struct hba *hba)
{
	struct hba_targets *targets = hba->targets;
	u32 i;

	if (!targets)
		return;
	for (i = 0; targets->table && i < targets->count; i++)
		kfree(targets->table[i]);
	if (targets->buf)
		dma_free_coherent(targets->dev, sizeof(struct ohba_target_state),
				  targets->buf, targets->addr);
	hba_targets_free_wq(targets->scan_wq);
	hba_targets_free_wq(targets->teardown_wq);
	hba_targets_free_wq(targets->poll_wq);
	bitmap_free(targets->news);
	kvfree(targets->table);
	kfree(targets);
	hba->targets = NULL;
}

/* The host is there. Events of before are made up for by the list. */
void hba_targets_start(struct hba *hba)
{
	if (!hba->targets)
		return;
	spin_lock_bh(&hba->targets->lock);
	hba->targets->open = true;
	spin_unlock_bh(&hba->targets->lock);
	hba_targets_up(hba);
}

static bool hba_targets_gone(struct hba_targets *targets)
{
	bool gone;

	spin_lock_bh(&targets->lock);
	gone = !targets->sessions;
	spin_unlock_bh(&targets->lock);
	return gone;
}

/* A poll from now on knows that it is the end. */
static void hba_targets_leave(struct hba_targets *targets)
{
	struct hba_target *target;
	u32 i;

	WRITE_ONCE(targets->leaving, true);
	for (i = 0; i < targets->count; i++) {
		target = hba_target_find(targets, i);
		if (!target)
			continue;
		/* For a poll under way, which may not have seen @leaving. */
		mutex_lock(&target->lock);
		mutex_unlock(&target->lock);
		hba_target_poll_now(target);
	}
}

static void hba_targets_flush(struct hba_targets *targets)
{
	struct hba_target *target;
	u32 i;

	cancel_delayed_work_sync(&targets->work);
	for (i = 0; i < targets->count; i++) {
		target = hba_target_find(targets, i);
		if (!target)
			continue;
		cancel_delayed_work_sync(&target->poll);
		flush_work(&target->teardown_work);
	}
}

/*
 * The class's sessions end, all at a time; the adapter keeps its own until it is reset.
 * Works go on meanwhile: what goes needs them when its I/O fails.
 */
void hba_targets_stop(struct hba *hba)
{
	struct hba_targets *targets = hba->targets;

	if (!targets)
		return;
	hba_targets_leave(targets);
	wait_event(targets->gone, hba_targets_gone(targets));
	spin_lock_bh(&targets->lock);
	targets->open = false;
	spin_unlock_bh(&targets->lock);
	hba_targets_flush(targets);
}
