/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A station that connects, and one that lwIP listens on and that sends back what it gets,
 * with a wire between them that a test cuts, thins out and listens to. Virtual time: a
 * millisecond a turn.
 */
#ifndef PAIR_H
#define PAIR_H

#include "loop.h"
#include "ohba_admin.h"
#include "ohba_wire.h"
#include "tcp.h"
#include "unit.h"

#define PORT		3260
#define TURNS_MAX	200000
#define FRAMES_KEPT	64

struct pair;
struct pbuf;
struct tcp_pcb;

struct station {
	struct pair *pair;
	struct station *other;
	struct ohba_wire *wire;
	uint8_t mac[6], addr[16];
	unsigned int to_host, wanted;
	unsigned int sent;
	uint8_t last[FRAMES_KEPT][128];	/* how they begin */
	size_t last_len[FRAMES_KEPT];
};

struct pair {
	struct ohba_loop *loop;
	uint64_t now;
	struct station here, there;
	uint16_t tci;
	uint8_t family;
	unsigned int lose_every;	/* frames, 0: none */
	unsigned int frames;
	/* NULL, or whether a router in between lets a frame of @from's pass. */
	bool (*passes)(void *router, struct station *from, const struct iovec *iov, int iovcnt);
	void *router;
	const struct ohba_tcp_engine_ops *ops;
	/* the one that connects */
	struct ohba_tcp_options options;
	struct ohba_tcp *tcp;
	int connected, readable, writable, broken;
	enum ohba_status status;
	/* the one that listens */
	struct tcp_pcb *listener, *accepted;
	struct pbuf *back;
	bool accepted_ended;
};

/* Each has an address of @family, untagged or with @tci, and there a path to here. */
struct pair *pair_new(uint8_t family, uint16_t tci);
/* The same, with a connection. */
struct pair *pair_connected(uint8_t family, uint16_t tci);
void pair_free(struct pair *pair);

void pair_turn(struct pair *pair);
#define pair_turn_until(pair, condition) do {				\
	unsigned int turns_ = 0;					\
									\
	while (!(condition)) {						\
		if (turns_++ == TURNS_MAX)				\
			fail_msg("not in %u turns: %s", TURNS_MAX, #condition); \
		pair_turn(pair);					\
	}								\
} while (0)

void station_set_path(struct station *station);		/* to the other */
/* What an engine is made with that sends and asks as @station does. */
void station_send(void *station, const struct iovec *iov, int iovcnt);
extern const struct ohba_wire_events station_events;

void pair_listen(struct pair *pair);
void pair_open(struct pair *pair);
/* Another connection in place of the one that there is. */
void pair_reopen(struct pair *pair);
/* @total bytes there and back again, as what is received makes room. */
void pair_exchange(struct pair *pair, size_t total);

#endif /* PAIR_H */
