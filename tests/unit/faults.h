/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The front's side of fault injection, as QEMU's properties are; and reads that a
 * fault hits halfway.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include "session.h"

/* Give rules, which must be accepted, and let happen what happens at once. */
void fault_set(struct host *host, const char *words);
/* The rules that are left, in words. */
void fault_expect_rules(struct host *host, const char *want);
/* How often @kind has happened. */
uint64_t fault_injected(struct host *host, const char *kind);
/* All rules are used up, and @kind happened @n times. */
void fault_expect_spent(struct host *host, const char *kind, uint64_t n);

/* A read that has reached the target. */
struct io read_start(struct session *s, uint32_t tag, uint32_t len);
/* The target sends a part of its data. */
void send_read_data(struct io *io, uint32_t datasn, uint32_t off, uint32_t len,
		    uint8_t flags);

#endif /* FAULTS_H */
