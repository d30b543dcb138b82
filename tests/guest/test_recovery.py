# SPDX-License-Identifier: GPL-2.0-or-later
"""Targets die under load and come back; no byte is lost, no error seen."""

import os
import signal
import time

from conftest import adapter_only, target_env
from qmp import Qmp
from targets import Istgt, Tgtd

AWAY_S = 10


def test_target_killed_under_load(boot, target):
    targets = [target(Tgtd), target(Istgt)]
    guest = boot("guest-recovery.sh", env=dict(target_env("TGTD", targets[0]),
                                               **target_env("ISTGT", targets[1])))
    guest.wait_line("--- load runs")
    time.sleep(2)
    for t in targets:
        t.kill()
    gone = time.monotonic()
    guest.wait_line("--- session lost", 30)
    time.sleep(max(0, gone + AWAY_S - time.monotonic()))
    for t in targets:
        t.start()
    guest.wait_line("--- I/O resumed", 60)
    guest.finish()


@adapter_only
def test_firmware_restarts_under_load(boot, target):
    boot("guest-restart.sh", env=target_env("TGTD", target(Tgtd))).finish()


@adapter_only
def test_pci_errors_under_load(boot, target, qmp_path):
    """By PCI Express's Advanced Error Reporting: without and with a reset of the link."""
    guest = boot("guest-restart.sh", qmp=qmp_path,
                 env=dict(target_env("TGTD", target(Tgtd)), RESTARTS=" ".join(["error"] * 4)))
    for n, error in enumerate(["COMP_TIME", "DLP", "POISON_TLP", "MALF_TLP"]):
        guest.wait_line("a PCI error, please", skip=n)
        said = Qmp(qmp_path).command("human-monitor-command", **{
            "command-line": "pcie_aer_inject_error hba0 " + error})
        assert said.startswith("OK"), said
    guest.finish()


@adapter_only
def test_target_gone_for_long(boot, target):
    tgtd = target(Tgtd)
    guest = boot("guest-target-gone.sh", env=target_env("TGTD", tgtd))
    guest.wait_line("--- use it until it fails: killed")
    tgtd.kill()
    guest.tell("gone-killed")
    guest.wait_line("--- away: killed")
    tgtd.start()
    for how in "silent", "mute":
        guest.wait_line("--- use it until it fails: " + how)
        os.kill(tgtd.process.pid, signal.SIGSTOP)
        guest.tell("gone-" + how)
        guest.wait_line("--- away: " + how)
        os.kill(tgtd.process.pid, signal.SIGCONT)
    guest.finish()
