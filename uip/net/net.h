/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sandboxed process from inside: one thread that reads what strangers sent. ports.c
 * has the frames, resolve.c the ways that were asked for, ask.c who has an address,
 * dhcp.c the addresses that are to be got, loop.c who is served next.
 */
#ifndef UIP_NET_H
#define UIP_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "lwip/dhcp.h"
#include "lwip/netif.h"

#include "addr.h"
#include "msg.h"

#define UIP_PORTS_MAX	12
_Static_assert(UIP_PORTS_MAX * OHBA_IFACES_MAX <= 254, "lwIP numbers interfaces with a byte");

/* Gets one address of the adapter's: an interface of lwIP's. */
struct uip_client {
	struct uip_port *port;		/* NULL: a free entry */
	uint16_t tci;
	struct uip_lease lease;		/* what was told last */
	struct netif netif;
	struct dhcp dhcp;
};

struct uip_port {
	int fd;				/* packet socket; -1: a free entry */
	uint32_t ifindex;
	uint8_t mac[6];
	char adapter[UIP_ADAPTER_LEN];
	struct uip_client clients[OHBA_IFACES_MAX];	/* by the address's index */
};

#define UIP_VID_MASK	0x0fff		/* of a TCI (IEEE 802.1Q) */

/* ports.c */
void uip_ports_init(void);
/* Owns @fd, whatever comes of it; another socket for a port that is there replaces its. */
void uip_port_add(uint32_t ifindex, const struct uip_port_add *add, int fd);
void uip_port_close(struct uip_port *port);
struct uip_port *uip_port_find(uint32_t ifindex);
struct uip_port *uip_port_at(unsigned int i);		/* i < UIP_PORTS_MAX */
/* Take frames in. Return: false if the socket failed, and is closed. */
bool uip_port_read(struct uip_port *port);
/* From its header on; @vid: what the tag said that the kernel took out, 0: none. */
void uip_port_input(struct uip_port *port, const uint8_t *frame, size_t len, uint16_t vid);
/* What cannot be sent now is lost: whoever asks, asks again. */
void uip_port_send(struct uip_port *port, const uint8_t *frame, size_t len);

/* ask.c: ask who has @hop, in the name of @iface; an answer is heard by resolve.c. */
void uip_ask(struct uip_port *port, const struct uip_iface *iface, const struct uip_addr *hop);
void uip_ask_input(struct uip_port *port, const uint8_t *frame, size_t len, uint16_t vid);

/* resolve.c */
/* Answered by UIP_PATH, at once or some seconds later; not at all if too many wait. */
void uip_resolve(struct uip_port *port, const struct uip_want *want);
/* Answer that there is no way. */
void uip_resolve_refuse(uint32_t ifindex, const struct uip_addr *dst);
/* @addr, on that VLAN of @port, is @mac. */
void uip_resolve_heard(struct uip_port *port, uint16_t vid, const struct uip_addr *addr,
		       const uint8_t mac[6]);
/* Ask again, give up. Return: whether something is left. */
bool uip_resolve_poll(void);
void uip_resolve_cancel(struct uip_port *port);		/* it goes */

/* dhcp.c */
/* Get the addresses of @port that @dhcp lists, give back what it lists no more. */
void uip_dhcp_set(struct uip_port *port, const struct uip_dhcp *dhcp);
void uip_dhcp_end(struct uip_port *port);
void uip_dhcp_input(struct uip_port *port, const uint8_t *frame, size_t len, uint16_t vid);
/* Does anything happen by itself, with time? */
bool uip_dhcp_needs_clock(void);

/* loop.c: tell the privileged process. */
void uip_tell(const struct uip_msg *msg);

#endif /* UIP_NET_H */
