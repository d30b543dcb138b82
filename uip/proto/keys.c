// SPDX-License-Identifier: GPL-2.0-or-later
/* The keys of iSCSI (keys.h): a new one is a row of the table at the end. */
#include <stdio.h>
#include <string.h>

#include "iscsi_pdu.h"
#include "keys.h"

/* How values of a kind are read, written and bounded. */
struct iscsi_key_type {
	/* Return: NULL, or why not (static). @at: where in struct iscsi_said. */
	const char *(*parse)(const struct iscsi_key *key, const char *value, void *at);
	/* One value of a negotiated key. */
	void (*put)(const struct iscsi_key *key, uint32_t val, struct iscsi_text_out *out);
	bool (*valid)(const struct iscsi_key *key, uint32_t val);
};

uint32_t iscsi_key_wish(const struct iscsi_key *key, const struct iscsi_params *want)
{
	return *(const uint32_t *)((const char *)want + key->want);
}

/* --- numbers and booleans -------------------------------------------------- */

static bool number_valid(const struct iscsi_key *key, uint32_t val)
{
	return val >= key->min && val <= key->max;
}

static const char *number_parse(const struct iscsi_key *key, const char *value, void *at)
{
	uint64_t val;

	if (!iscsi_text_number(value, &val))
		return "gave a value that is no number";
	if (val < key->min || val > key->max)
		return "gave a value out of range";
	*(uint32_t *)at = val;
	return NULL;
}

static void number_put(const struct iscsi_key *key, uint32_t val, struct iscsi_text_out *out)
{
	iscsi_text_put_number(out, key->name, val);
}

static const char *bool_parse(const struct iscsi_key *key, const char *value, void *at)
{
	bool val;

	(void)key;
	if (!iscsi_text_bool(value, &val))
		return "gave a value that is neither Yes nor No";
	*(uint32_t *)at = val;
	return NULL;
}

static void bool_put(const struct iscsi_key *key, uint32_t val, struct iscsi_text_out *out)
{
	iscsi_text_put(out, key->name, val ? "Yes" : "No");
}

/* --- lists ----------------------------------------------------------------- */

/* 0: none of ours. */
static uint32_t word_find(const struct iscsi_key *key, const char *name)
{
	uint32_t word;

	for (word = 1; word <= key->max; word++)
		if (key->names[word] && !strcmp(key->names[word], name))
			return word;
	return 0;
}

static bool list_valid(const struct iscsi_key *key, uint32_t list)
{
	uint32_t rest;

	for (rest = list; rest; rest >>= 4)
		if ((rest & 15) > key->max || !key->names[rest & 15] ||
		    iscsi_list_has(rest >> 4, rest & 15))
			return false;
	return list;
}

static const char *list_parse(const struct iscsi_key *key, const char *value, void *at)
{
	uint32_t word = word_find(key, value);

	if (!word)
		return "chose what was not offered";
	*(uint32_t *)at = word;
	return NULL;
}

static void list_put(const struct iscsi_key *key, uint32_t list, struct iscsi_text_out *out)
{
	char value[ISCSI_VALUE_MAX + 1] = "";
	size_t len = 0;

	for (; list; list >>= 4)
		len += snprintf(value + len, sizeof(value) - len, "%s%s", len ? "," : "",
				key->names[list & 15]);
	iscsi_text_put(out, key->name, value);
}

/* --- text and binary ------------------------------------------------------- */

static const char *text_check(const struct iscsi_key *key, const char *value, void *at)
{
	size_t len = strlen(value);

	(void)at;
	if (len < key->min || len > key->max)
		return "gave a value that is too long or too short";
	return NULL;
}

static const char *text_parse(const struct iscsi_key *key, const char *value, void *at)
{
	const char *why = text_check(key, value, at);

	if (!why)
		memcpy(at, value, strlen(value) + 1);
	return why;
}

static const char *binary_parse(const struct iscsi_key *key, const char *value, void *at)
{
	struct iscsi_binary *binary = at;
	int len = iscsi_text_binary(value, binary->data, key->max);

	if (len < (int)key->min)
		return "gave a value that is no binary number, or too long";
	binary->len = len;
	return NULL;
}

static const struct iscsi_key_type number_type = { number_parse, number_put, number_valid };
static const struct iscsi_key_type bool_type = { bool_parse, bool_put, number_valid };
static const struct iscsi_key_type list_type = { list_parse, list_put, list_valid };
static const struct iscsi_key_type text_type = { .parse = text_parse };
/* Text that nobody here asks for afterwards: it needs no place. */
static const struct iscsi_key_type unread_type = { .parse = text_check };
static const struct iscsi_key_type binary_type = { .parse = binary_parse };

/* --- outcomes -------------------------------------------------------------- */

/* Of two values, which holds. */
static uint32_t outcome(const struct iscsi_key *key, uint32_t ours, uint32_t theirs)
{
	if (key->rule == ISCSI_RULE_CHOICE)
		return iscsi_list_has(ours, theirs) ? theirs : 0;
	return (key->rule == ISCSI_RULE_MIN) == (ours < theirs) ? ours : theirs;
}

bool iscsi_key_wish_valid(const struct iscsi_key *key, const struct iscsi_params *want)
{
	return !key->type->valid || key->type->valid(key, iscsi_key_wish(key, want));
}

void iscsi_key_offer(const struct iscsi_key *key, const struct iscsi_params *want,
		     struct iscsi_text_out *out)
{
	key->type->put(key, iscsi_key_wish(key, want), out);
}

/* No AND anything is No, and Yes OR anything is Yes. */
bool iscsi_key_answer_is_optional(const struct iscsi_key *key, const struct iscsi_params *want)
{
	return key->type == &bool_type &&
	       iscsi_key_wish(key, want) == (key->rule == ISCSI_RULE_MAX);
}

static const char *check_len(const struct iscsi_key *key, const char *value)
{
	if (key->type != &binary_type && strlen(value) > ISCSI_VALUE_MAX)
		return "gave a value of more than 255 bytes";
	return NULL;
}

const char *iscsi_key_declared(const struct iscsi_key *key, const char *value,
			       struct iscsi_said *said)
{
	const char *why = check_len(key, value);

	return why ? why : key->type->parse(key, value, (char *)said + key->said);
}

const char *iscsi_key_answered(const struct iscsi_key *key, const struct iscsi_params *want,
			       const char *value, struct iscsi_said *said)
{
	uint32_t *theirs = iscsi_key_said(key, said);
	const char *why = iscsi_key_declared(key, value, said);

	if (why)
		return why;
	if (outcome(key, iscsi_key_wish(key, want), *theirs) == *theirs)
		return NULL;
	return key->rule == ISCSI_RULE_CHOICE ? "chose what was not offered" :
						"answered with what the offer excludes";
}

/* The first item of theirs that is on our list, as a word; 0 if there is none. */
static uint32_t choose(const struct iscsi_key *key, uint32_t ours, const char *value)
{
	char item[ISCSI_VALUE_MAX + 1];
	uint32_t word;

	while (iscsi_text_item(&value, item)) {
		word = word_find(key, item);
		if (word && iscsi_list_has(ours, word))
			return word;
	}
	return 0;
}

/* A list that has nothing for us is rejected, and what held goes on to hold. */
static const char *propose_list(const struct iscsi_key *key, const struct iscsi_params *want,
				const char *value, struct iscsi_said *said,
				struct iscsi_text_out *out)
{
	uint32_t word = choose(key, iscsi_key_wish(key, want), value);

	if (!word) {
		iscsi_text_put(out, key->name, ISCSI_REJECT);
		return NULL;
	}
	*iscsi_key_said(key, said) = word;
	list_put(key, word, out);
	return NULL;
}

const char *iscsi_key_proposed(const struct iscsi_key *key, const struct iscsi_params *want,
			       const char *value, struct iscsi_said *said,
			       struct iscsi_text_out *out)
{
	uint32_t *result = iscsi_key_said(key, said);
	const char *why = check_len(key, value);

	if (!why && key->rule == ISCSI_RULE_CHOICE)
		return propose_list(key, want, value, said, out);
	if (!why)
		why = key->type->parse(key, value, result);
	if (why)
		return why;
	*result = outcome(key, iscsi_key_wish(key, want), *result);
	key->type->put(key, *result, out);
	return NULL;
}

bool iscsi_key_fall_back(const struct iscsi_key *key, const struct iscsi_params *want,
			 struct iscsi_said *said)
{
	uint32_t result = outcome(key, iscsi_key_wish(key, want), key->def);

	*iscsi_key_said(key, said) = result;
	return result == key->def && (key->rule != ISCSI_RULE_CHOICE || result);
}

/* --- the table ------------------------------------------------------------- */

#define DSL_MIN		512
#define DSL_MAX		0xffffffu	/* 13.12 to 13.14: 2^24 - 1 */

static const char *const auth_names[] = {
	[ISCSI_AUTH_NONE] = "None", [ISCSI_AUTH_CHAP] = "CHAP",
};
static const char *const algorithm_names[] = {
	[ISCSI_CHAP_MD5] = "5", [ISCSI_CHAP_SHA1] = "6", [ISCSI_CHAP_SHA256] = "7",
	[ISCSI_CHAP_SHA3_256] = "8",
};
static const char *const digest_names[] = {
	[ISCSI_DIGEST_NONE] = "None", [ISCSI_DIGEST_CRC32C] = "CRC32C",
};
static const char *const reporting_names[] = {
	[ISCSI_TASK_RFC3720] = "RFC3720", [ISCSI_TASK_RESPONSE_FENCE] = "ResponseFence",
	[ISCSI_TASK_FAST_ABORT] = "FastAbort",
};

#define FIELD(name)	.want = offsetof(struct iscsi_params, name), \
			.said = offsetof(struct iscsi_said, params.name)
#define LIST(list)	.type = &list_type, .rule = ISCSI_RULE_CHOICE, .names = list, \
			.max = sizeof(list) / sizeof((list)[0]) - 1
#define RANGE(low, high) .type = &number_type, .min = (low), .max = (high)
#define MINIMUM(low, high) RANGE(low, high), .rule = ISCSI_RULE_MIN
#define MAXIMUM(low, high) RANGE(low, high), .rule = ISCSI_RULE_MAX
#define AND		.type = &bool_type, .max = 1, .rule = ISCSI_RULE_MIN
#define OR		.type = &bool_type, .max = 1, .rule = ISCSI_RULE_MAX
#define TEXT(low, high)	.type = &text_type, .rule = ISCSI_RULE_DECLARE, .min = (low), .max = (high)
#define UNREAD(low, high) .type = &unread_type, .rule = ISCSI_RULE_DECLARE, \
			.min = (low), .max = (high)
#define BINARY		.type = &binary_type, .rule = ISCSI_RULE_DECLARE, \
			.min = 1, .max = ISCSI_BINARY_MAX
#define OBSOLETE	.type = &text_type, .rule = ISCSI_RULE_OBSOLETE, .by = ISCSI_BY_BOTH, \
			.when = ISCSI_WHEN_OPERATIONAL, .sessions = ISCSI_FOR_ALL
#define SAID(name)	.said = offsetof(struct iscsi_said, name)
#define BY(who)		.by = ISCSI_BY_##who
#define WHEN(when_)	.when = ISCSI_WHEN_##when_
#define FOR(which)	.sessions = ISCSI_FOR_##which
#define MAY(what)	.may = ISCSI_MAY_BE_##what

/* In the order in which they are offered: section 12, section 13. */
const struct iscsi_key iscsi_keys[] = {
	{ "AuthMethod", LIST(auth_names), BY(INITIATOR), WHEN(AUTH), FOR(ALL),
	  .def = ISCSI_AUTH_NONE, FIELD(auth_method) },
	{ "CHAP_A", LIST(algorithm_names), BY(INITIATOR), WHEN(CHALLENGE), FOR(ALL),
	  FIELD(chap_algorithm) },
	{ "CHAP_I", RANGE(0, 255), BY(BOTH), WHEN(CHALLENGE), FOR(ALL), SAID(chap_id) },
	{ "CHAP_C", BINARY, BY(BOTH), WHEN(CHALLENGE), FOR(ALL), SAID(chap_challenge) },
	{ "CHAP_N", TEXT(1, ISCSI_CHAP_NAME_MAX), BY(BOTH), WHEN(PROOF), FOR(ALL),
	  SAID(chap_name) },
	{ "CHAP_R", BINARY, BY(BOTH), WHEN(PROOF), FOR(ALL), SAID(chap_response) },

	{ "InitiatorName", TEXT(1, ISCSI_NAME_MAX), BY(INITIATOR), WHEN(LOGIN), FOR(ALL) },
	{ "InitiatorAlias", TEXT(0, ISCSI_VALUE_MAX), BY(INITIATOR), WHEN(ALL), FOR(ALL) },
	{ "TargetName", TEXT(1, ISCSI_NAME_MAX), BY(INITIATOR), WHEN(LOGIN), FOR(NORMAL) },
	{ "SessionType", TEXT(1, ISCSI_VALUE_MAX), BY(INITIATOR), WHEN(LOGIN), FOR(ALL) },
	{ "SendTargets", TEXT(0, ISCSI_NAME_MAX), BY(INITIATOR), WHEN(FULL), FOR(ALL) },
	{ "TargetAlias", TEXT(0, ISCSI_VALUE_MAX), BY(TARGET), WHEN(ALL), FOR(ALL),
	  SAID(alias) },
	{ "TargetAddress", UNREAD(1, ISCSI_VALUE_MAX), BY(TARGET), WHEN(ALL), FOR(ALL) },
	{ "TargetPortalGroupTag", RANGE(0, 65535), BY(TARGET), WHEN(LOGIN), FOR(ALL),
	  SAID(tpgt) },

	{ "HeaderDigest", LIST(digest_names), BY(BOTH), WHEN(OPERATIONAL), FOR(ALL),
	  .def = ISCSI_DIGEST_NONE, FIELD(header_digest) },
	{ "DataDigest", LIST(digest_names), BY(BOTH), WHEN(OPERATIONAL), FOR(ALL),
	  .def = ISCSI_DIGEST_NONE, FIELD(data_digest) },
	{ "MaxConnections", MINIMUM(1, 65535), BY(BOTH), WHEN(OPERATIONAL), FOR(NORMAL),
	  .def = 1, FIELD(max_connections) },
	{ "InitialR2T", OR, BY(BOTH), WHEN(OPERATIONAL), FOR(NORMAL),
	  .def = 1, FIELD(initial_r2t) },
	{ "ImmediateData", AND, BY(BOTH), WHEN(OPERATIONAL), FOR(NORMAL),
	  .def = 1, FIELD(immediate_data) },
	/* Each party says what it takes: one wish, another's word. */
	{ "MaxRecvDataSegmentLength", RANGE(DSL_MIN, DSL_MAX), .rule = ISCSI_RULE_DECLARE,
	  BY(BOTH), WHEN(OPERATIONAL), FOR(ALL), .def = ISCSI_DEFAULT_MRDSL,
	  .want = offsetof(struct iscsi_params, max_recv_dsl), SAID(params.max_send_dsl) },
	{ "MaxBurstLength", MINIMUM(DSL_MIN, DSL_MAX), BY(BOTH), WHEN(OPERATIONAL), FOR(NORMAL),
	  .def = 262144, FIELD(max_burst_len) },
	{ "FirstBurstLength", MINIMUM(DSL_MIN, DSL_MAX), BY(BOTH), WHEN(OPERATIONAL),
	  FOR(NORMAL), .def = 65536, FIELD(first_burst_len), MAY(IRRELEVANT) },
	{ "DefaultTime2Wait", MAXIMUM(0, 3600), BY(BOTH), WHEN(OPERATIONAL), FOR(ALL),
	  .def = 2, FIELD(time2wait) },
	{ "DefaultTime2Retain", MINIMUM(0, 3600), BY(BOTH), WHEN(OPERATIONAL), FOR(ALL),
	  .def = 20, FIELD(time2retain) },
	{ "MaxOutstandingR2T", MINIMUM(1, 65535), BY(BOTH), WHEN(OPERATIONAL), FOR(NORMAL),
	  .def = 1, FIELD(max_outstanding_r2t) },
	{ "DataPDUInOrder", OR, BY(BOTH), WHEN(OPERATIONAL), FOR(NORMAL),
	  .def = 1, FIELD(data_pdu_in_order) },
	{ "DataSequenceInOrder", OR, BY(BOTH), WHEN(OPERATIONAL), FOR(NORMAL),
	  .def = 1, FIELD(data_sequence_in_order) },
	{ "ErrorRecoveryLevel", MINIMUM(0, 2), BY(BOTH), WHEN(OPERATIONAL), FOR(ALL),
	  .def = 0, FIELD(error_recovery_level) },
	{ "TaskReporting", LIST(reporting_names), BY(BOTH), WHEN(OPERATIONAL), FOR(NORMAL),
	  .def = ISCSI_TASK_RFC3720, FIELD(task_reporting), MAY(UNKNOWN) },
	{ "iSCSIProtocolLevel", MINIMUM(0, 31), BY(BOTH), WHEN(OPERATIONAL), FOR(NORMAL),
	  .def = 1, FIELD(protocol_level), MAY(UNKNOWN) },

	/* 13.26 */
	{ "X#NodeArchitecture", UNREAD(0, ISCSI_VALUE_MAX), BY(BOTH), WHEN(LOGIN), FOR(ALL) },

	{ "IFMarker", OBSOLETE }, { "OFMarker", OBSOLETE },
	{ "IFMarkInt", OBSOLETE }, { "OFMarkInt", OBSOLETE },
};

const unsigned int iscsi_keys_count = sizeof(iscsi_keys) / sizeof(iscsi_keys[0]);
_Static_assert(sizeof(iscsi_keys) / sizeof(iscsi_keys[0]) <= ISCSI_KEYS_MAX, "a bit each");

const struct iscsi_key *iscsi_key_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < iscsi_keys_count; i++)
		if (!strcmp(iscsi_keys[i].name, name))
			return &iscsi_keys[i];
	return NULL;
}

void iscsi_params_default(struct iscsi_params *params)
{
	unsigned int i;

	memset(params, 0, sizeof(*params));
	params->max_send_dsl = ISCSI_DEFAULT_MRDSL;
	for (i = 0; i < iscsi_keys_count; i++)
		if (iscsi_keys[i].def)
			*(uint32_t *)((char *)params + iscsi_keys[i].want) = iscsi_keys[i].def;
}
