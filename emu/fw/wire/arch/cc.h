/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lwIP's port to this compiler and its C library. */
#ifndef OHBA_LWIP_ARCH_CC_H
#define OHBA_LWIP_ARCH_CC_H

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define LWIP_ERRNO_STDINCLUDE	1
#define LWIP_DONT_PROVIDE_BYTEORDER_FUNCTIONS
#define LWIP_RAND()		ohba_wire_random()
#define LWIP_PLATFORM_DIAG(x)	do { printf x; } while (0)

/* An invariant of lwIP's own is broken: no frame may ever bring that about. */
#define LWIP_PLATFORM_ASSERT(x) do {					\
	fprintf(stderr, "lwIP: %s (%s:%d)\n", (x), __FILE__, __LINE__);	\
	abort();							\
} while (0)

uint32_t ohba_wire_random(void);
uint16_t ohba_wire_checksum(const void *data, int len);

#endif /* OHBA_LWIP_ARCH_CC_H */
