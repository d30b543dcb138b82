# SPDX-License-Identifier: GPL-2.0-or-later
"""What the figures have to be, in one table, and whether they are."""

import collections

from . import table

Bound = collections.namedtuple("Bound", "what most least")

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
WIRE = Bound("MB/s over a network of its own, by tcp", None, 2)
NATIVE = Bound("IOPS per core-second, by libiscsi", None, 1.3)

Verdict = collections.namedtuple("Verdict", "row what value bound holds")


def verdict(row, bound, value):
    if bound.most is not None:
        return Verdict(row, bound.what, value, "<= %g" % bound.most, value <= bound.most)
    return Verdict(row, bound.what, value, ">= %g" % bound.least, value >= bound.least)


def of_insns(found):
    for (row, path), series in found.items():
        most = INSNS.get((row.rw, row.size, row.huge))
        if path == "ohba" and most:
            yield verdict(row.name, Bound("guest instructions", most, None), series.median)


def of_ratios(timed):
    for row in timed.rows:
        if row.depth == 32 and row.size in (4096, 262144):
            small = row.size == 4096
            for path, bound in (("virtio", IOPS_BY_VIRTIO if small else MBPS_BY_VIRTIO),
                                ("tcp", IOPS_BY_TCP if small else MBPS_BY_TCP)):
                if path in timed.paths:
                    yield verdict(row.name, bound, timed.ratio(row, path).median)
        if row.depth == 1 and "virtio" in timed.paths:
            yield verdict(row.name, LATENCY, timed.ratio(row, "virtio", "p50_us").median)


def of_digests(timed):
    for row in timed.rows:
        plain = row._replace(digests=False)
        if row.digests and row.depth == 32 and plain in timed.rows:
            pair = [timed.series[r, "ohba", "iops"].median for r in (row, plain)]
            yield verdict(row.name, DIGESTS, pair[0] / pair[1])


def of_signals(found):
    for (row, path), figures in found.items():
        if path == "ohba" and row.depth == 32:
            for signal, value in figures.items():
                yield verdict(row.name, SIGNALS._replace(what="%s per I/O" % signal), value)


def of_wire(wire):
    for row in wire.rows if wire else ():
        if row.size == 262144:
            yield verdict(row.name, WIRE, wire.ratio(row, "tcp").median)


def of_native(native):
    for row in native.rows if native else ():
        yield verdict(row.name, NATIVE, native.ratio(row, "iops_per_core_s").median)


def verdicts(results):
    return [*of_insns(results.insns), *of_ratios(results.timed), *of_digests(results.timed),
            *of_signals(results.signals), *of_wire(results.wire), *of_native(results.native)]


def text(found):
    head = ["row", "what", "figure", "bound", "holds"]
    rows = [[v.row, v.what, "%.0f" % v.value if v.value >= 100 else "%.3f" % v.value, v.bound,
             "yes" if v.holds else "NO"] for v in found]
    return table.text(head, rows)
