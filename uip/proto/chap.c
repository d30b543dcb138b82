// SPDX-License-Identifier: GPL-2.0-or-later
/* CHAP's digests (chap.h). */
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "chap.h"

static const struct algorithm {
	uint8_t id;			/* enum iscsi_chap_algorithm */
	uint8_t len;			/* bytes of the digest */
	const EVP_MD *(*md)(void);
	const char *name;
} algorithms[] = {
	{ ISCSI_CHAP_MD5, 16, EVP_md5, "MD5" },
	{ ISCSI_CHAP_SHA1, 20, EVP_sha1, "SHA-1" },
	{ ISCSI_CHAP_SHA256, 32, EVP_sha256, "SHA-256" },
	{ ISCSI_CHAP_SHA3_256, 32, EVP_sha3_256, "SHA3-256" },
};

#define NALGORITHMS	(sizeof(algorithms) / sizeof(algorithms[0]))

static const struct algorithm *find(uint8_t id)
{
	const struct algorithm *row = algorithms;

	for (; row < algorithms + NALGORITHMS; row++)
		if (row->id == id)
			return row;
	return NULL;
}

size_t iscsi_chap_digest_len(uint8_t algorithm)
{
	const struct algorithm *row = find(algorithm);

	return row ? row->len : 0;
}

bool iscsi_chap_available(uint8_t algorithm)
{
	static const uint8_t none;
	struct iscsi_chap chap = { algorithm, 0, &none, 0, &none, 0 };
	uint8_t digest[ISCSI_CHAP_DIGEST_MAX];

	return iscsi_chap_respond(&chap, digest);
}

unsigned int iscsi_chap_load(void)
{
	unsigned int lacking = 0;
	size_t i;

	for (i = 0; i < NALGORITHMS; i++)
		if (!iscsi_chap_available(algorithms[i].id))
			lacking |= 1u << algorithms[i].id;
	return lacking;
}

const char *iscsi_chap_name(uint8_t algorithm)
{
	const struct algorithm *row = find(algorithm);

	return row ? row->name : NULL;
}

/* The context holds the secret until it is freed, which wipes it. */
bool iscsi_chap_respond(const struct iscsi_chap *chap, uint8_t digest[ISCSI_CHAP_DIGEST_MAX])
{
	const struct algorithm *row = find(chap->algorithm);
	EVP_MD_CTX *ctx = row ? EVP_MD_CTX_new() : NULL;
	unsigned int len = 0;
	bool done;

	done = ctx && EVP_DigestInit_ex(ctx, row->md(), NULL) &&
	       EVP_DigestUpdate(ctx, &chap->id, 1) &&
	       EVP_DigestUpdate(ctx, chap->secret, chap->secret_len) &&
	       EVP_DigestUpdate(ctx, chap->challenge, chap->challenge_len) &&
	       EVP_DigestFinal_ex(ctx, digest, &len) && len == row->len;
	EVP_MD_CTX_free(ctx);
	return done;
}

bool iscsi_chap_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
	return !CRYPTO_memcmp(a, b, len);
}
