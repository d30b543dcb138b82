// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Flash as a store (flash.h): where records lie, that none harms another, and what is not
 * believed. What power leaves is test_flash_torn's, what records mean test_kept's.
 */
#include <errno.h>

#include "store.h"

/* --- where they lie ---------------------------------------------------------- */

static void test_room(void **state)
{
	static const struct {
		uint64_t size;
		uint32_t room[OHBA_FLASH_KINDS];
	} sizes[] = {
		{ 8192, { 1, 0, 0, 0 } },
		{ 13311, { 1, 0, 0, 0 } },
		{ 13312, { 1, 0, 0, 1 } },
		{ 14335, { 1, 0, 0, 1 } },
		{ SMALL - 1, { 1, 15, 2, 1 } },
		{ SMALL, { 1, 16, 2, 1 } },
		{ 65536, { 1, 18, 3, 1 } },
		{ LOG_OFF - 1, { 1, 4095, 512, 1 } },
		{ LOG_OFF, { 1, 4096, 512, 1 } },
		{ LOG_OFF + 33 * 4096, { 1, 4096, 512, 1, 1 } },
		{ OHBA_FW_FLASH_FULL - 1, { 1, 4096, 512, 1, 31 } },
		{ OHBA_FW_FLASH_FULL, { 1, 4096, 512, 1, 32 } },
		{ OHBA_FW_FLASH_FULL + 5000, { 1, 4096, 512, 1, 32 } },
	};
	static const uint32_t few[OHBA_FLASH_KINDS] = { 0, 5, 7, 1, 2 };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		enum ohba_flash_kind kind;

		store_power_off();
		assert_int_equal(store_power_on(sizes[i].size, store_any), 0);
		assert_int_equal(store.found + store.damaged, 0);
		for (kind = 0; kind < OHBA_FLASH_KINDS; kind++)
			assert_int_equal(ohba_flash_room(store.fw.flash, kind),
					 sizes[i].room[kind]);
	}
	store_power_off();
	assert_int_equal(store_power_on(OHBA_FW_FLASH_FULL, few), 0);
	for (i = 0; i < OHBA_FLASH_KINDS; i++)
		assert_int_equal(ohba_flash_room(store.fw.flash, i), few[i]);
}

/* As SPEC.md has it. */
static void is_copy(enum ohba_flash_kind kind, uint32_t index, unsigned int i, uint8_t number,
		    uint32_t word)
{
	static const char magic[OHBA_FLASH_KINDS][9] = {
		"OHBAconf", "OHBAtarg", "OHBAacct", "OHBAinit", "OHBAlog ",
	};
	uint32_t len = word ? store_lengths[kind] : 0;
	uint8_t want[CONFIG_COPY] = { [8] = number, [VERSION] = 1, [LEN] = len, len >> 8,
				      [INDEX] = index, index >> 8 };

	memcpy(want, magic[kind], 8);
	if (word) {
		memcpy(want + HEAD, &word, sizeof(word));
		pattern_fill(want + HEAD + 8, len - 8, word, 0);
	}
	store_seal(want, store_copy_len(kind));
	same_bytes(magic[kind], store_copy(kind, index, i), want, store_copy_len(kind));
}

static void test_layout(void **state)
{
	static const struct {
		enum ohba_flash_kind kind;
		uint32_t index;
	} at[] = {
		{ OHBA_FLASH_CONFIG, 0 }, { OHBA_FLASH_INITIATOR, 0 }, { OHBA_FLASH_ACCOUNT, 1 },
		{ OHBA_FLASH_TARGET, 0 }, { OHBA_FLASH_TARGET, 13 }, { OHBA_FLASH_LOG, 0 },
		{ OHBA_FLASH_LOG, 31 },
	};
	unsigned int i;

	(void)state;
	store_power_off();
	assert_int_equal(store_power_on(OHBA_FW_FLASH_FULL, store_any), 0);
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		store_keep(at[i].kind, at[i].index, 0xa1 + i);
		is_copy(at[i].kind, at[i].index, 1, 1, 0xa1 + i);
		store_keep(at[i].kind, at[i].index, 0xb1 + i);
		is_copy(at[i].kind, at[i].index, 0, 2, 0xb1 + i);
		if (at[i].kind == OHBA_FLASH_CONFIG)
			continue;
		store_keep(at[i].kind, at[i].index, 0);
		is_copy(at[i].kind, at[i].index, 1, 3, 0);
	}
}

static uint32_t word_of(enum ohba_flash_kind kind, uint32_t index, uint32_t round)
{
	return 1 + round + 4 * kind + (index << 8);
}

/* All there is room for, and what lies behind it stays as it was. Few reads see it all. */
static void test_full(void **state)
{
	enum ohba_flash_kind kind;
	uint32_t index, round;

	(void)state;
	store_power_off();
	memset(store.bytes + OHBA_FW_FLASH_FULL, 0x5a, MAX_SIZE - OHBA_FW_FLASH_FULL);
	assert_int_equal(store_power_on(MAX_SIZE, store_any), 0);
	for (round = 0; round < 2; round++)
		for (kind = 0; kind < OHBA_FLASH_KINDS; kind++)
			for (index = 0; index < store_any[kind]; index++)
				store_keep(kind, index, word_of(kind, index, round));
	for (round = 1; round + 1; round--) {
		store_cycle();
		assert_int_equal(store.found, 4096 + 512 + 2 + LOG_PAGES);
		assert_true(store.reads <= OHBA_FW_FLASH_FULL / 65536 + 1);
		for (kind = 0; kind < OHBA_FLASH_KINDS; kind++)
			for (index = 0; index < store_any[kind]; index++) {
				assert_int_equal(store.seen[kind][index],
						 word_of(kind, index, round));
				/* For the next look: the older. */
				store_copy(kind, index, !round)[HEAD] ^= 1;
			}
	}
	/* All but one. */
	store_copy(OHBA_FLASH_TARGET, 0, 0)[HEAD] ^= 1;
	store_cycle();
	assert_int_equal(store.found, 1);
	assert_int_equal(store.damaged, 4096 + 512 + 1 + LOG_PAGES);
	for (index = OHBA_FW_FLASH_FULL; index < MAX_SIZE; index++)
		assert_int_equal(store.bytes[index], 0x5a);
}

/* One that grew has what it had. */
static void test_grows(void **state)
{
	(void)state;
	store_keep(OHBA_FLASH_TARGET, 15, 7);
	store_keep(OHBA_FLASH_ACCOUNT, 1, 8);
	store_power_off();
	assert_int_equal(store_power_on(OHBA_FW_FLASH_FULL, store_any), 0);
	assert_int_equal(store.seen[OHBA_FLASH_TARGET][15], 7);
	assert_int_equal(store.seen[OHBA_FLASH_ACCOUNT][1], 8);
	store_keep(OHBA_FLASH_TARGET, 16, 9);
	store_cycle();
	assert_int_equal(store.found, 3);
}

/* --- what is not believed ---------------------------------------------------- */

static void move(enum ohba_flash_kind to_kind, uint32_t to, enum ohba_flash_kind kind,
		 uint32_t index)
{
	memcpy(store_copy(to_kind, to, 1), store_copy(kind, index, 1), COPY);
}

/* A copy of another record, as when a drive wrote to the wrong place. */
static void test_wrong_place(void **state)
{
	(void)state;
	store_keep(OHBA_FLASH_TARGET, 3, 7);
	store_keep(OHBA_FLASH_ACCOUNT, 0, 8);
	store_keep(OHBA_FLASH_INITIATOR, 0, 9);
	move(OHBA_FLASH_TARGET, 4, OHBA_FLASH_TARGET, 3);
	move(OHBA_FLASH_TARGET, 0, OHBA_FLASH_ACCOUNT, 0);
	move(OHBA_FLASH_ACCOUNT, 1, OHBA_FLASH_TARGET, 3);
	store_cycle();
	assert_int_equal(store.found, 3);
	assert_int_equal(store.damaged, 3);
	assert_int_equal(store.seen[OHBA_FLASH_TARGET][3], 7);
	/* It is no hindrance for what belongs there. */
	store_keep(OHBA_FLASH_TARGET, 4, 10);
	store_cycle();
	assert_int_equal(store.damaged, 2);
	assert_int_equal(store.seen[OHBA_FLASH_TARGET][4], 10);
}

static void test_not_valid(void **state)
{
	(void)state;
	store_keep(OHBA_FLASH_TARGET, 1, 0x11);
	store_keep(OHBA_FLASH_TARGET, 1, 0x22);
	store_keep(OHBA_FLASH_TARGET, 2, 0x22);
	store.refused = 0x22;
	store_cycle();
	assert_int_equal(store.seen[OHBA_FLASH_TARGET][1], 0x11);
	assert_int_equal(store.seen[OHBA_FLASH_TARGET][2], 0);
	assert_int_equal(store.damaged, 1);
}

/* Whoever knows the CRC, field by field. */
static void test_forged(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} bad[] = {
		{ 0, 'x' }, { 7, 'x' }, { VERSION, 0 }, { LEN, 0 }, { LEN, 0xc1 }, { LEN + 1, 4 },
		{ LEN + 3, 0x80 }, { INDEX, 6 }, { INDEX + 3, 1 }, { COPY - 1, 1 },
	};
	uint8_t *copy = store_copy(OHBA_FLASH_TARGET, 5, 1), good[COPY];
	unsigned int i;

	(void)state;
	store_keep(OHBA_FLASH_TARGET, 5, 7);
	memcpy(good, copy, COPY);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		copy[bad[i].at] = bad[i].value;
		store_seal(copy, COPY);
		store_cycle();
		assert_int_equal(store.found, 0);
		assert_int_equal(store.damaged, 1);
		memcpy(copy, good, COPY);
	}
	/* The configuration is never deleted. */
	store_keep(OHBA_FLASH_CONFIG, 0, 8);
	copy = store_copy(OHBA_FLASH_CONFIG, 0, 1);
	memset(copy + LEN, 0, 4);
	memset(copy + HEAD, 0, CONFIG_COPY - HEAD);
	store_seal(copy, CONFIG_COPY);
	store_cycle();
	assert_int_equal(store.found, 1);
	assert_int_equal(store.damaged, 1);
}

/* Nothing is told, and nothing is to be written there. */
static void is_refused(uint64_t size, const uint32_t max[OHBA_FLASH_KINDS], int err)
{
	store_power_off();
	assert_int_equal(store_power_on(size, max), err);
	assert_int_equal(store.found + store.damaged, 0);
}

static void put_garbage(struct prng *prng, size_t from, size_t to)
{
	for (; from < to; from++)
		store.bytes[from] = prng_next(prng) >> 32;
}

/* A single record that is whole tells that the rest was an adapter's, too. */
static void test_garbage(void **state)
{
	struct prng prng = { prng_seed(0x6a4b) };
	uint8_t good[COPY];

	(void)state;
	print_message("seed 0x%llx\n", (unsigned long long)prng.state);
	store_keep(OHBA_FLASH_TARGET, 0, 7);
	memcpy(good, store_copy(OHBA_FLASH_TARGET, 0, 1), COPY);
	put_garbage(&prng, 0, SMALL);
	is_refused(SMALL, store_any, -EILSEQ);
	memcpy(store_copy(OHBA_FLASH_TARGET, 0, 1), good, COPY);
	store_cycle();
	assert_int_equal(store.found, 1);
	assert_int_equal(store.damaged, 16 + 2 + 1);
	store_keep(OHBA_FLASH_TARGET, 1, 7);
	store_cycle();
	assert_int_equal(store.found, 2);
	assert_int_equal(store.damaged, 16 + 2);
}

/* Another's, wherever it has something; but what a first write left half done is ours. */
static void test_foreign(void **state)
{
	static const uint32_t one[OHBA_FLASH_KINDS] = { 1 };
	static const size_t at[] = { 510, 1024 + 56, 10000, 15000, SMALL - 9216 - 1 };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		store.bytes[at[i]] = 0x55;
		is_refused(SMALL, store_any, -EILSEQ);
		is_refused(SMALL, one, -EILSEQ);
		store.bytes[at[i]] = 0;
	}
	store.bytes[4096 + 512] = 0x55;
	store_copy(OHBA_FLASH_TARGET, 2, 1)[COPY - 1] = 0x55;
	store.max = store_any;
	store_cycle();
	assert_int_equal(store.damaged, 2);
	/* New flash is ones, and a file that grew zeroes behind them. */
	memset(store.bytes, 0xff, 20480);
	memset(store.bytes + 20480, 0, SMALL - 20480);
	store_cycle();
	assert_int_equal(store.found + store.damaged, 0);
	memset(store.bytes, 0xff, SMALL);
	store_cycle();
	assert_int_equal(store.found + store.damaged, 0);
}

/* By any record of the later version; and nothing of the others is told. */
static void test_later_version(void **state)
{
	static const struct {
		enum ohba_flash_kind kind;
		uint32_t index;
	} at[] = {
		{ OHBA_FLASH_CONFIG, 0 }, { OHBA_FLASH_INITIATOR, 0 }, { OHBA_FLASH_ACCOUNT, 1 },
		{ OHBA_FLASH_TARGET, 15 },
	};
	static const uint32_t none[OHBA_FLASH_KINDS] = { 0 };
	uint8_t *copy;
	unsigned int i;

	(void)state;
	store_keep(OHBA_FLASH_TARGET, 0, 7);
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		store_keep(at[i].kind, at[i].index, 8);
		copy = store_copy(at[i].kind, at[i].index, store_newer(at[i].kind, at[i].index));
		copy[VERSION + 1] = 1;
		store_seal(copy, store_copy_len(at[i].kind));
		is_refused(SMALL, store_any, -ENOTSUP);
		/* Also by one that would not look at that record. */
		is_refused(SMALL, none, -ENOTSUP);
		/* Without the CRC it is damage. */
		copy[CRC] ^= 1;
		store_power_off();
		assert_int_equal(store_power_on(SMALL, store_any), 0);
		assert_int_equal(store.damaged, 1);
		store_keep(at[i].kind, at[i].index, 9);
	}
}

/*
 * Power goes in the first write that ever was, and in the next, of the same record: what it
 * leaves lies in a second copy each time.
 */
static void test_torn_twice(void **state)
{
	struct prng prng = { prng_seed(0x7031) };
	unsigned int i;

	(void)state;
	store.prng = &prng;
	for (i = 0; i < 20; i++) {
		memset(store.bytes, 0, SMALL);
		store_cycle();
		store.fuse = 1;
		store_start(OHBA_FLASH_TARGET, 3, 7);
		store_cycle();
		store.fuse = 1;
		store_start(OHBA_FLASH_TARGET, 3, 8);
		store_cycle();
		store_keep(OHBA_FLASH_TARGET, 3, 9);
		store_cycle();
		assert_int_equal(store.seen[OHBA_FLASH_TARGET][3], 9);
	}
}

/* Of a file with one record that cannot be read nobody may say that it is not ours. */
static void test_foreign_or_unreadable(void **state)
{
	(void)state;
	store_keep(OHBA_FLASH_TARGET, 3, 7);
	store_copy(OHBA_FLASH_TARGET, 3, 0)[5] = 0x55;
	store.bad_off = store_copy(OHBA_FLASH_TARGET, 3, 1) - store.bytes;
	store.bad_len = COPY;
	is_refused(SMALL, store_any, -EIO);
	store.bad_len = 0;
	store.max = store_any;
	store_cycle();
	assert_int_equal(store.seen[OHBA_FLASH_TARGET][3], 7);
}

static void test_unreadable(void **state)
{
	(void)state;
	store_keep(OHBA_FLASH_TARGET, 3, 7);
	store_keep(OHBA_FLASH_TARGET, 3, 8);
	store_keep(OHBA_FLASH_TARGET, 4, 9);
	/* The newer copy of the one, and nothing of what is beside it. */
	store.bad_off = store_copy(OHBA_FLASH_TARGET, 3, store_newer(OHBA_FLASH_TARGET, 3)) - store.bytes;
	store.bad_len = 1;
	store_cycle();
	assert_int_equal(store.seen[OHBA_FLASH_TARGET][3], 7);
	assert_int_equal(store.seen[OHBA_FLASH_TARGET][4], 9);
	assert_int_equal(store.damaged, 0);
	store.bad_len = 0;
	store_cycle();
	assert_int_equal(store.seen[OHBA_FLASH_TARGET][3], 8);
}

/* Readable again, and with a higher number than what was written meanwhile: it is gone. */
static void test_comes_back(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 9; i++)
		store_keep(OHBA_FLASH_TARGET, 3, 10 + i);
	store.bad_len = SMALL;
	store_cycle();
	assert_int_equal(store.damaged, 16 + 2 + 2);
	store.bad_len = 0;
	store_keep(OHBA_FLASH_TARGET, 3, 7);
	store_cycle();
	assert_int_equal(store.seen[OHBA_FLASH_TARGET][3], 7);
	store_copy(OHBA_FLASH_TARGET, 3, store_newer(OHBA_FLASH_TARGET, 3))[HEAD] ^= 1;
	store_cycle();
	assert_int_equal(store.seen[OHBA_FLASH_TARGET][3], 7);
}

/* A write that failed: the one before, until the next that does not. */
static void test_fails(void **state)
{
	(void)state;
	store_keep(OHBA_FLASH_TARGET, 3, 7);
	store.write_err = -ENOSPC;
	store_start(OHBA_FLASH_TARGET, 3, 8);
	assert_int_equal(store.err, -ENOSPC);
	store_start(OHBA_FLASH_TARGET, 3, 0);
	assert_int_equal(store.err, -ENOSPC);
	store_cycle();
	assert_int_equal(store.seen[OHBA_FLASH_TARGET][3], 7);
	store.write_err = 0;
	store_keep(OHBA_FLASH_TARGET, 3, 9);
	store_cycle();
	assert_int_equal(store.seen[OHBA_FLASH_TARGET][3], 9);
}

#define STORE(name)	cmocka_unit_test_setup_teardown(test_##name, store_fresh, store_gone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE(room), STORE(layout), STORE(full), STORE(grows), STORE(wrong_place),
		STORE(not_valid), STORE(forged), STORE(garbage), STORE(later_version), STORE(foreign),
		STORE(unreadable), STORE(comes_back), STORE(fails),
		STORE(torn_twice), STORE(foreign_or_unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
