# SPDX-License-Identifier: GPL-2.0-or-later
"""The adapter fails under verified load, in each way of docs/faults.md."""

import os
import time

from conftest import adapter_only, target_env
from qmp import Qmp
from targets import Tgtd

LOAD_MIB = 128          # at 1 MB/s: what all faults together need, and some more
PATIENCE_S = 120
FAULTS = (
    "crash",
    "hang",
    "tcp-reset",
    "drop-pdu:in,opcode=0x21",
    "delay-pdu:in,ms=300",
    "corrupt:itt",
    "corrupt:statsn",
    "corrupt:length",
    "corrupt:r2tsn",
    "tcp-reset; refuse-connect:count=2",
    "slow-target:bytes-per-s=20000",
    "stall-queue:ms=500",
    "lose-completion",
    "duplicate-completion",
    "crash:qid=1",
)


class Faults:
    """The adapter's property, and what it counted."""

    def __init__(self, path):
        self.qmp = Qmp(path)
        self.path = "/machine/peripheral/hba0"

    def get(self, name):
        return self.qmp.command("qom-get", path=self.path, property=name)

    def injected(self):
        """Faults of all kinds."""
        return sum(self.get("faults-injected").values())

    def wait_injected(self, more_than, guest):
        deadline = time.monotonic() + PATIENCE_S
        while self.injected() <= more_than:
            if time.monotonic() > deadline:
                guest.report("no occasion for: %s" % self.get("fault"))
            time.sleep(0.1)

    def set(self, rules):
        self.qmp.command("qom-set", path=self.path, property="fault", value=rules)


@adapter_only
def test_each_fault_under_load(boot, target):
    path = "/tmp/ohba-test-faults-%d" % os.getpid()
    env = dict(target_env("TGTD", target(Tgtd)), LOAD_MIB=LOAD_MIB)
    try:
        guest = boot("guest-faults.sh", env=env, qmp=path, timeout=600)
        guest.wait_line("progress")
        faults = Faults(path)
        for rules in FAULTS:
            before = faults.injected()
            faults.set("clear; " + rules)
            faults.wait_injected(before, guest)
            guest.wait_more("progress", 2, PATIENCE_S)
        faults.set("clear")
        guest.finish()
    finally:
        if os.path.exists(path):
            os.unlink(path)
