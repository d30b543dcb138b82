// SPDX-License-Identifier: GPL-2.0-or-later
/* Every key of RFC 7143 with its rule: answered, declared, wished by the target. */
#include "bench.h"
#include "keys.h"

#define FIELD(name)	offsetof(struct iscsi_params, name)

static uint32_t *field(struct iscsi_params *params, size_t off)
{
	return (uint32_t *)((char *)params + off);
}

/* --- answers to our wishes ----------------------------------------------------- */

static const char excluded[] = "answered with what the offer excludes";
static const char range[] = "gave a value out of range";
static const char unoffered[] = "chose what was not offered";
static const char no_number[] = "gave a value that is no number";
static const char no_bool[] = "gave a value that is neither Yes nor No";
static const char unanswered[] = "left unanswered what was offered";
static const char must_know[] = "does not understand what every target must";
static const char is_relevant[] = "calls irrelevant what is not";
static const char none_left[] = "has no value for it that was offered";

#define DIGESTS		ISCSI_LIST2(ISCSI_DIGEST_CRC32C, ISCSI_DIGEST_NONE)
#define REPORTING	ISCSI_LIST2(ISCSI_TASK_FAST_ABORT, ISCSI_TASK_RFC3720)

/* The wish, the answer ("": none), and what comes of it: words, or a value. */
static const struct answer {
	const char *key;
	size_t field;
	uint32_t wish;
	const char *answer;
	const char *words;
	uint32_t value;
} answers[] = {
	{ "HeaderDigest", FIELD(header_digest), DIGESTS, "CRC32C", NULL, ISCSI_DIGEST_CRC32C },
	{ "HeaderDigest", FIELD(header_digest), DIGESTS, "None", NULL, ISCSI_DIGEST_NONE },
	{ "HeaderDigest", FIELD(header_digest), DIGESTS, "Reject", NULL, ISCSI_DIGEST_NONE },
	{ "HeaderDigest", FIELD(header_digest), ISCSI_DIGEST_CRC32C, "None", unoffered, 0 },
	{ "HeaderDigest", FIELD(header_digest), ISCSI_DIGEST_NONE, "CRC32C", unoffered, 0 },
	{ "HeaderDigest", FIELD(header_digest), DIGESTS, "CRC32C,None", unoffered, 0 },
	{ "HeaderDigest", FIELD(header_digest), DIGESTS, "crc32c", unoffered, 0 },
	{ "HeaderDigest", FIELD(header_digest), DIGESTS, "", unanswered, 0 },
	{ "DataDigest", FIELD(data_digest), ISCSI_DIGEST_CRC32C, "CRC32C", NULL,
	  ISCSI_DIGEST_CRC32C },
	{ "DataDigest", FIELD(data_digest), DIGESTS, "None", NULL, ISCSI_DIGEST_NONE },
	{ "DataDigest", FIELD(data_digest), DIGESTS, "NotUnderstood", must_know, 0 },

	{ "MaxConnections", FIELD(max_connections), 4, "2", NULL, 2 },
	{ "MaxConnections", FIELD(max_connections), 4, "4", NULL, 4 },
	{ "MaxConnections", FIELD(max_connections), 4, "5", excluded, 0 },
	{ "MaxConnections", FIELD(max_connections), 4, "0", range, 0 },
	{ "MaxConnections", FIELD(max_connections), 4, "65536", range, 0 },
	{ "MaxConnections", FIELD(max_connections), 4, "Irrelevant", is_relevant, 0 },
	{ "MaxConnections", FIELD(max_connections), 4, "Reject", NULL, 1 },

	{ "InitialR2T", FIELD(initial_r2t), 0, "Yes", NULL, 1 },
	{ "InitialR2T", FIELD(initial_r2t), 0, "No", NULL, 0 },
	{ "InitialR2T", FIELD(initial_r2t), 0, "", unanswered, 0 },
	{ "InitialR2T", FIELD(initial_r2t), 1, "Yes", NULL, 1 },
	{ "InitialR2T", FIELD(initial_r2t), 1, "", NULL, 1 },
	{ "InitialR2T", FIELD(initial_r2t), 1, "No", excluded, 0 },
	{ "InitialR2T", FIELD(initial_r2t), 1, "yes", no_bool, 0 },

	{ "ImmediateData", FIELD(immediate_data), 1, "Yes", NULL, 1 },
	{ "ImmediateData", FIELD(immediate_data), 1, "No", NULL, 0 },
	{ "ImmediateData", FIELD(immediate_data), 1, "", unanswered, 0 },
	{ "ImmediateData", FIELD(immediate_data), 0, "No", NULL, 0 },
	{ "ImmediateData", FIELD(immediate_data), 0, "", NULL, 0 },
	{ "ImmediateData", FIELD(immediate_data), 0, "Yes", excluded, 0 },
	{ "ImmediateData", FIELD(immediate_data), 1, "1", no_bool, 0 },

	{ "MaxBurstLength", FIELD(max_burst_len), 1048576, "65536", NULL, 65536 },
	{ "MaxBurstLength", FIELD(max_burst_len), 1048576, "0x100000", NULL, 1048576 },
	{ "MaxBurstLength", FIELD(max_burst_len), 1048576, "1048577", excluded, 0 },
	{ "MaxBurstLength", FIELD(max_burst_len), 1048576, "511", range, 0 },
	{ "MaxBurstLength", FIELD(max_burst_len), 16777215, "16777216", range, 0 },
	{ "MaxBurstLength", FIELD(max_burst_len), 16777215, "64k", no_number, 0 },
	{ "MaxBurstLength", FIELD(max_burst_len), 65536, "Reject", none_left, 0 },

	{ "FirstBurstLength", FIELD(first_burst_len), 65536, "512", NULL, 512 },
	{ "FirstBurstLength", FIELD(first_burst_len), 65536, "65537", excluded, 0 },
	{ "FirstBurstLength", FIELD(first_burst_len), 8192, "Irrelevant", NULL, 8192 },
	{ "FirstBurstLength", FIELD(first_burst_len), 65536, "", unanswered, 0 },

	{ "DefaultTime2Wait", FIELD(time2wait), 2, "3", NULL, 3 },
	{ "DefaultTime2Wait", FIELD(time2wait), 2, "3600", NULL, 3600 },
	{ "DefaultTime2Wait", FIELD(time2wait), 2, "1", excluded, 0 },
	{ "DefaultTime2Wait", FIELD(time2wait), 2, "3601", range, 0 },
	{ "DefaultTime2Retain", FIELD(time2retain), 20, "0", NULL, 0 },
	{ "DefaultTime2Retain", FIELD(time2retain), 20, "21", excluded, 0 },
	{ "DefaultTime2Retain", FIELD(time2retain), 3600, "3601", range, 0 },

	{ "MaxOutstandingR2T", FIELD(max_outstanding_r2t), 8, "1", NULL, 1 },
	{ "MaxOutstandingR2T", FIELD(max_outstanding_r2t), 8, "9", excluded, 0 },
	{ "MaxOutstandingR2T", FIELD(max_outstanding_r2t), 8, "0", range, 0 },

	{ "DataPDUInOrder", FIELD(data_pdu_in_order), 0, "Yes", NULL, 1 },
	{ "DataPDUInOrder", FIELD(data_pdu_in_order), 0, "No", NULL, 0 },
	{ "DataPDUInOrder", FIELD(data_pdu_in_order), 1, "No", excluded, 0 },
	{ "DataSequenceInOrder", FIELD(data_sequence_in_order), 0, "No", NULL, 0 },
	{ "DataSequenceInOrder", FIELD(data_sequence_in_order), 1, "", NULL, 1 },
	{ "DataSequenceInOrder", FIELD(data_sequence_in_order), 1, "No", excluded, 0 },

	{ "ErrorRecoveryLevel", FIELD(error_recovery_level), 2, "1", NULL, 1 },
	{ "ErrorRecoveryLevel", FIELD(error_recovery_level), 0, "1", excluded, 0 },
	{ "ErrorRecoveryLevel", FIELD(error_recovery_level), 2, "3", range, 0 },

	{ "TaskReporting", FIELD(task_reporting), REPORTING, "FastAbort", NULL,
	  ISCSI_TASK_FAST_ABORT },
	{ "TaskReporting", FIELD(task_reporting), REPORTING, "NotUnderstood", NULL,
	  ISCSI_TASK_RFC3720 },
	{ "TaskReporting", FIELD(task_reporting), REPORTING, "ResponseFence", unoffered, 0 },
	{ "TaskReporting", FIELD(task_reporting), ISCSI_TASK_RESPONSE_FENCE, "NotUnderstood",
	  none_left, 0 },
	{ "iSCSIProtocolLevel", FIELD(protocol_level), 2, "2", NULL, 2 },
	{ "iSCSIProtocolLevel", FIELD(protocol_level), 2, "NotUnderstood", NULL, 1 },
	{ "iSCSIProtocolLevel", FIELD(protocol_level), 2, "3", excluded, 0 },
	{ "iSCSIProtocolLevel", FIELD(protocol_level), 31, "32", range, 0 },
};

static void check_answer(const struct answer *row)
{
	struct iscsi_login_result *result;
	char text[64] = "";
	struct bench b;

	bench_init(&b);
	b.config.want.initial_r2t = 1;		/* the first burst does not matter */
	*field(&b.config.want, row->field) = row->wish;
	if (b.config.want.max_burst_len < b.config.want.first_burst_len)
		b.config.want.first_burst_len = b.config.want.max_burst_len;
	if (*row->answer)
		snprintf(text, sizeof(text), "%s=%s", row->key, row->answer);
	login_with(&b, row->key, text);
	result = (struct iscsi_login_result *)iscsi_login_result(&b.login);
	print_message("%s: '%s' to %u\n", row->key, row->answer, row->wish);
	if (row->words) {
		expect_key(&b, row->words == none_left ? ISCSI_LOGIN_NO_AGREEMENT :
							 ISCSI_LOGIN_VIOLATION,
			   row->words, row->key);
		return;
	}
	expect_done(&b);
	assert_int_equal(*field(&result->params, row->field), row->value);
}

static void every_answer(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(answers); i++)
		check_answer(&answers[i]);
}

/* Section 13, once more: what a number may be, and what it is if nobody says. */
static void ranges_and_defaults(void **state)
{
	static const struct {
		const char *key;
		uint32_t min, max, def;
	} row[] = {
		{ "CHAP_I", 0, 255, 0 }, { "TargetPortalGroupTag", 0, 65535, 0 },
		{ "MaxConnections", 1, 65535, 1 },
		{ "MaxRecvDataSegmentLength", 512, 16777215, 8192 },
		{ "MaxBurstLength", 512, 16777215, 262144 },
		{ "FirstBurstLength", 512, 16777215, 65536 },
		{ "DefaultTime2Wait", 0, 3600, 2 }, { "DefaultTime2Retain", 0, 3600, 20 },
		{ "MaxOutstandingR2T", 1, 65535, 1 }, { "ErrorRecoveryLevel", 0, 2, 0 },
		{ "iSCSIProtocolLevel", 0, 31, 1 },
	};
	static struct iscsi_said said;
	char text[32];
	size_t i;

	(void)state;
	iscsi_params_default(&said.params);
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		const struct iscsi_key *key = iscsi_key_find(row[i].key);

		assert_int_equal(*iscsi_key_said(key, &said), row[i].def);
		snprintf(text, sizeof(text), "%u", row[i].min);
		assert_null(iscsi_key_declared(key, text, &said));
		snprintf(text, sizeof(text), "%u", row[i].max);
		assert_null(iscsi_key_declared(key, text, &said));
		assert_int_equal(*iscsi_key_said(key, &said), row[i].max);
		snprintf(text, sizeof(text), "%u", row[i].max + 1);
		assert_string_equal(iscsi_key_declared(key, text, &said), range);
		snprintf(text, sizeof(text), "%u", row[i].min - 1);
		assert_string_equal(iscsi_key_declared(key, text, &said), range);
	}
}

static void declared_lengths(void **state)
{
	static const struct {
		const char *text, *words;
		uint32_t value;
	} row[] = {
		{ "", NULL, 8192 },
		{ "MaxRecvDataSegmentLength=512", NULL, 512 },
		{ "MaxRecvDataSegmentLength=16777215", NULL, 16777215 },
		{ "MaxRecvDataSegmentLength=511", range, 0 },
		{ "MaxRecvDataSegmentLength=16777216", range, 0 },
		{ "MaxRecvDataSegmentLength=Reject", no_number, 0 },
	};
	struct bench b;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		bench_init(&b);
		b.config.want.max_recv_dsl = 262144;
		login_with(&b, "MaxRecvDataSegmentLength", row[i].text);
		if (row[i].words) {
			expect_key(&b, ISCSI_LOGIN_VIOLATION, row[i].words,
				   "MaxRecvDataSegmentLength");
			continue;
		}
		assert_int_equal(expect_done(&b)->params.max_send_dsl, row[i].value);
		assert_int_equal(expect_done(&b)->params.max_recv_dsl, 262144);
	}
}

static void first_burst_is_no_longer_than_any(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	b.config.want.initial_r2t = 0;
	login_with(&b, "MaxBurstLength", "MaxBurstLength=65535");
	expect_key(&b, ISCSI_LOGIN_VIOLATION, "wants a first burst that is longer than any burst",
		   "FirstBurstLength");
	bench_init(&b);
	b.config.want.immediate_data = 0;
	login_with(&b, "MaxBurstLength", "MaxBurstLength=65535");
	expect_done(&b);
}

/* --- wishes of the target ---------------------------------------------------------- */

/* Our wish, the target's, our answer, what holds. */
static const struct proposal {
	const char *key;
	size_t field;
	uint32_t wish;
	const char *value, *answer;
	uint32_t outcome;
} proposals[] = {
	{ "HeaderDigest", FIELD(header_digest), DIGESTS, "None,CRC32C", "None",
	  ISCSI_DIGEST_NONE },
	{ "HeaderDigest", FIELD(header_digest), ISCSI_DIGEST_CRC32C, "MD5,None,CRC32C", "CRC32C",
	  ISCSI_DIGEST_CRC32C },
	{ "DataDigest", FIELD(data_digest), ISCSI_DIGEST_CRC32C, "None", "Reject",
	  ISCSI_DIGEST_NONE },
	{ "MaxConnections", FIELD(max_connections), 1, "8", "1", 1 },
	{ "InitialR2T", FIELD(initial_r2t), 0, "Yes", "Yes", 1 },
	{ "InitialR2T", FIELD(initial_r2t), 0, "No", "No", 0 },
	{ "InitialR2T", FIELD(initial_r2t), 1, "No", "Yes", 1 },
	{ "ImmediateData", FIELD(immediate_data), 1, "No", "No", 0 },
	{ "ImmediateData", FIELD(immediate_data), 0, "Yes", "No", 0 },
	{ "MaxBurstLength", FIELD(max_burst_len), 65536, "0x1000", "4096", 4096 },
	{ "FirstBurstLength", FIELD(first_burst_len), 4096, "65536", "4096", 4096 },
	{ "DefaultTime2Wait", FIELD(time2wait), 2, "5", "5", 5 },
	{ "DefaultTime2Wait", FIELD(time2wait), 2, "1", "2", 2 },
	{ "DefaultTime2Retain", FIELD(time2retain), 20, "60", "20", 20 },
	{ "MaxOutstandingR2T", FIELD(max_outstanding_r2t), 8, "4", "4", 4 },
	{ "DataPDUInOrder", FIELD(data_pdu_in_order), 0, "Yes", "Yes", 1 },
	{ "DataSequenceInOrder", FIELD(data_sequence_in_order), 0, "No", "No", 0 },
	{ "ErrorRecoveryLevel", FIELD(error_recovery_level), 0, "2", "0", 0 },
	{ "TaskReporting", FIELD(task_reporting), ISCSI_TASK_RFC3720, "FastAbort,RFC3720",
	  "RFC3720", ISCSI_TASK_RFC3720 },
	{ "iSCSIProtocolLevel", FIELD(protocol_level), 1, "2", "1", 1 },
};

static void every_proposal(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(proposals); i++) {
		const struct proposal *row = &proposals[i];
		const struct iscsi_key *key = iscsi_key_find(row->key);
		char buf[256], want[256];
		struct iscsi_text_out out = { .buf = buf, .max = sizeof(buf) };
		struct iscsi_params wishes;
		struct iscsi_said said = { 0 };

		print_message("%s: '%s' to %u\n", row->key, row->value, row->wish);
		iscsi_params_default(&wishes);
		said.params = wishes;
		*field(&wishes, row->field) = row->wish;
		assert_null(iscsi_key_proposed(key, &wishes, row->value, &said, &out));
		snprintf(want, sizeof(want), "%s=%s", row->key, row->answer);
		assert_string_equal(buf, want);
		assert_int_equal(*field(&said.params, row->field), row->outcome);
	}
}

static bool has_answer(const char *key)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(answers); i++)
		if (!strcmp(answers[i].key, key))
			return true;
	return false;
}

static bool has_proposal(const char *key)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(proposals); i++)
		if (!strcmp(proposals[i].key, key))
			return true;
	return false;
}

/* A row that is added to the table is to be added here: as an answer and as a wish. */
static void no_key_is_forgotten(void **state)
{
	const struct iscsi_key *key;

	(void)state;
	for (key = iscsi_keys; key < iscsi_keys + iscsi_keys_count; key++) {
		if (key->when != ISCSI_WHEN_OPERATIONAL || !iscsi_key_is_negotiated(key))
			continue;
		if (!has_answer(key->name) || !has_proposal(key->name))
			fail_msg("%s is not tested", key->name);
	}
}

static void wrong_proposals(void **state)
{
	static char list[ISCSI_VALUE_MAX + 2];
	static const struct {
		const char *key, *value, *words;
	} row[] = {
		{ "MaxBurstLength", "0", range }, { "MaxBurstLength", "", no_number },
		{ "InitialR2T", "Maybe", no_bool }, { "ErrorRecoveryLevel", "3", range },
		{ "HeaderDigest", list, "gave a value of more than 255 bytes" },
	};
	size_t i;

	(void)state;
	memset(list, ',', ISCSI_VALUE_MAX + 1);
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		char buf[256];
		struct iscsi_text_out out = { .buf = buf, .max = sizeof(buf) };
		struct iscsi_params wishes;
		struct iscsi_said said;

		iscsi_params_default(&wishes);
		assert_string_equal(iscsi_key_proposed(iscsi_key_find(row[i].key), &wishes,
						       row[i].value, &said, &out), row[i].words);
		assert_int_equal(out.len, 0);
	}
}

/* What goes on in a login when the target wishes something, and the end waits for it. */
static void target_asks(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	to_operational(&b);
	answer_offers(&b, OPERATIONAL, "",
		      "TaskReporting=ResponseFence,RFC3720");
	expect_request(&b, TO_FULL, TEXT("TaskReporting=RFC3720"));
	respond(&b, OPERATIONAL,
		TEXT("IFMarker=No\0OFMarker=Yes\0IFMarkInt=1~2\0OFMarkInt=2048\0"
		     "X-com.example=1\0Y=2\0iSCSIProtocolLevel=0"));
	expect_request(&b, TO_FULL,
		       TEXT("IFMarker=Reject\0OFMarker=Reject\0IFMarkInt=Reject\0"
			    "OFMarkInt=Reject\0X-com.example=NotUnderstood\0"
			    "Y=NotUnderstood\0iSCSIProtocolLevel=0"));
	respond(&b, TO_FULL, NO_TEXT);
	assert_int_equal(expect_done(&b)->params.protocol_level, 0);
}

/* Who asks has to wait for the answer; but a key that we do not know may be a mere fact. */
static void target_asks_and_goes(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	to_operational(&b);
	answer_offers(&b, TO_FULL, "", "TaskReporting=RFC3720");
	expect_end(&b, ISCSI_LOGIN_VIOLATION, "goes on while a wish of its own is unanswered");
	bench_init(&b);
	to_operational(&b);
	answer_offers(&b, TO_FULL, "", "X-com.example=1");
	expect_done(&b);
	bench_init(&b);
	bench_begin(&b);
	expect_request(&b, TO_OPERATIONAL, TEXT(FIRST_REQUEST));
	respond(&b, TO_OPERATIONAL, TEXT("AuthMethod=None\0X-com.example=1"));
	expect_request(&b, TO_FULL, TEXT(OFFERS));
}

/* 13.26: a fact, so it has no answer, and no place that it could overwrite. */
static void target_says_what_it_is(void **state)
{
	const struct iscsi_login_result *result;
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_begin(&b);
	expect_request(&b, TO_OPERATIONAL, TEXT(FIRST_REQUEST));
	respond(&b, TO_OPERATIONAL,
		TEXT("AuthMethod=None\0TargetPortalGroupTag=1\0TargetAddress=10.0.0.1\0"
		     "X#NodeArchitecture=ohbaOS/v1,ohba_target/1.05a"));
	expect_request(&b, TO_FULL, TEXT(OFFERS));
	respond(&b, TO_FULL, TEXT(ANSWERS));
	result = expect_done(&b);
	assert_int_equal(result->params.auth_method, ISCSI_AUTH_NONE);
	assert_int_equal(result->params.chap_algorithm, 0);
	assert_int_equal(result->params.header_digest, ISCSI_DIGEST_NONE);
	bench_init(&b);
	to_operational(&b);
	answer_offers(&b, OPERATIONAL, "", "X#NodeArchitecture=");
	expect_request(&b, TO_FULL, NO_TEXT);
	respond(&b, TO_FULL, NO_TEXT);
	expect_done(&b);
}

static void too_many_questions(void **state)
{
	static char text[3 * 400];
	struct bench b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(text); i += 3)
		memcpy(text + i, "A=", 3);
	bench_init(&b);
	to_operational(&b);
	answer_offers(&b, OPERATIONAL, "", "");
	expect_request(&b, TO_FULL, NO_TEXT);
	respond(&b, OPERATIONAL, text, sizeof(text));
	expect_end(&b, ISCSI_LOGIN_VIOLATION, "asks for more than can be answered");
}

/* In a discovery session most keys are irrelevant; the others are offered. */
static void discovery_session(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	b.config.target_name = NULL;
	b.config.initiator_alias = "lab";
	b.config.want.task_reporting = REPORTING;
	b.config.want.protocol_level = 2;
	bench_begin(&b);
	expect_request(&b, TO_OPERATIONAL,
		       TEXT("InitiatorName=" INITIATOR "\0InitiatorAlias=lab\0"
			    "SessionType=Discovery\0AuthMethod=None"));
	respond(&b, TO_OPERATIONAL, TEXT("AuthMethod=None"));
	expect_request(&b, TO_FULL,
		       TEXT("HeaderDigest=None\0DataDigest=None\0MaxRecvDataSegmentLength=8192\0"
			    "DefaultTime2Wait=2\0DefaultTime2Retain=20\0ErrorRecoveryLevel=0"));
	respond(&b, OPERATIONAL,
		TEXT("HeaderDigest=None\0DataDigest=None\0DefaultTime2Wait=2\0"
		     "DefaultTime2Retain=20\0ErrorRecoveryLevel=0\0MaxBurstLength=512"));
	expect_request(&b, TO_FULL, TEXT("MaxBurstLength=Irrelevant"));
	respond(&b, TO_FULL, NO_TEXT);
	assert_int_equal(expect_done(&b)->tpgt, ISCSI_TPGT_NONE);
	bench_init(&b);
	b.config.target_name = NULL;
	to_operational(&b);
	answer_offers(&b, TO_FULL, "", "MaxBurstLength=512");
	expect_end(&b, ISCSI_LOGIN_VIOLATION, "goes on while a wish of its own is unanswered");
}

/* --- configurations ------------------------------------------------------------------ */

static void impossible_wishes(void **state)
{
	static const struct {
		const char *key;
		size_t field;
		uint32_t wish;
	} row[] = {
		{ "AuthMethod", FIELD(auth_method), 0 }, { "AuthMethod", FIELD(auth_method), 3 },
		{ "AuthMethod", FIELD(auth_method), 0x11111 },
		{ "HeaderDigest", FIELD(header_digest), 0 },
		{ "DataDigest", FIELD(data_digest), 0xf },
		{ "MaxConnections", FIELD(max_connections), 0 },
		{ "InitialR2T", FIELD(initial_r2t), 2 },
		{ "ImmediateData", FIELD(immediate_data), 2 },
		{ "MaxRecvDataSegmentLength", FIELD(max_recv_dsl), 511 },
		{ "MaxRecvDataSegmentLength", FIELD(max_recv_dsl), 1 << 24 },
		{ "MaxBurstLength", FIELD(max_burst_len), 1 << 24 },
		{ "FirstBurstLength", FIELD(first_burst_len), 0 },
		{ "DefaultTime2Wait", FIELD(time2wait), 3601 },
		{ "DefaultTime2Retain", FIELD(time2retain), 3601 },
		{ "MaxOutstandingR2T", FIELD(max_outstanding_r2t), 65536 },
		{ "DataPDUInOrder", FIELD(data_pdu_in_order), 7 },
		{ "DataSequenceInOrder", FIELD(data_sequence_in_order), 7 },
		{ "ErrorRecoveryLevel", FIELD(error_recovery_level), 3 },
		{ "TaskReporting", FIELD(task_reporting), 4 },
		{ "iSCSIProtocolLevel", FIELD(protocol_level), 32 },
	};
	struct bench b;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		bench_init(&b);
		*field(&b.config.want, row[i].field) = row[i].wish;
		bench_begin(&b);
		expect_key(&b, ISCSI_LOGIN_CONFIG, "wishes what the key cannot have", row[i].key);
	}
}

/* --- portals ---------------------------------------------------------------------------- */

static void portals(void **state)
{
	static const struct {
		const char *value, *host;
		bool is_ipv6;
		uint16_t port;
		int32_t tpgt;
	} row[] = {
		{ "10.0.0.1", "10.0.0.1", false, 3260, -1 },
		{ "10.0.0.1:860", "10.0.0.1", false, 860, -1 },
		{ "10.0.0.1:860,65535", "10.0.0.1", false, 860, 65535 },
		{ "10.0.0.1,1", "10.0.0.1", false, 3260, 1 },
		{ "[fe80::1]:65535,0", "fe80::1", true, 65535, 0 },
		{ "[::ffff:10.0.0.1]", "::ffff:10.0.0.1", true, 3260, -1 },
		{ "disks.example.org:3261,2", "disks.example.org", false, 3261, 2 },
		{ "10g", "10g", false, 3260, -1 },
	};
	static const char *const wrong[] = {
		"", ":3260", ",1", "10.0.0.1:", "10.0.0.1:0", "10.0.0.1:65536", "10.0.0.1:1x",
		"10.0.0.1,", "10.0.0.1,65536", "10.0.0.1,1,2", "10.0.0.1:1:2", "10.0.0",
		"256.0.0.1", "fe80::1", "[fe80::1", "[fe80::1]x", "[]", "[10.0.0.1]",
		"[fe80::%eth0]",
		".example", "-x", "a b", "a/b", "10.0.0.1:4294967297", "10.0.0.1:-1",
	};
	struct iscsi_portal portal;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		assert_true(iscsi_portal_parse(row[i].value, &portal));
		assert_string_equal(portal.host, row[i].host);
		assert_int_equal(portal.is_ipv6, row[i].is_ipv6);
		assert_int_equal(portal.port, row[i].port);
		assert_int_equal(portal.tpgt, row[i].tpgt);
	}
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		if (iscsi_portal_parse(wrong[i], &portal))
			fail_msg("'%s' is a portal", wrong[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_answer),
		cmocka_unit_test(ranges_and_defaults),
		cmocka_unit_test(declared_lengths),
		cmocka_unit_test(first_burst_is_no_longer_than_any),
		cmocka_unit_test(every_proposal),
		cmocka_unit_test(no_key_is_forgotten),
		cmocka_unit_test(wrong_proposals),
		cmocka_unit_test(target_asks),
		cmocka_unit_test(target_asks_and_goes),
		cmocka_unit_test(target_says_what_it_is),
		cmocka_unit_test(too_many_questions),
		cmocka_unit_test(discovery_session),
		cmocka_unit_test(impossible_wishes),
		cmocka_unit_test(portals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
