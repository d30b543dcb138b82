// SPDX-License-Identifier: GPL-2.0-only
/* The error table in words. */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>

#include "ohba.h"

struct ohba_status_row {
	const char *name;
	const char *meaning;
	const char *remedy;
};

static const struct ohba_status_row ohba_status_rows[] = {
#define OHBA_STATUS_ROW(code, id, text, cause, what_to_do) \
	[code] = { .name = #id, .meaning = text, .remedy = what_to_do },
	OHBA_STATUS_TABLE(OHBA_STATUS_ROW)
#undef OHBA_STATUS_ROW
};

static const struct ohba_status_row *ohba_status_row(unsigned int status)
{
	static const struct ohba_status_row unknown = {
		.name = "UNKNOWN",
		.meaning = "a status that this driver does not know",
		.remedy = "update the driver",
	};

	if (status >= ARRAY_SIZE(ohba_status_rows) ||
	    !ohba_status_rows[status].name)
		return &unknown;
	return &ohba_status_rows[status];
}

/**
 * ohba_status_name() - the name of a status code
 * @status: any number, also one that the device made up
 *
 * Context: any. Return: a constant string, never NULL.
 */
const char *ohba_status_name(unsigned int status)
{
	return ohba_status_row(status)->name;
}
EXPORT_SYMBOL_GPL(ohba_status_name);

/**
 * ohba_status_meaning() - what a status code means, in one line
 * @status: any number, also one that the device made up
 *
 * Context: any. Return: a constant string, never NULL.
 */
const char *ohba_status_meaning(unsigned int status)
{
	return ohba_status_row(status)->meaning;
}
EXPORT_SYMBOL_GPL(ohba_status_meaning);

/**
 * ohba_status_remedy() - what to do about a status code, in one line
 * @status: any number, also one that the device made up
 *
 * Context: any. Return: a constant string, never NULL; empty for success.
 */
const char *ohba_status_remedy(unsigned int status)
{
	return ohba_status_row(status)->remedy;
}
EXPORT_SYMBOL_GPL(ohba_status_remedy);

/**
 * ohba_status_errno() - the errno that says the same as a status code
 * @status: any number
 *
 * Context: any. Return: 0 for OHBA_ST_SUCCESS, else a negative errno.
 */
int ohba_status_errno(unsigned int status)
{
	switch (status) {
	case OHBA_ST_SUCCESS:
		return 0;
	case OHBA_ST_CONN_REFUSED:
		return -ECONNREFUSED;
	case OHBA_ST_CONN_TIMEOUT:
		return -ETIMEDOUT;
	case OHBA_ST_HOST_UNREACH:
		return -EHOSTUNREACH;
	case OHBA_ST_CONN_RESET:
	case OHBA_ST_CONN_CLOSED:
		return -ECONNRESET;
	case OHBA_ST_NO_RESOURCES:
	case OHBA_ST_BUSY:
		return -EBUSY;
	case OHBA_ST_ABORTED:
		return -ECANCELED;
	default:
		return -EIO;
	}
}
EXPORT_SYMBOL_GPL(ohba_status_errno);
