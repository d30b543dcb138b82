/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened to the adapter, for who asks after the fact (SPEC.md section 6.7): a ring of
 * records, of which flash, if it has room, gets a copy a little later. Never a secret.
 */
#ifndef OHBA_FW_LOG_H
#define OHBA_FW_LOG_H

#include "adapter.h"
#include "ohba_log.h"

struct ohba_log;

#define OHBA_LOG_PAGES		32	/* each a record of flash's */
#define OHBA_LOG_PER_PAGE	31

struct ohba_log_what {
	enum ohba_log_kind kind;
	uint32_t object;
	enum ohba_status status;
	uint8_t login_class, login_detail;
	const char *words;		/* NULL: none */
};

/*
 * It happened. *@last, at first 0, is the caller's for one kind of one object: what happens
 * again as it did the last time is counted.
 */
void ohba_log_add(struct ohba_fw *fw, const struct ohba_log_what *what, uint64_t *last);
/* The same of what there is only one of. */
void ohba_log(struct ohba_fw *fw, enum ohba_log_kind kind, uint32_t object,
	      enum ohba_status status, const char *words);

/* --- life, and flash (keep.h) ----------------------------------------------- */

/* After flash. False: no memory. */
bool ohba_log_create(struct ohba_fw *fw);
void ohba_log_destroy(struct ohba_fw *fw);
/* Whether these @len bytes can be a page; that page, at loading, NULL: it is lost. */
bool ohba_log_ok(const void *data, size_t len);
void ohba_log_load(struct ohba_fw *fw, uint32_t index, const void *data);
/* All is loaded. */
void ohba_log_power_on(struct ohba_fw *fw);
/* The adapter is enabled. */
void ohba_log_start(struct ohba_fw *fw);
/* Flash is erased, and so is the log; numbers go on. */
void ohba_log_forget_all(struct ohba_fw *fw);
/* A reset forgets the command that waits. */
void ohba_log_forget(struct ohba_fw *fw);
/* It hangs: no timer is armed any more. */
void ohba_log_freeze(struct ohba_fw *fw);
/* As at power-on: the same, but what flash lacks goes there now. */
void ohba_log_sleep(struct ohba_fw *fw);
/* Ends what ohba_keep() began. @err: 0 or -errno. */
void ohba_log_kept(struct ohba_fw *fw, int err);
/* Flash is free, and no command waits for it. */
void ohba_log_turn(struct ohba_fw *fw);

extern const struct ohba_cmd_row ohba_log_cmds[];
extern const unsigned int ohba_log_ncmds;

#endif /* OHBA_FW_LOG_H */
