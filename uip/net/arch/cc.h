/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lwIP's port to this compiler and its C library. */
#ifndef UIP_LWIP_ARCH_CC_H
#define UIP_LWIP_ARCH_CC_H

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define LWIP_ERRNO_STDINCLUDE	1
#define LWIP_DONT_PROVIDE_BYTEORDER_FUNCTIONS
#define LWIP_RAND()		uip_random()
#define LWIP_PLATFORM_DIAG(x)	do { } while (0)
/* An invariant of lwIP's own is broken: the privileged process starts us again. */
#define LWIP_PLATFORM_ASSERT(x)	__builtin_trap()

uint32_t uip_random(void);

#endif /* UIP_LWIP_ARCH_CC_H */
