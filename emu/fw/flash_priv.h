/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to flash (flash.h):
 *
 *   flash.c        where records lie, and how they are written
 *   flash_load.c   what there is at power-up, and whether it is ours
 *   flash_erase.c  all of it gone at once
 */
#ifndef OHBA_FLASH_PRIV_H
#define OHBA_FLASH_PRIV_H

#include "core.h"
#include "flash.h"

#define FLASH_COPIES	2
#define FLASH_VERSION	1
#define FLASH_COPY_MAX	4096

struct flash_copy {
	uint8_t magic[8];		/* its kind */
	uint64_t number;		/* the higher is the newer */
	uint32_t version;		/* of this layout and of the record's */
	uint32_t len;			/* of the record, bytes, 0: there is none; zeroes follow */
	uint32_t index;
	uint8_t crc[4];			/* of all of it, these zero */
	uint8_t data[];
};
_Static_assert(sizeof(struct flash_copy) + OHBA_FLASH_DATA_MAX == FLASH_COPY_MAX,
	       "a record fills a copy");

struct flash_kind {
	uint8_t magic[8];
	const char *name;
	uint32_t off, size;		/* of the first record's first copy, bytes */
	uint32_t apart;			/* its second one */
	uint32_t per_block, max;
};
extern const struct flash_kind flash_kinds[OHBA_FLASH_KINDS];

struct flash_record {
	uint64_t number;		/* of the copy that holds */
	uint8_t current;		/* that copy */
	bool anew;			/* both are to be written */
};

/* What becomes of an erase; flash_erase.c has the order. */
enum flash_erase {
	FLASH_KEEPS,			/* none is under way */
	FLASH_COMMITS,			/* the header begins to say "erasing" */
	FLASH_UNDOES,			/* or not: it is unknown which, so it is to say "none" */
	FLASH_FOUND,			/* at power-up: go on, when asked to */
	FLASH_WIPES,
	FLASH_ENDS,			/* the header begins to say "none" */
};

struct ohba_flash {
	struct ohba_fw *fw;
	const struct ohba_flash_user *user;
	uint32_t room[OHBA_FLASH_KINDS];
	struct flash_record *records[OHBA_FLASH_KINDS];
	struct {
		const struct flash_kind *kind;	/* NULL: nothing, or zeroes */
		struct flash_record *record;
		uint32_t index;
		bool again;			/* over the other copy, too */
		int err;			/* of the write; posted with @written */
	} writing;
	struct {
		enum flash_erase stage;
		bool stuck;			/* the header may say "erasing" */
		bool gone;			/* nothing of before may come back */
		bool undo;			/* FOUND: it was about to be undone */
		int err;			/* why it is undone */
		uint64_t off;			/* zeroes are being written from there on, */
		uint32_t len;			/* so many bytes */
	} erase;
	struct ohba_work written;
	union {
		struct flash_copy copy;
		uint8_t buf[FLASH_COPY_MAX];
	};
};

uint64_t flash_place(const struct flash_kind *kind, uint32_t index, unsigned int copy);
/* What lies in @size bytes with both copies. */
uint32_t flash_room(const struct flash_kind *kind, uint64_t size, uint32_t max);
void flash_crc(const struct flash_copy *copy, size_t size, uint8_t crc[4]);
/* Bytes of flash that records can be in. */
uint64_t flash_used(const struct ohba_flash *flash);

/* flash_erase.c: whether these @len bytes, more than 0, can be a header: it says "erasing". */
bool flash_header_ok(const void *data, size_t len);
/* A write of an erase's has ended. */
void flash_erase_written(struct ohba_flash *flash, int err);

#endif /* OHBA_FLASH_PRIV_H */
