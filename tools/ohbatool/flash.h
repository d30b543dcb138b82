/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an adapter keeps: over generic netlink with its driver, and as text. */
#ifndef OHBATOOL_FLASH_H
#define OHBATOOL_FLASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "ohba_admin.h"
#include "ohba_genl.h"
#include "ohba_target.h"

/* A record as the adapter has it. */
struct flash_record {
	unsigned int kind, index;	/* enum ohba_genl_record */
	bool no_secret;			/* ACCOUNT: it has one that was left out */
	union {
		struct ohba_config config;
		struct ohba_initiator initiator;
		struct ohba_account account;
		struct ohba_target target;
		struct ohba_target_list list;
	};
};
/* Bytes; @kind: enum ohba_genl_record. */
size_t flash_record_len(unsigned int kind);

/* --- flash.c: the driver ------------------------------------------------------ */

struct flash_talk;

/* To the driver of the adapter at @pci. NULL: *@why says why not, and what to do. */
struct flash_talk *flash_open(const char *pci, const char **why);
void flash_close(struct flash_talk *talk);
/* All 0 or errno; ENOENT: there is none; EOPNOTSUPP: nor could there be. */
int flash_get(struct flash_talk *talk, struct flash_record *record, bool secrets);
int flash_set(struct flash_talk *talk, const struct flash_record *record);
int flash_erase(struct flash_talk *talk);
const char *flash_explain(int err);

/* --- flash_text.c: lines ------------------------------------------------------- */

void flash_print_head(FILE *f, const char *pci, bool secrets);
void flash_print(FILE *f, const struct flash_record *record);
/* Without it a dump is one that was cut off. */
void flash_print_end(FILE *f);

struct flash_file {
	struct flash_record *records;	/* the caller's: flash_forget() */
	size_t n;
	unsigned int line;		/* of what is wrong */
	char why[160];
};
/* Read all of @f. False: @file says what is wrong. */
bool flash_parse(FILE *f, struct flash_file *file);
void flash_forget(struct flash_file *file);

/* --- flash_cmd.c --------------------------------------------------------------- */

/* Of the adapter at @pci; @path NULL: standard output. Return: an exit status; what is wrong was said. */
int flash_dump(const char *pci, const char *path, bool secrets);
int flash_restore(const char *pci, const char *path);
int flash_erase_all(const char *pci);

#endif /* OHBATOOL_FLASH_H */
