// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who has an address: ARP (RFC 826) and neighbour solicitation (RFC 4861), without a
 * cache. The firmware asks for what it does not know, or knows to be wrong by now: an
 * answer from memory could be that very mistake.
 */
#include <string.h>

#include "net.h"

#define ETH_HLEN	14
#define TAG_LEN		4
#define TYPE_VLAN	0x8100
#define TYPE_ARP	0x0806
#define TYPE_IPV6	0x86dd

#define ARP_LEN		28
#define ARP_REQUEST	1
#define ARP_REPLY	2
static const uint8_t arp_kind[6] = { 0, 1, 8, 0, 6, 4 };	/* IPv4 on Ethernet */

#define IP6_HLEN	40
#define ICMPV6		58
#define ND_LEN		24		/* with the target, without options */
#define ND_SOLICIT	135
#define ND_ADVERTISE	136
#define ND_HOP_LIMIT	255		/* it crossed no router */
#define OPT_SOURCE	1		/* link-layer addresses, of eight bytes each */
#define OPT_TARGET	2

static void put_be16(uint8_t *to, uint16_t value)
{
	to[0] = value >> 8;
	to[1] = value & 0xff;
}

static uint16_t get_be16(const uint8_t *from)
{
	return from[0] << 8 | from[1];
}

/* --- questions ------------------------------------------------------------- */

/* Return: the header's bytes. */
static size_t put_header(uint8_t *frame, const struct uip_port *port,
			 const struct uip_iface *iface, const uint8_t dst[6], uint16_t type)
{
	uint8_t *at = frame + 12;

	memcpy(frame, dst, 6);
	memcpy(frame + 6, port->mac, 6);
	if (iface->tci) {
		put_be16(at, TYPE_VLAN);
		put_be16(at + 2, iface->tci);
		at += TAG_LEN;
	}
	put_be16(at, type);
	return at + 2 - frame;
}

static void ask_arp(struct uip_port *port, const struct uip_iface *iface,
		    const struct uip_addr *hop)
{
	static const uint8_t all[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	uint8_t frame[ETH_HLEN + TAG_LEN + ARP_LEN] = { 0 };
	size_t len = put_header(frame, port, iface, all, TYPE_ARP);
	uint8_t *arp = frame + len;

	memcpy(arp, arp_kind, sizeof(arp_kind));
	put_be16(arp + 6, ARP_REQUEST);
	memcpy(arp + 8, port->mac, 6);
	memcpy(arp + 14, iface->addr.bytes, 4);
	memcpy(arp + 24, hop->bytes, 4);
	uip_port_send(port, frame, len + ARP_LEN);
}

/* RFC 4443 2.3, of the packet at @ip; zero if the checksum in it is right. */
static uint16_t checksum(const uint8_t *ip, size_t payload)
{
	uint32_t sum = payload + ICMPV6;
	size_t i;

	for (i = 8; i + 1 < IP6_HLEN + payload; i += 2)
		sum += get_be16(ip + i);
	if (payload & 1)
		sum += ip[IP6_HLEN + payload - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* RFC 4861 4.3, to the solicited-node group (RFC 4291 2.7.1). */
static void ask_nd(struct uip_port *port, const struct uip_iface *iface,
		   const struct uip_addr *hop)
{
	const size_t payload = ND_LEN + 8;
	uint8_t group[16] = { 0xff, 2, [11] = 1, [12] = 0xff }, group_mac[6] = { 0x33, 0x33 };
	uint8_t frame[ETH_HLEN + TAG_LEN + IP6_HLEN + ND_LEN + 8] = { 0 };
	uint8_t *ip, *nd;

	memcpy(group + 13, hop->bytes + 13, 3);
	memcpy(group_mac + 2, group + 12, 4);
	ip = frame + put_header(frame, port, iface, group_mac, TYPE_IPV6);
	nd = ip + IP6_HLEN;
	ip[0] = 0x60;
	put_be16(ip + 4, payload);
	ip[6] = ICMPV6;
	ip[7] = ND_HOP_LIMIT;
	memcpy(ip + 8, iface->addr.bytes, 16);
	memcpy(ip + 24, group, 16);
	nd[0] = ND_SOLICIT;
	memcpy(nd + 8, hop->bytes, 16);
	nd[ND_LEN] = OPT_SOURCE;
	nd[ND_LEN + 1] = 1;
	memcpy(nd + ND_LEN + 2, port->mac, 6);
	put_be16(nd + 2, checksum(ip, payload));
	uip_port_send(port, frame, nd + payload - frame);
}

void uip_ask(struct uip_port *port, const struct uip_iface *iface, const struct uip_addr *hop)
{
	if (hop->family == OHBA_FAMILY_IPV6)
		ask_nd(port, iface, hop);
	else
		ask_arp(port, iface, hop);
}

/* --- answers --------------------------------------------------------------- */

/* No station's: a group's, nobody's, or our own. */
static bool is_wrong_mac(const struct uip_port *port, const uint8_t mac[6])
{
	static const uint8_t none[6];

	return mac[0] & 1 || !memcmp(mac, none, 6) || !memcmp(mac, port->mac, 6);
}

static void hear(struct uip_port *port, uint16_t vid, struct uip_addr addr,
		 const uint8_t mac[6])
{
	if (!is_wrong_mac(port, mac))
		uip_resolve_heard(port, vid, &addr, mac);
}

static void hear_arp(struct uip_port *port, uint16_t vid, const uint8_t *arp, size_t len)
{
	if (len >= ARP_LEN && !memcmp(arp, arp_kind, sizeof(arp_kind)) &&
	    get_be16(arp + 6) == ARP_REPLY)
		hear(port, vid, uip_addr_make(arp + 14, 4), arp + 8);
}

/* The target's link-layer address among the options, or NULL; also if one is malformed. */
static const uint8_t *target_mac(const uint8_t *options, size_t len)
{
	const uint8_t *mac = NULL;
	size_t at, size;

	for (at = 0; at < len; at += size) {
		if (len - at < 8)
			return NULL;
		size = options[at + 1] * 8;
		if (!size || size > len - at)
			return NULL;
		if (options[at] == OPT_TARGET && size == 8)
			mac = options + at + 2;
	}
	return mac;
}

/* What makes an advertisement valid: RFC 4861 7.1.2. */
static bool is_advertisement(const uint8_t *ip, size_t payload)
{
	const uint8_t *nd = ip + IP6_HLEN;

	return ip[0] >> 4 == 6 && ip[6] == ICMPV6 && ip[7] == ND_HOP_LIMIT &&
	       payload >= ND_LEN && nd[0] == ND_ADVERTISE && !nd[1] && nd[8] != 0xff &&
	       !checksum(ip, payload);
}

static void hear_nd(struct uip_port *port, uint16_t vid, const uint8_t *ip, size_t len)
{
	size_t payload;
	const uint8_t *mac;

	if (len < IP6_HLEN)
		return;
	payload = get_be16(ip + 4);
	if (payload > len - IP6_HLEN || !is_advertisement(ip, payload))
		return;
	mac = target_mac(ip + IP6_HLEN + ND_LEN, payload - ND_LEN);
	if (mac)
		hear(port, vid, uip_addr_make(ip + IP6_HLEN + 8, 16), mac);
}

void uip_ask_input(struct uip_port *port, const uint8_t *frame, size_t len, uint16_t vid)
{
	if (len < ETH_HLEN)
		return;
	switch (get_be16(frame + 12)) {
	case TYPE_ARP:
		hear_arp(port, vid, frame + ETH_HLEN, len - ETH_HLEN);
		break;
	case TYPE_IPV6:
		hear_nd(port, vid, frame + ETH_HLEN, len - ETH_HLEN);
		break;
	}
}
