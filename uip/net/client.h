/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses that are to be got, each by a method of its own: dhcp4.c, slaac.c, dhcp6.c;
 * or that were set by hand and are watched (byhand.c). client.c has what they share,
 * check.c whether an address is somebody's already, routers.c what routers say.
 *
 * What comes in is noted, what is due is done by uip_clients_poll().
 */
#ifndef UIP_CLIENT_H
#define UIP_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "dhcp4.h"
#include "dhcp6.h"
#include "limit.h"
#include "malformed.h"
#include "msg.h"

struct uip_client;
struct uip_keep;
struct uip_packet;
struct uip_port;

/* Is an address somebody's? RFC 5227 2.1, RFC 4862 5.4. */
struct uip_check {
	struct uip_addr addr;		/* without family: nothing to check */
	unsigned int probes;		/* still to be sent */
	uint64_t next;			/* ms */
	bool free;			/* nobody's */
};

struct uip_route {
	struct uip_addr net, via;	/* via without family: on the link */
	uint8_t prefix;			/* bits */
};

#define UIP_ROUTES_MAX		16

/* What routers advertised; times in ms, UIP_NEVER: for ever. */
struct uip_router {
	struct uip_addr addr;
	uint64_t until;			/* 0: a free entry */
	int preference;			/* RFC 4191 2.1 */
	bool suspect;			/* it did not answer, and was not heard since */
};

struct uip_prefix {
	struct uip_addr net;
	uint8_t prefix;			/* bits, 0: a free entry */
	uint64_t on_link, valid, preferred;	/* until; the last two: addresses from it */
};

#define UIP_ROUTERS_MAX		4
#define UIP_PREFIXES_MAX	8

struct uip_routers {
	uint64_t ask_at;
	uint32_t interval;		/* ms, from question to question; 0: none yet */
	struct uip_router routers[UIP_ROUTERS_MAX];
	struct uip_prefix prefixes[UIP_PREFIXES_MAX];
	uint16_t mtu;			/* 0: none said */
	bool managed, managed_said;	/* addresses are DHCPv6's */
	bool unheard;			/* all this is of a sandbox before: ask */
	bool unasked;			/* nobody asked: it may not be all */
};

/* How an address is got. */
struct uip_method {
	const char *name;
	void (*start)(struct uip_client *client);
	void (*end)(struct uip_client *client);		/* give it back, at once */
	/* Do what is due. Return: when to be called again. */
	uint64_t (*poll)(struct uip_client *client);
	/* @addr, which was offered or is the client's own, is somebody else's. */
	void (*taken)(struct uip_client *client, const struct uip_addr *addr);
	/* Name what the driver keeps of the lease. NULL, as resume: there is none. */
	void (*keep)(struct uip_client *client, struct uip_keep *keep);
	/*
	 * Instead of start, with what was kept: go on with the lease, see whether it still
	 * holds, end it when its time is over. Return: false if it can be none.
	 */
	bool (*resume)(struct uip_client *client);
	/* Put into words by whom the lease is, and for how long. NULL: nobody says. */
	void (*describe)(const struct uip_client *client, char *text, size_t size);
};

extern const struct uip_method uip_by_dhcp4, uip_by_slaac, uip_by_dhcp6, uip_by_hand;

struct uip_client {
	struct uip_port *port;		/* NULL: a free entry */
	const struct uip_method *method;
	struct uip_config_iface conf;
	struct uip_lease offer;		/* of the method's; checked before it is told */
	struct uip_check check;
	struct uip_lease lease;		/* what was told last */
	uint64_t told;			/* when, 0: never */
	bool untold;			/* it is to be told again: nobody could take it */
	struct uip_limit changes;	/* of a lease whose address stays */
	uint64_t defended;		/* when, 0: never */
	struct uip_check own;		/* a link-local address to ask from (dhcp6.c) */
	struct uip_route routes[UIP_ROUTES_MAX];
	unsigned int nroutes;
	struct uip_routers routers;
	union {
		struct uip_dhcp4 dhcp4;
		struct uip_dhcp6 dhcp6;
		struct {
			struct uip_addr addr;
			uint64_t until;
		} shunned;		/* slaac.c, byhand.c: somebody has it */
	};
};

/* client.c */
/* Get the addresses of @port that @config lists, give back what it lists no more. */
void uip_clients_set(struct uip_port *port, const struct uip_config *config);
/* It goes. Nothing is given back: the adapter has it, and another port may go on with it. */
void uip_clients_forget(struct uip_port *port);
/* Return: when to be called again. */
uint64_t uip_clients_poll(void);
/* An address of the adapter's that is about to be used: watch it, if it is news. */
void uip_clients_used(struct uip_port *port, const struct uip_iface *iface);
/* Somebody says that he has @addr, or, with @probe, is about to. */
void uip_clients_claimed(struct uip_port *port, uint16_t vid, const struct uip_addr *addr,
			 const uint8_t mac[6], bool probe);
/* Whose link-local address is @addr? NULL: nobody's. */
const struct uip_client *uip_clients_own(struct uip_port *port, uint16_t vid,
					 const struct uip_addr *addr);
bool uip_client_hears(const struct uip_client *client, uint16_t vid);
/* The longest route to @dst from @iface. Return: its length + 1, with its @hop; 0: none. */
unsigned int uip_client_route(struct uip_port *port, const struct uip_iface *iface,
			      const struct uip_addr *dst, struct uip_addr *hop);

/* For methods: have the address, after a check if it is another. */
void uip_client_offer(struct uip_client *client, const struct uip_lease *lease);
/* Go on with it, without a check: the adapter has it. Return: whether it has. */
bool uip_client_resume(struct uip_client *client, const struct uip_lease *lease);
void uip_client_withdraw(struct uip_client *client);
/* Does another client of the port's have it, or try to? */
bool uip_client_is_rival(const struct uip_client *client, const struct uip_addr *addr);
/* An interface identifier of the MAC (RFC 4291, appendix A) behind @net's 64 bits. */
struct uip_addr uip_client_eui64(const struct uip_client *client, const struct uip_addr *net);

/* check.c */
void uip_check_start(struct uip_check *check, const struct uip_addr *addr);
void uip_check_stop(struct uip_check *check);
/* Ask; it is free when the time is over. Return: when to be called again. */
uint64_t uip_check_poll(struct uip_check *check, const struct uip_client *client);

/* routers.c */
void uip_routers_start(struct uip_client *client);
uint64_t uip_routers_poll(struct uip_client *client);
enum uip_malformed uip_routers_input(struct uip_port *port, const struct uip_packet *packet);
/* The router, the MTU, and the network of lease->addr, as far as known. */
void uip_routers_fill(struct uip_client *client, struct uip_lease *lease);
/* Name that, and its times. */
void uip_routers_keep(struct uip_client *client, struct uip_keep *keep);
/* @addr did not answer; it has said something. Nothing, if it is no router that is known. */
void uip_routers_suspect(struct uip_client *client, const struct uip_addr *addr);
void uip_routers_heard(struct uip_port *port, uint16_t vid, const struct uip_addr *addr);
/* Return: @addr, or another router, if it does not answer and that may. */
const struct uip_addr *uip_routers_instead(struct uip_client *client,
					   const struct uip_addr *addr);

/* dhcp4.c, dhcp6.c */
enum uip_malformed uip_dhcp4_input(struct uip_port *port, const struct uip_packet *packet);
enum uip_malformed uip_dhcp6_input(struct uip_port *port, const struct uip_packet *packet);

#endif /* UIP_CLIENT_H */
