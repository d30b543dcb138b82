/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Digests: CRC32C as iSCSI puts it on the wire (RFC 7143 section 13.1). */
#ifndef OHBA_DIGEST_H
#define OHBA_DIGEST_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/* A digest in the making: start here, feed with ohba_digest_add(). */
#define OHBA_DIGEST_INIT	0xffffffffu

uint32_t ohba_digest_add(uint32_t crc, const void *buf, size_t len);
/* The first @len bytes of @iov. */
uint32_t ohba_digest_add_iov(uint32_t crc, const struct iovec *iov, size_t len);
/* The four bytes that follow the segment on the wire. */
void ohba_digest_put(uint32_t crc, uint8_t out[4]);

#endif /* OHBA_DIGEST_H */
