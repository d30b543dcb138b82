// SPDX-License-Identifier: GPL-2.0-or-later
/* What a task sends: its command, and Data-Out (RFC 7143 sections 11.3, 11.7). */
#include <string.h>

#include "task.h"

static uint32_t min32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void own_slot(struct ohba_task *task, struct ohba_tx_slot *slot)
{
	slot->done = ohba_task_pdu_done;
	slot->arg = task;
	task->tx_refs++;
}

/* @len bytes at @off were put into a PDU. */
static void sending(struct ohba_task *task, uint32_t off, uint32_t len)
{
	if (off <= task->moved && off + len > task->moved)
		task->moved = off + len;
}

/*
 * The longest data segment that we send: whole words, as only the last of a
 * sequence may need padding (section 11.7.7).
 */
static uint32_t xmit_dsl(const struct ohba_session *session)
{
	return min32(session->max_xmit_dsl, OHBA_TX_DATA_MAX) & ~3u;
}

/* --- the command ------------------------------------------------------------------ */

static uint32_t write_len(const struct ohba_task *task)
{
	return task->flags & OHBA_IO_WRITE ? task->sgl.len : 0;
}

/* Sections 13.11, 13.14: immediate data is a part of the first burst. */
static uint32_t immediate_len(const struct ohba_session *session, const struct ohba_task *task)
{
	if (!session->immediate_data)
		return 0;
	return min32(min32(write_len(task), session->first_burst), xmit_dsl(session));
}

/*
 * Section 13.10. All of the first burst if there is any (section 11.3.4): the
 * target counts on it.
 */
static uint32_t unsolicited_end(const struct ohba_session *session,
				const struct ohba_task *task, uint32_t immediate)
{
	if (session->initial_r2t)
		return immediate;
	return min32(write_len(task), session->first_burst);
}

static void start_unsolicited(struct ohba_conn *conn, struct ohba_task *task,
			      uint32_t immediate)
{
	struct ohba_data_seq *seq = &task->seq;

	seq->ttt = ISCSI_RESERVED_TAG;
	seq->off = immediate;
	seq->left = unsolicited_end(&conn->session, task, immediate) - immediate;
	seq->datasn = 0;
	if (seq->left)
		ohba_list_append(&conn->tx.unsolicited, &task->data);
}

static void put_command(struct ohba_conn *conn, struct ohba_task *task,
			struct iscsi_scsi_cmd *cmd)
{
	cmd->opcode = ISCSI_OP_SCSI_CMD;
	cmd->flags = task->attr;
	if (task->flags & OHBA_IO_READ)
		cmd->flags |= ISCSI_CMD_READ;
	if (task->flags & OHBA_IO_WRITE)
		cmd->flags |= ISCSI_CMD_WRITE;
	if (!task->seq.left)
		cmd->flags |= ISCSI_FLAG_FINAL;
	cmd->ahs_words = task->ahs_len / 4;
	memcpy(cmd->lun, task->lun, sizeof(cmd->lun));
	cmd->itt = iscsi_put32(task->itt);
	cmd->edtl = iscsi_put32(task->sgl.len);
	task->cmdsn = conn->session.cmdsn;
	cmd->cmdsn = ohba_session_cmdsn(&conn->session, cmd->opcode);
	memcpy(cmd->cdb, task->cdb, sizeof(cmd->cdb));
}

static void command_build(struct ohba_conn *conn, struct ohba_tx_item *item,
			  struct ohba_tx_slot *slot)
{
	struct ohba_task *task = ohba_container(item, struct ohba_task, item);
	uint32_t immediate = immediate_len(&conn->session, task);

	ohba_task_state_set(task, OHBA_TASK_SENT);
	start_unsolicited(conn, task, immediate);
	ohba_task_asked(task, task->seq.off + task->seq.left);
	put_command(conn, task, &slot->hdr.scsi_cmd);
	slot->ahs = task->ahs;
	slot->ahs_len = task->ahs_len;
	if (immediate)
		ohba_tx_data_sgl(slot, &task->sgl, 0, immediate);
	sending(task, 0, immediate);
	own_slot(task, slot);
	conn->stats.scsi_cmd_pdus++;
}

const struct ohba_tx_item_ops ohba_task_item_ops = {
	.build = command_build,
};

/* --- Data-Out --------------------------------------------------------------------- */

/* The oldest R2T becomes the sequence that is sent next. */
static void next_r2t(struct ohba_task *task)
{
	const struct ohba_r2t *r2t = &task->r2t[task->r2t_first];

	task->seq.ttt = r2t->ttt;
	task->seq.off = r2t->off;
	task->seq.left = r2t->len;
	task->seq.datasn = 0;
	task->r2t_first = (task->r2t_first + 1) % OHBA_FW_MAX_R2T;
	task->r2t_count--;
	ohba_list_append(&task->conn->tx.solicited, &task->data);
}

bool ohba_task_r2t(struct ohba_task *task, const struct ohba_r2t *r2t)
{
	bool solicited = task->seq.left && task->seq.ttt != ISCSI_RESERVED_TAG;

	if (task->r2t_count + solicited >= task->conn->session.max_r2t)
		return false;
	task->r2t[(task->r2t_first + task->r2t_count++) % OHBA_FW_MAX_R2T] = *r2t;
	if (!task->seq.left)
		next_r2t(task);
	return true;
}

static void put_data_out(struct ohba_task *task, struct iscsi_data_out *out, uint32_t len)
{
	struct ohba_data_seq *seq = &task->seq;

	out->opcode = ISCSI_OP_DATA_OUT;
	if (len == seq->left)
		out->flags = ISCSI_FLAG_FINAL;
	/* The LUN goes with a TTT and is reserved without (11.7.3). */
	if (seq->ttt != ISCSI_RESERVED_TAG)
		memcpy(out->lun, task->lun, sizeof(out->lun));
	out->itt = iscsi_put32(task->itt);
	out->ttt = iscsi_put32(seq->ttt);
	out->datasn = iscsi_put32(seq->datasn++);
	out->offset = iscsi_put32(seq->off);
}

void ohba_task_data_out(struct ohba_conn *conn, struct ohba_task *task,
			struct ohba_tx_slot *slot)
{
	struct ohba_data_seq *seq = &task->seq;
	uint32_t len = min32(seq->left, xmit_dsl(&conn->session));

	put_data_out(task, &slot->hdr.data_out, len);
	ohba_tx_data_sgl(slot, &task->sgl, seq->off, len);
	sending(task, seq->off, len);
	own_slot(task, slot);
	conn->stats.data_out_pdus++;
	seq->off += len;
	seq->left -= len;
	if (seq->left && seq->ttt == ISCSI_RESERVED_TAG)
		return;
	ohba_list_del(&task->data);
	if (seq->left)
		ohba_list_append(&conn->tx.solicited, &task->data);
	else if (task->r2t_count)
		next_r2t(task);
}
