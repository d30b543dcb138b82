/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The firmware asks portals for their targets (SPEC.md section 6.6): discovery sessions, behind
 * those of the agent's.
 */
#ifndef OHBA_DISCOVER_H
#define OHBA_DISCOVER_H

#include "adapter.h"
#include "ohba_target.h"

/* All are no-ops in an adapter without a table of targets. */
bool ohba_discover_create(struct ohba_fw *fw);	/* false: no memory */
/* Forget all; after connections. */
void ohba_discover_stop(struct ohba_fw *fw);
/* Time nothing any more (fault.h). */
void ohba_discover_freeze(struct ohba_fw *fw);
void ohba_discover_destroy(struct ohba_fw *fw);

extern const struct ohba_cmd_row ohba_discover_cmds[];
extern const unsigned int ohba_discover_ncmds;

#endif /* OHBA_DISCOVER_H */
