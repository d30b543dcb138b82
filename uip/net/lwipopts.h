/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lwIP as the helper's: DHCP, and what that takes. Its memory is of fixed size, so that no
 * network can make it grow.
 */
#ifndef UIP_LWIPOPTS_H
#define UIP_LWIPOPTS_H

#define NO_SYS				1
#define SYS_LIGHTWEIGHT_PROT		0
#define LWIP_NETCONN			0
#define LWIP_SOCKET			0
#define LWIP_STATS			0

#define MEM_ALIGNMENT			8
#define MEM_SIZE			(256 * 1024)
#define PBUF_POOL_SIZE			64
#define PBUF_POOL_BUFSIZE		1536	/* one frame */
#define MEMP_NUM_SYS_TIMEOUT		16	/* not for each address: they share */
#define MEMP_NUM_PBUF			64

#define LWIP_ETHERNET			1
#define LWIP_ARP			1
#define ETHARP_SUPPORT_VLAN		1
#define ETHARP_TABLE_MATCH_NETIF	1
#define ARP_TABLE_SIZE			64
#define ARP_QUEUEING			0

#define LWIP_IPV4			1
#define LWIP_ICMP			0	/* the firmware answers echo */
#define IP_REASSEMBLY			0
#define IP_FRAG				0
#define LWIP_RAW			0
#define LWIP_UDP			1
#define MEMP_NUM_UDP_PCB		2
#define LWIP_DHCP			1
#define DHCP_DOES_ARP_CHECK		1	/* RFC 2131 4.4.1 */
#define LWIP_NETIF_STATUS_CALLBACK	1
#define LWIP_TCP			0

#define LWIP_IPV6			0
#define LWIP_NETIF_API			0

#define LWIP_HOOK_FILENAME		"hooks.h"
#define LWIP_HOOK_VLAN_SET(netif, p, src, dst, type)	uip_vlan_of(netif)

#endif /* UIP_LWIPOPTS_H */
