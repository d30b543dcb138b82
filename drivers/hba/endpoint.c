// SPDX-License-Identifier: GPL-2.0-only
/*
 * Endpoints: a TCP connection of the adapter from ep_connect to its close.
 * Its states are in ep_states.c.
 *
 * The completion of CONN_CLOSE is the barrier after which the device touches
 * no memory of the connection. All callbacks here run in the adapter's admin
 * thread, hence in order: after the completion of CONN_CLOSE none comes.
 */
#include <linux/in.h>
#include <linux/in6.h>

#include "hba.h"

#define HBA_POLL_MAX_MS		1000	/* the netlink mutex is held meanwhile */

/* --- lifetime ------------------------------------------------------------ */

/* Covers the way from the class's endpoint to ours. */
static DEFINE_SPINLOCK(hba_ep_ref_lock);

/* Return: with a reference, or NULL if the endpoint was disconnected. */
struct hba_ep *hba_ep_get(struct iscsi_endpoint *iep)
{
	struct hba_ep *ep;

	spin_lock(&hba_ep_ref_lock);
	ep = iep->dd_data;
	if (ep)
		kref_get(&ep->ref);
	spin_unlock(&hba_ep_ref_lock);
	return ep;
}

/* -ENODEV: the adapter is being removed; -EAGAIN: it may come up again. */
static int hba_ep_count(struct hba *hba)
{
	int err = 0;

	spin_lock_bh(&hba->ep_lock);
	if (hba->removing || ohba_is_dead(hba->adapter))
		err = -ENODEV;
	else if (hba->down)
		err = -EAGAIN;
	else
		hba->ep_count++;
	spin_unlock_bh(&hba->ep_lock);
	return err;
}

static void hba_ep_uncount(struct hba *hba)
{
	/* Woken under the lock: whoever waits may free @hba right after. */
	spin_lock_bh(&hba->ep_lock);
	hba->ep_count--;
	wake_up(&hba->wait);
	spin_unlock_bh(&hba->ep_lock);
}

static void hba_ep_release(struct kref *ref)
{
	struct hba_ep *ep = container_of(ref, struct hba_ep, ref);
	struct hba *hba = ep->hba;

	hba_ep_mem_put(ep);
	hba_ep_uncount(hba);
}

/* Context: process. */
void hba_ep_put(struct hba_ep *ep)
{
	kref_put(&ep->ref, hba_ep_release);
}

/* Take a free connection id. The cookie tells its users apart. */
static int hba_ep_register(struct hba_ep *ep)
{
	struct hba *hba = ep->hba;
	int err = -EBUSY;
	u32 i;

	spin_lock_bh(&hba->ep_lock);
	for (i = 0; i < hba->max_eps; i++) {
		if (hba->eps[i])
			continue;
		hba->eps[i] = ep;
		ep->cid = i;
		ep->cookie = (u64)(++hba->cookie_seq) << 32 | i;
		err = 0;
		break;
	}
	spin_unlock_bh(&hba->ep_lock);
	if (err)
		dev_err(hba->adapter->dev,
			"all %u connections are in use: log out of a target or give the device more connections\n",
			hba->max_eps);
	return err;
}

static void hba_ep_unregister(struct hba_ep *ep)
{
	struct hba *hba = ep->hba;

	spin_lock_bh(&hba->ep_lock);
	if (hba->eps[ep->cid] == ep)
		hba->eps[ep->cid] = NULL;
	spin_unlock_bh(&hba->ep_lock);
}

/* --- commands of a connection -------------------------------------------- */

/*
 * Each success is followed by hba_ep_answered() in the command's callback.
 * The state is looked at under the lock that moves it, so that nothing follows
 * CONN_CLOSE into the ring: it would be answered after it, and break the
 * barrier. Context: any but hard interrupt. -ENOTCONN: lost or being closed.
 */
int hba_ep_submit(struct hba_ep *ep, struct ohba_admin_cmd *cmd)
{
	const unsigned int open = BIT(HBA_EP_CONNECTING) | BIT(HBA_EP_RAW) |
				  BIT(HBA_EP_FULL);
	int err = -ENOTCONN;

	spin_lock_bh(&ep->lock);
	if (open & BIT(ep->state)) {
		atomic_inc(&ep->outstanding);
		err = ohba_admin_submit(ep->hba->adapter, cmd);
		if (err)
			atomic_dec(&ep->outstanding);
	}
	spin_unlock_bh(&ep->lock);
	return err;
}

/* The last that a callback does with @ep, unless it has a reference. */
void hba_ep_answered(struct hba_ep *ep)
{
	/* Pairs with the acquire in hba_ep_check_barrier(). */
	atomic_dec_return_release(&ep->outstanding);
}

/* --- loss ---------------------------------------------------------------- */

static void hba_ep_report_loss(struct hba_ep *ep, u16 reason, u8 opcode)
{
	struct device *dev = ep->hba->adapter->dev;

	/* RFC 7143 11.14: a target closes the connection after a logout. */
	if (reason == OHBA_ST_CONN_CLOSED && READ_ONCE(ep->logging_out))
		return;
	if (reason >= OHBA_ST_BAD_OPCODE && opcode)
		dev_warn(dev, "connection %u to %pISpc lost: %s (%s; PDU opcode 0x%02x)\n",
			 ep->cid, &ep->dst, ohba_status_name(reason),
			 ohba_status_meaning(reason), opcode);
	else
		dev_warn(dev, "connection %u to %pISpc lost: %s (%s)\n",
			 ep->cid, &ep->dst, ohba_status_name(reason),
			 ohba_status_meaning(reason));
}

/* Return: whether it was there to be lost. */
static bool hba_ep_move_lost(struct hba_ep *ep, u16 reason)
{
	ep->reason = reason;
	if (!hba_ep_move(ep, HBA_EP_EV_LOST))
		return false;
	if (ep->conn)
		hba_session_unready(ep->conn->session->dd_data, HBA_SESSION_EV_LOST);
	hba_recv_fail(ep, ISCSI_ERR_CONN_FAILED);
	return true;
}

static void hba_ep_lose(struct hba_ep *ep, u16 reason, u8 opcode)
{
	if (hba_ep_move_lost(ep, reason))
		hba_ep_report_loss(ep, reason, opcode);
}

static void hba_ep_forget(struct hba_ep *ep)
{
	hba_ep_move_lost(ep, OHBA_ST_ABORTED);
	spin_lock_bh(&ep->lock);
	ep->gone = ep->state == HBA_EP_LOST;
	spin_unlock_bh(&ep->lock);
}

static struct hba_ep *hba_ep_by_cid(struct hba *hba, u32 cid)
{
	struct hba_ep *ep;

	spin_lock_bh(&hba->ep_lock);
	ep = hba->eps[cid];
	if (ep)
		kref_get(&ep->ref);
	spin_unlock_bh(&hba->ep_lock);
	return ep;
}

/*
 * The adapter stopped, and forgot its connections. Those under way have failed
 * with their command; until it is up there will be no new ones.
 */
void hba_ep_lose_all(struct hba *hba)
{
	struct hba_ep *ep;
	u32 i;

	spin_lock_bh(&hba->ep_lock);
	hba->down = true;
	spin_unlock_bh(&hba->ep_lock);
	for (i = 0; i < hba->max_eps; i++) {
		ep = hba_ep_by_cid(hba, i);
		if (!ep)
			continue;
		hba_ep_forget(ep);
		hba_ep_put(ep);
	}
}

void hba_ep_allow(struct hba *hba)
{
	spin_lock_bh(&hba->ep_lock);
	hba->down = false;
	spin_unlock_bh(&hba->ep_lock);
}

/* CONN_LOST from the event queue, which anyone may have forged. */
void hba_ep_lost(struct hba *hba, const struct ohba_event *ev)
{
	u32 cid = le32_to_cpu(ev->handle);
	struct hba_ep *ep = NULL;

	spin_lock_bh(&hba->ep_lock);
	if (cid < hba->max_eps)
		ep = hba->eps[cid];
	if (ep && ep->cookie == le64_to_cpu(ev->cookie))
		kref_get(&ep->ref);
	else
		ep = NULL;
	spin_unlock_bh(&hba->ep_lock);
	if (!ep) {
		ohba_dbg(hba->adapter, EVENT, "stale loss of connection %u\n",
			 cid);
		return;
	}
	hba_ep_lose(ep, le16_to_cpu(ev->reason), le32_to_cpu(ev->detail[0]));
	hba_ep_put(ep);
}

/* --- connect ------------------------------------------------------------- */

static void hba_ep_opened(struct ohba_admin_cmd *cmd)
{
	struct hba_ep *ep = container_of(cmd, struct hba_ep, open);
	int i;

	if (cmd->error || cmd->status != OHBA_ST_SUCCESS) {
		ep->reason = cmd->status;
		if (hba_ep_move(ep, HBA_EP_EV_REFUSED)) {
			hba_ep_unregister(ep);
			dev_warn(ep->hba->adapter->dev,
				 "connection to %pISpc failed: %s (%s): %s\n",
				 &ep->dst, ohba_status_name(cmd->status),
				 ohba_status_meaning(cmd->status),
				 ohba_status_remedy(cmd->status));
		}
	} else if (hba_ep_move(ep, HBA_EP_EV_OPENED)) {
		for (i = 0; i < HBA_RECV_BUFS; i++)
			if (hba_recv_post(&ep->recv[i]))
				hba_ep_lose(ep, OHBA_ST_NO_RESOURCES, 0);
	}
	complete_all(&ep->opened);
	hba_ep_answered(ep);
	hba_ep_put(ep);
}

static int hba_ep_fill_open(struct hba_ep *ep)
{
	struct ohba_conn_open *body = (void *)ep->open.sqe.body;
	struct sockaddr_in6 *in6 = (void *)&ep->dst;
	struct sockaddr_in *in = (void *)&ep->dst;

	switch (ep->dst.ss_family) {
	case AF_INET:
		body->family = OHBA_FAMILY_IPV4;
		body->port = cpu_to_le16(ntohs(in->sin_port));
		memcpy(body->addr, &in->sin_addr, sizeof(in->sin_addr));
		break;
	case AF_INET6:
		body->family = OHBA_FAMILY_IPV6;
		body->port = cpu_to_le16(ntohs(in6->sin6_port));
		body->scope_id = cpu_to_le32(in6->sin6_scope_id);
		memcpy(body->addr, &in6->sin6_addr, sizeof(in6->sin6_addr));
		break;
	default:
		return -EAFNOSUPPORT;
	}
	body->cookie = cpu_to_le64(ep->cookie);
	ep->open.sqe.opcode = OHBA_ADMIN_CONN_OPEN;
	ep->open.sqe.handle = cpu_to_le32(ep->cid);
	ep->open.done = hba_ep_opened;
	return 0;
}

/* How long @dst is nobody says: see hba_ping_fill(). */
static void hba_ep_take_address(struct hba_ep *ep, const struct sockaddr *dst)
{
	size_t len = dst->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) :
						  sizeof(struct sockaddr_in);

	memcpy(&ep->dst, dst, len);
}

static struct hba_ep *hba_ep_alloc(struct hba *hba, const struct sockaddr *dst)
{
	struct hba_ep *ep;
	int err;

	err = hba_ep_count(hba);
	if (err)
		return ERR_PTR(err);
	ep = hba_ep_mem_get(hba);
	if (!ep) {
		hba_ep_uncount(hba);
		return ERR_PTR(-ENOMEM);
	}
	kref_init(&ep->ref);
	spin_lock_init(&ep->lock);
	mutex_init(&ep->close_lock);
	mutex_init(&ep->conn_lock);
	init_completion(&ep->opened);
	init_completion(&ep->closed);
	hba_ep_take_address(ep, dst);
	hba_recv_init(ep);
	return ep;
}

/* Its callback has a reference: after a failure no close waits for it to return. */
static int hba_ep_submit_open(struct hba_ep *ep)
{
	int err;

	kref_get(&ep->ref);
	err = hba_ep_submit(ep, &ep->open);
	if (err)
		hba_ep_put(ep);
	return err;
}

static int hba_ep_start(struct hba_ep *ep)
{
	int err;

	err = hba_ep_register(ep);
	if (err)
		return err;
	err = hba_ep_fill_open(ep) ?: hba_ep_submit_open(ep);
	if (err)
		hba_ep_unregister(ep);
	return err;
}

/* From here on the class's endpoint holds the first reference. */
static void hba_ep_publish(struct hba_ep *ep, struct iscsi_endpoint *iep)
{
	spin_lock(&hba_ep_ref_lock);
	ep->iep = iep;
	iep->dd_data = ep;
	list_add_tail(&ep->node, &ep->hba->ep_list);
	spin_unlock(&hba_ep_ref_lock);
}

/**
 * hba_ep_connect() - start a TCP connection
 * @shost: the adapter's host
 * @dst: the portal
 * @non_blocking: ignored: waiting is ep_poll's
 *
 * Context: process, under the class's netlink mutex: does not wait.
 */
struct iscsi_endpoint *hba_ep_connect(struct Scsi_Host *shost,
				      struct sockaddr *dst, int non_blocking)
{
	struct iscsi_endpoint *iep;
	struct hba_ep *ep;
	int err;

	if (!shost) {
		pr_err("ohba_fw: connect without a host: bind the iface record to an adapter with iface.hwaddress\n");
		return ERR_PTR(-ENXIO);
	}
	if (!hba_owns(shost))
		return ERR_PTR(-ENXIO);
	iep = iscsi_create_endpoint(0);
	if (!iep)
		return ERR_PTR(-ENOMEM);
	ep = hba_ep_alloc(hba_of(shost), dst);
	if (IS_ERR(ep)) {
		err = PTR_ERR(ep);
		goto destroy;
	}
	err = hba_ep_start(ep);
	if (err)
		goto put;
	hba_ep_publish(ep, iep);
	return iep;

put:
	hba_ep_put(ep);
destroy:
	iscsi_destroy_endpoint(iep);
	return ERR_PTR(err);
}

static int hba_ep_verdict(struct hba_ep *ep)
{
	switch (READ_ONCE(ep->state)) {
	case HBA_EP_CONNECTING:
		return 0;
	case HBA_EP_RAW:
	case HBA_EP_FULL:
		return 1;
	case HBA_EP_FAILED:
		return ohba_status_errno(ep->reason) ?: -EIO;
	case HBA_EP_LOST:
		return -ECONNRESET;
	default:
		return -EPIPE;
	}
}

/**
 * hba_ep_poll() - is the connection there?
 * @iep: the endpoint
 * @timeout_ms: longest wait; bounded here, as all of iSCSI waits for us
 *
 * Return: 1 if it is, 0 if it may come, a negative errno if it will not.
 */
int hba_ep_poll(struct iscsi_endpoint *iep, int timeout_ms)
{
	struct hba_ep *ep = hba_ep_get(iep);
	long left;
	int ret;

	if (!ep)
		return -EPIPE;
	if (timeout_ms < 0 || timeout_ms > HBA_POLL_MAX_MS)
		timeout_ms = HBA_POLL_MAX_MS;
	left = wait_for_completion_interruptible_timeout(&ep->opened,
							 msecs_to_jiffies(timeout_ms));
	ret = left < 0 ? -EINTR : hba_ep_verdict(ep);
	hba_ep_put(ep);
	return ret;
}

/* --- close --------------------------------------------------------------- */

static void hba_ep_close_done(struct ohba_admin_cmd *cmd)
{
	complete(&container_of(cmd, struct hba_ep, close)->closed);
}

/* Return: false if the adapter stopped before it answered. */
static bool hba_ep_send_close(struct hba_ep *ep, bool abort)
{
	const unsigned long timeout = msecs_to_jiffies(HBA_CLOSE_TIMEOUT_MS);
	struct ohba_adapter *adapter = ep->hba->adapter;
	int err;

	ep->close.sqe.opcode = OHBA_ADMIN_CONN_CLOSE;
	ep->close.sqe.handle = cpu_to_le32(ep->cid);
	ep->close.sqe.flags = abort ? OHBA_CONN_CLOSE_ABORT : 0;
	ep->close.done = hba_ep_close_done;
	err = ohba_admin_submit(adapter, &ep->close);
	if (err == -ENODEV)
		return false;
	if (err) {
		ohba_kill(adapter, "a connection could not be closed");
		return false;
	}
	if (!wait_for_completion_timeout(&ep->closed, timeout)) {
		ohba_kill_over(adapter, &ep->close,
			       "the firmware did not close a connection");
		wait_for_completion(&ep->closed);
	}
	return !ep->close.error;
}

/* INVALID_HANDLE: the open failed while the close was on its way. */
static bool hba_ep_close_refused(const struct hba_ep *ep)
{
	return ep->close.status != OHBA_ST_SUCCESS &&
	       ep->close.status != OHBA_ST_INVALID_HANDLE;
}

/*
 * Trust the barrier only if it holds: every command of the connection has been
 * answered, on the admin queue and on the I/O queues.
 */
static void hba_ep_check_barrier(struct hba_ep *ep)
{
	struct ohba_adapter *adapter = ep->hba->adapter;
	struct hba_session *session = NULL;

	if (ep->conn)
		session = ep->conn->session->dd_data;
	if (hba_ep_close_refused(ep))
		ohba_kill(adapter, "the firmware refused to close a connection");
	if (atomic_read_acquire(&ep->outstanding))
		ohba_kill(adapter, "a closed connection has admin commands outstanding");
	if (session && !hba_drain(ep->hba, session, NULL))
		ohba_kill(adapter, "a closed session has SCSI commands outstanding");
}

/**
 * hba_ep_close() - close the connection, in whatever state it is
 * @ep: the endpoint
 *
 * When it returns, every command of the connection has completed, and the
 * device touches no memory of theirs. May be called more than once.
 *
 * Context: process, may sleep.
 */
void hba_ep_close(struct hba_ep *ep)
{
	bool abort;

	mutex_lock(&ep->close_lock);
	abort = READ_ONCE(ep->abort) || ep->state == HBA_EP_LOST ||
		ep->state == HBA_EP_CONNECTING;
	if (ep->conn)
		hba_session_unready(ep->conn->session->dd_data, HBA_SESSION_EV_CLOSE);
	if (hba_ep_move(ep, HBA_EP_EV_CLOSE)) {
		if (!ep->gone && hba_ep_send_close(ep, abort))
			hba_ep_check_barrier(ep);
		else
			ohba_wait_down(ep->hba->adapter);
		hba_ep_unregister(ep);
		WARN_ON_ONCE(!hba_ep_move(ep, HBA_EP_EV_CLOSED));
	}
	mutex_unlock(&ep->close_lock);
}

static void hba_ep_unpublish(struct hba_ep *ep)
{
	lockdep_assert_held(&hba_ep_ref_lock);
	ep->iep->dd_data = NULL;
	list_del(&ep->node);
}

/* The class calls unbind_conn first if a connection is bound. */
void hba_ep_disconnect(struct iscsi_endpoint *iep)
{
	struct hba_ep *ep;

	spin_lock(&hba_ep_ref_lock);
	ep = iep->dd_data;
	if (ep)
		hba_ep_unpublish(ep);
	spin_unlock(&hba_ep_ref_lock);
	if (!ep)
		return;
	hba_ep_close(ep);
	hba_ep_put(ep);
	iscsi_destroy_endpoint(iep);
}

static bool hba_ep_none(struct hba *hba)
{
	bool none;

	spin_lock_bh(&hba->ep_lock);
	none = !hba->ep_count;
	spin_unlock_bh(&hba->ep_lock);
	return none;
}

/* Return: an endpoint that is ours alone now, or NULL. */
static struct hba_ep *hba_ep_take_first(struct hba *hba)
{
	struct hba_ep *ep;

	spin_lock(&hba_ep_ref_lock);
	ep = list_first_entry_or_null(&hba->ep_list, struct hba_ep, node);
	if (ep)
		hba_ep_unpublish(ep);
	spin_unlock(&hba_ep_ref_lock);
	return ep;
}

/**
 * hba_ep_remove_all() - end the endpoints that no session ended
 * @hba: the adapter, whose sessions are gone and which takes no new endpoints
 *
 * Context: process, may sleep. When it returns no endpoint structure is left.
 */
void hba_ep_remove_all(struct hba *hba)
{
	struct iscsi_endpoint *iep;
	struct hba_ep *ep;

	/*
	 * Someone may be in ep_poll, which is bounded, or about to publish the
	 * endpoint of a connect that began before the removal: look again.
	 */
	do {
		while ((ep = hba_ep_take_first(hba))) {
			iep = ep->iep;
			hba_ep_close(ep);
			hba_ep_put(ep);
			iscsi_destroy_endpoint(iep);
		}
	} while (!wait_event_timeout(hba->wait, hba_ep_none(hba), HZ));
}
