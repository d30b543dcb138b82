// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What all ways to get an address share: it is checked before the adapter gets it, and
 * defended later.
 */
#include <stdio.h>
#include <string.h>

#include "keep.h"
#include "log.h"
#include "net.h"

#define DEFEND_MS	10000		/* RFC 5227 1.1, DEFEND_INTERVAL */
#define KEEP_MS		10000		/* who can have us tell of new times has no hurry */
#define KEEP_VERSION	1		/* of what the driver keeps */

static const struct uip_method *const methods[UIP_METHODS] = {
	[UIP_DHCP4] = &uip_by_dhcp4,
	[UIP_SLAAC] = &uip_by_slaac,
	[UIP_DHCP6] = &uip_by_dhcp6,
	[UIP_STATIC] = &uip_by_hand,
};

#define for_each_client(client, of)				\
	for (client = (of)->clients; client < &(of)->clients[OHBA_IFACES_MAX]; client++) \
		if (client->port)

/* --- what is kept ---------------------------------------------------------- */

/* Name all that is kept. Return: false if it is of another version, or method. */
static bool keep_lease(struct uip_client *client, struct uip_keep *keep)
{
	uint8_t version = KEEP_VERSION, method = client->conf.method;

	uip_keep_field(keep, version);
	uip_keep_field(keep, method);
	if (keep->failed || version != KEEP_VERSION || method != client->conf.method)
		return false;
	client->method->keep(client, keep);
	return true;
}

static void keep_offer(struct uip_client *client)
{
	struct uip_keep keep = uip_keep_to(&client->offer.kept);

	client->offer.kept.len = 0;
	if (client->method->keep && keep_lease(client, &keep))
		uip_keep_end(&keep, &client->offer.kept);
}

static bool is_kept(const struct uip_client *client)
{
	const struct uip_kept *a = &client->lease.kept, *b = &client->offer.kept;

	return a->len == b->len && !memcmp(a->bytes, b->bytes, a->len);
}

/* --- what is told ---------------------------------------------------------- */

static void tell(struct uip_client *client)
{
	struct uip_msg msg = {
		.type = UIP_LEASE,
		.port = client->port->ifindex,
		.lease = client->lease,
	};

	msg.lease.generation = client->conf.generation;
	client->told = uip_now();
	client->untold = !uip_tell(&msg);
}

static void say_lease(const struct uip_client *client)
{
	const struct uip_lease *lease = &client->lease;
	char addr[UIP_ADDR_TEXT], gateway[UIP_ADDR_TEXT], whence[80] = "", vlan[16] = "";
	unsigned int vid = client->conf.tci & UIP_VID_MASK;

	if (client->method->describe)
		client->method->describe(client, whence, sizeof(whence));
	if (vid)
		snprintf(vlan, sizeof(vlan), ", VLAN %u", vid);
	uip_info("%s: %s: %s/%u%s%s%s%s", client->port->adapter, client->method->name,
		 uip_addr_text(&lease->addr, addr), lease->prefix, vlan,
		 lease->gateway.family ? ", gateway " : "",
		 lease->gateway.family ? uip_addr_text(&lease->gateway, gateway) : "", whence);
}

static void say(const struct uip_client *client)
{
	if (client->lease.addr.family)
		say_lease(client);
	else
		uip_warn("%s: %s: the lease is over, and there is no other",
			 client->port->adapter, client->method->name);
}

static bool is_same(const struct uip_lease *a, const struct uip_lease *b)
{
	return uip_addr_equal(&a->addr, &b->addr) && a->prefix == b->prefix &&
	       uip_addr_equal(&a->gateway, &b->gateway) && a->mtu == b->mtu &&
	       uip_addr_equal(&a->isns, &b->isns);
}

static void publish(struct uip_client *client)
{
	bool same = is_same(&client->lease, &client->offer);
	bool early = client->told && uip_now() < client->told + KEEP_MS;

	if (same && (is_kept(client) || early))
		return;
	/* Whoever sends router advertisements can have it change at will. */
	if (!same && uip_addr_equal(&client->lease.addr, &client->offer.addr) &&
	    !uip_limit_pass(&client->changes, uip_now()))
		return;
	client->lease = client->offer;
	/* The adapter has it already. */
	if (client->method == &uip_by_hand)
		return;
	if (!same)
		say(client);
	tell(client);
}

void uip_client_offer(struct uip_client *client, const struct uip_lease *lease)
{
	client->offer = *lease;
	client->offer.iface = client->conf.index;
	keep_offer(client);
	if (!uip_addr_equal(&client->check.addr, &lease->addr))
		uip_check_start(&client->check, &lease->addr);
	else if (client->check.free)
		publish(client);
}

/* Nobody is asked whose it is: connections use it. Who has it, too, is heard. */
bool uip_client_resume(struct uip_client *client, const struct uip_lease *lease)
{
	char text[UIP_ADDR_TEXT];

	if (!uip_addr_equal(&lease->addr, &client->conf.addr))
		return false;
	client->offer = *lease;
	client->offer.iface = client->conf.index;
	client->offer.kept = client->conf.kept;
	client->lease = client->offer;
	client->check = (struct uip_check){ .addr = lease->addr, .free = true };
	uip_info("%s: %s: %s/%u, as before", client->port->adapter, client->method->name,
		 uip_addr_text(&lease->addr, text), lease->prefix);
	return true;
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

static void prepare(struct uip_client *client, struct uip_port *port,
		    const struct uip_config_iface *conf)
{
	memset(client, 0, sizeof(*client));
	client->port = port;
	client->conf = *conf;
	client->lease.iface = client->offer.iface = conf->index;
	client->method = methods[conf->method];
}

/*
 * The driver is believed, but not who had it keep that: another version of us, or one that
 * strangers had got into. It counts no more than a message that says the same.
 */
static bool resume(struct uip_client *client)
{
	struct uip_kept *kept = &client->conf.kept;
	struct uip_keep keep = uip_keep_from(kept);

	return client->method->resume && kept->len && keep_lease(client, &keep) &&
	       uip_keep_end(&keep, kept) && client->method->resume(client);
}

static void start(struct uip_port *port, const struct uip_config_iface *conf)
{
	struct uip_client *client = &port->clients[conf->index];

	prepare(client, port, conf);
	if (resume(client))
		return;
	prepare(client, port, conf);	/* half of it may have been read */
	client->method->start(client);
}

static bool is_same_conf(const struct uip_config_iface *a, const struct uip_config_iface *b)
{
	return a->method == b->method && a->tci == b->tci &&
	       (a->method != UIP_STATIC || uip_addr_equal(&a->addr, &b->addr));
}

/* Whoever asks may have missed what was told, be it that there is no address any more. */
static bool has_news(const struct uip_client *client, const struct uip_config_iface *conf)
{
	return client->method != &uip_by_hand &&
	       (client->lease.addr.family || (client->told && conf->addr.family));
}

static void ensure(struct uip_port *port, const struct uip_config_iface *conf)
{
	struct uip_client *client = &port->clients[conf->index];

	if (client->port && is_same_conf(&client->conf, conf)) {
		client->conf.generation = conf->generation;
		if (has_news(client, conf))
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

void uip_clients_forget(struct uip_port *port)
{
	struct uip_client *client;

	for_each_client(client, port)
		client->port = NULL;
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
	if (client->untold)
		tell(client);
	if (client->check.free && !is_same(&client->lease, &client->offer))
		next = uip_sooner(next, uip_now() + UIP_LIMIT_MS);
	else if (client->check.free && !is_kept(client))
		next = uip_sooner(next, client->told + KEEP_MS);
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
