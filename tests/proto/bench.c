// SPDX-License-Identifier: GPL-2.0-or-later
/* A login and its target (bench.h). */
#include "bench.h"

#define ITT		0x12345678
#define CID		7
#define CMDSN		0xfffffffe
#define STATSN		0xfffffffd	/* it wraps on the way */
#define TSIH		0x4711

static const uint8_t isid[6] = { 0x80, 0xab, 0xcd, 0xef, 0x00, 0x01 };

void bench_init(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	b->config = (struct iscsi_login_config){
		.initiator_name = INITIATOR, .target_name = TARGET, .cid = CID, .itt = ITT,
		.cmdsn = CMDSN, .tpgt = ISCSI_TPGT_NONE, .timeout_ms = 15000,
	};
	memcpy(b->config.isid, isid, sizeof(isid));
	pattern_fill(b->config.random, sizeof(b->config.random), 1, 0);
	iscsi_params_default(&b->config.want);
	b->now = 1000;
	b->statsn = STATSN;
	b->last_tsih = TSIH;
	b->damage = -1;
}

void bench_begin(struct bench *b)
{
	pattern_fill(&b->login, sizeof(b->login), 2, 0);
	iscsi_login_start(&b->login, &b->config, b->now);
}

/* --- requests --------------------------------------------------------------- */

static void expected_header(const struct bench *b, uint8_t flags, size_t len, uint8_t hdr[48])
{
	memset(hdr, 0, 48);
	hdr[0] = 0x43;
	hdr[1] = flags;
	put_be24(hdr, 5, len);
	memcpy(hdr + 8, isid, 6);
	put_be32(hdr, 16, ITT);
	put_be16(hdr, 20, CID);
	put_be32(hdr, 24, CMDSN);
	put_be32(hdr, 28, b->statsn == STATSN ? 0 : b->statsn);
}

static struct iscsi_login_pdu take(struct bench *b)
{
	struct iscsi_login_pdu pdu;

	if (!iscsi_login_tx(&b->login, &pdu)) {
		const struct iscsi_login_result *result = iscsi_login_result(&b->login);

		fail_msg("no request: %s", result ? result->words : "it waits");
	}
	expect_no_request(b);
	return pdu;
}

void expect_request(struct bench *b, uint8_t flags, const char *text, size_t len)
{
	struct iscsi_login_pdu pdu = take(b);
	uint8_t hdr[48];

	expected_header(b, flags, len, hdr);
	same_bytes("login request", &pdu.hdr, hdr, sizeof(hdr));
	same_bytes("its text", pdu.data, text, len);
}

void expect_no_request(struct bench *b)
{
	struct iscsi_login_pdu pdu;

	assert_false(iscsi_login_tx(&b->login, &pdu));
}

const char *any_request(struct bench *b, uint8_t *flags, size_t *len)
{
	struct iscsi_login_pdu pdu = take(b);
	uint8_t hdr[48];

	*flags = pdu.hdr.flags;
	*len = pdu.len;
	expected_header(b, *flags, *len, hdr);
	same_bytes("login request", &pdu.hdr, hdr, sizeof(hdr));
	return pdu.data;
}

/* --- responses --------------------------------------------------------------- */

static void fill_response(struct bench *b, uint8_t flags, size_t len, uint8_t *hdr)
{
	memset(hdr, 0, 48);
	hdr[0] = 0x23;
	hdr[1] = flags;
	put_be24(hdr, 5, len);
	memcpy(hdr + 8, isid, 6);
	put_be16(hdr, 14, flags == TO_FULL ? b->last_tsih : b->tsih);
	put_be32(hdr, 16, ITT);
	put_be32(hdr, 24, b->statsn++);
	put_be32(hdr, 28, CMDSN);
	put_be32(hdr, 32, CMDSN + 31);
	put_be16(hdr, 36, b->status);
	if (b->damage >= 0)
		hdr[b->damage] = b->damage_val;
	b->damage = -1;
}

/* On the heap, so that a byte too many that is read is found. */
void respond(struct bench *b, uint8_t flags, const char *text, size_t len)
{
	union iscsi_pdu_hdr hdr;
	char *data = malloc(len);

	memcpy(data, text, len);
	fill_response(b, flags, len, hdr.raw);
	iscsi_login_rx(&b->login, &hdr, data, len, b->now);
	free(data);
}

void damage(struct bench *b, int off, uint8_t val)
{
	b->damage = off;
	b->damage_val = val;
}

/* --- ends -------------------------------------------------------------------- */

const struct iscsi_login_result *expect_end(struct bench *b, enum iscsi_login_outcome outcome,
					    const char *words)
{
	const struct iscsi_login_result *result = iscsi_login_result(&b->login);

	assert_non_null(result);
	assert_string_equal(result->words, words);
	assert_int_equal(result->outcome, outcome);
	assert_true(iscsi_login_deadline(&b->login) == UINT64_MAX);
	expect_no_request(b);
	return result;
}

const struct iscsi_login_result *expect_done(struct bench *b)
{
	return expect_end(b, ISCSI_LOGIN_DONE, "accepts the login");
}

void expect_key(struct bench *b, enum iscsi_login_outcome outcome, const char *words,
		const char *key)
{
	const struct iscsi_login_result *result = expect_end(b, outcome, words);
	char text[256], want[256];

	assert_string_equal(result->key ? result->key : "", key);
	snprintf(want, sizeof(want), "the %s %s%s%s",
		 outcome == ISCSI_LOGIN_CONFIG ? "configuration" : "target", words,
		 *key ? ": " : "", key);
	iscsi_login_explain(result, text, sizeof(text));
	assert_string_equal(text, want);
}

/* --- what most tests need ----------------------------------------------------- */

void to_operational(struct bench *b)
{
	uint8_t flags;
	size_t len;

	bench_begin(b);
	any_request(b, &flags, &len);
	assert_int_equal(flags, TO_OPERATIONAL);
	respond(b, TO_OPERATIONAL, TEXT("AuthMethod=None\0TargetPortalGroupTag=1"));
}

/* The request's own text is an answer that takes all; what is declared is not answered. */
void answer_offers(struct bench *b, uint8_t flags, const char *key, const char *instead)
{
	char text[4096];
	uint8_t asked;
	size_t len, n = 0, size = strlen(key);
	const char *offers = any_request(b, &asked, &len), *pair = offers;

	for (; pair < offers + len; pair += strlen(pair) + 1) {
		if ((!strncmp(pair, key, size) && pair[size] == '=') ||
		    !strncmp(pair, "MaxRecvDataSegmentLength=", 25))
			continue;
		n += snprintf(text + n, sizeof(text) - n, "%s", pair) + 1;
	}
	if (*instead)
		n += snprintf(text + n, sizeof(text) - n, "%s", instead) + 1;
	respond(b, flags, text, n);
}

void login_with(struct bench *b, const char *key, const char *instead)
{
	to_operational(b);
	answer_offers(b, TO_FULL, key, instead);
}
