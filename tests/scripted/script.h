/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The script: rules that say which PDU gets what done to it.
 *
 * A rule is words, separated by blanks or commas: on=PDU [nth=N] [every=N]
 * [count=N] [chance=PERCENT] [seed=N] [conn=N] do=ACTION[:ARG[:ARG...]].
 */
#ifndef TARGET_SCRIPT_H
#define TARGET_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "iscsi_pdu.h"

#define SCRIPT_ARGS_MAX		3
#define SCRIPT_FOR_EVER		UINT32_MAX	/* of a time in ms */

struct conn;
struct in;
struct out;
struct hit;

/* A name for a number, in a list that ends with a NULL name. */
struct word {
	const char *name;
	uint32_t value;
};

/* What can be done: a row of actions.c. */
struct action {
	const char *name;
	const char *args;		/* as --help shows them */
	uint64_t ops;			/* of the PDUs that it fits, a bit per opcode */
	unsigned args_min, args_max;
	uint32_t dflt[SCRIPT_ARGS_MAX];
	uint32_t limit[SCRIPT_ARGS_MAX];	/* largest value */
	const struct word *words;	/* names for the first argument */
	void (*run)(struct hit *hit);
	const char *help;
};

extern const struct action actions[];	/* ends with a NULL name */

/* Which PDUs: a row of script.c. */
struct pdu_name {
	const char *name;
	uint64_t ops;
	bool (*match)(const union iscsi_pdu_hdr *hdr);	/* NULL: all of @ops */
};

struct rule {
	struct rule *next;
	char *where;			/* "FILE:LINE" */
	char *text;			/* as written */
	const struct pdu_name *on;
	const struct action *action;
	uint32_t args[SCRIPT_ARGS_MAX];
	uint32_t nth, every, count, chance, seed, conn;	/* 0: not given */
	uint32_t random;
	uint64_t matched, done, skipped;
};

/* Why its arguments do not go together, or NULL. */
const char *action_wrong(const struct rule *rule);

struct script {
	struct rule *first, **last;
};

/* One PDU that one rule chose. One of @in and @out is NULL. */
struct hit {
	struct conn *conn;
	const struct rule *rule;
	struct in *in;
	struct out *out;
	const char *skipped;		/* set by the action: why it cannot be done */
};

/* Both say what is wrong on stderr, and return false then. */
bool script_add_rule(struct script *script, const char *where, const char *text);
bool script_add_file(struct script *script, const char *path);
void script_free(struct script *script);

/* Do what the rules say to a PDU received, or about to be sent. */
void script_in(struct script *script, struct conn *conn, struct in *in);
void script_out(struct script *script, struct conn *conn, struct out *out);

const char *script_pdu_name(const union iscsi_pdu_hdr *hdr);
void script_summary(const struct script *script, FILE *f);
void script_help(FILE *f);

#endif /* TARGET_SCRIPT_H */
