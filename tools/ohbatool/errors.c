// SPDX-License-Identifier: GPL-2.0-or-later
/* The error table of the host-firmware interface, searchable. */
#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include "ohba_status.h"
#include "ohbatool.h"

const struct error_row error_table[] = {
#define ROW(code, name, meaning, cause, remedy) { code, #name, meaning, cause, remedy },
	OHBA_STATUS_TABLE(ROW)
#undef ROW
};
const size_t error_table_len = sizeof(error_table) / sizeof(error_table[0]);

static const char prefix[] = "OHBA_ST_";

static const struct error_row *find_name(const char *name)
{
	size_t i;

	if (!strncasecmp(name, prefix, sizeof(prefix) - 1))
		name += sizeof(prefix) - 1;
	for (i = 0; i < error_table_len; i++)
		if (!strcasecmp(error_table[i].name, name))
			return &error_table[i];
	return NULL;
}

const struct error_row *error_find(const char *what)
{
	unsigned long code;
	char *end;
	size_t i;

	errno = 0;
	code = strtoul(what, &end, 0);
	if (end == what || *end || errno)
		return find_name(what);
	for (i = 0; i < error_table_len; i++)
		if (error_table[i].code == code)
			return &error_table[i];
	return NULL;
}
