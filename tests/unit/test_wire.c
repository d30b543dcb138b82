// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The wire engine: a station that connects, and one that lwIP listens on, with a wire
 * between them that the tests cut, thin out and listen to. Time is simulated.
 */
#include "unit.h"

#include <errno.h>

#include "lwip/priv/tcp_priv.h"

#include "loop.h"
#include "ohba_admin.h"
#include "ohba_wire.h"
#include "tcp.h"

#define PORT		3260
#define TURNS_MAX	200000
#define STEP_NS		(1 * MS)
#define CHUNK		65536
#define FRAMES_KEPT	64

struct fixture;

struct station {
	struct fixture *fix;
	struct station *other;
	struct ohba_wire *wire;
	uint8_t mac[6], addr[16];
	unsigned int to_host, wanted;
	unsigned int sent;
	uint8_t last[FRAMES_KEPT][128];
	size_t last_len[FRAMES_KEPT];
};

struct fixture {
	struct ohba_loop *loop;
	uint64_t now;
	struct station here, there;
	uint16_t tci;
	uint8_t family;
	unsigned int lose_every;	/* frames, 0: none */
	size_t narrow;			/* a router in between takes no larger packets; 0: any */
	unsigned int too_big, fragments, largest;	/* of here */
	uint8_t whole[16384];		/* of fragments, up to now */
	size_t whole_len;
	unsigned int frames;
	const struct ohba_tcp_engine_ops *ops;
	/* the one that connects */
	struct ohba_tcp *tcp;
	int connected, readable, writable, broken;
	enum ohba_status status;
	/* the one that listens: sends back what it gets */
	struct tcp_pcb *listener, *accepted;
	struct pbuf *back;
	bool accepted_ended;
};

/* --- the wire --------------------------------------------------------------- */

static uint64_t clock_of(void *arg)
{
	return ((struct fixture *)arg)->now;
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

/* --- a router in between, of IPv6 --- */

#define ETH	14
#define IP6	40
#define QUOTED	100		/* bytes of a packet in a message about it */

static uint16_t icmp6_sum(const uint8_t *ip)
{
	unsigned int len = be16_at(ip, 4), i;
	uint32_t sum = 58 + len;

	for (i = 8; i < IP6 + len; i += 2)
		sum += be16_at(ip, i);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static void say_too_big(struct station *to, const uint8_t *packet, uint32_t mtu)
{
	uint8_t frame[ETH + IP6 + 8 + QUOTED] = { 0 }, *ip = frame + ETH, *icmp = ip + IP6;
	struct iovec iov = { frame, sizeof(frame) };

	memcpy(frame, to->mac, 6);
	frame[6] = 2;
	put_be16(frame, 12, 0x86dd);
	ip[0] = 0x60;
	put_be16(ip, 4, 8 + QUOTED);
	ip[6] = 58;
	ip[7] = 64;
	memcpy(ip + 8, to->other->addr, 16);
	memcpy(ip + 24, to->addr, 16);
	icmp[0] = 2;
	put_be32(icmp, 4, mtu);
	memcpy(icmp + 8, packet, QUOTED);
	put_be16(icmp, 2, icmp6_sum(ip));
	ohba_wire_receive(to->wire, &iov, 1);
}

/* In order they come; who gets them has them whole. */
static void gather(struct station *from, const uint8_t *frame, size_t len)
{
	struct fixture *fix = from->fix;
	const uint8_t *part = frame + ETH + IP6;
	size_t offset = be16_at(part, 2) & ~7u;
	struct iovec iov = { fix->whole, 0 };

	fix->fragments += from == &fix->here;
	if (!offset) {
		memcpy(fix->whole, frame, ETH + IP6);
		fix->whole[ETH + 6] = part[0];
	}
	len -= ETH + IP6 + 8;
	memcpy(fix->whole + ETH + IP6 + offset, part + 8, len);
	if (be16_at(part, 2) & 1)
		return;
	put_be16(fix->whole, ETH + 4, offset + len);
	iov.iov_len = ETH + IP6 + offset + len;
	ohba_wire_receive(from->other->wire, &iov, 1);
}

static bool passes(struct station *from, const struct iovec *iov, int iovcnt)
{
	struct fixture *fix = from->fix;
	uint8_t frame[16384];
	size_t len = 0;

	for (; iovcnt--; len += iov++->iov_len)
		memcpy(frame + len, iov->iov_base, iov->iov_len);
	if (len - ETH > fix->narrow) {
		fix->too_big += from == &fix->here;
		say_too_big(from, frame + ETH, fix->narrow);
		return false;
	}
	if (from == &fix->here)
		fix->largest = MAX(fix->largest, len - ETH);
	if (frame[ETH + 6] != 44)
		return true;
	gather(from, frame, len);
	return false;
}

static void send_frame(void *host, const struct iovec *iov, int iovcnt)
{
	struct station *from = host;
	struct fixture *fix = from->fix;

	keep_frame(from, iov, iovcnt);
	fix->frames++;
	if (fix->lose_every && !(fix->frames % fix->lose_every))
		return;
	if (fix->narrow && !passes(from, iov, iovcnt))
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

	assert_int_equal(family, station->fix->family);
	same_bytes("address", addr, station->other->addr, 16);
	station->wanted++;
	return OHBA_ST_SUCCESS;
}

static const struct ohba_wire_events wire_events = {
	.frame = on_frame,
	.path_wanted = on_path_wanted,
};

static void set_path(struct station *station)
{
	struct station *other = station->other;

	assert_int_equal(ohba_wire_path_set(station->wire, 0, station->fix->family,
					    other->addr, other->addr, other->mac), 0);
}

/* --- the one that connects -------------------------------------------------- */

static void on_connected(void *arg, enum ohba_status status)
{
	struct fixture *fix = arg;

	fix->connected++;
	fix->status = status;
}

static void on_readable(void *arg)
{
	((struct fixture *)arg)->readable++;
}

static void on_writable(void *arg)
{
	((struct fixture *)arg)->writable++;
}

static void on_broken(void *arg, enum ohba_status status)
{
	struct fixture *fix = arg;

	fix->broken++;
	fix->status = status;
}

static const struct ohba_tcp_events events = {
	.connected = on_connected,
	.readable = on_readable,
	.writable = on_writable,
	.broken = on_broken,
};

static struct ohba_tcp *open_tcp(struct fixture *fix)
{
	struct ohba_tcp_engine *engine = ohba_wire_engine(fix->here.wire);
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
	bool v4 = fix->family == OHBA_FAMILY_IPV4;
	enum ohba_status status;

	memcpy(&in.sin_addr, fix->there.addr, 4);
	memcpy(&in6.sin6_addr, fix->there.addr, 16);
	fix->tcp = fix->ops->connect(engine, v4 ? (void *)&in : (void *)&in6,
				     v4 ? sizeof(in) : sizeof(in6), &events, fix, &status);
	assert_int_equal(status, OHBA_ST_SUCCESS);
	assert_non_null(fix->tcp);
	return fix->tcp;
}

/* --- the one that listens --------------------------------------------------- */

static void send_back(struct fixture *fix)
{
	while (fix->back && fix->accepted) {
		struct pbuf *p = fix->back;

		if (tcp_write(fix->accepted, p->payload, p->len, TCP_WRITE_FLAG_COPY))
			break;
		tcp_recved(fix->accepted, p->len);
		fix->back = p->next;
		p->next = NULL;
		pbuf_free(p);
	}
	if (fix->accepted)
		tcp_output(fix->accepted);
}

static err_t peer_recv(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
	struct fixture *fix = arg;
	struct pbuf **tail = &fix->back;

	(void)pcb;
	(void)err;
	if (!p) {
		fix->accepted_ended = true;
		return ERR_OK;
	}
	while (*tail)
		tail = &(*tail)->next;
	*tail = p;
	send_back(fix);
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
	struct fixture *fix = arg;

	(void)err;
	fix->accepted = NULL;
}

static err_t peer_accept(void *arg, struct tcp_pcb *pcb, err_t err)
{
	struct fixture *fix = arg;

	(void)err;
	fix->accepted = pcb;
	tcp_arg(pcb, fix);
	tcp_recv(pcb, peer_recv);
	tcp_sent(pcb, peer_sent);
	tcp_err(pcb, peer_err);
	return ERR_OK;
}

static void listen_there(struct fixture *fix)
{
	struct tcp_pcb *pcb = tcp_new_ip_type(IPADDR_TYPE_ANY);

	assert_non_null(pcb);
	assert_int_equal(tcp_bind(pcb, IP_ANY_TYPE, PORT), ERR_OK);
	fix->listener = tcp_listen(pcb);
	assert_non_null(fix->listener);
	tcp_arg(fix->listener, fix);
	tcp_accept(fix->listener, peer_accept);
}

/* --- fixture ---------------------------------------------------------------- */

static void turn(struct fixture *fix)
{
	fix->now += STEP_NS;
	ohba_loop_step(fix->loop, 0);
}

#define turn_until(fix, condition) do {					\
	unsigned int turns_ = 0;					\
									\
	while (!(condition)) {						\
		if (turns_++ == TURNS_MAX)				\
			fail_msg("not in %u turns: %s", TURNS_MAX, #condition); \
		turn(fix);						\
	}								\
} while (0)

static void place(struct fixture *fix, struct station *station, struct station *other,
		  unsigned int n)
{
	static const uint8_t ip4[4] = { 192, 0, 2, 0 };
	static const uint8_t ip6[15] = { 0x20, 0x01, 0x0d, 0xb8 };

	station->fix = fix;
	station->other = other;
	memcpy(station->mac, (uint8_t[]){ 0x02, 0, 0, 0, 0, n }, 6);
	if (fix->family == OHBA_FAMILY_IPV4) {
		memcpy(station->addr, ip4, 4);
		station->addr[3] = n;
	} else {
		memcpy(station->addr, ip6, 15);
		station->addr[15] = n;
	}
	station->wire = ohba_wire_create(fix->loop, station->mac, 1500, send_frame, station);
	assert_non_null(station->wire);
	ohba_wire_attach(station->wire, &wire_events, station);
	ohba_wire_start(station->wire);
	assert_int_equal(ohba_wire_iface_set(station->wire, 0, fix->family, station->addr,
					     fix->tci, 0), 0);
}

static struct fixture *setup(uint8_t family, uint16_t tci)
{
	struct fixture *fix = calloc(1, sizeof(*fix));
	const char *err;

	assert_non_null(fix);
	fix->family = family;
	fix->tci = tci;
	fix->loop = ohba_loop_create_clock(clock_of, fix, &err);
	assert_non_null(fix->loop);
	place(fix, &fix->here, &fix->there, 1);
	place(fix, &fix->there, &fix->here, 2);
	fix->here.sent = fix->there.sent = 0;	/* announcements */
	set_path(&fix->there);
	fix->ops = ohba_wire_engine(fix->here.wire)->ops;
	listen_there(fix);
	return fix;
}

static void teardown(struct fixture *fix)
{
	if (fix->tcp)
		fix->ops->close(fix->tcp, true);
	if (fix->back)
		pbuf_free(fix->back);
	/* The peer's, which may not have been told, too. */
	while (tcp_active_pcbs)
		tcp_abort(tcp_active_pcbs);
	while (tcp_tw_pcbs)
		tcp_abort(tcp_tw_pcbs);
	tcp_close(fix->listener);
	ohba_wire_stop(fix->here.wire);
	ohba_wire_stop(fix->there.wire);
	ohba_wire_destroy(fix->here.wire);
	ohba_wire_destroy(fix->there.wire);
	ohba_loop_destroy(fix->loop);
	free(fix);
}

static struct fixture *setup_connected(uint8_t family, uint16_t tci)
{
	struct fixture *fix = setup(family, tci);

	set_path(&fix->here);
	open_tcp(fix);
	turn_until(fix, fix->connected && fix->accepted);
	assert_int_equal(fix->status, OHBA_ST_SUCCESS);
	return fix;
}

static void reopen(struct fixture *fix)
{
	fix->ops->close(fix->tcp, true);
	turn_until(fix, !fix->accepted);
	fix->connected = 0;
	set_path(&fix->here);
	open_tcp(fix);
	turn_until(fix, fix->connected && fix->accepted);
	assert_int_equal(fix->status, OHBA_ST_SUCCESS);
}

/* --- tests ------------------------------------------------------------------ */

/* @total bytes there and back again, as what is received makes room. */
static void exchange(struct fixture *fix, size_t total)
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
			n = fix->ops->send(fix->tcp, &to, 1, false);
			assert_true(n > 0 || n == -EAGAIN);
			sent += MAX(n, 0);
		}
		n = fix->ops->recv(fix->tcp, &from, 1);
		assert_true(n > 0 || n == -EAGAIN);
		got += MAX(n, 0);
		assert_true(turns++ < TURNS_MAX);
		turn(fix);
	}
	pattern_check(in, total, 1, 0);
	free(out);
	free(in);
}

static void test_data_both_ways(void **state)
{
	static const struct {
		uint8_t family;
		uint16_t tci;
	} kinds[] = {
		{ OHBA_FAMILY_IPV4, 0 },
		{ OHBA_FAMILY_IPV6, 0 },
		{ OHBA_FAMILY_IPV4, 5 << 13 | 100 },
		{ OHBA_FAMILY_IPV6, 100 },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct fixture *fix = setup_connected(kinds[i].family, kinds[i].tci);

		exchange(fix, 3 << 20);
		teardown(fix);
	}
}

static void test_data_over_a_wire_that_loses(void **state)
{
	struct fixture *fix = setup_connected(OHBA_FAMILY_IPV4, 0);

	(void)state;
	fix->lose_every = 7;
	exchange(fix, 1 << 20);
	teardown(fix);
}

/* What is sent bit by bit while nothing gets through lies in many pieces, and arrives. */
static void test_many_pieces(void **state)
{
	struct fixture *fix = setup_connected(OHBA_FAMILY_IPV4, 0);
	uint8_t out[200 * 48], in[sizeof(out)];
	struct iovec from = { in, sizeof(in) };
	struct iovec to;
	size_t got = 0;
	unsigned int i;
	ssize_t n;

	(void)state;
	pattern_fill(out, sizeof(out), 1, 0);
	fix->lose_every = 1;
	for (i = 0; i < 200; i++) {
		to = (struct iovec){ out + i * 48, 48 };
		assert_int_equal(fix->ops->send(fix->tcp, &to, 1, false), 48);
		turn(fix);
	}
	fix->lose_every = 0;
	for (i = 0; got < sizeof(in) && i < TURNS_MAX; i++) {
		turn(fix);
		n = fix->ops->recv(fix->tcp, &from, 1);
		assert_true(n > 0 || n == -EAGAIN);
		got += MAX(n, 0);
		from = (struct iovec){ in + got, sizeof(in) - got };
	}
	assert_int_equal(got, sizeof(in));
	pattern_check(in, sizeof(in), 1, 0);
	teardown(fix);
}

/* Who has 192.0.2.1? */
static const uint8_t who_has[] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0, 0, 0, 0, 9, 0x08, 0x06,
	0, 1, 0x08, 0, 6, 4, 0, 1,
	0x02, 0, 0, 0, 0, 9, 192, 0, 2, 9,
	0, 0, 0, 0, 0, 0, 192, 0, 2, 1,
};

/* Whether @wire, which sends as fix->here does, says that it has @addr. */
static bool has(struct fixture *fix, struct ohba_wire *wire, const uint8_t *addr)
{
	uint8_t frame[sizeof(who_has)];
	struct iovec iov = { frame, sizeof(frame) };
	unsigned int sent = fix->here.sent;

	memcpy(frame, who_has, sizeof(frame));
	memcpy(frame + sizeof(frame) - 4, addr, 4);
	ohba_wire_receive(wire, &iov, 1);
	turn(fix);
	return fix->here.sent > sent;
}

#define STATIONS	16

/* lwIP has no more than 254 interfaces for all: who wants more is told. */
static void test_many_addresses(void **state)
{
	struct fixture *fix = setup(OHBA_FAMILY_IPV4, 0);
	uint8_t mac[6] = { 2, 0, 0, 0, 1 }, addr[16] = { 10 }, last[16];
	struct ohba_wire *wires[STATIONS];
	unsigned int i, n = 0;

	(void)state;
	for (i = 0; i < STATIONS; i++) {
		wires[i] = ohba_wire_create(fix->loop, mac, 1500, send_frame, &fix->here);
		assert_non_null(wires[i]);
		ohba_wire_attach(wires[i], &wire_events, &fix->here);
		ohba_wire_start(wires[i]);
	}
	for (i = 0; i < STATIONS * OHBA_IFACES_MAX; i++) {
		addr[1] = 1 + i / 100;
		addr[3] = 1 + i % 100;
		if (ohba_wire_iface_set(wires[i / OHBA_IFACES_MAX], i % OHBA_IFACES_MAX,
					OHBA_FAMILY_IPV4, addr, 0, 0))
			continue;
		memcpy(last, addr, sizeof(last));
		n++;
	}
	assert_int_equal(n, 254 - 2);	/* of the fixture */
	assert_true(has(fix, wires[STATIONS - 1], last));
	assert_false(has(fix, wires[STATIONS - 1], addr));
	assert_int_equal(ohba_wire_iface_set(wires[0], 0, 0, addr, 0, 0), 0);
	assert_int_equal(ohba_wire_iface_set(wires[STATIONS - 1], 15, OHBA_FAMILY_IPV4, addr, 0, 0),
			 0);
	for (i = 0; i < STATIONS; i++) {
		ohba_wire_stop(wires[i]);
		ohba_wire_destroy(wires[i]);
	}
	teardown(fix);
}

static void test_connect_waits_for_a_path(void **state)
{
	struct fixture *fix = setup(OHBA_FAMILY_IPV4, 0);

	(void)state;
	open_tcp(fix);
	assert_int_equal(fix->here.wanted, 1);
	turn(fix);
	assert_int_equal(fix->here.sent, 0);
	set_path(&fix->here);
	turn_until(fix, fix->connected);
	assert_int_equal(fix->status, OHBA_ST_SUCCESS);
	teardown(fix);
}

static void test_connect_without_a_path_fails(void **state)
{
	struct fixture *fix = setup(OHBA_FAMILY_IPV4, 0);

	(void)state;
	open_tcp(fix);
	ohba_wire_path_failed(fix->here.wire, fix->family, fix->there.addr,
			      OHBA_ST_HOST_UNREACH);
	assert_int_equal(fix->connected, 0);
	turn_until(fix, fix->connected);
	assert_int_equal(fix->status, OHBA_ST_HOST_UNREACH);
	teardown(fix);
}

static void test_refused_connect(void **state)
{
	struct fixture *fix = setup(OHBA_FAMILY_IPV4, 0);

	(void)state;
	tcp_close(fix->listener);
	set_path(&fix->here);
	open_tcp(fix);
	turn_until(fix, fix->connected);
	assert_int_equal(fix->status, OHBA_ST_CONN_REFUSED);
	listen_there(fix);
	teardown(fix);
}

static void test_end_and_reset(void **state)
{
	struct fixture *fix = setup_connected(OHBA_FAMILY_IPV4, 0);
	uint8_t byte;
	struct iovec iov = { &byte, 1 };
	struct tcp_pcb *peer = fix->accepted;

	(void)state;
	tcp_shutdown(peer, 0, 1);
	turn_until(fix, fix->readable);
	assert_int_equal(fix->ops->recv(fix->tcp, &iov, 1), 0);
	fix->ops->want_read(fix->tcp, false);
	tcp_abort(peer);
	turn_until(fix, fix->broken);
	assert_int_equal(fix->status, OHBA_ST_CONN_RESET);
	assert_int_equal(fix->ops->recv(fix->tcp, &iov, 1), -ECONNRESET);
	teardown(fix);
}

/* Who has our address is told, and nobody else is asked to answer. */
static void test_arp_is_answered(void **state)
{
	static const uint8_t nobodys[4] = { 192, 0, 2, 3 };
	static const uint8_t reply[] = {
		0x02, 0, 0, 0, 0, 9, 0x02, 0, 0, 0, 0, 1, 0x08, 0x06,
		0, 1, 0x08, 0, 6, 4, 0, 2,
		0x02, 0, 0, 0, 0, 1, 192, 0, 2, 1,
		0x02, 0, 0, 0, 0, 9, 192, 0, 2, 9,
	};
	struct fixture *fix = setup(OHBA_FAMILY_IPV4, 0);

	(void)state;
	assert_true(has(fix, fix->here.wire, fix->here.addr));
	assert_int_equal(fix->here.sent, 1);
	assert_int_equal(fix->here.last_len[0], sizeof(reply));
	same_bytes("reply", fix->here.last[0], reply, sizeof(reply));
	assert_false(has(fix, fix->here.wire, nobodys));
	teardown(fix);
}

/* A next hop that answers is not asked about again; one that is silent is. */
static void test_next_hops_are_confirmed(void **state)
{
	static const uint8_t families[] = { OHBA_FAMILY_IPV4, OHBA_FAMILY_IPV6 };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(families); i++) {
		struct fixture *fix = setup_connected(families[i], 0);
		uint64_t minute = fix->now + 60000 * MS;
		unsigned int sent = fix->here.sent;

		turn_until(fix, fix->now >= minute);
		assert_true(fix->here.sent >= sent + 5);
		assert_int_equal(fix->here.wanted, 0);
		fix->lose_every = 1;
		turn_until(fix, fix->here.wanted);
		teardown(fix);
	}
}

/* The target moved: what it says of itself is where frames go. */
static void test_moved_target(void **state)
{
	struct fixture *fix = setup_connected(OHBA_FAMILY_IPV4, 0);
	uint8_t gratuitous[] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0, 0, 0, 0, 7, 0x08, 0x06,
		0, 1, 0x08, 0, 6, 4, 0, 1,
		0x02, 0, 0, 0, 0, 7, 192, 0, 2, 2,
		0, 0, 0, 0, 0, 0, 192, 0, 2, 2,
	};
	struct iovec iov = { gratuitous, sizeof(gratuitous) };
	uint8_t byte = 0;

	(void)state;
	ohba_wire_receive(fix->here.wire, &iov, 1);
	turn(fix);
	iov = (struct iovec){ &byte, 1 };
	assert_int_equal(fix->ops->send(fix->tcp, &iov, 1, false), 1);
	same_bytes("MAC", fix->here.last[(fix->here.sent - 1) % FRAMES_KEPT],
		   gratuitous + 6, 6);
	teardown(fix);
}

/* A router may say another MTU each minute: what is under way goes on. */
static void test_mtu_changes(void **state)
{
	struct fixture *fix = setup_connected(OHBA_FAMILY_IPV4, 0);

	(void)state;
	assert_int_equal(ohba_wire_iface_set(fix->here.wire, 0, fix->family, fix->here.addr,
					     fix->tci, 1300), 0);
	exchange(fix, 1 << 16);
	assert_int_equal(fix->broken, 0);
	reopen(fix);
	assert_int_equal(fix->ops->mss(fix->tcp), 1300 - 40);
	exchange(fix, 1 << 16);
	teardown(fix);
}

/* --- path MTU --------------------------------------------------------------- */

/* What is under way when the router first speaks comes in fragments; then it all fits. */
static void test_narrow_path(void **state)
{
	struct fixture *fix = setup_connected(OHBA_FAMILY_IPV6, 0);

	(void)state;
	assert_int_equal(fix->ops->mss(fix->tcp), 1500 - 60);
	fix->narrow = 1300;
	exchange(fix, 1 << 20);
	assert_int_equal(fix->ops->mss(fix->tcp), 1300 - 60);
	assert_int_equal(fix->largest, 1300);
	assert_in_range(fix->fragments, 2, 200);
	assert_in_range(fix->too_big, 2, 100);

	/* Another connection knows from the start. */
	reopen(fix);
	fix->too_big = 0;
	assert_int_equal(fix->ops->mss(fix->tcp), 1300 - 60);
	exchange(fix, 1 << 18);
	assert_int_equal(fix->too_big, 0);
	teardown(fix);
}

/* After ten minutes the way may be wider: the next connection tries. */
static void test_narrow_path_is_forgotten(void **state)
{
	struct fixture *fix = setup_connected(OHBA_FAMILY_IPV6, 0);

	(void)state;
	fix->narrow = 1300;
	exchange(fix, 1 << 16);
	fix->narrow = 0;
	fix->now += 601 * OHBA_NS_PER_S;
	reopen(fix);
	assert_int_equal(fix->ops->mss(fix->tcp), 1500 - 60);
	teardown(fix);
}

/* A message about a packet of ours that is not quite as it went out. */
static void test_lies_about_the_path(void **state)
{
	/* Protocol, addresses, ports, sequence number. */
	static const unsigned int at[] = { 6, 8 + 15, 24 + 15, 40, 42, 44 };
	struct fixture *fix = setup_connected(OHBA_FAMILY_IPV6, 0);
	uint8_t packet[QUOTED], lie[QUOTED];
	unsigned int i;

	(void)state;
	memcpy(packet, fix->here.last[(fix->here.sent - 1) % FRAMES_KEPT] + ETH, QUOTED);
	assert_int_equal(packet[6], 6);
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		memcpy(lie, packet, QUOTED);
		lie[at[i]] ^= 0x40;
		say_too_big(&fix->here, lie, 1300);
		turn(fix);
		assert_int_equal(fix->ops->mss(fix->tcp), 1440);
	}
	say_too_big(&fix->here, packet, 1279);
	say_too_big(&fix->here, packet, 1500);
	say_too_big(&fix->here, packet, UINT32_MAX);
	turn(fix);
	assert_int_equal(fix->ops->mss(fix->tcp), 1440);
	say_too_big(&fix->here, packet, 1280);
	turn(fix);
	assert_int_equal(fix->ops->mss(fix->tcp), 1220);
	teardown(fix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_data_both_ways),
		cmocka_unit_test(test_data_over_a_wire_that_loses),
		cmocka_unit_test(test_many_pieces),
		cmocka_unit_test(test_many_addresses),
		cmocka_unit_test(test_connect_waits_for_a_path),
		cmocka_unit_test(test_connect_without_a_path_fails),
		cmocka_unit_test(test_refused_connect),
		cmocka_unit_test(test_end_and_reset),
		cmocka_unit_test(test_arp_is_answered),
		cmocka_unit_test(test_next_hops_are_confirmed),
		cmocka_unit_test(test_moved_target),
		cmocka_unit_test(test_mtu_changes),
		cmocka_unit_test(test_narrow_path),
		cmocka_unit_test(test_narrow_path_is_forgotten),
		cmocka_unit_test(test_lies_about_the_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
