/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to uip/proto: the keys of RFC 7143, a row each, and what a row's value is
 * worth. No state of a login is known here.
 */
#ifndef ISCSI_KEYS_H
#define ISCSI_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "params.h"
#include "said.h"
#include "text.h"

/* Who may be the first to say a key. */
#define ISCSI_BY_INITIATOR	1
#define ISCSI_BY_TARGET		2
#define ISCSI_BY_BOTH		3

/* When: which exchange of a login, or the full-feature phase. */
#define ISCSI_WHEN_AUTH		0x01	/* choosing an AuthMethod */
#define ISCSI_WHEN_CHALLENGE	0x02	/* CHAP: algorithm and challenge */
#define ISCSI_WHEN_PROOF	0x04	/* CHAP: name and response */
#define ISCSI_WHEN_OPERATIONAL	0x08
#define ISCSI_WHEN_LOGIN	0x0f
#define ISCSI_WHEN_FULL		0x10
#define ISCSI_WHEN_ALL		0x1f

/* In which sessions it is relevant. */
#define ISCSI_FOR_NORMAL	1
#define ISCSI_FOR_DISCOVERY	2
#define ISCSI_FOR_ALL		3

enum iscsi_key_rule {		/* how the outcome is found (6.2) */
	ISCSI_RULE_DECLARE,	/* one party says so */
	ISCSI_RULE_MIN,		/* also AND */
	ISCSI_RULE_MAX,		/* also OR */
	ISCSI_RULE_CHOICE,	/* the first of a list that the other can do */
	ISCSI_RULE_OBSOLETE,	/* to be rejected, if anybody still says it (13.25) */
};

/* May be answered with these, and nothing is wrong. */
#define ISCSI_MAY_BE_UNKNOWN	1	/* younger than RFC 3720 */
#define ISCSI_MAY_BE_IRRELEVANT	2

struct iscsi_key_type;

struct iscsi_key {
	const char *name;
	const struct iscsi_key_type *type;
	uint8_t rule;			/* enum iscsi_key_rule */
	uint8_t by, when, sessions;
	uint8_t may;
	uint64_t min, max;		/* of a number; bytes of other values */
	uint32_t def;			/* what holds if nothing is said */
	const char *const *names;	/* of a list's words: NULL where a number is none */
	size_t want, said;		/* offset of the wish and of what the other says */
};

extern const struct iscsi_key iscsi_keys[];
extern const unsigned int iscsi_keys_count;
#define ISCSI_KEYS_MAX		64	/* a bit each */

/* NULL: unknown. */
const struct iscsi_key *iscsi_key_find(const char *name);
static inline uint64_t iscsi_key_bit(const struct iscsi_key *key)
{
	return 1ull << (key - iscsi_keys);
}

/* Does an outcome follow from our wish? */
static inline bool iscsi_key_is_negotiated(const struct iscsi_key *key)
{
	return key->rule >= ISCSI_RULE_MIN && key->rule <= ISCSI_RULE_CHOICE;
}

static inline uint32_t *iscsi_key_said(const struct iscsi_key *key, struct iscsi_said *said)
{
	return (uint32_t *)((char *)said + key->said);
}

/* Of a key that is negotiated, or of MaxRecvDataSegmentLength. */
uint32_t iscsi_key_wish(const struct iscsi_key *key, const struct iscsi_params *want);
/* Is the wish one that the key can have? */
bool iscsi_key_wish_valid(const struct iscsi_key *key, const struct iscsi_params *want);
/* Our wish, in text. */
void iscsi_key_offer(const struct iscsi_key *key, const struct iscsi_params *want,
		     struct iscsi_text_out *out);
/* Need the other party not answer it (6.2.2)? Then the outcome is the wish. */
bool iscsi_key_answer_is_optional(const struct iscsi_key *key, const struct iscsi_params *want);
/* What the other party declares. Return: NULL, or why not (text.h). */
const char *iscsi_key_declared(const struct iscsi_key *key, const char *value,
			       struct iscsi_said *said);
/* Its answer to our wish. Return: NULL, or why not. */
const char *iscsi_key_answered(const struct iscsi_key *key, const struct iscsi_params *want,
			       const char *value, struct iscsi_said *said);
/* It has a wish of its own: our answer goes to @out. Return: NULL, or why not. */
const char *iscsi_key_proposed(const struct iscsi_key *key, const struct iscsi_params *want,
			       const char *value, struct iscsi_said *said,
			       struct iscsi_text_out *out);
/*
 * It has no value for us, so the default holds; what is nearest to it, if our wish
 * excludes that. Return: does the default hold?
 */
bool iscsi_key_fall_back(const struct iscsi_key *key, const struct iscsi_params *want,
			 struct iscsi_said *said);

#endif /* ISCSI_KEYS_H */
