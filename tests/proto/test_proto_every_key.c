// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every row of keys.c in a login: each key said well, out of range, of another type, twice,
 * elsewhere, and with each reserved word. What is expected is written down here a second
 * time, by kind of key; a row that keys.c has and this table has not is a failure.
 */
#include "chap_bench.h"
#include "keys.h"

enum how {
	LEGAL, BEYOND, BELOW, ODD, TWICE, ELSEWHERE, IRRELEVANT, REJECT, NOT_UNDERSTOOD, NONE,
	HOWS,
};

static const char *const how_names[HOWS] = {
	"legal", "beyond", "below", "odd", "twice", "elsewhere", "Irrelevant", "Reject",
	"NotUnderstood", "None",
};

/* NULL: the login goes on. */
struct kind {
	const char *words[HOWS];
};

#define RANGE		"gave a value out of range"
#define NO_NUMBER	"gave a value that is no number"
#define NO_BOOL		"gave a value that is neither Yes nor No"
#define NO_BINARY	"gave a value that is no binary number, or too long"
#define UNOFFERED	"chose what was not offered"
#define MUST_KNOW	"does not understand what every target must"
#define IS_RELEVANT	"calls irrelevant what is not"
#define NOTHING_LEFT	"has no value for it that was offered"
#define TOO_LONG	"gave a value of more than 255 bytes"
#define NO_LENGTH	"gave a value that is too long or too short"
#define NEVER_OFFERED	"answered a key that was not offered"
#define ONLY_OURS	"sent a key that only initiators send"
#define BELONGS		"sent a key where it does not belong"
#define TWO		"said the same key twice"

/* Offered with the default, so that Reject has an outcome. */
static const struct kind number = { {
	NULL, RANGE, RANGE, NO_NUMBER, TWO, BELONGS, IS_RELEVANT, NULL, MUST_KNOW, NO_NUMBER,
} };
/* 13.14: there may be no first burst. */
static const struct kind first_burst = { {
	NULL, RANGE, RANGE, NO_NUMBER, TWO, BELONGS, NULL, NULL, MUST_KNOW, NO_NUMBER,
} };
static const struct kind boolean = { {
	NULL, NO_BOOL, NO_BOOL, NO_BOOL, TWO, BELONGS, IS_RELEVANT, NULL, MUST_KNOW, NO_BOOL,
} };
/* None alone is offered. */
static const struct kind digest = { {
	NULL, UNOFFERED, UNOFFERED, UNOFFERED, TWO, BELONGS, IS_RELEVANT, NULL, MUST_KNOW, NULL,
} };
/* Without CHAP, and without an algorithm, there is nothing that is left. */
static const struct kind proof_list = { {
	NULL, UNOFFERED, UNOFFERED, UNOFFERED, TWO, BELONGS, IS_RELEVANT, NOTHING_LEFT, MUST_KNOW,
	UNOFFERED,
} };
/* A declaration has no answers: what looks like one is a value. */
static const struct kind declared = { {
	NULL, RANGE, RANGE, NO_NUMBER, TWO, BELONGS, NO_NUMBER, NO_NUMBER, NO_NUMBER, NO_NUMBER,
} };
static const struct kind group_tag = { {
	NULL, RANGE, RANGE, NO_NUMBER, TWO, NULL, NO_NUMBER, NO_NUMBER, NO_NUMBER, NO_NUMBER,
} };
static const struct kind binary = { {
	NULL, NO_BINARY, NO_BINARY, NO_BINARY, TWO, BELONGS, NO_BINARY, NO_BINARY, NO_BINARY,
	NO_BINARY,
} };
static const struct kind name = { {
	NULL, TOO_LONG, NO_LENGTH, "goes by our own CHAP name", TWO, BELONGS,
} };
static const struct kind text = { { NULL, TOO_LONG, NULL, NULL, TWO } };
static const struct kind address = { { NULL, TOO_LONG, NO_LENGTH, NULL, TWO } };
static const struct kind ours = { {
	ONLY_OURS, ONLY_OURS, ONLY_OURS, ONLY_OURS, ONLY_OURS, ONLY_OURS, ONLY_OURS, ONLY_OURS,
	ONLY_OURS, ONLY_OURS,
} };
static const struct kind full_feature = { {
	BELONGS, BELONGS, BELONGS, BELONGS, BELONGS, BELONGS, BELONGS, BELONGS, BELONGS, BELONGS,
} };
/* Not offered while the default is wished: what the target says is a wish, and answered. */
static const struct kind wished_list = { {
	NULL, NULL, NULL, NULL, TWO, BELONGS, NEVER_OFFERED, NEVER_OFFERED, NEVER_OFFERED, NULL,
} };
static const struct kind wished_number = { {
	NULL, RANGE, NO_NUMBER, NO_NUMBER, TWO, BELONGS, NEVER_OFFERED, NEVER_OFFERED,
	NEVER_OFFERED, NO_NUMBER,
} };
static const struct kind obsolete = { {
	NULL, NULL, NULL, NULL, TWO, BELONGS, NEVER_OFFERED, NEVER_OFFERED, NEVER_OFFERED, NULL,
} };

/* The target's responses of a login. */
enum station { CHOICE, CHALLENGED, PROVEN, OPERATIONS, STATIONS };

/* What stands for 256 or 1025 bytes in a row. */
#define LONG_TEXT	"a long text"
#define LONG_BINARY	"a long binary"

static const struct row {
	const char *key;
	const struct kind *kind;
	enum station at;
	const char *legal, *beyond, *below, *odd;
} rows[] = {
	{ "AuthMethod", &proof_list, CHOICE, "CHAP", "CHAP,None", "", "SRP" },
	{ "CHAP_A", &proof_list, CHALLENGED, "5", "9", "4", "MD5" },
	{ "CHAP_I", &declared, CHALLENGED, "154", "256", "4294967296", "-1" },
	{ "CHAP_C", &binary, CHALLENGED, CHALLENGE, LONG_BINARY, "0x", "0xg0" },
	{ "CHAP_N", &name, PROVEN, "array", LONG_TEXT, "", "user" },
	{ "CHAP_R", &binary, PROVEN, "0x" MD5_RESPONSE, LONG_BINARY, "0b", "1" },
	{ "InitiatorName", &ours, CHOICE, INITIATOR, LONG_TEXT, "", "," },
	{ "InitiatorAlias", &ours, CHOICE, "us", LONG_TEXT, "", "," },
	{ "TargetName", &ours, CHOICE, TARGET, LONG_TEXT, "", "," },
	{ "SessionType", &ours, CHOICE, "Normal", LONG_TEXT, "", "Other" },
	{ "SendTargets", &full_feature, OPERATIONS, "All", LONG_TEXT, "", "," },
	{ "TargetAlias", &text, CHOICE, "them", LONG_TEXT, "", "a,b" },
	{ "TargetAddress", &address, CHOICE, "10.0.0.1:3260,1", LONG_TEXT, "", "nowhere" },
	{ "TargetPortalGroupTag", &group_tag, CHOICE, "1", "65536", "4294967296", "" },
	{ "HeaderDigest", &digest, OPERATIONS, "None", "CRC32C", "", "MD5" },
	{ "DataDigest", &digest, OPERATIONS, "None", "CRC32C", "", "None,CRC32C" },
	{ "MaxConnections", &number, OPERATIONS, "1", "65536", "0", "one" },
	{ "InitialR2T", &boolean, OPERATIONS, "Yes", "2", "", "Maybe" },
	{ "ImmediateData", &boolean, OPERATIONS, "No", "2", "", "no" },
	{ "MaxRecvDataSegmentLength", &declared, OPERATIONS, "512", "16777216", "511", "8k" },
	{ "MaxBurstLength", &number, OPERATIONS, "65536", "16777216", "511", "0x" },
	{ "FirstBurstLength", &first_burst, OPERATIONS, "512", "16777216", "511", "Yes" },
	{ "DefaultTime2Wait", &number, OPERATIONS, "3600", "3601", "4294967296", "-1" },
	{ "DefaultTime2Retain", &number, OPERATIONS, "0", "3601", "4294967296", "" },
	{ "MaxOutstandingR2T", &number, OPERATIONS, "1", "65536", "0", "1.0" },
	{ "DataPDUInOrder", &boolean, OPERATIONS, "Yes", "1", "", "YES" },
	{ "DataSequenceInOrder", &boolean, OPERATIONS, "Yes", "1", "", "true" },
	{ "ErrorRecoveryLevel", &number, OPERATIONS, "0", "3", "4294967296", "low" },
	{ "TaskReporting", &wished_list, OPERATIONS, "FastAbort,RFC3720", "FastAbort", "",
	  "rfc3720" },
	{ "iSCSIProtocolLevel", &wished_number, OPERATIONS, "2", "32", "-1", "RFC7143" },
	{ "X#NodeArchitecture", &text, CHOICE, "ohba/1", LONG_TEXT, "", "a,b" },
	{ "IFMarker", &obsolete, OPERATIONS, "No", "2", "", "Maybe" },
	{ "OFMarker", &obsolete, OPERATIONS, "Yes", "2", "", "Maybe" },
	{ "IFMarkInt", &obsolete, OPERATIONS, "2048~4096", "65536", "0", "x" },
	{ "OFMarkInt", &obsolete, OPERATIONS, "2048", "65536", "0", "x" },
};

static const struct row *row_of(const char *key)
{
	const struct row *row;

	for (row = rows; row < rows + ARRAY_SIZE(rows); row++)
		if (!strcmp(row->key, key))
			return row;
	return NULL;
}

static void every_row_is_here(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < iscsi_keys_count; i++)
		if (!row_of(iscsi_keys[i].name))
			fail_msg("%s is not tested", iscsi_keys[i].name);
	assert_int_equal(ARRAY_SIZE(rows), iscsi_keys_count);
}

/* --- a login --------------------------------------------------------------------- */

static const struct {
	const char *text;
	size_t len;
	uint8_t flags;
} responses[STATIONS] = {
	[CHOICE] = { TEXT("AuthMethod=CHAP\0TargetPortalGroupTag=1"), SECURITY },
	[CHALLENGED] = { TEXT("CHAP_A=5\0CHAP_I=154\0CHAP_C=" CHALLENGE), SECURITY },
	[PROVEN] = { TEXT("CHAP_N=array\0CHAP_R=0x" MD5_RESPONSE), TO_OPERATIONAL },
	[OPERATIONS] = { TEXT(ANSWERS), OPERATIONAL },
};

struct said_text {
	char text[8192];
	size_t len;
};

static void say(struct said_text *said, const char *key, const char *value)
{
	char *at = said->text + said->len;

	said->len += sprintf(at, "%s=", key);
	at = said->text + said->len;
	if (!strcmp(value, LONG_TEXT)) {
		memset(at, 'x', ISCSI_VALUE_MAX + 1);
		said->len += ISCSI_VALUE_MAX + 1;
	} else if (!strcmp(value, LONG_BINARY)) {
		said->len += sprintf(at, "0x%0*d", 2 * (ISCSI_BINARY_MAX + 1), 0);
	} else {
		said->len += sprintf(at, "%s", value);
	}
	said->text[said->len++] = 0;
}

/* The response of @at, but @key. */
static void say_others(struct said_text *said, enum station at, const char *key)
{
	const char *pair = responses[at].text, *end = pair + responses[at].len;
	size_t size = strlen(key);

	for (; pair < end; pair += strlen(pair) + 1)
		if (strncmp(pair, key, size) || pair[size] != '=') {
			memcpy(said->text + said->len, pair, strlen(pair) + 1);
			said->len += strlen(pair) + 1;
		}
}

static const char *value_of(const struct row *row, enum how how)
{
	const char *const values[HOWS] = {
		row->legal, row->beyond, row->below, row->odd, row->legal, row->legal,
		"Irrelevant", "Reject", "NotUnderstood", "None",
	};

	return values[how];
}

/* A key of the operational stage, or of both, belongs to another; all others to it. */
static enum station station_of(const struct row *row, enum how how)
{
	if (how != ELSEWHERE)
		return row->at;
	return row->at == OPERATIONS ? CHOICE : OPERATIONS;
}

static void say_case(struct said_text *said, const struct row *row, enum how how)
{
	enum station at = station_of(row, how);

	said->len = 0;
	say_others(said, at, row->key);
	say(said, row->key, value_of(row, how));
	if (how == TWICE)
		say(said, row->key, row->legal);
}

/* What may be said elsewhere is said there alone. */
static void say_rest(struct said_text *said, enum station at, const struct row *row,
		     enum how how)
{
	bool moves = how == ELSEWHERE && !row->kind->words[ELSEWHERE];

	said->len = 0;
	say_others(said, at, moves ? row->key : "");
}

/* Up to the end, or to the failure. */
static void play(struct bench *b, const struct row *row, enum how how)
{
	struct said_text said;
	enum station at;
	uint8_t flags;
	size_t len;

	chap_init(b, true);
	b->config.chap_target.name = NULL;
	bench_begin(b);
	for (at = CHOICE; at < STATIONS && !iscsi_login_result(&b->login); at++) {
		any_request(b, &flags, &len);
		if (at == station_of(row, how))
			say_case(&said, row, how);
		else
			say_rest(&said, at, row, how);
		respond(b, responses[at].flags, said.text, said.len);
	}
	if (iscsi_login_result(&b->login))
		return;
	any_request(b, &flags, &len);
	respond(b, TO_FULL, NO_TEXT);
}

static void check(const struct row *row, enum how how)
{
	const struct iscsi_login_result *result;
	const char *words = row->kind->words[how];
	struct bench b;

	print_message("%s: %s\n", row->key, how_names[how]);
	play(&b, row, how);
	result = iscsi_login_result(&b.login);
	assert_non_null(result);
	if (!words) {
		expect_done(&b);
		return;
	}
	assert_string_equal(result->words, words);
	assert_int_not_equal(result->outcome, ISCSI_LOGIN_DONE);
	if (result->outcome == ISCSI_LOGIN_VIOLATION)
		assert_string_equal(result->key, row->key);
	iscsi_login_end(&b.login);
}

static void every_key_every_way(void **state)
{
	size_t i;
	int how;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		for (how = 0; how < HOWS; how++)
			check(&rows[i], how);
}

/* A value is case-sensitive, and so is a key (6.1): another case is another key. */
static void keys_have_a_case(void **state)
{
	unsigned int i;
	char key[64];

	(void)state;
	for (i = 0; i < iscsi_keys_count; i++) {
		snprintf(key, sizeof(key), "%s", iscsi_keys[i].name);
		key[0] ^= 0x20;
		assert_null(iscsi_key_find(key));
		key[0] ^= 0x20;
		assert_ptr_equal(iscsi_key_find(key), &iscsi_keys[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_here),
		cmocka_unit_test(every_key_every_way),
		cmocka_unit_test(keys_have_a_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
