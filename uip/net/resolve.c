// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The way to a destination: which of the adapter's addresses it leaves from, which
 * neighbour is next, and what MAC that has.
 */
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "net.h"
#include "ohba_status.h"

#define RESOLVES_MAX	64
#define ASK_MS		1000		/* from question to question */
#define PATIENCE_MS	4000

struct resolve {
	struct uip_port *port;		/* NULL: a free entry */
	struct uip_iface iface;		/* it is asked in its name */
	struct uip_addr dst, hop;
	uint64_t asked, deadline;
};

static struct resolve resolves[RESOLVES_MAX];

/* --- which way ------------------------------------------------------------- */

static bool on_link(const struct uip_iface *iface, const struct uip_addr *dst)
{
	return uip_addr_same_net(&iface->addr, dst, iface->prefix) ||
	       uip_addr_is_link_local(dst);
}

/* Return: how good a way it is, with its @hop; 0: none. */
static unsigned int rate(struct uip_port *port, const struct uip_iface *iface,
			 const struct uip_addr *dst, struct uip_addr *hop)
{
	struct uip_addr via;
	unsigned int route = uip_client_route(port, iface, dst, &via);
	unsigned int link = on_link(iface, dst) ? 1 + iface->prefix : 0;

	*hop = iface->gateway;
	if (link >= route && link)
		*hop = *dst;
	else if (route)
		*hop = via;
	else
		return iface->gateway.family == dst->family;
	return 1 + (link > route ? link : route);
}

/* The longest prefix wins; a router is the last resort. NULL: there is no way. */
static const struct uip_iface *choose(struct uip_port *port, const struct uip_want *want,
				      struct uip_addr *hop)
{
	const struct uip_iface *best = NULL;
	unsigned int i, rating, best_rating = 0;
	struct uip_addr via;

	for (i = 0; i < want->nifaces; i++) {
		rating = rate(port, &want->ifaces[i], &want->dst, &via);
		if (rating <= best_rating)
			continue;
		best = &want->ifaces[i];
		best_rating = rating;
		*hop = via;
	}
	return best;
}

/* --- answers --------------------------------------------------------------- */

void uip_resolve_refuse(uint32_t ifindex, const struct uip_addr *dst, uint32_t status)
{
	struct uip_msg msg = {
		.type = UIP_PATH,
		.port = ifindex,
		.path = { .dst = *dst, .status = status },
	};

	uip_tell(&msg);
}

static void answer(const struct resolve *r, const uint8_t *mac)
{
	struct uip_msg msg = {
		.type = UIP_PATH,
		.port = r->port->ifindex,
		.path = {
			.dst = r->dst,
			.status = OHBA_ST_SUCCESS,
			.iface = r->iface.index,
			.hop = r->hop,
		},
	};
	char dst[UIP_ADDR_TEXT], hop[UIP_ADDR_TEXT];

	memcpy(msg.path.mac, mac, sizeof(msg.path.mac));
	uip_dbg(UIP_RESOLVE, "%s: %s by %s, " UIP_MAC_FORMAT, r->port->adapter,
		uip_addr_text(&r->dst, dst), uip_addr_text(&r->hop, hop), UIP_MAC_ARGS(mac));
	uip_tell(&msg);
}

/* From where it was asked: which network "this network" is. */
static const char *asked_from(const struct resolve *r, char *text, size_t size)
{
	unsigned int vid = r->iface.tci & UIP_VID_MASK;
	char addr[UIP_ADDR_TEXT];

	if (vid)
		snprintf(text, size, "%s on VLAN %u", uip_addr_text(&r->iface.addr, addr), vid);
	else
		snprintf(text, size, "%s", uip_addr_text(&r->iface.addr, addr));
	return text;
}

static void give_up(const struct resolve *r)
{
	char dst[UIP_ADDR_TEXT], hop[UIP_ADDR_TEXT], from[UIP_ADDR_TEXT + 16];
	const char *adapter = r->port->adapter;

	asked_from(r, from, sizeof(from));
	if (uip_addr_equal(&r->dst, &r->hop))
		uip_warn("%s: %s does not answer %s: is it up, and on this network?", adapter,
			 uip_addr_text(&r->dst, dst), from);
	else
		uip_warn("%s: the gateway %s, on the way to %s, does not answer %s: is it up?",
			 adapter, uip_addr_text(&r->hop, hop), uip_addr_text(&r->dst, dst), from);
	uip_resolve_refuse(r->port->ifindex, &r->dst, OHBA_ST_HOST_UNREACH);
}

/* --- questions ------------------------------------------------------------- */

static struct uip_client *client_of(const struct resolve *r)
{
	return &r->port->clients[r->iface.index];
}

static struct resolve *find(const struct uip_port *port, const struct uip_addr *dst)
{
	struct resolve *r;

	for (r = resolves; r < &resolves[RESOLVES_MAX]; r++)
		if (r->port == port && (!port || uip_addr_equal(&r->dst, dst)))
			return r;
	return NULL;
}

static void ask(struct resolve *r)
{
	r->asked = uip_now();
	if (r->hop.family == OHBA_FAMILY_IPV6)
		uip_nd_ask(r->port, &r->iface, &r->hop);
	else
		uip_arp_ask(r->port, &r->iface, &r->hop);
}

/* RFC 4861 6.3.6: a router that does not answer gives way. Return: false if there is no other. */
static bool try_another(struct resolve *r)
{
	char hop[UIP_ADDR_TEXT], other[UIP_ADDR_TEXT];
	const struct uip_addr *instead;

	if (uip_addr_equal(&r->dst, &r->hop))
		return false;
	uip_routers_suspect(client_of(r), &r->hop);
	instead = uip_routers_instead(client_of(r), &r->hop);
	if (uip_addr_equal(instead, &r->hop))
		return false;
	uip_warn("%s: the router %s does not answer: trying %s", r->port->adapter,
		 uip_addr_text(&r->hop, hop), uip_addr_text(instead, other));
	r->hop = *instead;
	r->deadline = uip_now() + PATIENCE_MS;
	ask(r);
	return true;
}

static void begin(struct uip_port *port, const struct uip_iface *iface,
		  const struct uip_addr *dst, const struct uip_addr *hop)
{
	struct resolve *r = find(NULL, NULL);

	if (!r)
		return;		/* it will ask again */
	r->port = port;
	r->iface = *iface;
	r->dst = *dst;
	r->hop = *hop;
	r->deadline = uip_now() + PATIENCE_MS;
	ask(r);
}

static bool is_same_way(const struct resolve *r, const struct uip_iface *iface,
			const struct uip_addr *hop)
{
	return r->iface.index == iface->index && r->iface.tci == iface->tci &&
	       uip_addr_equal(&r->iface.addr, &iface->addr) && uip_addr_equal(&r->hop, hop);
}

void uip_resolve(struct uip_port *port, const struct uip_want *want)
{
	struct resolve *r = find(port, &want->dst);
	const struct uip_iface *iface;
	struct uip_addr hop;
	char dst[UIP_ADDR_TEXT];

	iface = choose(port, want, &hop);
	if (iface) {
		uip_clients_used(port, iface);
		if (!uip_addr_equal(&hop, &want->dst))
			hop = *uip_routers_instead(&port->clients[iface->index], &hop);
	}
	if (r && iface && is_same_way(r, iface, &hop))
		return;		/* that is under way */
	if (r)
		r->port = NULL;
	if (iface) {
		begin(port, iface, &want->dst, &hop);
		return;
	}
	uip_warn("%s: no address of the adapter's leads to %s: give it one of that network, "
		 "or a gateway", port->adapter, uip_addr_text(&want->dst, dst));
	uip_resolve_refuse(port->ifindex, &want->dst, OHBA_ST_HOST_UNREACH);
}

void uip_resolve_heard(struct uip_port *port, uint16_t vid, const struct uip_addr *addr,
		       const uint8_t mac[6])
{
	struct resolve *r;

	uip_routers_heard(port, vid, addr);
	for (r = resolves; r < &resolves[RESOLVES_MAX]; r++) {
		if (r->port != port || (r->iface.tci & UIP_VID_MASK) != vid ||
		    !uip_addr_equal(&r->hop, addr))
			continue;
		answer(r, mac);
		r->port = NULL;
	}
}

/* Return: when it is to be looked at again. */
static uint64_t poll_one(struct resolve *r)
{
	uint64_t now = uip_now();

	if (now >= r->deadline && try_another(r))
		return r->asked + ASK_MS;
	if (now >= r->deadline) {
		give_up(r);
		r->port = NULL;
		return UIP_NEVER;
	}
	if (now - r->asked >= ASK_MS)
		ask(r);
	return uip_sooner(r->asked + ASK_MS, r->deadline);
}

uint64_t uip_resolve_poll(void)
{
	uint64_t next = UIP_NEVER;
	struct resolve *r;

	for (r = resolves; r < &resolves[RESOLVES_MAX]; r++)
		if (r->port)
			next = uip_sooner(next, poll_one(r));
	return next;
}

void uip_resolve_cancel(struct uip_port *port)
{
	struct resolve *r;

	for (r = resolves; r < &resolves[RESOLVES_MAX]; r++)
		if (r->port == port)
			r->port = NULL;
}
