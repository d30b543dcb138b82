// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Receiving: a parser of the byte stream. A state says where its bytes go and
 * what happens when the last is in; one loop feeds them all.
 *
 * Payload goes straight to guest pages. What follows it (padding, digest, the
 * next header) comes along in the same readv(), into rx.ahead.
 */
#include <errno.h>
#include <string.h>

#include "digest.h"
#include "iscsi.h"
#include "task.h"

/* One turn's share, so that one fast target does not starve the others. */
#define RX_TURN_BYTES	(512u << 10)
#define RX_TURN_PDUS	128

/* Results of the steps below, besides 0 and statuses. */
#define RX_AGAIN	(-2)	/* nothing to read now */

struct ohba_rx_state {
	void *(*place)(struct ohba_conn *conn);	/* NULL: rx.sink */
	int (*done)(struct ohba_conn *conn);
};

static int raw_wait_done(struct ohba_conn *conn);
static int held_done(struct ohba_conn *conn);
static int bhs_done(struct ohba_conn *conn);
static int ahs_done(struct ohba_conn *conn);
static int hdr_digest_done(struct ohba_conn *conn);
static int header_done(struct ohba_conn *conn);
static int data_done(struct ohba_conn *conn);
static int trailer_done(struct ohba_conn *conn);
static void *place_hdr(struct ohba_conn *conn);
static void *place_ctrl(struct ohba_conn *conn);
static void *place_digest(struct ohba_conn *conn);
static void *place_trailer(struct ohba_conn *conn);

static const struct ohba_rx_state
	st_raw_wait	= { NULL, raw_wait_done },	/* for a PDU_RECV */
	st_held		= { NULL, held_done },
	st_bhs		= { place_hdr, bhs_done },
	st_ahs		= { place_ctrl, ahs_done },
	st_hdr_digest	= { place_digest, hdr_digest_done },
	st_header	= { NULL, header_done },	/* may wait for room */
	st_data		= { NULL, data_done },
	st_trailer	= { place_trailer, trailer_done };

static void *place_hdr(struct ohba_conn *conn)
{
	return conn->rx.hdr.raw;
}

static void *place_ctrl(struct ohba_conn *conn)
{
	return ohba_conn_memory(conn)->ctrl_data;
}

static void *place_digest(struct ohba_conn *conn)
{
	return conn->rx.digest;
}

static void *place_trailer(struct ohba_conn *conn)
{
	return conn->rx.trailer;
}

static void enter(struct ohba_conn *conn, const struct ohba_rx_state *state, uint32_t need)
{
	conn->rx.state = state;
	conn->rx.need = need;
	conn->rx.got = 0;
}

/* --- start and stop ---------------------------------------------------------- */

/* Nor is it looked at: ohba_rx_resume() does, and then it is waited for again. */
static void gate(struct ohba_conn *conn)
{
	conn->rx.gated = true;
	ohba_list_del(&conn->waiting);
	ohba_fw_engine(conn->fw)->ops->want_read(conn->tcp, false);
}

void ohba_rx_resume(struct ohba_conn *conn)
{
	if (!conn->tcp || !conn->rx.gated || !conn->rx.state || conn->rx.held_until_ns)
		return;
	conn->rx.gated = false;
	ohba_fw_engine(conn->fw)->ops->want_read(conn->tcp, true);
	/* What is in rx.ahead wakes no engine. */
	ohba_conn_ready(conn);
}

void ohba_rx_start(struct ohba_conn *conn)
{
	conn->rx.low = 1;
	enter(conn, &st_raw_wait, 0);
	if (!conn->owner)
		gate(conn);
}

void ohba_rx_start_full(struct ohba_conn *conn)
{
	conn->rx.last_ns = ohba_loop_now(ohba_fw_loop(conn->fw));
	enter(conn, &st_bhs, ISCSI_BHS_LEN);
	ohba_rx_resume(conn);
}

bool ohba_rx_between_pdus(const struct ohba_conn *conn)
{
	const struct ohba_rx *rx = &conn->rx;

	return rx->state == &st_raw_wait || rx->state == &st_held ||
	       (rx->state == &st_bhs && !rx->got);
}

void ohba_rx_stop(struct ohba_conn *conn)
{
	if (conn->tcp && conn->rx.state && !conn->rx.gated)
		gate(conn);
	conn->rx.state = NULL;
}

void ohba_rx_disown(struct ohba_conn *conn)
{
	struct ohba_rx_sink *sink = &conn->rx.sink;

	sink->task = NULL;
	if (sink->sgl)
		sink->buf = NULL;
	sink->sgl = NULL;
}

static void next_pdu(struct ohba_conn *conn)
{
	conn->rx.row = NULL;
	conn->rx.corrupted = 0;
	memset(&conn->rx.sink, 0, sizeof(conn->rx.sink));
	if (conn->phase == OHBA_CONN_FULL)
		enter(conn, &st_bhs, ISCSI_BHS_LEN);
	else
		enter(conn, conn->phase == OHBA_CONN_RAW ? &st_raw_wait : &st_held, 0);
}

/* --- states ------------------------------------------------------------------ */

/* In the raw phase not a byte is read that the host has no room for. */
static int raw_wait_done(struct ohba_conn *conn)
{
	if (!ohba_conn_hears(conn))
		return OHBA_RX_WAIT;
	enter(conn, &st_bhs, ISCSI_BHS_LEN);
	return 0;
}

static int held_done(struct ohba_conn *conn)
{
	return ohba_conn_hosts(conn) ? OHBA_RX_WAIT : conn->owner->held(conn);
}

/* The header is whole and, if digests are on, intact. */
static int header_in(struct ohba_conn *conn)
{
	enter(conn, &st_header, 0);
	if (ohba_fault_on(conn->iscsi->faults, OHBA_FAULT_HEADER))
		return ohba_fault_header(conn);
	return 0;
}

static int after_ahs(struct ohba_conn *conn)
{
	if (!conn->session.hdr_digest)
		return header_in(conn);
	enter(conn, &st_hdr_digest, ISCSI_DIGEST_LEN);
	return 0;
}

/*
 * No AHS is defined for a target's PDU (11.2.2): it is read for the digest and
 * ignored. The raw phase refuses it by its header.
 */
static int bhs_done(struct ohba_conn *conn)
{
	uint32_t ahs_len = iscsi_ahs_len(&conn->rx.hdr.bhs);

	if (!ahs_len || conn->phase != OHBA_CONN_FULL)
		return after_ahs(conn);
	enter(conn, &st_ahs, ahs_len);
	return 0;
}

static int ahs_done(struct ohba_conn *conn)
{
	return after_ahs(conn);
}

static int hdr_digest_done(struct ohba_conn *conn)
{
	const struct iscsi_bhs *bhs = &conn->rx.hdr.bhs;
	uint32_t crc = ohba_digest_add(OHBA_DIGEST_INIT, bhs, ISCSI_BHS_LEN);
	uint8_t want[ISCSI_DIGEST_LEN];

	if (ohba_fault_on(conn->iscsi->faults, OHBA_FAULT_HDR_DIGEST))
		ohba_fault_hdr_digest(conn);
	crc = ohba_digest_add(crc, place_ctrl(conn), iscsi_ahs_len(bhs));
	ohba_digest_put(crc, want);
	if (memcmp(want, conn->rx.digest, sizeof(want)))
		return OHBA_ST_HDR_DIGEST;
	return header_in(conn);
}

static int check_full_header(struct ohba_conn *conn)
{
	const struct iscsi_target_bhs *bhs = &conn->rx.hdr.target;

	if (iscsi_dsl(&conn->rx.hdr.bhs) > conn->session.max_recv_dsl)
		return OHBA_ST_BAD_LENGTH;
	return ohba_session_window(conn, iscsi_get32(bhs->exp_cmdsn),
				   iscsi_get32(bhs->max_cmdsn));
}

/* The row of a header that is whole and, if digests are on, intact. */
static int find_row(struct ohba_conn *conn)
{
	struct ohba_rx *rx = &conn->rx;

	if (conn->phase != OHBA_CONN_FULL) {
		rx->row = &ohba_rx_raw_row;
		return 0;
	}
	rx->row = ohba_rx_row(rx->hdr.bhs.opcode);
	return rx->row ? check_full_header(conn) : OHBA_ST_BAD_OPCODE;
}

static void count_pdu(struct ohba_conn *conn)
{
	uint64_t *counter = (uint64_t *)((char *)&conn->stats + conn->rx.row->counter);
	struct ohba_adapter_counters *stats = ohba_fw_stats(conn->fw);

	conn->stats.rx_pdus++;
	stats->rx_pdus++;
	stats->rx_data_bytes += iscsi_dsl(&conn->rx.hdr.bhs);
	if (counter != &conn->stats.rx_pdus)
		++*counter;
}

static void trace_pdu(struct ohba_conn *conn, uint32_t dsl)
{
	ohba_fw_trace(conn->fw, OHBA_TRACE_NORMAL, "pdu-in", "conn %u: %s, ITT 0x%08x, %u bytes",
		      conn->cid, conn->rx.row->name, iscsi_get32(conn->rx.hdr.bhs.itt), dsl);
}

static int pdu_done(struct ohba_conn *conn)
{
	int res = conn->rx.row->done ? conn->rx.row->done(conn, &conn->rx.hdr) : 0;

	if (!res)
		next_pdu(conn);
	return res;
}

/* May run more than once: until the row no longer waits. */
static int header_done(struct ohba_conn *conn)
{
	struct ohba_rx *rx = &conn->rx;
	uint32_t dsl = iscsi_dsl(&rx->hdr.bhs);
	int res = rx->row ? 0 : find_row(conn);

	if (!res)
		res = rx->row->header(conn, &rx->hdr);
	if (res)
		return res;
	count_pdu(conn);
	trace_pdu(conn, dsl);
	rx->lean = !dsl;
	if (!dsl)
		return pdu_done(conn);
	rx->data_crc = OHBA_DIGEST_INIT;
	enter(conn, &st_data, dsl);
	return 0;
}

static uint32_t trailer_len(const struct ohba_conn *conn)
{
	return iscsi_pad(iscsi_dsl(&conn->rx.hdr.bhs)) +
	       (conn->session.data_digest ? ISCSI_DIGEST_LEN : 0);
}

static int data_done(struct ohba_conn *conn)
{
	uint32_t len = trailer_len(conn);

	if (!len)
		return pdu_done(conn);
	enter(conn, &st_trailer, len);
	return 0;
}

static int trailer_done(struct ohba_conn *conn)
{
	struct ohba_rx *rx = &conn->rx;
	uint32_t pad = iscsi_pad(iscsi_dsl(&rx->hdr.bhs));
	uint8_t want[ISCSI_DIGEST_LEN];

	if (conn->session.data_digest) {
		if (ohba_fault_on(conn->iscsi->faults, OHBA_FAULT_DATA_DIGEST))
			ohba_fault_data_digest(conn);
		ohba_digest_put(ohba_digest_add(rx->data_crc, rx->trailer, pad), want);
		if (memcmp(want, rx->trailer + pad, sizeof(want)))
			return OHBA_ST_DATA_DIGEST;
	}
	return pdu_done(conn);
}

uint32_t ohba_rx_certain(const struct ohba_conn *conn)
{
	const struct ohba_rx *rx = &conn->rx;

	if (rx->gated || rx->state != &st_data || conn->phase != OHBA_CONN_FULL)
		return 1;
	return rx->need - rx->got + trailer_len(conn);
}

/* --- bytes -------------------------------------------------------------------- */

/* *@n: bytes received, at least 1 if 0 is returned. */
static int recv_iov(struct ohba_conn *conn, struct iovec *iov, int iovcnt, size_t *n)
{
	size_t room = ohba_iov_len(iov, iovcnt);
	ssize_t res = ohba_fw_engine(conn->fw)->ops->recv(conn->tcp, iov, iovcnt);

	if (res == -EAGAIN)
		return RX_AGAIN;
	if (res <= 0 && conn->session.drop)
		return OHBA_ST_TARGET_DROP;
	if (res <= 0)
		return res ? ohba_tcp_status((int)-res) : OHBA_ST_CONN_CLOSED;
	*n = res;
	/* Not as much as there was room for: that was all. */
	conn->rx.empty = *n < room;
	conn->stats.rx_bytes += res;
	conn->rx.last_ns = ohba_loop_now(ohba_fw_loop(conn->fw));
	return 0;
}

static uint32_t ahead_bytes(const struct ohba_rx *rx)
{
	return rx->ahead_len - rx->ahead_pos;
}

/* Let go of up to @len bytes that were read ahead. */
static const uint8_t *take_ahead(struct ohba_rx *rx, uint32_t *len)
{
	const uint8_t *p = rx->ahead + rx->ahead_pos;

	if (*len > ahead_bytes(rx))
		*len = ahead_bytes(rx);
	rx->ahead_pos += *len;
	return p;
}

/* The last iov of a read: room for @len bytes ahead, which is empty now. */
static int add_ahead(struct ohba_rx *rx, struct iovec *iov, uint32_t len)
{
	rx->ahead_pos = 0;
	rx->ahead_len = 0;
	iov->iov_base = rx->ahead;
	iov->iov_len = len;
	return len ? 1 : 0;
}

/* @n bytes came in, of which the state could take @want. */
static uint32_t split_ahead(struct ohba_rx *rx, size_t n, uint32_t want)
{
	if (n <= want)
		return (uint32_t)n;
	rx->ahead_len = (uint16_t)(n - want);
	return want;
}

/*
 * How much to read beyond a header. Short PDUs come in flocks (responses to
 * writes, R2Ts): after one without data, take several at once. If that was
 * wrong, at most OHBA_RX_AHEAD bytes of payload are copied once more.
 */
static uint32_t header_ahead(const struct ohba_conn *conn)
{
	if (conn->phase != OHBA_CONN_FULL)
		return 0;
	if (conn->rx.lean)
		return OHBA_RX_AHEAD;
	return conn->session.hdr_digest ? ISCSI_DIGEST_LEN : 0;
}

static int read_mem(struct ohba_conn *conn, uint8_t *to, uint32_t ahead, uint32_t *len)
{
	struct ohba_rx *rx = &conn->rx;
	struct iovec iov[2];
	size_t n;
	int res;

	if (ahead_bytes(rx)) {
		const uint8_t *from = take_ahead(rx, len);

		memcpy(to, from, *len);
		return 0;
	}
	iov[0].iov_base = to;
	iov[0].iov_len = *len;
	res = recv_iov(conn, iov, 1 + add_ahead(rx, &iov[1], ahead), &n);
	if (!res)
		*len = split_ahead(rx, n, *len);
	return res;
}

/* What follows the data segment, up to the next header and its digest. */
static uint32_t data_ahead(const struct ohba_conn *conn)
{
	if (conn->phase != OHBA_CONN_FULL)
		return 0;
	return trailer_len(conn) + ISCSI_BHS_LEN +
	       (conn->session.hdr_digest ? ISCSI_DIGEST_LEN : 0);
}

static int recv_sgl(struct ohba_conn *conn, uint32_t *len)
{
	struct ohba_rx *rx = &conn->rx;
	struct ohba_map *map = &conn->iscsi->map[0];
	struct iovec iov[OHBA_MAP_MAX + 1];
	uint32_t ahead, done = 0;
	size_t n = 0;
	int res;

	res = ohba_sgl_map(conn->fw, rx->sink.sgl, rx->sink.off + rx->got, *len, true, map);
	if (res)
		return res;
	memcpy(iov, map->iov, map->n * sizeof(iov[0]));
	ahead = map->len == *len ? data_ahead(conn) : 0;
	res = recv_iov(conn, iov, map->n + add_ahead(rx, &iov[map->n], ahead), &n);
	if (!res)
		done = split_ahead(rx, n, map->len);
	/* Now, while the bytes are in the cache and still mapped. */
	if (conn->session.data_digest)
		rx->data_crc = ohba_digest_add_iov(rx->data_crc, map->iov, done);
	ohba_sgl_unmap(conn->fw, map, done);
	*len = done;
	return res;
}

static int copy_ahead_to_sgl(struct ohba_conn *conn, uint32_t *len)
{
	struct ohba_rx *rx = &conn->rx;
	const uint8_t *from = take_ahead(rx, len);

	if (conn->session.data_digest)
		rx->data_crc = ohba_digest_add(rx->data_crc, from, *len);
	return ohba_sgl_write(conn->fw, rx->sink.sgl, rx->sink.off + rx->got, from, *len);
}

static int read_sgl(struct ohba_conn *conn, uint32_t *len)
{
	struct ohba_task *task = conn->rx.sink.task;
	int res;

	res = ahead_bytes(&conn->rx) ? copy_ahead_to_sgl(conn, len) : recv_sgl(conn, len);
	if (res > 0 && res < OHBA_ST_CONN_REFUSED)
		task->fault = res;	/* the guest's memory, not the network */
	return res;
}

/* Data for a control PDU, or for nobody. */
static int read_buf(struct ohba_conn *conn, uint32_t *len)
{
	struct ohba_rx *rx = &conn->rx;
	uint8_t *to = rx->sink.buf ? rx->sink.buf + rx->got : conn->iscsi->scratch;
	int res;

	if (!rx->sink.buf && *len > sizeof(conn->iscsi->scratch))
		*len = sizeof(conn->iscsi->scratch);
	res = read_mem(conn, to, 0, len);
	if (!res && conn->session.data_digest)
		rx->data_crc = ohba_digest_add(rx->data_crc, to, *len);
	return res;
}

/* Read towards rx.need; *@len: at most, then how many bytes were read. */
static int read_state(struct ohba_conn *conn, uint32_t *len)
{
	struct ohba_rx *rx = &conn->rx;

	if (rx->state == &st_data)
		return rx->sink.sgl ? read_sgl(conn, len) : read_buf(conn, len);
	return read_mem(conn, (uint8_t *)rx->state->place(conn) + rx->got,
			rx->state == &st_bhs ? header_ahead(conn) : 0, len);
}

/* --- the loop ------------------------------------------------------------------ */

struct rx_turn {
	uint32_t bytes, pdus;
	uint32_t max_bytes;
	bool strict;		/* not a byte beyond that */
};

static int step(struct ohba_conn *conn, struct rx_turn *turn)
{
	struct ohba_rx *rx = &conn->rx;
	uint32_t len = rx->need - rx->got;
	int res;

	if (len) {
		if (rx->empty && !ahead_bytes(rx))
			return RX_AGAIN;
		if (turn->strict && len > turn->max_bytes - turn->bytes)
			len = turn->max_bytes - turn->bytes;
		res = read_state(conn, &len);
		if (res)
			return res;
		rx->got += len;
		turn->bytes += len;
		if (rx->got < rx->need)
			return 0;
	}
	turn->pdus += rx->state == &st_header;
	return rx->state->done(conn);
}

static bool run_turn(struct ohba_conn *conn, struct rx_turn *turn)
{
	struct ohba_rx *rx = &conn->rx;
	int res;

	rx->empty = false;
	while (conn->tcp && rx->state && !rx->gated) {
		if (turn->bytes >= turn->max_bytes || turn->pdus >= RX_TURN_PDUS)
			return true;
		res = step(conn, turn);
		if (res == RX_AGAIN) {
			ohba_rx_wait(conn);
			return false;
		}
		if (res == OHBA_RX_WAIT)
			gate(conn);
		else if (res)
			ohba_conn_lose(conn, res, rx->hdr.bhs.opcode);
	}
	return false;
}

/* The turn of a target that a fault makes slow: a slice, then a pause. */
static bool slow_turn(struct ohba_conn *conn, uint32_t max_bytes)
{
	struct rx_turn turn = { .max_bytes = max_bytes, .strict = true };
	bool more = run_turn(conn, &turn);

	if (turn.bytes)
		ohba_fault_received(conn, turn.bytes);
	if (!conn->rx.held_until_ns || !conn->tcp || !conn->rx.state)
		return more;
	if (!conn->rx.gated)
		gate(conn);
	return false;
}

bool ohba_rx_run(struct ohba_conn *conn)
{
	struct rx_turn turn = { .max_bytes = RX_TURN_BYTES };
	uint32_t slice = 0;

	if (ohba_fault_on(conn->iscsi->faults, OHBA_FAULT_RECV))
		slice = ohba_fault_recv_max(conn);
	return slice ? slow_turn(conn, slice) : run_turn(conn, &turn);
}
