// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where flashnodes are, without a look at all of them: that of a portal and a target, for what
 * a discovery finds, and the first index that is free. All under flash_mutex.
 */
#include <linux/bitmap.h>
#include <linux/jhash.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "hba.h"

/* Targets choose their names: what they collide with they cannot know. */
static struct hlist_head *hba_flash_bucket(const struct hba *hba, const u8 *name,
					   const u8 *addr, __le16 port)
{
	const struct hba_flash_index *index = &hba->flash_index;
	u32 hash = jhash(addr, 16, index->seed + le16_to_cpu(port));

	hash = jhash(name, strnlen((const char *)name, OHBA_NAME_LEN), hash);
	return &index->buckets[hash & (index->n_buckets - 1)];
}

void hba_flash_index_add(struct hba *hba, struct hba_flashnode *node)
{
	const struct ohba_target *target = &node->target;

	lockdep_assert_held(&hba->flash_mutex);
	hlist_add_head(&node->same_hash, hba_flash_bucket(hba, target->name, target->addr,
							  target->port));
	__set_bit(node->index, hba->flash_index.used);
}

void hba_flash_index_del(struct hba *hba, struct hba_flashnode *node)
{
	struct hba_flash_index *index = &hba->flash_index;

	lockdep_assert_held(&hba->flash_mutex);
	hlist_del(&node->same_hash);
	__clear_bit(node->index, index->used);
	index->first = min(index->first, node->index);
}

/* --- by what was found --------------------------------------------------- */

/* An entry without a portal group is of each (SPEC.md section 6.4). */
static bool hba_is_same_group(const struct ohba_target *target,
			      const struct ohba_discovered *at)
{
	return !(target->flags & cpu_to_le16(OHBA_TARGET_TPGT)) ||
	       !(at->flags & OHBA_DISCOVERED_TPGT) || target->tpgt == at->tpgt;
}

static bool hba_is_found(const struct ohba_target *target,
			 const struct ohba_discovered *at)
{
	return target->family == at->family && target->port == at->port &&
	       !memcmp(target->addr, at->addr, sizeof(at->addr)) &&
	       hba_is_same_group(target, at) &&
	       !strncmp((const char *)target->name, (const char *)at->name,
			sizeof(at->name));
}

/* Return: the lowest index of an entry that is the same, or -ENOENT. */
int hba_flash_index_find(struct hba *hba, const struct ohba_discovered *at)
{
	struct hba_flashnode *node;
	u32 index = U32_MAX;

	lockdep_assert_held(&hba->flash_mutex);
	hlist_for_each_entry(node, hba_flash_bucket(hba, at->name, at->addr, at->port),
			     same_hash)
		if (hba_is_found(&node->target, at))
			index = min(index, node->index);
	return index == U32_MAX ? -ENOENT : (int)index;
}

/* --- what is free -------------------------------------------------------- */

static u32 hba_flash_index_next(const struct hba *hba, u32 from)
{
	return find_next_zero_bit(hba->flash_index.used,
				  ohba_info(hba->adapter)->max_targets, from);
}

/* Neither ours nor in @used, the adapter's. Return: max_targets: there is none. */
u32 hba_flash_index_free(struct hba *hba, const u8 *used)
{
	u32 max = ohba_info(hba->adapter)->max_targets;
	u32 at;

	lockdep_assert_held(&hba->flash_mutex);
	at = hba_flash_index_next(hba, hba->flash_index.first);
	while (at < max && used[at / 8] & BIT(at % 8))
		at = hba_flash_index_next(hba, at + 1);
	hba->flash_index.first = at;
	return at;
}

/* What the adapter has without us may be free again. */
void hba_flash_index_restart(struct hba *hba)
{
	lockdep_assert_held(&hba->flash_mutex);
	hba->flash_index.first = 0;
}

/* --- life ---------------------------------------------------------------- */

int hba_flash_index_alloc(struct hba *hba)
{
	struct hba_flash_index *index = &hba->flash_index;
	u32 max = ohba_info(hba->adapter)->max_targets;

	index->seed = get_random_u32();
	index->n_buckets = roundup_pow_of_two(max);
	index->buckets = kvcalloc(index->n_buckets, sizeof(*index->buckets), GFP_KERNEL);
	index->used = bitmap_zalloc(max, GFP_KERNEL);
	return index->buckets && index->used ? 0 : -ENOMEM;
}

void hba_flash_index_release(struct hba *hba)
{
	bitmap_free(hba->flash_index.used);
	kvfree(hba->flash_index.buckets);
}
