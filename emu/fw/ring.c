// SPDX-License-Identifier: GPL-2.0-or-later
/* Mapping rings in guest memory (ring.h). */
#include "ring.h"

#include <stdlib.h>

#include "core.h"

#define RING_ALIGN	64

/* Map exactly @len bytes in one piece, or nothing. */
static void *map_exact(struct ohba_fw *fw, uint64_t addr, size_t len, bool write)
{
	size_t got = len;
	void *ptr = fw->ops->dma_map(fw->host, addr, &got, write);

	if (ptr && got < len) {
		fw->ops->dma_unmap(fw->host, ptr, got, write, 0);
		ptr = NULL;
	}
	return ptr;
}

static void unmap_exact(struct ohba_fw *fw, void *ptr, size_t len, bool write)
{
	fw->ops->dma_unmap(fw->host, ptr, len, write, write ? len : 0);
}

static size_t npages(const struct ohba_ring_map *map)
{
	return (map->lead + map->len + OHBA_RING_PAGE - 1) / OHBA_RING_PAGE;
}

/*
 * The part of page @i that belongs to the ring: where it starts in the page,
 * and how long it is.
 */
static size_t page_part(const struct ohba_ring_map *map, size_t i, size_t *start)
{
	size_t end = map->lead + map->len - i * OHBA_RING_PAGE;

	*start = i ? 0 : map->lead;
	return (end < OHBA_RING_PAGE ? end : OHBA_RING_PAGE) - *start;
}

static void unmap_pages(struct ohba_fw *fw, struct ohba_ring_map *map, size_t n)
{
	size_t start, len;

	while (n--) {
		len = page_part(map, n, &start);
		unmap_exact(fw, (char *)map->page[n] + start, len, map->write);
	}
	free(map->page);
	map->page = NULL;
}

static bool map_pages(struct ohba_fw *fw, struct ohba_ring_map *map, uint64_t addr)
{
	size_t n = npages(map), i, start, len;
	char *part;

	map->page = calloc(n, sizeof(map->page[0]));
	if (!map->page)
		return false;
	for (i = 0; i < n; i++) {
		len = page_part(map, i, &start);
		part = map_exact(fw, addr - map->lead + i * OHBA_RING_PAGE + start, len,
				 map->write);
		if (!part) {
			unmap_pages(fw, map, i);
			return false;
		}
		map->page[i] = part - start;
	}
	return true;
}

bool ohba_ring_map(struct ohba_fw *fw, struct ohba_ring_map *map, uint64_t addr,
		   size_t len, bool write)
{
	if (addr % RING_ALIGN || addr + (len - 1) < addr)
		return false;
	map->len = len;
	map->lead = addr % OHBA_RING_PAGE;
	map->write = write;
	map->ptr = map_exact(fw, addr, len, write);
	return map->ptr || map_pages(fw, map, addr);
}

void ohba_ring_unmap(struct ohba_fw *fw, struct ohba_ring_map *map)
{
	if (map->ptr)
		unmap_exact(fw, map->ptr, map->len, map->write);
	else if (map->page)
		unmap_pages(fw, map, npages(map));
	map->ptr = NULL;
}

bool ohba_ring_size_ok(struct ohba_fw *fw, uint32_t entries)
{
	return entries >= OHBA_QSIZE_MIN && entries <= fw->cfg.max_qsize &&
	       !(entries & (entries - 1));
}
