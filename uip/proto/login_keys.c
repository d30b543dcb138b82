// SPDX-License-Identifier: GPL-2.0-or-later
/* One key of the target's during a login (login_priv.h). */
#include <string.h>

#include "login_priv.h"

static const char *fail(struct iscsi_login *login, enum iscsi_login_outcome outcome,
			const char *why)
{
	iscsi_login_fail(login, outcome, why);
	return why;
}

/* What our wish may be answered with besides a value (6.2). */
static const struct reserved {
	const char *value;
	uint8_t may;			/* ISCSI_MAY_BE_*: who may be answered so */
	const char *otherwise;
} reserved[] = {
	{ ISCSI_NOT_UNDERSTOOD, ISCSI_MAY_BE_UNKNOWN,
	  "does not understand what every target must" },
	{ ISCSI_IRRELEVANT, ISCSI_MAY_BE_IRRELEVANT, "calls irrelevant what is not" },
	{ ISCSI_REJECT, 0, NULL },
};

static const struct reserved *reserved_find(const char *value)
{
	const struct reserved *row;

	for (row = reserved; row < reserved + sizeof(reserved) / sizeof(reserved[0]); row++)
		if (!strcmp(value, row->value))
			return row;
	return NULL;
}

/* What is irrelevant needs no agreement. */
static const char *take_reserved(struct iscsi_login *login, const struct reserved *row)
{
	const struct iscsi_key *key = login->key;
	bool holds = iscsi_key_fall_back(key, &login->config->want, &login->said);

	if (row->otherwise && !(key->may & row->may))
		return fail(login, ISCSI_LOGIN_VIOLATION, row->otherwise);
	if (!holds && row->may != ISCSI_MAY_BE_IRRELEVANT)
		return fail(login, ISCSI_LOGIN_NO_AGREEMENT,
			    "has no value for it that was offered");
	return NULL;
}

static const char *take_answer(struct iscsi_login *login, const char *value)
{
	const struct reserved *row = reserved_find(value);

	return row ? take_reserved(login, row) :
		     iscsi_key_answered(login->key, &login->config->want, value, &login->said);
}

/* Who owes an answer cannot be left behind in a stage. */
static const char *take_wish(struct iscsi_login *login, const char *value)
{
	const struct iscsi_key *key = login->key;

	if (reserved_find(value))
		return "answered a key that was not offered";
	login->answering = true;
	if (key->rule == ISCSI_RULE_OBSOLETE) {
		iscsi_text_put(&login->out, key->name, ISCSI_REJECT);
		return NULL;
	}
	return iscsi_key_proposed(key, &login->config->want, value, &login->said, &login->out);
}

static bool is_relevant(const struct iscsi_login *login, const struct iscsi_key *key)
{
	return key->sessions & (iscsi_login_is_discovery(login) ? ISCSI_FOR_DISCOVERY :
								  ISCSI_FOR_NORMAL);
}

static const char *take_known(struct iscsi_login *login, const char *value)
{
	const struct iscsi_key *key = login->key;

	if (login->offered & iscsi_key_bit(key))
		return take_answer(login, value);
	if (!(key->by & ISCSI_BY_TARGET))
		return iscsi_key_is_negotiated(key) ? "answered a key that was not offered" :
						      "sent a key that only initiators send";
	if (!is_relevant(login, key)) {
		iscsi_text_put(&login->out, key->name, ISCSI_IRRELEVANT);
		login->answering = true;
		return NULL;
	}
	if (key->rule == ISCSI_RULE_DECLARE)
		return iscsi_key_declared(key, value, &login->said);
	return take_wish(login, value);
}

/*
 * A key that we do not know may be the target's own: it gets its answer if there is another
 * request, and does not keep the target from going on.
 */
static const char *take_unknown(struct iscsi_login *login, const char *name, const char *value)
{
	if (reserved_find(value))
		return "answered a key that was not offered";
	if (strlen(value) > ISCSI_VALUE_MAX)
		return "gave a value of more than 255 bytes";
	iscsi_text_put(&login->out, name, ISCSI_NOT_UNDERSTOOD);
	return NULL;
}

/* A key that belongs to one exchange is heard there alone, others throughout. */
static const char *take_in_place(struct iscsi_login *login, const char *value)
{
	const struct iscsi_key *key = login->key;

	if (key->when != ISCSI_WHEN_LOGIN && key->when != ISCSI_WHEN_ALL &&
	    !(key->when & login->state->when))
		return "sent a key where it does not belong";
	if (login->heard & iscsi_key_bit(key))
		return "said the same key twice";
	login->heard |= iscsi_key_bit(key);
	return take_known(login, value);
}

const char *iscsi_login_take(void *ctx, const char *name, const char *value)
{
	struct iscsi_login *login = ctx;
	const char *why;

	login->key = iscsi_key_find(name);
	why = login->key ? take_in_place(login, value) : take_unknown(login, name, value);
	if (!why)
		login->key = NULL;
	return why;
}

void iscsi_login_offer(struct iscsi_login *login, const struct iscsi_key *key)
{
	iscsi_key_offer(key, &login->config->want, &login->out);
	if (iscsi_key_is_negotiated(key))
		login->offered |= iscsi_key_bit(key);
}

/* A key that targets may not know is worth its bytes only if we wish something else. */
static bool is_offered(const struct iscsi_login *login, const struct iscsi_key *key, uint8_t when)
{
	if (key->when != when || !is_relevant(login, key) || key->rule == ISCSI_RULE_OBSOLETE)
		return false;
	return !(key->may & ISCSI_MAY_BE_UNKNOWN) ||
	       iscsi_key_wish(key, &login->config->want) != key->def;
}

void iscsi_login_offer_all(struct iscsi_login *login, uint8_t when)
{
	unsigned int i;

	for (i = 0; i < iscsi_keys_count; i++)
		if (is_offered(login, &iscsi_keys[i], when))
			iscsi_login_offer(login, &iscsi_keys[i]);
}

bool iscsi_login_heard(const struct iscsi_login *login, const char *name)
{
	return login->heard & iscsi_key_bit(iscsi_key_find(name));
}

const struct iscsi_key *iscsi_login_unanswered(const struct iscsi_login *login)
{
	const struct iscsi_key *key;

	for (key = iscsi_keys; key < iscsi_keys + iscsi_keys_count; key++)
		if (login->offered & ~login->heard & iscsi_key_bit(key) &&
		    !iscsi_key_answer_is_optional(key, &login->config->want))
			return key;
	return NULL;
}
