# SPDX-License-Identifier: GPL-2.0-or-later
"""The rounds' judge of leaks: what must be found, and what must not."""

import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "guest"))
import leaks  # noqa: E402


def judged(counts, name="slab kmalloc-64"):
    return leaks.found({round_: {name: count} for round_, count in counts.items()})


@pytest.mark.parametrize("counts, leaks_", [
    ({10: 100, 20: 110, 30: 120}, True),        # one a round
    ({10: 0, 20: 10, 30: 20}, True),
    ({10: 100, 20: 105, 30: 110}, True),        # one in two rounds
    ({10: 100, 20: 104, 30: 108}, False),
    ({10: 100, 20: 100, 30: 500}, False),       # once
    ({10: 100, 20: 300, 30: 200}, False),       # a cache
    ({10: 100, 20: 100, 30: 100}, False),
])
def test_growth(counts, leaks_):
    assert bool(judged(counts)) == leaks_


def test_what_a_leak_is_called():
    assert judged({10: 1, 20: 11, 30: 21}) == \
        ["slab kmalloc-64: [1, 11, 21] in rounds [10, 20, 30]"]


@pytest.mark.parametrize("name, bound", [(leaks.QEMU, leaks.QEMU_KIB),
                                         (leaks.STILL_QEMU, leaks.STILL_QEMU_KIB)])
def test_memory_of_qemu_has_its_own_bound(name, bound):
    step = bound[0] + 10 * bound[1]
    assert not judged({10: 0, 20: step - 1, 30: 2 * step}, name)
    assert judged({10: 0, 20: step, 30: 2 * step}, name)
