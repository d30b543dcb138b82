// SPDX-License-Identifier: GPL-2.0-or-later
/* What the network, and targets on it, send in fuzz_wire (wire_ops.h). */
#include "wire_play.h"

#define PAD_TO		2000
#define FILL_MAX	300

enum { HOW_BAD_SUM = 1, HOW_ALL = 2, HOW_TAG = 4, HOW_PAD = 8, HOW_TYPE = 16 };

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
	play_settle(play);
}

static void send_as(struct play *play, struct frame *frame, unsigned int station, uint8_t how)
{
	bool tagged = !!play->tci != !!(how & HOW_TAG);
	uint8_t *eth = frame->packet - (tagged ? 18 : 14);
	size_t len = frame->len + (tagged ? 18 : 14);

	memcpy(eth, play_our_mac, 6);
	if (how & HOW_ALL)
		memset(eth, 0xff, 6);
	play_mac(station, eth + 6);
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

	play_address(play, station, src);
	play_our_address(play, 0, dst);
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
		put_be16(ip, 10, ~play_sum(0, ip, MIN(hlen, frame->len)));
	}
	if (frame->len < hlen + sum_at + 2)
		return;
	pseudo = v4 && proto == 1 ? 0 : play_pseudo_sum(ip, proto, frame->len - hlen);
	put_be16(ip + hlen, sum_at, 0);
	put_be16(ip + hlen, sum_at, ~play_sum(pseudo, ip + hlen, frame->len - hlen));
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
		tcp[off] = play_byte(at++, ~conn->index);
}

static void damage_header(struct play *play, struct input *damage, uint8_t *packet, size_t len)
{
	uint8_t before[256];

	memcpy(before, packet, len);
	input_damage(damage, packet, len);
	play->odd |= memcmp(before, packet, len);
}

static void send_segment(struct conn *conn, const struct segment *segment, struct input *damage)
{
	struct play *play = conn->play;
	size_t len = 20 + segment->options_len + segment->len;
	struct frame frame;
	uint8_t *tcp;

	if (!conn->seen)
		return;
	if ((int32_t)(segment->ack - conn->una) > 0 && (int32_t)(conn->next - segment->ack) >= 0)
		conn->una = segment->ack;
	frame_init(&frame, play);
	tcp = ip_header(play, &frame, conn->station, 6, len);
	tcp_header(conn, segment, tcp);
	memset(tcp + 20 + segment->options_len, 0, segment->len);
	if (damage)
		damage_header(play, damage, frame.packet, MIN(frame.len - segment->len, (size_t)256));
	if (segment->seq - conn->expects <= WINDOW + 1 && (int32_t)(segment->seq - conn->heard) > 0)
		conn->heard = segment->seq;
	tcp_data(conn, &frame);
	if (!(segment->how & HOW_BAD_SUM))
		fill_sums(&frame, 16);
	send_as(play, &frame, conn->station, segment->how);
}

static void op_segment(struct play *play, struct input *in)
{
	static const int32_t places[] = WIRE_PLACES, acks[] = WIRE_ACKS;
	struct conn *conn = play_pick(play, in);
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

#define SACK_BLOCKS	4		/* as many as have room */

static void op_sack(struct play *play, struct input *in)
{
	struct conn *conn = play_pick(play, in);
	struct segment segment = { .flags = ACK, .seq = conn->expects, .window = 0x8000 };
	unsigned int n, i;
	uint32_t from;

	segment.ack = conn->una + input_u16(in);
	n = input_u8(in) % (SACK_BLOCKS + 1);
	segment.options_len = 4 + 8 * n;
	memcpy(segment.options, (uint8_t[]){ 1, 1, 5, 2 + 8 * n }, 4);
	for (i = 0; i < n; i++) {
		from = segment.ack + (int16_t)input_u16(in);
		put_be32(segment.options, 4 + 8 * i, from);
		put_be32(segment.options, 8 + 8 * i, from + (int16_t)input_u16(in));
	}
	send_segment(conn, &segment, NULL);
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

static void acknowledge_from(struct conn *conn, uint32_t seq)
{
	struct segment segment = { .flags = ACK, .seq = seq, .ack = conn->next,
				   .window = UINT16_MAX };

	send_segment(conn, &segment, NULL);
	segment.how = HOW_TAG;		/* where its address is */
	send_segment(conn, &segment, NULL);
}

/* What it has heard with a higher number counts more, but may have been refused. */
void play_acknowledge(struct conn *conn)
{
	acknowledge_from(conn, conn->expects);
	if ((int32_t)(conn->heard - conn->expects) > 0)
		acknowledge_from(conn, conn->heard);
}

static void op_good(struct play *play, struct input *in)
{
	struct conn *conn = play_pick(play, in);

	send_good(conn, input_u16(in) % 8900, 0);
}

static void op_crumbs(struct play *play, struct input *in)
{
	struct conn *conn = play_pick(play, in);
	unsigned int n = input_u8(in) * 4u;

	while (n--)
		send_good(conn, 1, HOW_PAD);
}

static void op_fill(struct play *play, struct input *in)
{
	struct conn *conn = play_pick(play, in);
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
	play_mac(station >> 4, arp + 8);
	play_address(play, station, addr);
	memcpy(arp + 14, addr, 4);
	play_our_address(play, input_u8(in), addr);
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
		play_address(play, target >> 1, nd + 8);
	else
		play_our_address(play, target >> 1, nd + 8);
	while (options--) {
		nd[24 + options * 8] = 2 - (nd[0] & 1);
		nd[25 + options * 8] = 1;
		play_mac(flags, nd + 26 + options * 8);
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
	if (play->echo_len)
		memcpy(icmp + 4, play->echo + play->echo_len - 4, 4);
	for (i = 0; i < len; i++)
		icmp[8 + i] = i;
	how = input_u8(in);
	input_damage(in, frame.packet, MIN(frame.len, (size_t)64));
	if (!(how & HOW_BAD_SUM))
		fill_sums(&frame, 2);
	send_as(play, &frame, station, how);
}

static void op_refuse(struct play *play, struct input *in)
{
	uint8_t station = input_u8(in), type = input_u8(in), code = input_u8(in), how;
	struct frame frame;
	uint8_t *icmp;

	frame_init(&frame, play);
	icmp = ip_header(play, &frame, station, play->family == OHBA_FAMILY_IPV4 ? 1 : 58,
			 8 + play->echo_len);
	memset(icmp, 0, 8);
	icmp[0] = type;
	icmp[1] = code;
	memcpy(icmp + 8, play->echo, play->echo_len);
	how = input_u8(in);
	input_damage(in, frame.packet, frame.len);
	if (!(how & HOW_BAD_SUM))
		fill_sums(&frame, 2);
	send_as(play, &frame, station, how);
}

static void op_too_big(struct play *play, struct input *in)
{
	uint8_t station = input_u8(in), how;
	uint16_t mtu = input_u16(in);
	struct frame frame;
	uint8_t *icmp;

	frame_init(&frame, play);
	icmp = ip_header(play, &frame, station, 58, 8 + sizeof(play->segment));
	memset(icmp, 0, 8);
	icmp[0] = 2;
	put_be32(icmp, 4, mtu);
	memcpy(icmp + 8, play->segment, sizeof(play->segment));
	how = input_u8(in);
	input_damage(in, frame.packet, frame.len);
	if (!(how & HOW_BAD_SUM))
		fill_sums(&frame, 2);
	send_as(play, &frame, station, how);
}

static void op_raw(struct play *play, struct input *in)
{
	uint8_t bytes[255];

	play->odd = true;
	receive(play, bytes, input_bytes(in, bytes, input_u8(in)));
}

const play_op play_net_ops[WIRE_OPS] = {
	[WIRE_RAW] = op_raw,
	[WIRE_SEGMENT] = op_segment,
	[WIRE_GOOD] = op_good,
	[WIRE_SACK] = op_sack,
	[WIRE_CRUMBS] = op_crumbs,
	[WIRE_FILL] = op_fill,
	[WIRE_ARP] = op_arp,
	[WIRE_ND] = op_nd,
	[WIRE_ECHO] = op_echo,
	[WIRE_PONG] = op_pong,
	[WIRE_REFUSE] = op_refuse,
	[WIRE_TOO_BIG] = op_too_big,
};
