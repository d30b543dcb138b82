// SPDX-License-Identifier: GPL-2.0-or-later
/* The network around the wire engine, and its owner (wire_play.h). */
#include "wire_play.h"

#define TURNS_MAX	20000
#define MEMORY_MAX	(64u << 20)	/* of what all connections hold */

const uint8_t play_our_mac[6] = { 0x02, 0, 0, 0, 0, 1 };

/* --- places and bytes ------------------------------------------------------------- */

static void address(const struct play *play, unsigned int n, uint8_t addr[16])
{
	static const uint8_t ip4[4] = { 192, 0, 2, 0 }, ip6[4] = { 0x20, 0x01, 0x0d, 0xb8 };

	memset(addr, 0, 16);
	memcpy(addr, play->family == OHBA_FAMILY_IPV4 ? ip4 : ip6, 4);
	addr[play->family == OHBA_FAMILY_IPV4 ? 3 : 15] = n;
}

void play_our_address(const struct play *play, unsigned int n, uint8_t addr[16])
{
	address(play, 1 + n % IFACES, addr);
}

void play_address(const struct play *play, unsigned int n, uint8_t addr[16])
{
	address(play, 0x10 + n % STATIONS, addr);
}

void play_mac(unsigned int n, uint8_t mac[6])
{
	memcpy(mac, (uint8_t[]){ 0x02, 0, 0, 0, 1, n % STATIONS }, 6);
}

uint16_t play_sum(uint32_t sum, const uint8_t *at, size_t len)
{
	for (; len > 1; len -= 2, at += 2)
		sum += at[0] << 8 | at[1];
	if (len)
		sum += at[0] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

uint16_t play_pseudo_sum(const uint8_t *ip, uint8_t proto, size_t len)
{
	bool v4 = ip[0] >> 4 == 4;

	return play_sum(proto + len, v4 ? ip + 12 : ip + 8, v4 ? 8 : 32);
}

/* --- what the adapter sends --------------------------------------------------------- */

static struct conn *conn_of(struct play *play, const uint8_t *tcp)
{
	unsigned int i = (uint16_t)(be16_at(tcp, 2) - PORT);
	struct conn *conn = i < CONNS ? &play->conn[i] : NULL;

	/* Of one that was closed there may be more. */
	if (!conn || (!conn->tcp && !conn->seen))
		return NULL;
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
		fuzz_check(data[i] == play_byte(off + i, conn->index),
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
		conn->isn = conn->una = seq;
		conn->next = seq + 1;
	}
	if (flags & ACK) {
		if (!conn->acked)
			conn->base = be32_at(tcp, 8);
		conn->acked = true;
		conn->expects = be32_at(tcp, 8);
	}
	see_data(conn, seq, tcp + hlen, len - hlen);
	fuzz_check(!(flags & FIN) || seq + len - hlen == conn->isn + 1 + conn->wrote,
		   "the stream ends at %u of %u", (uint32_t)(seq + len - hlen - conn->isn - 1),
		   conn->wrote);
	if ((int32_t)(seq + len - hlen - conn->next) > 0)
		conn->next = seq + len - hlen;
}

static void see_ip(struct play *play, const uint8_t *ip, size_t len);

/* They are sent in order, and nothing between them. */
static void see_fragment(struct play *play, const uint8_t *ip, size_t len)
{
	size_t offset = be16_at(ip, 42) & ~7u, n = len - 48;

	fuzz_check(len > 48 && offset == play->whole_len && n <= sizeof(play->whole) - 40 - offset,
		   "fragment of %zu at %zu, not %zu", len, offset, play->whole_len);
	if (!offset) {
		memcpy(play->whole, ip, 40);
		play->whole[6] = ip[40];
	}
	memcpy(play->whole + 40 + offset, ip + 48, n);
	play->whole_len = offset + n;
	if (be16_at(ip, 42) & 1)
		return;
	n = play->whole_len;
	play->whole_len = 0;
	put_be16(play->whole, 4, n);
	see_ip(play, play->whole, 40 + n);
}

static void see_ip(struct play *play, const uint8_t *ip, size_t len)
{
	bool v4 = ip[0] >> 4 == 4;
	size_t hlen = v4 ? (ip[0] & 15) * 4 : 40;
	uint8_t proto = v4 ? ip[9] : ip[6];

	fuzz_check(len >= hlen && len <= play->mtu, "packet of %zu bytes", len);
	fuzz_check(len == (v4 ? be16_at(ip, 2) : 40u + be16_at(ip, 4)), "length in %zu bytes", len);
	fuzz_check(!v4 || play_sum(0, ip, hlen) == 0xffff, "checksum of an IPv4 header");
	if (!v4 && proto == 44) {
		see_fragment(play, ip, len);
		return;
	}
	if (proto != 1)
		fuzz_check(play_sum(play_pseudo_sum(ip, proto, len - hlen), ip + hlen, len - hlen) ==
			   0xffff, "checksum of protocol %u", proto);
	if (proto == 6)
		see_segment(play, ip + hlen, len - hlen);
	if (proto == 6 && !v4)
		memcpy(play->segment, ip, sizeof(play->segment));
	if (proto == (v4 ? 1 : 58) && ip[hlen] == (v4 ? 8 : 128)) {
		play->echo_len = hlen + 8;
		memcpy(play->echo, ip, play->echo_len);
	}
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
	fuzz_check(len >= 14 && !memcmp(frame + 6, play_our_mac, 6), "frame of %zu bytes", len);
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

		play_address(play, i, known);
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
		   status == OHBA_ST_HOST_UNREACH || status == OHBA_ST_INVALID_FIELD ||
		   status == OHBA_ST_ICMP_ERROR,
		   "ping %u ends with %u", which, status);
	play->pinging[which] = false;
}

static void on_resolved(void *arg, unsigned int index, const uint8_t hop[16],
			const uint8_t *mac)
{
	static const uint8_t none[6];
	struct play *play = arg;
	uint8_t known[16];
	unsigned int i;

	for (i = 0; i < STATIONS; i++) {
		play_address(play, i, known);
		if (!memcmp(known, hop, 16))
			break;
	}
	fuzz_check(index < IFACES && i < STATIONS && play->asking[index][i],
		   "an answer to nobody, for %u", index);
	play->asking[index][i] = false;
	if (!mac)
		return;
	fuzz_check(!(mac[0] & 1) && memcmp(mac, none, 6) && memcmp(mac, play_our_mac, 6),
		   "the MAC of no other station");
	ohba_wire_path_set(play->wire, index, play->family, hop, hop, mac);
}

static const struct ohba_wire_events wire_events = {
	.frame = on_frame,
	.path_wanted = on_path_wanted,
	.resolved = on_resolved,
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

const struct ohba_tcp_events play_events = {
	.connected = on_connected,
	.readable = on_readable,
	.writable = on_writable,
	.broken = on_broken,
};

/* --- a run ---------------------------------------------------------------------------- */

static uint64_t clock_of(void *arg)
{
	return ((struct play *)arg)->now;
}

void play_settle(struct play *play)
{
	unsigned int turns = 0;

	while (ohba_loop_step(play->loop, 0))
		fuzz_check(turns++ < TURNS_MAX, "it does not come to rest");
	fuzz_check(fuzz_allocated() - play->allocated < MEMORY_MAX, "%zu bytes are held",
		   fuzz_allocated() - play->allocated);
}

struct conn *play_pick(struct play *play, struct input *in)
{
	return &play->conn[input_u8(in) % CONNS];
}

void play_start(struct play *play, uint8_t choice)
{
	const char *err;

	play->now = 1000 * MS;
	play->family = choice & WIRE_IPV6 ? OHBA_FAMILY_IPV6 : OHBA_FAMILY_IPV4;
	play->tci = choice & WIRE_VLAN ? VID : choice & WIRE_PRIORITY ? 5 << 13 : 0;
	play->mtu = choice & WIRE_JUMBO ? 9000 : 1500;
	play->allocated = fuzz_allocated();
	play->loop = ohba_loop_create_clock(clock_of, play, &err);
	fuzz_check(play->loop, "%s", err);
	play->wire = ohba_wire_create(play->loop, play_our_mac, play->mtu, send_frame, play);
	fuzz_check(play->wire, "no memory");
	play->ops = ohba_wire_engine(play->wire)->ops;
	ohba_wire_attach(play->wire, &wire_events, play);
	ohba_wire_start(play->wire);
}

void play_end(struct play *play)
{
	ohba_wire_stop(play->wire);
	ohba_wire_destroy(play->wire);
	ohba_loop_destroy(play->loop);
	fuzz_check(!FUZZ_ALLOCATED_IS_EXACT || fuzz_allocated() <= play->allocated,
		   "%zu bytes are left", fuzz_allocated() - play->allocated);
}
