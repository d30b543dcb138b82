// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Neighbour discovery (RFC 4861) without a cache: who has an address, whether somebody has
 * ours (RFC 4862 5.4), and the questions to routers. The firmware answers for the adapter's
 * addresses; here only those are answered for that it does not have.
 */
#include <string.h>

#include "bytes.h"
#include "net.h"

#define ND_LEN		24		/* with the target, without options */
#define ND_ASK_ROUTERS	133
#define ND_ROUTER	134
#define ND_SOLICIT	135
#define ND_ADVERTISE	136
#define RS_LEN		8
#define RA_LEN		16
#define OPT_SOURCE	1		/* link-layer addresses, of eight bytes each */
#define OPT_TARGET	2
#define SOLICITED	0x40
#define OVERRIDE	0x20

static const uint8_t nobody[16];
static const uint8_t all_nodes[16] = { 0xff, 2, [15] = 1 };
static const uint8_t all_routers[16] = { 0xff, 2, [15] = 2 };

/* --- out ------------------------------------------------------------------- */

/* RFC 4861 4.3, to the solicited-node group (RFC 4291 2.7.1). */
static void solicit(struct uip_port *port, uint16_t tci, const uint8_t src[16],
		    const struct uip_addr *target)
{
	uint8_t group[16] = { 0xff, 2, [11] = 1, [12] = 0xff };
	uint8_t nd[ND_LEN + 8] = { ND_SOLICIT };
	bool named = memcmp(src, nobody, 16);

	memcpy(group + 13, target->bytes + 13, 3);
	memcpy(nd + 8, target->bytes, 16);
	nd[ND_LEN] = OPT_SOURCE;
	nd[ND_LEN + 1] = 1;
	memcpy(nd + ND_LEN + 2, port->mac, 6);
	uip_send_icmp6(port, tci, NULL, src, group, nd, named ? sizeof(nd) : ND_LEN);
}

void uip_nd_ask(struct uip_port *port, const struct uip_iface *iface,
		const struct uip_addr *hop)
{
	solicit(port, iface->tci, iface->addr.bytes, hop);
}

void uip_nd_probe(struct uip_port *port, uint16_t tci, const struct uip_addr *addr)
{
	solicit(port, tci, nobody, addr);
}

/* RFC 4861 4.1. In nobody's name: they answer to all. */
void uip_nd_ask_routers(struct uip_port *port, uint16_t tci)
{
	static const uint8_t rs[RS_LEN] = { ND_ASK_ROUTERS };

	uip_send_icmp6(port, tci, NULL, nobody, all_routers, rs, sizeof(rs));
}

static void advertise(struct uip_port *port, uint16_t tci, const struct uip_packet *to,
		      const struct uip_addr *target)
{
	uint8_t nd[ND_LEN + 8] = { ND_ADVERTISE };
	bool named = memcmp(to->src.bytes, nobody, 16);

	nd[4] = named ? SOLICITED | OVERRIDE : OVERRIDE;
	memcpy(nd + 8, target->bytes, 16);
	nd[ND_LEN] = OPT_TARGET;
	nd[ND_LEN + 1] = 1;
	memcpy(nd + ND_LEN + 2, port->mac, 6);
	uip_send_icmp6(port, tci, named ? to->src_mac : NULL, target->bytes,
		       named ? to->src.bytes : all_nodes, nd, sizeof(nd));
}

/* --- in -------------------------------------------------------------------- */

/* Are options all whole, and of some length? RFC 4861 4.6. */
static bool are_options(const uint8_t *options, size_t len)
{
	size_t at, size;

	for (at = 0; at < len; at += size) {
		if (len - at < 8)
			return false;
		size = options[at + 1] * 8;
		if (!size || size > len - at)
			return false;
	}
	return true;
}

/* The link-layer address that options, which are whole, have as @type; or NULL. */
static const uint8_t *mac_in(const uint8_t *options, size_t len, uint8_t type)
{
	const uint8_t *mac = NULL;
	size_t at;

	for (at = 0; at < len; at += options[at + 1] * 8)
		if (options[at] == type && options[at + 1] == 1)
			mac = options + at + 2;
	return mac;
}

static bool is_from_nobody(const struct uip_packet *packet)
{
	return !memcmp(packet->src.bytes, nobody, 16);
}

static void hear_advertisement(struct uip_port *port, const struct uip_packet *packet,
			       const struct uip_addr *target)
{
	const uint8_t *mac = mac_in(packet->data + ND_LEN, packet->len - ND_LEN, OPT_TARGET);

	if (mac && !uip_is_wrong_mac(port, mac))
		uip_resolve_heard(port, packet->vid, target, mac);
	if (!uip_is_wrong_mac(port, mac ?: packet->src_mac))
		uip_clients_claimed(port, packet->vid, target, mac ?: packet->src_mac, false);
}

/* Who asks in nobody's name is about to have it itself. */
static void hear_solicitation(struct uip_port *port, const struct uip_packet *packet,
			      const struct uip_addr *target)
{
	const struct uip_client *client = uip_clients_own(port, packet->vid, target);

	if (uip_is_wrong_mac(port, packet->src_mac))
		return;
	if (client)
		advertise(port, client->conf.tci, packet, target);
	else if (is_from_nobody(packet))
		uip_clients_claimed(port, packet->vid, target, packet->src_mac, true);
}

/* RFC 4861 7.1; hop limit and checksum are right. */
static enum uip_malformed hear_neighbour(struct uip_port *port, const struct uip_packet *packet)
{
	struct uip_addr target;

	if (packet->len < ND_LEN || packet->data[8] == 0xff)
		return UIP_BAD_ND;
	if (!are_options(packet->data + ND_LEN, packet->len - ND_LEN))
		return UIP_BAD_ND_OPTION;
	target = uip_addr_make(packet->data + 8, 16);
	if (packet->data[0] == ND_ADVERTISE)
		hear_advertisement(port, packet, &target);
	else
		hear_solicitation(port, packet, &target);
	return UIP_WELL_FORMED;
}

/* RFC 4861 6.1.2. */
static enum uip_malformed hear_router(struct uip_port *port, const struct uip_packet *packet)
{
	if (packet->len < RA_LEN || !uip_addr_is_link_local(&packet->src))
		return UIP_BAD_ND;
	if (!are_options(packet->data + RA_LEN, packet->len - RA_LEN))
		return UIP_BAD_ND_OPTION;
	return uip_routers_input(port, packet);
}

static bool is_ours(uint8_t type)
{
	return type == ND_ROUTER || type == ND_SOLICIT || type == ND_ADVERTISE;
}

enum uip_malformed uip_nd_input(struct uip_port *port, const struct uip_packet *packet,
				bool near)
{
	if (packet->len && !is_ours(packet->data[0]))
		return UIP_WELL_FORMED;
	if (!near || packet->len < RS_LEN || packet->data[1])
		return UIP_BAD_ND;
	if (packet->data[0] == ND_ROUTER)
		return hear_router(port, packet);
	return hear_neighbour(port, packet);
}
