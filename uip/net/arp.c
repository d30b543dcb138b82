// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who has an IPv4 address (RFC 826), without a cache: the firmware asks for what it does
 * not know, or knows to be wrong by now, and an answer from memory could be that very
 * mistake. And whether somebody has ours (RFC 5227).
 */
#include <string.h>

#include "bytes.h"
#include "net.h"

#define TYPE_ARP	0x0806
#define ARP_LEN		28
#define ARP_REQUEST	1
#define ARP_REPLY	2
#define AT_OP		6
#define AT_SENDER_MAC	8
#define AT_SENDER	14
#define AT_TARGET	24

static const uint8_t arp_kind[6] = { 0, 1, 8, 0, 6, 4 };	/* IPv4 on Ethernet */
static const uint8_t nobody[4];

static void request(struct uip_port *port, uint16_t tci, const uint8_t sender[4],
		    const uint8_t target[4])
{
	uint8_t arp[ARP_LEN] = { 0 };

	memcpy(arp, arp_kind, sizeof(arp_kind));
	put_be16(arp + AT_OP, ARP_REQUEST);
	memcpy(arp + AT_SENDER_MAC, port->mac, 6);
	memcpy(arp + AT_SENDER, sender, 4);
	memcpy(arp + AT_TARGET, target, 4);
	uip_send(port, tci, uip_mac_all, TYPE_ARP, arp, sizeof(arp));
}

void uip_arp_ask(struct uip_port *port, const struct uip_iface *iface,
		 const struct uip_addr *hop)
{
	request(port, iface->tci, iface->addr.bytes, hop->bytes);
}

void uip_arp_probe(struct uip_port *port, uint16_t tci, const struct uip_addr *addr)
{
	request(port, tci, nobody, addr->bytes);
}

void uip_arp_announce(struct uip_port *port, uint16_t tci, const struct uip_addr *addr)
{
	request(port, tci, addr->bytes, addr->bytes);
}

/* Who sends from it has it; who probes for it is about to. */
static void hear_claim(struct uip_port *port, uint16_t vid, const uint8_t *arp)
{
	bool probe = !memcmp(arp + AT_SENDER, nobody, 4);
	struct uip_addr addr = uip_addr_make(arp + (probe ? AT_TARGET : AT_SENDER), 4);

	if (!probe || get_be16(arp + AT_OP) == ARP_REQUEST)
		uip_clients_claimed(port, vid, &addr, arp + AT_SENDER_MAC, probe);
}

enum uip_malformed uip_arp_input(struct uip_port *port, uint16_t vid, const uint8_t *arp,
				 size_t len)
{
	struct uip_addr sender;

	if (len < ARP_LEN || memcmp(arp, arp_kind, sizeof(arp_kind)))
		return UIP_BAD_ARP;
	if (uip_is_wrong_mac(port, arp + AT_SENDER_MAC))
		return UIP_WELL_FORMED;
	sender = uip_addr_make(arp + AT_SENDER, 4);
	if (get_be16(arp + AT_OP) == ARP_REPLY)
		uip_resolve_heard(port, vid, &sender, arp + AT_SENDER_MAC);
	hear_claim(port, vid, arp);
	return UIP_WELL_FORMED;
}
