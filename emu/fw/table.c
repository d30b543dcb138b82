// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables of fixed size (table.h). */
#include "table.h"

#include <string.h>
#include <sys/mman.h>

void *ohba_table_map(size_t rows, size_t size)
{
	void *table = mmap(NULL, rows * size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return table == MAP_FAILED ? NULL : table;
}

void ohba_table_unmap(void *table, size_t rows, size_t size)
{
	if (table)
		munmap(table, rows * size);
}

void ohba_table_clear(void *table, size_t rows, size_t size)
{
	if (madvise(table, rows * size, MADV_DONTNEED))
		memset(table, 0, rows * size);
}
