// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A login of the agent's: from an entry to uip/proto's configuration, its PDUs to and from a
 * connection, and from its result to a session, or to the reason why there is none.
 */
#include <string.h>

#include "agent_priv.h"
#include "login_adapter.h"
#include "own_login.h"

#define MOVED_FOR_GOOD	2	/* status detail of class 1 (section 11.13.5) */

static uint64_t now_ms(const struct agent_target *row)
{
	return agent_now_ns(row->agent) / OHBA_NS_PER_MS;
}

/* --- configuration ---------------------------------------------------------- */

static const char *put_chap(struct ohba_fw *fw, struct agent_login *login,
			    const struct ohba_target *target)
{
	struct iscsi_login_config *config = &login->config;

	if (!ohba_login_account(fw, target->account, false, &login->ours, &config->chap))
		return "the entry's account does not exist, or is for targets";
	if (!ohba_login_account(fw, target->target_account, true, &login->theirs,
				&config->chap_target))
		return "the entry's target account does not exist, or is not for targets";
	return login_put_auth(config, target);
}

static void trace_login(void *arg, const char *from, const char *event, const char *to)
{
	struct agent_target *row = arg;

	ohba_fw_trace(row->agent->fw, OHBA_TRACE_NORMAL, "login-state", "target %u: %s -> %s (%s)",
		      row->index, from, to, event);
}

static const char *put_config(struct ohba_fw *fw, uint32_t index, struct agent_login *login,
			      const struct ohba_target *target)
{
	struct iscsi_login_config *config = &login->config;

	if (!target->name[0] || !target->family)
		return "the entry has no target name or no address";
	ohba_initiator_get(fw, &login->initiator);
	memcpy(login->target_name, target->name, sizeof(login->target_name));
	ohba_login_put_initiator(config, &login->initiator);
	config->target_name = login->target_name;
	ohba_target_isid(fw, index, target, config->isid);
	config->trace = trace_login;
	config->trace_arg = login->row;
	config->tpgt = login_tpgt(target);
	config->timeout_ms = target->login_ms ? le32toh(target->login_ms) : OHBA_LOGIN_MS;
	login_put_wishes(&config->want, target);
	return put_chap(fw, login, target);
}

/* Where the target moved for good, if that is known; what fails there or here is tried in turn. */
static void put_portal(struct agent_target *row, const struct ohba_target *target)
{
	struct agent_login *login = row->login;

	login->for_good = true;
	login->away = row->has_place && !row->try_own;
	if (login->away) {
		login->open = row->place;
		login->config.tpgt = ISCSI_TPGT_NONE;
		return;
	}
	login->open.family = target->family;
	login->open.port = target->port;
	memcpy(login->open.addr, target->addr, sizeof(login->open.addr));
}

/* The words that the library has for it. */
static enum ohba_status explain(struct agent_target *row, const struct iscsi_login_result *result,
				enum ohba_status status)
{
	char words[sizeof(row->words)];

	login_words(&row->login->config, result, words, sizeof(words));
	agent_set_reason(row, status, words);
	return status;
}

static enum ohba_status wrong(struct agent_target *row, const char *words)
{
	agent_set_reason(row, OHBA_ST_LOGIN_CONFIG, words);
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
	put_portal(row, target);
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

uint32_t agent_left_ms(const struct agent_target *row)
{
	return ohba_login_left_ms(row->agent->fw, row->login->deadline_ns);
}

enum ohba_status agent_login_connect(struct agent_target *row)
{
	const struct ohba_target *target = ohba_target_get(row->agent->fw, row->index);
	struct agent_login *login = row->login;

	login->moved = false;
	login->open.tos = target->tos;
	login->open.flags = target->flags & htole16(OHBA_TARGET_NAGLE) ? OHBA_CONN_OPEN_NAGLE : 0;
	login->open.timeout_ms = htole32(agent_left_ms(row));
	row->portal = login->open;
	return ohba_own_open(row->agent->fw->iscsi, row->index, &login->open, &agent_owner, row);
}

/* --- PDUs ------------------------------------------------------------------- */

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
	return ohba_login_send_due(conn, &row->login->login);
}

/* --- results ---------------------------------------------------------------- */

static bool may_go(struct agent_target *row, const struct ohba_conn_open *open)
{
	const struct ohba_target *target = ohba_target_get(row->agent->fw, row->index);

	return ohba_login_may_go(target->family, target->addr, open->family, open->addr);
}

/* A place is worth knowing if each on the way to it said that it was left for good. */
static void learn_place(struct agent_target *row)
{
	struct agent_login *login = row->login;

	login->for_good &= row->login_class == ISCSI_LOGIN_REDIRECTION &&
			   row->login_detail == MOVED_FOR_GOOD;
	if (!login->for_good)
		return;
	row->place = login->open;
	row->has_place = true;
	row->try_own = false;
	row->place_hopeless = false;
	ohba_fw_trace(row->agent->fw, OHBA_TRACE_NORMAL, "target-place",
		      "target %u: moved for good: the entry's address is out of date", row->index);
}

/* Does why it failed say nothing of where? */
static bool is_our_own(enum ohba_status reason)
{
	return reason == OHBA_ST_LOGIN_NO_HELPER || reason == OHBA_ST_LOGIN_CONFIG ||
	       reason == OHBA_ST_INTERNAL || reason == OHBA_ST_NO_RESOURCES ||
	       reason == OHBA_ST_CONN_LOCAL;
}

void agent_forget_tries(struct agent_target *row)
{
	row->own_hopeless = false;
	row->place_hopeless = false;
}

void agent_forget_place(struct agent_target *row)
{
	row->has_place = false;
	agent_forget_tries(row);
}

void agent_login_good(struct agent_target *row)
{
	const struct agent_login *login = row->login;

	agent_forget_tries(row);
	if (!login->away && !login->hops)
		row->has_place = false;
}

void agent_login_bad(struct agent_target *row, bool hopeless)
{
	const struct agent_login *login = row->login;
	bool at_place = login->away || (login->hops && login->for_good);

	if (is_our_own(row->reason))
		return;
	row->try_own = at_place;
	/* Who was sent on to the place has asked both. */
	if (at_place)
		row->place_hopeless = hopeless;
	if (!login->away)
		row->own_hopeless = hopeless;
}

bool agent_login_nowhere(const struct agent_target *row)
{
	return is_our_own(row->reason) || !row->has_place ||
	       (row->own_hopeless && row->place_hopeless);
}

static enum ohba_status stay(struct agent_target *row, const char *words)
{
	agent_set_reason(row, OHBA_ST_LOGIN_REDIRECTED, words);
	return OHBA_ST_LOGIN_REDIRECTED;
}

enum ohba_status agent_login_move(struct agent_target *row, const struct ohba_conn_open *to)
{
	struct agent_login *login = row->login;

	if (login->hops++ == AGENT_HOPS)
		return stay(row, "the target sends the login on too often");
	if (!to)
		return stay(row, LOGIN_WORDS_NAME);
	if (!may_go(row, to))
		return stay(row, "the target sends the login on to an address of no network");
	login->open = *to;
	login->config.tpgt = ISCSI_TPGT_NONE;
	login->moved = true;
	learn_place(row);
	return OHBA_ST_LOGIN_REDIRECTED;
}

static int redirected(struct agent_target *row, const struct iscsi_login_result *result)
{
	struct ohba_conn_open to;

	return agent_login_move(row, ohba_login_portal(&to, &result->portal) ? &to : NULL);
}

static int ended(struct agent_target *row, const struct iscsi_login_result *result)
{
	switch (result->outcome) {
	case ISCSI_LOGIN_DONE:
		return 0;	/* agent_login_done() follows */
	case ISCSI_LOGIN_MOVED:
		return redirected(row, result);
	default:
		return explain(row, result, login_status_of(result));
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
	/* The host's, or one that has ended, and perhaps never began. */
	if (row->state == OHBA_TGT_HOSTED || row->pending_reason)
		return row->pending_reason;
	iscsi_login_rx(login, hdr, data, iscsi_dsl(&hdr->bhs), now_ms(row));
	if (iscsi_login_result(login))
		return ended(row, iscsi_login_result(login));
	return ohba_login_send_due(conn, &row->login->login);
}

enum ohba_status agent_login_late(struct agent_target *row)
{
	struct iscsi_login *login = &row->login->login;

	/* Else it has a result, which is about to be acted on: too late. */
	if (iscsi_login_result(login)) {
		agent_set_reason(row, OHBA_ST_LOGIN_TIMEOUT, NULL);
		return OHBA_ST_LOGIN_TIMEOUT;
	}
	iscsi_login_expire(login, UINT64_MAX);
	return explain(row, iscsi_login_result(login), OHBA_ST_LOGIN_TIMEOUT);
}

/* --- the session ------------------------------------------------------------ */

enum ohba_status agent_agree(struct agent_target *row, struct ohba_conn *conn,
			     const struct ohba_login_result *result)
{
	enum ohba_status status;

	/* Of a helper's: such a session would take no command. */
	if (le16toh(result->params.flags) & OHBA_SESSION_DISCOVERY)
		return OHBA_ST_INVALID_FIELD;
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

static int no_session(struct agent_target *row, enum ohba_status status, const char *words)
{
	agent_set_reason(row, status, words);
	return status;
}

int agent_login_done(struct agent_target *row, struct ohba_conn *conn)
{
	const struct iscsi_login_result *result = iscsi_login_result(&row->login->login);
	struct ohba_login_result agreed;

	if (!result || result->outcome != ISCSI_LOGIN_DONE)
		return no_session(row, OHBA_ST_LOGIN_VIOLATION,
				  "the target ended the login in the middle");
	login_put_agreed(&agreed, result);
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
