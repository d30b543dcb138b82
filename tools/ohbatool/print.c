// SPDX-License-Identifier: GPL-2.0-or-later
/* ohbatool's printers: text for people, JSON for programs, Markdown for docs. */
#include <errno.h>
#include <string.h>

#include "ohbatool.h"

static const char *or_none(const char *s)
{
	return s[0] ? s : "-";
}

static void text_adapters(FILE *f, const struct adapter *a, int n)
{
	int i;

	fprintf(f, "%-13s %-5s %-9s %-7s %-18s %s\n",
		"PCI", "CLASS", "DRIVER", "HOST", "MAC", "IFACE");
	for (i = 0; i < n; i++)
		fprintf(f, "%-13s %-5s %-9s %-7s %-18s %s\n", a[i].pci, a[i].class,
			or_none(a[i].driver), or_none(a[i].host), or_none(a[i].mac),
			or_none(a[i].iface));
}

static void text_errors(FILE *f, const struct error_row *rows, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		fprintf(f, "%s%s (0x%02x): %s\n", i ? "\n" : "",
			rows[i].name, rows[i].code, rows[i].meaning);
		if (rows[i].cause[0])
			fprintf(f, "  usual cause: %s\n", rows[i].cause);
		if (rows[i].remedy[0])
			fprintf(f, "  what to do:  %s\n", rows[i].remedy);
	}
}

/* As iscsiadm has portals. */
static void portal_text(const struct discovered *at, char *buf, size_t len)
{
	snprintf(buf, len, strchr(at->address, ':') ? "[%s]:%u" : "%s:%u", at->address, at->port);
}

static void entry_text(const struct discovered *at, char *buf, size_t len)
{
	if (at->entry < 0)
		snprintf(buf, len, "%s", at->error == ENOSPC ? "full" : "failed");
	else
		snprintf(buf, len, "%d%s", at->entry, at->is_new ? " new" : "");
}

static void number_text(int n, char *buf, size_t len)
{
	if (n < 0)
		snprintf(buf, len, "-");
	else
		snprintf(buf, len, "%d", n);
}

static void text_discovery(FILE *f, const struct discovery *d)
{
	char portal[80], entry[24], tpgt[12];
	size_t i;

	if (d->add)
		fprintf(f, "%-9s ", "ENTRY");
	fprintf(f, "%-28s %-5s %s\n", "PORTAL", "TPGT", "TARGET");
	for (i = 0; i < d->n; i++) {
		portal_text(&d->found[i], portal, sizeof(portal));
		entry_text(&d->found[i], entry, sizeof(entry));
		number_text(d->found[i].tpgt, tpgt, sizeof(tpgt));
		if (d->add)
			fprintf(f, "%-9s ", entry);
		fprintf(f, "%-28s %-5s %s\n", portal, tpgt, d->found[i].name);
	}
}

static void json_string(FILE *f, const char *s)
{
	putc('"', f);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			fprintf(f, "\\u%04x", *s);
		else
			putc(*s, f);
	}
	putc('"', f);
}

/* A string member; null when it is empty. */
static void json_member(FILE *f, const char *key, const char *value, const char *end)
{
	fprintf(f, "\"%s\": ", key);
	if (value[0])
		json_string(f, value);
	else
		fputs("null", f);
	fputs(end, f);
}

static void json_adapters(FILE *f, const struct adapter *a, int n)
{
	int i;

	fputs("[", f);
	for (i = 0; i < n; i++) {
		fputs(i ? ",\n  {" : "\n  {", f);
		json_member(f, "pci", a[i].pci, ", ");
		json_member(f, "class", a[i].class, ", ");
		json_member(f, "driver", a[i].driver, ", ");
		json_member(f, "host", a[i].host, ", ");
		json_member(f, "mac", a[i].mac, ", ");
		json_member(f, "iface", a[i].iface, "}");
	}
	fputs(n ? "\n]\n" : "]\n", f);
}

static void json_number(FILE *f, const char *key, int n, const char *end)
{
	fprintf(f, "\"%s\": ", key);
	if (n < 0)
		fputs("null", f);
	else
		fprintf(f, "%d", n);
	fputs(end, f);
}

static void json_discovery(FILE *f, const struct discovery *d)
{
	size_t i;

	fputs("[", f);
	for (i = 0; i < d->n; i++) {
		fputs(i ? ",\n  {" : "\n  {", f);
		json_member(f, "target", d->found[i].name, ", ");
		json_member(f, "address", d->found[i].address, ", ");
		json_number(f, "port", d->found[i].port, ", ");
		json_number(f, "tpgt", d->found[i].tpgt, d->add ? ", " : "}");
		if (!d->add)
			continue;
		json_number(f, "entry", d->found[i].entry, ", ");
		fprintf(f, "\"new\": %s}", d->found[i].is_new ? "true" : "false");
	}
	fputs(d->n ? "\n]\n" : "]\n", f);
}

static void json_errors(FILE *f, const struct error_row *rows, size_t n)
{
	size_t i;

	fputs("[", f);
	for (i = 0; i < n; i++) {
		fputs(i ? ",\n  {" : "\n  {", f);
		fprintf(f, "\"code\": %u, ", rows[i].code);
		json_member(f, "name", rows[i].name, ", ");
		json_member(f, "meaning", rows[i].meaning, ", ");
		json_member(f, "cause", rows[i].cause, ", ");
		json_member(f, "remedy", rows[i].remedy, "}");
	}
	fputs(n ? "\n]\n" : "]\n", f);
}

static void markdown_adapters(FILE *f, const struct adapter *a, int n)
{
	int i;

	fputs("| PCI | class | driver | host | MAC | iface |\n|---|---|---|---|---|---|\n", f);
	for (i = 0; i < n; i++)
		fprintf(f, "| %s | %s | %s | %s | %s | %s |\n", a[i].pci, a[i].class,
			a[i].driver, a[i].host, a[i].mac, a[i].iface);
}

static void markdown_errors(FILE *f, const struct error_row *rows, size_t n)
{
	size_t i;

	fputs("| code | name | meaning | usual cause | what to do |\n|---|---|---|---|---|\n", f);
	for (i = 0; i < n; i++)
		fprintf(f, "| 0x%02x | %s | %s | %s | %s |\n", rows[i].code, rows[i].name,
			rows[i].meaning, rows[i].cause, rows[i].remedy);
}

static void markdown_discovery(FILE *f, const struct discovery *d)
{
	char portal[80], entry[24], tpgt[12];
	size_t i;

	fprintf(f, "%s| portal | TPGT | target |\n", d->add ? "| entry " : "");
	fprintf(f, "%s|---|---|---|\n", d->add ? "|---" : "");
	for (i = 0; i < d->n; i++) {
		portal_text(&d->found[i], portal, sizeof(portal));
		entry_text(&d->found[i], entry, sizeof(entry));
		number_text(d->found[i].tpgt, tpgt, sizeof(tpgt));
		if (d->add)
			fprintf(f, "| %s ", entry);
		fprintf(f, "| %s | %s | %s |\n", portal, tpgt, d->found[i].name);
	}
}

const struct printer printer_text = {
	"text", text_adapters, text_errors, text_discovery,
};
const struct printer printer_json = {
	"json", json_adapters, json_errors, json_discovery,
};
const struct printer printer_markdown = {
	"markdown", markdown_adapters, markdown_errors, markdown_discovery,
};
