// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Records of an adapter as text that a person can read and compare, and back: a section for
 * each, a line for each field of the tables here (flash.h). Any bytes come back the same.
 */
#include "flash.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_LINE	"# ohbatool flash dump, version 1"
#define LAST_LINE	"# end"
#define LINE_MAX_LEN	2048

enum type {
	STRING,			/* zero-padded, with at least one zero */
	SECRET,			/* of .secret_len bytes */
	ADDRESS,		/* 16 bytes */
	NUMBER,			/* of 1, 2 or 4 bytes */
	FLAGS,			/* the same, in hexadecimal */
	BYTES,			/* zeroes at the end are left out */
};

struct field {
	const char *name;
	size_t off, size;
	enum type type;
};

#define FIELD(of, name, member, type) \
	{ name, offsetof(struct of, member), sizeof(((struct of *)NULL)->member), type }

static const struct field iface_fields[] = {
	FIELD(ohba_iface_config, "family", family, NUMBER),
	FIELD(ohba_iface_config, "flags", flags, FLAGS),
	FIELD(ohba_iface_config, "bootproto", source, NUMBER),
	FIELD(ohba_iface_config, "ipaddress", addr, ADDRESS),
	FIELD(ohba_iface_config, "prefix_len", prefix, NUMBER),
	FIELD(ohba_iface_config, "gateway", router, ADDRESS),
	FIELD(ohba_iface_config, "link_local", local, ADDRESS),
	FIELD(ohba_iface_config, "vlan", tci, NUMBER),
	FIELD(ohba_iface_config, "mtu", mtu, NUMBER),
	{ 0 },
};

static const struct field initiator_fields[] = {
	FIELD(ohba_initiator, "initiatorname", name, STRING),
	FIELD(ohba_initiator, "alias", alias, STRING),
	{ 0 },
};

static const struct field account_fields[] = {
	FIELD(ohba_account, "flags", flags, FLAGS),
	FIELD(ohba_account, "username", name, STRING),
	FIELD(ohba_account, "password", secret, SECRET),
	{ 0 },
};

/* As `iscsiadm -m host -C flashnode` calls them, where it does. */
static const struct field target_fields[] = {
	FIELD(ohba_target, "targetname", name, STRING),
	FIELD(ohba_target, "targetalias", alias, STRING),
	FIELD(ohba_target, "family", family, NUMBER),
	FIELD(ohba_target, "ipaddress", addr, ADDRESS),
	FIELD(ohba_target, "port", port, NUMBER),
	FIELD(ohba_target, "tpgt", tpgt, NUMBER),
	FIELD(ohba_target, "flags", flags, FLAGS),
	FIELD(ohba_target, "isid", isid, BYTES),
	FIELD(ohba_target, "login_by", login_by, NUMBER),
	FIELD(ohba_target, "header_digest", header_digest, FLAGS),
	FIELD(ohba_target, "data_digest", data_digest, FLAGS),
	FIELD(ohba_target, "chap_algorithms", chap_list, FLAGS),
	FIELD(ohba_target, "chap_out_idx", account, NUMBER),
	FIELD(ohba_target, "chap_in_idx", target_account, NUMBER),
	FIELD(ohba_target, "max_outstanding_r2t", max_r2t, NUMBER),
	FIELD(ohba_target, "max_recv_dlength", max_recv_dsl, NUMBER),
	FIELD(ohba_target, "max_burst_len", max_burst, NUMBER),
	FIELD(ohba_target, "first_burst_len", first_burst, NUMBER),
	FIELD(ohba_target, "def_time2wait", time2wait, NUMBER),
	FIELD(ohba_target, "def_time2retain", time2retain, NUMBER),
	FIELD(ohba_target, "nop_interval_ms", timers.nop_interval_ms, NUMBER),
	FIELD(ohba_target, "nop_timeout_ms", timers.nop_timeout_ms, NUMBER),
	FIELD(ohba_target, "login_ms", login_ms, NUMBER),
	FIELD(ohba_target, "dev_loss_s", dev_loss_s, NUMBER),
	FIELD(ohba_target, "ipv4_tos", tos, NUMBER),
	FIELD(ohba_target, "host", host, BYTES),
	{ 0 },
};
_Static_assert(offsetof(struct ohba_target, rsvd1) == offsetof(struct ohba_target, tos) + 1,
	       "a new field needs a line");

/* --- writing ------------------------------------------------------------------ */

static uint32_t get_number(const uint8_t *at, size_t size)
{
	uint32_t number = 0;
	size_t i;

	for (i = 0; i < size; i++)
		number |= (uint32_t)at[i] << 8 * i;
	return number;
}

static void print_text(FILE *f, const uint8_t *text, size_t len)
{
	size_t i;

	fputc('"', f);
	for (i = 0; i < len; i++) {
		bool plain = text[i] >= ' ' && text[i] <= '~' && text[i] != '"' && text[i] != '\\';

		fprintf(f, plain ? "%c" : "\\x%02x", text[i]);
	}
	fputc('"', f);
}

/* As IPv4 if only its first four bytes say something. */
static void print_address(FILE *f, const uint8_t *addr)
{
	static const uint8_t zeroes[16];
	char text[INET6_ADDRSTRLEN];
	bool four = !memcmp(addr + 4, zeroes, 12);

	if (four && !memcmp(addr, zeroes, 4))
		fputs("none", f);
	else
		fputs(inet_ntop(four ? AF_INET : AF_INET6, addr, text, sizeof(text)), f);
}

static void print_bytes(FILE *f, const uint8_t *at, size_t len)
{
	size_t i;

	while (len && !at[len - 1])
		len--;
	if (!len)
		fputs("none", f);
	for (i = 0; i < len; i++)
		fprintf(f, "%02x", at[i]);
}

static void print_field(FILE *f, const struct field *field, const uint8_t *record)
{
	const uint8_t *at = record + field->off;
	size_t len;

	fprintf(f, "%s = ", field->name);
	switch (field->type) {
	case STRING:
		print_text(f, at, strnlen((const char *)at, field->size));
		break;
	case SECRET:
		len = le16toh(((const struct ohba_account *)record)->secret_len);
		print_text(f, at, len < field->size ? len : field->size);
		break;
	case ADDRESS:
		print_address(f, at);
		break;
	case NUMBER:
		fprintf(f, "%u", get_number(at, field->size));
		break;
	case FLAGS:
		fprintf(f, "0x%x", get_number(at, field->size));
		break;
	case BYTES:
		print_bytes(f, at, field->size);
		break;
	}
	fputc('\n', f);
}

static void print_section(FILE *f, const struct field *fields, const void *record, bool no_secret)
{
	const struct field *field;

	for (field = fields; field->name; field++)
		if (field->type == SECRET && no_secret)
			fprintf(f, "# %s was left out\n", field->name);
		else
			print_field(f, field, record);
}

static void print_config(FILE *f, const struct ohba_config *config)
{
	unsigned int i;

	for (i = 0; i < OHBA_IFACES_MAX; i++) {
		if (!config->iface[i].family)
			continue;
		fprintf(f, "\n[iface %u]\n", i);
		print_section(f, iface_fields, &config->iface[i], false);
	}
}

void flash_print(FILE *f, const struct flash_record *record)
{
	switch (record->kind) {
	case OHBA_RECORD_CONFIG:
		print_config(f, &record->config);
		break;
	case OHBA_RECORD_INITIATOR:
		fputs("\n[initiator]\n", f);
		print_section(f, initiator_fields, &record->initiator, false);
		break;
	case OHBA_RECORD_ACCOUNT:
		fprintf(f, "\n[account %u]\n", record->index);
		print_section(f, account_fields, &record->account, record->no_secret);
		break;
	case OHBA_RECORD_TARGET:
		fprintf(f, "\n[target %u]\n", record->index);
		print_section(f, target_fields, &record->target, false);
		break;
	}
}

void flash_print_head(FILE *f, const char *pci, bool secrets)
{
	fprintf(f, FIRST_LINE "\n# of adapter %s\n", pci);
	fputs(secrets ? "# HOLDS CHAP SECRETS IN CLEAR: keep it as safe as they are\n" :
			"# without CHAP secrets\n", f);
}

void flash_print_end(FILE *f)
{
	fputs("\n" LAST_LINE "\n", f);
}

/* --- reading -------------------------------------------------------------------- */

struct parser {
	struct flash_file *file;
	const struct field *fields;	/* of the section; NULL: there was none yet */
	size_t record;			/* among the file's */
	size_t off;			/* of what the section is about, in the record's data */
	uint32_t seen;			/* bit map of @fields */
	bool whole;			/* the last line was the last one */
};

static bool wrong(struct flash_file *file, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static bool wrong(struct flash_file *file, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(file->why, sizeof(file->why), fmt, args);
	va_end(args);
	return false;
}

static uint8_t *data_of(const struct parser *p)
{
	return (uint8_t *)&p->file->records[p->record].config + p->off;
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;

	return at ? at - digits : -1;
}

static bool hex_byte(const char *text, uint8_t *byte)
{
	if (hex_digit(text[0]) < 0 || hex_digit(text[1]) < 0)
		return false;
	*byte = hex_digit(text[0]) << 4 | hex_digit(text[1]);
	return true;
}

/* Return: bytes; -1: it is no such text, or longer than @size. */
static int parse_text(const char *text, uint8_t *to, size_t size)
{
	size_t n;

	if (*text++ != '"')
		return -1;
	for (n = 0; *text && *text != '"'; n++) {
		if (n == size)
			return -1;
		if (*text != '\\') {
			to[n] = *text++;
		} else {
			if (text[1] != 'x' || !hex_byte(text + 2, &to[n]))
				return -1;
			text += 4;
		}
	}
	return strcmp(text, "\"") ? -1 : (int)n;
}

static bool parse_number(const char *text, uint8_t *to, size_t size)
{
	char *end;
	unsigned long long number;
	size_t i;

	errno = 0;
	number = strtoull(text, &end, 0);
	if (*text < '0' || *text > '9' || *end || errno || number >> 8 * size)
		return false;
	for (i = 0; i < size; i++)
		to[i] = number >> 8 * i;
	return true;
}

static bool parse_address(const char *text, uint8_t *to)
{
	memset(to, 0, 16);
	return !strcmp(text, "none") || inet_pton(AF_INET, text, to) == 1 ||
	       inet_pton(AF_INET6, text, to) == 1;
}

static bool parse_bytes(const char *text, uint8_t *to, size_t size)
{
	size_t n = strlen(text) / 2, i;

	memset(to, 0, size);
	if (!strcmp(text, "none"))
		return true;
	if (strlen(text) % 2 || n > size)
		return false;
	for (i = 0; i < n; i++)
		if (!hex_byte(text + 2 * i, &to[i]))
			return false;
	return true;
}

static bool parse_value(const struct field *field, const char *text, uint8_t *record)
{
	uint8_t *at = record + field->off;
	int len;

	switch (field->type) {
	case STRING:
		len = parse_text(text, at, field->size - 1);
		return len >= 0 && !memchr(at, 0, len);
	case SECRET:
		len = parse_text(text, at, field->size - 1);
		((struct ohba_account *)record)->secret_len = htole16(len);
		return len > 0;
	case ADDRESS:
		return parse_address(text, at);
	case BYTES:
		return parse_bytes(text, at, field->size);
	default:
		return parse_number(text, at, field->size);
	}
}

/* A section without its secret is one that was left out; without another field it is wrong. */
static bool end_section(struct parser *p)
{
	struct flash_record *record = &p->file->records[p->record];
	size_t i;

	for (i = 0; p->fields && p->fields[i].name; i++) {
		if (p->seen & 1u << i)
			continue;
		if (p->fields[i].type != SECRET)
			return wrong(p->file, "the section before has no %s", p->fields[i].name);
		record->no_secret = true;
	}
	return true;
}

static bool add_record(struct parser *p, unsigned int kind, unsigned int index)
{
	struct flash_file *file = p->file;
	struct flash_record *grown;
	size_t i;

	for (i = 0; i < file->n; i++)
		if (file->records[i].kind == kind && file->records[i].index == index) {
			p->record = i;
			return kind == OHBA_RECORD_CONFIG ||
			       wrong(file, "there was such a section before");
		}
	/* Not realloc(): that would leave secrets where it was. */
	if (!file->records)
		file->records = calloc(OHBA_TARGETS_MAX + OHBA_ACCOUNTS_MAX + 2, sizeof(*grown));
	if (!file->records)
		return wrong(file, "out of memory");
	p->record = file->n++;
	file->records[p->record].kind = kind;
	file->records[p->record].index = index;
	return true;
}

static const struct {
	const char *name;
	unsigned int kind, max;		/* 0: it has no index */
	const struct field *fields;
} sections[] = {
	{ "iface", OHBA_RECORD_CONFIG, OHBA_IFACES_MAX, iface_fields },
	{ "initiator", OHBA_RECORD_INITIATOR, 0, initiator_fields },
	{ "account", OHBA_RECORD_ACCOUNT, OHBA_ACCOUNTS_MAX, account_fields },
	{ "target", OHBA_RECORD_TARGET, OHBA_TARGETS_MAX, target_fields },
};
#define NSECTIONS	(sizeof(sections) / sizeof(sections[0]))

/* An address of the configuration has a section of its own, though they are one record. */
static bool open_iface(struct parser *p, unsigned int index)
{
	p->off = offsetof(struct ohba_config, iface) + index * sizeof(struct ohba_iface_config);
	return !data_of(p)[0] || wrong(p->file, "there was such a section before");
}

static bool open_section(struct parser *p, const char *line)
{
	char name[16], digits[5] = "0";
	unsigned int index, i;
	int end = -1;

	if (!end_section(p))
		return false;
	if (sscanf(line, "[%15[a-z] %4[0-9]]%n", name, digits, &end) < 2 && end < 0)
		sscanf(line, "[%15[a-z]]%n", name, &end);
	index = strtoul(digits, NULL, 10);
	for (i = 0; i < NSECTIONS; i++) {
		if (end < 0 || line[end] || strcmp(name, sections[i].name))
			continue;
		if (sections[i].max ? index >= sections[i].max || !strchr(line, ' ') :
				      !!strchr(line, ' '))
			continue;
		p->fields = sections[i].fields;
		p->seen = 0;
		p->off = 0;
		if (sections[i].kind != OHBA_RECORD_CONFIG)
			return add_record(p, sections[i].kind, index);
		return add_record(p, sections[i].kind, 0) && open_iface(p, index);
	}
	return wrong(p->file, "there is no such section");
}

static bool take_field(struct parser *p, char *line)
{
	char *value = strstr(line, " = ");
	unsigned int i;

	if (!value)
		return wrong(p->file, "neither a section nor NAME = VALUE");
	*value = '\0';
	value += 3;
	for (i = 0; p->fields && p->fields[i].name; i++) {
		if (strcmp(line, p->fields[i].name))
			continue;
		if (p->seen & 1u << i)
			return wrong(p->file, "%s was said before", line);
		p->seen |= 1u << i;
		if (parse_value(&p->fields[i], value, data_of(p)))
			return true;
		/* Not its value, which may be a secret. */
		return wrong(p->file, "this is no value for %s", line);
	}
	return wrong(p->file, "there is no such field here");
}

static bool take_line(struct parser *p, char *line)
{
	char *end = strchr(line, '\n');

	p->file->line++;
	if (!end)
		return wrong(p->file, "it is too long, or the file is cut off");
	*end = '\0';
	if (p->file->line == 1)
		return !strcmp(line, FIRST_LINE) ||
		       wrong(p->file, "this is no dump that this ohbatool knows");
	if (!*line)
		return true;
	p->whole = !strcmp(line, LAST_LINE);
	if (*line == '#')
		return true;
	return *line == '[' ? open_section(p, line) : take_field(p, line);
}

bool flash_parse(FILE *f, struct flash_file *file)
{
	struct parser p = { .file = file };
	char line[LINE_MAX_LEN];
	bool good = true;

	memset(file, 0, sizeof(*file));
	while (good && fgets(line, sizeof(line), f))
		good = take_line(&p, line);
	explicit_bzero(line, sizeof(line));
	if (good && ferror(f))
		good = wrong(file, "it cannot be read");
	if (good && !file->line)
		good = wrong(file, "it is empty");
	good = good && end_section(&p);
	if (good && !p.whole)
		good = wrong(file, "it is cut off: the last line is not \"%s\"", LAST_LINE);
	return good;
}

void flash_forget(struct flash_file *file)
{
	if (file->records)
		explicit_bzero(file->records, file->n * sizeof(*file->records));
	free(file->records);
}
