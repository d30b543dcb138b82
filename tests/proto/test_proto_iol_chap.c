// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The cases of the UNH-IOL's "CHAP Test Suite for iSCSI Initiators", version 3.1, by number
 * and title (README.md says what of the document we have). How each is played is ours.
 */
#include "chap_bench.h"

enum station { CHOICE, CHALLENGED, PROVEN, ENDED };

static const char *const lawful[ENDED] = {
	[CHOICE] = "AuthMethod=CHAP;TargetPortalGroupTag=1",
	[CHALLENGED] = "CHAP_A=5;CHAP_I=154;CHAP_C=" CHALLENGE,
	[PROVEN] = "CHAP_N=array;CHAP_R=0x" MD5_RESPONSE,
};

static const char unoffered[] = "chose what was not offered";
static const char belongs[] = "sent a key where it does not belong";
static const char no_binary[] = "gave a value that is no binary number, or too long";
static const char wrong_secret[] = "answered our CHAP challenge with another secret";

/* From the login's next request on, up to its end. */
static void go_on(struct bench *b, enum station at)
{
	uint8_t flags;
	size_t len;

	for (; at < ENDED; at++) {
		any_request(b, &flags, &len);
		respond_with(b, at == PROVEN ? TO_OPERATIONAL : SECURITY, "%s", lawful[at]);
	}
	answer_offers(b, TO_FULL, "", "");
	expect_done(b);
}

/* A login both of whose ends prove themselves, where the target says @says at @at. */
static void hear(struct bench *b, enum station at, const char *says, const char *words)
{
	enum station before;
	uint8_t flags;
	size_t len;

	bench_begin(b);
	for (before = CHOICE; before < at; before++) {
		any_request(b, &flags, &len);
		respond_with(b, SECURITY, "%s", lawful[before]);
	}
	any_request(b, &flags, &len);
	respond_with(b, at == PROVEN ? TO_OPERATIONAL : SECURITY, "%s", says);
	if (!words) {
		go_on(b, at + 1);
		return;
	}
	assert_non_null(iscsi_login_result(&b->login));
	assert_string_equal(iscsi_login_result(&b->login)->words, words);
	expect_no_request(b);
}

/* --- values too long for a row --------------------------------------------------- */

static const char *challenge_of(size_t bytes)
{
	static char text[64 + 2 * (ISCSI_BINARY_MAX + 1)];

	snprintf(text, sizeof(text), "CHAP_A=5;CHAP_I=154;CHAP_C=0x%0*d", (int)(2 * bytes), 0);
	return text;
}

static void big_challenge(void)
{
	struct bench b;

	chap_init(&b, true);
	hear(&b, CHALLENGED, challenge_of(ISCSI_BINARY_MAX), NULL);
}

static void too_big_challenge(void)
{
	struct bench b;

	chap_init(&b, true);
	hear(&b, CHALLENGED, challenge_of(ISCSI_BINARY_MAX + 1), no_binary);
}

static void hear_name(size_t len, const char *words)
{
	char name[ISCSI_CHAP_NAME_MAX + 2] = "", text[512];
	struct bench b;

	chap_init(&b, true);
	b.config.chap_target.name = NULL;
	memset(name, 'n', len);
	snprintf(text, sizeof(text), "CHAP_N=%s;CHAP_R=0x" MD5_RESPONSE, name);
	hear(&b, PROVEN, text, words);
}

static void big_name(void)
{
	hear_name(ISCSI_CHAP_NAME_MAX, NULL);
}

static void too_big_name(void)
{
	hear_name(ISCSI_CHAP_NAME_MAX + 1, "gave a value of more than 255 bytes");
}

static void small_name(void)
{
	hear_name(1, NULL);
	hear_name(0, "gave a value that is too long or too short");
}

static void too_big_response(void)
{
	char text[64 + 2 * (ISCSI_BINARY_MAX + 1)];
	struct bench b;

	chap_init(&b, true);
	hear(&b, PROVEN, "CHAP_N=array;CHAP_R=0x" MD5_RESPONSE "00", wrong_secret);
	chap_init(&b, true);
	snprintf(text, sizeof(text), "CHAP_N=array;CHAP_R=0x%0*d", 2 * (ISCSI_BINARY_MAX + 1), 0);
	hear(&b, PROVEN, text, no_binary);
}

/* --- what the initiator says -------------------------------------------------------- */

/* All algorithms in the order of the configuration, and numbers. */
static void offers_algorithms(void)
{
	struct bench b;

	chap_init(&b, true);
	to_challenge(&b);		/* CHAP_A=8,7,6,5 */
	respond_with(&b, SECURITY, "%s", lawful[CHALLENGED]);
	go_on(&b, PROVEN);
}

/* The challenge and its identifier are those of the caller's random bytes. */
static void offer_of(uint8_t id, uint8_t byte)
{
	char hex[33] = "";
	struct bench b;
	size_t i;

	chap_init(&b, true);
	b.config.random[0] = id;
	memset(b.config.random + 1, byte, sizeof(b.config.random) - 1);
	for (i = 0; i < 16; i++)
		sprintf(hex + 2 * i, "%02x", byte);
	to_challenge(&b);
	respond_with(&b, SECURITY, "%s", lawful[CHALLENGED]);
	expect_with(&b, TO_OPERATIONAL,
		    "CHAP_N=user;CHAP_R=0x" MD5_PROOF ";CHAP_I=%u;CHAP_C=0x%s", id, hex);
}

static void offers_differ(void)
{
	offer_of(1, 0x55);
	offer_of(2, 0xaa);
}

/* One identifier in both directions is no attack: the challenges differ. */
static void one_identifier(void)
{
	offer_of(154, 0x55);
}

static void one_name(void)
{
	struct bench b;

	chap_init(&b, true);
	b.config.chap_target.name = b.config.chap.name;
	bench_begin(&b);
	expect_end(&b, ISCSI_LOGIN_CONFIG, "has one CHAP name for both directions");
}

/* --- the document ------------------------------------------------------------------- */

static const char *const no_memory =
	"informative: a login has no memory of others, of which a target has as many as it likes";

static const struct row {
	const char *number, *title;
	void (*play)(void);		/* or: */
	enum station at;
	const char *says, *words;	/* NULL words: the login goes well */
	const char *note;		/* why it asks for less than the title may */
} rows[] = {
	{ "1.1", "CHAP_A Valid Value", .play = offers_algorithms },
	{ "1.2.1", "CHAP_A Invalid Numeric Value", .at = CHALLENGED,
	  .says = "CHAP_A=9;CHAP_I=154;CHAP_C=" CHALLENGE, .words = unoffered },
	{ "1.2.2", "CHAP_A Invalid Non-Numeric Value", .at = CHALLENGED,
	  .says = "CHAP_A=MD5;CHAP_I=154;CHAP_C=" CHALLENGE, .words = unoffered },
	{ "1.3", "CHAP_A Out of Order", .at = PROVEN,
	  .says = "CHAP_A=5;CHAP_N=array;CHAP_R=0x" MD5_RESPONSE, .words = belongs },
	{ "2.1", "CHAP_I Valid Value", .at = CHALLENGED,
	  .says = "CHAP_A=5;CHAP_I=255;CHAP_C=" CHALLENGE },
	{ "2.2", "CHAP_I Invalid Value", .at = CHALLENGED,
	  .says = "CHAP_A=5;CHAP_I=256;CHAP_C=" CHALLENGE, .words = "gave a value out of range" },
	{ "2.3", "CHAP_I Out of Order", .at = CHOICE,
	  .says = "AuthMethod=CHAP;CHAP_I=154", .words = belongs },
	{ "2.4", "CHAP_I Same Value (Informative)", .at = CHALLENGED,
	  .says = "CHAP_A=5;CHAP_I=154;CHAP_C=0x00", .note = no_memory },
	{ "2.5", "CHAP_I Reflected", .play = one_identifier },
	{ "2.6", "CHAP_I Different", .play = offers_differ },
	{ "3.1", "CHAP_C Big Value", .play = big_challenge },
	{ "3.2", "CHAP_C Small Value", .at = CHALLENGED,
	  .says = "CHAP_A=5;CHAP_I=154;CHAP_C=0x00" },
	{ "3.3", "CHAP_C Too Big Value", .play = too_big_challenge },
	{ "3.4", "CHAP_C Too Small Value", .at = CHALLENGED,
	  .says = "CHAP_A=5;CHAP_I=154;CHAP_C=0x", .words = no_binary },
	{ "3.5", "CHAP_C Out of Order", .at = CHOICE,
	  .says = "AuthMethod=CHAP;CHAP_C=" CHALLENGE, .words = belongs },
	{ "3.6.1", "CHAP_C Same Value Parallel Detection (Informative)", .at = CHALLENGED,
	  .says = "CHAP_A=5;CHAP_I=154;CHAP_C=" CHALLENGE, .note = no_memory },
	{ "3.6.2", "CHAP_C Same Value Serial Detection (Informative)", .at = CHALLENGED,
	  .says = "CHAP_A=5;CHAP_I=154;CHAP_C=" CHALLENGE, .note = no_memory },
	{ "3.6.3", "CHAP_C Same Value Parallel Offer", .play = offers_differ,
	  .note = "what differs is the caller's random bytes, of each login" },
	{ "3.6.4", "CHAP_C Same Value Serial Offer", .play = offers_differ,
	  .note = "what differs is the caller's random bytes, of each login" },
	{ "3.7", "CHAP_C Reflect", .play = offers_differ },
	{ "3.8", "CHAP_C Reflected", .at = CHALLENGED,
	  .says = "CHAP_A=5;CHAP_I=154;CHAP_C=0x" OUR_MD5,
	  .words = "sent our own CHAP challenge back" },
	{ "4.1", "CHAP_N Valid Value", .at = PROVEN,
	  .says = "CHAP_N=array;CHAP_R=0x" MD5_RESPONSE },
	{ "4.2", "CHAP_N Big Value", .play = big_name },
	{ "4.3", "CHAP_N Small Value", .play = small_name },
	{ "4.4", "CHAP_N Too Big Value", .play = too_big_name },
	{ "4.5", "CHAP_N Out of Order", .at = CHALLENGED,
	  .says = "CHAP_A=5;CHAP_N=array;CHAP_I=154;CHAP_C=" CHALLENGE, .words = belongs },
	{ "4.6", "CHAP_N Reflected", .at = PROVEN,
	  .says = "CHAP_N=user;CHAP_R=0x" MD5_RESPONSE, .words = "goes by our own CHAP name" },
	{ "4.7", "CHAP_N Same", .play = one_name },
	{ "4.8", "CHAP_N Different", .at = PROVEN,
	  .says = "CHAP_N=other;CHAP_R=0x" MD5_RESPONSE,
	  .words = "goes by another CHAP name than it should" },
	{ "5.1", "CHAP_R Invalid Value", .at = PROVEN,
	  .says = "CHAP_N=array;CHAP_R=0x" OUR_MD5, .words = wrong_secret },
	{ "5.2", "CHAP_R Too Big Value", .play = too_big_response },
	{ "5.3", "CHAP_R Too Small Value", .at = PROVEN,
	  .says = "CHAP_N=array;CHAP_R=0x36", .words = wrong_secret },
};

static void every_case(void **state)
{
	const struct row *row;
	struct bench b;

	(void)state;
	for (row = rows; row < rows + ARRAY_SIZE(rows); row++) {
		print_message("Test #%s: %s%s%s\n", row->number, row->title,
			      row->note ? ": " : "", row->note ? row->note : "");
		assert_true(!row->play != !row->says);
		if (row->play) {
			row->play();
			continue;
		}
		chap_init(&b, true);
		hear(&b, row->at, row->says, row->words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
