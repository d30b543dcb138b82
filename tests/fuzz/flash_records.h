/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_flash's records of targets, accounts and the initiator: the host's commands, and what
 * the adapter must have when power comes, as SPEC.md 6.3 says of these bytes. What a record
 * may hold is not said here once more: another adapter, without flash, is asked by command.
 */
#ifndef FLASH_RECORDS_H
#define FLASH_RECORDS_H

#include "fuzz.h"
#include "host.h"

struct records;

struct records *records_new(struct flash *flash);
void records_free(struct records *records);
/* What net_new_config() takes. */
struct ohba_fw_config records_config(void);

/* A copy of one was written by hand: anything may be there next. */
void records_forget(struct records *records);
/* Power came: look what the adapter has. */
void records_power_on(struct records *records, struct host *host, bool readable);
/* They must be what the adapter has. */
void records_check(struct records *records, struct host *host);

/* Which record, and what. Returns the copy that it put into flash. */
uint8_t *records_write_copy(struct records *records, struct input *in);
/* The host sets or deletes one; whether the drive is writing. Else it has ended. */
bool records_start(struct records *records, struct host *host, struct input *in, uint32_t *tag);
/* What was started is kept, or not and unknown. */
void records_ended(struct records *records, bool kept);

#endif /* FLASH_RECORDS_H */
