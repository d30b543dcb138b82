/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A login with CHAP on the bench, and its known answers, made with Python's hashlib: ours of
 * the byte 0x9a, SECRET and CHALLENGE; the target's of OUR_ID, TARGET_SECRET and as many of
 * 80 81 82 ... as the digest has bytes.
 */
#ifndef PROTO_CHAP_BENCH_H
#define PROTO_CHAP_BENCH_H

#include "bench.h"

#define CHALLENGE	"0x000102030405060708090a0b0c0d0e0f10111213"
#define CHALLENGE_BASE64 "0bAAECAwQFBgcICQoLDA0ODxAREhM="
#define SECRET		"hundred and one bits"
#define TARGET_SECRET	"the target's own one"

#define MD5_PROOF	"36fe61bed5e9e4756850abcb5900e6b3"
#define SHA1_PROOF	"1298a0ba2f27c1a87cb3a24ddbeff46b22804313"
#define SHA256_PROOF	"ec8f78c21a1fee8207fe91f18d2000fb58d0667eac8c537275d39490e7a58eb0"
#define SHA3_PROOF	"956830c736477d3f523d30b0c73fa5ebde58d845c2a3298901afeff7757d6c03"

#define OUR_ID		0x42
#define OUR_MD5		"808182838485868788898a8b8c8d8e8f"
#define OUR_SHA1	OUR_MD5 "90919293"
#define OUR_SHA256	OUR_MD5 "909192939495969798999a9b9c9d9e9f"
#define MD5_RESPONSE	"3f6abd8ca5599bde44701c3040e540b4"
#define SHA1_RESPONSE	"96c5ad7d3840ccebe86fb160b2b956ffed2f473f"
#define SHA256_RESPONSE	"78d60c130b35a02ea8c22ca85633c76e015cc8b3f43513a5a46741acc8a06872"
#define SHA3_RESPONSE	"1a6fe9009967390d3bbb3c72b09b2e51a84f52019b3de68acc83696c1e915a0c"

/* All algorithms; @mutual: the target, "array", is to prove itself to "user", too. */
void chap_init(struct bench *b, bool mutual);
/* Up to the first request, which is taken. */
void to_choice(struct bench *b);
/* Up to the request that the challenge answers, which is taken. */
void to_challenge(struct bench *b);
/* Up to the request with our proof, by MD5, which is taken. */
void to_proof(struct bench *b);

/* Text as "A=b;C=d". */
__attribute__((format(printf, 3, 4)))
void respond_with(struct bench *b, uint8_t flags, const char *fmt, ...);
__attribute__((format(printf, 3, 4)))
void expect_with(struct bench *b, uint8_t flags, const char *fmt, ...);

#endif /* PROTO_CHAP_BENCH_H */
