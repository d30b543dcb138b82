// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Flash erased (flash_priv.h). A header says so first, in both copies: with the first of them
 * that is whole nothing else counts any more, at whatever point power goes. Then all is written
 * over with zeroes, since there are secrets; then the header says that it is over, in both
 * copies, or a bad one would let the other erase once more.
 */
#include <string.h>

#include "flash_priv.h"

#define ERASING		1
#define CHUNK		65536

struct header {
	uint32_t state;
	uint32_t rsvd;
};

bool flash_header_ok(const void *data, size_t len)
{
	const struct header *header = data;

	return len == sizeof(*header) && le32toh(header->state) == ERASING && !header->rsvd;
}

static void put_header(struct ohba_flash *flash, enum flash_erase stage)
{
	const struct header header = { .state = htole32(ERASING) };
	bool erasing = stage == FLASH_COMMITS;

	flash->erase.stage = stage;
	flash->records[OHBA_FLASH_HEADER][0].anew = true;
	ohba_flash_store(flash, OHBA_FLASH_HEADER, 0, &header, erasing ? sizeof(header) : 0);
}

static void end(struct ohba_flash *flash, bool erased, int err)
{
	flash->erase.stage = FLASH_KEEPS;
	flash->user->erase_ended(flash->fw, erased, err);
}

/* --- zeroes ------------------------------------------------------------------- */

/* From .off on, up to the next copy of the header. False: there is nothing left. */
static bool next_part(struct ohba_flash *flash)
{
	const struct flash_kind *header = &flash_kinds[OHBA_FLASH_HEADER];
	uint64_t behind = flash_used(flash), off;
	unsigned int i;

	for (i = 0; i < FLASH_COPIES; i++)
		if (flash->erase.off == flash_place(header, 0, i))
			flash->erase.off += header->size;
	for (i = 0; i < FLASH_COPIES; i++) {
		off = flash_place(header, 0, i);
		if (flash->erase.off < off && off < behind)
			behind = off;
	}
	off = behind - flash->erase.off;
	flash->erase.len = off < CHUNK ? off : CHUNK;
	return flash->erase.len;
}

static void wipe(struct ohba_flash *flash)
{
	static const uint8_t zeroes[CHUNK];
	struct ohba_fw *fw = flash->fw;

	flash->erase.gone = true;
	if (next_part(flash)) {
		flash->erase.stage = FLASH_WIPES;
		fw->ops->flash_write(fw->host, flash->erase.off, zeroes, flash->erase.len);
	} else {
		put_header(flash, FLASH_ENDS);
	}
}

static void wiped(struct ohba_flash *flash, int err)
{
	if (err) {
		ohba_fw_trace(flash->fw, OHBA_TRACE_ERROR, "flash", "bytes from %llu on are not "
			      "erased: %s", (unsigned long long)flash->erase.off, strerror(-err));
		end(flash, true, err);
		return;
	}
	flash->erase.off += flash->erase.len;
	wipe(flash);
}

/* --- steps -------------------------------------------------------------------- */

static void forget_records(struct ohba_flash *flash)
{
	unsigned int kind;

	for (kind = 0; kind < OHBA_FLASH_HEADER; kind++)
		memset(flash->records[kind], 0, flash->room[kind] * sizeof(*flash->records[kind]));
}

/* What a write that failed left in the header must not erase what is stored after it. */
static void committed(struct ohba_flash *flash, int err)
{
	/* The header of an erase before says so still; what was set since had no room in flash. */
	if (err && flash->erase.gone) {
		flash->user->erased(flash->fw);
		end(flash, true, err);
		return;
	}
	if (err) {
		flash->erase.err = err;
		put_header(flash, FLASH_UNDOES);
		return;
	}
	forget_records(flash);
	flash->user->erased(flash->fw);
	flash->erase.off = 0;
	wipe(flash);
}

void flash_erase_written(struct ohba_flash *flash, int err)
{
	enum flash_erase stage = flash->erase.stage;

	flash->erase.stuck = err || (flash->erase.stuck && stage != FLASH_UNDOES &&
				     stage != FLASH_ENDS);
	switch (stage) {
	case FLASH_COMMITS:
		committed(flash, err);
		break;
	case FLASH_UNDOES:
		end(flash, false, err ? err : flash->erase.err);
		break;
	case FLASH_WIPES:
		wiped(flash, err);
		break;
	default:
		flash->erase.gone = err;
		end(flash, true, err);
		break;
	}
}

void ohba_flash_erase(struct ohba_flash *flash)
{
	put_header(flash, FLASH_COMMITS);
}

void ohba_flash_resume(struct ohba_flash *flash)
{
	if (flash->erase.stage != FLASH_FOUND)
		return;
	if (flash->erase.undo)
		put_header(flash, FLASH_UNDOES);
	else
		wipe(flash);
}

bool ohba_flash_stuck(const struct ohba_flash *flash)
{
	return flash->erase.stuck;
}
