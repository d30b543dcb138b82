/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SCSI tasks: a row per tag index of the host. */
#ifndef OHBA_TASK_H
#define OHBA_TASK_H

#include "iscsi.h"

enum ohba_task_state {
	OHBA_TASK_FREE,
	OHBA_TASK_UNSENT,	/* has no CmdSN yet: the target does not know it */
	OHBA_TASK_SENT,
	OHBA_TASK_ENDING,	/* has a result; a PDU of it is still being sent */
};

struct ohba_r2t {
	uint32_t ttt, off, len;
};

/* A sequence of Data-Out PDUs in the making. */
struct ohba_data_seq {
	uint32_t ttt;		/* ISCSI_RESERVED_TAG: unsolicited */
	uint32_t off, left;	/* bytes; none when @left is 0 */
	uint32_t datasn;
};

struct ohba_task {
	struct ohba_tx_item item;	/* the command PDU */
	struct ohba_list data;		/* in tx.unsolicited or tx.solicited */
	struct ohba_list link;		/* in conn->tasks */
	struct ohba_conn *conn;
	uint8_t state;			/* enum ohba_task_state */
	uint8_t flags;			/* OHBA_IO_* */
	uint8_t attr;
	uint8_t fault;			/* enum ohba_status: DMA_FAULT or 0 */
	uint16_t gen;			/* of the last ITT; survives the task */
	uint16_t ahs_len;
	uint32_t itt;			/* on the wire */
	uint32_t tag, qid;		/* the host's */
	uint32_t cmdsn;
	uint8_t lun[8];
	uint8_t cdb[ISCSI_CDB_LEN];
	struct ohba_sgl sgl;
	uint32_t moved;			/* bytes from the start: received, or sent */
	bool unasked;			/* SENT, and R2Ts have not covered all of it yet */
	uint32_t sn;			/* DataSN or R2TSN expected next */
	uint32_t tx_refs;		/* PDUs of it in tx.slot[] */
	struct ohba_data_seq seq;
	struct ohba_r2t r2t[OHBA_FW_MAX_R2T];	/* a ring, oldest at r2t_first */
	uint16_t r2t_first, r2t_count;
	uint8_t tmfs;			/* bit per conn->tmf[] that waits for the end */
	struct ohba_cqe result;		/* while ENDING */
	/* What may still come for a task that a TMF ended; see task.c. */
	uint32_t ghost_itt, ghost_handle, ghost_left;
	uint8_t ahs[OHBA_AHS_MAX];
};

/* The row of @tag if its index is in range, whatever its state, or NULL. */
struct ohba_task *ohba_task_row(struct ohba_iscsi *iscsi, uint32_t tag);
struct ohba_seg *ohba_task_segs(struct ohba_iscsi *iscsi, struct ohba_task *task);
/* The one place that changes it: the connection counts those that it has SENT. */
void ohba_task_state_set(struct ohba_task *task, enum ohba_task_state state);
/* What @task has not sent before @off, the target has to ask for, or has asked for. */
void ohba_task_asked(struct ohba_task *task, uint32_t off);
/* Queue @task, whose host-given fields have been set, on @conn. */
void ohba_task_start(struct ohba_conn *conn, struct ohba_task *task);
/* The task that the target knows by @itt, or NULL. */
struct ohba_task *ohba_task_find(struct ohba_conn *conn, uint32_t itt);
/* Complete @task with @cqe once none of its memory is used any more. */
void ohba_task_end(struct ohba_task *task, const struct ohba_cqe *cqe);
void ohba_task_end_status(struct ohba_task *task, enum ohba_status status);
/* A slot's done(): a PDU of the task @arg is no longer in tx.slot[]. */
void ohba_task_pdu_done(struct ohba_conn *conn, void *arg, bool sent);
/* The memory of the task @arg failed; the connection is about to end for it. */
void ohba_task_fault(void *arg, enum ohba_status status);
/* As ohba_task_end(), because of a TMF: late PDUs of the task are borne for a while. */
void ohba_task_abort(struct ohba_task *task);
/* Whether a PDU of @len data bytes may be of a task that a TMF has ended. */
bool ohba_task_ghost(struct ohba_conn *conn, uint32_t itt, uint32_t len);
/* Complete all of @conn, whose TCP is gone: the rest with @status. */
void ohba_task_end_all(struct ohba_conn *conn, enum ohba_status status);
/* Drop all of @conn without a word. */
void ohba_task_forget_all(struct ohba_conn *conn);

/* task_tx.c */
extern const struct ohba_tx_item_ops ohba_task_item_ops;
/* The target's R2T was checked against the task's buffer: keep it. */
bool ohba_task_r2t(struct ohba_task *task, const struct ohba_r2t *r2t);
/* Build the next Data-Out of @task, and keep it in the list it belongs to. */
void ohba_task_data_out(struct ohba_conn *conn, struct ohba_task *task,
			struct ohba_tx_slot *slot);

/* rx_task.c */
int ohba_data_in_header(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr);
int ohba_data_in_done(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr);
int ohba_scsi_rsp_header(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr);
int ohba_scsi_rsp_done(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr);
int ohba_r2t_header(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr);

#endif /* OHBA_TASK_H */
