/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The time that the machine is awake: what a process can be blamed for not having used. */
#ifndef UIP_CLOCK_H
#define UIP_CLOCK_H

#include <stdint.h>

uint64_t uip_monotonic_ms(void);

#endif /* UIP_CLOCK_H */
