// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Neighbour discovery (RFC 4861), as far as connections from addresses that we have need
 * it: answers solicitations for these, asks next hops for their MACs and whether they are
 * there, and hears what they advertise. The rest of it is the helper's.
 */
#include <endian.h>
#include <string.h>

#include "lwip/inet_chksum.h"

#include "frame.h"
#include "ohba_admin.h"
#include "wire.h"

#define HOP_LIMIT		255	/* proves that no router passed it on */
#define TYPE_SOLICITATION	135
#define TYPE_ADVERTISEMENT	136
#define OPTION_SOURCE_MAC	1
#define OPTION_TARGET_MAC	2
#define FLAG_SOLICITED		0x40
#define FLAG_OVERRIDE		0x20

/* A solicitation or an advertisement, with one link-layer address option. */
struct nd {
	uint8_t type, code;
	uint8_t checksum[2];
	uint8_t flags[4];
	uint8_t target[16];
	uint8_t option, option_len;	/* in 8 bytes */
	uint8_t mac[WIRE_MAC_LEN];
};
_Static_assert(sizeof(struct nd) == 32, "RFC 4861");

#define ND_MIN	offsetof(struct nd, option)

/* RFC 8200 section 8.1: over a pseudo-header, too. 0 if it is right. */
uint16_t wire_icmp6_checksum(const uint8_t src[16], const uint8_t dst[16], const void *data,
			     size_t len)
{
	uint8_t pseudo[40] = { 0 };
	uint32_t sum;

	memcpy(pseudo, src, 16);
	memcpy(pseudo + 16, dst, 16);
	put_be16(pseudo + 34, len);
	pseudo[39] = PROTO_ICMP6;
	sum = ohba_wire_checksum(pseudo, sizeof(pseudo)) + ohba_wire_checksum(data, len);
	return ~((sum & 0xffff) + (sum >> 16));
}

static void send_nd(struct wire_iface *iface, const uint8_t *mac, const uint8_t *dst,
		    struct nd *nd)
{
	struct ip6 ip = { .version = { 0x60 }, .next = PROTO_ICMP6, .hop_limit = HOP_LIMIT };
	struct iovec iov[] = { { &ip, sizeof(ip) }, { nd, sizeof(*nd) } };
	struct wire_eth eth;
	uint16_t sum;

	put_be16(ip.len, sizeof(*nd));
	memcpy(ip.src, iface->addr.bytes, 16);
	memcpy(ip.dst, dst, 16);
	nd->option_len = 1;
	memcpy(nd->mac, iface->wire->mac, WIRE_MAC_LEN);
	sum = wire_icmp6_checksum(ip.src, ip.dst, nd, sizeof(*nd));
	memcpy(nd->checksum, &sum, sizeof(sum));
	wire_eth_fill(&eth, iface, mac, ETHERTYPE_IPV6);
	wire_send_frame(iface->wire, &eth, iov, 2);
}

void wire_nd_probe(struct wire_path *path)
{
	struct nd nd = { .type = TYPE_SOLICITATION, .option = OPTION_SOURCE_MAC };

	memcpy(nd.target, path->hop.bytes, 16);
	send_nd(path->iface, path->mac, path->hop.bytes, &nd);
}

static const uint8_t unspecified[16];
static const uint8_t all_nodes[16] = { 0xff, 0x02, [15] = 1 };
static const uint8_t all_nodes_mac[WIRE_MAC_LEN] = { 0x33, 0x33, 0, 0, 0, 1 };
/* The group that everybody with an address like it has joined: with its last 3 bytes. */
static const uint8_t solicited_nodes[13] = { 0xff, 0x02, [11] = 1, 0xff };

/* RFC 4861 section 7.2.2, RFC 2464 section 7: of those, who has @hop. */
void wire_nd_ask(struct wire_iface *iface, const struct wire_addr *hop)
{
	struct nd nd = { .type = TYPE_SOLICITATION, .option = OPTION_SOURCE_MAC };
	uint8_t group[16], mac[WIRE_MAC_LEN] = { 0x33, 0x33 };

	memcpy(nd.target, hop->bytes, 16);
	memcpy(group, hop->bytes, 16);
	memcpy(group, solicited_nodes, sizeof(solicited_nodes));
	memcpy(mac + 2, group + 12, 4);
	send_nd(iface, mac, group, &nd);
}

/* Somebody who has no address yet checks whether ours is free: all must hear it. */
static void answer(struct wire_iface *iface, const struct ip6 *ip, const uint8_t *mac)
{
	bool asked_by_nobody = !memcmp(ip->src, unspecified, 16);
	struct nd nd = { .type = TYPE_ADVERTISEMENT, .option = OPTION_TARGET_MAC };

	nd.flags[0] = FLAG_OVERRIDE | (asked_by_nobody ? 0 : FLAG_SOLICITED);
	memcpy(nd.target, iface->addr.bytes, 16);
	if (asked_by_nobody)
		send_nd(iface, all_nodes_mac, all_nodes, &nd);
	else
		send_nd(iface, mac, ip->src, &nd);
}

/* RFC 4861 section 7.2.6: who remembers another station for our address shall forget it. */
void wire_nd_announce(struct wire_iface *iface)
{
	struct nd nd = { .type = TYPE_ADVERTISEMENT, .option = OPTION_TARGET_MAC,
			 .flags = { FLAG_OVERRIDE } };

	memcpy(nd.target, iface->addr.bytes, 16);
	send_nd(iface, all_nodes_mac, all_nodes, &nd);
}

/* @mac becomes the address in the option of type @option, if there is one. */
static bool parse_options(const struct nd *nd, size_t len, uint8_t option, const uint8_t **mac)
{
	const uint8_t *at = (const uint8_t *)nd + ND_MIN, *end = (const uint8_t *)nd + len;

	*mac = NULL;
	while (at < end) {
		if (end - at < 8 || !at[1] || end - at < at[1] * 8)
			return false;
		if (at[0] == option && !*mac)
			*mac = at + 2;
		at += at[1] * 8;
	}
	return true;
}

static bool is_group(const uint8_t *addr)
{
	return addr[0] == 0xff;
}

/* RFC 4861 section 7.1.2. */
static void advertisement(struct wire_iface *iface, const struct ip6 *ip, const struct nd *nd,
			  size_t len)
{
	struct wire_addr target = wire_addr_make(OHBA_FAMILY_IPV6, nd->target);
	unsigned int how = 0;
	const uint8_t *mac;

	if ((nd->flags[0] & FLAG_SOLICITED && is_group(ip->dst)) ||
	    !parse_options(nd, len, OPTION_TARGET_MAC, &mac))
		return;
	/* What it answers came from our address. */
	if (nd->flags[0] & FLAG_SOLICITED && !memcmp(ip->dst, iface->addr.bytes, 16))
		how |= WIRE_ANSWERS;
	if (nd->flags[0] & FLAG_OVERRIDE)
		how |= WIRE_OVERRIDES;
	wire_path_heard(iface, &target, mac, how);
}

/* RFC 4861 section 7.1.1. */
static void solicitation(struct wire_iface *iface, const struct ip6 *ip, const struct nd *nd,
			 size_t len, const uint8_t *src_mac)
{
	bool by_nobody = !memcmp(ip->src, unspecified, 16);
	const uint8_t *mac;

	if (memcmp(nd->target, iface->addr.bytes, 16) || is_group(ip->src) ||
	    !parse_options(nd, len, OPTION_SOURCE_MAC, &mac))
		return;
	if (by_nobody && (mac || memcmp(ip->dst, solicited_nodes, sizeof(solicited_nodes))))
		return;
	answer(iface, ip, src_mac);
}

/* RFC 8200 section 3, RFC 4443 section 2.3, and that nobody but a neighbour sent it. */
static bool is_valid(const struct ip6 *ip, const struct nd *nd, size_t len)
{
	return ip->version[0] >> 4 == 6 && ip->hop_limit == HOP_LIMIT && !nd->code &&
	       len >= ND_MIN && !wire_icmp6_checksum(ip->src, ip->dst, nd, len);
}

void wire_nd_input(struct wire_iface *iface, const uint8_t *src_mac,
		   const uint8_t *data, size_t len)
{
	const struct ip6 *ip = (const void *)data;
	const struct nd *nd = (const void *)(ip + 1);
	size_t nd_len;

	if (len < sizeof(*ip) + ND_MIN || ip->next != PROTO_ICMP6)
		return;
	nd_len = get_be16(ip->len);
	if (nd_len > len - sizeof(*ip) || !is_valid(ip, nd, nd_len))
		return;
	if (nd->type == TYPE_ADVERTISEMENT)
		advertisement(iface, ip, nd, nd_len);
	else if (nd->type == TYPE_SOLICITATION)
		solicitation(iface, ip, nd, nd_len, src_mac);
}
