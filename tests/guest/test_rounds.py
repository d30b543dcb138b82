# SPDX-License-Identifier: GPL-2.0-or-later
"""Fifty rounds of each way to come and go, with I/O running: nothing is left.

25 on the debug kernel, unless OHBA_LONG=1; OHBA_ROUNDS= says otherwise.
"""

import os
import subprocess
import time

import leaks
import pytest
from conftest import LONGEST, ROOT, SLOWNESS, adapter_only, long_only, target_env
from qmp import Qmp
from targets import Tgtd

ROUNDS = int(os.environ.get("OHBA_ROUNDS", 50 if LONGEST else 25))
# One that comes back is the same. What leaks a connection or a tag in each round
# has none left after so many rounds.
ADAPTER = {"mac": "52:54:00:0b:a0:77", "connections": 4, "tags": 32}
TIMEOUT_S = 900
QUIET_S = 120 * SLOWNESS        # no round takes longer
PLUGS, PLUGS_MAX = 200, 1000    # into a QEMU without a guest
LOOK = 40                       # plugs from look to look
SURVEYED = "surveyed"           # the guest waits for this file of ours


class Rounds:
    """The host's part: it looks at QEMU when the guest looks, and plugs."""

    def __init__(self, guest, qmp):
        self.guest = guest
        self.qmp = qmp
        self.qemu = leaks.qemu_below(guest.process.pid)
        self.looks = {}

    def looked(self, number, folder):
        self.looks[int(number)] = dict(leaks.in_guest(folder), **leaks.around(self.qemu, self.qmp))
        open(os.path.join(folder, SURVEYED), "w").close()

    def unplug(self):
        self.qmp.command("device_del", id="hba0")
        self.qmp.wait_event("DEVICE_DELETED", device="hba0")
        self.qmp.events.clear()

    def plug(self):
        self.qmp.command("device_add", driver="ohba-fw", id="hba0", bus="rp0", **ADAPTER)

    def run(self):
        for line in self.guest.each_line(QUIET_S):
            words = line.split()
            if words[:1] == ["looked"]:
                self.looked(words[1], self.folder(words[1]))
            elif words[:1] == ["unplug"]:
                self.unplug()
            elif words[:1] == ["plug"]:
                self.plug()

    def folder(self, number):
        with open("/proc/%d/cmdline" % self.qemu) as file:
            shared = [word for word in file.read().split("\0") if "mount_tag=shared" in word]
        path = dict(pair.split("=") for pair in shared[0].split(",") if "=" in pair)["path"]
        return os.path.join(path, "looks", number)


@adapter_only
@long_only
@pytest.mark.parametrize("kind", ["logout", "unbind", "reload", "unplug"])
def test_rounds(boot, target, qmp_path, kind):
    env = dict(target_env("TGTD", target(Tgtd, size_mib=64)), SURVEYED=SURVEYED, ROUNDS=ROUNDS)
    adapter = ",".join(["fw"] + ["%s=%s" % item for item in ADAPTER.items()])
    guest = boot("guest-rounds.sh", kind, env=env, qmp=qmp_path, timeout=TIMEOUT_S,
                 adapters=(adapter,), append="slub_debug=U")
    guest.wait_line("it begins", TIMEOUT_S)
    rounds = Rounds(guest, Qmp(qmp_path))
    rounds.run()
    guest.finish()
    assert leaks.found(rounds.looks) == []


@adapter_only
@long_only
def test_farewell(boot, target):
    env = target_env("TGTD", target(Tgtd, size_mib=64))
    boot("guest-farewell.sh", env=env, timeout=300).finish()


def monitor_of(path):
    """Its socket is there a moment before somebody listens."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return Qmp(path)
        except (FileNotFoundError, ConnectionRefusedError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@pytest.fixture
def still_qemu(qmp_path):
    """A QEMU that runs no guest, with a root port "rp0": its process and monitor."""
    argv = [os.path.join(ROOT, "build", "qemu", "qemu-system-x86_64"), "-nodefaults", "-S",
            "-display", "none", "-machine", "q35,accel=tcg", "-L", "/usr/share/seabios",
            "-L", "/usr/share/qemu", "-qmp", "unix:%s,server=on,wait=off" % qmp_path,
            "-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off",
            "-device", "pcie-root-port,id=rp0,chassis=1"]
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL) as process:
        try:
            yield process, monitor_of(qmp_path)
        finally:
            process.kill()


@adapter_only
def test_qemu_keeps_nothing(still_qemu):
    """A function that is not the first of its slot leaves without the guest's consent.

    QEMU frees some of it later, by a thread of its own: where processors are short several
    adapters are there at a time, and the heap grows until it has the place. That ends; a leak
    does not, so what still grows is looked at again.
    """
    process, qmp = still_qemu
    looks = {}
    for n in range(1, PLUGS_MAX + 1):
        qmp.command("device_add", driver="ohba-fw", id="hba0", bus="rp0", addr="0.1")
        qmp.command("device_del", id="hba0")
        qmp.wait_event("DEVICE_DELETED", device="hba0")
        qmp.events.clear()
        if n % LOOK == 0:
            looks[n] = leaks.around(process.pid, qmp)
            looks[n][leaks.STILL_QEMU] = looks[n].pop(leaks.QEMU)
            if n >= PLUGS and not leaks.found(looks):
                break
    assert leaks.found(looks) == []
