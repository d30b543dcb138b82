// SPDX-License-Identifier: GPL-2.0-or-later
/* Is an address somebody's? Asked before it is used: RFC 5227 2.1, RFC 4862 5.4. */
#include "net.h"

static const struct plan {
	uint32_t delay_ms;		/* of the first probe, at most */
	unsigned int probes;
	uint32_t min_ms, max_ms;	/* from probe to probe */
	uint32_t after_ms;		/* the last one: then it is ours */
} plans[] = {
	[OHBA_FAMILY_IPV4] = { 1000, 3, 1000, 2000, 2000 },
	[OHBA_FAMILY_IPV6] = { 1000, 1, 0, 0, 1000 },
};

void uip_check_start(struct uip_check *check, const struct uip_addr *addr)
{
	const struct plan *plan = &plans[addr->family];

	*check = (struct uip_check){
		.addr = *addr,
		.probes = plan->probes,
		.next = uip_now() + uip_random() % (plan->delay_ms + 1),
	};
}

void uip_check_stop(struct uip_check *check)
{
	*check = (struct uip_check){ .free = false };
}

static void probe(struct uip_check *check, const struct uip_client *client)
{
	const struct plan *plan = &plans[check->addr.family];

	if (check->addr.family == OHBA_FAMILY_IPV4)
		uip_arp_probe(client->port, client->conf.tci, &check->addr);
	else
		uip_nd_probe(client->port, client->conf.tci, &check->addr);
	if (--check->probes)
		check->next += plan->min_ms + uip_random() % (plan->max_ms - plan->min_ms + 1);
	else
		check->next += plan->after_ms;
}

uint64_t uip_check_poll(struct uip_check *check, const struct uip_client *client)
{
	if (!check->addr.family || check->free)
		return UIP_NEVER;
	if (uip_now() < check->next)
		return check->next;
	/* Late is no reason to hurry: who is asked needs the time. */
	check->next = uip_now();
	if (!check->probes) {
		check->free = true;
		return UIP_NEVER;
	}
	probe(check, client);
	return check->next;
}
