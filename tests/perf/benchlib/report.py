# SPDX-License-Identifier: GPL-2.0-or-later
"""The results of a run, as text and as JSON."""

import os
import platform

from . import bounds, table
from .guests import FIGURES, SIGNALS
from .wiring import PATHS


class Results:
    """Everything that one run of bench has measured."""

    def __init__(self, machine, timed, digests, insns, signals, wire, native):
        self.machine, self.timed, self.digests = machine, timed, digests
        self.insns, self.signals = insns, signals
        self.wire, self.native = wire, native

    def as_json(self):
        return {"machine": self.machine,
                "rows": timed_json(self.timed),
                "digests": timed_json(self.digests),
                "insns": [dict(row._asdict(), name=row.name, path=path, **series.as_json())
                          for (row, path), series in self.insns.items()],
                "signals": [dict(row._asdict(), name=row.name, path=path,
                                 **{signal: series.as_json() for signal, series in figures.items()})
                            for (row, path), figures in self.signals.items()],
                "wire": timed_json(self.wire) if self.wire else [],
                "native": self.native.as_json() if self.native else [],
                "bounds": [v._asdict() for v in bounds.verdicts(self)]}

    # --- text ---

    def text(self):
        parts = [("Machine", self.machine_text()), *timed_parts(self.timed, ""),
                 *timed_parts(self.digests, "The adapter with digests and without. ")[:1],
                 ("Guest instructions per I/O, 1 vCPU: mean, rsd %", self.insns_text()),
                 ("Doorbell writes and interrupts per I/O: mean, rsd %", self.signals_text()),
                 *timed_parts(self.wire, "The adapter on a network of its own. "),
                 ("Without a guest", self.native.text() if self.native else ""),
                 ("What has to hold", bounds.text(bounds.verdicts(self)))]
        return "\n".join("%s\n\n%s" % part for part in parts if part[1])

    def machine_text(self):
        return "".join("%s: %s\n" % pair for pair in self.machine.items())

    def by_row(self, found, cells):
        """Lines of (row, path) figures: a row, and cells(figure) for each path."""
        rows = {}
        for (row, _), figure in found.items():
            rows.setdefault(row.name, [row.name]).extend(cells(figure))
        return list(rows.values())

    def insns_text(self):
        if not self.insns:
            return ""
        head = ["row"] + [cell for path in self.timed.paths for cell in (path, "rsd")]
        return table.text(head, self.by_row(
            self.insns, lambda series: ("%.0f" % series.mean, "%.1f" % series.rsd)))

    def signals_text(self):
        if not self.signals:
            return ""
        head = ["row"] + [cell for path in self.timed.paths if path in PATHS
                          for cell in ("%s IOPS" % path, "doorbells", "rsd", "interrupts", "rsd")]
        return table.text(head, self.by_row(
            self.signals, lambda figures: ["%.0f" % figures["iops"].mean] + [
                cell for s in SIGNALS for cell in
                ("%.3f" % figures[s].mean, "%.0f" % figures[s].rsd)]))


def timed_json(timed):
    return [row_json(timed, row) for row in timed.rows]


def row_json(timed, row):
    ours = timed.paths[0]
    paths = {path: {figure: timed.series[row, path, figure].as_json() for figure in FIGURES}
             for path in timed.paths}
    ratios = {path: timed.ratio(row, path).as_json() for path in timed.paths[1:]}
    return {**row._asdict(), "name": row.name, "paths": paths, ours + "_by": ratios}


def timed_parts(timed, where):
    """(title, text) of each table."""
    if not timed or not timed.rows:
        return []
    return [("%sIOPS: mean, rsd %%; %s by the others: median of rounds, standard error %%" %
             (where, timed.paths[0]), iops_text(timed)),
            (where + "Latency, microseconds: median / 99th percentile; MB/s", latency_text(timed))]


def iops_text(timed):
    others = timed.paths[1:]
    head = ["row", "rounds"] + [cell for path in timed.paths for cell in (path, "rsd")]
    head += [cell for path in others for cell in ("/" + path, "err")]
    rows = []
    for row in timed.rows:
        series = [timed.series[row, path, "iops"] for path in timed.paths]
        ratios = [timed.ratio(row, path) for path in others]
        rows.append([row.name, str(len(series[0].values))] +
                    [cell for s in series for cell in ("%.0f" % s.mean, "%.1f" % s.rsd)] +
                    [cell for s in ratios for cell in ("%.2f" % s.median, s.error_text())])
    return table.text(head, rows)


def latency_text(timed):
    head = ["row"] + [path + unit for path in timed.paths for unit in ("", " MB/s")]
    rows = []
    for row in timed.rows:
        cells = [row.name]
        for path in timed.paths:
            p50, p99, mbps = (timed.series[row, path, figure].mean
                              for figure in ("p50_us", "p99_us", "mbps"))
            cells += ["%.0f / %.0f" % (p50, p99), "%.1f" % mbps]
        rows.append(cells)
    return table.text(head, rows)


def cpu_model():
    with open("/proc/cpuinfo") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def congestion():
    with open("/proc/sys/net/ipv4/tcp_congestion_control") as default:
        return default.read().strip()


def machine(network, target):
    """What a reader has to know of where the figures are from."""
    return {"processors": "%d x %s" % (os.cpu_count(), cpu_model()),
            "load before": "%.2f %.2f %.2f (1, 5, 15 min)" % os.getloadavg(),
            "kernel": platform.release(),
            "congestion control": "%s, of the adapter's own connections cubic" % congestion(),
            "iscsi_tcp over": {"tap": "virtio-net at a tap, no vhost",
                               "user": "virtio-net, QEMU's user networking"}[network.kind],
            "target": {"fast": "tests/scripted, optimised", "istgt": "istgt"}[target] +
            ", disk in memory"}
