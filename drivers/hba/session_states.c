// SPDX-License-Identifier: GPL-2.0-only
/* A session's way in and out of service, drawn in docs/driver-states.md. */
#include <linux/rcupdate.h>

#include "hba.h"

static const char * const hba_session_states[HBA_SESSION_STATES] = {
	[HBA_SESSION_OUT] = "out",
	[HBA_SESSION_READY] = "ready",
	[HBA_SESSION_STALLED] = "stalled",
};

static const char * const hba_session_events[HBA_SESSION_EVENTS] = {
	[HBA_SESSION_EV_START] = "start",
	[HBA_SESSION_EV_STALL] = "stall",
	[HBA_SESSION_EV_LOST] = "lost",
	[HBA_SESSION_EV_CLOSE] = "close",
	[HBA_SESSION_EV_UNBIND] = "unbind",
	[HBA_SESSION_EV_REFUSED] = "refused",
	[HBA_SESSION_EV_EH] = "eh",
	[HBA_SESSION_EV_DOWN] = "down",
	[HBA_SESSION_EV_END] = "end",
};

/* Whatever ends it ends a service that is stalled, too. */
#define HBA_SESSION_ENDS						\
	[HBA_SESSION_EV_LOST] = OHBA_TO(HBA_SESSION_OUT),		\
	[HBA_SESSION_EV_CLOSE] = OHBA_TO(HBA_SESSION_OUT),		\
	[HBA_SESSION_EV_UNBIND] = OHBA_TO(HBA_SESSION_OUT),		\
	[HBA_SESSION_EV_REFUSED] = OHBA_TO(HBA_SESSION_OUT),		\
	[HBA_SESSION_EV_EH] = OHBA_TO(HBA_SESSION_OUT),			\
	[HBA_SESSION_EV_DOWN] = OHBA_TO(HBA_SESSION_OUT),		\
	[HBA_SESSION_EV_END] = OHBA_TO(HBA_SESSION_OUT)

static const u8 hba_session_next[HBA_SESSION_STATES][HBA_SESSION_EVENTS] = {
	[HBA_SESSION_OUT] = { [HBA_SESSION_EV_START] = OHBA_TO(HBA_SESSION_READY) },
	[HBA_SESSION_READY] = {
		[HBA_SESSION_EV_STALL] = OHBA_TO(HBA_SESSION_STALLED),
		HBA_SESSION_ENDS,
	},
	[HBA_SESSION_STALLED] = {
		[HBA_SESSION_EV_START] = OHBA_TO(HBA_SESSION_READY),
		HBA_SESSION_ENDS,
	},
};

const struct ohba_machine hba_session_machine = {
	.object = "session",
	OHBA_MACHINE_LOG(SESSION),
	.nstates = HBA_SESSION_STATES,
	.nevents = HBA_SESSION_EVENTS,
	.states = hba_session_states,
	.events = hba_session_events,
	.next = hba_session_next[0],
};

/* The only place that changes the state. Return: whether @event could happen in it. */
static bool hba_session_move(struct hba_session *session, enum hba_session_event event)
{
	lockdep_assert_held(&session->lock);
	return ohba_step(&hba_session_machine, session->hba->adapter,
			 session->iscsi->cls_session->sid, &session->state, event);
}

/* @ep is NULL in a session that the adapter has by itself. Context: any. */
void hba_session_ready(struct hba_session *session, struct hba_ep *ep, u32 handle)
{
	if (ep)
		kref_get(&ep->ref);
	spin_lock_bh(&session->lock);
	session->ep = ep;
	WRITE_ONCE(session->handle, handle);
	/* Handle before state. Pairs with the acquire in hba_queuecommand(). */
	smp_wmb();
	hba_session_move(session, HBA_SESSION_EV_START);
	spin_unlock_bh(&session->lock);
}

/* No new commands, from now on or soon. Context: any. */
void hba_session_stall(struct hba_session *session)
{
	spin_lock_bh(&session->lock);
	hba_session_move(session, HBA_SESSION_EV_STALL);
	spin_unlock_bh(&session->lock);
}

/*
 * No command enters a ring under the session's handle after this, nor does a
 * TMF begin. Context: process.
 */
void hba_session_unready(struct hba_session *session, enum hba_session_event event)
{
	struct hba_ep *ep;

	spin_lock_bh(&session->lock);
	hba_session_move(session, event);
	ep = session->ep;
	session->ep = NULL;
	spin_unlock_bh(&session->lock);
	/* Pairs with the read section of hba_queuecommand(). */
	synchronize_rcu();
	if (ep)
		hba_ep_put(ep);
}
