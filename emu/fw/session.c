// SPDX-License-Identifier: GPL-2.0-or-later
/* Sessions: what login negotiated, the command window, status numbering. */
#include <string.h>

#include "iscsi.h"

#define SESSION_FLAGS	(OHBA_SESSION_INITIAL_R2T | OHBA_SESSION_IMMEDIATE_DATA | \
			 OHBA_SESSION_HDR_DIGEST | OHBA_SESSION_DATA_DIGEST | \
			 OHBA_SESSION_DISCOVERY)

/* --- numbering ---------------------------------------------------------------- */

/*
 * Section 4.2.2.1: a window that would end before it begins is ignored whole,
 * and old news (PDUs are not ordered by these fields) one by one. What cannot be
 * is an acknowledgement of a command that was never sent; but istgt counts an
 * immediate Logout Request, after which nothing is numbered any more.
 */
enum ohba_status ohba_session_window(struct ohba_conn *conn, uint32_t exp, uint32_t max)
{
	struct ohba_session *session = &conn->session;

	if (iscsi_sn_lt(max, exp - 1))
		return OHBA_ST_SUCCESS;
	if (iscsi_sn_lt(session->cmdsn, exp))
		return session->logout ? OHBA_ST_SUCCESS : OHBA_ST_BAD_CMDSN;
	if (iscsi_sn_lt(session->exp_cmdsn, exp))
		session->exp_cmdsn = exp;
	if (iscsi_sn_lt(session->max_cmdsn, max))
		session->max_cmdsn = max;
	return OHBA_ST_SUCCESS;
}

bool ohba_session_window_open(const struct ohba_session *session)
{
	return iscsi_sn_le(session->cmdsn, session->max_cmdsn);
}

/* On one TCP connection nothing overtakes: a gap or a repetition is an error. */
enum ohba_status ohba_session_statsn(struct ohba_conn *conn, iscsi_be32 statsn)
{
	struct ohba_session *session = &conn->session;

	if (iscsi_get32(statsn) != session->exp_statsn) {
		ohba_fw_trace(conn->fw, OHBA_TRACE_ERROR, "bad-statsn",
			      "conn %u: StatSN %u where %u was expected", conn->cid,
			      iscsi_get32(statsn), session->exp_statsn);
		return OHBA_ST_BAD_STATSN;
	}
	session->exp_statsn++;
	return OHBA_ST_SUCCESS;
}

iscsi_be32 ohba_session_cmdsn(struct ohba_session *session, uint8_t opcode)
{
	iscsi_be32 cmdsn = iscsi_put32(session->cmdsn);

	if (!(opcode & ISCSI_IMMEDIATE))
		session->cmdsn++;
	return cmdsn;
}

/* --- handles ------------------------------------------------------------------ */

/* A discovery of ours has its own pace: no host was told of its session, but may guess. */
static bool is_private(const struct ohba_conn *conn)
{
	return conn->owner && conn->session.discovery;
}

struct ohba_conn *ohba_session_find(struct ohba_iscsi *iscsi, uint32_t handle)
{
	struct ohba_conn *conn = ohba_conn_any(iscsi, handle & 0xffff);

	if (!conn || conn->phase != OHBA_CONN_FULL || conn->session.handle != handle ||
	    conn->session.ending || is_private(conn))
		return NULL;
	return conn;
}

/* Never 0, and never that of the start before. */
static uint32_t new_handle(struct ohba_conn *conn)
{
	if (!++conn->session.gen)
		conn->session.gen = 1;
	return conn->cid | (uint32_t)conn->session.gen << 16;
}

/* --- SESSION_START ------------------------------------------------------------- */

static bool params_ok(const struct ohba_session_params *p)
{
	return ohba_lengths_ok(le32toh(p->max_recv_dsl), le32toh(p->max_burst),
			       le32toh(p->first_burst), le16toh(p->max_r2t)) &&
	       ohba_in_range(le32toh(p->max_xmit_dsl), OHBA_FW_PARAM_MIN, ISCSI_DSL_MAX) &&
	       !(le16toh(p->flags) & ~SESSION_FLAGS) &&
	       ohba_all_zero(p->rsvd, sizeof(p->rsvd));
}

static enum ohba_status read_params(struct ohba_fw *fw, const struct ohba_sqe *sqe,
				    struct ohba_session_params *params)
{
	struct ohba_iscsi *iscsi = ohba_fw_iscsi(fw);
	struct ohba_sgl sgl = { .seg = iscsi->scratch_seg, .max = OHBA_FW_MAX_SGE };
	enum ohba_status status;

	if (le32toh(sqe->data_len) != sizeof(*params))
		return OHBA_ST_INVALID_FIELD;
	status = ohba_sgl_parse(fw, &sgl, sqe);
	return status ? status : ohba_sgl_read(fw, &sgl, 0, params, sizeof(*params));
}

static void set_params(struct ohba_session *session, const struct ohba_session_params *p)
{
	uint16_t flags = le16toh(p->flags);

	session->cmdsn = le32toh(p->cmdsn);
	session->exp_cmdsn = session->cmdsn;
	session->max_cmdsn = le32toh(p->max_cmdsn);
	session->exp_statsn = le32toh(p->exp_statsn);
	session->max_recv_dsl = le32toh(p->max_recv_dsl);
	session->max_xmit_dsl = le32toh(p->max_xmit_dsl);
	session->max_burst = le32toh(p->max_burst);
	session->first_burst = le32toh(p->first_burst);
	session->max_r2t = le16toh(p->max_r2t);
	session->initial_r2t = flags & OHBA_SESSION_INITIAL_R2T;
	session->immediate_data = flags & OHBA_SESSION_IMMEDIATE_DATA;
	session->hdr_digest = flags & OHBA_SESSION_HDR_DIGEST;
	session->data_digest = flags & OHBA_SESSION_DATA_DIGEST;
	session->discovery = flags & OHBA_SESSION_DISCOVERY;
}

/*
 * From RAW as well, for a host that knows better than the T bit; but not in the
 * middle of a PDU, of which the two phases would have a part each.
 */
static bool may_start(const struct ohba_conn *conn)
{
	return (conn->phase == OHBA_CONN_RAW || conn->phase == OHBA_CONN_HELD) &&
	       ohba_rx_between_pdus(conn) && !conn->tx.count && !ohba_tx_pending(conn);
}

enum ohba_status ohba_session_begin(struct ohba_conn *conn,
				    const struct ohba_session_params *params)
{
	if (!params_ok(params))
		return OHBA_ST_INVALID_FIELD;
	if (!may_start(conn) || !ohba_conn_phase_set(conn, OHBA_CONN_FULL, "start"))
		return OHBA_ST_INVALID_STATE;
	set_params(&conn->session, params);
	conn->session.handle = new_handle(conn);
	ohba_fw_stats(conn->fw)->sessions_started++;
	ohba_fw_trace(conn->fw, OHBA_TRACE_NORMAL, "session-start",
		      "conn %u: handle 0x%x, CmdSN %u, MaxCmdSN %u, flags 0x%x", conn->cid,
		      conn->session.handle, conn->session.cmdsn, conn->session.max_cmdsn,
		      le16toh(params->flags));
	ohba_nop_start(conn, &params->timers);
	ohba_rx_start_full(conn);
	return OHBA_ST_SUCCESS;
}

int ohba_session_start(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_conn *conn = ohba_conn_find(ohba_fw_iscsi(fw), le32toh(sqe->handle));
	struct ohba_cqe cqe = { .tag = sqe->tag };
	struct ohba_session_params params;
	enum ohba_status status = read_params(fw, sqe, &params);

	if (status)
		return status;
	if (!conn)
		return OHBA_ST_INVALID_HANDLE;
	status = ohba_session_begin(conn, &params);
	if (status)
		return status;
	cqe.result = htole32(conn->session.handle);
	ohba_complete(fw, qid, &cqe);
	return OHBA_PENDING;
}

int ohba_session_timers(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_session_timers timers;
	struct ohba_conn *conn;

	(void)qid;
	memcpy(&timers, sqe->body, sizeof(timers));
	if (!ohba_all_zero(sqe->body + sizeof(timers), sizeof(sqe->body) - sizeof(timers)))
		return OHBA_ST_INVALID_FIELD;
	conn = ohba_session_find(ohba_fw_iscsi(fw), le32toh(sqe->handle));
	if (!conn)
		return OHBA_ST_INVALID_HANDLE;
	ohba_nop_start(conn, &timers);
	return OHBA_ST_SUCCESS;
}
