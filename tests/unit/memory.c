// SPDX-License-Identifier: GPL-2.0-or-later
/* The host's memory (memory.h). */
#include "memory.h"

#include <sys/mman.h>

#define GUARD		64
#define GUARD_BYTE	0xa5
#define REGIONS_MAX	16384
#define MAPS_MAX	1024

struct region {
	uint64_t addr;
	size_t len;
	enum mem_use use;
	bool retired, poisoned;
};

struct mapping {
	void *ptr;		/* what the adapter got */
	size_t len;
	uint64_t addr;
	bool write, bounce;
};

struct memory {
	uint8_t *ram;
	uint64_t next;
	struct region region[REGIONS_MAX];	/* by address */
	unsigned int nregions;
	struct mapping map[MAPS_MAX];
	unsigned int nmaps;
	unsigned int ndata;
	unsigned int data_maps;
	uint32_t fragment;
	char violation[160];
};

struct memory *mem_new(void)
{
	struct memory *mem = calloc(1, sizeof(*mem));

	assert_non_null(mem);
	mem->ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_ptr_not_equal(mem->ram, MAP_FAILED);
	mem->next = RAM_BASE;
	return mem;
}

static bool guard_ok(struct memory *mem, uint64_t addr)
{
	const uint8_t *byte = mem_ptr(mem, addr);
	unsigned int i;

	for (i = 0; i < GUARD; i++)
		if (byte[i] != GUARD_BYTE)
			return false;
	return true;
}

static bool guards_ok(struct memory *mem)
{
	unsigned int i;

	for (i = 0; i < mem->nregions; i++) {
		struct region *region = &mem->region[i];

		if (!guard_ok(mem, region->addr - GUARD) ||
		    !guard_ok(mem, region->addr + region->len))
			return false;
	}
	return true;
}

void mem_free(struct memory *mem)
{
	bool ok = guards_ok(mem);
	unsigned int maps = mem->nmaps;
	unsigned int i;

	for (i = 0; i < mem->nmaps; i++)
		if (mem->map[i].bounce)
			free(mem->map[i].ptr);
	munmap(mem->ram, RAM_SIZE);
	free(mem);
	assert_true(ok);
	assert_int_equal(maps, 0);
}

void *mem_ptr(struct memory *mem, uint64_t addr)
{
	return mem->ram + (addr - RAM_BASE);
}

uint64_t mem_alloc_at(struct memory *mem, size_t len, unsigned int skew, enum mem_use use)
{
	uint64_t addr = ((mem->next + GUARD + 4095) & ~4095ull) + skew;
	struct region *region = &mem->region[mem->nregions++];

	assert_true(mem->nregions <= REGIONS_MAX);
	assert_true(addr + len + GUARD <= RAM_BASE + RAM_SIZE);
	*region = (struct region){ .addr = addr, .len = len, .use = use };
	memset(mem_ptr(mem, addr - GUARD), GUARD_BYTE, GUARD);
	memset(mem_ptr(mem, addr + len), GUARD_BYTE, GUARD);
	mem->next = addr + len + GUARD;
	return addr;
}

uint64_t mem_alloc(struct memory *mem, size_t len, enum mem_use use)
{
	return mem_alloc_at(mem, len, 0, use);
}

/* The region that holds @addr, or NULL. */
static struct region *find(struct memory *mem, uint64_t addr)
{
	unsigned int lo = 0, hi = mem->nregions;

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;
		struct region *region = &mem->region[mid];

		if (addr < region->addr)
			hi = mid;
		else if (addr >= region->addr + region->len)
			lo = mid + 1;
		else
			return region;
	}
	return NULL;
}

void mem_retire(struct memory *mem, uint64_t addr)
{
	find(mem, addr)->retired = true;
}

void mem_revive(struct memory *mem, uint64_t addr)
{
	find(mem, addr)->retired = false;
}

void mem_poison(struct memory *mem, uint64_t addr)
{
	find(mem, addr)->poisoned = true;
}

void mem_fragment(struct memory *mem, uint32_t bytes)
{
	mem->fragment = bytes;
}

static void *violation(struct memory *mem, const char *what, uint64_t addr, size_t len)
{
	if (!mem->violation[0])
		snprintf(mem->violation, sizeof(mem->violation),
			 "%s at 0x%llx, %zu bytes", what, (unsigned long long)addr, len);
	return NULL;
}

static bool in_ram(uint64_t addr)
{
	return addr >= RAM_BASE && addr < RAM_BASE + RAM_SIZE;
}

static void *bounce(struct memory *mem, uint64_t addr, size_t len, bool write)
{
	void *ptr = malloc(len);

	if (write)
		memset(ptr, 0xdb, len);
	else
		memcpy(ptr, mem_ptr(mem, addr), len);
	return ptr;
}

void *mem_map(struct memory *mem, uint64_t addr, size_t *len, bool write)
{
	struct region *region = find(mem, addr);
	struct mapping *map = &mem->map[mem->nmaps];
	bool ring;

	if (!in_ram(addr))
		return NULL;
	if (!region || region->retired)
		return violation(mem, region ? "DMA to a buffer that is over" : "wild DMA", addr, *len);
	ring = region->use == MEM_RING;
	if (!ring && region->use != (write ? MEM_IN : MEM_OUT))
		return violation(mem, "DMA in the wrong direction", addr, *len);
	if (!*len || addr + *len > region->addr + region->len)
		return violation(mem, "DMA past the end of a buffer", addr, *len);
	if (region->poisoned)
		return NULL;
	if (mem->nmaps == MAPS_MAX)
		return violation(mem, "mapping leak", addr, *len);
	if (!ring && mem->fragment && *len > mem->fragment)
		*len = mem->fragment;
	map->ptr = ring ? mem_ptr(mem, addr) : bounce(mem, addr, *len, write);
	map->len = *len;
	map->addr = addr;
	map->write = write;
	map->bounce = !ring;
	mem->nmaps++;
	mem->ndata += !ring;
	mem->data_maps += !ring;
	return map->ptr;
}

void mem_unmap(struct memory *mem, void *ptr, size_t len, bool write, size_t done)
{
	struct mapping *map = mem->map + mem->nmaps;

	while (map-- > mem->map)
		if (map->ptr == ptr && map->len == len && map->write == write)
			break;
	if (map < mem->map || done > len || (done && !write)) {
		violation(mem, "wrong unmap", (uintptr_t)ptr, len);
		return;
	}
	if (map->bounce) {
		if (write)
			memcpy(mem_ptr(mem, map->addr), ptr, done);
		free(ptr);
		mem->ndata--;
	}
	*map = mem->map[--mem->nmaps];
}

unsigned int mem_mapped_data(const struct memory *mem)
{
	return mem->ndata;
}

unsigned int mem_data_maps(const struct memory *mem)
{
	return mem->data_maps;
}

unsigned int mem_mapped(const struct memory *mem)
{
	return mem->nmaps;
}

const char *mem_violation(const struct memory *mem)
{
	return mem->violation[0] ? mem->violation : NULL;
}
