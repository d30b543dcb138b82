// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pings (RFC 7143 sections 11.18, 11.19): ours, when a connection has been
 * silent, and answers to the target's. Timers: nop.timer, which waits either
 * for silence to last or for its end.
 */
#include <string.h>

#include "iscsi.h"

#define TIMEOUT_MS	5000	/* the default of nop_timeout_ms */

static struct ohba_conn *conn_of(struct ohba_nop *nop)
{
	return ohba_container(nop, struct ohba_conn, nop);
}

/* --- keepalive ---------------------------------------------------------------------------- */

static void wait_for_silence(struct ohba_conn *conn, uint64_t delay_ns)
{
	conn->nop.waiting = false;
	ohba_timer_arm(&conn->nop.timer, delay_ns);
}

static void ping(struct ohba_conn *conn)
{
	struct ohba_nop *nop = &conn->nop;

	/* Nothing follows our Logout Request, and who sent it limits the wait. */
	if (conn->session.logout) {
		wait_for_silence(conn, nop->interval_ns);
		return;
	}
	nop->waiting = true;
	nop->asked_bytes = conn->stats.rx_bytes;
	ohba_timer_arm(&nop->timer, nop->timeout_ns);
	/* The last is still to be answered: that will do as a sign of life. */
	if (nop->outstanding)
		return;
	nop->outstanding = true;
	ohba_ctrl_tag_new(&nop->tag, OHBA_CTRL_PING);
	ohba_tx_urgent(conn, &nop->item);
	if (ohba_tx_run(conn))
		ohba_conn_ready(conn);
}

/* Timers are not moved with each PDU: when one is due, look what was received. */
static void silence_expired(struct ohba_conn *conn)
{
	struct ohba_nop *nop = &conn->nop;
	uint64_t idle_ns = ohba_loop_now(ohba_fw_loop(conn->fw)) - conn->rx.last_ns;

	if (idle_ns < nop->interval_ns)
		wait_for_silence(conn, nop->interval_ns - idle_ns);
	else
		ping(conn);
}

/*
 * A connection that is not read because the host has no PDU_RECV waiting may be
 * as alive as can be. One that waits for our answers to be taken is not.
 */
static void answer_expired(struct ohba_conn *conn)
{
	struct ohba_nop *nop = &conn->nop;

	if (conn->rx.gated && !ohba_conn_hears(conn))
		wait_for_silence(conn, nop->interval_ns);
	else if (conn->stats.rx_bytes != nop->asked_bytes)
		silence_expired(conn);
	else
		ohba_conn_lose(conn, OHBA_ST_NOP_TIMEOUT, 0);
}

static void nop_expired(struct ohba_timer *timer)
{
	struct ohba_nop *nop = ohba_container(timer, struct ohba_nop, timer);

	if (nop->waiting)
		answer_expired(conn_of(nop));
	else
		silence_expired(conn_of(nop));
}

static void ping_build(struct ohba_conn *conn, struct ohba_tx_item *item,
		       struct ohba_tx_slot *slot)
{
	struct iscsi_nop_out *out = &slot->hdr.nop_out;

	(void)item;
	out->opcode = ISCSI_OP_NOP_OUT | ISCSI_IMMEDIATE;
	out->flags = ISCSI_FLAG_FINAL;
	out->itt = iscsi_put32(conn->nop.tag.itt);
	out->ttt = iscsi_put32(ISCSI_RESERVED_TAG);
	out->cmdsn = ohba_session_cmdsn(&conn->session, out->opcode);
	conn->stats.nop_out_pdus++;
}

static const struct ohba_tx_item_ops ping_item_ops = {
	.build = ping_build,
};

/* --- answers to the target's pings ---------------------------------------------------------- */

static void pong_done(struct ohba_conn *conn, void *arg, bool sent)
{
	struct ohba_pong *pong = arg;

	pong->busy = false;
	if (sent)
		ohba_rx_resume(conn);	/* which may wait for a free slot */
}

static void pong_build(struct ohba_conn *conn, struct ohba_tx_item *item,
		       struct ohba_tx_slot *slot)
{
	struct ohba_pong *pong = ohba_container(item, struct ohba_pong, item);
	struct iscsi_nop_out *out = &slot->hdr.nop_out;

	out->opcode = ISCSI_OP_NOP_OUT | ISCSI_IMMEDIATE;
	out->flags = ISCSI_FLAG_FINAL;
	memcpy(out->lun, pong->lun, sizeof(out->lun));
	out->itt = iscsi_put32(ISCSI_RESERVED_TAG);
	out->ttt = pong->ttt;
	out->cmdsn = ohba_session_cmdsn(&conn->session, out->opcode);
	ohba_tx_data_buf(slot, ohba_conn_memory(conn)->pong_data[pong - conn->nop.pong],
			 pong->len);
	slot->done = pong_done;
	slot->arg = pong;
	conn->stats.nop_out_pdus++;
}

static const struct ohba_tx_item_ops pong_item_ops = {
	.build = pong_build,
};

static struct ohba_pong *free_pong(struct ohba_conn *conn)
{
	unsigned int i;

	for (i = 0; i < OHBA_PONG_SLOTS; i++)
		if (!conn->nop.pong[i].busy)
			return &conn->nop.pong[i];
	return NULL;
}

/*
 * A target's ping carries no data (section 11.19). If it does, as much as there
 * is room for goes back with the answer.
 */
static void queue_pong(struct ohba_conn *conn, struct ohba_pong *pong,
		       const struct iscsi_nop_in *in)
{
	struct ohba_conn_memory *memory = ohba_conn_memory(conn);
	uint32_t len = iscsi_get24(in->dsl);

	if (len > conn->session.max_xmit_dsl)
		len = conn->session.max_xmit_dsl;
	if (len > OHBA_PONG_DATA)
		len = OHBA_PONG_DATA;
	pong->busy = true;
	pong->ttt = in->ttt;
	pong->len = len;
	memcpy(pong->lun, in->lun, sizeof(pong->lun));
	memcpy(memory->pong_data[pong - conn->nop.pong], memory->ctrl_data, len);
	ohba_tx_urgent(conn, &pong->item);
}

/* --- NOP-In --------------------------------------------------------------------------------- */

/*
 * A ping that still waits to be sent cannot have been answered: taken for done, it
 * would be queued a second time.
 */
static bool is_ours(const struct ohba_conn *conn, uint32_t itt)
{
	const struct ohba_nop *nop = &conn->nop;

	return nop->outstanding && !ohba_list_linked(&nop->item.link) && nop->tag.itt == itt;
}

/* Nothing follows our Logout Request (section 11.14): pings that crossed it get none. */
static bool wants_answer(const struct ohba_conn *conn, const struct iscsi_nop_in *in)
{
	return iscsi_get32(in->ttt) != ISCSI_RESERVED_TAG && !conn->session.logout;
}

/*
 * Without ITT it answers nothing, and its StatSN is the next one's, not its own
 * (section 11.19). With a TTT it wants an answer, for which there must be room;
 * until there is, the target is not read.
 */
static int ping_header(struct ohba_conn *conn, const struct iscsi_nop_in *in)
{
	if (iscsi_get24(in->dsl) > OHBA_CTRL_DATA_MAX)
		return OHBA_ST_BAD_LENGTH;
	if (wants_answer(conn, in) && !free_pong(conn))
		return OHBA_RX_WAIT;
	conn->rx.sink.buf = ohba_conn_memory(conn)->ctrl_data;
	return 0;
}

int ohba_nop_header(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr)
{
	const struct iscsi_nop_in *in = &hdr->nop_in;
	uint32_t itt = iscsi_get32(in->itt);

	if (itt == ISCSI_RESERVED_TAG)
		return ping_header(conn, in);
	if (!is_ours(conn, itt))
		return ohba_answer_header(conn, hdr);
	/* Our pings carry no data, and data is returned, not added. */
	if (iscsi_get24(in->dsl))
		return OHBA_ST_BAD_LENGTH;
	return ohba_session_statsn(conn, in->statsn);
}

int ohba_nop_done(struct ohba_conn *conn, const union iscsi_pdu_hdr *hdr)
{
	const struct iscsi_nop_in *in = &hdr->nop_in;
	uint32_t itt = iscsi_get32(in->itt);
	struct ohba_pong *pong = free_pong(conn);

	if (itt != ISCSI_RESERVED_TAG) {
		if (!is_ours(conn, itt))
			return ohba_answer_done(conn, hdr);
		conn->nop.outstanding = false;
		if (conn->nop.interval_ns)
			wait_for_silence(conn, conn->nop.interval_ns);
	} else if (wants_answer(conn, in) && pong) {
		queue_pong(conn, pong, in);
	}
	return 0;
}

bool ohba_nop_rejected(struct ohba_conn *conn, uint32_t itt)
{
	if (!is_ours(conn, itt))
		return false;
	conn->nop.outstanding = false;
	return true;
}

/* --- start and stop --------------------------------------------------------------------------- */

void ohba_nop_init(struct ohba_conn *conn)
{
	struct ohba_nop *nop = &conn->nop;
	unsigned int i;

	ohba_timer_init(&nop->timer, ohba_fw_loop(conn->fw), nop_expired);
	nop->item.ops = &ping_item_ops;
	for (i = 0; i < OHBA_PONG_SLOTS; i++)
		nop->pong[i].item.ops = &pong_item_ops;
}

void ohba_nop_start(struct ohba_conn *conn, const struct ohba_session_timers *timers)
{
	struct ohba_nop *nop = &conn->nop;
	uint32_t timeout_ms = le32toh(timers->nop_timeout_ms);

	nop->timers = *timers;
	nop->interval_ns = le32toh(timers->nop_interval_ms) * OHBA_NS_PER_MS;
	nop->timeout_ns = (timeout_ms ? timeout_ms : TIMEOUT_MS) * OHBA_NS_PER_MS;
	if (nop->interval_ns)
		wait_for_silence(conn, nop->interval_ns);
	else
		ohba_timer_cancel(&nop->timer);
}

void ohba_nop_stop(struct ohba_conn *conn)
{
	ohba_timer_cancel(&conn->nop.timer);
}
