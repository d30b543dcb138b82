// SPDX-License-Identifier: GPL-2.0-only
/* The states of an endpoint and which follows which, drawn in docs/driver-states.md. */
#include "hba.h"

static const char * const hba_ep_states[HBA_EP_STATES] = {
	[HBA_EP_CONNECTING] = "connecting",
	[HBA_EP_RAW] = "raw",
	[HBA_EP_FULL] = "full",
	[HBA_EP_FAILED] = "failed",
	[HBA_EP_LOST] = "lost",
	[HBA_EP_CLOSING] = "closing",
	[HBA_EP_CLOSED] = "closed",
};

static const char * const hba_ep_events[HBA_EP_EVENTS] = {
	[HBA_EP_EV_OPENED] = "opened",
	[HBA_EP_EV_REFUSED] = "refused",
	[HBA_EP_EV_START] = "start",
	[HBA_EP_EV_LOST] = "lost",
	[HBA_EP_EV_CLOSE] = "close",
	[HBA_EP_EV_CLOSED] = "closed",
};

static const u8 hba_ep_next[HBA_EP_STATES][HBA_EP_EVENTS] = {
	[HBA_EP_CONNECTING] = {
		[HBA_EP_EV_OPENED] = OHBA_TO(HBA_EP_RAW),
		[HBA_EP_EV_REFUSED] = OHBA_TO(HBA_EP_FAILED),
		[HBA_EP_EV_CLOSE] = OHBA_TO(HBA_EP_CLOSING),
	},
	[HBA_EP_RAW] = {
		[HBA_EP_EV_START] = OHBA_TO(HBA_EP_FULL),
		[HBA_EP_EV_LOST] = OHBA_TO(HBA_EP_LOST),
		[HBA_EP_EV_CLOSE] = OHBA_TO(HBA_EP_CLOSING),
	},
	[HBA_EP_FULL] = {
		[HBA_EP_EV_LOST] = OHBA_TO(HBA_EP_LOST),
		[HBA_EP_EV_CLOSE] = OHBA_TO(HBA_EP_CLOSING),
	},
	[HBA_EP_LOST] = { [HBA_EP_EV_CLOSE] = OHBA_TO(HBA_EP_CLOSING) },
	[HBA_EP_CLOSING] = { [HBA_EP_EV_CLOSED] = OHBA_TO(HBA_EP_CLOSED) },
};

const struct ohba_machine hba_ep_machine = {
	.object = "conn",
	OHBA_MACHINE_LOG(CONN),
	.nstates = HBA_EP_STATES,
	.nevents = HBA_EP_EVENTS,
	.states = hba_ep_states,
	.events = hba_ep_events,
	.next = hba_ep_next[0],
};

/* The only place that changes the state. Return: whether @event could happen in it. */
bool hba_ep_move(struct hba_ep *ep, enum hba_ep_event event)
{
	bool moved;

	spin_lock_bh(&ep->lock);
	moved = ohba_step(&hba_ep_machine, ep->hba->adapter, ep->cid, &ep->state, event);
	spin_unlock_bh(&ep->lock);
	return moved;
}
