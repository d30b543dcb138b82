// SPDX-License-Identifier: GPL-2.0-or-later
/* Which entry of those that are wanted or have a session has which nexus (nexus.h). */
#include "nexus.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"

#define BUCKETS	OHBA_TARGETS_MAX	/* a power of two */
#define NONE	UINT16_MAX

struct ohba_nexuses {
	uint64_t seed;			/* a guest must not know who collides */
	uint16_t first[BUCKETS];	/* target index, or NONE */
	uint16_t next[OHBA_TARGETS_MAX];
	uint16_t bucket[OHBA_TARGETS_MAX];
};

void ohba_nexus_of(struct ohba_fw *fw, uint32_t index, const struct ohba_target *target,
		   struct ohba_nexus *nexus)
{
	memset(nexus, 0, sizeof(*nexus));
	memcpy(nexus->name, target->name, sizeof(nexus->name));
	ohba_target_isid(fw, index, target, nexus->isid);
	nexus->has_tpgt = le16toh(target->flags) & OHBA_TARGET_TPGT;
	if (nexus->has_tpgt)
		nexus->tpgt = le16toh(target->tpgt);
}

bool ohba_nexus_same(const struct ohba_nexus *a, const struct ohba_nexus *b)
{
	return !memcmp(a->isid, b->isid, sizeof(a->isid)) &&
	       !(a->has_tpgt && b->has_tpgt && a->tpgt != b->tpgt) &&
	       !memcmp(a->name, b->name, sizeof(a->name));
}

static uint64_t mix(uint64_t hash, const void *data, size_t len)
{
	const uint8_t *byte = data;

	while (len--) {
		hash = (hash ^ *byte++) * 0x9e3779b97f4a7c15ull;
		hash ^= hash >> 29;
	}
	return hash;
}

static uint32_t bucket_of(const struct ohba_nexuses *nexuses, const struct ohba_nexus *nexus)
{
	uint64_t hash = mix(nexuses->seed, nexus->name, sizeof(nexus->name));

	/* Not the portal group, which may be any. */
	return mix(hash, nexus->isid, sizeof(nexus->isid)) >> 32 & (BUCKETS - 1);
}

void ohba_nexuses_reset(struct ohba_nexuses *nexuses)
{
	memset(nexuses->first, 0xff, sizeof(nexuses->first));
}

struct ohba_nexuses *ohba_nexuses_create(struct ohba_fw *fw)
{
	struct ohba_nexuses *nexuses = calloc(1, sizeof(*nexuses));

	if (!nexuses)
		return NULL;
	/* Without one they collide when a guest wants it, which costs time and no more. */
	(void)ohba_fw_random(fw, &nexuses->seed, sizeof(nexuses->seed));
	ohba_nexuses_reset(nexuses);
	return nexuses;
}

void ohba_nexuses_destroy(struct ohba_nexuses *nexuses)
{
	free(nexuses);
}

void ohba_nexus_add(struct ohba_nexuses *nexuses, struct ohba_fw *fw, uint32_t index)
{
	struct ohba_nexus nexus;
	uint32_t bucket;

	ohba_nexus_of(fw, index, ohba_target_get(fw, index), &nexus);
	bucket = bucket_of(nexuses, &nexus);
	nexuses->bucket[index] = bucket;
	nexuses->next[index] = nexuses->first[bucket];
	nexuses->first[bucket] = index;
}

void ohba_nexus_del(struct ohba_nexuses *nexuses, uint32_t index)
{
	uint16_t *at = &nexuses->first[nexuses->bucket[index]];

	while (*at != index && *at != NONE)
		at = &nexuses->next[*at];
	if (*at == index)
		*at = nexuses->next[index];
}

bool ohba_nexus_taken(struct ohba_nexuses *nexuses, struct ohba_fw *fw, uint32_t index,
		      const struct ohba_nexus *nexus)
{
	struct ohba_nexus other;
	uint16_t i;

	for (i = nexuses->first[bucket_of(nexuses, nexus)]; i != NONE; i = nexuses->next[i]) {
		if (i == index)
			continue;
		ohba_nexus_of(fw, i, ohba_target_get(fw, i), &other);
		if (ohba_nexus_same(nexus, &other))
			return true;
	}
	return false;
}
