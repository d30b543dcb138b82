/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Drawings of state machines in the docs, to be compared with the tables that the code runs by. */
#ifndef DRAWING_H
#define DRAWING_H

/* "A, B --> C: event", or "A, B -- words --> C": each edge; @event: "" if there is no colon. */
typedef void (*drawing_fn)(void *ctx, const char *from, const char *event, const char *to);
/* The first drawing of @file behind a line that begins with @section. */
void drawing_read(const char *file, const char *section, drawing_fn edge, void *ctx);

struct drawn_table {
	const char *const *states, *const *events;
	unsigned int nstates, nevents;
	unsigned int first;		/* the state that [*] leads to */
	/* Return: -1: the event cannot happen there. */
	int (*next)(const void *arg, unsigned int state, unsigned int event);
	const void *arg;
};

/* The drawing has each edge of @table once, and no other. */
void drawing_is(const char *file, const char *section, const struct drawn_table *table);

#endif /* DRAWING_H */
