/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sandboxed process from inside: one thread that reads what strangers sent. ports.c
 * has the sockets, frame.c what every frame is made of, arp.c and nd.c who has an address,
 * malformed.h what is wrong with a frame, resolve.c the ways that were asked for, client.h the addresses that are to be got,
 * login.c the logins that are to be made, loop.c who is served next.
 */
#ifndef UIP_NET_H
#define UIP_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "client.h"
#include "malformed.h"
#include "msg.h"

#define UIP_PORTS_MAX	UIP_ADAPTERS_MAX

struct uip_port {
	int fd;				/* packet socket; -1: a free entry */
	uint32_t ifindex;
	uint8_t mac[6];
	char adapter[UIP_ADAPTER_LEN];
	struct uip_client clients[OHBA_IFACES_MAX];	/* by the address's index */
	uint64_t malformed[UIP_MALFORMED_KINDS];
};

#define UIP_VID_MASK	0x0fff		/* of a TCI (IEEE 802.1Q) */

/* A packet from the network, without what was checked already. */
struct uip_packet {
	uint16_t vid;
	const uint8_t *src_mac;
	struct uip_addr src, dst;
	const uint8_t *data;		/* UDP's or ICMPv6's, the latter from its type on */
	size_t len;
};

/* ports.c */
void uip_ports_init(void);
/* Owns @fd, whatever comes of it; another socket for a port that is there replaces its. */
void uip_port_add(uint32_t ifindex, const struct uip_port_add *add, int fd);
void uip_port_close(struct uip_port *port);
struct uip_port *uip_port_find(uint32_t ifindex);
struct uip_port *uip_port_at(unsigned int i);		/* i < UIP_PORTS_MAX */
/* Take frames in. Return: false if the socket failed, and is closed. */
bool uip_port_read(struct uip_port *port);
/* Tell the helper of closed ports that it could not be told of. */
void uip_ports_poll(void);
/* What cannot be sent now is lost: whoever asks, asks again. */
void uip_port_send(struct uip_port *port, const uint8_t *frame, size_t len);

/* frame.c */
/* From its header on; @vid: what the tag said that the kernel took out, 0: none. */
void uip_port_input(struct uip_port *port, const uint8_t *frame, size_t len, uint16_t vid);
/* @type: EtherType. No packet of ours is longer than UIP_PACKET_MAX. */
void uip_send(struct uip_port *port, uint16_t tci, const uint8_t dst[6], uint16_t type,
	      const uint8_t *packet, size_t len);
/* To a group, or to @dst_mac. @icmp: from its type on; its checksum is made here. */
void uip_send_icmp6(struct uip_port *port, uint16_t tci, const uint8_t *dst_mac,
		    const uint8_t src[16], const uint8_t dst[16],
		    const uint8_t *icmp, size_t len);
void uip_send_udp6(struct uip_port *port, uint16_t tci, const uint8_t src[16],
		   const uint8_t group[16], uint16_t src_port, uint16_t dst_port,
		   const uint8_t *data, size_t len);
void uip_send_udp4(struct uip_port *port, uint16_t tci, const uint8_t dst_mac[6],
		   const uint8_t src[4], const uint8_t dst[4], uint16_t src_port,
		   uint16_t dst_port, const uint8_t *data, size_t len);
#define UIP_PACKET_MAX	1000		/* bytes */
extern const uint8_t uip_mac_all[6];
/* No station's: a group's, nobody's, or our own. */
bool uip_is_wrong_mac(const struct uip_port *port, const uint8_t mac[6]);

/* arp.c (RFC 826, RFC 5227) */
void uip_arp_ask(struct uip_port *port, const struct uip_iface *iface,
		 const struct uip_addr *hop);
/* Who has @addr? Asked in nobody's name. */
void uip_arp_probe(struct uip_port *port, uint16_t tci, const struct uip_addr *addr);
/* It is ours. */
void uip_arp_announce(struct uip_port *port, uint16_t tci, const struct uip_addr *addr);
enum uip_malformed uip_arp_input(struct uip_port *port, uint16_t vid, const uint8_t *arp,
				 size_t len);

/* nd.c (RFC 4861) */
void uip_nd_ask(struct uip_port *port, const struct uip_iface *iface,
		const struct uip_addr *hop);
void uip_nd_probe(struct uip_port *port, uint16_t tci, const struct uip_addr *addr);
void uip_nd_ask_routers(struct uip_port *port, uint16_t tci);
/* @near: nobody can have passed it on (7.1). */
enum uip_malformed uip_nd_input(struct uip_port *port, const struct uip_packet *packet,
				bool near);

/* resolve.c */
/* Answered by UIP_PATH, at once or some seconds later; not at all if too many wait. */
void uip_resolve(struct uip_port *port, const struct uip_want *want);
/* Answer that there is no way: HOST_UNREACH; or NO_HELPER, that the adapter may look for one. */
void uip_resolve_refuse(uint32_t ifindex, const struct uip_addr *dst, uint32_t status);
/* @addr, on that VLAN of @port, is @mac. */
void uip_resolve_heard(struct uip_port *port, uint16_t vid, const struct uip_addr *addr,
		       const uint8_t mac[6]);
/* Ask again, give up. Return: when to be called again. */
uint64_t uip_resolve_poll(void);
void uip_resolve_cancel(struct uip_port *port);		/* it goes */

/* login.c */
/* Ends in UIP_LOGIN_END, unless it is over before. */
bool uip_logins_init(void);		/* before the others; false without memory */
void uip_login_start(const struct uip_login_start *start);
void uip_login_heard(const struct uip_login_pdu *pdu);	/* @pdu->len is in bounds */
void uip_login_over(const struct uip_login_over *over);
/* Time, and what could not be told. Return: when to be called again. */
uint64_t uip_logins_poll(void);

/* loop.c */
/* The privileged process. Return: false if it cannot be told now. */
bool uip_tell(const struct uip_msg *msg);
uint64_t uip_now(void);					/* ms; goes on while suspended */
#define UIP_NEVER	UINT64_MAX
uint32_t uip_random(void);
/* For what nobody may guess. Return: false if there are none, or not enough. */
bool uip_random_fill(void *buf, size_t len);

static inline uint64_t uip_sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

#endif /* UIP_NET_H */
