// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of logins that the host makes for one adapter, and the offer to make them. A worker
 * tells the adapter of the offer, which may block, then announces what is wanted.
 */
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "logins.h"

#define OHBA_LOGIN_RETRY_MS	100	/* until there may be memory, or a slot for a command */

DEFINE_SPINLOCK(ohba_logins_lock);
LIST_HEAD(ohba_logins_all);
u32 ohba_login_offer;

static struct workqueue_struct *ohba_login_wq;

/* The device must not make us wait for the disks that it is about to bring back. */
static void ohba_logins_kick(struct ohba_logins *logins)
{
	mod_delayed_work(ohba_login_wq, &logins->work, 0);
}

/* Something is left to be submitted. */
void ohba_logins_retry(struct ohba_logins *logins)
{
	queue_delayed_work(ohba_login_wq, &logins->work, msecs_to_jiffies(OHBA_LOGIN_RETRY_MS));
}

/* There may be another offer, or none. */
void ohba_logins_offered(struct ohba_hw *hw)
{
	if (hw->logins)
		ohba_logins_kick(hw->logins);
}

void ohba_logins_offered_all(void)
{
	struct ohba_logins *logins;

	lockdep_assert_held(&ohba_logins_lock);
	list_for_each_entry(logins, &ohba_logins_all, list)
		ohba_logins_kick(logins);
}

/* Return: NULL: nobody has that number who told it to the one that makes logins now. */
struct ohba_login *ohba_login_find(u64 number)
{
	unsigned int i = ohba_login_index(number);
	struct ohba_logins *logins;

	lockdep_assert_held(&ohba_logins_lock);
	if (!number)
		return NULL;
	list_for_each_entry(logins, &ohba_logins_all, list)
		if (logins->table && i < logins->max && logins->table[i].number == number)
			return logins->offer == ohba_login_offer ? &logins->table[i] : NULL;
	return NULL;
}

/* --- what the adapter wants ---------------------------------------------- */

/* What a login's place is worth to a new one: the highest goes first, of these the oldest. */
enum ohba_login_rank {
	OHBA_RANK_NONE,		/* it is not to be had */
	OHBA_RANK_UNTAKEN,
	OHBA_RANK_FREE,
	OHBA_RANK_SAME,		/* what the same target wanted before */
};

static enum ohba_login_rank ohba_login_rank(const struct ohba_login *login, u32 target)
{
	if (login->state == OHBA_LOGIN_S_WANTED)
		return login->target == target ? OHBA_RANK_SAME : OHBA_RANK_UNTAKEN;
	return login->state == OHBA_LOGIN_S_FREE ? OHBA_RANK_FREE : OHBA_RANK_NONE;
}

/* Those that the helper has not been told of yet are the last ones. */
static bool ohba_login_older(const struct ohba_login *login, const struct ohba_login *than)
{
	return login->number - 1 < than->number - 1;
}

/* Return: NULL: there is no room. */
static struct ohba_login *ohba_logins_pick(struct ohba_logins *logins, u32 target)
{
	enum ohba_login_rank rank, most = OHBA_RANK_NONE;
	struct ohba_login *login, *pick = NULL;

	for (login = logins->table; login < &logins->table[logins->max]; login++) {
		rank = ohba_login_rank(login, target);
		if (rank > most || (rank && rank == most && ohba_login_older(login, pick))) {
			pick = login;
			most = rank;
		}
	}
	return pick;
}

/* An entry has one login at a time: a new one makes the one before void. */
static void ohba_logins_supersede(struct ohba_logins *logins, u32 target)
{
	struct ohba_login *login;

	for (login = logins->table; login < &logins->table[logins->max]; login++) {
		if (login->target != target)
			continue;
		ohba_login_abort(login, OHBA_ST_LOGIN_STALE);
		ohba_login_submit_due(login);
	}
}

/* Return: false if there was no room, or another had to go for it. */
static bool ohba_logins_note(struct ohba_logins *logins, u32 target, u32 handle)
{
	struct ohba_login *login = ohba_logins_pick(logins, target);
	bool room;

	ohba_logins_supersede(logins, target);
	if (!login)
		return false;
	room = login->state == OHBA_LOGIN_S_FREE || login->target == target;
	ohba_login_note(login, target, handle);
	return room;
}

/* Context: the admin thread. */
void ohba_login_event(struct ohba_hw *hw, const struct ohba_event *ev)
{
	struct ohba_logins *logins = hw->logins;
	u32 target = le32_to_cpu(ev->handle);
	bool can, room = false;

	spin_lock_bh(&ohba_logins_lock);
	can = target < hw->info.max_targets && logins && logins->table;
	if (can)
		room = ohba_logins_note(logins, target, le32_to_cpu(ev->detail[0]));
	spin_unlock_bh(&ohba_logins_lock);
	if (can)
		ohba_logins_kick(logins);
	/* The adapter does without us in a while. */
	if (!can)
		dev_warn_ratelimited(hw->pub.dev,
				     "firmware wants a login of target %u, which cannot be: ignored\n",
				     target);
	else if (!room)
		dev_warn_ratelimited(hw->pub.dev,
				     "firmware wants more than %u logins at a time: one is ignored\n",
				     logins->max);
}

/* --- memory ---------------------------------------------------------------- */

/* Who reads of a login still wipes its memory: not what is free already. */
static void ohba_logins_free_dma(struct ohba_hw *hw, struct ohba_login *table, unsigned int n)
{
	struct ohba_dma dma;

	while (n--) {
		spin_lock_bh(&ohba_logins_lock);
		dma = table[n].dma;
		table[n].dma.mem = NULL;
		spin_unlock_bh(&ohba_logins_lock);
		if (dma.mem)
			memzero_explicit(dma.mem, dma.len);
		ohba_dma_free(hw, &dma);
	}
}

static int ohba_logins_fill(struct ohba_logins *logins, struct ohba_login *table)
{
	unsigned int i;
	int err;

	for (i = 0; i < logins->max; i++) {
		err = ohba_dma_alloc(logins->hw, &table[i].dma, sizeof(struct ohba_login_dma));
		if (err) {
			ohba_logins_free_dma(logins->hw, table, i);
			return err;
		}
		ohba_login_init(&table[i], logins);
	}
	return 0;
}

/* Some 2 MiB, for as long as the adapter: a login must not wait for memory. */
static int ohba_logins_alloc(struct ohba_logins *logins)
{
	struct ohba_login *table;
	int err;

	if (logins->table)
		return 0;
	table = kvcalloc(logins->max, sizeof(*table), GFP_KERNEL);
	if (!table)
		return -ENOMEM;
	err = ohba_logins_fill(logins, table);
	if (err) {
		kvfree(table);
		return err;
	}
	spin_lock_bh(&ohba_logins_lock);
	logins->table = table;
	spin_unlock_bh(&ohba_logins_lock);
	return 0;
}

/* Nobody refers to it: neither the adapter nor what is to be read. */
void ohba_logins_free(struct ohba_logins *logins)
{
	kvfree(logins->table);
	kfree(logins);
}

/* --- the offer ----------------------------------------------------------- */

/*
 * All of them are void. A helper that is gone is not told. One by one, as each is wiped: until
 * all are, none begins, since the device is stopped or @offer is nobody's.
 */
static void ohba_logins_forget(struct ohba_logins *logins)
{
	unsigned int i;

	for (i = 0; logins->table && i < logins->max; i++) {
		spin_lock_bh(&ohba_logins_lock);
		ohba_login_drop(&logins->table[i]);
		spin_unlock_bh(&ohba_logins_lock);
	}
}

/* @cmd: what came of it. */
static int ohba_logins_exec(struct ohba_logins *logins, u32 on, struct ohba_admin_cmd *cmd)
{
	*cmd = (struct ohba_admin_cmd) {
		.sqe.opcode = OHBA_ADMIN_LOGIN_OFFER,
		.sqe.handle = cpu_to_le32(on),
	};
	return ohba_admin_exec(&logins->hw->pub, cmd, OHBA_ADMIN_TIMEOUT_MS);
}

/* One that the device refuses to take back is over all the same: else it would be the last. */
static int ohba_logins_retract(struct ohba_logins *logins)
{
	struct ohba_admin_cmd cmd;
	int err;

	if (!logins->offer)
		return 0;
	err = ohba_logins_exec(logins, 0, &cmd);
	if (err && !ohba_admin_refused(&cmd))
		return err;
	if (err)
		dev_warn_ratelimited(logins->hw->pub.dev,
				     "firmware refuses to do without who made logins: %s\n",
				     ohba_status_name(cmd.status));
	ohba_logins_forget(logins);
	spin_lock_bh(&ohba_logins_lock);
	logins->offer = 0;
	spin_unlock_bh(&ohba_logins_lock);
	return 0;
}

/* If the device is reset meanwhile, .forgot has the worker announce it again. */
static int ohba_logins_announce(struct ohba_logins *logins, u32 offer)
{
	struct ohba_admin_cmd cmd;
	int err;

	if (!offer)
		return 0;
	err = ohba_logins_alloc(logins) ?: ohba_logins_exec(logins, 1, &cmd);
	if (err)
		return err;
	spin_lock_bh(&ohba_logins_lock);
	logins->offer = offer;
	spin_unlock_bh(&ohba_logins_lock);
	return 0;
}

/* Return: whether the device is to be told of another than it knows, which is @offer. */
static bool ohba_logins_differ(struct ohba_logins *logins, u32 *offer)
{
	bool differ;

	spin_lock_bh(&ohba_logins_lock);
	if (logins->forgot)
		logins->offer = 0;
	logins->forgot = false;
	*offer = ohba_login_offer;
	differ = logins->offer != *offer;
	spin_unlock_bh(&ohba_logins_lock);
	return differ;
}

/* Have the device know who is there. */
static void ohba_logins_settle(struct ohba_logins *logins)
{
	u32 offer;
	int err;

	if (!ohba_logins_differ(logins, &offer))
		return;
	err = ohba_logins_retract(logins) ?: ohba_logins_announce(logins, offer);
	ohba_dbg(&logins->hw->pub, SESSION, "offer %u of logins: %d\n", offer, err);
	/* One that is down asks when it is up again. */
	if (err == -ENOMEM || err == -EBUSY)
		ohba_logins_retry(logins);
	else if (err && err != -ENODEV)
		dev_warn_ratelimited(logins->hw->pub.dev,
				     "firmware does not have logins made by the host (%d)\n",
				     err);
}

/* Commands that waited for a slot go before LOGIN_OFFER 0, which voids them. */
static void ohba_logins_push(struct ohba_logins *logins)
{
	unsigned int i;

	spin_lock_bh(&ohba_logins_lock);
	for (i = 0; logins->table && i < logins->max; i++)
		ohba_login_submit_due(&logins->table[i]);
	spin_unlock_bh(&ohba_logins_lock);
}

static void ohba_logins_announce_wanted(struct ohba_logins *logins)
{
	struct ohba_login *login;
	unsigned int i;

	spin_lock_bh(&ohba_logins_lock);
	for (i = 0; logins->table && i < logins->max; i++) {
		login = &logins->table[i];
		if (login->state == OHBA_LOGIN_S_WANTED && !login->number &&
		    logins->offer && logins->offer == ohba_login_offer)
			ohba_login_announce(login);
	}
	spin_unlock_bh(&ohba_logins_lock);
}

static void ohba_logins_work(struct work_struct *work)
{
	struct ohba_logins *logins = container_of(to_delayed_work(work), struct ohba_logins,
						  work);
	/* Reclaim may wait for the disks that these logins are to bring back. */
	unsigned int flags = memalloc_noio_save();

	ohba_logins_push(logins);
	ohba_logins_settle(logins);
	ohba_logins_announce_wanted(logins);
	memalloc_noio_restore(flags);
}

/* --- life ---------------------------------------------------------------- */

/* The device is stopped: it has forgotten all, and all commands have ended. */
void ohba_logins_down(struct ohba_hw *hw)
{
	struct ohba_logins *logins = hw->logins;

	if (!logins)
		return;
	ohba_logins_forget(logins);
	spin_lock_bh(&ohba_logins_lock);
	logins->forgot = true;
	spin_unlock_bh(&ohba_logins_lock);
	ohba_logins_kick(logins);
}

int ohba_logins_init(struct ohba_hw *hw)
{
	struct ohba_logins *logins;

	if (!(hw->features & OHBA_FEATURE_TARGETS))
		return 0;
	logins = kzalloc(sizeof(*logins), GFP_KERNEL);
	if (!logins)
		return -ENOMEM;
	logins->hw = hw;
	/* Each has a command that waits: others need slots, too. */
	logins->max = clamp(ohba_admin_depth(&hw->pub) / 4, 1u, 1u * OHBA_LOGINS_MAX);
	logins->refs = 1;
	INIT_DELAYED_WORK(&logins->work, ohba_logins_work);
	hw->logins = logins;
	spin_lock_bh(&ohba_logins_lock);
	list_add_tail(&logins->list, &ohba_logins_all);
	ohba_logins_kick(logins);
	spin_unlock_bh(&ohba_logins_lock);
	return 0;
}

/* The device is stopped for good. What of its logins is to be read stays until it is. */
void ohba_logins_exit(struct ohba_hw *hw)
{
	struct ohba_logins *logins = hw->logins;
	bool last;

	if (!logins)
		return;
	/* Neither who writes nor who opens finds it any more. */
	spin_lock_bh(&ohba_logins_lock);
	list_del(&logins->list);
	spin_unlock_bh(&ohba_logins_lock);
	cancel_delayed_work_sync(&logins->work);
	if (logins->table)
		ohba_logins_free_dma(hw, logins->table, logins->max);
	hw->logins = NULL;
	spin_lock_bh(&ohba_logins_lock);
	logins->hw = NULL;
	last = !--logins->refs;
	spin_unlock_bh(&ohba_logins_lock);
	if (last)
		ohba_logins_free(logins);
}

int __init ohba_logins_setup(void)
{
	ohba_login_wq = alloc_workqueue("ohba_login", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	return ohba_login_wq ? 0 : -ENOMEM;
}

void ohba_logins_cleanup(void)
{
	destroy_workqueue(ohba_login_wq);
}
