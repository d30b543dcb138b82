/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host whose adapter has a network of its own, which is played here: it keeps what
 * the adapter sends, and answers a SYN.
 */
#ifndef NET_H
#define NET_H

#include "session.h"

#define FRAMES_KEPT	64
#define FRAME_BYTES	9100

struct net {
	struct host *host;
	unsigned int sent;		/* frames */
	uint8_t frame[FRAMES_KEPT][FRAME_BYTES];
	size_t len[FRAMES_KEPT];
	uint32_t next_tag;		/* of I/O commands */
};

extern const uint8_t net_hop_mac[6];
/* IPv4 in the first four bytes. @net_peer is who CONN_OPEN of session.h goes to. */
extern const uint8_t net_ours[16], net_peer[16], net_router[16], net_peer6[16];

struct net *net_new(void);
struct net *net_new_config(const struct ohba_fw_config *cfg);
void net_free(struct net *net);
/* The last frame that the adapter sent. */
const uint8_t *net_last(const struct net *net);
/* A frame to the adapter; whether it took it. */
bool net_receive(struct net *net, const void *frame, size_t len);

/* IFACE_SET and PATH_SET, as they are and with success. */
struct ohba_sqe sqe_iface(uint32_t index, uint8_t family, const uint8_t *addr, uint16_t tci);
void net_iface(struct net *net, uint32_t index, uint8_t family, const uint8_t *addr,
	       uint16_t tci);
/* Through @hop at net_hop_mac. */
struct ohba_sqe sqe_path(uint32_t index, uint8_t family, const uint8_t *dst,
			 const uint8_t *hop);
void net_path(struct net *net, uint32_t index, uint8_t family, const uint8_t *dst,
	      const uint8_t *hop);

/* Who has @addr? @tci 0: untagged. Returns whether the adapter says that it has. */
bool net_has(struct net *net, const uint8_t *addr, uint16_t tci);
/* Answer the SYN that was sent last. */
void net_answer_syn(struct net *net);
/* Open connection @cid, for which there is a path. */
void net_connected(struct net *net, uint32_t cid);
/* The next event must be that a path to @addr is wanted. */
void net_wanted(struct net *net, uint8_t family, const uint8_t *addr);

#endif /* NET_H */
