// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of an adapter's sessions before the adapter itself ends.
 *
 * Sessions are the daemon's, which keeps books about them: it is told, and ends
 * them. If it does not, because it is not there, hangs or lost track, the driver
 * does, by the requests that the daemon would have made; so that each object ends
 * once, whoever comes first, and also if the daemon wakes up in the middle.
 *
 * libiscsi's iscsi_host_remove() waits for the daemon too, but for ever, and then
 * again interruptibly: a signal to whoever writes to "unbind" would take the host
 * away under its sessions. Here no wait is interruptible, and each is bounded, by
 * HBA_DAEMON_MS without progress or by what the driver itself makes happen. When
 * iscsi_host_remove() is called after this it finds nothing to wait for.
 */
#include <linux/delay.h>

#include "hba.h"

#define HBA_DAEMON_MS		5000	/* without an end of a session */
#define HBA_ASK_AGAIN_MS	1000
#define HBA_PASS_AGAIN_MS	100	/* if memory is short */

static int hba_sessions(struct iscsi_host *ihost)
{
	int n;

	spin_lock_irq(&ihost->lock);
	n = ihost->num_sessions;
	spin_unlock_irq(&ihost->lock);
	return n;
}

/* --- by the daemon ------------------------------------------------------- */

static void hba_tell_daemon(struct iscsi_cls_session *cls)
{
	struct hba_session *session = hba_session_of(cls);

	/* Pairs with hba_session_init(). */
	if (smp_load_acquire(&session->iscsi))
		iscsi_session_failure(session->iscsi, ISCSI_ERR_INVALID_HOST);
}

/* Return: the number of sessions that it did not end. */
static int hba_await_daemon(struct iscsi_host *ihost)
{
	const unsigned long timeout = msecs_to_jiffies(HBA_DAEMON_MS);
	int left = hba_sessions(ihost);
	int before;

	do {
		before = left;
		wait_event_timeout(ihost->session_removal_wq,
				   !hba_sessions(ihost), timeout);
		left = hba_sessions(ihost);
	} while (left && left < before);
	return left;
}

/* --- by ourselves -------------------------------------------------------- */

static void hba_ask_stop(u32 sid, u32 cid)
{
	struct iscsi_uevent ev = {
		.type = ISCSI_UEVENT_STOP_CONN,
		.u.stop_conn.sid = sid,
		.u.stop_conn.cid = cid,
		.u.stop_conn.flag = STOP_CONN_TERM,
	};

	hba_class_ask(&ev);
}

static void hba_ask_destroy_conn(u32 sid, u32 cid)
{
	struct iscsi_uevent ev = {
		.type = ISCSI_UEVENT_DESTROY_CONN,
		.u.d_conn.sid = sid,
		.u.d_conn.cid = cid,
	};

	hba_class_ask(&ev);
}

/* Without the class's lock: the disks may take their time. */
static void hba_ask_destroy_session(u32 sid)
{
	struct iscsi_uevent ev = {
		.type = ISCSI_UEVENT_DESTROY_SESSION_ASYNC,
		.u.d_session.sid = sid,
	};

	hba_class_ask(&ev);
}

/* What was refused, since the daemon was first or memory is short, shows later. */
static void hba_end_session(struct iscsi_cls_session *cls)
{
	u32 cid = READ_ONCE(hba_session_of(cls)->cid);

	hba_ask_stop(cls->sid, cid);
	hba_ask_destroy_conn(cls->sid, cid);
	hba_ask_destroy_session(cls->sid);
}

static void hba_end_sessions(struct hba *hba, struct iscsi_host *ihost)
{
	const unsigned long timeout = msecs_to_jiffies(HBA_ASK_AGAIN_MS);

	do {
		iscsi_host_for_each_session(hba->shost, hba_end_session);
	} while (!wait_event_timeout(ihost->session_removal_wq,
				     !hba_sessions(ihost), timeout));
}

/*
 * Until who found the host before it was removed is done with it. Without memory for
 * the message that asks there is no knowing: again, as nothing may be freed before.
 */
void hba_class_wait(void)
{
	while (hba_class_barrier())
		msleep(HBA_PASS_AGAIN_MS);
}

/**
 * hba_farewell() - end the sessions of an adapter that is being removed
 * @hba: the adapter; @hba->removing is set
 *
 * When it returns there is no session left, and there will be none.
 *
 * Context: process, may sleep. Every command of a session ends with its
 * connection, and what follows fails at once: so its disks end in bounded time.
 */
void hba_farewell(struct hba *hba)
{
	struct iscsi_host *ihost = shost_priv(hba->shost);
	int left;

	/* Who began to create a session before it saw @removing has done so. */
	hba_class_wait();
	iscsi_host_for_each_session(hba->shost, hba_tell_daemon);
	left = hba_await_daemon(ihost);
	if (!left)
		return;
	dev_warn(hba->adapter->dev,
		 "iscsid did not end %d sessions in %u ms: they are ended without it; start it, or restart it if it then says that a session exists\n",
		 left, HBA_DAEMON_MS);
	hba_end_sessions(hba, ihost);
}
