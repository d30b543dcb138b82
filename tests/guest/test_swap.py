# SPDX-License-Identifier: GPL-2.0-or-later
"""Swap on a LUN, with less memory than a program uses, across faults of the adapter."""

from conftest import adapter_only, long_only, target_env
from faults import Faults
from targets import Tgtd

MEM_MIB = 320
FILLED_S = 300          # until memory is full, and swap is read back
PROGRESS_S = 60


@adapter_only
@long_only
def test_swap_under_pressure(boot, target, qmp_path):
    env = target_env("TGTD", target(Tgtd, size_mib=1024))
    guest = boot("guest-swap.sh", env=env, qmp=qmp_path, mem=MEM_MIB, timeout=600)
    guest.wait_line("progress", FILLED_S)
    faults = Faults(qmp_path, guest)
    for rules in ("tcp-reset", "crash", "corrupt:statsn", "drop-pdu:in,opcode=0x21"):
        before = faults.total()
        faults.set(rules)
        faults.wait_more(before)
        guest.wait_more("progress", 2, PROGRESS_S)
    guest.tell("reset")
    guest.wait_more("progress", 2, PROGRESS_S)
    guest.tell("enough")
    guest.finish()
