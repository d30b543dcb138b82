/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A DHCPv6 server (RFC 8415), fe80::d6, and whom it serves: address 3. */
#ifndef UIP_SERVE6_H
#define UIP_SERVE6_H

#include "play6.h"

enum { SOLICIT = 1, ADVERTISE, REQUEST, CONFIRM, RENEW, REBIND, REPLY, RELEASE, DECLINE };
enum { NO_ADDRS = 2, NO_BINDING = 3, UNSPEC_FAIL = 1 };

/* The next message of the client's. Return: its type, 0: there is none. */
uint8_t said6(void);
/* The first in @seconds. */
uint8_t said6_within(unsigned int seconds);
/* How many of the rest are of @type. */
unsigned int count6(uint8_t type);
/* Of the message that was the last: option @code, or NULL, and its @size. */
const uint8_t *option6(uint16_t code, size_t *size);
/* The address in its IA_NA, or NULL. */
const uint8_t *ia_addr(void);
bool names_server(uint8_t id);

struct answer6 {
	uint8_t type, server, host;	/* its DUID's end; 2001:db8::@host */
	uint16_t status, ia_status;
	uint32_t t1, t2, preferred, valid;
	uint8_t preference;
	uint32_t sol_max_rt;
	bool no_server, no_client, wrong_client, wrong_xid, wrong_iaid, no_addr, nobodys;
	uint16_t vid, more_duid;		/* bytes: of a longer DUID */
	struct uip_addr dst;
};
extern const struct answer6 base6;

/* To that message. Return: its bytes, in @udp, with UDP's header. */
size_t make_answer6(uint8_t *udp, const struct answer6 *a);
void answer6(const struct answer6 *a);
void reply6(uint8_t type);

/* A router, 2001:db8::/64 and an MTU of 1400. */
void bring_router(void);
/* Up to the question for 2001:db8::77; or until that is the adapter's. */
void get_offer6(void);
void get_lease6(void);

#endif /* UIP_SERVE6_H */
