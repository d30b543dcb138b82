/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DHCP for IPv4 (RFC 2131). */
#ifndef UIP_DHCP4_H
#define UIP_DHCP4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "malformed.h"

enum uip_dhcp4_type {
	DHCP4_DISCOVER = 1, DHCP4_OFFER, DHCP4_REQUEST, DHCP4_DECLINE, DHCP4_ACK, DHCP4_NAK,
	DHCP4_RELEASE,
};

#define UIP_DHCP4_ROUTES_MAX	16
#define UIP_DHCP4_SERVERS_MAX	3
#define UIP_DHCP4_ROOT_MAX	256	/* bytes, with the final zero */

/* What a server says for others than the adapter; zero if it does not. */
struct uip_dhcp4_extras {
	uint8_t dns[UIP_DHCP4_SERVERS_MAX][4], ntp[UIP_DHCP4_SERVERS_MAX][4];
	uint8_t isns[4];		/* RFC 4174: the primary one */
	char root_path[UIP_DHCP4_ROOT_MAX];	/* RFC 4173, printable ASCII */
};

/* A message; addresses are in network byte order, zero if they are not in it. */
struct uip_dhcp4_msg {
	uint8_t type;			/* enum uip_dhcp4_type */
	enum uip_malformed malformed;	/* what of it is, in one that was parsed */
	uint32_t xid;
	uint16_t secs;
	uint8_t ciaddr[4], yiaddr[4], requested[4], server[4];
	/* To the client. */
	uint8_t router[4];
	uint8_t prefix;			/* bits; its address's class, if the server has no mask */
	uint32_t lease, t1, t2;		/* s, 0: not in it */
	uint16_t mtu;
	unsigned int nroutes;
	struct uip_dhcp4_route {
		uint8_t prefix, net[4], via[4];
	} routes[UIP_DHCP4_ROUTES_MAX];
	struct uip_dhcp4_extras extras;
};

/* What tells one client from another. */
struct uip_dhcp4_id {
	uint8_t mac[6];
	uint32_t iaid;			/* 0: the MAC says it all */
};

#define UIP_DHCP4_MAX		400	/* bytes of a message of ours */

/* Return: its bytes, in @out. */
size_t uip_dhcp4_build(const struct uip_dhcp4_msg *msg, const struct uip_dhcp4_id *id,
		       uint8_t out[UIP_DHCP4_MAX]);
/* Return: false if it is no message to that client, or one that cannot be taken. */
bool uip_dhcp4_parse(const uint8_t *data, size_t len, const struct uip_dhcp4_id *id,
		     struct uip_dhcp4_msg *msg);

enum uip_dhcp4_state {
	DHCP4_IDLE,			/* until next */
	DHCP4_SELECTING,
	DHCP4_REQUESTING,
	DHCP4_BOUND,			/* or about to be, after a check */
	DHCP4_RENEWING,
	DHCP4_REBINDING,
	DHCP4_REBOOTING,		/* bound, by a sandbox before: does it hold? */
};

/* Times in ms, UIP_NEVER for never. */
struct uip_dhcp4 {
	uint8_t state;			/* enum uip_dhcp4_state */
	unsigned int tries;		/* of this state */
	unsigned int failures;		/* in a row, to get an address that was offered */
	uint64_t next;			/* something is to be done */
	uint64_t began, asked;
	uint64_t t1, t2, expiry;
	uint8_t server_mac[6];		/* it, or a relay to it */
	struct uip_dhcp4_msg ack;	/* what the server said last */
	uint32_t xid;
};

#endif /* UIP_DHCP4_H */
