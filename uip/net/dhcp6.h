/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DHCP for IPv6 (RFC 8415): an address for one identity association. */
#ifndef UIP_DHCP6_H
#define UIP_DHCP6_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "malformed.h"

enum uip_dhcp6_type {
	DHCP6_SOLICIT = 1, DHCP6_ADVERTISE, DHCP6_REQUEST, DHCP6_CONFIRM, DHCP6_RENEW,
	DHCP6_REBIND, DHCP6_REPLY, DHCP6_RELEASE, DHCP6_DECLINE,
};

enum uip_dhcp6_status {		/* RFC 8415 21.13 */
	DHCP6_SUCCESS, DHCP6_UNSPEC_FAIL, DHCP6_NO_ADDRS_AVAIL, DHCP6_NO_BINDING,
	DHCP6_NOT_ON_LINK, DHCP6_USE_MULTICAST,
};

#define UIP_DHCP6_DUID_MAX	130	/* bytes, RFC 8415 11.1 */

struct uip_dhcp6_msg {
	uint8_t type;			/* enum uip_dhcp6_type */
	enum uip_malformed malformed;	/* what of it is, in one that was parsed */
	uint32_t xid;			/* 24 bits */
	uint16_t elapsed;		/* 1/100 s */
	uint8_t server[UIP_DHCP6_DUID_MAX], server_len;
	bool has_addr;
	uint8_t addr[16];
	/* To the client. */
	bool has_ia;
	uint32_t t1, t2;		/* s */
	uint32_t preferred, valid;	/* s, of addr */
	uint16_t status;		/* of message, association or address: no success */
	uint8_t preference;
	uint32_t sol_max_rt;		/* s, 0: not in it */
};

struct uip_dhcp6_id {
	uint8_t mac[6];
	uint32_t iaid;
};

#define UIP_DHCP6_MAX		256	/* bytes of a message of ours */

/* Return: its bytes, in @out. */
size_t uip_dhcp6_build(const struct uip_dhcp6_msg *msg, const struct uip_dhcp6_id *id,
		       uint8_t out[UIP_DHCP6_MAX]);
/*
 * @held: the address to look for among several, or NULL for the first. Return: false if it
 * is no server's message to that client, or one that cannot be taken.
 */
bool uip_dhcp6_parse(const uint8_t *data, size_t len, const struct uip_dhcp6_id *id,
		     const uint8_t *held, struct uip_dhcp6_msg *msg);

enum uip_dhcp6_state {
	DHCP6_IDLE,			/* until next, and until there is an address to ask from */
	DHCP6_SOLICITING,
	DHCP6_REQUESTING,
	DHCP6_DECLINING,
	DHCP6_BOUND,			/* or about to be, after a check */
	DHCP6_RENEWING,
	DHCP6_REBINDING,
};

/* Times in ms, UIP_NEVER for never. */
struct uip_dhcp6 {
	uint8_t state;			/* enum uip_dhcp6_state */
	unsigned int tries;		/* of this state */
	unsigned int failures;		/* in a row */
	uint64_t next;			/* something is to be done */
	uint64_t began;			/* this exchange */
	uint32_t timeout;		/* RT of RFC 8415 15 */
	uint32_t solicit_max;		/* ms, SOL_MAX_RT */
	uint64_t t2, expiry;
	struct uip_dhcp6_msg best;	/* while soliciting: has_addr, if there is one */
	struct uip_dhcp6_msg bound;	/* what the server said last */
	uint32_t xid;
	bool none_said;			/* that the servers have no address */
};

#endif /* UIP_DHCP6_H */
