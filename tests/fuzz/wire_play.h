/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wire engine in fuzz_wire: the network that it is on, which looks at every frame
 * that it sends, and its owner, who looks at what it is told (fuzz_wire.c says what must
 * hold). Virtual time.
 */
#ifndef WIRE_PLAY_H
#define WIRE_PLAY_H

#include "fuzz.h"
#include "loop.h"
#include "ohba_admin.h"
#include "ohba_wire.h"
#include "tcp.h"
#include "wire_ops.h"

#define CONNS		8
#define STATIONS	4
#define IFACES		3
#define PORT		3260		/* connection n: PORT + n */
#define FRAME_MAX	9100
#define WINDOW		(1u << 20)
#define VID		100

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
	uint32_t una;			/* acknowledged up to there */
	uint32_t expects;		/* the adapter expects next */
	uint32_t base;			/* number of the first byte to it */
	uint32_t heard;			/* the highest number it may have taken a window from */
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
	bool asking[IFACES][STATIONS];	/* for its MAC */
	uint8_t echo[48];		/* how the last echo request that was sent begins */
	size_t echo_len;		/* with its mark at the end */
	uint8_t segment[60];		/* how the last segment over IPv6 begins */
	uint8_t whole[FRAME_MAX];	/* a packet in fragments, up to now */
	size_t whole_len;		/* behind its header */
	bool odd;			/* it got what nobody knows the meaning of */
	size_t allocated;
};

/* A station as the first byte of an input says, without an address; its end. */
void play_start(struct play *play, uint8_t choice);
void play_end(struct play *play);
/* Turns until nothing happens. */
void play_settle(struct play *play);

extern const uint8_t play_our_mac[6];
/* Ours are 1.., the stations' 0x10.. */
void play_our_address(const struct play *play, unsigned int n, uint8_t addr[16]);
void play_address(const struct play *play, unsigned int n, uint8_t addr[16]);
void play_mac(unsigned int n, uint8_t mac[6]);

/* Every byte tells its place in the stream. */
static inline uint8_t play_byte(uint32_t off, unsigned int key)
{
	return (off * 2654435761u >> 24) ^ (key * 37);
}

uint16_t play_sum(uint32_t sum, const uint8_t *at, size_t len);
/* Of the pseudo-header, before complement; @ip is the packet. */
uint16_t play_pseudo_sum(const uint8_t *ip, uint8_t proto, size_t len);

struct conn *play_pick(struct play *play, struct input *in);
/* What the owner of a struct conn hears. */
extern const struct ohba_tcp_events play_events;

typedef void (*play_op)(struct play *play, struct input *in);
/* wire_net.c: the peer has all that was sent, and room for more. */
void play_acknowledge(struct conn *conn);
/* What the network sends; NULL: what is not its to do. */
extern const play_op play_net_ops[WIRE_OPS];

#endif /* WIRE_PLAY_H */
