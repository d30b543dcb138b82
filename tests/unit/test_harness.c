// SPDX-License-Identifier: GPL-2.0-or-later
/* The harness itself: an oracle that is wrong, or blind, proves nothing. */
#include "memory.h"

/* RFC 7143 appendix A.4: the digest's bytes as they are on the wire. */
static void crc32c_vectors(void **state)
{
	static const uint8_t read_pdu[48] = {
		0x01, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00,
		0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x18,
		0x28, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	};
	uint8_t zeros[32] = { 0 }, ones[32], up[32], down[32];
	const struct {
		const uint8_t *data;
		size_t len;
		uint8_t wire[4];
	} row[] = {
		{ zeros, 32, { 0xaa, 0x36, 0x91, 0x8a } },
		{ ones, 32, { 0x43, 0xab, 0xa8, 0x62 } },
		{ up, 32, { 0x4e, 0x79, 0xdd, 0x46 } },
		{ down, 32, { 0x5c, 0xdb, 0x3f, 0x11 } },
		{ read_pdu, 48, { 0x56, 0x3a, 0x96, 0xd9 } },
	};
	size_t i;

	(void)state;
	memset(ones, 0xff, sizeof(ones));
	for (i = 0; i < 32; i++) {
		up[i] = i;
		down[i] = 31 - i;
	}
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		uint32_t crc = htole32(crc32c_slow(0, row[i].data, row[i].len));
		uint32_t split = crc32c_slow(0, row[i].data, 5);

		same_bytes("CRC32C", &crc, row[i].wire, 4);
		split = htole32(crc32c_slow(split, row[i].data + 5, row[i].len - 5));
		same_bytes("CRC32C in two steps", &split, row[i].wire, 4);
	}
}

static void patterns_tell_their_place(void **state)
{
	uint8_t a[64], b[64];

	(void)state;
	pattern_fill(a, sizeof(a), 7, 1000);
	pattern_fill(b, 32, 7, 1000);
	pattern_fill(b + 32, 32, 7, 1032);
	same_bytes("a pattern in two steps", b, a, sizeof(a));
	pattern_fill(b, sizeof(b), 7, 1008);
	assert_memory_not_equal(a, b, 8);
	pattern_fill(b, sizeof(b), 8, 1000);
	assert_memory_not_equal(a, b, 8);
}

/* --- what guest memory notices ------------------------------------------------------------ */

enum offence {
	WILD, PAST_THE_END, WRONG_WAY, RETIRED, UNKNOWN_UNMAP, DONE_TOO_MUCH, OFFENCES
};

static void offend(struct memory *mem, enum offence offence)
{
	uint64_t in = mem_alloc(mem, 100, MEM_IN);
	size_t len = offence == PAST_THE_END ? 101 : 100;
	void *ptr;

	if (offence == RETIRED)
		mem_retire(mem, in);
	ptr = mem_map(mem, offence == WILD ? in + 200 : in, &len, offence != WRONG_WAY);
	if (!ptr)
		return;
	if (offence == UNKNOWN_UNMAP)
		mem_unmap(mem, ptr, len - 1, true, 0);
	mem_unmap(mem, ptr, len, true, offence == DONE_TOO_MUCH ? len + 1 : len);
	if (mem_mapped(mem))
		mem_unmap(mem, ptr, len, true, len);
}

static void wrong_dma_is_noticed(void **state)
{
	int offence;

	(void)state;
	for (offence = WILD; offence <= OFFENCES; offence++) {
		struct memory *mem = mem_new();

		offend(mem, offence);
		assert_int_equal(mem_violation(mem) != NULL, offence != OFFENCES);
		mem_free(mem);
	}
}

static void outside_of_ram_is_refused(void **state)
{
	static const uint64_t addrs[] = { 0, RAM_BASE - 1, RAM_BASE + RAM_SIZE, ~0ull };
	struct memory *mem = mem_new();
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(addrs); i++) {
		size_t len = 1;

		assert_null(mem_map(mem, addrs[i], &len, true));
	}
	assert_null(mem_violation(mem));
	mem_free(mem);
}

/* Only what the device says it wrote arrives. */
static void the_count_of_bytes_written_matters(void **state)
{
	struct memory *mem = mem_new();
	uint64_t addr = mem_alloc(mem, 8, MEM_IN);
	size_t len = 8;
	uint8_t *ptr;

	(void)state;
	ptr = mem_map(mem, addr, &len, true);
	memset(ptr, 0x11, 8);
	mem_unmap(mem, ptr, 8, true, 5);
	same_bytes("buffer", mem_ptr(mem, addr), "\x11\x11\x11\x11\x11\0\0\0", 8);
	mem_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crc32c_vectors),
		cmocka_unit_test(patterns_tell_their_place),
		cmocka_unit_test(wrong_dma_is_noticed),
		cmocka_unit_test(outside_of_ram_is_refused),
		cmocka_unit_test(the_count_of_bytes_written_matters),
	};

	return cmocka_run_group_tests_name("harness", tests, NULL, NULL);
}
