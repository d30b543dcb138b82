/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of logins that the host makes share: logins.c has a login, login_offer.c an
 * adapter's table of them, login_dev.c the file of who makes them.
 */
#ifndef OHBA_LOGINS_H
#define OHBA_LOGINS_H

#include "priv.h"
#include "states.h"

#include <ohba_login_dev.h>

enum ohba_login_state {
	OHBA_LOGIN_S_FREE,
	OHBA_LOGIN_S_WANTED,	/* the adapter wants it; nobody has taken it */
	OHBA_LOGIN_S_TAKEN,	/* the helper has, and waits for the task */
	OHBA_LOGIN_S_OPEN,	/* the helper makes it */
	OHBA_LOGIN_S_OVER,	/* commands are left, or the helper has not read so yet */
	OHBA_LOGIN_STATES
};

enum ohba_login_event {
	OHBA_LOGIN_E_WANT,	/* event LOGIN */
	OHBA_LOGIN_E_DROP,	/* nobody is to make it any more */
	OHBA_LOGIN_E_TAKE,	/* by the helper */
	OHBA_LOGIN_E_TASK,	/* the device has told it */
	OHBA_LOGIN_E_END,	/* by the helper */
	OHBA_LOGIN_E_ABORT,	/* by the device, or by us */
	OHBA_LOGIN_E_DONE,	/* commands have ended, and the helper has read so */
	OHBA_LOGIN_EVENTS
};

/* Those of a login, in the order in which they go. */
enum ohba_login_cmd {
	OHBA_LOGIN_C_TAKE,
	OHBA_LOGIN_C_SEND,
	OHBA_LOGIN_C_RECV,
	OHBA_LOGIN_C_END,
	OHBA_LOGIN_CMDS
};

/* What the device reads and writes of a login. The task comes in @in, too. */
struct ohba_login_dma {
	u8 in[OHBA_LOGIN_BHS_LEN + OHBA_PDU_DATA_MAX];
	u8 out[OHBA_PDU_DATA_MAX];
	struct ohba_login_result result;
};

static_assert(sizeof(struct ohba_login_task) <= OHBA_LOGIN_BHS_LEN + OHBA_PDU_DATA_MAX);

/* All but @logins and @dma: ohba_logins_lock. */
struct ohba_login {
	struct ohba_logins *logins;
	struct ohba_dma dma;	/* struct ohba_login_dma */
	u64 number;		/* the helper's; 0: it has not been told of it */
	u32 handle, target;	/* the device's; of the entry */
	u32 len;		/* of the PDU in @dma.in: bytes of data */
	u16 why;		/* OVER: enum ohba_status */
	u8 state;		/* enum ohba_login_state: ohba_login_move() */
	u8 due, out;		/* bits, enum ohba_login_cmd: to be submitted; outstanding */
	u8 msg;			/* enum ohba_login_msg_type, to be read; 0: nothing */
	bool filled;		/* a PDU for the helper is in @dma.in */
	bool unanswered;	/* the helper read one, and has written none since */
	bool failed;		/* so the device is told, by us */
	struct list_head ready;	/* with @msg: in ohba_login_ready */
	struct ohba_admin_cmd cmd[OHBA_LOGIN_CMDS];
};

/* An adapter's. All but @work: ohba_logins_lock; changes of @offer and @table: the worker's. */
struct ohba_logins {
	struct ohba_hw *hw;	/* NULL: it is gone, and the helper has not read so yet */
	struct list_head list;	/* in ohba_logins_all */
	struct delayed_work work;
	u32 offer;		/* that the device was told of, 0: none */
	bool forgot;		/* it was reset since */
	struct ohba_login *table;	/* NULL: there was no offer yet */
	unsigned int max;	/* entries of it */
	unsigned int refs;	/* the adapter's, and one for each login with .msg */
};

/*
 * Guards all logins and the offer. Only for short sections: never across a device command that
 * is waited for, or a copy to or from user space.
 */
extern spinlock_t ohba_logins_lock;
extern struct list_head ohba_logins_all;
extern u32 ohba_login_offer;	/* the number of the file that is open, 0: none is */
extern struct list_head ohba_login_ready;	/* logins with .msg, as they came */

/* A login's place in its adapter's table, by the number that the helper knows it by. */
static inline unsigned int ohba_login_index(u64 number)
{
	return number % OHBA_LOGINS_MAX;
}

/* login_states.c */
extern const struct ohba_machine ohba_login_machine;

/* logins.c; the lock is held */
void ohba_login_init(struct ohba_login *login, struct ohba_logins *logins);
void ohba_login_note(struct ohba_login *login, u32 target, u32 handle);
void ohba_login_announce(struct ohba_login *login);
void ohba_login_abort(struct ohba_login *login, u16 why);
void ohba_login_drop(struct ohba_login *login);
void ohba_login_unpost(struct ohba_login *login);
void ohba_login_submit_due(struct ohba_login *login);
size_t ohba_login_fill_msg(struct ohba_login *login, struct ohba_login_msg *msg);
int ohba_login_take(struct ohba_login *login);
int ohba_login_send(struct ohba_login *login, const struct ohba_login_pdu *pdu, u32 len);
int ohba_login_end(struct ohba_login *login, const struct ohba_login_result *result);

/* login_offer.c; of the first three the lock is held */
void ohba_logins_retry(struct ohba_logins *logins);
void ohba_logins_offered_all(void);
struct ohba_login *ohba_login_find(u64 number);
void ohba_logins_free(struct ohba_logins *logins);

/* login_dev.c; the lock is held */
void ohba_login_wake(void);

#endif /* OHBA_LOGINS_H */
