// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What sessions of its own take of the firmware's memory, as docs/targets.md states it: its
 * tables are mapped here instead of in table.c, so that pages that were touched can be counted.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "table.h"
#include "world.h"

#define MAPS	32
#define SESSION	15360		/* bytes that one may take */
#define ENTRY	1024		/* that one that is not logged in to may take */

static struct map {
	uint8_t *at;
	size_t len;
} maps[MAPS];

static unsigned int nmaps;	/* since it was last zero */

void *ohba_table_map(size_t rows, size_t size)
{
	void *at = mmap(NULL, rows * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			0);
	unsigned int i;

	if (at == MAP_FAILED)
		return NULL;
	/* Or one touch may bring 2 MiB. A kernel without such pages refuses, and has none. */
	madvise(at, rows * size, MADV_NOHUGEPAGE);
	for (i = 0; maps[i].at; i++)
		assert_in_range(i, 0, MAPS - 2);
	maps[i] = (struct map){ at, rows * size };
	nmaps++;
	return at;
}

void ohba_table_unmap(void *table, size_t rows, size_t size)
{
	unsigned int i;

	for (i = 0; table && i < MAPS; i++)
		if (maps[i].at == table)
			maps[i].at = NULL;
	if (table)
		munmap(table, rows * size);
}

void ohba_table_clear(void *table, size_t rows, size_t size)
{
	assert_int_equal(madvise(table, rows * size, MADV_DONTNEED), 0);
}

/* Bytes of all tables in pages that exist. */
static size_t touched(void)
{
	size_t page = sysconf(_SC_PAGESIZE), n = 0, i, j;

	for (i = 0; i < MAPS; i++) {
		size_t pages = maps[i].at ? (maps[i].len + page - 1) / page : 0;
		uint8_t *is_there = calloc(1, pages + 1);

		if (pages)
			assert_int_equal(mincore(maps[i].at, maps[i].len, is_there), 0);
		for (j = 0; j < pages; j++)
			n += is_there[j] & 1;
		free(is_there);
	}
	return n * page;
}

static void set_entry(struct world *w, uint32_t index)
{
	struct ohba_target target = entry_of(1 + index % 250);

	snprintf((char *)target.name, sizeof(target.name), "iqn.2026-01.test:disk%u", index);
	entry_set(w->host, index, &target, OHBA_ST_SUCCESS);
}

/* Entries @from..@to - 1; what each of them takes, and each of their sessions beside that. */
static void fill(struct world *w, uint32_t from, uint32_t to, size_t *entry, size_t *session)
{
	size_t before = touched(), set;
	uint32_t i;

	for (i = from; i < to; i++)
		set_entry(w, i);
	set = touched();
	for (i = from; i < to; i++) {
		world_login(w, i);
		forget_events(w);
		assert_int_equal(entry_state(w->host, i).phase, OHBA_TARGET_UP);
	}
	*entry = (set - before) / (to - from);
	*session = (touched() - set) / (to - from);
}

static void sessions(void **state)
{
	struct world *w = world_new(1024);
	size_t entry, session, empty = touched();
	uint32_t from, to;

	(void)state;
	/* A table that nobody uses takes next to nothing, however long it is. */
	assert_in_range(empty, 0, 1 << 19);
	nmaps = 0;
	/* With the first ones comes what all of them share. */
	fill(w, 0, 128, &entry, &session);
	for (from = 128, to = 256; to <= 512; from = to, to *= 2) {
		fill(w, from, to, &entry, &session);
		print_message("an entry takes %zu bytes, its session %zu\n", entry, session);
		assert_in_range(entry, 960, ENTRY);
		assert_in_range(session, 1, SESSION);
	}
	/* Of what there is at the start, for good. */
	assert_int_equal(nmaps, 0);
	host_reset(w->host);
	host_settle(w->host);
	assert_in_range(touched(), 0, empty + to / 2 * ENTRY);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sessions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
