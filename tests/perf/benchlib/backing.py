# SPDX-License-Identifier: GPL-2.0-or-later
"""A target whose disk is memory: full, so that no read finds a hole."""

import contextlib
import glob
import os
import shutil
import tempfile

from targets import Istgt, Tgtd

MEMORY = "/dev/shm"
SIZE_MIB = 64
CHUNK = 1 << 20


def fill(path, size_mib):
    with open(path, "r+b") as disk:
        for i in range(size_mib):
            disk.write(bytes([i % 255 + 1]) * CHUNK)


@contextlib.contextmanager
def in_memory(kind, targets=1, prepare=lambda target: None):
    """A running daemon of that class; its .lun is each target's disk.

    prepare(target): called before it starts."""
    directory = tempfile.mkdtemp(prefix="ohba-bench-", dir=MEMORY)
    try:
        target = kind(directory, targets=targets, size_mib=SIZE_MIB)
        target.lun = 1 if kind is Tgtd else 0
        prepare(target)
        with target:
            for path in glob.glob(os.path.join(directory, "*.img")):
                fill(path, SIZE_MIB)
            yield target
    finally:
        shutil.rmtree(directory, ignore_errors=True)


__all__ = ["Istgt", "Tgtd", "in_memory"]
