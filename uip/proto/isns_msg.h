/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of iSNS (RFC 4171 section 5): PDUs with attributes out, and in wherever they are
 * cut. Private to isns.c. What a server does wrong has static words, to stand behind "the iSNS
 * server".
 */
#ifndef ISNS_MSG_H
#define ISNS_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ISNS_HDR_LEN	12

enum isns_function {
	ISNS_DEV_ATTR_REG	= 0x0001,
	ISNS_DEV_ATTR_QRY	= 0x0002,
	ISNS_DEV_DEREG		= 0x0004,
	ISNS_RESPONSE		= 0x8000,	/* ORed to what is answered */
};

/* Section 6.1. */
enum isns_tag {
	ISNS_DELIMITER		= 0,	/* between message key and operating attributes */
	ISNS_EID		= 1,
	ISNS_ENTITY_PROTOCOL	= 2,
	ISNS_PERIOD		= 6,	/* s: after these the server forgets the entity */
	ISNS_NAME		= 32,
	ISNS_NODE_TYPE		= 33,
	/* Of portal groups: which target is at which portal (section 6.5). */
	ISNS_PG_NAME		= 48,
	ISNS_PG_ADDR		= 49,
	ISNS_PG_PORT		= 50,
	ISNS_PG_TAG		= 51,
};

#define ISNS_PROTOCOL_ISCSI	2
#define ISNS_NODE_TARGET	0x1
#define ISNS_NODE_INITIATOR	0x2
#define ISNS_PORT_UDP		0x10000	/* of ISNS_PG_PORT; below it, the port */

/* --- out ------------------------------------------------------------------- */

struct isns_out {
	uint8_t *buf;
	size_t len, max;	/* bytes; who asks has room for the longest message */
};

void isns_put_hdr(struct isns_out *out, uint16_t function, uint16_t xid);
void isns_put(struct isns_out *out, uint32_t tag, const void *value, size_t len);
void isns_put_number(struct isns_out *out, uint32_t tag, uint32_t value);
void isns_put_text(struct isns_out *out, uint32_t tag, const char *text);
/* Nothing follows: the header says how long it is. */
void isns_put_end(struct isns_out *out);

/* --- in -------------------------------------------------------------------- */

/* Bytes of an attribute's value that is looked at; of others nothing is kept. */
#define ISNS_VALUE_MAX	256

struct isns_in {
	/* The answer that is due. */
	uint16_t function;	/* 0: none is */
	uint16_t xid;
	/* The PDU that comes. */
	uint8_t hdr[ISNS_HDR_LEN];
	size_t hdr_have;
	uint32_t left;		/* bytes of its payload */
	uint16_t seq;		/* of the next */
	bool last;
	/* The item that comes, of the message's payload, which may be cut anywhere. */
	uint8_t item;		/* enum item */
	uint8_t buf[ISNS_VALUE_MAX];
	size_t have, need;
	uint32_t tag;
	uint32_t status;
	bool operating;		/* the delimiter has come */
	/* Of all answers, bounded so that nobody is listened to for ever. */
	unsigned int pdus;
	size_t bytes;
};

struct isns_in_ops {
	/*
	 * An operating attribute of an answer without error. @value: NULL if it is empty, or
	 * longer than ISNS_VALUE_MAX. Return: NULL, or why the feeding is to end.
	 */
	const char *(*attr)(void *ctx, uint32_t tag, const uint8_t *value, size_t len);
	/* The answer is whole; now another may be asked for. The same is returned. */
	const char *(*end)(void *ctx, uint32_t status);
};

void isns_in_expect(struct isns_in *in, uint16_t function, uint16_t xid);
/* The next @len bytes. Return: NULL, or why not. */
const char *isns_in_feed(struct isns_in *in, const void *data, size_t len,
			 const struct isns_in_ops *ops, void *ctx);

uint32_t isns_be32(const uint8_t *at);
/* A text attribute, with its zero byte, into @text. Return: false if it is none. */
bool isns_text(const uint8_t *value, size_t len, char *text, size_t max);

#endif /* ISNS_MSG_H */
