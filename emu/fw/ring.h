/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rings in guest memory: mapping, indices, phase, event indices. Shared by
 * queue pairs and the event queue. Whatever is read through these pointers
 * changes under our hands: load it once, with the functions below.
 */
#ifndef OHBA_RING_H
#define OHBA_RING_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "ohba_queue.h"

struct ohba_fw;

/*
 * Guest memory that stays mapped from the creation of a queue to its deletion
 * or the reset. If an IOMMU withdraws the address meanwhile we do not notice;
 * the guest must delete the queue first, as for hardware with an ATS cache.
 *
 * A ring is contiguous in the adapter's address space. Behind an IOMMU its
 * pages may lie anywhere: then @ptr is NULL and @page has one pointer for each.
 */
struct ohba_ring_map {
	void *ptr;
	void **page;
	size_t len;
	size_t lead;		/* bytes of the first page before the ring */
	bool write;
};

#define OHBA_RING_PAGE	4096

/*
 * Map @len bytes at @addr, which must be a multiple of 64. Returns whether all
 * of it is memory.
 */
bool ohba_ring_map(struct ohba_fw *fw, struct ohba_ring_map *map, uint64_t addr,
		   size_t len, bool write);
void ohba_ring_unmap(struct ohba_fw *fw, struct ohba_ring_map *map);

/*
 * Where byte @off of the ring is. Up to 64 bytes from a multiple of their
 * length are in one piece: pages and the start of the ring are aligned to that.
 */
static inline void *ohba_ring_at(const struct ohba_ring_map *map, size_t off)
{
	if (map->ptr)
		return (char *)map->ptr + off;
	off += map->lead;
	return (char *)map->page[off / OHBA_RING_PAGE] + off % OHBA_RING_PAGE;
}

/* A field of a control block, which may lie across the end of a page. */
#define ohba_qctl_field(ctl, field) \
	((__le32 *)ohba_ring_at((ctl), offsetof(struct ohba_qctl, field)))

/* A power of two within the ABI's and the adapter's bounds. */
bool ohba_ring_size_ok(struct ohba_fw *fw, uint32_t entries);

/* Pairs with the host's release of the index: entries below it are visible. */
static inline uint32_t ohba_ring_load(const __le32 *index)
{
	return le32toh(__atomic_load_n(index, __ATOMIC_ACQUIRE));
}

/* Pairs with the host's acquire: our use of what is below it is over. */
static inline void ohba_ring_store(__le32 *index, uint32_t val)
{
	__atomic_store_n(index, htole32(val), __ATOMIC_RELEASE);
}

/* Whether moving an index from @old to @new passed the event index @event. */
static inline bool ohba_need_event(uint32_t event, uint32_t new, uint32_t old)
{
	return new - event - 1 < new - old;
}

/* The phase of index @i: 1 on the first pass around, then 0, 1, ... */
static inline uint8_t ohba_ring_phase(uint32_t i, uint32_t size)
{
	return i & size ? 0 : 1;
}

/*
 * Write a completion or event of @len bytes, whose last byte is the phase: the
 * last four bytes go last, with release. Pairs with the host's read barrier
 * between the phase and the rest.
 */
static inline void ohba_ring_publish(void *slot, const void *entry, size_t len)
{
	uint32_t last;

	memcpy(slot, entry, len - sizeof(last));
	memcpy(&last, (const char *)entry + len - sizeof(last), sizeof(last));
	__atomic_store_n((uint32_t *)((char *)slot + len - sizeof(last)), last,
			 __ATOMIC_RELEASE);
}

#endif /* OHBA_RING_H */
