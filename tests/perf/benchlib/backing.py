# SPDX-License-Identifier: GPL-2.0-or-later
"""A target whose disk is memory: full, so that no read finds a hole."""

import contextlib
import os
import shutil
import tempfile

from targets import Istgt, Tgtd

MEMORY = "/dev/shm"
SIZE_MIB = 64
CHUNK = 1 << 20


def fill(path, size_mib):
    with open(path, "wb") as disk:
        for i in range(size_mib):
            disk.write(bytes([i % 255 + 1]) * CHUNK)


@contextlib.contextmanager
def in_memory(kind, size_mib=SIZE_MIB, prepare=lambda target: None):
    """A running target of that class; its .lun is the disk's LUN.

    prepare(target): called before it starts."""
    directory = tempfile.mkdtemp(prefix="ohba-bench-", dir=MEMORY)
    try:
        target = kind(directory, size_mib=size_mib)
        fill(os.path.join(directory, "t0-lun1.img" if kind is Tgtd else "lu1.img"), size_mib)
        target.lun = 1 if kind is Tgtd else 0
        prepare(target)
        with target:
            yield target
    finally:
        shutil.rmtree(directory, ignore_errors=True)


__all__ = ["Istgt", "SIZE_MIB", "Tgtd", "in_memory"]
