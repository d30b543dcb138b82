// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The cases of the UNH-IOL's "Login Phase Test Suite for iSCSI Initiators", version 3.0, by
 * number and title (README.md says what of the document we have). How each is played is ours.
 */
#include "bench.h"

static const char unoffered[] = "chose what was not offered";
static const char excluded[] = "answered with what the offer excludes";
static const char range[] = "gave a value out of range";
static const char no_bool[] = "gave a value that is neither Yes nor No";
static const char twice[] = "said the same key twice";

#define DIGESTS	ISCSI_LIST2(ISCSI_DIGEST_CRC32C, ISCSI_DIGEST_NONE)

static void fails(const struct bench *b, const char *words)
{
	const struct iscsi_login_result *result = iscsi_login_result(&b->login);

	assert_non_null(result);
	assert_string_equal(result->words, words);
	assert_int_not_equal(result->outcome, ISCSI_LOGIN_DONE);
}

/* A login with @b's wishes; the target answers @key so. NULL words: it goes well. */
static const struct iscsi_params *answered(struct bench *b, const char *key, const char *text,
					   const char *words)
{
	login_with(b, key, text);
	if (words)
		fails(b, words);
	return words ? NULL : &expect_done(b)->params;
}

/* The first request, answered by @text. */
static void chosen(struct bench *b, uint8_t flags, const char *text, size_t len)
{
	bench_init(b);
	bench_begin(b);
	expect_request(b, TO_OPERATIONAL, TEXT(FIRST_REQUEST));
	respond(b, flags, text, len);
}

static bool offered(struct bench *b, const char *pair)
{
	const char *text, *at;
	uint8_t flags;
	size_t len;

	text = any_request(b, &flags, &len);
	for (at = text; at < text + len; at += strlen(at) + 1)
		if (!strcmp(at, pair))
			return true;
	return false;
}

/* --- 1 to 5: headers ----------------------------------------------------------------- */

static void standard_login(void)
{
	struct bench b;

	chosen(&b, TO_OPERATIONAL, TEXT("AuthMethod=None\0TargetPortalGroupTag=1"));
	expect_request(&b, TO_FULL, TEXT(OFFERS));
	respond(&b, TO_FULL, TEXT(ANSWERS));
	expect_done(&b);
}

/* Each request is compared byte by byte (bench.c): TSIH is 0 up to the end. */
static void tsih(void)
{
	struct bench b;

	bench_init(&b);
	answered(&b, "", "", NULL);
	assert_int_equal(expect_done(&b)->tsih, 0x4711);
}

static void tsih_invalid(void)
{
	struct bench b;

	bench_init(&b);
	b.last_tsih = 0;
	answered(&b, "", "", "accepted a session and gave it no TSIH");
	bench_init(&b);
	b.tsih = 0x4711;		/* from the first response on, and another at the end */
	b.last_tsih = 0x4712;
	answered(&b, "", "", "changed the TSIH");
}

/* Who has not asked to go on is not taken along. */
static void t_bit(void)
{
	struct bench b;

	bench_init(&b);
	b.config.text_max = 64;		/* the request goes on in another PDU */
	bench_begin(&b);
	expect_request(&b, SECURITY_MORE, FIRST_REQUEST, 64);
	respond(&b, TO_OPERATIONAL, NO_TEXT);
	fails(&b, "goes on to the next stage before it was asked to");
}

static void t_bit_delay(void)
{
	struct bench b;

	chosen(&b, SECURITY, TEXT("AuthMethod=None\0TargetPortalGroupTag=1"));
	expect_request(&b, TO_OPERATIONAL, NO_TEXT);
	respond(&b, TO_OPERATIONAL, NO_TEXT);
	expect_request(&b, TO_FULL, TEXT(OFFERS));
	respond(&b, OPERATIONAL, TEXT(ANSWERS));
	expect_request(&b, TO_FULL, NO_TEXT);
	respond(&b, TO_FULL, NO_TEXT);
	expect_done(&b);
}

static void statsn_from(uint32_t first)
{
	struct bench b;
	uint8_t flags;
	size_t len;

	bench_init(&b);
	bench_begin(&b);
	any_request(&b, &flags, &len);	/* ExpStatSN is 0 before the first response */
	b.statsn = first;
	respond(&b, TO_OPERATIONAL, TEXT("AuthMethod=None\0TargetPortalGroupTag=1"));
	answer_offers(&b, TO_FULL, "", "");
	assert_int_equal(expect_done(&b)->exp_statsn, first + 2);
}

static void statsn_zero(void)
{
	statsn_from(0);
}

static void statsn_non_zero(void)
{
	statsn_from(0x12345678);
	statsn_from(0xffffffff);
}

static void exp_statsn(void)
{
	struct bench b;

	bench_init(&b);			/* compared byte by byte, where StatSN wraps */
	answered(&b, "", "", NULL);
	bench_init(&b);
	to_operational(&b);
	expect_request(&b, TO_FULL, TEXT(OFFERS));
	b.statsn++;
	respond(&b, TO_FULL, TEXT(ANSWERS));
	fails(&b, "skipped or repeated a StatSN");
}

/* --- 6: once ------------------------------------------------------------------------- */

static void once(void)
{
	struct bench b;

	bench_init(&b);
	to_operational(&b);
	answer_offers(&b, OPERATIONAL, "", "");
	expect_request(&b, TO_FULL, NO_TEXT);	/* nothing is offered again */
	respond(&b, TO_FULL, NO_TEXT);
	expect_done(&b);
}

static void once_separate_pdus(void)
{
	struct bench b;

	bench_init(&b);
	to_operational(&b);
	answer_offers(&b, OPERATIONAL, "", "");
	expect_request(&b, TO_FULL, NO_TEXT);
	respond(&b, OPERATIONAL, TEXT("ImmediateData=No"));
	fails(&b, twice);
}

static void once_same_pdu(void)
{
	struct bench b;

	bench_init(&b);
	answered(&b, "", "ImmediateData=No", twice);
}

/* --- 7, 8: requests, and what is no answer to them ------------------------------------- */

static void list_negotiation(void)
{
	struct bench b;

	bench_init(&b);
	b.config.want.header_digest = DIGESTS;
	to_operational(&b);
	assert_true(offered(&b, "HeaderDigest=CRC32C,None"));
	bench_init(&b);
	b.config.want.header_digest = DIGESTS;
	answered(&b, "HeaderDigest", "HeaderDigest=CRC32C,None", unoffered);
}

static void invalid_auth_method(void)
{
	struct bench b;

	chosen(&b, TO_OPERATIONAL, TEXT("AuthMethod=Other"));
	fails(&b, unoffered);
	chosen(&b, SECURITY, TEXT("AuthMethod=CHAP"));
	fails(&b, unoffered);
}

static void first_burst_too_high(void)
{
	struct bench b;

	bench_init(&b);
	answered(&b, "FirstBurstLength", "FirstBurstLength=16777216", range);
	bench_init(&b);
	answered(&b, "FirstBurstLength", "FirstBurstLength=65537", excluded);
}

static void immediate_data_invalid(void)
{
	struct bench b;

	bench_init(&b);
	answered(&b, "ImmediateData", "ImmediateData=Maybe", no_bool);
}

static void invalid_key(void)
{
	struct bench b;

	bench_init(&b);
	to_operational(&b);
	answer_offers(&b, OPERATIONAL, "", "X-org.example.key=1");
	expect_request(&b, TO_FULL, TEXT("X-org.example.key=NotUnderstood"));
	respond(&b, TO_FULL, NO_TEXT);
	expect_done(&b);
}

static void invalid_pdu(void)
{
	static const uint8_t opcodes[] = { 0x20, 0x21, 0x24, 0x25, 0x31, 0x3f };
	struct bench b;
	uint8_t flags;
	size_t i, len;

	for (i = 0; i < ARRAY_SIZE(opcodes); i++) {
		bench_init(&b);
		bench_begin(&b);
		any_request(&b, &flags, &len);
		damage(&b, 0, opcodes[i]);
		respond(&b, TO_OPERATIONAL, TEXT("AuthMethod=None"));
		fails(&b, opcodes[i] == 0x3f ? "rejected a login request" :
		      "answered with a PDU that is no response to what was asked");
	}
}

/* --- 9 to 13 ----------------------------------------------------------------------------- */

static void digests_offer(void)
{
	struct bench b;

	bench_init(&b);
	b.config.want.header_digest = DIGESTS;
	to_operational(&b);
	assert_true(offered(&b, "HeaderDigest=CRC32C,None"));
	bench_init(&b);
	b.config.want.data_digest = DIGESTS;
	to_operational(&b);
	assert_true(offered(&b, "DataDigest=CRC32C,None"));
}

static void digests_response(void)
{
	struct bench b;

	bench_init(&b);
	b.config.want.data_digest = DIGESTS;
	assert_int_equal(answered(&b, "DataDigest", "DataDigest=None", NULL)->data_digest,
			 ISCSI_DIGEST_NONE);
	bench_init(&b);
	answered(&b, "DataDigest", "DataDigest=CRC32C", unoffered);
}

static void digests_crc32c(void)
{
	const struct iscsi_params *got;
	struct bench b;

	bench_init(&b);
	b.config.want.header_digest = b.config.want.data_digest = ISCSI_DIGEST_CRC32C;
	got = answered(&b, "", "", NULL);	/* the request's own text */
	assert_int_equal(got->header_digest, ISCSI_DIGEST_CRC32C);
	assert_int_equal(got->data_digest, ISCSI_DIGEST_CRC32C);
}

static void max_connections(void)
{
	struct bench b;

	bench_init(&b);
	assert_int_equal(answered(&b, "", "", NULL)->max_connections, 1);
	bench_init(&b);
	answered(&b, "MaxConnections", "MaxConnections=2", excluded);
}

static void names(void)
{
	struct bench b;

	bench_init(&b);
	bench_begin(&b);		/* both, in the first request, and no others */
	expect_request(&b, TO_OPERATIONAL, TEXT(FIRST_REQUEST));
	respond(&b, TO_OPERATIONAL, TEXT("AuthMethod=None\0TargetName=" TARGET));
	fails(&b, "sent a key that only initiators send");
}

/* Obsolete (RFC 7143 13.25): never offered, and rejected. */
static void markers(void)
{
	struct bench b;

	bench_init(&b);
	to_operational(&b);
	answer_offers(&b, OPERATIONAL, "", "OFMarker=Yes");
	expect_request(&b, TO_FULL, TEXT("OFMarker=Reject"));
	respond(&b, TO_FULL, NO_TEXT);
	expect_done(&b);
}

static void booleans(void)
{
	struct bench b;

	bench_init(&b);
	b.config.want.initial_r2t = 0;
	assert_int_equal(answered(&b, "InitialR2T", "InitialR2T=Yes", NULL)->initial_r2t, 1);
	bench_init(&b);
	b.config.want.initial_r2t = 0;
	assert_int_equal(answered(&b, "InitialR2T", "InitialR2T=No", NULL)->initial_r2t, 0);
}

/* Where the offer decides, no answer is one. */
static void legal_booleans(void)
{
	struct bench b;

	bench_init(&b);
	assert_int_equal(answered(&b, "InitialR2T", "", NULL)->initial_r2t, 1);
	bench_init(&b);
	assert_int_equal(answered(&b, "ImmediateData", "ImmediateData=No", NULL)->immediate_data,
			 0);
}

static void illegal_booleans(void)
{
	static const char *const illegal[] = {
		"InitialR2T=yes", "InitialR2T=1", "InitialR2T=", "InitialR2T=Yes,No",
	};
	struct bench b;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(illegal); i++) {
		bench_init(&b);
		answered(&b, "InitialR2T", illegal[i], no_bool);
	}
	bench_init(&b);
	answered(&b, "InitialR2T", "InitialR2T=No", excluded);
}

/* --- 14 to 20: numbers --------------------------------------------------------------------- */

/* @good: what the offer allows, and its ends; @bad: what it does not. */
static const struct number {
	const char *key;
	size_t field;
	const char *good, *bad, *beyond;
	uint32_t value;
} numbers[] = {
	{ "MaxBurstLength", offsetof(struct iscsi_params, max_burst_len), "MaxBurstLength=65536",
	  "MaxBurstLength=262145", "MaxBurstLength=511", 65536 },
	{ "FirstBurstLength", offsetof(struct iscsi_params, first_burst_len),
	  "FirstBurstLength=512", "FirstBurstLength=65537", "FirstBurstLength=511", 512 },
	{ "DefaultTime2Retain", offsetof(struct iscsi_params, time2retain),
	  "DefaultTime2Retain=0", "DefaultTime2Retain=21", "DefaultTime2Retain=3601", 0 },
	{ "DefaultTime2Wait", offsetof(struct iscsi_params, time2wait), "DefaultTime2Wait=3600",
	  "DefaultTime2Wait=1", "DefaultTime2Wait=3601", 3600 },
	{ "MaxOutstandingR2T", offsetof(struct iscsi_params, max_outstanding_r2t),
	  "MaxOutstandingR2T=1", "MaxOutstandingR2T=2", "MaxOutstandingR2T=0", 1 },
	{ "ErrorRecoveryLevel", offsetof(struct iscsi_params, error_recovery_level),
	  "ErrorRecoveryLevel=0", "ErrorRecoveryLevel=1", "ErrorRecoveryLevel=3", 0 },
};

static void number(const char *key)
{
	const struct number *row = numbers;
	const struct iscsi_params *got;
	struct bench b;

	while (strcmp(row->key, key))
		row++;
	bench_init(&b);
	got = answered(&b, key, row->good, NULL);
	assert_int_equal(*(const uint32_t *)((const char *)got + row->field), row->value);
	bench_init(&b);
	answered(&b, key, row->bad, excluded);
	bench_init(&b);
	answered(&b, key, row->beyond, range);
}

static void max_burst(void)
{
	number("MaxBurstLength");
}

static void first_burst_less(void)
{
	number("FirstBurstLength");
}

static void first_burst_greater(void)
{
	struct bench b;

	bench_init(&b);
	b.config.want.initial_r2t = 0;
	answered(&b, "MaxBurstLength", "MaxBurstLength=512",
		 "wants a first burst that is longer than any burst");
}

static void first_burst_offered(void)
{
	struct bench b;

	bench_init(&b);
	to_operational(&b);
	assert_true(offered(&b, "FirstBurstLength=65536"));
	bench_init(&b);
	b.config.want.first_burst_len = b.config.want.max_burst_len + 1;
	bench_begin(&b);
	fails(&b, "has a first burst that is longer than any burst");
}

static void time2retain(void)
{
	number("DefaultTime2Retain");
}

static void time2wait(void)
{
	number("DefaultTime2Wait");
}

static void max_r2t(void)
{
	number("MaxOutstandingR2T");
}

static void recovery_level(void)
{
	number("ErrorRecoveryLevel");
}

static void max_recv_dsl(void)
{
	struct bench b;

	bench_init(&b);
	b.config.want.max_recv_dsl = 65536;
	to_operational(&b);
	assert_true(offered(&b, "MaxRecvDataSegmentLength=65536"));
	bench_init(&b);
	assert_int_equal(answered(&b, "MaxRecvDataSegmentLength",
				  "MaxRecvDataSegmentLength=512", NULL)->max_send_dsl, 512);
	bench_init(&b);
	answered(&b, "MaxRecvDataSegmentLength", "MaxRecvDataSegmentLength=511", range);
}

/* --- 21, 22 ---------------------------------------------------------------------------------- */

static void session_type(void)
{
	struct bench b;

	bench_init(&b);
	b.config.target_name = NULL;
	bench_begin(&b);
	assert_true(offered(&b, "SessionType=Discovery"));
	bench_init(&b);
	bench_begin(&b);
	assert_true(offered(&b, "SessionType=Normal"));
}

static void auth_method(void)
{
	struct bench b;

	chosen(&b, TO_OPERATIONAL, TEXT("TargetPortalGroupTag=1"));
	fails(&b, "left unanswered what was offered");
	standard_login();
}

/* --- 23: its title is cut off: the keys that begin so, which are a target's in a login ---------- */

static void target_keys(void)
{
	const struct iscsi_login_result *result;
	struct bench b;

	chosen(&b, TO_OPERATIONAL, TEXT("AuthMethod=None\0TargetPortalGroupTag=9\0TargetAlias=us"));
	answer_offers(&b, TO_FULL, "", "");
	result = expect_done(&b);
	assert_int_equal(result->tpgt, 9);
	assert_string_equal(result->target_alias, "us");
	chosen(&b, TO_OPERATIONAL, TEXT("AuthMethod=None"));
	answer_offers(&b, TO_FULL, "", "");
	fails(&b, "did not say its portal group");
	chosen(&b, TO_OPERATIONAL, TEXT("AuthMethod=None\0TargetPortalGroupTag=65536"));
	fails(&b, range);
}

/* --- the document ---------------------------------------------------------------------------- */

static const struct row {
	const char *number, *title;
	void (*play)(void);
	const char *cannot;		/* why it cannot apply */
} rows[] = {
	{ "1.1", "Standard Login", standard_login, NULL },
	{ "2.1", "TSIH", tsih, NULL },
	{ "2.2", "TSIH Invalid Value", tsih_invalid, NULL },
	{ "2.3", "TSIH in Second Connection", NULL, "a session has one connection" },
	{ "3.1", "T-Bit", t_bit, NULL },
	{ "3.2", "T-Bit Delay", t_bit_delay, NULL },
	{ "4.1", "StatSN Zero", statsn_zero, NULL },
	{ "4.2", "StatSN Non-Zero", statsn_non_zero, NULL },
	{ "5.1", "ExpStatSN", exp_statsn, NULL },
	{ "6.1", "Negotiate Once", once, NULL },
	{ "6.2", "Negotiate Once ImmediateData Separate PDUs", once_separate_pdus, NULL },
	{ "6.3", "Negotiate Once ImmediateData Same PDU", once_same_pdu, NULL },
	{ "7.1", "Login Request", standard_login, NULL },
	{ "7.2", "Login Request List Negotiation", list_negotiation, NULL },
	{ "7.3", "Login Request Invalid AuthMethod", invalid_auth_method, NULL },
	{ "7.4", "Login Request FirstBurstLength Value Too High", first_burst_too_high, NULL },
	{ "7.5", "Login Request ImmediateData Invalid Value", immediate_data_invalid, NULL },
	{ "7.6", "Login Request Invalid Key", invalid_key, NULL },
	{ "8.1", "Invalid PDU", invalid_pdu, NULL },
	{ "9.1", "Header and Data Digests Offer", digests_offer, NULL },
	{ "9.2", "Header and Data Digest Response", digests_response, NULL },
	{ "9.3", "Header and Data Digests Support CRC32C", digests_crc32c, NULL },
	{ "10.1", "MaxConnections", max_connections, NULL },
	{ "11.1", "Initiator Name Target Name", names, NULL },
	{ "12.1", "Marker Negotiation", markers, NULL },
	{ "13.1", "Boolean Negotiation", booleans, NULL },
	{ "13.2", "Legal Boolean Negotiation", legal_booleans, NULL },
	{ "13.3", "Illegal Boolean Negotiation", illegal_booleans, NULL },
	{ "14.1", "MaxRecvDataSegmentLength", max_recv_dsl, NULL },
	{ "15.1", "MaxBurstLength", max_burst, NULL },
	{ "16.1", "FirstBurstLength Less Than MaxBurstLength", first_burst_less, NULL },
	{ "16.2", "FirstBurstLength Greater Than MaxBurstLength", first_burst_greater, NULL },
	{ "16.3", "FirstBurstLength Offered by DUT", first_burst_offered, NULL },
	{ "17.1", "DefaultTime2Retain", time2retain, NULL },
	{ "18.1", "DefaultTime2Wait", time2wait, NULL },
	{ "19.1", "MaxOutstandingR2T", max_r2t, NULL },
	{ "20.1", "ErrorRecoveryLevel", recovery_level, NULL },
	{ "21.1", "SessionType", session_type, NULL },
	{ "22.1", "AuthMethod", auth_method, NULL },
	{ "23.1", "Tar...", target_keys, NULL },
};

static void every_case(void **state)
{
	const struct row *row;

	(void)state;
	for (row = rows; row < rows + ARRAY_SIZE(rows); row++) {
		print_message("Test #%s: %s%s%s\n", row->number, row->title,
			      row->cannot ? ": " : "", row->cannot ? row->cannot : "");
		assert_true(!row->play != !row->cannot);
		if (row->play)
			row->play();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
