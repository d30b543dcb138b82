/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What came from the network and is not as its protocol has it: each is counted by its kind,
 * and dropped; an option of DHCP or of a router may be without the rest of its message. What is
 * meant for others is none of it.
 */
#ifndef UIP_MALFORMED_H
#define UIP_MALFORMED_H

enum uip_malformed {
	UIP_WELL_FORMED,
	UIP_BAD_FRAME,
	UIP_BAD_ARP,
	UIP_BAD_IPV4,
	UIP_BAD_IPV6,
	UIP_BAD_CHECKSUM,
	UIP_BAD_UDP,
	UIP_BAD_ND,
	UIP_BAD_ND_OPTION,
	UIP_BAD_DHCP4,
	UIP_BAD_DHCP4_OPTION,
	UIP_BAD_DHCP6,
	UIP_BAD_DHCP6_OPTION,
	UIP_MALFORMED_KINDS,
};

struct uip_port;

/* One more at @port; UIP_WELL_FORMED: none. Said for the 1st, the 2nd, the 4th, and so on. */
void uip_malformed(struct uip_port *port, enum uip_malformed kind);
/* Say how many there were of each kind. */
void uip_malformed_sum(const struct uip_port *port);

#endif /* UIP_MALFORMED_H */
