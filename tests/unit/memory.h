/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's memory as the adapter may see it. Only what was allocated, and
 * only in the direction it was allocated for, may be mapped; anything else
 * inside of RAM is a wild DMA, which is noted and fails the test. Addresses
 * outside of RAM are refused, as a bus does.
 *
 * Data is handed out through bounce buffers of exactly the size that was
 * asked for, so that ASan sees an access past either end or after the unmap,
 * and a wrong count of bytes written becomes wrong data.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include "unit.h"

#define RAM_BASE	0xff000000ull		/* so that buffers lie on both sides of 4 GiB */
#define RAM_SIZE	(256u << 20)

enum mem_use {
	MEM_OUT	= 1,		/* the adapter may read */
	MEM_IN	= 2,		/* the adapter may write */
	MEM_RING = 4,		/* both, mapped for long */
};

struct memory;

struct memory *mem_new(void);
/* Fails if a guard was overwritten or a mapping is left. */
void mem_free(struct memory *mem);

/* @len bytes whose address is @skew past a multiple of 4096, zeroed. */
uint64_t mem_alloc_at(struct memory *mem, size_t len, unsigned int skew, enum mem_use use);
uint64_t mem_alloc(struct memory *mem, size_t len, enum mem_use use);
/* From here on no DMA to the allocation at @addr is allowed. */
void mem_retire(struct memory *mem, uint64_t addr);
/* Allow DMA again. */
void mem_revive(struct memory *mem, uint64_t addr);
/* The test's own view. */
void *mem_ptr(struct memory *mem, uint64_t addr);

/* No mapping of data covers more than @bytes from now on; 0: no limit. */
void mem_fragment(struct memory *mem, uint32_t bytes);
/* Fail mappings of the allocation at @addr, as an IOMMU would. */
void mem_poison(struct memory *mem, uint64_t addr);

void *mem_map(struct memory *mem, uint64_t addr, size_t *len, bool write);
void mem_unmap(struct memory *mem, void *ptr, size_t len, bool write, size_t done);

/* Mappings of data that there are, and that there ever were. */
unsigned int mem_mapped_data(const struct memory *mem);
unsigned int mem_data_maps(const struct memory *mem);
unsigned int mem_mapped(const struct memory *mem);
/* NULL, or the first thing the adapter must not have done. */
const char *mem_violation(const struct memory *mem);

#endif /* MEMORY_H */
