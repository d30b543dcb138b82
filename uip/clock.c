// SPDX-License-Identifier: GPL-2.0-or-later
/* The time that the machine is awake. */
#include <time.h>

#include "clock.h"

uint64_t uip_monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ull + now.tv_nsec / 1000000;
}
