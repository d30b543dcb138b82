/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's side of targets that the adapter has sessions with by itself: its records. */
#ifndef ENTRIES_H
#define ENTRIES_H

#include "host.h"
#include "ohba_target.h"

#define TARGETS		64
#define ACCOUNTS	8

/* An adapter with so many of them, brought up. */
struct host *entries_new(void);
struct host *entries_new_many(uint32_t targets);

/* Set-up and teardown of a test's @state, the same with flash that is empty. */
extern struct flash entries_flash;
int entries_erased(void **state);
int entries_end(void **state);
/* Power goes and comes. Return: the new @state. */
struct host *entries_cycle(void **state);

/* A complete one: 10.0.0.@last, port 3260, its name ends with the number, too. */
struct ohba_target entry_of(uint8_t last);
struct ohba_account account_of(const char *name, const char *secret);

/* Commands that send or get a record, of @len bytes. */
uint32_t record_start(struct host *host, uint8_t opcode, uint32_t index, const void *data,
		      uint32_t len);
void record_set(struct host *host, uint8_t opcode, uint32_t index, const void *data,
		uint32_t len, uint16_t status);
void record_get(struct host *host, uint8_t opcode, uint32_t index, uint8_t flags, void *data,
		uint32_t len, uint16_t status);

void entry_set(struct host *host, uint32_t index, const struct ohba_target *target,
	       uint16_t status);
void account_set(struct host *host, uint32_t index, const struct ohba_account *account,
		 uint16_t status);
/* A command without data. */
void entry_do(struct host *host, uint8_t opcode, uint32_t index, uint8_t flags, uint16_t status);

struct ohba_target_state entry_state(struct host *host, uint32_t index);
/* The next event: @index is in @phase (enum ohba_target_phase) for @reason. Its handle. */
uint32_t entry_event(struct host *host, uint32_t index, uint8_t phase, uint16_t reason);
void entry_is(struct host *host, uint32_t index, uint8_t phase, uint16_t reason);

#endif /* ENTRIES_H */
