/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A login and the target that it talks to, which is the test: each request is compared
 * byte by byte, each response is legal but for what the test damages. The wire format
 * is written down here a second time, on purpose.
 */
#ifndef PROTO_BENCH_H
#define PROTO_BENCH_H

#include "login.h"
#include "unit.h"

#define INITIATOR	"iqn.2026-01.org.ohba:initiator"
#define TARGET		"iqn.2026-01.org.ohba:target"

/* A string literal with its last zero byte, as bytes and their number. */
#define TEXT(text)	(text), sizeof(text)
#define NO_TEXT		"", 0

/* Byte 1 of login PDUs. */
enum {
	SECURITY	= 0x00,
	SECURITY_MORE	= 0x40,
	TO_OPERATIONAL	= 0x81,
	OPERATIONAL	= 0x04,
	OPERATIONAL_MORE = 0x44,
	TO_FULL		= 0x87,
};

struct bench {
	struct iscsi_login login;
	struct iscsi_login_config config;
	uint64_t now;			/* ms */
	uint32_t statsn;		/* of the next response */
	uint16_t tsih, last_tsih;	/* of responses, and of the one that ends a login */
	uint16_t status;		/* of the next response, class and detail */
	int damage;			/* offset in the next response's header, or -1 */
	uint8_t damage_val;
};

/* A normal session without CHAP, as bench_begin() will start it. */
void bench_init(struct bench *b);
void bench_begin(struct bench *b);
/* The next request is this, and the only one. */
void expect_request(struct bench *b, uint8_t flags, const char *text, size_t len);
void expect_no_request(struct bench *b);
/* The next request, whatever it says. Return: its text, of @len bytes. */
const char *any_request(struct bench *b, uint8_t *flags, size_t *len);
void respond(struct bench *b, uint8_t flags, const char *text, size_t len);
/* The next response has @val at @off of its header. */
void damage(struct bench *b, int off, uint8_t val);

const struct iscsi_login_result *expect_done(struct bench *b);
const struct iscsi_login_result *expect_end(struct bench *b, enum iscsi_login_outcome outcome,
					    const char *words);
/* The same, and the key that it is about. */
void expect_key(struct bench *b, enum iscsi_login_outcome outcome, const char *words,
		const char *key);

/* --- what most tests need --- */

#define FIRST_REQUEST \
	"InitiatorName=" INITIATOR "\0TargetName=" TARGET "\0SessionType=Normal\0AuthMethod=None"
#define OFFERS \
	"HeaderDigest=None\0DataDigest=None\0MaxConnections=1\0InitialR2T=Yes\0" \
	"ImmediateData=Yes\0MaxRecvDataSegmentLength=8192\0MaxBurstLength=262144\0" \
	"FirstBurstLength=65536\0DefaultTime2Wait=2\0DefaultTime2Retain=20\0" \
	"MaxOutstandingR2T=1\0DataPDUInOrder=Yes\0DataSequenceInOrder=Yes\0ErrorRecoveryLevel=0"
/* All of them, taken. */
#define ANSWERS \
	"HeaderDigest=None\0DataDigest=None\0MaxConnections=1\0InitialR2T=Yes\0" \
	"ImmediateData=Yes\0MaxBurstLength=262144\0FirstBurstLength=65536\0" \
	"DefaultTime2Wait=2\0DefaultTime2Retain=20\0MaxOutstandingR2T=1\0" \
	"DataPDUInOrder=Yes\0DataSequenceInOrder=Yes\0ErrorRecoveryLevel=0"

/* Up to the operational request, which is not taken yet. */
void to_operational(struct bench *b);
/* Answers to all that is offered, but @key, whose text is @instead; "": none. */
void answer_offers(struct bench *b, uint8_t flags, const char *key, const char *instead);
/* A login up to its end, where the target answers @key so. */
void login_with(struct bench *b, const char *key, const char *instead);

#endif /* PROTO_BENCH_H */
