# SPDX-License-Identifier: GPL-2.0-or-later
"""The adapter fails under verified load, in each way of docs/faults.md."""

from conftest import adapter_only, target_env
from faults import Faults
from targets import Tgtd

PROGRESS_S = 120
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
    "slow-target:bytes-per-s=500000",
    "stall-queue:ms=500",
    "lose-completion",
    "duplicate-completion",
    "crash:qid=1",
)


@adapter_only
def test_each_fault_under_load(boot, target, qmp_path):
    guest = boot("guest-faults.sh", env=target_env("TGTD", target(Tgtd)), qmp=qmp_path,
                 timeout=600)
    guest.wait_line("progress")
    faults = Faults(qmp_path, guest)
    for rules in FAULTS:
        before = faults.total()
        faults.set("clear; " + rules)
        faults.wait_more(before)
        guest.wait_more("progress", 2, PROGRESS_S)
    faults.set("clear")
    guest.tell("enough")
    guest.finish()
