/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The adapter's log (SPEC.md section 6.7) by command, and where flash has it. */
#ifndef LOGS_H
#define LOGS_H

#include "entries.h"
#include "ohba_log.h"

/* Of flash, bytes. */
#define PAGES		32
#define PER_PAGE	31		/* records */
#define RECORDS		(PAGES * PER_PAGE)
#define PAGE		4096
#define HEAD		32
#define ERASED		HEAD		/* of a page */
#define FIRST		(HEAD + 8)	/* record of it */
#define NUMBER		8
#define LEN		20
#define INDEX		24
#define CRC		28
#define LOG_OFF		9453568

struct log {
	struct ohba_log_head head;
	uint32_t n;
	struct ohba_log_record records[RECORDS];
};

/* --- by command -------------------------------------------------------------- */

/* The answer to one LOG_READ with room for @max; how many records. */
uint32_t log_read_some(struct host *host, uint64_t first, uint32_t max,
		       struct ohba_log_head *head, struct ohba_log_record *records);
/* All of it, in order: log_got. */
struct log *log_read_all(struct host *host);
extern struct log log_got;
/* The newest of @kind; NULL: there is none. */
const struct ohba_log_record *log_newest(const struct log *log, uint16_t kind);
/* It is read, and that is its newest of @kind; @words NULL: whatever they are. */
void log_tells(struct host *host, uint16_t kind, uint32_t object, uint16_t status,
	       const char *words, uint32_t count);
/* It is read, and none is missing. */
void log_no_gap(struct host *host);
void log_erase(struct host *host, uint16_t status);
/* It is read, and begins with that record, @number. */
void log_erased(struct host *host, uint64_t number);

/* The link comes with this speed: one record, and nothing else happens. */
void log_link_up(struct host *host, uint32_t mbps);
/* @n records, and time to write them. */
void log_fill(struct host *host, uint32_t n);

/* --- on flash ------------------------------------------------------------------ */

/* Of an adapter that is *state, with four entries. */
extern struct flash log_flash;
int log_flash_new(void **state);
int log_flash_free(void **state);
/* Power goes and comes. */
struct host *log_cycle(void **state);
/* The same; what was not written goes with it. */
struct host *log_cut_off(void **state);

uint8_t *log_page_at(uint32_t index, unsigned int copy);
/* Little-endian, of a copy. */
uint64_t log_field(const uint8_t *copy, unsigned int at, unsigned int len);
/* Records in the newer copies of all pages. */
uint32_t log_in_flash(void);

#endif /* LOGS_H */
