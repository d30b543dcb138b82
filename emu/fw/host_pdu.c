// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The host's own PDUs: PDU_SEND and PDU_RECV, in the raw phase as they are, in
 * full-feature phase with numbers, tags and digests of ours (SPEC.md 6.1, 7).
 */
#include <string.h>

#include "iscsi.h"

/* --- PDU_SEND: slots ------------------------------------------------------------------ */

void ohba_send_free(struct ohba_send *send)
{
	send->state = OHBA_SEND_FREE;
}

struct ohba_send *ohba_send_find(struct ohba_conn *conn, uint32_t itt)
{
	unsigned int i;

	for (i = 0; i < OHBA_SEND_SLOTS; i++)
		if (conn->send[i].state == OHBA_SEND_AWAIT && conn->send[i].tag.itt == itt)
			return &conn->send[i];
	return NULL;
}

static struct ohba_send *find_state(struct ohba_conn *conn, enum ohba_send_state state)
{
	unsigned int i;

	for (i = 0; i < OHBA_SEND_SLOTS; i++)
		if (conn->send[i].state == state)
			return &conn->send[i];
	return NULL;
}

/*
 * All requests of one text exchange have one ITT (section 11.10.4): the next of
 * the host's continues with the slot of the one before.
 */
static struct ohba_send *find_exchange(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr)
{
	unsigned int i;

	if (iscsi_opcode(&hdr->bhs) != ISCSI_OP_TEXT_REQ ||
	    iscsi_get32(hdr->text_req.ttt) == ISCSI_RESERVED_TAG)
		return NULL;
	for (i = 0; i < OHBA_SEND_SLOTS; i++) {
		struct ohba_send *send = &conn->send[i];

		if (send->state == OHBA_SEND_OPEN &&
		    !memcmp(&send->hdr.bhs.itt, &hdr->bhs.itt, sizeof(hdr->bhs.itt)))
			return send;
	}
	return NULL;
}

static uint32_t count_queued(const struct ohba_conn *conn)
{
	uint32_t i, n = 0;

	for (i = 0; i < OHBA_SEND_SLOTS; i++)
		n += conn->send[i].state == OHBA_SEND_QUEUED;
	return n;
}

/* Exchanges that the host left unfinished make room for new PDUs. */
static struct ohba_send *free_slot(struct ohba_conn *conn)
{
	struct ohba_send *send = find_state(conn, OHBA_SEND_FREE);

	return send ? send : find_state(conn, OHBA_SEND_OPEN);
}

static void new_tag(struct ohba_conn *conn, struct ohba_send *send)
{
	ohba_ctrl_tag_new(&send->tag, OHBA_CTRL_SEND + (unsigned int)(send - conn->send));
}

static uint8_t *send_data(struct ohba_conn *conn, struct ohba_send *send)
{
	return ohba_conn_memory(conn)->send_data[send - conn->send];
}

/* --- PDU_SEND: sending ---------------------------------------------------------------- */

/* Whether the target will answer, with this PDU's ITT. */
static bool expects_answer(const struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr)
{
	return conn->session.handle && iscsi_get32(hdr->bhs.itt) != ISCSI_RESERVED_TAG;
}

static void send_done(struct ohba_conn *conn, void *arg, bool sent)
{
	struct ohba_send *send = arg;

	if (!sent)
		return;		/* ohba_host_pdu_end() completes it */
	send->state = expects_answer(conn, &send->hdr) ? OHBA_SEND_AWAIT : OHBA_SEND_FREE;
	ohba_pay_status(conn->fw, &send->owed, OHBA_ST_SUCCESS);
}

static void count_sent(struct ohba_conn *conn, uint8_t opcode)
{
	conn->stats.nop_out_pdus += opcode == ISCSI_OP_NOP_OUT;
	conn->stats.text_pdus += opcode == ISCSI_OP_TEXT_REQ;
	conn->stats.logout_pdus += opcode == ISCSI_OP_LOGOUT_REQ;
}

/* ExpStatSN and digests are put in by tx.c. */
static void number(struct ohba_conn *conn, struct ohba_send *send, union iscsi_pdu_hdr *hdr)
{
	hdr->initiator.cmdsn = ohba_session_cmdsn(&conn->session, hdr->bhs.opcode);
	if (expects_answer(conn, hdr))
		hdr->bhs.itt = iscsi_put32(send->tag.itt);
	if (iscsi_opcode(&hdr->bhs) == ISCSI_OP_LOGOUT_REQ) {
		conn->session.logout = true;
		ohba_rx_resume(conn);	/* which may wait to answer a ping: not any more */
	}
	count_sent(conn, iscsi_opcode(&hdr->bhs));
}

static void send_build(struct ohba_conn *conn, struct ohba_tx_item *item,
		       struct ohba_tx_slot *slot)
{
	struct ohba_send *send = ohba_container(item, struct ohba_send, item);

	slot->hdr = send->hdr;
	if (conn->session.handle)
		number(conn, send, &slot->hdr);
	ohba_tx_data_buf(slot, send_data(conn, send), send->len);
	slot->done = send_done;
	slot->arg = send;
}

static const struct ohba_tx_item_ops send_item_ops = {
	.build = send_build,
	.drain = true,
};

/* --- PDU_SEND: the command ------------------------------------------------------------ */

static bool opcode_allowed(const struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr)
{
	uint8_t opcode = iscsi_opcode(&hdr->bhs);

	if (conn->phase == OHBA_CONN_RAW)
		return opcode == ISCSI_OP_LOGIN_REQ;
	return opcode == ISCSI_OP_NOP_OUT || opcode == ISCSI_OP_TEXT_REQ ||
	       opcode == ISCSI_OP_LOGOUT_REQ;
}

static enum ohba_status check_send(const struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr,
				   uint32_t len)
{
	uint32_t max = conn->phase == OHBA_CONN_FULL ? conn->session.max_xmit_dsl :
						       ISCSI_DEFAULT_MRDSL;

	if (conn->phase != OHBA_CONN_RAW && conn->phase != OHBA_CONN_FULL)
		return OHBA_ST_INVALID_STATE;
	if (hdr->bhs.ahs_words || iscsi_dsl(&hdr->bhs) != len)
		return OHBA_ST_INVALID_FIELD;
	if (len > max || len > OHBA_PDU_DATA_MAX || !opcode_allowed(conn, hdr))
		return OHBA_ST_INVALID_FIELD;
	/* A NOP-Out without ITT must be immediate (section 11.18.1). */
	if (iscsi_opcode(&hdr->bhs) == ISCSI_OP_NOP_OUT &&
	    iscsi_get32(hdr->bhs.itt) == ISCSI_RESERVED_TAG &&
	    !(hdr->bhs.opcode & ISCSI_IMMEDIATE))
		return OHBA_ST_INVALID_FIELD;
	return OHBA_ST_SUCCESS;
}

static enum ohba_status fetch_data(struct ohba_conn *conn, struct ohba_send *send,
				   const struct ohba_sqe *sqe)
{
	struct ohba_iscsi *iscsi = conn->iscsi;
	struct ohba_sgl sgl = { .seg = iscsi->scratch_seg, .max = OHBA_FW_MAX_SGE };
	enum ohba_status status = ohba_sgl_parse(conn->fw, &sgl, sqe);

	if (status)
		return status;
	send->len = sgl.len;
	return ohba_sgl_read(conn->fw, &sgl, 0, send_data(conn, send), sgl.len);
}

static void queue_send(struct ohba_conn *conn, struct ohba_send *send)
{
	bool window = conn->phase == OHBA_CONN_FULL &&
		      !(send->hdr.bhs.opcode & ISCSI_IMMEDIATE);

	send->state = OHBA_SEND_QUEUED;
	send->item.ops = &send_item_ops;
	if (window)
		ohba_tx_window(conn, &send->item);
	else
		ohba_tx_urgent(conn, &send->item);
}

int ohba_pdu_send_on(struct ohba_conn *conn, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_send *exchange, *send;
	union iscsi_pdu_hdr hdr;
	enum ohba_status status;

	memcpy(hdr.raw, sqe->body, sizeof(hdr.raw));
	status = check_send(conn, &hdr, le32toh(sqe->data_len));
	if (status)
		return status;
	exchange = find_exchange(conn, &hdr);
	send = exchange ? exchange : free_slot(conn);
	if (!send || count_queued(conn) >= OHBA_PDU_SEND_DEPTH)
		return OHBA_ST_NO_RESOURCES;
	status = fetch_data(conn, send, sqe);
	if (status)
		return status;
	if (!exchange)
		new_tag(conn, send);
	send->hdr = hdr;
	ohba_owe(&send->owed, qid, sqe);
	queue_send(conn, send);
	return OHBA_PENDING;
}

int ohba_pdu_send(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_conn *conn = ohba_conn_find(ohba_fw_iscsi(fw), le32toh(sqe->handle));

	return conn ? ohba_pdu_send_on(conn, qid, sqe) : OHBA_ST_INVALID_HANDLE;
}

enum ohba_status ohba_own_send(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr,
			       const void *data, uint32_t len)
{
	enum ohba_status status = check_send(conn, hdr, len);
	struct ohba_send *exchange = find_exchange(conn, hdr);
	struct ohba_send *send = exchange ? exchange : free_slot(conn);

	if (status)
		return status;
	if (!send || count_queued(conn) >= OHBA_PDU_SEND_DEPTH)
		return OHBA_ST_NO_RESOURCES;
	if (!exchange)
		new_tag(conn, send);
	send->hdr = *hdr;
	send->len = len;
	if (len)
		memcpy(send_data(conn, send), data, len);
	queue_send(conn, send);
	/* Not every turn flushes what is queued. */
	ohba_conn_ready(conn);
	return OHBA_ST_SUCCESS;
}

/* --- PDU_RECV ------------------------------------------------------------------------- */

static bool may_recv(const struct ohba_conn *conn)
{
	return conn->phase == OHBA_CONN_RAW || conn->phase == OHBA_CONN_HELD ||
	       conn->phase == OHBA_CONN_FULL;
}

int ohba_pdu_recv_on(struct ohba_conn *conn, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_recv *recv;
	enum ohba_status status;
	uint32_t i;

	if (le32toh(sqe->data_len) < OHBA_PDU_RECV_MIN)
		return OHBA_ST_INVALID_FIELD;
	if (!may_recv(conn))
		return OHBA_ST_INVALID_STATE;
	if (conn->recv_count == OHBA_PDU_RECV_DEPTH)
		return OHBA_ST_NO_RESOURCES;
	i = (conn->recv_first + conn->recv_count) % OHBA_PDU_RECV_DEPTH;
	recv = &conn->recv[i];
	recv->sgl.seg = ohba_conn_memory(conn)->recv_seg[i];
	recv->sgl.max = OHBA_FW_MAX_SGE;
	status = ohba_sgl_parse(conn->fw, &recv->sgl, sqe);
	if (status)
		return status;
	ohba_owe(&recv->owed, qid, sqe);
	conn->recv_count++;
	ohba_rx_resume(conn);
	return OHBA_PENDING;
}

int ohba_pdu_recv(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe)
{
	struct ohba_conn *conn = ohba_conn_find(ohba_fw_iscsi(fw), le32toh(sqe->handle));

	return conn ? ohba_pdu_recv_on(conn, qid, sqe) : OHBA_ST_INVALID_HANDLE;
}

static struct ohba_recv *take_recv(struct ohba_conn *conn)
{
	struct ohba_recv *recv = &conn->recv[conn->recv_first];

	conn->recv_first = (conn->recv_first + 1) % OHBA_PDU_RECV_DEPTH;
	conn->recv_count--;
	return recv;
}

int ohba_host_pdu_accept(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr)
{
	uint32_t dsl = iscsi_dsl(&hdr->bhs);

	if (!ohba_conn_hears(conn))
		return OHBA_RX_WAIT;
	if (dsl > OHBA_CTRL_DATA_MAX ||
	    (ohba_conn_hosts(conn) && ISCSI_BHS_LEN + dsl > conn->recv[conn->recv_first].sgl.len))
		return OHBA_ST_BAD_LENGTH;
	conn->rx.sink.buf = ohba_conn_memory(conn)->ctrl_data;
	return 0;
}

static int tell_host(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr)
{
	union iscsi_pdu_hdr told = *hdr;
	uint32_t dsl = iscsi_dsl(&hdr->bhs);
	struct ohba_recv *recv = take_recv(conn);
	struct ohba_cqe cqe = { .result = htole32(ISCSI_BHS_LEN + dsl) };
	enum ohba_status status;

	told.bhs.ahs_words = 0;		/* AHS were dropped */
	status = ohba_sgl_write(conn->fw, &recv->sgl, 0, told.raw, ISCSI_BHS_LEN);
	if (!status && dsl)
		status = ohba_sgl_write(conn->fw, &recv->sgl, ISCSI_BHS_LEN,
					ohba_conn_memory(conn)->ctrl_data, dsl);
	if (status) {
		ohba_pay_status(conn->fw, &recv->owed, status);
		return status;	/* the PDU is lost, and so is the exchange */
	}
	ohba_pay(conn->fw, &recv->owed, &cqe);
	return 0;
}

int ohba_host_pdu_deliver(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr)
{
	int res = 0;

	if (conn->owner)
		res = conn->owner->pdu(conn, hdr, ohba_conn_memory(conn)->ctrl_data);
	return res || !ohba_conn_hosts(conn) ? res : tell_host(conn, hdr);
}

/* --- the raw phase ---------------------------------------------------------------------- */

/*
 * Before full feature a target answers logins, or rejects (sections 6.3, 11.17),
 * without AHS and within the default MaxRecvDataSegmentLength (section 13.12).
 */
static int raw_header(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr)
{
	uint8_t opcode = iscsi_opcode(&hdr->bhs);

	if (opcode != ISCSI_OP_LOGIN_RSP && opcode != ISCSI_OP_REJECT)
		return OHBA_ST_BAD_OPCODE;
	if (hdr->bhs.ahs_words || iscsi_dsl(&hdr->bhs) > ISCSI_DEFAULT_MRDSL)
		return OHBA_ST_BAD_LENGTH;
	return ohba_host_pdu_accept(conn, hdr);
}

/* The next byte of the target's may be of the full-feature phase (section 6.3). */
static bool ends_login(const struct iscsi_login_rsp *rsp)
{
	return rsp->opcode == ISCSI_OP_LOGIN_RSP && (rsp->flags & ISCSI_LOGIN_TRANSIT) &&
	       ISCSI_LOGIN_NSG(rsp->flags) == ISCSI_STAGE_FULL &&
	       rsp->status_class == ISCSI_LOGIN_SUCCESS;
}

static int raw_done(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr)
{
	if (ends_login(&hdr->login_rsp))
		ohba_conn_phase_set(conn, OHBA_CONN_HELD, "logged in");
	return ohba_host_pdu_deliver(conn, hdr);
}

const struct ohba_rx_row ohba_rx_raw_row = {
	"raw", raw_header, raw_done, offsetof(struct ohba_conn_counters, rx_pdus),
};

/* --- answers ------------------------------------------------------------------------------ */

/* Which request a target's PDU answers. */
static uint8_t request_of(uint8_t opcode)
{
	return opcode & (uint8_t)~0x20;
}

_Static_assert(ISCSI_OP_NOP_IN == (ISCSI_OP_NOP_OUT | 0x20) &&
	       ISCSI_OP_TEXT_RSP == (ISCSI_OP_TEXT_REQ | 0x20) &&
	       ISCSI_OP_LOGOUT_RSP == (ISCSI_OP_LOGOUT_REQ | 0x20), "section 11.2.1.2");

int ohba_answer_header(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr)
{
	struct ohba_send *send = ohba_send_find(conn, iscsi_get32(hdr->bhs.itt));
	int res;

	if (!send || iscsi_opcode(&send->hdr.bhs) != request_of(iscsi_opcode(&hdr->bhs)))
		return OHBA_ST_BAD_ITT;
	res = ohba_host_pdu_accept(conn, hdr);
	return res ? res : (int)ohba_session_statsn(conn, hdr->target.statsn);
}

/* A Text Response without F waits for the host's next request (section 11.11.1). */
static bool goes_on(const union iscsi_pdu_hdr *hdr)
{
	return iscsi_opcode(&hdr->bhs) == ISCSI_OP_TEXT_RSP &&
	       !(hdr->bhs.flags & ISCSI_FLAG_FINAL);
}

int ohba_answer_done(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr)
{
	struct ohba_send *send = ohba_send_find(conn, iscsi_get32(hdr->bhs.itt));
	union iscsi_pdu_hdr answer = *hdr;

	if (!send)
		return OHBA_ST_BAD_ITT;
	answer.bhs.itt = send->hdr.bhs.itt;
	send->state = goes_on(hdr) ? OHBA_SEND_OPEN : OHBA_SEND_FREE;
	if (iscsi_opcode(&hdr->bhs) == ISCSI_OP_LOGOUT_RSP &&
	    hdr->logout_rsp.response != ISCSI_LOGOUT_CLOSED)
		conn->session.logout = false;
	return ohba_host_pdu_deliver(conn, &answer);
}

/* --- the end -------------------------------------------------------------------------------- */

void ohba_host_pdu_end(struct ohba_conn *conn, enum ohba_status status)
{
	unsigned int i;

	for (i = 0; i < OHBA_SEND_SLOTS; i++) {
		ohba_tx_unqueue(conn, &conn->send[i].item);
		ohba_pay_status(conn->fw, &conn->send[i].owed, status);
	}
	while (conn->recv_count)
		ohba_pay_status(conn->fw, &take_recv(conn)->owed, status);
}
