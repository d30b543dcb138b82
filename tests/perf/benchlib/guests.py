# SPDX-License-Identifier: GPL-2.0-or-later
"""What guests measure: IOPS and latency; digests; instructions; doorbells and interrupts.

All disks of all paths are in one guest, which does a row's paths one directly after
the other: what disturbs this machine disturbs them alike.
"""

import contextlib
import os
import sys

from . import bounds, fio, insns
from .figures import Series, ratio
from .guest import Guest
from .wiring import PATHS

FIGURES = "iops", "mbps", "p50_us", "p99_us"
SIGNALS = bounds.SIGNALS_OF
SIGNAL_IOS = 4000
SIGNAL_BYTES = 256 << 20


def say(text):
    print(text, end="", file=sys.stderr, flush=True)


class Bench:
    """A target, a network, and the guests that are booted for them.

    The target has two names, one for sessions with digests: iscsid has one session to
    a name through an adapter.
    """

    def __init__(self, network, target, paths=PATHS):
        self.network, self.target, self.paths = network, target, paths
        self.disks = {}

    @contextlib.contextmanager
    def guest(self, rows, smp, plugin=None):
        """A guest with the disks that rows need."""
        kinds = sorted({row.digests for row in rows})
        luns = [(self.target, self.target.names[digests], self.target.lun, digests)
                for digests in kinds]
        with Guest(self.network, self.target, self.paths, luns, smp, plugin) as guest:
            for number, digests in enumerate(kinds):
                for path in self.paths:
                    self.attach(guest, path, digests, number)
            yield guest

    def attach(self, guest, path, digests, number):
        lun = number if path == "virtio" else self.target.lun
        self.disks[path, digests] = guest.attach(path, self.target.names[digests], lun, digests)


def order(paths, number):
    """The paths, another one first in each round."""
    turn = number % len(paths)
    return paths[turn:] + paths[:turn]


class Timed:
    """IOPS, MB/s and latency of rows. Ours is the first path."""

    def __init__(self, rows, paths):
        self.rows, self.paths = rows, paths
        self.series = {(row, path, figure): Series()
                       for row in rows for path in paths for figure in FIGURES}

    def ratio(self, row, path, figure="iops"):
        return ratio(self.series[row, self.paths[0], figure], self.series[row, path, figure])

    def measure(self, bench, guest, rows, rounds, seconds):
        """Rounds over rows; one that is sure is left out."""
        counters = {row: rounds() for row in rows}
        while rows:
            rows = [row for row in rows if counters[row].more(self.watched(row))]
            for row in rows:
                self.run(bench, guest, row, counters[row].done, seconds)
                say(".")
            say(" ")

    def watched(self, row):
        """What has to be sure: ours by virtio, or by the only other."""
        return [self.ratio(row, path) for path in self.paths[1:]
                if path == "virtio" or len(self.paths) == 2]

    def disk(self, bench, row, path):
        return bench.disks[path, row.digests]

    def run(self, bench, guest, row, number, seconds):
        disks = [(path, self.disk(bench, row, path)) for path in order(self.paths, number)]
        output = guest.fio(fio.timed(row, disks, seconds))
        for path, figures in fio.timed_figures(output, row).items():
            for figure, value in figures.items():
                self.series[row, path, figure].add(value)


class Digests(Timed):
    """
    What digests cost the adapter: each row beside the same without them, one directly after
    the other in each round.
    """

    def __init__(self, rows):
        super().__init__(rows, ("crc", "plain"))

    def disk(self, bench, row, path):
        return bench.disks["ohba", path == "crc"]


def measure_insns(bench, rows, ios, repeats):
    """{(row, path): Series}: instructions per I/O, in a guest of one vCPU."""
    found = {}
    out = os.path.join(insns.BUILD, "bench.marks")
    with bench.guest(rows, 1, insns.plugin(out)) as guest:
        for row in rows:
            for path in bench.paths:
                before = len(insns.read_marks(out))
                some = fewer(path, ios)
                guest.fio(insns.jobs(bench.disks[path, row.digests], "rand" + row.rw, row.size,
                                     row.depth, some, repeats, row.huge))
                found[row, path] = insns.per_io(insns.read_marks(out)[before:], some)
                say(".")
    return found


def fewer(path, ios):
    """iscsi_tcp takes ten times the instructions and more: less of it is as exact."""
    return max(ios // 10, 10) if path == "tcp" else ios


def measure_signals(bench, guest, rows, rounds):
    """{(row, path): {signal: Series, per I/O; iops: Series}}; rounds: makes the Rounds of one."""
    found = {}
    guest.ask("kicks on")
    for row in rows:
        for path in bench.paths:
            if path in PATHS:
                found[row, path] = counted(bench, guest, row, path, rounds())
                say(".")
    guest.ask("kicks off")
    return found


def counted(bench, guest, row, path, rounds):
    series = {figure: Series() for figure in (*SIGNALS, "iops")}
    while rounds.more([series[signal] for signal in SIGNALS]):
        for figure, value in count(bench, guest, row, path).items():
            series[figure].add(value)
    return series


def signal_ios(path, row):
    return min(SIGNAL_IOS, SIGNAL_BYTES // (10 if path == "tcp" else 1) // row.size)


def count(bench, guest, row, path):
    before = guest.signals(path)
    output = guest.fio(fio.untimed(row, bench.disks[path, row.digests], signal_ios(path, row)))
    ios = fio.total_ios(output, row)
    found = {signal: (b - a) / ios for signal, a, b in zip(SIGNALS, before, guest.signals(path))}
    return {**found, "iops": fio.iops(output, row)}
