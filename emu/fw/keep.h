/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the adapter keeps without power: those who have it (config.c, targets.c) on the one
 * side, flash on the other. Changes happen one after the other: a command that makes one
 * waits for those before it, and then finds what these left.
 */
#ifndef OHBA_KEEP_H
#define OHBA_KEEP_H

#include "adapter.h"
#include "flash.h"

struct ohba_keep;

/* Before those who have what is kept; cfg.max_targets becomes what there is room for. */
bool ohba_keep_create(struct ohba_fw *fw);	/* false: no memory */
/* After them: give them what flash holds. NULL, or a sentence for the user. */
const char *ohba_keep_load(struct ohba_fw *fw);
/* The adapter is enabled: an erase that power ended goes on. */
void ohba_keep_start(struct ohba_fw *fw);
/* Forget the commands that wait; what is being written goes on. */
void ohba_keep_stop(struct ohba_fw *fw);
void ohba_keep_destroy(struct ohba_fw *fw);

/*
 * Keep @len bytes of @data, as @kind has it; 0: there is none any more. SUCCESS: there is no
 * room for it, it lives until power is off; BUSY: another is being written; OHBA_PENDING:
 * who has that kind is told later.
 */
int ohba_keep(struct ohba_fw *fw, enum ohba_flash_kind kind, uint32_t index, const void *data,
	      size_t len);

/*
 * For a command that changes what is kept: SUCCESS: it can begin; OHBA_PENDING: it waits,
 * and ohba_command_begin() follows; BUSY: too many do.
 */
int ohba_keep_turn(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe);

/* Whether there is FLASH_ERASE. */
bool ohba_keep_can_erase(const struct ohba_fw *fw);

extern const struct ohba_cmd_row ohba_keep_cmds[];
extern const unsigned int ohba_keep_ncmds;

#endif /* OHBA_KEEP_H */
