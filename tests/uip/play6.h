/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other stations of an IPv6 network: packets to and from them. */
#ifndef UIP_PLAY6_H
#define UIP_PLAY6_H

#include "bench.h"

#define ETH_LEN		14
#define IP6_LEN		40
#define AT_ICMP6	(ETH_LEN + IP6_LEN)

extern const uint8_t router_mac[6];
/* fe80::@last */
struct uip_addr link_local(uint8_t last);
/* The adapter's, and that of 2001:db8:0:@net::/64 by EUI-64. */
struct uip_addr own_link_local(void);
struct uip_addr eui64(uint8_t net);

/* A packet, as it is sent; hops: 255 and checksum are right, unless said otherwise. */
struct packet6 {
	struct uip_addr src, dst;	/* dst: else our link-local one for UDP, and all nodes */
	uint8_t next, hops, spoil;	/* spoil: added to the checksum */
	uint16_t vid, cut;		/* cut: bytes that are missing at its end */
	const uint8_t *mac;		/* NULL: router_mac */
	const uint8_t *data;
	size_t len;
};
void bring6(const struct packet6 *packet);

/* The next frame that is ICMPv6 of @type, with its tag if it has one. 0: there is none. */
size_t sent_icmp6(uint8_t frame[2048], uint8_t type);
/* How many solicitations of the rest are for @target. */
unsigned int count_solicitations(struct uip_addr target);
/* Somebody's advertisement of @target, or his solicitation in nobody's name. */
void bring_advertisement(struct uip_addr target, const uint8_t mac[6]);
void bring_probe(struct uip_addr target, const uint8_t mac[6]);

/* A router advertisement. */
struct ra {
	uint8_t flags;
	uint16_t lifetime;
	uint8_t options[512];
	size_t len;
};
void ra_prefix(struct ra *ra, uint8_t net, uint8_t flags, uint32_t valid, uint32_t preferred);
void ra_mtu(struct ra *ra, uint32_t mtu);
#define RA_ON_LINK	0x80
#define RA_AUTONOMOUS	0x40
#define RA_BOTH		(RA_ON_LINK | RA_AUTONOMOUS)
/* From fe80::@router. */
void bring_ra(const struct ra *ra, uint8_t router);

/* Ask for address 3, @method: UIP_SLAAC, UIP_DHCP6, or 0xff for none. */
void configure6(uint8_t method, uint16_t tci);
/* One thing was told: @addr is the adapter's address 3. */
void assert_got(struct uip_addr addr, uint32_t prefix, struct uip_addr gateway, uint32_t mtu);
void assert_gone(void);

/* A router for half an hour, and its prefix: on the link, and for addresses. */
struct ra ra_with_prefix(uint8_t net, uint32_t valid, uint32_t preferred);
/* That, from fe80::1. */
void advertise6(uint8_t net, uint32_t valid, uint32_t preferred);
/* RFC 4862 5.4: up to a second before the question, another for the answer. */
void wait_for_dad(void);
/* eui64(0), for a day, by SLAAC. */
void get_address6(void);
/* From it, the way to @dst is by @hop, or to @dst itself. */
void assert_hop6(struct uip_addr dst, struct uip_addr hop);

#endif /* UIP_PLAY6_H */
