// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A login of the agent's: from an entry to uip/proto's configuration, its PDUs to and from a
 * connection, and from its result to a session, or to the reason why there is none.
 */
#include <arpa/inet.h>
#include <string.h>

#include "agent_priv.h"
#include "chap.h"

#define LOGIN_MS	15000	/* the default of login_ms */
#define LOGIN_ITT	1
#define LOGIN_CMDSN	1

static uint64_t now_ms(const struct agent_target *row)
{
	return agent_now_ns(row->agent) / OHBA_NS_PER_MS;
}

/* --- configuration ---------------------------------------------------------- */

/* That libcrypto can do: in FIPS mode it has no MD5. */
static uint32_t chap_list(uint16_t words)
{
	uint32_t list = 0;
	int shift = 0;

	for (; words; words >>= 4) {
		if (!iscsi_chap_available(words & 15))
			continue;
		list |= (words & 15u) << shift;
		shift += 4;
	}
	return list;
}

static void put_wishes(struct iscsi_params *want, const struct ohba_target *target)
{
	uint16_t flags = le16toh(target->flags);

	iscsi_params_default(want);
	want->header_digest = target->header_digest;
	want->data_digest = target->data_digest;
	want->initial_r2t = !!(flags & OHBA_TARGET_INITIAL_R2T);
	want->immediate_data = !!(flags & OHBA_TARGET_IMMEDIATE);
	want->max_recv_dsl = le32toh(target->max_recv_dsl);
	want->max_burst_len = le32toh(target->max_burst);
	want->first_burst_len = le32toh(target->first_burst);
	want->max_outstanding_r2t = le16toh(target->max_r2t);
	want->time2wait = le16toh(target->time2wait);
	want->time2retain = le16toh(target->time2retain);
}

/* False: it is named, and is not there, or is for the other direction. */
static bool put_account(struct ohba_fw *fw, __le16 index, bool of_target,
			struct ohba_account *copy, struct iscsi_chap_account *chap)
{
	const struct ohba_account *account = ohba_account_get(fw, le16toh(index));

	if (le16toh(index) == OHBA_ACCOUNT_NONE)
		return true;
	if (!account || !!(account->flags & OHBA_ACCOUNT_TARGET) != of_target)
		return false;
	*copy = *account;
	chap->name = copy->name[0] ? (const char *)copy->name : NULL;
	chap->secret = copy->secret;
	chap->len = le16toh(copy->secret_len);
	return true;
}

/* Who named an account wants it used: a target that would do without is not let to. */
static const char *put_chap(struct ohba_fw *fw, struct agent_login *login,
			    const struct ohba_target *target)
{
	struct iscsi_login_config *config = &login->config;

	if (!put_account(fw, target->account, false, &login->ours, &config->chap))
		return "the entry's account does not exist, or is for targets";
	if (!put_account(fw, target->target_account, true, &login->theirs, &config->chap_target))
		return "the entry's target account does not exist, or is not for targets";
	config->want.auth_method = ISCSI_AUTH_NONE;
	if (!config->chap.secret)
		return config->chap_target.secret ? "the entry has an account of the target's alone"
						  : NULL;
	config->want.auth_method = ISCSI_AUTH_CHAP;
	config->want.chap_algorithm = chap_list(le16toh(target->chap_list));
	return NULL;
}

static const char *put_config(struct ohba_fw *fw, uint32_t index, struct agent_login *login,
			      const struct ohba_target *target)
{
	struct iscsi_login_config *config = &login->config;

	if (!target->name[0] || !target->family)
		return "the entry has no target name or no address";
	ohba_initiator_get(fw, &login->initiator);
	memcpy(login->target_name, target->name, sizeof(login->target_name));
	config->initiator_name = (const char *)login->initiator.name;
	if (login->initiator.alias[0])
		config->initiator_alias = (const char *)login->initiator.alias;
	config->target_name = login->target_name;
	ohba_target_isid(fw, index, target, config->isid);
	config->itt = LOGIN_ITT;
	config->cmdsn = LOGIN_CMDSN;
	config->tpgt = le16toh(target->flags) & OHBA_TARGET_TPGT ? le16toh(target->tpgt) :
								   ISCSI_TPGT_NONE;
	config->timeout_ms = le32toh(target->login_ms) ? le32toh(target->login_ms) : LOGIN_MS;
	put_wishes(&config->want, target);
	return put_chap(fw, login, target);
}

static void put_portal(struct agent_login *login, const struct ohba_target *target)
{
	login->open.family = target->family;
	login->open.port = target->port;
	memcpy(login->open.addr, target->addr, sizeof(login->open.addr));
}

/* The words that the library has for it. */
static enum ohba_status explain(struct agent_target *row, const struct iscsi_login_result *result,
				enum ohba_status status)
{
	char words[sizeof(row->words)];

	iscsi_login_explain(result, words, sizeof(words));
	agent_why(row, status, words);
	return status;
}

static enum ohba_status wrong(struct agent_target *row, const char *words)
{
	agent_why(row, OHBA_ST_LOGIN_CONFIG, words);
	return OHBA_ST_LOGIN_CONFIG;
}

/* The library says what is wrong with the configuration before it sends anything. */
static bool configured(struct agent_target *row)
{
	struct agent_login *login = row->login;

	iscsi_login_start(&login->login, &login->config, now_ms(row));
	if (!iscsi_login_result(&login->login))
		return true;
	explain(row, iscsi_login_result(&login->login), OHBA_ST_LOGIN_CONFIG);
	return false;
}

enum ohba_status agent_login_make(struct agent_target *row)
{
	struct ohba_fw *fw = row->agent->fw;
	const struct ohba_target *target = ohba_target_get(fw, row->index);
	struct agent_login *login = row->login;
	const char *why = put_config(fw, row->index, login, target);

	if (why)
		return wrong(row, why);
	put_portal(login, target);
	login->timers = target->timers;
	login->deadline_ns = agent_now_ns(row->agent) + login->config.timeout_ms * OHBA_NS_PER_MS;
	login->by = target->login_by;
	switch (agent_who(row)) {
	case AGENT_BY_US:	/* nobody is troubled with what cannot be */
		return configured(row) ? OHBA_ST_SUCCESS : OHBA_ST_LOGIN_CONFIG;
	case AGENT_BY_NOBODY:
		return OHBA_ST_LOGIN_NO_HELPER;
	default:		/* who may know of more than we do */
		return OHBA_ST_SUCCESS;
	}
}

/* Rounded up: 0 would be a time limit of the connection's own. */
uint32_t agent_left_ms(const struct agent_target *row)
{
	uint64_t now = agent_now_ns(row->agent);

	return now < row->login->deadline_ns ?
	       (row->login->deadline_ns - now + OHBA_NS_PER_MS - 1) / OHBA_NS_PER_MS : 1;
}

enum ohba_status agent_login_connect(struct agent_target *row)
{
	struct agent_login *login = row->login;

	login->moved = false;
	login->open.timeout_ms = htole32(agent_left_ms(row));
	row->portal = login->open;
	return ohba_own_open(row->agent->fw->iscsi, row->index, &login->open, &agent_owner, row);
}

/* --- PDUs ------------------------------------------------------------------- */

static enum ohba_status send_due(struct agent_target *row, struct ohba_conn *conn)
{
	union iscsi_pdu_hdr hdr = { .raw = { 0 } };
	enum ohba_status status = OHBA_ST_SUCCESS;
	struct iscsi_login_pdu pdu;

	while (!status && iscsi_login_tx(&row->login->login, &pdu)) {
		hdr.login_req = pdu.hdr;
		status = ohba_own_send(conn, &hdr, pdu.data, pdu.len);
	}
	return status;
}

enum ohba_status agent_login_start(struct agent_target *row, struct ohba_conn *conn)
{
	struct agent_login *login = row->login;

	/* Anew for each that we are sent on to: the one before heard the answer's like. */
	if (login->config.chap_target.secret &&
	    !ohba_fw_random(row->agent->fw, login->config.random, sizeof(login->config.random)))
		return OHBA_ST_INTERNAL;
	login->config.timeout_ms = agent_left_ms(row);
	if (!configured(row))
		return OHBA_ST_LOGIN_CONFIG;
	return send_due(row, conn);
}

/* --- results ---------------------------------------------------------------- */

/* Class and detail. */
#define STATUS_OURS	0x0200	/* Initiator error */
#define STATUS_AUTH	0x0201	/* Authentication failure */

static enum ohba_status status_of(const struct iscsi_login_result *result)
{
	static const uint16_t statuses[ISCSI_LOGIN_OUTCOMES] = {
		[ISCSI_LOGIN_CONFIG] = OHBA_ST_LOGIN_CONFIG,
		[ISCSI_LOGIN_REFUSED] = OHBA_ST_LOGIN_REFUSED,
		[ISCSI_LOGIN_VIOLATION] = OHBA_ST_LOGIN_VIOLATION,
		[ISCSI_LOGIN_NO_AGREEMENT] = OHBA_ST_LOGIN_NO_AGREEMENT,
		[ISCSI_LOGIN_UNPROVEN] = OHBA_ST_LOGIN_UNPROVEN,
		[ISCSI_LOGIN_TIMEOUT] = OHBA_ST_LOGIN_TIMEOUT,
		[ISCSI_LOGIN_INTERNAL] = OHBA_ST_INTERNAL,
	};

	/* Some, tgtd for one, say no more of a wrong proof than that it is our error. */
	if (result->status && (result->status->code == STATUS_AUTH ||
			       (result->status->code == STATUS_OURS && result->proved)))
		return OHBA_ST_LOGIN_AUTH;
	return statuses[result->outcome];
}

/* False: it is no address. There is nobody here to ask for a name's. */
static bool take_portal(struct ohba_conn_open *open, const struct iscsi_portal *portal)
{
	memset(open, 0, sizeof(*open));
	open->family = portal->is_ipv6 ? OHBA_FAMILY_IPV6 : OHBA_FAMILY_IPV4;
	open->port = htole16(portal->port);
	return inet_pton(portal->is_ipv6 ? AF_INET6 : AF_INET, portal->host, open->addr) == 1;
}

enum place {
	PLACE_NETWORK,
	PLACE_LINK,
	PLACE_HERE,			/* the machine that the adapter is in */
	PLACE_NOBODY,
};

static enum place place_of_ipv4(const uint8_t *addr)
{
	if (!addr[0] || addr[0] >= 224)
		return PLACE_NOBODY;
	if (addr[0] == 127)
		return PLACE_HERE;
	return addr[0] == 169 && addr[1] == 254 ? PLACE_LINK : PLACE_NETWORK;
}

static enum place place_of_ipv6(const uint8_t *addr)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (!memcmp(addr, mapped, sizeof(mapped)))
		return place_of_ipv4(addr + 12);
	if (ohba_all_zero(addr, 15) && addr[15] == 1)
		return PLACE_HERE;
	if (addr[0] == 0xff || ohba_all_zero(addr, 12))
		return PLACE_NOBODY;
	return addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80 ? PLACE_LINK : PLACE_NETWORK;
}

static enum place place_of(uint8_t family, const uint8_t *addr)
{
	return family == OHBA_FAMILY_IPV4 ? place_of_ipv4(addr) : place_of_ipv6(addr);
}

/*
 * A target must not make us a client of services that only the machine under the adapter
 * reaches; but one that is there itself may stay there.
 */
static bool may_go(struct agent_target *row, const struct ohba_conn_open *open)
{
	const struct ohba_target *target = ohba_target_get(row->agent->fw, row->index);
	enum place place = place_of(open->family, open->addr);

	return place == PLACE_NETWORK ||
	       (place != PLACE_NOBODY && place == place_of(target->family, target->addr));
}

static enum ohba_status stay(struct agent_target *row, const char *words)
{
	agent_why(row, OHBA_ST_LOGIN_REDIRECTED, words);
	return OHBA_ST_LOGIN_REDIRECTED;
}

enum ohba_status agent_login_move(struct agent_target *row, const struct ohba_conn_open *to)
{
	struct agent_login *login = row->login;

	if (login->hops++ == AGENT_HOPS)
		return stay(row, "the target sends the login on too often");
	if (!to)
		return stay(row, "the target sends the login on to a name, not to an address");
	if (!may_go(row, to))
		return stay(row, "the target sends the login on to an address of no network");
	login->open = *to;
	login->config.tpgt = ISCSI_TPGT_NONE;
	login->moved = true;
	return OHBA_ST_LOGIN_REDIRECTED;
}

static int redirected(struct agent_target *row, const struct iscsi_login_result *result)
{
	struct ohba_conn_open to;

	return agent_login_move(row, take_portal(&to, &result->portal) ? &to : NULL);
}

/* The library knows no more than that the answer was not on the list. */
static bool shuns_chap(const struct agent_login *login, const struct iscsi_login_result *result)
{
	return result->outcome == ISCSI_LOGIN_VIOLATION && result->key &&
	       !strcmp(result->key, "AuthMethod") &&
	       login->config.want.auth_method == ISCSI_AUTH_CHAP;
}

static int ended(struct agent_target *row, const struct iscsi_login_result *result)
{
	switch (result->outcome) {
	case ISCSI_LOGIN_DONE:
		return 0;	/* agent_login_done() follows */
	case ISCSI_LOGIN_MOVED:
		return redirected(row, result);
	default:
		if (shuns_chap(row->login, result)) {
			agent_why(row, OHBA_ST_LOGIN_VIOLATION,
				  "the target does not choose CHAP, which the entry asks for");
			return OHBA_ST_LOGIN_VIOLATION;
		}
		return explain(row, result, status_of(result));
	}
}

int agent_login_pdu(struct agent_target *row, struct ohba_conn *conn,
		    const union iscsi_pdu_hdr *hdr, const void *data)
{
	struct iscsi_login *login = &row->login->login;

	if (iscsi_opcode(&hdr->bhs) == ISCSI_OP_LOGIN_RSP) {
		row->login_class = hdr->login_rsp.status_class;
		row->login_detail = hdr->login_rsp.status_detail;
	}
	if (row->state == OHBA_TGT_HOSTED)
		return 0;
	iscsi_login_rx(login, hdr, data, iscsi_dsl(&hdr->bhs), now_ms(row));
	if (iscsi_login_result(login))
		return ended(row, iscsi_login_result(login));
	return send_due(row, conn);
}

enum ohba_status agent_login_late(struct agent_target *row)
{
	struct iscsi_login *login = &row->login->login;

	/* Else it has a result, which is about to be acted on: too late. */
	if (iscsi_login_result(login)) {
		agent_why(row, OHBA_ST_LOGIN_TIMEOUT, NULL);
		return OHBA_ST_LOGIN_TIMEOUT;
	}
	iscsi_login_expire(login, UINT64_MAX);
	return explain(row, iscsi_login_result(login), OHBA_ST_LOGIN_TIMEOUT);
}

/* --- the session ------------------------------------------------------------ */

static uint16_t session_flags(const struct iscsi_params *p)
{
	return (p->initial_r2t ? OHBA_SESSION_INITIAL_R2T : 0) |
	       (p->immediate_data ? OHBA_SESSION_IMMEDIATE_DATA : 0) |
	       (p->header_digest == ISCSI_DIGEST_CRC32C ? OHBA_SESSION_HDR_DIGEST : 0) |
	       (p->data_digest == ISCSI_DIGEST_CRC32C ? OHBA_SESSION_DATA_DIGEST : 0);
}

/* A first burst that nothing will use may be left longer than any burst. */
static uint32_t first_burst(const struct iscsi_params *p)
{
	return p->first_burst_len < p->max_burst_len ? p->first_burst_len : p->max_burst_len;
}

static void put_params(struct ohba_session_params *params,
		       const struct iscsi_login_result *result)
{
	const struct iscsi_params *p = &result->params;

	params->cmdsn = htole32(result->cmdsn);
	params->max_cmdsn = htole32(result->max_cmdsn);
	params->exp_statsn = htole32(result->exp_statsn);
	params->max_recv_dsl = htole32(p->max_recv_dsl);
	params->max_xmit_dsl = htole32(p->max_send_dsl);
	params->max_burst = htole32(p->max_burst_len);
	params->first_burst = htole32(first_burst(p));
	params->max_r2t = htole16(p->max_outstanding_r2t);
	params->flags = htole16(session_flags(p));
}

enum ohba_status agent_agree(struct agent_target *row, struct ohba_conn *conn,
			     const struct ohba_login_result *result)
{
	enum ohba_status status;

	row->params = result->params;
	row->params.timers = row->login->timers;
	status = ohba_session_begin(conn, &row->params);
	if (status)
		return status;
	row->wait_s = le16toh(result->time2wait);
	row->tsih = le16toh(result->tsih);
	row->tpgt = le16toh(result->tpgt);
	memcpy(row->alias, result->alias, sizeof(row->alias));
	return OHBA_ST_SUCCESS;
}

static void put_agreed(struct ohba_login_result *agreed, const struct iscsi_login_result *result)
{
	memset(agreed, 0, sizeof(*agreed));
	agreed->tsih = htole16(result->tsih);
	agreed->tpgt = htole16(result->tpgt);
	agreed->time2wait = htole16(result->params.time2wait);
	put_params(&agreed->params, result);
	memcpy(agreed->alias, result->target_alias, sizeof(agreed->alias));
}

static int no_session(struct agent_target *row, enum ohba_status status, const char *words)
{
	agent_why(row, status, words);
	return status;
}

int agent_login_done(struct agent_target *row, struct ohba_conn *conn)
{
	const struct iscsi_login_result *result = iscsi_login_result(&row->login->login);
	struct ohba_login_result agreed;

	if (!result || result->outcome != ISCSI_LOGIN_DONE)
		return no_session(row, OHBA_ST_LOGIN_VIOLATION,
				  "the target ended the login in the middle");
	put_agreed(&agreed, result);
	switch (agent_agree(row, conn, &agreed)) {
	case OHBA_ST_SUCCESS:
		return 0;
	case OHBA_ST_INVALID_FIELD:
		return no_session(row, OHBA_ST_LOGIN_NO_AGREEMENT,
				  "the adapter cannot do what was agreed on");
	default:
		return no_session(row, OHBA_ST_LOGIN_VIOLATION,
				  "the target answered what was not sent yet");
	}
}

void agent_login_wipe(struct agent_login *login)
{
	explicit_bzero(login, sizeof(*login));
}
