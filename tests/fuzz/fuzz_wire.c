// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A hostile network, and targets on it (wire_ops.h), around the wire engine and lwIP.
 * Nothing may crash, run over or trip an assertion of lwIP's. Besides:
 *
 * - every frame the adapter sends is well-formed, from its MAC, as long as the MTU
 *   allows, with right checksums, and carries what was written to that connection;
 * - what was written to a peer that behaves in the end arrives, whatever it did before, and a
 *   stream ends where its owner ended it;
 * - what is read of a connection is what its peer sends at that place of the stream,
 *   whatever arrived in which order;
 * - the host is asked for paths to those alone whom a connection is for;
 * - it hears the MACs of those alone whom it asked for, and such as another station can have;
 * - an owner hears of a connection until it closes it, and of its being connected once;
 * - memory is bounded while it lasts, and given back in the end.
 */
#include "wire_play.h"

#include <arpa/inet.h>

#define OPS_MAX	200
#define STEP_NS	(35 * MS)

/* --- what the host does ----------------------------------------------------------------- */

static void pass(struct play *play, uint64_t ms)
{
	uint64_t end = play->now + ms * MS;

	for (; play->now < end; play->now = MIN(play->now + STEP_NS, end))
		play_settle(play);
	play_settle(play);
}

static void op_time(struct play *play, struct input *in)
{
	static const uint16_t ms[] = { 1, 35, 100, 300, 1000, 3100, 10000, 15000 };

	pass(play, ms[input_u8(in) % ARRAY_SIZE(ms)]);
}

static void op_iface(struct play *play, struct input *in)
{
	unsigned int index = input_u8(in) % IFACES;
	uint8_t how = input_u8(in), addr[16];

	play_our_address(play, how >> 4, addr);
	ohba_wire_iface_set(play->wire, index, how & 1 ? 0 : play->family, addr,
			    how & 2 ? play->tci : how & 4 ? VID : 0, 0);
	play_settle(play);
}

static void set_path(struct play *play, unsigned int index, unsigned int station,
		     unsigned int hop)
{
	uint8_t dst[16], by[16], mac[6];

	play_address(play, station, dst);
	play_address(play, hop, by);
	play_mac(hop, mac);
	ohba_wire_path_set(play->wire, index, play->family, dst, by, mac);
}

static void op_path(struct play *play, struct input *in)
{
	unsigned int index = input_u8(in) % IFACES, station = input_u8(in), hop = input_u8(in);
	uint8_t dst[16];

	play_address(play, station, dst);
	if (hop == 0xff)
		ohba_wire_path_failed(play->wire, play->family, dst, OHBA_ST_HOST_UNREACH);
	else
		set_path(play, index, station, hop);
	play_settle(play);
}

static void op_resolve(struct play *play, struct input *in)
{
	unsigned int index = input_u8(in) % IFACES, station = input_u8(in) % STATIONS;
	uint8_t hop[16];

	play_address(play, station, hop);
	if (!ohba_wire_resolve(play->wire, index, play->family, hop))
		play->asking[index][station] = true;
	play_settle(play);
}

static void op_connect(struct play *play, struct input *in)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	bool v4 = play->family == OHBA_FAMILY_IPV4;
	uint8_t how = input_u8(in);
	const struct ohba_tcp_options options = {
		.tos = how & 0x80 ? 0xb8 : 0, .nagle = how & 0x40,
	};
	unsigned int station = how % STATIONS, i;
	enum ohba_status status;
	struct conn *conn;

	for (i = 0; i < CONNS && play->conn[i].tcp; i++)
		;
	if (i == CONNS)
		return;
	conn = &play->conn[i];
	*conn = (struct conn){ .play = play, .index = i, .station = station };
	play_address(play, station, conn->addr);
	sin.sin_port = sin6.sin6_port = htons(PORT + i);
	memcpy(&sin.sin_addr, conn->addr, 4);
	memcpy(&sin6.sin6_addr, conn->addr, 16);
	conn->tcp = (void *)1;		/* for the SYN that is sent from within */
	conn->tcp = play->ops->connect(ohba_wire_engine(play->wire),
				       v4 ? (void *)&sin : (void *)&sin6,
				       v4 ? sizeof(sin) : sizeof(sin6), &options, &play_events,
				       conn, &status);
	fuzz_check(!conn->tcp == !!status, "connect: %u", status);
	play_settle(play);
}

static void close_conn(struct conn *conn, bool abort)
{
	if (conn->tcp)
		conn->play->ops->close(conn->tcp, abort);
	conn->tcp = NULL;
}

static void op_close(struct play *play, struct input *in)
{
	struct conn *conn = play_pick(play, in);

	close_conn(conn, input_u8(in) & 1);
	play_settle(play);
}

static void op_send(struct play *play, struct input *in)
{
	struct conn *conn = play_pick(play, in);
	uint16_t len = input_u16(in), i;
	uint8_t *data = malloc(len + 1);
	struct iovec iov[2] = { { data, len / 3 }, { data + len / 3, len - len / 3 } };
	ssize_t n;

	for (i = 0; i < len; i++)
		data[i] = play_byte(conn->wrote + i, conn->index);
	if (conn->tcp && conn->up && len) {
		/* What is sent from within is of these bytes, too. */
		conn->wrote += len;
		n = play->ops->send(conn->tcp, iov, 2, len & 1);
		fuzz_check(n <= len && n, "%zd bytes were sent", n);
		conn->wrote -= len - MAX(n, 0);
	}
	free(data);
	play_settle(play);
}

static void op_recv(struct play *play, struct input *in)
{
	struct conn *conn = play_pick(play, in);
	uint16_t len = input_u16(in);
	uint8_t *data = malloc(len + 1);
	struct iovec iov[2] = { { data, len / 3 }, { data + len / 3, len - len / 3 } };
	ssize_t n = 0, i;

	if (conn->tcp && conn->up)
		n = play->ops->recv(conn->tcp, iov, 2);
	fuzz_check(n <= len, "%zd bytes were read", n);
	for (i = 0; i < n; i++)
		fuzz_check(data[i] == play_byte(conn->read++, ~conn->index),
			   "byte %u to the adapter is of another place", conn->read - 1);
	free(data);
	play_settle(play);
}

static void op_want(struct play *play, struct input *in)
{
	struct conn *conn = play_pick(play, in);
	bool want = input_u8(in) & 1;
	uint16_t low = input_u16(in);

	if (!conn->tcp || !conn->up)
		return;
	play->ops->read_low(conn->tcp, low);
	if (conn->tcp)
		play->ops->want_read(conn->tcp, want);
	play_settle(play);
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

	play_our_address(play, 0, addr);
	fuzz_check(!ohba_wire_iface_set(play->wire, 0, play->family, addr, play->tci, 0), "address");
	for (i = 0; i < STATIONS; i++)
		set_path(play, 0, i, i);
}

static void op_ping(struct play *play, struct input *in)
{
	unsigned int which, station = input_u8(in);
	uint16_t len = input_u16(in);
	uint8_t addr[16];

	play_address(play, station, addr);
	if (ohba_wire_ping(play->wire, play->family, addr, len, 5000, &which))
		return;
	fuzz_check(which < OHBA_PINGS_MAX && !play->pinging[which], "ping %u twice", which);
	play->pinging[which] = true;
	play_settle(play);
}

static void op_mirror(struct play *play, struct input *in)
{
	ohba_wire_mirror(play->wire, input_u8(in) & 1);
}

static void op_restart(struct play *play, struct input *in)
{
	(void)in;
	close_all(play);
	memset(play->pinging, 0, sizeof(play->pinging));
	memset(play->asking, 0, sizeof(play->asking));
	ohba_wire_stop(play->wire);
	ohba_wire_start(play->wire);
	set_up(play);
	play_settle(play);
}

static void op_link(struct play *play, struct input *in)
{
	ohba_wire_set_link(play->wire, input_u8(in) & 1);
}

static void op_settle(struct play *play, struct input *in)
{
	(void)in;
	play_settle(play);
}

static const play_op host_ops[WIRE_OPS] = {
	[WIRE_SETTLE] = op_settle,
	[WIRE_TIME] = op_time,
	[WIRE_IFACE] = op_iface,
	[WIRE_PATH] = op_path,
	[WIRE_RESOLVE] = op_resolve,
	[WIRE_CONNECT] = op_connect,
	[WIRE_CLOSE] = op_close,
	[WIRE_SEND] = op_send,
	[WIRE_RECV] = op_recv,
	[WIRE_WANT] = op_want,
	[WIRE_LINK] = op_link,
	[WIRE_RESTART] = op_restart,
	[WIRE_PING] = op_ping,
	[WIRE_MIRROR] = op_mirror,
};

/* --- the end ---------------------------------------------------------------------------- */

#define PATIENCE	300		/* rounds */
#define ROUND_MS	3100

static bool waits(const struct conn *conn)
{
	return conn->tcp && conn->up && conn->acked && conn->next != conn->isn + 1 + conn->wrote;
}

static void expect_all(struct play *play)
{
	unsigned int round, waiting = 1, i;

	ohba_wire_set_link(play->wire, true);
	for (i = 0; i < IFACES * STATIONS; i++)
		set_path(play, i / STATIONS, i % STATIONS, i % STATIONS);
	for (round = 0; waiting && round < PATIENCE; round++) {
		waiting = 0;
		for (i = 0; i < CONNS; i++) {
			if (!waits(&play->conn[i]))
				continue;
			play_acknowledge(&play->conn[i]);
			waiting++;
		}
		pass(play, waiting ? ROUND_MS : 0);
	}
	fuzz_check(!waiting, "%u connections wait for ever", waiting);
}

/* --- a run ----------------------------------------------------------------------------- */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input in = { .pos = data, .end = data + len };
	struct play *play = calloc(1, sizeof(*play));
	uint8_t choice = input_u8(&in), op;
	unsigned int n;

	play_start(play, choice);
	if (choice & WIRE_READY)
		set_up(play);
	for (n = 0; input_more(&in) && n < OPS_MAX; n++) {
		op = input_u8(&in) % WIRE_OPS;
		(play_net_ops[op] ? play_net_ops[op] : host_ops[op])(play, &in);
	}
	if (!play->odd)
		expect_all(play);
	close_all(play);
	play_settle(play);
	play_end(play);
	free(play);
	return 0;
}
