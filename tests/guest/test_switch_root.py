# SPDX-License-Identifier: GPL-2.0-or-later
"""A session that begins in the initramfs outlives it."""

import os

import flash
from conftest import adapter_only
from targets import Tgtd


@adapter_only
def test_switch_root(boot, target, scratch):
    tgtd = target(Tgtd, size_mib=64)
    image = os.path.join(scratch, "flash.img")
    flash.write_targets(image, [flash.target(tgtd.names[0], tgtd.address, tgtd.port)])
    boot("guest-switch-root.sh", early="tests/guest/early-switch-root.sh",
         qemu="-drive if=none,id=flash,format=raw,file=" + image,
         adapters=("fw,drive=flash",)).finish()
