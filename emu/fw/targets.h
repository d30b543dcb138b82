/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the adapter needs to have sessions by itself (SPEC.md section 6.4): records of
 * targets, of CHAP accounts, and of who it is, and which targets are wanted. A record is
 * valid as target_check.c has it, whoever brought it.
 */
#ifndef OHBA_TARGETS_H
#define OHBA_TARGETS_H

#include "adapter.h"
#include "ohba_target.h"

enum ohba_record_kind {
	OHBA_RECORD_TARGET,		/* struct ohba_target */
	OHBA_RECORD_ACCOUNT,		/* struct ohba_account */
	OHBA_RECORD_INITIATOR,		/* struct ohba_initiator, index 0 */
	OHBA_RECORD_KINDS,
};

/* --- records ---------------------------------------------------------------- */

size_t ohba_record_len(enum ohba_record_kind kind);
/* Indices are below this. */
uint32_t ohba_record_max(struct ohba_fw *fw, enum ohba_record_kind kind);
/* NULL: there is none. Valid until the next record is taken over. */
const void *ohba_record_get(struct ohba_fw *fw, enum ohba_record_kind kind, uint32_t index);

/*
 * Who keeps records without power. It gets one at a time, @data NULL: it is deleted. Returns
 * a status; or OHBA_PENDING, and ohba_record_kept() follows, until when @data stays.
 */
typedef int (*ohba_record_keep_fn)(struct ohba_fw *fw, enum ohba_record_kind kind,
				   uint32_t index, const void *data);
/* While the adapter is made. */
void ohba_record_keeper(struct ohba_fw *fw, ohba_record_keep_fn keep);
/* 0 or -errno. */
void ohba_record_kept(struct ohba_fw *fw, int err);
/* Whether a command could have set it. */
bool ohba_record_ok(enum ohba_record_kind kind, const void *data);
/* While the adapter is made: one that was kept. False: it is not valid. */
bool ohba_record_load(struct ohba_fw *fw, enum ohba_record_kind kind, uint32_t index,
		      const void *data);

/* Whether a session is wanted or not over yet, or a record is being written. */
bool ohba_records_in_use(struct ohba_fw *fw);
/* They are about to be forgotten: no session may be wanted until @on is false again. */
void ohba_records_erasing(struct ohba_fw *fw, bool on);
bool ohba_records_are_erasing(const struct ohba_fw *fw);
/* Forget all. None is in use. */
void ohba_records_forget(struct ohba_fw *fw);

/* --- targets ---------------------------------------------------------------- */

static inline const struct ohba_target *ohba_target_get(struct ohba_fw *fw, uint32_t index)
{
	return ohba_record_get(fw, OHBA_RECORD_TARGET, index);
}

static inline const struct ohba_account *ohba_account_get(struct ohba_fw *fw, uint32_t index)
{
	return ohba_record_get(fw, OHBA_RECORD_ACCOUNT, index);
}

/* As we call ourselves: with the name made of the MAC, if there is no other. */
void ohba_initiator_get(struct ohba_fw *fw, struct ohba_initiator *initiator);
/* @target's, or one that is the index's own and the same always. */
void ohba_target_isid(struct ohba_fw *fw, uint32_t index, const struct ohba_target *target,
		      uint8_t isid[6]);
uint32_t ohba_target_generation(struct ohba_fw *fw, uint32_t index);

/*
 * A session is wanted from now on. False: the nexus (RFC 7143 section 4.4.3.1) is, or is
 * about to be, that of another entry that is wanted. No-op if it is wanted already.
 */
bool ohba_target_want(struct ohba_fw *fw, uint32_t index);
/* Why not, then. */
enum ohba_status ohba_target_unwilling(struct ohba_fw *fw, uint32_t index);
void ohba_target_unwant(struct ohba_fw *fw, uint32_t index);
/* Its session is: the nexus of one that is not wanted is free. */
void ohba_target_over(struct ohba_fw *fw, uint32_t index);
bool ohba_target_wanted(struct ohba_fw *fw, uint32_t index);

/* --- life ------------------------------------------------------------------- */

bool ohba_targets_create(struct ohba_fw *fw);	/* false: no memory */
/* Forget who waits, and what is wanted; not what is being written. */
void ohba_targets_stop(struct ohba_fw *fw);
void ohba_targets_destroy(struct ohba_fw *fw);

extern const struct ohba_cmd_row ohba_targets_cmds[];
extern const unsigned int ohba_targets_ncmds;

/* target_check.c: whether a record is what ohba_target.h says. */
bool ohba_target_ok(const struct ohba_target *target);
/* The accounts that it names are below @max_accounts, or none. */
bool ohba_target_accounts_ok(uint32_t max_accounts, const struct ohba_target *target);
bool ohba_account_ok(const struct ohba_account *account);
bool ohba_account_usable(const struct ohba_account *account);
bool ohba_initiator_ok(const struct ohba_initiator *initiator);
/* Words of enum ohba_chap_word, one at least. */
bool ohba_chap_list_ok(uint16_t list);
/* UTF-8 without control characters, zero-padded. */
bool ohba_string_ok(const uint8_t *text, size_t size);
/* Of @family, or, 0, none. */
bool ohba_address_ok(uint8_t family, const uint8_t addr[16]);

#endif /* OHBA_TARGETS_H */
