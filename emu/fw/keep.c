// SPDX-License-Identifier: GPL-2.0-or-later
/* What the adapter keeps (keep.h). */
#include "keep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "core.h"
#include "log.h"
#include "targets.h"

#define WAITING_MAX	16		/* commands */

struct ohba_keep {
	enum ohba_flash_kind writing;
	uint32_t damaged;		/* records, found at power-up */
	struct {
		uint32_t qid;
		struct ohba_sqe sqe;
	} waiting[WAITING_MAX];		/* a ring */
	unsigned int first, nwaiting;
	struct {
		bool waiting;		/* FLASH_ERASE, for its end */
		uint32_t qid, tag;
	} erase;
};

/* --- who has what ----------------------------------------------------------- */

static enum ohba_record_kind record_kind(enum ohba_flash_kind kind)
{
	return kind - OHBA_FLASH_TARGET + OHBA_RECORD_TARGET;
}

static enum ohba_flash_kind flash_kind(enum ohba_record_kind kind)
{
	return kind - OHBA_RECORD_TARGET + OHBA_FLASH_TARGET;
}
_Static_assert(OHBA_FLASH_ACCOUNT - OHBA_FLASH_TARGET ==
	       OHBA_RECORD_ACCOUNT - OHBA_RECORD_TARGET &&
	       OHBA_FLASH_INITIATOR - OHBA_FLASH_TARGET ==
	       OHBA_RECORD_INITIATOR - OHBA_RECORD_TARGET, "in the same order");

static size_t len_of(enum ohba_flash_kind kind)
{
	return kind == OHBA_FLASH_CONFIG ? sizeof(struct ohba_config) :
					   ohba_record_len(record_kind(kind));
}

static bool valid(struct ohba_fw *fw, enum ohba_flash_kind kind, const void *data, size_t len)
{
	(void)fw;
	if (kind == OHBA_FLASH_LOG)
		return ohba_log_ok(data, len);
	if (len != len_of(kind))
		return false;
	return kind == OHBA_FLASH_CONFIG ? ohba_config_ok(data) :
					   ohba_record_ok(record_kind(kind), data);
}

static void found(struct ohba_fw *fw, enum ohba_flash_kind kind, uint32_t index,
		  const void *data)
{
	/* A part of the log that is lost is nothing that anybody set. */
	if (kind == OHBA_FLASH_LOG) {
		ohba_log_load(fw, index, data);
		return;
	}
	fw->keep->damaged += !data;
	if (kind == OHBA_FLASH_CONFIG)
		ohba_config_load(fw, data);
	else if (data)
		ohba_record_load(fw, record_kind(kind), index, data);
}

/* --- turns ------------------------------------------------------------------ */

int ohba_keep_turn(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_keep *keep = fw->keep;
	unsigned int last = (keep->first + keep->nwaiting) % WAITING_MAX;

	if (!fw->flash || !ohba_flash_busy(fw->flash))
		return OHBA_ST_SUCCESS;
	/* An erase may last longer than a host waits for any other command. */
	if (keep->nwaiting == WAITING_MAX || ohba_flash_erasing(fw->flash))
		return OHBA_ST_BUSY;
	keep->waiting[last].qid = qid;
	keep->waiting[last].sqe = *sqe;
	keep->nwaiting++;
	return OHBA_PENDING;
}

static void begin_first(struct ohba_fw *fw)
{
	struct ohba_keep *keep = fw->keep;
	unsigned int first = keep->first;

	keep->first = (first + 1) % WAITING_MAX;
	keep->nwaiting--;
	ohba_command_begin(fw, keep->waiting[first].qid, &keep->waiting[first].sqe);
}

/* --- changes ---------------------------------------------------------------- */

int ohba_keep(struct ohba_fw *fw, enum ohba_flash_kind kind, uint32_t index, const void *data,
	      size_t len)
{
	if (!fw->flash || index >= ohba_flash_room(fw->flash, kind))
		return OHBA_ST_SUCCESS;
	if (ohba_flash_busy(fw->flash))
		return OHBA_ST_BUSY;
	if (ohba_flash_stuck(fw->flash))
		return OHBA_ST_FLASH;
	fw->keep->writing = kind;
	ohba_flash_store(fw->flash, kind, index, data, len);
	return OHBA_PENDING;
}

static int keep_record(struct ohba_fw *fw, enum ohba_record_kind kind, uint32_t index,
		       const void *data)
{
	return ohba_keep(fw, flash_kind(kind), index, data, data ? ohba_record_len(kind) : 0);
}

/* Who had it written. */
static void tell(struct ohba_fw *fw, int err)
{
	switch (fw->keep->writing) {
	case OHBA_FLASH_LOG:
		ohba_log_kept(fw, err);
		return;
	case OHBA_FLASH_CONFIG:
		ohba_config_kept(fw, err);
		break;
	default:
		ohba_record_kept(fw, err);
		break;
	}
	if (err)
		ohba_log(fw, OHBA_LOG_FLASH_FAILED, 0, OHBA_ST_FLASH, strerror(-err));
}

/* A firmware that hangs begins nothing. */
static void begin_next(struct ohba_fw *fw)
{
	while (fw->state == OHBA_FW_READY && fw->keep->nwaiting && !ohba_flash_busy(fw->flash))
		begin_first(fw);
	ohba_log_turn(fw);
}

static void written(struct ohba_fw *fw, int err)
{
	tell(fw, err);
	begin_next(fw);
}

/* --- all of it gone ----------------------------------------------------------- */

bool ohba_keep_can_erase(const struct ohba_fw *fw)
{
	return !fw->flash || ohba_flash_room(fw->flash, OHBA_FLASH_HEADER);
}

static void erased(struct ohba_fw *fw)
{
	ohba_config_forget(fw);
	ohba_records_forget(fw);
	ohba_log_forget_all(fw);
}

static void tell_erased(struct ohba_fw *fw, bool gone, int err)
{
	if (err)
		ohba_log(fw, OHBA_LOG_FLASH_FAILED, 0, OHBA_ST_FLASH, strerror(-err));
	else if (gone)
		ohba_log(fw, OHBA_LOG_FLASH_ERASED, 0, OHBA_ST_SUCCESS, NULL);
}

static void erase_ended(struct ohba_fw *fw, bool gone, int err)
{
	struct ohba_keep *keep = fw->keep;

	ohba_records_erasing(fw, false);
	tell_erased(fw, gone, err);
	/* A firmware that hangs completes nothing. */
	if (keep->erase.waiting && fw->state == OHBA_FW_READY)
		ohba_complete_status(fw, keep->erase.qid, keep->erase.tag,
				     err ? OHBA_ST_FLASH : OHBA_ST_SUCCESS);
	keep->erase.waiting = false;
	ohba_agent_erase_ended(fw);
	begin_next(fw);
}

/* As who comes while it is carried out. */
static void turn_away(struct ohba_fw *fw)
{
	struct ohba_keep *keep = fw->keep;

	for (; keep->nwaiting; keep->nwaiting--) {
		const struct ohba_sqe *sqe = &keep->waiting[keep->first].sqe;

		ohba_complete_status(fw, keep->waiting[keep->first].qid, le32toh(sqe->tag),
				     OHBA_ST_BUSY);
		keep->first = (keep->first + 1) % WAITING_MAX;
	}
}

static int flash_erase(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_keep *keep = fw->keep;

	if (sqe->handle)
		return OHBA_ST_INVALID_FIELD;
	if (!ohba_keep_can_erase(fw))
		return OHBA_ST_INVALID_OPCODE;
	if (ohba_records_in_use(fw))
		return OHBA_ST_BUSY;
	if (!fw->flash) {
		erased(fw);
		tell_erased(fw, true, 0);
		return OHBA_ST_SUCCESS;
	}
	keep->erase.waiting = true;
	keep->erase.qid = qid;
	keep->erase.tag = le32toh(sqe->tag);
	ohba_records_erasing(fw, true);
	ohba_flash_erase(fw->flash);
	turn_away(fw);
	return OHBA_PENDING;
}

const struct ohba_cmd_row ohba_keep_cmds[] = {
	{ .opcode = OHBA_ADMIN_FLASH_ERASE, .name = "FLASH_ERASE", .fn = flash_erase,
	  .keeps = true },
};

const unsigned int ohba_keep_ncmds = sizeof(ohba_keep_cmds) / sizeof(ohba_keep_cmds[0]);

/* --- life ------------------------------------------------------------------- */

static const struct ohba_flash_user user = {
	.valid = valid,
	.found = found,
	.written = written,
	.erased = erased,
	.erase_ended = erase_ended,
};

/* Better fewer than some that are forgotten. */
static void limit(uint32_t *max, uint32_t room)
{
	if (room && room < *max)
		*max = room;
}

static bool create_flash(struct ohba_fw *fw)
{
	struct ohba_fw_config *cfg = &fw->cfg;
	const uint32_t max[OHBA_FLASH_KINDS] = {
		[OHBA_FLASH_CONFIG] = fw->net ? 1 : 0,
		[OHBA_FLASH_TARGET] = cfg->max_targets,
		[OHBA_FLASH_ACCOUNT] = cfg->max_accounts,
		[OHBA_FLASH_INITIATOR] = cfg->max_targets ? 1 : 0,
		[OHBA_FLASH_LOG] = OHBA_LOG_PAGES,
		[OHBA_FLASH_HEADER] = 1,
	};

	fw->flash = ohba_flash_create(fw, max, &user);
	if (!fw->flash)
		return false;
	limit(&cfg->max_targets, ohba_flash_room(fw->flash, OHBA_FLASH_TARGET));
	limit(&cfg->max_accounts, ohba_flash_room(fw->flash, OHBA_FLASH_ACCOUNT));
	return true;
}

bool ohba_keep_create(struct ohba_fw *fw)
{
	fw->keep = calloc(1, sizeof(*fw->keep));
	return fw->keep && (!fw->cfg.flash_size || create_flash(fw));
}

const char *ohba_keep_load(struct ohba_fw *fw)
{
	if (!fw->flash)
		return NULL;
	if (fw->targets)
		ohba_record_keeper(fw, keep_record);
	switch (ohba_flash_load(fw->flash)) {
	case 0:
		return NULL;
	case -ENOTSUP:
		return "flash was written by a later version: use that, or other flash";
	case -EILSEQ:
		return "flash holds something, and nothing that an adapter wrote whole: give "
		       "another file, or an empty one (truncate -s 0 FILE, then "
		       "truncate -s 10M FILE)";
	case -EIO:
		return "flash can be read in part only, and what can be is not an adapter's: copy "
		       "what is readable to another file, and give that";
	default:
		return "no memory to read flash";
	}
}

uint32_t ohba_fw_flash_damaged(struct ohba_fw *fw)
{
	return fw->keep->damaged;
}

void ohba_keep_start(struct ohba_fw *fw)
{
	if (fw->flash)
		ohba_flash_resume(fw->flash);
}

void ohba_keep_stop(struct ohba_fw *fw)
{
	fw->keep->nwaiting = 0;
	fw->keep->erase.waiting = false;
}

void ohba_keep_destroy(struct ohba_fw *fw)
{
	ohba_flash_destroy(fw->flash);
	free(fw->keep);
}
