/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iSCSI login of an initiator (RFC 7143 sections 6.3, 11.12, 11.13): PDUs and time in,
 * PDUs and a deadline out. For the first, and only, connection of a session: TSIH is 0,
 * so that a target that has a session of the same name and ISID ends it (6.3.5).
 *
 *	iscsi_login_start(&login, &config, now);
 *	while (!(result = iscsi_login_result(&login))) {
 *		while (iscsi_login_tx(&login, &pdu))
 *			... pdu.hdr, pdu.len bytes at pdu.data, padding ...
 *		... wait for a PDU or for iscsi_login_deadline(&login) ...
 *		iscsi_login_rx(&login, &hdr, data, len, now) or iscsi_login_expire(&login, now);
 *	}
 *	... what the result says ...
 *	iscsi_login_end(&login);
 *
 * Nothing here does I/O, looks at a clock or draws a random number. Only libcrypto
 * allocates, while a CHAP digest is made. Times are milliseconds of any clock that does
 * not go backwards. Digests are off during a login, whatever is agreed on for later.
 */
#ifndef ISCSI_LOGIN_H
#define ISCSI_LOGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iscsi_pdu.h"
#include "login_status.h"
#include "params.h"
#include "portal.h"
#include "said.h"
#include "text.h"

/* Bounds of a login. */
#define ISCSI_LOGIN_PDUS_MAX	128	/* from the target */
/*
 * Bytes of text from the target: what RFC 7143 asks of those whose authentication has the
 * longest items, which is not CHAP. A pair at a time is kept, so it is no memory.
 */
#define ISCSI_LOGIN_TEXT_MAX	65536
#define ISCSI_LOGIN_REQUEST_MAX	4096	/* bytes of text of one request of ours */

#define ISCSI_CHAP_SECRET_MIN	12	/* bytes: 96 bits, the least without IPsec (12.1.3) */
#define ISCSI_CHAP_SECRET_MAX	255
#define ISCSI_CHAP_CHALLENGE_MAX 32	/* bytes of ours: as many as the digest has */
#define ISCSI_LOGIN_RANDOM	(1 + ISCSI_CHAP_CHALLENGE_MAX)

struct iscsi_chap_account {
	const char *name;		/* NULL: of the initiator, none; of the target, any */
	const uint8_t *secret;		/* NULL: none */
	size_t len;			/* bytes of @secret */
};

/* Strings and secrets stay the caller's and must be there until iscsi_login_end(). */
struct iscsi_login_config {
	const char *initiator_name;
	const char *initiator_alias;	/* NULL: none */
	const char *target_name;	/* NULL: a discovery session */
	uint8_t isid[ISCSI_ISID_LEN];
	uint16_t cid;
	uint32_t itt;			/* of all requests of the login */
	uint32_t cmdsn;			/* InitCmdSN of the session */
	int32_t tpgt;			/* of the portal, or ISCSI_TPGT_NONE: any */
	uint32_t timeout_ms;		/* for the whole login */
	/*
	 * Bytes of text in a PDU of ours; 0: 8192, which any target takes and no login needs.
	 * Not all targets take a request in several PDUs: tgtd and istgt do not.
	 */
	uint32_t text_max;

	/*
	 * want.auth_method and want.chap_algorithm are lists like the others. The initiator
	 * proves itself by @chap; @chap_target.secret makes the target do so, too. tgtd takes 7,
	 * SHA-256, for SHA-1, and then refuses the response.
	 */
	struct iscsi_params want;
	struct iscsi_chap_account chap, chap_target;
	uint8_t random[ISCSI_LOGIN_RANDOM];	/* for this login alone; used with @chap_target */

	/* Told of each step, for traces; names are static. NULL: nobody is. */
	void (*trace)(void *arg, const char *from, const char *event, const char *to);
	void *trace_arg;
};

enum iscsi_login_outcome {
	ISCSI_LOGIN_DONE,		/* full-feature phase */
	ISCSI_LOGIN_MOVED,		/* log in at .portal; how often is the caller's to bound */
	ISCSI_LOGIN_CONFIG,		/* nothing was sent: the configuration is wrong */
	ISCSI_LOGIN_REFUSED,		/* the target answered with .status */
	ISCSI_LOGIN_VIOLATION,		/* the target broke the protocol */
	ISCSI_LOGIN_NO_AGREEMENT,	/* a key has no value that both can do */
	ISCSI_LOGIN_UNPROVEN,		/* the target did not prove who it is, or tried to cheat */
	ISCSI_LOGIN_TIMEOUT,
	ISCSI_LOGIN_INTERNAL,		/* libcrypto could not make a digest */
	ISCSI_LOGIN_OUTCOMES,
};

struct iscsi_login_result {
	uint8_t outcome;		/* enum iscsi_login_outcome */
	/* Static; behind the subject that iscsi_login_explain() puts before them. */
	const char *words;
	const char *key;		/* static, the key that it is about, or NULL */
	const char *state;		/* static, where it ended */
	const struct iscsi_login_status *status;	/* MOVED, REFUSED; else NULL */
	bool proved;			/* our proof was made: it may be what was refused */

	/* DONE */
	struct iscsi_params params;
	uint16_t tsih;
	int32_t tpgt;			/* or ISCSI_TPGT_NONE, in a discovery session */
	uint32_t exp_statsn;		/* of the first PDU that follows */
	uint32_t cmdsn;
	uint32_t exp_cmdsn, max_cmdsn;
	char target_alias[ISCSI_VALUE_MAX + 1];

	struct iscsi_portal portal;	/* MOVED */
};

struct iscsi_login_pdu {
	struct iscsi_login_req hdr;
	const void *data;		/* of the login; until its next function is called */
	uint32_t len;			/* bytes, without padding */
};

/* Some 10 KiB, all of which are the library's own. Need not be zeroed. */
struct iscsi_login {
	const struct iscsi_login_config *config;
	const struct iscsi_login_state *state;
	uint64_t deadline;
	unsigned int pdus;		/* that came in */

	bool due;			/* a PDU is to be sent */
	bool transit;			/* the request asks for the next stage */
	bool listening;			/* the target's text goes on in its next PDU */
	size_t sent;			/* bytes of @out */
	struct iscsi_text_out out;
	char buf[ISCSI_LOGIN_REQUEST_MAX];

	struct iscsi_text_in in;
	uint64_t offered, heard;	/* iscsi_key_bit()s */
	bool answering;			/* @out answers wishes of the target's */
	const struct iscsi_key *key;	/* the one that is looked at */
	struct iscsi_said said;

	bool answered;			/* there was a response: @exp_statsn is known */
	uint32_t exp_statsn;
	uint16_t tsih;
	uint8_t proof[ISCSI_CHAP_CHALLENGE_MAX];	/* our response to the challenge */
	uint32_t proof_len;
	struct iscsi_login_result result;
};

/*
 * @now: ms. A wrong configuration is a result, too, and at once.
 */
void iscsi_login_start(struct iscsi_login *login, const struct iscsi_login_config *config,
		       uint64_t now);
/* Return: false if there is nothing to be sent now. */
bool iscsi_login_tx(struct iscsi_login *login, struct iscsi_login_pdu *pdu);
/* A whole PDU came in: @len bytes of data segment at @data, without padding. */
void iscsi_login_rx(struct iscsi_login *login, const union iscsi_pdu_hdr *hdr,
		    const void *data, size_t len, uint64_t now);
/* ms, UINT64_MAX once there is a result. */
uint64_t iscsi_login_deadline(const struct iscsi_login *login);
/* To be called at the deadline; before it does nothing. */
void iscsi_login_expire(struct iscsi_login *login, uint64_t now);
/* NULL while it goes on. Valid until iscsi_login_end(). */
const struct iscsi_login_result *iscsi_login_result(const struct iscsi_login *login);
/*
 * Wipe all that the login knows; then it can only be started again. The caller's secrets are
 * the caller's to wipe.
 */
void iscsi_login_end(struct iscsi_login *login);

/* A sentence without full stop. Return: as snprintf(). */
int iscsi_login_explain(const struct iscsi_login_result *result, char *buf, size_t len);

#endif /* ISCSI_LOGIN_H */
