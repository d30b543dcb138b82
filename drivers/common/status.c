// SPDX-License-Identifier: GPL-2.0-only
/* The error table, and what a target answers to a login, in words. */
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
	case OHBA_ST_NEXUS_TAKEN:
		return -EBUSY;
	case OHBA_ST_ABORTED:
		return -ECANCELED;
	default:
		return -EIO;
	}
}
EXPORT_SYMBOL_GPL(ohba_status_errno);

/* RFC 7143 section 11.13.5; of each class the general one first. */
static const struct {
	u8 class;
	u8 detail;
	const char *name;
} ohba_login_statuses[] = {
	{ 0, 0, "Success" },
	{ 1, 1, "Target moved temporarily" },
	{ 1, 2, "Target moved permanently" },
	{ 2, 0, "Initiator error" },
	{ 2, 1, "Authentication failure" },
	{ 2, 2, "Authorization failure" },
	{ 2, 3, "Not found" },
	{ 2, 4, "Target removed" },
	{ 2, 5, "Unsupported version" },
	{ 2, 6, "Too many connections" },
	{ 2, 7, "Missing parameter" },
	{ 2, 8, "Can't include in session" },
	{ 2, 9, "Session type not supported" },
	{ 2, 10, "Session does not exist" },
	{ 2, 11, "Invalid during login" },
	{ 3, 0, "Target error" },
	{ 3, 1, "Service unavailable" },
	{ 3, 2, "Out of resources" },
};

/**
 * ohba_login_status_name() - the name of a target's answer to a login
 * @class: Status-Class, any number
 * @detail: Status-Detail, any number: one that the class has not is its general one
 *
 * Context: any. Return: a constant string, never NULL.
 */
const char *ohba_login_status_name(u8 class, u8 detail)
{
	const char *general = NULL;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ohba_login_statuses); i++) {
		if (ohba_login_statuses[i].class != class)
			continue;
		if (ohba_login_statuses[i].detail == detail)
			return ohba_login_statuses[i].name;
		general = general ?: ohba_login_statuses[i].name;
	}
	return general ?: "Unknown";
}
EXPORT_SYMBOL_GPL(ohba_login_status_name);
