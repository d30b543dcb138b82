# SPDX-License-Identifier: GPL-2.0-or-later
"""The benchmark itself: its arithmetic, and one row of it from end to end."""

import math
import os
import subprocess
import sys

import pytest

PERF = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(PERF))
sys.path[:0] = [PERF, os.path.dirname(PERF)]

from benchlib import bounds, fio, guests, insns, matrix  # noqa: E402
from benchlib.figures import Rounds, Series, ratio  # noqa: E402
from measured import bench  # noqa: E402

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


def test_a_verdict_says_how_sure_it_is():
    sure, single = Series([0.9, 1.0, 1.1]), Series([1])
    assert bounds.of_median("row", bounds.DIGESTS, sure).error == sure.error
    assert bounds.of_median("row", bounds.DIGESTS, single).error is None


def test_what_does_not_hold_is_said_last():
    good = bounds.verdict("good", bounds.NATIVE, 1.5, 2)
    bad = bounds.verdict("bad", bounds.NATIVE, 1.1, 2.5)
    assert bounds.text([good]).endswith("\nAll 1 hold.\n")
    assert bounds.text([good, bad]).endswith(
        "\nNO: 1 of 2 do not hold:\n"
        "bad: %s: 1.100, has to be >= 1.3 (standard error 2.5%%)\n" % bounds.NATIVE.what)


def test_digests_are_judged_by_pairs():
    """Rounds in which the machine is half as fast: both are, and the quotient is not."""
    digests = guests.Digests(matrix.digests_rows()[:1])
    row, = digests.rows
    for path, values in ("crc", [97, 48.5, 48.5, 97, 20]), ("plain", [100, 50, 50, 100, 20]):
        digests.series[row, path, "iops"] = Series(values)
    verdict, = bounds.of_digests(digests)
    assert verdict.holds and verdict.value == pytest.approx(0.97) and verdict.error < 1


def test_each_signal_is_judged_by_all_of_its_runs():
    """Two modes, as a busy host once had: a run of three is too many to be left out."""
    row = matrix.signals_rows()[0]
    found = {(row, "ohba"): {"doorbells": Series([0.1, 0.1, 0.64]), "interrupts": Series([0.1])}}
    assert [verdict.holds for verdict in bounds.of_signals(found)] == [False, True]


ROWS = {"TIMED": matrix.timed_rows, "DIGESTS": matrix.digests_rows, "INSNS": matrix.insns_rows,
        "WIRE": matrix.wire_rows, "SIGNALS": matrix.signals_rows}


@pytest.mark.parametrize("part", ROWS)
def test_rows_have_names_of_their_own(part):
    names = [row.name for row in ROWS[part]()]
    assert len(set(names)) == len(names)
    assert getattr(matrix, "QUICK_" + part) <= set(names)


def test_signals_of_every_size_with_digests_and_without_have_a_bound():
    judged = {(row.rw, row.size, row.digests) for row in matrix.signals_rows()
              if row.name in matrix.QUICK_SIGNALS and row.depth == 32}
    assert len(judged) == len(matrix.RWS) * len(matrix.SIZES) * 2


@pytest.mark.parametrize("path, size, ios", [
    ("ohba", 4096, 4000), ("ohba", 262144, 1024), ("tcp", 4096, 4000), ("tcp", 262144, 102)])
def test_signals_of_so_many_ios(path, size, ios):
    assert guests.signal_ios(path, matrix.Row("read", size, 32, 1, False)) == ios


def test_depth_is_shared_by_the_threads():
    row = matrix.Row("read", 4096, 32, 2, False)
    assert {"iodepth=16", "numjobs=2"} <= set(fio.load(row))
    assert {"iodepth=1", "numjobs=1"} <= set(fio.load(row._replace(depth=1)))


def test_a_run_in_which_nothing_ended_is_no_figure():
    output = '{"jobs": [{"jobname": "ohba", "read": {"iops": 0, "lat_ns": {"N": 0}}}]}'
    with pytest.raises(fio.FioError, match="read-4k-d32-1cpu by ohba: not one I/O"):
        fio.timed_figures(output, matrix.Row("read", 4096, 32, 1, False))


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

@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return bench(tmp_path_factory.mktemp("bench"),
                 "--rows", "^read-4k-d(16-1cpu|32|32-1cpu|32-1cpu-crc)$",
                 "--parts", "timed", "digests", "insns", "signals", "native",
                 "--rounds", "1", "1", "--seconds", "0.4", "--ios", "100")


def test_a_row_has_all_paths_and_figures(results):
    row = results[0]["rows"][0]
    assert row["name"] == "read-4k-d32-1cpu" and set(row["paths"]) == PATHS
    for figures in row["paths"].values():
        assert figures["iops"]["mean"] > 0
        assert figures["mbps"]["mean"] == pytest.approx(figures["iops"]["mean"] * 4096 / 1e6)
        assert 0 < figures["p50_us"]["mean"] <= figures["p99_us"]["mean"]
    assert set(row["ohba_by"]) == PATHS - {"ohba"}


def test_instructions_of_all_paths(results):
    """No I/O is done in less than 1,000 instructions, and TCP takes more than none."""
    found = {entry["path"]: entry["mean"] for entry in results[0]["insns"] if entry["depth"] == 16}
    assert set(found) == PATHS and min(found.values()) > 1000
    assert found["tcp"] > found["ohba"] and found["tcp"] > found["virtio"]


def test_signals_of_all_paths(results):
    """Each path has some, and none has more than a few per I/O."""
    found = results[0]["signals"]
    assert {entry["path"] for entry in found} == PATHS
    for entry in found:
        for signal in guests.SIGNALS:
            assert 0 < entry[signal]["mean"] < 10


def test_digests_are_measured_beside_none(results):
    """With them, and without, as often as each other: round by round."""
    row, = results[0]["digests"]
    runs = {path: row["paths"][path]["iops"]["values"] for path in ("crc", "plain")}
    assert len(runs["crc"]) == len(runs["plain"]) > 1
    assert row["crc_by"]["plain"]["values"] == pytest.approx(
        [crc / plain for crc, plain in zip(runs["crc"], runs["plain"])])


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


def test_plots(results):
    for name in ("iops", "insns", "native"):
        with open("%s-%s.svg" % (results[2], name)) as plot:
            assert "</svg>" in plot.read()
