/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An adapter that has sessions by itself: its table of targets, and how they stand. */
#ifndef TARGETS_H
#define TARGETS_H

#include "bench.h"
#include "target.h"

#define TARGETS		1024

struct table_entry {
	bool used, wanted, autologin;
	struct ohba_target entry;
	struct ohba_target_state state;
};

extern struct table_entry table[TARGETS];
/* How often each command of targets came; the last flags of TARGET_LOGOUT. */
extern unsigned int target_cmds[256];
extern u8 logout_flags;

/* Load the modules over one with an empty table. */
void targets_load(void);
/* Answers an admin command, if it is of targets: for struct dev. */
bool take_target(struct dev_cmd *cmd);
void target_answer_ios(u32 handle, u16 status);
/* An entry, wanted whenever the adapter is enabled. */
void target_add(u32 index, const char *name);
/* The phase changes, and an event tells it. */
void target_phase(u32 index, u8 phase, u16 reason);
void target_up(u32 index);
/* It is lost: its commands end, and it is to be again. */
void target_lost(u32 index);
void target_event(u32 index, u8 phase, u16 reason);

/* What the driver has made of it. */
struct hba_target *target_of(u32 index);
struct iscsi_cls_session *target_cls(u32 index);
/* A device of its. */
void target_sdev(u32 index, struct scsi_device *sdev, struct request_queue *queue);

#endif /* TARGETS_H */
