// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tasks: their rows, their states, their end (task.h).
 *
 * A task that a TMF ended leaves a ghost. On one connection nothing of a task
 * may follow the TMF's answer (RFC 7143 section 4.2.3.3), but targets whose
 * threads feed one socket were seen to let a Data-In or response slip behind
 * it. That is worth no session: such PDUs are read and dropped, within a budget
 * of what the task could have sent, until a TMF ends a task of its row again.
 * Whatever exceeds that is BAD_ITT, as for any unknown task.
 */
#include "task.h"

#include <string.h>

/* PDUs without data that a ghost may send. */
#define GHOST_PDUS	64

/* --- rows ------------------------------------------------------------------------ */

struct ohba_task *ohba_task_row(struct ohba_iscsi *iscsi, uint32_t tag)
{
	uint32_t index = OHBA_TAG_INDEX(tag);

	if (index >= ohba_fw_host_memory(iscsi->fw)->num_tags || index >= iscsi->max_tags)
		return NULL;
	return &iscsi->tasks[index];
}

struct ohba_seg *ohba_task_segs(struct ohba_iscsi *iscsi, struct ohba_task *task)
{
	return iscsi->segs + (task - iscsi->tasks) * (size_t)OHBA_FW_MAX_SGE;
}

/* The row that @itt names, live or not. */
static struct ohba_task *row_of_itt(struct ohba_iscsi *iscsi, uint32_t itt)
{
	uint32_t index = itt & 0xffff;

	return index < iscsi->max_tags ? &iscsi->tasks[index] : NULL;
}

struct ohba_task *ohba_task_find(struct ohba_conn *conn, uint32_t itt)
{
	struct ohba_task *task = row_of_itt(conn->iscsi, itt);

	if (!task || task->state != OHBA_TASK_SENT || task->itt != itt || task->conn != conn)
		return NULL;
	return task;
}

/* --- states ---------------------------------------------------------------------- */

/* What the target will send for it: Data-In, and a header with the status. */
static uint32_t answer_bytes(const struct ohba_task *task)
{
	return ISCSI_BHS_LEN + (task->flags & OHBA_IO_READ ? task->sgl.len : 0);
}

static void set_unasked(struct ohba_task *task, bool unasked)
{
	task->conn->nunasked += unasked - task->unasked;
	task->unasked = unasked;
}

void ohba_task_asked(struct ohba_task *task, uint32_t off)
{
	set_unasked(task, task->flags & OHBA_IO_WRITE && off < task->sgl.len);
}

static void enter_sent(struct ohba_task *task)
{
	struct ohba_conn *conn = task->conn;

	if (!conn->nsent)
		ohba_rx_pace_from_now(conn);
	conn->nsent++;
	conn->answer_bytes += answer_bytes(task);
}

static void leave_sent(struct ohba_task *task)
{
	struct ohba_conn *conn = task->conn;

	set_unasked(task, false);
	conn->nsent--;
	conn->answered++;
	conn->answer_bytes -= answer_bytes(task);
}

void ohba_task_state_set(struct ohba_task *task, enum ohba_task_state state)
{
	if (task->state == OHBA_TASK_SENT)
		leave_sent(task);
	if (state == OHBA_TASK_SENT)
		enter_sent(task);
	task->state = state;
}

/* --- start ----------------------------------------------------------------------- */

void ohba_task_start(struct ohba_conn *conn, struct ohba_task *task)
{
	uint32_t index = (uint32_t)(task - conn->iscsi->tasks);

	task->conn = conn;
	ohba_task_state_set(task, OHBA_TASK_UNSENT);
	task->fault = 0;
	task->itt = index | (uint32_t)++task->gen << 16;
	task->moved = 0;
	task->sn = 0;
	task->tx_refs = 0;
	memset(&task->seq, 0, sizeof(task->seq));
	task->r2t_first = 0;
	task->r2t_count = 0;
	task->tmfs = 0;
	task->item.ops = &ohba_task_item_ops;
	ohba_list_append(&conn->tasks, &task->link);
	ohba_tx_window(conn, &task->item);
}

/* --- end ------------------------------------------------------------------------- */

static void unlink_tx(struct ohba_task *task)
{
	ohba_tx_unqueue(task->conn, &task->item);
	ohba_list_del(&task->data);
	task->seq.left = 0;
	task->r2t_count = 0;
}

static void release(struct ohba_task *task)
{
	ohba_list_del(&task->link);
	ohba_task_state_set(task, OHBA_TASK_FREE);
}

static void complete(struct ohba_task *task, struct ohba_cqe *cqe)
{
	struct ohba_conn *conn = task->conn;
	uint8_t tmfs = task->tmfs;

	release(task);
	cqe->tag = htole32(task->tag);
	ohba_complete(conn->fw, task->qid, cqe);
	if (tmfs)
		ohba_tmf_task_ended(conn, tmfs);
	if (conn->session.ending && ohba_list_empty(&conn->tasks))
		conn->owner->idle(conn);
}

/*
 * A PDU in tx.slot[] may be half sent, and TCP must get the other half, from
 * guest memory: until then the buffer is not the host's.
 */
void ohba_task_end(struct ohba_task *task, const struct ohba_cqe *cqe)
{
	unlink_tx(task);
	task->result = *cqe;
	if (task->tx_refs)
		ohba_task_state_set(task, OHBA_TASK_ENDING);
	else
		complete(task, &task->result);
}

void ohba_task_end_status(struct ohba_task *task, enum ohba_status status)
{
	struct ohba_cqe cqe = { .status = htole16(status) };

	ohba_task_end(task, &cqe);
}

void ohba_task_pdu_done(struct ohba_conn *conn, void *arg, bool sent)
{
	struct ohba_task *task = arg;

	(void)conn;
	task->tx_refs--;
	/* If it was not sent, TCP is gone and ohba_task_end_all() will come. */
	if (sent && !task->tx_refs && task->state == OHBA_TASK_ENDING)
		complete(task, &task->result);
}

void ohba_task_fault(void *arg, enum ohba_status status)
{
	struct ohba_task *task = arg;

	task->fault = status;
}

static enum ohba_status end_status(const struct ohba_task *task, enum ohba_status status)
{
	return task->fault ? task->fault : status;
}

void ohba_task_end_all(struct ohba_conn *conn, enum ohba_status status)
{
	struct ohba_list *node;

	while ((node = ohba_list_first(&conn->tasks))) {
		struct ohba_task *task = ohba_container(node, struct ohba_task, link);

		if (task->state == OHBA_TASK_ENDING)
			complete(task, &task->result);
		else
			ohba_task_end_status(task, end_status(task, status));
	}
}

void ohba_task_forget_all(struct ohba_conn *conn)
{
	struct ohba_list *node;

	while ((node = ohba_list_first(&conn->tasks)))
		release(ohba_container(node, struct ohba_task, link));
}

/* --- ghosts ---------------------------------------------------------------------- */

void ohba_task_abort(struct ohba_task *task)
{
	if (task->state == OHBA_TASK_SENT) {
		task->ghost_itt = task->itt;
		task->ghost_handle = task->conn->session.handle;
		task->ghost_left = task->sgl.len + GHOST_PDUS * ISCSI_BHS_LEN;
	}
	ohba_task_end_status(task, OHBA_ST_ABORTED);
}

bool ohba_task_ghost(struct ohba_conn *conn, uint32_t itt, uint32_t len)
{
	struct ohba_task *task = row_of_itt(conn->iscsi, itt);
	uint32_t cost = len + ISCSI_BHS_LEN;

	if (!task || !task->ghost_handle || task->ghost_itt != itt ||
	    task->ghost_handle != conn->session.handle || cost > task->ghost_left)
		return false;
	task->ghost_left -= cost;
	ohba_fw_trace(conn->fw, OHBA_TRACE_ERROR, "late-pdu",
		      "conn %u: opcode 0x%02x of ITT 0x%08x, which a TMF has ended", conn->cid,
		      conn->rx.hdr.bhs.opcode, itt);
	return true;
}
