# SPDX-License-Identifier: GPL-2.0-or-later
"""fio's job files, and what its JSON says."""

import json

RAMP_MS = 200


class FioError(RuntimeError):
    """fio has measured nothing; the text says where."""


def load(row):
    """Lines for [global]: the row's load, over as many threads as there are vCPUs."""
    threads = min(row.vcpus, row.depth)
    return ["rw=rand" + row.rw, "bs=%d" % row.size, "iodepth=%d" % (row.depth // threads),
            "numjobs=%d" % threads, "group_reporting=1", "ioengine=libaio", "direct=1",
            "norandommap=1", "thread=1"]


def timed(row, disks, seconds):
    """One after the other, each path on its disk. disks: (path, disk), in order."""
    lines = ["[global]"] + load(row)
    lines += ["time_based=1", "ramp_time=%dms" % RAMP_MS, "runtime=%dms" % (1000 * seconds),
              "clat_percentiles=0", "lat_percentiles=1", "percentile_list=50:99"]
    for path, disk in disks:
        lines += ["[%s]" % path, "stonewall=1", "filename=" + disk]
    return lines


def timed_figures(output, row):
    """{path: {figure: value}}; MB/s are 10^6 bytes, latencies in microseconds."""
    found = {}
    for job in parse(output)["jobs"]:
        io = job[row.rw]
        percentile = io["lat_ns"].get("percentile")
        if not percentile:
            raise FioError("%s by %s: not one I/O ended in the time of a run: give it more (--seconds)"
                           % (row.name, job["jobname"]))
        found[job["jobname"]] = {
            "iops": io["iops"], "mbps": io["iops"] * row.size / 1e6,
            "p50_us": percentile["50.000000"] / 1e3, "p99_us": percentile["99.000000"] / 1e3}
    return found


def untimed(row, disk, ios):
    """So many I/Os, nothing else."""
    threads = min(row.vcpus, row.depth)
    return ["[global]"] + load(row) + ["number_ios=%d" % (ios // threads), "io_size=1t",
                                       "[count]", "filename=" + disk]


def total_ios(output, row):
    return sum(job[row.rw]["total_ios"] for job in parse(output)["jobs"])


def iops(output, row):
    return sum(job[row.rw]["iops"] for job in parse(output)["jobs"])


def parse(output):
    """fio's words to people come before its JSON."""
    return json.loads(output[output.index("{"):])
