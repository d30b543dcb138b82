// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Flash (flash.h): copies of records, each with what it is, a number that grows and a
 * CRC32C over all of it. Little-endian. Where they lie does not depend on flash's size:
 * one that grew keeps what it has.
 */
#include "flash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "digest.h"
#include "log.h"
#include "ohba_admin.h"
#include "ohba_target.h"

#define COPIES		2
#define VERSION		1
#define COPY_MAX	4096

struct copy {
	uint8_t magic[8];		/* its kind */
	uint64_t number;		/* the higher is the newer */
	uint32_t version;		/* of this layout and of the record's */
	uint32_t len;			/* of the record, bytes, 0: there is none; zeroes follow */
	uint32_t index;
	uint8_t crc[4];			/* of all of it, these zero */
	uint8_t data[];
};
_Static_assert(sizeof(struct copy) + OHBA_FLASH_DATA_MAX == COPY_MAX, "a record fills a copy");

/* Behind all others: flash that was made before there was a log has them where they were. */
#define LOG		(BLOCKS + OHBA_ACCOUNTS_MAX * BLOCK)

/*
 * After the first two kinds come blocks of an account and eight targets: their first copies
 * side by side, then their second ones. The copies of a record are more than 4096 bytes
 * apart, so that no sector of a drive has both.
 */
#define BLOCKS		16384
#define TARGETS_PER_BLOCK	8
#define ROW		((1 + TARGETS_PER_BLOCK) * 1024)	/* bytes of its first copies */
#define BLOCK		(COPIES * ROW)

static const struct kind {
	uint8_t magic[8];
	const char *name;
	uint32_t off, size;		/* of the first record's first copy, bytes */
	uint32_t apart;			/* its second one */
	uint32_t per_block, max;
} kinds[OHBA_FLASH_KINDS] = {
	[OHBA_FLASH_CONFIG] = { "OHBAconf", "configuration", 0, 4096, 4096, 1, 1 },
	[OHBA_FLASH_INITIATOR] = { "OHBAinit", "initiator", 8192, 1024, 4096, 1, 1 },
	[OHBA_FLASH_ACCOUNT] = { "OHBAacct", "account", BLOCKS, 1024, ROW, 1,
				 OHBA_ACCOUNTS_MAX },
	[OHBA_FLASH_TARGET] = { "OHBAtarg", "target", BLOCKS + 1024, 1024, ROW,
				TARGETS_PER_BLOCK, OHBA_TARGETS_MAX },
	[OHBA_FLASH_LOG] = { "OHBAlog ", "log", LOG, 4096, OHBA_LOG_PAGES * 4096,
			     OHBA_LOG_PAGES, OHBA_LOG_PAGES },
};
_Static_assert(OHBA_FW_FLASH_TARGET == BLOCKS + ROW + 2 * 1024 &&
	       OHBA_FW_FLASH_FULL == LOG + COPIES * OHBA_LOG_PAGES * 4096 &&
	       OHBA_TARGETS_MAX == OHBA_ACCOUNTS_MAX * TARGETS_PER_BLOCK,
	       "all of them have their place");

struct record {
	uint64_t number;		/* of the copy that holds */
	uint8_t current;		/* that copy */
	bool anew;			/* no copy is good: both are written */
};

struct ohba_flash {
	struct ohba_fw *fw;
	const struct ohba_flash_user *user;
	uint32_t room[OHBA_FLASH_KINDS];
	struct record *records[OHBA_FLASH_KINDS];
	struct {
		const struct kind *kind;	/* NULL: nothing */
		struct record *record;
		uint32_t index;
		bool again;			/* over the other copy, too */
		int err;			/* of the write; posted with @written */
	} writing;
	struct ohba_work written;
	union {
		struct copy copy;
		uint8_t buf[COPY_MAX];
	};
};

static uint64_t place(const struct kind *kind, uint32_t index, unsigned int i)
{
	return kind->off + (uint64_t)index / kind->per_block * BLOCK +
	       index % kind->per_block * kind->size + i * kind->apart;
}

static uint64_t end(const struct kind *kind, uint32_t index)
{
	return place(kind, index, COPIES - 1) + kind->size;
}

/* What lies in @size bytes with both copies. */
static uint32_t room(const struct kind *kind, uint64_t size, uint32_t max)
{
	uint32_t n = 0;

	while (n < kind->max && n < max && end(kind, n) <= size)
		n++;
	return n;
}

static void make_crc(const struct copy *copy, size_t size, uint8_t crc[4])
{
	const size_t at = offsetof(struct copy, crc), behind = at + sizeof(copy->crc);
	uint32_t sum = ohba_digest_add(OHBA_DIGEST_INIT, copy, at);

	memset(crc, 0, sizeof(copy->crc));
	sum = ohba_digest_add(sum, crc, sizeof(copy->crc));
	sum = ohba_digest_add(sum, (const uint8_t *)copy + behind, size - behind);
	ohba_digest_put(sum, crc);
}

/* --- reading ---------------------------------------------------------------- */

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

static bool is_sealed(const struct copy *copy, const struct kind *kind)
{
	uint8_t crc[4];

	if (memcmp(copy->magic, kind->magic, sizeof(copy->magic)))
		return false;
	make_crc(copy, kind->size, crc);
	return !memcmp(crc, copy->crc, sizeof(crc));
}

static bool is_valid(struct ohba_flash *flash, const struct copy *copy,
		     const struct kind *kind, uint32_t index)
{
	const size_t max = kind->size - sizeof(*copy), len = le32toh(copy->len);

	return le32toh(copy->version) == VERSION && le32toh(copy->index) == index &&
	       len <= max && ohba_all_zero(copy->data + len, max - len) &&
	       ((!len && kind != &kinds[OHBA_FLASH_CONFIG]) ||
		flash->user->valid(flash->fw, kind - kinds, copy->data, len));
}

static const struct copy *copy_in(const struct image *image, const struct kind *kind,
				  uint32_t index, unsigned int i)
{
	return (const struct copy *)(image->bytes + place(kind, index, i));
}

static bool is_readable(const struct image *image, const struct kind *kind, uint32_t index,
			unsigned int i)
{
	return ohba_all_zero(image->unreadable + place(kind, index, i) / UNIT,
			     kind->size / UNIT);
}

/* An adapter's, whatever is in it. */
static bool is_ours(const struct image *image, const struct kind *kind, uint32_t index,
		    unsigned int i)
{
	return is_readable(image, kind, index, i) &&
	       is_sealed(copy_in(image, kind, index, i), kind);
}

/* It may hold what this version would take for damage, and write over. */
static bool is_later(const struct image *image, const struct kind *kind, uint32_t index,
		     unsigned int i)
{
	return le32toh(copy_in(image, kind, index, i)->version) > VERSION &&
	       is_ours(image, kind, index, i);
}

static enum look look(struct ohba_flash *flash, const struct image *image,
		      const struct kind *kind, uint32_t index, unsigned int i)
{
	const struct copy *copy = copy_in(image, kind, index, i);

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
		  const struct kind *kind, uint32_t index)
{
	const struct record *record = &flash->records[kind - kinds][index];
	const struct copy *copy = copy_in(image, kind, index, record->current);

	if (copy->len)
		flash->user->found(flash->fw, kind - kinds, index, copy->data);
}

static void load_record(struct ohba_flash *flash, const struct image *image,
			const struct kind *kind, uint32_t index)
{
	struct record *record = &flash->records[kind - kinds][index];
	bool good = false, damaged = false;
	const struct copy *copy;
	unsigned int i;
	enum look one;

	for (i = 0; i < COPIES; i++) {
		copy = copy_in(image, kind, index, i);
		one = look(flash, image, kind, index, i);
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
	if (record->anew)
		record->current = COPIES - 1;
	if (good)
		found(flash, image, kind, index);
	else if (damaged)
		flash->user->found(flash->fw, kind - kinds, index, NULL);
}

/* Whether @is of either copy of any record that flash has room for. */
static bool any_copy(const struct image *image,
		     bool (*is)(const struct image *image, const struct kind *kind,
				uint32_t index, unsigned int i))
{
	uint32_t kind, index;

	for (kind = 0; kind < OHBA_FLASH_KINDS; kind++)
		for (index = 0; index < image->room[kind]; index++)
			if (is(image, &kinds[kind], index, 0) || is(image, &kinds[kind], index, 1))
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
			torn += written_units(image, place(&kinds[kind], index, COPIES - 1),
					      kinds[kind].size);
	return written_units(image, 0, image->size) > torn;
}

/* Those who find what is not theirs find it before anything is told. */
static int load_image(struct ohba_flash *flash, const struct image *image)
{
	uint32_t kind, index;

	if (any_copy(image, is_later))
		return -ENOTSUP;
	if (is_foreign(image))
		return -EILSEQ;
	for (kind = 0; kind < OHBA_FLASH_KINDS; kind++)
		for (index = 0; index < flash->room[kind]; index++)
			load_record(flash, image, &kinds[kind], index);
	return 0;
}

int ohba_flash_load(struct ohba_flash *flash)
{
	uint64_t size = flash->fw->cfg.flash_size;
	struct image image = {
		.size = (size < OHBA_FW_FLASH_FULL ? size : OHBA_FW_FLASH_FULL) / UNIT * UNIT,
	};
	uint32_t kind;
	int err;

	for (kind = 0; kind < OHBA_FLASH_KINDS; kind++)
		image.room[kind] = room(&kinds[kind], size, kinds[kind].max);
	err = read_image(flash, &image) ? load_image(flash, &image) : -ENOMEM;
	wipe_image(&image);
	return err;
}

/* --- writing ---------------------------------------------------------------- */

/* The number is higher than that of either copy that is good. */
static void start(struct ohba_flash *flash)
{
	const struct record *record = flash->writing.record;
	const struct kind *kind = flash->writing.kind;
	struct copy *copy = &flash->copy;
	struct ohba_fw *fw = flash->fw;

	copy->number = htole64(record->number + 1);
	make_crc(copy, kind->size, copy->crc);
	fw->ops->flash_write(fw->host, place(kind, flash->writing.index, !record->current),
			     copy, kind->size);
}

void ohba_flash_store(struct ohba_flash *flash, enum ohba_flash_kind kind, uint32_t index,
		      const void *data, size_t len)
{
	struct record *record = &flash->records[kind][index];
	struct copy *copy = &flash->copy;

	flash->writing.kind = &kinds[kind];
	flash->writing.record = record;
	flash->writing.index = index;
	flash->writing.again = record->anew;
	memset(flash->buf, 0, sizeof(flash->buf));
	memcpy(copy->magic, kinds[kind].magic, sizeof(copy->magic));
	copy->version = htole32(VERSION);
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
	struct record *record = flash->writing.record;
	int err = flash->writing.err;

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
	flash->user->written(flash->fw, err);
}

bool ohba_flash_busy(const struct ohba_flash *flash)
{
	return flash->writing.kind;
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
		flash->room[i] = room(&kinds[i], flash->fw->cfg.flash_size, max[i]);
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
