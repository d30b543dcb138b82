// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What MAC a neighbour has, when there is no helper that says it: all on its network are
 * asked, ASKS_MAX times (RFC 4861 section 7.2.2), and the first answer to that counts.
 * However many want it, a neighbour is asked once in ASK_MS (RFC 1122 section 2.3.2.1);
 * for as long the answer holds. What it leads to is path.c's to confirm.
 */
#include <string.h>

#include "ohba_admin.h"
#include "wire.h"

#define ASK_MS		1000
#define ASKS_MAX	3

static struct wire_question *find(struct ohba_wire *wire, const struct wire_iface *iface,
				  const struct wire_addr *hop)
{
	struct wire_question *q;

	for (q = wire->questions; q < &wire->questions[WIRE_PATHS_MAX]; q++)
		if (q->iface == iface && (!iface || !memcmp(&q->hop, hop, sizeof(*hop))))
			return q;
	return NULL;
}

static void forget(struct wire_question *q)
{
	ohba_timer_cancel(&q->timer);
	if (q->iface)
		q->iface->wire->nquestions--;
	q->iface = NULL;
}

static void ask(struct wire_question *q)
{
	q->asked++;
	q->next_ns = ohba_loop_now(q->timer.loop) + ASK_MS * OHBA_NS_PER_MS;
	ohba_timer_arm(&q->timer, ASK_MS * OHBA_NS_PER_MS);
	if (q->hop.family == OHBA_FAMILY_IPV4)
		wire_arp_ask(q->iface, &q->hop);
	else
		wire_nd_ask(q->iface, &q->hop);
}

static void tell(const struct wire_question *q, struct wire_iface *iface, const uint8_t *mac)
{
	struct ohba_wire *wire = iface->wire;

	wire->events->resolved(wire->arg, iface - wire->ifaces, q->hop.bytes, mac);
}

static void give_up(struct wire_question *q)
{
	struct wire_iface *iface = q->iface;

	forget(q);
	tell(q, iface, NULL);
}

static void answer(struct wire_question *q)
{
	uint64_t now = ohba_loop_now(q->timer.loop);

	q->wanted = false;
	ohba_timer_arm(&q->timer, q->next_ns > now ? q->next_ns - now : 0);
	tell(q, q->iface, q->mac);
}

static void due(struct ohba_timer *timer)
{
	struct wire_question *q = ohba_container(timer, struct wire_question, timer);

	if (q->known && q->wanted)
		answer(q);
	else if (q->known)
		forget(q);
	else if (q->asked < ASKS_MAX)
		ask(q);
	else
		give_up(q);
}

enum ohba_status ohba_wire_resolve(struct ohba_wire *wire, unsigned int index,
				   uint8_t family, const uint8_t hop[16])
{
	struct wire_addr addr = wire_addr_make(family, hop);
	struct wire_iface *iface = &wire->ifaces[index];
	struct wire_question *q;

	if (index >= OHBA_IFACES_MAX || !iface->used || iface->addr.family != family)
		return OHBA_ST_INVALID_HANDLE;
	q = find(wire, iface, &addr);
	if (q) {
		q->wanted = true;
		/* Not from within: who asks may be in the midst of something. */
		if (q->known)
			ohba_timer_arm(&q->timer, 0);
		return OHBA_ST_SUCCESS;
	}
	q = find(wire, NULL, NULL);
	if (!q)
		return OHBA_ST_NO_RESOURCES;
	q->iface = iface;
	q->hop = addr;
	q->asked = 0;
	q->known = false;
	q->wanted = true;
	wire->nquestions++;
	ask(q);
	return OHBA_ST_SUCCESS;
}

void wire_resolve_heard(struct wire_iface *iface, const struct wire_addr *hop,
			const uint8_t *mac, unsigned int how)
{
	struct wire_question *q;

	/* Who speaks up unasked may be a liar, and who is there answers. */
	if (!iface->wire->nquestions || !mac || !(how & WIRE_ANSWERS))
		return;
	q = find(iface->wire, iface, hop);
	if (!q || q->known)
		return;
	q->known = true;
	memcpy(q->mac, mac, WIRE_MAC_LEN);
	ohba_timer_arm(&q->timer, 0);
}

void wire_resolve_forget(struct wire_iface *iface)
{
	struct ohba_wire *wire = iface->wire;
	struct wire_question *q;

	for (q = wire->questions; q < &wire->questions[WIRE_PATHS_MAX]; q++)
		if (q->iface == iface)
			forget(q);
}

void wire_resolve_init(struct ohba_wire *wire)
{
	struct wire_question *q;

	for (q = wire->questions; q < &wire->questions[WIRE_PATHS_MAX]; q++)
		ohba_timer_init(&q->timer, wire->loop, due);
}
