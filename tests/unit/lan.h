/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plays a network for one station, frame by frame, and the other end of one of its
 * connections, segment by segment: nothing here has a mind of its own. Virtual time.
 */
#ifndef LAN_H
#define LAN_H

#include "loop.h"
#include "ohba_admin.h"
#include "ohba_wire.h"
#include "tcp.h"
#include "unit.h"

#define PORT		3260
#define FRAMES_KEPT	64
#define FRAME_BYTES	9100
#define ISN		0x7fffff00u	/* of the peer */
#define WINDOW		(1u << 20)	/* of the adapter */

enum { FIN = 1, SYN = 2, RST = 4, ACK = 16 };

struct lan {
	struct ohba_loop *loop;
	uint64_t now;
	struct ohba_wire *wire;
	const struct ohba_tcp_engine_ops *ops;
	unsigned int sent, to_host, wanted;
	unsigned int resolved, unresolved;	/* told; of the last: */
	unsigned int index;
	uint8_t hop[16], mac[6];
	uint8_t frame[FRAMES_KEPT][FRAME_BYTES];
	size_t len[FRAMES_KEPT];
	/* a connection to the peer */
	struct ohba_tcp_options options;
	struct ohba_tcp *tcp;
	int connected, readable, broken;
	enum ohba_status status;
	uint16_t port;			/* the adapter's */
	uint32_t next, ack;		/* of the peer */
};

extern const uint8_t our_mac[6], peer_mac[6], other_mac[6], stranger_mac[6];
extern const uint8_t all_mac[6], group_mac[6];
/* IPv4 in the first four bytes. Strangers have no path. */
extern const uint8_t us[16], peer[16], stranger[16];
extern const uint8_t us6[16], peer6[16], stranger6[16];
extern const uint8_t all_nodes[16], solicited_node[16], nobody[16];

/* A station that has us and us6, untagged or with @tci. */
struct lan *lan_new(void);
struct lan *lan_new_tagged(uint16_t tci);
/* MTU 9000; what is longer than FRAME_BYTES cannot be kept or received. */
struct lan *lan_new_jumbo(void);
void lan_free(struct lan *lan);
/* Turns until nothing happens any more; and while time passes. */
void lan_settle(struct lan *lan);
void lan_advance(struct lan *lan, uint64_t ms);
/* What the station sent last. */
const uint8_t *lan_last(const struct lan *lan);

/* --- frames --- */

/* An Ethernet header with room for a tag before it, and what follows. */
struct frame {
	uint8_t room[4];
	uint8_t eth[14];
	uint8_t data[FRAME_BYTES];
	size_t len;			/* of @data */
};

void frame_eth(struct frame *frame, const uint8_t *dst, const uint8_t *src, uint16_t type);
/* A header in front of @len zeros; returns where they are. */
uint8_t *frame_ip(struct frame *frame, bool v4, const uint8_t *src, const uint8_t *dst,
		  uint8_t proto, size_t len);
uint8_t *frame_payload(struct frame *frame);
/* The checksum at @at of what the packet carries, and that of an IPv4 header. */
void frame_sums(struct frame *frame, unsigned int at);
/* From a stranger, who was asked nothing. */
void frame_syn(struct frame *frame, bool v4);
void frame_echo(struct frame *frame, bool v4);
void frame_arp(struct frame *frame, uint8_t op, const uint8_t *mac, const uint8_t *addr,
	       const uint8_t *target);

#define SOLICITATION	135
#define ADVERTISEMENT	136

/* NULL: what a stranger asks of us, what the peer says of itself; no option. */
struct nd {
	uint8_t type, flags;
	const uint8_t *src, *dst, *target, *mac;
};

void frame_nd(struct frame *frame, const struct nd *nd);

/* Without a turn; false: it is lost. */
bool lan_receive_bytes(struct lan *lan, const void *bytes, size_t len);
void lan_receive(struct lan *lan, const struct frame *frame);
void lan_receive_tagged(struct lan *lan, const struct frame *frame, uint16_t tci);
/* It must be the host's, and not be answered. */
void lan_expect_for_host(struct lan *lan, const struct frame *frame);

/* --- a connection --- */

/* Paths to peer and peer6. */
void lan_set_paths(struct lan *lan);
void lan_open(struct lan *lan);
/* The answer comes after @rtt_ms, and brings 8 bytes of @options and @window, not scaled. */
void lan_connect(struct lan *lan, const uint8_t *options, uint16_t window, uint64_t rtt_ms);
/* A station whose connection to the peer is up: MSS 1460, window scale 7. */
struct lan *lan_connected(void);
/* From the peer: data is a pattern by place, key @seq - ISN. */
void frame_segment(struct lan *lan, struct frame *frame, uint8_t flags, uint32_t seq,
		   size_t len);
void lan_segment(struct lan *lan, uint8_t flags, uint32_t seq, size_t len);
/* What the station said last that it expects. */
uint32_t lan_expected(const struct lan *lan);
/* The peer has all before number @ack, and room for @window (not scaled) of what follows. */
void lan_acknowledge(struct lan *lan, uint32_t ack, uint16_t window);

/* What the station sends is a pattern by place, key 0: bytes @at to @at + @len of it. */
void lan_send(struct lan *lan, uint32_t at, uint32_t len);
/*
 * What has come of it in order when @to bytes had, with the frames since @since, each byte where
 * it belongs, byte 0 at number @base.
 */
uint32_t lan_stream(const struct lan *lan, unsigned int since, uint32_t base, uint32_t to);

#endif /* LAN_H */
