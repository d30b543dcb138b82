// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sending: PDUs that were built wait in tx.slot[] until TCP has taken their
 * last byte. Several go with one call; after a short one the rest is sent from
 * where it stopped, and nothing is computed twice.
 */
#include <errno.h>
#include <string.h>

#include "digest.h"
#include "iscsi.h"
#include "task.h"

/* One turn's share of one connection. */
#define TX_TURN_BYTES	(1u << 20)
/*
 * Bytes built before the first is sent: enough to fill a call, and few, because
 * an urgent PDU goes behind them.
 */
#define TX_AHEAD_BYTES	(64u << 10)
#define TX_IOV		512

void ohba_tx_init(struct ohba_conn *conn)
{
	struct ohba_tx *tx = &conn->tx;

	ohba_list_init(&tx->urgent);
	ohba_list_init(&tx->window);
	ohba_list_init(&tx->unsolicited);
	ohba_list_init(&tx->solicited);
}

/* --- building ------------------------------------------------------------------ */

void ohba_tx_data_sgl(struct ohba_tx_slot *slot, struct ohba_sgl *sgl, uint32_t off,
		      uint32_t len)
{
	slot->sgl = sgl;
	slot->off = off;
	slot->len = len;
	slot->hdr.bhs.dsl = iscsi_put24(len);
}

void ohba_tx_data_buf(struct ohba_tx_slot *slot, const void *buf, uint32_t len)
{
	slot->buf = buf;
	slot->len = len;
	slot->hdr.bhs.dsl = iscsi_put24(len);
}

/* The data digest covers the padding (section 11.2.4), which lies in front of it. */
static void put_data_digest(struct ohba_tx_slot *slot)
{
	uint32_t pad = iscsi_pad(slot->len);

	ohba_digest_put(ohba_digest_add(slot->data_crc, slot->trailer, pad), slot->trailer + pad);
}

/* Guest memory is mapped once, to be sent: its digest is made then (add_sgl()). */
static void data_digest(struct ohba_tx_slot *slot)
{
	slot->trailer_len += ISCSI_DIGEST_LEN;
	slot->data_crc = OHBA_DIGEST_INIT;
	if (slot->sgl)
		return;
	slot->data_crc = ohba_digest_add(slot->data_crc, slot->buf, slot->len);
	put_data_digest(slot);
}

static void header_digest(struct ohba_tx_slot *slot)
{
	uint32_t crc = ohba_digest_add(OHBA_DIGEST_INIT, slot->hdr.raw, ISCSI_BHS_LEN);

	ohba_digest_put(ohba_digest_add(crc, slot->ahs, slot->ahs_len), slot->hdr_digest);
	slot->hdr_digest_len = ISCSI_DIGEST_LEN;
}

/* ExpStatSN is at one place in all PDUs of the initiator. */
static void acknowledge(struct ohba_conn *conn, struct ohba_tx_slot *slot)
{
	slot->hdr.initiator.exp_statsn = iscsi_put32(conn->session.exp_statsn);
}

static void finish_slot(struct ohba_conn *conn, struct ohba_tx_slot *slot)
{
	const struct ohba_session *session = &conn->session;

	slot->trailer_len = iscsi_pad(slot->len);
	if (session->handle)
		acknowledge(conn, slot);
	if (session->hdr_digest)
		header_digest(slot);
	if (session->data_digest && slot->len)
		data_digest(slot);
	slot->total = ISCSI_BHS_LEN + slot->ahs_len + slot->hdr_digest_len + slot->len +
		      slot->trailer_len;
}

static struct ohba_tx_slot *slot_at(struct ohba_tx *tx, uint32_t i)
{
	return &tx->slot[(tx->first + i) % OHBA_TX_SLOTS];
}

static void fill(struct ohba_conn *conn)
{
	struct ohba_tx *tx = &conn->tx;

	while (tx->count < OHBA_TX_SLOTS && tx->queued < TX_AHEAD_BYTES &&
	       ohba_tx_pending(conn)) {
		struct ohba_tx_slot *slot = slot_at(tx, tx->count);

		memset(slot, 0, sizeof(*slot));
		ohba_tx_next(conn, slot);
		finish_slot(conn, slot);
		/* Of no length it is skipped, and done when its turn comes. */
		if (ohba_fault_on(conn->iscsi->faults, OHBA_FAULT_SEND) &&
		    ohba_fault_send(conn, slot))
			slot->total = 0;
		tx->count++;
		tx->queued += slot->total;
	}
}

/* --- gathering ------------------------------------------------------------------ */

/* What goes into one call. */
struct tx_gather {
	struct iovec iov[TX_IOV];
	int n;
	uint32_t len;		/* bytes */
	uint32_t skip;		/* of the slot being added: sent already */
	int maps;		/* in use, of iscsi->map[] */
	bool full;		/* there is more, but not in this call */
};

static void add_piece(struct tx_gather *g, const void *p, uint32_t len)
{
	if (g->skip >= len) {
		g->skip -= len;
		return;
	}
	g->iov[g->n].iov_base = (char *)(uintptr_t)p + g->skip;
	g->iov[g->n].iov_len = len - g->skip;
	g->len += len - g->skip;
	g->skip = 0;
	g->n++;
}

/*
 * Add to the digest what is mapped of the data at @off and is not in it yet. A call that TCP
 * takes in part has the rest mapped again, from where it stopped: there is no gap.
 */
static void digest_mapped(struct ohba_tx_slot *slot, uint32_t off, const struct ohba_map *map)
{
	uint32_t skip = slot->digested - off, i;

	for (i = 0; i < (uint32_t)map->n; i++) {
		uint32_t len = map->iov[i].iov_len, known = skip < len ? skip : len;

		slot->data_crc = ohba_digest_add(slot->data_crc,
						 (char *)map->iov[i].iov_base + known, len - known);
		slot->digested += len - known;
		skip -= known;
	}
	if (slot->digested == slot->len)
		put_data_digest(slot);
}

static enum ohba_status add_sgl(struct ohba_conn *conn, struct tx_gather *g,
				struct ohba_tx_slot *slot)
{
	struct ohba_map *map = &conn->iscsi->map[g->maps];
	uint32_t off = g->skip, left = slot->len - off;
	enum ohba_status status;
	int i;

	status = ohba_sgl_map(conn->fw, slot->sgl, slot->off + off, left, false, map);
	if (status)
		return status;
	if (conn->session.data_digest)
		digest_mapped(slot, off, map);
	g->maps++;
	g->skip = 0;
	for (i = 0; i < map->n; i++)
		add_piece(g, map->iov[i].iov_base, map->iov[i].iov_len);
	g->full = map->len < left;
	return OHBA_ST_SUCCESS;
}

static enum ohba_status add_data(struct ohba_conn *conn, struct tx_gather *g,
				 struct ohba_tx_slot *slot)
{
	if (slot->sgl && g->skip < slot->len)
		return add_sgl(conn, g, slot);
	add_piece(g, slot->buf, slot->len);
	return OHBA_ST_SUCCESS;
}

static enum ohba_status add_slot(struct ohba_conn *conn, struct tx_gather *g,
				 struct ohba_tx_slot *slot)
{
	enum ohba_status status;

	g->skip = slot->sent;
	add_piece(g, slot->hdr.raw, ISCSI_BHS_LEN);
	add_piece(g, slot->ahs, slot->ahs_len);
	add_piece(g, slot->hdr_digest, slot->hdr_digest_len);
	status = add_data(conn, g, slot);
	if (!status && !g->full)
		add_piece(g, slot->trailer, slot->trailer_len);
	return status;
}

static enum ohba_status gather(struct ohba_conn *conn, struct tx_gather *g)
{
	struct ohba_tx *tx = &conn->tx;
	enum ohba_status status = OHBA_ST_SUCCESS;
	uint32_t i;

	for (i = 0; !status && !g->full && i < tx->count; i++) {
		/* Four pieces and a full map must fit. */
		g->full = g->n + 4 + OHBA_MAP_MAX > TX_IOV;
		if (g->full)
			break;
		if (!slot_at(tx, i)->total)
			continue;
		status = add_slot(conn, g, slot_at(tx, i));
		if (status)
			ohba_task_fault(slot_at(tx, i)->arg, status);
	}
	return status;
}

static void ungather(struct ohba_conn *conn, struct tx_gather *g)
{
	while (g->maps)
		ohba_sgl_unmap(conn->fw, &conn->iscsi->map[--g->maps], 0);
}

/* --- sending -------------------------------------------------------------------- */

static void count_pdu(struct ohba_conn *conn, const struct ohba_tx_slot *slot)
{
	struct ohba_adapter_counters *stats = ohba_fw_stats(conn->fw);

	conn->stats.tx_pdus++;
	stats->tx_pdus++;
	stats->tx_data_bytes += slot->len;
}

static void pop(struct ohba_conn *conn, bool sent)
{
	struct ohba_tx *tx = &conn->tx;
	struct ohba_tx_slot *slot = slot_at(tx, 0);

	tx->first = (tx->first + 1) % OHBA_TX_SLOTS;
	tx->count--;
	tx->queued -= slot->total;
	if (sent)
		count_pdu(conn, slot);
	if (slot->done)
		slot->done(conn, slot->arg, sent);
}

static void advance(struct ohba_conn *conn, uint32_t n)
{
	struct ohba_tx *tx = &conn->tx;

	conn->stats.tx_bytes += n;
	while (tx->count) {
		struct ohba_tx_slot *slot = slot_at(tx, 0);
		uint32_t left = slot->total - slot->sent;

		if (n < left) {
			slot->sent += n;
			return;
		}
		n -= left;
		pop(conn, true);
	}
}

void ohba_tx_drop(struct ohba_conn *conn)
{
	while (conn->tx.count)
		pop(conn, false);
}

/* Hand over one gathering; *@n: bytes that TCP took. */
static enum ohba_status send_some(struct ohba_conn *conn, uint32_t *n)
{
	const struct ohba_tcp_engine_ops *ops = ohba_fw_engine(conn->fw)->ops;
	struct tx_gather g;
	enum ohba_status status;
	ssize_t res = 0;

	g.n = 0;
	g.len = 0;
	g.maps = 0;
	g.full = false;
	status = gather(conn, &g);
	if (!status && g.n)
		res = ops->send(conn->tcp, g.iov, g.n, g.full || ohba_tx_pending(conn));
	ungather(conn, &g);
	if (status)
		return status;
	if (res < 0 && res != -EAGAIN)
		return ohba_tcp_status((int)-res);
	*n = res < 0 ? 0 : (uint32_t)res;
	conn->tx.blocked = *n < g.len;
	return OHBA_ST_SUCCESS;
}

static enum ohba_status tx_step(struct ohba_conn *conn, uint32_t *total)
{
	enum ohba_status status = OHBA_ST_SUCCESS;
	uint32_t n = 0;

	fill(conn);
	if (conn->tx.count)
		status = send_some(conn, &n);
	if (status)
		return status;
	*total += n;
	advance(conn, n);
	return OHBA_ST_SUCCESS;
}

bool ohba_tx_run(struct ohba_conn *conn)
{
	struct ohba_tx *tx = &conn->tx;
	enum ohba_status status = OHBA_ST_SUCCESS;
	uint32_t total = 0;

	while (conn->tcp && !tx->blocked && !status && (tx->count || ohba_tx_pending(conn))) {
		if (total >= TX_TURN_BYTES)
			return true;
		status = tx_step(conn, &total);
	}
	if (status)
		ohba_conn_lose(conn, status, 0);
	else if (conn->tcp && conn->phase == OHBA_CONN_CLOSING && !tx->blocked)
		ohba_conn_drained(conn);
	return false;
}
