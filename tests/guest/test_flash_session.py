# SPDX-License-Identifier: GPL-2.0-or-later
"""Sessions that the adapter has by itself, as stock iscsiadm and the kernel show them."""

from conftest import adapter_only, target_env
from targets import Tgtd


@adapter_only
def test_flash_session(boot, target):
    tgtd = target(Tgtd)
    guest = boot("guest-flash-session.sh", env=target_env("TGTD", tgtd))
    guest.wait_line("--- blocked")
    tgtd.kill()
    guest.tell("gone")
    guest.wait_line("--- away")
    tgtd.start()
    guest.wait_line("--- without devices")
    tgtd.kill()
    guest.tell("gone-again")
    guest.wait_line("--- away again")
    tgtd.start()
    guest.finish()
