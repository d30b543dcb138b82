/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that opens the driver's file of logins, which takes a capability that nobody
 * else is to keep, whenever there is a driver: that may come late. It hears nothing but that
 * it is to, from who started it, and ends with that. Nobody waits for it: to open the file may
 * take long, as the driver then needs memory.
 */
#ifndef UIP_OPENER_H
#define UIP_OPENER_H

#include <stdint.h>

/* For the log: what -EBUSY means. */
#define UIP_LOGINS_TAKEN \
	"another helper has it open: stop it, or start this one with --no-login"

/* When it is set up. Return: a socket, to poll, or -errno with a line in the log. */
int uip_opener_start(void);

/* Have the file opened. @number: the answer's. Return: 0 or -errno. */
int uip_opener_ask(int opener, uint32_t number);

/*
 * Return: 0 with an answer, to the question of @number: @file is the file, the caller's now and
 * not blocking, or -errno; -EAGAIN without one; -EPIPE if the process has ended.
 */
int uip_opener_hear(int opener, uint32_t *number, int *file);

#endif /* UIP_OPENER_H */
