// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Digests (digest.h) by ISA-L.
 *
 * ISA-L's crc32_iscsi() leaves both the initial value and the final inversion
 * to the caller, so that it can be continued; the inversion is in
 * ohba_digest_put(). On the wire the CRC lies with its lowest byte first: 32
 * bytes of zeroes give aa 36 91 8a (RFC 7143 appendix A.4).
 */
#include "digest.h"

#include <isa-l.h>

/* crc32_iscsi() takes its length as an int. */
#define CRC_CHUNK	(1u << 30)

uint32_t ohba_digest_add(uint32_t crc, const void *buf, size_t len)
{
	/* ISA-L does not write through its pointer, but does not say so. */
	unsigned char *p = (unsigned char *)(uintptr_t)buf;

	while (len) {
		size_t n = len < CRC_CHUNK ? len : CRC_CHUNK;

		crc = crc32_iscsi(p, (int)n, crc);
		p += n;
		len -= n;
	}
	return crc;
}

uint32_t ohba_digest_add_iov(uint32_t crc, const struct iovec *iov, size_t len)
{
	for (; len; iov++) {
		size_t n = len < iov->iov_len ? len : iov->iov_len;

		crc = ohba_digest_add(crc, iov->iov_base, n);
		len -= n;
	}
	return crc;
}

void ohba_digest_put(uint32_t crc, uint8_t out[4])
{
	crc = ~crc;
	out[0] = (uint8_t)crc;
	out[1] = (uint8_t)(crc >> 8);
	out[2] = (uint8_t)(crc >> 16);
	out[3] = (uint8_t)(crc >> 24);
}
