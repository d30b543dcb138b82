// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CHAP: digests by known answers (chap_bench.h); logins in one and both directions; targets
 * that cheat.
 */
#include <openssl/evp.h>

#include "chap.h"
#include "chap_bench.h"

static const uint8_t challenge[20] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
};

static const struct vector {
	uint8_t algorithm;
	const char *proof, *ours, *response;
} vectors[] = {
	{ ISCSI_CHAP_MD5, MD5_PROOF, OUR_MD5, MD5_RESPONSE },
	{ ISCSI_CHAP_SHA1, SHA1_PROOF, OUR_SHA1, SHA1_RESPONSE },
	{ ISCSI_CHAP_SHA256, SHA256_PROOF, OUR_SHA256, SHA256_RESPONSE },
	{ ISCSI_CHAP_SHA3_256, SHA3_PROOF, OUR_SHA256, SHA3_RESPONSE },
};

/* --- digests ------------------------------------------------------------------- */

static void digests(void **state)
{
	uint8_t want[ISCSI_CHAP_DIGEST_MAX], got[ISCSI_CHAP_DIGEST_MAX];
	struct iscsi_chap chap = {
		.id = 0x9a, .secret = (const uint8_t *)SECRET, .secret_len = strlen(SECRET),
		.challenge = challenge, .challenge_len = sizeof(challenge),
	};
	char text[2 + 2 * sizeof(want) + 1];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		chap.algorithm = vectors[i].algorithm;
		snprintf(text, sizeof(text), "0x%s", vectors[i].proof);
		assert_int_equal(iscsi_text_binary(text, want, sizeof(want)),
				 iscsi_chap_digest_len(chap.algorithm));
		assert_true(iscsi_chap_available(chap.algorithm));
		assert_non_null(iscsi_chap_name(chap.algorithm));
		assert_true(iscsi_chap_respond(&chap, got));
		same_bytes(text, got, want, iscsi_chap_digest_len(chap.algorithm));
	}
	chap.algorithm = 4;
	assert_false(iscsi_chap_respond(&chap, got));
	assert_false(iscsi_chap_available(9));
	assert_null(iscsi_chap_name(9));
	assert_int_equal(iscsi_chap_load(), 0);
	assert_int_equal(iscsi_chap_digest_len(9), 0);
	assert_true(iscsi_chap_equal(want, want, 32));
	got[31] = want[31] ^ 1;
	assert_false(iscsi_chap_equal(got, want, 32));
}

/* --- logins -------------------------------------------------------------------- */

static void finish(struct bench *b, uint8_t algorithm)
{
	const struct iscsi_login_result *result;

	answer_offers(b, TO_FULL, "", "");
	result = expect_done(b);
	assert_int_equal(result->params.auth_method, ISCSI_AUTH_CHAP);
	assert_int_equal(result->params.chap_algorithm, algorithm);
}

static void one_way(void **state)
{
	struct bench b;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		chap_init(&b, false);
		to_challenge(&b);
		respond_with(&b, SECURITY, "CHAP_A=%u;CHAP_I=154;CHAP_C=%s", vectors[i].algorithm,
			     i % 2 ? CHALLENGE_BASE64 : CHALLENGE);
		expect_with(&b, TO_OPERATIONAL, "CHAP_N=user;CHAP_R=0x%s", vectors[i].proof);
		respond(&b, TO_OPERATIONAL, NO_TEXT);
		finish(&b, vectors[i].algorithm);
	}
}

static void mutual(void **state)
{
	struct bench b;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		chap_init(&b, true);
		to_challenge(&b);
		respond_with(&b, SECURITY, "CHAP_C=%s;CHAP_I=0x9a;CHAP_A=%u", CHALLENGE,
			     vectors[i].algorithm);
		expect_with(&b, TO_OPERATIONAL, "CHAP_N=user;CHAP_R=0x%s;CHAP_I=66;CHAP_C=0x%s",
			    vectors[i].proof, vectors[i].ours);
		respond_with(&b, TO_OPERATIONAL, "CHAP_R=0x%s;CHAP_N=array",
			     vectors[i].response);
		finish(&b, vectors[i].algorithm);
	}
}

/* What a caller has in its hands when a login has ended knows nothing any more. */
static void end_wipes(void **state)
{
	static const struct bench zero;
	struct bench b;

	(void)state;
	chap_init(&b, true);
	to_proof(&b);
	iscsi_login_end(&b.login);
	same_bytes("login", &b.login, &zero.login, sizeof(b.login));
}

/* --- targets that cheat ---------------------------------------------------------- */

static void none_is_no_choice(void **state)
{
	struct bench b;

	(void)state;
	chap_init(&b, false);
	to_choice(&b);
	respond(&b, SECURITY, TEXT("AuthMethod=None"));
	expect_key(&b, ISCSI_LOGIN_VIOLATION, "chose what was not offered", "AuthMethod");
	chap_init(&b, false);
	to_choice(&b);
	respond(&b, SECURITY, TEXT("TargetPortalGroupTag=1"));
	expect_key(&b, ISCSI_LOGIN_VIOLATION, "left unanswered what was offered", "AuthMethod");
	chap_init(&b, false);
	to_choice(&b);
	respond(&b, TO_OPERATIONAL, TEXT("TargetPortalGroupTag=1"));
	expect_end(&b, ISCSI_LOGIN_VIOLATION, "goes on to the next stage before it was asked to");
	chap_init(&b, false);
	to_choice(&b);
	respond(&b, SECURITY, TEXT("AuthMethod=Reject"));
	expect_key(&b, ISCSI_LOGIN_NO_AGREEMENT, "has no value for it that was offered",
		   "AuthMethod");
}

/* Who offers both takes what the target chooses. */
static void none_beside_chap(void **state)
{
	struct bench b;

	(void)state;
	chap_init(&b, false);
	b.config.want.auth_method = ISCSI_LIST2(ISCSI_AUTH_CHAP, ISCSI_AUTH_NONE);
	bench_begin(&b);
	expect_request(&b, SECURITY, TEXT("InitiatorName=" INITIATOR "\0TargetName=" TARGET
					  "\0SessionType=Normal\0AuthMethod=CHAP,None"));
	respond(&b, SECURITY, TEXT("AuthMethod=None\0TargetPortalGroupTag=1"));
	expect_request(&b, TO_OPERATIONAL, NO_TEXT);
	respond(&b, TO_OPERATIONAL, NO_TEXT);
	answer_offers(&b, TO_FULL, "", "");
	assert_int_equal(expect_done(&b)->params.auth_method, ISCSI_AUTH_NONE);
}

static void wrong_challenges(void **state)
{
	static const struct {
		const char *text;
		uint8_t outcome;
		const char *words, *key;
	} row[] = {
		{ "CHAP_A=9;CHAP_I=1;CHAP_C=0x00", ISCSI_LOGIN_VIOLATION,
		  "chose what was not offered", "CHAP_A" },
		{ "CHAP_A=8,7;CHAP_I=1;CHAP_C=0x00", ISCSI_LOGIN_VIOLATION,
		  "chose what was not offered", "CHAP_A" },
		{ "CHAP_A=Reject", ISCSI_LOGIN_NO_AGREEMENT,
		  "has no value for it that was offered", "CHAP_A" },
		{ "CHAP_I=1;CHAP_C=0x00", ISCSI_LOGIN_VIOLATION,
		  "left unanswered what was offered", "CHAP_A" },
		{ "CHAP_A=5;CHAP_C=0x00", ISCSI_LOGIN_VIOLATION,
		  "chose CHAP and sent no challenge", "" },
		{ "CHAP_A=5;CHAP_I=1", ISCSI_LOGIN_VIOLATION,
		  "chose CHAP and sent no challenge", "" },
		{ "CHAP_A=5;CHAP_I=256;CHAP_C=0x00", ISCSI_LOGIN_VIOLATION,
		  "gave a value out of range", "CHAP_I" },
		{ "CHAP_A=5;CHAP_I=x;CHAP_C=0x00", ISCSI_LOGIN_VIOLATION,
		  "gave a value that is no number", "CHAP_I" },
		{ "CHAP_A=5;CHAP_I=1;CHAP_C=0x", ISCSI_LOGIN_VIOLATION,
		  "gave a value that is no binary number, or too long", "CHAP_C" },
		{ "CHAP_A=5;CHAP_I=1;CHAP_C=12", ISCSI_LOGIN_VIOLATION,
		  "gave a value that is no binary number, or too long", "CHAP_C" },
		{ "CHAP_A=5;CHAP_I=1;CHAP_C=0x00;CHAP_R=0x00", ISCSI_LOGIN_VIOLATION,
		  "sent a key where it does not belong", "CHAP_R" },
		{ "CHAP_A=5;CHAP_I=1;CHAP_C=0x" OUR_MD5, ISCSI_LOGIN_UNPROVEN,
		  "sent our own CHAP challenge back", "" },
		{ "CHAP_A=7;CHAP_I=1;CHAP_C=0x" OUR_SHA256, ISCSI_LOGIN_UNPROVEN,
		  "sent our own CHAP challenge back", "" },
	};
	struct bench b;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		chap_init(&b, true);
		to_challenge(&b);
		respond_with(&b, SECURITY, "%s", row[i].text);
		expect_key(&b, row[i].outcome, row[i].words, row[i].key);
	}
}

/* 1024 bytes are the most that there can be. */
static void challenges_are_bounded(void **state)
{
	static char text[64 + 2 * 1025];
	struct bench b;
	size_t n;

	(void)state;
	for (n = 1024; n <= 1025; n++) {
		size_t len = snprintf(text, sizeof(text), "CHAP_A=5;CHAP_I=1;CHAP_C=0x");

		memset(text + len, '7', 2 * n);
		text[len + 2 * n] = 0;
		chap_init(&b, false);
		to_challenge(&b);
		respond_with(&b, SECURITY, "%s", text);
		if (n == 1024)
			assert_null(iscsi_login_result(&b.login));
		else
			expect_key(&b, ISCSI_LOGIN_VIOLATION,
				   "gave a value that is no binary number, or too long",
				   "CHAP_C");
	}
}

static void wrong_proofs(void **state)
{
	static const struct {
		const char *text;
		const char *words;
	} row[] = {
		{ "TargetAlias=x", "did not answer our CHAP challenge" },
		{ "CHAP_N=array", "did not answer our CHAP challenge" },
		{ "CHAP_R=0x" MD5_RESPONSE, "did not answer our CHAP challenge" },
		{ "CHAP_N=other;CHAP_R=0x" MD5_RESPONSE,
		  "goes by another CHAP name than it should" },
		{ "CHAP_N=user;CHAP_R=0x" MD5_RESPONSE, "goes by our own CHAP name" },
		{ "CHAP_N=array;CHAP_R=0x" MD5_PROOF, "sent our own CHAP response back" },
		{ "CHAP_N=array;CHAP_R=0x00", "answered our CHAP challenge with another secret" },
		{ "CHAP_N=array;CHAP_R=0x" MD5_RESPONSE "00",
		  "answered our CHAP challenge with another secret" },
		{ "CHAP_N=array;CHAP_R=0x" SHA1_RESPONSE,
		  "answered our CHAP challenge with another secret" },
	};
	struct bench b;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		chap_init(&b, true);
		to_proof(&b);
		respond_with(&b, i % 2 ? TO_OPERATIONAL : SECURITY, "%s", row[i].text);
		expect_end(&b, ISCSI_LOGIN_UNPROVEN, row[i].words);
	}
}

/* Each bit counts. */
static void proof_is_compared_whole(void **state)
{
	char response[] = "CHAP_N=array;CHAP_R=0x" MD5_RESPONSE;
	size_t first = strlen("CHAP_N=array;CHAP_R=0x"), at;
	struct bench b;

	(void)state;
	for (at = first; response[at]; at++) {
		char kept = response[at];

		response[at] = kept == '0' ? '1' : '0';
		chap_init(&b, true);
		to_proof(&b);
		respond_with(&b, TO_OPERATIONAL, "%s", response);
		expect_end(&b, ISCSI_LOGIN_UNPROVEN,
			   "answered our CHAP challenge with another secret");
		response[at] = kept;
	}
}

/* Its questions fill the request that was to offer algorithms. */
static void no_room_for_algorithms(void **state)
{
	static char text[16 + 3 * 256] = "AuthMethod=CHAP";
	struct bench b;
	size_t at;

	(void)state;
	for (at = 16; at < sizeof(text); at += 3)
		memcpy(text + at, "A=", 3);
	chap_init(&b, false);
	to_choice(&b);
	respond(&b, SECURITY, text, sizeof(text));
	expect_end(&b, ISCSI_LOGIN_VIOLATION, "asks for more than can be answered");
}

/* Whatever name, if the configuration does not say. */
static void any_name(void **state)
{
	struct bench b;

	(void)state;
	chap_init(&b, true);
	b.config.chap_target.name = NULL;
	to_proof(&b);
	respond_with(&b, SECURITY, "CHAP_N=whoever;CHAP_R=0x" MD5_RESPONSE);
	expect_request(&b, TO_OPERATIONAL, NO_TEXT);
	respond(&b, TO_OPERATIONAL, NO_TEXT);
	finish(&b, ISCSI_CHAP_MD5);
}

static void answer_without_challenge(void **state)
{
	struct bench b;

	(void)state;
	chap_init(&b, false);
	to_proof(&b);
	respond_with(&b, TO_OPERATIONAL, "CHAP_N=array;CHAP_R=0x" MD5_RESPONSE);
	expect_end(&b, ISCSI_LOGIN_VIOLATION, "answers a challenge that it did not get");
}

/* --- configurations --------------------------------------------------------------- */

static void no_secret(struct bench *b)
{
	b->config.chap.secret = NULL;
}

static void no_name(struct bench *b)
{
	b->config.chap.name = "";
}

static void secret_of_11(struct bench *b)
{
	b->config.chap.len = 11;
}

static void target_secret_of_11(struct bench *b)
{
	b->config.chap_target.len = 11;
}

static void secret_of_256(struct bench *b)
{
	b->config.chap.len = 256;
}

static void same_secret(struct bench *b)
{
	b->config.chap_target.secret = (const uint8_t *)SECRET;
}

static void same_name(struct bench *b)
{
	b->config.chap_target.name = "user";
}

static void or_none(struct bench *b)
{
	b->config.want.auth_method = ISCSI_LIST2(ISCSI_AUTH_CHAP, ISCSI_AUTH_NONE);
}

static void long_name(struct bench *b)
{
	static char name[257];

	memset(name, 'n', 256);
	b->config.chap.name = name;
}

static void wrong_configurations(void **state)
{
	static const struct {
		void (*change)(struct bench *b);
		const char *words;
	} row[] = {
		{ no_secret, "wants CHAP and has no name or no secret for it" },
		{ no_name, "wants CHAP and has no name or no secret for it" },
		{ secret_of_11, "has a CHAP secret of less than 12 bytes" },
		{ target_secret_of_11, "has a CHAP secret of less than 12 bytes" },
		{ secret_of_256, "has a CHAP secret of more than 255 bytes" },
		{ same_secret, "has one CHAP secret for both directions" },
		{ same_name, "has one CHAP name for both directions" },
		{ or_none, "wants the target to prove itself and offers to do without CHAP" },
		{ long_name, "has a CHAP name of more than 255 bytes" },
	};
	struct bench b;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		chap_init(&b, true);
		row[i].change(&b);
		bench_begin(&b);
		expect_end(&b, ISCSI_LOGIN_CONFIG, row[i].words);
	}
	chap_init(&b, true);
	b.config.chap.len = 12;
	bench_begin(&b);
	assert_null(iscsi_login_result(&b.login));
	chap_init(&b, true);			/* the beginning of the other is another */
	b.config.chap_target.secret = (const uint8_t *)SECRET;
	b.config.chap_target.len = 12;
	bench_begin(&b);
	assert_null(iscsi_login_result(&b.login));
}

/* Offered in the caller's order, and nothing else. */
static void allowed_algorithms(void **state)
{
	static const struct {
		uint32_t list;
		const char *words;
	} row[] = {
		{ 0, "wishes what the key cannot have" },
		{ 4, "wishes what the key cannot have" },
		{ ISCSI_LIST2(5, 5), "wishes what the key cannot have" },
		{ ISCSI_LIST3(5, 0, 6), "wishes what the key cannot have" },
	};
	struct bench b;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		chap_init(&b, false);
		b.config.want.chap_algorithm = row[i].list;
		bench_begin(&b);
		expect_key(&b, ISCSI_LOGIN_CONFIG, row[i].words, "CHAP_A");
	}
	chap_init(&b, false);
	b.config.want.chap_algorithm = ISCSI_LIST2(ISCSI_CHAP_MD5, ISCSI_CHAP_SHA256);
	to_choice(&b);
	respond(&b, SECURITY, TEXT("AuthMethod=CHAP"));
	expect_request(&b, SECURITY, TEXT("CHAP_A=5,7"));
	respond_with(&b, SECURITY, "CHAP_A=6;CHAP_I=1;CHAP_C=0x00");
	expect_key(&b, ISCSI_LOGIN_VIOLATION, "chose what was not offered", "CHAP_A");
}

/* In FIPS mode libcrypto has no MD5: known before anything is sent, and later no crash. */
static void libcrypto_cannot(void **state)
{
	char text[128];
	struct bench b;

	(void)state;
	chap_init(&b, false);
	to_challenge(&b);
	assert_true(EVP_set_default_properties(NULL, "fips=yes"));
	assert_false(iscsi_chap_available(ISCSI_CHAP_MD5));
	assert_true(iscsi_chap_load() & 1u << ISCSI_CHAP_MD5);
	assert_string_equal(iscsi_chap_name(ISCSI_CHAP_MD5), "MD5");
	respond(&b, SECURITY, TEXT("CHAP_A=5\0CHAP_I=154\0CHAP_C=" CHALLENGE));
	expect_end(&b, ISCSI_LOGIN_INTERNAL, "cannot make a CHAP digest");
	iscsi_login_explain(iscsi_login_result(&b.login), text, sizeof(text));
	assert_string_equal(text, "libcrypto cannot make a CHAP digest");
	chap_init(&b, false);
	bench_begin(&b);
	expect_end(&b, ISCSI_LOGIN_CONFIG, "has a CHAP algorithm that libcrypto cannot do");
	assert_true(EVP_set_default_properties(NULL, ""));
	chap_init(&b, true);
	to_proof(&b);
	assert_true(EVP_set_default_properties(NULL, "fips=yes"));
	respond_with(&b, TO_OPERATIONAL, "CHAP_N=array;CHAP_R=0x" MD5_RESPONSE);
	expect_end(&b, ISCSI_LOGIN_INTERNAL, "cannot make a CHAP digest");
	assert_true(EVP_set_default_properties(NULL, ""));
	assert_true(iscsi_chap_available(ISCSI_CHAP_MD5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests),
		cmocka_unit_test(one_way),
		cmocka_unit_test(mutual),
		cmocka_unit_test(end_wipes),
		cmocka_unit_test(none_is_no_choice),
		cmocka_unit_test(none_beside_chap),
		cmocka_unit_test(wrong_challenges),
		cmocka_unit_test(challenges_are_bounded),
		cmocka_unit_test(wrong_proofs),
		cmocka_unit_test(proof_is_compared_whole),
		cmocka_unit_test(no_room_for_algorithms),
		cmocka_unit_test(any_name),
		cmocka_unit_test(answer_without_challenge),
		cmocka_unit_test(wrong_configurations),
		cmocka_unit_test(allowed_algorithms),
		cmocka_unit_test(libcrypto_cannot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
