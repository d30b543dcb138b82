// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A login that the host makes (SPEC.md section 6.5): who is to log in, the handle that stands
 * for one connection of one try, and the host's commands for it (agent_priv.h).
 */
#include <string.h>

#include "agent_priv.h"

#define TAKE_NS		(2 * OHBA_NS_PER_S)	/* for LOGIN_TAKE, where we can do without */

/* A handle is a slot of agent->logins and, above it, the number of those given out. */
#define SLOT_BITS	6
#define HANDLES		(1u << (32 - SLOT_BITS))
_Static_assert(AGENT_LOGINS == 1 << SLOT_BITS, "a slot for each login");
_Static_assert(HANDLES == 1 << 26, "SPEC.md section 6.5");

/* --- who ---------------------------------------------------------------------- */

enum agent_who agent_who(const struct agent_target *row)
{
	bool offered = row->agent->offered;

	switch (row->login->by) {
	case OHBA_LOGIN_BY_ADAPTER:
		return AGENT_BY_US;
	case OHBA_LOGIN_BY_HOST:
		return offered ? AGENT_BY_HOST : AGENT_BY_NOBODY;
	default:
		return offered && !row->login->own ? AGENT_BY_HOST : AGENT_BY_US;
	}
}

static bool can_do_without(const struct agent_login *login)
{
	return login->by == OHBA_LOGIN_BY_EITHER && !login->taken;
}

/* --- handles ------------------------------------------------------------------ */

static uint32_t new_handle(struct agent_login *login)
{
	struct ohba_agent *agent = login->row->agent;

	agent->handles = agent->handles % (HANDLES - 1) + 1;
	return agent->handles << SLOT_BITS | (uint32_t)(login - agent->logins);
}

static void wait_for_host(struct agent_target *row)
{
	uint64_t take_ns = agent_now_ns(row->agent) + TAKE_NS;
	bool in_time = take_ns < row->login->deadline_ns;

	agent_arm_at(row, can_do_without(row->login) && in_time ? take_ns :
								  row->login->deadline_ns);
}

void agent_hand(struct agent_target *row, struct ohba_conn *conn)
{
	struct agent_login *login = row->login;
	struct ohba_event *event = &login->event.event;

	login->taken = false;
	login->handle = new_handle(login);
	ohba_own_lend(conn, true);
	event->type = OHBA_EVENT_LOGIN;
	event->handle = htole32(row->index);
	event->detail[0] = htole32(login->handle);
	ohba_event_post(row->agent->fw, &login->event);
	wait_for_host(row);
}

void agent_take_back(struct agent_target *row)
{
	struct ohba_conn *conn = agent_conn(row);

	row->login->handle = 0;
	ohba_event_cancel(&row->login->event);
	if (conn)
		ohba_own_lend(conn, false);
}

/* --- without the host ------------------------------------------------------------ */

/* A connection that was lost may not have been reported yet. */
static bool is_there(const struct ohba_conn *conn)
{
	return conn->phase == OHBA_CONN_RAW || conn->phase == OHBA_CONN_HELD;
}

/* Also when the target sends us on: the rest of the try is ours. */
static void do_without(struct agent_target *row)
{
	row->login->own = true;
	if (is_there(agent_conn(row)) && agent_change(row, OHBA_TGT_BACK))
		agent_log_in(row);
}

static void give_up_host(struct agent_target *row, enum ohba_status reason, const char *words)
{
	row->given_up = true;
	agent_set_reason(row, reason, words);
	agent_fail_now(row);
}

void agent_hosted_expired(struct agent_target *row)
{
	bool is_late = agent_now_ns(row->agent) >= row->login->deadline_ns;

	if (can_do_without(row->login) && !is_late)
		do_without(row);
	else
		give_up_host(row, OHBA_ST_LOGIN_TIMEOUT, row->login->taken ?
			"the host did not end the login in time" :
			"the host did not take the login in time");
}

static void host_left(struct agent_target *row)
{
	bool either = row->login->by == OHBA_LOGIN_BY_EITHER;

	if (can_do_without(row->login)) {
		do_without(row);
		return;
	}
	give_up_host(row, OHBA_ST_LOGIN_NO_HELPER, NULL);
	if (either)
		agent_restart(row);
}

void agent_helper_there(struct agent_target *row)
{
	if (row->state == OHBA_TGT_WAITING && row->reason == OHBA_ST_LOGIN_NO_HELPER)
		agent_restart(row);
}

static int login_offer(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_agent *agent = fw->agent;
	uint32_t on = le32toh(sqe->handle), i;
	struct ohba_list *node, *tmp;

	(void)qid;
	if (on > 1)
		return OHBA_ST_INVALID_FIELD;
	agent->offered = on;
	if (on)
		ohba_list_for_each(node, tmp, &agent->active)
			agent_helper_there(ohba_container(node, struct agent_target, active));
	for (i = 0; !on && i < AGENT_LOGINS; i++)
		if (agent->logins[i].handle)
			host_left(agent->logins[i].row);
	return OHBA_ST_SUCCESS;
}

/* --- the host's commands ---------------------------------------------------------- */

/* NULL: it is void; or the connection is, and nobody was told yet. */
static struct agent_target *row_of(struct ohba_fw *fw, const struct ohba_sqe *sqe)
{
	uint32_t handle = le32toh(sqe->handle);
	struct agent_login *login = &fw->agent->logins[handle % AGENT_LOGINS];

	if (!handle || login->handle != handle)
		return NULL;
	return is_there(agent_conn(login->row)) ? login->row : NULL;
}

static enum ohba_status find_taken(struct ohba_fw *fw, const struct ohba_sqe *sqe,
				   struct agent_target **row)
{
	*row = row_of(fw, sqe);
	if (!*row)
		return OHBA_ST_LOGIN_STALE;
	return (*row)->login->taken ? OHBA_ST_SUCCESS : OHBA_ST_INVALID_STATE;
}

/*
 * The record may be newer than the login's copy: a change that does not end a login is passed on
 * as it is now.
 */
static void put_task(const struct agent_target *row, struct ohba_login_task *task)
{
	const struct agent_login *login = row->login;

	memset(task, 0, sizeof(*task));
	task->index = htole32(row->index);
	task->left_ms = htole32(agent_left_ms(row));
	task->family = login->open.family;
	task->redirected = login->hops > 0 || login->away;
	task->port = login->open.port;
	memcpy(task->addr, login->open.addr, sizeof(task->addr));
	memcpy(task->isid, login->config.isid, sizeof(task->isid));
	task->accounts = (login->config.chap.secret ? OHBA_LOGIN_OURS : 0) |
			 (login->config.chap_target.secret ? OHBA_LOGIN_THEIRS : 0);
	task->target = *ohba_target_get(row->agent->fw, row->index);
	task->initiator = login->initiator;
	task->ours = login->ours;
	task->theirs = login->theirs;
}

static int login_take(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct agent_target *row = row_of(fw, sqe);
	struct ohba_login_task task;
	enum ohba_status status;

	(void)qid;
	if (!row)
		return OHBA_ST_LOGIN_STALE;
	put_task(row, &task);
	status = ohba_reply(fw, sqe, &task, sizeof(task));
	explicit_bzero(&task, sizeof(task));
	if (status)
		return status;
	row->login->taken = true;
	wait_for_host(row);
	return OHBA_ST_SUCCESS;
}

static int login_send(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct agent_target *row;
	enum ohba_status status = find_taken(fw, sqe, &row);

	return status ? (int)status : ohba_pdu_send_on(agent_conn(row), qid, sqe);
}

static int login_recv(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct agent_target *row;
	enum ohba_status status = find_taken(fw, sqe, &row);

	if (!status && agent_conn(row)->recv_count)
		status = OHBA_ST_BUSY;
	return status ? (int)status : ohba_pdu_recv_on(agent_conn(row), qid, sqe);
}

/* --- LOGIN_END --------------------------------------------------------------------- */

/* What the outcome does not name must be zero. */
static bool done_ok(struct ohba_login_result *result)
{
	static const struct ohba_session_timers none;
	bool ok = le16toh(result->time2wait) <= AGENT_WAIT_MAX_S &&
		  !memcmp(&result->params.timers, &none, sizeof(none)) &&
		  ohba_string_ok(result->alias, sizeof(result->alias));

	result->tsih = 0;
	result->tpgt = 0;
	result->time2wait = 0;
	memset(&result->params, 0, sizeof(result->params));
	memset(result->alias, 0, sizeof(result->alias));
	return ok;
}

static bool moved_ok(struct ohba_login_result *result)
{
	bool ok = result->family && result->port && ohba_address_ok(result->family, result->addr);

	result->family = 0;
	result->port = 0;
	memset(result->addr, 0, sizeof(result->addr));
	return ok;
}

/* They reach logs. */
static bool words_ok(const uint8_t *words, size_t size)
{
	bool ok = ohba_string_ok(words, size);

	while (size--)
		ok &= words[size] < 0x80;
	return ok;
}

static bool failed_ok(struct ohba_login_result *result)
{
	uint16_t status = le16toh(result->status);
	bool ok = status == OHBA_ST_INTERNAL ||
		  ohba_in_range(status, OHBA_ST_LOGIN_REFUSED, OHBA_ST_LOGIN_NO_HELPER);

	ok &= words_ok(result->words, sizeof(result->words));
	result->status = 0;
	memset(result->words, 0, sizeof(result->words));
	return ok;
}

static int end_done(struct agent_target *row, const struct ohba_login_result *result)
{
	struct ohba_conn *conn = agent_conn(row);
	const char *words = NULL;

	if (conn->phase != OHBA_CONN_HELD)
		words = "the host ended the login before the target did";
	else if (agent_agree(row, conn, result))
		words = "the adapter cannot do what the host agreed on";
	if (!words) {
		agent_up(row);
		return OHBA_ST_SUCCESS;
	}
	agent_set_reason(row, OHBA_ST_LOGIN_NO_AGREEMENT, words);
	agent_fail_now(row);
	return OHBA_ST_INVALID_FIELD;
}

static int end_moved(struct agent_target *row, const struct ohba_login_result *result)
{
	struct ohba_conn_open to = { .family = result->family, .port = result->port };

	memcpy(to.addr, result->addr, sizeof(to.addr));
	agent_login_move(row, &to);
	agent_fail_now(row);
	return OHBA_ST_SUCCESS;
}

/* A host that cannot would not be able to the next time, either: it may need our disks for it. */
static int end_failed(struct agent_target *row, const struct ohba_login_result *result)
{
	uint16_t status = le16toh(result->status);

	row->given_up = status == OHBA_ST_INTERNAL || status == OHBA_ST_LOGIN_NO_HELPER;
	agent_set_reason(row, status, result->words[0] ? (const char *)result->words : NULL);
	agent_fail_now(row);
	return OHBA_ST_SUCCESS;
}

/*
 * By outcome: .ok checks the fields that belong to it and zeroes them, so that what is left must
 * be zero; .end acts on it.
 */
static const struct {
	bool (*ok)(struct ohba_login_result *result);
	int (*end)(struct agent_target *row, const struct ohba_login_result *result);
} outcomes[] = {
	[OHBA_LOGIN_DONE] = { done_ok, end_done },
	[OHBA_LOGIN_MOVED] = { moved_ok, end_moved },
	[OHBA_LOGIN_FAILED] = { failed_ok, end_failed },
};

static bool result_ok(const struct ohba_login_result *result)
{
	struct ohba_login_result rest = *result;

	if (result->outcome > OHBA_LOGIN_FAILED)
		return false;
	rest.outcome = 0;
	return outcomes[result->outcome].ok(&rest) && ohba_all_zero(&rest, sizeof(rest));
}

/* Within no callback of the connection's, which ends here, or goes on. */
static int login_end(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_login_result result;
	struct agent_target *row;
	enum ohba_status status = find_taken(fw, sqe, &row);

	(void)qid;
	if (!status)
		status = ohba_sgl_fetch(fw, sqe, &result, sizeof(result));
	if (status)
		return status;
	return result_ok(&result) ? outcomes[result.outcome].end(row, &result) :
				    OHBA_ST_INVALID_FIELD;
}

const struct ohba_cmd_row ohba_helper_cmds[] = {
	{ .opcode = OHBA_ADMIN_LOGIN_OFFER, .name = "LOGIN_OFFER", .fn = login_offer },
	{ .opcode = OHBA_ADMIN_LOGIN_TAKE, .name = "LOGIN_TAKE", .fn = login_take, .data = true },
	{ .opcode = OHBA_ADMIN_LOGIN_SEND, .name = "LOGIN_SEND", .fn = login_send, .body = true,
	  .data = true },
	{ .opcode = OHBA_ADMIN_LOGIN_RECV, .name = "LOGIN_RECV", .fn = login_recv, .data = true },
	{ .opcode = OHBA_ADMIN_LOGIN_END, .name = "LOGIN_END", .fn = login_end, .data = true },
};

const unsigned int ohba_helper_ncmds = sizeof(ohba_helper_cmds) / sizeof(ohba_helper_cmds[0]);
