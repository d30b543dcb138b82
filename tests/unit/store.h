/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flash as a store (flash.h), without an adapter around it, on a drive that power can leave. */
#ifndef STORE_H
#define STORE_H

#include "core.h"
#include "flash.h"
#include "ohba_admin.h"
#include "ohba_target.h"
#include "unit.h"

#define CONFIG_COPY	4096
#define COPY		1024
#define HEAD		32
#define VERSION		16
#define LEN		20
#define INDEX		24
#define CRC		28
#define SMALL		(16384 + 2 * 18432)
#define MAX_SIZE	(OHBA_FW_FLASH_FULL + 8192)

#define LOG_OFF		9453568
#define LOG_PAGES	32

extern const uint32_t store_lengths[OHBA_FLASH_KINDS], store_any[OHBA_FLASH_KINDS];

struct store {
	struct ohba_fw fw;
	const uint32_t *max;		/* of the last store_power_on() */
	uint8_t *bytes;
	uint64_t bad_off, bad_len;	/* cannot be read */
	unsigned int reads;
	bool torn;			/* power goes in the write that begins next */
	unsigned int fuse;		/* or in the one that is so many from now on, 1: the next */
	unsigned int fails;		/* the one so many from now on, though it is done */
	bool power;
	struct prng *prng;
	int write_err;
	const uint8_t *held;
	uint64_t off;
	size_t len;
	unsigned int ends;
	int err;			/* of the last that ended */
	unsigned int erases, erase_ends;
	bool erased;			/* as the last that ended said */
	/* What the last loading told. */
	unsigned int found, damaged;
	uint32_t seen[OHBA_FLASH_KINDS][OHBA_TARGETS_MAX];	/* the first word; 0: nothing */
	uint8_t refused;		/* the first byte of records that are not valid */
};
extern struct store store;

/* Setup and teardown of a test: SMALL bytes of flash that was never written. */
int store_fresh(void **state);
int store_gone(void **state);

/* What ohba_flash_load() returns. */
int store_power_on(uint64_t size, const uint32_t max[OHBA_FLASH_KINDS]);
void store_power_off(void);
/* Both; it loads. */
void store_cycle(void);
/* Write a record that begins with @word; 0: there is none. */
void store_start(enum ohba_flash_kind kind, uint32_t index, uint32_t word);
/* It succeeds. */
void store_keep(enum ohba_flash_kind kind, uint32_t index, uint32_t word);
/* Until it ends, or power does. */
void store_erase(void);
void store_resume(void);

/* SPEC.md 6.3, once more. */
uint8_t *store_copy(enum ohba_flash_kind kind, uint32_t index, unsigned int i);
size_t store_copy_len(enum ohba_flash_kind kind);
void store_seal(uint8_t *copy, size_t len);
/* Which of its copies is the newer. */
unsigned int store_newer(enum ohba_flash_kind kind, uint32_t index);

#endif /* STORE_H */
