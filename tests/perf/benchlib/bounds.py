# SPDX-License-Identifier: GPL-2.0-or-later
"""What the figures have to be, in one table, and whether they are."""

import collections
import math

from . import table

Bound = collections.namedtuple("Bound", "what most least")

INSNS_DEPTH = 16
# With a list of 16 pages to a command, the block layer alone has 19,400 for 64 KiB
# (scsi_debug): the bound is of data in one piece.
INSNS = {("read", 4096, False): 12000, ("read", 65536, True): 18000,
         ("write", 65536, True): 18000}
IOPS_BY_VIRTIO = Bound("IOPS at depth 32, by virtio", None, 1.3)
IOPS_BY_TCP = Bound("IOPS at depth 32, by tcp", None, 4)
MBPS_BY_VIRTIO = Bound("MB/s at depth 32, by virtio", None, 1.3)
MBPS_BY_TCP = Bound("MB/s at depth 32, by tcp", None, 12)
LATENCY = Bound("median latency at depth 1, by virtio", 1, None)
DIGESTS = Bound("IOPS with digests, by IOPS without", None, 0.95)
SIGNALS = Bound("per I/O", 0.2, None)
SIGNALS_OF = "doorbells", "interrupts"
WIRE = Bound("MB/s over a network of its own, by tcp", None, 2)
NATIVE = Bound("IOPS per core-second, by libiscsi", None, 1.3)

# error: the figure's standard error, percent; None where a single run is all there is.
Verdict = collections.namedtuple("Verdict", "row what value error bound holds")


def verdict(row, bound, value, error=math.inf):
    error = error if math.isfinite(error) else None
    if bound.most is not None:
        return Verdict(row, bound.what, value, error, "<= %g" % bound.most, value <= bound.most)
    return Verdict(row, bound.what, value, error, ">= %g" % bound.least, value >= bound.least)


def of_median(row, bound, series):
    return verdict(row, bound, series.median, series.error)


def of_insns(found):
    for (row, path), series in found.items():
        most = INSNS.get((row.rw, row.size, row.huge))
        if path == "ohba" and row.depth == INSNS_DEPTH and most:
            yield of_median(row.name, Bound("guest instructions", most, None), series)


def of_ratios(timed):
    for row in timed.rows:
        if row.depth == 32 and row.size in (4096, 262144):
            small = row.size == 4096
            for path, bound in (("virtio", IOPS_BY_VIRTIO if small else MBPS_BY_VIRTIO),
                                ("tcp", IOPS_BY_TCP if small else MBPS_BY_TCP)):
                if path in timed.paths:
                    yield of_median(row.name, bound, timed.ratio(row, path))
        if row.depth == 1 and "virtio" in timed.paths:
            yield of_median(row.name, LATENCY, timed.ratio(row, "virtio", "p50_us"))


def of_digests(digests):
    for row in digests.rows:
        yield of_median(row.name, DIGESTS, digests.ratio(row, "plain"))


def of_signals(found):
    for (row, path), figures in found.items():
        if path == "ohba" and row.depth == 32:
            for signal in SIGNALS_OF:
                series = figures[signal]
                # The mean: all signals by all I/Os. A mode that a run in three has must show.
                yield verdict(row.name, SIGNALS._replace(what="%s per I/O" % signal),
                              series.mean, series.error)


def of_wire(wire):
    for row in wire.rows if wire else ():
        if row.size == 262144:
            yield of_median(row.name, WIRE, wire.ratio(row, "tcp"))


def of_native(native):
    for row in native.rows if native else ():
        yield of_median(row.name, NATIVE, native.ratio(row, "iops_per_core_s"))


def verdicts(results):
    return [*of_insns(results.insns), *of_ratios(results.timed), *of_digests(results.digests),
            *of_signals(results.signals), *of_wire(results.wire), *of_native(results.native)]


def figure_text(value):
    return "%.0f" % value if value >= 100 else "%.3f" % value


def text(found):
    """The table, and below it, where nobody can miss it, what does not hold."""
    head = ["row", "what", "figure", "err %", "bound", "holds"]
    rows = [[v.row, v.what, figure_text(v.value), "-" if v.error is None else "%.1f" % v.error,
             v.bound, "yes" if v.holds else "NO"] for v in found]
    return table.text(head, rows) + summary(found) if found else ""


def summary(found):
    broken = [v for v in found if not v.holds]
    if not broken:
        return "\nAll %d hold.\n" % len(found)
    lines = ["%s: %s: %s, has to be %s%s" % (
        v.row, v.what, figure_text(v.value), v.bound,
        "" if v.error is None else " (standard error %.1f%%)" % v.error) for v in broken]
    return "\nNO: %d of %d do not hold:\n%s\n" % (len(broken), len(found), "\n".join(lines))
