// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Addresses by DHCP for IPv6: the client of RFC 8415 18.2, for one address. It asks from a
 * link-local address of its own, which nobody else of the adapter's answers for (nd.c);
 * network, router and MTU are what routers say.
 */
#include <stdio.h>
#include <string.h>

#include "keep.h"
#include "log.h"
#include "net.h"

#define SERVER_PORT	547
#define CLIENT_PORT	546
#define DELAY_MS	1000		/* SOL_MAX_DELAY */
#define AGAIN_MS	(300 * 1000)	/* after somebody had the link-local address */
#define T1_MIN_S	5		/* a server's word, but not its pace */
#define FOREVER		UINT32_MAX
#define PREFERENCE_MAX	255

static const uint8_t all_servers[16] = { 0xff, 2, [13] = 1, [15] = 2 };

/* How each state asks: RFC 8415 7.6. No maximum: 0. */
static const struct rule {
	uint8_t type;
	uint32_t first_ms, max_ms;
	unsigned int tries;
	bool names_server;
} rules[] = {
	[DHCP6_SOLICITING] = { DHCP6_SOLICIT, 1000, 3600 * 1000, 0, false },
	[DHCP6_REQUESTING] = { DHCP6_REQUEST, 1000, 30 * 1000, 10, true },
	[DHCP6_DECLINING] = { DHCP6_DECLINE, 1000, 0, 4, true },
	[DHCP6_RENEWING] = { DHCP6_RENEW, 10 * 1000, 600 * 1000, 0, true },
	[DHCP6_REBINDING] = { DHCP6_REBIND, 10 * 1000, 600 * 1000, 0, false },
};

static struct uip_dhcp6_id id_of(const struct uip_client *client)
{
	struct uip_dhcp6_id id = { .iaid = client->conf.index };

	memcpy(id.mac, client->port->mac, sizeof(id.mac));
	return id;
}

/* For who asks for the category "dhcp". */
static void note(const struct uip_client *client, const char *does, uint8_t type)
{
	static const char *const names[] = {
		[DHCP6_SOLICIT] = "SOLICIT", [DHCP6_ADVERTISE] = "ADVERTISE",
		[DHCP6_REQUEST] = "REQUEST", [DHCP6_RENEW] = "RENEW",
		[DHCP6_REBIND] = "REBIND", [DHCP6_REPLY] = "REPLY",
		[DHCP6_RELEASE] = "RELEASE", [DHCP6_DECLINE] = "DECLINE",
	};

	uip_dbg(UIP_DHCP, "%s: DHCPv6, address %u: %s %s", client->port->adapter,
		client->conf.index, does, names[type]);
}

/* --- out ------------------------------------------------------------------- */

static void send(struct uip_client *client, uint8_t type, bool names_server)
{
	const struct uip_dhcp6 *d = &client->dhcp6;
	struct uip_dhcp6_id id = id_of(client);
	struct uip_dhcp6_msg msg = { .type = type, .xid = d->xid };
	uint64_t elapsed = (uip_now() - d->began) / 10;
	uint8_t data[UIP_DHCP6_MAX];
	size_t len;

	note(client, "sends", type);
	msg.elapsed = elapsed < UINT16_MAX ? elapsed : UINT16_MAX;
	if (names_server) {
		memcpy(msg.server, d->bound.server, sizeof(msg.server));
		msg.server_len = d->bound.server_len;
	}
	msg.has_addr = type != DHCP6_SOLICIT;
	memcpy(msg.addr, d->bound.addr, sizeof(msg.addr));
	len = uip_dhcp6_build(&msg, &id, data);
	uip_send_udp6(client->port, client->conf.tci, client->own.addr.bytes, all_servers,
		      CLIENT_PORT, SERVER_PORT, data, len);
}

/* --- states ---------------------------------------------------------------- */

static void enter(struct uip_dhcp6 *d, enum uip_dhcp6_state state)
{
	d->state = state;
	d->tries = 0;
	d->began = d->next = uip_now();
	d->xid = uip_random() & 0xffffff;
}

static void solicit(struct uip_dhcp6 *d)
{
	memset(&d->best, 0, sizeof(d->best));
	enter(d, DHCP6_SOLICITING);
	d->next += uip_random() % (DELAY_MS + 1);
}

/* From the start, but not as fast as a server that never keeps its word could have it. */
static void begin_again(struct uip_client *client)
{
	struct uip_dhcp6 *d = &client->dhcp6;
	unsigned int doubled = d->failures < 6 ? d->failures : 6;

	uip_client_withdraw(client);
	solicit(d);
	if (d->failures++)
		d->next += 1000u << doubled;
}

/* RFC 8415 15: 10% more or less; 18.2.1: of the first Solicit only more. */
static uint32_t jitter(const struct uip_dhcp6 *d, uint32_t ms)
{
	uint32_t tenth = ms / 10;

	if (d->state == DHCP6_SOLICITING && !d->tries)
		return ms + 1 + uip_random() % (tenth + 1);
	return ms - tenth + uip_random() % (2 * tenth + 1);
}

static void set_timeout(struct uip_dhcp6 *d, const struct rule *rule)
{
	uint32_t max = d->state == DHCP6_SOLICITING ? d->solicit_max : rule->max_ms;
	uint32_t base = d->tries ? d->timeout * 2 : rule->first_ms;

	d->timeout = jitter(d, max && base > max ? max : base);
}

/* What follows from a state when its questions, or its time, are over. */
static bool is_over(struct uip_client *client, const struct rule *rule)
{
	struct uip_dhcp6 *d = &client->dhcp6;

	if (d->state == DHCP6_SOLICITING && d->best.has_addr) {
		d->bound = d->best;
		enter(d, DHCP6_REQUESTING);
	} else if (rule->tries && d->tries == rule->tries) {
		begin_again(client);
	} else if (d->state == DHCP6_RENEWING && uip_now() >= d->t2) {
		enter(d, DHCP6_REBINDING);
	} else {
		return false;
	}
	return true;
}

static void step(struct uip_client *client)
{
	struct uip_dhcp6 *d = &client->dhcp6;
	const struct rule *rule = &rules[d->state];

	if (d->state == DHCP6_IDLE) {
		solicit(d);
		return;
	}
	if (d->state == DHCP6_BOUND) {
		enter(d, DHCP6_RENEWING);
		return;
	}
	if (is_over(client, rule))
		return;
	if (!d->tries)
		d->began = uip_now();
	send(client, rule->type, rule->names_server);
	set_timeout(d, rule);
	d->tries++;
	d->next = uip_now() + d->timeout;
	if (d->state == DHCP6_RENEWING)
		d->next = uip_sooner(d->next, d->t2);
}

static bool has_lease(const struct uip_dhcp6 *d)
{
	return d->state >= DHCP6_BOUND;
}

/* Or does the adapter have an address that a server says it does not know? */
static bool has_end(const struct uip_client *client)
{
	return has_lease(&client->dhcp6) || client->lease.addr.family;
}

static void refresh(struct uip_client *client)
{
	struct uip_lease lease = { .addr = uip_addr_make(client->dhcp6.bound.addr, 16) };

	uip_routers_fill(client, &lease);
	uip_client_offer(client, &lease);
	if (client->check.free)
		client->dhcp6.failures = 0;
}

/* Return: when there is an address to ask from; 0: now. */
static uint64_t need_own(struct uip_client *client)
{
	struct uip_addr net = { .family = OHBA_FAMILY_IPV6, .bytes = { 0xfe, 0x80 } };
	struct uip_addr own = uip_client_eui64(client, &net);

	if (client->own.free)
		return 0;
	if (!client->own.addr.family && uip_now() < client->dhcp6.next)
		return client->dhcp6.next;
	if (!client->own.addr.family)
		uip_check_start(&client->own, &own);
	return client->own.next;
}

static uint64_t poll(struct uip_client *client)
{
	uint64_t next = uip_routers_poll(client), wait = need_own(client);
	struct uip_dhcp6 *d = &client->dhcp6;

	if (has_end(client) && uip_now() >= d->expiry) {
		d->failures = 0;
		begin_again(client);
	}
	if (has_end(client))
		next = uip_sooner(next, d->expiry);
	if (wait)
		return uip_sooner(next, wait);
	while (uip_now() >= d->next)
		step(client);
	next = uip_sooner(next, d->next);
	if (!has_lease(d))
		return next;
	refresh(client);
	return uip_sooner(next, d->expiry);
}

/* --- in -------------------------------------------------------------------- */

static void say_none(struct uip_client *client)
{
	if (!client->dhcp6.none_said)
		uip_warn("%s: DHCPv6: the server has no address to give", client->port->adapter);
	client->dhcp6.none_said = true;
}

/* The firmware takes no address that is not one station's. */
static bool is_lease(const struct uip_dhcp6_msg *msg)
{
	struct uip_addr addr = uip_addr_make(msg->addr, 16);

	return msg->has_addr && msg->valid && uip_addr_is_unicast(&addr);
}

/* RFC 8415 18.2.9. */
static void hear_advertise(struct uip_client *client, const struct uip_dhcp6_msg *msg)
{
	struct uip_dhcp6 *d = &client->dhcp6;

	if (d->state != DHCP6_SOLICITING || !d->tries)
		return;
	if (msg->sol_max_rt)
		d->solicit_max = msg->sol_max_rt * 1000;
	if (msg->status == DHCP6_NO_ADDRS_AVAIL)
		say_none(client);
	if (msg->status || !is_lease(msg))
		return;
	if (!d->best.has_addr || msg->preference > d->best.preference)
		d->best = *msg;
	/* Others have their chance until the first timeout. */
	if (d->tries > 1 || msg->preference == PREFERENCE_MAX)
		d->next = uip_now();
}

static uint64_t after(uint32_t s)
{
	return s == FOREVER ? UIP_NEVER : uip_now() + s * 1000ull;
}

/* 21.4, 14.2: half and four fifths, where the server leaves it to us. */
static uint32_t time_of(uint32_t told, uint32_t preferred, unsigned int tenths)
{
	if (told || preferred == FOREVER)
		return told ?: FOREVER;
	return (uint64_t)preferred * tenths / 10;
}

static void bind_to(struct uip_client *client, const struct uip_dhcp6_msg *msg)
{
	struct uip_dhcp6 *d = &client->dhcp6;
	uint32_t t1 = time_of(msg->t1, msg->preferred, 5);
	uint32_t t2 = time_of(msg->t2, msg->preferred, 8);

	if (t1 < T1_MIN_S)
		t1 = T1_MIN_S;
	d->bound = *msg;
	d->none_said = false;
	d->state = DHCP6_BOUND;
	d->next = after(t1);
	d->t2 = after(t2 > t1 ? t2 : t1);
	d->expiry = after(msg->valid);
}

static bool is_same_server(const struct uip_dhcp6_msg *a, const struct uip_dhcp6_msg *b)
{
	return a->server_len == b->server_len && !memcmp(a->server, b->server, a->server_len);
}

static void hear_request_reply(struct uip_client *client, const struct uip_dhcp6_msg *msg)
{
	if (msg->status == DHCP6_UNSPEC_FAIL)
		return;			/* 18.2.10.1: it is asked again */
	if (msg->status == DHCP6_NO_ADDRS_AVAIL)
		say_none(client);
	if (!msg->status && is_lease(msg))
		bind_to(client, msg);
	else
		begin_again(client);
}

static void hear_renew_reply(struct uip_client *client, const struct uip_dhcp6_msg *msg)
{
	struct uip_dhcp6 *d = &client->dhcp6;

	if (msg->status == DHCP6_NO_BINDING) {
		/* It may still let us have it. */
		memcpy(d->bound.server, msg->server, sizeof(msg->server));
		d->bound.server_len = msg->server_len;
		enter(d, DHCP6_REQUESTING);
		return;
	}
	if (msg->status || !msg->has_addr)
		return;			/* 18.2.10.1: what we have stays as it is */
	if (is_lease(msg))
		bind_to(client, msg);
	else
		begin_again(client);
}

static void hear_reply(struct uip_client *client, const struct uip_dhcp6_msg *msg)
{
	struct uip_dhcp6 *d = &client->dhcp6;

	if (d->state > DHCP6_BOUND &&
	    (d->state == DHCP6_REBINDING || is_same_server(msg, &d->bound)))
		hear_renew_reply(client, msg);
	else if (d->state == DHCP6_REQUESTING && is_same_server(msg, &d->bound))
		hear_request_reply(client, msg);
	else if (d->state == DHCP6_DECLINING && is_same_server(msg, &d->bound))
		begin_again(client);
}

/* Return: what of it is malformed. */
static enum uip_malformed hear(struct uip_client *client, const struct uip_packet *packet)
{
	struct uip_dhcp6 *d = &client->dhcp6;
	struct uip_dhcp6_id id = id_of(client);
	struct uip_dhcp6_msg msg;
	const uint8_t *held = has_lease(d) ? d->bound.addr : NULL;

	if (!uip_dhcp6_parse(packet->data, packet->len, &id, held, &msg) ||
	    msg.xid != d->xid || !d->tries)
		return msg.malformed;
	/* It asks from a link-local address, to which no router brings anything. */
	if (!uip_addr_equal(&packet->dst, &client->own.addr))
		return msg.malformed;
	note(client, "hears", msg.type);
	if (msg.type == DHCP6_ADVERTISE)
		hear_advertise(client, &msg);
	else
		hear_reply(client, &msg);
	return msg.malformed;
}

enum uip_malformed uip_dhcp6_input(struct uip_port *port, const struct uip_packet *packet)
{
	enum uip_malformed bad = UIP_WELL_FORMED;
	struct uip_client *client;

	if (uip_is_wrong_mac(port, packet->src_mac))
		return UIP_WELL_FORMED;
	/* All clients see it, and it is one all the same. */
	for (client = port->clients; client < &port->clients[OHBA_IFACES_MAX]; client++)
		if (uip_client_hears(client, packet->vid) && client->method == &uip_by_dhcp6)
			bad = hear(client, packet);
	return bad;
}

/* --- life ------------------------------------------------------------------ */

static void start(struct uip_client *client)
{
	client->dhcp6.solicit_max = rules[DHCP6_SOLICITING].max_ms;
	uip_routers_start(client);
}

static void keep_lease(struct uip_client *client, struct uip_keep *keep)
{
	struct uip_dhcp6 *d = &client->dhcp6;

	uip_keep_time(keep, &d->expiry);
	uip_keep_field(keep, d->bound.addr);
	uip_keep_field(keep, d->bound.server_len);
	if (d->bound.server_len > sizeof(d->bound.server)) {
		keep->failed = true;
		return;
	}
	uip_keep_bytes(keep, d->bound.server, d->bound.server_len);
	uip_routers_keep(client, keep);
}

/*
 * RFC 8415 18.2.5, which says what a Confirm would (18.2.3), and what that would not: for
 * how long.
 */
static bool resume(struct uip_client *client)
{
	struct uip_dhcp6 *d = &client->dhcp6;
	struct uip_lease lease = { .addr = uip_addr_make(d->bound.addr, 16) };

	uip_routers_fill(client, &lease);
	if (!uip_addr_is_unicast(&lease.addr) || !d->bound.server_len ||
	    !uip_client_resume(client, &lease))
		return false;
	d->solicit_max = rules[DHCP6_SOLICITING].max_ms;
	enter(d, DHCP6_REBINDING);
	return true;
}

/* Once, without waiting for an answer: the adapter has it no more. */
static void end(struct uip_client *client)
{
	struct uip_dhcp6 *d = &client->dhcp6;

	if (!has_lease(d))
		return;
	enter(d, d->state);
	send(client, DHCP6_RELEASE, true);
}

static void taken(struct uip_client *client, const struct uip_addr *addr)
{
	struct uip_dhcp6 *d = &client->dhcp6;

	uip_client_withdraw(client);
	if (uip_addr_equal(addr, &client->own.addr)) {
		uip_check_stop(&client->own);
		enter(d, DHCP6_IDLE);
		d->next = uip_now() + AGAIN_MS;
		return;
	}
	enter(d, DHCP6_DECLINING);
}

static void describe(const struct uip_client *client, char *text, size_t size)
{
	uint32_t valid = client->dhcp6.bound.valid;

	if (valid == FOREVER)
		snprintf(text, size, ", for ever");
	else
		snprintf(text, size, ", for %u s", valid);
}

const struct uip_method uip_by_dhcp6 = {
	.name = "DHCPv6", .start = start, .end = end, .poll = poll, .taken = taken,
	.keep = keep_lease, .resume = resume, .describe = describe,
};
