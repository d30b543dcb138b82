# SPDX-License-Identifier: GPL-2.0-or-later
"""Logins that the adapter does by itself, with tgtd and istgt."""

from conftest import adapter_only, target_env
from targets import Istgt, Tgtd

OURS = ("us", "a secret of ours")
THEIRS = ("them", "a secret of theirs")


@adapter_only
def test_flash_login(boot, target):
    env = dict(target_env("TGTD", target(Tgtd, chap=OURS, chap_out=THEIRS)),
               OUR_SECRET=OURS[1], THEIR_SECRET=THEIRS[1], **target_env("ISTGT", target(Istgt)))
    boot("guest-flash-login.sh", env=env).finish()
