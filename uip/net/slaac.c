// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An address made of a prefix that routers advertise and of the adapter's MAC (RFC 4862).
 * There is one for each entry of the adapter's: it stays while its prefix is valid, as
 * another would end the connections that it has.
 */
#include "keep.h"
#include "log.h"
#include "net.h"

#define AGAIN_MS	(300 * 1000)	/* after somebody had it */

static bool may_use(const struct uip_client *client, const struct uip_prefix *p)
{
	struct uip_addr addr = uip_client_eui64(client, &p->net);

	if (!p->prefix || p->valid <= uip_now() || uip_client_is_rival(client, &addr))
		return false;
	return uip_now() >= client->shunned.until ||
	       !uip_addr_equal(&addr, &client->shunned.addr);
}

/* The one in use, else one that is preferred, else any. NULL: there is none. */
static const struct uip_prefix *choose(const struct uip_client *client)
{
	const struct uip_prefix *p = client->routers.prefixes, *best = NULL;
	unsigned int i;

	for (i = 0; i < UIP_PREFIXES_MAX; i++) {
		if (!may_use(client, &p[i]))
			continue;
		if (uip_addr_same_net(&client->offer.addr, &p[i].net, p[i].prefix))
			return &p[i];
		if (!best || (best->preferred <= uip_now() && p[i].preferred > uip_now()))
			best = &p[i];
	}
	return best;
}

static void use(struct uip_client *client, const struct uip_prefix *p)
{
	struct uip_lease lease = { .addr = uip_client_eui64(client, &p->net) };

	uip_routers_fill(client, &lease);
	uip_client_offer(client, &lease);
}

static void say_managed(struct uip_client *client)
{
	struct uip_routers *r = &client->routers;

	if (!r->managed || r->managed_said)
		return;
	r->managed_said = true;
	uip_warn("%s: the routers advertise no prefix for addresses: this network's come by "
		 "DHCPv6", client->port->adapter);
}

static uint64_t poll(struct uip_client *client)
{
	uint64_t next = uip_routers_poll(client);
	const struct uip_prefix *p = choose(client);

	if (p) {
		use(client, p);
	} else {
		uip_client_withdraw(client);
		say_managed(client);
	}
	if (uip_now() < client->shunned.until)
		next = uip_sooner(next, client->shunned.until);
	return next;
}

static void start(struct uip_client *client)
{
	uip_routers_start(client);
}

/* What routers said is all of it. */
static void keep_lease(struct uip_client *client, struct uip_keep *keep)
{
	uip_routers_keep(client, keep);
}

static bool resume(struct uip_client *client)
{
	const struct uip_prefix *p = client->routers.prefixes;
	struct uip_lease lease = { .addr = uip_client_eui64(client, &p->net) };

	uip_routers_fill(client, &lease);
	return p->prefix && uip_client_resume(client, &lease);
}

static void end(struct uip_client *client)
{
	(void)client;
}

/* RFC 4862 5.4.5: the MAC has a twin. */
static void taken(struct uip_client *client, const struct uip_addr *addr)
{
	client->shunned.addr = *addr;
	client->shunned.until = uip_now() + AGAIN_MS;
	uip_client_withdraw(client);
}

const struct uip_method uip_by_slaac = {
	.name = "SLAAC", .start = start, .end = end, .poll = poll, .taken = taken,
	.keep = keep_lease, .resume = resume,
};
