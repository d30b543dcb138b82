/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TCP engines: what the protocol code needs of TCP, and no more. The host
 * engine (sockets) and the unit tests' scripted target implement it.
 */
#ifndef OHBA_TCP_H
#define OHBA_TCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "ohba_status.h"

struct ohba_tcp;		/* one connection, owned by its engine */

/* What an engine tells the owner of a connection, in the loop's thread. */
struct ohba_tcp_events {
	/* OHBA_ST_SUCCESS, or why not; after a failure only close() is allowed. */
	void (*connected)(void *arg, enum ohba_status status);
	void (*readable)(void *arg);	/* data, end of stream or an error to recv() */
	void (*writable)(void *arg);	/* room again after a short send() */
	/*
	 * The connection broke while nobody wanted to read, so that no recv()
	 * could tell. Engines may leave it to the next recv() instead.
	 */
	void (*broken)(void *arg, enum ohba_status status);
};

struct ohba_tcp_engine {
	const struct ohba_tcp_engine_ops *ops;
	uint8_t kind;			/* enum ohba_port_engine */
};

/* From the SYN on. */
struct ohba_tcp_options {
	uint8_t tos;			/* octet of IPv4's TOS or IPv6's traffic class, ECN's bits 0 */
	bool nagle;			/* RFC 9293 section 3.7.4 */
};

struct ohba_tcp_agreed {
	bool timestamps;
	uint8_t send_scale, recv_scale;	/* of the windows, bits */
};

struct ohba_tcp_engine_ops {
	/*
	 * Start to connect; never calls back before it returned. NULL and
	 * *@status on an immediate failure. No timeout of its own: the owner
	 * closes when it is tired of waiting. @options NULL: all zero.
	 */
	struct ohba_tcp *(*connect)(struct ohba_tcp_engine *engine,
				    const struct sockaddr *peer, socklen_t peer_len,
				    const struct ohba_tcp_options *options,
				    const struct ohba_tcp_events *events, void *arg,
				    enum ohba_status *status);
	/*
	 * The congestion control (tcp(7)) that @tcp is to have, at once. A hint: one
	 * that is not to be had changes nothing.
	 */
	void (*congestion)(struct ohba_tcp *tcp, const char *name);
	/* Bytes, 0 at end of stream, -EAGAIN, or another -errno. */
	ssize_t (*recv)(struct ohba_tcp *tcp, struct iovec *iov, int iovcnt);
	/* Bytes (maybe fewer than asked; then writable() follows), -EAGAIN, -errno. */
	ssize_t (*send)(struct ohba_tcp *tcp, struct iovec *iov, int iovcnt, bool more);
	/* Whether readable() is wanted; on after connected(). Data waits meanwhile. */
	void (*want_read)(struct ohba_tcp *tcp, bool want);
	/*
	 * readable() may wait until @bytes have arrived, or the stream has ended.
	 * A hint: an engine may speak up sooner. 1 at first.
	 */
	void (*read_low)(struct ohba_tcp *tcp, uint32_t bytes);
	/* Frees @tcp: no event follows. @abort: RST instead of FIN. */
	void (*close)(struct ohba_tcp *tcp, bool abort);
	/* Addresses of a connected @tcp; 0 or -errno. */
	int (*names)(struct ohba_tcp *tcp, struct sockaddr_storage *local,
		     struct sockaddr_storage *peer);
	uint32_t (*mss)(struct ohba_tcp *tcp);	/* bytes, 0 if unknown */
	/* What both ends agreed on (RFC 7323); zero what is unknown. */
	void (*agreed)(struct ohba_tcp *tcp, struct ohba_tcp_agreed *agreed);
	/* The port: link and speed (Mbit/s, 0 unknown) and MTU (0 unknown). */
	void (*port)(struct ohba_tcp_engine *engine, bool *link_up,
		     uint32_t *speed_mbps, uint32_t *mtu);
};

static inline size_t ohba_iov_len(const struct iovec *iov, int iovcnt)
{
	size_t len = 0;

	while (iovcnt--)
		len += iov++->iov_len;
	return len;
}

/* The status that names an errno of connect, recv or send. */
enum ohba_status ohba_tcp_status(int err);

#endif /* OHBA_TCP_H */
