/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ohbatool's parts: finding adapters, discovery, logs, the error table, printers. */
#ifndef OHBATOOL_H
#define OHBATOOL_H

#include <stddef.h>
#include <stdio.h>

#include "discover.h"
#include "log.h"

/* One adapter; strings are empty when unknown. */
struct adapter {
	char pci[24];		/* 0000:00:04.0 */
	char class[8];		/* fw, conn, toe */
	char driver[32];	/* bound kernel driver */
	char host[16];		/* SCSI host, host2 */
	char mac[24];		/* 52:54:00:12:34:56 */
	char iface[64];		/* name that iscsiadm gives the default iface */
};

/* One row of the error table in ohba_status.h. */
struct error_row {
	unsigned int code;
	const char *name;
	const char *meaning;
	const char *cause;
	const char *remedy;
};

/*
 * Find the adapters of this machine, in PCI order. Returns their number and an
 * array in *@out that the caller frees; or -1 with errno. @sysfs is "/sys"
 * but for tests.
 */
int adapters_find(const char *sysfs, struct adapter **out);
/*
 * By PCI address, its domain left out if that is 0000, or by SCSI host, of the @n of @list.
 * NULL: none.
 */
const struct adapter *adapter_named(const struct adapter *list, int n, const char *name);
/* Fill in what sysfs knows of the adapter named by @a->pci. */
void adapter_read_sysfs(const char *sysfs, struct adapter *a);

extern const struct error_row error_table[];
extern const size_t error_table_len;
/* By name (case-insensitive, with or without OHBA_ST_) or number. NULL: none. */
const struct error_row *error_find(const char *what);

/* A way to print. Device access never prints; printers never look. */
struct printer {
	const char *name;
	void (*adapters)(FILE *f, const struct adapter *a, int n);
	void (*errors)(FILE *f, const struct error_row *rows, size_t n);
	void (*discovery)(FILE *f, const struct discovery *discovery);
	void (*log)(FILE *f, const struct log *log);
};
extern const struct printer printer_text;
extern const struct printer printer_json;
extern const struct printer printer_markdown;

/* log_print.c */
void text_log(FILE *f, const struct log *log);
void json_log(FILE *f, const struct log *log);
void markdown_log(FILE *f, const struct log *log);

#endif /* OHBATOOL_H */
