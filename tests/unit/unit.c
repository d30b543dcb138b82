// SPDX-License-Identifier: GPL-2.0-or-later
/* The harness's small tools (unit.h). */
#include "unit.h"

uint16_t be16_at(const uint8_t *p, unsigned int off)
{
	return p[off] << 8 | p[off + 1];
}

uint32_t be24_at(const uint8_t *p, unsigned int off)
{
	return p[off] << 16 | be16_at(p, off + 1);
}

uint32_t be32_at(const uint8_t *p, unsigned int off)
{
	return (uint32_t)p[off] << 24 | be24_at(p, off + 1);
}

void put_be16(uint8_t *p, unsigned int off, uint16_t val)
{
	p[off] = val >> 8;
	p[off + 1] = val;
}

void put_be24(uint8_t *p, unsigned int off, uint32_t val)
{
	p[off] = val >> 16;
	put_be16(p, off + 1, val);
}

void put_be32(uint8_t *p, unsigned int off, uint32_t val)
{
	p[off] = val >> 24;
	put_be24(p, off + 1, val);
}

static uint32_t crc_table[256];

/* The table is made bit by bit, from the polynomial and nothing else. */
static void make_crc_table(void)
{
	uint32_t i, bit, crc;

	for (i = 0; i < 256; i++) {
		crc = i;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
		crc_table[i] = crc;
	}
}

uint32_t crc32c_slow(uint32_t crc, const void *data, size_t len)
{
	const uint8_t *byte = data;

	if (!crc_table[1])
		make_crc_table();
	crc = ~crc;
	while (len--)
		crc = crc >> 8 ^ crc_table[(crc ^ *byte++) & 0xff];
	return ~crc;
}

uint64_t prng_next(struct prng *prng)
{
	prng->state ^= prng->state >> 12;
	prng->state ^= prng->state << 25;
	prng->state ^= prng->state >> 27;
	return prng->state * 0x2545f4914f6cdd1dull;
}

uint32_t prng_below(struct prng *prng, uint32_t n)
{
	return (prng_next(prng) >> 32) * n >> 32;
}

uint64_t prng_seed(uint64_t fallback)
{
	const char *text = getenv("OHBA_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 0) : 0;

	return seed ? seed : fallback;
}

static uint64_t pattern_word(uint64_t key, uint64_t index)
{
	uint64_t x = key * 0x9e3779b97f4a7c15ull + index * 0xbf58476d1ce4e5b9ull + 1;

	x ^= x >> 31;
	x *= 0x94d049bb133111ebull;
	return x ^ x >> 29;
}

static uint8_t pattern_byte(uint64_t key, uint64_t off)
{
	return pattern_word(key, off / 8) >> off % 8 * 8;
}

void pattern_fill(void *buf, size_t len, uint64_t key, uint64_t off)
{
	uint8_t *byte = buf;
	size_t i;

	for (i = 0; i < len; i++)
		byte[i] = pattern_byte(key, off + i);
}

void pattern_check(const void *buf, size_t len, uint64_t key, uint64_t off)
{
	const uint8_t *byte = buf;
	size_t i;

	for (i = 0; i < len; i++)
		if (byte[i] != pattern_byte(key, off + i))
			fail_msg("byte %llu of pattern %llu is %02x and not %02x",
				 (unsigned long long)(off + i), (unsigned long long)key,
				 byte[i], pattern_byte(key, off + i));
}

static void print_hex(const char *what, const uint8_t *byte, size_t len)
{
	size_t i;

	print_error("%s:", what);
	for (i = 0; i < len && i < 512; i++)
		print_error("%s%02x", i % 16 ? " " : "\n    ", byte[i]);
	print_error("\n");
}

void same_bytes(const char *what, const void *got, const void *want, size_t len)
{
	const uint8_t *a = got, *b = want;
	size_t i;

	for (i = 0; i < len && a[i] == b[i]; i++)
		;
	if (i == len)
		return;
	print_hex("got", got, len);
	print_hex("expected", want, len);
	fail_msg("%s: differs at byte %zu", what, i);
}
