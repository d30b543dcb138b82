/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The privileged process's part of logins: which of the sandbox's is which of the driver's. */
#ifndef UIP_LOGINS_H
#define UIP_LOGINS_H

#include "genl_login.h"
#include "msg.h"

struct uip_login {
	uint32_t number;		/* the sandbox's, 0: a free entry */
	uint32_t handle;		/* the driver's, of .adapter */
	char adapter[UIP_ADAPTER_LEN];
};

/* Zero but for .genl: there is none. */
struct uip_logins {
	struct uip_genl_logins *genl;	/* NULL: none are made here */
	uint32_t round;			/* of numbers */
	struct uip_login table[OHBA_LOGINS_MAX];	/* by its number, modulo */
};

/* @sandbox: its socket, -1: there is none. */
void uip_logins_start(struct uip_logins *logins, int sandbox, const char *adapter,
		      uint32_t handle, const struct ohba_login_task *task);
void uip_logins_heard(struct uip_logins *logins, int sandbox, const char *adapter,
		      uint32_t handle, const uint8_t bhs[48], const void *data, uint32_t len);
void uip_logins_over(struct uip_logins *logins, int sandbox, const char *adapter,
		     uint32_t handle);

/* The sandbox says so: UIP_LOGIN_PDU, UIP_LOGIN_END. */
void uip_logins_take_pdu(struct uip_logins *logins, const struct uip_login_pdu *pdu);
void uip_logins_take_end(struct uip_logins *logins, const struct uip_login_end *end);
/* It ended. */
void uip_logins_drop(struct uip_logins *logins);

#endif /* UIP_LOGINS_H */
