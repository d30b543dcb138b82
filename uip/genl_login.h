/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Generic netlink with the driver, of logins (ohba_genl.h): a socket of their own. */
#ifndef UIP_GENL_LOGIN_H
#define UIP_GENL_LOGIN_H

#include "msg.h"

/* What they are handed is theirs during the call only; a task is wiped behind it. */
struct uip_genl_login_events {
	/* @adapter is to be logged in as @task says; @handle is the login's. */
	void (*wanted)(void *arg, const char *adapter, uint32_t handle,
		       const struct ohba_login_task *task);
	/* From the target; @len is at most OHBA_PDU_DATA_MAX. */
	void (*pdu)(void *arg, const char *adapter, uint32_t handle, const uint8_t bhs[48],
		    const void *data, uint32_t len);
	/* It is over. */
	void (*over)(void *arg, const char *adapter, uint32_t handle);
	/* Another helper makes logins, or has not ended yet: offer again, in a while. */
	void (*refused)(void *arg);
};

struct uip_genl_logins;

/*
 * To be called with CAP_SYS_ADMIN, which nothing after it needs. Return: NULL without memory
 * or netlink, with a line in the log.
 */
struct uip_genl_logins *uip_genl_logins_open(const struct uip_genl_login_events *events,
					     void *arg);
void uip_genl_logins_close(struct uip_genl_logins *genl);

/* The driver is there, as netlink family @family: make its logins. */
void uip_genl_logins_offer(struct uip_genl_logins *genl, int family);
/* If that was refused, once more. */
void uip_genl_logins_again(struct uip_genl_logins *genl);

int uip_genl_logins_fd(const struct uip_genl_logins *genl);
void uip_genl_logins_read(struct uip_genl_logins *genl);

/* Tell the driver. What it does not take has ended by itself, or will. */
void uip_genl_login_send(struct uip_genl_logins *genl, const char *adapter, uint32_t handle,
			 const struct uip_login_pdu *pdu);
void uip_genl_login_end(struct uip_genl_logins *genl, const char *adapter, uint32_t handle,
			const struct ohba_login_result *result);

#endif /* UIP_GENL_LOGIN_H */
