/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Discovery by an adapter, over generic netlink with its driver (ohba_genl.h). */
#ifndef DISCOVER_H
#define DISCOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct portal {
	uint8_t addr[16];	/* network byte order */
	size_t len;		/* 4 or 16 */
	uint16_t port;
};

#define NO_ACCOUNT	(-1)

struct discover_request {
	const char *pci;	/* of the adapter */
	bool isns;		/* not a portal but an iSNS server is asked */
	struct portal portal;	/* .len 0, with isns: the server that DHCP announced */
	int account;		/* of the adapter's, or NO_ACCOUNT */
	uint16_t chap_list;	/* struct ohba_discover's; 0: all */
	unsigned int timeout_s;
	bool add;		/* make entries of what is found */
};

/* A target, at one of its portals. */
struct discovered {
	char name[224];
	char address[64];	/* as text, IPv6 without brackets */
	unsigned int port;
	int tpgt;		/* -1: the portal did not say */
	int entry;		/* its index; -1: none */
	bool is_new;		/* made for it */
	int error;		/* errno: why none was made; 0 */
};

struct discovery {
	bool add;
	struct portal asked;	/* .len 0: nobody, or nobody knows */
	unsigned int status;	/* enum ohba_status */
	char words[160];	/* of a failure */
	unsigned int listed, skipped;
	unsigned int impossible;	/* records that the driver left out */
	size_t n;
	struct discovered *found;	/* the caller's to free */
};

/*
 * "10.0.0.1", "10.0.0.1:3260", "fd00::1", "[fd00::1]:3260": in brackets is IPv6, as is what has
 * more than one colon. @port: if there is none. False: none of these.
 */
bool portal_parse(const char *text, uint16_t port, struct portal *portal);

#define PORTAL_TEXT	64
/* As portal_parse() takes it. */
const char *portal_say(const struct portal *portal, char text[PORTAL_TEXT]);

/* "md5,sha1,sha256,sha3-256", in any order, each at most once. False: not of these. */
bool chap_list_parse(const char *text, uint16_t *list);

/*
 * Ask, and wait for the answer; @waiting is called now and then with the seconds that it has
 * taken. Returns NULL; or what went wrong before the portal was asked, and what to do.
 */
const char *discover(const struct discover_request *request, void (*waiting)(unsigned int s),
		     struct discovery *discovery);

#endif /* DISCOVER_H */
