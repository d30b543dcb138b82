// SPDX-License-Identifier: GPL-2.0-or-later
/* Plays targets by themselves (site.h). */
#include "site.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/evp.h>

#define TEXT_MAX	4096

/* --- text -------------------------------------------------------------------- */

struct text {
	char buf[TEXT_MAX];
	size_t len;
};

static void put(struct text *text, const char *key, const char *value)
{
	int n = snprintf(text->buf + text->len, sizeof(text->buf) - text->len, "%s=%s", key,
			 value);

	assert_true(n > 0 && text->len + n + 1 < sizeof(text->buf));
	text->len += n + 1;
}

static void put_hex(struct text *text, const char *key, const uint8_t *data, size_t len)
{
	char value[2 + 64 + 1] = "0x";
	size_t i;

	for (i = 0; i < len; i++)
		snprintf(value + 2 + 2 * i, 3, "%02x", data[i]);
	put(text, key, value);
}

/* The value of @key, or NULL. */
static const char *get(const struct pdu *pdu, const char *key)
{
	const char *at = (const char *)pdu->data, *end = at + pdu->len;
	size_t len = strlen(key);

	for (; at < end; at += strlen(at) + 1)
		if (!strncmp(at, key, len) && at[len] == '=')
			return at + len + 1;
	return NULL;
}

static size_t get_hex(const struct pdu *pdu, const char *key, uint8_t *data, size_t max)
{
	const char *value = get(pdu, key);
	size_t len = 0;
	unsigned int byte;

	if (!value)
		return 0;
	assert_memory_equal(value, "0x", 2);
	for (value += 2; *value && len < max; value += 2) {
		assert_int_equal(sscanf(value, "%2x", &byte), 1);
		data[len++] = byte;
	}
	return len;
}

/* --- login responses ----------------------------------------------------------- */

static uint16_t port_of(const struct wire *wire)
{
	return ntohs(((const struct sockaddr_in *)&wire->peer)->sin_port);
}

static void answer(struct site *site, struct site_conn *conn, struct wire *wire,
		   const struct pdu *req, uint8_t flags, const struct text *text)
{
	uint8_t bhs[48];

	bhs_init(bhs, OP_LOGIN_RSP, flags);
	memcpy(bhs + 8, req->bhs + 8, 6);
	put_be16(bhs, 14, flags == 0x87 ? conn->tsih : 0);
	memcpy(bhs + 16, req->bhs + 16, 4);
	put_be32(bhs, 24, conn->statsn++);
	put_be32(bhs, 28, conn->exp_cmdsn);
	put_be32(bhs, 32, conn->exp_cmdsn + site->window - 1);
	put_be16(bhs, 36, site->status);
	wire_send(wire, bhs, text->buf, text->len);
}

static void answer_status(struct site *site, struct site_conn *conn, struct wire *wire,
			  const struct pdu *req)
{
	struct text text = { .len = 0 };

	if (site->moved_to)
		put(&text, "TargetAddress", site->moved_to);
	answer(site, conn, wire, req, 0, &text);
	if (site->moves && site->then)
		site->status = site->then;
	if (site->moves && !--site->moves) {
		site->status = 0;
		site->moved_to = NULL;
	}
}

static void answer_odd(struct site *site, struct site_conn *conn, struct wire *wire,
		       const struct pdu *req)
{
	struct text text = { .len = 0 };
	uint16_t status = site->status;

	site->status = site->odd_status;
	answer(site, conn, wire, req, 0, &text);
	site->status = status;
}

/* --- CHAP --------------------------------------------------------------------- */

static size_t digest(uint8_t algorithm, uint8_t id, const char *secret, const uint8_t *challenge,
		     size_t len, uint8_t out[EVP_MAX_MD_SIZE])
{
	const EVP_MD *const md[] = { EVP_md5(), EVP_sha1(), EVP_sha256(), EVP_sha3_256() };
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned int n;

	assert_in_range(algorithm, 5, 8);
	assert_int_equal(EVP_DigestInit(ctx, md[algorithm - 5]), 1);
	EVP_DigestUpdate(ctx, &id, 1);
	EVP_DigestUpdate(ctx, secret, strlen(secret));
	EVP_DigestUpdate(ctx, challenge, len);
	EVP_DigestFinal(ctx, out, &n);
	EVP_MD_CTX_free(ctx);
	return n;
}

static void challenge(struct site *site, struct site_conn *conn, const struct pdu *req,
		      struct text *text)
{
	char value[8];

	snprintf(site->algorithms, sizeof(site->algorithms), "%s", get(req, "CHAP_A"));
	conn->algorithm = site->chap ? site->chap : atoi(get(req, "CHAP_A"));
	conn->id = 0x17;
	pattern_fill(conn->challenge, 16, 0xc4a9 + conn->tsih, 0);
	snprintf(value, sizeof(value), "%u", conn->algorithm);
	put(text, "CHAP_A", value);
	put(text, "CHAP_I", "23");
	put_hex(text, "CHAP_C", conn->challenge, 16);
}

static bool is_proven(const struct site *site, const struct site_conn *conn,
		      const struct pdu *req)
{
	uint8_t got[EVP_MAX_MD_SIZE], want[EVP_MAX_MD_SIZE];
	size_t n = digest(conn->algorithm, conn->id, site->secret, conn->challenge, 16, want);

	return get(req, "CHAP_N") && !strcmp(get(req, "CHAP_N"), site->name) &&
	       get_hex(req, "CHAP_R", got, sizeof(got)) == n && !memcmp(got, want, n);
}

static void prove(const struct site *site, struct site_conn *conn, const struct pdu *req,
		  struct text *text)
{
	size_t len = get_hex(req, "CHAP_C", conn->theirs, sizeof(conn->theirs)), n;
	uint8_t proof[EVP_MAX_MD_SIZE];

	conn->theirs_len = len;
	if (!len || site->trick == SITE_NO_PROOF)
		return;
	n = digest(conn->algorithm, atoi(get(req, "CHAP_I")), site->own_secret, conn->theirs, len,
		   proof);
	if (site->trick == SITE_WRONG_PROOF)
		proof[0] ^= 1;
	put(text, "CHAP_N", site->own_name);
	put_hex(text, "CHAP_R", proof, n);
}

static void refuse(struct site *site, struct site_conn *conn, struct wire *wire,
		   const struct pdu *req)
{
	struct text none = { .len = 0 };

	site->status = site->trick == SITE_VAGUE ? 0x0200 : 0x0201;
	answer(site, conn, wire, req, 0, &none);
	site->status = 0;
}

/* --- the stages ----------------------------------------------------------------- */

static void security(struct site *site, struct site_conn *conn, struct wire *wire,
		     const struct pdu *req)
{
	struct text text = { .len = 0 };
	uint8_t flags = req->bhs[1] & 0x80 ? 0x81 : 0;

	if (get(req, "SessionType"))
		assert_int_equal(!strcmp(get(req, "SessionType"), "Discovery"),
				 !get(req, "TargetName"));
	if (get(req, "TargetName")) {
		snprintf(conn->target_name, sizeof(conn->target_name), "%s", get(req, "TargetName"));
		snprintf(conn->initiator_name, sizeof(conn->initiator_name), "%s",
			 get(req, "InitiatorName"));
		put(&text, "TargetPortalGroupTag", "1");
	}
	if (get(req, "AuthMethod") && site->secret && !strstr(get(req, "AuthMethod"), "CHAP")) {
		refuse(site, conn, wire, req);
		return;
	}
	if (get(req, "AuthMethod")) {
		put(&text, "AuthMethod", site->secret ? "CHAP" : "None");
		if (site->secret)
			flags = 0;
	}
	if (get(req, "CHAP_A"))
		challenge(site, conn, req, &text);
	if (get(req, "CHAP_R")) {
		site->proofs++;
		if (!is_proven(site, conn, req)) {
			refuse(site, conn, wire, req);
			return;
		}
		prove(site, conn, req, &text);
	}
	answer(site, conn, wire, req, flags, &text);
}

static void echo(const struct site *site, const char *pair, struct text *text)
{
	char key[64], value[256];
	bool is_digest;

	if (sscanf(pair, "%63[^=]=%255s", key, value) != 2 || !strcmp(key, "InitiatorAlias"))
		return;
	is_digest = !strcmp(key, "HeaderDigest") || !strcmp(key, "DataDigest");
	value[strcspn(value, ",")] = 0;
	put(text, key, is_digest && site->digest ? site->digest : value);
}

static void operational(struct site *site, struct site_conn *conn, struct wire *wire,
			const struct pdu *req)
{
	const char *at = (const char *)req->data, *end = at + req->len;
	struct text text = { .len = 0 };

	for (; at < end; at += strlen(at) + 1)
		echo(site, at, &text);
	put(&text, "TargetAlias", "a disk");
	conn->full = req->bhs[1] == 0x87;
	site->logins += conn->full;
	answer(site, conn, wire, req, req->bhs[1], &text);
	if (strstr(text.buf, "HeaderDigest=CRC32C"))
		wire->hdr_digest = wire->data_digest = conn->full;
}

/* --- tricks -------------------------------------------------------------------- */

static void garbage(struct wire *wire)
{
	uint8_t bytes[300];

	pattern_fill(bytes, sizeof(bytes), 0x6a7ba6e, 0);
	wire_put(wire, bytes, sizeof(bytes));
}

/* It has only what it got: our answer to its challenge. */
static void reflect(struct site *site, struct site_conn *conn, struct wire *wire,
		    const struct pdu *req)
{
	uint8_t ours[64];
	size_t len = get_hex(req, "CHAP_R", ours, sizeof(ours));
	struct text text = { .len = 0 };

	put(&text, "CHAP_N", site->own_name);
	put_hex(&text, "CHAP_R", ours, len);
	answer(site, conn, wire, req, 0x81, &text);
}

/* Return: whether it was done. */
static bool play_trick(struct site *site, struct site_conn *conn, struct wire *wire,
		       const struct pdu *req)
{
	struct text none = { .len = 0 };

	if (conn->requests <= site->trick_at && site->trick != SITE_REFLECT)
		return false;
	switch (site->trick) {
	case SITE_MOVE_LATE:
		if (!get(req, "CHAP_C") || !site->moves)
			return false;
		conn->theirs_len = get_hex(req, "CHAP_C", conn->theirs, sizeof(conn->theirs));
		site->status = 0x0101;
		answer_status(site, conn, wire, req);
		site->status = 0;
		return true;
	case SITE_MUTE:
		return true;
	case SITE_FIN:
		wire_fin(wire);
		return true;
	case SITE_GARBAGE:
		garbage(wire);
		return true;
	case SITE_EARLY_END:
		answer(site, conn, wire, req, 0x87, &none);
		return true;
	case SITE_REFLECT:
		if (!get(req, "CHAP_C"))
			return false;
		reflect(site, conn, wire, req);
		return true;
	default:
		return false;
	}
}

static void hear_login(struct site *site, struct site_conn *conn, struct wire *wire,
		       const struct pdu *req)
{
	assert_int_equal(req->bhs[0], OP_LOGIN_REQ | OP_IMMEDIATE);
	if (!conn->requests++) {
		conn->exp_cmdsn = be32_at(req->bhs, 24);
		memcpy(conn->isid, req->bhs + 8, 6);
		conn->asked_tsih = be16_at(req->bhs, 14);
	}
	if (play_trick(site, conn, wire, req))
		return;
	if (site->odd_port && port_of(wire) == site->odd_port)
		answer_odd(site, conn, wire, req);
	else if (site->status)
		answer_status(site, conn, wire, req);
	else if (req->bhs[1] >> 2 & 3)
		operational(site, conn, wire, req);
	else
		security(site, conn, wire, req);
}

/* --- full-feature phase --------------------------------------------------------- */

static void respond(struct site *site, struct site_conn *conn, struct wire *wire, uint8_t opcode,
		    const struct pdu *req)
{
	uint8_t bhs[48];

	bhs_init(bhs, opcode, FLAG_F);
	memcpy(bhs + 16, req->bhs + 16, 4);
	put_be32(bhs, 20, opcode == OP_LOGOUT_RSP ? 0 : RESERVED_TAG);
	put_be32(bhs, 24, conn->statsn++);
	put_be32(bhs, 28, conn->exp_cmdsn);
	put_be32(bhs, 32, conn->exp_cmdsn + site->window - 1);
	wire_send(wire, bhs, NULL, 0);
}

/* A Text Response (section 11.11); F: the list ends with it, else C. */
static void send_list(struct site *site, struct site_conn *conn, struct wire *wire,
		      const struct pdu *req, const char *text, size_t len, bool last)
{
	uint8_t bhs[48];

	bhs_init(bhs, OP_TEXT_RSP, last ? FLAG_F : 0x40);
	memcpy(bhs + 16, req->bhs + 16, 4);
	put_be32(bhs, 20, last ? RESERVED_TAG : 0x7e47);
	put_be32(bhs, 24, conn->statsn++ + (site->listing == LIST_OTHER_STATSN));
	put_be32(bhs, 28, conn->exp_cmdsn);
	put_be32(bhs, 32, conn->exp_cmdsn + site->window - 1);
	wire_send(wire, bhs, text, len);
}

static void list_more(struct site *site, struct site_conn *conn, struct wire *wire,
		      const struct pdu *req)
{
	size_t left = site->list_len - conn->listed;
	size_t len = site->list_cut ? MIN(left, site->list_cut) : left;

	if (be32_at(req->bhs, 20) == RESERVED_TAG) {
		assert_string_equal(get(req, "SendTargets"), "All");
		conn->list_itt = be32_at(req->bhs, 16);
	} else {	/* no pair, and the tags of before (11.10.4) */
		assert_int_equal(req->len, 0);
		assert_int_equal(be32_at(req->bhs, 16), conn->list_itt);
		assert_int_equal(be32_at(req->bhs, 20), 0x7e47);
	}
	send_list(site, conn, wire, req, site->list + conn->listed, len,
		  len == left && site->listing != LIST_ENDLESS);
	conn->listed = len == left && site->listing == LIST_ENDLESS ? 0 : conn->listed + len;
}

static void reject(struct site *site, struct site_conn *conn, struct wire *wire,
		   const struct pdu *req)
{
	uint8_t bhs[48];

	bhs_init(bhs, OP_REJECT, FLAG_F);
	bhs[2] = 0x05;		/* command not supported */
	put_be32(bhs, 16, RESERVED_TAG);
	put_be32(bhs, 24, conn->statsn++);
	put_be32(bhs, 28, conn->exp_cmdsn);
	put_be32(bhs, 32, conn->exp_cmdsn + site->window - 1);
	wire_send(wire, bhs, req->bhs, 48);
}

static void drop(struct site *site, struct site_conn *conn, struct wire *wire)
{
	uint8_t bhs[48];

	bhs_init(bhs, OP_ASYNC, FLAG_F);
	put_be32(bhs, 16, RESERVED_TAG);
	put_be32(bhs, 24, conn->statsn++);
	put_be32(bhs, 28, conn->exp_cmdsn);
	put_be32(bhs, 32, conn->exp_cmdsn + site->window - 1);
	bhs[36] = 2;		/* drops the connection */
	wire_send(wire, bhs, NULL, 0);
	wire_fin(wire);
}

static void hear_text(struct site *site, struct site_conn *conn, struct wire *wire,
		      const struct pdu *req)
{
	static const char refusal[] = "SendTargets=NotUnderstood";

	site->texts++;
	switch (site->listing) {
	case LIST_NOT:
		break;
	case LIST_REJECT:
		reject(site, conn, wire, req);
		break;
	case LIST_REFUSE:
		send_list(site, conn, wire, req, refusal, sizeof(refusal), true);
		break;
	case LIST_DROP:
		drop(site, conn, wire);
		break;
	default:
		list_more(site, conn, wire, req);
	}
}

static void hear_full(struct site *site, struct site_conn *conn, struct wire *wire,
		      const struct pdu *req)
{
	uint8_t opcode = req->bhs[0] & 0x3f;

	if (!(req->bhs[0] & OP_IMMEDIATE))
		conn->exp_cmdsn++;
	switch (opcode) {
	case OP_LOGOUT_REQ:
		site->logouts++;
		if (!site->no_logout)
			respond(site, conn, wire, OP_LOGOUT_RSP, req);
		break;
	case OP_NOP_OUT:
		site->pings++;
		if (be32_at(req->bhs, 16) != RESERVED_TAG)
			respond(site, conn, wire, OP_NOP_IN, req);
		break;
	case OP_TEXT_REQ:
		hear_text(site, conn, wire, req);
		break;
	}
}

/* --- turns -------------------------------------------------------------------- */

static bool hear(struct site *site, unsigned int n)
{
	struct wire *wire = target_wire(site->host->target, n);
	struct site_conn *conn = &site->conn[n];
	struct pdu pdu;

	if (conn->by_hand || wire->closed || wire->in_fin || !wire_take(wire, &pdu))
		return false;
	if (conn->full)
		hear_full(site, conn, wire, &pdu);
	else
		hear_login(site, conn, wire, &pdu);
	free(pdu.data);
	return true;
}

static enum site_tcp tcp_of(struct site *site, const struct wire *wire)
{
	site->port = port_of(wire);
	return site->deaf_port && site->port == site->deaf_port ? SITE_SILENT : site->tcp;
}

static void meet(struct site *site)
{
	unsigned int n = site->seen++;
	enum site_tcp tcp = tcp_of(site, target_wire(site->host->target, n));
	struct site_conn *conn;

	site->conn = realloc(site->conn, site->seen * sizeof(*conn));
	conn = &site->conn[n];
	*conn = (struct site_conn){ .statsn = 100 + n, .tsih = n + 1 };
	site->connects++;
	if (tcp != SITE_SILENT)
		wire_answer(target_wire(site->host->target, n),
			    tcp == SITE_REFUSE ? OHBA_ST_CONN_REFUSED : OHBA_ST_SUCCESS);
}

static void count_open(struct site *site)
{
	unsigned int n;

	site->open = 0;
	for (n = 0; n < site->seen; n++)
		site->open += !target_wire(site->host->target, n)->closed && !site->conn[n].full;
	site->open_max = MAX(site->open, site->open_max);
}

static bool site_poll(struct ohba_poller *poller)
{
	struct site *site = (struct site *)((char *)poller - offsetof(struct site, poller));
	bool did = false;
	unsigned int n;

	for (; site->seen < target_count(site->host->target); did = true)
		meet(site);
	count_open(site);
	for (n = 0; n < site->seen; n++)
		did |= hear(site, n);
	return did;
}

struct site *site_new(struct host *host)
{
	struct site *site = calloc(1, sizeof(*site));

	site->host = host;
	site->window = 32;
	site->poller.poll = site_poll;
	ohba_poller_add(host->loop, &site->poller);
	return site;
}

void site_free(struct site *site)
{
	ohba_poller_del(site->host->loop, &site->poller);
	free(site->conn);
	free(site);
}

struct session site_session(struct site *site, unsigned int n, uint32_t handle)
{
	struct site_conn *conn = &site->conn[n];

	conn->by_hand = true;
	assert_true(conn->full);
	return (struct session){
		.host = site->host, .wire = target_wire(site->host->target, n), .handle = handle,
		.opts = { .flags = OHBA_SESSION_IMMEDIATE_DATA, .max_recv_dsl = 65536,
			  .max_xmit_dsl = 65536, .max_burst = 262144, .first_burst = 65536,
			  .max_r2t = 1, .window = site->window },
		.cmdsn = conn->exp_cmdsn, .max_cmdsn = conn->exp_cmdsn + site->window - 1,
		.statsn = conn->statsn, .exp_statsn = conn->statsn,
	};
}

void site_kill_one(struct site *site, unsigned int n)
{
	struct wire *wire = target_wire(site->host->target, n);

	if (!wire->closed)
		wire_error(wire, ECONNRESET);
}

void site_kill(struct site *site)
{
	unsigned int n;

	for (n = 0; n < site->seen; n++)
		site_kill_one(site, n);
}
