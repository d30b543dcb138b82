/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether uipd would run here. */
#ifndef UIP_CHECK_H
#define UIP_CHECK_H

#include <stdbool.h>

#define UIP_LOCK_FILE	"/run/uipd.lock"

#define UIP_MUST_BE_ROOT "must be root: it asks the network for the adapters"
#define UIP_IS_RUNNING	"another uipd is running: it has " UIP_LOCK_FILE ": stop that first"

/*
 * Try what uipd needs, with (@login) what logins need, and print a line for each thing: what,
 * and if it is wrong why, and what to do. Nothing stays changed. Return: whether it would run.
 */
bool uip_check(bool login);

#endif /* UIP_CHECK_H */
