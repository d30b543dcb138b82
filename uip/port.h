/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packet sockets on the network devices of adapters. */
#ifndef UIP_PORT_H
#define UIP_PORT_H

#include <stdint.h>

#define UIP_FRAME_MAX		1518	/* bytes, with a VLAN tag: what we speak is short */

/* Behind the name of an adapter. */
#define UIP_NO_DEVICE "has no network device here: move it back to this network namespace, " \
		      "or give the adapter more queues"

/*
 * A socket for the ARP, DHCP and neighbour discovery of @mac on device @ifindex, which is
 * brought up if it is down. Return: the file, or -errno with a line in the log.
 */
int uip_port_open(uint32_t ifindex, const uint8_t mac[6]);

/* Have the socket @fd receive no frame but those. Return: 0, or -1 and errno. */
int uip_port_filter(int fd, const uint8_t mac[6]);

#endif /* UIP_PORT_H */
