# SPDX-License-Identifier: GPL-2.0-or-later
"""Logins that uipd makes for the adapter's own sessions, with tgtd."""

from conftest import adapter_only, target_env
from targets import Tgtd

OURS = ("us", "a secret of ours")
THEIRS = ("them", "a secret of theirs")


@adapter_only
def test_flash_helper(boot, target):
    env = dict(target_env("TGTD", target(Tgtd, chap=OURS, chap_out=THEIRS)),
               OUR_SECRET=OURS[1], THEIR_SECRET=THEIRS[1])
    boot("guest-flash-helper.sh", env=env).finish()
