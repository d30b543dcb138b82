// SPDX-License-Identifier: GPL-2.0-only
/* The event queue. */
#include "ohba_trace.h"
#include "priv.h"

int ohba_event_alloc(struct ohba_hw *hw)
{
	struct ohba_event_ring *events = &hw->events;
	int err;

	events->size = min_t(u32, OHBA_EVENT_ENTRIES, hw->max_qsize);
	err = ohba_dma_alloc(hw, &events->dma, sizeof(*events->ctl) +
			     events->size * sizeof(*events->ring));
	if (err)
		return err;
	events->ctl = events->dma.mem;
	events->ring = events->dma.mem + sizeof(*events->ctl);
	events->ring_addr = events->dma.addr + sizeof(*events->ctl);
	return 0;
}

void ohba_event_free(struct ohba_hw *hw)
{
	ohba_dma_free(hw, &hw->events.dma);
}

/* Empty. The device is stopped and the admin thread does not run. */
void ohba_event_reset(struct ohba_hw *hw)
{
	memset(hw->events.dma.mem, 0, hw->events.dma.len);
	hw->events.head = 0;
}

static const struct ohba_event *ohba_event_slot(struct ohba_event_ring *events)
{
	return &events->ring[events->head & (events->size - 1)];
}

bool ohba_event_pending(struct ohba_hw *hw)
{
	struct ohba_event_ring *events = &hw->events;

	return ohba_phase_new(READ_ONCE(ohba_event_slot(events)->phase),
			      events->head, events->size);
}

void ohba_event_arm(struct ohba_hw *hw)
{
	ohba_cq_arm(hw->events.ctl, hw->events.head);
}

static void ohba_queue_error(struct ohba_hw *hw, const struct ohba_event *ev)
{
	u32 reason = le16_to_cpu(ev->reason);

	dev_err_ratelimited(hw->pub.dev, "queue %u stopped: %s (%s)\n",
			    le32_to_cpu(ev->handle), ohba_status_name(reason),
			    ohba_status_meaning(reason));
	ohba_fail(&hw->pub, "a queue stopped");
}

/*
 * At its start an adapter says once of which automatic entries it does not log in to: before
 * there is a class to hear it.
 */
static void ohba_target_event(struct ohba_hw *hw, const struct ohba_event *ev)
{
	if (le32_to_cpu(ev->detail[0]) == OHBA_TARGET_OFF &&
	    le16_to_cpu(ev->reason) == OHBA_ST_NEXUS_TAKEN)
		dev_warn_ratelimited(hw->pub.dev,
				     "target %u: not logged in to, though it is automatic: another entry has its target name, portal group and ISID: change or delete one of them\n",
				     le32_to_cpu(ev->handle));
}

static void ohba_event_handle(struct ohba_hw *hw, const struct ohba_event *ev)
{
	hw->events.count++;
	ohba_dbg(&hw->pub, EVENT, "type %u handle %u reason %s cookie 0x%llx\n",
		 ev->type, le32_to_cpu(ev->handle),
		 ohba_status_name(le16_to_cpu(ev->reason)),
		 le64_to_cpu(ev->cookie));
	trace_ohba_event(hw->pub.dev, ev->type, le32_to_cpu(ev->handle),
			 le16_to_cpu(ev->reason));

	switch (ev->type) {
	case OHBA_EVENT_QUEUE_ERROR:
		ohba_queue_error(hw, ev);
		break;
	case OHBA_EVENT_LINK:
		ohba_link_event(hw, ev);
		break;
	case OHBA_EVENT_TARGET:
		ohba_target_event(hw, ev);
		fallthrough;
	case OHBA_EVENT_CONN_LOST:
		if (READ_ONCE(hw->io_started))
			hw->ops->event(hw->priv, ev);
		break;
	case OHBA_EVENT_LOGIN:
		ohba_login_event(hw, ev);
		break;
	case OHBA_EVENT_PATH_WANTED:
		ohba_genl_path_wanted(hw, le32_to_cpu(ev->handle),
				      (const u8 *)ev->detail);
		break;
	case OHBA_EVENT_OVERRUN:
		dev_warn_ratelimited(hw->pub.dev,
				     "%u link events were dropped\n",
				     le32_to_cpu(ev->detail[0]));
		break;
	default:
		hw->events.unknown++;
		dev_warn_ratelimited(hw->pub.dev,
				     "event of unknown type %u: ignored\n",
				     ev->type);
	}
}

/* One ring's worth at most. Return: true if there may be more. */
bool ohba_event_reap(struct ohba_hw *hw)
{
	struct ohba_event_ring *events = &hw->events;
	struct ohba_event ev;
	bool more = false;
	u32 budget;

	for (budget = events->size; budget; budget--) {
		if (ohba_is_down(hw) || !ohba_event_pending(hw))
			break;
		/* Phase before payload. Pairs with the device's release. */
		dma_rmb();
		memcpy(&ev, ohba_event_slot(events), sizeof(ev));
		barrier();	/* no second look at the ring */
		events->head++;
		ohba_cq_publish(events->ctl, events->head);
		/* PDUs that came before a loss were posted before its event. */
		more |= ohba_admin_reap(hw);
		ohba_event_handle(hw, &ev);
	}
	return more || !budget;
}
