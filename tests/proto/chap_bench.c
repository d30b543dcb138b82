// SPDX-License-Identifier: GPL-2.0-or-later
/* A login with CHAP on the bench (chap_bench.h). */
#include "chap_bench.h"

#define PAIRS_MAX	4096

void chap_init(struct bench *b, bool mutual)
{
	size_t i;

	bench_init(b);
	b->config.want.auth_method = ISCSI_AUTH_CHAP;
	b->config.want.chap_algorithm = ISCSI_LIST4(ISCSI_CHAP_SHA3_256, ISCSI_CHAP_SHA256,
						    ISCSI_CHAP_SHA1, ISCSI_CHAP_MD5);
	b->config.chap = (struct iscsi_chap_account){
		"user", (const uint8_t *)SECRET, strlen(SECRET),
	};
	if (mutual)
		b->config.chap_target = (struct iscsi_chap_account){
			"array", (const uint8_t *)TARGET_SECRET, strlen(TARGET_SECRET),
		};
	b->config.random[0] = OUR_ID;
	for (i = 1; i < sizeof(b->config.random); i++)
		b->config.random[i] = 0x80 + i - 1;
}

void to_choice(struct bench *b)
{
	uint8_t flags;
	size_t len;

	bench_begin(b);
	any_request(b, &flags, &len);
	assert_int_equal(flags, SECURITY);
}

void to_challenge(struct bench *b)
{
	bench_begin(b);
	expect_request(b, SECURITY, TEXT("InitiatorName=" INITIATOR "\0TargetName=" TARGET
					 "\0SessionType=Normal\0AuthMethod=CHAP"));
	respond(b, SECURITY, TEXT("AuthMethod=CHAP\0TargetPortalGroupTag=1"));
	expect_request(b, SECURITY, TEXT("CHAP_A=8,7,6,5"));
}

void to_proof(struct bench *b)
{
	uint8_t flags;
	size_t len;

	to_challenge(b);
	respond(b, SECURITY, TEXT("CHAP_A=5\0CHAP_I=154\0CHAP_C=" CHALLENGE));
	any_request(b, &flags, &len);
	assert_int_equal(flags, TO_OPERATIONAL);
}

/* Return: bytes. */
static size_t pairs(char *text)
{
	size_t len = strlen(text) + 1, i;

	for (i = 0; i < len; i++)
		if (text[i] == ';')
			text[i] = 0;
	return len;
}

void respond_with(struct bench *b, uint8_t flags, const char *fmt, ...)
{
	char text[PAIRS_MAX];
	va_list args;

	va_start(args, fmt);
	assert_true(vsnprintf(text, sizeof(text), fmt, args) < PAIRS_MAX);
	va_end(args);
	respond(b, flags, text, pairs(text));
}

void expect_with(struct bench *b, uint8_t flags, const char *fmt, ...)
{
	char text[PAIRS_MAX];
	va_list args;

	va_start(args, fmt);
	assert_true(vsnprintf(text, sizeof(text), fmt, args) < PAIRS_MAX);
	va_end(args);
	expect_request(b, flags, text, pairs(text));
}
