// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Flash (flash.h): two copies of a record, each with a number that grows and a
 * CRC32C over all of it. Little-endian.
 */
#include "flash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "digest.h"

#define COPIES		2
#define COPY_BYTES	(OHBA_FW_FLASH_SIZE / COPIES)
#define VERSION		1

struct copy {
	uint8_t magic[8];
	uint64_t number;		/* the higher is the newer */
	uint32_t version;		/* of this layout and of the record's */
	uint32_t len;			/* of the record, bytes; zeroes follow */
	uint32_t rsvd;
	uint8_t crc[4];			/* of all of it, these zero */
	uint8_t data[OHBA_FLASH_DATA_MAX];
};
_Static_assert(sizeof(struct copy) == COPY_BYTES, "a copy fills its half");

static const uint8_t magic[8] = "OHBAconf";

struct ohba_flash {
	struct ohba_fw *fw;
	ohba_flash_done_fn done;
	unsigned int current;		/* the copy that holds */
	uint64_t number;		/* of it */
	bool anew;			/* no copy is good: all of flash is written */
	bool writing;
	int err;			/* of the write; posted with @written */
	struct ohba_work written;
	struct copy buf[COPIES];
};

static void put_crc(struct copy *copy)
{
	memset(copy->crc, 0, sizeof(copy->crc));
	ohba_digest_put(ohba_digest_add(OHBA_DIGEST_INIT, copy, sizeof(*copy)), copy->crc);
}

/* --- reading ---------------------------------------------------------------- */

/* As flash leaves the factory, or a file that was just made. */
static bool is_erased(const struct copy *copy)
{
	const uint8_t *bytes = (const uint8_t *)copy;

	return (!bytes[0] || bytes[0] == 0xff) &&
	       !memcmp(bytes, bytes + 1, sizeof(*copy) - 1);
}

static bool is_whole(struct copy *copy, size_t len)
{
	uint8_t crc[4];

	memcpy(crc, copy->crc, sizeof(crc));
	put_crc(copy);
	return !memcmp(crc, copy->crc, sizeof(crc)) &&
	       !memcmp(copy->magic, magic, sizeof(magic)) &&
	       le32toh(copy->version) == VERSION && le32toh(copy->len) == len &&
	       !copy->rsvd && ohba_all_zero(copy->data + len, sizeof(copy->data) - len);
}

static enum ohba_flash_found look(struct ohba_flash *flash, unsigned int i, size_t len,
				  bool (*valid)(const void *data))
{
	struct copy *copy = &flash->buf[i];
	struct ohba_fw *fw = flash->fw;

	if (fw->ops->flash_read(fw->host, i * COPY_BYTES, copy, COPY_BYTES))
		return OHBA_FLASH_DAMAGED;
	if (is_erased(copy))
		return OHBA_FLASH_EMPTY;
	if (!is_whole(copy, len) || !valid(copy->data))
		return OHBA_FLASH_DAMAGED;
	return OHBA_FLASH_GOOD;
}

/* Numbers wrap, as whoever wrote the file may have begun anywhere. */
static bool is_newer(uint64_t a, uint64_t b)
{
	return (int64_t)(a - b) > 0;
}

enum ohba_flash_found ohba_flash_load(struct ohba_flash *flash, void *data, size_t len,
				      bool (*valid)(const void *data))
{
	enum ohba_flash_found found = OHBA_FLASH_EMPTY, one;
	unsigned int i;

	for (i = 0; i < COPIES; i++) {
		one = look(flash, i, len, valid);
		if (one == OHBA_FLASH_DAMAGED)
			ohba_fw_trace(flash->fw, OHBA_TRACE_ERROR, "flash",
				      "copy %u cannot be read or is not valid", i);
		if (one == OHBA_FLASH_DAMAGED && found == OHBA_FLASH_EMPTY)
			found = one;
		if (one != OHBA_FLASH_GOOD ||
		    (found == OHBA_FLASH_GOOD &&
		     !is_newer(le64toh(flash->buf[i].number), flash->number)))
			continue;
		found = OHBA_FLASH_GOOD;
		flash->current = i;
		flash->number = le64toh(flash->buf[i].number);
		memcpy(data, flash->buf[i].data, len);
	}
	/* What could not be read now may be readable next time, and the newer one. */
	flash->anew = found == OHBA_FLASH_DAMAGED;
	return found;
}

/* --- writing ---------------------------------------------------------------- */

static void fill(struct copy *copy, uint64_t number, const void *data, size_t len)
{
	memset(copy, 0, sizeof(*copy));
	memcpy(copy->magic, magic, sizeof(magic));
	copy->number = htole64(number);
	copy->version = htole32(VERSION);
	copy->len = htole32(len);
	memcpy(copy->data, data, len);
	put_crc(copy);
}

bool ohba_flash_store(struct ohba_flash *flash, const void *data, size_t len)
{
	unsigned int first = flash->anew ? 0 : !flash->current, n = flash->anew ? COPIES : 1, i;
	struct ohba_fw *fw = flash->fw;

	if (flash->writing)
		return false;
	flash->writing = true;
	for (i = 0; i < n; i++)
		fill(&flash->buf[i], flash->number + 1 + i, data, len);
	fw->ops->flash_write(fw->host, first * COPY_BYTES, flash->buf, n * COPY_BYTES);
	return true;
}

void ohba_fw_flash_written(struct ohba_fw *fw, int err)
{
	fw->flash->err = err;
	ohba_loop_post(fw->loop, &fw->flash->written);
}

static void written(struct ohba_work *work)
{
	struct ohba_flash *flash = ohba_container(work, struct ohba_flash, written);

	flash->writing = false;
	if (flash->err) {
		ohba_fw_trace(flash->fw, OHBA_TRACE_ERROR, "flash", "not written: %s",
			      strerror(-flash->err));
	} else {
		/* The last that was written. */
		flash->current = !flash->current;
		flash->number += 1 + flash->anew;
		flash->anew = false;
	}
	flash->done(flash->fw, flash->err);
}

/* --- life ------------------------------------------------------------------- */

struct ohba_flash *ohba_flash_create(struct ohba_fw *fw, ohba_flash_done_fn done)
{
	struct ohba_flash *flash = calloc(1, sizeof(*flash));

	if (!flash)
		return NULL;
	flash->fw = fw;
	flash->done = done;
	flash->written.fn = written;
	return flash;
}

void ohba_flash_destroy(struct ohba_flash *flash)
{
	free(flash);
}
