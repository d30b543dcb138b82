// SPDX-License-Identifier: GPL-2.0-or-later
/* A connection and its login (login.h). */
#include "login.h"

#include <arpa/inet.h>
#include <endian.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iscsi_pdu.h"

#define FIRST_CMDSN	1
#define RECV_DSL	262144u
#define ROUNDS_MAX	8

struct recv {
	union {
		uint8_t bhs[ISCSI_BHS_LEN];
		struct iscsi_login_rsp rsp;
	};
	char text[OHBA_PDU_DATA_MAX];
};

static struct recv received;

static void open_conn(struct host *host, const struct load_target *target)
{
	struct ohba_sqe sqe = { .opcode = OHBA_ADMIN_CONN_OPEN, .handle = htole32(HOST_CID) };
	struct ohba_conn_open body = {
		.family = OHBA_FAMILY_IPV4,
		.port = htole16(target->port),
	};

	if (inet_pton(AF_INET, target->addr, body.addr) != 1)
		errx(2, "--addr %s: give an IPv4 address", target->addr);
	memcpy(sqe.body, &body, sizeof(body));
	host_admin(host, &sqe, NULL, 0, "CONN_OPEN");
}

static uint32_t post_recv(struct host *host)
{
	struct ohba_sqe sqe = { .opcode = OHBA_ADMIN_PDU_RECV, .handle = htole32(HOST_CID) };

	memset(&received, 0, sizeof(received));
	return host_admin_start(host, &sqe, &received, sizeof(received));
}

/* --- text ------------------------------------------------------------------- */

struct text {
	char bytes[2048];
	uint32_t len;
};

static void add_key(struct text *text, const char *key, const char *value)
{
	int n = snprintf(text->bytes + text->len, sizeof(text->bytes) - text->len, "%s=%s", key,
			 value);

	if (n < 0 || text->len + n + 1 > sizeof(text->bytes))
		errx(1, "the login's text is too long at %s", key);
	text->len += n + 1;
}

/* What libiscsi offers, so that both do the same. */
static void offer(struct text *text, const struct load_target *target)
{
	add_key(text, "InitiatorName", "iqn.2026-01.org.ohba:native");
	add_key(text, "TargetName", target->name);
	add_key(text, "SessionType", "Normal");
	add_key(text, "HeaderDigest", target->header_digest ? "CRC32C" : "None");
	add_key(text, "DataDigest", target->data_digest ? "CRC32C" : "None");
	add_key(text, "InitialR2T", "No");
	add_key(text, "ImmediateData", "Yes");
	add_key(text, "MaxBurstLength", "262144");
	add_key(text, "FirstBurstLength", "262144");
	add_key(text, "DefaultTime2Wait", "2");
	add_key(text, "DefaultTime2Retain", "0");
	add_key(text, "IFMarker", "No");
	add_key(text, "OFMarker", "No");
	add_key(text, "MaxConnections", "1");
	add_key(text, "MaxRecvDataSegmentLength", "262144");
	add_key(text, "MaxOutstandingR2T", "1");
	add_key(text, "ErrorRecoveryLevel", "0");
	add_key(text, "DataPDUInOrder", "Yes");
	add_key(text, "DataSequenceInOrder", "Yes");
}

struct agreed {
	uint32_t max_xmit_dsl, max_burst, first_burst;
	bool initial_r2t, immediate_data, header_digest, data_digest;
};

static void take_key(struct agreed *agreed, const char *key, const char *value)
{
	uint32_t number = strtoul(value, NULL, 0);
	bool yes = !strcmp(value, "Yes"), crc = !strcmp(value, "CRC32C");

	if (!strcmp(key, "MaxRecvDataSegmentLength"))
		agreed->max_xmit_dsl = number;
	else if (!strcmp(key, "MaxBurstLength"))
		agreed->max_burst = number;
	else if (!strcmp(key, "FirstBurstLength"))
		agreed->first_burst = number;
	else if (!strcmp(key, "InitialR2T"))
		agreed->initial_r2t = yes;
	else if (!strcmp(key, "ImmediateData"))
		agreed->immediate_data = yes;
	else if (!strcmp(key, "HeaderDigest"))
		agreed->header_digest = crc;
	else if (!strcmp(key, "DataDigest"))
		agreed->data_digest = crc;
}

/* @text: pairs that end with NUL; it is changed, and has a NUL behind @len. */
static void take_text(struct agreed *agreed, char *text, uint32_t len)
{
	char *end = text + len, *value;

	for (; text < end; text = value + strlen(value) + 1) {
		value = strchr(text, '=');
		if (!value)
			errx(1, "fw: the target's login text has no '=': %s", text);
		*value++ = 0;
		take_key(agreed, text, value);
	}
}

/* --- login ------------------------------------------------------------------ */

static void send_request(struct host *host, struct text *text)
{
	struct ohba_sqe sqe = { .opcode = OHBA_ADMIN_PDU_SEND, .handle = htole32(HOST_CID) };
	struct iscsi_login_req req = {
		.opcode = ISCSI_OP_LOGIN_REQ | ISCSI_IMMEDIATE,
		.flags = ISCSI_LOGIN_TRANSIT |
			 ISCSI_LOGIN_STAGES(ISCSI_STAGE_OPERATIONAL, ISCSI_STAGE_FULL),
		.dsl = iscsi_put24(text->len),
		.isid = { ISCSI_ISID_RANDOM, 0x0b, 0xa0 },
		.cmdsn = iscsi_put32(FIRST_CMDSN),
	};

	memcpy(sqe.body, &req, sizeof(req));
	host_admin(host, &sqe, text->bytes, text->len, "PDU_SEND");
}

/* A request and its answer; whether login is over. */
static bool login_round(struct host *host, struct text *text, struct agreed *agreed)
{
	const struct iscsi_login_rsp *rsp = &received.rsp;

	send_request(host, text);
	host_admin_end(host, post_recv(host), "PDU_RECV");
	if (rsp->opcode != ISCSI_OP_LOGIN_RSP || rsp->status_class)
		errx(1, "fw: login: opcode 0x%x, status class %u, detail %u", rsp->opcode,
		     rsp->status_class, rsp->status_detail);
	take_text(agreed, received.text, iscsi_get24(rsp->dsl));
	text->len = 0;
	return (rsp->flags & ISCSI_LOGIN_TRANSIT) && ISCSI_LOGIN_NSG(rsp->flags) == ISCSI_STAGE_FULL;
}

static uint16_t session_flags(const struct agreed *agreed)
{
	return (agreed->initial_r2t ? OHBA_SESSION_INITIAL_R2T : 0) |
	       (agreed->immediate_data ? OHBA_SESSION_IMMEDIATE_DATA : 0) |
	       (agreed->header_digest ? OHBA_SESSION_HDR_DIGEST : 0) |
	       (agreed->data_digest ? OHBA_SESSION_DATA_DIGEST : 0);
}

static uint32_t start_session(struct host *host, const struct agreed *agreed)
{
	struct ohba_sqe sqe = { .opcode = OHBA_ADMIN_SESSION_START, .handle = htole32(HOST_CID) };
	struct ohba_session_params params = {
		.cmdsn = htole32(FIRST_CMDSN),
		.max_cmdsn = htole32(iscsi_get32(received.rsp.max_cmdsn)),
		.exp_statsn = htole32(iscsi_get32(received.rsp.statsn) + 1),
		.max_recv_dsl = htole32(RECV_DSL),
		.max_xmit_dsl = htole32(agreed->max_xmit_dsl),
		.max_burst = htole32(agreed->max_burst),
		.first_burst = htole32(agreed->first_burst),
		.max_r2t = htole16(1),
		.flags = htole16(session_flags(agreed)),
	};

	return le32toh(host_admin(host, &sqe, &params, sizeof(params), "SESSION_START").result);
}

uint32_t native_login(struct host *host, const struct load_target *target)
{
	struct agreed agreed = {	/* the defaults of RFC 7143 section 13 */
		.max_xmit_dsl = ISCSI_DEFAULT_MRDSL, .max_burst = 262144,
		.first_burst = 65536, .initial_r2t = true, .immediate_data = true,
	};
	struct text text = { };
	unsigned int rounds = 0;
	uint32_t handle;

	open_conn(host, target);
	offer(&text, target);
	while (!login_round(host, &text, &agreed))
		if (++rounds == ROUNDS_MAX)
			errx(1, "fw: login is not over after %u rounds", ROUNDS_MAX);
	if (agreed.header_digest != target->header_digest ||
	    agreed.data_digest != target->data_digest)
		errx(1, "fw: the target did not take the digests");
	handle = start_session(host, &agreed);
	post_recv(host);
	return handle;
}
