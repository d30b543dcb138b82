/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an input of fuzz_uip says: records: op, length (two bytes, the lower first), data. */
#ifndef UIP_OPS_H
#define UIP_OPS_H

enum uip_op {
	UIP_OP_FRAME,		/* VLAN, then a frame from its Ethernet header on */
	UIP_OP_REPAIRED,	/* the same, with lengths and checksums of IP put right */
	/* dst, address (16 bytes each), 1: a gateway follows, 16 bytes; index, prefix, VLAN */
	UIP_OP_WANT4,
	UIP_OP_WANT6,
	/* Pairs of index, and VLAN (two bits) and method (two more): addresses to get. */
	UIP_OP_CONFIG,
	UIP_OP_PASS,		/* as many seconds as it is long */
	/*
	 * The sandbox is killed, and the next gets what was kept of leases, but for bytes of
	 * the first: where (two bytes, the lower first), and what is there.
	 */
	UIP_OP_KILLED,
	UIP_OPS,
};

#define UIP_WANT_LEN	52
#define UIP_BY_SLAAC	4		/* DHCP for IPv4: 0 */
#define UIP_BY_DHCP6	8
#define UIP_BY_HAND	12		/* 10.0.0.5 */

#endif /* UIP_OPS_H */
