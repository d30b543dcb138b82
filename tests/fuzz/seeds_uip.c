// SPDX-License-Identifier: GPL-2.0-or-later
/* Seeds of fuzz_uip (seeds.h). */
#include "seeds.h"
#include "uip_ops.h"

#define OUR_MAC		0x52, 0x54, 0, 1, 2, 3
#define THEIR_MAC	0x52, 0x54, 0, 9, 9, 9
#define IP4(last)	10, 0, 0, last
#define IP6(net, last)	0x20, 1, 0x0d, 0xb8, 0, 0, 0, net, 0, 0, 0, 0, 0, 0, 0, last
#define ZERO12		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
#define ZERO16		ZERO12, 0, 0, 0, 0

/* From 10.0.0.5, /24; @vlan: and by 10.0.0.1 on that VLAN. */
#define WANT4(last, vlan) \
	UIP_OP_WANT4, U16(UIP_WANT_LEN), (vlan) ? 192 : 10, 0, 0, last, ZERO12, IP4(5), ZERO12, \
	!!(vlan), IP4(1), ZERO12, 0, 24, vlan
/* From 2001:db8::5, /64, with 2001:db8::1 for what is beyond. */
#define WANT6(net, last) \
	UIP_OP_WANT6, U16(UIP_WANT_LEN), IP6(net, last), IP6(0, 5), 1, IP6(0, 1), 1, 64, 0
#define ARP(op, vlan, from) \
	UIP_OP_FRAME, U16(43), vlan, OUR_MAC, THEIR_MAC, 8, 6, 0, 1, 8, 0, 6, 4, 0, op, \
	THEIR_MAC, IP4(from), OUR_MAC, IP4(5)
/* Neighbour discovery of @n bytes behind the ICMPv6 header. */
#define ND(type, n, from, ...) \
	UIP_OP_REPAIRED, U16(1 + 14 + 40 + 4 + (n)), 0, OUR_MAC, THEIR_MAC, 0x86, 0xdd, \
	0x60, 0, 0, 0, 0, 0, 58, 255, IP6(0, from), IP6(0, 5), type, 0, 0, 0, __VA_ARGS__
#define ADVERTISE(who) \
	ND(136, 28, who, 0x60, 0, 0, 0, IP6(0, who), 2, 1, THEIR_MAC)

static void uip_arp(void)
{
	struct seed seed = { 0 };

	ADD(&seed, WANT4(9, 0), ARP(2, 0, 9));
	ADD(&seed, WANT4(1, 2), ARP(1, 2, 1), ARP(2, 2, 1));
	ADD(&seed, WANT4(9, 0), UIP_OP_PASS, U16(0));
	seed_save("uip", "arp", &seed);
}

static void uip_nd(void)
{
	struct seed seed = { 0 };

	ADD(&seed, WANT6(0, 9), ADVERTISE(9), WANT6(1, 9), ADVERTISE(1));
	ADD(&seed, ND(135, 28, 9, 0, 0, 0, 0, IP6(0, 5), 1, 1, THEIR_MAC));
	seed_save("uip", "nd", &seed);
}

/* Router advertisement with MTU and prefix, redirect. */
static void uip_router(void)
{
	struct seed seed = { 0 };

	ADD(&seed, WANT6(0, 9));
	ADD(&seed, ND(134, 56, 1, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, THEIR_MAC,
		      5, 1, 0, 0, 0, 0, 5, 0xdc, 3, 4, 64, 0xc0, 0, 0, 14, 16, 0, 0, 7, 8,
		      0, 0, 0, 0, IP6(0, 0)));
	ADD(&seed, ND(137, 44, 1, 0, 0, 0, 0, IP6(0, 7), IP6(0, 9), 2, 1, THEIR_MAC));
	ADD(&seed, ADVERTISE(9));
	seed_save("uip", "router", &seed);
}

#define LINK_LOCAL(last)	0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last
#define OUR_LOCAL	0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0x50, 0x54, 0, 0xff, 0xfe, 1, 2, 3
#define PASS3		UIP_OP_PASS, U16(3), 0, 0, 0
/* From a router, with @n bytes of options. */
#define ADVERTISE_ROUTER(n, ...) \
	UIP_OP_REPAIRED, U16(1 + 14 + 40 + 16 + (n)), 0, OUR_MAC, THEIR_MAC, 0x86, 0xdd, \
	0x60, 0, 0, 0, 0, 0, 58, 255, LINK_LOCAL(1), LINK_LOCAL(2), 134, 0, 0, 0, \
	64, 0x80, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, __VA_ARGS__
#define PREFIX(net) \
	3, 4, 64, 0xc0, 0, 0, 0, 60, 0, 0, 0, 30, 0, 0, 0, 0, IP6(net, 0)

static void uip_slaac(void)
{
	struct seed seed = { 0 };

	ADD(&seed, UIP_OP_CONFIG, U16(2), 3, UIP_BY_SLAAC, PASS3);
	ADD(&seed, ADVERTISE_ROUTER(48, PREFIX(0), 5, 1, 0, 0, 0, 0, 5, 0xdc, 1, 1, THEIR_MAC));
	ADD(&seed, PASS3, ADVERTISE_ROUTER(32, PREFIX(1)), WANT6(1, 9));
	ADD(&seed, UIP_OP_PASS, U16(90));
	seed_add(&seed, (const uint8_t[90]){ 0 }, 90);
	seed_save("uip", "slaac", &seed);
}

/* Options without length, longer than the rest, and an echo longer than its packet. */
static void uip_wrong_nd(void)
{
	struct seed seed = { 0 };

	ADD(&seed, UIP_OP_CONFIG, U16(2), 3, UIP_BY_SLAAC);
	ADD(&seed, ADVERTISE_ROUTER(8, 3, 0, 64, 0xc0, 0, 0, 0, 0));
	ADD(&seed, ADVERTISE_ROUTER(8, 3, 4, 64, 0xc0, 0, 0, 0, 0));
	ADD(&seed, ADVERTISE_ROUTER(8, 5, 255, 0, 0, 0, 0, 5, 0xdc));
	ADD(&seed, ADVERTISE_ROUTER(1, 1));
	ADD(&seed, ND(136, 22, 9, 0x60, 0, 0, 0, IP6(0, 9), 2, 0));
	ADD(&seed, UIP_OP_FRAME, U16(1 + 14 + 40 + 8), 0, OUR_MAC, THEIR_MAC, 0x86, 0xdd,
	    0x60, 0, 0, 0, 0xff, 0xff, 58, 255, IP6(0, 9), IP6(0, 5), 128, 0, 0, 0, 0, 1, 0, 1);
	seed_save("uip", "wrong_nd", &seed);
}

/* Somebody has our addresses, or is about to: RFC 5227, RFC 4862. */
static void uip_conflict(void)
{
	struct seed seed = { 0 };

	ADD(&seed, UIP_OP_CONFIG, U16(4), 4, UIP_BY_HAND, 3, UIP_BY_DHCP6);
	ADD(&seed, PASS3, PASS3, ARP(1, 0, 5), PASS3, ARP(1, 0, 5), ARP(2, 0, 5));
	ADD(&seed, ND(135, 20, 9, 0, 0, 0, 0, OUR_LOCAL));
	seed_save("uip", "conflict", &seed);
}

/* A DHCPv6 server's, with @n bytes of options behind both identifiers. */
#define DHCP6(type, n, ...) \
	UIP_OP_REPAIRED, U16(1 + 14 + 40 + 8 + 4 + 20 + (n)), 0, OUR_MAC, THEIR_MAC, 0x86, 0xdd, \
	0x60, 0, 0, 0, 0, 0, 17, 64, LINK_LOCAL(7), OUR_LOCAL, 2, 0x23, 2, 0x22, 0, 0, 0, 0, \
	type, 0, 0, 4, 0, 1, 0, 10, 0, 3, 0, 1, OUR_MAC, 0, 2, 0, 2, 0xee, 1, __VA_ARGS__
#define IA_NA(t1, valid) \
	0, 3, 0, 40, 0, 0, 0, 3, 0, 0, 0, t1, 0, 0, 0, t1, \
	0, 5, 0, 24, IP6(0, 77), 0, 0, 0, valid, 0, 0, 0, valid

static void uip_dhcp6(void)
{
	struct seed seed = { 0 };

	ADD(&seed, UIP_OP_CONFIG, U16(2), 3, UIP_BY_DHCP6, PASS3);
	ADD(&seed, DHCP6(2, 49, IA_NA(20, 60), 0, 7, 0, 1, 255), DHCP6(7, 44, IA_NA(20, 60)));
	ADD(&seed, PASS3, UIP_OP_PASS, U16(20));
	seed_add(&seed, (const uint8_t[20]){ 0 }, 20);
	ADD(&seed, DHCP6(7, 44, IA_NA(20, 0)), PASS3);
	ADD(&seed, DHCP6(2, 28, 0, 3, 0, 18, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 13, 0, 2, 0, 2,
			 0, 13, 0, 0));
	ADD(&seed, PASS3, UIP_OP_CONFIG, U16(0));
	seed_save("uip", "dhcp6", &seed);
}

/* Lengths that are too short for what they contain, or too long. */
static void uip_wrong_dhcp6(void)
{
	struct seed seed = { 0 };

	ADD(&seed, UIP_OP_CONFIG, U16(2), 3, UIP_BY_DHCP6, PASS3);
	ADD(&seed, DHCP6(2, 8, 0, 3, 0, 4, 0, 0, 0, 3));
	ADD(&seed, DHCP6(2, 24, 0, 3, 0, 20, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 4,
			 0x20, 1, 0x0d, 0xb8));
	ADD(&seed, DHCP6(2, 20, 0, 3, 0, 16, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0xff, 0xff));
	ADD(&seed, DHCP6(2, 5, 0, 13, 0, 1, 0), DHCP6(2, 4, 0, 2, 0, 0));
	ADD(&seed, DHCP6(2, 4, 0, 3, 0xff, 0xff), DHCP6(2, 3, 0, 3, 0));
	seed_save("uip", "wrong_dhcp6", &seed);
}

static void uip_silence(void)
{
	struct seed seed = { 0 };

	ADD(&seed, WANT4(9, 0), WANT6(0, 9), UIP_OP_PASS, U16(5), 0, 0, 0, 0, 0);
	seed_save("uip", "silence", &seed);
}

/* What a server says: in answer to the only transaction that there is (RFC 2131). */
static void add_dhcp(struct seed *seed, uint8_t type)
{
	static const uint8_t names[10 + 64 + 128];

	ADD(seed, UIP_OP_REPAIRED, U16(1 + 14 + 20 + 8 + 240 + 28), 0, OUR_MAC, THEIR_MAC, 8, 0);
	ADD(seed, 0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, IP4(1), 255, 255, 255, 255);
	ADD(seed, 0, 67, 0, 68, 0, 0, 0, 0);
	ADD(seed, 2, 1, 6, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, IP4(77), IP4(1), 0, 0, 0, 0,
	    OUR_MAC);
	seed_add(seed, names, sizeof(names));
	ADD(seed, 0x63, 0x82, 0x53, 0x63, 53, 1, type, 54, 4, IP4(1), 1, 4, 255, 255, 255, 0,
	    3, 4, IP4(254), 51, 4, 0, 0, 0, 120, 255);
}

/* Options that say more than there is: at the end of a message, and of routes. */
static void uip_wrong_dhcp(void)
{
	struct seed seed = { 0 };

	ADD(&seed, UIP_OP_CONFIG, U16(2), 0, 0);
	add_dhcp(&seed, 2);
	add_dhcp(&seed, 5);
	seed.byte[seed.len - 12] = 0;		/* an address of no bytes */
	seed.byte[seed.len - 6] = 255;		/* a lease of 255 */
	add_dhcp(&seed, 5);
	seed.byte[seed.len - 13] = 121;		/* a route of 10 bits, by three bytes */
	add_dhcp(&seed, 5);
	seed_save("uip", "wrong_dhcp", &seed);
}

/* What was kept, as it was; with another version, too many routes, an end, a prefix. */
static void uip_killed(void)
{
	struct seed seed = { 0 };

	ADD(&seed, UIP_OP_CONFIG, U16(2), 0, 0);
	add_dhcp(&seed, 2);
	add_dhcp(&seed, 5);
	ADD(&seed, UIP_OP_PASS, U16(12), ZERO12);
	ADD(&seed, UIP_OP_KILLED, U16(0));
	add_dhcp(&seed, 5);
	ADD(&seed, UIP_OP_KILLED, U16(3), 0, 0, 2, UIP_OP_KILLED, U16(3), 51, 0, 17);
	ADD(&seed, UIP_OP_KILLED, U16(3), 25, 0, 1, UIP_OP_KILLED, U16(3), 36, 0, 33);
	seed_save("uip", "killed", &seed);
}

static void uip_dhcp(void)
{
	struct seed seed = { 0 };

	ADD(&seed, UIP_OP_CONFIG, U16(2), 0, 0);
	add_dhcp(&seed, 2);
	add_dhcp(&seed, 5);
	ADD(&seed, UIP_OP_PASS, U16(90));
	seed_add(&seed, (const uint8_t[90]){ 0 }, 90);
	ADD(&seed, UIP_OP_CONFIG, U16(0));
	seed_save("uip", "dhcp", &seed);
}

/*
 * The published holes of iscsiuio's parsers: ICMPv6 echo and router advertisements that are
 * shorter than they say, or than their type is; lengths of UDP that are less than its header,
 * and of DHCP's options that are more than their message, from which others subtract
 * (CVE-2026-18725 to CVE-2026-18728).
 */
static void uip_iscsiuio(void)
{
	struct seed seed = { 0 };

	ADD(&seed, UIP_OP_CONFIG, U16(6), 2, 0, 3, UIP_BY_SLAAC, 3, UIP_BY_DHCP6);
	ADD(&seed, ND(128, 4, 9, 0, 1, 0, 1), ND(128, 1, 9, 0), ND(134, 1, 1, 64));
	ADD(&seed, ND(134, 11, 1, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0));
	ADD(&seed, UIP_OP_FRAME, U16(1 + 14 + 40 + 4), 0, OUR_MAC, THEIR_MAC, 0x86, 0xdd,
	    0x60, 0, 0, 0, 0xff, 0xff, 58, 255, IP6(0, 9), IP6(0, 5), 128, 0, 0, 0);
	ADD(&seed, UIP_OP_FRAME, U16(1 + 14 + 20 + 8), 0, OUR_MAC, THEIR_MAC, 8, 0,
	    0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0x70, 0xd1, 10, 0, 0, 1, 255, 255, 255, 255,
	    0, 67, 0, 68, 0, 7, 0, 0);
	ADD(&seed, UIP_OP_REPAIRED, U16(1 + 14 + 20 + 8), 0, OUR_MAC, THEIR_MAC, 8, 0,
	    0x45, 0, 0, 8, 0, 0, 0, 0, 64, 17, 0, 0, IP4(1), 255, 255, 255, 255,
	    0, 67, 0, 68, 0, 8, 0, 0);
	ADD(&seed, DHCP6(7, 4, 0, 3, 0xff, 0xfc), DHCP6(7, 8, 0, 2, 0, 0, 0, 1, 0xff, 0xff));
	add_dhcp(&seed, 2);
	seed.byte[seed.len - 6] = 255;
	seed_save("uip", "iscsiuio", &seed);
}

void seeds_uip(void)
{
	uip_iscsiuio();
	uip_arp();
	uip_nd();
	uip_router();
	uip_silence();
	uip_dhcp();
	uip_killed();
	uip_wrong_dhcp();
	uip_slaac();
	uip_wrong_nd();
	uip_conflict();
	uip_dhcp6();
	uip_wrong_dhcp6();
}
