// SPDX-License-Identifier: GPL-2.0-or-later
/* ohbatool's printers: text for people, JSON for programs, Markdown for docs. */
#include <errno.h>
#include <string.h>

#include "escape.h"
#include "ohbatool.h"

/* A cell of @width columns, and a space; the last one of a line has @width 0. */
static void text_cell(FILE *f, const char *s, int width)
{
	int columns = escape(f, s[0] ? s : "-", FOR_TEXT);

	if (width)
		fprintf(f, "%*s", columns < width ? width - columns + 1 : 1, "");
	else
		putc('\n', f);
}

static void text_adapters(FILE *f, const struct adapter *a, int n)
{
	int i;

	fprintf(f, "%-13s %-5s %-9s %-7s %-18s %s\n",
		"PCI", "CLASS", "DRIVER", "HOST", "MAC", "IFACE");
	for (i = 0; i < n; i++) {
		text_cell(f, a[i].pci, 13);
		text_cell(f, a[i].class, 5);
		text_cell(f, a[i].driver, 9);
		text_cell(f, a[i].host, 7);
		text_cell(f, a[i].mac, 18);
		text_cell(f, a[i].iface, 0);
	}
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
			text_cell(f, entry, 9);
		text_cell(f, portal, 28);
		text_cell(f, tpgt, 5);
		text_cell(f, d->found[i].name, 0);
	}
}

/* A string member; null when it is empty. */
static void json_member(FILE *f, const char *key, const char *value, const char *end)
{
	fprintf(f, "\"%s\": ", key);
	if (value[0]) {
		putc('"', f);
		escape(f, value, FOR_JSON);
		putc('"', f);
	} else {
		fputs("null", f);
	}
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

/* Cells of a row, from the left. The last one is NULL. */
static void markdown_row(FILE *f, const char *const *cells)
{
	for (; *cells; cells++) {
		fputs("| ", f);
		escape(f, *cells, FOR_MARKDOWN);
		putc(' ', f);
	}
	fputs("|\n", f);
}

static void markdown_adapters(FILE *f, const struct adapter *a, int n)
{
	int i;

	fputs("| PCI | class | driver | host | MAC | iface |\n|---|---|---|---|---|---|\n", f);
	for (i = 0; i < n; i++)
		markdown_row(f, (const char *const []){ a[i].pci, a[i].class, a[i].driver,
							a[i].host, a[i].mac, a[i].iface, NULL });
}

static void markdown_errors(FILE *f, const struct error_row *rows, size_t n)
{
	char code[16];
	size_t i;

	fputs("| code | name | meaning | usual cause | what to do |\n|---|---|---|---|---|\n", f);
	for (i = 0; i < n; i++) {
		snprintf(code, sizeof(code), "0x%02x", rows[i].code);
		markdown_row(f, (const char *const []){ code, rows[i].name, rows[i].meaning,
							rows[i].cause, rows[i].remedy, NULL });
	}
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
		markdown_row(f, (const char *const []){ portal, tpgt, d->found[i].name, NULL });
	}
}

const struct printer printer_text = {
	"text", text_adapters, text_errors, text_discovery, text_log,
};
const struct printer printer_json = {
	"json", json_adapters, json_errors, json_discovery, json_log,
};
const struct printer printer_markdown = {
	"markdown", markdown_adapters, markdown_errors, markdown_discovery, markdown_log,
};
