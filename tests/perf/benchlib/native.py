# SPDX-License-Identifier: GPL-2.0-or-later
"""The firmware library beside libiscsi, each in a process of its own."""

import collections
import json
import subprocess

from . import table
from .backing import Istgt, Tgtd, in_memory
from .figures import Series, ratio

PATHS = "fw", "libiscsi"
FIGURES = "iops", "iops_per_core_s"


class NativeError(RuntimeError):
    """ohba-native failed; the text is what it said."""


class Row(collections.namedtuple("Row", "rw size depth digests")):
    """A random load."""

    @property
    def name(self):
        return "%s-%s-d%d%s" % (self.rw, table.size(self.size), self.depth,
                                "-crc" if self.digests else "")


def rows(digests=False):
    return [Row(rw, size, 32, digests) for size in (4096, 262144) for rw in ("read", "write")]


class Native:
    """Series of each row and path, filled round by round."""

    def __init__(self, program, seconds, measured):
        self.program, self.seconds = program, seconds
        self.rows = measured
        self.digests = any(row.digests for row in measured)
        self.series = {(row, path, figure): Series()
                       for row in self.rows for path in PATHS for figure in FIGURES}

    def target(self):
        """tgtd; for digests istgt, as tgtd has none."""
        return in_memory(Istgt if self.digests else Tgtd)

    def argv(self, target, row, path):
        argv = [self.program, "--path", path, "--port", str(target.port),
                "--target", target.names[0], "--lun", str(target.lun),
                "--blocks", str(target.size_mib << 11), "--rw", row.rw,
                "--size", str(row.size), "--depth", str(row.depth),
                "--seconds", str(self.seconds)]
        if row.digests:
            argv += ["--header-digest"]
            argv += ["--data-digest"] if path == "fw" else []
        return argv

    def run(self, target, row, path):
        done = subprocess.run(self.argv(target, row, path), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60 + self.seconds)
        if done.returncode:
            raise NativeError(done.stderr.strip())
        found = json.loads(done.stdout)
        self.series[row, path, "iops"].add(found["ios"] / found["seconds"])
        self.series[row, path, "iops_per_core_s"].add(found["ios"] / found["cpu_seconds"])

    def round(self, target, number):
        """One run of each row and path; who comes first alternates."""
        for row in self.rows:
            for path in PATHS if number % 2 else reversed(PATHS):
                self.run(target, row, path)

    def ratio(self, row, figure):
        return ratio(*(self.series[row, path, figure] for path in PATHS))

    def watched(self):
        return [self.ratio(row, "iops_per_core_s") for row in self.rows]

    # --- what it says ---

    def text(self):
        head = ["native", "fw IOPS/core-s", "rsd %", "libiscsi", "rsd %", "ratio", "error %",
                "fw IOPS", "libiscsi IOPS"]
        lines = []
        for row in self.rows:
            line = [row.name]
            for path in PATHS:
                series = self.series[row, path, "iops_per_core_s"]
                line += ["%.0f" % series.mean, "%.1f" % series.rsd]
            quotient = self.ratio(row, "iops_per_core_s")
            line += ["%.2f" % quotient.median, quotient.error_text()]
            line += ["%.0f" % self.series[row, path, "iops"].mean for path in PATHS]
            lines.append(line)
        return table.text(head, lines)

    def as_json(self):
        found = []
        for row in self.rows:
            figures = {path: {figure: self.series[row, path, figure].as_json()
                              for figure in FIGURES} for path in PATHS}
            figures["ratio"] = self.ratio(row, "iops_per_core_s").as_json()
            found.append(dict(row._asdict(), name=row.name, **figures))
        return found
