// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DISCOVER: a discovery session (RFC 7143 section 4.3) with a portal, from connect to logout,
 * and its list of targets, which goes to host memory as it comes (discover.h).
 *
 *   FREE -- DISCOVER --> CONNECTING -- TCP is up --> LOGIN -- agreed --> ASKING
 *   ASKING -- listed, or refused --> LOGOUT
 *   any -- the connection is gone --> FREE, and the command completes
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "discover.h"
#include "discovery.h"
#include "iscsi.h"
#include "ohba_login.h"
#include "own_login.h"
#include "login_adapter.h"
#include "table.h"
#include "targets.h"

#define DISCOVER_MS	15000	/* the default of timeout_ms */
#define LOGOUT_NS	(5 * OHBA_NS_PER_S)	/* for the answer to a Logout Request */
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

enum discover_state { FREE, CONNECTING, LOGIN, ASKING, LOGOUT };

struct ohba_discover_row {
	struct ohba_fw *fw;			/* NULL: was never used since enable */
	uint32_t n;
	uint8_t state;				/* enum discover_state */
	bool answered;				/* our Logout Request */
	uint16_t why;				/* it ends, if not 0 */
	uint16_t fault;				/* host memory cannot be written */
	struct ohba_timer timer;
	struct ohba_owed owed;
	struct ohba_discover asked;
	uint64_t deadline_ns;
	/* What the login needs, copied: commands may change the records meanwhile. */
	struct ohba_initiator initiator;
	struct ohba_account account;
	struct iscsi_login_config config;
	struct iscsi_login login;
	struct iscsi_discovery list;
	struct ohba_discovery told;
	uint32_t written;			/* records, behind .told */
	struct ohba_sgl sgl;
	struct ohba_seg seg[OHBA_FW_MAX_SGE];
};

static uint64_t now_ms(const struct ohba_discover_row *row)
{
	return ohba_loop_now(row->fw->loop) / OHBA_NS_PER_MS;
}

static struct ohba_conn *conn_of(const struct ohba_discover_row *row)
{
	return ohba_own_conn(row->fw->iscsi, row->fw->cfg.max_targets + row->n);
}

/* The first reason counts, if there is one. */
static int because(struct ohba_discover_row *row, enum ohba_status why, const char *words)
{
	if (row->why || !why)
		return row->why;
	row->why = why;
	if (!words)
		words = ohba_status_meaning(why);
	snprintf((char *)row->told.words, sizeof(row->told.words), "%s", words);
	return why;
}

/* --- the end ---------------------------------------------------------------- */

static void finish(struct ohba_discover_row *row)
{
	struct ohba_cqe cqe = { .result = htole32(row->written) };
	enum ohba_status fault = ohba_sgl_write(row->fw, &row->sgl, 0, &row->told,
						sizeof(row->told));

	if (!row->fault)
		row->fault = fault;
	cqe.status = htole16(row->fault ? row->fault : row->why);
	ohba_fw_trace(row->fw, row->why ? OHBA_TRACE_ERROR : OHBA_TRACE_NORMAL, "discovery",
		      "discovery %u: %s: %s, %u listed, %u skipped, %u written", row->n,
		      ohba_status_name(le16toh(cqe.status)), row->told.words,
		      le32toh(row->told.listed), le32toh(row->told.skipped), row->written);
	ohba_timer_cancel(&row->timer);
	explicit_bzero(&row->account, sizeof(row->account));
	iscsi_login_end(&row->login);
	row->state = FREE;
	ohba_pay(row->fw, &row->owed, &cqe);
}

/* What it waited for says more than that time is up. */
static void login_late(struct ohba_discover_row *row)
{
	char words[sizeof(row->told.words)];

	iscsi_login_expire(&row->login, UINT64_MAX);
	iscsi_login_explain(iscsi_login_result(&row->login), words, sizeof(words));
	because(row, OHBA_ST_LOGIN_TIMEOUT, words);
}

static void expired(struct ohba_timer *timer)
{
	struct ohba_discover_row *row = ohba_container(timer, struct ohba_discover_row, timer);
	static const uint16_t late[] = {
		[CONNECTING] = OHBA_ST_CONN_TIMEOUT,
		[LOGIN] = OHBA_ST_LOGIN_TIMEOUT,
		[ASKING] = OHBA_ST_DISCOVERY_TIMEOUT,
	};
	struct ohba_conn *conn = conn_of(row);
	bool over = row->state == LOGOUT;

	if (row->state == LOGIN && !iscsi_login_result(&row->login))
		login_late(row);
	else if (!over)
		because(row, late[row->state], NULL);
	if (conn)
		ohba_own_close(conn, !over, !over || !row->answered);
}

/* --- the list --------------------------------------------------------------- */

static void write_record(struct ohba_discover_row *row, const struct ohba_discovered *found)
{
	uint32_t off = sizeof(row->told) + row->written * sizeof(*found);

	if (row->fault || row->sgl.len - off < sizeof(*found))
		return;
	row->fault = ohba_sgl_write(row->fw, &row->sgl, off, found, sizeof(*found));
	if (!row->fault)
		row->written++;
}

static void count(__le32 *counter)
{
	*counter = htole32(le32toh(*counter) + 1);
}

/* False: at a name, or where we must not be sent. */
static bool fill(const struct ohba_discover_row *row, const struct iscsi_portal *portal,
		 struct ohba_discovered *found)
{
	const struct ohba_discover *asked = &row->asked;
	struct ohba_conn_open open = { .family = asked->family, .port = asked->port };

	memcpy(open.addr, asked->addr, sizeof(open.addr));
	if (portal && (!ohba_login_portal(&open, portal) ||
		       !ohba_login_may_go(asked->family, asked->addr, open.family, open.addr)))
		return false;
	found->family = open.family;
	found->port = open.port;
	memcpy(found->addr, open.addr, sizeof(found->addr));
	if (portal && portal->tpgt != ISCSI_TPGT_NONE) {
		found->flags = OHBA_DISCOVERED_TPGT;
		found->tpgt = htole16(portal->tpgt);
	}
	return open.port;
}

static void record(void *ctx, const char *name, const struct iscsi_portal *portal)
{
	struct ohba_discover_row *row = ctx;
	struct ohba_discovered found = { .family = 0 };

	count(&row->told.listed);
	if (!fill(row, portal, &found)) {
		count(&row->told.skipped);
		return;
	}
	memcpy(found.name, name, strlen(name));
	write_record(row, &found);
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
	row->state = LOGOUT;
	ohba_timer_arm(&row->timer, ohba_own_logout(conn) ? LOGOUT_NS : 0);
}

/* Who broke the rules once is not said goodbye to. */
static int listed(struct ohba_discover_row *row, struct ohba_conn *conn)
{
	const struct iscsi_discovery_result *result = iscsi_discovery_result(&row->list);
	char words[sizeof(row->told.words)];
	uint16_t status;

	if (!result)
		return because(row, ask(row, conn), NULL);
	status = list_status(result);
	if (status) {
		snprintf(words, sizeof(words), "the target %s", result->words);
		because(row, status, words);
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

	if (row->state == LOGOUT) {
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

static uint32_t left_ms(const struct ohba_discover_row *row)
{
	uint64_t now = ohba_loop_now(row->fw->loop);

	return now < row->deadline_ns ?
	       (row->deadline_ns - now + OHBA_NS_PER_MS - 1) / OHBA_NS_PER_MS : 1;
}

static enum ohba_status log_in(struct ohba_discover_row *row, struct ohba_conn *conn)
{
	union iscsi_pdu_hdr hdr = { .raw = { 0 } };
	enum ohba_status status = OHBA_ST_SUCCESS;
	struct iscsi_login_pdu pdu;

	while (!status && iscsi_login_tx(&row->login, &pdu)) {
		hdr.login_req = pdu.hdr;
		status = ohba_own_send(conn, &hdr, pdu.data, pdu.len);
	}
	return status;
}

static int refused(struct ohba_discover_row *row, const struct iscsi_login_result *result)
{
	char words[sizeof(row->told.words)];

	if (result->outcome == ISCSI_LOGIN_DONE)
		return 0;	/* conn_held() follows */
	if (result->outcome == ISCSI_LOGIN_MOVED) {
		snprintf(words, sizeof(words), "the portal sends us on to %.80s port %u: ask that one",
			 result->portal.host, result->portal.port);
		return because(row, OHBA_ST_LOGIN_REDIRECTED, words);
	}
	iscsi_login_explain(result, words, sizeof(words));
	return because(row, login_status_of(result), words);
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
	return because(row, log_in(row, conn), NULL);
}

static void begin_list(struct ohba_discover_row *row, const struct iscsi_login_result *result,
		       uint32_t max_recv_dsl)
{
	const struct iscsi_discovery_config config = {
		.itt = LIST_ITT, .cmdsn = result->cmdsn, .exp_statsn = result->exp_statsn,
		.max_recv_dsl = max_recv_dsl, .timeout_ms = left_ms(row),
		.record = record, .ctx = row,
	};

	iscsi_discovery_start(&row->list, &config, now_ms(row));
}

/* --- what the connection tells ------------------------------------------------ */

static void conn_up(struct ohba_conn *conn)
{
	struct ohba_discover_row *row = conn->owner_arg;

	row->state = LOGIN;
	row->config.timeout_ms = left_ms(row);
	iscsi_login_start(&row->login, &row->config, now_ms(row));
	/* Not in a callback: once it is over. */
	if (because(row, log_in(row, conn), NULL))
		ohba_timer_arm(&row->timer, 0);
}

static int conn_pdu(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr, const void *data)
{
	struct ohba_discover_row *row = conn->owner_arg;

	return row->state == LOGIN ? login_pdu(row, conn, hdr, data) :
				     session_pdu(row, conn, hdr, data);
}

static int conn_held(struct ohba_conn *conn)
{
	struct ohba_discover_row *row = conn->owner_arg;
	const struct iscsi_login_result *result = iscsi_login_result(&row->login);
	struct ohba_session_params params;

	if (!result || result->outcome != ISCSI_LOGIN_DONE)
		return because(row, OHBA_ST_LOGIN_VIOLATION,
			       "the target ended the login in the middle");
	/* Without timers, so without pings of ours: their answers would take a StatSN. */
	login_put_params(&params, result);
	params.flags |= htole16(OHBA_SESSION_DISCOVERY);
	if (ohba_session_begin(conn, &params))
		return because(row, OHBA_ST_LOGIN_VIOLATION,
			       "the target answered what was not sent yet");
	row->state = ASKING;
	begin_list(row, result, le32toh(params.max_recv_dsl));
	return because(row, ask(row, conn), NULL);
}

static void conn_idle(struct ohba_conn *conn)
{
	(void)conn;	/* it has no tasks */
}

static void conn_gone(struct ohba_conn *conn, enum ohba_status reason)
{
	struct ohba_discover_row *row = conn->owner_arg;

	if (row->state != LOGOUT)
		because(row, reason, NULL);
	finish(row);
}

static const struct ohba_conn_owner owner = {
	.up = conn_up,
	.pdu = conn_pdu,
	.held = conn_held,
	.idle = conn_idle,
	.gone = conn_gone,
};

/* --- the command ------------------------------------------------------------ */

static const char *configure(struct ohba_discover_row *row)
{
	struct iscsi_login_config *config = &row->config;
	struct ohba_fw *fw = row->fw;

	memset(config, 0, sizeof(*config));
	ohba_initiator_get(fw, &row->initiator);
	config->initiator_name = (const char *)row->initiator.name;
	if (row->initiator.alias[0])
		config->initiator_alias = (const char *)row->initiator.alias;
	ohba_target_isid(fw, ISID_DISCOVERY << 8 | row->n, NULL, config->isid);
	config->itt = LOGIN_ITT;
	config->cmdsn = LOGIN_CMDSN;
	config->tpgt = ISCSI_TPGT_NONE;
	config->timeout_ms = left_ms(row);
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

static enum ohba_status start(struct ohba_discover_row *row)
{
	struct ohba_conn_open open = {
		.family = row->asked.family, .port = row->asked.port,
		.timeout_ms = htole32(left_ms(row)),
	};
	const char *wrong = configure(row);
	char words[sizeof(row->told.words)];

	if (wrong)
		return because(row, OHBA_ST_LOGIN_CONFIG, wrong);
	/* It says what is wrong with the configuration before anybody is troubled with it. */
	iscsi_login_start(&row->login, &row->config, now_ms(row));
	if (iscsi_login_result(&row->login)) {
		iscsi_login_explain(iscsi_login_result(&row->login), words, sizeof(words));
		return because(row, OHBA_ST_LOGIN_CONFIG, words);
	}
	memcpy(open.addr, row->asked.addr, sizeof(open.addr));
	return because(row, ohba_own_open(row->fw->iscsi, row->fw->cfg.max_targets + row->n, &open,
					  &owner, row), NULL);
}

static bool chap_list_ok(const struct ohba_discover *asked)
{
	uint16_t list = le16toh(asked->chap_list);

	return !list || (le16toh(asked->account) != OHBA_ACCOUNT_NONE && ohba_chap_list_ok(list));
}

static enum ohba_status check(const struct ohba_sqe *sqe, const struct ohba_discover *asked)
{
	static const uint8_t nowhere[16];
	size_t len = asked->family == OHBA_FAMILY_IPV4 ? 4 : 16;

	if (sqe->handle)
		return OHBA_ST_INVALID_HANDLE;
	if ((asked->family != OHBA_FAMILY_IPV4 && asked->family != OHBA_FAMILY_IPV6) ||
	    !memcmp(asked->addr, nowhere, len) ||
	    !ohba_all_zero(asked->addr + len, sizeof(asked->addr) - len) || !asked->port ||
	    asked->rsvd0 || !ohba_all_zero(asked->rsvd1, sizeof(asked->rsvd1)) ||
	    !chap_list_ok(asked) ||
	    le32toh(asked->timeout_ms) > OHBA_DISCOVER_MS_MAX ||
	    le32toh(sqe->data_len) < sizeof(struct ohba_discovery))
		return OHBA_ST_INVALID_FIELD;
	return OHBA_ST_SUCCESS;
}

/* NULL: all are in use. */
static struct ohba_discover_row *free_row(struct ohba_fw *fw)
{
	uint32_t n;

	for (n = 0; n < OHBA_DISCOVERS_MAX; n++) {
		struct ohba_discover_row *row = &fw->discovers[n];

		if (row->state != FREE)
			continue;
		row->fw = fw;
		row->n = n;
		ohba_timer_init(&row->timer, fw->loop, expired);
		return row;
	}
	return NULL;
}

static void prepare(struct ohba_discover_row *row, const struct ohba_discover *asked)
{
	uint32_t ms = le32toh(asked->timeout_ms);

	row->asked = *asked;
	row->answered = false;
	row->why = OHBA_ST_SUCCESS;
	row->fault = OHBA_ST_SUCCESS;
	row->written = 0;
	memset(&row->told, 0, sizeof(row->told));
	row->state = CONNECTING;
	row->deadline_ns = ohba_loop_now(row->fw->loop) + (ms ? ms : DISCOVER_MS) * OHBA_NS_PER_MS;
	ohba_timer_arm(&row->timer, (ms ? ms : DISCOVER_MS) * OHBA_NS_PER_MS);
}

static int discover(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_discover asked;
	struct ohba_discover_row *row;
	enum ohba_status status;

	memcpy(&asked, sqe->body, sizeof(asked));
	status = check(sqe, &asked);
	if (status)
		return status;
	row = fw->discovers ? free_row(fw) : NULL;
	if (!row)
		return OHBA_ST_BUSY;
	row->sgl = (struct ohba_sgl){ .seg = row->seg, .max = OHBA_FW_MAX_SGE };
	status = ohba_sgl_parse(fw, &row->sgl, sqe);
	if (status)
		return status;
	prepare(row, &asked);
	ohba_owe(&row->owed, qid, sqe);
	if (start(row))
		finish(row);
	return OHBA_PENDING;
}

const struct ohba_cmd_row ohba_discover_cmds[] = {
	{ .opcode = OHBA_ADMIN_DISCOVER, .name = "DISCOVER", .fn = discover,
	  .body = true, .data = true },
};

const unsigned int ohba_discover_ncmds =
	sizeof(ohba_discover_cmds) / sizeof(ohba_discover_cmds[0]);

/* --- life ------------------------------------------------------------------- */

bool ohba_discover_create(struct ohba_fw *fw)
{
	if (!fw->cfg.max_targets)
		return true;
	fw->discovers = ohba_table_map(OHBA_DISCOVERS_MAX, sizeof(*fw->discovers));
	if (!fw->discovers)
		return false;
	if (!ohba_loop_reserve_timers(fw->loop, OHBA_DISCOVERS_MAX))
		return true;
	ohba_table_unmap(fw->discovers, OHBA_DISCOVERS_MAX, sizeof(*fw->discovers));
	fw->discovers = NULL;
	return false;
}

void ohba_discover_freeze(struct ohba_fw *fw)
{
	uint32_t n;

	for (n = 0; fw->discovers && n < OHBA_DISCOVERS_MAX; n++)
		if (fw->discovers[n].fw)
			ohba_timer_cancel(&fw->discovers[n].timer);
}

void ohba_discover_stop(struct ohba_fw *fw)
{
	if (!fw->discovers)
		return;
	ohba_discover_freeze(fw);
	ohba_table_clear(fw->discovers, OHBA_DISCOVERS_MAX, sizeof(*fw->discovers));
}

void ohba_discover_destroy(struct ohba_fw *fw)
{
	if (!fw->discovers)
		return;
	(void)ohba_loop_reserve_timers(fw->loop, -OHBA_DISCOVERS_MAX);
	ohba_table_unmap(fw->discovers, OHBA_DISCOVERS_MAX, sizeof(*fw->discovers));
}
