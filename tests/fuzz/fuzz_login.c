// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A login, or a question for targets, and a target or iSNS server that says whatever it likes
 * (login_ops.h). What must hold:
 *
 *  - requests are one at a time, no longer than agreed, of printable pairs
 *  - it ends, with words; after the end nothing happens
 *  - who is done has what he asked for: values within his offer, CHAP if it was demanded,
 *    and a proof of the target's, which no fuzzer can make
 *  - records of targets have names and addresses
 */
#include "fuzz.h"

#include "discovery.h"
#include "isns.h"
#include "login.h"
#include "login_ops.h"
#include "login_priv.h"

#define TEXT_MAX	9000
#define TIMEOUT_MS	10000
#define DIGESTS		ISCSI_LIST2(ISCSI_DIGEST_CRC32C, ISCSI_DIGEST_NONE)

static const uint8_t secret[] = "correct horse battery", other[] = "staple, and another one";

/* What the target knows. */
struct target {
	struct input in;
	uint64_t now;
	uint32_t statsn;
	uint8_t asked;			/* flags of the request */
	uint32_t ttt;
	char offers[ISCSI_LOGIN_REQUEST_MAX];
	size_t offers_len;
	uint8_t *text;			/* of the response, on the heap */
	size_t len;
};

/* --- requests ---------------------------------------------------------------- */

static void check_text(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		fuzz_check(!text[i] || (unsigned char)text[i] >= ' ', "byte %zu of text", i);
}

/* The whole of a request whose pieces the target has asked for. */
static void gather(struct target *target, const char *text, size_t len, bool more)
{
	check_text(text, len);
	fuzz_check(target->offers_len + len <= sizeof(target->offers), "a request too long");
	memcpy(target->offers + target->offers_len, text, len);
	target->offers_len += len;
	fuzz_check(more || !target->offers_len || !target->offers[target->offers_len - 1],
		   "a pair without end");
}

/* --- responses ---------------------------------------------------------------- */

static void read_text(struct target *target, bool take)
{
	size_t len = input_u16(&target->in) % TEXT_MAX, first = take ? target->offers_len : 0;

	free(target->text);
	target->text = malloc(first + len);
	memcpy(target->text, target->offers, first);
	target->len = first + input_bytes(&target->in, target->text + first, len);
	target->text = realloc(target->text, target->len + !target->len);
}

/* --- login -------------------------------------------------------------------- */

static struct iscsi_login_config config_of(uint8_t options)
{
	struct iscsi_login_config config = {
		.initiator_name = "iqn.2026-01.org.ohba:i", .initiator_alias = "fuzz",
		.target_name = options & LOGIN_OPT_DISCOVERY ? NULL : "iqn.2026-01.org.ohba:t",
		.itt = 0x0badcafe, .tpgt = ISCSI_TPGT_NONE, .timeout_ms = TIMEOUT_MS,
		.text_max = options & LOGIN_OPT_SMALL ? 64 : 0,
		.chap = { "user", secret, sizeof(secret) },
	};

	iscsi_params_default(&config.want);
	config.want.chap_algorithm = ISCSI_LIST4(8, 7, 6, 5);
	if (options & LOGIN_OPT_WISHES) {
		config.want.header_digest = config.want.data_digest = DIGESTS;
		config.want.initial_r2t = 0;
		config.want.max_recv_dsl = 65536;
		config.want.max_connections = config.want.max_outstanding_r2t = 8;
		config.want.error_recovery_level = config.target_name ? 2 : 0;
		config.want.protocol_level = 2;
		config.want.task_reporting = ISCSI_LIST2(2, 1);
	}
	if (!(options & LOGIN_OPT_CHAP))
		return config;
	config.want.auth_method = ISCSI_AUTH_CHAP;
	if (options & LOGIN_OPT_MUTUAL)
		config.chap_target = (struct iscsi_chap_account){ NULL, other, sizeof(other) };
	else if (options & LOGIN_OPT_EITHER)
		config.want.auth_method = ISCSI_LIST2(ISCSI_AUTH_CHAP, ISCSI_AUTH_NONE);
	return config;
}

static bool take_login(struct target *target, struct iscsi_login *login)
{
	size_t max = login->config->text_max ? login->config->text_max : 8192;
	struct iscsi_login_pdu pdu;

	if (!iscsi_login_tx(login, &pdu))
		return false;
	fuzz_check(!(target->asked & 0x40) || pdu.len || login->listening, "an empty piece");
	if (!(target->asked & 0x40))
		target->offers_len = 0;
	target->asked = pdu.hdr.flags;
	fuzz_check(pdu.len <= max && pdu.len == iscsi_get24(pdu.hdr.dsl), "%u bytes", pdu.len);
	fuzz_check((target->asked & 0xc0) != 0xc0, "C with T");
	gather(target, pdu.data, pdu.len, target->asked & 0x40);
	fuzz_check(!iscsi_login_tx(login, &pdu), "two requests at once");
	return true;
}

static void respond_login(struct target *target, struct iscsi_login *login, uint8_t op)
{
	union iscsi_pdu_hdr hdr = { .raw = { 0x23 } };
	uint16_t status = op == LOGIN_STATUS ? input_u16(&target->in) : 0;

	read_text(target, op == LOGIN_TAKE);
	hdr.raw[1] = target->asked & (op == LOGIN_SAY || op == LOGIN_TAKE ? 0x8f : 0x0c);
	if (op == LOGIN_MORE)
		hdr.raw[1] |= 0x40;
	put_be24(hdr.raw, 5, target->len);
	if ((hdr.raw[1] & 0x83) == 0x83)
		put_be16(hdr.raw, 14, 7);
	put_be32(hdr.raw, 16, login->config->itt);
	put_be32(hdr.raw, 24, target->statsn++);
	put_be16(hdr.raw, 36, status);
	input_damage(&target->in, hdr.raw, sizeof(hdr.raw));
	iscsi_login_rx(login, &hdr, target->text, target->len, target->now);
}

static bool is_in(uint32_t list, uint32_t word)
{
	for (; list; list >>= 4)
		if ((list & 15) == word)
			return true;
	return false;
}

static void check_done(const struct iscsi_login *login, const struct iscsi_login_result *result)
{
	const struct iscsi_params *want = &login->config->want, *got = &result->params;

	fuzz_check(!login->config->chap_target.secret, "a proof by nobody");
	fuzz_check(is_in(want->auth_method, got->auth_method), "AuthMethod %u", got->auth_method);
	fuzz_check(is_in(want->header_digest, got->header_digest), "HeaderDigest");
	fuzz_check(is_in(want->data_digest, got->data_digest), "DataDigest");
	fuzz_check(got->max_burst_len >= 512 && got->max_burst_len <= want->max_burst_len,
		   "MaxBurstLength %u", got->max_burst_len);
	fuzz_check(got->max_send_dsl >= 512 && got->max_send_dsl < 1 << 24,
		   "MaxRecvDataSegmentLength %u", got->max_send_dsl);
	fuzz_check((got->initial_r2t && !got->immediate_data) ||
		   got->first_burst_len <= got->max_burst_len, "first burst");
	fuzz_check(got->initial_r2t >= want->initial_r2t, "InitialR2T");
	fuzz_check(got->immediate_data <= want->immediate_data, "ImmediateData");
	fuzz_check(got->max_outstanding_r2t <= want->max_outstanding_r2t, "MaxOutstandingR2T");
	fuzz_check(got->error_recovery_level <= want->error_recovery_level, "ERL");
	fuzz_check(result->tsih, "no TSIH");
	fuzz_check(!login->config->target_name == (result->tpgt == ISCSI_TPGT_NONE) ||
		   !login->config->target_name, "portal group %d", result->tpgt);
}

static void check_login_end(struct iscsi_login *login)
{
	const struct iscsi_login_result *result = iscsi_login_result(login);
	struct iscsi_login_pdu pdu;
	char text[512];

	fuzz_check(result && result->words && result->state, "an end without words");
	fuzz_check(result->outcome < ISCSI_LOGIN_OUTCOMES &&
		   result->outcome != ISCSI_LOGIN_CONFIG, "outcome %u", result->outcome);
	fuzz_check(iscsi_login_explain(result, text, sizeof(text)) < (int)sizeof(text), "cut");
	fuzz_check(!iscsi_login_tx(login, &pdu), "it goes on after its end");
	fuzz_check(iscsi_login_deadline(login) == UINT64_MAX, "it waits after its end");
	if (result->outcome == ISCSI_LOGIN_DONE)
		check_done(login, result);
	if (result->outcome == ISCSI_LOGIN_MOVED)
		fuzz_check(*result->portal.host && result->portal.port, "nowhere");
}

static void fuzz_the_login(struct target *target, uint8_t options)
{
	struct iscsi_login_config config = config_of(options);
	struct iscsi_login *login = malloc(sizeof(*login));
	uint8_t op;

	iscsi_login_start(login, &config, 0);
	while (!iscsi_login_result(login) && input_more(&target->in)) {
		take_login(target, login);
		op = input_u8(&target->in) % LOGIN_OPS;
		if (op == LOGIN_WAIT)
			target->now += input_u8(&target->in) * 100;
		else
			respond_login(target, login, op);
		iscsi_login_expire(login, target->now);
		fuzz_check(iscsi_login_result(login) || iscsi_login_deadline(login) == TIMEOUT_MS,
			   "a deadline that moves");
	}
	iscsi_login_expire(login, TIMEOUT_MS);
	check_login_end(login);
	iscsi_login_end(login);
	free(login);
}

/* --- discovery ------------------------------------------------------------------ */

static void check_record(void *ctx, const char *name, const struct iscsi_portal *portal)
{
	(void)ctx;
	fuzz_check(iscsi_name_valid(name), "a target without name");
	fuzz_check(!portal || (*portal->host && portal->port), "a portal without address");
}

static void respond_discovery(struct target *target, struct iscsi_discovery *discovery, uint8_t op)
{
	union iscsi_pdu_hdr hdr = { .raw = { 0x24 } };

	read_text(target, false);
	hdr.raw[1] = op == LOGIN_SAY ? 0x80 : op == LOGIN_MORE ? 0x40 : 0;
	put_be24(hdr.raw, 5, target->len);
	put_be32(hdr.raw, 16, 1);
	put_be32(hdr.raw, 20, op == LOGIN_SAY ? ISCSI_RESERVED_TAG : 2);
	put_be32(hdr.raw, 24, target->statsn++);
	input_damage(&target->in, hdr.raw, sizeof(hdr.raw));
	iscsi_discovery_rx(discovery, &hdr, target->text, target->len, target->now);
}

static void fuzz_the_discovery(struct target *target)
{
	struct iscsi_discovery_config config = {
		.itt = 1, .max_recv_dsl = 8192, .timeout_ms = TIMEOUT_MS, .record = check_record,
	};
	struct iscsi_discovery *discovery = malloc(sizeof(*discovery));
	struct iscsi_discovery_pdu pdu;

	iscsi_discovery_start(discovery, &config, 0);
	while (!iscsi_discovery_result(discovery) && input_more(&target->in)) {
		if (iscsi_discovery_tx(discovery, &pdu))
			check_text(pdu.data, pdu.len);
		respond_discovery(target, discovery, input_u8(&target->in) % LOGIN_WAIT);
	}
	iscsi_discovery_expire(discovery, TIMEOUT_MS);
	fuzz_check(iscsi_discovery_result(discovery) && iscsi_discovery_result(discovery)->words,
		   "an end without words");
	fuzz_check(!iscsi_discovery_tx(discovery, &pdu), "it goes on after its end");
	free(discovery);
}

/* --- iSNS ----------------------------------------------------------------------- */

static void check_isns_record(void *ctx, const char *name, const struct isns_portal *portal)
{
	static const uint8_t nowhere[16];

	(void)ctx;
	fuzz_check(iscsi_name_valid(name), "a target without name");
	fuzz_check(!portal || (portal->port && memcmp(portal->addr, nowhere, 16) &&
			       portal->tpgt >= -1 && portal->tpgt <= 65535),
		   "a portal without address");
}

/* SAY: the last PDU of an answer; MORE: one of others; STAY: bytes without a header. */
static void respond_isns(struct target *target, struct isns *isns, const uint8_t *asked,
			 uint16_t *seq, uint8_t op)
{
	uint8_t hdr[ISNS_HDR_LEN] = { 0, 1 };

	read_text(target, false);
	target->len -= op == LOGIN_STAY ? 0 : target->len % 4;
	put_be16(hdr, 2, 0x8000 | be16_at(asked, 2));
	put_be16(hdr, 4, target->len);
	put_be16(hdr, 6, (op == LOGIN_MORE ? 0x4000 : 0x4800) | (*seq ? 0 : 0x400));
	put_be16(hdr, 8, be16_at(asked, 8));
	put_be16(hdr, 10, *seq);
	*seq = op == LOGIN_MORE ? *seq + 1 : 0;
	input_damage(&target->in, hdr, sizeof(hdr));
	if (op != LOGIN_STAY)
		isns_rx(isns, hdr, sizeof(hdr));
	isns_rx(isns, target->text, target->len);
}

static void take_isns(struct isns *isns, uint8_t asked[ISNS_HDR_LEN])
{
	struct isns_pdu pdu;

	if (!isns_tx(isns, &pdu))
		return;
	fuzz_check(pdu.len >= ISNS_HDR_LEN && pdu.len <= ISNS_PDU_MAX &&
		   pdu.len == ISNS_HDR_LEN + be16_at(pdu.data, 4) && !(pdu.len & 3),
		   "%zu bytes", pdu.len);
	memcpy(asked, pdu.data, ISNS_HDR_LEN);
	fuzz_check(!isns_tx(isns, &pdu), "two requests at once");
}

static void fuzz_the_isns(struct target *target)
{
	struct isns_config config = { .name = "iqn.2026-01.org.ohba:i", .record = check_isns_record };
	struct isns *isns = malloc(sizeof(*isns));
	uint8_t asked[ISNS_HDR_LEN] = { 0 }, op;
	struct isns_pdu pdu;
	uint16_t seq = 0;

	isns_start(isns, &config);
	while (!isns_over(isns) && input_more(&target->in)) {
		take_isns(isns, asked);
		op = input_u8(&target->in) % LOGIN_OPS;
		if (op == LOGIN_WAIT)
			isns_give_up(isns);
		else
			respond_isns(target, isns, asked, &seq, op);
	}
	isns_give_up(isns);
	fuzz_check(isns_over(isns) && isns_result(isns) && isns_result(isns)->words,
		   "an end without words");
	while (isns_tx(isns, &pdu))
		fuzz_check(be16_at(pdu.data, 2) == ISNS_DEV_DEREG, "it goes on after its end");
	free(isns);
}

/* --- values --------------------------------------------------------------------- */

/* What a value stands for goes back to the same, in the words that we use. */
static void fuzz_the_value(struct target *target)
{
	size_t len = target->in.end - target->in.pos;
	char *value = malloc(len + 1), item[ISCSI_VALUE_MAX + 1], buf[64];
	struct iscsi_text_out out = { .buf = buf, .max = sizeof(buf) };
	uint8_t *data = malloc(16);
	struct iscsi_portal portal;
	const char *cursor = value;
	uint64_t low, high;

	value[input_bytes(&target->in, value, len)] = 0;
	if (iscsi_text_number(value, &low)) {
		iscsi_text_put_number(&out, "N", low);
		fuzz_check(iscsi_text_number(buf + 2, &high) && high == low, "%s", value);
	}
	if (iscsi_text_range(value, &low, &high))
		fuzz_check(low <= high, "%s", value);
	fuzz_check(iscsi_text_binary(value, data, 16) <= 16, "%s", value);
	while (iscsi_text_item(&cursor, item))
		fuzz_check(!strchr(item, ','), "%s", value);
	if (iscsi_name_valid(value))
		fuzz_check(!strpbrk(value, " !\"#$%&'()*+,/;<=>?@[\\]^_`{|}~\x7f"), "%s", value);
	if (iscsi_portal_parse(value, &portal))
		fuzz_check(*portal.host && portal.port, "%s", value);
	free(data);
	free(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct target target = { .in = { data, data + len } };
	uint8_t options = input_u8(&target.in);

	if (options & LOGIN_OPT_TEXT)
		fuzz_the_value(&target);
	else if ((options & LOGIN_OPT_ISNS) == LOGIN_OPT_ISNS)
		fuzz_the_isns(&target);
	else if (options & LOGIN_OPT_TARGETS)
		fuzz_the_discovery(&target);
	else
		fuzz_the_login(&target, options);
	free(target.text);
	return 0;
}
