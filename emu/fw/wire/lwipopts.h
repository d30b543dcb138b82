/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lwIP as the adapter's TCP: the raw API in the loop's thread, IPv4 and IPv6, no
 * sockets, and nothing below IP: frames, ARP and neighbour discovery are our own.
 */
#ifndef OHBA_LWIPOPTS_H
#define OHBA_LWIPOPTS_H

/* One thread, and the loop's timers instead of lwIP's. */
#define NO_SYS				1
#define SYS_LIGHTWEIGHT_PROT		0
#define LWIP_TIMERS			0
#define LWIP_NETCONN			0
#define LWIP_SOCKET			0

/* Tables are bounded by the adapter's, bytes by the windows below. */
#define MEM_LIBC_MALLOC			1
#define MEMP_MEM_MALLOC			1
#define MEM_ALIGNMENT			8
#define LWIP_STATS			0
#define LWIP_DISABLE_TCP_SANITY_CHECKS	1	/* they are about pools */

/* Below IP: none of it. */
#define LWIP_ARP			0
#define LWIP_ETHERNET			0
#define ETH_PAD_SIZE			0

#define LWIP_IPV4			1
#define LWIP_ICMP			1	/* answers echo */
#define IP_REASSEMBLY			0
#define IP_FRAG				0
#define LWIP_IPV6			1
#define LWIP_IPV6_SCOPES		0	/* connections are bound to interfaces */
#define LWIP_IPV6_FRAG			0
#define LWIP_IPV6_REASS			0
#define LWIP_IPV6_MLD			0	/* the host joins groups */
#define LWIP_IPV6_AUTOCONFIG		0
#define LWIP_IPV6_SEND_ROUTER_SOLICIT	0
#define LWIP_IPV6_DUP_DETECT_ATTEMPTS	0
#define LWIP_ND6_QUEUEING		0
#define LWIP_ND6_ALLOW_RA_UPDATES	0
#define LWIP_ND6_TCP_REACHABILITY_HINTS	0
#define LWIP_RAW			0
#define LWIP_UDP			0

/*
 * TCP. The slow timer is two intervals, and no retransmission happens before three
 * of its ticks: 210 ms, near the 200 of Linux.
 */
#define TCP_TMR_INTERVAL		35
#define LWIP_TCP_RTO_TIME		1000
#define TCP_MSL				1000UL
#define TCP_MSS				8960	/* MTU 9000 */
#define TCP_CALCULATE_EFF_SEND_MSS	1	/* what the interface's MTU leaves */
#define LWIP_WND_SCALE			1
#define TCP_RCV_SCALE			5
#define TCP_WND				(1024 * 1024)
#define TCP_SND_BUF			(512 * 1024)
#define TCP_SND_QUEUELEN		4096
#define TCP_SNDLOWAT			(64 * 1024)
#define LWIP_TCP_SACK_OUT		1
#define TCP_OOSEQ_MAX_BYTES		TCP_WND
#define TCP_OOSEQ_MAX_PBUFS		768	/* such a window at MTU 1500; lwIP walks past all */
#define TCP_LISTEN_BACKLOG		0
#define LWIP_CHECKSUM_ON_COPY		1
#define LWIP_CHKSUM			ohba_wire_checksum
#define LWIP_SUPPORT_CUSTOM_PBUF	1
#define LWIP_NETIF_API			0

/* Names that others have, too. */
#define mem_init			lwip_mem_init
#define mem_malloc			lwip_mem_malloc
#define mem_calloc			lwip_mem_calloc
#define mem_trim			lwip_mem_trim
#define mem_free			lwip_mem_free

#define LWIP_HOOK_FILENAME		"hooks.h"
#define LWIP_HOOK_IP4_ROUTE_SRC(src, dst)	wire_route4(src)
#define LWIP_HOOK_IP6_ROUTE(src, dst)		wire_route6(src)
#define LWIP_HOOK_TCP_INPACKET_PCB(pcb, hdr, optlen, opt1len, opt2, p) \
	wire_tcp_segment(pcb, hdr, optlen, p)
/* Initial sequence numbers nobody can guess: random, not RFC 6528's clock and hash. */
#define LWIP_HOOK_TCP_ISN(local_ip, local_port, remote_ip, remote_port) \
	ohba_wire_random()

#endif /* OHBA_LWIPOPTS_H */
