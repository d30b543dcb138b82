/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What frames are made of: numbers, headers, and access to them in network byte order. */
#ifndef OHBA_WIRE_FRAME_H
#define OHBA_WIRE_FRAME_H

#include <stdint.h>

/* IEEE 802.3, IEEE 802.1Q; types by IANA's "IEEE 802 Numbers". */
#define ETH_HLEN	14
#define VLAN_HLEN	4
#define TCI_VID		0x0fff
#define ETHERTYPE_IPV4	0x0800
#define ETHERTYPE_ARP	0x0806
#define ETHERTYPE_VLAN	0x8100
#define ETHERTYPE_IPV6	0x86dd

/* RFC 791 section 3.1; options may follow. */
struct ip4 {
	uint8_t version;		/* and the header's length, in 4 bytes */
	uint8_t tos;
	uint8_t len[2];			/* of it all */
	uint8_t id[2];
	uint8_t fragment[2];		/* flags, and an offset in 8 bytes */
	uint8_t ttl, proto;
	uint8_t checksum[2];
	uint8_t src[4], dst[4];
};
_Static_assert(sizeof(struct ip4) == 20, "RFC 791 section 3.1");

#define IP4_DONT_FRAGMENT	0x4000
#define IP4_FRAGMENT		0x3fff	/* more of them, or an offset */

/* RFC 8200 section 3. */
struct ip6 {
	uint8_t version[4];		/* and traffic class, flow label */
	uint8_t len[2];			/* of what follows */
	uint8_t next, hop_limit;
	uint8_t src[16], dst[16];
};
_Static_assert(sizeof(struct ip6) == 40, "RFC 8200 section 3");

#define IP6_MTU_MIN	1280		/* RFC 8200 section 5: every link carries it */

/* IANA's "Protocol Numbers". */
#define PROTO_ICMP	1
#define PROTO_TCP	6
#define PROTO_FRAGMENT	44		/* RFC 8200 section 4.5 */
#define PROTO_ICMP6	58

/* RFC 792; RFC 4443. */
#define ICMP_ECHO_REPLY		0
#define ICMP_UNREACHABLE	3
#define ICMP_TOO_BIG		4	/* a code of that */
#define ICMP_ECHO_REQUEST	8
#define ICMP_TIME_EXCEEDED	11
#define ICMP6_UNREACHABLE	1
#define ICMP6_TOO_BIG		2
#define ICMP6_TIME_EXCEEDED	3
#define ICMP6_ECHO_REQUEST	128
#define ICMP6_ECHO_REPLY	129

static inline uint16_t get_be16(const uint8_t *from)
{
	return from[0] << 8 | from[1];
}

static inline uint32_t get_be32(const uint8_t *from)
{
	return (uint32_t)get_be16(from) << 16 | get_be16(from + 2);
}

static inline void put_be16(uint8_t *to, uint16_t value)
{
	to[0] = value >> 8;
	to[1] = value & 0xff;
}

#endif /* OHBA_WIRE_FRAME_H */
