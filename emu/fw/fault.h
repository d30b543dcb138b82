/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fault injection (docs/faults.md): rules say what goes wrong, where and how
 * often; the code where it can go wrong asks at its hook point.
 *
 *   fault.c         the table: other threads' side, who matches, who is due
 *   fault_kinds.c   what each kind of fault does, and the hook points
 *   fault_words.c   rules as words: parsing and printing
 *
 * Without rules a hook point costs one branch: ohba_fault_on().
 */
#ifndef OHBA_FAULT_H
#define OHBA_FAULT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop.h"
#include "ohba_regs.h"
#include "ohba_status.h"

struct ohba_conn;
struct ohba_fault_rule;
struct ohba_tx_slot;

#define OHBA_FAULT_RULES	16
#define OHBA_FAULT_WORDS_MAX	256	/* bytes: one rule in words, with its NUL */

/* Hook points, a bit each. */
enum ohba_fault_point {
	OHBA_FAULT_HEADER	= 1 << 0,	/* a header is in, whole and intact */
	OHBA_FAULT_HDR_DIGEST	= 1 << 1,	/* a header digest is in */
	OHBA_FAULT_DATA_DIGEST	= 1 << 2,	/* a data digest is in */
	OHBA_FAULT_RECV		= 1 << 3,	/* a turn of receiving */
	OHBA_FAULT_SEND		= 1 << 4,	/* a PDU is built */
	OHBA_FAULT_CONNECT	= 1 << 5,	/* a connection is asked for */
	OHBA_FAULT_FETCH	= 1 << 6,	/* a queue has submissions */
	OHBA_FAULT_COMMAND	= 1 << 7,	/* a command was fetched */
	OHBA_FAULT_COMPLETE	= 1 << 8,	/* a completion is due */
};

/* What a rule may say. The value of a word is its index in the list of words. */
enum ohba_fault_option {
	OHBA_FAULT_DIR,			/* word: "in", "out" */
	OHBA_FAULT_FIELD,		/* word: what to corrupt */
	OHBA_FAULT_OPCODE,
	OHBA_FAULT_CID,
	OHBA_FAULT_QID,
	OHBA_FAULT_MS,
	OHBA_FAULT_RATE,		/* bytes per second */
	OHBA_FAULT_REASON,		/* enum ohba_status */
	OHBA_FAULT_AFTER,		/* matches to let pass first */
	OHBA_FAULT_CHANCE,		/* then one in so many */
	OHBA_FAULT_SEED,		/* of the choice */
	OHBA_FAULT_COUNT,		/* how often; 0: always */
	OHBA_FAULT_OPTIONS,
};
#define OHBA_FAULT_OPT(name)	(1u << OHBA_FAULT_##name)
/* Those that say when: without them some faults happen at once. */
#define OHBA_FAULT_WHEN		(OHBA_FAULT_OPT(AFTER) | OHBA_FAULT_OPT(CHANCE) | \
				 OHBA_FAULT_OPT(SEED))
#define OHBA_FAULT_USUAL	(OHBA_FAULT_WHEN | OHBA_FAULT_OPT(COUNT))

/* Where a fault may happen; what the point does not have is -1 or NULL. */
struct ohba_fault_site {
	enum ohba_fault_point point;
	int64_t cid, qid, opcode;
	struct ohba_conn *conn;
	struct ohba_tx_slot *slot;
	uint32_t room;			/* COMPLETE: completions that fit besides those owed */
	uint32_t bytes;			/* RECV: that came in */
};

/* A kind of fault. */
struct ohba_fault_kind {
	const char *name;
	uint32_t takes, needs;		/* OHBA_FAULT_OPT()s */
	uint32_t dirs;			/* bit map of words it takes as DIR */
	/* Where it happens, OHBA_FAULT_* points. */
	uint32_t (*points)(const struct ohba_fault_rule *rule);
	/* Optional: whether the site has what the fault wants to hit. */
	bool (*fits)(const struct ohba_fault_rule *rule, const struct ohba_fault_site *site);
	/* Do it. The result is the hook point's (see there); 0: as if nothing were. */
	int (*act)(struct ohba_fw *fw, const struct ohba_fault_rule *rule,
		   const struct ohba_fault_site *site);
	/*
	 * Optional: for a rule that says neither when nor where. Find a victim;
	 * false if there is none now.
	 */
	bool (*victim)(struct ohba_fw *fw, const struct ohba_fault_rule *rule,
		       struct ohba_fault_site *site);
};

struct ohba_fault_rule {
	const struct ohba_fault_kind *kind;
	uint32_t given;			/* OHBA_FAULT_OPT()s */
	uint64_t val[OHBA_FAULT_OPTIONS];
	bool at_once;
	uint64_t matched, injected;
	uint64_t prng;
};

static inline bool ohba_fault_given(const struct ohba_fault_rule *rule,
				    enum ohba_fault_option option)
{
	return rule->given & 1u << option;
}

struct ohba_faults {
	/* The loop's thread only. */
	uint32_t active;		/* points that have rules or unfinished business */
	struct ohba_timer timer;	/* the earliest end of a delay */
	uint64_t stalled_until[OHBA_QUEUES_MAX + 1];	/* by queue id; 0: it is not */
	uint32_t stalls;		/* of them */

	struct ohba_work work;		/* the rules changed */
	pthread_mutex_t lock;		/* covers what follows: any thread */
	struct ohba_fault_rule rule[OHBA_FAULT_RULES];	/* oldest first */
	uint32_t nrules;
	uint64_t *injected;		/* by kind */
};

static inline bool ohba_fault_on(const struct ohba_faults *faults, uint32_t points)
{
	return __builtin_expect(faults->active & points, 0);
}

/* --- fault.c: life ------------------------------------------------------- */
bool ohba_faults_init(struct ohba_faults *faults, struct ohba_loop *loop);
void ohba_faults_fini(struct ohba_faults *faults);
/* The adapter stops: what is going on ends; the rules stay, they are the tester's. */
void ohba_faults_stop(struct ohba_faults *faults);
/* Rules that wait for nothing but a working adapter. */
void ohba_faults_at_once(struct ohba_fw *fw);
/* Whatever is due at @site; the first result that is not 0 ends it. */
int ohba_fault_at(struct ohba_fw *fw, const struct ohba_fault_site *site);
/* The first rule that matches @site, which is not spent by that. */
bool ohba_fault_peek(struct ohba_fw *fw, const struct ohba_fault_site *site,
		     struct ohba_fault_rule *rule);
/* Which hook points must ask. After a change of rules or of unfinished business. */
void ohba_faults_refresh(struct ohba_faults *faults);

/* --- fault_kinds.c: kinds and hook points -------------------------------- */
extern const struct ohba_fault_kind ohba_fault_kinds[];
extern const unsigned int ohba_fault_nkinds;
extern const char *const ohba_fault_fields[];	/* words of OHBA_FAULT_FIELD, NULL at the end */

/* rx.c. 0, OHBA_RX_WAIT or the status that ends the connection. */
int ohba_fault_header(struct ohba_conn *conn);
void ohba_fault_hdr_digest(struct ohba_conn *conn);
void ohba_fault_data_digest(struct ohba_conn *conn);
/*
 * How many bytes may be received in this turn, 0: as many as ever; and what that
 * many cost.
 */
uint32_t ohba_fault_recv_max(struct ohba_conn *conn);
void ohba_fault_received(struct ohba_conn *conn, uint32_t bytes);
/* tx.c: whether to lose the PDU in @slot. */
bool ohba_fault_send(struct ohba_conn *conn, struct ohba_tx_slot *slot);
/* conn.c: SUCCESS, or why the connection cannot be. */
enum ohba_status ohba_fault_connect(struct ohba_conn *conn);
/* queue.c */
bool ohba_fault_fetch(struct ohba_fw *fw, uint32_t qid);	/* true: not now */
bool ohba_fault_command(struct ohba_fw *fw, uint32_t qid, uint8_t opcode); /* true: never */
unsigned int ohba_fault_copies(struct ohba_fw *fw, uint32_t qid, uint32_t room);

/* --- fault_words.c ------------------------------------------------------- */
/* What numbers in rules may be, of this adapter. */
struct ohba_fault_limits {
	uint32_t max_queues, max_conns;
};
/*
 * Parse @words, up to @max rules with ';' between them. Returns how many, or
 * -EINVAL with a sentence in @err. *@clear: "clear" was among them, and rules
 * before it are gone.
 */
int ohba_fault_parse(const char *words, const struct ohba_fault_limits *limits,
		     struct ohba_fault_rule *rules, uint32_t max, bool *clear,
		     char *err, size_t err_len);
/* The rule in words, as snprintf(). */
int ohba_fault_words(const struct ohba_fault_rule *rule, char *buf, size_t len);

#endif /* OHBA_FAULT_H */
