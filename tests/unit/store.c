// SPDX-License-Identifier: GPL-2.0-or-later
/* The store (store.h), its drive and its user. */
#include <errno.h>

#include "store.h"

const uint32_t store_lengths[OHBA_FLASH_KINDS] = { 1088, 960, 576, 512, 3968 };
const uint32_t store_any[OHBA_FLASH_KINDS] = {
	1, OHBA_TARGETS_MAX, OHBA_ACCOUNTS_MAX, 1, LOG_PAGES,
};

struct store store;

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
	if (store.fuse)
		store.power = --store.fuse;
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
	if (store.fails && !--store.fails)
		ohba_fw_flash_written(&store.fw, -EIO);
	else
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
	return len == store_lengths[kind] && (!store.refused || *byte != store.refused);
}

static void found(struct ohba_fw *fw, enum ohba_flash_kind kind, uint32_t index,
		  const void *data)
{
	(void)fw;
	assert_int_equal(store.seen[kind][index], 0);
	if (data) {
		store.found++;
		memcpy(&store.seen[kind][index], data, sizeof(uint32_t));
		pattern_check((const uint8_t *)data + 8, store_lengths[kind] - 8,
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

static void erased(struct ohba_fw *fw)
{
	(void)fw;
	store.erases++;
}

static void erase_ended(struct ohba_fw *fw, bool gone, int err)
{
	(void)fw;
	assert_false(ohba_flash_busy(store.fw.flash));
	store.erase_ends++;
	store.erased = gone;
	store.err = err;
}

static const struct ohba_flash_user user = { is_valid, found, ended, erased, erase_ended };

static uint64_t no_clock(void *arg)
{
	(void)arg;
	return 0;
}

int store_power_on(uint64_t size, const uint32_t max[OHBA_FLASH_KINDS])
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

void store_power_off(void)
{
	ohba_flash_destroy(store.fw.flash);
	store.fw.flash = NULL;
}

void store_cycle(void)
{
	store_power_off();
	assert_int_equal(store_power_on(store.fw.cfg.flash_size, store.max), 0);
}

static void settle(void)
{
	while (ohba_loop_step(store.fw.loop, 0))
		;
}

void store_start(enum ohba_flash_kind kind, uint32_t index, uint32_t word)
{
	uint8_t data[OHBA_FLASH_DATA_MAX] = { 0 };

	pattern_fill(data + 8, store_lengths[kind] - 8, word, 0);
	memcpy(data, &word, sizeof(word));
	assert_false(ohba_flash_busy(store.fw.flash));
	ohba_flash_store(store.fw.flash, kind, index, data, word ? store_lengths[kind] : 0);
	assert_true(ohba_flash_busy(store.fw.flash));
	settle();
}

void store_erase(void)
{
	assert_false(ohba_flash_busy(store.fw.flash));
	ohba_flash_erase(store.fw.flash);
	assert_true(ohba_flash_busy(store.fw.flash));
	settle();
}

void store_resume(void)
{
	ohba_flash_resume(store.fw.flash);
	settle();
}

void store_keep(enum ohba_flash_kind kind, uint32_t index, uint32_t word)
{
	unsigned int ends = store.ends;

	store_start(kind, index, word);
	assert_int_equal(store.ends, ends + 1);
	assert_int_equal(store.err, 0);
	assert_false(ohba_flash_busy(store.fw.flash));
}

int store_fresh(void **state)
{
	const char *err;

	(void)state;
	memset(&store, 0, sizeof(store));
	store.bytes = calloc(1, MAX_SIZE);
	store.fw.loop = ohba_loop_create_clock(no_clock, NULL, &err);
	assert_non_null(store.bytes);
	assert_non_null(store.fw.loop);
	assert_int_equal(store_power_on(SMALL, store_any), 0);
	return 0;
}

int store_gone(void **state)
{
	(void)state;
	store_power_off();
	ohba_loop_destroy(store.fw.loop);
	free(store.bytes);
	return 0;
}

uint8_t *store_copy(enum ohba_flash_kind kind, uint32_t index, unsigned int i)
{
	switch (kind) {
	case OHBA_FLASH_CONFIG:
		return store.bytes + i * 4096;
	case OHBA_FLASH_HEADER:
		return store.bytes + 9216 + i * 4096;
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

size_t store_copy_len(enum ohba_flash_kind kind)
{
	return kind == OHBA_FLASH_CONFIG || kind == OHBA_FLASH_LOG ? CONFIG_COPY : COPY;
}

void store_seal(uint8_t *copy, size_t len)
{
	uint32_t crc;

	memset(copy + CRC, 0, 4);
	crc = htole32(crc32c_slow(0, copy, len));
	memcpy(copy + CRC, &crc, 4);
}

unsigned int store_newer(enum ohba_flash_kind kind, uint32_t index)
{
	return store_copy(kind, index, 1)[8] > store_copy(kind, index, 0)[8];
}
