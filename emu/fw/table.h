/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of fixed size: zeroed memory that exists only where it is touched. */
#ifndef OHBA_TABLE_H
#define OHBA_TABLE_H

#include <stddef.h>

/* @size: of a row, bytes. NULL: no memory, or no rows. */
void *ohba_table_map(size_t rows, size_t size);
/* No-op for NULL. */
void ohba_table_unmap(void *table, size_t rows, size_t size);
/* Give the memory back; what is touched again is zero, on failure as well. */
void ohba_table_clear(void *table, size_t rows, size_t size);

#endif /* OHBA_TABLE_H */
