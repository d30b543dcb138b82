/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers in network byte order, wherever they lie. */
#ifndef UIP_BYTES_H
#define UIP_BYTES_H

#include <stdint.h>

static inline void put_be16(uint8_t *to, uint16_t value)
{
	to[0] = value >> 8;
	to[1] = value & 0xff;
}

static inline void put_be32(uint8_t *to, uint32_t value)
{
	put_be16(to, value >> 16);
	put_be16(to + 2, value & 0xffff);
}

static inline uint16_t get_be16(const uint8_t *from)
{
	return from[0] << 8 | from[1];
}

static inline uint32_t get_be32(const uint8_t *from)
{
	return (uint32_t)get_be16(from) << 16 | get_be16(from + 2);
}

#endif /* UIP_BYTES_H */
