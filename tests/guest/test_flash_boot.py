# SPDX-License-Identifier: GPL-2.0-or-later
"""Targets in flash that a machine finds logged in to, without a daemon."""

import os

from conftest import adapter_only, target_env
from targets import Tgtd


@adapter_only
def test_disks_are_there(boot, target, scratch):
    """Two machines, one after the other, with the same flash."""
    env = target_env("TGTD", target(Tgtd))
    flash = os.path.join(scratch, "flash")
    with open(flash, "wb") as file:
        file.truncate(10 << 20)
    for step in "set", "find":
        boot("guest-flash-boot.sh", step, env=env, adapters=("fw,drive=flash",),
             qemu="-drive if=none,id=flash,format=raw,file=" + flash).finish()
