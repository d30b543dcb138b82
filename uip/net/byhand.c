// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses that were set by hand: nobody is asked for them, but somebody may have them. */
#include "net.h"

#define AGAIN_MS	(300 * 1000)	/* after somebody had it */

static void start(struct uip_client *client)
{
	client->shunned.until = 0;
}

static void end(struct uip_client *client)
{
	(void)client;
}

/* The adapter keeps it: whoever set it has to say what else it is to be. */
static void taken(struct uip_client *client, const struct uip_addr *addr)
{
	(void)addr;
	client->shunned.until = uip_now() + AGAIN_MS;
	uip_check_stop(&client->check);
	client->lease = (struct uip_lease){ .iface = client->conf.index };
}

static uint64_t poll(struct uip_client *client)
{
	struct uip_lease lease = { .addr = client->conf.addr, .prefix = client->conf.prefix };

	if (uip_now() < client->shunned.until)
		return client->shunned.until;
	uip_client_offer(client, &lease);
	return UIP_NEVER;
}

const struct uip_method uip_by_hand = {
	.name = "set by hand", .start = start, .end = end, .poll = poll, .taken = taken,
};
