// SPDX-License-Identifier: GPL-2.0-or-later
/* iSCSI text (text.h): pairs out and in, and what values stand for. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "text.h"
#include "utf8.h"

/* --- out ------------------------------------------------------------------- */

void iscsi_text_put(struct iscsi_text_out *out, const char *key, const char *value)
{
	size_t len = strlen(key) + 1 + strlen(value) + 1;

	if (out->full || len > out->max - out->len) {
		out->full = true;
		return;
	}
	snprintf(out->buf + out->len, len, "%s=%s", key, value);
	out->len += len;
}

void iscsi_text_put_number(struct iscsi_text_out *out, const char *key, uint64_t val)
{
	char value[24];

	snprintf(value, sizeof(value), "%" PRIu64, val);
	iscsi_text_put(out, key, value);
}

void iscsi_text_put_binary(struct iscsi_text_out *out, const char *key, const uint8_t *data,
			   size_t len)
{
	char value[ISCSI_LONG_VALUE_MAX + 1] = "0x";
	size_t i;

	if (len > ISCSI_BINARY_MAX) {
		out->full = true;
		return;
	}
	for (i = 0; i < len; i++)
		snprintf(value + 2 + 2 * i, 3, "%02x", data[i]);
	iscsi_text_put(out, key, value);
}

/* --- in -------------------------------------------------------------------- */

void iscsi_text_begin(struct iscsi_text_in *in, size_t total_max)
{
	in->total = 0;
	in->total_max = total_max;
	in->have = 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* X#, Y# and Z# begin names that IANA has registered, as X- begins a vendor's own. */
static bool is_registered(const char *key)
{
	return key[0] >= 'X' && key[0] <= 'Z' && key[1] == '#';
}

/* A standard label, but 6.1's capital letter comes first in all keys but iSCSIProtocolLevel. */
static bool is_key(const char *key, size_t len)
{
	size_t i;

	if (!len || len > ISCSI_KEY_MAX || !is_letter(key[0]))
		return false;
	for (i = is_registered(key) ? 2 : 1; i < len; i++)
		if (!is_letter(key[i]) && !is_digit(key[i]) && !strchr(".-+@_", key[i]))
			return false;
	return true;
}

/* Bytes of the UTF-8 character that begins with @first (RFC 3629 section 3), 0 if none does. */
static bool all_are(const char *text, bool (*kind)(uint32_t c))
{
	const uint8_t *at = (const uint8_t *)text;
	size_t len;
	uint32_t c;

	for (; *at; at += len) {
		len = utf8_decode(at, &c);
		if (!len || !kind(c))
			return false;
	}
	return true;
}

/* Values end up in logs and on terminals, some of which obey C1 controls as well. */
static bool is_printable(uint32_t c)
{
	return c >= ' ' && (c < 0x7f || c > 0x9f);
}

/* @in->pair is whole. */
static const char *take_pair(struct iscsi_text_in *in, iscsi_text_fn fn, void *ctx)
{
	char *equals = strchr(in->pair, '=');

	if (!equals)
		return "sent text that is no key=value";
	if (!is_key(in->pair, equals - in->pair))
		return "sent a key whose name is none";
	if (!all_are(equals + 1, is_printable))
		return "sent a value that is not UTF-8, or with control characters";
	*equals = 0;
	return fn(ctx, in->pair, equals + 1);
}

static const char *take_byte(struct iscsi_text_in *in, char c, iscsi_text_fn fn, void *ctx)
{
	/* Some targets count the padding of a data segment into its length. */
	if (!c && !in->have)
		return NULL;
	if (in->have == sizeof(in->pair))
		return "sent a key=value that is too long";
	in->pair[in->have++] = c;
	if (c)
		return NULL;
	in->have = 0;
	return take_pair(in, fn, ctx);
}

const char *iscsi_text_feed(struct iscsi_text_in *in, const void *data, size_t len,
			    iscsi_text_fn fn, void *ctx)
{
	const char *byte = data, *why = NULL;
	size_t i;

	if (len > in->total_max - in->total)
		return "sent more text than anybody needs";
	in->total += len;
	for (i = 0; i < len && !why; i++)
		why = take_byte(in, byte[i], fn, ctx);
	return why;
}

const char *iscsi_text_end(const struct iscsi_text_in *in)
{
	return in->have ? "ended its text in the middle of a key=value" : NULL;
}

/* --- values ---------------------------------------------------------------- */

/* Of a hexadecimal digit, -1 if it is none. */
static int nibble(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* "0x" or "0b", in either case. */
static bool has_prefix(const char *value, char letter)
{
	return value[0] == '0' && (value[1] | 0x20) == letter;
}

/* The digits up to @end. Return: false if there are none, others, or too many. */
static bool digits(const char *at, const char *end, unsigned int base, uint64_t *val)
{
	const char *first = at;
	int digit;

	for (*val = 0; at < end; at++) {
		digit = nibble(*at);
		if (digit < 0 || digit >= (int)base || *val > (UINT64_MAX - digit) / base)
			return false;
		*val = *val * base + digit;
	}
	return at > first;
}

static bool number(const char *value, const char *end, uint64_t *val)
{
	if (end - value > 2 && has_prefix(value, 'x'))
		return digits(value + 2, end, 16, val);
	return digits(value, end, 10, val);
}

bool iscsi_text_number(const char *value, uint64_t *val)
{
	return number(value, value + strlen(value), val);
}

bool iscsi_text_bool(const char *value, bool *val)
{
	*val = !strcmp(value, "Yes");
	return *val || !strcmp(value, "No");
}

bool iscsi_text_range(const char *value, uint64_t *low, uint64_t *high)
{
	const char *tilde = strchr(value, '~');

	return tilde && number(value, tilde, low) && iscsi_text_number(tilde + 1, high) &&
	       *low <= *high;
}

static int hexadecimal(const char *text, uint8_t *data, size_t max)
{
	size_t len = strlen(text), i;
	int high, low;

	if (!len || len % 2 || len / 2 > max)
		return -1;
	for (i = 0; i < len / 2; i++) {
		high = nibble(text[2 * i]);
		low = nibble(text[2 * i + 1]);
		if (high < 0 || low < 0)
			return -1;
		data[i] = high << 4 | low;
	}
	return len / 2;
}

/* RFC 4648 section 4: the six bits of a letter, -1 if it is none. */
static int sextet(char c)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(alphabet, c) : NULL;

	return at ? at - alphabet : -1;
}

/* Whole groups of four letters; the last may end in "=" or "==". */
static int base64(const char *text, uint8_t *data, size_t max)
{
	size_t len = strlen(text), letters = len, i, n = 0;
	uint32_t bits = 0;

	while (letters && len - letters < 2 && text[letters - 1] == '=')
		letters--;
	if (!letters || len % 4 || letters * 6 / 8 > max)
		return -1;
	for (i = 0; i < letters; i++) {
		if (sextet(text[i]) < 0)
			return -1;
		bits = bits << 6 | sextet(text[i]);
		if (i % 4)
			data[n++] = bits >> (6 - i % 4 * 2);
	}
	return n;
}

int iscsi_text_binary(const char *value, uint8_t *data, size_t max)
{
	if (has_prefix(value, 'x'))
		return hexadecimal(value + 2, data, max);
	if (has_prefix(value, 'b'))
		return base64(value + 2, data, max);
	return -1;
}

bool iscsi_text_item(const char **cursor, char item[ISCSI_VALUE_MAX + 1])
{
	size_t len = strcspn(*cursor, ",");

	if (!len || len > ISCSI_VALUE_MAX)
		return false;
	memcpy(item, *cursor, len);
	item[len] = 0;
	*cursor += len;
	if (**cursor)
		++*cursor;
	return true;
}

/* What RFC 3722 leaves of ASCII; capitals, too, which it would have made small. */
static bool is_in_names(uint32_t c)
{
	if (c >= 0x80)
		return is_printable(c);
	return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == ':';
}

static bool is_hexadecimal(uint32_t c)
{
	return c < 0x80 && nibble(c) >= 0;
}

bool iscsi_name_valid(const char *name)
{
	size_t len = strlen(name);

	if (!strncmp(name, "iqn.", 4))
		return len > 4 && len <= ISCSI_NAME_MAX && all_are(name + 4, is_in_names);
	if (!strncmp(name, "eui.", 4))
		return len == 4 + 16 && all_are(name + 4, is_hexadecimal);
	return !strncmp(name, "naa.", 4) && (len == 4 + 16 || len == 4 + 32) &&
	       all_are(name + 4, is_hexadecimal);
}
