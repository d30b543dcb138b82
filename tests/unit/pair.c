// SPDX-License-Identifier: GPL-2.0-or-later
/* Two stations, and a wire between them (pair.h). */
#include "pair.h"

#include <errno.h>

#include "lwip/priv/tcp_priv.h"

#define STEP_NS	(1 * MS)
#define CHUNK	65536

/* --- the wire --------------------------------------------------------------- */

static uint64_t clock_of(void *arg)
{
	return ((struct pair *)arg)->now;
}

static void keep_frame(struct station *from, const struct iovec *iov, int iovcnt)
{
	uint8_t *to = from->last[from->sent % FRAMES_KEPT];
	size_t len = 0, n;

	for (; iovcnt--; iov++) {
		n = MIN(iov->iov_len, sizeof(from->last[0]) - len);
		memcpy(to + len, iov->iov_base, n);
		len += n;
	}
	from->last_len[from->sent++ % FRAMES_KEPT] = len;
}

void station_send(void *station, const struct iovec *iov, int iovcnt)
{
	struct station *from = station;
	struct pair *pair = from->pair;

	keep_frame(from, iov, iovcnt);
	pair->frames++;
	if (pair->lose_every && !(pair->frames % pair->lose_every))
		return;
	if (pair->passes && !pair->passes(pair->router, from, iov, iovcnt))
		return;
	if (from->other->wire)	/* not yet, when the first one announces itself */
		ohba_wire_receive(from->other->wire, iov, iovcnt);
}

static void on_frame(void *arg, const uint8_t *frame, size_t len)
{
	struct station *station = arg;

	(void)frame;
	(void)len;
	station->to_host++;
}

static enum ohba_status on_path_wanted(void *arg, uint8_t family, const uint8_t addr[16])
{
	struct station *station = arg;

	assert_int_equal(family, station->pair->family);
	same_bytes("address", addr, station->other->addr, 16);
	station->wanted++;
	return OHBA_ST_SUCCESS;
}

const struct ohba_wire_events station_events = {
	.frame = on_frame,
	.path_wanted = on_path_wanted,
};

void station_set_path(struct station *station)
{
	struct station *other = station->other;

	assert_int_equal(ohba_wire_path_set(station->wire, 0, station->pair->family,
					    other->addr, other->addr, other->mac), 0);
}

/* --- the one that connects -------------------------------------------------- */

static void on_connected(void *arg, enum ohba_status status)
{
	struct pair *pair = arg;

	pair->connected++;
	pair->status = status;
}

static void on_readable(void *arg)
{
	((struct pair *)arg)->readable++;
}

static void on_writable(void *arg)
{
	((struct pair *)arg)->writable++;
}

static void on_broken(void *arg, enum ohba_status status)
{
	struct pair *pair = arg;

	pair->broken++;
	pair->status = status;
}

static const struct ohba_tcp_events events = {
	.connected = on_connected,
	.readable = on_readable,
	.writable = on_writable,
	.broken = on_broken,
};

void pair_open(struct pair *pair)
{
	struct ohba_tcp_engine *engine = ohba_wire_engine(pair->here.wire);
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
	bool v4 = pair->family == OHBA_FAMILY_IPV4;
	enum ohba_status status;

	memcpy(&in.sin_addr, pair->there.addr, 4);
	memcpy(&in6.sin6_addr, pair->there.addr, 16);
	pair->tcp = pair->ops->connect(engine, v4 ? (void *)&in : (void *)&in6,
				     v4 ? sizeof(in) : sizeof(in6), &pair->options, &events,
				     pair, &status);
	assert_int_equal(status, OHBA_ST_SUCCESS);
	assert_non_null(pair->tcp);
}

/* --- the one that listens --------------------------------------------------- */

static void send_back(struct pair *pair)
{
	while (pair->back && pair->accepted) {
		struct pbuf *p = pair->back;

		if (tcp_write(pair->accepted, p->payload, p->len, TCP_WRITE_FLAG_COPY))
			break;
		tcp_recved(pair->accepted, p->len);
		pair->back = p->next;
		p->next = NULL;
		pbuf_free(p);
	}
	if (pair->accepted)
		tcp_output(pair->accepted);
}

static err_t peer_recv(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
	struct pair *pair = arg;
	struct pbuf **tail = &pair->back;

	(void)pcb;
	(void)err;
	if (!p) {
		pair->accepted_ended = true;
		return ERR_OK;
	}
	while (*tail)
		tail = &(*tail)->next;
	*tail = p;
	send_back(pair);
	return ERR_OK;
}

static err_t peer_sent(void *arg, struct tcp_pcb *pcb, u16_t len)
{
	(void)pcb;
	(void)len;
	send_back(arg);
	return ERR_OK;
}

static void peer_err(void *arg, err_t err)
{
	struct pair *pair = arg;

	(void)err;
	pair->accepted = NULL;
}

static err_t peer_accept(void *arg, struct tcp_pcb *pcb, err_t err)
{
	struct pair *pair = arg;

	(void)err;
	pair->accepted = pcb;
	tcp_arg(pcb, pair);
	tcp_recv(pcb, peer_recv);
	tcp_sent(pcb, peer_sent);
	tcp_err(pcb, peer_err);
	return ERR_OK;
}

void pair_listen(struct pair *pair)
{
	struct tcp_pcb *pcb = tcp_new_ip_type(IPADDR_TYPE_ANY);

	assert_non_null(pcb);
	assert_int_equal(tcp_bind(pcb, IP_ANY_TYPE, PORT), ERR_OK);
	pair->listener = tcp_listen(pcb);
	assert_non_null(pair->listener);
	tcp_arg(pair->listener, pair);
	tcp_accept(pair->listener, peer_accept);
}

/* --- fixture ---------------------------------------------------------------- */

void pair_turn(struct pair *pair)
{
	pair->now += STEP_NS;
	ohba_loop_step(pair->loop, 0);
}

static void place(struct pair *pair, struct station *station, struct station *other,
		  unsigned int n)
{
	static const uint8_t ip4[4] = { 192, 0, 2, 0 };
	static const uint8_t ip6[15] = { 0x20, 0x01, 0x0d, 0xb8 };

	station->pair = pair;
	station->other = other;
	memcpy(station->mac, (uint8_t[]){ 0x02, 0, 0, 0, 0, n }, 6);
	if (pair->family == OHBA_FAMILY_IPV4) {
		memcpy(station->addr, ip4, 4);
		station->addr[3] = n;
	} else {
		memcpy(station->addr, ip6, 15);
		station->addr[15] = n;
	}
	station->wire = ohba_wire_create(pair->loop, station->mac, 1500, station_send, station);
	assert_non_null(station->wire);
	ohba_wire_attach(station->wire, &station_events, station);
	ohba_wire_start(station->wire);
	assert_int_equal(ohba_wire_iface_set(station->wire, 0, pair->family, station->addr,
					     pair->tci, 0), 0);
}

struct pair *pair_new(uint8_t family, uint16_t tci)
{
	struct pair *pair = calloc(1, sizeof(*pair));
	const char *err;

	assert_non_null(pair);
	pair->family = family;
	pair->tci = tci;
	pair->loop = ohba_loop_create_clock(clock_of, pair, &err);
	assert_non_null(pair->loop);
	place(pair, &pair->here, &pair->there, 1);
	place(pair, &pair->there, &pair->here, 2);
	pair->here.sent = pair->there.sent = 0;	/* announcements */
	station_set_path(&pair->there);
	pair->ops = ohba_wire_engine(pair->here.wire)->ops;
	pair_listen(pair);
	return pair;
}

void pair_free(struct pair *pair)
{
	if (pair->tcp)
		pair->ops->close(pair->tcp, true);
	if (pair->back)
		pbuf_free(pair->back);
	/* The peer's, which may not have been told, too. */
	while (tcp_active_pcbs)
		tcp_abort(tcp_active_pcbs);
	while (tcp_tw_pcbs)
		tcp_abort(tcp_tw_pcbs);
	tcp_close(pair->listener);
	ohba_wire_stop(pair->here.wire);
	ohba_wire_stop(pair->there.wire);
	ohba_wire_destroy(pair->here.wire);
	ohba_wire_destroy(pair->there.wire);
	ohba_loop_destroy(pair->loop);
	free(pair);
}

struct pair *pair_connected(uint8_t family, uint16_t tci)
{
	struct pair *pair = pair_new(family, tci);

	station_set_path(&pair->here);
	pair_open(pair);
	pair_turn_until(pair, pair->connected && pair->accepted);
	assert_int_equal(pair->status, OHBA_ST_SUCCESS);
	return pair;
}

void pair_reopen(struct pair *pair)
{
	pair->ops->close(pair->tcp, true);
	pair_turn_until(pair, !pair->accepted);
	pair->connected = 0;
	station_set_path(&pair->here);
	pair_open(pair);
	pair_turn_until(pair, pair->connected && pair->accepted);
	assert_int_equal(pair->status, OHBA_ST_SUCCESS);
}

/* --- data ------------------------------------------------------------------- */

void pair_exchange(struct pair *pair, size_t total)
{
	uint8_t *out = malloc(total), *in = malloc(total);
	size_t sent = 0, got = 0;
	unsigned int turns = 0;

	assert_true(out && in);
	pattern_fill(out, total, 1, 0);
	while (got < total) {
		struct iovec to = { out + sent, MIN(total - sent, CHUNK) };
		struct iovec from = { in + got, MIN(total - got, CHUNK) };
		ssize_t n;

		if (sent < total) {
			n = pair->ops->send(pair->tcp, &to, 1, false);
			assert_true(n > 0 || n == -EAGAIN);
			sent += MAX(n, 0);
		}
		n = pair->ops->recv(pair->tcp, &from, 1);
		assert_true(n > 0 || n == -EAGAIN);
		got += MAX(n, 0);
		assert_true(turns++ < TURNS_MAX);
		pair_turn(pair);
	}
	pattern_check(in, total, 1, 0);
	free(out);
	free(in);
}
