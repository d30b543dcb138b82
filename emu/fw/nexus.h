/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tells one session from another at a target (RFC 7143 section 4.4.3.1), and which of
 * the entries that are wanted or have a session has it: a hash, so that it does not matter how many there are.
 */
#ifndef OHBA_NEXUS_H
#define OHBA_NEXUS_H

#include "ohba_admin.h"
#include "ohba_target.h"
#include "targets.h"

/* Without a portal group it may be that of each: which one the login tells. */
struct ohba_nexus {
	uint8_t name[OHBA_NAME_LEN];
	uint8_t isid[6];
	uint16_t tpgt;
	bool has_tpgt;
};

void ohba_nexus_of(struct ohba_fw *fw, uint32_t index, const struct ohba_target *target,
		   struct ohba_nexus *nexus);
bool ohba_nexus_same(const struct ohba_nexus *a, const struct ohba_nexus *b);

struct ohba_nexuses;

/* NULL: no memory. */
struct ohba_nexuses *ohba_nexuses_create(struct ohba_fw *fw);
void ohba_nexuses_destroy(struct ohba_nexuses *nexuses);
void ohba_nexuses_reset(struct ohba_nexuses *nexuses);
/* Entry @index, as it is now; del() before it changes or with the same. */
void ohba_nexus_add(struct ohba_nexuses *nexuses, struct ohba_fw *fw, uint32_t index);
void ohba_nexus_del(struct ohba_nexuses *nexuses, uint32_t index);
/* Whether an entry other than @index is there that has @nexus. */
bool ohba_nexus_taken(struct ohba_nexuses *nexuses, struct ohba_fw *fw, uint32_t index,
		      const struct ohba_nexus *nexus);

#endif /* OHBA_NEXUS_H */
