// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Flash as a store (flash.h), without an adapter around it: where records lie, that none
 * harms another, and what is there after power went. What records mean is test_kept's.
 */
#include <errno.h>

#include "core.h"
#include "flash.h"
#include "ohba_admin.h"
#include "ohba_target.h"
#include "unit.h"

#define CONFIG_COPY	4096
#define COPY		1024
#define HEAD		32
#define VERSION		16
#define LEN		20
#define INDEX		24
#define CRC		28
#define SMALL		(16384 + 2 * 18432)
#define MAX_SIZE	(OHBA_FW_FLASH_FULL + 8192)

#define LOG_OFF		9453568
#define LOG_PAGES	32

static const uint32_t lengths[OHBA_FLASH_KINDS] = { 1088, 960, 576, 512, 3968 };
static const uint32_t any[OHBA_FLASH_KINDS] = {
	1, OHBA_TARGETS_MAX, OHBA_ACCOUNTS_MAX, 1, LOG_PAGES,
};

static struct store {
	struct ohba_fw fw;
	const uint32_t *max;		/* of the last power_on() */
	uint8_t *bytes;
	uint64_t bad_off, bad_len;	/* cannot be read */
	unsigned int reads;
	bool torn;			/* power goes in the write that begins next */
	bool power;
	struct prng *prng;
	int write_err;
	const uint8_t *held;
	uint64_t off;
	size_t len;
	unsigned int ends;
	int err;			/* of the last that ended */
	/* What the last loading told. */
	unsigned int found, damaged;
	uint32_t seen[OHBA_FLASH_KINDS][OHBA_TARGETS_MAX];	/* the first word; 0: nothing */
	uint8_t refused;		/* the first byte of records that are not valid */
} store;

/* --- the drive -------------------------------------------------------------- */

static int drive_read(void *host, uint64_t off, void *buf, size_t len)
{
	(void)host;
	assert_true(off + len <= store.fw.cfg.flash_size);
	store.reads++;
	memcpy(buf, store.bytes + off, len);
	return off < store.bad_off + store.bad_len && store.bad_off < off + len ? -EIO : 0;
}

/* Whatever of its sectors and bytes got there. */
static void tear(uint64_t off, const uint8_t *buf, size_t len)
{
	size_t at = prng_below(store.prng, len + 1);

	if (prng_below(store.prng, 4)) {
		memcpy(store.bytes + off, buf, at);
		return;
	}
	for (at = 0; at < len; at += 512)
		if (prng_below(store.prng, 2))
			memcpy(store.bytes + off + at, buf + at, 512);
}

static void drive_write(void *host, uint64_t off, const void *buf, size_t len)
{
	(void)host;
	assert_true(off + len <= store.fw.cfg.flash_size);
	if (store.torn) {
		/* The second copy, if there are two to write, as likely as the first. */
		store.torn = prng_below(store.prng, 2);
		store.power = store.torn;
	}
	if (!store.power) {
		tear(off, buf, len);
		return;
	}
	if (!store.write_err)
		memcpy(store.bytes + off, buf, len);
	ohba_fw_flash_written(&store.fw, store.write_err);
}

static const struct ohba_fw_ops drive_ops = {
	.flash_read = drive_read,
	.flash_write = drive_write,
};

/* --- its user --------------------------------------------------------------- */

static bool is_valid(struct ohba_fw *fw, enum ohba_flash_kind kind, const void *data, size_t len)
{
	const uint8_t *byte = data;

	(void)fw;
	return len == lengths[kind] && (!store.refused || *byte != store.refused);
}

static void found(struct ohba_fw *fw, enum ohba_flash_kind kind, uint32_t index,
		  const void *data)
{
	(void)fw;
	assert_int_equal(store.seen[kind][index], 0);
	if (data) {
		store.found++;
		memcpy(&store.seen[kind][index], data, sizeof(uint32_t));
		pattern_check((const uint8_t *)data + 8, lengths[kind] - 8,
			      store.seen[kind][index], 0);
	} else {
		store.damaged++;
	}
}

static void ended(struct ohba_fw *fw, int err)
{
	(void)fw;
	store.ends++;
	store.err = err;
}

static const struct ohba_flash_user user = { is_valid, found, ended };

static uint64_t no_clock(void *arg)
{
	(void)arg;
	return 0;
}

static int power_on(uint64_t size, const uint32_t max[OHBA_FLASH_KINDS])
{
	store.max = max;
	store.fw.cfg.flash_size = size;
	store.fw.ops = &drive_ops;
	store.power = true;
	store.found = store.damaged = store.reads = 0;
	memset(store.seen, 0, sizeof(store.seen));
	store.fw.flash = ohba_flash_create(&store.fw, max, &user);
	assert_non_null(store.fw.flash);
	return ohba_flash_load(store.fw.flash);
}

static void power_off(void)
{
	ohba_flash_destroy(store.fw.flash);
	store.fw.flash = NULL;
}

static void cycle(void)
{
	power_off();
	assert_int_equal(power_on(store.fw.cfg.flash_size, store.max), 0);
}

/* A record that begins with @word; 0: there is none. */
static void start(enum ohba_flash_kind kind, uint32_t index, uint32_t word)
{
	uint8_t data[OHBA_FLASH_DATA_MAX] = { 0 };

	pattern_fill(data + 8, lengths[kind] - 8, word, 0);
	memcpy(data, &word, sizeof(word));
	assert_false(ohba_flash_busy(store.fw.flash));
	ohba_flash_store(store.fw.flash, kind, index, data, word ? lengths[kind] : 0);
	assert_true(ohba_flash_busy(store.fw.flash));
	while (ohba_loop_step(store.fw.loop, 0))
		;
}

static void keep(enum ohba_flash_kind kind, uint32_t index, uint32_t word)
{
	unsigned int ends = store.ends;

	start(kind, index, word);
	assert_int_equal(store.ends, ends + 1);
	assert_int_equal(store.err, 0);
	assert_false(ohba_flash_busy(store.fw.flash));
}

static int fresh(void **state)
{
	const char *err;

	(void)state;
	memset(&store, 0, sizeof(store));
	store.bytes = calloc(1, MAX_SIZE);
	store.fw.loop = ohba_loop_create_clock(no_clock, NULL, &err);
	assert_non_null(store.bytes);
	assert_non_null(store.fw.loop);
	assert_int_equal(power_on(SMALL, any), 0);
	return 0;
}

static int gone(void **state)
{
	(void)state;
	power_off();
	ohba_loop_destroy(store.fw.loop);
	free(store.bytes);
	return 0;
}

/* SPEC.md 6.3, once more. */
static uint8_t *copy_at(enum ohba_flash_kind kind, uint32_t index, unsigned int i)
{
	switch (kind) {
	case OHBA_FLASH_CONFIG:
		return store.bytes + i * 4096;
	case OHBA_FLASH_INITIATOR:
		return store.bytes + 8192 + i * 4096;
	case OHBA_FLASH_ACCOUNT:
		return store.bytes + 16384 + index * 18432 + i * 9216;
	case OHBA_FLASH_LOG:
		return store.bytes + LOG_OFF + index * 4096 + i * LOG_PAGES * 4096;
	default:
		return store.bytes + 16384 + index / 8 * 18432 + i * 9216 + (1 + index % 8) * 1024;
	}
}

static size_t copy_len(enum ohba_flash_kind kind)
{
	return kind == OHBA_FLASH_CONFIG || kind == OHBA_FLASH_LOG ? CONFIG_COPY : COPY;
}

static void seal(uint8_t *copy, size_t len)
{
	uint32_t crc;

	memset(copy + CRC, 0, 4);
	crc = htole32(crc32c_slow(0, copy, len));
	memcpy(copy + CRC, &crc, 4);
}

/* Which of its copies is the newer. */
static unsigned int newer(enum ohba_flash_kind kind, uint32_t index)
{
	return copy_at(kind, index, 1)[8] > copy_at(kind, index, 0)[8];
}

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

		power_off();
		assert_int_equal(power_on(sizes[i].size, any), 0);
		assert_int_equal(store.found + store.damaged, 0);
		for (kind = 0; kind < OHBA_FLASH_KINDS; kind++)
			assert_int_equal(ohba_flash_room(store.fw.flash, kind),
					 sizes[i].room[kind]);
	}
	power_off();
	assert_int_equal(power_on(OHBA_FW_FLASH_FULL, few), 0);
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
	uint32_t len = word ? lengths[kind] : 0;
	uint8_t want[CONFIG_COPY] = { [8] = number, [VERSION] = 1, [LEN] = len, len >> 8,
				      [INDEX] = index, index >> 8 };

	memcpy(want, magic[kind], 8);
	if (word) {
		memcpy(want + HEAD, &word, sizeof(word));
		pattern_fill(want + HEAD + 8, len - 8, word, 0);
	}
	seal(want, copy_len(kind));
	same_bytes(magic[kind], copy_at(kind, index, i), want, copy_len(kind));
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
	power_off();
	assert_int_equal(power_on(OHBA_FW_FLASH_FULL, any), 0);
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		keep(at[i].kind, at[i].index, 0xa1 + i);
		is_copy(at[i].kind, at[i].index, 1, 1, 0xa1 + i);
		keep(at[i].kind, at[i].index, 0xb1 + i);
		is_copy(at[i].kind, at[i].index, 0, 2, 0xb1 + i);
		if (at[i].kind == OHBA_FLASH_CONFIG)
			continue;
		keep(at[i].kind, at[i].index, 0);
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
	power_off();
	memset(store.bytes + OHBA_FW_FLASH_FULL, 0x5a, MAX_SIZE - OHBA_FW_FLASH_FULL);
	assert_int_equal(power_on(MAX_SIZE, any), 0);
	for (round = 0; round < 2; round++)
		for (kind = 0; kind < OHBA_FLASH_KINDS; kind++)
			for (index = 0; index < any[kind]; index++)
				keep(kind, index, word_of(kind, index, round));
	for (round = 1; round + 1; round--) {
		cycle();
		assert_int_equal(store.found, 4096 + 512 + 2 + LOG_PAGES);
		assert_true(store.reads <= OHBA_FW_FLASH_FULL / 65536 + 1);
		for (kind = 0; kind < OHBA_FLASH_KINDS; kind++)
			for (index = 0; index < any[kind]; index++) {
				assert_int_equal(store.seen[kind][index],
						 word_of(kind, index, round));
				/* For the next look: the older. */
				copy_at(kind, index, !round)[HEAD] ^= 1;
			}
	}
	/* All but one. */
	copy_at(OHBA_FLASH_TARGET, 0, 0)[HEAD] ^= 1;
	cycle();
	assert_int_equal(store.found, 1);
	assert_int_equal(store.damaged, 4096 + 512 + 1 + LOG_PAGES);
	for (index = OHBA_FW_FLASH_FULL; index < MAX_SIZE; index++)
		assert_int_equal(store.bytes[index], 0x5a);
}

/* One that grew has what it had. */
static void test_grows(void **state)
{
	(void)state;
	keep(OHBA_FLASH_TARGET, 15, 7);
	keep(OHBA_FLASH_ACCOUNT, 1, 8);
	power_off();
	assert_int_equal(power_on(OHBA_FW_FLASH_FULL, any), 0);
	assert_int_equal(store.seen[OHBA_FLASH_TARGET][15], 7);
	assert_int_equal(store.seen[OHBA_FLASH_ACCOUNT][1], 8);
	keep(OHBA_FLASH_TARGET, 16, 9);
	cycle();
	assert_int_equal(store.found, 3);
}

/* --- what is not believed ---------------------------------------------------- */

static void move(enum ohba_flash_kind to_kind, uint32_t to, enum ohba_flash_kind kind,
		 uint32_t index)
{
	memcpy(copy_at(to_kind, to, 1), copy_at(kind, index, 1), COPY);
}

/* A copy of another record, as when a drive wrote to the wrong place. */
static void test_wrong_place(void **state)
{
	(void)state;
	keep(OHBA_FLASH_TARGET, 3, 7);
	keep(OHBA_FLASH_ACCOUNT, 0, 8);
	keep(OHBA_FLASH_INITIATOR, 0, 9);
	move(OHBA_FLASH_TARGET, 4, OHBA_FLASH_TARGET, 3);
	move(OHBA_FLASH_TARGET, 0, OHBA_FLASH_ACCOUNT, 0);
	move(OHBA_FLASH_ACCOUNT, 1, OHBA_FLASH_TARGET, 3);
	cycle();
	assert_int_equal(store.found, 3);
	assert_int_equal(store.damaged, 3);
	assert_int_equal(store.seen[OHBA_FLASH_TARGET][3], 7);
	/* It is no hindrance for what belongs there. */
	keep(OHBA_FLASH_TARGET, 4, 10);
	cycle();
	assert_int_equal(store.damaged, 2);
	assert_int_equal(store.seen[OHBA_FLASH_TARGET][4], 10);
}

static void test_not_valid(void **state)
{
	(void)state;
	keep(OHBA_FLASH_TARGET, 1, 0x11);
	keep(OHBA_FLASH_TARGET, 1, 0x22);
	keep(OHBA_FLASH_TARGET, 2, 0x22);
	store.refused = 0x22;
	cycle();
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
	uint8_t *copy = copy_at(OHBA_FLASH_TARGET, 5, 1), good[COPY];
	unsigned int i;

	(void)state;
	keep(OHBA_FLASH_TARGET, 5, 7);
	memcpy(good, copy, COPY);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		copy[bad[i].at] = bad[i].value;
		seal(copy, COPY);
		cycle();
		assert_int_equal(store.found, 0);
		assert_int_equal(store.damaged, 1);
		memcpy(copy, good, COPY);
	}
	/* The configuration is never deleted. */
	keep(OHBA_FLASH_CONFIG, 0, 8);
	copy = copy_at(OHBA_FLASH_CONFIG, 0, 1);
	memset(copy + LEN, 0, 4);
	memset(copy + HEAD, 0, CONFIG_COPY - HEAD);
	seal(copy, CONFIG_COPY);
	cycle();
	assert_int_equal(store.found, 1);
	assert_int_equal(store.damaged, 1);
}

/* Nothing is told, and nothing is to be written there. */
static void is_refused(uint64_t size, const uint32_t max[OHBA_FLASH_KINDS], int err)
{
	power_off();
	assert_int_equal(power_on(size, max), err);
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
	keep(OHBA_FLASH_TARGET, 0, 7);
	memcpy(good, copy_at(OHBA_FLASH_TARGET, 0, 1), COPY);
	put_garbage(&prng, 0, SMALL);
	is_refused(SMALL, any, -EILSEQ);
	memcpy(copy_at(OHBA_FLASH_TARGET, 0, 1), good, COPY);
	cycle();
	assert_int_equal(store.found, 1);
	assert_int_equal(store.damaged, 16 + 2 + 1);
	keep(OHBA_FLASH_TARGET, 1, 7);
	cycle();
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
		is_refused(SMALL, any, -EILSEQ);
		is_refused(SMALL, one, -EILSEQ);
		store.bytes[at[i]] = 0;
	}
	store.bytes[4096 + 512] = 0x55;
	copy_at(OHBA_FLASH_TARGET, 2, 1)[COPY - 1] = 0x55;
	store.max = any;
	cycle();
	assert_int_equal(store.damaged, 2);
	/* New flash is ones, and a file that grew zeroes behind them. */
	memset(store.bytes, 0xff, 20480);
	memset(store.bytes + 20480, 0, SMALL - 20480);
	cycle();
	assert_int_equal(store.found + store.damaged, 0);
	memset(store.bytes, 0xff, SMALL);
	cycle();
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
	keep(OHBA_FLASH_TARGET, 0, 7);
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		keep(at[i].kind, at[i].index, 8);
		copy = copy_at(at[i].kind, at[i].index, newer(at[i].kind, at[i].index));
		copy[VERSION + 1] = 1;
		seal(copy, copy_len(at[i].kind));
		is_refused(SMALL, any, -ENOTSUP);
		/* Also by one that would not look at that record. */
		is_refused(SMALL, none, -ENOTSUP);
		/* Without the CRC it is damage. */
		copy[CRC] ^= 1;
		power_off();
		assert_int_equal(power_on(SMALL, any), 0);
		assert_int_equal(store.damaged, 1);
		keep(at[i].kind, at[i].index, 9);
	}
}

static void test_unreadable(void **state)
{
	(void)state;
	keep(OHBA_FLASH_TARGET, 3, 7);
	keep(OHBA_FLASH_TARGET, 3, 8);
	keep(OHBA_FLASH_TARGET, 4, 9);
	/* The newer copy of the one, and nothing of what is beside it. */
	store.bad_off = copy_at(OHBA_FLASH_TARGET, 3, newer(OHBA_FLASH_TARGET, 3)) - store.bytes;
	store.bad_len = 1;
	cycle();
	assert_int_equal(store.seen[OHBA_FLASH_TARGET][3], 7);
	assert_int_equal(store.seen[OHBA_FLASH_TARGET][4], 9);
	assert_int_equal(store.damaged, 0);
	store.bad_len = 0;
	cycle();
	assert_int_equal(store.seen[OHBA_FLASH_TARGET][3], 8);
}

/* Readable again, and with a higher number than what was written meanwhile: it is gone. */
static void test_comes_back(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 9; i++)
		keep(OHBA_FLASH_TARGET, 3, 10 + i);
	store.bad_len = SMALL;
	cycle();
	assert_int_equal(store.damaged, 16 + 2 + 2);
	store.bad_len = 0;
	keep(OHBA_FLASH_TARGET, 3, 7);
	cycle();
	assert_int_equal(store.seen[OHBA_FLASH_TARGET][3], 7);
	copy_at(OHBA_FLASH_TARGET, 3, newer(OHBA_FLASH_TARGET, 3))[HEAD] ^= 1;
	cycle();
	assert_int_equal(store.seen[OHBA_FLASH_TARGET][3], 7);
}

/* A write that failed: the one before, until the next that does not. */
static void test_fails(void **state)
{
	(void)state;
	keep(OHBA_FLASH_TARGET, 3, 7);
	store.write_err = -ENOSPC;
	start(OHBA_FLASH_TARGET, 3, 8);
	assert_int_equal(store.err, -ENOSPC);
	start(OHBA_FLASH_TARGET, 3, 0);
	assert_int_equal(store.err, -ENOSPC);
	cycle();
	assert_int_equal(store.seen[OHBA_FLASH_TARGET][3], 7);
	store.write_err = 0;
	keep(OHBA_FLASH_TARGET, 3, 9);
	cycle();
	assert_int_equal(store.seen[OHBA_FLASH_TARGET][3], 9);
}

/* --- power goes -------------------------------------------------------------- */

#define TEARS	1000

/* Of all kinds, and quick to load. */
static const uint32_t a_few[OHBA_FLASH_KINDS] = { 1, 9, 2, 1, 2 };

static const struct {
	enum ohba_flash_kind kind;
	uint32_t index;
} several[] = {
	{ OHBA_FLASH_CONFIG, 0 }, { OHBA_FLASH_INITIATOR, 0 }, { OHBA_FLASH_ACCOUNT, 0 },
	{ OHBA_FLASH_ACCOUNT, 1 }, { OHBA_FLASH_TARGET, 0 }, { OHBA_FLASH_TARGET, 7 },
	{ OHBA_FLASH_TARGET, 8 }, { OHBA_FLASH_LOG, 0 }, { OHBA_FLASH_LOG, 1 },
};

struct history {
	uint32_t now[ARRAY_SIZE(several)];	/* words; 0: none */
	uint32_t words;
};

static uint32_t another(struct history *history, unsigned int i)
{
	if (several[i].kind != OHBA_FLASH_CONFIG && !prng_below(store.prng, 3))
		return 0;
	return ++history->words;
}

/* All is as it was; but of @torn it may be what was being written, @word. */
static void check_history(struct history *history, unsigned int torn, uint32_t word)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(several); i++) {
		uint32_t seen = store.seen[several[i].kind][several[i].index];

		if (i == torn && seen == word)
			history->now[i] = word;
		assert_int_equal(seen, history->now[i]);
	}
}

static void play_history(struct history *history)
{
	unsigned int i, n = prng_below(store.prng, 6);
	uint32_t word;

	while (n--) {
		i = prng_below(store.prng, ARRAY_SIZE(several));
		history->now[i] = another(history, i);
		keep(several[i].kind, several[i].index, history->now[i]);
	}
	i = prng_below(store.prng, ARRAY_SIZE(several));
	word = another(history, i);
	store.torn = true;
	while (store.power) {
		start(several[i].kind, several[i].index, word);
		if (store.power)
			history->now[i] = word;
	}
	cycle();
	check_history(history, i, word);
}

static void test_torn(void **state)
{
	struct prng prng = { prng_seed(0xf1a5) };
	struct history history = { .words = 0 };
	unsigned int n;

	(void)state;
	power_off();
	assert_int_equal(power_on(OHBA_FW_FLASH_FULL, a_few), 0);
	print_message("seed 0x%llx\n", (unsigned long long)prng.state);
	store.prng = &prng;
	for (n = 0; n < TEARS; n++)
		play_history(&history);
}

#define STORE(name)	cmocka_unit_test_setup_teardown(test_##name, fresh, gone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE(room), STORE(layout), STORE(full), STORE(grows), STORE(wrong_place),
		STORE(not_valid), STORE(forged), STORE(garbage), STORE(later_version), STORE(foreign),
		STORE(unreadable), STORE(comes_back), STORE(fails), STORE(torn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
