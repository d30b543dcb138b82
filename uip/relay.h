/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the privileged process share: helper.c has its life, and the sandbox's;
 * relay.c what is passed on.
 */
#ifndef UIP_RELAY_H
#define UIP_RELAY_H

#include <sys/types.h>

#include "beat.h"
#include "genl.h"
#include "limit.h"
#include "logins.h"

#define UIP_SERVED_MAX		64	/* adapters */
#define UIP_WANTS_MAX		256	/* as many paths as the firmware has room for */

struct uip_served {
	char name[UIP_ADAPTER_LEN];	/* "": a free entry */
	uint32_t ifindex;
	bool open;			/* the sandbox has its socket */
	bool told;			/* the log, that it has no device */
};

/* What the sandbox was asked: what it says of anything else is not for the driver. */
struct uip_wanted {
	uint32_t ifindex;		/* 0: a free entry */
	struct uip_addr dst;
};

struct uip_helper {
	struct uip_genl *genl;
	struct uip_logins logins;
	bool login;			/* logins are made */
	int signals;
	int sandbox;			/* socket, -1: there is none */
	pid_t pid;
	uint64_t started_ms;		/* 0: none was */
	struct uip_beat beat;
	bool answered;			/* it did, once: it may have logins */
	bool full;			/* its socket: logins wait at the driver */
	struct uip_limit lines;		/* of the sandbox's, for the log */
	struct uip_limit unsound;	/* lines about what it says */
	uint64_t pet_ms;		/* from word to word to the service manager; 0: none */
	uint64_t pet_at;		/* ms: the next; 0: never */
	bool lost;			/* something: ask the driver again, in a while */
	uint64_t lost_at_ms;
	struct uip_wanted wants[UIP_WANTS_MAX];	/* around the end */
	unsigned int next_want;
	struct uip_served adapters[UIP_SERVED_MAX];
};

/* relay.c */
extern const struct uip_genl_events uip_relay_driver;
extern const struct uip_login_events uip_relay_logins;
/* The sandbox says so. */
void uip_relay_take(struct uip_helper *h, struct uip_msg *msg);

/* helper.c */
/* Something that the driver said could not be done: it is asked again, in a while. */
void uip_helper_missed(struct uip_helper *h);
/* Return: whether there is a sandbox now. Not more than one a second. */
bool uip_helper_need_sandbox(struct uip_helper *h);

#endif /* UIP_RELAY_H */
