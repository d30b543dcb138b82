# SPDX-License-Identifier: GPL-2.0-or-later
"""What is measured: rows of IOPS, of digests, of instructions, of doorbells and interrupts."""

import collections
import itertools

from .table import size as size_text

K = 1024
SIZES = 4 * K, 64 * K, 256 * K
RWS = "read", "write"


class Row(collections.namedtuple("Row", "rw size depth vcpus digests huge", defaults=(False,))):
    """One line of the table: a random load, with so many outstanding in all.

    huge: its buffers are huge pages, so that a command's data is one piece of memory.
    """

    @property
    def name(self):
        return "%s-%s-d%d-%dcpu%s%s" % (self.rw, size_text(self.size), self.depth, self.vcpus,
                                        "-crc" if self.digests else "",
                                        "-huge" if self.huge else "")


def timed_rows():
    """One vCPU: everything. Two: what may gain by it, and 4 KiB alone."""
    one = [Row(rw, size, depth, 1, digests) for size, rw, depth, digests
           in itertools.product(SIZES, RWS, (1, 32), (False, True))]
    two = [Row(rw, size, 32, 2, digests) for size, rw, digests
           in itertools.product(SIZES, RWS, (False, True))]
    return one + two + [Row(rw, 4 * K, 1, 2, False) for rw in RWS]


def digests_rows():
    """Each is measured beside the same row without digests."""
    return [Row(rw, size, 32, 1, True) for size in SIZES for rw in RWS]


def insns_rows():
    """Depth 16: everything. 1 and 32: 4 KiB, where what a command costs shows most."""
    rows = [Row(rw, size, 16, 1, digests) for size, rw, digests
            in itertools.product(SIZES, RWS, (False, True))]
    rows += [row._replace(huge=True) for row in rows if row.size > 4 * K]
    return rows + [Row(rw, 4 * K, depth, 1, False) for depth in (1, 32) for rw in RWS]


def wire_rows():
    return [Row(rw, size, 32, 1, False) for size in (4 * K, 256 * K) for rw in RWS]


def signals_rows():
    """Depth 32 with one vCPU: everything. Depth 1, and two vCPUs: 4 KiB alone."""
    rows = [Row(rw, size, 32, 1, digests) for size, digests, rw
            in itertools.product(SIZES, (False, True), RWS)]
    return rows + [Row(rw, 4 * K, depth, vcpus, False) for vcpus, depth, rw
                   in itertools.product((1, 2), (1, 32), RWS) if (vcpus, depth) != (1, 32)]


# What --quick keeps of each: what the bounds ask for.
QUICK_TIMED = {"read-4k-d1-1cpu", "read-4k-d32-1cpu", "write-4k-d32-1cpu",
               "read-256k-d32-1cpu", "write-256k-d32-1cpu", "read-256k-d32-1cpu-crc",
               "read-4k-d32-2cpu"}
QUICK_DIGESTS = {"read-256k-d32-1cpu-crc", "write-256k-d32-1cpu-crc"}
QUICK_INSNS = {"read-4k-d16-1cpu", "read-64k-d16-1cpu-huge", "write-64k-d16-1cpu-crc-huge"}
QUICK_SIGNALS = {row.name for row in signals_rows() if (row.depth, row.vcpus) == (32, 1)}
QUICK_WIRE = {"read-256k-d32-1cpu", "write-256k-d32-1cpu"}
