// SPDX-License-Identifier: GPL-2.0-or-later
/* Plays a network, frame by frame (lan.h). */
#include "lan.h"

#include <netinet/in.h>

#define TURNS_MAX	1000000

const uint8_t our_mac[6] = { 0x02, 0, 0, 0, 0, 1 };
const uint8_t peer_mac[6] = { 0x02, 0, 0, 0, 0, 2 };
const uint8_t other_mac[6] = { 0x02, 0, 0, 0, 0, 7 };
const uint8_t stranger_mac[6] = { 0x02, 0, 0, 0, 0, 9 };
const uint8_t all_mac[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
const uint8_t group_mac[6] = { 0x33, 0x33, 0xff, 0, 0, 1 };
const uint8_t us[16] = { 192, 0, 2, 1 }, peer[16] = { 192, 0, 2, 2 };
const uint8_t stranger[16] = { 198, 51, 100, 9 };
const uint8_t us6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
const uint8_t peer6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 2 };
const uint8_t stranger6[16] = { 0x20, 0x01, 0x0d, 0xb8, [4] = 1, [15] = 9 };
const uint8_t all_nodes[16] = { 0xff, 0x02, [15] = 1 };
const uint8_t solicited_node[16] = { 0xff, 0x02, [11] = 1, 0xff, [15] = 1 };
const uint8_t nobody[16];

/* --- fixture ---------------------------------------------------------------- */

static uint64_t clock_of(void *arg)
{
	return ((struct lan *)arg)->now;
}

static void keep_frame(void *host, const struct iovec *iov, int iovcnt)
{
	struct lan *lan = host;
	unsigned int slot = lan->sent++ % FRAMES_KEPT;
	size_t len = 0;

	for (; iovcnt--; len += iov++->iov_len) {
		assert_true(iov->iov_len <= FRAME_BYTES - len);
		memcpy(lan->frame[slot] + len, iov->iov_base, iov->iov_len);
	}
	lan->len[slot] = len;
}

static void on_frame(void *arg, const uint8_t *frame, size_t len)
{
	struct lan *lan = arg;

	(void)frame;
	(void)len;
	lan->to_host++;
}

static enum ohba_status on_path_wanted(void *arg, uint8_t family, const uint8_t addr[16])
{
	struct lan *lan = arg;

	(void)family;
	(void)addr;
	lan->wanted++;
	return OHBA_ST_SUCCESS;
}

static void on_resolved(void *arg, unsigned int index, const uint8_t hop[16],
			const uint8_t *mac)
{
	struct lan *lan = arg;

	lan->index = index;
	memcpy(lan->hop, hop, 16);
	lan->resolved += !!mac;
	lan->unresolved += !mac;
	if (mac)
		memcpy(lan->mac, mac, 6);
}

static const struct ohba_wire_events wire_events = {
	.frame = on_frame,
	.path_wanted = on_path_wanted,
	.resolved = on_resolved,
};

void lan_settle(struct lan *lan)
{
	unsigned int turns = 0;

	while (ohba_loop_step(lan->loop, 0))
		assert_true(turns++ < TURNS_MAX);
}

void lan_advance(struct lan *lan, uint64_t ms)
{
	uint64_t end = lan->now + ms * MS;

	while (lan->now < end) {
		lan->now = MIN(lan->now + 5 * MS, end);
		lan_settle(lan);
	}
}

static struct lan *new_with(uint16_t tci, uint32_t mtu)
{
	struct lan *lan = calloc(1, sizeof(*lan));
	const char *err;

	assert_non_null(lan);
	lan->loop = ohba_loop_create_clock(clock_of, lan, &err);
	assert_non_null(lan->loop);
	lan->wire = ohba_wire_create(lan->loop, our_mac, mtu, keep_frame, lan);
	assert_non_null(lan->wire);
	lan->ops = ohba_wire_engine(lan->wire)->ops;
	ohba_wire_attach(lan->wire, &wire_events, lan);
	ohba_wire_start(lan->wire);
	assert_int_equal(ohba_wire_iface_set(lan->wire, 0, OHBA_FAMILY_IPV4, us, tci, 0), 0);
	assert_int_equal(ohba_wire_iface_set(lan->wire, 1, OHBA_FAMILY_IPV6, us6, tci, 0), 0);
	lan->sent = 0;		/* test_announcements has what it said */
	return lan;
}

struct lan *lan_new(void)
{
	return new_with(0, 1500);
}

struct lan *lan_new_tagged(uint16_t tci)
{
	return new_with(tci, 1500);
}

struct lan *lan_new_jumbo(void)
{
	return new_with(0, 9000);
}

void lan_free(struct lan *lan)
{
	if (lan->tcp)
		lan->ops->close(lan->tcp, true);
	ohba_wire_stop(lan->wire);
	ohba_wire_destroy(lan->wire);
	ohba_loop_destroy(lan->loop);
	free(lan);
}

const uint8_t *lan_last(const struct lan *lan)
{
	assert_true(lan->sent);
	return lan->frame[(lan->sent - 1) % FRAMES_KEPT];
}

/* --- frames ----------------------------------------------------------------- */

void frame_eth(struct frame *frame, const uint8_t *dst, const uint8_t *src, uint16_t type)
{
	memcpy(frame->eth, dst, 6);
	memcpy(frame->eth + 6, src, 6);
	put_be16(frame->eth, 12, type);
}

bool lan_receive_bytes(struct lan *lan, const void *bytes, size_t len)
{
	/* A buffer of its own: a look past its end is seen. */
	void *copy = malloc(len + !len);
	struct iovec iov = { copy, len };
	bool taken;

	memcpy(copy, bytes, len);
	taken = ohba_wire_receive(lan->wire, &iov, 1);
	free(copy);
	return taken;
}

void lan_receive(struct lan *lan, const struct frame *frame)
{
	assert_true(lan_receive_bytes(lan, frame->eth, sizeof(frame->eth) + frame->len));
	lan_settle(lan);
}

void lan_receive_tagged(struct lan *lan, const struct frame *frame, uint16_t tci)
{
	uint8_t bytes[sizeof(*frame)];

	memcpy(bytes, frame->eth, 12);
	put_be16(bytes, 12, 0x8100);
	put_be16(bytes, 14, tci);
	memcpy(bytes + 16, frame->eth + 12, 2 + frame->len);
	assert_true(lan_receive_bytes(lan, bytes, 18 + frame->len));
	lan_settle(lan);
}

static uint16_t sum_of(uint32_t sum, const uint8_t *at, size_t len)
{
	for (; len > 1; len -= 2, at += 2)
		sum += be16_at(at, 0);
	if (len)
		sum += *at << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static bool is_v4(const struct frame *frame)
{
	return frame->data[0] >> 4 == 4;
}

uint8_t *frame_payload(struct frame *frame)
{
	return frame->data + (is_v4(frame) ? 20 : 40);
}

/* The checksum at @at of what the packet carries, and that of an IPv4 header. */
void frame_sums(struct frame *frame, unsigned int at)
{
	uint8_t *ip = frame->data, proto = is_v4(frame) ? ip[9] : ip[6];
	size_t len = frame->len - (frame_payload(frame) - ip);
	uint16_t pseudo;

	pseudo = is_v4(frame) ? sum_of(proto + len, ip + 12, 8) : sum_of(proto + len, ip + 8, 32);
	put_be16(frame_payload(frame), at, 0);
	put_be16(frame_payload(frame), at, ~sum_of(proto == 1 ? 0 : pseudo, frame_payload(frame), len));
	if (!is_v4(frame))
		return;
	put_be16(ip, 10, 0);
	put_be16(ip, 10, ~sum_of(0, ip, 20));
}

uint8_t *frame_ip(struct frame *frame, bool v4, const uint8_t *src, const uint8_t *dst,
		  uint8_t proto, size_t len)
{
	uint8_t *ip = frame->data;

	frame->len = (v4 ? 20 : 40) + len;
	memset(ip, 0, frame->len);
	ip[0] = v4 ? 0x45 : 0x60;
	put_be16(ip, v4 ? 2 : 4, v4 ? frame->len : len);
	ip[v4 ? 9 : 6] = proto;
	ip[v4 ? 8 : 7] = 255;
	memcpy(ip + (v4 ? 12 : 8), src, v4 ? 4 : 16);
	memcpy(ip + (v4 ? 16 : 24), dst, v4 ? 4 : 16);
	put_be16(frame->eth, 12, v4 ? 0x0800 : 0x86dd);
	return frame_payload(frame);
}

/* From a stranger, who was asked nothing. */
void frame_syn(struct frame *frame, bool v4)
{
	uint8_t *tcp;

	frame_eth(frame, our_mac, stranger_mac, 0);
	tcp = frame_ip(frame, v4, v4 ? stranger : stranger6, v4 ? us : us6, 6, 20);
	put_be16(tcp, 0, 4000);
	put_be16(tcp, 2, 80);
	tcp[12] = 0x50;
	tcp[13] = SYN;
	frame_sums(frame, 16);
}

void frame_echo(struct frame *frame, bool v4)
{
	uint8_t *icmp;

	frame_eth(frame, our_mac, stranger_mac, 0);
	icmp = frame_ip(frame, v4, v4 ? stranger : stranger6, v4 ? us : us6, v4 ? 1 : 58, 64);
	icmp[0] = v4 ? 8 : 128;
	pattern_fill(icmp + 4, 60, 1, 0);
	frame_sums(frame, 2);
}

void frame_arp(struct frame *frame, uint8_t op, const uint8_t *mac, const uint8_t *addr,
	       const uint8_t *target)
{
	frame_eth(frame, all_mac, mac[0] & 1 ? peer_mac : mac, 0x0806);
	memcpy(frame->data, (uint8_t[]){ 0, 1, 8, 0, 6, 4, 0, op }, 8);
	memcpy(frame->data + 8, mac, 6);
	memcpy(frame->data + 14, addr, 4);
	memset(frame->data + 18, 0, 6);
	memcpy(frame->data + 24, target, 4);
	frame->len = 28;
}

void frame_nd(struct frame *frame, const struct nd *nd)
{
	const uint8_t *src = nd->type == SOLICITATION ? stranger6 : peer6;
	const uint8_t *target = nd->type == SOLICITATION ? us6 : peer6;
	const uint8_t *dst = nd->dst ? nd->dst : us6;
	uint8_t *icmp;

	frame_eth(frame, dst[0] == 0xff ? group_mac : our_mac, other_mac, 0);
	icmp = frame_ip(frame, false, nd->src ? nd->src : src, dst, 58, nd->mac ? 32 : 24);
	icmp[0] = nd->type;
	icmp[4] = nd->flags;
	memcpy(icmp + 8, nd->target ? nd->target : target, 16);
	if (nd->mac) {
		icmp[24] = nd->type == SOLICITATION ? 1 : 2;
		icmp[25] = 1;
		memcpy(icmp + 26, nd->mac, 6);
	}
	frame_sums(frame, 2);
}

void lan_expect_for_host(struct lan *lan, const struct frame *frame)
{
	unsigned int sent = lan->sent, to_host = lan->to_host;

	lan_receive(lan, frame);
	assert_int_equal(lan->sent, sent);
	assert_int_equal(lan->to_host, to_host + 1);
	assert_int_equal(lan->wanted, 0);
}

/* --- a connection ----------------------------------------------------------- */

static void on_connected(void *arg, enum ohba_status status)
{
	struct lan *lan = arg;

	lan->connected++;
	lan->status = status;
}

static void on_readable(void *arg)
{
	struct lan *lan = arg;

	lan->readable++;
	lan->ops->want_read(lan->tcp, false);
}

static void on_writable(void *arg)
{
	(void)arg;
}

static void on_broken(void *arg, enum ohba_status status)
{
	struct lan *lan = arg;

	lan->broken++;
	lan->status = status;
	lan->ops->close(lan->tcp, true);
	lan->tcp = NULL;
}

static const struct ohba_tcp_events events = {
	.connected = on_connected,
	.readable = on_readable,
	.writable = on_writable,
	.broken = on_broken,
};

void lan_set_paths(struct lan *lan)
{
	assert_int_equal(ohba_wire_path_set(lan->wire, 0, OHBA_FAMILY_IPV4, peer, peer,
					    peer_mac), 0);
	assert_int_equal(ohba_wire_path_set(lan->wire, 1, OHBA_FAMILY_IPV6, peer6, peer6,
					    peer_mac), 0);
}

void lan_open(struct lan *lan)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	enum ohba_status status;

	memcpy(&in.sin_addr, peer, 4);
	lan->tcp = lan->ops->connect(ohba_wire_engine(lan->wire), (void *)&in, sizeof(in),
				     &lan->options, &events, lan, &status);
	assert_non_null(lan->tcp);
	lan_settle(lan);
}

void frame_segment(struct lan *lan, struct frame *frame, uint8_t flags, uint32_t seq,
		   size_t len)
{
	size_t hlen = flags & SYN ? 28 : 20;	/* MSS 1460, window scale 7 */
	uint8_t *tcp;

	frame_eth(frame, our_mac, peer_mac, 0);
	tcp = frame_ip(frame, true, peer, us, 6, hlen + len);
	put_be16(tcp, 0, PORT);
	put_be16(tcp, 2, lan->port);
	put_be32(tcp, 4, seq);
	put_be32(tcp, 8, lan->ack);
	tcp[12] = hlen / 4 << 4;
	tcp[13] = flags;
	put_be16(tcp, 14, 0xffff);
	if (flags & SYN)
		memcpy(tcp + 20, (uint8_t[]){ 2, 4, 0x05, 0xb4, 3, 3, 7, 0 }, 8);
	pattern_fill(tcp + hlen, len, seq - ISN, 0);
	frame_sums(frame, 16);
}

void lan_segment(struct lan *lan, uint8_t flags, uint32_t seq, size_t len)
{
	struct frame frame;

	frame_segment(lan, &frame, flags, seq, len);
	lan_receive(lan, &frame);
}

/* What the adapter said last that it expects. */
uint32_t lan_expected(const struct lan *lan)
{
	return be32_at(lan_last(lan), 14 + 20 + 8);
}

void lan_connect(struct lan *lan, const uint8_t *options, uint16_t window, uint64_t rtt_ms)
{
	struct frame frame;

	lan_set_paths(lan);
	lan_open(lan);
	lan->port = be16_at(lan_last(lan), 34);
	lan->ack = be32_at(lan_last(lan), 38) + 1;
	lan_advance(lan, rtt_ms);
	frame_segment(lan, &frame, SYN | ACK, ISN - 1, 0);
	memcpy(frame.data + 40, options, 8);
	put_be16(frame.data, 34, window);
	frame_sums(&frame, 16);
	lan_receive(lan, &frame);
	assert_int_equal(lan->connected, 1);
	assert_int_equal(lan->status, OHBA_ST_SUCCESS);
	assert_int_equal(lan_expected(lan), ISN);
	lan->next = ISN;
}

struct lan *lan_connected(void)
{
	struct lan *lan = lan_new();

	lan_connect(lan, (uint8_t[]){ 2, 4, 0x05, 0xb4, 3, 3, 7, 0 }, UINT16_MAX, 0);
	return lan;
}

void lan_acknowledge(struct lan *lan, uint32_t ack, uint16_t window)
{
	struct frame frame;

	lan->ack = ack;
	frame_segment(lan, &frame, ACK, lan->next, 0);
	put_be16(frame.data, 34, window);
	frame_sums(&frame, 16);
	lan_receive(lan, &frame);
}

void lan_send(struct lan *lan, uint32_t at, uint32_t len)
{
	static uint8_t data[16384];
	struct iovec iov = { data, len };

	assert_true(len <= sizeof(data));
	pattern_fill(data, len, 0, at);
	assert_int_equal(lan->ops->send(lan->tcp, &iov, 1, false), len);
	lan_settle(lan);
}

uint32_t lan_stream(const struct lan *lan, unsigned int since, uint32_t base, uint32_t to)
{
	assert_true(lan->sent - since <= FRAMES_KEPT);
	for (; since < lan->sent; since++) {
		const uint8_t *frame = lan->frame[since % FRAMES_KEPT];
		size_t len = lan->len[since % FRAMES_KEPT] - 54;
		uint32_t at = be32_at(frame, 38) - base;

		pattern_check(frame + 54, len, 0, at);
		if (at <= to && at + len > to)
			to = at + len;
	}
	return to;
}
