// SPDX-License-Identifier: GPL-2.0-only
/*
 * PDUs that the host receives itself, and the news that there will be no more.
 *
 * The admin thread queues them, a worker per connection hands them to the class,
 * in order. An answer to login or text first waits for the class, in a worker of
 * its own: the class may be waiting for the admin thread, or for memory.
 */
#include <linux/dma-mapping.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "hba.h"
#include "ohba_trace.h"

static struct workqueue_struct *hba_recv_wq;
static struct workqueue_struct *hba_pass_wq;

/* --- one PDU ------------------------------------------------------------- */

/* The numbers that the full-feature phase starts from. */
static void hba_note_login(struct hba_ep *ep, const struct iscsi_hdr *hdr)
{
	const struct iscsi_login_rsp *rsp = (const void *)hdr;

	if ((hdr->opcode & ISCSI_OPCODE_MASK) != ISCSI_OP_LOGIN_RSP)
		return;
	ep->login_statsn = be32_to_cpu(rsp->statsn);
	ep->login_max_cmdsn = be32_to_cpu(rsp->max_cmdsn);
	ep->login_seen = true;
}

/* Return: an enum iscsi_err. */
static int hba_recv_pdu(struct hba_ep *ep, struct hba_recv *recv, u32 len)
{
	struct iscsi_hdr *hdr = &recv->hdr;
	int err = ISCSI_ERR_CONN_FAILED;

	if (hdr->hlength || ntoh24(hdr->dlength) != len)
		return ISCSI_ERR_PROTO;
	trace_ohba_pdu_in(ep->hba->adapter->dev, ep->cid, hdr->opcode,
			  be32_to_cpu((__force __be32)hdr->itt), len);
	hba_note_login(ep, hdr);
	mutex_lock(&ep->conn_lock);
	if (hba_ep_closed(ep)) {
		err = 0;	/* its owner is done with it */
	} else if (ep->conn) {
		local_bh_disable();
		err = iscsi_complete_pdu(ep->conn, hdr,
					 recv->buf + sizeof(*hdr), len);
		local_bh_enable();
	}
	mutex_unlock(&ep->conn_lock);
	return err;
}

static int hba_recv_take(struct hba_recv *recv)
{
	u32 written = recv->cmd.result;

	if (written < sizeof(recv->hdr) || written > HBA_RECV_LEN)
		return ISCSI_ERR_PROTO;
	return hba_recv_pdu(recv->ep, recv, written - sizeof(recv->hdr));
}

static bool hba_recv_again(struct hba_recv *recv)
{
	int err = hba_recv_post(recv);

	/* Who lost or closes the connection needs no failure from here. */
	return !err || err == -ENOTCONN;
}

static void hba_recv_one(struct hba_recv *recv)
{
	struct hba_ep *ep = recv->ep;
	u32 written = recv->cmd.result;
	int err;

	err = hba_recv_take(recv);
	if (err)
		dev_warn_ratelimited(ep->hba->adapter->dev,
				     "connection %u: a PDU of %u bytes was not accepted (iscsi error %d)\n",
				     ep->cid, written, err);
	else if (!hba_recv_again(recv))
		err = ISCSI_ERR_CONN_FAILED;
	if (err)
		hba_recv_fail(ep, err);
}

/* --- the workers --------------------------------------------------------- */

static void hba_ep_queue(struct hba_ep *ep, struct workqueue_struct *wq,
			 struct work_struct *work)
{
	kref_get(&ep->ref);
	if (!queue_work(wq, work))
		hba_ep_put(ep);
}

/* Have the worker look. The caller knows that @ep cannot go away meanwhile. */
void hba_recv_kick(struct hba_ep *ep)
{
	hba_ep_queue(ep, hba_recv_wq, &ep->recv_work);
}

/* Tell the class, behind the PDUs that came before. @err: enum iscsi_err. */
void hba_recv_fail(struct hba_ep *ep, int err)
{
	spin_lock_bh(&ep->recv_lock);
	ep->recv_err = err;
	spin_unlock_bh(&ep->recv_lock);
	hba_recv_kick(ep);
}

/* iscsid or iscsiadm wait for these. */
static bool hba_recv_is_answer(const struct hba_recv *recv)
{
	u8 opcode = recv->hdr.opcode & ISCSI_OPCODE_MASK;

	return opcode == ISCSI_OP_LOGIN_RSP || opcode == ISCSI_OP_TEXT_RSP;
}

/* Return: whether @recv may be handed to the class now; if not, it will. */
static bool hba_recv_passed(struct hba_ep *ep, const struct hba_recv *recv)
{
	lockdep_assert_held(&ep->recv_lock);
	if (!hba_recv_is_answer(recv))
		return true;
	if (ep->pass == HBA_PASS_DONE) {
		ep->pass = HBA_PASS_NONE;
		return true;
	}
	if (ep->pass == HBA_PASS_NONE) {
		ep->pass = HBA_PASS_UNDER_WAY;
		hba_ep_queue(ep, hba_pass_wq, &ep->pass_work);
	}
	return false;
}

/*
 * Return: the oldest PDU if its turn has come. If there is none, @err is what
 * is left to tell.
 */
static struct hba_recv *hba_recv_next(struct hba_ep *ep, int *err)
{
	struct hba_recv *recv;

	*err = 0;
	spin_lock_bh(&ep->recv_lock);
	recv = list_first_entry_or_null(&ep->recv_list, struct hba_recv, node);
	if (!recv)
		*err = ep->recv_err;
	else if (hba_recv_passed(ep, recv))
		list_del(&recv->node);
	else
		recv = NULL;
	spin_unlock_bh(&ep->recv_lock);
	return recv;
}

/* Before bind_conn there is nobody to tell: it has the worker look again. */
static void hba_recv_tell(struct hba_ep *ep, int err)
{
	mutex_lock(&ep->conn_lock);
	if (ep->conn && !hba_ep_closed(ep)) {
		spin_lock_bh(&ep->recv_lock);
		ep->recv_err = 0;
		spin_unlock_bh(&ep->recv_lock);
		iscsi_conn_failure(ep->conn, err);
	}
	mutex_unlock(&ep->conn_lock);
}

/* Waits for no lock of the class: recovery under memory pressure needs it. */
static void hba_recv_work(struct work_struct *work)
{
	struct hba_ep *ep = container_of(work, struct hba_ep, recv_work);
	struct hba_recv *recv;
	int err;

	while ((recv = hba_recv_next(ep, &err)))
		hba_recv_one(recv);
	if (err)
		hba_recv_tell(ep, err);
	hba_ep_put(ep);
}

/*
 * iscsiadm asks the class over netlink to send a PDU, reads the class's reply to
 * that, and only then looks for the target's answer: one that overtook the reply
 * is lost, and login or discovery times out. The reply is sent, after xmit_task
 * returned, under the lock that the class takes for every request: once we have
 * passed there, it is out.
 */
static void hba_pass_work(struct work_struct *work)
{
	struct hba_ep *ep = container_of(work, struct hba_ep, pass_work);

	hba_class_barrier();	/* if it fails, so may this login: it says so */
	spin_lock_bh(&ep->recv_lock);
	ep->pass = HBA_PASS_DONE;
	spin_unlock_bh(&ep->recv_lock);
	hba_recv_kick(ep);
	hba_ep_put(ep);
}

/* --- from and to the device ---------------------------------------------- */

/* The admin thread. A failed receive ends with the connection, or with all. */
static void hba_recv_done(struct ohba_admin_cmd *cmd)
{
	struct hba_recv *recv = container_of(cmd, struct hba_recv, cmd);
	struct hba_ep *ep = recv->ep;

	if (!cmd->error && cmd->status == OHBA_ST_SUCCESS) {
		/* A private copy: the device may write to its own again. */
		memcpy(&recv->hdr, recv->buf, sizeof(recv->hdr));
		spin_lock_bh(&ep->recv_lock);
		list_add_tail(&recv->node, &ep->recv_list);
		spin_unlock_bh(&ep->recv_lock);
		hba_recv_kick(ep);
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

	spin_lock_init(&ep->recv_lock);
	INIT_LIST_HEAD(&ep->recv_list);
	INIT_WORK(&ep->recv_work, hba_recv_work);
	INIT_WORK(&ep->pass_work, hba_pass_work);
	for (i = 0; i < HBA_RECV_BUFS; i++) {
		ep->recv[i].ep = ep;
		ep->recv[i].buf = ep->data->recv[i];
		ep->recv[i].addr = ep->data_addr +
				   offsetof(struct hba_ep_data, recv[i]);
	}
}

/* --- the module ---------------------------------------------------------- */

int __init hba_recv_setup(void)
{
	const unsigned int flags = WQ_UNBOUND | WQ_MEM_RECLAIM;

	hba_recv_wq = alloc_workqueue("ohba_fw_recv", flags, 0);
	if (!hba_recv_wq)
		return -ENOMEM;
	hba_pass_wq = alloc_workqueue("ohba_fw_pass", flags, 0);
	if (hba_pass_wq)
		return 0;
	destroy_workqueue(hba_recv_wq);
	return -ENOMEM;
}

void hba_recv_cleanup(void)
{
	destroy_workqueue(hba_pass_wq);
	destroy_workqueue(hba_recv_wq);
}
