// SPDX-License-Identifier: GPL-2.0-or-later
/* What a target must not do during a login, and the words for it. */
#include "bench.h"

/* --- headers ----------------------------------------------------------------------- */

static const char stage[] = "answered in another stage";
static const char early[] = "goes on to the next stage before it was asked to";
static const char not_offered[] = "goes on to a stage that was not offered";

/* A byte of the first response, which asks for the operational stage otherwise. */
static const struct {
	int off;
	uint8_t val;
	const char *words;
} headers[] = {
	{ 0, 0x3f, "rejected a login request" },
	{ 0, 0x03, "answered with a PDU that is no response to what was asked" },
	{ 0, 0x20, "answered with a PDU that is no response to what was asked" },
	{ 0, 0x63, "answered with a PDU that is no response to what was asked" },
	{ 1, 0x87, stage }, { 1, 0x85, stage }, { 1, 0x8d, stage }, { 1, 0x04, stage },
	{ 1, 0x83, not_offered }, { 1, 0x80, not_offered }, { 1, 0x82, not_offered },
	{ 1, 0xc1, "goes on to the next stage in the middle of its text" },
	{ 3, 0x01, "chose a version that was not offered" },
	{ 4, 0x01, "sent a response with an additional header" },
	{ 5, 0x01, "sent a data segment that is longer than it may be" },
	{ 7, 0x01, "sent a data segment of another length than it says" },
	{ 8, 0x00, "changed the ISID" }, { 13, 0x00, "changed the ISID" },
	{ 16, 0x00, "answered with another Initiator Task Tag" },
	{ 19, 0x00, "answered with another Initiator Task Tag" },
	{ 36, 0x04, "answered with a status class that does not exist" },
};

static void take_request(struct bench *b)
{
	uint8_t flags;
	size_t len;

	any_request(b, &flags, &len);
}

static void wrong_headers(void **state)
{
	struct bench b;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(headers); i++) {
		bench_init(&b);
		bench_begin(&b);
		take_request(&b);
		damage(&b, headers[i].off, headers[i].val);
		respond(&b, TO_OPERATIONAL, TEXT("AuthMethod=None"));
		print_message("byte %d is 0x%02x\n", headers[i].off, headers[i].val);
		expect_end(&b, ISCSI_LOGIN_VIOLATION, headers[i].words);
	}
}

/* Reserved fields, VersionMax and the numbers of commands are nobody's business here. */
static void harmless_headers(void **state)
{
	static const int offs[] = { 2, 20, 23, 28, 32, 38, 47 };
	struct bench b;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(offs); i++) {
		bench_init(&b);
		bench_begin(&b);
		take_request(&b);
		damage(&b, offs[i], 0x55);
		respond(&b, TO_OPERATIONAL, TEXT("AuthMethod=None"));
		assert_null(iscsi_login_result(&b.login));
	}
}

static void wrong_numbers(void **state)
{
	static const struct {
		int off;
		uint8_t val;
		const char *words;
	} row[] = {
		{ 27, 0xfd, "skipped or repeated a StatSN" },
		{ 27, 0xff, "skipped or repeated a StatSN" },
		{ 24, 0x00, "skipped or repeated a StatSN" },
		{ 15, 0x12, "changed the TSIH" },
		{ 14, 0x48, "changed the TSIH" },
	};
	struct bench b;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		bench_init(&b);
		b.tsih = 0x4711;
		to_operational(&b);
		damage(&b, row[i].off, row[i].val);
		answer_offers(&b, TO_FULL, "", "");
		expect_end(&b, ISCSI_LOGIN_VIOLATION, row[i].words);
	}
}

static void no_tsih(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	b.last_tsih = 0;
	to_operational(&b);
	answer_offers(&b, TO_FULL, "", "");
	expect_end(&b, ISCSI_LOGIN_VIOLATION, "accepted a session and gave it no TSIH");
}

/* Two responses to one request: the second has nothing that it answers. */
static void unasked(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_begin(&b);
	respond(&b, TO_OPERATIONAL, TEXT("AuthMethod=None"));
	expect_end(&b, ISCSI_LOGIN_VIOLATION, "answered before it was asked");
}

static void transit_in_an_unasked_stage(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	b.config.want.auth_method = ISCSI_LIST2(ISCSI_AUTH_CHAP, ISCSI_AUTH_NONE);
	b.config.want.chap_algorithm = ISCSI_CHAP_MD5;
	b.config.chap = (struct iscsi_chap_account){ "u", (const uint8_t *)"123456789012", 12 };
	bench_begin(&b);
	take_request(&b);
	respond(&b, TO_OPERATIONAL, TEXT("AuthMethod=None"));
	expect_end(&b, ISCSI_LOGIN_VIOLATION, early);
}

/* --- keys ---------------------------------------------------------------------------- */

static const char belongs[] = "sent a key where it does not belong";
static const char only_ours[] = "sent a key that only initiators send";
static const char never_offered[] = "answered a key that was not offered";

/* Beside AuthMethod=None. */
static const char unprintable[] = "sent a value that is not UTF-8, or with control characters";

static void wrong_keys_in_security(void **state)
{
	static const struct {
		const char *text, *words, *key;
	} row[] = {
		{ "HeaderDigest=None", belongs, "HeaderDigest" },
		{ "MaxBurstLength=512", belongs, "MaxBurstLength" },
		{ "CHAP_A=5", belongs, "CHAP_A" }, { "CHAP_N=x", belongs, "CHAP_N" },
		{ "SendTargets=All", belongs, "SendTargets" },
		{ "InitiatorName=" INITIATOR, only_ours, "InitiatorName" },
		{ "InitiatorAlias=x", only_ours, "InitiatorAlias" },
		{ "TargetName=" TARGET, only_ours, "TargetName" },
		{ "SessionType=Normal", only_ours, "SessionType" },
		{ "AuthMethod=None", "said the same key twice", "AuthMethod" },
		{ "TargetPortalGroupTag=65536", "gave a value out of range",
		  "TargetPortalGroupTag" },
		{ "TargetPortalGroupTag=", "gave a value that is no number",
		  "TargetPortalGroupTag" },
		{ "X-foo=NotUnderstood", never_offered, "" },
		{ "X-foo=Reject", never_offered, "" },
		{ "TargetAddress=", "gave a value that is too long or too short",
		  "TargetAddress" },
		{ "AuthMethod", "sent text that is no key=value", "" },
		{ "TargetAlias=a\tb", unprintable, "" },
		{ "TargetAlias=\x9b" "2J", unprintable, "" },
	};
	char text[128] = "AuthMethod=None";
	struct bench b;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		bench_init(&b);
		bench_begin(&b);
		take_request(&b);
		strcpy(text + 16, row[i].text);
		respond(&b, TO_OPERATIONAL, text, 16 + strlen(row[i].text) + 1);
		print_message("%s\n", row[i].text);
		expect_key(&b, ISCSI_LOGIN_VIOLATION, row[i].words, row[i].key);
	}
}

/* Beside all answers. */
static void wrong_keys_in_operational(void **state)
{
	static const struct {
		const char *text, *words, *key;
	} row[] = {
		{ "AuthMethod=None", belongs, "AuthMethod" },
		{ "CHAP_R=0x00", belongs, "CHAP_R" },
		{ "HeaderDigest=None", "said the same key twice", "HeaderDigest" },
		{ "TargetPortalGroupTag=1", "said the same key twice", "TargetPortalGroupTag" },
		{ "TaskReporting=Reject", never_offered, "TaskReporting" },
		{ "iSCSIProtocolLevel=NotUnderstood", never_offered, "iSCSIProtocolLevel" },
		{ "IFMarker=Irrelevant", never_offered, "IFMarker" },
		{ "InitiatorName=x", only_ours, "InitiatorName" },
		{ "SendTargets=", belongs, "SendTargets" },
	};
	struct bench b;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		bench_init(&b);
		to_operational(&b);
		answer_offers(&b, TO_FULL, "", row[i].text);
		print_message("%s\n", row[i].text);
		expect_key(&b, ISCSI_LOGIN_VIOLATION, row[i].words, row[i].key);
	}
}

static void long_values(void **state)
{
	static const char *const keys[] = { "TargetAlias=", "X-unknown=", "AuthMethod=" };
	static char text[300];
	struct bench b;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		memset(text, 'a', sizeof(text));
		memcpy(text, keys[i], strlen(keys[i]));
		text[strlen(keys[i]) + 256] = 0;
		bench_init(&b);
		bench_begin(&b);
		take_request(&b);
		respond(&b, SECURITY, text, strlen(text) + 1);
		expect_end(&b, ISCSI_LOGIN_VIOLATION, "gave a value of more than 255 bytes");
	}
}

static void portal_groups(void **state)
{
	struct bench b;
	int answered;

	(void)state;
	bench_init(&b);
	bench_begin(&b);
	take_request(&b);
	respond(&b, TO_OPERATIONAL, TEXT("AuthMethod=None"));
	answer_offers(&b, TO_FULL, "", "");
	expect_key(&b, ISCSI_LOGIN_VIOLATION, "did not say its portal group",
		   "TargetPortalGroupTag");
	for (answered = 1; answered <= 2; answered++) {
		bench_init(&b);
		b.config.tpgt = answered;
		to_operational(&b);		/* TargetPortalGroupTag=1 */
		answer_offers(&b, TO_FULL, "", "");
		if (answered == 1)
			expect_done(&b);
		else
			expect_key(&b, ISCSI_LOGIN_VIOLATION,
				   "is of another portal group than it should",
				   "TargetPortalGroupTag");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_headers),
		cmocka_unit_test(harmless_headers),
		cmocka_unit_test(wrong_numbers),
		cmocka_unit_test(no_tsih),
		cmocka_unit_test(unasked),
		cmocka_unit_test(transit_in_an_unasked_stage),
		cmocka_unit_test(wrong_keys_in_security),
		cmocka_unit_test(wrong_keys_in_operational),
		cmocka_unit_test(long_values),
		cmocka_unit_test(portal_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
