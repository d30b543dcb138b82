// SPDX-License-Identifier: GPL-2.0-only
/* Text of a device's, which may be anything: it is for logs, sysfs and terminals. */
#include <linux/export.h>
#include <linux/string.h>

#include "priv.h"

/* The bytes of a character of UTF-8 (RFC 3629), by its first one. 0: none begins so. */
static unsigned int ohba_utf8_len(u8 first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc0 || first >= 0xf8)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* As uip/proto/utf8.h. Of text that ends with a zero. Return: its bytes, 0: it is none. */
static unsigned int ohba_utf8_take(const u8 *text, u32 *code)
{
	static const u32 least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned int i, len = ohba_utf8_len(*text);

	*code = len > 1 ? *text & (0x7f >> len) : *text;
	for (i = 1; i < len; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (text[i] & 0x3f);
	}
	if (!len || *code < least[len] || *code > 0x10ffff ||
	    (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return len;
}

/**
 * ohba_is_line() - may it be shown as a line of text?
 * @text: of the device's
 * @size: bytes there
 *
 * It has a zero; before that it is UTF-8 without controls, of which some terminals obey those
 * above ASCII, too.
 *
 * Context: any.
 */
bool ohba_is_line(const u8 *text, size_t size)
{
	unsigned int len;
	u32 code;

	if (!memchr(text, 0, size))
		return false;
	for (; *text; text += len) {
		len = ohba_utf8_take(text, &code);
		if (!len || code < ' ' || (code >= 0x7f && code < 0xa0))
			return false;
	}
	return true;
}
EXPORT_SYMBOL_GPL(ohba_is_line);

/**
 * ohba_is_name() - could it be an iSCSI name?
 * @text: of the device's
 * @size: bytes there
 *
 * A line that is not empty and has no blank. Context: any.
 */
bool ohba_is_name(const u8 *text, size_t size)
{
	return ohba_is_line(text, size) && *text && !strchr((const char *)text, ' ');
}
EXPORT_SYMBOL_GPL(ohba_is_name);

/**
 * ohba_clean_words() - make words of the device's fit to be shown
 * @words: of ASCII, or of anything
 * @len: bytes there; not 0
 *
 * They end within them then, and what is no printable ASCII is a question mark.
 *
 * Context: any.
 */
void ohba_clean_words(u8 *words, size_t len)
{
	size_t i;

	words[len - 1] = 0;
	for (i = 0; words[i]; i++)
		if (words[i] < ' ' || words[i] > '~')
			words[i] = '?';
}
EXPORT_SYMBOL_GPL(ohba_clean_words);
