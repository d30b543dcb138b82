// SPDX-License-Identifier: GPL-2.0-or-later
/* Mapping rings in guest memory (ring.h). */
#include "ring.h"

#include "core.h"

#define RING_ALIGN	64

bool ohba_ring_map(struct ohba_fw *fw, struct ohba_ring_map *map, uint64_t addr,
		   size_t len, bool write)
{
	size_t got = len;
	void *ptr;

	if (addr % RING_ALIGN)
		return false;
	ptr = fw->ops->dma_map(fw->host, addr, &got, write);
	if (!ptr)
		return false;
	if (got < len) {
		fw->ops->dma_unmap(fw->host, ptr, got, write, 0);
		return false;
	}
	map->ptr = ptr;
	map->len = len;
	map->write = write;
	return true;
}

void ohba_ring_unmap(struct ohba_fw *fw, struct ohba_ring_map *map)
{
	if (!map->ptr)
		return;
	fw->ops->dma_unmap(fw->host, map->ptr, map->len, map->write,
			   map->write ? map->len : 0);
	map->ptr = NULL;
}

bool ohba_ring_size_ok(struct ohba_fw *fw, uint32_t entries)
{
	return entries >= OHBA_QSIZE_MIN && entries <= fw->cfg.max_qsize &&
	       !(entries & (entries - 1));
}
