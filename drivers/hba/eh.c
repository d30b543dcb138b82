// SPDX-License-Identifier: GPL-2.0-only
/*
 * Error handling. A command is given back as ended only when its completion
 * was seen; if none comes, the connection is closed, which ends them all; if
 * that fails too, the adapter is stopped. No time that passes takes the place of
 * these three: the SCSI layer would free memory that the device may yet write to.
 */
#include <linux/rcupdate.h>

#include "hba.h"

#define HBA_LOOK_SLICE_MS	10	/* between looks at the queues */
/* As long as a connection needs that closes without a stop of the adapter. */
#define HBA_RECOVER_TIMEOUT_MS	(HBA_CLOSE_TIMEOUT_MS + 2 * HBA_DRAIN_TIMEOUT_MS)

/* --- waiting for completions --------------------------------------------- */

struct hba_match {
	const struct hba_session *session;	/* NULL: any */
	const struct scsi_device *sdev;		/* NULL: any */
	u32 tag;				/* if @by_tag */
	bool by_tag;
};

static bool hba_slot_matches(const struct hba_slot *slot,
			     const struct hba_match *match)
{
	if (!atomic_read_acquire(&slot->live))
		return false;
	if (match->session && slot->session != match->session)
		return false;
	return !match->sdev || slot->sc->device == match->sdev;
}

static bool hba_outstanding(struct hba *hba, const struct hba_match *match)
{
	u32 i;

	if (match->by_tag)
		return hba_tag_live(hba, match->tag);
	for (i = 0; i < hba->num_tags; i++)
		if (hba_slot_matches(&hba->slots[i], match))
			return true;
	return false;
}

/*
 * Wait until the device owns no command that matches. Look at the queues
 * ourselves, again and again: an interrupt may be late or lost, and a polling
 * queue has none, and its poller may be gone.
 */
static bool hba_wait_for(struct hba *hba, const struct hba_match *match,
			 unsigned int timeout_ms)
{
	unsigned long end = jiffies + msecs_to_jiffies(timeout_ms);
	bool done;

	atomic_inc(&hba->waiters);
	/* Pairs with hba_slot_claim(), fully ordered, before hba_end(). */
	smp_mb__after_atomic();
	do {
		unsigned long left = time_before(jiffies, end) ? end - jiffies : 0;

		ohba_io_poll_all(hba->adapter);
		left = min(left, msecs_to_jiffies(HBA_LOOK_SLICE_MS));
		done = wait_event_timeout(hba->wait,
					  !hba_outstanding(hba, match), left);
	} while (!done && time_before(jiffies, end));
	atomic_dec(&hba->waiters);
	/* Completions run with preemption off: let the last one finish. */
	synchronize_rcu();
	return done;
}

/* Wait for the completions of what the device has already ended. */
bool hba_drain(struct hba *hba, const struct hba_session *session,
	       const struct scsi_device *sdev)
{
	struct hba_match match = { .session = session, .sdev = sdev };

	return hba_wait_for(hba, &match, HBA_DRAIN_TIMEOUT_MS);
}

/* --- task management ----------------------------------------------------- */

void hba_tmf_done(struct ohba_admin_cmd *cmd)
{
	struct hba_session *session = container_of(cmd, struct hba_session, tmf);
	struct hba_ep *ep = session->tmf_ep;

	spin_lock_bh(&session->lock);
	session->tmf_ep = NULL;
	session->tmf_active = false;
	complete(&session->tmf_done);
	/* Woken under the lock: who waits may free @session right after. */
	wake_up(&session->hba->wait);
	spin_unlock_bh(&session->lock);
	if (!ep)
		return;
	hba_ep_answered(ep);
	hba_ep_put(ep);
}

/* Claim the session's only TMF, with a reference to its endpoint, if it has one. */
static bool hba_tmf_begin(struct hba_session *session)
{
	bool begun;

	spin_lock_bh(&session->lock);
	begun = !session->tmf_active && hba_session_is_ready(session);
	if (begun) {
		if (session->ep)
			kref_get(&session->ep->ref);
		session->tmf_ep = session->ep;
		session->tmf_active = true;
		reinit_completion(&session->tmf_done);
	}
	spin_unlock_bh(&session->lock);
	return begun;
}

static void hba_tmf_cancel(struct hba_session *session)
{
	struct hba_ep *ep = session->tmf_ep;

	spin_lock_bh(&session->lock);
	session->tmf_ep = NULL;
	session->tmf_active = false;
	/* As in hba_tmf_done(). */
	wake_up(&session->hba->wait);
	spin_unlock_bh(&session->lock);
	if (ep)
		hba_ep_put(ep);
}

/*
 * Under the lock that moves the state, as hba_ep_submit() does it: after a reset of the
 * adapter the handle may be another session's.
 */
static int hba_tmf_submit_own(struct hba_session *session)
{
	u32 handle = le32_to_cpu(session->tmf.sqe.handle);
	int err = -ENOTCONN;

	spin_lock_bh(&session->lock);
	if (hba_session_is_ready(session) && session->handle == handle)
		err = ohba_admin_submit(session->hba->adapter, &session->tmf);
	spin_unlock_bh(&session->lock);
	return err;
}

static int hba_tmf_submit(struct hba_session *session)
{
	if (session->tmf_ep)
		return hba_ep_submit(session->tmf_ep, &session->tmf);
	return hba_tmf_submit_own(session);
}

static bool hba_tmf_idle(struct hba_session *session)
{
	bool idle;

	spin_lock_bh(&session->lock);
	idle = !session->tmf_active;
	spin_unlock_bh(&session->lock);
	return idle;
}

/* Return: whether the device is done with the session's TMF. */
bool hba_tmf_await(struct hba_session *session, unsigned int timeout_ms)
{
	return wait_event_timeout(session->hba->wait, hba_tmf_idle(session),
				  msecs_to_jiffies(timeout_ms));
}

static void hba_tmf_fill(struct hba_session *session, u8 function,
			 const struct scsi_cmnd *sc, u32 ref_tag)
{
	struct ohba_tmf *body = (void *)session->tmf.sqe.body;

	memset(&session->tmf.sqe, 0, sizeof(session->tmf.sqe));
	session->tmf.sqe.opcode = OHBA_ADMIN_TMF;
	session->tmf.sqe.handle = cpu_to_le32(READ_ONCE(session->handle));
	body->function = function;
	if (function == OHBA_TMF_ABORT_TASK)
		body->ref_tag = cpu_to_le32(ref_tag);
	else if (function == OHBA_TMF_LUN_RESET)
		int_to_scsilun(sc->device->lun, (struct scsi_lun *)body->lun);
}

/*
 * Return: the target's answer (RFC 7143 11.6.1), -ETIMEDOUT if there was none,
 * another negative errno if it was not sent or the connection ended.
 */
static int hba_tmf_locked(struct hba_session *session, u8 function,
			  const struct scsi_cmnd *sc, u32 ref_tag, int timeout_s)
{
	int err;

	if (!hba_tmf_begin(session))
		return -EBUSY;
	hba_tmf_fill(session, function, sc, ref_tag);
	err = hba_tmf_submit(session);
	if (err) {
		hba_tmf_cancel(session);
		return err;
	}
	if (!wait_for_completion_timeout(&session->tmf_done, timeout_s * HZ))
		return -ETIMEDOUT;
	if (session->tmf.error)
		return session->tmf.error;
	/* By a Reject in place of a response: refused as well. */
	if (session->tmf.status == OHBA_ST_REJECTED)
		return ISCSI_TMF_RSP_REJECTED;
	return ohba_status_errno(session->tmf.status) ?: session->tmf.response;
}

static const char *hba_tmf_name(u8 function)
{
	switch (function) {
	case OHBA_TMF_ABORT_TASK:
		return "abort";
	case OHBA_TMF_LUN_RESET:
		return "LUN reset";
	default:
		return "target reset";
	}
}

static const char *hba_tmf_outcome(int ret)
{
	switch (ret) {
	case ISCSI_TMF_RSP_COMPLETE:
		return "done";
	case ISCSI_TMF_RSP_NO_TASK:
		return "the target does not know the command";
	case -ETIMEDOUT:
		return "the target does not answer";
	default:
		return ret < 0 ? "the session has ended" : "the target refuses";
	}
}

static int hba_tmf(struct scsi_cmnd *sc, u8 function, u32 ref_tag,
		   int timeout_s)
{
	struct hba_session *session = sc->device->hostdata;
	int ret;

	mutex_lock(&session->tmf_lock);
	ret = hba_tmf_locked(session, function, sc, ref_tag,
			     clamp(timeout_s, 1, HBA_TMF_S_MAX));
	mutex_unlock(&session->tmf_lock);
	dev_warn_ratelimited(session->hba->adapter->dev,
			     "session %u lun %llu: %s for command 0x%02x: %s\n",
			     session->iscsi->cls_session->sid, sc->device->lun,
			     hba_tmf_name(function), sc->cmnd[0],
			     hba_tmf_outcome(ret));
	return ret;
}

/* --- escalation ---------------------------------------------------------- */

/* Have the connection closed, with a reset: that ends every command. */
static void hba_fail_session(struct hba_session *session)
{
	if (session->target) {
		hba_target_fail(session);
		return;
	}
	spin_lock_bh(&session->lock);
	if (session->ep)
		WRITE_ONCE(session->ep->abort, true);
	spin_unlock_bh(&session->lock);
	hba_session_unready(session, HBA_SESSION_EV_EH);
	iscsi_session_failure(session->iscsi, ISCSI_ERR_SCSI_EH_SESSION_RST);
}

/*
 * Wait for the end of the commands that match, of a session that has failed.
 * Whoever closes its connection may be waiting for an adapter that is silent, and
 * for its reset after that, for a minute; or was kept from the close. So if it
 * takes too long wait for a stop that is under way, and if there is none stop the
 * adapter: then the device does no DMA and nothing is outstanding.
 */
static void hba_end_commands(struct hba *hba, const struct hba_match *match)
{
	if (hba_wait_for(hba, match, HBA_RECOVER_TIMEOUT_MS))
		return;
	ohba_wait_down(hba->adapter);
	if (hba_outstanding(hba, match))
		ohba_kill(hba->adapter,
			  "commands of a failed session did not end");
	hba_wait_for(hba, match, 0);
}

static bool hba_ended(struct scsi_cmnd *sc, u32 tag, unsigned int timeout_ms)
{
	struct hba_session *session = sc->device->hostdata;
	struct hba_match match = { .tag = tag, .by_tag = true };

	return hba_wait_for(session->hba, &match, timeout_ms);
}

OHBA_EH_ACTION hba_eh_timed_out(struct scsi_cmnd *sc)
{
	struct hba_session *session = sc->device->hostdata;
	struct hba_cmd *cmd = scsi_cmd_priv(sc);
	u32 tag = READ_ONCE(cmd->tag);

	ohba_io_poll_all(session->hba->adapter);
	/* Being completed. Once more, and its completion got lost above us. */
	if (!hba_tag_live(session->hba, tag)) {
		if (cmd->waited_for == tag)
			return OHBA_EH_NOT_HANDLED;
		cmd->waited_for = tag;
		return OHBA_EH_RESET_TIMER;
	}
	/*
	 * About to be by the close that recovery does. After a mere logout there
	 * may be no recovery: then the escalation starts it. In a session of the
	 * adapter's own none is closed: what it still has is late.
	 */
	return READ_ONCE(session->ep) || session->target ? OHBA_EH_NOT_HANDLED :
							   OHBA_EH_RESET_TIMER;
}

static int hba_abort(struct scsi_cmnd *sc)
{
	struct hba_session *session = sc->device->hostdata;
	u32 tag = ((struct hba_cmd *)scsi_cmd_priv(sc))->tag;
	struct hba_match match = { .tag = tag, .by_tag = true };
	bool gone;
	int ret;

	if (!hba_tag_live(session->hba, tag))
		return hba_ended(sc, tag, 0) ? SUCCESS : FAILED;
	ret = hba_tmf(sc, OHBA_TMF_ABORT_TASK, tag,
		      READ_ONCE(session->iscsi->abort_timeout));
	/* Aborted, or no such task any more: its completion is on the way. */
	gone = ret == ISCSI_TMF_RSP_COMPLETE || ret == ISCSI_TMF_RSP_NO_TASK;
	/* Else it may have ended meanwhile: then there is nothing to escalate. */
	if (hba_ended(sc, tag, gone ? HBA_DRAIN_TIMEOUT_MS : 0))
		return SUCCESS;
	if (ret > ISCSI_TMF_RSP_NO_TASK)
		return FAILED;	/* refused: a reset may do */
	hba_fail_session(session);
	hba_end_commands(session->hba, &match);
	return SUCCESS;
}

static int hba_device_reset(struct scsi_cmnd *sc)
{
	struct hba_session *session = sc->device->hostdata;
	int ret;

	ret = hba_tmf(sc, OHBA_TMF_LUN_RESET, 0,
		      READ_ONCE(session->iscsi->lu_reset_timeout));
	if (ret == ISCSI_TMF_RSP_COMPLETE &&
	    hba_drain(session->hba, session, sc->device))
		return SUCCESS;
	if (ret == -ETIMEDOUT)
		hba_fail_session(session);
	return FAILED;
}

static bool hba_recovery_over(const struct hba_session *session)
{
	/* First: it is cleared after the state was changed. */
	bool failing = session->target && hba_target_is_failing(session->target);
	int state = READ_ONCE(session->iscsi->state);

	return (state == ISCSI_STATE_LOGGED_IN && !failing) ||
	       state == ISCSI_STATE_TERMINATE ||
	       state == ISCSI_STATE_RECOVERY_FAILED;
}

/*
 * Wait for the new login, the daemon's or the adapter's, no longer than the user
 * allowed (a negative recovery_tmo means for ever).
 */
static int hba_await_login(struct hba_session *session)
{
	struct iscsi_session *iscsi = session->iscsi;
	int tmo = READ_ONCE(iscsi->cls_session->recovery_tmo);

	wait_event_interruptible_timeout(iscsi->ehwait,
					 hba_recovery_over(session),
					 tmo < 0 ? MAX_SCHEDULE_TIMEOUT :
					 (tmo + 30UL) * HZ);
	switch (READ_ONCE(iscsi->state)) {
	case ISCSI_STATE_LOGGED_IN:
		return SUCCESS;
	case ISCSI_STATE_RECOVERY_FAILED:
		/* Not FAILED: a later login must find the devices usable. */
		return FAST_IO_FAIL;
	default:
		return FAILED;
	}
}

/*
 * A warm reset of the target, and a new session, whatever the target says: by now
 * its LUN was reset in vain, so it may be the session that is in the way.
 *
 * The ioctl's reset escalates after whatever is no success: to the host, whose
 * reset would end all other sessions because this one does not come back, or
 * because somebody did not want to wait for it any more. Its commands have ended:
 * that is the success of a reset.
 */
static int hba_target_reset(struct scsi_cmnd *sc)
{
	struct hba_session *session = sc->device->hostdata;
	struct hba_match match = { .session = session };
	int ret;

	hba_tmf(sc, OHBA_TMF_TARGET_WARM_RESET, 0,
		READ_ONCE(session->iscsi->tgt_reset_timeout));
	hba_fail_session(session);
	hba_end_commands(session->hba, &match);
	ret = hba_await_login(session);
	return sc->submitter == SUBMITTED_BY_SCSI_RESET_IOCTL ? SUCCESS : ret;
}

/*
 * A reset of the adapter ends the commands of all sessions. Escalation comes here
 * with commands outstanding if it left out the steps before, for which the host's
 * eh_deadline was too near; or if a reset device does not answer the TEST UNIT
 * READY after it: for that one all steps are taken at once, while commands of
 * others wait for theirs. Without any, what does not work is a device: to reset
 * the others' connections would not help it, so let it be taken offline.
 */
static int hba_host_reset(struct scsi_cmnd *sc)
{
	bool wanted = sc->submitter == SUBMITTED_BY_SCSI_RESET_IOCTL;
	struct hba *hba = hba_of(sc->device->host);
	struct hba_match any = {};

	if (!wanted && hba_wait_for(hba, &any, 0))
		return FAILED;
	ohba_hold(hba->adapter, OHBA_HOLD_EH, "the SCSI layer resets it");
	ohba_release(hba->adapter, OHBA_HOLD_EH);
	hba_wait_for(hba, &any, 0);
	/* The sessions are not back: do not try the devices, but again later. */
	return wanted ? SUCCESS : FAST_IO_FAIL;
}

/* --- against removal ----------------------------------------------------- */

/*
 * The ioctl's reset holds the device, hence session and host, but not what
 * hba_remove() ends: the adapter and the slots. That waits for who is in here.
 */
static bool hba_eh_enter(struct hba *hba)
{
	bool entered;

	spin_lock_bh(&hba->ep_lock);
	entered = !hba->eh_closed;
	hba->eh_users += entered;
	spin_unlock_bh(&hba->ep_lock);
	return entered;
}

static void hba_eh_leave(struct hba *hba)
{
	/* Woken under the lock: whoever waits may free @hba right after. */
	spin_lock_bh(&hba->ep_lock);
	hba->eh_users--;
	wake_up(&hba->wait);
	spin_unlock_bh(&hba->ep_lock);
}

static bool hba_eh_empty(struct hba *hba)
{
	bool empty;

	spin_lock_bh(&hba->ep_lock);
	empty = !hba->eh_users;
	spin_unlock_bh(&hba->ep_lock);
	return empty;
}

/* No handler is running when this returns, nor will one. Sessions are gone. */
void hba_eh_close(struct hba *hba)
{
	spin_lock_bh(&hba->ep_lock);
	hba->eh_closed = true;
	spin_unlock_bh(&hba->ep_lock);
	wait_event(hba->wait, hba_eh_empty(hba));
}

static int hba_eh_handle(struct scsi_cmnd *sc, int (*handle)(struct scsi_cmnd *sc))
{
	struct hba *hba = hba_of(sc->device->host);
	int ret;

	if (!hba_eh_enter(hba))
		return FAILED;
	ret = handle(sc);
	hba_eh_leave(hba);
	return ret;
}

int hba_eh_abort(struct scsi_cmnd *sc)
{
	return hba_eh_handle(sc, hba_abort);
}

int hba_eh_device_reset(struct scsi_cmnd *sc)
{
	return hba_eh_handle(sc, hba_device_reset);
}

int hba_eh_target_reset(struct scsi_cmnd *sc)
{
	return hba_eh_handle(sc, hba_target_reset);
}

int hba_eh_host_reset(struct scsi_cmnd *sc)
{
	return hba_eh_handle(sc, hba_host_reset);
}
