# SPDX-License-Identifier: GPL-2.0-or-later
"""Flash as an adapter would have written it (SPEC.md 6.3, 6.4)."""

import ipaddress
import struct

from crc32c import crc32c

FULL = 10 << 20
TARGETS_AT, GROUP, RECORD = 17408, 18432, 1024      # bytes; eight records are a group
CHAP_ALL = 0x7568               # SHA3-256, SHA-1, MD5, SHA-256
AUTO, IMMEDIATE = 0x01, 0x10
IPV4 = 4


def copy(magic, number, record, size, index=0, version=1):
    """One of a record's two copies; the newer one has the higher number."""
    head = struct.pack("<8sQIII", magic, number, version, len(record), index)
    rest = record.ljust(size - 32, b"\0")
    return head + crc32c(head + 4 * b"\0" + rest) + rest


def target(name, address, port, auto=True, ping_ms=30000):
    """A target's record: what `iscsiadm -o new` makes, and these."""
    record = struct.pack("<HBBHH16s", IMMEDIATE | (AUTO if auto else 0), IPV4, 0, port, 0,
                         ipaddress.IPv4Address(address).packed)
    record += name.encode().ljust(224, b"\0") + 224 * b"\0"
    record += struct.pack("<6xBBHHHHIIIHH", 1, 1, CHAP_ALL, 0xffff, 0xffff, 1,
                          262144, 262144, 65536, 2, 20)
    record += struct.pack("<III", ping_ms, ping_ms, 0)
    return record.ljust(960, b"\0")


def write_targets(path, records):
    """Flash with these entries, from index 0 on."""
    with open(path, "wb") as file:
        file.truncate(FULL)
        for index, record in enumerate(records):
            file.seek(TARGETS_AT + GROUP * (index // 8) + RECORD * (index % 8))
            file.write(copy(b"OHBAtarg", 1, record, RECORD, index))
