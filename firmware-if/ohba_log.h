/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* The log that the adapter keeps of what happened to it (SPEC.md section 6.7). */
#ifndef OHBA_LOG_H
#define OHBA_LOG_H

#include <linux/types.h>

enum ohba_log_kind {
	OHBA_LOG_POWER_ON	= 1,	/* words: the firmware's version */
	OHBA_LOG_ENABLED	= 2,	/* object: the ABI version */
	OHBA_LOG_RESET		= 3,	/* of one that was enabled; object: 1: to the state of power-on */
	OHBA_LOG_FATAL		= 4,	/* status: the reason */
	OHBA_LOG_LINK_UP	= 5,	/* object: Mbit/s */
	OHBA_LOG_LINK_DOWN	= 6,
	/* Of sessions of the adapter's own. object: target index. */
	OHBA_LOG_SESSION_UP	= 7,	/* words: the portal */
	OHBA_LOG_SESSION_LOST	= 8,	/* status, words: why */
	OHBA_LOG_SESSION_ENDED	= 9,	/* by TARGET_LOGOUT */
	OHBA_LOG_LOGIN_FAILED	= 10,	/* status, login_class, login_detail, words: why */
	/* By command, and kept. object: the index of a target or an account. */
	OHBA_LOG_CONFIG_SET	= 11,
	OHBA_LOG_TARGET_SET	= 12,
	OHBA_LOG_TARGET_DELETED	= 13,
	OHBA_LOG_ACCOUNT_SET	= 14,
	OHBA_LOG_ACCOUNT_DELETED = 15,
	OHBA_LOG_INITIATOR_SET	= 16,
	OHBA_LOG_INITIATOR_DELETED = 17,
	OHBA_LOG_FLASH_FAILED	= 18,	/* a write that a command asked for; status, words: why */
	/* Found at power-on. object: how many. */
	OHBA_LOG_FLASH_DAMAGED	= 19,	/* records that are lost */
	OHBA_LOG_LOG_DAMAGED	= 20,	/* parts of this log that are lost */
	OHBA_LOG_ERASED		= 21,	/* all before, by LOG_ERASE */
	OHBA_LOG_FLASH_ERASED	= 22,	/* all that was kept, this log included, by FLASH_ERASE */
};

/* struct ohba_log_record - what happened. 128 bytes. */
struct ohba_log_record {
	__le64 number;		/* 1.., each one higher than the one before */
	__le64 clock_ms;	/* when it happened first, since 1970, UTC; 0: no host had said */
	__le64 up_ms;		/* the same, since the adapter was enabled first with this power */
	__le64 last_ms;		/* when it happened last, as @up_ms */
	__le32 count;		/* how often, 1.. */
	__le32 boot;		/* how often there had been power, 1.. */
	__le32 object;		/* as the kind says, or 0 */
	__le16 kind;		/* enum ohba_log_kind; a reader passes over what it does not know */
	__le16 status;		/* enum ohba_status */
	__u8   login_class;	/* LOGIN_FAILED, LOGIN_REFUSED: RFC 7143 section 11.13.5 */
	__u8   login_detail;
	__u8   rsvd[14];
	__u8   words[64];	/* ASCII, zero-padded, with at least one zero */
};

/* struct ohba_log_read - body of LOG_READ. */
struct ohba_log_read {
	__le64 first;		/* a number: those with it and behind it */
	__u8   rsvd[40];
};

#define OHBA_LOG_READ_MAX	32	/* records of one LOG_READ */

/* struct ohba_log_head - before the records. 64 bytes. */
struct ohba_log_head {
	__le64 oldest;		/* number of the oldest that there is; 0: there is none */
	__le64 next;		/* that the next will have */
	__le64 clock_ms;	/* now, as in a record */
	__le64 up_ms;
	__le32 boot;
	__le32 kept;		/* records that there is room for without power; 0: all end with it */
	__u8   rsvd[24];
};

/* struct ohba_log_clock - body of LOG_CLOCK. */
struct ohba_log_clock {
	__le64 clock_ms;	/* now, since 1970, UTC; below 2^48 */
	__u8   rsvd[40];
};

_Static_assert(sizeof(struct ohba_log_record) == 128, "ABI");
_Static_assert(sizeof(struct ohba_log_read) == 48, "ABI");
_Static_assert(sizeof(struct ohba_log_head) == 64, "ABI");
_Static_assert(sizeof(struct ohba_log_clock) == 48, "ABI");

#endif /* OHBA_LOG_H */
