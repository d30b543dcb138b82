/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every unit test includes: cmocka, and the harness's small tools. */
#ifndef UNIT_H
#define UNIT_H

#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)	((a) < (b) ? (a) : (b))
#define MAX(a, b)	((a) > (b) ? (a) : (b))
#define MS		1000000ull		/* in nanoseconds */

/* Big-endian fields of a PDU, by offset. */
uint16_t be16_at(const uint8_t *p, unsigned int off);
uint32_t be24_at(const uint8_t *p, unsigned int off);
uint32_t be32_at(const uint8_t *p, unsigned int off);
void put_be16(uint8_t *p, unsigned int off, uint16_t val);
void put_be24(uint8_t *p, unsigned int off, uint32_t val);
void put_be32(uint8_t *p, unsigned int off, uint32_t val);

/* CRC32C bit by bit, as RFC 7143 section 13.1 defines it; start with 0. */
uint32_t crc32c_slow(uint32_t crc, const void *data, size_t len);

/* Deterministic randomness (xorshift64*). */
struct prng {
	uint64_t state;
};
uint64_t prng_next(struct prng *prng);
/* 0..n - 1 */
uint32_t prng_below(struct prng *prng, uint32_t n);
/* The seed of this run: $OHBA_SEED, or @fallback. */
uint64_t prng_seed(uint64_t fallback);

/* Bytes that tell their place: no two 8-byte words of any stream are alike. */
void pattern_fill(void *buf, size_t len, uint64_t key, uint64_t off);
/* Fails with the first wrong offset. */
void pattern_check(const void *buf, size_t len, uint64_t key, uint64_t off);

/* Fails with both sides in hexadecimal. */
void same_bytes(const char *what, const void *got, const void *want, size_t len);

#endif /* UNIT_H */
