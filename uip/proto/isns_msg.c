// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages of iSNS (isns_msg.h). */
#include <string.h>

#include "isns.h"
#include "isns_msg.h"

#define VERSION		1

/* Section 5.1.4. */
enum {
	CLIENT	= 0x8000,
	AUTH	= 0x2000,
	LAST	= 0x0800,
	FIRST	= 0x0400,
};

static uint16_t be16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

uint32_t isns_be32(const uint8_t *at)
{
	return (uint32_t)be16(at) << 16 | be16(at + 2);
}

bool isns_text(const uint8_t *value, size_t len, char *text, size_t max)
{
	size_t n = value ? strnlen((const char *)value, len) : len;

	if (n == len || n >= max)
		return false;
	memcpy(text, value, n + 1);
	return true;
}

/* --- out ------------------------------------------------------------------- */

static void put16(uint8_t *at, uint16_t val)
{
	at[0] = val >> 8;
	at[1] = val;
}

static void put32(uint8_t *at, uint32_t val)
{
	put16(at, val >> 16);
	put16(at + 2, val);
}

void isns_put_hdr(struct isns_out *out, uint16_t function, uint16_t xid)
{
	memset(out->buf, 0, ISNS_HDR_LEN);
	put16(out->buf, VERSION);
	put16(out->buf + 2, function);
	put16(out->buf + 6, CLIENT | LAST | FIRST);
	put16(out->buf + 8, xid);
	out->len = ISNS_HDR_LEN;
}

void isns_put(struct isns_out *out, uint32_t tag, const void *value, size_t len)
{
	size_t padded = (len + 3) & ~(size_t)3;
	uint8_t *at = out->buf + out->len;

	if (out->max - out->len < 8 + padded)
		return;
	put32(at, tag);
	put32(at + 4, padded);
	memset(at + 8, 0, padded);
	if (len)
		memcpy(at + 8, value, len);
	out->len += 8 + padded;
}

void isns_put_number(struct isns_out *out, uint32_t tag, uint32_t value)
{
	uint8_t be[4];

	put32(be, value);
	isns_put(out, tag, be, sizeof(be));
}

void isns_put_text(struct isns_out *out, uint32_t tag, const char *text)
{
	isns_put(out, tag, text, strlen(text) + 1);
}

void isns_put_end(struct isns_out *out)
{
	put16(out->buf + 4, out->len - ISNS_HDR_LEN);
}

/* --- in: items of the payload ------------------------------------------------ */

enum item { STATUS, HEAD, VALUE, REST };

static void next(struct isns_in *in, enum item item, size_t need)
{
	in->item = item;
	in->need = need;
	in->have = 0;
}

static const char *attribute(struct isns_in *in, const uint8_t *value, size_t len,
			     const struct isns_in_ops *ops, void *ctx)
{
	bool operating = in->operating;

	next(in, HEAD, 8);
	if (in->tag == ISNS_DELIMITER && !operating) {
		in->operating = true;
		return NULL;
	}
	return operating ? ops->attr(ctx, in->tag, value, len) : NULL;
}

static const char *take_status(struct isns_in *in, const struct isns_in_ops *ops, void *ctx)
{
	(void)ops;
	(void)ctx;
	in->status = isns_be32(in->buf);
	/* What stands behind an error is not said to be attributes. */
	if (in->status)
		next(in, REST, SIZE_MAX);
	else
		next(in, HEAD, 8);
	return NULL;
}

static const char *take_head(struct isns_in *in, const struct isns_in_ops *ops, void *ctx)
{
	uint32_t len = isns_be32(in->buf + 4);

	in->tag = isns_be32(in->buf);
	if (len & 3)
		return "sent an attribute whose length is no multiple of 4";
	if (!len)
		return attribute(in, NULL, 0, ops, ctx);
	next(in, VALUE, len);
	return NULL;
}

static const char *take_value(struct isns_in *in, const struct isns_in_ops *ops, void *ctx)
{
	return attribute(in, in->need <= sizeof(in->buf) ? in->buf : NULL, in->need, ops, ctx);
}

static const char *take_rest(struct isns_in *in, const struct isns_in_ops *ops, void *ctx)
{
	(void)in;
	(void)ops;
	(void)ctx;
	return NULL;
}

static const char *(*const take[])(struct isns_in *in, const struct isns_in_ops *ops,
				   void *ctx) = {
	[STATUS] = take_status, [HEAD] = take_head, [VALUE] = take_value, [REST] = take_rest,
};

static const char *feed_items(struct isns_in *in, const uint8_t *data, size_t len,
			      const struct isns_in_ops *ops, void *ctx)
{
	const char *why = NULL;

	while (len && !why) {
		size_t n = in->need - in->have < len ? in->need - in->have : len;

		if (in->need <= sizeof(in->buf))
			memcpy(in->buf + in->have, data, n);
		in->have += n;
		data += n;
		len -= n;
		if (in->have == in->need)
			why = take[in->item](in, ops, ctx);
	}
	return why;
}

/* --- in: PDUs ---------------------------------------------------------------- */

void isns_in_expect(struct isns_in *in, uint16_t function, uint16_t xid)
{
	in->function = ISNS_RESPONSE | function;
	in->xid = xid;
	in->seq = 0;
	in->status = 0;
	in->operating = false;
	next(in, STATUS, 4);
}

static const char *take_hdr(struct isns_in *in)
{
	uint16_t flags = be16(in->hdr + 6), seq = be16(in->hdr + 10);

	if (be16(in->hdr) != VERSION)
		return "speaks another version, or is none";
	if (!in->function)
		return "spoke unasked";
	if (be16(in->hdr + 2) != in->function || be16(in->hdr + 8) != in->xid)
		return "answered what it was not asked";
	/* Whose block behind the PDU has a length of its own: it is for who asked for it. */
	if (flags & AUTH)
		return "signed its answer, which it was not asked to";
	if (seq != in->seq || !(flags & FIRST) != !!seq)
		return "skipped or repeated a PDU";
	in->left = be16(in->hdr + 4);
	if (in->left & 3)
		return "sent a PDU whose length is no multiple of 4";
	in->last = flags & LAST;
	in->seq++;
	in->bytes += in->left;
	if (++in->pdus > ISNS_PDUS_MAX || in->bytes > ISNS_BYTES_MAX)
		return "has more to say than is listened to";
	return NULL;
}

static const char *end_pdu(struct isns_in *in, const struct isns_in_ops *ops, void *ctx)
{
	in->hdr_have = 0;
	if (!in->last)
		return NULL;
	if (in->item != REST && (in->item != HEAD || in->have))
		return "ended its answer in the middle";
	in->function = 0;
	return ops->end(ctx, in->status);
}

const char *isns_in_feed(struct isns_in *in, const void *data, size_t len,
			 const struct isns_in_ops *ops, void *ctx)
{
	const uint8_t *at = data, *end = at + len;
	const char *why = NULL;

	while (at < end && !why) {
		size_t n = end - at;

		if (in->hdr_have < ISNS_HDR_LEN) {
			in->hdr[in->hdr_have++] = *at++;
			if (in->hdr_have == ISNS_HDR_LEN)
				why = take_hdr(in);
		} else {
			n = n < in->left ? n : in->left;
			why = feed_items(in, at, n, ops, ctx);
			at += n;
			in->left -= n;
		}
		if (!why && in->hdr_have == ISNS_HDR_LEN && !in->left)
			why = end_pdu(in, ops, ctx);
	}
	return why;
}
