// SPDX-License-Identifier: GPL-2.0-or-later
/* PDUs of ours: what all have in common, and those that answer nothing. */
#include "target.h"

#include <stdlib.h>

/* Commands that run take their place in the window until they end, so that the
 * sum never goes back.
 */
uint32_t out_max_cmdsn(struct conn *conn)
{
	uint32_t depth = conn->target->depth;
	uint32_t room = depth > conn->tasks_live ? depth - conn->tasks_live : 0;
	uint32_t max = conn->exp_cmdsn + room - 1;

	if (conn->frozen_until > conn->target->now_ms)
		return conn->frozen_max;
	if (conn->stage == CONN_LOGIN || iscsi_sn_lt(conn->max_cmdsn, max))
		conn->max_cmdsn = max;
	return conn->max_cmdsn;
}

/* Data-In has a StatSN together with status only (RFC 7143 section 11.7.4);
 * what else takes none shows the next (11.8.3, 11.19.3).
 */
static void number(struct conn *conn, struct out *out)
{
	struct iscsi_target_bhs *hdr = &out->hdr.target;

	if (out->with_status)
		hdr->statsn = iscsi_put32(conn->statsn++);
	else if (iscsi_opcode(&out->hdr.bhs) != ISCSI_OP_DATA_IN)
		hdr->statsn = iscsi_put32(conn->statsn);
	hdr->exp_cmdsn = iscsi_put32(conn->exp_cmdsn);
	hdr->max_cmdsn = iscsi_put32(out_max_cmdsn(conn));
}

static void send_after(struct conn *conn, const struct out *out)
{
	bool outer = conn->injecting;

	conn->injecting = true;
	out->after(conn, out);
	conn->injecting = outer;
}

void out_send(struct conn *conn, struct out *out)
{
	if (conn->dead || conn->closing)
		return;
	out->times = 1;
	number(conn, out);
	out->hdr.bhs.dsl = iscsi_put24(out->len);
	script_out(&conn->target->script, conn, out);
	log_info(conn, "sent %s itt=0x%08x data=%u%s", script_pdu_name(&out->hdr),
		 iscsi_get32(out->hdr.bhs.itt), out->len, out->dropped ? " dropped" : "");
	for (; out->times && !out->dropped; out->times--)
		conn_emit(conn, out);
	if (out->after)
		send_after(conn, out);
	free(out->own);
}

void out_reject(struct conn *conn, const union iscsi_pdu_hdr *hdr, uint8_t reason)
{
	struct out out = { .data = hdr->raw, .len = ISCSI_BHS_LEN, .with_status = true };
	struct iscsi_reject *rsp = &out.hdr.reject;

	rsp->opcode = ISCSI_OP_REJECT;
	rsp->flags = ISCSI_FLAG_FINAL;
	rsp->reason = reason;
	rsp->reserved_tag = iscsi_put32(ISCSI_RESERVED_TAG);
	out_send(conn, &out);
}

/* Parameter1 to 3 mean something with some events alone (RFC 7143 section 11.9.1). */
void out_async(struct conn *conn, uint8_t event, uint16_t time2wait, uint16_t time2retain)
{
	static const uint8_t sense[2 + SCSI_SENSE_LEN] = {
		0, SCSI_SENSE_LEN, 0x70, [4] = 6, [9] = 10, [14] = 0x3f, [15] = 0x0e,
	};
	struct out out = { .with_status = true };
	struct iscsi_async *msg = &out.hdr.async;

	msg->opcode = ISCSI_OP_ASYNC;
	msg->flags = ISCSI_FLAG_FINAL;
	msg->reserved_tag = iscsi_put32(ISCSI_RESERVED_TAG);
	msg->event = event;
	if (event == ISCSI_ASYNC_SCSI) {	/* reported LUNs data has changed */
		out.data = sense;
		out.len = sizeof(sense);
	}
	if (event == ISCSI_ASYNC_LOGOUT || event == ISCSI_ASYNC_NEGOTIATE) {
		msg->param[2] = iscsi_put16(time2wait);
	} else if (event == ISCSI_ASYNC_DROP_CONN || event == ISCSI_ASYNC_DROP_ALL) {
		msg->param[0] = iscsi_put16(conn->cid);
		msg->param[1] = iscsi_put16(time2wait);
		msg->param[2] = iscsi_put16(time2retain);
	}
	out_send(conn, &out);
}

void out_nop_in(struct conn *conn, bool want_answer)
{
	struct out out = { 0 };
	struct iscsi_nop_in *nop = &out.hdr.nop_in;

	nop->opcode = ISCSI_OP_NOP_IN;
	nop->flags = ISCSI_FLAG_FINAL;
	nop->itt = iscsi_put32(ISCSI_RESERVED_TAG);
	nop->ttt = iscsi_put32(want_answer ? conn->ttt++ & TTT_MASK : ISCSI_RESERVED_TAG);
	out_send(conn, &out);
}
