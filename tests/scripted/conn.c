// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A connection: bytes from the socket to whole PDUs with good digests, and PDUs
 * to bytes, at the pace that rules want.
 */
#define _GNU_SOURCE		/* POLLRDHUP */
#include "target.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "digest.h"

#define LINGER_MS	2000	/* for the peer's FIN after ours */

/* Bytes of one PDU, or of several that a rule merged. */
struct chunk {
	struct chunk *next;
	uint64_t due;
	uint32_t split, gap_ms;
	bool merge;
	size_t len, sent;
	uint8_t bytes[];
};

/* --- sending --- */

static void pop(struct conn *conn)
{
	struct chunk *chunk = conn->tx;

	conn->tx = chunk->next;
	if (!conn->tx)
		conn->tx_last = &conn->tx;
	conn->queued -= chunk->len;
	free(chunk);
}

/* One send() from the first chunk. False: nothing more can go now. */
static bool send_some(struct conn *conn)
{
	struct chunk *chunk = conn->tx;
	size_t n = chunk->len - chunk->sent;
	ssize_t done;

	if (chunk->split && n > chunk->split)
		n = chunk->split;
	done = send(conn->fd, chunk->bytes + chunk->sent, n, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (done < 0) {
		if (errno != EAGAIN && errno != EINTR)
			conn->dead = true;
		return false;
	}
	chunk->sent += (size_t)done;
	if (chunk->sent == chunk->len)
		pop(conn);
	else if (chunk->split)
		chunk->due = conn->target->now_ms + chunk->gap_ms;
	return true;
}

static bool is_silent(const struct conn *conn)
{
	return conn->silent_until > conn->target->now_ms;
}

static bool tx_due(const struct conn *conn)
{
	return conn->tx && conn->tx->due <= conn->target->now_ms && !is_silent(conn);
}

static void flush(struct conn *conn)
{
	while (!conn->dead && tx_due(conn) && send_some(conn))
		;
	if (conn->closing && !conn->shut && !conn->tx) {
		shutdown(conn->fd, SHUT_WR);
		conn->shut = true;
		conn->close_at = conn->target->now_ms + LINGER_MS;
	}
}

static void enqueue(struct conn *conn, struct chunk *chunk)
{
	chunk->next = NULL;
	*conn->tx_last = chunk;
	conn->tx_last = &chunk->next;
	conn->queued += chunk->len;
}

static size_t wire_len(const struct conn *conn, const struct out *out)
{
	bool full = conn->stage == CONN_FULL;

	return ISCSI_BHS_LEN + 4 * out->ahs_words +
	       (full && conn->keys.value[KEY_HEADER_DIGEST] ? 4 : 0) +
	       out->len + iscsi_pad(out->len) +
	       (full && out->len && conn->keys.value[KEY_DATA_DIGEST] ? 4 : 0);
}

static uint8_t *put_digest(uint8_t *p, const uint8_t *from, bool bad)
{
	ohba_digest_put(ohba_digest_add(OHBA_DIGEST_INIT, from, (size_t)(p - from)), p);
	if (bad)
		p[0] ^= 0x10;
	return p + ISCSI_DIGEST_LEN;
}

static void serialise(const struct conn *conn, const struct out *out, uint8_t *p)
{
	bool full = conn->stage == CONN_FULL;
	const uint8_t *from = p;

	memcpy(p, &out->hdr, ISCSI_BHS_LEN);
	p += ISCSI_BHS_LEN;
	memset(p, 0, 4 * out->ahs_words);
	p += 4 * out->ahs_words;
	if (full && conn->keys.value[KEY_HEADER_DIGEST])
		p = put_digest(p, from, out->bad_header_digest);
	if (!out->len)
		return;
	from = p;
	memcpy(p, out->data, out->len);
	p += out->len;
	memset(p, out->padding, iscsi_pad(out->len));
	p += iscsi_pad(out->len);
	if (full && conn->keys.value[KEY_DATA_DIGEST])
		put_digest(p, from, out->bad_data_digest);
}

/* Joins the chunk before, if that one waits for it. */
static struct chunk *chunk_for(struct conn *conn, size_t len)
{
	struct chunk *last = NULL, *chunk;

	if (conn->tx)
		last = (struct chunk *)((char *)conn->tx_last - offsetof(struct chunk, next));
	if (!last || !last->merge || last->sent) {
		chunk = malloc(sizeof(*chunk) + len);
		if (!chunk)
			return NULL;
		*chunk = (struct chunk){ .len = len };
		enqueue(conn, chunk);
		return chunk;
	}
	struct chunk **link = &conn->tx;

	while (*link != last)
		link = &(*link)->next;
	chunk = realloc(last, sizeof(*chunk) + last->len + len);
	if (!chunk)
		return NULL;
	*link = chunk;
	conn->tx_last = &chunk->next;
	chunk->len += len;
	chunk->merge = false;
	chunk->due = 0;
	conn->queued += len;
	return chunk;
}

void conn_emit(struct conn *conn, const struct out *out)
{
	size_t len = wire_len(conn, out);
	struct chunk *chunk;

	if (conn->dead || conn->closing)
		return;
	chunk = chunk_for(conn, len);
	if (!chunk) {
		conn->dead = true;
		return;
	}
	serialise(conn, out, chunk->bytes + chunk->len - len);
	chunk->split = out->split;
	chunk->gap_ms = out->gap_ms;
	chunk->merge = out->merge;
	if (out->due)
		chunk->due = out->due;
	flush(conn);
}

/* --- receiving --- */

static bool full_digest(const struct conn *conn, enum key key)
{
	return conn->stage == CONN_FULL && conn->keys.value[key];
}

static size_t header_len(const struct conn *conn)
{
	const struct iscsi_bhs *bhs = (const struct iscsi_bhs *)conn->rx;

	return ISCSI_BHS_LEN + iscsi_ahs_len(bhs) +
	       (full_digest(conn, KEY_HEADER_DIGEST) ? ISCSI_DIGEST_LEN : 0);
}

static bool digest_ok(const uint8_t *p, size_t len)
{
	uint8_t want[ISCSI_DIGEST_LEN];

	ohba_digest_put(ohba_digest_add(OHBA_DIGEST_INIT, p, len), want);
	return !memcmp(want, p + len, sizeof(want));
}

static void rx_next(struct conn *conn)
{
	conn->have = 0;
	conn->need = ISCSI_BHS_LEN;
	conn->phase = RX_BHS;
	conn->judged = false;
}

/* The buffer holds the header in any case (conn_new()), the data from here on. */
static bool rx_header(struct conn *conn)
{
	uint32_t len = iscsi_dsl((const struct iscsi_bhs *)conn->rx);
	uint32_t most = conn->stage == CONN_FULL ? conn->target->keys.value[KEY_MRDSL] :
						   ISCSI_DEFAULT_MRDSL;

	if (full_digest(conn, KEY_HEADER_DIGEST) &&
	    !digest_ok(conn->rx, conn->need - ISCSI_DIGEST_LEN)) {
		log_peer(conn, "header digest is wrong");
		return false;
	}
	if (len > most) {
		log_peer(conn, "data segment of %u bytes, of %u at most", len, most);
		return false;
	}
	if (len)
		conn->need += len + iscsi_pad(len) +
			      (full_digest(conn, KEY_DATA_DIGEST) ? ISCSI_DIGEST_LEN : 0);
	conn->phase = RX_DATA;
	return true;
}

/* A wrong data digest loses the PDU, not the connection (RFC 7143 section 7.8). */
static bool rx_data(struct conn *conn)
{
	size_t at = header_len(conn);
	union iscsi_pdu_hdr *hdr = (union iscsi_pdu_hdr *)conn->rx;
	uint32_t len = iscsi_dsl(&hdr->bhs);

	if (len && full_digest(conn, KEY_DATA_DIGEST) && !conn->judged &&
	    !digest_ok(conn->rx + at, len + iscsi_pad(len))) {
		log_peer(conn, "data digest is wrong");
		out_reject(conn, hdr, ISCSI_REJECT_DATA_DIGEST);
		rx_next(conn);
		return true;
	}
	conn->in.hdr = hdr;
	conn->in.data = conn->rx + at;
	conn->in.len = len;
	if (!session_pdu(conn))
		return false;
	rx_next(conn);
	return true;
}

/* What was needed is there: false if no more can be taken now. */
static bool rx_step(struct conn *conn)
{
	switch (conn->phase) {
	case RX_BHS:
		conn->need = header_len(conn);
		conn->phase = RX_HEADER;
		return true;
	case RX_HEADER:
		if (rx_header(conn))
			return true;
		conn_close(conn);
		return false;
	case RX_DATA:
		return rx_data(conn);
	}
	return false;
}

static bool recv_some(struct conn *conn)
{
	ssize_t n = recv(conn->fd, conn->rx + conn->have, conn->need - conn->have, MSG_DONTWAIT);

	if (n > 0) {
		conn->have += (size_t)n;
		return true;
	}
	if (!n || (errno != EAGAIN && errno != EINTR)) {
		log_info(conn, "%s", n ? strerror(errno) : "closed by the initiator");
		conn->dead = true;
	}
	return false;
}

static bool rx_wanted(const struct conn *conn)
{
	return !conn->dead && !conn->closing && !is_silent(conn) &&
	       conn->queued < TX_HIGH_WATER &&
	       !(conn->judged && conn->in.due > conn->target->now_ms);
}

static void receive(struct conn *conn)
{
	while (rx_wanted(conn)) {
		if (conn->have < conn->need && !recv_some(conn))
			return;
		if (conn->have == conn->need && !rx_step(conn))
			return;
	}
}

/* After our FIN: whatever comes is read, so that no RST overtakes what we sent. */
static void discard(struct conn *conn)
{
	char waste[4096];
	ssize_t n;

	do {
		n = recv(conn->fd, waste, sizeof(waste), MSG_DONTWAIT);
	} while (n > 0);
	if (!n || (errno != EAGAIN && errno != EINTR) ||
	    conn->close_at <= conn->target->now_ms)
		conn->dead = true;
}

/* --- life --- */

struct conn *conn_new(struct target *target, int fd)
{
	struct conn *conn = calloc(1, sizeof(*conn));
	uint32_t most = target->keys.value[KEY_MRDSL];
	int one = 1;

	if (!conn)
		return NULL;
	if (most < ISCSI_DEFAULT_MRDSL)
		most = ISCSI_DEFAULT_MRDSL;
	conn->rx_size = ISCSI_BHS_LEN + ISCSI_AHS_MAX + 2 * ISCSI_DIGEST_LEN + most + 3;
	conn->rx = malloc(conn->rx_size);
	if (!conn->rx) {
		free(conn);
		return NULL;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	conn->target = target;
	conn->fd = fd;
	conn->number = ++target->accepted;
	conn->tx_last = &conn->tx;
	conn->close_at = NEVER;
	conn->nop_at = NEVER;
	conn->statsn = 1;
	keys_defaults(NULL, &conn->keys);
	rx_next(conn);
	return conn;
}

void conn_free(struct conn *conn)
{
	while (conn->tx)
		pop(conn);
	close(conn->fd);
	free(conn->rx);
	free(conn);
}

void conn_close(struct conn *conn)
{
	conn->closing = true;
	flush(conn);
}

void conn_reset(struct conn *conn)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	conn->dead = true;
}

void conn_silence(struct conn *conn, uint32_t ms)
{
	conn->silent_until = ms == SCRIPT_FOR_EVER ? NEVER : conn->target->now_ms + ms;
}

static void sooner(const struct conn *conn, uint64_t *deadline, uint64_t at)
{
	if (at > conn->target->now_ms && at < *deadline)
		*deadline = at;
}

short conn_events(const struct conn *conn, uint64_t *deadline)
{
	short events = POLLRDHUP;

	sooner(conn, deadline, conn->silent_until);
	sooner(conn, deadline, conn->close_at);
	sooner(conn, deadline, conn->nop_at);
	sooner(conn, deadline, conn->frozen_until);
	if (conn->judged)
		sooner(conn, deadline, conn->in.due);
	if (conn->tx)
		sooner(conn, deadline, conn->tx->due);
	if (tx_due(conn))
		events |= POLLOUT;
	if (conn->shut || rx_wanted(conn))
		events |= POLLIN;
	return events;
}

/* Silent or not, an initiator that is gone is noticed. */
void conn_run(struct conn *conn, short events)
{
	if (events & (POLLERR | POLLHUP | POLLNVAL))
		conn->dead = true;
	if (events & POLLRDHUP && !rx_wanted(conn))
		conn->dead = true;
	if (conn->dead)
		return;
	flush(conn);
	if (conn->shut)
		discard(conn);
	else
		receive(conn);
	if (!conn->dead && !conn->closing && !is_silent(conn))
		session_tick(conn);
}
