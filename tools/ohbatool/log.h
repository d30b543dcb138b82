/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log that an adapter keeps, over generic netlink with its driver (ohba_genl.h). */
#ifndef OHBATOOL_LOG_H
#define OHBATOOL_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As ohba_log.h has them. */
struct log_record {
	uint64_t number, clock_ms, up_ms, last_ms;
	unsigned int count, boot, object, kind, status, login_class, login_detail;
	char words[64];			/* as the adapter has them: escape() */
};

#define LOG_RECORDS_MAX	8192		/* an adapter with more of them does not tell the truth */

struct log {
	uint64_t next;			/* number that the next record will have */
	unsigned int kept;		/* records that outlive power, 0: none */
	size_t n;
	struct log_record *records;	/* the caller's to free */
};

/*
 * Read what the adapter at @pci has from number @since on. Returns NULL; or why it cannot be
 * read, and what to do.
 */
const char *log_read(const char *pci, uint64_t since, struct log *log);
/* The same for erasing all. */
const char *log_erase(const char *pci);
/*
 * Take over the answer to one question: @len bytes. Returns how many records came; -1: it is
 * none.
 */
int log_take(struct log *log, const void *answer, size_t len);

/* "session-lost"; NULL: the kind is newer than this tool. */
const char *log_kind(unsigned int kind);
/* A sentence without words and status. */
void log_sentence(const struct log_record *record, char *buf, size_t len);
/* "2026-01-31T12:00:00.000Z"; or, nobody told the time, since when. */
void log_time(const struct log_record *record, char *buf, size_t len);

#endif /* OHBATOOL_LOG_H */
