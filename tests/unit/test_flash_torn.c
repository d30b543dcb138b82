// SPDX-License-Identifier: GPL-2.0-or-later
/* Flash that power leaves at any byte of any write, an erase's included (flash.h). */
#include <errno.h>

#include "store.h"

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
		store_keep(several[i].kind, several[i].index, history->now[i]);
	}
	i = prng_below(store.prng, ARRAY_SIZE(several));
	word = another(history, i);
	store.torn = true;
	while (store.power) {
		store_start(several[i].kind, several[i].index, word);
		if (store.power)
			history->now[i] = word;
	}
	store_cycle();
	check_history(history, i, word);
}

static void test_torn(void **state)
{
	struct prng prng = { prng_seed(0xf1a5) };
	struct history history = { .words = 0 };
	unsigned int n;

	(void)state;
	store_power_off();
	assert_int_equal(store_power_on(OHBA_FW_FLASH_FULL, a_few), 0);
	print_message("seed 0x%llx\n", (unsigned long long)prng.state);
	store.prng = &prng;
	for (n = 0; n < TEARS; n++)
		play_history(&history);
}

/* --- in an erase -------------------------------------------------------------- */

/* Of SMALL bytes: the header, what is before, between and behind its copies, the header. */
#define ERASE_WRITES	7

static const uint32_t erasable[OHBA_FLASH_KINDS] = { 1, 9, 2, 1, [OHBA_FLASH_HEADER] = 1 };

static void is_wiped(void)
{
	uint8_t *header[2] = { store_copy(OHBA_FLASH_HEADER, 0, 0),
			       store_copy(OHBA_FLASH_HEADER, 0, 1) };
	uint8_t *byte;

	for (byte = store.bytes; byte < store.bytes + SMALL; byte++)
		if ((byte < header[0] || byte >= header[0] + COPY) &&
		    (byte < header[1] || byte >= header[1] + COPY))
			assert_int_equal(*byte, 0);
}

static void forget(struct history *history)
{
	memset(history->now, 0, sizeof(history->now));
}

static void erase(struct history *history)
{
	unsigned int ends = store.erase_ends, erases = store.erases;

	store_erase();
	assert_int_equal(store.erase_ends, ends + 1);
	assert_int_equal(store.erases, erases + 1);
	assert_true(store.erased);
	assert_int_equal(store.err, 0);
	is_wiped();
	forget(history);
}

/* The drive goes on with what power ended, as often as it takes. */
static void resume(void)
{
	while (ohba_flash_busy(store.fw.flash)) {
		store.fuse = prng_below(store.prng, ERASE_WRITES);
		store_resume();
		if (!store.power)
			store_cycle();
		store.fuse = 0;
		assert_int_equal(store.found + store.damaged, 0);
	}
}

static void tear_erase(struct history *history)
{
	unsigned int fuse = 1 + prng_below(store.prng, ERASE_WRITES), i;

	store.fuse = fuse;
	store_erase();
	assert_false(store.power);
	store_cycle();
	/* Of the first write it may be that all of it got there. */
	if (fuse > 1 || ohba_flash_busy(store.fw.flash))
		forget(history);
	for (i = 0; i < ARRAY_SIZE(several); i++)
		assert_int_equal(store.seen[several[i].kind][several[i].index], history->now[i]);
	resume();
}

static unsigned int one_of_them(void)
{
	unsigned int i;

	do {
		i = prng_below(store.prng, ARRAY_SIZE(several));
	} while (several[i].kind == OHBA_FLASH_LOG);
	return i;
}

static void play_erases(struct history *history)
{
	unsigned int i, n = prng_below(store.prng, 6);

	while (n--) {
		i = one_of_them();
		history->now[i] = another(history, i);
		store_keep(several[i].kind, several[i].index, history->now[i]);
	}
	if (prng_below(store.prng, 4))
		tear_erase(history);
	else
		erase(history);
	if (prng_below(store.prng, 2)) {
		store_cycle();
		check_history(history, ARRAY_SIZE(several), 0);
	}
}

static void test_torn_erase(void **state)
{
	struct prng prng = { prng_seed(0xe6a5) };
	struct history history = { .words = 0 };
	unsigned int n;

	(void)state;
	print_message("seed 0x%llx\n", (unsigned long long)prng.state);
	store.prng = &prng;
	store.max = erasable;
	store_cycle();
	for (n = 0; n < TEARS; n++)
		play_erases(&history);
}

static void erasable_with(uint32_t word)
{
	store.max = erasable;
	memset(store.bytes, 0, SMALL);
	store_cycle();
	store_keep(OHBA_FLASH_TARGET, 3, word);
}

/* A write that fails, though the drive has it all: what is stored from then on stays. */
static void test_erase_fails(void **state)
{
	unsigned int at;

	(void)state;
	for (at = 1; at <= ERASE_WRITES; at++) {
		erasable_with(7);
		store.fails = at;
		store_erase();
		assert_int_equal(store.err, -EIO);
		assert_int_equal(store.erased, at > 2);
		assert_int_equal(ohba_flash_stuck(store.fw.flash), at > 2);
		if (at > 2) {
			store_erase();
			assert_int_equal(store.err, 0);
			is_wiped();
		}
		assert_false(ohba_flash_stuck(store.fw.flash));
		store_keep(OHBA_FLASH_TARGET, 4, 8);
		store_cycle();
		assert_false(ohba_flash_busy(store.fw.flash));
		assert_int_equal(store.seen[OHBA_FLASH_TARGET][3], at > 2 ? 0 : 7);
		assert_int_equal(store.seen[OHBA_FLASH_TARGET][4], 8);
	}
}

/* Whether the header says "erasing" is unknown, and cannot be mended. */
static void test_erase_stuck(void **state)
{
	(void)state;
	erasable_with(7);
	store.write_err = -ENOSPC;
	store_erase();
	assert_int_equal(store.err, -ENOSPC);
	assert_false(store.erased);
	assert_int_equal(store.erases, 0);
	assert_true(ohba_flash_stuck(store.fw.flash));
	store.write_err = 0;
	store_erase();
	assert_int_equal(store.err, 0);
	assert_false(ohba_flash_stuck(store.fw.flash));
	is_wiped();
}

/* The newer copy of a header that says "none" goes bad: the older does not erase. */
static void header_is_harmless(void)
{
	assert_false(ohba_flash_busy(store.fw.flash));
	store_keep(OHBA_FLASH_TARGET, 3, 9);
	store_copy(OHBA_FLASH_HEADER, 0, store_newer(OHBA_FLASH_HEADER, 0))[HEAD] ^= 1;
	store_cycle();
	assert_false(ohba_flash_busy(store.fw.flash));
	assert_int_equal(store.seen[OHBA_FLASH_TARGET][3], 9);
}

static void test_header_bad(void **state)
{
	(void)state;
	erasable_with(7);
	store_erase();
	header_is_harmless();
	/* So after one that was undone, */
	erasable_with(7);
	store.fails = 1;
	store_erase();
	header_is_harmless();
}

/* or about to be over, when power went: that is the first thing to be ended. */
static void test_header_half(void **state)
{
	uint8_t *header;

	(void)state;
	erasable_with(7);
	store_erase();
	store_keep(OHBA_FLASH_TARGET, 4, 8);
	header = store_copy(OHBA_FLASH_HEADER, 0, !store_newer(OHBA_FLASH_HEADER, 0));
	header[LEN] = 8;
	header[HEAD] = 1;
	store_seal(header, COPY);
	store_cycle();
	assert_int_equal(store.seen[OHBA_FLASH_TARGET][4], 8);
	assert_true(ohba_flash_busy(store.fw.flash));
	store_resume();
	assert_false(store.erased);
	assert_int_equal(store.err, 0);
	header_is_harmless();
	assert_int_equal(store.seen[OHBA_FLASH_TARGET][4], 8);
}

/* What says something else than "erasing" is none. */
static void test_header_forged(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} bad[] = { { LEN, 4 }, { HEAD, 2 }, { HEAD + 4, 1 }, { INDEX, 1 }, { 0, 'x' } };
	uint8_t good[COPY], *header;
	unsigned int i;

	(void)state;
	erasable_with(7);
	header = store_copy(OHBA_FLASH_HEADER, 0, 1);
	memcpy(header, "OHBAhead", 8);
	header[8] = header[VERSION] = header[HEAD] = 1;
	header[LEN] = 8;
	memcpy(good, header, COPY);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		header[bad[i].at] = bad[i].value;
		store_seal(header, COPY);
		store_cycle();
		assert_int_equal(store.seen[OHBA_FLASH_TARGET][3], 7);
		assert_int_equal(store.damaged, 0);
		memcpy(header, good, COPY);
	}
	store_seal(header, COPY);
	store_cycle();
	assert_int_equal(store.found, 0);
	assert_true(ohba_flash_busy(store.fw.flash));
}

#define STORE(name)	cmocka_unit_test_setup_teardown(test_##name, store_fresh, store_gone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE(torn), STORE(torn_erase), STORE(erase_fails), STORE(erase_stuck),
		STORE(header_bad), STORE(header_half), STORE(header_forged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
