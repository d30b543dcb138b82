// SPDX-License-Identifier: GPL-2.0-or-later
/* Login and text negotiation (RFC 7143 sections 6 and 7), without authentication. */
#include "target.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* Answers, as "key=value\0" one after the other. */
struct reply {
	char text[TEXT_MAX];
	uint32_t len;
	bool full;
};

static void say(struct reply *reply, const char *key, const char *value)
{
	int n = snprintf(reply->text + reply->len, sizeof(reply->text) - reply->len,
			 "%s=%s", key, value);

	if (n < 0 || (size_t)n >= sizeof(reply->text) - reply->len)
		reply->full = true;
	else
		reply->len += (uint32_t)n + 1;
}

/* --- responses --- */

static void put_login(struct conn *conn, const struct in *in, struct out *out)
{
	const struct iscsi_login_req *req = &in->hdr->login_req;
	struct iscsi_login_rsp *rsp = &out->hdr.login_rsp;

	rsp->opcode = ISCSI_OP_LOGIN_RSP;
	memcpy(rsp->isid, req->isid, sizeof(rsp->isid));
	rsp->tsih = iscsi_put16(conn->login.tsih);
	rsp->itt = req->itt;
	out->with_status = true;
}

void login_fail(struct conn *conn, const struct in *in, uint8_t class, uint8_t detail)
{
	struct out out = { 0 };

	put_login(conn, in, &out);
	out.hdr.login_rsp.flags = in->hdr->login_req.flags & 0x0c;	/* CSG */
	out.hdr.login_rsp.status_class = class;
	out.hdr.login_rsp.status_detail = detail;
	out_send(conn, &out);
	conn_close(conn);
}

static void refuse(struct conn *conn, const struct in *in, uint8_t detail, const char *why)
{
	log_peer(conn, "login refused: %s", why);
	login_fail(conn, in, ISCSI_LOGIN_INITIATOR_ERROR, detail);
}

enum {	/* details of ISCSI_LOGIN_INITIATOR_ERROR (section 11.13.5) */
	DETAIL_ERROR = 0, DETAIL_AUTH = 1, DETAIL_NOT_FOUND = 3, DETAIL_VERSION = 5,
	DETAIL_TOO_MANY = 6, DETAIL_MISSING = 7, DETAIL_SESSION_TYPE = 9,
	DETAIL_NO_SESSION = 10, DETAIL_INVALID = 11,
};

/* --- keys --- */

static bool in_list(const char *list, const char *word)
{
	size_t len = strlen(word);

	while (*list) {
		size_t n = strcspn(list, ",");

		if (n == len && !memcmp(list, word, n))
			return true;
		list += n;
		list += list[0] == ',';
	}
	return false;
}

static void copy_name(char to[NAME_LEN], const char *from)
{
	snprintf(to, NAME_LEN, "%.*s", NAME_LEN - 1, from);
}

/* The keys of a login that are no negotiation of a parameter. */
static bool login_key(struct conn *conn, struct reply *reply, const char *key,
		      const char *value)
{
	struct login *login = &conn->login;

	if (!strcmp(key, "InitiatorName"))
		copy_name(login->initiator, value);
	else if (!strcmp(key, "TargetName"))
		copy_name(login->target, value);
	else if (!strcmp(key, "SessionType"))
		login->discovery = !strcmp(value, "Discovery");
	else if (!strcmp(key, "AuthMethod"))
		say(reply, key, in_list(value, "None") ? "None" : "Reject");
	else
		return !strcmp(key, "InitiatorAlias");
	return true;
}

static void negotiate(struct conn *conn, struct reply *reply, const char *key,
		      const char *value)
{
	char scratch[32];
	const char *answer = keys_answer(&conn->target->keys, &conn->keys, key, value, scratch);

	if (answer)
		say(reply, key, answer);
}

/* Each "key=value" of what is gathered in conn->text. False: one is malformed. */
static bool each_key(struct conn *conn, struct reply *reply,
		     void (*take)(struct conn *, struct reply *, const char *, const char *))
{
	char *p = conn->text, *end = conn->text + conn->text_len;

	while (p < end) {
		size_t len = strnlen(p, (size_t)(end - p));
		char *value = memchr(p, '=', len);

		if (len == (size_t)(end - p) || (len && !value))
			return false;
		if (len) {
			*value++ = '\0';
			log_info(conn, "key %s=%s", p, value);
			take(conn, reply, p, value);
		}
		p += len + 1;
	}
	conn->text_len = 0;
	return !reply->full;
}

static bool gather(struct conn *conn, const struct in *in)
{
	if (in->len > sizeof(conn->text) - conn->text_len)
		return false;
	memcpy(conn->text + conn->text_len, in->data, in->len);
	conn->text_len += in->len;
	return true;
}

static void take_login_key(struct conn *conn, struct reply *reply, const char *key,
			   const char *value)
{
	if (!login_key(conn, reply, key, value))
		negotiate(conn, reply, key, value);
}

static void declare(struct conn *conn, struct reply *reply)
{
	const struct keys_ours *ours = &conn->target->keys;
	char number[16];

	snprintf(number, sizeof(number), "%u", ours->value[KEY_MRDSL]);
	say(reply, "MaxRecvDataSegmentLength",
	    ours->answer[KEY_MRDSL] ? ours->answer[KEY_MRDSL] : number);
	conn->login.declared = true;
}

/* Not UTF-8, no '=', a key twice, a length without end: what a parser must survive. */
static void garbage(struct reply *reply)
{
	static const char keys[] = "\xff\xfe\x01\0=\0MaxBurstLength=-1\0"
		"MaxBurstLength=99999999999999999999\0NoValue\0X-\x80=1\0HeaderDigest=,,,";

	if (sizeof(keys) <= sizeof(reply->text) - reply->len) {
		memcpy(reply->text + reply->len, keys, sizeof(keys) - 1);
		reply->len += sizeof(keys) - 1;
	}
}

/* --- login --- */

/* From 0 on; -1: none of ours. */
static long target_number(const struct target *target, const char *name)
{
	size_t len = strlen(target->names[0]);
	char whole[NAME_LEN + 16];
	unsigned long n;

	for (unsigned i = 0; !target->many && i < target->names_count; i++) {
		if (!strcasecmp(target->names[i], name))
			return (long)i;
	}
	if (!target->many || strlen(name) <= len + 1)
		return -1;
	n = strtoul(name + len + 1, NULL, 10);
	snprintf(whole, sizeof(whole), "%s.%lu", target->names[0], n);
	return n < target->many && !strcasecmp(whole, name) ? (long)n : -1;
}

static bool find_target(struct conn *conn)
{
	const struct target *target = conn->target;
	long n = target_number(target, conn->login.target);

	if (n < 0)
		return false;
	conn->disks = target->many ? scsi_part(&target->disks, (uint32_t)n, target->many) :
				     target->disks;
	return true;
}

/* The same initiator port at the same target: the old session ends (7.3.5). */
static void reinstate(struct conn *conn)
{
	for (struct conn *c = conn->target->conns; c; c = c->next) {
		if (c == conn || c->dead || !c->login.begun ||
		    memcmp(c->login.isid, conn->login.isid, ISCSI_ISID_LEN) ||
		    strcmp(c->login.initiator, conn->login.initiator) ||
		    strcmp(c->login.target, conn->login.target))
			continue;
		log_info(c, "reinstated by conn=%u", conn->number);
		c->dead = true;
		serve_changed(c);
	}
}

/* The first request of a connection. @reply gets what it must be told. */
static bool begin(struct conn *conn, const struct in *in)
{
	const struct iscsi_login_req *req = &in->hdr->login_req;
	struct login *login = &conn->login;

	if (req->version_min > ISCSI_VERSION) {
		refuse(conn, in, DETAIL_VERSION, "version");
		return false;
	}
	if (iscsi_get16(req->tsih)) {
		refuse(conn, in, DETAIL_NO_SESSION, "TSIH of no session");
		return false;
	}
	login->stage = (enum iscsi_stage)ISCSI_LOGIN_CSG(req->flags);
	memcpy(login->isid, req->isid, sizeof(login->isid));
	conn->cid = iscsi_get16(req->cid);
	conn->exp_cmdsn = iscsi_get32(req->cmdsn);
	return true;
}

static bool names_ok(struct conn *conn, const struct in *in)
{
	struct login *login = &conn->login;

	if (!login->initiator[0] || (!login->discovery && !login->target[0])) {
		refuse(conn, in, DETAIL_MISSING, "InitiatorName or TargetName is missing");
		return false;
	}
	if (login->target[0] && !find_target(conn)) {
		refuse(conn, in, DETAIL_NOT_FOUND, "TargetName is not ours");
		return false;
	}
	return true;
}

static bool stages_ok(const struct conn *conn, const struct iscsi_login_req *req)
{
	unsigned csg = ISCSI_LOGIN_CSG(req->flags), nsg = ISCSI_LOGIN_NSG(req->flags);

	if (csg != conn->login.stage || csg > ISCSI_STAGE_OPERATIONAL)
		return false;
	if (!(req->flags & ISCSI_LOGIN_TRANSIT))
		return true;
	return !(req->flags & ISCSI_LOGIN_CONTINUE) && nsg > csg && nsg != 2;
}

static void respond(struct conn *conn, const struct in *in, struct reply *reply)
{
	const struct iscsi_login_req *req = &in->hdr->login_req;
	bool transit = req->flags & ISCSI_LOGIN_TRANSIT;
	unsigned nsg = ISCSI_LOGIN_NSG(req->flags);
	struct out out = { .data = (const uint8_t *)reply->text, .len = reply->len };

	if (transit && nsg == ISCSI_STAGE_FULL)
		conn->login.tsih = (uint16_t)(conn->number % 65535 + 1);
	put_login(conn, in, &out);
	out.hdr.login_rsp.flags = (uint8_t)ISCSI_LOGIN_STAGES(conn->login.stage, transit ? nsg : 0);
	if (transit)
		out.hdr.login_rsp.flags |= ISCSI_LOGIN_TRANSIT;
	out_send(conn, &out);
	if (!transit)
		return;
	conn->login.stage = (enum iscsi_stage)nsg;
	if (nsg != ISCSI_STAGE_FULL)
		return;
	conn->stage = CONN_FULL;
	if (conn->target->nop_ms)
		conn->nop_at = conn->target->now_ms + conn->target->nop_ms;
	log_info(conn, "logged in: %s to %s", conn->login.initiator, conn->login.target);
}

/* All text of one request, or of several that the C bit joined. */
static void login_text(struct conn *conn, struct in *in)
{
	struct login *login = &conn->login;
	bool first = !login->begun;
	struct reply reply = { .len = 0 };

	if (!each_key(conn, &reply, take_login_key)) {
		refuse(conn, in, DETAIL_ERROR, "malformed keys");
		return;
	}
	if (first) {
		if (!names_ok(conn, in))
			return;
		reinstate(conn);
		login->begun = true;
		if (!login->discovery)
			say(&reply, "TargetPortalGroupTag", "1");
	}
	if (login->stage == ISCSI_STAGE_OPERATIONAL && !login->declared)
		declare(conn, &reply);
	if (login->garbage)
		garbage(&reply);
	respond(conn, in, &reply);
}

void login_request(struct conn *conn, struct in *in)
{
	const struct iscsi_login_req *req = &in->hdr->login_req;

	if (!conn->login.begun && !conn->text_len && !begin(conn, in))
		return;
	if (!stages_ok(conn, req)) {
		refuse(conn, in, DETAIL_INVALID, "stages");
		return;
	}
	if (!gather(conn, in)) {
		refuse(conn, in, DETAIL_ERROR, "too many keys");
		return;
	}
	if (req->flags & ISCSI_LOGIN_CONTINUE) {
		struct reply none = { .len = 0 };

		respond(conn, in, &none);
		return;
	}
	login_text(conn, in);
}

/* --- text --- */

static void say_address(struct conn *conn, struct reply *reply)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&ss;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&ss;
	char host[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN + 16];

	if (getsockname(conn->fd, (struct sockaddr *)&ss, &len))
		return;
	if (ss.ss_family == AF_INET) {
		inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
		snprintf(text, sizeof(text), "%s:%u,1", host, ntohs(v4->sin_port));
	} else {
		inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
		snprintf(text, sizeof(text), "[%s]:%u,1", host, ntohs(v6->sin6_port));
	}
	say(reply, "TargetAddress", text);
}

/* All in a discovery session; else the session's own, which an empty value names. */
static void send_targets(struct conn *conn, struct reply *reply, const char *which)
{
	const struct target *target = conn->target;
	const char *own = conn->login.target;

	for (unsigned i = 0; i < target->names_count; i++) {
		const char *name = target->names[i];

		if (strcmp(which, "All") && strcasecmp(name, *which ? which : own))
			continue;
		if (!conn->login.discovery && strcasecmp(name, own))
			continue;
		say(reply, "TargetName", name);
		say_address(conn, reply);
	}
}

static void take_text_key(struct conn *conn, struct reply *reply, const char *key,
			  const char *value)
{
	if (!strcmp(key, "SendTargets"))
		send_targets(conn, reply, value);
	else if (!strcmp(key, "MaxRecvDataSegmentLength"))	/* alone of ours (section 13) */
		negotiate(conn, reply, key, value);
	else
		say(reply, key, "NotUnderstood");
}

void text_request(struct conn *conn, struct in *in)
{
	const struct iscsi_text_req *req = &in->hdr->text_req;
	struct reply reply = { .len = 0 };
	struct out out = { .with_status = true, .data = (const uint8_t *)reply.text };
	bool more = req->flags & ISCSI_TEXT_CONTINUE;

	if (!gather(conn, in) || (!more && !each_key(conn, &reply, take_text_key)) ||
	    reply.len > conn->keys.value[KEY_MRDSL]) {
		log_peer(conn, "text request: malformed keys, or too many");
		conn->text_len = 0;
		out_reject(conn, in->hdr, ISCSI_REJECT_PROTOCOL_ERROR);
		return;
	}
	out.len = reply.len;
	out.hdr.text_rsp.opcode = ISCSI_OP_TEXT_RSP;
	out.hdr.text_rsp.flags = more ? 0 : ISCSI_FLAG_FINAL;
	out.hdr.text_rsp.itt = req->itt;
	out.hdr.text_rsp.ttt = iscsi_put32(more ? 1 : ISCSI_RESERVED_TAG);
	out_send(conn, &out);
}
