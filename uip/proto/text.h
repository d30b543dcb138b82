/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iSCSI text: key=value pairs, each ended by a zero byte, cut across PDUs at any
 * byte (RFC 7143 section 6.1). Buffers are the caller's; nothing is allocated.
 * Functions that say why the text is wrong say it statically, to stand behind "the target ".
 */
#ifndef ISCSI_TEXT_H
#define ISCSI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ISCSI_KEY_MAX		63	/* bytes of a key's name (6.1) */
#define ISCSI_VALUE_MAX		255	/* bytes of a value, unless its key says otherwise */
#define ISCSI_BINARY_MAX	1024	/* bytes that a CHAP value stands for (12.1.3) */
#define ISCSI_LONG_VALUE_MAX	(2 + 2 * ISCSI_BINARY_MAX)	/* bytes: those, in hexadecimal */
/* Bytes of a pair in text, with "=" and the zero byte. */
#define ISCSI_PAIR_MAX		(ISCSI_KEY_MAX + 1 + ISCSI_LONG_VALUE_MAX + 1)

/* Answers that are no value of any key (6.2). */
#define ISCSI_NOT_UNDERSTOOD	"NotUnderstood"
#define ISCSI_IRRELEVANT	"Irrelevant"
#define ISCSI_REJECT		"Reject"

/* --- out ------------------------------------------------------------------- */

/* Once something did not fit, nothing more is added: look at @full at the end. */
struct iscsi_text_out {
	char *buf;
	size_t len, max;		/* bytes in and of @buf */
	bool full;
};

void iscsi_text_put(struct iscsi_text_out *out, const char *key, const char *value);
/* In decimal, as every party reads it. */
void iscsi_text_put_number(struct iscsi_text_out *out, const char *key, uint64_t val);
/* @len: at most ISCSI_BINARY_MAX, in hexadecimal, as every party reads it. */
void iscsi_text_put_binary(struct iscsi_text_out *out, const char *key, const uint8_t *data,
			   size_t len);

/* --- in -------------------------------------------------------------------- */

/*
 * Text as it comes. What is kept is one pair that has no end yet. The total is bounded
 * by the caller, in bytes, so that a peer that never ends its text is not listened to.
 */
struct iscsi_text_in {
	size_t total, total_max;
	size_t have;			/* bytes in @pair */
	char pair[ISCSI_PAIR_MAX];
};

/* Both strings are valid during the call. Return: NULL, or why the feeding is to end. */
typedef const char *(*iscsi_text_fn)(void *ctx, const char *key, const char *value);

void iscsi_text_begin(struct iscsi_text_in *in, size_t total_max);
/* The next @len bytes; @fn gets each pair that they complete. Return: NULL, or why not. */
const char *iscsi_text_feed(struct iscsi_text_in *in, const void *data, size_t len,
			    iscsi_text_fn fn, void *ctx);
/* Nothing follows. Return: NULL, or why not: a pair has no end. */
const char *iscsi_text_end(const struct iscsi_text_in *in);

/* --- values (6.1) ------------------------------------------------------------ */

/* Decimal or 0x hexadecimal, of at most 64 bits. */
bool iscsi_text_number(const char *value, uint64_t *val);
bool iscsi_text_bool(const char *value, bool *val);
/* Two numbers with "~" between them, the smaller first. */
bool iscsi_text_range(const char *value, uint64_t *low, uint64_t *high);
/* 0x hexadecimal or 0b base64. Return: bytes in @data, -1 if it is neither or longer. */
int iscsi_text_binary(const char *value, uint8_t *data, size_t max);
/*
 * The items of a list with "," between them: copies the next one to @item and moves
 * @cursor past it. Return: false after the last, or if one is longer than a value.
 */
bool iscsi_text_item(const char **cursor, char item[ISCSI_VALUE_MAX + 1]);

/*
 * An iSCSI name (4.2.7): iqn. and what RFC 3722 allows, of ASCII letters, digits, "-", "." and
 * ":"; eui. and 16 hexadecimal digits; naa. and 16 or 32. At most 223 bytes.
 */
#define ISCSI_NAME_MAX		223
bool iscsi_name_valid(const char *name);

#endif /* ISCSI_TEXT_H */
