/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The language of fuzz_wire's input. A byte of options, then one byte (modulo the
 * count) names what happens next, its operands follow. New ones go at the end.
 */
#ifndef WIRE_OPS_H
#define WIRE_OPS_H

/* The first byte. */
#define WIRE_IPV6	0x01
#define WIRE_VLAN	0x02	/* the first address is on VLAN 100 */
#define WIRE_PRIORITY	0x04	/* or without VLAN, with a priority */
#define WIRE_JUMBO	0x08	/* MTU 9000 */
#define WIRE_READY	0x10	/* address 0 is set, with paths to all stations */

/*
 * Stations, addresses and connections are numbered from 0, and taken modulo how many
 * there are. A frame is what its sender may send, but for the damage, which is to what
 * follows the Ethernet header. How: 1 wrong checksums, 2 to all stations, 4 untagged
 * though it should be tagged or the other way round, 8 with zeros behind the packet up
 * to 2000 bytes, 16 the type of the other IP version.
 */
enum wire_op {
	WIRE_SETTLE,		/* turns until nothing happens */
	WIRE_TIME,		/* u8: of a table */
	WIRE_RAW,		/* u8 n, n bytes: a frame */
	WIRE_SEGMENT,		/* u8 connection, u8 flags, u8 place, u8 acknowledges, u16 window,
				   u16 data length, u8 how, u8 n, n bytes of options, damage */
	WIRE_GOOD,		/* u8 connection, u16 data length: what a good peer sends next */
	WIRE_CRUMBS,		/* u8 connection, u8 n: 4 n segments of a byte, padded */
	WIRE_ARP,		/* u8 operation, u8 station, u8 target, u8 how, damage */
	WIRE_ND,		/* u8 type, u8 flags, u8 station, u8 target, u8 options, u8 how, damage */
	WIRE_ECHO,		/* u8 station, u16 length, u8 how, damage */
	WIRE_IFACE,		/* u8 address, u8 of a table */
	WIRE_PATH,		/* u8 address, u8 station, u8 station that is the hop; 0xff: there is none */
	WIRE_CONNECT,		/* u8 station */
	WIRE_CLOSE,		/* u8 connection, u8 1: abort */
	WIRE_SEND,		/* u8 connection, u16 length */
	WIRE_RECV,		/* u8 connection, u16 length */
	WIRE_WANT,		/* u8 connection, u8 1: read, u16 when so much is there */
	WIRE_LINK,		/* u8 1: up */
	WIRE_RESTART,		/* everything is closed, the station stops and starts again */
	WIRE_FILL,		/* u8 connection, u8 n: the window, but for n bytes */
	WIRE_PING,		/* u8 station, u16 length: the host has the adapter ask it */
	WIRE_PONG,		/* u8 station, u16 length, u8 how, damage: answer to the last */
	WIRE_MIRROR,		/* u8 1: on */
	WIRE_REFUSE,		/* u8 station, u8 type, u8 code, u8 how, damage: an ICMP error about
				   the last echo request that the adapter sent */
	WIRE_TOO_BIG,		/* u8 station, u16 MTU, u8 how, damage: of IPv6, about the last
				   segment that it sent */
	WIRE_RESOLVE,		/* u8 address, u8 station: ask for its MAC, and take that for a path */
	WIRE_SACK,		/* u8 connection, u16 how much more it acknowledges, u8 n, n blocks that
				   it has besides (RFC 2018): i16 where one begins, from what it
				   acknowledges, i16 bytes */
	WIRE_OPS,
};

/* Place: where a segment begins, from where the adapter expects the next byte. */
#define WIRE_PLACES \
	{ 0, -1, 1, 100, 1460, -100, 65000, 200000, 1 << 20, (1 << 20) - 1, (1 << 20) - 1000, \
	  65535, 65534, 64500, 1 << 30, -(1 << 30) }
/* What it acknowledges, from the adapter's newest byte. */
#define WIRE_ACKS	{ 0, -1, 1, -100, -1460, 100000, -100000, 1 << 30 }

#endif /* WIRE_OPS_H */
