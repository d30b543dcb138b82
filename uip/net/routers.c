// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What routers say of a network: RFC 4861 6.3, RFC 4862 5.5, RFC 4191 for which of them is
 * best. They are asked once, and until one is there, less and less often (RFC 7559).
 */
#include <string.h>

#include "bytes.h"
#include "keep.h"
#include "net.h"

#define DELAY_MS	1000		/* MAX_RTR_SOLICITATION_DELAY */
#define ASK_MS		4000		/* RTR_SOLICITATION_INTERVAL, the first */
#define ASK_MAX_MS	(3600 * 1000)
#define TWO_HOURS_MS	(2 * 3600 * 1000)

#define RA_LEN		16
#define AT_FLAGS	5
#define AT_LIFETIME	6
#define MANAGED		0x80
#define OPT_PREFIX	3
#define PREFIX_LEN	32
#define ON_LINK		0x80
#define AUTONOMOUS	0x40
#define OPT_MTU		5
#define MTU_MIN		1280		/* RFC 8200 5 */
#define EUI64_BITS	64
#define LIFETIME_MAX_MS	(UINT16_MAX * 1000)	/* a router's own */

/* --- what they say --------------------------------------------------------- */

/* RFC 4191 2.1: two bits with a sign; what is reserved means medium. */
static int preference_of(uint8_t flags)
{
	int bits = flags >> 3 & 3;

	return bits == 3 ? -1 : bits == 1;
}

static struct uip_router *find_router(struct uip_routers *r, const struct uip_addr *addr)
{
	struct uip_router *router;

	for (router = r->routers; router < &r->routers[UIP_ROUTERS_MAX]; router++)
		if (router->until && uip_addr_equal(&router->addr, addr))
			return router;
	return NULL;
}

/* Its own, a free one, or that of one that does not answer. NULL: there are enough. */
static struct uip_router *router_entry(struct uip_routers *r, const struct uip_addr *addr)
{
	struct uip_router *router, *entry = find_router(r, addr);

	if (entry)
		return entry;
	for (router = r->routers; router < &r->routers[UIP_ROUTERS_MAX]; router++) {
		if (!router->until)
			return router;
		if (!entry && router->suspect)
			entry = router;
	}
	return entry;
}

static void take_router(struct uip_routers *r, const struct uip_packet *packet)
{
	uint16_t lifetime = get_be16(packet->data + AT_LIFETIME);
	struct uip_router *router;

	/* Who is none any more needs no place. */
	router = lifetime ? router_entry(r, &packet->src) : find_router(r, &packet->src);
	if (!router)
		return;
	router->addr = packet->src;
	router->preference = preference_of(packet->data[AT_FLAGS]);
	router->suspect = false;
	router->until = lifetime ? uip_now() + lifetime * 1000u : 0;
}

static struct uip_prefix *find_prefix(struct uip_routers *r, const struct uip_addr *net,
				      uint8_t prefix)
{
	struct uip_prefix *p;

	for (p = r->prefixes; p < &r->prefixes[UIP_PREFIXES_MAX]; p++)
		if (p->prefix == prefix && uip_addr_same_net(&p->net, net, prefix))
			return p;
	return NULL;
}

/* Does it give way? Not if the address is of it, nor if the next one may be. */
static bool is_spare(const struct uip_client *client, const struct uip_prefix *p)
{
	return p->preferred <= uip_now() &&
	       !uip_addr_same_net(&p->net, &client->offer.addr, p->prefix);
}

/* Its own, a free one, or a spare one. NULL: there are enough. */
static struct uip_prefix *prefix_entry(struct uip_client *client, const struct uip_addr *net,
				       uint8_t prefix)
{
	struct uip_routers *r = &client->routers;
	struct uip_prefix *p, *entry = find_prefix(r, net, prefix);

	if (entry)
		return entry;
	for (p = r->prefixes; p < &r->prefixes[UIP_PREFIXES_MAX]; p++) {
		if (!entry && is_spare(client, p))
			entry = p;
		if (!p->prefix) {
			entry = p;
			break;
		}
	}
	if (entry)
		*entry = (struct uip_prefix){ .net = *net, .prefix = prefix };
	return entry;
}

static uint64_t until(uint32_t s)
{
	return s == UINT32_MAX ? UIP_NEVER : uip_now() + s * 1000ull;
}

/* RFC 4862 5.5.3 e: a forged advertisement must not end an address at once. */
static void take_lifetimes(struct uip_prefix *p, uint32_t valid, uint32_t preferred)
{
	uint64_t now = uip_now(), told = until(valid);

	if (told > now + TWO_HOURS_MS || told > p->valid)
		p->valid = told;
	else if (p->valid > now + TWO_HOURS_MS)
		p->valid = now + TWO_HOURS_MS;
	p->preferred = until(preferred);
}

static bool is_network(const struct uip_addr *net, uint8_t prefix)
{
	return net->family == OHBA_FAMILY_IPV6 && prefix && prefix <= 128 &&
	       !uip_addr_is_link_local(net) && uip_addr_is_unicast(net);
}

/* RFC 4861 4.6.2. */
static void take_prefix(struct uip_client *client, const uint8_t *option)
{
	struct uip_addr net = uip_addr_make(option + 16, 16);
	uint32_t valid = get_be32(option + 4), preferred = get_be32(option + 8);
	uint8_t prefix = option[2], flags = option[3];
	struct uip_prefix *p;

	if (!is_network(&net, prefix))
		return;
	/* RFC 4861 6.3.4: one that is none any more is no news if it was none. */
	p = valid ? prefix_entry(client, &net, prefix) : find_prefix(&client->routers, &net, prefix);
	if (!p)
		return;
	if (flags & ON_LINK)
		p->on_link = until(valid);
	if (flags & AUTONOMOUS && prefix == EUI64_BITS && preferred <= valid)
		take_lifetimes(p, valid, preferred);
}

static void take_mtu(struct uip_routers *r, const uint8_t *option)
{
	uint32_t mtu = get_be32(option + 4);

	if (mtu >= MTU_MIN && mtu <= UINT16_MAX)
		r->mtu = mtu;
}

/* That options are whole was seen to: nd.c. */
static enum uip_malformed take_options(struct uip_client *client, const uint8_t *options,
				       size_t len)
{
	enum uip_malformed bad = UIP_WELL_FORMED;
	size_t at, size;

	for (at = 0; at < len; at += size) {
		size = options[at + 1] * 8;
		if (options[at] == OPT_PREFIX && size == PREFIX_LEN)
			take_prefix(client, options + at);
		else if (options[at] == OPT_MTU && size == 8)
			take_mtu(&client->routers, options + at);
		else if (options[at] == OPT_PREFIX || options[at] == OPT_MTU)
			bad = UIP_BAD_ND_OPTION;
	}
	return bad;
}

enum uip_malformed uip_routers_input(struct uip_port *port, const struct uip_packet *packet)
{
	enum uip_malformed bad = UIP_WELL_FORMED;
	struct uip_client *client;

	for (client = port->clients; client < &port->clients[OHBA_IFACES_MAX]; client++) {
		if (!uip_client_hears(client, packet->vid) ||
		    (client->method != &uip_by_slaac && client->method != &uip_by_dhcp6))
			continue;
		take_router(&client->routers, packet);
		client->routers.unheard = false;
		client->routers.managed = packet->data[AT_FLAGS] & MANAGED;
		bad = take_options(client, packet->data + RA_LEN, packet->len - RA_LEN);
	}
	return bad;
}

/* --- what is known --------------------------------------------------------- */

/* Return: when the next one goes. */
static uint64_t expire(struct uip_routers *r)
{
	uint64_t now = uip_now(), next = UIP_NEVER, end;
	struct uip_router *router;
	struct uip_prefix *p;

	for (router = r->routers; router < &r->routers[UIP_ROUTERS_MAX]; router++) {
		if (router->until <= now)
			router->until = 0;
		else
			next = uip_sooner(next, router->until);
	}
	for (p = r->prefixes; p < &r->prefixes[UIP_PREFIXES_MAX]; p++) {
		end = p->on_link > now ? p->on_link : UIP_NEVER;
		end = uip_sooner(end, p->valid > now ? p->valid : UIP_NEVER);
		if (p->on_link <= now && p->valid <= now)
			p->prefix = 0;
		else
			next = uip_sooner(next, end);
	}
	return next;
}

/* RFC 4861 6.3.6, RFC 4191 3.2: one that answers, before one that is preferred. */
static bool is_better(const struct uip_router *a, const struct uip_router *b)
{
	return a->suspect == b->suspect ? a->preference > b->preference : b->suspect;
}

static const struct uip_router *best_router(const struct uip_routers *r)
{
	const struct uip_router *router, *best = NULL;

	for (router = r->routers; router < &r->routers[UIP_ROUTERS_MAX]; router++)
		if (router->until && (!best || is_better(router, best)))
			best = router;
	return best;
}

static struct uip_router *known(struct uip_client *client, const struct uip_addr *addr)
{
	struct uip_router *router = find_router(&client->routers, addr);

	return client->port ? router : NULL;
}

void uip_routers_suspect(struct uip_client *client, const struct uip_addr *addr)
{
	struct uip_router *router = known(client, addr);

	if (router)
		router->suspect = true;
}

void uip_routers_heard(struct uip_port *port, uint16_t vid, const struct uip_addr *addr)
{
	struct uip_client *client;
	struct uip_router *router;

	for (client = port->clients; client < &port->clients[OHBA_IFACES_MAX]; client++) {
		router = uip_client_hears(client, vid) ? known(client, addr) : NULL;
		if (router)
			router->suspect = false;
	}
}

const struct uip_addr *uip_routers_instead(struct uip_client *client,
					   const struct uip_addr *addr)
{
	const struct uip_router *router = known(client, addr);
	const struct uip_router *best = best_router(&client->routers);

	return router && router->suspect && !best->suspect ? &best->addr : addr;
}

/* What is on the link, whether or not an address is of it. */
static void set_routes(struct uip_client *client)
{
	const struct uip_prefix *p = client->routers.prefixes;
	unsigned int i;

	client->nroutes = 0;
	for (i = 0; i < UIP_PREFIXES_MAX; i++)
		if (p[i].prefix && p[i].on_link > uip_now())
			client->routes[client->nroutes++] = (struct uip_route){
				.net = p[i].net, .prefix = p[i].prefix,
			};
}

void uip_routers_fill(struct uip_client *client, struct uip_lease *lease)
{
	const struct uip_router *router = best_router(&client->routers);
	unsigned int i;

	lease->prefix = 128;
	for (i = 0; i < client->nroutes; i++)
		if (uip_addr_same_net(&client->routes[i].net, &lease->addr,
				      client->routes[i].prefix))
			lease->prefix = client->routes[i].prefix;
	lease->mtu = client->routers.mtu;
	if (router)
		lease->gateway = router->addr;
}

/* --- what is kept ---------------------------------------------------------- */

static bool is_sound_router(const struct uip_router *router)
{
	return router->addr.family == OHBA_FAMILY_IPV6 && uip_addr_is_link_local(&router->addr) &&
	       router->preference >= -1 && router->preference <= 1 &&
	       router->until <= uip_now() + LIFETIME_MAX_MS;
}

static void keep_router(struct uip_keep *keep, struct uip_router *router)
{
	uip_keep_field(keep, router->addr);
	uip_keep_field(keep, router->preference);
	uip_keep_time(keep, &router->until);
	if (router->until && !is_sound_router(router))
		keep->failed = true;
}

static bool is_sound_prefix(const struct uip_prefix *p)
{
	return is_network(&p->net, p->prefix) && p->preferred <= p->valid &&
	       (!p->valid || p->prefix == EUI64_BITS);
}

static void keep_prefix(struct uip_keep *keep, struct uip_prefix *p)
{
	uip_keep_field(keep, p->net);
	uip_keep_field(keep, p->prefix);
	uip_keep_time(keep, &p->on_link);
	uip_keep_time(keep, &p->valid);
	uip_keep_time(keep, &p->preferred);
	if (p->prefix && !is_sound_prefix(p))
		keep->failed = true;
}

static void keep_mtu(struct uip_keep *keep, uint16_t *mtu)
{
	uip_keep_field(keep, *mtu);
	if (*mtu && *mtu < MTU_MIN)
		keep->failed = true;
}

/* The network that the client's address is of; of several, that which it is made of. */
static struct uip_prefix prefix_of(const struct uip_client *client)
{
	const struct uip_prefix *p = client->routers.prefixes;
	struct uip_prefix best = { .prefix = 0 };
	unsigned int i;

	for (i = 0; i < UIP_PREFIXES_MAX; i++)
		if (p[i].prefix && (!best.prefix || p[i].valid > best.valid) &&
		    uip_addr_same_net(&p[i].net, &client->offer.addr, p[i].prefix))
			best = p[i];
	return best;
}

/* One network and one router: the others will be heard soon, or are not there. */
void uip_routers_keep(struct uip_client *client, struct uip_keep *keep)
{
	struct uip_routers *r = &client->routers;
	const struct uip_router *best = best_router(r);
	struct uip_router router = best ? *best : (struct uip_router){ .until = 0 };
	struct uip_prefix prefix = prefix_of(client);

	keep_router(keep, &router);
	keep_prefix(keep, &prefix);
	keep_mtu(keep, &r->mtu);
	if (!keep->from)
		return;
	*r = (struct uip_routers){
		.ask_at = uip_now() + uip_random() % (DELAY_MS + 1),
		.routers = { router }, .prefixes = { prefix }, .mtu = r->mtu, .unheard = true,
	};
	set_routes(client);
}

/* --- questions ------------------------------------------------------------- */

static void ask(struct uip_client *client)
{
	struct uip_routers *r = &client->routers;
	uint32_t interval = r->interval ? r->interval * 2 : ASK_MS;

	r->interval = interval < ASK_MAX_MS ? interval : ASK_MAX_MS;
	r->unasked = false;
	uip_nd_ask_routers(client->port, client->conf.tci);
	/* RFC 7559 2: 10% more or less. */
	r->ask_at = uip_now() + r->interval * 9ull / 10 + uip_random() % (r->interval / 5 + 1);
}

void uip_routers_start(struct uip_client *client)
{
	client->routers = (struct uip_routers){
		.ask_at = uip_now() + uip_random() % (DELAY_MS + 1), .unasked = true,
	};
}

uint64_t uip_routers_poll(struct uip_client *client)
{
	struct uip_routers *r = &client->routers;
	uint64_t next = expire(r);

	set_routes(client);
	/* RFC 4861 6.3.7: what is told unasked may leave something out, so once at least. */
	if (best_router(r) && !r->unheard && !r->unasked) {
		/* When there is none any more, ask anew. */
		r->interval = 0;
		r->ask_at = uip_now();
		return next;
	}
	if (uip_now() >= r->ask_at)
		ask(client);
	return uip_sooner(next, r->ask_at);
}
