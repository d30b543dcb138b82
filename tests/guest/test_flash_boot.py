# SPDX-License-Identifier: GPL-2.0-or-later
"""Targets in flash that a machine finds logged in to, without a daemon."""

import os

from conftest import adapter_only, target_env
from targets import Tgtd


def two_machines(boot, scratch, env, adapter, qemu=""):
    """One after the other, with the same flash."""
    flash = os.path.join(scratch, "flash")
    with open(flash, "wb") as file:
        file.truncate(10 << 20)
    for step in "set", "find":
        boot("guest-flash-boot.sh", step, env=env, adapters=(adapter + ",drive=flash",),
             qemu=qemu + " -drive if=none,id=flash,format=raw,file=" + flash).finish()


@adapter_only
def test_disks_are_there(boot, target, scratch):
    two_machines(boot, scratch, target_env("TGTD", target(Tgtd)), "fw")


@adapter_only
def test_on_a_network_of_its_own(boot, target, scratch):
    """Nobody resolves for the adapter there, with an address that flash keeps, too."""
    env = {key: value.replace("127.0.0.1", "10.0.2.2")
           for key, value in target_env("TGTD", target(Tgtd)).items()}
    two_machines(boot, scratch, dict(env, OWN_ADDRESS="10.0.2.20"), "fw,netdev=n0",
                 "-netdev user,id=n0")
