// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Task management (RFC 7143 sections 11.5, 11.6, 4.2.3.3; SPEC.md 7.2).
 *
 * A TMF is immediate and concerns the commands with a CmdSN before its own. So
 * that it concerns what the host means, all that came before it, tasks in its
 * scope that were never sent are held back until the answer: the target never
 * learns of them if it agrees, and they are sent after all if it does not.
 * Tasks that were sent go on until the answer, R2Ts included (section 4.2.3.3).
 */
#include <string.h>

#include "task.h"

/* --- scope ------------------------------------------------------------------------------ */

static bool scope_none(const struct ohba_tmf_req *tmf, const struct ohba_task *task)
{
	(void)tmf;
	(void)task;
	return false;
}

static bool scope_task(const struct ohba_tmf_req *tmf, const struct ohba_task *task)
{
	return task->itt == tmf->ref_itt;
}

static bool scope_lun(const struct ohba_tmf_req *tmf, const struct ohba_task *task)
{
	return !memcmp(task->lun, tmf->lun, sizeof(task->lun));
}

static bool scope_session(const struct ohba_tmf_req *tmf, const struct ohba_task *task)
{
	(void)tmf;
	(void)task;
	return true;
}

typedef bool (*scope_fn)(const struct ohba_tmf_req *tmf, const struct ohba_task *task);

/* By enum ohba_tmf_function: the tasks that its success ends. */
static const scope_fn scopes[] = {
	[OHBA_TMF_ABORT_TASK] = scope_task,
	[OHBA_TMF_ABORT_TASK_SET] = scope_lun,
	[OHBA_TMF_CLEAR_ACA] = scope_none,
	[OHBA_TMF_CLEAR_TASK_SET] = scope_lun,
	[OHBA_TMF_LUN_RESET] = scope_lun,
	[OHBA_TMF_TARGET_WARM_RESET] = scope_session,
	[OHBA_TMF_TARGET_COLD_RESET] = scope_session,
};

#define NSCOPES		(sizeof(scopes) / sizeof(scopes[0]))

_Static_assert(OHBA_TMF_ABORT_TASK == (int)ISCSI_TMF_ABORT_TASK &&
	       OHBA_TMF_TARGET_COLD_RESET == (int)ISCSI_TMF_TARGET_COLD_RESET, "same numbers");

/* --- the end of a TMF ------------------------------------------------------------------- */

static void tmf_complete(struct ohba_conn *conn, struct ohba_tmf_req *tmf,
			 enum ohba_status status)
{
	struct ohba_cqe cqe = { .status = htole16(status), .response = tmf->response };

	tmf->state = OHBA_TMF_FREE;
	ohba_pay(conn->fw, &tmf->owed, &cqe);
}

void ohba_tmf_task_ended(struct ohba_conn *conn, uint8_t tmfs)
{
	for (; tmfs; tmfs &= tmfs - 1) {
		struct ohba_tmf_req *tmf = &conn->tmf[__builtin_ctz(tmfs)];

		if (!--tmf->waits && tmf->state == OHBA_TMF_ENDING)
			tmf_complete(conn, tmf, OHBA_ST_SUCCESS);
	}
}

/* @task will end, maybe only when a PDU of it has been sent: @tmf completes later. */
static void wait_for(struct ohba_conn *conn, struct ohba_tmf_req *tmf, struct ohba_task *task)
{
	uint8_t bit = 1u << (tmf - conn->tmf);

	if (task->tmfs & bit)
		return;
	task->tmfs |= bit;
	tmf->waits++;
}

/* Complete @tmf with @response once the tasks it waits for have completed. */
static void tmf_answered(struct ohba_conn *conn, struct ohba_tmf_req *tmf, uint8_t response)
{
	tmf->response = response;
	tmf->state = OHBA_TMF_ENDING;
	if (!tmf->waits)
		tmf_complete(conn, tmf, OHBA_ST_SUCCESS);
}

/* --- held tasks -------------------------------------------------------------------------- */

static struct ohba_task *task_of_item(struct ohba_list *node)
{
	return ohba_container(node, struct ohba_task, item.link);
}

static void hold_unsent(struct ohba_conn *conn, struct ohba_tmf_req *tmf)
{
	struct ohba_list *node, *tmp;

	ohba_list_for_each(node, tmp, &conn->tasks) {
		struct ohba_task *task = ohba_container(node, struct ohba_task, link);

		if (task->state != OHBA_TASK_UNSENT || !task->item.in_window ||
		    !scopes[tmf->function](tmf, task))
			continue;
		ohba_tx_unqueue(conn, &task->item);
		ohba_list_append(&tmf->held, &task->item.link);
	}
}

/* A TMF after @tmf that waits for its answer and concerns @task, or NULL. */
static struct ohba_tmf_req *next_holder(struct ohba_conn *conn, const struct ohba_tmf_req *tmf,
					const struct ohba_task *task)
{
	unsigned int i;

	for (i = 0; i < OHBA_TMF_DEPTH; i++) {
		struct ohba_tmf_req *other = &conn->tmf[i];

		if (other->state == OHBA_TMF_SENT && iscsi_sn_lt(tmf->seq, other->seq) &&
		    scopes[other->function](other, task))
			return other;
	}
	return NULL;
}

/*
 * Back to where they were, before all that came later; but what a younger TMF
 * concerns too waits for its answer: sent now, it would have a CmdSN behind it.
 */
static void release_held(struct ohba_conn *conn, struct ohba_tmf_req *tmf)
{
	while (!ohba_list_empty(&tmf->held)) {
		struct ohba_task *task = task_of_item(tmf->held.prev);
		struct ohba_tmf_req *other = next_holder(conn, tmf, task);

		ohba_list_del(&task->item.link);
		if (other)
			ohba_list_prepend(&other->held, &task->item.link);
		else
			ohba_tx_window_front(conn, &task->item);
	}
}

static void end_held_by(const struct ohba_tmf_req *tmf, struct ohba_tmf_req *holder)
{
	struct ohba_list *node, *tmp;

	ohba_list_for_each(node, tmp, &holder->held)
		if (scopes[tmf->function](tmf, task_of_item(node)))
			ohba_task_abort(task_of_item(node));
}

/*
 * What an older TMF holds came before @tmf as well, and must not be sent once
 * that one is refused.
 */
static void end_held(struct ohba_conn *conn, struct ohba_tmf_req *tmf)
{
	unsigned int i;

	for (i = 0; i < OHBA_TMF_DEPTH; i++) {
		struct ohba_tmf_req *holder = &conn->tmf[i];

		if (holder->state == OHBA_TMF_SENT && iscsi_sn_le(holder->seq, tmf->seq))
			end_held_by(tmf, holder);
	}
}

/* --- sending ------------------------------------------------------------------------------ */

static void tmf_build(struct ohba_conn *conn, struct ohba_tx_item *item,
		      struct ohba_tx_slot *slot)
{
	struct ohba_tmf_req *tmf = ohba_container(item, struct ohba_tmf_req, item);
	struct iscsi_tmf_req *req = &slot->hdr.tmf_req;

	req->opcode = ISCSI_OP_TMF_REQ | ISCSI_IMMEDIATE;
	req->function = ISCSI_FLAG_FINAL | tmf->function;
	memcpy(req->lun, tmf->lun, sizeof(req->lun));
	req->itt = iscsi_put32(tmf->tag.itt);
	req->ref_itt = iscsi_put32(tmf->ref_itt);
	tmf->cmdsn = conn->session.cmdsn;
	tmf->built = true;
	req->cmdsn = ohba_session_cmdsn(&conn->session, req->opcode);
	req->ref_cmdsn = iscsi_put32(tmf->ref_cmdsn);
	conn->stats.tmf_pdus++;
}

static const struct ohba_tx_item_ops tmf_item_ops = {
	.build = tmf_build,
};

/* --- the answer --------------------------------------------------------------------------- */

static struct ohba_tmf_req *find_tmf(struct ohba_conn *conn, uint32_t itt)
{
	unsigned int i;

	for (i = 0; i < OHBA_TMF_DEPTH; i++) {
		struct ohba_tmf_req *tmf = &conn->tmf[i];

		if (tmf->state == OHBA_TMF_SENT && tmf->built && tmf->tag.itt == itt)
			return tmf;
	}
	return NULL;
}

/* Whether the target ended the tasks in scope, or knows nothing of the one. */
static bool ends_tasks(const struct ohba_tmf_req *tmf, uint8_t response)
{
	return response == ISCSI_TMF_RSP_COMPLETE ||
	       (response == ISCSI_TMF_RSP_NO_TASK && tmf->function == OHBA_TMF_ABORT_TASK);
}

/* Those that the TMF came after; younger ones in scope are none of its business. */
static void end_sent(struct ohba_conn *conn, struct ohba_tmf_req *tmf)
{
	struct ohba_list *node, *tmp;

	ohba_list_for_each(node, tmp, &conn->tasks) {
		struct ohba_task *task = ohba_container(node, struct ohba_task, link);

		if (task->state == OHBA_TASK_UNSENT || !scopes[tmf->function](tmf, task) ||
		    !iscsi_sn_lt(task->cmdsn, tmf->cmdsn))
			continue;
		wait_for(conn, tmf, task);
		if (task->state == OHBA_TASK_SENT)
			ohba_task_abort(task);
	}
}

int ohba_tmf_header(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr)
{
	if (iscsi_dsl(&hdr->bhs))
		return OHBA_ST_BAD_LENGTH;
	/* An own session that ends has given up its TMFs. */
	if (!find_tmf(conn, iscsi_get32(hdr->bhs.itt)) && !conn->session.ending)
		return OHBA_ST_BAD_ITT;
	return ohba_session_statsn(conn, hdr->tmf_rsp.statsn);
}

/*
 * TCP brought the target every command that went before the request. One that it
 * does not count will never come, and those behind it are never served (section
 * 4.2.2.1): a new session is the only way on. A target that fills the hole at an
 * abort, as section 11.5.1 wants, has acknowledged it by now.
 */
static bool target_waits(const struct ohba_conn *conn, const struct ohba_tmf_req *tmf)
{
	return iscsi_sn_lt(conn->session.exp_cmdsn, tmf->cmdsn);
}

int ohba_tmf_done(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr)
{
	struct ohba_tmf_req *tmf = find_tmf(conn, iscsi_get32(hdr->bhs.itt));
	uint8_t response = hdr->tmf_rsp.response;
	int res;

	if (!tmf)
		return conn->session.ending ? 0 : OHBA_ST_BAD_ITT;
	res = target_waits(conn, tmf) ? OHBA_ST_CMD_LOST : 0;
	ohba_fw_trace(conn->fw, OHBA_TRACE_NORMAL, "tmf", "conn %u: function %u: response %u",
		      conn->cid, tmf->function, response);
	if (ends_tasks(tmf, response)) {
		end_held(conn, tmf);
		end_sent(conn, tmf);
	} else {
		release_held(conn, tmf);
	}
	tmf_answered(conn, tmf, response);
	return res;
}

void ohba_tmf_rejected(struct ohba_conn *conn, uint32_t itt)
{
	struct ohba_tmf_req *tmf = find_tmf(conn, itt);

	if (!tmf)
		return;
	release_held(conn, tmf);
	tmf_complete(conn, tmf, OHBA_ST_REJECTED);
}

void ohba_tmf_end(struct ohba_conn *conn, enum ohba_status status)
{
	unsigned int i;

	for (i = 0; i < OHBA_TMF_DEPTH; i++)
		if (conn->tmf[i].state != OHBA_TMF_FREE)
			tmf_complete(conn, &conn->tmf[i], status);
}

/* --- the command -------------------------------------------------------------------------- */

static struct ohba_tmf_req *new_tmf(struct ohba_conn *conn, const struct ohba_tmf *body)
{
	struct ohba_tmf_req *tmf = conn->tmf;

	while (tmf->state != OHBA_TMF_FREE)
		if (++tmf == conn->tmf + OHBA_TMF_DEPTH)
			return NULL;
	ohba_ctrl_tag_new(&tmf->tag, OHBA_CTRL_TMF + (unsigned int)(tmf - conn->tmf));
	tmf->item.ops = &tmf_item_ops;
	tmf->function = body->function;
	tmf->response = 0;
	tmf->built = false;
	tmf->seq = ++conn->tmf_seq;
	memcpy(tmf->lun, body->lun, sizeof(tmf->lun));
	tmf->ref_itt = ISCSI_RESERVED_TAG;
	tmf->ref_cmdsn = 0;
	tmf->waits = 0;
	ohba_list_init(&tmf->held);
	return tmf;
}

static void queue_tmf(struct ohba_conn *conn, struct ohba_tmf_req *tmf)
{
	tmf->state = OHBA_TMF_SENT;
	hold_unsent(conn, tmf);
	ohba_tx_urgent(conn, &tmf->item);
}

static void queue_abort(struct ohba_conn *conn, struct ohba_tmf_req *tmf,
			struct ohba_task *task)
{
	tmf->ref_itt = task->itt;
	tmf->ref_cmdsn = task->cmdsn;
	memcpy(tmf->lun, task->lun, sizeof(tmf->lun));
	queue_tmf(conn, tmf);
}

/*
 * What the target never saw is ours to abort; what is ending has its result,
 * and completes before the TMF does.
 */
static void abort_task(struct ohba_conn *conn, struct ohba_tmf_req *tmf, uint32_t ref_tag)
{
	struct ohba_task *task = ohba_task_row(conn->iscsi, ref_tag);

	if (!task || task->state == OHBA_TASK_FREE || task->conn != conn ||
	    task->tag != ref_tag) {
		tmf_answered(conn, tmf, ISCSI_TMF_RSP_NO_TASK);
	} else if (task->state == OHBA_TASK_UNSENT) {
		ohba_task_abort(task);
		tmf_answered(conn, tmf, ISCSI_TMF_RSP_COMPLETE);
	} else if (task->state == OHBA_TASK_ENDING) {
		wait_for(conn, tmf, task);
		tmf_answered(conn, tmf, ISCSI_TMF_RSP_NO_TASK);
	} else {
		queue_abort(conn, tmf, task);
	}
}

int ohba_tmf(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_conn *conn;
	struct ohba_tmf_req *tmf;
	struct ohba_tmf body;

	memcpy(&body, sqe->body, sizeof(body));
	if (body.function >= NSCOPES || !scopes[body.function] ||
	    !ohba_all_zero(body.rsvd0, sizeof(body.rsvd0)) ||
	    !ohba_all_zero(body.rsvd1, sizeof(body.rsvd1)))
		return OHBA_ST_INVALID_FIELD;
	if (body.function != OHBA_TMF_ABORT_TASK && body.ref_tag)
		return OHBA_ST_INVALID_FIELD;
	conn = ohba_session_find(ohba_fw_iscsi(fw), le32toh(sqe->handle));
	if (!conn)
		return OHBA_ST_INVALID_HANDLE;
	tmf = new_tmf(conn, &body);
	if (!tmf)
		return OHBA_ST_NO_RESOURCES;
	ohba_owe(&tmf->owed, qid, sqe);
	if (body.function == OHBA_TMF_ABORT_TASK)
		abort_task(conn, tmf, le32toh(body.ref_tag));
	else
		queue_tmf(conn, tmf);
	return OHBA_PENDING;
}
