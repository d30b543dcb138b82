// SPDX-License-Identifier: GPL-2.0-or-later
/* Plays the network (target.h). */
#include "target.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

#include "ohba_admin.h"

#define WIRES_MAX	4096
#define MSS		1448

struct ohba_tcp {
	struct wire wire;
};

struct target {
	struct ohba_tcp_engine engine;
	struct ohba_poller poller;
	struct ohba_loop *loop;
	struct ohba_tcp *wires[WIRES_MAX];
	unsigned int nwires;
	uint16_t refuse;
	struct prng prng;
	bool link_up;
	uint32_t speed_mbps, mtu;
};

/* --- the engine ------------------------------------------------------------- */

static struct target *target_of(struct ohba_tcp_engine *engine)
{
	return (struct target *)((char *)engine - offsetof(struct target, engine));
}

static struct ohba_tcp *engine_connect(struct ohba_tcp_engine *engine,
				       const struct sockaddr *peer, socklen_t peer_len,
				       const struct ohba_tcp_options *options,
				       const struct ohba_tcp_events *events, void *arg,
				       enum ohba_status *status)
{
	struct target *target = target_of(engine);
	struct ohba_tcp *tcp;

	if (target->refuse) {
		*status = target->refuse;
		target->refuse = OHBA_ST_SUCCESS;
		return NULL;
	}
	assert_true(target->nwires < WIRES_MAX);
	tcp = calloc(1, sizeof(*tcp));
	tcp->wire.target = target;
	tcp->wire.read_low = 1;
	tcp->wire.events = events;
	tcp->wire.arg = arg;
	memcpy(&tcp->wire.peer, peer, peer_len);
	if (options)
		tcp->wire.options = *options;
	target->wires[target->nwires++] = tcp;
	return tcp;
}

/* How many of @len bytes pass now. */
static size_t cut(struct wire *wire, enum cut how, size_t len)
{
	struct prng *prng = &wire->target->prng;
	static const uint32_t sizes[] = { 2, 8, 64, 600, 5000, 70000 };
	size_t some;

	switch (how) {
	case CUT_ONE:
		return MIN(len, 1);
	case CUT_RANDOM:
		some = prng_below(prng, sizes[prng_below(prng, ARRAY_SIZE(sizes))]);
		return MIN(len, some);	/* MIN() evaluates twice */
	case CUT_BLOCKED:
		return 0;
	default:
		return len;
	}
}

static size_t iov_len(const struct iovec *iov, int n)
{
	size_t len = 0;

	while (n--)
		len += iov++->iov_len;
	return len;
}

static void scatter(struct iovec *iov, const uint8_t *from, size_t len)
{
	for (; len; iov++) {
		size_t part = MIN(len, iov->iov_len);

		memcpy(iov->iov_base, from, part);
		from += part;
		len -= part;
	}
}

static void gather(uint8_t *to, const struct iovec *iov, size_t len)
{
	for (; len; iov++) {
		size_t part = MIN(len, iov->iov_len);

		memcpy(to, iov->iov_base, part);
		to += part;
		len -= part;
	}
}

static bool in_ended(const struct wire *wire)
{
	return wire->in_pos == wire->in_len && (wire->in_fin || wire->in_errno);
}

static ssize_t engine_recv(struct ohba_tcp *tcp, struct iovec *iov, int iovcnt)
{
	struct wire *wire = &tcp->wire;
	size_t len = MIN(iov_len(iov, iovcnt), wire_unread(wire));

	if (in_ended(wire))
		return -wire->in_errno;
	len = wire->gap ? 0 : cut(wire, wire->in_cut, len);
	wire->gap = wire->in_cut != CUT_NONE;
	if (!len)
		return -EAGAIN;
	scatter(iov, wire->in + wire->in_pos, len);
	wire->in_pos += len;
	return len;
}

static void reserve(uint8_t **buf, size_t *cap, size_t len)
{
	if (*buf && len <= *cap)
		return;
	*cap = 2 * len + 64;
	*buf = realloc(*buf, *cap);
}

static ssize_t engine_send(struct ohba_tcp *tcp, struct iovec *iov, int iovcnt, bool more)
{
	struct wire *wire = &tcp->wire;
	size_t want = iov_len(iov, iovcnt);
	size_t len = wire->want_writable ? 0 : cut(wire, wire->out_cut, want);

	(void)more;
	if (wire->out_errno)
		return -wire->out_errno;
	reserve(&wire->out, &wire->out_cap, wire->out_len + len);
	gather(wire->out + wire->out_len, iov, len);
	wire->out_len += len;
	if (len < want)
		wire->want_writable = true;
	return len ? (ssize_t)len : -EAGAIN;
}

static void engine_want_read(struct ohba_tcp *tcp, bool want)
{
	tcp->wire.want_read = want;
}

static void engine_congestion(struct ohba_tcp *tcp, const char *name)
{
	tcp->wire.congestion = name;
}

static void engine_read_low(struct ohba_tcp *tcp, uint32_t bytes)
{
	tcp->wire.read_low = bytes;
}

static void engine_close(struct ohba_tcp *tcp, bool abort)
{
	tcp->wire.closed = true;
	tcp->wire.aborted = abort;
}

static int engine_names(struct ohba_tcp *tcp, struct sockaddr_storage *local,
			struct sockaddr_storage *peer)
{
	struct sockaddr_in *in = (struct sockaddr_in *)local;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)local;

	memset(local, 0, sizeof(*local));
	*peer = tcp->wire.peer;
	local->ss_family = peer->ss_family;
	if (peer->ss_family == AF_INET) {
		in->sin_port = htons(49152);
		inet_pton(AF_INET, "10.0.0.1", &in->sin_addr);
	} else {
		in6->sin6_port = htons(49152);
		inet_pton(AF_INET6, "fd00::1", &in6->sin6_addr);
	}
	return 0;
}

static uint32_t engine_mss(struct ohba_tcp *tcp)
{
	(void)tcp;
	return MSS;
}

static void engine_agreed(struct ohba_tcp *tcp, struct ohba_tcp_agreed *agreed)
{
	(void)tcp;
	*agreed = (struct ohba_tcp_agreed){ true, 7, 5 };
}

static void engine_port(struct ohba_tcp_engine *engine, bool *link_up, uint32_t *speed_mbps,
			uint32_t *mtu)
{
	struct target *target = target_of(engine);

	*link_up = target->link_up;
	*speed_mbps = target->speed_mbps;
	*mtu = target->mtu;
}

static const struct ohba_tcp_engine_ops engine_ops = {
	.connect = engine_connect,
	.congestion = engine_congestion,
	.recv = engine_recv,
	.send = engine_send,
	.want_read = engine_want_read,
	.read_low = engine_read_low,
	.close = engine_close,
	.names = engine_names,
	.mss = engine_mss,
	.agreed = engine_agreed,
	.port = engine_port,
};

/* --- what happens in the loop ----------------------------------------------- */

static bool tell_connected(struct wire *wire)
{
	if (!wire->pending)
		return false;
	wire->pending = false;
	wire->connected = wire->result == OHBA_ST_SUCCESS;
	wire->want_read = wire->connected;
	wire->events->connected(wire->arg, wire->result);
	return true;
}

static bool tell_readable(struct wire *wire)
{
	wire->gap = false;
	if (wire->closed || !wire->connected || !wire->want_read)
		return false;
	if (!in_ended(wire) && (!wire_unread(wire) || wire->in_cut == CUT_BLOCKED))
		return false;
	if (!wire->in_fin && !wire->in_errno && wire_unread(wire) < wire->read_low)
		return false;
	wire->events->readable(wire->arg);
	return true;
}

static bool tell_writable(struct wire *wire)
{
	if (wire->closed || !wire->want_writable)
		return false;
	if (wire->out_cut == CUT_BLOCKED && !wire->out_errno)
		return false;
	wire->want_writable = false;
	wire->events->writable(wire->arg);
	return true;
}

static bool target_poll(struct ohba_poller *poller)
{
	struct target *target = (struct target *)((char *)poller - offsetof(struct target, poller));
	bool did = false;
	unsigned int i;

	for (i = 0; i < target->nwires; i++) {
		struct wire *wire = &target->wires[i]->wire;

		if (wire->closed)
			continue;
		did |= tell_connected(wire);
		did |= tell_readable(wire);
		did |= tell_writable(wire);
	}
	return did;
}

/* --- life ------------------------------------------------------------------- */

struct target *target_new(struct ohba_loop *loop)
{
	struct target *target = calloc(1, sizeof(*target));

	assert_non_null(target);
	target->engine.ops = &engine_ops;
	target->engine.kind = OHBA_ENGINE_HOST;
	target->poller.poll = target_poll;
	target->loop = loop;
	target->prng.state = 0x0b5eed;
	target_link(target, true, 10000, 1500);
	ohba_poller_add(loop, &target->poller);
	return target;
}

void target_free(struct target *target)
{
	unsigned int i, open = 0;

	ohba_poller_del(target->loop, &target->poller);
	for (i = 0; i < target->nwires; i++) {
		open += !target->wires[i]->wire.closed;
		free(target->wires[i]->wire.in);
		free(target->wires[i]->wire.out);
		free(target->wires[i]);
	}
	free(target);
	assert_int_equal(open, 0);
}

struct ohba_tcp_engine *target_engine(struct target *target)
{
	return &target->engine;
}

struct wire *target_connecting(struct target *target)
{
	struct wire *wire;

	assert_int_not_equal(target->nwires, 0);
	wire = &target->wires[target->nwires - 1]->wire;
	assert_false(wire->connected || wire->pending || wire->closed);
	return wire;
}

struct wire *target_wire(struct target *target, unsigned int n)
{
	assert_true(n < target->nwires);
	return &target->wires[n]->wire;
}

unsigned int target_count(const struct target *target)
{
	return target->nwires;
}

void target_refuse_next(struct target *target, uint16_t status)
{
	target->refuse = status;
}

void target_link(struct target *target, bool up, uint32_t speed_mbps, uint32_t mtu)
{
	target->link_up = up;
	target->speed_mbps = speed_mbps;
	target->mtu = mtu;
}

void target_seed(struct target *target, uint64_t seed)
{
	target->prng.state = seed;
}

/* --- bytes ------------------------------------------------------------------ */

void wire_answer(struct wire *wire, uint16_t status)
{
	wire->pending = true;
	wire->result = status;
}

void wire_cut(struct wire *wire, enum cut in, enum cut out)
{
	wire->in_cut = in;
	wire->out_cut = out;
}

void wire_put(struct wire *wire, const void *data, size_t len)
{
	reserve(&wire->in, &wire->in_cap, wire->in_len + len);
	memcpy(wire->in + wire->in_len, data, len);
	wire->in_len += len;
}

void wire_fin(struct wire *wire)
{
	wire->in_fin = true;
}

void wire_error(struct wire *wire, int err)
{
	wire->in_errno = err;
	wire->out_errno = err;
}

size_t wire_unread(const struct wire *wire)
{
	return wire->in_len - wire->in_pos;
}

size_t wire_pending(const struct wire *wire)
{
	return wire->out_len - wire->out_pos;
}

/* --- PDUs ------------------------------------------------------------------- */

static uint32_t padded(uint32_t len)
{
	return (len + 3) & ~3u;
}

static void check_digest(const char *what, const uint8_t *data, size_t len)
{
	uint32_t want = crc32c_slow(0, data, len);
	uint32_t got;

	memcpy(&got, data + len, sizeof(got));
	if (le32toh(got) != want)
		fail_msg("%s digest is %08x and not %08x", what, le32toh(got), want);
}

static void check_padding(const uint8_t *data, uint32_t len)
{
	uint32_t i;

	for (i = len; i < padded(len); i++)
		assert_int_equal(data[i], 0);
}

bool wire_take(struct wire *wire, struct pdu *pdu)
{
	size_t have = wire_pending(wire);
	size_t head, body;
	const uint8_t *p;

	if (have < 48)
		return false;
	p = wire->out + wire->out_pos;
	pdu->ahs_len = p[4] * 4;
	pdu->len = be24_at(p, 5);
	head = 48 + pdu->ahs_len;
	body = padded(pdu->len) + (wire->data_digest && pdu->len ? 4 : 0);
	if (have < head + 4 * wire->hdr_digest + body)
		return false;
	memcpy(pdu->bhs, p, 48);
	memcpy(pdu->ahs, p + 48, pdu->ahs_len);
	if (wire->hdr_digest)
		check_digest("header", p, head);
	p += head + 4 * wire->hdr_digest;
	check_padding(p, pdu->len);
	if (wire->data_digest && pdu->len)
		check_digest("data", p, padded(pdu->len));
	pdu->data = malloc(pdu->len + 1);
	memcpy(pdu->data, p, pdu->len);
	wire->out_pos += head + 4 * wire->hdr_digest + body;
	return true;
}

static void put_digest(struct wire *wire, uint32_t crc)
{
	uint32_t le = htole32(crc);

	wire_put(wire, &le, sizeof(le));
}

static void put_data(struct wire *wire, const void *data, uint32_t len, uint32_t damage)
{
	static const uint8_t zero[3];
	uint32_t crc;

	wire_put(wire, data, len);
	wire_put(wire, zero, padded(len) - len);
	if (!wire->data_digest)
		return;
	crc = crc32c_slow(0, wire->in + wire->in_len - padded(len), padded(len));
	put_digest(wire, crc ^ damage);
}

void wire_send_ahs(struct wire *wire, uint8_t *bhs, const void *ahs, uint32_t ahs_len,
		   const void *data, uint32_t len, const struct damage *damage)
{
	uint32_t crc;

	bhs[4] = ahs_len / 4;
	put_be24(bhs, 5, len);
	wire_put(wire, bhs, 48);
	if (ahs_len)
		wire_put(wire, ahs, ahs_len);
	crc = crc32c_slow(crc32c_slow(0, bhs, 48), ahs, ahs_len);
	if (wire->hdr_digest)
		put_digest(wire, crc ^ (damage ? damage->hdr_digest : 0));
	if (len)
		put_data(wire, data, len, damage ? damage->data_digest : 0);
}

void wire_send(struct wire *wire, uint8_t *bhs, const void *data, uint32_t len)
{
	wire_send_ahs(wire, bhs, NULL, 0, data, len, NULL);
}
