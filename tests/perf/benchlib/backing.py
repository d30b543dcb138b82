# SPDX-License-Identifier: GPL-2.0-or-later
"""A target whose disk is memory: full, so that no read finds a hole."""

import contextlib
import glob
import os
import shutil
import tempfile

from targets import Istgt, TargetError, Tgtd
from targets.daemon import Target

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__)))))
PROGRAM = os.path.join(ROOT, "build/perf/ohba-target")
MEMORY = "/dev/shm"
SIZE_MIB = 64
CHUNK = 1 << 20


class Fast(Target):
    """tests/scripted without rules and without sanitizers. Its digests, by the
    processor's instruction, cost next to nothing, as those of Linux's own target."""

    name = "ohba-target"

    def __init__(self, directory, targets=1, size_mib=SIZE_MIB,
                 base="iqn.2026-01.org.ohba:fast"):
        super().__init__(directory, size_mib)
        self.names = ["%s.%d" % (base, i) for i in range(targets)]

    def argv(self):
        if not os.path.exists(PROGRAM):
            raise TargetError("%s is missing: run make perf" % PROGRAM)
        argv = [PROGRAM, "--port", str(self.port), "--address", self.address,
                "--depth", "128", "--lun", self.backing("lu.img")]
        for name in self.names:
            argv += ["--target", name]
        return argv

    def configure(self):
        self.wait_listening(self.address, self.port)


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


KINDS = {"istgt": Istgt, "fast": Fast}

__all__ = ["Istgt", "KINDS", "Tgtd", "in_memory"]
