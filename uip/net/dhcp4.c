// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Addresses by DHCP for IPv4: the client of RFC 2131. A unicast message goes to the station
 * that the server's answer came from, which is the server or a relay: nobody is resolved.
 */
#include <stdio.h>
#include <string.h>

#include "keep.h"
#include "log.h"
#include "net.h"

#define SERVER_PORT	67
#define CLIENT_PORT	68
#define TRY_MS		4000		/* RFC 2131 4.1: doubled, and off by a second */
#define TRY_MAX_MS	64000
#define JITTER_MS	1000
#define REQUESTS	4		/* then another server may be better */
#define PAUSE_MS	10000		/* RFC 2131 3.1.5, after DECLINE */
#define RENEW_MIN_S	60		/* RFC 2131 4.4.5 */
#define LEASE_MIN_S	10		/* as if nobody could mean less */
#define LEASE_FOREVER	UINT32_MAX
#define MTU_MIN		68		/* RFC 2132 5.1 */

/* What is due in each state. */
static void begin_due(struct uip_client *client);
static void discover_due(struct uip_client *client);
static void request_due(struct uip_client *client);
static void renewal_due(struct uip_client *client);
static void reboot_due(struct uip_client *client);
static void renew(struct uip_client *client);

static const struct {
	const char *name;		/* as in RFC 2131 4.4, but for the first */
	void (*due)(struct uip_client *client);
} states[] = {
	[DHCP4_IDLE] = { "IDLE", begin_due },
	[DHCP4_SELECTING] = { "SELECTING", discover_due },
	[DHCP4_REQUESTING] = { "REQUESTING", request_due },
	[DHCP4_BOUND] = { "BOUND", renewal_due },
	[DHCP4_RENEWING] = { "RENEWING", renew },
	[DHCP4_REBINDING] = { "REBINDING", renew },
	[DHCP4_REBOOTING] = { "REBOOTING", reboot_due },
};

static const uint8_t nobody[4];
static const uint8_t everybody[4] = { 255, 255, 255, 255 };

static struct uip_dhcp4_id id_of(const struct uip_client *client)
{
	struct uip_dhcp4_id id = { .iaid = client->conf.index };

	memcpy(id.mac, client->port->mac, sizeof(id.mac));
	return id;
}

/* For who asks for the category "dhcp". */
static void note(const struct uip_client *client, const char *does,
		 const struct uip_dhcp4_msg *msg)
{
	static const char *const names[] = {
		[DHCP4_DISCOVER] = "DISCOVER", [DHCP4_OFFER] = "OFFER",
		[DHCP4_REQUEST] = "REQUEST", [DHCP4_DECLINE] = "DECLINE", [DHCP4_ACK] = "ACK",
		[DHCP4_NAK] = "NAK", [DHCP4_RELEASE] = "RELEASE",
	};
	struct uip_addr server = uip_addr_make(msg->server, 4);
	char text[UIP_ADDR_TEXT];

	uip_dbg(UIP_DHCP, "%s: DHCP, address %u, %s: %s %s, server %s", client->port->adapter,
		client->conf.index, states[client->dhcp4.state].name, does, names[msg->type],
		uip_addr_text(&server, text));
}

/* --- out ------------------------------------------------------------------- */

static void send(struct uip_client *client, struct uip_dhcp4_msg *msg, bool to_server)
{
	const struct uip_dhcp4 *d = &client->dhcp4;
	struct uip_dhcp4_id id = id_of(client);
	uint8_t data[UIP_DHCP4_MAX];
	uint64_t secs = (uip_now() - d->began) / 1000;
	size_t len;

	msg->xid = d->xid;
	msg->secs = secs < UINT16_MAX ? secs : UINT16_MAX;
	note(client, "sends", msg);
	len = uip_dhcp4_build(msg, &id, data);
	uip_send_udp4(client->port, client->conf.tci, to_server ? d->server_mac : uip_mac_all,
		      msg->ciaddr, to_server ? d->ack.server : everybody, CLIENT_PORT,
		      SERVER_PORT, data, len);
}

static void discover(struct uip_client *client)
{
	struct uip_dhcp4_msg msg = { .type = DHCP4_DISCOVER };

	send(client, &msg, false);
}

/* RFC 2131 4.3.2: who asks for the first time names server and address, who comes again that. */
static void request(struct uip_client *client)
{
	struct uip_dhcp4 *d = &client->dhcp4;
	struct uip_dhcp4_msg msg = { .type = DHCP4_REQUEST };

	d->asked = uip_now();
	if (d->state == DHCP4_REQUESTING)
		memcpy(msg.server, d->ack.server, 4);
	if (d->state == DHCP4_REQUESTING || d->state == DHCP4_REBOOTING)
		memcpy(msg.requested, d->ack.yiaddr, 4);
	else
		memcpy(msg.ciaddr, d->ack.yiaddr, 4);
	send(client, &msg, d->state == DHCP4_RENEWING);
}

static void decline(struct uip_client *client)
{
	struct uip_dhcp4_msg msg = { .type = DHCP4_DECLINE };

	memcpy(msg.requested, client->dhcp4.ack.yiaddr, 4);
	memcpy(msg.server, client->dhcp4.ack.server, 4);
	send(client, &msg, false);
}

static void release(struct uip_client *client)
{
	struct uip_dhcp4_msg msg = { .type = DHCP4_RELEASE };

	memcpy(msg.ciaddr, client->dhcp4.ack.yiaddr, 4);
	memcpy(msg.server, client->dhcp4.ack.server, 4);
	send(client, &msg, true);
}

/* --- states ---------------------------------------------------------------- */

static uint64_t backoff(unsigned int tries)
{
	uint64_t ms = TRY_MS << (tries < 4 ? tries : 4);

	return (ms < TRY_MAX_MS ? ms : TRY_MAX_MS) - JITTER_MS +
	       uip_random() % (2 * JITTER_MS + 1);
}

static void enter(struct uip_dhcp4 *d, enum uip_dhcp4_state state)
{
	d->state = state;
	d->tries = 0;
	d->next = uip_now();
}

static void begin(struct uip_dhcp4 *d)
{
	d->began = uip_now();
	d->xid = uip_random();
	enter(d, DHCP4_SELECTING);
}

/* From the start, but not as fast as a server that never keeps its word could have it. */
static void begin_again(struct uip_client *client)
{
	struct uip_dhcp4 *d = &client->dhcp4;

	uip_client_withdraw(client);
	client->nroutes = 0;
	if (!d->failures++) {
		begin(d);
		return;
	}
	enter(d, DHCP4_IDLE);
	d->next = uip_now() + backoff(d->failures - 2);
}

/* When to renew again: RFC 2131 4.4.5, in proportion where the lease is short. */
static uint64_t halfway(const struct uip_dhcp4 *d, uint64_t end)
{
	uint64_t now = uip_now(), least = (uint64_t)d->ack.lease * 1000 / 16 + 1;
	uint64_t half = end > now ? (end - now) / 2 : 0;

	if (least > RENEW_MIN_S * 1000)
		least = RENEW_MIN_S * 1000;
	return now + (half > least ? half : least);
}

static void renew(struct uip_client *client)
{
	struct uip_dhcp4 *d = &client->dhcp4;
	uint64_t end = d->state == DHCP4_RENEWING ? d->t2 : d->expiry;

	if (uip_now() >= end) {
		enter(d, DHCP4_REBINDING);
		return;
	}
	request(client);
	d->next = uip_sooner(halfway(d, end), end);
}

static void wait_for_answer(struct uip_dhcp4 *d)
{
	d->next = uip_now() + backoff(d->tries++);
}

static void begin_due(struct uip_client *client)
{
	begin(&client->dhcp4);
}

static void discover_due(struct uip_client *client)
{
	discover(client);
	wait_for_answer(&client->dhcp4);
}

static void request_due(struct uip_client *client)
{
	if (client->dhcp4.tries == REQUESTS) {
		begin_again(client);
		return;
	}
	request(client);
	wait_for_answer(&client->dhcp4);
}

static void renewal_due(struct uip_client *client)
{
	client->dhcp4.xid = uip_random();
	enter(&client->dhcp4, DHCP4_RENEWING);
}

/* RFC 2131 3.2: unanswered, the lease holds all the same, for its time. */
static void reboot_due(struct uip_client *client)
{
	struct uip_dhcp4 *d = &client->dhcp4;

	if (d->tries == REQUESTS) {
		d->state = DHCP4_BOUND;
		d->next = d->t1;
		return;
	}
	request(client);
	wait_for_answer(d);
}

static void end_lease(struct uip_client *client)
{
	struct uip_dhcp4 *d = &client->dhcp4;

	if (d->state < DHCP4_BOUND || uip_now() < d->expiry)
		return;
	d->failures = 0;
	begin_again(client);
}

static uint64_t poll(struct uip_client *client)
{
	struct uip_dhcp4 *d = &client->dhcp4;

	if (d->state >= DHCP4_BOUND && client->check.free)
		d->failures = 0;
	end_lease(client);
	while (uip_now() >= d->next) {
		states[d->state].due(client);
		/* Time goes on meanwhile, and who has none left asks for none. */
		end_lease(client);
	}
	return d->state >= DHCP4_BOUND ? uip_sooner(d->next, d->expiry) : d->next;
}

/* --- in -------------------------------------------------------------------- */

static uint64_t after(uint64_t begin, uint64_t s)
{
	return begin + s * 1000;
}

/*
 * RFC 2131 4.4.5: half of the lease, 7/8 of it, where the server says nothing sound. To be
 * asked all the time is not.
 */
static void set_times(struct uip_dhcp4 *d)
{
	uint64_t lease = d->ack.lease < LEASE_MIN_S ? LEASE_MIN_S : d->ack.lease;
	uint64_t least = lease / 4 < RENEW_MIN_S ? lease / 4 : RENEW_MIN_S;
	uint64_t t2 = d->ack.t2 > least && d->ack.t2 < lease ? d->ack.t2 : lease * 7 / 8;
	uint64_t t1 = d->ack.t1 >= least && d->ack.t1 < t2 ? d->ack.t1 : lease / 2;

	if (d->ack.lease == LEASE_FOREVER) {
		d->t1 = d->t2 = d->expiry = d->next = UIP_NEVER;
		return;
	}
	d->expiry = after(d->asked, lease);
	d->t2 = after(d->asked, t2);
	d->next = d->t1 = after(d->asked, t1 < t2 ? t1 : t2 / 2);
}

/* RFC 3442: they are instead of the router. */
static void set_routes(struct uip_client *client, struct uip_lease *lease)
{
	const struct uip_dhcp4_msg *ack = &client->dhcp4.ack;
	const struct uip_dhcp4_route *from;
	unsigned int i;

	_Static_assert((int)UIP_DHCP4_ROUTES_MAX <= UIP_ROUTES_MAX, "room for all");
	for (i = 0; i < ack->nroutes; i++) {
		from = &ack->routes[i];
		client->routes[i] = (struct uip_route){
			.net = uip_addr_make(from->net, 4),
			.prefix = from->prefix,
		};
		if (memcmp(from->via, nobody, 4))
			client->routes[i].via = uip_addr_make(from->via, 4);
		if (!from->prefix)
			lease->gateway = client->routes[i].via;
	}
	client->nroutes = ack->nroutes;
	if (!ack->nroutes && memcmp(ack->router, nobody, 4))
		lease->gateway = uip_addr_make(ack->router, 4);
}

static bool is_unicast(const uint8_t bytes[4])
{
	struct uip_addr addr = uip_addr_make(bytes, 4);

	return uip_addr_is_unicast(&addr);
}

static struct uip_lease make_lease(struct uip_client *client)
{
	const struct uip_dhcp4_msg *ack = &client->dhcp4.ack;
	struct uip_lease lease = {
		.addr = uip_addr_make(ack->yiaddr, 4),
		.prefix = ack->prefix,
	};

	if (ack->mtu >= MTU_MIN)
		lease.mtu = ack->mtu;
	if (is_unicast(ack->extras.isns))
		lease.isns = uip_addr_make(ack->extras.isns, 4);
	set_routes(client, &lease);
	return lease;
}

static void hear_offer(struct uip_client *client, const struct uip_dhcp4_msg *msg)
{
	struct uip_dhcp4 *d = &client->dhcp4;

	if (d->state != DHCP4_SELECTING || !is_unicast(msg->yiaddr) ||
	    !memcmp(msg->server, nobody, 4))
		return;
	d->ack = *msg;
	enter(d, DHCP4_REQUESTING);
}

/* RFC 2131 4.4.1: by the server that was asked, and what it was asked for. */
static bool is_awaited(const struct uip_dhcp4 *d, const struct uip_dhcp4_msg *msg)
{
	return (d->state == DHCP4_REQUESTING && !memcmp(msg->server, d->ack.server, 4)) ||
	       d->state == DHCP4_RENEWING || d->state == DHCP4_REBINDING ||
	       d->state == DHCP4_REBOOTING;
}

/* Return: where the next word goes. */
static char *put_servers(char *at, const char *end, const char *what,
			 const uint8_t servers[][4], unsigned int max)
{
	char text[UIP_ADDR_TEXT];
	struct uip_addr addr;
	unsigned int i;

	for (i = 0; i < max && memcmp(servers[i], nobody, 4); i++) {
		addr = uip_addr_make(servers[i], 4);
		at += snprintf(at, end - at, "%s %s", i ? "," : what,
			       uip_addr_text(&addr, text));
	}
	return at;
}

/* For whoever boots; the iSNS server is the driver's, too. */
static void say_extras(const struct uip_client *client, const struct uip_dhcp4_extras *extras)
{
	char text[160] = "", *at = text, *end = text + sizeof(text);

	at = put_servers(at, end, " DNS", extras->dns, UIP_DHCP4_SERVERS_MAX);
	at = put_servers(at, end, " NTP", extras->ntp, UIP_DHCP4_SERVERS_MAX);
	put_servers(at, end, " iSNS", &extras->isns, 1);
	if (*text || *extras->root_path)
		uip_info("%s: DHCP: the server says, too:%s%s%s", client->port->adapter, text,
			 *extras->root_path ? " root path " : "", extras->root_path);
}

static void hear_ack(struct uip_client *client, const struct uip_dhcp4_msg *msg,
		     const uint8_t server_mac[6])
{
	struct uip_dhcp4 *d = &client->dhcp4;
	struct uip_lease lease;

	if (!is_awaited(d, msg) || memcmp(msg->yiaddr, d->ack.yiaddr, 4) || !msg->lease)
		return;
	if (d->state == DHCP4_REQUESTING || d->state == DHCP4_REBOOTING ||
	    memcmp(&d->ack.extras, &msg->extras, sizeof(msg->extras)))
		say_extras(client, &msg->extras);
	if (d->state == DHCP4_REBOOTING)
		uip_info("%s: DHCP: the server says that it holds", client->port->adapter);
	d->ack = *msg;
	memcpy(d->server_mac, server_mac, 6);
	d->state = DHCP4_BOUND;
	set_times(d);
	lease = make_lease(client);
	uip_client_offer(client, &lease);
}

/* Return: what of it is malformed. */
static enum uip_malformed hear(struct uip_client *client, const struct uip_packet *packet)
{
	struct uip_dhcp4_id id = id_of(client);
	struct uip_dhcp4_msg msg;

	if (!uip_dhcp4_parse(packet->data, packet->len, &id, &msg) ||
	    msg.xid != client->dhcp4.xid)
		return msg.malformed;
	switch (msg.type) {
	case DHCP4_OFFER:
		note(client, "hears", &msg);
		hear_offer(client, &msg);
		break;
	case DHCP4_ACK:
		note(client, "hears", &msg);
		hear_ack(client, &msg, packet->src_mac);
		break;
	case DHCP4_NAK:
		note(client, "hears", &msg);
		if (is_awaited(&client->dhcp4, &msg))
			begin_again(client);
		break;
	}
	poll(client);
	return msg.malformed;
}

enum uip_malformed uip_dhcp4_input(struct uip_port *port, const struct uip_packet *packet)
{
	enum uip_malformed bad = UIP_WELL_FORMED;
	struct uip_client *client;

	if (uip_is_wrong_mac(port, packet->src_mac))
		return UIP_WELL_FORMED;
	/* All clients see it, and it is one all the same. */
	for (client = port->clients; client < &port->clients[OHBA_IFACES_MAX]; client++)
		if (uip_client_hears(client, packet->vid) && client->method == &uip_by_dhcp4)
			bad = hear(client, packet);
	return bad;
}

/* --- life ------------------------------------------------------------------ */

static void start(struct uip_client *client)
{
	begin(&client->dhcp4);
	poll(client);
}

static void keep_routes(struct uip_dhcp4_msg *ack, struct uip_keep *keep)
{
	struct uip_dhcp4_route *route;

	uip_keep_field(keep, ack->nroutes);
	if (ack->nroutes > UIP_DHCP4_ROUTES_MAX) {
		ack->nroutes = 0;
		keep->failed = true;
	}
	for (route = ack->routes; route < &ack->routes[ack->nroutes]; route++) {
		uip_keep_field(keep, route->prefix);
		uip_keep_field(keep, route->net);
		uip_keep_field(keep, route->via);
	}
}

static void keep_lease(struct uip_client *client, struct uip_keep *keep)
{
	struct uip_dhcp4 *d = &client->dhcp4;

	uip_keep_time(keep, &d->t1);
	uip_keep_time(keep, &d->t2);
	uip_keep_time(keep, &d->expiry);
	uip_keep_field(keep, d->server_mac);
	uip_keep_field(keep, d->ack.yiaddr);
	uip_keep_field(keep, d->ack.prefix);
	uip_keep_field(keep, d->ack.server);
	uip_keep_field(keep, d->ack.router);
	uip_keep_field(keep, d->ack.mtu);
	uip_keep_field(keep, d->ack.lease);
	keep_routes(&d->ack, keep);
	uip_keep_field(keep, d->ack.extras.isns);
}

/* As set_times() can have made them, some time ago. */
static bool are_times(const struct uip_dhcp4 *d)
{
	uint64_t lease = d->ack.lease < LEASE_MIN_S ? LEASE_MIN_S : d->ack.lease;

	if (!d->ack.lease || d->t1 > d->t2 || d->t2 > d->expiry)
		return false;
	if (d->ack.lease == LEASE_FOREVER)
		return d->t1 == UIP_NEVER;
	return d->expiry <= after(uip_now(), lease);
}

static bool is_sound(const struct uip_client *client)
{
	const struct uip_dhcp4 *d = &client->dhcp4;
	const struct uip_dhcp4_msg *ack = &d->ack;
	unsigned int i;

	for (i = 0; i < ack->nroutes; i++)
		if (ack->routes[i].prefix > 32)
			return false;
	return are_times(d) && ack->prefix && ack->prefix <= 32 && is_unicast(ack->yiaddr) &&
	       !uip_is_wrong_mac(client->port, d->server_mac);
}

/* RFC 2131 3.2. */
static bool resume(struct uip_client *client)
{
	struct uip_dhcp4 *d = &client->dhcp4;
	struct uip_lease lease;

	if (!is_sound(client))
		return false;
	lease = make_lease(client);
	if (!uip_client_resume(client, &lease))
		return false;
	begin(d);
	enter(d, DHCP4_REBOOTING);
	poll(client);
	return true;
}

static void end(struct uip_client *client)
{
	if (client->dhcp4.state >= DHCP4_BOUND)
		release(client);
}

static void taken(struct uip_client *client, const struct uip_addr *addr)
{
	struct uip_dhcp4 *d = &client->dhcp4;

	(void)addr;
	decline(client);
	uip_client_withdraw(client);
	client->nroutes = 0;
	enter(d, DHCP4_IDLE);
	d->next = uip_now() + PAUSE_MS + (d->failures ? backoff(d->failures - 1) : 0);
	d->failures++;
}

static void describe(const struct uip_client *client, char *text, size_t size)
{
	const struct uip_dhcp4_msg *ack = &client->dhcp4.ack;
	struct uip_addr server = uip_addr_make(ack->server, 4);
	char by[UIP_ADDR_TEXT];

	if (ack->lease == LEASE_FOREVER)
		snprintf(text, size, ", from %s for ever", uip_addr_text(&server, by));
	else
		snprintf(text, size, ", from %s for %u s", uip_addr_text(&server, by), ack->lease);
}

const struct uip_method uip_by_dhcp4 = {
	.name = "DHCP", .start = start, .end = end, .poll = poll, .taken = taken,
	.keep = keep_lease, .resume = resume, .describe = describe,
};
