// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Connections of the firmware's own: those of targets that it has sessions with by itself, and
 * of discoveries behind them.
 * Their ids are behind the host's, who has no command for them but by session handle.
 */
#include <string.h>

#include "iscsi.h"
#include "task.h"

struct ohba_conn *ohba_own_conn(struct ohba_iscsi *iscsi, uint32_t n)
{
	return ohba_conn_any(iscsi, iscsi->max_conns + n);
}

enum ohba_status ohba_own_open(struct ohba_iscsi *iscsi, uint32_t n,
			       const struct ohba_conn_open *open,
			       const struct ohba_conn_owner *owner, void *arg)
{
	if (ohba_own_conn(iscsi, n))
		return OHBA_ST_BUSY;
	return ohba_conn_begin(iscsi, iscsi->max_conns + n, open, owner, arg);
}

void ohba_own_lend(struct ohba_conn *conn, bool lent)
{
	if (!lent)
		ohba_host_pdu_end(conn, OHBA_ST_LOGIN_STALE);
	conn->lent = lent;
	ohba_rx_resume(conn);
}

bool ohba_own_logout(struct ohba_conn *conn)
{
	struct iscsi_logout_req req = {
		.opcode = ISCSI_OP_LOGOUT_REQ | ISCSI_IMMEDIATE,
		.reason = ISCSI_FLAG_FINAL | ISCSI_LOGOUT_SESSION,
	};
	union iscsi_pdu_hdr hdr = { .raw = { 0 } };

	memcpy(hdr.raw, &req, sizeof(req));
	return !ohba_own_send(conn, &hdr, NULL, 0);
}

/*
 * What is being received for a task must not reach its buffer any more. PDUs of it that are
 * half sent complete it later.
 */
void ohba_own_abort(struct ohba_conn *conn)
{
	struct ohba_list *node, *tmp;
	unsigned int i;

	ohba_rx_disown(conn);
	ohba_list_for_each(node, tmp, &conn->tasks) {
		struct ohba_task *task = ohba_container(node, struct ohba_task, link);

		if (task->state != OHBA_TASK_ENDING)
			ohba_task_abort(task);
	}
	for (i = 0; i < OHBA_TMF_DEPTH; i++)
		ohba_tx_unqueue(conn, &conn->tmf[i].item);
	ohba_tmf_end(conn, OHBA_ST_ABORTED);
	conn->session.ending = true;
	if (ohba_list_empty(&conn->tasks))
		conn->owner->idle(conn);
}

void ohba_own_close(struct ohba_conn *conn, bool lost, bool abort)
{
	switch (conn->phase) {
	case OHBA_CONN_CONNECTING:
		ohba_conn_cancel(conn);
		break;
	case OHBA_CONN_LOST:
		ohba_conn_bury(conn);
		break;
	case OHBA_CONN_CLOSING:
		break;
	default:
		ohba_conn_end(conn, lost, abort);
		/* What is queued is the loop's next turn's: none of this one's may follow. */
		if (conn->phase == OHBA_CONN_CLOSING)
			ohba_conn_ready(conn);
	}
}
