/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sandboxed process: see net.h for its inside. */
#ifndef UIP_LOOP_H
#define UIP_LOOP_H

#include <stdbool.h>

/*
 * @sock leads to the privileged process; lines for the log go there from now on. Return: false
 * if there is no memory for logins, of which some may come if @login.
 */
bool uip_net_attach(int sock, bool login);
/* Serve it until it is gone. */
void uip_net_run(void);

#endif /* UIP_LOOP_H */
