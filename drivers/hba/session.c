// SPDX-License-Identifier: GPL-2.0-only
/* Sessions and connections of libiscsi, from their creation to their end. */
#include <linux/slab.h>

#include "hba.h"

/* --- creation and end ---------------------------------------------------- */

void hba_session_init(struct hba_session *session, struct hba *hba,
		      struct iscsi_session *iscsi, u16 queue_depth)
{
	session->hba = hba;
	session->queue_depth = queue_depth;
	spin_lock_init(&session->lock);
	mutex_init(&session->tmf_lock);
	init_completion(&session->tmf_done);
	session->tmf.done = hba_tmf_done;
	/* Last. Pairs with the acquire in hba_fail_one_session(). */
	smp_store_release(&session->iscsi, iscsi);
}

/*
 * Has the adapter this session by itself? Then the daemon, which knows none of those,
 * has no say in it; whoever made it ask finds out why nothing happens. One that the class
 * shows and that has no @iscsi yet is not the daemon's either: its sessions are created
 * under the class's lock.
 */
static bool hba_session_refuses(struct iscsi_cls_session *cls, const char *what)
{
	struct hba_session *session = hba_session_of(cls);

	/* Pairs with hba_session_init(). */
	if (smp_load_acquire(&session->iscsi) &&
	    (!session->target || READ_ONCE(session->ending)))
		return false;
	pr_warn_ratelimited("ohba_fw: session %u is the adapter's own, not iscsid's: no %s; to end it, log out of its flash node: iscsiadm -m host -H <host> -C flashnode -x <index> -o logout\n",
			    cls->sid, what);
	return true;
}

/*
 * libiscsi's tasks serve login, text, logout and nop only: @cmds_max bounds
 * nothing here.
 */
struct iscsi_cls_session *hba_create_session(struct iscsi_endpoint *iep,
					     u16 cmds_max, u16 queue_depth,
					     u32 initial_cmdsn)
{
	struct hba_ep *ep = iep ? hba_ep_get(iep) : NULL;
	struct iscsi_cls_session *cls = NULL;

	if (!ep) {
		pr_err("ohba_fw: session without a connected endpoint: connect first\n");
		return NULL;
	}
	if (READ_ONCE(ep->hba->removing))	/* hba_farewell() counts on it */
		goto put;
	cls = iscsi_session_setup(&hba_transport, ep->hba->shost,
				  HBA_MGMT_TASKS, sizeof(struct hba_session),
				  sizeof(struct hba_pdu), initial_cmdsn,
				  ISCSI_MAX_TARGET);
	if (cls)
		hba_session_init(hba_session_of(cls), ep->hba, cls->dd_data,
				 queue_depth);
put:
	hba_ep_put(ep);
	return cls;
}

void hba_destroy_session(struct iscsi_cls_session *cls)
{
	if (hba_session_refuses(cls, "end"))
		return;
	if (hba_session_of(cls)->target)
		hba_target_destroy(cls);
	else
		iscsi_session_teardown(cls);
}

/*
 * MaxConnections is 1 (RFC 7143 13.2), and hba_farewell() knows of one only.
 * Context: a request of the class, under its lock.
 */
struct iscsi_cls_conn *hba_create_conn(struct iscsi_cls_session *cls, u32 cid)
{
	struct hba_session *session = hba_session_of(cls);
	struct iscsi_cls_conn *conn;

	if (hba_session_refuses(cls, "connection"))
		return NULL;
	if (session->has_conn) {
		dev_err(session->hba->adapter->dev,
			"session %u has a connection: a second one is not supported, destroy the first\n",
			cls->sid);
		return NULL;
	}
	conn = iscsi_conn_setup(cls, sizeof(struct hba_conn), cid);
	if (!conn)
		return NULL;
	session->has_conn = true;
	WRITE_ONCE(session->cid, cid);
	return conn;
}

/* --- binding ------------------------------------------------------------- */

/* Let go of the endpoint, closed. May be called more than once. */
static void hba_conn_release_ep(struct hba_conn *hconn)
{
	struct hba_ep *ep = hconn->ep;

	if (!ep)
		return;
	hba_ep_close(ep);
	WRITE_ONCE(hconn->ep, NULL);
	mutex_lock(&ep->conn_lock);
	ep->conn = NULL;
	mutex_unlock(&ep->conn_lock);
	hba_ep_put(ep);
}

/*
 * Have the class's endpoint that was bound forget the connection. The class never
 * does, and keeps an endpoint that it disconnected itself until the daemon
 * disconnects it too: it would then lock a connection that may be gone. The next
 * endpoint that gets the number is not of this connection.
 *
 * Context: a request of the class, whose lock covers the endpoint's @conn.
 */
static void hba_conn_disown(struct iscsi_cls_conn *cls)
{
	struct iscsi_endpoint *iep;

	iep = iscsi_lookup_endpoint(hba_conn_of(cls)->iep_handle);
	if (!iep)
		return;
	if (iep->conn == cls)
		iep->conn = NULL;
	iscsi_put_endpoint(iep);
}

void hba_destroy_conn(struct iscsi_cls_conn *cls)
{
	struct iscsi_conn *conn = cls->dd_data;
	struct hba_session *session = conn->session->dd_data;

	if (hba_session_refuses(conn->session->cls_session, "end"))
		return;
	hba_conn_release_ep(hba_conn_of(cls));
	hba_conn_disown(cls);
	session->has_conn = false;
	iscsi_conn_teardown(cls);
}

/* Where the connection comes from, for the host's ipaddress. */
static void hba_note_local(struct hba_ep *ep)
{
	struct ohba_admin_cmd cmd = {
		.sqe.opcode = OHBA_ADMIN_CONN_INFO,
		.sqe.handle = cpu_to_le32(ep->cid),
	};
	struct ohba_conn_info *info = &ep->data->info;
	struct sockaddr_storage local = {};

	ohba_admin_data(&cmd, ep->data_addr + offsetof(struct hba_ep_data, info),
			sizeof(*info));
	if (ohba_admin_exec(ep->hba->adapter, &cmd, OHBA_ADMIN_TIMEOUT_MS))
		return;	/* the address stays unknown, nothing depends on it */
	if (READ_ONCE(info->family) == OHBA_FAMILY_IPV6) {
		local.ss_family = AF_INET6;
		memcpy(&((struct sockaddr_in6 *)&local)->sin6_addr,
		       info->local_addr, 16);
	} else {
		local.ss_family = AF_INET;
		memcpy(&((struct sockaddr_in *)&local)->sin_addr,
		       info->local_addr, 4);
	}
	spin_lock(&ep->hba->net_lock);
	ep->hba->local = local;
	spin_unlock(&ep->hba->net_lock);
}

static int hba_bind_check(struct hba_ep *ep, struct hba_session *session,
			  struct hba_conn *hconn)
{
	if (ep->hba != session->hba)
		return -EEXIST;
	if (ep->conn || hconn->ep)
		return -EBUSY;
	return READ_ONCE(ep->state) == HBA_EP_RAW ? 0 : -ENOTCONN;
}

/* Tie an endpoint, whose reference this takes over, to a connection. */
static int hba_bind(struct iscsi_cls_session *cls_session,
		    struct iscsi_cls_conn *cls_conn, struct hba_ep *ep,
		    int is_leading)
{
	struct hba_conn *hconn = hba_conn_of(cls_conn);
	int err;

	err = hba_bind_check(ep, hba_session_of(cls_session), hconn);
	if (err)
		return err;
	err = iscsi_conn_bind(cls_session, cls_conn, is_leading);
	if (err)
		return err;
	mutex_lock(&ep->conn_lock);
	ep->conn = cls_conn->dd_data;
	mutex_unlock(&ep->conn_lock);
	WRITE_ONCE(hconn->ep, ep);
	hba_recv_kick(ep);	/* lost meanwhile? */
	hba_note_local(ep);
	return 0;
}

int hba_bind_conn(struct iscsi_cls_session *cls_session,
		  struct iscsi_cls_conn *cls_conn, u64 handle, int is_leading)
{
	struct iscsi_endpoint *iep = iscsi_lookup_endpoint(handle);
	struct hba_ep *ep;
	int err;

	if (!iep)
		return -EINVAL;
	if (hba_session_refuses(cls_session, "connection")) {
		iscsi_put_endpoint(iep);
		return -EPERM;
	}
	ep = hba_ep_get(iep);
	iscsi_put_endpoint(iep);
	if (!ep)
		return -ENOTCONN;
	/* What was bound before a relogin must be gone for good. */
	if (hba_conn_of(cls_conn)->ep &&
	    READ_ONCE(hba_conn_of(cls_conn)->ep->state) == HBA_EP_CLOSED)
		hba_conn_release_ep(hba_conn_of(cls_conn));
	err = hba_bind(cls_session, cls_conn, ep, is_leading);
	if (err) {
		hba_ep_put(ep);
		return err;
	}
	hba_conn_disown(cls_conn);	/* by the endpoint before */
	hba_conn_of(cls_conn)->iep_handle = handle;
	return 0;
}

void hba_unbind_conn(struct iscsi_cls_conn *cls, bool is_active)
{
	struct iscsi_conn *conn = cls->dd_data;

	hba_session_unready(conn->session->dd_data, HBA_SESSION_EV_UNBIND);
	iscsi_conn_unbind(cls, is_active);
}

/* --- start and stop ------------------------------------------------------ */

static bool hba_fits(struct hba *hba, const char *name, u32 value, u32 max)
{
	if (value && value <= max)
		return true;
	dev_err(hba->adapter->dev,
		"login negotiated %s = %u, the adapter allows 1 to %u: lower the node record's setting\n",
		name, value, max);
	return false;
}

/* What the full-feature phase needs and a discovery session does not set. */
static void hba_default_params(struct iscsi_conn *conn)
{
	struct iscsi_session *session = conn->session;

	if (!conn->max_recv_dlength)
		conn->max_recv_dlength = ISCSI_DEF_MAX_RECV_SEG_LEN;
	if (!conn->max_xmit_dlength)
		conn->max_xmit_dlength = ISCSI_DEF_MAX_RECV_SEG_LEN;
	if (!session->max_burst)
		session->max_burst = 262144;	/* RFC 7143 13.13 */
	if (!session->first_burst)
		session->first_burst = min(session->max_burst, 65536u);
	if (!session->max_r2t)
		session->max_r2t = 1;
}

static bool hba_params_fit(struct hba *hba, const struct iscsi_conn *conn)
{
	const struct ohba_info *info = ohba_info(hba->adapter);
	const struct iscsi_session *session = conn->session;

	return hba_fits(hba, "MaxRecvDataSegmentLength",
			conn->max_recv_dlength, info->max_recv_dsl) &&
	       hba_fits(hba, "MaxBurstLength", session->max_burst,
			info->max_burst) &&
	       hba_fits(hba, "FirstBurstLength", session->first_burst,
			session->max_burst) &&
	       hba_fits(hba, "MaxOutstandingR2T", session->max_r2t,
			info->max_r2t);
}

static u16 hba_param_flags(const struct hba_ep *ep, const struct iscsi_conn *conn)
{
	const struct iscsi_session *session = conn->session;
	u16 flags = 0;

	if (session->initial_r2t_en)
		flags |= OHBA_SESSION_INITIAL_R2T;
	if (session->imm_data_en)
		flags |= OHBA_SESSION_IMMEDIATE_DATA;
	if (conn->hdrdgst_en)
		flags |= OHBA_SESSION_HDR_DIGEST;
	if (conn->datadgst_en)
		flags |= OHBA_SESSION_DATA_DIGEST;
	if (ep->discovery || session->discovery_sess)
		flags |= OHBA_SESSION_DISCOVERY;
	return flags;
}

static void hba_fill_params(struct hba_ep *ep, const struct iscsi_conn *conn)
{
	const struct iscsi_session *session = conn->session;
	const struct hba_conn *hconn = conn->dd_data;
	struct ohba_session_params *p = &ep->data->params;

	memset(p, 0, sizeof(*p));
	p->cmdsn = cpu_to_le32(session->cmdsn);
	p->max_cmdsn = cpu_to_le32(ep->login_max_cmdsn);
	p->exp_statsn = cpu_to_le32(ep->login_statsn + 1);
	p->max_recv_dsl = cpu_to_le32(conn->max_recv_dlength);
	p->max_xmit_dsl = cpu_to_le32(conn->max_xmit_dlength);
	p->max_burst = cpu_to_le32(session->max_burst);
	p->first_burst = cpu_to_le32(session->first_burst);
	p->max_r2t = cpu_to_le16(session->max_r2t);
	p->flags = cpu_to_le16(hba_param_flags(ep, conn));
	p->timers.nop_interval_ms = cpu_to_le32(hconn->recv_s * 1000);
	p->timers.nop_timeout_ms = cpu_to_le32(hconn->ping_s * 1000);
}

/* Hand the connection to the data path. Return: 0 and the session's handle. */
static int hba_start_session(struct hba_ep *ep, const struct iscsi_conn *conn,
			     u32 *handle)
{
	struct ohba_admin_cmd cmd = {
		.sqe.opcode = OHBA_ADMIN_SESSION_START,
		.sqe.handle = cpu_to_le32(ep->cid),
	};
	int err;

	hba_fill_params(ep, conn);
	ohba_admin_data(&cmd, ep->data_addr + offsetof(struct hba_ep_data, params),
			sizeof(ep->data->params));
	err = ohba_admin_exec(ep->hba->adapter, &cmd, OHBA_ADMIN_TIMEOUT_MS);
	if (err)
		dev_err(ep->hba->adapter->dev,
			"connection %u: session was not started: %s (%s)\n",
			ep->cid, ohba_status_name(cmd.status),
			ohba_status_meaning(cmd.status));
	*handle = cmd.result;
	return err;
}

/* The class holds ep_mutex: the connection cannot be unbound meanwhile. */
int hba_start_conn(struct iscsi_cls_conn *cls)
{
	struct iscsi_conn *conn = cls->dd_data;
	struct hba_session *session = conn->session->dd_data;
	struct hba_ep *ep = hba_conn_of(cls)->ep;
	u32 handle;
	int err;

	if (!ep || !ep->login_seen || READ_ONCE(ep->state) != HBA_EP_RAW)
		return -ENOTCONN;
	hba_default_params(conn);
	if (!hba_params_fit(session->hba, conn))
		return -EINVAL;
	session->data_digest = conn->datadgst_en;
	err = hba_start_session(ep, conn, &handle);
	if (err)
		return err;
	if (!hba_ep_move(ep, HBA_EP_EV_START))
		return -ENOTCONN;	/* lost meanwhile: recovery is under way */
	hba_session_ready(session, ep, handle);
	/* Lost between the two: the loss found nothing to take out of service. */
	if (READ_ONCE(ep->state) != HBA_EP_FULL) {
		hba_session_unready(session, HBA_SESSION_EV_LOST);
		return -ENOTCONN;
	}
	err = iscsi_conn_start(cls);
	if (err)
		hba_session_unready(session, HBA_SESSION_EV_REFUSED);
	return err;
}

/*
 * No login follows, so what waits for one fails at once, as after replacement_timeout;
 * with @forever also if that is negative.
 */
static void hba_session_fail_io(struct iscsi_cls_session *cls, bool forever)
{
	unsigned long flags;

	flush_work(&cls->block_work);
	if (READ_ONCE(cls->state) != ISCSI_SESSION_FAILED)
		return;
	/* It is FAILED before all its devices are blocked: those would stay so. */
	flush_work(&cls->block_work);
	/* The class destroys the queue of one that it has taken out of this state. */
	spin_lock_irqsave(&cls->lock, flags);
	if (cls->state == ISCSI_SESSION_FAILED &&
	    (forever || READ_ONCE(cls->recovery_tmo) >= 0))
		mod_delayed_work(cls->workq, &cls->recovery_work, 0);
	spin_unlock_irqrestore(&cls->lock, flags);
}

/* The adapter ended. A negative timeout means to wait for whoever resets the device. */
void hba_session_give_up(struct iscsi_cls_session *cls)
{
	hba_session_fail_io(cls, false);
}

/*
 * The adapter is being removed: nobody resets it. Without this, error handling of the host
 * would wait for the login, and who takes away disks of another session for it.
 */
void hba_session_leave(struct iscsi_cls_session *cls)
{
	struct hba_session *session = hba_session_of(cls);

	/* Pairs with hba_session_init(). hba_targets_stop() ends the adapter's own. */
	if (smp_load_acquire(&session->iscsi) && !session->target)
		hba_session_fail_io(cls, true);
}

static bool hba_is_removing(struct hba *hba)
{
	bool removing;

	spin_lock_bh(&hba->ep_lock);
	removing = hba->removing;
	spin_unlock_bh(&hba->ep_lock);
	return removing;
}

/* libiscsi's part of a stop: with STOP_CONN_RECOVER I/O waits for the next login. */
void hba_session_stop(struct hba_session *session, struct iscsi_cls_conn *cls,
		      int flag)
{
	iscsi_conn_stop(cls, flag);
	/* hba_dead(), or hba_remove(), may have come before anything waited. */
	if (ohba_is_dead(session->hba->adapter))
		hba_session_give_up(session->iscsi->cls_session);
	if (hba_is_removing(session->hba))
		hba_session_leave(session->iscsi->cls_session);
}

/*
 * Usually ep_disconnect came first and closed the connection; then this closes
 * nothing. The close is what ends the SCSI commands, which libiscsi does not
 * know.
 */
void hba_stop_conn(struct iscsi_cls_conn *cls, int flag)
{
	struct iscsi_conn *conn = cls->dd_data;
	struct hba_session *session = conn->session->dd_data;

	if (hba_session_refuses(conn->session->cls_session, "stop")) {
		/* The class has noted it nevertheless. */
		WRITE_ONCE(cls->state, hba_session_is_ready(session) ?
				       ISCSI_CONN_UP : ISCSI_CONN_FAILED);
		return;
	}
	hba_conn_release_ep(hba_conn_of(cls));
	hba_session_stop(session, cls, flag);
}

/* The class gives up waiting for a login: commands fail from now on. */
void hba_recovery_timedout(struct iscsi_cls_session *cls)
{
	struct hba_session *session = hba_session_of(cls);

	if (session->target && hba_target_is_going(session->target))
		goto fail;
	if (ohba_is_dead(session->hba->adapter))
		dev_err_ratelimited(session->hba->adapter->dev,
				    "session %u to %s: its I/O fails until the adapter is reset\n",
				    cls->sid, session->iscsi->targetname ?: "its target");
	else if (session->target)
		hba_target_timed_out(session->target);
	else if (hba_is_removing(session->hba))
		dev_info(session->hba->adapter->dev,
			 "session %u to %s: its I/O fails, as the adapter is removed\n",
			 cls->sid, session->iscsi->targetname ?: "its target");
	else
		dev_err(session->hba->adapter->dev,
			"session %u to %s: no login for %d s (replacement_timeout): its I/O fails until there is one; bring the target or the path to it back, or log out\n",
			cls->sid, session->iscsi->targetname ?: "its target",
			READ_ONCE(cls->recovery_tmo));
fail:
	iscsi_session_recovery_timedout(cls);
}
