/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plays the network and the bytes of the target: a TCP engine whose other end
 * is the test. A connection cuts both directions into pieces as the test says.
 */
#ifndef TARGET_H
#define TARGET_H

#include "loop.h"
#include "tcp.h"
#include "unit.h"

struct target;

/* How the bytes of one direction are cut. */
enum cut {
	CUT_NONE,		/* all that fits */
	CUT_ONE,		/* one byte a turn */
	CUT_RANDOM,		/* pieces of any size, sometimes nothing */
	CUT_BLOCKED,		/* nothing at all */
};

/* One TCP connection, seen from the target. Lives until target_free(). */
struct wire {
	struct target *target;
	const struct ohba_tcp_events *events;
	void *arg;
	struct sockaddr_storage peer;	/* as the firmware asked for */
	struct ohba_tcp_options options;	/* too */
	const char *congestion;		/* too */
	/* to the firmware */
	uint8_t *in;
	size_t in_pos, in_len, in_cap;
	enum cut in_cut;
	bool in_fin;			/* end of stream behind the bytes */
	int in_errno;			/* or an error */
	bool gap;			/* recv() said -EAGAIN in this turn */
	/* from the firmware */
	uint8_t *out;
	size_t out_pos, out_len, out_cap;
	enum cut out_cut;
	bool want_writable;
	int out_errno;

	bool connected, want_read;
	uint32_t read_low;		/* silent until so much has come */
	bool pending;			/* connected() is due */
	uint16_t result;		/* of connected(): enum ohba_status */
	bool closed, aborted;
	/* digests that the target expects and adds */
	bool hdr_digest, data_digest;
};

struct target *target_new(struct ohba_loop *loop);
/* Fails if the firmware left a connection open. */
void target_free(struct target *target);
struct ohba_tcp_engine *target_engine(struct target *target);
/* The newest connection, which must be waiting to be accepted. */
struct wire *target_connecting(struct target *target);
/* The @n-th connection since the start, whatever became of it. */
struct wire *target_wire(struct target *target, unsigned int n);
unsigned int target_count(const struct target *target);
/* The next connect() fails at once with @status. */
void target_refuse_next(struct target *target, uint16_t status);
void target_link(struct target *target, bool up, uint32_t speed_mbps, uint32_t mtu);
void target_seed(struct target *target, uint64_t seed);

void wire_answer(struct wire *wire, uint16_t status);
void wire_cut(struct wire *wire, enum cut in, enum cut out);
/* Bytes to the firmware. */
void wire_put(struct wire *wire, const void *data, size_t len);
void wire_fin(struct wire *wire);
void wire_error(struct wire *wire, int err);	/* of recv() and send() */
/* Bytes not yet read by the firmware. */
size_t wire_unread(const struct wire *wire);
/* Bytes sent by the firmware and not yet looked at. */
size_t wire_pending(const struct wire *wire);

/* --- PDUs --- */

struct pdu {
	uint8_t bhs[48];
	uint8_t ahs[1020];
	uint32_t ahs_len;
	uint8_t *data;			/* the caller's to free */
	uint32_t len;
};

#define RESERVED_TAG	0xffffffffu

/*
 * Take a PDU off the wire; false if there is no whole one. Fails on a wrong
 * digest or on padding that is not zero.
 */
bool wire_take(struct wire *wire, struct pdu *pdu);
/* A PDU to the firmware: fills DataSegmentLength, pads, adds digests. */
void wire_send(struct wire *wire, uint8_t *bhs, const void *data, uint32_t len);
/* The same with an AHS of whole words, and damage: XORed into the digests. */
struct damage {
	uint32_t hdr_digest, data_digest;
};
void wire_send_ahs(struct wire *wire, uint8_t *bhs, const void *ahs, uint32_t ahs_len,
		   const void *data, uint32_t len, const struct damage *damage);

#endif /* TARGET_H */
