// SPDX-License-Identifier: GPL-2.0-only
/* PDUs that the host sends itself: login, text, logout, nop. */
#include <linux/dma-mapping.h>
#include <linux/string.h>

#include "hba.h"
#include "ohba_trace.h"

/* libiscsi asks where to build the header. Its session lock is held. */
int hba_alloc_pdu(struct iscsi_task *task, u8 opcode)
{
	struct hba_pdu *pdu = task->dd_data;

	/* The answer overtook the completion of the request: device's fault. */
	if (READ_ONCE(pdu->sending))
		return -EBUSY;
	task->hdr = &pdu->bhs;
	task->hdr_max = sizeof(pdu->bhs);
	return 0;
}

static void hba_pdu_unmap(struct hba_pdu *pdu)
{
	if (pdu->len)
		dma_unmap_single(pdu->ep->hba->adapter->dev, pdu->addr,
				 pdu->len, DMA_TO_DEVICE);
}

/*
 * Give the task back. A PDU that asks for no answer ends here, unless the
 * connection's stop has ended it meanwhile.
 */
static void hba_pdu_put_task(struct hba_pdu *pdu)
{
	struct iscsi_task *task = pdu->task;
	struct iscsi_session *session = task->conn->session;

	spin_lock_bh(&session->back_lock);
	WRITE_ONCE(pdu->sending, false);
	if (pdu->bhs.itt == RESERVED_ITT && task->state == ISCSI_TASK_RUNNING)
		__iscsi_put_task(task);
	__iscsi_put_task(task);
	spin_unlock_bh(&session->back_lock);
}

static void hba_pdu_sent(struct ohba_admin_cmd *cmd)
{
	struct hba_pdu *pdu = container_of(cmd, struct hba_pdu, cmd);
	struct iscsi_conn *conn = pdu->task->conn;
	struct hba_ep *ep = pdu->ep;
	/* The others say that the connection ended, which is known by then. */
	bool failed = cmd->status != OHBA_ST_SUCCESS &&
		      cmd->status != OHBA_ST_ABORTED &&
		      cmd->status != OHBA_ST_SESSION_LOST;

	hba_pdu_unmap(pdu);
	if (failed) {
		dev_warn(ep->hba->adapter->dev,
			 "connection %u: PDU 0x%02x was not sent: %s (%s)\n",
			 ep->cid, pdu->bhs.opcode, ohba_status_name(cmd->status),
			 ohba_status_meaning(cmd->status));
		iscsi_conn_failure(conn, ISCSI_ERR_CONN_FAILED);
	}
	hba_pdu_put_task(pdu);
	hba_ep_answered(ep);
	hba_ep_put(ep);
}

/* Is @key=@value among the zero-separated pairs at @text? */
static bool hba_text_has(const char *text, u32 len, const char *pair)
{
	u32 want = strlen(pair) + 1;
	u32 at = 0;

	while (at + want <= len) {
		if (!memcmp(text + at, pair, want))
			return true;
		at += strnlen(text + at, len - at) + 1;
	}
	return false;
}

/* What must be known about a PDU before it goes. */
static void hba_pdu_notice(struct hba_ep *ep, struct iscsi_task *task)
{
	switch (task->hdr->opcode & ISCSI_OPCODE_MASK) {
	case ISCSI_OP_LOGIN:
		/* The daemon tells the type of the session to nobody else. */
		if (hba_text_has(task->data, task->data_count,
				 "SessionType=Discovery"))
			ep->discovery = true;
		break;
	case ISCSI_OP_LOGOUT:
		/* RFC 7143 11.14: no command may follow. */
		hba_session_stall(task->conn->session->dd_data);
		WRITE_ONCE(ep->logging_out, true);
		break;
	}
}

static int hba_pdu_map(struct hba_pdu *pdu, struct iscsi_task *task)
{
	struct device *dev = pdu->ep->hba->adapter->dev;

	if (!pdu->len)
		return 0;
	pdu->addr = dma_map_single(dev, task->data, pdu->len, DMA_TO_DEVICE);
	if (dma_mapping_error(dev, pdu->addr)) {
		pdu->len = 0;
		return -ENOMEM;
	}
	ohba_admin_data(&pdu->cmd, pdu->addr, pdu->len);
	return 0;
}

static int hba_pdu_send(struct hba_pdu *pdu, struct iscsi_task *task)
{
	int err;

	memset(&pdu->cmd.sqe, 0, sizeof(pdu->cmd.sqe));
	err = hba_pdu_map(pdu, task);
	if (err)
		return err;
	pdu->task = task;
	pdu->cmd.done = hba_pdu_sent;
	pdu->cmd.sqe.opcode = OHBA_ADMIN_PDU_SEND;
	pdu->cmd.sqe.handle = cpu_to_le32(pdu->ep->cid);
	memcpy(pdu->cmd.sqe.body, &pdu->bhs, sizeof(pdu->bhs));

	/* Ours until it was sent; the caller's keeps it from being zero. */
	refcount_inc(&task->refcount);
	WRITE_ONCE(pdu->sending, true);
	err = hba_ep_submit(pdu->ep, &pdu->cmd);
	if (err) {
		WRITE_ONCE(pdu->sending, false);
		hba_pdu_unmap(pdu);
		iscsi_put_task(task);
	}
	return err;
}

/*
 * libiscsi sends a management task. The session lock is held, and the
 * connection is bound: unbind_conn ends that under the same lock.
 */
int hba_xmit_task(struct iscsi_task *task)
{
	struct hba_conn *hconn = task->conn->dd_data;
	struct hba_pdu *pdu = task->dd_data;
	struct hba_ep *ep = READ_ONCE(hconn->ep);
	u32 len;
	int err;

	if (!ep || READ_ONCE(pdu->sending))
		return -ENOTCONN;
	len = ntoh24(task->hdr->dlength);
	/* The daemon hands the padding over too; on the wire it is the device's. */
	if (task->data_count != len && task->data_count != iscsi_padded(len))
		return -EINVAL;
	hba_pdu_notice(ep, task);
	trace_ohba_pdu_out(ep->hba->adapter->dev, ep->cid, task->hdr->opcode,
			   be32_to_cpu((__force __be32)task->hdr->itt),
			   len);
	kref_get(&ep->ref);
	pdu->ep = ep;
	pdu->len = len;
	err = hba_pdu_send(pdu, task);
	if (!err)
		return 0;
	/* The connection's owner holds another reference: no release here. */
	hba_ep_put(ep);
	return err;
}

/*
 * libiscsi hands an answer to the daemon before the request's task is free, and a
 * daemon that sends its next request in between is refused ("Login/Text in
 * progress"): iscsid then tries a login for two minutes in vain. Both happen under
 * back_lock: who had it after the answer finds the task free.
 */
int hba_send_pdu(struct iscsi_cls_conn *cls, struct iscsi_hdr *hdr, char *data,
		 u32 len)
{
	struct iscsi_conn *conn = cls->dd_data;

	spin_lock_bh(&conn->session->back_lock);
	spin_unlock_bh(&conn->session->back_lock);
	return iscsi_conn_send_pdu(cls, hdr, data, len);
}

/* Nothing to undo: what a task holds is let go when its PDU was sent. */
void hba_cleanup_task(struct iscsi_task *task)
{
}
