/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The privileged process of uipd. */
#ifndef UIP_HELPER_H
#define UIP_HELPER_H

#include <stdbool.h>

/* All is set up. Return: whether to go on. */
typedef bool uip_ready_fn(void);

/* Serve until SIGTERM or SIGINT; @login: make logins, too. Return: main()'s status. */
int uip_helper_run(uip_ready_fn *ready, bool login);

#endif /* UIP_HELPER_H */
