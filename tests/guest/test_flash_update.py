# SPDX-License-Identifier: GPL-2.0-or-later
"""Settings of the adapter's own sessions, changed while they are in use."""

import os
import signal

from conftest import adapter_only, target_env
from targets import Istgt, Tgtd

OURS = ("us", "a secret of ours")
THEIRS = ("them", "a secret of theirs")


@adapter_only
def test_flash_update(boot, target):
    istgt = target(Istgt)
    env = dict(target_env("TGTD", target(Tgtd, chap=OURS, chap_out=THEIRS)),
               OUR_SECRET=OURS[1], THEIR_SECRET=THEIRS[1], **target_env("ISTGT", istgt))
    guest = boot("guest-flash-update.sh", env=env)
    guest.wait_line("--- silent")
    os.kill(istgt.process.pid, signal.SIGSTOP)
    guest.tell("paused")
    guest.wait_line("--- heard again")
    os.kill(istgt.process.pid, signal.SIGCONT)
    guest.finish()
