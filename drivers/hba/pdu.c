// SPDX-License-Identifier: GPL-2.0-only
/* PDUs that the host sends and receives itself: login, text, logout, nop. */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/string.h>

#include "hba.h"
#include "ohba_trace.h"

#define HBA_ANSWER_US		10000	/* soonest answer to a login or text PDU */

/* --- out ----------------------------------------------------------------- */

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
		WRITE_ONCE(((struct hba_session *)task->conn->session->dd_data)->ready,
			   false);
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
	WRITE_ONCE(ep->asked, ktime_get());
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

/* Nothing to undo: what a task holds is let go when its PDU was sent. */
void hba_cleanup_task(struct iscsi_task *task)
{
}

/* --- in ------------------------------------------------------------------ */

/* The numbers that the full-feature phase starts from. */
static void hba_note_login(struct hba_ep *ep, const struct iscsi_hdr *hdr)
{
	const struct iscsi_login_rsp *rsp = (const void *)hdr;

	ep->login_statsn = be32_to_cpu(rsp->statsn);
	ep->login_max_cmdsn = be32_to_cpu(rsp->max_cmdsn);
	ep->login_seen = true;
}

/*
 * iscsiadm asks the kernel to send a PDU, reads the kernel's reply to that, and
 * polls its netlink socket for the target's answer. An answer that overtakes the
 * reply is read with it, and then polled for until login or discovery times out.
 * The reply comes after xmit_task returned, out of our sight: give it time. The
 * admin thread sleeps so that later PDUs stay behind this one.
 */
static void hba_recv_hold(struct hba_ep *ep)
{
	s64 us = HBA_ANSWER_US - ktime_us_delta(ktime_get(),
						READ_ONCE(ep->asked));

	if (us > 0)
		usleep_range(us, us + HBA_ANSWER_US / 10);
}

/* @hdr is a private copy. Return: an enum iscsi_err. */
static int hba_recv_pdu(struct hba_ep *ep, struct iscsi_hdr *hdr, void *data,
			u32 len)
{
	u8 opcode = hdr->opcode & ISCSI_OPCODE_MASK;
	int err;

	if (hdr->hlength || ntoh24(hdr->dlength) != len)
		return ISCSI_ERR_PROTO;
	if (!ep->conn)
		return ISCSI_ERR_CONN_FAILED;
	if (opcode == ISCSI_OP_LOGIN_RSP)
		hba_note_login(ep, hdr);
	if (opcode == ISCSI_OP_LOGIN_RSP || opcode == ISCSI_OP_TEXT_RSP)
		hba_recv_hold(ep);
	trace_ohba_pdu_in(ep->hba->adapter->dev, ep->cid, hdr->opcode,
			  be32_to_cpu((__force __be32)hdr->itt), len);
	local_bh_disable();
	err = iscsi_complete_pdu(ep->conn, hdr, data, len);
	local_bh_enable();
	return err;
}

static void hba_recv_take(struct hba_recv *recv, u32 written)
{
	struct hba_ep *ep = recv->ep;
	struct iscsi_hdr hdr;
	int err = ISCSI_ERR_PROTO;

	if (written >= sizeof(hdr) && written <= HBA_RECV_LEN) {
		memcpy(&hdr, recv->buf, sizeof(hdr));
		barrier();	/* the device may write to it again */
		err = hba_recv_pdu(ep, &hdr, recv->buf + sizeof(hdr),
				   written - sizeof(hdr));
	}
	if (!err)
		return;
	dev_warn_ratelimited(ep->hba->adapter->dev,
			     "connection %u: a PDU of %u bytes was not accepted (iscsi error %d)\n",
			     ep->cid, written, err);
	if (ep->conn)
		iscsi_conn_failure(ep->conn, err);
}

static void hba_recv_done(struct ohba_admin_cmd *cmd)
{
	struct hba_recv *recv = container_of(cmd, struct hba_recv, cmd);
	struct hba_ep *ep = recv->ep;
	int err;

	if (!cmd->error && cmd->status == OHBA_ST_SUCCESS) {
		hba_recv_take(recv, cmd->result);
		err = hba_recv_post(recv);
		/* Who lost or closes the connection needs no failure from here. */
		if (err && err != -ENOTCONN && ep->conn)
			iscsi_conn_failure(ep->conn, ISCSI_ERR_CONN_FAILED);
	}
	hba_ep_answered(ep);
}

/* Have the device fill this buffer with the next PDU. */
int hba_recv_post(struct hba_recv *recv)
{
	memset(&recv->cmd.sqe, 0, sizeof(recv->cmd.sqe));
	recv->cmd.sqe.opcode = OHBA_ADMIN_PDU_RECV;
	recv->cmd.sqe.handle = cpu_to_le32(recv->ep->cid);
	recv->cmd.done = hba_recv_done;
	ohba_admin_data(&recv->cmd, recv->addr, HBA_RECV_LEN);
	return hba_ep_submit(recv->ep, &recv->cmd);
}

void hba_recv_init(struct hba_ep *ep)
{
	int i;

	for (i = 0; i < HBA_RECV_BUFS; i++) {
		ep->recv[i].ep = ep;
		ep->recv[i].buf = ep->data->recv[i];
		ep->recv[i].addr = ep->data_addr +
				   offsetof(struct hba_ep_data, recv[i]);
	}
}
