// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What flash holds at power-up (flash_priv.h): whether it is ours at all, and of each record
 * the copy that counts.
 */
#include "flash_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define UNIT		1024		/* of what can be read or not */
#define CHUNK		(64 * UNIT)

/* All that an adapter could have written there, whatever this one has use for. */
struct image {
	uint8_t *bytes;
	bool *unreadable;		/* by unit */
	size_t size;
	uint32_t room[OHBA_FLASH_KINDS];
};

enum look {
	ERASED,				/* never written */
	GOOD,
	DAMAGED,
};

static bool read_part(struct ohba_flash *flash, struct image *image, size_t off, size_t len)
{
	struct ohba_fw *fw = flash->fw;

	return !fw->ops->flash_read(fw->host, off, image->bytes + off, len);
}

/* What cannot be read must not harm what is beside it. */
static void read_units(struct ohba_flash *flash, struct image *image, size_t off, size_t len)
{
	size_t behind = off + len;

	for (; off < behind; off += UNIT)
		image->unreadable[off / UNIT] = !read_part(flash, image, off, UNIT);
}

static bool read_image(struct ohba_flash *flash, struct image *image)
{
	size_t off, len;

	image->bytes = malloc(image->size);
	image->unreadable = calloc(image->size / UNIT, sizeof(*image->unreadable));
	if (!image->bytes || !image->unreadable)
		return false;
	for (off = 0; off < image->size; off += len) {
		len = image->size - off < CHUNK ? image->size - off : CHUNK;
		if (!read_part(flash, image, off, len))
			read_units(flash, image, off, len);
	}
	return true;
}

/* Secrets. */
static void wipe_image(struct image *image)
{
	if (image->bytes)
		explicit_bzero(image->bytes, image->size);
	free(image->bytes);
	free(image->unreadable);
}

/* As flash leaves the factory, or a file that was just made. */
static bool is_erased(const void *copy, size_t size)
{
	const uint8_t *bytes = copy;

	return (!bytes[0] || bytes[0] == 0xff) && !memcmp(bytes, bytes + 1, size - 1);
}

static bool is_sealed(const struct flash_copy *copy, const struct flash_kind *kind)
{
	uint8_t crc[4];

	if (memcmp(copy->magic, kind->magic, sizeof(copy->magic)))
		return false;
	flash_crc(copy, kind->size, crc);
	return !memcmp(crc, copy->crc, sizeof(crc));
}

static bool is_one(struct ohba_flash *flash, const struct flash_kind *kind, const void *data,
		   size_t len)
{
	if (kind == &flash_kinds[OHBA_FLASH_HEADER])
		return flash_header_ok(data, len);
	return flash->user->valid(flash->fw, kind - flash_kinds, data, len);
}

static bool is_valid(struct ohba_flash *flash, const struct flash_copy *copy,
		     const struct flash_kind *kind, uint32_t index)
{
	const size_t max = kind->size - sizeof(*copy), len = le32toh(copy->len);

	return le32toh(copy->version) == FLASH_VERSION && le32toh(copy->index) == index &&
	       len <= max && ohba_all_zero(copy->data + len, max - len) &&
	       ((!len && kind != &flash_kinds[OHBA_FLASH_CONFIG]) ||
		is_one(flash, kind, copy->data, len));
}

static const struct flash_copy *copy_in(const struct image *image, const struct flash_kind *kind,
				  uint32_t index, unsigned int i)
{
	return (const struct flash_copy *)(image->bytes + flash_place(kind, index, i));
}

static bool is_readable(const struct image *image, const struct flash_kind *kind, uint32_t index,
			unsigned int i)
{
	return ohba_all_zero(image->unreadable + flash_place(kind, index, i) / UNIT,
			     kind->size / UNIT);
}

/* An adapter's, whatever is in it. */
static bool is_ours(const struct image *image, const struct flash_kind *kind, uint32_t index,
		    unsigned int i)
{
	return is_readable(image, kind, index, i) &&
	       is_sealed(copy_in(image, kind, index, i), kind);
}

/* It may hold what this version would take for damage, and write over. */
static bool is_later(const struct image *image, const struct flash_kind *kind, uint32_t index,
		     unsigned int i)
{
	return le32toh(copy_in(image, kind, index, i)->version) > FLASH_VERSION &&
	       is_ours(image, kind, index, i);
}

static enum look look(struct ohba_flash *flash, const struct image *image,
		      const struct flash_kind *kind, uint32_t index, unsigned int i)
{
	const struct flash_copy *copy = copy_in(image, kind, index, i);

	if (!is_readable(image, kind, index, i))
		return DAMAGED;
	if (is_erased(copy, kind->size))
		return ERASED;
	return is_sealed(copy, kind) && is_valid(flash, copy, kind, index) ? GOOD : DAMAGED;
}

/* Numbers wrap, as whoever wrote the file may have begun anywhere. */
static bool is_newer(uint64_t a, uint64_t b)
{
	return (int64_t)(a - b) > 0;
}

static void found(struct ohba_flash *flash, const struct image *image,
		  const struct flash_kind *kind, uint32_t index)
{
	const struct flash_record *record = &flash->records[kind - flash_kinds][index];
	const struct flash_copy *copy = copy_in(image, kind, index, record->current);

	if (copy->len && kind != &flash_kinds[OHBA_FLASH_HEADER])
		flash->user->found(flash->fw, kind - flash_kinds, index, copy->data);
}

static void load_record(struct ohba_flash *flash, const struct image *image,
			const struct flash_kind *kind, uint32_t index)
{
	struct flash_record *record = &flash->records[kind - flash_kinds][index];
	bool good = false, damaged = false, first_erased = false;
	const struct flash_copy *copy;
	unsigned int i;
	enum look one;

	for (i = 0; i < FLASH_COPIES; i++) {
		copy = copy_in(image, kind, index, i);
		one = look(flash, image, kind, index, i);
		first_erased |= !i && one == ERASED;
		if (one == DAMAGED) {
			damaged = true;
			ohba_fw_trace(flash->fw, OHBA_TRACE_ERROR, "flash",
				      "%s %u: copy %u cannot be read or is not valid",
				      kind->name, index, i);
		}
		if (one != GOOD || (good && !is_newer(le64toh(copy->number), record->number)))
			continue;
		good = true;
		record->current = i;
		record->number = le64toh(copy->number);
	}
	/* What could not be read now may be readable next time, and the newer one. */
	record->anew = damaged && !good;
	/* What power tore lies in second copies, as long as none was whole: see is_foreign(). */
	if (record->anew)
		record->current = first_erased ? 0 : FLASH_COPIES - 1;
	if (good)
		found(flash, image, kind, index);
	else if (damaged && kind != &flash_kinds[OHBA_FLASH_HEADER])
		flash->user->found(flash->fw, kind - flash_kinds, index, NULL);
}

/* Whether @is of either copy of any record that flash has room for. */
static bool any_copy(const struct image *image,
		     bool (*is)(const struct image *image, const struct flash_kind *kind,
				uint32_t index, unsigned int i))
{
	uint32_t kind, index;

	for (kind = 0; kind < OHBA_FLASH_KINDS; kind++)
		for (index = 0; index < image->room[kind]; index++)
			if (is(image, &flash_kinds[kind], index, 0) ||
			    is(image, &flash_kinds[kind], index, 1))
				return true;
	return false;
}

/* Units that are known to hold something. */
static size_t written_units(const struct image *image, size_t off, size_t len)
{
	size_t behind = off + len, n = 0;

	for (; off < behind; off += UNIT)
		n += !image->unreadable[off / UNIT] && !is_erased(image->bytes + off, UNIT);
	return n;
}

/*
 * Something, and nothing that an adapter wrote whole: to write there would destroy it. But a
 * first write that power tore leaves the like in a second copy, and nowhere else.
 */
static bool is_foreign(const struct image *image)
{
	size_t torn = 0;
	uint32_t kind, index;

	if (any_copy(image, is_ours))
		return false;
	for (kind = 0; kind < OHBA_FLASH_KINDS; kind++)
		for (index = 0; index < image->room[kind]; index++)
			torn += written_units(image, flash_place(&flash_kinds[kind], index,
								 FLASH_COPIES - 1),
					      flash_kinds[kind].size);
	return written_units(image, 0, image->size) > torn;
}

static bool says_erasing(struct ohba_flash *flash, const struct image *image, unsigned int i)
{
	const struct flash_kind *kind = &flash_kinds[OHBA_FLASH_HEADER];

	return look(flash, image, kind, 0, i) == GOOD && copy_in(image, kind, 0, i)->len;
}

/* The older copy is not to count one day, when the newer has gone bad. */
static void load_header(struct ohba_flash *flash, const struct image *image)
{
	const struct flash_record *header = flash->records[OHBA_FLASH_HEADER];

	if (!flash->room[OHBA_FLASH_HEADER])
		return;
	load_record(flash, image, &flash_kinds[OHBA_FLASH_HEADER], 0);
	if (!says_erasing(flash, image, 0) && !says_erasing(flash, image, 1))
		return;
	flash->erase.stage = FLASH_FOUND;
	flash->erase.undo = !says_erasing(flash, image, header->current);
}

static bool is_unreadable(const struct image *image)
{
	return !ohba_all_zero(image->unreadable, image->size / UNIT);
}

/* Those who find what is not theirs find it before anything is told. */
static int load_image(struct ohba_flash *flash, const struct image *image)
{
	uint32_t kind, index;

	if (any_copy(image, is_later))
		return -ENOTSUP;
	if (is_foreign(image))
		return is_unreadable(image) ? -EIO : -EILSEQ;
	load_header(flash, image);
	if (flash->erase.stage && !flash->erase.undo)
		return 0;
	for (kind = 0; kind < OHBA_FLASH_HEADER; kind++)
		for (index = 0; index < flash->room[kind]; index++)
			load_record(flash, image, &flash_kinds[kind], index);
	return 0;
}

int ohba_flash_load(struct ohba_flash *flash)
{
	struct image image = { .size = flash_used(flash) / UNIT * UNIT };
	uint32_t kind;
	int err;

	for (kind = 0; kind < OHBA_FLASH_KINDS; kind++)
		image.room[kind] = flash_room(&flash_kinds[kind], flash_used(flash),
					      flash_kinds[kind].max);
	err = read_image(flash, &image) ? load_image(flash, &image) : -ENOMEM;
	wipe_image(&image);
	return err;
}
