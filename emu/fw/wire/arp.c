// SPDX-License-Identifier: GPL-2.0-or-later
/* ARP (RFC 826): answers for our addresses, asks next hops for theirs and whether they are there. */
#include <endian.h>
#include <string.h>

#include "frame.h"
#include "ohba_admin.h"
#include "wire.h"

struct arp {
	uint8_t fixed[6];		/* hardware, protocol and their lengths */
	uint8_t op[2];
	uint8_t sender_mac[WIRE_MAC_LEN], sender[4];
	uint8_t target_mac[WIRE_MAC_LEN], target[4];
};
_Static_assert(sizeof(struct arp) == 28, "RFC 826");

static const uint8_t ethernet_ipv4[6] = { 0, 1, 0x08, 0x00, WIRE_MAC_LEN, 4 };
static const uint8_t request[2] = { 0, 1 }, reply[2] = { 0, 2 };

/* To @mac, about @target, which has @target_mac as far as we know. */
static void send_arp(struct wire_iface *iface, const uint8_t *op, const uint8_t *mac,
		     const uint8_t *target_mac, const uint8_t *target)
{
	struct arp arp;
	struct wire_eth eth;

	memcpy(arp.fixed, ethernet_ipv4, sizeof(arp.fixed));
	memcpy(arp.op, op, sizeof(arp.op));
	memcpy(arp.sender_mac, iface->wire->mac, WIRE_MAC_LEN);
	memcpy(arp.sender, iface->addr.bytes, 4);
	memcpy(arp.target_mac, target_mac, WIRE_MAC_LEN);
	memcpy(arp.target, target, 4);
	wire_eth_fill(&eth, iface, mac, ETHERTYPE_ARP);
	wire_send_frame(iface->wire, &eth, &(struct iovec){ &arp, sizeof(arp) }, 1);
}

void wire_arp_probe(struct wire_path *path)
{
	send_arp(path->iface, request, path->mac, path->mac, path->hop.bytes);
}

static const uint8_t all[WIRE_MAC_LEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const uint8_t none[WIRE_MAC_LEN];

void wire_arp_ask(struct wire_iface *iface, const struct wire_addr *hop)
{
	send_arp(iface, request, all, none, hop->bytes);
}

/* RFC 5227 section 2.3: who remembers another station for our address shall forget it. */
void wire_arp_announce(struct wire_iface *iface)
{
	send_arp(iface, request, all, none, iface->addr.bytes);
}

void wire_arp_input(struct wire_iface *iface, const uint8_t *data, size_t len)
{
	const struct arp *arp = (const void *)data;
	struct wire_addr sender;
	unsigned int how = WIRE_OVERRIDES;
	bool to_us;

	if (len < sizeof(*arp) || memcmp(arp->fixed, ethernet_ipv4, sizeof(arp->fixed)) ||
	    arp->sender_mac[0] & 1)
		return;
	to_us = !memcmp(arp->target, iface->addr.bytes, 4);
	sender = wire_addr_make(OHBA_FAMILY_IPV4, arp->sender);
	if (to_us && !memcmp(arp->op, reply, sizeof(reply)))
		how |= WIRE_ANSWERS;
	wire_path_heard(iface, &sender, arp->sender_mac, how);
	if (to_us && !memcmp(arp->op, request, sizeof(request)))
		send_arp(iface, reply, arp->sender_mac, arp->sender_mac, arp->sender);
}
