// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the full-feature phase knows of a target's PDUs: a row per opcode, and
 * the two that concern everything, Asynchronous Message and Reject (RFC 7143
 * sections 11.9, 11.17).
 */
#include <string.h>

#include "iscsi.h"
#include "task.h"

/* --- Asynchronous Message ------------------------------------------------------------ */

static int async_header(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr)
{
	int res = ohba_host_pdu_accept(conn, hdr);

	return res ? res : (int)ohba_session_statsn(conn, hdr->async.statsn);
}

/*
 * Parameter2 is Time2Wait: when it is over the target expects us back, so the
 * connection must be gone by then even if its FIN got lost.
 */
static void expect_drop(struct ohba_conn *conn, const struct iscsi_async *async)
{
	uint32_t time2wait_s = iscsi_get16(async->param[1]);

	conn->session.drop = true;
	ohba_timer_arm(&conn->timer, (time2wait_s ? time2wait_s : 1) * OHBA_NS_PER_S);
}

static int async_done(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr)
{
	const struct iscsi_async *async = &hdr->async;

	ohba_fw_trace(conn->fw, OHBA_TRACE_ERROR, "async", "conn %u: event %u, parameters %u %u %u",
		      conn->cid, async->event, iscsi_get16(async->param[0]),
		      iscsi_get16(async->param[1]), iscsi_get16(async->param[2]));
	/* The session has one connection: "this one" and "all" are the same. */
	if (async->event == ISCSI_ASYNC_DROP_CONN || async->event == ISCSI_ASYNC_DROP_ALL)
		expect_drop(conn, async);
	return ohba_host_pdu_deliver(conn, hdr);
}

/* --- Reject --------------------------------------------------------------------------- */

/* Its data segment begins with the header that was rejected. */
static int reject_header(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr)
{
	int res = ohba_host_pdu_accept(conn, hdr);

	if (res)
		return res;
	if (iscsi_dsl(&hdr->bhs) < ISCSI_BHS_LEN)
		return OHBA_ST_BAD_LENGTH;
	return ohba_session_statsn(conn, hdr->reject.statsn);
}

/* Each: whether the host is told. */

static bool reject_command(struct ohba_conn *conn, struct iscsi_bhs *bhs)
{
	struct ohba_task *task = ohba_task_find(conn, iscsi_get32(bhs->itt));

	if (task)
		ohba_task_end_status(task, OHBA_ST_REJECTED);
	return true;
}

static bool reject_tmf(struct ohba_conn *conn, struct iscsi_bhs *bhs)
{
	ohba_tmf_rejected(conn, iscsi_get32(bhs->itt));
	return true;
}

/* The host knows its PDU by its own ITT. */
static bool reject_sent(struct ohba_conn *conn, struct iscsi_bhs *bhs)
{
	struct ohba_send *send = ohba_send_find(conn, iscsi_get32(bhs->itt));

	if (!send)
		return true;
	if (iscsi_opcode(bhs) == ISCSI_OP_LOGOUT_REQ)
		conn->session.logout = false;
	bhs->itt = send->hdr.bhs.itt;
	ohba_send_free(send);
	return true;
}

/* A host would take our ping's ITT for a forged one of its own. */
static bool reject_nop(struct ohba_conn *conn, struct iscsi_bhs *bhs)
{
	return !ohba_nop_rejected(conn, iscsi_get32(bhs->itt)) && reject_sent(conn, bhs);
}

/*
 * By the opcode of what was rejected. A Data-Out is not among them: its task
 * gets a status of its own (section 7.1.4.2).
 */
static const struct {
	uint8_t opcode;
	bool (*fn)(struct ohba_conn *conn, struct iscsi_bhs *bhs);
} rejected[] = {
	{ ISCSI_OP_NOP_OUT, reject_nop },
	{ ISCSI_OP_SCSI_CMD, reject_command },
	{ ISCSI_OP_TMF_REQ, reject_tmf },
	{ ISCSI_OP_TEXT_REQ, reject_sent },
	{ ISCSI_OP_LOGOUT_REQ, reject_sent },
};

static int reject_done(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr)
{
	struct iscsi_bhs *bhs = (struct iscsi_bhs *)ohba_conn_memory(conn)->ctrl_data;
	bool tell = true;
	unsigned int i;

	ohba_fw_trace(conn->fw, OHBA_TRACE_ERROR, "reject",
		      "conn %u: reason 0x%02x, opcode 0x%02x, ITT 0x%08x", conn->cid,
		      hdr->reject.reason, iscsi_opcode(bhs), iscsi_get32(bhs->itt));
	for (i = 0; i < sizeof(rejected) / sizeof(rejected[0]); i++) {
		if (rejected[i].opcode != iscsi_opcode(bhs))
			continue;
		tell = rejected[i].fn(conn, bhs);
		break;
	}
	return tell ? ohba_host_pdu_deliver(conn, hdr) : 0;
}

/* --- rows ----------------------------------------------------------------------------- */

#define COUNTER(name)	offsetof(struct ohba_conn_counters, name)

static const struct ohba_rx_row rows[ISCSI_OPCODE_MASK + 1] = {
	[ISCSI_OP_NOP_IN] = {
		"NOP-In", ohba_nop_header, ohba_nop_done, COUNTER(nop_in_pdus),
	},
	[ISCSI_OP_SCSI_RSP] = {
		"SCSI Response", ohba_scsi_rsp_header, ohba_scsi_rsp_done,
		COUNTER(scsi_rsp_pdus),
	},
	[ISCSI_OP_TMF_RSP] = {
		"TMF Response", ohba_tmf_header, ohba_tmf_done, COUNTER(tmf_rsp_pdus),
	},
	[ISCSI_OP_TEXT_RSP] = {
		"Text Response", ohba_answer_header, ohba_answer_done, COUNTER(text_pdus),
	},
	[ISCSI_OP_DATA_IN] = {
		"Data-In", ohba_data_in_header, ohba_data_in_done, COUNTER(data_in_pdus),
	},
	[ISCSI_OP_LOGOUT_RSP] = {
		"Logout Response", ohba_answer_header, ohba_answer_done, COUNTER(logout_pdus),
	},
	[ISCSI_OP_R2T] = {
		"R2T", ohba_r2t_header, NULL, COUNTER(r2t_pdus),
	},
	[ISCSI_OP_ASYNC] = {
		"Asynchronous Message", async_header, async_done, COUNTER(async_pdus),
	},
	[ISCSI_OP_REJECT] = {
		"Reject", reject_header, reject_done, COUNTER(reject_pdus),
	},
};

/*
 * The two high bits mean nothing in what a target sends (section 11.2.1), and a
 * receiver ignores what means nothing (section 11).
 */
const struct ohba_rx_row *ohba_rx_row(uint8_t opcode)
{
	const struct ohba_rx_row *row = &rows[opcode & ISCSI_OPCODE_MASK];

	return row->name ? row : NULL;
}
