# SPDX-License-Identifier: GPL-2.0-or-later
"""The bounds of what a busy machine does not move; alone, all the same."""

import os
import sys

import pytest

PERF = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [PERF, os.path.dirname(PERF)]

from benchlib import netns  # noqa: E402
from measured import bench, broken, rows_of  # noqa: E402


def test_bounds_of_counts_hold(tmp_path):
    """
    A busy machine moves them little: signals, where the I/Os are small. A row that breaks its
    bound gets more rounds.
    """
    rows, count = "(-d16-|-4k-d32-)", 3 + 2 * 4
    for rounds in (), ("--rounds", "6", "6"):
        found = bench(tmp_path, "--quick", "--paths", "ohba", "--parts", "insns", "signals",
                      "--rows", rows, *rounds)[0]
        assert len(found["bounds"]) >= count
        rows, count = rows_of(broken(found)), 1
        if not rows:
            break
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
        rows = rows_of(broken(found))
        if not rows:
            break
    assert broken(found) == []


@pytest.mark.skipif(not netns.works(), reason="no tap can be had")
def test_bounds_on_a_network_of_its_own_hold(tmp_path):
    """
    An adapter as a station of its own beside iscsi_tcp on the same bridge. A row that breaks
    its bound gets more rounds.
    """
    rows, count = ".", 2
    for rounds in ("2", "4"), ("6", "8"):
        found, text, _ = bench(tmp_path, "--quick", "--parts", "wire", "--rows", rows,
                               "--rounds", *rounds)
        for row in found["wire"]:
            assert set(row["paths"]) == {"wire", "tcp"} and row["name"] in text
        assert len(found["bounds"]) == len(found["wire"]) == count
        rows, count = rows_of(broken(found)), len(broken(found))
        if not rows:
            break
    assert broken(found) == []
