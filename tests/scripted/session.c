// SPDX-License-Identifier: GPL-2.0-or-later
/* A PDU received: its place in the sequence, the rules, the function that handles it. */
#include "target.h"

static void nop_out(struct conn *conn, struct in *in)
{
	const struct iscsi_nop_out *req = &in->hdr->nop_out;
	uint32_t most = conn->keys.value[KEY_MRDSL];
	struct out out = { .with_status = true, .data = in->data };

	if (iscsi_get32(req->itt) == ISCSI_RESERVED_TAG)
		return;			/* an answer, or a mere CmdSN */
	out.len = in->len < most ? in->len : most;
	out.hdr.nop_in.opcode = ISCSI_OP_NOP_IN;
	out.hdr.nop_in.flags = ISCSI_FLAG_FINAL;
	out.hdr.nop_in.itt = req->itt;
	out.hdr.nop_in.ttt = iscsi_put32(ISCSI_RESERVED_TAG);
	out_send(conn, &out);
}

static void logout_request(struct conn *conn, struct in *in)
{
	const struct iscsi_logout_req *req = &in->hdr->logout_req;
	struct out out = { .with_status = true };
	struct iscsi_logout_rsp *rsp = &out.hdr.logout_rsp;
	uint8_t reason = req->reason & ~ISCSI_FLAG_FINAL;

	rsp->opcode = ISCSI_OP_LOGOUT_RSP;
	rsp->flags = ISCSI_FLAG_FINAL;
	rsp->itt = req->itt;
	if (reason == ISCSI_LOGOUT_RECOVERY)
		rsp->response = ISCSI_LOGOUT_NO_RECOVERY;
	else if (reason == ISCSI_LOGOUT_CONN && iscsi_get16(req->cid) != conn->cid)
		rsp->response = ISCSI_LOGOUT_NO_CID;
	out_send(conn, &out);
	if (!rsp->response)
		conn_close(conn);
}

static void snack(struct conn *conn, struct in *in)
{
	log_peer(conn, "SNACK at error recovery level 0");
	out_reject(conn, in->hdr, ISCSI_REJECT_SNACK);
}

static const struct handler {
	uint8_t op;
	bool cmdsn;			/* it has one */
	bool discovery;			/* it has a place in a discovery session */
	void (*run)(struct conn *conn, struct in *in);
} handlers[] = {
	{ ISCSI_OP_NOP_OUT,	true,  true,  nop_out },
	{ ISCSI_OP_SCSI_CMD,	true,  false, task_command },
	{ ISCSI_OP_TMF_REQ,	true,  false, task_management },
	{ ISCSI_OP_TEXT_REQ,	true,  true,  text_request },
	{ ISCSI_OP_DATA_OUT,	false, false, task_data_out },
	{ ISCSI_OP_LOGOUT_REQ,	true,  true,  logout_request },
	{ ISCSI_OP_SNACK_REQ,	false, false, snack },
};

static const struct handler *find(const struct conn *conn, const struct in *in)
{
	static const struct handler login = { ISCSI_OP_LOGIN_REQ, false, true, login_request };
	uint8_t op = iscsi_opcode(&in->hdr->bhs);

	if (conn->stage == CONN_LOGIN)
		return op == ISCSI_OP_LOGIN_REQ ? &login : NULL;
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
		if (handlers[i].op == op && (handlers[i].discovery || !conn->login.discovery))
			return &handlers[i];
	}
	return NULL;
}

/* One connection keeps the order, so that a hole in CmdSN is the initiator's. */
static bool in_sequence(struct conn *conn, const struct in *in)
{
	uint32_t cmdsn = iscsi_get32(in->hdr->initiator.cmdsn);

	if (in->hdr->bhs.opcode & ISCSI_IMMEDIATE)
		return true;
	if (cmdsn != conn->exp_cmdsn) {
		log_peer(conn, "CmdSN %u, expected %u", cmdsn, conn->exp_cmdsn);
		return false;
	}
	if (!iscsi_sn_le(cmdsn, conn->max_cmdsn)) {
		log_peer(conn, "CmdSN %u, past MaxCmdSN %u", cmdsn, conn->max_cmdsn);
		return false;
	}
	conn->exp_cmdsn++;
	return true;
}

static void unhandled(struct conn *conn, const struct in *in)
{
	log_peer(conn, "%s (opcode 0x%02x) has no place here", script_pdu_name(in->hdr),
		 iscsi_opcode(&in->hdr->bhs));
	if (conn->stage == CONN_LOGIN)
		conn_close(conn);
	else
		out_reject(conn, in->hdr, ISCSI_REJECT_PROTOCOL_ERROR);
}

/* False: there is nothing to process. */
static bool judge(struct conn *conn, struct in *in, const struct handler *handler)
{
	in->consumed = false;
	in->hang = false;
	in->times = 1;
	in->due = 0;
	log_info(conn, "received %s itt=0x%08x data=%u", script_pdu_name(in->hdr),
		 iscsi_get32(in->hdr->bhs.itt), in->len);
	if (handler && handler->cmdsn && !in_sequence(conn, in))
		return false;
	conn->judged = true;
	script_in(&conn->target->script, conn, in);
	return true;
}

bool session_pdu(struct conn *conn)
{
	struct in *in = &conn->in;
	const struct handler *handler = find(conn, in);

	if (!conn->judged && !judge(conn, in, handler))
		return true;
	if (in->due > conn->target->now_ms)
		return false;
	if (in->consumed) {
		if (in->hang && handler && handler->op == ISCSI_OP_SCSI_CMD)
			task_hang(conn, in);
		return true;
	}
	for (; in->times && !conn->dead && !conn->closing; in->times--) {
		if (handler)
			handler->run(conn, in);
		else
			unhandled(conn, in);
	}
	return true;
}

void session_tick(struct conn *conn)
{
	uint64_t now = conn->target->now_ms;

	if (conn->nop_at <= now) {
		conn->nop_at = now + conn->target->nop_ms;
		out_nop_in(conn, true);
	}
	if (conn->frozen_until && conn->frozen_until <= now) {
		conn->frozen_until = 0;
		out_nop_in(conn, false);	/* says the window */
	}
}
