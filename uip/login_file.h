/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The driver's file of logins (ohba_login_dev.h). Whoever has it open makes them. */
#ifndef UIP_LOGIN_FILE_H
#define UIP_LOGIN_FILE_H

#include "limit.h"
#include "msg.h"
#include "ohba_login_dev.h"

/* What they are handed is theirs during the call only, and is wiped behind it. */
struct uip_login_events {
	/* @adapter is to be logged in; it is done here if uip_login_take() says so. */
	void (*wanted)(void *arg, uint64_t login, const char *adapter);
	/* One that was taken, in this way. */
	void (*task)(void *arg, uint64_t login, const struct ohba_login_task *task);
	/* From the target; @len bytes of data. */
	void (*pdu)(void *arg, uint64_t login, const struct ohba_login_pdu *pdu, uint32_t len);
	/* It is over. */
	void (*over)(void *arg, uint64_t login);
	/* It could not be opened now: open it again, in a while. */
	void (*refused)(void *arg);
	/* It is closed: all are over. */
	void (*closed)(void *arg);
};

struct uip_login_file {
	int fd;				/* -1: it is not open */
	int opener;			/* socket of who opens it (opener.h), -1: nobody does */
	uint32_t asked;			/* the number of the last question */
	uint64_t there_by;		/* ms: when the driver, which has come, is to have it */
	uint64_t late_at;		/* ms: when it waits too long for an answer; 0: it does not */
	bool waiting;			/* for an answer: nothing else is asked */
	bool refused;			/* for now: by another helper, or without memory */
	bool said;			/* in the log, that it is not open, and why */
	struct uip_limit refusals;	/* lines about what the driver does not take */
	const struct uip_login_events *events;
	void *arg;
};

/*
 * The driver has come: have it opened, unless it is. Nobody waits for that: when @opener is
 * readable, hear. Failure is a line in the log.
 */
void uip_login_file_open(struct uip_login_file *file);
/* Return: false: who opens it has ended, and nobody else may. */
bool uip_login_file_hear(struct uip_login_file *file);
/* At @late_at. */
void uip_login_file_late(struct uip_login_file *file);
/* If it could not be opened, once more. */
void uip_login_file_again(struct uip_login_file *file);
void uip_login_file_close(struct uip_login_file *file);

/* Return: whether there was a message, of which events were told. */
bool uip_login_file_read(struct uip_login_file *file);

/* Tell the driver. Return: false if the login is not wanted any more. */
bool uip_login_take(struct uip_login_file *file, uint64_t login);
/* What it does not take has ended by itself, or will. */
void uip_login_send(struct uip_login_file *file, uint64_t login,
		    const struct uip_login_pdu *pdu);
void uip_login_end(struct uip_login_file *file, uint64_t login,
		   const struct ohba_login_result *result);

#endif /* UIP_LOGIN_FILE_H */
