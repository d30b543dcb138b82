/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strings that others gave, made harmless where they are printed. */
#ifndef ESCAPE_H
#define ESCAPE_H

#include <stdio.h>

enum escape {
	FOR_TEXT,	/* a terminal: what it would obey, or not show, is \xNN for each byte */
	FOR_JSON,	/* between quotes: \uNNNN for these; bytes that are no UTF-8 are \u00NN */
	FOR_MARKDOWN,	/* a table's cell: as text, and what is markup has a backslash */
};

/* Return: columns that @s took, one for each character. */
int escape(FILE *f, const char *s, enum escape how);

#endif /* ESCAPE_H */
