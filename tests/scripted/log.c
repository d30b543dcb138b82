// SPDX-License-Identifier: GPL-2.0-or-later
/* The log: a line each on stderr, so that a test can look for it. */
#include "target.h"

#include <stdarg.h>

static void line(const struct conn *conn, const char *kind, const char *fmt, va_list ap)
{
	char text[256];

	vsnprintf(text, sizeof(text), fmt, ap);
	/* Names and keys come from the peer: no byte of them may forge a line. */
	for (char *p = text; *p; p++) {
		if ((unsigned char)*p < ' ' || (unsigned char)*p > '~')
			*p = '?';
	}
	fprintf(stderr, "ohba-target: %s conn=%u %s\n", kind, conn->number, text);
}

void log_peer(const struct conn *conn, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(conn, "peer", fmt, ap);
	va_end(ap);
}

void log_info(const struct conn *conn, const char *fmt, ...)
{
	va_list ap;

	if (!conn->target->verbose)
		return;
	va_start(ap, fmt);
	line(conn, "info", fmt, ap);
	va_end(ap);
}
