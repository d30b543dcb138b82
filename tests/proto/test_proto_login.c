// SPDX-License-Identifier: GPL-2.0-or-later
/* Logins that go well, byte by byte, and how they end otherwise. */
#include "bench.h"

static void plain_login(void **state)
{
	const struct iscsi_login_result *result;
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_begin(&b);
	assert_true(iscsi_login_deadline(&b.login) == 16000);
	assert_null(iscsi_login_result(&b.login));
	expect_request(&b, TO_OPERATIONAL, TEXT(FIRST_REQUEST));
	respond(&b, TO_OPERATIONAL,
		TEXT("TargetPortalGroupTag=65535\0TargetAlias=disk one\0AuthMethod=None"));
	expect_request(&b, TO_FULL, TEXT(OFFERS));
	respond(&b, TO_FULL, TEXT(ANSWERS "\0MaxRecvDataSegmentLength=131072"));
	result = expect_done(&b);
	assert_int_equal(result->tsih, 0x4711);
	assert_int_equal(result->tpgt, 65535);
	assert_int_equal(result->exp_statsn, 0xffffffff);
	assert_int_equal(result->cmdsn, 0xfffffffe);
	assert_int_equal(result->exp_cmdsn, 0xfffffffe);
	assert_int_equal(result->max_cmdsn, 0xfffffffe + 31);
	assert_string_equal(result->target_alias, "disk one");
	assert_int_equal(result->params.max_send_dsl, 131072);
	assert_int_equal(result->params.max_recv_dsl, 8192);
}

/* What a caller that knows better wishes, and what it gets. */
static void all_options(void **state)
{
	static const struct iscsi_params agreed = {
		.auth_method = ISCSI_AUTH_NONE, .header_digest = ISCSI_DIGEST_CRC32C,
		.data_digest = ISCSI_DIGEST_CRC32C, .task_reporting = ISCSI_TASK_RESPONSE_FENCE,
		.max_connections = 1, .max_recv_dsl = 262144, .max_send_dsl = 8192,
		.max_burst_len = 131072, .first_burst_len = 8192, .time2wait = 3,
		.max_outstanding_r2t = 1, .data_pdu_in_order = 1, .data_sequence_in_order = 1,
		.protocol_level = 1,
	};
	const struct iscsi_login_result *result;
	struct bench b;

	(void)state;
	bench_init(&b);
	b.config.initiator_alias = "host \xc3\xa4";
	b.config.tpgt = 2;
	b.config.want.header_digest = ISCSI_LIST2(ISCSI_DIGEST_CRC32C, ISCSI_DIGEST_NONE);
	b.config.want.data_digest = ISCSI_DIGEST_CRC32C;
	b.config.want.initial_r2t = 0;
	b.config.want.max_recv_dsl = 262144;
	b.config.want.protocol_level = 2;
	b.config.want.task_reporting = ISCSI_LIST3(ISCSI_TASK_FAST_ABORT, ISCSI_TASK_RESPONSE_FENCE,
						   ISCSI_TASK_RFC3720);
	bench_begin(&b);
	expect_request(&b, TO_OPERATIONAL,
		       TEXT("InitiatorName=" INITIATOR "\0InitiatorAlias=host \xc3\xa4\0"
			    "TargetName=" TARGET "\0SessionType=Normal\0AuthMethod=None"));
	respond(&b, TO_OPERATIONAL, TEXT("TargetPortalGroupTag=0x2\0AuthMethod=None"));
	expect_request(&b, TO_FULL,
		       TEXT("HeaderDigest=CRC32C,None\0DataDigest=CRC32C\0MaxConnections=1\0"
			    "InitialR2T=No\0ImmediateData=Yes\0MaxRecvDataSegmentLength=262144\0"
			    "MaxBurstLength=262144\0FirstBurstLength=65536\0DefaultTime2Wait=2\0"
			    "DefaultTime2Retain=20\0MaxOutstandingR2T=1\0DataPDUInOrder=Yes\0"
			    "DataSequenceInOrder=Yes\0ErrorRecoveryLevel=0\0"
			    "TaskReporting=FastAbort,ResponseFence,RFC3720\0"
			    "iSCSIProtocolLevel=2"));
	respond(&b, TO_FULL,
		TEXT("HeaderDigest=CRC32C\0DataDigest=CRC32C\0MaxConnections=1\0InitialR2T=No\0"
		     "ImmediateData=No\0MaxBurstLength=131072\0FirstBurstLength=8192\0"
		     "DefaultTime2Wait=3\0DefaultTime2Retain=0\0MaxOutstandingR2T=1\0"
		     "ErrorRecoveryLevel=0\0TaskReporting=ResponseFence\0"
		     "iSCSIProtocolLevel=NotUnderstood"));
	result = expect_done(&b);
	assert_int_equal(result->tpgt, 2);
	same_bytes("what was agreed on", &result->params, &agreed, sizeof(agreed));
}

/* --- stages --------------------------------------------------------------------- */

/* The target is in no hurry: each stage ends when it says so. */
static void target_lingers(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_begin(&b);
	expect_request(&b, TO_OPERATIONAL, TEXT(FIRST_REQUEST));
	respond(&b, SECURITY, TEXT("AuthMethod=None"));
	expect_request(&b, TO_OPERATIONAL, NO_TEXT);
	respond(&b, SECURITY, NO_TEXT);
	expect_request(&b, TO_OPERATIONAL, NO_TEXT);
	respond(&b, TO_OPERATIONAL, NO_TEXT);
	expect_request(&b, TO_FULL, TEXT(OFFERS));
	respond(&b, OPERATIONAL, TEXT(ANSWERS));
	expect_request(&b, TO_FULL, NO_TEXT);
	respond(&b, OPERATIONAL, TEXT("TargetPortalGroupTag=1"));
	expect_request(&b, TO_FULL, NO_TEXT);
	respond(&b, TO_FULL, TEXT("TargetAlias=late"));
	assert_string_equal(expect_done(&b)->target_alias, "late");
}

/* The target's TSIH is known as soon as it gives it, and stays. */
static void early_tsih(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	b.tsih = 0x4711;
	to_operational(&b);
	answer_offers(&b, TO_FULL, "", "");
	assert_int_equal(expect_done(&b)->tsih, 0x4711);
}

/* --- text in several PDUs --------------------------------------------------------- */

/* Our text in pieces of @max bytes, each of which the target asks for. */
static void hear_in_pieces(struct bench *b, uint8_t stage, uint8_t last, const char *text,
			   size_t len, size_t max)
{
	for (; len > max; text += max, len -= max) {
		expect_request(b, stage | SECURITY_MORE, text, max);
		respond(b, stage, NO_TEXT);
	}
	expect_request(b, last, text, len);
}

static void our_text_cut_everywhere(void **state)
{
	static const char first[] = FIRST_REQUEST, offers[] = OFFERS;
	struct bench b;
	size_t max;

	(void)state;
	for (max = 8; max <= sizeof(offers); max++) {
		bench_init(&b);
		b.config.text_max = max;
		bench_begin(&b);
		hear_in_pieces(&b, SECURITY, TO_OPERATIONAL, first, sizeof(first), max);
		respond(&b, TO_OPERATIONAL, TEXT("AuthMethod=None\0TargetPortalGroupTag=1"));
		hear_in_pieces(&b, OPERATIONAL, TO_FULL, offers, sizeof(offers), max);
		respond(&b, TO_FULL, TEXT(ANSWERS));
		expect_done(&b);
	}
}

static void their_text_cut_everywhere(void **state)
{
	static const char text[] = ANSWERS "\0TargetAlias=cut";
	struct bench b;
	size_t at;

	(void)state;
	for (at = 0; at <= sizeof(text); at++) {
		bench_init(&b);
		to_operational(&b);
		expect_request(&b, TO_FULL, TEXT(OFFERS));
		respond(&b, OPERATIONAL_MORE, text, at);
		expect_request(&b, TO_FULL, NO_TEXT);
		respond(&b, OPERATIONAL_MORE, NO_TEXT);
		expect_request(&b, TO_FULL, NO_TEXT);
		respond(&b, TO_FULL, text + at, sizeof(text) - at);
		assert_string_equal(expect_done(&b)->target_alias, "cut");
	}
}

/* Questions of the target's first PDU are answered after its last. */
static void answers_wait_for_all_questions(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	to_operational(&b);
	answer_offers(&b, OPERATIONAL_MORE, "", "X-a=1");
	expect_request(&b, TO_FULL, NO_TEXT);
	respond(&b, OPERATIONAL, TEXT("X-b=2"));
	expect_request(&b, TO_FULL, TEXT("X-a=NotUnderstood\0X-b=NotUnderstood"));
	respond(&b, TO_FULL, NO_TEXT);
	expect_done(&b);
}

static void target_interrupts_our_text(void **state)
{
	static const struct {
		uint8_t flags;
		const char *text;
		size_t len;
		const char *words;
	} row[] = {
		{ SECURITY, TEXT("AuthMethod=None"), "spoke before it had heard all" },
		{ SECURITY_MORE, NO_TEXT, "spoke before it had heard all" },
		{ TO_OPERATIONAL, NO_TEXT, "goes on to the next stage before it was asked to" },
	};
	struct bench b;
	uint8_t flags;
	size_t i, len;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		bench_init(&b);
		b.config.text_max = 40;
		bench_begin(&b);
		any_request(&b, &flags, &len);
		respond(&b, row[i].flags, row[i].text, row[i].len);
		expect_end(&b, ISCSI_LOGIN_VIOLATION, row[i].words);
	}
}

static void text_ends_whole(void **state)
{
	struct bench b;
	uint8_t flags;
	size_t len;

	(void)state;
	bench_init(&b);
	bench_begin(&b);
	any_request(&b, &flags, &len);
	respond(&b, TO_OPERATIONAL, "AuthMethod=None", 15);
	expect_end(&b, ISCSI_LOGIN_VIOLATION, "ended its text in the middle of a key=value");
}

static void text_is_bounded(void **state)
{
	static char text[8192];
	struct bench b;
	uint8_t flags;
	size_t len;
	int i;

	(void)state;
	bench_init(&b);
	bench_begin(&b);
	for (i = 0; i < 8; i++) {
		any_request(&b, &flags, &len);
		respond(&b, SECURITY_MORE, text, sizeof(text));
	}
	any_request(&b, &flags, &len);
	respond(&b, SECURITY_MORE, text, 1);
	expect_end(&b, ISCSI_LOGIN_VIOLATION, "sent more text than anybody needs");
}

static void pdus_are_bounded(void **state)
{
	struct bench b;
	uint8_t flags;
	size_t len;
	int i;

	(void)state;
	bench_init(&b);
	to_operational(&b);
	for (i = 1; i < ISCSI_LOGIN_PDUS_MAX; i++) {
		any_request(&b, &flags, &len);
		respond(&b, OPERATIONAL, NO_TEXT);
	}
	any_request(&b, &flags, &len);
	respond(&b, OPERATIONAL, NO_TEXT);
	expect_end(&b, ISCSI_LOGIN_VIOLATION, "does not come to an end");
}

/* --- time ------------------------------------------------------------------------- */

static void silent_target(void **state)
{
	static const char *const late[] = {
		"did not choose an AuthMethod in time",
		"did not answer the operational keys in time",
		"did not end operational negotiation in time",
	};
	struct bench b;
	unsigned int i;
	char text[128];

	(void)state;
	for (i = 0; i < ARRAY_SIZE(late); i++) {
		bench_init(&b);
		bench_begin(&b);
		expect_request(&b, TO_OPERATIONAL, TEXT(FIRST_REQUEST));
		if (i > 0) {
			b.now += 14998;
			respond(&b, TO_OPERATIONAL,
				TEXT("AuthMethod=None\0TargetPortalGroupTag=1"));
			expect_request(&b, TO_FULL, TEXT(OFFERS));
		}
		if (i > 1) {
			b.now++;
			respond(&b, OPERATIONAL, TEXT(ANSWERS));
			expect_request(&b, TO_FULL, NO_TEXT);
		}
		assert_true(iscsi_login_deadline(&b.login) == 16000);
		iscsi_login_expire(&b.login, 15999);
		assert_null(iscsi_login_result(&b.login));
		iscsi_login_expire(&b.login, 16000);
		expect_end(&b, ISCSI_LOGIN_TIMEOUT, late[i]);
		iscsi_login_explain(iscsi_login_result(&b.login), text, sizeof(text));
		assert_memory_equal(text, "the target did not ", 19);
	}
}

/* A response that comes with the deadline is late, whoever calls first. */
static void late_response(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_begin(&b);
	expect_request(&b, TO_OPERATIONAL, TEXT(FIRST_REQUEST));
	b.now = 16000;
	respond(&b, TO_OPERATIONAL, TEXT("AuthMethod=None"));
	expect_end(&b, ISCSI_LOGIN_TIMEOUT, "did not choose an AuthMethod in time");
}

/* What comes after the end changes nothing. */
static void end_is_final(void **state)
{
	struct iscsi_login_result result;
	struct bench b;

	(void)state;
	bench_init(&b);
	login_with(&b, "", "");
	result = *expect_done(&b);
	respond(&b, TO_FULL, TEXT("TargetAlias=x"));
	iscsi_login_expire(&b.login, UINT64_MAX);
	same_bytes("result", expect_done(&b), &result, sizeof(result));
}

/* --- status ------------------------------------------------------------------------- */

static void every_status(void **state)
{
	static const struct {
		uint16_t code;
		uint8_t action;
		const char *name;
	} row[] = {
		{ 0x0200, ISCSI_DO_CORRECT, "Initiator error" },
		{ 0x0201, ISCSI_DO_CORRECT, "Authentication failure" },
		{ 0x0202, ISCSI_DO_CORRECT, "Authorization failure" },
		{ 0x0203, ISCSI_DO_CORRECT, "Not found" },
		{ 0x0204, ISCSI_DO_CORRECT, "Target removed" },
		{ 0x0205, ISCSI_DO_CORRECT, "Unsupported version" },
		{ 0x0206, ISCSI_DO_RETRY, "Too many connections" },
		{ 0x0207, ISCSI_DO_CORRECT, "Missing parameter" },
		{ 0x0208, ISCSI_DO_RETRY, "Can't include in session" },
		{ 0x0209, ISCSI_DO_CORRECT, "Session type not supported" },
		{ 0x020a, ISCSI_DO_RETRY, "Session does not exist" },
		{ 0x020b, ISCSI_DO_CORRECT, "Invalid during login" },
		{ 0x02ff, ISCSI_DO_CORRECT, "Initiator error" },
		{ 0x0300, ISCSI_DO_RETRY, "Target error" },
		{ 0x0301, ISCSI_DO_RETRY, "Service unavailable" },
		{ 0x0302, ISCSI_DO_RETRY, "Out of resources" },
		{ 0x0399, ISCSI_DO_RETRY, "Target error" },
	};
	const struct iscsi_login_result *result;
	char text[160], want[160];
	struct bench b;
	uint8_t flags;
	size_t i, len;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		bench_init(&b);
		to_operational(&b);
		any_request(&b, &flags, &len);
		b.status = row[i].code;
		damage(&b, 8, 0xff);		/* nothing else is looked at */
		respond(&b, SECURITY, TEXT("no text"));
		result = iscsi_login_result(&b.login);
		assert_non_null(result);
		assert_int_equal(result->outcome, ISCSI_LOGIN_REFUSED);
		assert_int_equal(result->status->action, row[i].action);
		assert_string_equal(result->status->name, row[i].name);
		iscsi_login_explain(result, text, sizeof(text));
		snprintf(want, sizeof(want), "the target %s (0x%04x, %s)", result->words,
			 result->status->code, row[i].name);
		assert_string_equal(text, want);
	}
}

static void status_classes_end_at_three(void **state)
{
	struct bench b;
	uint8_t flags;
	size_t len;
	int class;

	(void)state;
	for (class = 4; class < 256; class++) {
		bench_init(&b);
		bench_begin(&b);
		any_request(&b, &flags, &len);
		b.status = class << 8;
		respond(&b, SECURITY, NO_TEXT);
		expect_end(&b, ISCSI_LOGIN_VIOLATION,
			   "answered with a status class that does not exist");
	}
}

static void redirections(void **state)
{
	static const struct {
		uint16_t status;
		const char *text;
		size_t len;
		const char *host;	/* NULL: */
		const char *words;
	} row[] = {
		{ 0x0101, TEXT("TargetAddress=10.0.0.9:3261"), "10.0.0.9",
		  "is elsewhere for now" },
		{ 0x0102, TEXT("X=1\0TargetAddress=[fe80::9]:3261"), "fe80::9",
		  "is elsewhere for good" },
		{ 0x0101, TEXT("TargetAddress=disks.example.org:3261,5"), "disks.example.org",
		  "is elsewhere for now" },
		{ 0x0101, NO_TEXT, NULL, "moved and did not say where to" },
		{ 0x0101, TEXT("TargetAlias=x"), NULL, "moved and did not say where to" },
		{ 0x0102, TEXT("TargetAddress=fe80::9"), NULL, "moved to what is no address" },
		{ 0x0102, TEXT("TargetAddress="), NULL, "moved to what is no address" },
		{ 0x0101, "TargetAddress=10.0.0.9", 22, NULL,
		  "ended its text in the middle of a key=value" },
	};
	const struct iscsi_login_result *result;
	struct bench b;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		bench_init(&b);
		bench_begin(&b);
		expect_request(&b, TO_OPERATIONAL, TEXT(FIRST_REQUEST));
		b.status = row[i].status;
		respond(&b, SECURITY, row[i].text, row[i].len);
		result = expect_end(&b, row[i].host ? ISCSI_LOGIN_MOVED : ISCSI_LOGIN_VIOLATION,
				    row[i].words);
		if (!row[i].host)
			continue;
		assert_string_equal(result->portal.host, row[i].host);
		assert_int_equal(result->portal.port, 3261);
		assert_int_equal(result->portal.is_ipv6, i == 1);
		assert_int_equal(result->status->code, row[i].status);
		assert_int_equal(result->status->action, ISCSI_DO_FOLLOW);
	}
}

/* A target may move in the middle of things. */
static void late_redirection(void **state)
{
	struct bench b;
	uint8_t flags;
	size_t len;

	(void)state;
	bench_init(&b);
	to_operational(&b);
	any_request(&b, &flags, &len);
	respond(&b, OPERATIONAL_MORE, "HeaderDi", 8);
	any_request(&b, &flags, &len);
	b.status = 0x0101;
	respond(&b, OPERATIONAL, TEXT("TargetAddress=10.0.0.9"));
	assert_int_equal(expect_end(&b, ISCSI_LOGIN_MOVED,
				    "is elsewhere for now")->portal.port, 3260);
}

/* --- configurations -------------------------------------------------------------------- */

static void wrong_configurations(void **state)
{
	static char alias[257];
	struct bench b[8];
	unsigned int i;
	static const char *const words[] = {
		"has no iSCSI name for the initiator", "has no iSCSI name for the initiator",
		"has a target name that is no iSCSI name", "has an alias of more than 255 bytes",
		"has PDUs of more text than a target need take",
		"has a first burst that is longer than any burst",
		"wants error recovery in a discovery session",
	};
	char text[128];

	(void)state;
	memset(alias, 'a', 256);
	for (i = 0; i < ARRAY_SIZE(b); i++)
		bench_init(&b[i]);
	b[0].config.initiator_name = NULL;
	b[1].config.initiator_name = "initiator";
	b[2].config.target_name = "";
	b[3].config.initiator_alias = alias;
	b[4].config.text_max = 8193;
	b[5].config.want.first_burst_len = 262145;
	b[6].config.target_name = NULL;
	b[6].config.want.error_recovery_level = 1;
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		bench_begin(&b[i]);
		expect_end(&b[i], ISCSI_LOGIN_CONFIG, words[i]);
		iscsi_login_explain(iscsi_login_result(&b[i].login), text, sizeof(text));
		assert_memory_equal(text, "the configuration ", 18);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_login),
		cmocka_unit_test(all_options),
		cmocka_unit_test(target_lingers),
		cmocka_unit_test(early_tsih),
		cmocka_unit_test(our_text_cut_everywhere),
		cmocka_unit_test(their_text_cut_everywhere),
		cmocka_unit_test(answers_wait_for_all_questions),
		cmocka_unit_test(target_interrupts_our_text),
		cmocka_unit_test(text_ends_whole),
		cmocka_unit_test(text_is_bounded),
		cmocka_unit_test(pdus_are_bounded),
		cmocka_unit_test(silent_target),
		cmocka_unit_test(late_response),
		cmocka_unit_test(end_is_final),
		cmocka_unit_test(every_status),
		cmocka_unit_test(status_classes_end_at_three),
		cmocka_unit_test(redirections),
		cmocka_unit_test(late_redirection),
		cmocka_unit_test(wrong_configurations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
