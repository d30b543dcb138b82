/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Flash: numbered records of a few kinds, each kept twice (SPEC.md 6.3). A new one is
 * written over the older copy, so that whatever ends a write, the last that was written
 * whole is still there; that there is none any more is written like a record. Where neither
 * copy is good, both are written. What a record means is its user's (keep.h).
 */
#ifndef OHBA_FLASH_H
#define OHBA_FLASH_H

#include <stdbool.h>
#include <stddef.h>

#include "ohba_fw.h"

struct ohba_flash;

enum ohba_flash_kind {
	OHBA_FLASH_CONFIG,
	OHBA_FLASH_TARGET,
	OHBA_FLASH_ACCOUNT,
	OHBA_FLASH_INITIATOR,
	OHBA_FLASH_LOG,
	OHBA_FLASH_HEADER,		/* of flash as a whole; its user only makes room for it */
	OHBA_FLASH_KINDS,
};

#define OHBA_FLASH_DATA_MAX	4064	/* bytes of a record; of all but CONFIG and LOG 992 */

struct ohba_flash_user {
	/* Whether these @len bytes, more than 0, are such a record. */
	bool (*valid)(struct ohba_fw *fw, enum ohba_flash_kind kind, const void *data, size_t len);
	/* At loading: the last that is valid. NULL: there is one, and neither copy is good. */
	void (*found)(struct ohba_fw *fw, enum ohba_flash_kind kind, uint32_t index,
		      const void *data);
	/* Ends a write. @err: 0 or -errno. The loop's thread. */
	void (*written)(struct ohba_fw *fw, int err);
	/* An erase: from now on nothing is there, also if power goes. */
	void (*erased)(struct ohba_fw *fw);
	/*
	 * Ends it; @erased: erased() was called, or would have been before power went; else all
	 * is as it was. @err: with @erased, some may still be read from the drive.
	 */
	void (*erase_ended)(struct ohba_fw *fw, bool erased, int err);
};

/*
 * Of cfg.flash_size bytes, for the adapter's fw->flash; with at most @max records of each
 * kind. NULL: no memory.
 */
struct ohba_flash *ohba_flash_create(struct ohba_fw *fw, const uint32_t max[OHBA_FLASH_KINDS],
				     const struct ohba_flash_user *user);
void ohba_flash_destroy(struct ohba_flash *flash);

/* So many of them there is room for, with indices from 0. */
uint32_t ohba_flash_room(const struct ohba_flash *flash, enum ohba_flash_kind kind);

/*
 * Tell the user of each record, by kind and index. In the thread that makes the adapter.
 * -ENOMEM; and where nothing was told: -ENOTSUP: a later version of this firmware wrote there;
 * -EILSEQ: somebody else did, or no copy of anything is good any more; -EIO: that may only
 * look so, since some of it cannot be read.
 */
int ohba_flash_load(struct ohba_flash *flash);

/*
 * Write record @index, below the room for its kind; @len 0: there is none. The loop's
 * thread, and not while ohba_flash_busy() or ohba_flash_stuck().
 */
void ohba_flash_store(struct ohba_flash *flash, enum ohba_flash_kind kind, uint32_t index,
		      const void *data, size_t len);
bool ohba_flash_busy(const struct ohba_flash *flash);
bool ohba_flash_erasing(const struct ohba_flash *flash);

/*
 * Make all records disappear at once, and then from the drive, too. Needs room for HEADER. The
 * loop's thread, and not while ohba_flash_busy().
 */
void ohba_flash_erase(struct ohba_flash *flash);
/* Go on with an erase that was not over when power went. No-op without one. */
void ohba_flash_resume(struct ohba_flash *flash);
/*
 * An erase failed, and whether the header says "erasing" is not known: what is stored now may be
 * gone at the next power-up. Until one succeeds.
 */
bool ohba_flash_stuck(const struct ohba_flash *flash);

#endif /* OHBA_FLASH_H */
