/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of logins that the host makes share: logins.c has a login, login_offer.c an
 * adapter's table of them, login_dev.c the file of who makes them.
 */
#ifndef OHBA_LOGINS_H
#define OHBA_LOGINS_H

#include "priv.h"

#include <ohba_login_dev.h>

enum ohba_login_state {
	OHBA_LOGIN_FREE,
	OHBA_LOGIN_WANTED,	/* the adapter wants it; nobody has taken it */
	OHBA_LOGIN_TAKEN,	/* the helper has, and waits for the task */
	OHBA_LOGIN_OPEN,	/* the helper makes it */
	OHBA_LOGIN_OVER,	/* commands are left, or the helper has not read so yet */
};

/* Those of a login, in the order in which they go. */
enum ohba_login_cmd {
	OHBA_LOGIN_TAKE,
	OHBA_LOGIN_SEND,
	OHBA_LOGIN_RECV,
	OHBA_LOGIN_END,
	OHBA_LOGIN_CMDS,
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
	u8 state;		/* enum ohba_login_state */
	u8 due, out;		/* bits, enum ohba_login_cmd: to be submitted; outstanding */
	u8 say;			/* enum ohba_login_msg_type, to be read; 0: nothing */
	bool filled;		/* a PDU for the helper is in @dma.in */
	bool unanswered;	/* the helper read one, and has written none since */
	bool failed;		/* so the device is told, by us */
	struct list_head ready;	/* with @say: in ohba_login_ready */
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
	unsigned int refs;	/* the adapter's, and one for each login with .say */
};

/*
 * All of logins, and who makes them: what is said of one has nothing to wait for. Never held
 * over anything that an adapter, or the helper, could take long for.
 */
extern spinlock_t ohba_logins_lock;
extern struct list_head ohba_logins_all;
extern u32 ohba_login_offer;	/* the number of the file that is open, 0: none is */
extern struct list_head ohba_login_ready;	/* logins with .say, as they came */

/* logins.c; the lock is held */
void ohba_login_init(struct ohba_login *login, struct ohba_logins *logins);
void ohba_login_want(struct ohba_login *login);
void ohba_login_over(struct ohba_login *login, u16 why);
void ohba_login_drop(struct ohba_login *login);
void ohba_login_hush(struct ohba_login *login);
void ohba_login_go_on(struct ohba_login *login);
size_t ohba_login_tell(struct ohba_login *login, struct ohba_login_msg *msg);
int ohba_login_take(struct ohba_login *login);
int ohba_login_send(struct ohba_login *login, const struct ohba_login_pdu *pdu, u32 len);
int ohba_login_end(struct ohba_login *login, const struct ohba_login_result *result);

/* login_offer.c; of the first three the lock is held */
void ohba_logins_later(struct ohba_logins *logins);
void ohba_logins_offered_all(void);
struct ohba_login *ohba_login_find(u64 number);
void ohba_logins_free(struct ohba_logins *logins);

/* login_dev.c; the lock is held */
void ohba_login_news(void);

#endif /* OHBA_LOGINS_H */
