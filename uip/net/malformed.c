// SPDX-License-Identifier: GPL-2.0-or-later
/* How much of what came is not as its protocol has it (malformed.h). */
#include <inttypes.h>

#include "log.h"
#include "net.h"

static const char *const kinds[UIP_MALFORMED_KINDS] = {
	[UIP_BAD_FRAME] = "a frame without an Ethernet header, or longer than frames are",
	[UIP_BAD_ARP] = "ARP that is cut off, or not of IPv4 on Ethernet (RFC 826)",
	[UIP_BAD_IPV4] = "an IPv4 header of wrong lengths (RFC 791)",
	[UIP_BAD_IPV6] = "an IPv6 header of a wrong length (RFC 8200)",
	[UIP_BAD_CHECKSUM] = "a wrong checksum",
	[UIP_BAD_UDP] = "UDP of a wrong length (RFC 768)",
	[UIP_BAD_ND] = "neighbour discovery that fails its checks (RFC 4861 6.1, 7.1)",
	[UIP_BAD_ND_OPTION] = "an option of neighbour discovery of a wrong length (RFC 4861 4.6)",
	[UIP_BAD_DHCP4] = "a DHCPv4 message without a whole header, or cookie (RFC 2131 2)",
	[UIP_BAD_DHCP4_OPTION] = "a DHCPv4 option of a wrong length or value (RFC 2132)",
	[UIP_BAD_DHCP6] = "a DHCPv6 message without a whole header (RFC 8415 8)",
	[UIP_BAD_DHCP6_OPTION] = "a DHCPv6 option of a wrong length (RFC 8415 21)",
};

void uip_malformed(struct uip_port *port, enum uip_malformed kind)
{
	uint64_t n;

	if (kind == UIP_WELL_FORMED)
		return;
	n = ++port->malformed[kind];
	/* Whoever is on the network can send as many as he likes. */
	if (!(n & (n - 1)))
		uip_warn("%s: malformed, and dropped: %s, %" PRIu64 " so far", port->adapter,
			 kinds[kind], n);
}

void uip_malformed_sum(const struct uip_port *port)
{
	unsigned int kind;

	for (kind = 1; kind < UIP_MALFORMED_KINDS; kind++)
		if (port->malformed[kind])
			uip_info("%s: malformed, and dropped: %s, %" PRIu64 " in all",
				 port->adapter, kinds[kind], port->malformed[kind]);
}
