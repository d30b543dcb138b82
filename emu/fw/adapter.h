/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The adapter core as the rooms inside the firmware see it: life cycle,
 * queues, admin commands, events. The iSCSI side (iscsi.h) and the classes
 * (class_fw.c) plug in here; neither touches a ring.
 */
#ifndef OHBA_ADAPTER_H
#define OHBA_ADAPTER_H

#include <stdarg.h>
#include <stddef.h>

#include "list.h"
#include "loop.h"
#include "ohba_admin.h"
#include "ohba_event.h"
#include "ohba_fw.h"
#include "ohba_io.h"
#include "ohba_queue.h"
#include "ohba_regs.h"
#include "ohba_status.h"
#include "sgl.h"
#include "tcp.h"

struct ohba_faults;		/* fault.h */
struct ohba_iscsi;		/* iscsi.h: connections, sessions, tasks */

struct ohba_loop *ohba_fw_loop(struct ohba_fw *fw);
struct ohba_tcp_engine *ohba_fw_engine(struct ohba_fw *fw);
const struct ohba_fw_config *ohba_fw_config(struct ohba_fw *fw);
struct ohba_iscsi *ohba_fw_iscsi(struct ohba_fw *fw);
struct ohba_faults *ohba_fw_faults(struct ohba_fw *fw);

/* The counters of struct ohba_adapter_stats, which stats.c makes of them. */
struct ohba_adapter_counters {
	uint64_t conns_opened, conns_failed, conns_lost, sessions_started;
	uint64_t guest_errors, protocol_errors, digest_errors, events_dropped;
	uint64_t loop_turns, hdr_digest_errors, sequence_errors;
	uint64_t tx_pdus, rx_pdus, tx_data_bytes, rx_data_bytes;
};
_Static_assert(sizeof(struct ohba_adapter_counters) ==
	       offsetof(struct ohba_adapter_stats, rsvd), "a counter without a place");
struct ohba_adapter_counters *ohba_fw_stats(struct ohba_fw *fw);

/* What HOST_SETUP told; num_tags is 0 before. */
struct ohba_host_memory {
	uint64_t sense_base;
	uint32_t sense_stride;
	uint32_t num_tags;
};
const struct ohba_host_memory *ohba_fw_host_memory(struct ohba_fw *fw);

/* Random bytes that nobody can guess, at most 256. False: there are none to be had. */
bool ohba_fw_random(struct ohba_fw *fw, void *buf, size_t len);

void ohba_fw_trace(struct ohba_fw *fw, enum ohba_fw_trace_group group,
		   const char *name, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

const char *ohba_status_name(enum ohba_status status);
const char *ohba_status_meaning(enum ohba_status status);
bool ohba_status_known(enum ohba_status status);	/* to the table */

/*
 * Completions. @qid is where the command came from. An admin or I/O command
 * has exactly one completion, and the ring has always room for it: the core
 * fetches no more entries than it can answer. Those whose status blames the
 * guest are counted and traced here, for all callers.
 */
void ohba_complete(struct ohba_fw *fw, uint32_t qid, struct ohba_cqe *cqe);
/* The same with nothing but a status. */
void ohba_complete_status(struct ohba_fw *fw, uint32_t qid, uint32_t tag,
			  enum ohba_status status);

/*
 * For commands that give data out: write @len bytes of @data, or data_len if
 * that is less, to the buffer of @sqe.
 */
enum ohba_status ohba_reply(struct ohba_fw *fw, const struct ohba_sqe *sqe,
			    const void *data, uint32_t len);

/* Whether @len bytes at @p are zero, as reserved fields must be. */
bool ohba_all_zero(const void *p, size_t len);

/*
 * Events. CONN_LOST is posted through the connection's own node, which waits
 * in a list while the ring is full, so that it is never lost.
 */
struct ohba_event_node {
	struct ohba_event event;
	struct ohba_list list;		/* while it waits */
};
void ohba_event_post(struct ohba_fw *fw, struct ohba_event_node *node);
void ohba_event_cancel(struct ohba_event_node *node);

/*
 * Command handlers, for the tables of admin.c and of the class. A handler owns
 * nothing of @sqe after it returns. It returns a status, which the core
 * completes the command with, or OHBA_PENDING and completes it itself, once,
 * later or before it returns.
 */
#define OHBA_PENDING	(-1)

typedef int (*ohba_cmd_fn)(struct ohba_fw *fw, uint32_t qid, const struct ohba_sqe *sqe);

struct ohba_cmd_row {
	uint8_t opcode;
	uint8_t flags;		/* allowed in sqe->flags */
	const char *name;
	ohba_cmd_fn fn;
	bool body;		/* uses the body; if not, it must be zero */
	bool data;		/* uses sge[] and data_len; if not, they must be zero */
	bool keeps;		/* changes what is kept: one after the other (keep.h) */
};

/* Connection and session commands, 0x10.. of the admin queue (iscsi_cmd.c). */
extern const struct ohba_cmd_row ohba_iscsi_cmds[];
extern const unsigned int ohba_iscsi_ncmds;

/* I/O commands of the fw class (class_fw.c). */
extern const struct ohba_cmd_row ohba_class_fw_cmds[];
extern const unsigned int ohba_class_fw_ncmds;

/* iscsi.h's part of the life cycle. */
struct ohba_iscsi *ohba_iscsi_create(struct ohba_fw *fw);
/*
 * Drop every connection and task at once, without completions or events: the
 * queues are gone. O(tables).
 */
void ohba_iscsi_reset(struct ohba_iscsi *iscsi);
/* Receive, send and time nothing any more; TCP stays up until the reset. */
void ohba_iscsi_freeze(struct ohba_iscsi *iscsi);
void ohba_iscsi_destroy(struct ohba_iscsi *iscsi);
/* Called at the end of each turn in which commands were fetched: send now. */
void ohba_iscsi_flush(struct ohba_iscsi *iscsi);
/*
 * Before the loop sleeps. The hosts can wait for @host_ns, so that answers are read
 * together; 0: they cannot. *@due_ns, if it is later, becomes when to look for them.
 * Returns false if there is something to do now.
 */
bool ohba_iscsi_sleep(struct ohba_iscsi *iscsi, uint64_t host_ns, uint64_t *due_ns);
/* In each turn: read what has waited for more for long enough. */
void ohba_iscsi_overdue(struct ohba_iscsi *iscsi);
int ohba_iscsi_conn_stats(struct ohba_iscsi *iscsi, uint32_t cid, struct ohba_conn_stats *stats);
/* Of the connection of entry @index. */
int ohba_iscsi_target_stats(struct ohba_iscsi *iscsi, uint32_t index,
			    struct ohba_conn_stats *stats);

#endif /* OHBA_ADAPTER_H */
