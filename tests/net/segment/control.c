// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the test says, a line each, answered by "ok" or "error WHY":
 *
 * set PORT KEY=VALUE...	loss, dup, reorder in percent; delay, late in ms; mtu;
 *				the vlan of an access port; snap, bytes of a frame with TCP
 *				that are captured; 0: none is
 * up PORT, down PORT		its cable is plugged in, or not
 * counters PORT		"ok KEY=VALUE..."; its capture is complete up to now
 */
#include "segment.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PER_PERCENT	10000
#define LINE_MAX_LEN	256

struct setting {
	const char *name;
	size_t offset;			/* in struct port */
	uint32_t unit;
};

#define IMPAIRMENT(field) offsetof(struct port, impairment.field)
static const struct setting settings[] = {
	{ "loss", IMPAIRMENT(loss), PER_PERCENT },
	{ "dup", IMPAIRMENT(dup), PER_PERCENT },
	{ "reorder", IMPAIRMENT(reorder), PER_PERCENT },
	{ "delay", IMPAIRMENT(delay_us), 1000 },
	{ "late", IMPAIRMENT(late_us), 1000 },
	{ "mtu", offsetof(struct port, mtu), 1 },
	{ "vlan", offsetof(struct port, vlan), 1 },
	{ "snap", offsetof(struct port, snap), 1 },
};

static bool set_one(struct port *port, char *word)
{
	const char *name = strsep(&word, "=");
	const struct setting *s;
	char *end;
	double value;

	for (s = settings; s < settings + sizeof(settings) / sizeof(*settings); s++) {
		if (strcmp(s->name, name) || !word)
			continue;
		value = strtod(word, &end);
		if (end == word || *end || value < 0 || value > 65535)
			return false;
		*(uint32_t *)((char *)port + s->offset) = value * s->unit;
		return true;
	}
	return false;
}

static const char *set(struct port *port, char *words)
{
	char *word;

	while ((word = strsep(&words, " ")))
		if (!set_one(port, word))
			return "error no such setting";
	return "ok";
}

static void tell_counters(struct port *port)
{
	const struct counters *c = &port->counters;

	if (port->capture && fflush(port->capture))
		quit("capture");
	printf("ok rx=%lu tx=%lu lost=%lu doubled=%lu reordered=%lu too_big=%lu down=%lu "
	       "not_ours=%lu no_room=%lu\n", c->rx, c->tx, c->lost, c->doubled, c->reordered,
	       c->too_big, c->down, c->not_ours, c->no_room);
}

static void obey(char *line)
{
	const char *verb = strsep(&line, " "), *name = strsep(&line, " ");
	struct port *port = name ? port_find(name) : NULL;

	if (!port) {
		puts("error no such port");
	} else if (!strcmp(verb, "set")) {
		puts(set(port, line));
	} else if (!strcmp(verb, "up") || !strcmp(verb, "down")) {
		port_set_up(port, *verb == 'u');
		puts("ok");
	} else if (!strcmp(verb, "counters")) {
		tell_counters(port);
	} else {
		puts("error no such command");
	}
}

bool control_read(void)
{
	static char text[LINE_MAX_LEN];
	static size_t used;
	ssize_t len = read(STDIN_FILENO, text + used, sizeof(text) - 1 - used);
	char *end;

	if (len <= 0)
		return false;
	used += len;
	text[used] = 0;
	while ((end = strchr(text, '\n'))) {
		*end++ = 0;
		obey(text);
		used -= end - text;
		memmove(text, end, used + 1);
	}
	fflush(stdout);
	return used < sizeof(text) - 1;
}
