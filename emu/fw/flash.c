// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Flash (flash.h): copies of records, each with what it is, a number that grows and a
 * CRC32C over all of it. Little-endian. Where they lie does not depend on flash's size:
 * one that grew keeps what it has.
 */
#include "flash_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "log.h"
#include "ohba_admin.h"
#include "ohba_target.h"

/* Behind all others: flash that was made before there was a log has them where they were. */
#define LOG		(BLOCKS + OHBA_ACCOUNTS_MAX * BLOCK)

/*
 * After the configuration, the initiator and the header come blocks of an account and eight
 * targets: their first copies side by side, then their second ones. The copies of a record are
 * more than 4096 bytes apart, so that no sector of a drive has both.
 */
#define BLOCKS		16384
#define TARGETS_PER_BLOCK	8
#define ROW		((1 + TARGETS_PER_BLOCK) * 1024)	/* bytes of its first copies */
#define BLOCK		(FLASH_COPIES * ROW)

const struct flash_kind flash_kinds[OHBA_FLASH_KINDS] = {
	[OHBA_FLASH_CONFIG] = { "OHBAconf", "configuration", 0, 4096, 4096, 1, 1 },
	[OHBA_FLASH_INITIATOR] = { "OHBAinit", "initiator", 8192, 1024, 4096, 1, 1 },
	[OHBA_FLASH_ACCOUNT] = { "OHBAacct", "account", BLOCKS, 1024, ROW, 1,
				 OHBA_ACCOUNTS_MAX },
	[OHBA_FLASH_TARGET] = { "OHBAtarg", "target", BLOCKS + 1024, 1024, ROW,
				TARGETS_PER_BLOCK, OHBA_TARGETS_MAX },
	[OHBA_FLASH_LOG] = { "OHBAlog ", "log", LOG, 4096, OHBA_LOG_PAGES * 4096,
			     OHBA_LOG_PAGES, OHBA_LOG_PAGES },
	[OHBA_FLASH_HEADER] = { "OHBAhead", "header", 9216, 1024, 4096, 1, 1 },
};
_Static_assert(OHBA_FW_FLASH_TARGET == BLOCKS + ROW + 2 * 1024 &&
	       OHBA_FW_FLASH_FULL == LOG + FLASH_COPIES * OHBA_LOG_PAGES * 4096 &&
	       OHBA_TARGETS_MAX == OHBA_ACCOUNTS_MAX * TARGETS_PER_BLOCK,
	       "all of them have their place");

uint64_t flash_place(const struct flash_kind *kind, uint32_t index, unsigned int i)
{
	return kind->off + (uint64_t)index / kind->per_block * BLOCK +
	       index % kind->per_block * kind->size + i * kind->apart;
}

uint64_t flash_used(const struct ohba_flash *flash)
{
	uint64_t size = flash->fw->cfg.flash_size;

	return size < OHBA_FW_FLASH_FULL ? size : OHBA_FW_FLASH_FULL;
}

static uint64_t end(const struct flash_kind *kind, uint32_t index)
{
	return flash_place(kind, index, FLASH_COPIES - 1) + kind->size;
}

uint32_t flash_room(const struct flash_kind *kind, uint64_t size, uint32_t max)
{
	uint32_t n = 0;

	while (n < kind->max && n < max && end(kind, n) <= size)
		n++;
	return n;
}

void flash_crc(const struct flash_copy *copy, size_t size, uint8_t crc[4])
{
	const size_t at = offsetof(struct flash_copy, crc), behind = at + sizeof(copy->crc);
	uint32_t sum = ohba_digest_add(OHBA_DIGEST_INIT, copy, at);

	memset(crc, 0, sizeof(copy->crc));
	sum = ohba_digest_add(sum, crc, sizeof(copy->crc));
	sum = ohba_digest_add(sum, (const uint8_t *)copy + behind, size - behind);
	ohba_digest_put(sum, crc);
}

/* --- writing ---------------------------------------------------------------- */

/* The number is higher than that of either copy that is good. */
static void start(struct ohba_flash *flash)
{
	const struct flash_record *record = flash->writing.record;
	const struct flash_kind *kind = flash->writing.kind;
	struct flash_copy *copy = &flash->copy;
	struct ohba_fw *fw = flash->fw;

	copy->number = htole64(record->number + 1);
	flash_crc(copy, kind->size, copy->crc);
	fw->ops->flash_write(fw->host, flash_place(kind, flash->writing.index, !record->current),
			     copy, kind->size);
}

void ohba_flash_store(struct ohba_flash *flash, enum ohba_flash_kind kind, uint32_t index,
		      const void *data, size_t len)
{
	struct flash_record *record = &flash->records[kind][index];
	struct flash_copy *copy = &flash->copy;

	flash->writing.kind = &flash_kinds[kind];
	flash->writing.record = record;
	flash->writing.index = index;
	flash->writing.again = record->anew;
	memset(flash->buf, 0, sizeof(flash->buf));
	memcpy(copy->magic, flash_kinds[kind].magic, sizeof(copy->magic));
	copy->version = htole32(FLASH_VERSION);
	copy->len = htole32(len);
	copy->index = htole32(index);
	if (len)
		memcpy(copy->data, data, len);
	start(flash);
}

void ohba_fw_flash_written(struct ohba_fw *fw, int err)
{
	fw->flash->writing.err = err;
	ohba_loop_post(fw->loop, &fw->flash->written);
}

static void written(struct ohba_work *work)
{
	struct ohba_flash *flash = ohba_container(work, struct ohba_flash, written);
	struct flash_record *record = flash->writing.record;
	int err = flash->writing.err;

	if (!flash->writing.kind) {
		flash_erase_written(flash, err);
		return;
	}
	if (!err) {
		record->current = !record->current;
		record->number++;
		if (flash->writing.again) {
			flash->writing.again = false;
			start(flash);
			return;
		}
		record->anew = false;
	} else {
		ohba_fw_trace(flash->fw, OHBA_TRACE_ERROR, "flash", "%s %u is not written: %s",
			      flash->writing.kind->name, flash->writing.index, strerror(-err));
	}
	flash->writing.kind = NULL;
	explicit_bzero(flash->buf, sizeof(flash->buf));
	if (flash->erase.stage)
		flash_erase_written(flash, err);
	else
		flash->user->written(flash->fw, err);
}

bool ohba_flash_busy(const struct ohba_flash *flash)
{
	return flash->writing.kind || flash->erase.stage;
}

bool ohba_flash_erasing(const struct ohba_flash *flash)
{
	return flash->erase.stage;
}

/* --- life ------------------------------------------------------------------- */

uint32_t ohba_flash_room(const struct ohba_flash *flash, enum ohba_flash_kind kind)
{
	return flash->room[kind];
}

static bool make_room(struct ohba_flash *flash, const uint32_t max[OHBA_FLASH_KINDS])
{
	unsigned int i;

	for (i = 0; i < OHBA_FLASH_KINDS; i++) {
		flash->room[i] = flash_room(&flash_kinds[i], flash->fw->cfg.flash_size, max[i]);
		flash->records[i] = calloc(flash->room[i] + 1, sizeof(*flash->records[i]));
		if (!flash->records[i])
			return false;
	}
	return true;
}

struct ohba_flash *ohba_flash_create(struct ohba_fw *fw, const uint32_t max[OHBA_FLASH_KINDS],
				     const struct ohba_flash_user *user)
{
	struct ohba_flash *flash = calloc(1, sizeof(*flash));

	if (!flash)
		return NULL;
	flash->fw = fw;
	flash->user = user;
	flash->written.fn = written;
	if (make_room(flash, max))
		return flash;
	ohba_flash_destroy(flash);
	return NULL;
}

void ohba_flash_destroy(struct ohba_flash *flash)
{
	unsigned int i;

	if (!flash)
		return;
	for (i = 0; i < OHBA_FLASH_KINDS; i++)
		free(flash->records[i]);
	explicit_bzero(flash->buf, sizeof(flash->buf));
	free(flash);
}
