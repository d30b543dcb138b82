// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands of the agent: TARGET_LOGIN, TARGET_LOGOUT, TARGET_STATE (agent_priv.h). */
#include <string.h>

#include "agent_priv.h"

/* The row of an entry that there is, or NULL. */
static struct agent_target *row_of(struct ohba_fw *fw, const struct ohba_sqe *sqe)
{
	uint32_t index = le32toh(sqe->handle);

	return ohba_target_get(fw, index) ? agent_row(fw->agent, index) : NULL;
}

static int target_login(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct agent_target *row = row_of(fw, sqe);

	(void)qid;
	if (!row)
		return OHBA_ST_INVALID_HANDLE;
	if (!ohba_target_want(fw, row->index))
		return ohba_target_unwilling(fw, row->index);
	row->tries = 0;
	/* A host that hangs in the middle of a login is not waited for. */
	if (row->state == OHBA_TGT_OFF || row->state == OHBA_TGT_WAITING ||
	    row->state == OHBA_TGT_HOSTED)
		agent_restart(row);
	return OHBA_ST_SUCCESS;
}

static bool has_session(const struct agent_target *row)
{
	return row->state == OHBA_TGT_UP || row->state == OHBA_TGT_ENDING;
}

static int target_logout(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct agent_target *row = row_of(fw, sqe);
	bool again = sqe->flags & OHBA_TARGET_LOGOUT_AGAIN;

	if (!row)
		return OHBA_ST_INVALID_HANDLE;
	/* What AUTO entries are at the end of an erase nobody is to be told before. */
	if (row->logout.pending || fw->agent->start_waits)
		return OHBA_ST_BUSY;
	if (!again)
		ohba_target_unwant(fw, row->index);
	if (has_session(row)) {
		ohba_owe(&row->logout, qid, sqe);
		agent_leave(row, sqe->flags & OHBA_TARGET_LOGOUT_ABORT);
		return OHBA_PENDING;
	}
	if (row->state == OHBA_TGT_OFF)
		return OHBA_ST_SUCCESS;
	if (again)
		agent_restart(row);
	else
		agent_leave(row, true);
	return OHBA_ST_SUCCESS;
}

/* --- TARGET_STATE ------------------------------------------------------------- */

static uint32_t retry_ms(const struct agent_target *row)
{
	uint64_t now = agent_now_ns(row->agent), due = row->timer.due_ns;

	if (row->state != OHBA_TGT_WAITING || due <= now)
		return 0;
	return (due - now + OHBA_NS_PER_MS - 1) / OHBA_NS_PER_MS;
}

static void put_session(const struct agent_target *row, struct ohba_target_state *state)
{
	struct ohba_conn *conn = agent_conn(row);
	struct ohba_conn_info info = { 0 };

	if (state->phase != OHBA_TARGET_UP || !conn)
		return;
	state->session = htole32(conn->session.handle);
	state->tsih = htole16(row->tsih);
	state->tpgt = htole16(row->tpgt);
	state->params = row->params;
	state->params.timers = conn->nop.timers;	/* SESSION_TIMERS changes them, too */
	memcpy(state->alias, row->alias, sizeof(state->alias));
	state->exp_statsn = htole32(conn->session.exp_statsn);
	ohba_conn_tcp_info(conn, &info);
	state->mss = info.mss;
	state->local_port = info.local_port;
	state->tcp_timestamps = info.tcp_timestamps;
	state->send_scale = info.send_scale;
	state->recv_scale = info.recv_scale;
	memcpy(state->local_addr, info.local_addr, sizeof(state->local_addr));
}

static void put_row(const struct agent_target *row, struct ohba_target_state *state)
{
	state->phase = ohba_tgt_states[row->state].phase;
	state->reason = htole16(row->reason);
	state->login_class = row->login_class;
	state->login_detail = row->login_detail;
	state->ups = htole32(row->ups);
	state->tries = htole32(row->tries);
	state->retry_ms = htole32(retry_ms(row));
	state->family = row->portal.family;
	state->port = row->portal.port;
	memcpy(state->addr, row->portal.addr, sizeof(state->addr));
	memcpy(state->words, row->words, sizeof(state->words));
	put_session(row, state);
}

static int target_state(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	uint32_t index = le32toh(sqe->handle);
	struct ohba_target_state state = { .phase = OHBA_TARGET_OFF };
	const struct ohba_target *target = ohba_target_get(fw, index);

	(void)qid;
	if (index >= fw->cfg.max_targets)
		return OHBA_ST_INVALID_HANDLE;
	state.generation = htole32(ohba_target_generation(fw, index));
	if (target) {
		state.wanted = ohba_target_wanted(fw, index);
		ohba_target_isid(fw, index, target, state.isid);
		put_row(agent_row(fw->agent, index), &state);
	}
	return ohba_reply(fw, sqe, &state, sizeof(state));
}

const struct ohba_cmd_row ohba_agent_cmds[] = {
	{ .opcode = OHBA_ADMIN_TARGET_LOGIN, .name = "TARGET_LOGIN", .fn = target_login },
	{ .opcode = OHBA_ADMIN_TARGET_LOGOUT, .name = "TARGET_LOGOUT", .fn = target_logout,
	  .flags = OHBA_TARGET_LOGOUT_ABORT | OHBA_TARGET_LOGOUT_AGAIN },
	{ .opcode = OHBA_ADMIN_TARGET_STATE, .name = "TARGET_STATE", .fn = target_state,
	  .data = true },
};

const unsigned int ohba_agent_ncmds = sizeof(ohba_agent_cmds) / sizeof(ohba_agent_cmds[0]);
