/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UIP_NOTIFY_H
#define UIP_NOTIFY_H

#include <stdint.h>

/* Tell the service manager, if it asked to be told: sd_notify(3). */
void uip_notify(const char *state);

/* Return: ms within which it wants to be told "WATCHDOG=1", each time; 0: it does not. */
uint64_t uip_notify_watchdog_ms(void);

#endif /* UIP_NOTIFY_H */
