// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DISCOVER by SendTargets: a discovery session (RFC 7143 section 4.3) with a portal, from
 * connect to logout (discover_priv.h).
 */
#include <stdio.h>
#include <string.h>

#include "core.h"
#include "discover_priv.h"
#include "login_adapter.h"
#include "own_login.h"

#define LIST_ITT	2
/*
 * If nobody asked for another: all, as entries have them. The portal chooses, whatever comes
 * first; and what most targets know is MD5 alone.
 */
#define CHAP_LIST	(OHBA_CHAP_SHA3_256 | OHBA_CHAP_SHA1 << 4 | OHBA_CHAP_MD5 << 8 | \
			 OHBA_CHAP_SHA256 << 12)
/* The last byte but one of an ISID: no entry has it as its own (ohba_target_isid()). */
#define ISID_DISCOVERY	0xff

_Static_assert(OHBA_TARGETS_MAX <= ISID_DISCOVERY << 8, "an entry's ISID");

static uint64_t now_ms(const struct ohba_discover_row *row)
{
	return ohba_loop_now(row->fw->loop) / OHBA_NS_PER_MS;
}

static struct ohba_conn *conn_of(const struct ohba_discover_row *row)
{
	return ohba_own_conn(row->fw->iscsi, row->fw->cfg.max_targets + row->n);
}

/* --- the list --------------------------------------------------------------- */

static void record(void *ctx, const char *name, const struct iscsi_portal *portal)
{
	struct ohba_discover_row *row = ctx;
	struct ohba_conn_open at = ohba_discover_peer(row);

	if (portal && !ohba_login_portal(&at, portal))
		ohba_discover_found(row, name, NULL, ISCSI_TPGT_NONE);	/* at a name */
	else
		ohba_discover_found(row, name, &at, portal ? portal->tpgt : ISCSI_TPGT_NONE);
}

static enum ohba_status ask(struct ohba_discover_row *row, struct ohba_conn *conn)
{
	union iscsi_pdu_hdr hdr = { .raw = { 0 } };
	enum ohba_status status = OHBA_ST_SUCCESS;
	struct iscsi_discovery_pdu pdu;

	while (!status && iscsi_discovery_tx(&row->list, &pdu)) {
		hdr.text_req = pdu.hdr;
		status = ohba_own_send(conn, &hdr, pdu.data, pdu.len);
	}
	return status;
}

static uint16_t list_status(const struct iscsi_discovery_result *result)
{
	switch (result->outcome) {
	case ISCSI_DISCOVERY_DONE:
		return OHBA_ST_SUCCESS;
	case ISCSI_DISCOVERY_REFUSED:
		return OHBA_ST_DISCOVERY_REFUSED;
	case ISCSI_DISCOVERY_TIMEOUT:
		return OHBA_ST_DISCOVERY_TIMEOUT;
	default:
		return OHBA_ST_DISCOVERY_VIOLATION;
	}
}

static void leave(struct ohba_discover_row *row, struct ohba_conn *conn)
{
	ohba_discover_move(row, OHBA_DISCOVER_EV_LISTED);
	ohba_timer_arm(&row->timer, ohba_own_logout(conn) ? OHBA_LOGOUT_NS : 0);
}

/* Who broke the rules once is not said goodbye to. */
static int listed(struct ohba_discover_row *row, struct ohba_conn *conn)
{
	const struct iscsi_discovery_result *result = iscsi_discovery_result(&row->list);
	char words[sizeof(row->told.words)];
	uint16_t status;

	if (!result)
		return ohba_discover_because(row, ask(row, conn), NULL);
	status = list_status(result);
	if (status) {
		snprintf(words, sizeof(words), "the target %s", result->words);
		ohba_discover_because(row, status, words);
	}
	if (status == OHBA_ST_DISCOVERY_VIOLATION)
		return status;
	leave(row, conn);
	return 0;
}

static int session_pdu(struct ohba_discover_row *row, struct ohba_conn *conn,
		       const union iscsi_pdu_hdr *hdr, const void *data)
{
	uint8_t opcode = iscsi_opcode(&hdr->bhs);

	if (row->state == OHBA_DISCOVER_LEAVING) {
		/* Whatever it says of our logout, there is nothing more to say. */
		row->answered |= opcode == ISCSI_OP_LOGOUT_RSP || opcode == ISCSI_OP_REJECT;
		if (row->answered)
			ohba_timer_arm(&row->timer, 0);
		return 0;
	}
	if (opcode == ISCSI_OP_ASYNC)
		iscsi_discovery_statsn(&row->list, iscsi_get32(hdr->async.statsn));
	else
		iscsi_discovery_rx(&row->list, hdr, data, iscsi_dsl(&hdr->bhs), now_ms(row));
	return listed(row, conn);
}

/* --- the login -------------------------------------------------------------- */

static int refused(struct ohba_discover_row *row, const struct iscsi_login_result *result)
{
	char words[sizeof(row->told.words)];

	if (result->outcome == ISCSI_LOGIN_DONE)
		return 0;	/* conn_held() follows */
	if (result->outcome == ISCSI_LOGIN_MOVED) {
		snprintf(words, sizeof(words), "the portal sends us on to %.80s port %u: ask that one",
			 result->portal.host, result->portal.port);
		return ohba_discover_because(row, OHBA_ST_LOGIN_REDIRECTED, words);
	}
	iscsi_login_explain(result, words, sizeof(words));
	return ohba_discover_because(row, login_status_of(result), words);
}

static int login_pdu(struct ohba_discover_row *row, struct ohba_conn *conn,
		     const union iscsi_pdu_hdr *hdr, const void *data)
{
	if (iscsi_opcode(&hdr->bhs) == ISCSI_OP_LOGIN_RSP) {
		row->told.login_class = hdr->login_rsp.status_class;
		row->told.login_detail = hdr->login_rsp.status_detail;
	}
	iscsi_login_rx(&row->login, hdr, data, iscsi_dsl(&hdr->bhs), now_ms(row));
	if (iscsi_login_result(&row->login))
		return refused(row, iscsi_login_result(&row->login));
	return ohba_discover_because(row, ohba_login_send_due(conn, &row->login), NULL);
}

static void begin_list(struct ohba_discover_row *row, const struct iscsi_login_result *result,
		       uint32_t max_recv_dsl)
{
	const struct iscsi_discovery_config config = {
		.itt = LIST_ITT, .cmdsn = result->cmdsn, .exp_statsn = result->exp_statsn,
		.max_recv_dsl = max_recv_dsl,
		.timeout_ms = ohba_login_left_ms(row->fw, row->deadline_ns),
		.record = record, .ctx = row,
	};

	iscsi_discovery_start(&row->list, &config, now_ms(row));
}

/* --- what the connection tells ------------------------------------------------ */

static void conn_up(struct ohba_conn *conn)
{
	struct ohba_discover_row *row = conn->owner_arg;

	ohba_discover_move(row, OHBA_DISCOVER_EV_CONNECTED);
	row->config.timeout_ms = ohba_login_left_ms(row->fw, row->deadline_ns);
	iscsi_login_start(&row->login, &row->config, now_ms(row));
	/* Not in a callback: once it is over. */
	if (ohba_discover_because(row, ohba_login_send_due(conn, &row->login), NULL))
		ohba_timer_arm(&row->timer, 0);
}

static int conn_pdu(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr, const void *data)
{
	struct ohba_discover_row *row = conn->owner_arg;

	return row->state == OHBA_DISCOVER_LOGIN ? login_pdu(row, conn, hdr, data) :
						   session_pdu(row, conn, hdr, data);
}

static int conn_held(struct ohba_conn *conn)
{
	struct ohba_discover_row *row = conn->owner_arg;
	const struct iscsi_login_result *result = iscsi_login_result(&row->login);
	struct ohba_session_params params;

	if (!result || result->outcome != ISCSI_LOGIN_DONE)
		return ohba_discover_because(row, OHBA_ST_LOGIN_VIOLATION,
			       "the target ended the login in the middle");
	/* Without timers, so without pings of ours: their answers would take a StatSN. */
	login_put_params(&params, result);
	params.flags |= htole16(OHBA_SESSION_DISCOVERY);
	if (ohba_session_begin(conn, &params))
		return ohba_discover_because(row, OHBA_ST_LOGIN_VIOLATION,
			       "the target answered what was not sent yet");
	ohba_discover_move(row, OHBA_DISCOVER_EV_READY);
	begin_list(row, result, le32toh(params.max_recv_dsl));
	return ohba_discover_because(row, ask(row, conn), NULL);
}

static void conn_idle(struct ohba_conn *conn)
{
	(void)conn;	/* it has no tasks */
}

static void conn_gone(struct ohba_conn *conn, enum ohba_status reason)
{
	struct ohba_discover_row *row = conn->owner_arg;

	if (row->state != OHBA_DISCOVER_LEAVING)
		ohba_discover_because(row, reason, NULL);
	ohba_discover_finish(row);
}

static const struct ohba_conn_owner owner = {
	.up = conn_up,
	.pdu = conn_pdu,
	.held = conn_held,
	.idle = conn_idle,
	.gone = conn_gone,
};

/* --- the method ------------------------------------------------------------- */

/* What it waited for says more than that time is up. */
static void login_late(struct ohba_discover_row *row)
{
	char words[sizeof(row->told.words)];

	iscsi_login_expire(&row->login, UINT64_MAX);
	iscsi_login_explain(iscsi_login_result(&row->login), words, sizeof(words));
	ohba_discover_because(row, OHBA_ST_LOGIN_TIMEOUT, words);
}

static void expired(struct ohba_discover_row *row)
{
	static const uint16_t late[] = {
		[OHBA_DISCOVER_CONNECTING] = OHBA_ST_CONN_TIMEOUT,
		[OHBA_DISCOVER_LOGIN] = OHBA_ST_LOGIN_TIMEOUT,
		[OHBA_DISCOVER_ASKING] = OHBA_ST_DISCOVERY_TIMEOUT,
	};
	struct ohba_conn *conn = conn_of(row);
	bool over = row->state == OHBA_DISCOVER_LEAVING;

	if (row->state == OHBA_DISCOVER_LOGIN && !iscsi_login_result(&row->login))
		login_late(row);
	else if (!over)
		ohba_discover_because(row, late[row->state], NULL);
	if (conn)
		ohba_own_close(conn, !over, !over || !row->answered);
}

static const char *configure(struct ohba_discover_row *row)
{
	struct iscsi_login_config *config = &row->config;
	struct ohba_fw *fw = row->fw;

	memset(config, 0, sizeof(*config));
	ohba_login_put_initiator(config, &row->initiator);
	ohba_target_isid(fw, ISID_DISCOVERY << 8 | row->n, NULL, config->isid);
	config->tpgt = ISCSI_TPGT_NONE;
	config->timeout_ms = ohba_login_left_ms(row->fw, row->deadline_ns);
	iscsi_params_default(&config->want);
	config->want.max_recv_dsl = OHBA_CTRL_DATA_MAX;
	config->want.auth_method = ISCSI_AUTH_NONE;
	if (!ohba_login_account(fw, row->asked.account, false, &row->account, &config->chap))
		return "the account does not exist, or is for targets";
	if (config->chap.secret) {
		config->want.auth_method = ISCSI_AUTH_CHAP;
		config->want.chap_algorithm =
			login_chap_list(row->asked.chap_list ? le16toh(row->asked.chap_list) :
							       CHAP_LIST);
	}
	return NULL;
}

static enum ohba_status begin(struct ohba_discover_row *row)
{
	struct ohba_conn_open open = ohba_discover_peer(row);
	const char *wrong = configure(row);
	char words[sizeof(row->told.words)];

	row->answered = false;
	if (wrong)
		return ohba_discover_because(row, OHBA_ST_LOGIN_CONFIG, wrong);
	/* It says what is wrong with the configuration before anybody is troubled with it. */
	iscsi_login_start(&row->login, &row->config, now_ms(row));
	if (iscsi_login_result(&row->login)) {
		iscsi_login_explain(iscsi_login_result(&row->login), words, sizeof(words));
		return ohba_discover_because(row, OHBA_ST_LOGIN_CONFIG, words);
	}
	return ohba_discover_because(row, ohba_own_open(row->fw->iscsi,
							row->fw->cfg.max_targets + row->n,
							&open, &owner, row), NULL);
}

static void end(struct ohba_discover_row *row)
{
	explicit_bzero(&row->account, sizeof(row->account));
	iscsi_login_end(&row->login);
}

const struct ohba_discover_ops ohba_discover_session = {
	.begin = begin,
	.expired = expired,
	.end = end,
};
