# SPDX-License-Identifier: GPL-2.0-or-later
"""CRC32C as iSCSI's digests and the adapter's flash have it (RFC 7143 section 13.1)."""

import struct

TABLE = []


def crc32c(data):
    """Its four bytes, little-endian."""
    if not TABLE:
        for n in range(256):
            for _ in range(8):
                n = n >> 1 ^ (0x82f63b78 if n & 1 else 0)
            TABLE.append(n)
    crc = 0xffffffff
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xff]
    return struct.pack("<I", crc ^ 0xffffffff)
