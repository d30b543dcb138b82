/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plays the host of an adapter, lean: the process's own memory is the guest's,
 * an address is a pointer, an interrupt is a call. One thread for both sides.
 */
#ifndef NATIVE_HOST_H
#define NATIVE_HOST_H

#include <stdint.h>

#include "ohba_admin.h"
#include "ohba_fw.h"
#include "ohba_io.h"
#include "ohba_queue.h"

#define HOST_QID	1	/* the I/O queue pair, and its vector */
#define HOST_CID	0	/* the connection */

struct ring {
	uint32_t qid;
	uint32_t size;			/* entries, both rings */
	uint32_t tail, published;	/* of the submission ring */
	uint32_t head;			/* of the completion ring */
	struct ohba_qctl *ctl;
	struct ohba_sqe *sq;
	struct ohba_cqe *cq;
};

struct host {
	struct ohba_loop *loop;
	struct ohba_tcp_engine *engine;
	struct ohba_fw *fw;
	struct ring admin, io;
	struct ohba_qctl *event_ctl;
	struct ohba_event *events;
	void *sense;
	uint32_t next_tag;		/* of admin commands */
	uint32_t awaited;		/* tag */
	struct ohba_cqe answer;		/* to @awaited */
	bool answered;
	/* Called for each completion of the I/O queue. */
	void (*ended)(void *arg, const struct ohba_cqe *cqe);
	void *arg;
};

/* An adapter that works, with one I/O queue pair. Ends the process if it fails. */
void host_open(struct host *host);
void host_close(struct host *host);

/*
 * The next free submission entry of the I/O queue, zeroed; host_publish() hands
 * all that were taken to the adapter. A command that completes publishes too.
 */
struct ohba_sqe *host_next_sqe(struct host *host);
void host_publish(struct host *host);

/* Start an admin command with @data of @len bytes; its tag. */
uint32_t host_admin_start(struct host *host, struct ohba_sqe *sqe, void *data, uint32_t len);
/* Wait for the completion, which must be a success. @what is for the message. */
struct ohba_cqe host_admin_end(struct host *host, uint32_t tag, const char *what);
struct ohba_cqe host_admin(struct host *host, struct ohba_sqe *sqe, void *data, uint32_t len,
			   const char *what);

#endif /* NATIVE_HOST_H */
