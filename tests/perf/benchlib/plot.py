# SPDX-License-Identifier: GPL-2.0-or-later
"""Bars for the eye, as SVG: a group per row, a bar per path. Needs gnuplot."""

import subprocess

SCRIPT = """\
set terminal svg size {width},480 font "sans,12" background "white"
set output "{out}"
set title "{title}"
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.9 border -1
set boxwidth 0.9
set yrange [0:*]
set grid ytics
set key outside top center horizontal
set xtics rotate by -35 scale 0
set ylabel "{unit}"
$data << END
{data}
END
plot for [i=2:{last}] $data using i:xtic(1) title columnheader(i)
"""


def bars(out, title, unit, paths, rows):
    """rows: (name, a value per path)."""
    lines = ["row " + " ".join(paths)]
    lines += ["%s %s" % (name, " ".join("%g" % v for v in values)) for name, values in rows]
    script = SCRIPT.format(out=out, title=title, unit=unit, data="\n".join(lines),
                           last=len(paths) + 1, width=max(480, 160 + 90 * len(rows)))
    subprocess.run(["gnuplot"], input=script, text=True, check=True)


def draw(results, prefix):
    """All plots of a run, as PREFIX-*.svg."""
    timed = results.timed

    def rows(depth, figure):
        return [(row.name, [timed.series[row, path, figure].mean for path in timed.paths])
                for row in timed.rows if row.depth == depth]

    plots = [("iops", "I/Os per second at depth 32", "IOPS", timed.paths, rows(32, "iops")),
             ("mbps", "Throughput at depth 32", "MB/s", timed.paths, rows(32, "mbps")),
             ("latency", "Median latency at depth 1", "microseconds", timed.paths,
              rows(1, "p50_us")),
             ("insns", "Guest instructions per I/O, depth 16", "instructions", timed.paths,
              insns_rows(results))]
    if results.wire:
        plots.append(("wire", "A network of its own, depth 32", "MB/s", results.wire.paths,
                      [(row.name, [results.wire.series[row, path, "mbps"].mean
                                   for path in results.wire.paths]) for row in results.wire.rows]))
    if results.native:
        plots.append(("native", "Without a guest", "I/Os per core-second", *native(results)))
    for name, title, unit, paths, found in plots:
        if found:
            bars("%s-%s.svg" % (prefix, name), title, unit, paths, found)


def insns_rows(results):
    found = {}
    for (row, _), series in results.insns.items():
        if row.depth == 16:
            found.setdefault(row.name, []).append(series.mean)
    return list(found.items())


def native(results):
    figures = results.native.as_json()
    paths = [key for key in figures[0] if isinstance(figures[0][key], dict) and key != "ratio"]
    return paths, [("%s-%dk" % (row["rw"], row["size"] >> 10),
                    [row[path]["iops_per_core_s"]["mean"] for path in paths]) for row in figures]
