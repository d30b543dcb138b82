/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What uipd says to an administrator. */
#ifndef UIP_LOG_H
#define UIP_LOG_H

#include <stdbool.h>

struct uip_limit;

/* What -d takes by name. */
enum uip_category {
	UIP_DHCP, UIP_GENL, UIP_LOGINS, UIP_PORT, UIP_RESOLVE, UIP_SANDBOX, UIP_CATEGORIES,
};

/* Where a line goes; @priority: syslog(3). To the standard error stream, if nobody says. */
typedef void uip_log_fn(int priority, const char *line);
void uip_log_to(uip_log_fn *sink);
uip_log_fn uip_log_stderr, uip_log_syslog;
/* @list: names, or "all", with commas in between. Return: false if one is unknown. */
bool uip_log_enable(const char *list);
extern const char *const uip_category_name[UIP_CATEGORIES];

/*
 * Return: whether one more line may be written of what others can cause. If so, the log was
 * told how many could not.
 */
bool uip_log_may(struct uip_limit *limit);

/* A line of somebody else's: what cannot be printed becomes '?'. */
void uip_log_foreign(int priority, const char *line);

void uip_err(const char *format, ...) __attribute__((format(printf, 1, 2)));
void uip_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Of what others can cause at will: no more than @limit lets pass. */
void uip_warn_some(struct uip_limit *limit, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void uip_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void uip_dbg(enum uip_category category, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* UIP_LOG_H */
