// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What connections tell the agent: that TCP is up, what the target says in a session, and that
 * all is over (agent_priv.h).
 */
#include <string.h>

#include "agent_priv.h"

/* --- what connections tell ---------------------------------------------------- */

static struct agent_target *row_of(struct ohba_conn *conn)
{
	return conn->owner_arg;
}

/* Not in a callback: once it is over. */
static void close_soon(struct agent_target *row)
{
	ohba_timer_arm(&row->timer, 0);
}

static void end_try(struct agent_target *row, enum ohba_status reason)
{
	if (!row->pending_reason)
		agent_set_reason(row, reason, NULL);
	close_soon(row);
}

void agent_log_in(struct agent_target *row)
{
	enum ohba_status status = agent_login_start(row, agent_conn(row));

	if (status)
		end_try(row, status);
	else
		agent_arm_at(row, row->login->deadline_ns);
}

static void conn_up(struct ohba_conn *conn)
{
	struct agent_target *row = row_of(conn);
	enum agent_who who = agent_who(row);

	if (!agent_change(row, who == AGENT_BY_HOST ? OHBA_TGT_HANDED : OHBA_TGT_CONNECTED))
		return;
	switch (who) {
	case AGENT_BY_US:
		agent_log_in(row);
		break;
	case AGENT_BY_HOST:
		agent_hand(row, conn);
		break;
	case AGENT_BY_NOBODY:
		end_try(row, OHBA_ST_LOGIN_NO_HELPER);
		break;
	}
}

static int conn_held(struct ohba_conn *conn)
{
	struct agent_target *row = row_of(conn);
	int status = agent_login_done(row, conn);

	if (status)
		return status;
	agent_up(row);
	return 0;
}

/* --- PDUs of a session ------------------------------------------------------------ */

/*
 * Parameters need no change; but the target wants to hear from us, and may say how long PDUs
 * may be from now on (section 13.12).
 */
static void negotiate(struct agent_target *row, struct ohba_conn *conn)
{
	struct iscsi_text_req req = {
		.opcode = ISCSI_OP_TEXT_REQ | ISCSI_IMMEDIATE, .flags = ISCSI_FLAG_FINAL,
		.ttt = iscsi_put32(ISCSI_RESERVED_TAG),
	};
	union iscsi_pdu_hdr hdr = { .text_req = req };
	char buf[64];
	struct iscsi_text_out out = { .buf = buf, .max = sizeof(buf) };

	iscsi_text_put_number(&out, "MaxRecvDataSegmentLength", le32toh(row->params.max_recv_dsl));
	hdr.text_req.dsl = iscsi_put24(out.len);
	/* If it cannot be sent, the target drops us: that is its right. */
	row->negotiating = !ohba_own_send(conn, &hdr, buf, out.len);
}

static const char *take_pair(void *ctx, const char *key, const char *value)
{
	struct ohba_conn *conn = ctx;
	uint64_t max;

	if (strcmp(key, "MaxRecvDataSegmentLength"))
		return NULL;
	if (!iscsi_text_number(value, &max) || max < 512 || max > ISCSI_DSL_MAX)
		return "declared a length that is not allowed";
	conn->session.max_xmit_dsl = max;
	row_of(conn)->params.max_xmit_dsl = htole32(max);
	return NULL;
}

static int text_rsp(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr, const void *data)
{
	struct iscsi_text_in in;

	row_of(conn)->negotiating = false;
	iscsi_text_begin(&in, OHBA_CTRL_DATA_MAX);
	if (iscsi_text_feed(&in, data, iscsi_dsl(&hdr->bhs), take_pair, conn) ||
	    iscsi_text_end(&in))
		return OHBA_ST_BAD_FIELD;
	return 0;
}

static int async(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr, const void *data)
{
	struct agent_target *row = row_of(conn);
	uint32_t time2wait_s = iscsi_get16(hdr->async.param[1]);

	(void)data;
	switch (hdr->async.event) {
	case ISCSI_ASYNC_LOGOUT:
		agent_end(row, OHBA_ST_TARGET_DROP);
		break;
	case ISCSI_ASYNC_DROP_CONN:
	case ISCSI_ASYNC_DROP_ALL:
		row->wait_s = time2wait_s < AGENT_WAIT_MAX_S ? time2wait_s :
							       AGENT_WAIT_MAX_S;
		break;
	case ISCSI_ASYNC_NEGOTIATE:
		/* One at a time, so that there is always room for a Logout Request. */
		if (!row->negotiating)
			negotiate(row, conn);
		break;
	}
	return 0;
}

/* Whatever it says, there is nothing more to say to each other. */
static int logout_rsp(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr, const void *data)
{
	struct agent_target *row = row_of(conn);

	(void)hdr;
	(void)data;
	row->answered = true;
	row->wait_s = 0;
	close_soon(row);
	return 0;
}

static int reject(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr, const void *data)
{
	if (iscsi_opcode(data) == ISCSI_OP_LOGOUT_REQ && row_of(conn)->state != OHBA_TGT_UP)
		return logout_rsp(conn, hdr, data);
	if (iscsi_opcode(data) == ISCSI_OP_TEXT_REQ)
		row_of(conn)->negotiating = false;
	return 0;
}

static int conn_pdu(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr, const void *data)
{
	struct agent_target *row = row_of(conn);

	if (row->login)
		return agent_login_pdu(row, conn, hdr, data);
	switch (iscsi_opcode(&hdr->bhs)) {
	case ISCSI_OP_ASYNC:
		return async(conn, hdr, data);
	case ISCSI_OP_LOGOUT_RSP:
		return logout_rsp(conn, hdr, data);
	case ISCSI_OP_TEXT_RSP:
		return text_rsp(conn, hdr, data);
	case ISCSI_OP_REJECT:
		return reject(conn, hdr, data);
	default:
		return 0;
	}
}

/* --- the end of a connection --------------------------------------------------- */

static void login_gone(struct agent_target *row, enum ohba_status reason)
{
	if (row->login->moved && agent_change(row, OHBA_TGT_MOVED)) {
		row->pending_reason = OHBA_ST_SUCCESS;
		ohba_list_prepend(&row->agent->queue, &row->queue);
		agent_look_for_turns(row->agent);
		return;
	}
	agent_failed(row, reason);
}

static void session_gone(struct agent_target *row, enum ohba_status reason)
{
	if (row->changed) {		/* what comes is another's first try */
		row->fails = row->flaps = 0;
		row->wait_s = 0;
	} else {
		agent_count_flap(row);
	}
	row->changed = false;
	agent_blame(row, reason);
	agent_log_lost(row);
	if (agent_change(row, OHBA_TGT_LOST))
		agent_retry_later(row);
}

static void left(struct agent_target *row)
{
	struct ohba_fw *fw = row->agent->fw;
	bool again = ohba_target_wanted(fw, row->index);

	agent_blame(row, OHBA_ST_ABORTED);
	ohba_log(fw, OHBA_LOG_SESSION_ENDED, row->index, OHBA_ST_SUCCESS, NULL);
	row->fails = 1;
	row->wait_s = 0;
	row->changed = false;
	if (agent_change(row, again ? OHBA_TGT_AGAIN : OHBA_TGT_GONE) && again)
		agent_enqueue(row);
	/* A firmware that hangs does not come here. */
	ohba_pay_status(fw, &row->logout, OHBA_ST_SUCCESS);
}

static void forget_session(struct agent_target *row)
{
	memset(&row->params, 0, sizeof(row->params));
	memset(&row->portal, 0, sizeof(row->portal));
	memset(row->alias, 0, sizeof(row->alias));
	row->tsih = 0;
	row->tpgt = 0;
	row->asked = false;
	row->answered = false;
	row->negotiating = false;
}

static void conn_idle(struct ohba_conn *conn)
{
	struct agent_target *row = row_of(conn);

	if (row->state == OHBA_TGT_LEAVING && agent_change(row, OHBA_TGT_IDLE))
		agent_arm_at(row, row->answered ? 0 : row->leave_ns);
}

static void conn_gone(struct ohba_conn *conn, enum ohba_status reason)
{
	struct agent_target *row = row_of(conn);

	forget_session(row);
	switch (row->state) {
	case OHBA_TGT_CONNECTING:
	case OHBA_TGT_LOGIN:
	case OHBA_TGT_HOSTED:
		login_gone(row, reason);
		break;
	case OHBA_TGT_UP:
	case OHBA_TGT_ENDING:
		session_gone(row, reason);
		break;
	case OHBA_TGT_LEAVING:
		agent_change(row, OHBA_TGT_IDLE);
		left(row);
		break;
	case OHBA_TGT_LOGOUT:
		left(row);
		break;
	}	/* else it was given up */
}

const struct ohba_conn_owner agent_owner = {
	.up = conn_up,
	.pdu = conn_pdu,
	.held = conn_held,
	.idle = conn_idle,
	.gone = conn_gone,
};
