// SPDX-License-Identifier: GPL-2.0-or-later
/* The event queue: a list of what waits, and the ring it goes to (event.h). */
#include "event.h"

#include <stdlib.h>

#include "log.h"
#include "ring.h"

struct ohba_events {
	bool open;
	uint32_t size;
	uint32_t tail;
	uint32_t signalled;		/* tail when interrupts were last considered */
	struct ohba_ring_map ctl;
	struct ohba_ring_map ring;
	struct ohba_list waiting;	/* of struct ohba_event_node */

	bool link_known;
	bool link_up;
	uint32_t speed_mbps;
	uint32_t link_dropped;		/* since the last OVERRUN */
	struct ohba_event_node link;
	struct ohba_event_node overrun;
};

struct ohba_events *ohba_events_create(void)
{
	struct ohba_events *events = calloc(1, sizeof(*events));

	if (events)
		ohba_list_init(&events->waiting);
	return events;
}

void ohba_events_destroy(struct ohba_events *events)
{
	free(events);
}

/* --- the list --------------------------------------------------------------- */

static struct ohba_event_node *first_waiting(const struct ohba_events *events)
{
	struct ohba_list *first = ohba_list_first(&events->waiting);

	return first ? ohba_container(first, struct ohba_event_node, list) : NULL;
}

void ohba_event_post(struct ohba_fw *fw, struct ohba_event_node *node)
{
	struct ohba_events *events = fw->events;

	if (ohba_list_linked(&node->list) || !events->open)
		return;
	ohba_list_append(&events->waiting, &node->list);
}

void ohba_event_cancel(struct ohba_event_node *node)
{
	ohba_list_del(&node->list);
}

/* --- opening and closing ---------------------------------------------------- */

enum ohba_status ohba_events_open(struct ohba_fw *fw, uint64_t ctl, uint64_t ring,
				  uint32_t size)
{
	struct ohba_events *events = fw->events;

	if (!ohba_ring_size_ok(fw, size))
		return OHBA_ST_INVALID_QUEUE;
	if (!ohba_ring_map(fw, &events->ctl, ctl, sizeof(struct ohba_qctl), true))
		return OHBA_ST_INVALID_QUEUE;
	if (!ohba_ring_map(fw, &events->ring, ring, size * sizeof(struct ohba_event), true)) {
		ohba_ring_unmap(fw, &events->ctl);
		return OHBA_ST_INVALID_QUEUE;
	}
	events->size = size;
	events->tail = 0;
	events->signalled = 0;
	events->open = true;
	return OHBA_ST_SUCCESS;
}

void ohba_events_reset(struct ohba_fw *fw)
{
	struct ohba_events *events = fw->events;
	struct ohba_event_node *node;

	while ((node = first_waiting(events)))
		ohba_event_cancel(node);
	events->link_known = false;
	events->link_dropped = 0;
	events->open = false;
	ohba_ring_unmap(fw, &events->ring);
	ohba_ring_unmap(fw, &events->ctl);
}

/* --- LINK and OVERRUN ------------------------------------------------------- */

/* The newer LINK takes the place of the one that found no room. */
static void count_overrun(struct ohba_fw *fw)
{
	struct ohba_events *events = fw->events;

	fw->stats.events_dropped++;
	events->overrun.event.type = OHBA_EVENT_OVERRUN;
	events->overrun.event.detail[0] = htole32(++events->link_dropped);
	ohba_event_post(fw, &events->overrun);
}

static void post_link(struct ohba_fw *fw)
{
	struct ohba_events *events = fw->events;

	if (ohba_list_linked(&events->link.list))
		count_overrun(fw);
	events->link.event.type = OHBA_EVENT_LINK;
	events->link.event.detail[0] = htole32(events->link_up);
	events->link.event.detail[1] = htole32(events->speed_mbps);
	ohba_event_post(fw, &events->link);
}

void ohba_events_link(struct ohba_fw *fw, bool up, uint32_t speed_mbps)
{
	struct ohba_events *events = fw->events;
	bool changed = events->link_up != up || events->speed_mbps != speed_mbps;
	bool known = events->link_known;

	events->link_known = true;
	events->link_up = up;
	events->speed_mbps = speed_mbps;
	/* The first state is no change: PORT_GET tells it. */
	if (!known || !changed)
		return;
	ohba_log(fw, up ? OHBA_LOG_LINK_UP : OHBA_LOG_LINK_DOWN, up ? speed_mbps : 0,
		 OHBA_ST_SUCCESS, NULL);
	post_link(fw);
}

/* --- the ring --------------------------------------------------------------- */

static bool has_room(struct ohba_fw *fw)
{
	struct ohba_events *events = fw->events;
	uint32_t head = ohba_ring_load(ohba_qctl_field(&events->ctl, cq_head));
	uint32_t unread = events->tail - head;

	if (unread <= events->size)
		return unread < events->size;
	ohba_guest_error(fw, "bad-ring", "event queue: cq_head %u is out of range", head);
	ohba_fw_fatal(fw, OHBA_ST_INVALID_QUEUE);
	return false;
}

static void write_event(struct ohba_fw *fw, struct ohba_event_node *node)
{
	struct ohba_events *events = fw->events;
	uint32_t slot = events->tail & (events->size - 1);
	struct ohba_event event = node->event;

	if (node == &events->overrun)
		events->link_dropped = 0;
	event.phase = ohba_ring_phase(events->tail, events->size);
	ohba_ring_publish(ohba_ring_at(&events->ring, slot * sizeof(event)), &event,
			  sizeof(event));
	events->tail++;
	ohba_fw_trace(fw, OHBA_TRACE_NORMAL, "event", "type %u handle %u: %s", event.type,
		      le32toh(event.handle), ohba_status_name(le16toh(event.reason)));
}

static void signal_events(struct ohba_fw *fw)
{
	struct ohba_events *events = fw->events;
	uint32_t old = events->signalled, event;

	if (old == events->tail)
		return;
	events->signalled = events->tail;
	/* Pairs with the host's full barrier, as in signal_queue() of queue.c. */
	atomic_thread_fence(memory_order_seq_cst);
	event = ohba_ring_load(ohba_qctl_field(&events->ctl, cq_event));
	if (ohba_need_event(event, events->tail, old))
		ohba_fw_irq(fw, OHBA_VECTOR_ADMIN);
}

void ohba_events_flush(struct ohba_fw *fw)
{
	struct ohba_events *events = fw->events;
	struct ohba_event_node *node;

	while ((node = first_waiting(events)) && has_room(fw)) {
		ohba_event_cancel(node);
		write_event(fw, node);
	}
	signal_events(fw);
}

bool ohba_events_stalled(struct ohba_fw *fw)
{
	return !ohba_list_empty(&fw->events->waiting);
}
