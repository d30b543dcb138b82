# SPDX-License-Identifier: GPL-2.0-or-later
"""The benchmark itself: its arithmetic, and one row of it from end to end."""

import json
import math
import os
import subprocess
import sys

import pytest

PERF = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(PERF))
sys.path[:0] = [PERF, os.path.dirname(PERF)]

from benchlib import bounds, fio, insns, matrix, netns  # noqa: E402
from benchlib.figures import Rounds, Series, ratio  # noqa: E402

PATHS = {"ohba", "tcp", "virtio"}


# --- arithmetic -----------------------------------------------------------------

def test_series():
    series = Series([9, 10, 11])
    assert (series.mean, series.median) == (10, 10)
    assert series.rsd == pytest.approx(10)
    assert series.error == pytest.approx(10 / math.sqrt(3))
    assert Series([5]).error == math.inf


def test_ratio_is_taken_round_by_round():
    """A machine that is twice as slow in a round does not change it."""
    quotient = ratio(Series([20, 10, 40]), Series([10, 5, 20]))
    assert quotient.values == [2, 2, 2] and quotient.error == 0


@pytest.mark.parametrize("values, rounds", [
    ([10, 10, 10, 10, 10, 10], 3),      # sure at once: the least
    ([10, 11, 13, 10, 30, 10], 5),      # never sure: the most
])
def test_rounds_end_when_sure_or_tired(values, rounds):
    series, counter = Series(), Rounds(3, 5, 2)
    while counter.more([series]):
        series.add(values[counter.done - 1])
    assert counter.done == rounds


def test_instructions_are_differences_of_lengths():
    """Start-up of 1,000 and 50 per I/O; a warm-up, then 10 and 30 I/Os, twice."""
    marks, now = [], 0
    for ios in (10, 10, 30, 10, 30):
        marks += [now, now + 1000 + 50 * ios]
        now = marks[-1] + 77            # between jobs: not counted
    assert insns.per_io(marks, 10).values == [50, 50]


def test_a_verdict_is_on_the_right_side_of_its_bound():
    for bound, good, bad in ((bounds.SIGNALS, 0.2, 0.21), (bounds.NATIVE, 1.3, 1.29)):
        assert bounds.verdict("row", bound, good).holds
        assert not bounds.verdict("row", bound, bad).holds


def test_rows_have_names_of_their_own():
    timed = [row.name for row in matrix.timed_rows()]
    assert len(set(timed)) == len(timed)
    assert matrix.QUICK_TIMED <= set(timed)
    assert matrix.QUICK_INSNS <= {row.name for row in matrix.insns_rows()}
    assert matrix.QUICK_WIRE <= {row.name for row in matrix.wire_rows()}
    assert matrix.QUICK_SIGNALS <= {row.name for row in matrix.signals_rows()}


def test_depth_is_shared_by_the_threads():
    row = matrix.Row("read", 4096, 32, 2, False)
    assert {"iodepth=16", "numjobs=2"} <= set(fio.load(row))
    assert {"iodepth=1", "numjobs=1"} <= set(fio.load(row._replace(depth=1)))


# --- wrong options: nothing is measured, and words say why ---

@pytest.mark.parametrize("program, options, words", [
    ("bench", "--rows (", ("--rows", "regular expression")),
    ("bench", "--rows nosuch --parts insns", ("nosuch", "read-4k-d16-1cpu")),
    ("bench", "--out /nonexistent/x", ("--out", "/nonexistent")),
    ("bench", "--rounds 5 2", ("--rounds", "5", "2")),
    ("bench", "--rounds 0 0", ("--rounds", "at least 1")),
    ("bench", "--seconds 0", ("--seconds", "above 0")),
    ("bench", "--ios 0", ("--ios", "at least 1")),
    ("bench-native", "--json /nonexistent/x", ("--json", "/nonexistent")),
    ("bench-native", "--seconds -1", ("--seconds", "above 0")),
    ("insns", "--ios 0", ("--ios", "at least 1")),
    ("where", "nosuch", ("nosuch", "insns --profile")),
])
def test_wrong_options(program, options, words):
    done = subprocess.run([os.path.join(PERF, program), *options.split()],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr.splitlines()[-1]


# --- end to end -----------------------------------------------------------------

def bench(directory, *options):
    """What it left as JSON, what it printed, and what its files are called."""
    prefix = str(directory / "bench")
    done = subprocess.run([os.path.join(PERF, "bench"), *options, "--out", prefix],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    with open(prefix + ".json") as kept:
        return json.load(kept), done.stdout, prefix


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return bench(tmp_path_factory.mktemp("bench"), "--rows", "^read-4k-d(16|32)(-1cpu)?$",
                 "--parts", "timed", "insns", "signals", "native",
                 "--rounds", "1", "1", "--seconds", "0.2", "--ios", "100")


def test_a_row_has_all_paths_and_figures(results):
    row, = results[0]["rows"]
    assert row["name"] == "read-4k-d32-1cpu" and set(row["paths"]) == PATHS
    for figures in row["paths"].values():
        assert figures["iops"]["mean"] > 0
        assert figures["mbps"]["mean"] == pytest.approx(figures["iops"]["mean"] * 4096 / 1e6)
        assert 0 < figures["p50_us"]["mean"] <= figures["p99_us"]["mean"]
    assert set(row["ohba_by"]) == PATHS - {"ohba"}


def test_instructions_of_all_paths(results):
    """No I/O is done in less than 1,000 instructions, and TCP takes more than none."""
    found = {entry["path"]: entry["mean"] for entry in results[0]["insns"]}
    assert set(found) == PATHS and min(found.values()) > 1000
    assert found["tcp"] > found["ohba"] and found["tcp"] > found["virtio"]


def test_signals_of_all_paths(results):
    """Each path has some, and none has more than a few per I/O."""
    found = results[0]["signals"]
    assert {entry["path"] for entry in found} == PATHS
    for entry in found:
        assert 0 < entry["doorbells"] < 10 and 0 < entry["interrupts"] < 10


def test_native_rows(results):
    row, = results[0]["native"]
    for path in ("fw", "libiscsi"):
        assert row[path]["iops"]["mean"] > 0
        assert row[path]["iops_per_core_s"]["mean"] > 0


def test_bounds_are_judged_and_printed(results):
    judged = results[0]["bounds"]
    assert {verdict["row"] for verdict in judged} >= {"read-4k-d32-1cpu", "read-4k-d16-1cpu"}
    for verdict in judged:
        assert verdict["row"] in results[1] and verdict["what"] in results[1]


def broken(found):
    return [verdict for verdict in found["bounds"] if not verdict["holds"]]


def test_bounds_of_counts_hold(tmp_path):
    """A busy machine does not move them."""
    found = bench(tmp_path, "--quick", "--paths", "ohba", "--parts", "insns", "signals")[0]
    assert len(found["bounds"]) == 3 + 4
    assert broken(found) == []


def test_bounds_without_a_guest_hold(tmp_path):
    """
    Processor time by processor time: what the machine does besides counts for both, but
    not alike, as they do not sleep alike. A row that breaks its bound gets more rounds.
    """
    rows = "."
    for rounds in 3, 6, 12:
        found = bench(tmp_path, "--paths", "ohba", "--parts", "native", "--rows", rows,
                      "--rounds", str(rounds), str(rounds), "--seconds", "0.5")[0]
        rows = "|".join("^%s$" % verdict["row"] for verdict in broken(found))
        if not rows:
            break
    assert broken(found) == []


@pytest.mark.skipif(not netns.works(), reason="no tap can be had")
def test_bounds_on_a_network_of_its_own_hold(tmp_path):
    """An adapter as a station of its own beside iscsi_tcp on the same bridge."""
    found, text, _ = bench(tmp_path, "--quick", "--parts", "wire", "--rounds", "2", "4")
    for row in found["wire"]:
        assert set(row["paths"]) == {"wire", "tcp"} and row["name"] in text
    assert len(found["bounds"]) == len(found["wire"]) == 2
    assert broken(found) == []


def test_plots(results):
    for name in ("iops", "insns", "native"):
        with open("%s-%s.svg" % (results[2], name)) as plot:
            assert "</svg>" in plot.read()
