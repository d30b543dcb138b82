# SPDX-License-Identifier: GPL-2.0-or-later
"""An adapter on a network of its own, over QEMU's user networking."""

import os

from conftest import adapter_only, target_env
from targets import Tgtd


@adapter_only
def test_own_net(boot, target):
    env = target_env("TGTD", target(Tgtd))
    env = {key: value.replace("127.0.0.1", "10.0.2.2") for key, value in env.items()}
    boot("guest-own-net.sh", env=env, adapters=("fw,netdev=n0",),
         qemu="-netdev user,id=n0").finish()


@adapter_only
def test_kept(boot, scratch):
    """Two machines, one after the other, with the same flash."""
    flash = os.path.join(scratch, "flash")
    with open(flash, "wb") as file:
        file.truncate(64 << 10)
    for step in "set", "find":
        boot("guest-kept.sh", step, adapters=("fw,netdev=n0,drive=flash",),
             qemu="-netdev user,id=n0 -drive if=none,id=flash,format=raw,file=" + flash).finish()
