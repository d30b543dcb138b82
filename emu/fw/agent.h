/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent: it has sessions with the targets of the table that are wanted (SPEC.md section
 * 6.4), without a host.
 */
#ifndef OHBA_AGENT_H
#define OHBA_AGENT_H

#include "adapter.h"
#include "ohba_target.h"

/* All are no-ops in an adapter without a table. */
bool ohba_agent_create(struct ohba_fw *fw);	/* false: no memory */
/* The adapter is enabled: log in to what is AUTO. */
void ohba_agent_start(struct ohba_fw *fw);
/* FLASH_ERASE has ended, also without success. */
void ohba_agent_erase_ended(struct ohba_fw *fw);
/* Forget all sessions; after those of connections and events. */
void ohba_agent_stop(struct ohba_fw *fw);
/* Time nothing any more (fault.h). */
void ohba_agent_freeze(struct ohba_fw *fw);
void ohba_agent_destroy(struct ohba_fw *fw);

/* Whether there is something of a session with entry @index. */
bool ohba_agent_busy(struct ohba_fw *fw, uint32_t index);
/* Entry @index, which was @old, is another now. */
void ohba_agent_changed(struct ohba_fw *fw, uint32_t index, const struct ohba_target *old);
/* Account @index is another now: who failed by it may log in. */
void ohba_agent_account(struct ohba_fw *fw, uint32_t index);
/* It is deleted: of the next at @index nothing is known yet. */
void ohba_agent_forget(struct ohba_fw *fw, uint32_t index);

extern const struct ohba_cmd_row ohba_agent_cmds[];
extern const unsigned int ohba_agent_ncmds;
extern const struct ohba_cmd_row ohba_helper_cmds[];
extern const unsigned int ohba_helper_ncmds;

#endif /* OHBA_AGENT_H */
