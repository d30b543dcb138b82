# SPDX-License-Identifier: GPL-2.0-or-later
"""Targets in flash that a machine finds logged in to, without a daemon, and by what names."""

import os
import re

from conftest import LONG, adapter_only, target_env
from qmp import Qmp
from targets import Tgtd

FINDS = "kept", "start", "reload", "restart", "reset"


def reset(path, guest):
    """The machine, as by its button; SeaBIOS then resets it once more by itself."""
    qmp = Qmp(path)
    qmp.command("set-action", reboot="reset")
    qmp.command("system_reset")
    guest.wait_line("--- after a reset of the machine", 500)
    qmp.command("set-action", reboot="shutdown")
    qmp.close()


def check_names(output):
    """The disk is called the same wherever it was found."""
    called = dict(re.findall(r"^called (\w+): (.*)$", output, re.M))
    assert tuple(called) in (FINDS, FINDS[:-1])
    for name in "disk/by-path/pci-", "disk/by-id/scsi-", " serial ":
        assert name in called["kept"], called
    assert len(set(called.values())) == 1, called


def two_machines(boot, scratch, qmp_path, env, adapter, qemu="", resets=True):
    """One after the other, with the same flash; the second is reset."""
    flash = os.path.join(scratch, "flash")
    with open(flash, "wb") as file:
        file.truncate(10 << 20)
    options = dict(env=dict(env, RESETS="yes" if resets else ""), udev=True,
                   adapters=(adapter + ",drive=flash",),
                   qemu=qemu + " -drive if=none,id=flash,format=raw,file=" + flash)
    kept = boot("guest-flash-boot.sh", "set", **options).finish()
    # After a reset TCG forgets the code of before as the kernel writes over it: that takes long,
    # and is no lockup. The script turns its watchdog on.
    guest = boot("guest-flash-boot.sh", "find", modules=False, qmp=qmp_path, timeout=900,
                 append="nosoftlockup", **options)
    if resets:
        guest.wait_line("--- now reset it", 500)
        reset(qmp_path, guest)
    found = kept + "\n" + guest.finish()
    check_names(found)
    assert ("called reset: " in found) == resets


@adapter_only
def test_disks_are_there(boot, target, scratch, qmp_path):
    two_machines(boot, scratch, qmp_path, target_env("TGTD", target(Tgtd)), "fw")


@adapter_only
def test_on_a_network_of_its_own(boot, target, scratch, qmp_path):
    """Nobody resolves for the adapter there, with an address that flash keeps, too."""
    env = {key: value.replace("127.0.0.1", "10.0.2.2")
           for key, value in target_env("TGTD", target(Tgtd)).items()}
    two_machines(boot, scratch, qmp_path, dict(env, OWN_ADDRESS="10.0.2.20"), "fw,netdev=n0",
                 "-netdev user,id=n0", resets=LONG)
