// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines for an administrator. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "clock.h"
#include "limit.h"
#include "log.h"
#include "msg.h"

const char *const uip_category_name[UIP_CATEGORIES] = {
	[UIP_DHCP] = "dhcp",
	[UIP_GENL] = "genl",
	[UIP_LOGINS] = "login",
	[UIP_PORT] = "port",
	[UIP_RESOLVE] = "resolve",
	[UIP_SANDBOX] = "sandbox",
};

static uip_log_fn *log_to = uip_log_stderr;
static unsigned int enabled;		/* bits by category */

void uip_log_to(uip_log_fn *sink)
{
	log_to = sink;
}

void uip_log_stderr(int priority, const char *line)
{
	(void)priority;
	fprintf(stderr, "uipd: %s\n", line);
}

void uip_log_syslog(int priority, const char *line)
{
	syslog(priority, "%s", line);
}

void uip_log_foreign(int priority, const char *line)
{
	char text[UIP_LINE_MAX];
	char *c;

	snprintf(text, sizeof(text), "%s", line);
	for (c = text; *c; c++)
		if (!isprint((unsigned char)*c))
			*c = '?';
	log_to(priority <= LOG_DEBUG && priority >= LOG_ERR ? priority : LOG_WARNING, text);
}

static bool enable_one(const char *name, size_t len)
{
	unsigned int i;

	if (len == 3 && !strncmp(name, "all", len)) {
		enabled = ~0u;
		return true;
	}
	for (i = 0; i < UIP_CATEGORIES; i++) {
		if (strlen(uip_category_name[i]) != len ||
		    strncmp(uip_category_name[i], name, len))
			continue;
		enabled |= 1u << i;
		return true;
	}
	return false;
}

bool uip_log_enable(const char *list)
{
	size_t len;

	for (;; list += len + 1) {
		len = strcspn(list, ",");
		if (!enable_one(list, len))
			return false;
		if (!list[len])
			return true;
	}
}

static void say(int priority, const char *format, va_list args)
{
	char text[UIP_LINE_MAX];

	vsnprintf(text, sizeof(text), format, args);
	log_to(priority, text);
}

#define SAY(priority)				\
do {						\
	va_list args;				\
						\
	va_start(args, format);			\
	say(priority, format, args);		\
	va_end(args);				\
} while (0)

void uip_err(const char *format, ...)
{
	SAY(LOG_ERR);
}

void uip_warn(const char *format, ...)
{
	SAY(LOG_WARNING);
}

bool uip_log_may(struct uip_limit *limit)
{
	unsigned int held;

	if (!uip_limit_pass(limit, uip_monotonic_ms()))
		return false;
	held = uip_limit_held(limit);
	if (held)
		uip_warn("%u lines were too many, and are not here", held);
	return true;
}

void uip_warn_some(struct uip_limit *limit, const char *format, ...)
{
	if (uip_log_may(limit))
		SAY(LOG_WARNING);
}

void uip_info(const char *format, ...)
{
	SAY(LOG_INFO);
}

void uip_dbg(enum uip_category category, const char *format, ...)
{
	if (enabled & 1u << category)
		SAY(LOG_DEBUG);
}
