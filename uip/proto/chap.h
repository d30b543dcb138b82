/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CHAP's digests (RFC 1994 section 4.1, RFC 7143 section 12.1.3), by libcrypto. What they are
 * made of is wiped. Others than uip/proto need no more than _load(), _available() and _name().
 */
#ifndef ISCSI_CHAP_H
#define ISCSI_CHAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "params.h"

#define ISCSI_CHAP_DIGEST_MAX	32	/* bytes */

struct iscsi_chap {
	uint8_t algorithm;		/* enum iscsi_chap_algorithm */
	uint8_t id;
	const uint8_t *secret;
	size_t secret_len;		/* bytes */
	const uint8_t *challenge;
	size_t challenge_len;		/* bytes */
};

/* bytes, 0: unknown algorithm */
size_t iscsi_chap_digest_len(uint8_t algorithm);
/* Can libcrypto do it? In FIPS mode it has no MD5. */
bool iscsi_chap_available(uint8_t algorithm);
/*
 * Asks that of all: libcrypto reads files when it is used first, so that a process that will
 * be locked in asks before it is. Return: a bit, 1u << algorithm, for each that it cannot do.
 */
unsigned int iscsi_chap_load(void);
/* As people write it; NULL: unknown. */
const char *iscsi_chap_name(uint8_t algorithm);
/* @digest: iscsi_chap_digest_len() bytes. Return: false if libcrypto cannot. */
bool iscsi_chap_respond(const struct iscsi_chap *chap, uint8_t digest[ISCSI_CHAP_DIGEST_MAX]);
/* In a time that tells nothing of where they differ. */
bool iscsi_chap_equal(const uint8_t *a, const uint8_t *b, size_t len);

#endif /* ISCSI_CHAP_H */
