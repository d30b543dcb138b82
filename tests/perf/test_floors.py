# SPDX-License-Identifier: GPL-2.0-or-later
"""
Rates beside what users would pick instead: not the bounds, which need an idle machine, but
floors that no noise of a busy one reaches, and that whoever makes the adapter half as fast does.
"""

import os
import sys

PERF = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [PERF, os.path.dirname(PERF), os.path.join(os.path.dirname(PERF), "guest")]

from benchlib import bounds  # noqa: E402
from conftest import long_only  # noqa: E402
from measured import bench, rows_of  # noqa: E402

FLOORS = {bounds.IOPS_BY_VIRTIO: 0.7, bounds.IOPS_BY_TCP: 2, bounds.MBPS_BY_VIRTIO: 0.9,
          bounds.MBPS_BY_TCP: 6, bounds.DIGESTS: 0.8}
CEILINGS = {bounds.LATENCY: 1.6}
ROWS = "^(read|write)-(4k-d(1|32)|256k-d32)-1cpu$|-256k-d32-1cpu-crc$"


def below(verdict):
    floors = {bound.what: least for bound, least in FLOORS.items()}
    ceilings = {bound.what: most for bound, most in CEILINGS.items()}
    what, value = verdict["what"], verdict["value"]
    return value < floors[what] if what in floors else value > ceilings[what]


@long_only
def test_floors_of_rates_hold(tmp_path):
    """A row that is below gets more rounds: noise goes, a loss stays."""
    rows, judged = ROWS, set()
    for rounds in 2, 5, 12:
        found = bench(tmp_path, "--parts", "timed", "digests", "--rows", rows,
                      "--rounds", str(rounds), str(rounds), "--seconds", "0.5")[0]["bounds"]
        judged |= {verdict["what"] for verdict in found}
        low = [verdict for verdict in found if below(verdict)]
        rows = rows_of(low)
        if not rows:
            break
    assert not low
    assert judged == {bound.what for bound in (*FLOORS, *CEILINGS)}
