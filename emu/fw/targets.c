// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of targets, CHAP accounts and the initiator: records, who keeps them, commands
 * (targets.h).
 */
#include "targets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "core.h"
#include "log.h"
#include "nexus.h"
#include "table.h"

union record {
	struct ohba_target target;
	struct ohba_account account;
	struct ohba_initiator initiator;
};

struct records {
	uint32_t max;			/* indices */
	uint8_t *rows;
	uint8_t used[OHBA_TARGETS_MAX / 8];	/* bit map */
};

struct ohba_targets {
	struct records of[OHBA_RECORD_KINDS];
	uint32_t generation[OHBA_TARGETS_MAX];
	uint16_t users[OHBA_ACCOUNTS_MAX];	/* entries that name the account, once each way */
	uint8_t wanted[OHBA_TARGETS_MAX / 8];
	uint8_t holds[OHBA_TARGETS_MAX / 8];	/* its nexus: wanted, or not yet over */
	struct ohba_nexuses *nexuses;		/* of those that hold theirs */
	ohba_record_keep_fn keep;		/* NULL: nobody keeps records */
	bool erasing;				/* all are about to be forgotten */
	/* The record that is being written; one at a time. */
	struct {
		bool writing, waiting;		/* waiting: for which a command does */
		bool deletes;
		uint32_t qid, tag;
		enum ohba_record_kind kind;
		uint32_t index;
		union record record;
	} set;
};

static const size_t lengths[OHBA_RECORD_KINDS] = {
	[OHBA_RECORD_TARGET] = sizeof(struct ohba_target),
	[OHBA_RECORD_ACCOUNT] = sizeof(struct ohba_account),
	[OHBA_RECORD_INITIATOR] = sizeof(struct ohba_initiator),
};

/* --- bit maps, the lowest bit first ------------------------------------------ */

static bool bit(const uint8_t *map, uint32_t i)
{
	return map[i / 8] & 1u << i % 8;
}

static void put_bit(uint8_t *map, uint32_t i, bool val)
{
	map[i / 8] = (map[i / 8] & ~(1u << i % 8)) | (uint32_t)val << i % 8;
}

/* --- records ---------------------------------------------------------------- */

size_t ohba_record_len(enum ohba_record_kind kind)
{
	return lengths[kind];
}

uint32_t ohba_record_max(struct ohba_fw *fw, enum ohba_record_kind kind)
{
	return fw->targets ? fw->targets->of[kind].max : 0;
}

const void *ohba_record_get(struct ohba_fw *fw, enum ohba_record_kind kind, uint32_t index)
{
	struct records *records;

	if (index >= ohba_record_max(fw, kind))
		return NULL;
	records = &fw->targets->of[kind];
	return bit(records->used, index) ? records->rows + index * lengths[kind] : NULL;
}

bool ohba_record_ok(enum ohba_record_kind kind, const void *data)
{
	switch (kind) {
	case OHBA_RECORD_TARGET:
		return ohba_target_ok(data);
	case OHBA_RECORD_ACCOUNT:
		return ohba_account_ok(data);
	default:
		return ohba_initiator_ok(data);
	}
}

static void count_user(struct ohba_targets *targets, __le16 account, int n)
{
	if (le16toh(account) != OHBA_ACCOUNT_NONE)
		targets->users[le16toh(account)] += n;
}

static void count_users(struct ohba_targets *targets, const struct ohba_target *target, int n)
{
	if (!target)
		return;
	count_user(targets, target->account, n);
	count_user(targets, target->target_account, n);
}

/* @data NULL: delete. */
static void put_row(struct ohba_fw *fw, enum ohba_record_kind kind, uint32_t index,
		    const void *data)
{
	struct records *records = &fw->targets->of[kind];
	void *row = records->rows + index * lengths[kind];

	if (data)
		memcpy(row, data, lengths[kind]);
	else
		explicit_bzero(row, lengths[kind]);
	put_bit(records->used, index, data);
}

static void put_target(struct ohba_fw *fw, uint32_t index, const struct ohba_target *data)
{
	struct ohba_targets *targets = fw->targets;
	const struct ohba_target *kept = ohba_target_get(fw, index);
	bool holds = bit(targets->holds, index);
	struct ohba_target old;

	if (kept)
		old = *kept;
	count_users(targets, kept, -1);
	count_users(targets, data, 1);
	put_row(fw, OHBA_RECORD_TARGET, index, data);
	targets->generation[index]++;
	if (holds) {
		ohba_nexus_del(targets->nexuses, index);
		ohba_nexus_add(targets->nexuses, fw, index);
	}
	if (kept && data)
		ohba_agent_changed(fw, index, &old);
	else if (kept)
		ohba_agent_forget(fw, index);
}

static void put(struct ohba_fw *fw, enum ohba_record_kind kind, uint32_t index, const void *data)
{
	if (kind == OHBA_RECORD_TARGET)
		put_target(fw, index, data);
	else
		put_row(fw, kind, index, data);
	if (kind == OHBA_RECORD_ACCOUNT && data)
		ohba_agent_account(fw, index);
	ohba_fw_trace(fw, OHBA_TRACE_NORMAL, "record", "kind %u index %u: %s", kind, index,
		      data ? "set" : "deleted");
}

bool ohba_record_load(struct ohba_fw *fw, enum ohba_record_kind kind, uint32_t index,
		      const void *data)
{
	if (index >= ohba_record_max(fw, kind) || !ohba_record_ok(kind, data))
		return false;
	put(fw, kind, index, data);
	return true;
}

bool ohba_records_in_use(struct ohba_fw *fw)
{
	const struct ohba_targets *targets = fw->targets;

	return targets && (targets->set.writing ||
			   !ohba_all_zero(targets->holds, sizeof(targets->holds)));
}

void ohba_records_erasing(struct ohba_fw *fw, bool on)
{
	if (fw->targets)
		fw->targets->erasing = on;
}

bool ohba_records_are_erasing(const struct ohba_fw *fw)
{
	return fw->targets && fw->targets->erasing;
}

void ohba_records_forget(struct ohba_fw *fw)
{
	int kind;
	uint32_t i;

	/* Targets first: those of accounts are counted. */
	for (kind = 0; kind < OHBA_RECORD_KINDS; kind++)
		for (i = 0; i < ohba_record_max(fw, kind); i++)
			if (ohba_record_get(fw, kind, i))
				put(fw, kind, i, NULL);
}

/* --- those who keep them ------------------------------------------------------ */

void ohba_record_keeper(struct ohba_fw *fw, ohba_record_keep_fn keep)
{
	fw->targets->keep = keep;
}

static const void *written(const struct ohba_targets *targets)
{
	return targets->set.deletes ? NULL : &targets->set.record;
}

static const enum ohba_log_kind log_kinds[OHBA_RECORD_KINDS][2] = {
	[OHBA_RECORD_TARGET] = { OHBA_LOG_TARGET_SET, OHBA_LOG_TARGET_DELETED },
	[OHBA_RECORD_ACCOUNT] = { OHBA_LOG_ACCOUNT_SET, OHBA_LOG_ACCOUNT_DELETED },
	[OHBA_RECORD_INITIATOR] = { OHBA_LOG_INITIATOR_SET, OHBA_LOG_INITIATOR_DELETED },
};

static void end_write(struct ohba_fw *fw, enum ohba_status status)
{
	struct ohba_targets *targets = fw->targets;

	if (!status) {
		ohba_log(fw, log_kinds[targets->set.kind][targets->set.deletes],
			 targets->set.index, OHBA_ST_SUCCESS, NULL);
		put(fw, targets->set.kind, targets->set.index, written(targets));
	}
	targets->set.writing = false;
	explicit_bzero(&targets->set.record, sizeof(targets->set.record));
}

void ohba_record_kept(struct ohba_fw *fw, int err)
{
	struct ohba_targets *targets = fw->targets;
	enum ohba_status status = err ? OHBA_ST_FLASH : OHBA_ST_SUCCESS;

	end_write(fw, status);
	/* A firmware that hangs completes nothing. */
	if (targets->set.waiting && fw->state == OHBA_FW_READY)
		ohba_complete_status(fw, targets->set.qid, targets->set.tag, status);
	targets->set.waiting = false;
}

/* Take over @data, NULL: delete, once it is kept. */
static int store(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe,
		 enum ohba_record_kind kind, const void *data)
{
	struct ohba_targets *targets = fw->targets;
	int status = OHBA_ST_SUCCESS;

	targets->set.writing = true;
	targets->set.kind = kind;
	targets->set.index = le32toh(sqe->handle);
	targets->set.deletes = !data;
	if (data)
		memcpy(&targets->set.record, data, lengths[kind]);
	if (targets->keep)
		status = targets->keep(fw, kind, targets->set.index, written(targets));
	if (status != OHBA_PENDING) {
		end_write(fw, status);
		return status;
	}
	targets->set.waiting = true;
	targets->set.qid = qid;
	targets->set.tag = le32toh(sqe->tag);
	return OHBA_PENDING;
}

/* --- what is wanted ----------------------------------------------------------- */

/* The nexus that an entry that holds one will have is not free to others. */
static bool will_have(struct ohba_fw *fw, uint32_t index, const struct ohba_nexus *nexus)
{
	struct ohba_targets *targets = fw->targets;
	struct ohba_nexus next;

	if (!targets->set.writing || targets->set.kind != OHBA_RECORD_TARGET ||
	    targets->set.deletes || targets->set.index == index ||
	    !bit(targets->holds, targets->set.index))
		return false;
	ohba_nexus_of(fw, targets->set.index, &targets->set.record.target, &next);
	return ohba_nexus_same(nexus, &next);
}

static bool is_taken(struct ohba_fw *fw, uint32_t index, const struct ohba_target *target)
{
	struct ohba_nexus nexus;

	ohba_nexus_of(fw, index, target, &nexus);
	return ohba_nexus_taken(fw->targets->nexuses, fw, index, &nexus) ||
	       will_have(fw, index, &nexus);
}

static bool is_being_set(struct ohba_fw *fw, uint32_t index)
{
	const struct ohba_targets *targets = fw->targets;

	return targets->set.writing && targets->set.kind == OHBA_RECORD_TARGET &&
	       targets->set.index == index;
}

/* The record that is being written for @index counts as well. */
static bool may_want(struct ohba_fw *fw, uint32_t index)
{
	struct ohba_targets *targets = fw->targets;

	if (targets->erasing || is_taken(fw, index, ohba_target_get(fw, index)))
		return false;
	if (!is_being_set(fw, index))
		return true;
	return !targets->set.deletes && !is_taken(fw, index, &targets->set.record.target);
}

enum ohba_status ohba_target_unwilling(struct ohba_fw *fw, uint32_t index)
{
	if (fw->targets->erasing || (is_being_set(fw, index) && fw->targets->set.deletes))
		return OHBA_ST_BUSY;
	return OHBA_ST_NEXUS_TAKEN;
}

bool ohba_target_want(struct ohba_fw *fw, uint32_t index)
{
	if (ohba_target_wanted(fw, index))
		return true;
	if (!may_want(fw, index))
		return false;
	put_bit(fw->targets->wanted, index, true);
	if (!bit(fw->targets->holds, index))
		ohba_nexus_add(fw->targets->nexuses, fw, index);
	put_bit(fw->targets->holds, index, true);
	return true;
}

void ohba_target_unwant(struct ohba_fw *fw, uint32_t index)
{
	put_bit(fw->targets->wanted, index, false);
	if (!ohba_agent_busy(fw, index))
		ohba_target_over(fw, index);
}

void ohba_target_over(struct ohba_fw *fw, uint32_t index)
{
	if (ohba_target_wanted(fw, index) || !bit(fw->targets->holds, index))
		return;
	put_bit(fw->targets->holds, index, false);
	ohba_nexus_del(fw->targets->nexuses, index);
}

bool ohba_target_wanted(struct ohba_fw *fw, uint32_t index)
{
	return bit(fw->targets->wanted, index);
}

uint32_t ohba_target_generation(struct ohba_fw *fw, uint32_t index)
{
	return fw->targets->generation[index];
}

/* Of the "random" kind, so that other adapters of this initiator's have others. */
void ohba_target_isid(struct ohba_fw *fw, uint32_t index, const struct ohba_target *target,
		      uint8_t isid[6])
{
	const uint8_t *mac = fw->cfg.mac;
	const uint8_t own[6] = { 0x80, mac[3], mac[4], mac[5], index >> 8, index };
	bool given = target && !ohba_all_zero(target->isid, sizeof(target->isid));

	memcpy(isid, given ? target->isid : own, sizeof(own));
}

/* --- who the adapter is -------------------------------------------------------- */

static void initiator_kept(struct ohba_fw *fw, struct ohba_initiator *initiator)
{
	const struct ohba_initiator *kept = ohba_record_get(fw, OHBA_RECORD_INITIATOR, 0);

	memset(initiator, 0, sizeof(*initiator));
	if (kept)
		*initiator = *kept;
}

/* An EUI-64 that is made of it (RFC 4291 appendix A, but for the bit that is inverted there). */
static void give_name(const struct ohba_fw *fw, struct ohba_initiator *initiator)
{
	const uint8_t *mac = fw->cfg.mac;

	if (!initiator->name[0])
		snprintf((char *)initiator->name, sizeof(initiator->name),
			 "eui.%02x%02x%02xfffe%02x%02x%02x",
			 mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

void ohba_initiator_get(struct ohba_fw *fw, struct ohba_initiator *initiator)
{
	initiator_kept(fw, initiator);
	give_name(fw, initiator);
}

/* --- commands --------------------------------------------------------------- */

/* An entry that was kept may name an account that there was room for once; a new one not. */
static bool may_set(struct ohba_fw *fw, enum ohba_record_kind kind, const union record *record)
{
	if (!ohba_record_ok(kind, record))
		return false;
	switch (kind) {
	case OHBA_RECORD_TARGET:
		return ohba_target_accounts_ok(fw->cfg.max_accounts, &record->target);
	case OHBA_RECORD_ACCOUNT:
		return ohba_account_usable(&record->account);
	default:
		return true;
	}
}

static int set_record(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe,
		      enum ohba_record_kind kind, const union record *record)
{
	uint32_t index = le32toh(sqe->handle);

	if (index >= ohba_record_max(fw, kind))
		return OHBA_ST_INVALID_HANDLE;
	if (!may_set(fw, kind, record))
		return OHBA_ST_INVALID_FIELD;
	if (fw->targets->set.writing)
		return OHBA_ST_BUSY;
	if (kind == OHBA_RECORD_TARGET && bit(fw->targets->holds, index) &&
	    is_taken(fw, index, &record->target))
		return OHBA_ST_NEXUS_TAKEN;
	return store(fw, qid, sqe, kind, record);
}

/* A record of any kind. What was fetched may be a secret, or half of one. */
static int set(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe,
	       enum ohba_record_kind kind)
{
	union record record;
	int res = ohba_sgl_fetch(fw, sqe, &record, lengths[kind]);

	if (!res)
		res = set_record(fw, qid, sqe, kind, &record);
	explicit_bzero(&record, sizeof(record));
	return res;
}

static int target_get(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	const struct ohba_target *target = ohba_target_get(fw, le32toh(sqe->handle));

	(void)qid;
	return target ? ohba_reply(fw, sqe, target, sizeof(*target)) : OHBA_ST_INVALID_HANDLE;
}

static int target_set(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	return set(fw, qid, sqe, OHBA_RECORD_TARGET);
}

static int target_delete(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	uint32_t index = le32toh(sqe->handle);

	if (!ohba_target_get(fw, index))
		return OHBA_ST_INVALID_HANDLE;
	if (ohba_target_wanted(fw, index) || ohba_agent_busy(fw, index) ||
	    fw->targets->set.writing)
		return OHBA_ST_BUSY;
	return store(fw, qid, sqe, OHBA_RECORD_TARGET, NULL);
}

static int target_list(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_target_list list;

	(void)qid;
	if (sqe->handle)
		return OHBA_ST_INVALID_FIELD;
	memcpy(list.used, fw->targets->of[OHBA_RECORD_TARGET].used, sizeof(list.used));
	memcpy(list.wanted, fw->targets->wanted, sizeof(list.wanted));
	return ohba_reply(fw, sqe, &list, sizeof(list));
}

static int account_get(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	const struct ohba_account *kept = ohba_account_get(fw, le32toh(sqe->handle));
	struct ohba_account account;
	enum ohba_status status;

	(void)qid;
	if (!kept)
		return OHBA_ST_INVALID_HANDLE;
	account = *kept;
	if (!(sqe->flags & OHBA_ACCOUNT_SECRET))
		explicit_bzero(account.secret, sizeof(account.secret));
	status = ohba_reply(fw, sqe, &account, sizeof(account));
	explicit_bzero(&account, sizeof(account));
	return status;
}

static int account_set(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	return set(fw, qid, sqe, OHBA_RECORD_ACCOUNT);
}

static int account_delete(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	uint32_t index = le32toh(sqe->handle);

	if (!ohba_account_get(fw, index))
		return OHBA_ST_INVALID_HANDLE;
	if (fw->targets->users[index] || fw->targets->set.writing)
		return OHBA_ST_BUSY;
	return store(fw, qid, sqe, OHBA_RECORD_ACCOUNT, NULL);
}

static int initiator_get(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_initiator initiator;

	(void)qid;
	if (sqe->handle)
		return OHBA_ST_INVALID_FIELD;
	initiator_kept(fw, &initiator);
	if (!(sqe->flags & OHBA_INITIATOR_KEPT))
		give_name(fw, &initiator);
	return ohba_reply(fw, sqe, &initiator, sizeof(initiator));
}

static int initiator_set(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	if (sqe->handle)
		return OHBA_ST_INVALID_FIELD;
	return set(fw, qid, sqe, OHBA_RECORD_INITIATOR);
}

const struct ohba_cmd_row ohba_targets_cmds[] = {
	{ .opcode = OHBA_ADMIN_TARGET_GET, .name = "TARGET_GET", .fn = target_get, .data = true },
	{ .opcode = OHBA_ADMIN_TARGET_SET, .name = "TARGET_SET", .fn = target_set, .data = true,
	  .keeps = true },
	{ .opcode = OHBA_ADMIN_TARGET_DELETE, .name = "TARGET_DELETE", .fn = target_delete,
	  .keeps = true },
	{ .opcode = OHBA_ADMIN_TARGET_LIST, .name = "TARGET_LIST", .fn = target_list,
	  .data = true },
	{ .opcode = OHBA_ADMIN_ACCOUNT_GET, .name = "ACCOUNT_GET", .fn = account_get,
	  .flags = OHBA_ACCOUNT_SECRET, .data = true },
	{ .opcode = OHBA_ADMIN_ACCOUNT_SET, .name = "ACCOUNT_SET", .fn = account_set,
	  .data = true, .keeps = true },
	{ .opcode = OHBA_ADMIN_ACCOUNT_DELETE, .name = "ACCOUNT_DELETE", .fn = account_delete,
	  .keeps = true },
	{ .opcode = OHBA_ADMIN_INITIATOR_GET, .name = "INITIATOR_GET", .fn = initiator_get,
	  .flags = OHBA_INITIATOR_KEPT, .data = true },
	{ .opcode = OHBA_ADMIN_INITIATOR_SET, .name = "INITIATOR_SET", .fn = initiator_set,
	  .data = true, .keeps = true },
};

const unsigned int ohba_targets_ncmds = sizeof(ohba_targets_cmds) / sizeof(ohba_targets_cmds[0]);

/* --- life ------------------------------------------------------------------- */

static bool map_rows(struct ohba_targets *targets, const struct ohba_fw_config *cfg)
{
	const uint32_t max[OHBA_RECORD_KINDS] = { cfg->max_targets, cfg->max_accounts, 1 };
	int kind;

	for (kind = 0; kind < OHBA_RECORD_KINDS; kind++) {
		struct records *records = &targets->of[kind];

		records->max = max[kind];
		records->rows = max[kind] ? ohba_table_map(max[kind], lengths[kind]) : NULL;
		if (max[kind] && !records->rows)
			return false;
	}
	return true;
}

bool ohba_targets_create(struct ohba_fw *fw)
{
	if (!fw->cfg.max_targets)
		return true;
	fw->targets = calloc(1, sizeof(*fw->targets));
	if (!fw->targets)
		return false;
	fw->targets->nexuses = ohba_nexuses_create(fw);
	return fw->targets->nexuses && map_rows(fw->targets, &fw->cfg);
}

void ohba_targets_stop(struct ohba_fw *fw)
{
	if (!fw->targets)
		return;
	fw->targets->set.waiting = false;
	memset(fw->targets->wanted, 0, sizeof(fw->targets->wanted));
	memset(fw->targets->holds, 0, sizeof(fw->targets->holds));
	ohba_nexuses_reset(fw->targets->nexuses);
}

void ohba_targets_destroy(struct ohba_fw *fw)
{
	int kind;

	if (!fw->targets)
		return;
	for (kind = 0; kind < OHBA_RECORD_KINDS; kind++)
		ohba_table_unmap(fw->targets->of[kind].rows, fw->targets->of[kind].max,
				 lengths[kind]);
	ohba_nexuses_destroy(fw->targets->nexuses);
	explicit_bzero(fw->targets, sizeof(*fw->targets));
	free(fw->targets);
}
