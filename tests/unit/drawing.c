// SPDX-License-Identifier: GPL-2.0-or-later
/* Drawings of state machines (drawing.h). */
#include <ctype.h>

#include "drawing.h"
#include "unit.h"

#define NAMES	8	/* at one end of an arrow */
#define CELLS	256	/* of a table */

struct names {
	unsigned int n;
	char name[NAMES][32];
};

/* --- reading ---------------------------------------------------------------- */

static bool is_of_name(char c)
{
	return isalnum((unsigned char)c) || strchr("-[*]", c);
}

/* Return: what is behind them. */
static const char *take_names(struct names *names, const char *text)
{
	size_t len;

	names->n = 0;
	do {
		text += strspn(text, ", ");
		for (len = 0; text[len] && is_of_name(text[len]); len++)
			;
		assert_true(len && len < sizeof(names->name[0]) && names->n < NAMES);
		memcpy(names->name[names->n], text, len);
		names->name[names->n++][len] = 0;
		text += len;
	} while (*text == ',');
	return text;
}

static void take_line(const char *line, drawing_fn edge, void *ctx)
{
	char event[32] = "";
	struct names from, to;
	const char *arrow = line;
	unsigned int i, j;

	take_names(&from, line);
	while ((arrow = strstr(arrow, "-->"))) {
		arrow = take_names(&to, arrow + 3);
		if (*arrow == ':')
			assert_int_equal(sscanf(arrow, ": %31s", event), 1);
		for (i = 0; i < from.n; i++)
			for (j = 0; j < to.n; j++)
				edge(ctx, from.name[i], event, to.name[j]);
		from = to;
	}
}

void drawing_read(const char *file, const char *section, drawing_fn edge, void *ctx)
{
	FILE *f = fopen(file, "r");
	bool there = false, open = false;
	unsigned int n = 0;
	char line[4096];

	if (!f)
		fail_msg("%s is not to be found from here", file);
	while (fgets(line, sizeof(line), f)) {
		there |= !strncmp(line, section, strlen(section));
		if (there && !strncmp(line, "```", 3)) {
			if (open)
				break;
			open = true;
		} else if (open && strstr(line, "-->")) {
			take_line(line, edge, ctx);
			n++;
		}
	}
	fclose(f);
	if (!n)
		fail_msg("%s: there is no drawing behind '%s'", file, section);
}

/* --- comparing -------------------------------------------------------------- */

struct comparison {
	const char *file;
	const struct drawn_table *table;
	bool begun;			/* [*] was drawn */
	bool drawn[CELLS];		/* by state, then by event */
};

static unsigned int find(const char *file, const char *const *names, unsigned int n,
			 const char *name)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (!strcmp(names[i], name))
			return i;
	fail_msg("%s: the table has no '%s'", file, name);
	return n;
}

static void check_edge(void *ctx, const char *from, const char *event, const char *to)
{
	struct comparison *c = ctx;
	const struct drawn_table *table = c->table;
	unsigned int next = find(c->file, table->states, table->nstates, to), state, n;

	if (!strcmp(from, "[*]")) {
		assert_int_equal(next, table->first);
		c->begun = true;
		return;
	}
	state = find(c->file, table->states, table->nstates, from);
	n = find(c->file, table->events, table->nevents, event);
	if (table->next(table->arg, state, n) != (int)next)
		fail_msg("%s: %s --> %s: %s is not in the table", c->file, from, to, event);
	if (c->drawn[state * table->nevents + n])
		fail_msg("%s: %s --> %s: %s is there twice", c->file, from, to, event);
	c->drawn[state * table->nevents + n] = true;
}

void drawing_is(const char *file, const char *section, const struct drawn_table *table)
{
	struct comparison c = { .file = file, .table = table };
	unsigned int i, j;

	assert_true(table->nstates * table->nevents <= CELLS);
	drawing_read(file, section, check_edge, &c);
	assert_true(c.begun);
	for (i = 0; i < table->nstates; i++)
		for (j = 0; j < table->nevents; j++)
			if (table->next(table->arg, i, j) >= 0 && !c.drawn[i * table->nevents + j])
				fail_msg("%s: what follows %s by %s is not drawn", file,
					 table->states[i], table->events[j]);
}
