/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The privileged process's part of logins: which of the sandbox's is which of the driver's. */
#ifndef UIP_LOGINS_H
#define UIP_LOGINS_H

#include "login_file.h"
#include "msg.h"

struct uip_login {
	uint32_t sandbox_id;		/* 0: a free entry */
	uint64_t driver_id;
	char adapter[UIP_ADAPTER_LEN];
};

/* Zero but for .file: there is none. */
struct uip_logins {
	struct uip_login_file file;
	uint32_t round;			/* of the sandbox's numbers */
	struct uip_login table[UIP_LOGINS_MAX];	/* by .sandbox_id, modulo */
};

/* The driver says so. @sandbox: its socket, which has room for a message. */
void uip_logins_wanted(struct uip_logins *logins, uint64_t driver_id, const char *adapter);
void uip_logins_start(struct uip_logins *logins, int sandbox, uint64_t driver_id,
		      const struct ohba_login_task *task);
void uip_logins_pdu(struct uip_logins *logins, int sandbox, uint64_t driver_id,
		      const struct ohba_login_pdu *pdu, uint32_t len);
void uip_logins_over(struct uip_logins *logins, int sandbox, uint64_t driver_id);
/* The driver says nothing any more. @sandbox: -1: there is none. */
void uip_logins_driver_gone(struct uip_logins *logins, int sandbox);

/* The sandbox says so: UIP_LOGIN_PDU, UIP_LOGIN_END. */
void uip_logins_take_pdu(struct uip_logins *logins, const struct uip_login_pdu *pdu);
void uip_logins_take_end(struct uip_logins *logins, const struct uip_login_end *end);
/* The sandbox ended. */
void uip_logins_sandbox_ended(struct uip_logins *logins);

#endif /* UIP_LOGINS_H */
