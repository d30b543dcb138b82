/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For fuzz_target: sessions that the adapter has by itself. Logins are played by the unit
 * tests' targets (site.h); what comes behind them is the input's.
 */
#ifndef TARGET_OWN_H
#define TARGET_OWN_H

#include "world.h"

/* Entries. */
#define OWN_MAIN	0
#define OWN_OTHER	1

/* @choice: the first byte of the input (target_ops.h). */
struct world *own_begin(uint8_t choice);
/* The session of entry @index, over the @n-th connection. */
void own_take(struct world *w, uint32_t index, unsigned int n, struct session *s);
/* Entry OWN_MAIN logs out, whatever became of it. */
void own_end(struct world *w);
/* It logs in again, and works; and that was the world. */
void own_works(struct world *w);

#endif /* TARGET_OWN_H */
