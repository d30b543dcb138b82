// SPDX-License-Identifier: GPL-2.0-only
/*
 * Logins that the host makes for the adapter's own sessions (SPEC.md section 6.5): between
 * the adapter and a helper in userspace, which genl_login.c talks to.
 *
 * A worker does what may have to wait for the helper: for room at its socket, and no more.
 * What it keeps of a login is secret, or the wire's: all of it is wiped.
 */
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "priv.h"

#define OHBA_LOGIN_LOOK_MS	100	/* until there may be room at the helper's socket */
#define OHBA_LOGIN_BHS_LEN	48

enum ohba_login_state {
	OHBA_LOGIN_FREE,
	OHBA_LOGIN_WANTED,	/* the adapter wants it; the worker is to take it */
	OHBA_LOGIN_OPEN,	/* the helper makes it */
	OHBA_LOGIN_OVER,	/* commands are outstanding, or the helper does not know yet */
};

/* What the device reads and writes of a login. */
struct ohba_login_dma {
	u8 in[OHBA_LOGIN_BHS_LEN + OHBA_PDU_DATA_MAX];
	u8 out[OHBA_PDU_DATA_MAX];
	struct ohba_login_result result;
};

/* All but @hw and @dma: ohba_logins.lock. */
struct ohba_login {
	struct ohba_hw *hw;
	struct ohba_dma dma;	/* struct ohba_login_dma */
	u32 handle, target;	/* the device's; of the entry */
	u32 offer;		/* whose it is */
	u8 state;		/* enum ohba_login_state; FREE is the worker's to say */
	u8 cmds;		/* outstanding */
	bool sending;		/* one of them: @dma.out is the device's */
	bool filled;		/* a PDU for the helper is in @dma.in */
	bool unanswered;	/* the helper got one, and has said nothing since */
	bool untold;		/* the helper is to hear that it is over */
	bool failed;		/* so the device was told, by us */
	u16 why;		/* enum ohba_status */
	u32 len;		/* @filled: bytes of data */
	struct ohba_admin_cmd send, recv, end;
};

struct ohba_logins {
	struct ohba_hw *hw;
	struct delayed_work work;
	u32 offer;		/* that the device was told of, 0: none; the worker's */
	bool forgot;		/* it was reset since; lock */
	spinlock_t lock;	/* the table */
	struct ohba_login *table;	/* NULL: there was no offer yet */
	unsigned int max;	/* entries of it */
	struct ohba_dma task;	/* struct ohba_login_task; the worker's */
};

static struct workqueue_struct *ohba_login_wq;

/* The device must not make us wait for the disks that it is about to bring back. */
static void ohba_logins_kick(struct ohba_logins *logins)
{
	mod_delayed_work(ohba_login_wq, &logins->work, 0);
}

static struct ohba_login_dma *ohba_login_mem(struct ohba_login *login)
{
	return login->dma.mem;
}

/* --- one login: commands, and what becomes of them ----------------------- */

static bool ohba_login_submit(struct ohba_login *login, struct ohba_admin_cmd *cmd,
			      u8 opcode)
{
	lockdep_assert_held(&login->hw->logins->lock);
	cmd->sqe.opcode = opcode;
	cmd->sqe.handle = cpu_to_le32(login->handle);
	if (ohba_admin_submit(&login->hw->pub, cmd))
		return false;
	login->cmds++;
	return true;
}

static void ohba_login_data(struct ohba_login *login, struct ohba_admin_cmd *cmd,
			    size_t offset, u32 len)
{
	memset(&cmd->sqe, 0, sizeof(cmd->sqe));
	if (len)
		ohba_admin_data(cmd, login->dma.addr + offset, len);
}

/* What is said of it to the device goes by a buffer that no other command uses. */
static bool ohba_login_finish(struct ohba_login *login,
			      const struct ohba_login_result *result)
{
	ohba_login_mem(login)->result = *result;
	ohba_login_data(login, &login->end, offsetof(struct ohba_login_dma, result),
			sizeof(*result));
	return ohba_login_submit(login, &login->end, OHBA_ADMIN_LOGIN_END);
}

/* If the device does not take that, its own time limit ends the login. */
static void ohba_login_give_up(struct ohba_login *login)
{
	static const struct ohba_login_result failed = {
		.outcome = OHBA_LOGIN_FAILED,
		.status = cpu_to_le16(OHBA_ST_INTERNAL),
		.words = "the host could not go on with the login",
	};

	login->failed = true;
	ohba_login_finish(login, &failed);
}

/* It is over, and the helper does not know. */
static void ohba_login_over(struct ohba_login *login, u16 why)
{
	lockdep_assert_held(&login->hw->logins->lock);
	if (login->state != OHBA_LOGIN_OPEN)
		return;
	login->state = OHBA_LOGIN_OVER;
	login->filled = false;
	login->untold = true;
	login->why = why;
	if (why != OHBA_ST_LOGIN_STALE && why != OHBA_ST_ABORTED)
		ohba_login_give_up(login);
}

static void ohba_login_answered(struct ohba_login *login)
{
	lockdep_assert_held(&login->hw->logins->lock);
	login->cmds--;
	ohba_logins_kick(login->hw->logins);
}

static void ohba_login_sent(struct ohba_admin_cmd *cmd)
{
	struct ohba_login *login = container_of(cmd, struct ohba_login, send);
	struct ohba_logins *logins = login->hw->logins;

	spin_lock_bh(&logins->lock);
	login->sending = false;
	if (cmd->status != OHBA_ST_SUCCESS)
		ohba_login_over(login, cmd->status);
	ohba_login_answered(login);
	spin_unlock_bh(&logins->lock);
}

static void ohba_login_received(struct ohba_admin_cmd *cmd)
{
	struct ohba_login *login = container_of(cmd, struct ohba_login, recv);
	struct ohba_logins *logins = login->hw->logins;

	spin_lock_bh(&logins->lock);
	if (cmd->status != OHBA_ST_SUCCESS) {
		ohba_login_over(login, cmd->status);
	} else if (cmd->result < OHBA_LOGIN_BHS_LEN ||
		   cmd->result > sizeof(ohba_login_mem(login)->in)) {
		dev_warn_ratelimited(login->hw->pub.dev,
				     "firmware gave a login PDU of %u bytes: ignored\n",
				     cmd->result);
		ohba_login_over(login, OHBA_ST_INTERNAL);
	} else if (login->state == OHBA_LOGIN_OPEN) {
		login->filled = true;
		login->len = cmd->result - OHBA_LOGIN_BHS_LEN;
	}
	ohba_login_answered(login);
	spin_unlock_bh(&logins->lock);
}

static void ohba_login_ended(struct ohba_admin_cmd *cmd)
{
	struct ohba_login *login = container_of(cmd, struct ohba_login, end);
	struct ohba_logins *logins = login->hw->logins;

	spin_lock_bh(&logins->lock);
	/* What the helper said is no result, and to the device the login goes on. */
	if (cmd->status == OHBA_ST_INVALID_FIELD && !login->failed)
		ohba_login_give_up(login);
	ohba_login_answered(login);
	spin_unlock_bh(&logins->lock);
}

/* Always one, as it tells at once that the login is void. */
static void ohba_login_listen(struct ohba_login *login)
{
	ohba_login_data(login, &login->recv, offsetof(struct ohba_login_dma, in),
			sizeof(ohba_login_mem(login)->in));
	if (!ohba_login_submit(login, &login->recv, OHBA_ADMIN_LOGIN_RECV))
		ohba_login_over(login, OHBA_ST_INTERNAL);
}

/* --- what the adapter wants ---------------------------------------------- */

/* Of an entry there is one at a time: one that is told of is instead of the one before. */
static struct ohba_login *ohba_login_slot(struct ohba_logins *logins, u32 target)
{
	struct ohba_login *login, *slot = NULL;

	lockdep_assert_held(&logins->lock);
	for (login = logins->table; login < &logins->table[logins->max]; login++) {
		if (login->state == OHBA_LOGIN_WANTED && login->target == target)
			return login;
		if (login->state == OHBA_LOGIN_OPEN && login->target == target)
			ohba_login_over(login, OHBA_ST_LOGIN_STALE);
		if (!slot && login->state == OHBA_LOGIN_FREE)
			slot = login;
	}
	return slot;
}

/* Context: the admin thread. */
void ohba_login_event(struct ohba_hw *hw, const struct ohba_event *ev)
{
	struct ohba_logins *logins = hw->logins;
	u32 target = le32_to_cpu(ev->handle);
	struct ohba_login *login = NULL;

	if (target >= hw->info.max_targets || !logins || !smp_load_acquire(&logins->table)) {
		dev_warn_ratelimited(hw->pub.dev,
				     "firmware wants a login of target %u, which cannot be: ignored\n",
				     target);
		return;
	}
	spin_lock_bh(&logins->lock);
	login = ohba_login_slot(logins, target);
	if (login) {
		login->state = OHBA_LOGIN_WANTED;
		login->target = target;
		login->handle = le32_to_cpu(ev->detail[0]);
	}
	spin_unlock_bh(&logins->lock);
	/* The adapter does without us in a while. */
	if (!login)
		dev_warn_ratelimited(hw->pub.dev,
				     "firmware wants more than %u logins at a time: ignored\n",
				     logins->max);
	ohba_logins_kick(logins);
}

/* --- the worker ---------------------------------------------------------- */

static int ohba_login_exec(struct ohba_hw *hw, u8 opcode, u32 handle, u32 len)
{
	struct ohba_admin_cmd cmd = {
		.sqe.opcode = opcode,
		.sqe.handle = cpu_to_le32(handle),
	};

	if (len)
		ohba_admin_data(&cmd, hw->logins->task.addr, len);
	return ohba_admin_exec(&hw->pub, &cmd, OHBA_ADMIN_TIMEOUT_MS);
}

/* Return: whether @handle is still what is wanted, and is the helper's now. */
static bool ohba_login_open(struct ohba_login *login, u32 handle, bool taken)
{
	struct ohba_logins *logins = login->hw->logins;
	bool open = false;

	spin_lock_bh(&logins->lock);
	if (login->state == OHBA_LOGIN_WANTED && login->handle == handle) {
		open = taken;
		login->offer = logins->offer;
		login->state = taken ? OHBA_LOGIN_OPEN : OHBA_LOGIN_FREE;
		login->filled = false;
		login->unanswered = false;
		login->untold = false;
		login->failed = false;
	}
	spin_unlock_bh(&logins->lock);
	return open;
}

/* The device may change it while we read. */
static int ohba_login_tell_task(struct ohba_login *login, u32 handle)
{
	struct ohba_logins *logins = login->hw->logins;
	struct ohba_login_task *task = logins->task.mem;

	if (le32_to_cpu(READ_ONCE(task->index)) != READ_ONCE(login->target))
		return -EPROTO;
	return ohba_genl_login_wanted(login->hw, login->offer, handle, task);
}

static void ohba_login_take(struct ohba_login *login, u32 handle)
{
	struct ohba_logins *logins = login->hw->logins;
	int err;

	memset(logins->task.mem, 0, logins->task.len);
	err = ohba_login_exec(login->hw, OHBA_ADMIN_LOGIN_TAKE, handle,
			      sizeof(struct ohba_login_task));
	if (ohba_login_open(login, handle, !err)) {
		err = ohba_login_tell_task(login, handle);
		spin_lock_bh(&logins->lock);
		/* That a helper is gone the device will hear, and what follows. */
		if (err)
			ohba_login_over(login, err == -ESTALE ? OHBA_ST_ABORTED :
							       OHBA_ST_INTERNAL);
		else if (login->state == OHBA_LOGIN_OPEN)
			ohba_login_listen(login);
		spin_unlock_bh(&logins->lock);
	}
	ohba_dbg(&login->hw->pub, SESSION, "login 0x%08x of target %u: taken: %d\n", handle,
		 login->target, err);
	memzero_explicit(logins->task.mem, logins->task.len);
}

/* Return: whether it is to be tried again in a while. */
static bool ohba_login_serve_wanted(struct ohba_login *login)
{
	struct ohba_logins *logins = login->hw->logins;
	u32 handle = READ_ONCE(login->handle);

	if (!logins->offer)
		return false;
	if (!ohba_genl_login_room(logins->offer))
		return true;
	ohba_login_take(login, handle);
	/* Another may be wanted meanwhile. */
	return READ_ONCE(login->state) == OHBA_LOGIN_WANTED;
}

/* Not more than one that it has not answered: a target cannot fill its socket. */
static bool ohba_login_serve_open(struct ohba_login *login)
{
	struct ohba_logins *logins = login->hw->logins;
	struct ohba_login_dma *mem = ohba_login_mem(login);
	bool due;

	spin_lock_bh(&logins->lock);
	due = login->state == OHBA_LOGIN_OPEN && login->filled && !login->unanswered;
	if (due)
		login->unanswered = true;
	spin_unlock_bh(&logins->lock);
	if (!due)
		return false;
	/* Ours until the next RECV, which is this worker's to post. */
	due = !ohba_genl_login_room(login->offer) ||
	      ohba_genl_login_pdu(login->hw, login->offer, login->handle, mem->in,
				  mem->in + OHBA_LOGIN_BHS_LEN, login->len);
	spin_lock_bh(&logins->lock);
	if (due) {
		login->unanswered = false;
	} else if (login->state == OHBA_LOGIN_OPEN) {
		login->filled = false;
		ohba_login_listen(login);
	}
	spin_unlock_bh(&logins->lock);
	return due;
}

/* Return: false if it cannot be told now. */
static bool ohba_login_tell_over(struct ohba_login *login)
{
	int err;

	if (!ohba_genl_login_room(login->offer))
		return false;
	err = ohba_genl_login_over(login->hw, login->offer, login->handle, login->why);
	return !err || err == -ESTALE;
}

static bool ohba_login_serve_over(struct ohba_login *login)
{
	struct ohba_logins *logins = login->hw->logins;
	bool over;

	if (login->untold && !ohba_login_tell_over(login))
		return true;
	login->untold = false;
	spin_lock_bh(&logins->lock);
	over = !login->cmds;
	if (over)
		memzero_explicit(login->dma.mem, login->dma.len);
	if (over)
		login->state = OHBA_LOGIN_FREE;
	spin_unlock_bh(&logins->lock);
	return false;
}

static bool ohba_login_serve(struct ohba_login *login)
{
	switch (READ_ONCE(login->state)) {
	case OHBA_LOGIN_WANTED:
		return ohba_login_serve_wanted(login);
	case OHBA_LOGIN_OPEN:
		return ohba_login_serve_open(login);
	default:
		return false;
	}
}

/* --- the offer ----------------------------------------------------------- */

static void ohba_logins_free(struct ohba_logins *logins)
{
	struct ohba_login *login;

	ohba_dma_free(logins->hw, &logins->task);
	if (!logins->table)
		return;
	for (login = logins->table; login < &logins->table[logins->max]; login++) {
		if (login->dma.mem)
			memzero_explicit(login->dma.mem, login->dma.len);
		ohba_dma_free(logins->hw, &login->dma);
	}
	kvfree(logins->table);
}

static int ohba_login_alloc(struct ohba_hw *hw, struct ohba_login *login)
{
	login->hw = hw;
	login->send.done = ohba_login_sent;
	login->recv.done = ohba_login_received;
	login->end.done = ohba_login_ended;
	return ohba_dma_alloc(hw, &login->dma, sizeof(struct ohba_login_dma));
}

static int ohba_logins_fill(struct ohba_logins *logins, struct ohba_login *table)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < logins->max; i++)
		err = ohba_login_alloc(logins->hw, &table[i]);
	for (; err && i; i--)
		ohba_dma_free(logins->hw, &table[i - 1].dma);
	return err;
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
	err = logins->task.mem ? 0 : ohba_dma_alloc(logins->hw, &logins->task,
						    sizeof(struct ohba_login_task));
	err = err ?: ohba_logins_fill(logins, table);
	if (err) {
		kvfree(table);
		return err;
	}
	/* Pairs with ohba_login_event(). */
	smp_store_release(&logins->table, table);
	return 0;
}

/* All of them are void. A helper that is gone is not told. */
static void ohba_logins_forget(struct ohba_logins *logins)
{
	struct ohba_login *login;

	if (!smp_load_acquire(&logins->table))
		return;
	spin_lock_bh(&logins->lock);
	for (login = logins->table; login < &logins->table[logins->max]; login++) {
		if (login->state == OHBA_LOGIN_WANTED)
			login->state = OHBA_LOGIN_FREE;
		ohba_login_over(login, OHBA_ST_ABORTED);
	}
	spin_unlock_bh(&logins->lock);
}

static int ohba_logins_retract(struct ohba_logins *logins)
{
	int err;

	if (!logins->offer)
		return 0;
	err = ohba_login_exec(logins->hw, OHBA_ADMIN_LOGIN_OFFER, 0, 0);
	if (err)
		return err;
	logins->offer = 0;
	ohba_logins_forget(logins);
	return 0;
}

static int ohba_logins_announce(struct ohba_logins *logins, u32 offer)
{
	int err;

	if (!offer)
		return 0;
	err = ohba_logins_alloc(logins) ?:
	      ohba_login_exec(logins->hw, OHBA_ADMIN_LOGIN_OFFER, 1, 0);
	if (!err)
		logins->offer = offer;
	return err;
}

/* Have the device know who is there. Return: whether it is to be tried again. */
static bool ohba_logins_settle(struct ohba_logins *logins)
{
	u32 offer = ohba_genl_login_offer();
	int err;

	spin_lock_bh(&logins->lock);
	if (logins->forgot)
		logins->offer = 0;
	logins->forgot = false;
	spin_unlock_bh(&logins->lock);
	if (offer == logins->offer)
		return false;
	err = ohba_logins_retract(logins) ?: ohba_logins_announce(logins, offer);
	ohba_dbg(&logins->hw->pub, SESSION, "offer %u of logins: %d\n", offer, err);
	if (err && err != -ENODEV && err != -ENOMEM && err != -EBUSY)
		dev_warn_ratelimited(logins->hw->pub.dev,
				     "firmware does not have logins made by the host (%d)\n",
				     err);
	/* One that is down asks when it is up again. */
	return err == -ENOMEM || err == -EBUSY;
}

static void ohba_logins_work(struct work_struct *work)
{
	struct ohba_logins *logins = container_of(to_delayed_work(work), struct ohba_logins,
						  work);
	/* Reclaim may wait for the disks that these logins are to bring back. */
	unsigned int flags = memalloc_noio_save();
	bool again = ohba_logins_settle(logins);
	unsigned int i;

	/* What is over first: a device that was reset may give a handle again. */
	for (i = 0; logins->table && i < logins->max; i++)
		if (READ_ONCE(logins->table[i].state) == OHBA_LOGIN_OVER)
			again |= ohba_login_serve_over(&logins->table[i]);
	for (i = 0; logins->table && i < logins->max; i++)
		again |= ohba_login_serve(&logins->table[i]);
	memalloc_noio_restore(flags);
	if (again)
		queue_delayed_work(ohba_login_wq, &logins->work,
				   msecs_to_jiffies(OHBA_LOGIN_LOOK_MS));
}

/* --- what the helper says ------------------------------------------------ */

/* The lock is held. Return: NULL: there is none that is the helper's. */
static struct ohba_login *ohba_login_find(struct ohba_logins *logins, u32 handle)
{
	struct ohba_login *login;

	lockdep_assert_held(&logins->lock);
	for (login = logins->table; login < &logins->table[logins->max]; login++)
		if (login->state == OHBA_LOGIN_OPEN && login->handle == handle)
			return login;
	return NULL;
}

static int ohba_login_send_one(struct ohba_login *login, const void *bhs,
			       const void *data, u32 len)
{
	if (login->sending)
		return -EBUSY;
	memcpy(ohba_login_mem(login)->out, data, len);
	ohba_login_data(login, &login->send, offsetof(struct ohba_login_dma, out), len);
	memcpy(login->send.sqe.body, bhs, OHBA_LOGIN_BHS_LEN);
	if (!ohba_login_submit(login, &login->send, OHBA_ADMIN_LOGIN_SEND))
		return -EBUSY;
	login->sending = true;
	login->unanswered = false;
	return 0;
}

/*
 * Send a PDU of @handle's: 48 bytes of @bhs, @len of @data, at most OHBA_PDU_DATA_MAX. What
 * comes of it the helper hears. Context: process. Return: 0, -ESTALE, -EBUSY.
 */
int ohba_login_send(struct ohba_hw *hw, u32 handle, const void *bhs, const void *data,
		    u32 len)
{
	struct ohba_logins *logins = hw->logins;
	struct ohba_login *login;
	int err = -ESTALE;

	if (!logins || !smp_load_acquire(&logins->table))
		return -ESTALE;
	spin_lock_bh(&logins->lock);
	login = ohba_login_find(logins, handle);
	if (login)
		err = ohba_login_send_one(login, bhs, data, len);
	spin_unlock_bh(&logins->lock);
	ohba_logins_kick(logins);
	return err;
}

/* As ohba_login_send(): the helper is done with @handle, and hears no more of it. */
int ohba_login_end(struct ohba_hw *hw, u32 handle, const struct ohba_login_result *result)
{
	struct ohba_logins *logins = hw->logins;
	struct ohba_login *login;
	int err = -ESTALE;

	if (!logins || !smp_load_acquire(&logins->table))
		return -ESTALE;
	spin_lock_bh(&logins->lock);
	login = ohba_login_find(logins, handle);
	if (login) {
		err = ohba_login_finish(login, result) ? 0 : -EBUSY;
		if (!err) {
			login->state = OHBA_LOGIN_OVER;
			login->filled = false;
		}
	}
	spin_unlock_bh(&logins->lock);
	return err;
}

/* --- life ---------------------------------------------------------------- */

/* There may be another offer, or none. */
void ohba_logins_offered(struct ohba_hw *hw)
{
	if (hw->logins)
		ohba_logins_kick(hw->logins);
}

/* The device is stopped: it has forgotten all, and all commands have ended. */
void ohba_logins_down(struct ohba_hw *hw)
{
	struct ohba_logins *logins = hw->logins;

	if (!logins)
		return;
	ohba_logins_forget(logins);
	spin_lock_bh(&logins->lock);
	logins->forgot = true;
	spin_unlock_bh(&logins->lock);
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
	spin_lock_init(&logins->lock);
	INIT_DELAYED_WORK(&logins->work, ohba_logins_work);
	hw->logins = logins;
	return 0;
}

/* The device is stopped for good, and no helper finds it. */
void ohba_logins_exit(struct ohba_hw *hw)
{
	if (!hw->logins)
		return;
	cancel_delayed_work_sync(&hw->logins->work);
	ohba_logins_free(hw->logins);
	kfree(hw->logins);
	hw->logins = NULL;
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
