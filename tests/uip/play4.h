/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A DHCP server (RFC 2131), 10.0.0.1, and whom it serves. */
#ifndef UIP_PLAY4_H
#define UIP_PLAY4_H

#include "bench.h"

#define AT_UDP		(14 + 20)
#define AT_BOOTP	(AT_UDP + 8)
#define AT_XID		(AT_BOOTP + 4)
#define AT_YIADDR	(AT_BOOTP + 16)
#define AT_CHADDR	(AT_BOOTP + 28)
#define AT_OPTIONS	(AT_BOOTP + 240)

/* In what is kept of a lease: T1, T2, the end, the server's MAC, the address. */
#define AT_T1		2
#define AT_EXPIRY	(AT_T1 + 16)
#define AT_PREFIX	(AT_EXPIRY + 8 + 6 + 4)
#define AT_LEASE	(AT_PREFIX + 1 + 4 + 4 + 2)	/* behind server, router, MTU */
#define AT_NROUTES	(AT_LEASE + 4)

enum { DISCOVER = 1, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE };

extern const uint8_t server_mac[6];
extern uint8_t last[2048];		/* what the client said last */

/* Option @code of the message in @last, or NULL. */
const uint8_t *option(uint8_t code);
/* The server's, ARP. */
void tell_arp(uint8_t op, const uint8_t *who, const uint8_t *to);
/* The next message of the client's, into @last. Return: its type, 0: there is none. */
uint8_t said(void);
/* The first in @seconds, while ARP is answered. */
uint8_t said_within(unsigned int seconds);

struct reply {
	uint8_t type, yiaddr[4], lease[4];
	bool wrong_xid, wrong_chaddr, cut;
	uint16_t vid;
	const char *extra;		/* options behind the others, until the end's */
	size_t extra_len;
	const char *file;		/* options in the field for a file's name */
	size_t file_len;		/* 0: up to a zero */
	const char *mask;
};
extern const struct reply base;

void answer(const struct reply *r);
void reply(uint8_t type);
void reply_with(uint8_t type, const char *extra, size_t len);

/* Have address @index got, or none. */
void ask_for(uint32_t index, uint16_t tci);
void ask_for_none(void);
/* RFC 5227 2.1.1: the client sees first whether somebody has the address. */
void wait_for_arp_check(void);
/* 10.0.0.77 as address 2, for an hour; or what the acknowledgement says besides. */
void get_lease(void);
void get_with(const char *extra, size_t len);
#define GET_WITH(extra)	get_with(extra, sizeof(extra) - 1)
/* One thing was told: that is address 2, it is gone. */
void assert_lease(struct uip_addr addr, struct uip_addr gateway);
void assert_lost(void);
/* The way from it to @dst is by @hop. */
void assert_asks_for(struct uip_addr dst, const uint8_t hop[4]);

#endif /* UIP_PLAY4_H */
