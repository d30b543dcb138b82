// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What all ways to get an address share: it is checked before the adapter gets it, and
 * defended later.
 */
#include <string.h>

#include "log.h"
#include "net.h"

#define DEFEND_MS	10000		/* RFC 5227 1.1, DEFEND_INTERVAL */

static const struct uip_method *const methods[UIP_METHODS] = {
	[UIP_DHCP4] = &uip_by_dhcp4,
	[UIP_SLAAC] = &uip_by_slaac,
	[UIP_DHCP6] = &uip_by_dhcp6,
	[UIP_STATIC] = &uip_by_hand,
};

#define for_each_client(client, of)				\
	for (client = (of)->clients; client < &(of)->clients[OHBA_IFACES_MAX]; client++) \
		if (client->port)

/* --- what is told ---------------------------------------------------------- */

static void tell(const struct uip_client *client)
{
	struct uip_msg msg = {
		.type = UIP_LEASE,
		.port = client->port->ifindex,
		.lease = client->lease,
	};

	uip_tell(&msg);
}

static void say(const struct uip_client *client)
{
	const struct uip_lease *lease = &client->lease;
	char text[UIP_ADDR_TEXT];

	if (lease->addr.family)
		uip_info("%s: %s: %s/%u", client->port->adapter, client->method->name,
			 uip_addr_text(&lease->addr, text), lease->prefix);
	else
		uip_warn("%s: %s: the lease is over, and there is no other",
			 client->port->adapter, client->method->name);
}

static bool is_same(const struct uip_lease *a, const struct uip_lease *b)
{
	return uip_addr_equal(&a->addr, &b->addr) && a->prefix == b->prefix &&
	       uip_addr_equal(&a->gateway, &b->gateway) && a->mtu == b->mtu;
}

static void publish(struct uip_client *client)
{
	if (is_same(&client->lease, &client->offer))
		return;
	client->lease = client->offer;
	/* The adapter has it already. */
	if (client->method == &uip_by_hand)
		return;
	say(client);
	tell(client);
}

void uip_client_offer(struct uip_client *client, const struct uip_lease *lease)
{
	client->offer = *lease;
	client->offer.iface = client->conf.index;
	if (!uip_addr_equal(&client->check.addr, &lease->addr))
		uip_check_start(&client->check, &lease->addr);
	else if (client->check.free)
		publish(client);
}

void uip_client_withdraw(struct uip_client *client)
{
	client->offer = (struct uip_lease){ .iface = client->conf.index };
	client->defended = 0;
	uip_check_stop(&client->check);
	publish(client);
}

/* --- somebody else has it -------------------------------------------------- */

bool uip_client_hears(const struct uip_client *client, uint16_t vid)
{
	return client->port && (client->conf.tci & UIP_VID_MASK) == vid;
}

static void lose(struct uip_client *client, const struct uip_addr *addr)
{
	struct uip_addr lost = *addr;	/* which may be the client's, that changes */

	client->method->taken(client, &lost);
}

/* RFC 5227 2.4 (b): once; who comes again soon has it. IPv6 has no such rule. */
static void defend(struct uip_client *client, const uint8_t mac[6])
{
	const char *adapter = client->port->adapter;
	struct uip_addr *addr = &client->check.addr;
	char text[UIP_ADDR_TEXT];
	uint64_t now = uip_now();

	if (addr->family != OHBA_FAMILY_IPV4)
		return;
	if (!client->defended || now - client->defended >= DEFEND_MS) {
		client->defended = now;
		uip_warn("%s: " UIP_MAC_FORMAT " uses %s, too: defending it once", adapter,
			 UIP_MAC_ARGS(mac), uip_addr_text(addr, text));
		uip_arp_announce(client->port, client->conf.tci, addr);
		return;
	}
	uip_err("%s: " UIP_MAC_FORMAT " goes on using %s: giving up; one of the two must get "
		"another address", adapter, UIP_MAC_ARGS(mac), uip_addr_text(addr, text));
	lose(client, addr);
}

static void refuse(struct uip_client *client, struct uip_check *check, const uint8_t mac[6])
{
	char text[UIP_ADDR_TEXT];

	uip_err("%s: %s: %s is in use: " UIP_MAC_FORMAT " has it", client->port->adapter,
		client->method->name, uip_addr_text(&check->addr, text), UIP_MAC_ARGS(mac));
	lose(client, &check->addr);
}

static void hear_claim(struct uip_client *client, struct uip_check *check,
		       const struct uip_addr *addr, const uint8_t mac[6], bool probe)
{
	if (!check->addr.family || !uip_addr_equal(&check->addr, addr))
		return;
	if (!check->free)
		refuse(client, check, mac);
	else if (!probe && check == &client->check)
		defend(client, mac);
}

void uip_clients_claimed(struct uip_port *port, uint16_t vid, const struct uip_addr *addr,
			 const uint8_t mac[6], bool probe)
{
	struct uip_client *client;

	for_each_client(client, port) {
		if (!uip_client_hears(client, vid))
			continue;
		hear_claim(client, &client->check, addr, mac, probe);
		hear_claim(client, &client->own, addr, mac, probe);
	}
}

const struct uip_client *uip_clients_own(struct uip_port *port, uint16_t vid,
					 const struct uip_addr *addr)
{
	struct uip_client *client;

	for_each_client(client, port)
		if (uip_client_hears(client, vid) && client->own.free &&
		    uip_addr_equal(&client->own.addr, addr))
			return client;
	return NULL;
}

bool uip_client_is_rival(const struct uip_client *client, const struct uip_addr *addr)
{
	struct uip_client *other;

	for_each_client(other, client->port)
		if (other != client && uip_addr_equal(&other->check.addr, addr) &&
		    uip_client_hears(other, client->conf.tci & UIP_VID_MASK))
			return true;
	return false;
}

struct uip_addr uip_client_eui64(const struct uip_client *client, const struct uip_addr *net)
{
	const uint8_t *mac = client->port->mac;
	struct uip_addr addr = *net;

	memcpy(addr.bytes + 8, mac, 3);
	addr.bytes[8] ^= 2;
	addr.bytes[11] = 0xff;
	addr.bytes[12] = 0xfe;
	memcpy(addr.bytes + 13, mac + 3, 3);
	return addr;
}

/* --- routes ---------------------------------------------------------------- */

unsigned int uip_client_route(struct uip_port *port, const struct uip_iface *iface,
			      const struct uip_addr *dst, struct uip_addr *hop)
{
	const struct uip_client *client = &port->clients[iface->index];
	const struct uip_route *route;
	unsigned int i, best = 0;

	if (!client->port || !uip_addr_equal(&client->lease.addr, &iface->addr))
		return 0;
	for (i = 0; i < client->nroutes; i++) {
		route = &client->routes[i];
		if (route->prefix < best || !uip_addr_same_net(&route->net, dst, route->prefix))
			continue;
		best = route->prefix + 1;
		*hop = route->via.family ? route->via : *dst;
	}
	return best;
}

/* --- life ------------------------------------------------------------------ */

static void end(struct uip_client *client)
{
	if (!client->port)
		return;
	/* The loss is no news: whoever takes it away knows. */
	client->method->end(client);
	client->port = NULL;
}

static void start(struct uip_port *port, const struct uip_config_iface *conf)
{
	struct uip_client *client = &port->clients[conf->index];

	memset(client, 0, sizeof(*client));
	client->port = port;
	client->conf = *conf;
	client->lease.iface = client->offer.iface = conf->index;
	client->method = methods[conf->method];
	client->method->start(client);
}

static bool is_same_conf(const struct uip_config_iface *a, const struct uip_config_iface *b)
{
	return a->method == b->method && a->tci == b->tci && uip_addr_equal(&a->addr, &b->addr);
}

/* One that runs tells again what it has: whoever asks may have missed it. */
static void ensure(struct uip_port *port, const struct uip_config_iface *conf)
{
	struct uip_client *client = &port->clients[conf->index];

	if (client->port && is_same_conf(&client->conf, conf)) {
		if (client->lease.addr.family && client->method != &uip_by_hand)
			tell(client);
		return;
	}
	end(client);
	start(port, conf);
}

static bool is_listed(const struct uip_config *config, uint32_t index)
{
	uint32_t i;

	for (i = 0; i < config->nifaces; i++)
		if (config->ifaces[i].index == index)
			return true;
	return false;
}

void uip_clients_set(struct uip_port *port, const struct uip_config *config)
{
	uint32_t i;

	for (i = 0; i < OHBA_IFACES_MAX; i++)
		if (!is_listed(config, i))
			end(&port->clients[i]);
	for (i = 0; i < config->nifaces; i++)
		ensure(port, &config->ifaces[i]);
}

void uip_clients_end(struct uip_port *port)
{
	uint32_t i;

	for (i = 0; i < OHBA_IFACES_MAX; i++)
		end(&port->clients[i]);
}

/* The driver need not list what was set by hand: that it is used says it, too. */
void uip_clients_used(struct uip_port *port, const struct uip_iface *iface)
{
	struct uip_client *client = &port->clients[iface->index];
	struct uip_config_iface conf = {
		.index = iface->index,
		.method = UIP_STATIC,
		.tci = iface->tci,
		.addr = iface->addr,
	};

	if (!client->port || client->method == &uip_by_hand)
		ensure(port, &conf);
}

static uint64_t poll_one(struct uip_client *client)
{
	uint64_t next = uip_check_poll(&client->own, client);

	next = uip_sooner(next, client->method->poll(client));
	next = uip_sooner(next, uip_check_poll(&client->check, client));
	if (client->check.free)
		publish(client);
	return next;
}

uint64_t uip_clients_poll(void)
{
	uint64_t next = UIP_NEVER;
	struct uip_client *client;
	struct uip_port *port;
	unsigned int i;

	for (i = 0; i < UIP_PORTS_MAX; i++) {
		port = uip_port_at(i);
		for_each_client(client, port)
			next = uip_sooner(next, poll_one(client));
	}
	return next;
}
