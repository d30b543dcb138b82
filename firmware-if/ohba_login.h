/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Logins of the adapter's own sessions that the host makes (SPEC.md section 6.5): what it is
 * told of one, and what it answers. Behind ohba_target.h.
 */
#ifndef OHBA_LOGIN_H
#define OHBA_LOGIN_H

#include <linux/types.h>

#define OHBA_LOGINS_MAX		64	/* under way at a time */

/* struct ohba_login_task - a login that is to be made. TCP is up. 2688 bytes. */
struct ohba_login_task {
	__le32 index;		/* target index */
	__le32 left_ms;		/* until the adapter gives it up */
	__u8   family;		/* of the portal that it is connected to, as the target redirected */
	__u8   redirected;	/* 0 or 1: the portal group is whichever it is */
	__le16 port;
	__u8   addr[16];
	__u8   isid[6];		/* to be used */
	__u8   accounts;	/* OHBA_LOGIN_* */
	__u8   rsvd[29];
	struct ohba_target target;
	struct ohba_initiator initiator;	/* with the name that is to be used */
	struct ohba_account ours, theirs;	/* with secrets; zero unless @accounts says so */
};

#define OHBA_LOGIN_OURS		0x01	/* we prove ourselves by @ours, or there is no login */
#define OHBA_LOGIN_THEIRS	0x02	/* and so does the target, by @theirs */

enum ohba_login_outcome {
	OHBA_LOGIN_DONE		= 0,	/* the adapter takes the full-feature phase */
	OHBA_LOGIN_MOVED	= 1,	/* it connects to the portal here, and asks again */
	OHBA_LOGIN_FAILED	= 2,	/* it closes the connection, and tries again later */
};

/* struct ohba_login_result - how it ended. What an outcome does not name is zero. 640 bytes. */
struct ohba_login_result {
	__u8   outcome;		/* enum ohba_login_outcome */
	__u8   family;		/* MOVED: enum ohba_family */
	__le16 status;		/* FAILED: enum ohba_status, one of LOGIN_* or INTERNAL */
	__u8   addr[16];	/* MOVED */
	__le16 port;		/* MOVED */
	__le16 tsih;		/* DONE */
	__le16 tpgt;		/* DONE */
	__le16 time2wait;	/* DONE: seconds, as agreed */
	__u8   rsvd0[68];
	struct ohba_session_params params;	/* DONE; timers are the entry's, and zero here */
	__u8   alias[256];	/* DONE: the target's, zero-padded */
	__u8   words[160];	/* FAILED: ASCII, zero-padded */
};

_Static_assert(sizeof(struct ohba_login_task) == 2688, "ABI");
_Static_assert(sizeof(struct ohba_login_result) == 640, "ABI");

#endif /* OHBA_LOGIN_H */
