/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Flash: one record, kept twice. A new one is written over the older copy, so that
 * whatever ends a write, the last that was written whole is still there. Where neither is
 * good, both are written.
 */
#ifndef OHBA_FLASH_H
#define OHBA_FLASH_H

#include <stdbool.h>
#include <stddef.h>

#include "ohba_fw.h"

struct ohba_flash;

#define OHBA_FLASH_DATA_MAX	4064	/* bytes of a record */

enum ohba_flash_found {
	OHBA_FLASH_EMPTY,	/* never written */
	OHBA_FLASH_GOOD,
	OHBA_FLASH_DAMAGED,	/* neither copy is valid */
};

/* Ends a write. @err: 0 or -errno. */
typedef void (*ohba_flash_done_fn)(struct ohba_fw *fw, int err);

/* NULL: no memory. */
struct ohba_flash *ohba_flash_create(struct ohba_fw *fw, ohba_flash_done_fn done);
void ohba_flash_destroy(struct ohba_flash *flash);

/*
 * The last record of @len bytes that @valid agrees to; where it does not to the newer
 * copy, the older. In the thread that makes the adapter.
 */
enum ohba_flash_found ohba_flash_load(struct ohba_flash *flash, void *data, size_t len,
				      bool (*valid)(const void *data));
/* Write a record; false: one is still being written. The loop's thread, as is @done. */
bool ohba_flash_store(struct ohba_flash *flash, const void *data, size_t len);

#endif /* OHBA_FLASH_H */
