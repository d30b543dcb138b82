// SPDX-License-Identifier: GPL-2.0-only
/* Log categories: names to bits and back, and the module parameter. */
#include <linux/init.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "priv.h"

static char *log;
module_param(log, charp, 0444);
MODULE_PARM_DESC(log, "log categories of new adapters: all, or some of init,admin,conn,session,io,event,net");

static const char * const ohba_log_name[OHBA_LOG_COUNT] = {
#define OHBA_LOG_NAME(id, name) \
	[OHBA_LOG_##id] = name,
	OHBA_LOG_CATEGORIES(OHBA_LOG_NAME)
#undef OHBA_LOG_NAME
};

static u32 ohba_log_bits(const char *name, size_t len)
{
	unsigned int i;

	if (len == 3 && !strncmp(name, "all", len))
		return BIT(OHBA_LOG_COUNT) - 1;
	for (i = 0; i < OHBA_LOG_COUNT; i++)
		if (strlen(ohba_log_name[i]) == len &&
		    !strncmp(name, ohba_log_name[i], len))
			return BIT(i);
	return 0;
}

/*
 * Turn "conn,session" into a mask. The names that exist count even if others
 * do not: -EINVAL then, and @unknown points at the first of those.
 */
int ohba_log_parse(const char *text, u32 *mask, const char **unknown)
{
	static const char separators[] = ",\x20\n";
	int err = 0;

	*mask = 0;
	for (;;) {
		size_t len;
		u32 bits;

		text += strspn(text, separators);
		len = strcspn(text, separators);
		if (!len)
			return err;
		bits = ohba_log_bits(text, len);
		if (!bits && !err) {
			*unknown = text;
			err = -EINVAL;
		}
		*mask |= bits;
		text += len;
	}
}

void ohba_log_names(char *buf, size_t len, u32 mask)
{
	size_t used = 0;
	unsigned int i;

	buf[0] = '\0';
	for (i = 0; i < OHBA_LOG_COUNT; i++)
		if (mask & BIT(i))
			used += scnprintf(buf + used, len - used, "%s%s",
					  used ? "," : "", ohba_log_name[i]);
}

static u32 ohba_log_mask;	/* of new adapters */

u32 ohba_log_default(void)
{
	return ohba_log_mask;
}

/* A misspelt category must not cost anyone a root disk: it is ignored. */
void __init ohba_log_init(void)
{
	const char *unknown;
	char names[64];

	if (!log || !ohba_log_parse(log, &ohba_log_mask, &unknown))
		return;
	ohba_log_names(names, sizeof(names), BIT(OHBA_LOG_COUNT) - 1);
	pr_warn("ohba: parameter log: \"%.*s\" is no log category, ignored: use all, or some of %s\n",
		(int)strcspn(unknown, ",\x20\n"), unknown, names);
}
