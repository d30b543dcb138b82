// SPDX-License-Identifier: GPL-2.0-only
/* The admin queue: commands that stay in their issuers' memory. */
#include <linux/bitmap.h>
#include <linux/export.h>
#include <linux/interrupt.h>
#include <linux/slab.h>

#include "ohba_trace.h"
#include "priv.h"

/*
 * As many slots as the rings have entries: what the device may answer always
 * has room in the completion ring.
 */
int ohba_admin_alloc(struct ohba_hw *hw)
{
	struct ohba_admin *admin = &hw->admin;
	u32 size = min_t(u32, OHBA_ADMIN_ENTRIES, hw->max_qsize);
	int err;

	err = ohba_pair_alloc(hw, &admin->pair, OHBA_QID_ADMIN, size, size);
	if (err)
		return err;
	admin->slots = kcalloc(size, sizeof(*admin->slots), GFP_KERNEL);
	admin->used = bitmap_zalloc(size, GFP_KERNEL);
	if (!admin->slots || !admin->used)
		return -ENOMEM;
	admin->nslots = size;
	return 0;
}

void ohba_admin_free(struct ohba_hw *hw)
{
	kfree(hw->admin.slots);
	bitmap_free(hw->admin.used);
	ohba_pair_free(&hw->admin.pair);
}

/**
 * ohba_admin_depth() - how many admin commands may be outstanding
 * @adapter: the adapter
 *
 * Context: any. Return: the number of slots, constant.
 */
unsigned int ohba_admin_depth(struct ohba_adapter *adapter)
{
	return to_hw(adapter)->admin.nslots;
}
EXPORT_SYMBOL_GPL(ohba_admin_depth);

/**
 * ohba_admin_data() - say where the data of a command lie
 * @cmd: the command
 * @addr: DMA address
 * @len: bytes, not 0
 *
 * Context: any.
 */
void ohba_admin_data(struct ohba_admin_cmd *cmd, dma_addr_t addr, u32 len)
{
	cmd->sqe.nsge = 1;
	cmd->sqe.data_len = cpu_to_le32(len);
	cmd->sqe.sge[0].addr = cpu_to_le64(addr);
	cmd->sqe.sge[0].len = cpu_to_le32(len);
	cmd->sqe.sge[0].type = cpu_to_le32(OHBA_SGE_DATA);
}
EXPORT_SYMBOL_GPL(ohba_admin_data);

static int ohba_admin_take_slot(struct ohba_admin *admin)
{
	unsigned int i;

	lockdep_assert_held(&admin->pair.sq_lock);
	i = find_next_zero_bit(admin->used, admin->nslots, admin->hint);
	if (i >= admin->nslots)
		i = find_first_zero_bit(admin->used, admin->nslots);
	if (i >= admin->nslots)
		return -EBUSY;
	admin->hint = i + 1;
	return i;
}

/* pair.sq_lock is held. The slot is taken only if the device got the entry. */
static int ohba_admin_push(struct ohba_admin *admin, struct ohba_admin_cmd *cmd)
{
	struct ohba_admin_slot *slot;
	int i, err;

	i = ohba_admin_take_slot(admin);
	if (i < 0)
		return i;
	slot = &admin->slots[i];
	slot->gen++;
	slot->cmd = cmd;
	cmd->error = 0;
	cmd->busy = true;
	cmd->sqe.tag = cpu_to_le32(OHBA_TAG(i, slot->gen));
	err = ohba_sq_push(&admin->pair, &cmd->sqe);
	if (err) {
		slot->cmd = NULL;
		cmd->busy = false;
		return err;
	}
	__set_bit(i, admin->used);
	return 0;
}

/**
 * ohba_admin_submit() - start an admin command
 * @adapter: the adapter
 * @cmd: the command; its memory must stay until its done callback
 *
 * Context: any. Return: 0 and then one call of @cmd->done; -EBUSY if all
 * slots or this very command are in use, -ENODEV if the adapter is down: then
 * no call.
 */
int ohba_admin_submit(struct ohba_adapter *adapter, struct ohba_admin_cmd *cmd)
{
	struct ohba_admin *admin = &to_hw(adapter)->admin;
	u32 handle = le32_to_cpu(cmd->sqe.handle), tag;
	u8 opcode = cmd->sqe.opcode;
	unsigned long flags;
	int err = -EBUSY;

	spin_lock_irqsave(&admin->pair.sq_lock, flags);
	if (!cmd->busy)
		err = ohba_admin_push(admin, cmd);
	tag = le32_to_cpu(cmd->sqe.tag);
	spin_unlock_irqrestore(&admin->pair.sq_lock, flags);
	/* From here on it may have been answered, and freed. */
	ohba_dbg(adapter, ADMIN, "submit opcode 0x%02x handle %u tag 0x%08x: %d\n",
		 opcode, handle, tag, err);
	return err;
}
EXPORT_SYMBOL_GPL(ohba_admin_submit);

struct ohba_admin_sync {
	struct ohba_admin_cmd cmd;
	struct ohba_admin_cmd *asked;
	struct completion done;
};

static void ohba_admin_sync_done(struct ohba_admin_cmd *cmd)
{
	struct ohba_admin_sync *sync = container_of(cmd, struct ohba_admin_sync, cmd);
	struct ohba_admin_cmd *asked = sync->asked;

	asked->error = cmd->error;
	asked->status = cmd->status;
	asked->response = cmd->response;
	asked->result = cmd->result;
	if (asked->done)
		asked->done(asked);
	complete(&sync->done);
}

/**
 * ohba_admin_exec() - run an admin command and wait for its end
 * @adapter: the adapter
 * @cmd: the command; its done callback may be NULL, else it is called before this returns
 * @timeout_ms: after this time the firmware is taken for dead, and the adapter
 *	is stopped: only that makes the command's memory ours again
 *
 * Context: process, may sleep. Return: 0 if the device answered SUCCESS, the
 * errno of its status if it answered something else (@cmd->status has it),
 * -ENODEV if the adapter is down, -EBUSY if no slot is free.
 */
int ohba_admin_exec(struct ohba_adapter *adapter, struct ohba_admin_cmd *cmd,
		    unsigned int timeout_ms)
{
	struct ohba_admin_sync *sync;
	int err;

	sync = kmalloc(sizeof(*sync), GFP_NOIO);
	if (!sync)
		return -ENOMEM;
	sync->asked = cmd;
	sync->cmd = *cmd;
	sync->cmd.busy = false;
	sync->cmd.done = ohba_admin_sync_done;
	init_completion(&sync->done);

	err = ohba_admin_submit(adapter, &sync->cmd);
	if (err)
		goto free;
	if (!wait_for_completion_timeout(&sync->done,
					 msecs_to_jiffies(timeout_ms))) {
		ohba_kill_over(adapter, &sync->cmd,
			       "the firmware did not answer an admin command");
		wait_for_completion(&sync->done);
	}
	err = cmd->error ? cmd->error : ohba_status_errno(cmd->status);
free:
	kfree(sync);
	return err;
}
EXPORT_SYMBOL_GPL(ohba_admin_exec);

/*
 * Run a command of bring-up, @name, as ohba_admin_exec() does, with a line in
 * the log if the device refuses it. An adapter that died has had its line.
 */
int ohba_admin_setup(struct ohba_hw *hw, struct ohba_admin_cmd *cmd,
		     const char *name)
{
	int err = ohba_admin_exec(&hw->pub, cmd, OHBA_ADMIN_TIMEOUT_MS);

	if (ohba_admin_refused(cmd))
		dev_err(hw->pub.dev, "firmware refused %s: %s (%s): %s\n", name,
			ohba_status_name(cmd->status),
			ohba_status_meaning(cmd->status),
			ohba_status_remedy(cmd->status));
	return err;
}

/* The command that @tag names, its slot freed; NULL if it names none. */
static struct ohba_admin_cmd *ohba_admin_claim(struct ohba_admin *admin, u32 tag)
{
	u32 i = OHBA_TAG_INDEX(tag);
	struct ohba_admin_cmd *cmd = NULL;
	unsigned long flags;

	if (i >= admin->nslots)
		return NULL;
	spin_lock_irqsave(&admin->pair.sq_lock, flags);
	if (admin->slots[i].cmd && admin->slots[i].gen == tag >> 16) {
		cmd = admin->slots[i].cmd;
		admin->slots[i].cmd = NULL;
		cmd->busy = false;
		__clear_bit(i, admin->used);
	}
	spin_unlock_irqrestore(&admin->pair.sq_lock, flags);
	return cmd;
}

static void ohba_admin_complete(struct ohba_hw *hw, const struct ohba_cqe *cqe)
{
	u32 tag = le32_to_cpu(cqe->tag);
	struct ohba_admin_cmd *cmd = ohba_admin_claim(&hw->admin, tag);

	if (!cmd) {
		hw->admin.pair.stats.stale++;
		dev_warn_ratelimited(hw->pub.dev,
				     "firmware completed admin tag 0x%08x, which is not outstanding: ignored\n",
				     tag);
		return;
	}
	cmd->status = le16_to_cpu(cqe->status);
	cmd->response = cqe->response;
	cmd->result = le32_to_cpu(cqe->result);
	ohba_dbg(&hw->pub, ADMIN, "done opcode 0x%02x handle %u tag 0x%08x: %s\n",
		 cmd->sqe.opcode, le32_to_cpu(cmd->sqe.handle), tag,
		 ohba_status_name(cmd->status));
	cmd->done(cmd);
}

/*
 * One ring's worth at most, so that a device gone wild cannot hold us here.
 * Context: the admin thread. Return: true if there may be more.
 */
bool ohba_admin_reap(struct ohba_hw *hw)
{
	struct ohba_pair *pair = &hw->admin.pair;
	struct ohba_cqe cqe;
	u32 budget;

	for (budget = pair->cq_size; budget; budget--) {
		if (ohba_is_down(hw) || !ohba_cq_pop(pair, &cqe))
			break;
		ohba_cq_publish(pair->ctl, pair->cq_head);
		ohba_admin_complete(hw, &cqe);
	}
	return !budget;
}

static irqreturn_t ohba_admin_irq(int irq, void *data)
{
	struct ohba_hw *hw = data;

	hw->admin.pair.stats.interrupts++;
	ohba_net_irq(hw);
	return IRQ_WAKE_THREAD;
}

/* Admin completions and events, in the order in which the device posted each. */
static irqreturn_t ohba_admin_thread(int irq, void *data)
{
	struct ohba_hw *hw = data;
	struct ohba_pair *pair = &hw->admin.pair;
	bool more;

	do {
		more = ohba_admin_reap(hw);
		more |= ohba_event_reap(hw);
		if (!more) {
			ohba_event_arm(hw);
			ohba_cq_arm(pair->ctl, pair->cq_head);
			more = ohba_cq_pending(pair) || ohba_event_pending(hw);
		}
		cond_resched();
	} while (more && !ohba_is_down(hw));
	return IRQ_HANDLED;
}

int ohba_admin_irq_request(struct ohba_hw *hw)
{
	int err;

	err = pci_request_irq(hw->pub.pdev, OHBA_VECTOR_ADMIN, ohba_admin_irq,
			      ohba_admin_thread, hw, "ohba-%s-admin",
			      pci_name(hw->pub.pdev));
	hw->admin.irq_requested = !err;
	if (err)
		dev_err(hw->pub.dev,
			"interrupt of the admin queue was refused (%d): free vectors of other devices\n",
			err);
	return err;
}

void ohba_admin_irq_free(struct ohba_hw *hw)
{
	if (hw->admin.irq_requested)
		pci_free_irq(hw->pub.pdev, OHBA_VECTOR_ADMIN, hw);
	hw->admin.irq_requested = false;
}

/* Its handlers do not run, nor will they until it is released. */
void ohba_admin_irq_hold(struct ohba_hw *hw)
{
	if (!hw->admin.irq_requested || hw->admin.irq_held)
		return;
	disable_irq(pci_irq_vector(hw->pub.pdev, OHBA_VECTOR_ADMIN));
	hw->admin.irq_held = true;
}

void ohba_admin_irq_release(struct ohba_hw *hw)
{
	if (!hw->admin.irq_held)
		return;
	hw->admin.irq_held = false;
	enable_irq(pci_irq_vector(hw->pub.pdev, OHBA_VECTOR_ADMIN));
}

/* The device is stopped: nothing else takes commands out of the slots. */
void ohba_admin_fail_all(struct ohba_hw *hw)
{
	struct ohba_admin *admin = &hw->admin;
	unsigned int i;

	for (i = 0; i < admin->nslots; i++) {
		u32 tag = OHBA_TAG(i, admin->slots[i].gen);
		struct ohba_admin_cmd *cmd = ohba_admin_claim(admin, tag);

		if (!cmd)
			continue;
		cmd->error = -ENODEV;
		cmd->status = OHBA_ST_ABORTED;
		cmd->response = 0;
		cmd->result = 0;
		cmd->done(cmd);
	}
}
