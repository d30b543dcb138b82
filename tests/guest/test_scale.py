# SPDX-License-Identifier: GPL-2.0-or-later
"""Many sessions that an adapter has by itself, beside a quarter of them: 1,024 with
OHBA_LONG=1. What each step took is left in `figures`.

Both kinds of time are compared, and one of them has to hold: what somebody else does on the
machine is not in that of the processors, that of QEMU's threads; how many laps of the load
went by until all were back is not in the other. What takes the square of the number has 16
times in either.
"""

import os
import struct
import time

import flash
import leaks
from conftest import DEBUG, LONGEST, adapter_only
from targets import Scripted

FEW, MANY = (256, 1024) if LONGEST and not DEBUG else (32, 128)
RATIO_MAX = 5
ROUNDS = 3
FIRMWARE = "ohba-fw"            # as QEMU names its thread
FIRMWARE_KIB = 32               # of memory, for each session; and what varies
VARIES_KIB = leaks.QEMU_KIB[0]
MEM_MIB = 512 + 3 * MANY
PART = 1 << 20                  # bytes of the target's disk that each session has
BLOCK, BLOCKS = 4096, 8         # of these, what tests/load/many.c writes
SURE = range(1, 5)              # of those, after the laps that guest-scale.sh waits for
STEPS = "begin", "up", "under load", "back", "leave", "gone"
TICKS = os.sysconf("SC_CLK_TCK")


class Look:
    """What a machine took until now."""

    def __init__(self, pid):
        self.time = time.monotonic()
        self.firmware = self.all = 0
        for thread in os.listdir("/proc/%d/task" % pid):
            name, words = leaks.read("/proc/%d/task/%s" % (pid, thread), "stat").rsplit(")", 1)
            words = words.split()
            seconds = (int(words[11]) + int(words[12])) / TICKS
            self.all += seconds
            if name.endswith("(" + FIRMWARE):
                self.firmware += seconds
        self.kib = leaks.heap_kib(pid, most_kib=(MEM_MIB << 10) - 1)

    def since(self, before):
        return {name: getattr(self, name) - getattr(before, name) for name in vars(self)}


def adapter(scratch, count, target):
    """Arguments of QEMU, of --adapter: an adapter with so many entries, all of that target."""
    image = os.path.join(scratch, "flash%d.img" % count)
    flash.write_targets(image, [flash.target("%s.%d" % (target.names[0], i), target.address,
                                             target.port) for i in range(count)])
    return "-drive if=none,id=f%d,format=raw,file=%s" % (count, image), "fw,drive=f%d" % count


def follow(guest, count, target):
    """{step: Look} of all that is done with so many sessions."""
    looks = {}
    for step in STEPS:
        guest.wait_line("--- %d %s" % (count, step), timeout_s=1500)
        looks[step] = Look(leaks.qemu_below(guest.process.pid))
        if step == "under load":
            target.reset_all()
            guest.tell("reset-%d" % count)
    return {what: looks[end].since(looks[begin]) for what, begin, end in
            (("up", "begin", "up"), ("back", "under load", "back"), ("out", "leave", "gone"))}


def check_parts(target, count):
    """Each part of the disk holds what was written to its own session's, and nothing else."""
    written = 0
    with open(target.backing("lu0.img"), "rb") as file:
        for number in range(count):
            for block in range(BLOCKS):
                file.seek(number * PART + block * BLOCK)
                stamp = struct.unpack("<Q", file.read(8))[0]
                assert stamp or block not in SURE
                assert not stamp or (stamp >> 32, stamp % BLOCKS) == (number, block)
                written += bool(stamp)
    assert written >= count


def figures(took):
    for count, whats in took.items():
        for what, t in whats.items():
            yield "%4d sessions %-4s %6.1f s, of processors %6.1f s, of them firmware %5.2f s; " \
                  "%6.1f KiB of QEMU each\n" % (count, what, t["time"], t["all"], t["firmware"],
                                                t["kib"] / count)


def ratio(took, what):
    return min(took[MANY][what][name] / took[FEW][what][name] for name in ("time", "all"))


def measured(boot, target, scratch):
    """{number of sessions: what each step took}, of two adapters of one guest."""
    targets = {count: target(Scripted, size_mib=count, args=["--many", str(count)])
               for count in (FEW, MANY)}
    drives, adapters = zip(*(adapter(scratch, *pair) for pair in targets.items()))
    guest = boot("guest-scale.sh", str(FEW), str(MANY), adapters=adapters,
                 qemu="-name ohba,debug-threads=on " + " ".join(drives),
                 append="modprobe.blacklist=ohba_fw", mem=MEM_MIB, timeout=3600)
    took = {count: follow(guest, count, targets[count]) for count in targets}
    output = guest.finish()
    with open(os.path.join(scratch, "figures"), "w") as file:
        file.writelines(figures(took))
        file.writelines(line + "\n" for line in output.splitlines() if "memory" in line)
    for count in targets:
        targets[count].stop()
        assert int(targets[count].lines("summary")[0]["connections"]) >= 2 * count
        assert not [line["line"] for line in targets[count].lines("peer")]
        check_parts(targets[count], count)
    assert took[MANY]["up"]["kib"] <= MANY * FIRMWARE_KIB + VARIES_KIB, took
    return took


@adapter_only
def test_many_sessions(boot, target, scratch):
    """The few take less than a second: what the machine does besides can make the ratio, but
    not in each round."""
    for _ in range(ROUNDS):
        took = measured(boot, target, scratch)
        ratios = {what: ratio(took, what) for what in ("up", "back", "out")}
        if max(ratios.values()) <= RATIO_MAX:
            break
    assert max(ratios.values()) <= RATIO_MAX, (ratios, took)
