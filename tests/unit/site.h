/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plays targets by themselves, in the loop: they accept connections, answer logins as they
 * are told to, pings and logouts. What a test wants to do with a session by hand it takes
 * from here (site_session()).
 */
#ifndef SITE_H
#define SITE_H

#include "session.h"

enum site_tcp {
	SITE_ACCEPT,
	SITE_REFUSE,
	SITE_SILENT,		/* a connect is never answered */
};

/* Where a login stops being answered, or goes wrong. */
enum site_trick {
	SITE_HONEST,
	SITE_MUTE,		/* no answer to a request, from number .trick_at on */
	SITE_FIN,		/* the end of TCP instead */
	SITE_GARBAGE,		/* bytes at random, instead */
	SITE_REFLECT,		/* our own proof is its */
	SITE_WRONG_PROOF,
	SITE_NO_PROOF,
	SITE_VAGUE,		/* a wrong proof is an error of ours, and no word about which */
	SITE_EARLY_END,		/* full-feature phase at once */
	SITE_MOVE_LATE,		/* sends on, .moves times, who asks it for a proof */
};

/* How SendTargets is answered. */
enum site_list {
	LIST_NOT,		/* not at all */
	LIST_WHOLE,
	LIST_REJECT,
	LIST_REFUSE,		/* with a pair that says so */
	LIST_ENDLESS,		/* the same again and again, and never the end */
	LIST_OTHER_STATSN,
	LIST_DROP,		/* an Asynchronous Message, then the end of TCP */
};

/* One connection, by its number at the target (target_wire()). */
struct site_conn {
	unsigned int requests;		/* of the login, that came */
	bool full;			/* in full-feature phase */
	bool by_hand;			/* a test has taken it */
	uint32_t statsn, exp_cmdsn;
	uint8_t isid[6];
	uint16_t asked_tsih;		/* of the first request */
	uint16_t tsih;
	char target_name[224], initiator_name[224];
	uint8_t challenge[32], algorithm, id;
	size_t listed;			/* bytes of .list */
	uint32_t list_itt;		/* of the first question */
	uint8_t theirs[64];		/* the firmware's challenge */
	size_t theirs_len;
};

struct site {
	struct host *host;
	struct ohba_poller poller;
	struct site_conn *conn;
	unsigned int seen;		/* connections that were accepted, or not */

	/* How it behaves. */
	enum site_tcp tcp;
	uint16_t port;			/* that the last connect was for */
	uint16_t deaf_port;		/* SITE_SILENT for this one; 0: none */
	enum site_trick trick;
	unsigned int trick_at;
	uint16_t status;		/* of login responses: class << 8 | detail */
	const char *moved_to;		/* TargetAddress, with a status of class 1 */
	unsigned int moves;		/* so many times; then .status is 0 */
	uint16_t then;			/* instead of .status, after the first of them; 0: it stays */
	uint16_t odd_port, odd_status;	/* logins at that port are answered so, for ever; 0: none */
	const char *name, *secret;	/* that CHAP asks for; NULL: none */
	uint8_t chap;			/* algorithm that it chooses; 0: the first that is offered */
	const char *own_name, *own_secret;
	const char *digest;		/* that it chooses; NULL: the first that is offered */
	enum site_list listing;
	const char *list;		/* pairs, each ended by a zero */
	size_t list_len, list_cut;	/* bytes; of a PDU, 0: all */
	bool no_logout;			/* Logout Requests are not answered */
	uint32_t window;		/* commands */

	/* What happened. */
	unsigned int connects, logins, logouts, pings, texts;
	unsigned int proofs;		/* CHAP_R */
	char algorithms[16];		/* CHAP_A, the last */
	unsigned int open, open_max;	/* connections before full feature */
};

struct site *site_new(struct host *host);
void site_free(struct site *site);
/* The session of connection @n, which is the test's from now on; @handle: the firmware's. */
struct session site_session(struct site *site, unsigned int n, uint32_t handle);
/* Connection @n ends, with RST. */
void site_kill_one(struct site *site, unsigned int n);
/* All do. */
void site_kill(struct site *site);

#endif /* SITE_H */
