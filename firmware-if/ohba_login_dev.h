/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Logins that the host makes (SPEC.md section 6.5): the driver with who makes them, by one
 * character device for all adapters. Behind ohba_login.h; numbers here are the host's, those
 * of ohba_login.h little-endian.
 *
 * Who opens it has CAP_SYS_ADMIN, and makes the logins of all adapters until it is closed;
 * EBUSY: somebody else does. Each read() gives one message, whole: it takes room for
 * OHBA_LOGIN_MSG_MAX bytes, else EMSGSIZE. Each write() takes one, whole: it is as long as its
 * type says, what is reserved is zero, else EINVAL. How many bytes a message has, read() and
 * write() say. There is no ioctl, no mapping and no seeking; poll() and O_NONBLOCK are as ever.
 */
#ifndef OHBA_LOGIN_DEV_H
#define OHBA_LOGIN_DEV_H

#include <linux/types.h>

#define OHBA_LOGIN_DEV		"ohba_logins"	/* in /dev */
#define OHBA_LOGIN_DEV_VERSION	1
#define OHBA_LOGIN_BHS_LEN	48

enum ohba_login_msg_type {
	/* Read, and before all others: which version the driver speaks. hello. */
	OHBA_LOGIN_MSG_HELLO	= 1,
	/*
	 * Read: somebody is to log in. wanted. What is not taken the adapter ends, or does by
	 * itself, without a word.
	 */
	OHBA_LOGIN_MSG_WANTED	= 2,
	/* Written: it will be done here. No more than the header. ESTALE: not wanted any more. */
	OHBA_LOGIN_MSG_TAKE	= 3,
	/* Read, in answer to TAKE: what is to be done, with secrets. task. */
	OHBA_LOGIN_MSG_TASK	= 4,
	/* Read, at any time after TAKE: it is over, and not by END. over. The last of it. */
	OHBA_LOGIN_MSG_OVER	= 5,
	/*
	 * Read: from the target; the next when that was answered. Written: for the target; the
	 * next when that was answered. pdu, with as much of data as there is. ESTALE as above,
	 * EBUSY: the last one is not out yet.
	 */
	OHBA_LOGIN_MSG_PDU	= 6,
	/* Written, at any time after TAKE: how it ended. result. ESTALE as above. */
	OHBA_LOGIN_MSG_END	= 7,
};

struct ohba_login_hello {
	__u32 version;		/* OHBA_LOGIN_DEV_VERSION */
	__u32 features;		/* that can be done without: none yet */
};

struct ohba_login_wanted {
	__u8   adapter[64];	/* for people: the PCI function's name, zero-padded */
	__u32  handle;		/* the same: the adapter's */
	__u32  target;		/* the same: the index of the entry */
};

struct ohba_login_over {
	__u32 why;		/* enum ohba_status */
	__u32 rsvd;
};

struct ohba_login_pdu {
	__u8 bhs[OHBA_LOGIN_BHS_LEN];	/* as on the wire */
	__u8 data[OHBA_PDU_DATA_MAX];
};

/*
 * struct ohba_login_msg - one message. @login stands for one login of one adapter, is not 0
 * but in HELLO, and no other has it as long as the driver is loaded: nothing that is said of
 * a login reaches another, whatever became of the adapter in between.
 */
struct ohba_login_msg {
	__u32 type;		/* enum ohba_login_msg_type */
	__u32 rsvd;
	__u64 login;
	union {
		struct ohba_login_hello hello;
		struct ohba_login_wanted wanted;
		struct ohba_login_task task;
		struct ohba_login_over over;
		struct ohba_login_pdu pdu;
		struct ohba_login_result result;
	};
};

#define OHBA_LOGIN_MSG_HEAD	16	/* bytes before the union */
#define OHBA_LOGIN_MSG_MAX	8256

_Static_assert(sizeof(struct ohba_login_hello) == 8, "ABI");
_Static_assert(sizeof(struct ohba_login_wanted) == 72, "ABI");
_Static_assert(sizeof(struct ohba_login_over) == 8, "ABI");
_Static_assert(sizeof(struct ohba_login_pdu) == 8240, "ABI");
_Static_assert(sizeof(struct ohba_login_msg) == OHBA_LOGIN_MSG_MAX, "ABI");

#endif /* OHBA_LOGIN_DEV_H */
