/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that opens the driver's file of logins, which takes a capability that nobody
 * else is to keep, whenever there is a driver: that may come late. It hears nothing but that
 * it is to, from who started it, and ends with that.
 */
#ifndef UIP_OPENER_H
#define UIP_OPENER_H

/* Return: a socket, or -errno with a line in the log. */
int uip_opener_start(void);

/* Return: the file, not blocking, or -errno. */
int uip_opener_ask(int opener);

#endif /* UIP_OPENER_H */
