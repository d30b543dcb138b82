# SPDX-License-Identifier: GPL-2.0-or-later
"""Under load the machine powers off, or sleeps; the device vanishes."""

import glob
import os
import re

import flash
import pytest
from conftest import ROOT, SLOWNESS, adapter_only, long_only, target_env
from faults import Faults
from targets import Tgtd

MAC = "52:54:00:0b:a0:66"       # another adapter that is plugged in has the same iface
DOWN_S = 20
STAMP = r"\[ *([0-9]+\.[0-9]+)\] "


@pytest.fixture
def two_targets(target, scratch):
    """Of the second the adapter's flash has an entry: environment, -blockdev's words."""
    tgtd = target(Tgtd, targets=2, size_mib=64)
    image = os.path.join(scratch, "flash.img")
    flash.write_targets(image, [flash.target(tgtd.names[1], tgtd.address, tgtd.port)])
    return target_env("TGTD", tgtd), \
        "-blockdev driver=raw,node-name=flash,file.driver=file,file.filename=" + image


def console(guest):
    path = "build/vm/run-*-%d/console.log" % guest.process.pid
    with open(max(glob.glob(os.path.join(ROOT, path))), errors="replace") as file:
        return file.read()


def stamp(log, text):
    """When the guest's kernel said so, s."""
    return float(re.search(STAMP + text, log).group(1))


@adapter_only
def test_shutdown_under_load(boot, two_targets, scratch):
    env, blockdev = two_targets
    trace = os.path.join(scratch, "qemu.log")
    guest = boot("guest-shutdown.sh", env=env, adapters=("fw,drive=flash",),
                 qemu="%s -trace ohba_bus_master_off -D %s" % (blockdev, trace))
    assert "two loads run" in guest.finish()
    log = console(guest)
    # There were commands when the device was reset.
    assert "hostbyte=DID_NO_CONNECT" in log[log.index("ohba: power off"):], log[-4000:]
    took_s = stamp(log, "reboot: Power down") - stamp(log, "ohba: power off")
    assert took_s <= DOWN_S * SLOWNESS, log[-4000:]
    with open(trace) as file:
        assert file.read().count("ohba_bus_master_off") == 1


@adapter_only
@long_only
def test_vanish_under_load(boot, two_targets, qmp_path):
    env, blockdev = two_targets
    guest = boot("guest-vanish.sh", env=env, adapters=("fw,drive=flash,mac=" + MAC,),
                 qmp=qmp_path, qemu=blockdev)
    guest.wait_line("--- vanish")       # QEMU is there by then, and its socket
    faults = Faults(qmp_path, guest)
    for done in range(2):
        guest.wait_line("--- vanish", skip=done)
        faults.set("vanish")
        guest.wait_line("--- unplug", skip=done)
        assert faults.injected()["vanish"] == 1
        faults.qmp.command("device_del", id="hba0")
        faults.qmp.wait_event("DEVICE_DELETED", device="hba0")
        faults.qmp.events.clear()
        guest.wait_line("--- plug", skip=done)
        faults.qmp.command("device_add", driver="ohba-fw", id="hba0", bus="rp0", mac=MAC,
                           drive="flash")
    guest.finish()


@adapter_only
@long_only
def test_sleep_under_load(boot, target, scratch):
    """A session of the adapter's own: no daemon lives in an initramfs."""
    tgtd = target(Tgtd, size_mib=64)
    image = os.path.join(scratch, "flash.img")
    flash.write_targets(image, [flash.target(tgtd.names[0], tgtd.address, tgtd.port)])
    boot("guest-sleep.sh", early="tests/guest/early-sleep.sh",
         qemu="-drive if=none,id=flash,format=raw,file=" + image,
         adapters=("fw,drive=flash",)).finish()
