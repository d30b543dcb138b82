/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* Asynchronous events, posted to the event queue (SPEC.md, "Events"). */
#ifndef OHBA_EVENT_H
#define OHBA_EVENT_H

#include <linux/types.h>

enum ohba_event_type {
	/*
	 * The connection is gone; @reason says why, @detail[0] the offending
	 * PDU's opcode for a protocol error. Posted at most once between
	 * CONN_OPEN and CONN_CLOSE, never lost to a full ring. The connection id
	 * stays taken, and its commands outstanding, until the host closes it.
	 */
	OHBA_EVENT_CONN_LOST	= 1,
	/* The link went up or down: @detail[0] is 1 or 0, [1] the speed, Mbit/s. */
	OHBA_EVENT_LINK		= 2,
	/* Queue pair @handle stopped for @reason; delete it or reset the adapter. */
	OHBA_EVENT_QUEUE_ERROR	= 3,
	/* @detail[0] LINK events were dropped for want of room in the ring. */
	OHBA_EVENT_OVERRUN	= 4,
	/*
	 * Connections need to know where frames to an address go: @handle is its family
	 * (enum ohba_family), @detail holds it in network byte order. PATH_SET answers; the
	 * adapter does not wait for ever.
	 */
	OHBA_EVENT_PATH_WANTED	= 5,
	/*
	 * The phase of the session of target index @handle changed (TARGET_STATE tells the
	 * rest): @detail[0] is enum ohba_target_phase, [1] the session handle if it is UP,
	 * @reason why it was lost, or why a try failed. Only the last of an entry waits for
	 * room in the ring.
	 */
	OHBA_EVENT_TARGET	= 6,
	/*
	 * TCP to the target of index @handle is up, and the host is to log in (SPEC.md section
	 * 6.5): @detail[0] is the login handle. Only the last of an entry waits for room.
	 */
	OHBA_EVENT_LOGIN	= 7,
};

/* struct ohba_event - an event entry. 64 bytes; @phase as in struct ohba_cqe. */
struct ohba_event {
	__u8   type;		/* enum ohba_event_type */
	__u8   rsvd0;
	__le16 reason;		/* enum ohba_status */
	__le32 handle;		/* as the type says */
	__le64 cookie;		/* the host's, from CONN_OPEN; else 0 */
	__le32 detail[4];
	__u8   rsvd1[31];
	__u8   phase;
};

_Static_assert(sizeof(struct ohba_event) == 64, "ABI");

#endif /* OHBA_EVENT_H */
