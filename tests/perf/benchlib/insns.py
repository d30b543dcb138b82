# SPDX-License-Identifier: GPL-2.0-or-later
"""Guest instructions per I/O: fio jobs of two lengths, with marks for the plugin.

What the plugin counts between the marks of a long job (three times the I/Os), less
that of a short one, by the I/Os between them: so start-up is not in it. A first
short job warms up.
"""

import os

from .guest import ROOT
from .figures import Series

BUILD = os.path.join(ROOT, "build/perf")
PLUGIN = os.path.join(BUILD, "insns.so")
MARK = os.path.join(BUILD, "mark")


def jobs(disk, rw, size, depth, ios, repeats, huge=False):
    """Lines of a job file. fio's own start calibrates clocks for as long as it
    likes: the marks are inside."""
    lines = ["[global]", "filename=" + disk, "rw=" + rw, "bs=%s" % size, "iodepth=%d" % depth,
             "ioengine=libaio", "direct=1", "io_size=1t", "norandommap=1", "gtod_reduce=1",
             "thread=1", "stonewall=1", "exec_prerun=" + MARK, "exec_postrun=" + MARK]
    lines += ["mem=mmaphuge"] if huge else []
    for count in [ios] + [ios, 3 * ios] * repeats:
        lines += ["[ios-%d]" % count, "number_ios=%d" % count]
    return lines


def total_ios(ios, repeats):
    return ios + 4 * ios * repeats


def read_marks(path):
    with open(path) as lines:
        return [int(line.split()[2]) for line in lines if line.startswith("mark")]


def per_io(marks, ios):
    """A Series of the repetitions. marks: of a warm-up run, then short, long, ..."""
    runs = [end - start for start, end in zip(marks[::2], marks[1::2])][1:]
    return Series((long - short) / (2 * ios) for short, long in zip(runs[::2], runs[1::2]))


def plugin(out, profile=False):
    return "%s,out=%s%s" % (PLUGIN, out, ",profile=on" if profile else "")
