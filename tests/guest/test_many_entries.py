# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables of targets that are full, as flashnodes: 4,096 entries, beside a quarter of them.

As in test_scale.py the lesser of two kinds of time has to hold, the clock's and that of QEMU's
processors: what somebody else does on the machine is not in the latter. What takes the square
of the number has 16 times in either.
"""

import os
import time

import flash
import leaks
from conftest import adapter_only, long_only

COUNTS = FIRST, FEW, MANY = 128, 1024, 4096     # the first pays for what is slow but once
RATIO_MAX = 5
TICKS = os.sysconf("SC_CLK_TCK")


def taken(pid):
    """Until now: (the clock's, the processors') seconds."""
    words = leaks.read("/proc/%d" % pid, "stat").rsplit(")", 1)[1].split()
    return time.monotonic(), (int(words[11]) + int(words[12])) / TICKS


def since(before, now):
    return tuple(b - a for a, b in zip(before, now))


def follow(guest, count):
    """What it took until all were read, and until all were gone."""
    took = {}
    for what, begin, end in ("read", "come", "are there"), ("gone", "leave", "are gone"):
        guest.wait_line("--- %d %s" % (count, begin), 300)
        qemu = leaks.qemu_below(guest.process.pid)
        before = taken(qemu)
        guest.tell("%d-%s" % (count, begin))
        guest.wait_line("--- %d %s" % (count, end), 300)
        took[what] = since(before, taken(qemu))
    return took


def ratio(took):
    """Of both together: to let go of a thousand is soon done, and what is short varies."""
    few, many = (map(sum, zip(*took[count].values())) for count in (FEW, MANY))
    return min(b / a for a, b in zip(few, many))


def adapter(scratch, count):
    """Arguments of QEMU, of --adapter."""
    path = os.path.join(scratch, "flash%d" % count)
    flash.write_targets(path, [
        flash.target("iqn.2026-01.test:t%d" % i, "127.0.0.1", 1024 + i, auto=False)
        for i in range(count)])
    return f"-drive if=none,id=f{count},format=raw,file={path}", \
        f"fw,drive=f{count},targets={count}"


@adapter_only
@long_only
def test_many_entries(boot, scratch):
    drives, adapters = zip(*(adapter(scratch, count) for count in COUNTS))
    guest = boot("guest-many-entries.sh", *map(str, COUNTS), adapters=adapters, modules=False,
                 qemu=" ".join(drives), timeout=600)
    took = {count: follow(guest, count) for count in COUNTS}
    guest.finish()
    with open(os.path.join(scratch, "figures"), "w") as file:
        file.write("%r\n" % took)
    with open(os.path.join(scratch, "flash%d" % MANY), "rb") as file:
        kept = file.read()
    assert b"iqn.2026-01.test:t7\0" not in kept
    assert b"iqn.2026-01.test:another\0" in kept
    assert ratio(took) <= RATIO_MAX, took
