/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A host whose adapter has sessions by itself, and targets that play by themselves. */
#ifndef WORLD_H
#define WORLD_H

#include "entries.h"
#include "site.h"

#define SECOND	(1000 * MS)

struct world {
	struct host *host;
	struct site *site;
};

/* @targets: entries that there is room for. */
struct world *world_new(uint32_t targets);
/* Nobody must have blamed the guest. */
void world_free(struct world *w);
/* For cmocka: a world of TARGETS. */
int world_setup(void **state);
int world_teardown(void **state);

/* Commands, with success. */
void world_login(struct world *w, uint32_t index);
void world_logout(struct world *w, uint32_t index, uint8_t flags);
/* TARGET_SET, TARGET_LOGIN. */
void set_up(struct world *w, uint32_t index, const struct ohba_target *target);
/* Events tell that entry @index became UP; its handle. */
uint32_t world_up(struct world *w, uint32_t index);
/* The same, from the beginning. */
uint32_t entry_up(struct world *w, uint32_t index);
void forget_events(struct world *w);
/* Time passes; events are read and forgotten. */
void world_pass(struct world *w, uint64_t ns);
/* The session that was taken by site_session() plays by itself again. */
void give_back(struct site *site, unsigned int n, const struct session *s);

#endif /* WORLD_H */
