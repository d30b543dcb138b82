// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the adapter keeps of targets and CHAP accounts (SPEC.md section 6.4), for sessions
 * that it has without a host; and its counters.
 */
#include <linux/export.h>
#include <linux/string.h>

#include "priv.h"

/* Any record of these commands. */
union ohba_record {
	struct ohba_target target;
	struct ohba_account account;
	struct ohba_initiator initiator;
	struct ohba_target_list list;
	struct ohba_adapter_stats stats;
};

/* Kept for as long as the adapter: a request must not wait for memory. */
int ohba_targets_alloc(struct ohba_hw *hw)
{
	return ohba_dma_alloc(hw, &hw->record, sizeof(union ohba_record));
}

void ohba_targets_free(struct ohba_hw *hw)
{
	ohba_dma_free(hw, &hw->record);
}

/* What a request of this file is about; @to or @from: the record, @len bytes. */
struct ohba_record_op {
	const char *name;
	u8 opcode;
	u8 flags;
	u32 handle;
	void *to;
	const void *from;
	size_t len;
};

/* That there is none is an answer. */
static int ohba_record_err(struct ohba_hw *hw, const struct ohba_record_op *op,
			   const struct ohba_admin_cmd *cmd, int err)
{
	if (!ohba_admin_refused(cmd))
		return err;
	if (cmd->status == OHBA_ST_INVALID_HANDLE)
		return -ENOENT;
	dev_err_ratelimited(hw->pub.dev, "firmware refused %s of index %u: %s (%s): %s\n",
			    op->name, op->handle, ohba_status_name(cmd->status),
			    ohba_status_meaning(cmd->status),
			    ohba_status_remedy(cmd->status));
	return cmd->status == OHBA_ST_INVALID_FIELD ? -EINVAL : err;
}

static int ohba_record_run(struct ohba_hw *hw, const struct ohba_record_op *op)
{
	struct ohba_admin_cmd cmd = {
		.sqe.opcode = op->opcode,
		.sqe.flags = op->flags,
		.sqe.handle = cpu_to_le32(op->handle),
	};
	int err;

	if (op->opcode == OHBA_ADMIN_STATS_GET)
		((struct ohba_stats_get *)cmd.sqe.body)->scope = OHBA_STATS_ADAPTER;
	if (op->len)
		ohba_admin_data(&cmd, hw->record.addr, op->len);
	err = ohba_admin_exec(&hw->pub, &cmd, OHBA_ADMIN_TIMEOUT_MS);
	return ohba_record_err(hw, op, &cmd, err);
}

/* The buffer is the device's to read at any time: no secret stays there. */
static int ohba_record_exec(struct ohba_hw *hw, const struct ohba_record_op *op)
{
	void *mem = hw->record.mem;
	int err;

	mutex_lock(&hw->record_mutex);
	if (op->from)
		memcpy(mem, op->from, op->len);
	else
		memset(mem, 0, op->len);
	err = ohba_record_run(hw, op);
	if (!err && op->to)
		memcpy(op->to, mem, op->len);
	memzero_explicit(mem, op->len);
	mutex_unlock(&hw->record_mutex);
	return err;
}

static int ohba_targets_exec(struct ohba_adapter *adapter,
			     const struct ohba_record_op *op)
{
	struct ohba_hw *hw = to_hw(adapter);

	if (!(hw->features & OHBA_FEATURE_TARGETS))
		return -EOPNOTSUPP;
	return ohba_record_exec(hw, op);
}

/**
 * ohba_target_get() - an entry of the adapter's table of targets
 * @adapter: the adapter
 * @index: of the entry, 0..ohba_info.max_targets - 1
 * @target: a copy of it; nothing in it was checked
 *
 * Context: process, may sleep; allocates nothing but with GFP_NOIO. Return: 0; -ENOENT if
 * there is none; -EOPNOTSUPP if the adapter has no sessions of its own; -EINVAL if it
 * refuses a value; or what ohba_admin_exec() returns.
 */
int ohba_target_get(struct ohba_adapter *adapter, u32 index,
		    struct ohba_target *target)
{
	const struct ohba_record_op op = {
		.name = "TARGET_GET", .opcode = OHBA_ADMIN_TARGET_GET,
		.handle = index, .to = target, .len = sizeof(*target),
	};

	return ohba_targets_exec(adapter, &op);
}
EXPORT_SYMBOL_GPL(ohba_target_get);

/**
 * ohba_target_set() - have the adapter keep an entry, new or changed
 * @adapter: the adapter
 * @index: of the entry
 * @target: what it shall keep
 *
 * A refusal leaves what it kept before; after -ENODEV or -EIO it keeps the one or the
 * other. Context and return: as ohba_target_get(); -EBUSY if another is being written.
 */
int ohba_target_set(struct ohba_adapter *adapter, u32 index,
		    const struct ohba_target *target)
{
	const struct ohba_record_op op = {
		.name = "TARGET_SET", .opcode = OHBA_ADMIN_TARGET_SET,
		.handle = index, .from = target, .len = sizeof(*target),
	};

	return ohba_targets_exec(adapter, &op);
}
EXPORT_SYMBOL_GPL(ohba_target_set);

/**
 * ohba_target_delete() - have the adapter keep an entry no longer
 * @adapter: the adapter
 * @index: of the entry
 *
 * Context and return: as ohba_target_set(); -EBUSY while a session is wanted or there.
 */
int ohba_target_delete(struct ohba_adapter *adapter, u32 index)
{
	const struct ohba_record_op op = {
		.name = "TARGET_DELETE", .opcode = OHBA_ADMIN_TARGET_DELETE,
		.handle = index,
	};

	return ohba_targets_exec(adapter, &op);
}
EXPORT_SYMBOL_GPL(ohba_target_delete);

/**
 * ohba_target_list() - which entries there are, and which are wanted
 * @adapter: the adapter
 * @list: a copy of the lists; bits of entries that cannot be may be set
 *
 * Context and return: as ohba_target_get().
 */
int ohba_target_list(struct ohba_adapter *adapter, struct ohba_target_list *list)
{
	const struct ohba_record_op op = {
		.name = "TARGET_LIST", .opcode = OHBA_ADMIN_TARGET_LIST,
		.to = list, .len = sizeof(*list),
	};

	return ohba_targets_exec(adapter, &op);
}
EXPORT_SYMBOL_GPL(ohba_target_list);

/**
 * ohba_account_get() - a CHAP account
 * @adapter: the adapter
 * @index: of the account, 0..ohba_info.max_accounts - 1
 * @secret: the secret, too: the caller wipes it
 * @account: a copy of it; nothing in it was checked
 *
 * Context and return: as ohba_target_get().
 */
int ohba_account_get(struct ohba_adapter *adapter, u32 index, bool secret,
		     struct ohba_account *account)
{
	const struct ohba_record_op op = {
		.name = "ACCOUNT_GET", .opcode = OHBA_ADMIN_ACCOUNT_GET,
		.flags = secret ? OHBA_ACCOUNT_SECRET : 0,
		.handle = index, .to = account, .len = sizeof(*account),
	};

	return ohba_targets_exec(adapter, &op);
}
EXPORT_SYMBOL_GPL(ohba_account_get);

/**
 * ohba_account_set() - have the adapter keep a CHAP account, new or changed
 * @adapter: the adapter
 * @index: of the account
 * @account: what it shall keep: the caller wipes it
 *
 * Context and return: as ohba_target_set().
 */
int ohba_account_set(struct ohba_adapter *adapter, u32 index,
		     const struct ohba_account *account)
{
	const struct ohba_record_op op = {
		.name = "ACCOUNT_SET", .opcode = OHBA_ADMIN_ACCOUNT_SET,
		.handle = index, .from = account, .len = sizeof(*account),
	};

	return ohba_targets_exec(adapter, &op);
}
EXPORT_SYMBOL_GPL(ohba_account_set);

/**
 * ohba_account_delete() - have the adapter keep a CHAP account no longer
 * @adapter: the adapter
 * @index: of the account
 *
 * Context and return: as ohba_target_set(); -EBUSY while an entry names it.
 */
int ohba_account_delete(struct ohba_adapter *adapter, u32 index)
{
	const struct ohba_record_op op = {
		.name = "ACCOUNT_DELETE", .opcode = OHBA_ADMIN_ACCOUNT_DELETE,
		.handle = index,
	};

	return ohba_targets_exec(adapter, &op);
}
EXPORT_SYMBOL_GPL(ohba_account_delete);

/**
 * ohba_initiator_get() - who the adapter says that it is
 * @adapter: the adapter
 * @kept: as it was set: without the name that it makes of its MAC
 * @initiator: a copy of it; nothing in it was checked
 *
 * Context and return: as ohba_target_get().
 */
int ohba_initiator_get(struct ohba_adapter *adapter, bool kept,
		       struct ohba_initiator *initiator)
{
	const struct ohba_record_op op = {
		.name = "INITIATOR_GET", .opcode = OHBA_ADMIN_INITIATOR_GET,
		.flags = kept ? OHBA_INITIATOR_KEPT : 0,
		.to = initiator, .len = sizeof(*initiator),
	};

	return ohba_targets_exec(adapter, &op);
}
EXPORT_SYMBOL_GPL(ohba_initiator_get);

/**
 * ohba_initiator_set() - who it shall say that it is, in sessions that begin from now on
 * @adapter: the adapter
 * @initiator: what it shall keep
 *
 * Context and return: as ohba_target_set().
 */
int ohba_initiator_set(struct ohba_adapter *adapter,
		       const struct ohba_initiator *initiator)
{
	const struct ohba_record_op op = {
		.name = "INITIATOR_SET", .opcode = OHBA_ADMIN_INITIATOR_SET,
		.from = initiator, .len = sizeof(*initiator),
	};

	return ohba_targets_exec(adapter, &op);
}
EXPORT_SYMBOL_GPL(ohba_initiator_set);

/**
 * ohba_adapter_stats() - the adapter's counters
 * @adapter: the adapter
 * @stats: a copy of them
 *
 * Context: as ohba_target_get(). Return: 0, or what ohba_admin_exec() returns.
 */
int ohba_adapter_stats(struct ohba_adapter *adapter,
		       struct ohba_adapter_stats *stats)
{
	const struct ohba_record_op op = {
		.name = "STATS_GET", .opcode = OHBA_ADMIN_STATS_GET,
		.to = stats, .len = sizeof(*stats),
	};

	return ohba_record_exec(to_hw(adapter), &op);
}
EXPORT_SYMBOL_GPL(ohba_adapter_stats);
