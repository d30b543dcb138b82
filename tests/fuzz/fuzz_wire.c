// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A hostile network, and targets on it (wire_ops.h), around the wire engine and lwIP.
 * Nothing may crash, run over or trip an assertion of lwIP's. Besides:
 *
 * - every frame the adapter sends is well-formed, from its MAC, as long as the MTU
 *   allows, with right checksums, and carries what was written to that connection;
 * - what is read of a connection is what its peer sends at that place of the stream,
 *   whatever arrived in which order;
 * - the host is asked for paths to those alone whom a connection is for;
 * - an owner hears of a connection until it closes it, and of its being connected once;
 * - memory is bounded while it lasts, and given back in the end.
 */
#include "fuzz.h"
#include "wire_ops.h"

#include <arpa/inet.h>

#include "loop.h"
#include "ohba_admin.h"
#include "ohba_wire.h"
#include "tcp.h"

#define OPS_MAX		200
#define CONNS		8
#define STATIONS	4
#define IFACES		3
#define PORT		3260		/* connection n: PORT + n */
#define FRAME_MAX	9100
#define PAD_TO		2000
#define WINDOW		(1u << 20)
#define FILL_MAX	300
#define TURNS_MAX	20000
#define STEP_NS		(35 * MS)
#define VID		100
#define MEMORY_MAX	(64u << 20)	/* of what all connections hold */

enum { HOW_BAD_SUM = 1, HOW_ALL = 2, HOW_TAG = 4, HOW_PAD = 8, HOW_TYPE = 16 };
enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

struct play;

struct conn {
	struct play *play;
	struct ohba_tcp *tcp;		/* NULL: free */
	unsigned int station, index;
	bool told;			/* that it is connected, or cannot be */
	bool up, broken;
	uint8_t addr[16];
	/* as seen on the wire */
	bool seen, acked;
	uint16_t port;			/* the adapter's */
	uint32_t isn;			/* of the adapter */
	uint32_t next;			/* the adapter sends next, at most */
	uint32_t expects;		/* the adapter expects next */
	uint32_t base;			/* number of the first byte to it */
	uint32_t wrote, read;		/* by the owner */
};

struct play {
	struct ohba_loop *loop;
	uint64_t now;
	struct ohba_wire *wire;
	const struct ohba_tcp_engine_ops *ops;
	uint32_t mtu;
	uint8_t family;
	uint16_t tci;
	struct conn conn[CONNS];
	bool pinging[OHBA_PINGS_MAX];
	uint8_t mark[4];		/* of the last echo request that was sent */
	size_t allocated;
};

static const uint8_t our_mac[6] = { 0x02, 0, 0, 0, 0, 1 };

/* --- places and bytes ------------------------------------------------------------- */

static void address(const struct play *play, unsigned int n, uint8_t addr[16])
{
	static const uint8_t ip4[4] = { 192, 0, 2, 0 }, ip6[4] = { 0x20, 0x01, 0x0d, 0xb8 };

	memset(addr, 0, 16);
	memcpy(addr, play->family == OHBA_FAMILY_IPV4 ? ip4 : ip6, 4);
	addr[play->family == OHBA_FAMILY_IPV4 ? 3 : 15] = n;
}

/* Ours are 1.., the stations' 0x10.. */
static void iface_address(const struct play *play, unsigned int n, uint8_t addr[16])
{
	address(play, 1 + n % IFACES, addr);
}

static void station_address(const struct play *play, unsigned int n, uint8_t addr[16])
{
	address(play, 0x10 + n % STATIONS, addr);
}

static void station_mac(unsigned int n, uint8_t mac[6])
{
	memcpy(mac, (uint8_t[]){ 0x02, 0, 0, 0, 1, n % STATIONS }, 6);
}

/* Every byte tells its place in the stream. */
static uint8_t byte_at(uint32_t off, unsigned int key)
{
	return (off * 2654435761u >> 24) ^ (key * 37);
}

static uint16_t sum_of(uint32_t sum, const uint8_t *at, size_t len)
{
	for (; len > 1; len -= 2, at += 2)
		sum += at[0] << 8 | at[1];
	if (len)
		sum += at[0] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* Of the pseudo-header, before complement; @ip is the packet. */
static uint16_t pseudo_sum(const uint8_t *ip, uint8_t proto, size_t len)
{
	bool v4 = ip[0] >> 4 == 4;

	return sum_of(proto + len, v4 ? ip + 12 : ip + 8, v4 ? 8 : 32);
}

/* --- what the adapter sends --------------------------------------------------------- */

static struct conn *conn_of(struct play *play, const uint8_t *tcp)
{
	unsigned int i = (uint16_t)(be16_at(tcp, 2) - PORT);
	struct conn *conn = i < CONNS ? &play->conn[i] : NULL;

	if (!conn || !conn->tcp)
		return NULL;
	/* Of one that was closed, whose FIN is not acknowledged, there may be more. */
	if (conn->seen ? conn->port != be16_at(tcp, 0) : tcp[13] != SYN)
		return NULL;
	return conn;
}

static void see_data(struct conn *conn, uint32_t seq, const uint8_t *data, size_t len)
{
	uint32_t off = seq - (conn->isn + 1);
	size_t i;

	fuzz_check(!len || (off <= conn->wrote && len <= conn->wrote - off),
		   "%zu bytes at %u of %u", len, off, conn->wrote);
	for (i = 0; i < len; i++)
		fuzz_check(data[i] == byte_at(off + i, conn->index),
			   "byte %zu of the stream is of another place", off + i);
}

static void see_segment(struct play *play, const uint8_t *tcp, size_t len)
{
	struct conn *conn = conn_of(play, tcp);
	uint32_t seq = be32_at(tcp, 4);
	size_t hlen = (tcp[12] >> 4) * 4;
	uint8_t flags = tcp[13];

	fuzz_check(len >= 20 && hlen >= 20 && hlen <= len, "TCP header of %zu in %zu", hlen, len);
	if (!conn || flags & RST)
		return;
	if (flags & SYN && !conn->seen) {
		conn->seen = true;
		conn->port = be16_at(tcp, 0);
		conn->isn = seq;
		conn->next = seq + 1;
	}
	if (flags & ACK) {
		if (!conn->acked)
			conn->base = be32_at(tcp, 8);
		conn->acked = true;
		conn->expects = be32_at(tcp, 8);
	}
	see_data(conn, seq, tcp + hlen, len - hlen);
	if ((int32_t)(seq + len - hlen - conn->next) > 0)
		conn->next = seq + len - hlen;
}

static void see_ip(struct play *play, const uint8_t *ip, size_t len)
{
	bool v4 = ip[0] >> 4 == 4;
	size_t hlen = v4 ? (ip[0] & 15) * 4 : 40;
	uint8_t proto = v4 ? ip[9] : ip[6];

	fuzz_check(len >= hlen && len <= play->mtu, "packet of %zu bytes", len);
	fuzz_check(len == (v4 ? be16_at(ip, 2) : 40u + be16_at(ip, 4)), "length in %zu bytes", len);
	fuzz_check(!v4 || sum_of(0, ip, hlen) == 0xffff, "checksum of an IPv4 header");
	if (proto != 1)
		fuzz_check(sum_of(pseudo_sum(ip, proto, len - hlen), ip + hlen, len - hlen) ==
			   0xffff, "checksum of protocol %u", proto);
	if (proto == 6)
		see_segment(play, ip + hlen, len - hlen);
	if (proto == (v4 ? 1 : 58) && ip[hlen] == (v4 ? 8 : 128))
		memcpy(play->mark, ip + hlen + 4, sizeof(play->mark));
}

static void send_frame(void *host, const struct iovec *iov, int iovcnt)
{
	struct play *play = host;
	uint8_t frame[FRAME_MAX];
	size_t len = 0, hlen = 14;

	for (; iovcnt--; len += iov++->iov_len) {
		fuzz_check(iov->iov_len <= sizeof(frame) - len, "frame of %zu", len);
		memcpy(frame + len, iov->iov_base, iov->iov_len);
	}
	fuzz_check(len >= 14 && !memcmp(frame + 6, our_mac, 6), "frame of %zu bytes", len);
	if (be16_at(frame, 12) == 0x8100)
		hlen = 18;
	fuzz_check(len >= hlen + 20, "frame of %zu bytes", len);
	if (be16_at(frame, hlen - 2) != 0x0806)
		see_ip(play, frame + hlen, len - hlen);
}

/* --- what the adapter's owner hears ------------------------------------------------- */

static void on_frame(void *arg, const uint8_t *frame, size_t len)
{
	(void)arg;
	fuzz_check(!len || frame[0] + frame[len - 1] >= 0, "a frame that cannot be read");
}

static enum ohba_status on_path_wanted(void *arg, uint8_t family, const uint8_t addr[16])
{
	struct play *play = arg;
	unsigned int i;

	fuzz_check(family == play->family, "path of family %u", family);
	for (i = 0; i < STATIONS; i++) {
		uint8_t known[16];

		station_address(play, i, known);
		if (!memcmp(known, addr, 16))
			return OHBA_ST_SUCCESS;
	}
	fuzz_fail("path_wanted", "to a stranger");
}

static void on_pinged(void *arg, unsigned int which, enum ohba_status status)
{
	struct play *play = arg;

	fuzz_check(which < OHBA_PINGS_MAX && play->pinging[which], "ping %u, that is not", which);
	fuzz_check(status == OHBA_ST_SUCCESS || status == OHBA_ST_CONN_TIMEOUT ||
		   status == OHBA_ST_HOST_UNREACH || status == OHBA_ST_INVALID_FIELD,
		   "ping %u ends with %u", which, status);
	play->pinging[which] = false;
}

static const struct ohba_wire_events wire_events = {
	.frame = on_frame,
	.path_wanted = on_path_wanted,
	.pinged = on_pinged,
};

static void on_connected(void *arg, enum ohba_status status)
{
	struct conn *conn = arg;

	fuzz_check(conn->tcp && !conn->told, "connected");
	conn->told = true;
	conn->up = !status;
}

static void on_readable(void *arg)
{
	struct conn *conn = arg;

	fuzz_check(conn->tcp && conn->up, "readable");
	conn->play->ops->want_read(conn->tcp, false);
}

static void on_writable(void *arg)
{
	struct conn *conn = arg;

	fuzz_check(conn->tcp && conn->up, "writable");
}

static void on_broken(void *arg, enum ohba_status status)
{
	struct conn *conn = arg;

	fuzz_check(conn->tcp && conn->up && !conn->broken && status, "broken");
	conn->broken = true;
	conn->play->ops->close(conn->tcp, true);
	conn->tcp = NULL;
}

static const struct ohba_tcp_events events = {
	.connected = on_connected,
	.readable = on_readable,
	.writable = on_writable,
	.broken = on_broken,
};

/* --- turns ---------------------------------------------------------------------------- */

static uint64_t clock_of(void *arg)
{
	return ((struct play *)arg)->now;
}

static void settle(struct play *play)
{
	unsigned int turns = 0;

	while (ohba_loop_step(play->loop, 0))
		fuzz_check(turns++ < TURNS_MAX, "it does not come to rest");
	fuzz_check(fuzz_allocated() - play->allocated < MEMORY_MAX, "%zu bytes are held",
		   fuzz_allocated() - play->allocated);
}

static void op_time(struct play *play, struct input *in)
{
	static const uint16_t ms[] = { 1, 35, 100, 300, 1000, 3100, 10000, 15000 };
	uint64_t end = play->now + ms[input_u8(in) % ARRAY_SIZE(ms)] * MS;

	for (; play->now < end; play->now = MIN(play->now + STEP_NS, end))
		settle(play);
	settle(play);
}

/* --- what the network sends ------------------------------------------------------------- */

/* A frame that is being made: room for a header in front of the packet. */
struct frame {
	uint8_t bytes[FRAME_MAX];
	uint8_t *packet;
	size_t len;			/* of the packet */
	uint16_t type;
};

static void frame_init(struct frame *frame, struct play *play)
{
	memset(frame->bytes, 0, 256);
	frame->packet = frame->bytes + 18;
	frame->type = play->family == OHBA_FAMILY_IPV4 ? 0x0800 : 0x86dd;
}

static void receive(struct play *play, const uint8_t *bytes, size_t len)
{
	/* A buffer of its own, so that a look past its end is seen. */
	uint8_t *copy = malloc(len + !len);
	struct iovec iov[2] = { { copy, len / 2 }, { copy + len / 2, len - len / 2 } };

	memcpy(copy, bytes, len);
	ohba_wire_receive(play->wire, iov, 2);
	free(copy);
	settle(play);
}

static void send_as(struct play *play, struct frame *frame, unsigned int station, uint8_t how)
{
	bool tagged = !!play->tci != !!(how & HOW_TAG);
	uint8_t *eth = frame->packet - (tagged ? 18 : 14);
	size_t len = frame->len + (tagged ? 18 : 14);

	memcpy(eth, our_mac, 6);
	if (how & HOW_ALL)
		memset(eth, 0xff, 6);
	station_mac(station, eth + 6);
	if (tagged) {
		put_be16(eth, 12, 0x8100);
		put_be16(eth, 14, play->tci);
	}
	if (how & HOW_TYPE)
		frame->type ^= 0x0800 ^ 0x86dd;
	put_be16(frame->packet - 2, 0, frame->type);
	if (how & HOW_PAD && len < PAD_TO) {
		memset(eth + len, 0, PAD_TO - len);
		len = PAD_TO;
	}
	receive(play, eth, len);
}

/* An IP header from @station to our address 0 around @len bytes of @proto. */
static uint8_t *ip_header(struct play *play, struct frame *frame, unsigned int station,
			  uint8_t proto, size_t len)
{
	uint8_t *ip = frame->packet, src[16], dst[16];
	bool v4 = play->family == OHBA_FAMILY_IPV4;
	size_t hlen = v4 ? 20 : 40;

	station_address(play, station, src);
	iface_address(play, 0, dst);
	ip[0] = v4 ? 0x45 : 0x60;
	put_be16(ip, v4 ? 2 : 4, v4 ? hlen + len : len);
	ip[v4 ? 9 : 6] = proto;
	ip[v4 ? 8 : 7] = v4 ? 64 : 255;
	memcpy(ip + (v4 ? 12 : 8), src, v4 ? 4 : 16);
	memcpy(ip + (v4 ? 16 : 24), dst, v4 ? 4 : 16);
	frame->len = hlen + len;
	return ip + hlen;
}

/* After the damage, over what the packet says that it is. */
static void fill_sums(struct frame *frame, unsigned int sum_at)
{
	uint8_t *ip = frame->packet;
	bool v4 = ip[0] >> 4 == 4;
	size_t hlen = v4 ? (ip[0] & 15) * 4 : 40;
	uint8_t proto = v4 ? ip[9] : ip[6];
	uint32_t pseudo;

	if (v4) {
		put_be16(ip, 10, 0);
		put_be16(ip, 10, ~sum_of(0, ip, MIN(hlen, frame->len)));
	}
	if (frame->len < hlen + sum_at + 2)
		return;
	pseudo = v4 && proto == 1 ? 0 : pseudo_sum(ip, proto, frame->len - hlen);
	put_be16(ip + hlen, sum_at, 0);
	put_be16(ip + hlen, sum_at, ~sum_of(pseudo, ip + hlen, frame->len - hlen));
}

static struct conn *pick(struct play *play, struct input *in)
{
	return &play->conn[input_u8(in) % CONNS];
}

struct segment {
	uint8_t flags, how;
	uint32_t seq, ack;
	uint16_t window, len;
	uint8_t options[40], options_len;
};

static void tcp_header(const struct conn *conn, const struct segment *segment, uint8_t *tcp)
{
	put_be16(tcp, 0, PORT + conn->index);
	put_be16(tcp, 2, conn->port);
	put_be32(tcp, 4, segment->seq);
	put_be32(tcp, 8, segment->ack);
	tcp[12] = (20 + segment->options_len) / 4 << 4;
	tcp[13] = segment->flags;
	put_be16(tcp, 14, segment->window);
	memcpy(tcp + 20, segment->options, segment->options_len);
}

/* The data, wherever the damage has put it: it is right for its place. */
static void tcp_data(const struct conn *conn, const struct frame *frame)
{
	const uint8_t *ip = frame->packet;
	size_t hlen = ip[0] >> 4 == 4 ? (ip[0] & 15) * 4 : 40, off;
	uint8_t *tcp = frame->packet + hlen;
	uint32_t at;

	if (hlen + 20 > frame->len)
		return;
	off = (tcp[12] >> 4) * 4;
	at = be32_at(tcp, 4) + (tcp[13] & SYN ? 1 : 0) - conn->base;
	for (; off >= 20 && hlen + off < frame->len; off++)
		tcp[off] = byte_at(at++, ~conn->index);
}

static void send_segment(struct conn *conn, const struct segment *segment, struct input *damage)
{
	struct play *play = conn->play;
	size_t len = 20 + segment->options_len + segment->len;
	struct frame frame;
	uint8_t *tcp;

	if (!conn->seen)
		return;
	frame_init(&frame, play);
	tcp = ip_header(play, &frame, conn->station, 6, len);
	tcp_header(conn, segment, tcp);
	memset(tcp + 20 + segment->options_len, 0, segment->len);
	if (damage)
		input_damage(damage, frame.packet, MIN(frame.len - segment->len, (size_t)256));
	tcp_data(conn, &frame);
	if (!(segment->how & HOW_BAD_SUM))
		fill_sums(&frame, 16);
	send_as(play, &frame, conn->station, segment->how);
}

static void op_segment(struct play *play, struct input *in)
{
	static const int32_t places[] = WIRE_PLACES, acks[] = WIRE_ACKS;
	struct conn *conn = pick(play, in);
	struct segment segment = { .flags = input_u8(in) };

	segment.seq = conn->expects + places[input_u8(in) % ARRAY_SIZE(places)];
	segment.ack = conn->next + acks[input_u8(in) % ARRAY_SIZE(acks)];
	segment.window = input_u16(in);
	segment.len = input_u16(in) % 8900;
	segment.how = input_u8(in);
	segment.options_len = input_u8(in) % 11 * 4;
	input_bytes(in, segment.options, segment.options_len);
	send_segment(conn, &segment, in);
}

static void send_good(struct conn *conn, uint16_t len, uint8_t how)
{
	struct segment segment = { .flags = ACK | PSH, .how = how, .seq = conn->expects,
				   .ack = conn->next, .window = 0x8000, .len = len };

	if (!conn->acked) {
		static const uint8_t options[12] = { 2, 4, 0x05, 0xb4, 4, 2, 3, 3, 7, 1, 1, 0 };

		segment.flags = SYN | ACK;
		segment.len = 0;
		memcpy(segment.options, options, sizeof(options));
		segment.options_len = sizeof(options);
	}
	send_segment(conn, &segment, NULL);
}

static void op_good(struct play *play, struct input *in)
{
	struct conn *conn = pick(play, in);

	send_good(conn, input_u16(in) % 8900, 0);
}

static void op_crumbs(struct play *play, struct input *in)
{
	struct conn *conn = pick(play, in);
	unsigned int n = input_u8(in) * 4u;

	while (n--)
		send_good(conn, 1, HOW_PAD);
}

static void op_fill(struct play *play, struct input *in)
{
	struct conn *conn = pick(play, in);
	uint32_t end = conn->base + conn->read + WINDOW - input_u8(in);
	unsigned int n;

	/* Not each is acknowledged at once: what comes twice is. */
	for (n = 0; n < FILL_MAX && (int32_t)(end - conn->expects) > 0; n++)
		send_good(conn, MIN(end - conn->expects, 8000u), 0);
}

static void op_arp(struct play *play, struct input *in)
{
	struct frame frame;
	uint8_t *arp, addr[16], station, how;

	frame_init(&frame, play);
	arp = frame.packet;
	frame.type = 0x0806;
	frame.len = 28;
	memcpy(arp, (uint8_t[]){ 0, 1, 8, 0, 6, 4, 0, input_u8(in) }, 8);
	station = input_u8(in);
	station_mac(station >> 4, arp + 8);
	station_address(play, station, addr);
	memcpy(arp + 14, addr, 4);
	iface_address(play, input_u8(in), addr);
	memcpy(arp + 24, addr, 4);
	how = input_u8(in);
	input_damage(in, arp, frame.len);
	send_as(play, &frame, station, how);
}

static void op_nd(struct play *play, struct input *in)
{
	uint8_t type = input_u8(in), flags = input_u8(in), station = input_u8(in);
	uint8_t target = input_u8(in), options = input_u8(in) % 4, how;
	struct frame frame;
	uint8_t *nd;

	frame_init(&frame, play);
	nd = ip_header(play, &frame, station, 58, 24 + options * 8);
	nd[0] = type % 8 ? 133 + type % 8 : 135;
	nd[4] = flags;
	if (target & 1)
		station_address(play, target >> 1, nd + 8);
	else
		iface_address(play, target >> 1, nd + 8);
	while (options--) {
		nd[24 + options * 8] = 2 - (nd[0] & 1);
		nd[25 + options * 8] = 1;
		station_mac(flags, nd + 26 + options * 8);
	}
	how = input_u8(in);
	input_damage(in, frame.packet, frame.len);
	if (!(how & HOW_BAD_SUM))
		fill_sums(&frame, 2);
	send_as(play, &frame, station, how);
}

static void op_echo(struct play *play, struct input *in)
{
	bool v4 = play->family == OHBA_FAMILY_IPV4;
	uint8_t station = input_u8(in), how;
	size_t len = input_u16(in) % (play->mtu - 40);
	struct frame frame;
	uint8_t *icmp;

	frame_init(&frame, play);
	icmp = ip_header(play, &frame, station, v4 ? 1 : 58, len);
	memset(icmp, 0, len + 8);
	icmp[0] = v4 ? 8 : 128;
	how = input_u8(in);
	input_damage(in, frame.packet, MIN(frame.len, (size_t)64));
	if (!(how & HOW_BAD_SUM))
		fill_sums(&frame, 2);
	send_as(play, &frame, station, how);
}

static void op_pong(struct play *play, struct input *in)
{
	bool v4 = play->family == OHBA_FAMILY_IPV4;
	uint8_t station = input_u8(in), how;
	size_t i, len = input_u16(in) % (play->mtu - 48);
	struct frame frame;
	uint8_t *icmp;

	frame_init(&frame, play);
	icmp = ip_header(play, &frame, station, v4 ? 1 : 58, 8 + len);
	memset(icmp, 0, 8);
	icmp[0] = v4 ? 0 : 129;
	memcpy(icmp + 4, play->mark, sizeof(play->mark));
	for (i = 0; i < len; i++)
		icmp[8 + i] = i;
	how = input_u8(in);
	input_damage(in, frame.packet, MIN(frame.len, (size_t)64));
	if (!(how & HOW_BAD_SUM))
		fill_sums(&frame, 2);
	send_as(play, &frame, station, how);
}

static void op_raw(struct play *play, struct input *in)
{
	uint8_t bytes[255];

	receive(play, bytes, input_bytes(in, bytes, input_u8(in)));
}

/* --- what the host does -------------------------------------------------------------------- */

static void op_iface(struct play *play, struct input *in)
{
	unsigned int index = input_u8(in) % IFACES;
	uint8_t how = input_u8(in), addr[16];

	iface_address(play, how >> 4, addr);
	ohba_wire_iface_set(play->wire, index, how & 1 ? 0 : play->family, addr,
			    how & 2 ? play->tci : how & 4 ? VID : 0, 0);
	settle(play);
}

static void set_path(struct play *play, unsigned int index, unsigned int station,
		     unsigned int hop)
{
	uint8_t dst[16], by[16], mac[6];

	station_address(play, station, dst);
	station_address(play, hop, by);
	station_mac(hop, mac);
	ohba_wire_path_set(play->wire, index, play->family, dst, by, mac);
}

static void op_path(struct play *play, struct input *in)
{
	unsigned int index = input_u8(in) % IFACES, station = input_u8(in), hop = input_u8(in);
	uint8_t dst[16];

	station_address(play, station, dst);
	if (hop == 0xff)
		ohba_wire_path_failed(play->wire, play->family, dst, OHBA_ST_HOST_UNREACH);
	else
		set_path(play, index, station, hop);
	settle(play);
}

static void op_connect(struct play *play, struct input *in)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	bool v4 = play->family == OHBA_FAMILY_IPV4;
	unsigned int station = input_u8(in) % STATIONS, i;
	enum ohba_status status;
	struct conn *conn;

	for (i = 0; i < CONNS && play->conn[i].tcp; i++)
		;
	if (i == CONNS)
		return;
	conn = &play->conn[i];
	*conn = (struct conn){ .play = play, .index = i, .station = station };
	station_address(play, station, conn->addr);
	sin.sin_port = sin6.sin6_port = htons(PORT + i);
	memcpy(&sin.sin_addr, conn->addr, 4);
	memcpy(&sin6.sin6_addr, conn->addr, 16);
	conn->tcp = (void *)1;		/* for the SYN that is sent from within */
	conn->tcp = play->ops->connect(ohba_wire_engine(play->wire),
				       v4 ? (void *)&sin : (void *)&sin6,
				       v4 ? sizeof(sin) : sizeof(sin6), &events, conn, &status);
	fuzz_check(!conn->tcp == !!status, "connect: %u", status);
	settle(play);
}

static void close_conn(struct conn *conn, bool abort)
{
	if (conn->tcp)
		conn->play->ops->close(conn->tcp, abort);
	conn->tcp = NULL;
}

static void op_close(struct play *play, struct input *in)
{
	struct conn *conn = pick(play, in);

	close_conn(conn, input_u8(in) & 1);
	settle(play);
}

static void op_send(struct play *play, struct input *in)
{
	struct conn *conn = pick(play, in);
	uint16_t len = input_u16(in), i;
	uint8_t *data = malloc(len + 1);
	struct iovec iov[2] = { { data, len / 3 }, { data + len / 3, len - len / 3 } };
	ssize_t n;

	for (i = 0; i < len; i++)
		data[i] = byte_at(conn->wrote + i, conn->index);
	if (conn->tcp && conn->up && len) {
		/* What is sent from within is of these bytes, too. */
		conn->wrote += len;
		n = play->ops->send(conn->tcp, iov, 2, len & 1);
		fuzz_check(n <= len && n, "%zd bytes were sent", n);
		conn->wrote -= len - MAX(n, 0);
	}
	free(data);
	settle(play);
}

static void op_recv(struct play *play, struct input *in)
{
	struct conn *conn = pick(play, in);
	uint16_t len = input_u16(in);
	uint8_t *data = malloc(len + 1);
	struct iovec iov[2] = { { data, len / 3 }, { data + len / 3, len - len / 3 } };
	ssize_t n = 0, i;

	if (conn->tcp && conn->up)
		n = play->ops->recv(conn->tcp, iov, 2);
	fuzz_check(n <= len, "%zd bytes were read", n);
	for (i = 0; i < n; i++)
		fuzz_check(data[i] == byte_at(conn->read++, ~conn->index),
			   "byte %u to the adapter is of another place", conn->read - 1);
	free(data);
	settle(play);
}

static void op_want(struct play *play, struct input *in)
{
	struct conn *conn = pick(play, in);
	bool want = input_u8(in) & 1;
	uint16_t low = input_u16(in);

	if (!conn->tcp || !conn->up)
		return;
	play->ops->read_low(conn->tcp, low);
	if (conn->tcp)
		play->ops->want_read(conn->tcp, want);
	settle(play);
}

static void close_all(struct play *play)
{
	unsigned int i;

	for (i = 0; i < CONNS; i++)
		close_conn(&play->conn[i], i & 1);
}

static void set_up(struct play *play)
{
	uint8_t addr[16];
	unsigned int i;

	iface_address(play, 0, addr);
	fuzz_check(!ohba_wire_iface_set(play->wire, 0, play->family, addr, play->tci, 0), "address");
	for (i = 0; i < STATIONS; i++)
		set_path(play, 0, i, i);
}

static void op_ping(struct play *play, struct input *in)
{
	unsigned int which, station = input_u8(in);
	uint16_t len = input_u16(in);
	uint8_t addr[16];

	station_address(play, station, addr);
	if (ohba_wire_ping(play->wire, play->family, addr, len, 5000, &which))
		return;
	fuzz_check(which < OHBA_PINGS_MAX && !play->pinging[which], "ping %u twice", which);
	play->pinging[which] = true;
	settle(play);
}

static void op_mirror(struct play *play, struct input *in)
{
	ohba_wire_mirror(play->wire, input_u8(in) & 1);
}

static void op_restart(struct play *play)
{
	close_all(play);
	memset(play->pinging, 0, sizeof(play->pinging));
	ohba_wire_stop(play->wire);
	ohba_wire_start(play->wire);
	set_up(play);
	settle(play);
}

/* --- a run ----------------------------------------------------------------------------- */

static void op_link(struct play *play, struct input *in)
{
	ohba_wire_set_link(play->wire, input_u8(in) & 1);
}

static void op_settle(struct play *play, struct input *in)
{
	(void)in;
	settle(play);
}

static void op_restart_row(struct play *play, struct input *in)
{
	(void)in;
	op_restart(play);
}

static void (*const ops[WIRE_OPS])(struct play *play, struct input *in) = {
	[WIRE_SETTLE] = op_settle,
	[WIRE_TIME] = op_time,
	[WIRE_RAW] = op_raw,
	[WIRE_SEGMENT] = op_segment,
	[WIRE_GOOD] = op_good,
	[WIRE_CRUMBS] = op_crumbs,
	[WIRE_ARP] = op_arp,
	[WIRE_ND] = op_nd,
	[WIRE_ECHO] = op_echo,
	[WIRE_IFACE] = op_iface,
	[WIRE_PATH] = op_path,
	[WIRE_CONNECT] = op_connect,
	[WIRE_CLOSE] = op_close,
	[WIRE_SEND] = op_send,
	[WIRE_RECV] = op_recv,
	[WIRE_WANT] = op_want,
	[WIRE_LINK] = op_link,
	[WIRE_RESTART] = op_restart_row,
	[WIRE_FILL] = op_fill,
	[WIRE_PING] = op_ping,
	[WIRE_PONG] = op_pong,
	[WIRE_MIRROR] = op_mirror,
};

static void start(struct play *play, uint8_t choice)
{
	const char *err;

	play->now = 1000 * MS;
	play->family = choice & WIRE_IPV6 ? OHBA_FAMILY_IPV6 : OHBA_FAMILY_IPV4;
	play->tci = choice & WIRE_VLAN ? VID : choice & WIRE_PRIORITY ? 5 << 13 : 0;
	play->mtu = choice & WIRE_JUMBO ? 9000 : 1500;
	play->allocated = fuzz_allocated();
	play->loop = ohba_loop_create_clock(clock_of, play, &err);
	fuzz_check(play->loop, "%s", err);
	play->wire = ohba_wire_create(play->loop, our_mac, play->mtu, send_frame, play);
	fuzz_check(play->wire, "no memory");
	play->ops = ohba_wire_engine(play->wire)->ops;
	ohba_wire_attach(play->wire, &wire_events, play);
	ohba_wire_start(play->wire);
	if (choice & WIRE_READY)
		set_up(play);
}

static void end(struct play *play)
{
	close_all(play);
	settle(play);
	ohba_wire_stop(play->wire);
	ohba_wire_destroy(play->wire);
	ohba_loop_destroy(play->loop);
	fuzz_check(!FUZZ_ALLOCATED_IS_EXACT || fuzz_allocated() <= play->allocated,
		   "%zu bytes are left", fuzz_allocated() - play->allocated);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input in = { .pos = data, .end = data + len };
	struct play *play = calloc(1, sizeof(*play));
	unsigned int n;

	start(play, input_u8(&in));
	for (n = 0; input_more(&in) && n < OPS_MAX; n++)
		ops[input_u8(&in) % WIRE_OPS](play, &in);
	end(play);
	free(play);
	return 0;
}
