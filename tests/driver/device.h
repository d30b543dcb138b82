/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The adapter, played by the test: registers, rings, answers. By itself it is
 * honest; each piece can be had alone, for one that is not. It reaches memory as
 * a device does, through mappings that exist at that moment.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include "shim.h"

#include <ohba_admin.h>
#include <ohba_event.h>
#include <ohba_io.h>
#include <ohba_queue.h>
#include <ohba_regs.h>
#include <ohba_status.h>
#include <ohba_target.h>

#define DEV_QUEUES	4		/* I/O pairs, at most */
#define DEV_CONNS	16
#define DEV_CMDS_MAX	1024
#define DEV_HANDLE(cid)	(0x5e550000u | (cid))	/* of the session of a connection */

struct dev_queue {
	bool exists;
	u64 ctl, sq, cq;
	u32 sq_size, cq_size, vector;
	u32 sq_head, cq_tail;
	unsigned int stops;		/* shim_stops when it was created */
};

struct dev_cmd {
	u32 qid;
	struct ohba_sqe sqe;
	bool answered;
	bool seen;			/* by dev_turn() */
};

struct dev {
	/* what the registers say */
	u32 magic, abi, class, max_queues, max_qsize, features, ready_ms, status;
	u32 heartbeat;
	bool heart_stopped, deaf;	/* deaf: writes to CTRL have no effect */
	struct ohba_identify identify;
	struct ohba_conn_info info;
	struct ohba_conn_stats stats;
	struct ohba_port port;
	u32 shadow[64];			/* registers as the driver wrote them */

	struct dev_queue q[1 + DEV_QUEUES], events;
	u64 sense_base;
	u32 sense_stride;
	u64 cookie[DEV_CONNS];
	u8 sent[48];			/* header of the last PDU_SEND, and how many */
	unsigned int nsent;
	u32 tmf_response;
	unsigned int doorbells;

	struct dev_cmd cmd[DEV_CMDS_MAX];	/* in order of arrival */
	unsigned int ncmds;

	/* Return: true if the test answers this admin command itself, or never. */
	bool (*on_admin)(struct dev_cmd *cmd);
	bool silent;			/* fetches nothing, answers nothing */
	bool hostile;			/* what it finds in memory may be its own doing */
};

extern struct dev dev;

/* What it keeps of targets and accounts (device_targets.c). */
#define DEV_OWN_NAME	"eui.020000fffe000001"	/* when it was given none */

struct dev_targets {
	struct ohba_target target[OHBA_TARGETS_MAX];
	bool used[OHBA_TARGETS_MAX], wanted[OHBA_TARGETS_MAX];
	struct ohba_account account[OHBA_ACCOUNTS_MAX];
	bool account_used[OHBA_ACCOUNTS_MAX];
	struct ohba_initiator initiator;
	unsigned int sets, account_sets;	/* TARGET_SET, ACCOUNT_SET, refused or not */
};

extern struct dev_targets dev_targets;
void dev_targets_reset(void);
/* Return: false if it is no command about them; else it has its answer. */
bool dev_answer_target(struct dev_cmd *cmd);

/* As after power-on, honest. */
void dev_reset(void);

/* What the driver published since the last time. Return: how many entries. */
unsigned int dev_fetch(void);
/* A turn of an honest device. Return: whether it did anything. */
bool dev_turn(void);
/* The driver gave it an I/O command; and is the one of this tag index its own? */
void dev_take(u32 tag);
bool dev_has(unsigned int index);
/* It is done with the command, without dev_post(). */
void dev_let_go(u32 tag);

/* The newest unanswered command of this opcode (and handle), or NULL. */
struct dev_cmd *dev_find(u8 opcode, u32 handle);
#define DEV_ANY		0xffffffffu
/* The unanswered I/O command of a tag index, or NULL. */
struct dev_cmd *dev_io(unsigned int index);

/* Post @cqe, with the right phase; interrupt by the rule of the event index. */
void dev_post(u32 qid, struct ohba_cqe cqe);
void dev_post_event(struct ohba_event ev);
/* Answer a command. */
void dev_answer(struct dev_cmd *cmd, u16 status);
void dev_answer_with(struct dev_cmd *cmd, struct ohba_cqe cqe);
/* What an honest device answers to an admin command. */
void dev_answer_admin(struct dev_cmd *cmd);
/* Fill a command's data buffer. Return: bytes that had room. */
u32 dev_write_data(const struct dev_cmd *cmd, const void *data, u32 len);
/* A PDU arrives at a connection. Return: false if no PDU_RECV waits. */
bool dev_pdu_in(u32 cid, const void *bhs, const void *data, u32 len);
/* The oldest unanswered frame or buffer of this opcode, or NULL; how many there are. */
struct dev_cmd *dev_net_cmd(u8 opcode);
unsigned int dev_nets(u8 opcode);
/* A frame arrives. Return: false if no buffer waits. */
bool dev_frame_in(const void *frame, u32 len);
/* It takes the oldest frame that is to be sent. Return: its length, 0 if there is none. */
u32 dev_frame_out(void *frame, u32 room);
void dev_conn_lost(u32 cid, u16 reason);
/* Memory as the device sees it; NULL if it does not. */
struct ohba_cqe *dev_cqe(u32 qid, u32 index);

#endif /* DEVICE_H */
