/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Characters of UTF-8 (RFC 3629). Kernel code has its own in drivers/common/text.c. */
#ifndef ISCSI_UTF8_H
#define ISCSI_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the character that begins with @first; 0: none does. */
static inline unsigned int utf8_len(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc0 || first >= 0xf8)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/*
 * The character at @text, which ends with a zero. Return: its bytes; 0: there is none, but
 * one that is longer than need be, half of a UTF-16 pair, one beyond Unicode, or the rest of one.
 */
static inline size_t utf8_decode(const uint8_t *text, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned int len = utf8_len(*text), i;

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

#endif /* ISCSI_UTF8_H */
