// SPDX-License-Identifier: GPL-2.0-or-later
/* Which characters are harmless to a terminal, a JSON parser, and a Markdown renderer. */
#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "escape.h"

/* One character of UTF-8 (RFC 3629), or a byte that begins none. */
struct character {
	uint32_t code;
	int len;		/* bytes */
	bool valid;
};

static struct character next(const char *s)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const uint8_t *byte = (const uint8_t *)s;
	int i, len = *byte < 0x80 ? 1 : *byte < 0xc0 ? 0 : *byte < 0xe0 ? 2 : *byte < 0xf0 ? 3 :
		     *byte < 0xf8 ? 4 : 0;
	struct character c = { .code = *byte, .len = 1 };
	uint32_t code = len > 1 ? *byte & (0x7f >> len) : *byte;

	for (i = 1; i < len; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return c;
		code = code << 6 | (byte[i] & 0x3f);
	}
	if (!len || code < least[len] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return c;
	return (struct character){ .code = code, .len = len, .valid = true };
}

/*
 * Beyond ASCII: controls, and what shows nothing or turns what is beside it around (Unicode's
 * categories Cc, Cf, Zs, Zl and Zp).
 */
static bool is_unseen(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} unseen[] = {
		{ 0x7f, 0xa0 }, { 0xad, 0xad }, { 0x600, 0x605 }, { 0x61c, 0x61c },
		{ 0x6dd, 0x6dd }, { 0x70f, 0x70f }, { 0x890, 0x891 }, { 0x8e2, 0x8e2 },
		{ 0x1680, 0x1680 }, { 0x180e, 0x180e }, { 0x2000, 0x200f }, { 0x2028, 0x202f },
		{ 0x205f, 0x206f }, { 0x3000, 0x3000 }, { 0xfeff, 0xfeff }, { 0xfff0, 0xfffb },
		{ 0x110bd, 0x110bd }, { 0x110cd, 0x110cd }, { 0x13430, 0x1343f },
		{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
	};
	size_t i;

	for (i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++)
		if (code >= unseen[i].first && code <= unseen[i].last)
			return true;
	return false;
}

static bool is_harmless(const struct character *c)
{
	return c->valid && c->code >= ' ' && !is_unseen(c->code);
}

static int put_bytes(FILE *f, const char *s, int len)
{
	int i;

	for (i = 0; i < len; i++)
		fprintf(f, "\\x%02x", (uint8_t)s[i]);
	return 4 * len;
}

/* RFC 8259 section 7: in UTF-16. */
static int put_code(FILE *f, uint32_t code)
{
	if (code < 0x10000)
		return fprintf(f, "\\u%04x", code);
	code -= 0x10000;
	return fprintf(f, "\\u%04x\\u%04x", 0xd800 | code >> 10, 0xdc00 | (code & 0x3ff));
}

/* An underscore within a word is none of Markdown's: names of errors stay as they are. */
static bool is_markup(const char *start, const char *s)
{
	if (*s == '_')
		return s == start || !isalnum((uint8_t)s[-1]) || !isalnum((uint8_t)s[1]);
	return strchr("\\`*[]<>&|~", *s);
}

static bool needs_backslash(const char *start, const char *s, enum escape how)
{
	if (how == FOR_JSON)
		return *s == '"' || *s == '\\';
	return how == FOR_MARKDOWN && is_markup(start, s);
}

int escape(FILE *f, const char *s, enum escape how)
{
	const char *start = s;
	int columns = 0;
	struct character c;

	for (; *s; s += c.len) {
		c = next(s);
		if (!is_harmless(&c)) {
			columns += how == FOR_JSON ? put_code(f, c.code) : put_bytes(f, s, c.len);
			continue;
		}
		if (needs_backslash(start, s, how))
			columns += putc('\\', f) == '\\';
		fwrite(s, 1, c.len, f);
		columns++;
	}
	return columns;
}
