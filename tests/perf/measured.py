# SPDX-License-Identifier: GPL-2.0-or-later
"""A run of bench for the tests, and what it found."""

import json
import os
import subprocess

PERF = os.path.dirname(os.path.abspath(__file__))


def bench(directory, *options):
    """What it left as JSON, what it printed, and what its files are called."""
    prefix = str(directory / "bench")
    done = subprocess.run([os.path.join(PERF, "bench"), *options, "--out", prefix],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    with open(prefix + ".json") as kept:
        return json.load(kept), done.stdout, prefix


def broken(found):
    return [verdict for verdict in found["bounds"] if not verdict["holds"]]


def rows_of(verdicts):
    """A pattern for --rows; nothing for none."""
    return "|".join(sorted({"^%s$" % verdict["row"] for verdict in verdicts}))
