# SPDX-License-Identifier: GPL-2.0-or-later
"""What an adapter keeps is dumped, erased and restored; secrets are gone from the medium."""

import os

from conftest import adapter_only, target_env
from targets import Tgtd

OURS = ("us", "a secret of ours")
THEIRS = ("them", "a secret of theirs")


def secrets_in(path):
    with open(path, "rb") as file:
        kept = file.read()
    return [who[1] for who in (OURS, THEIRS) if who[1].encode() in kept]


@adapter_only
def test_flash_erase(boot, target, scratch):
    path = os.path.join(scratch, "flash")
    with open(path, "wb") as file:
        file.truncate(10 << 20)
    env = dict(target_env("TGTD", target(Tgtd, chap=OURS, chap_out=THEIRS)),
               OUR_SECRET=OURS[1], THEIR_SECRET=THEIRS[1])
    guest = boot("guest-flash-erase.sh", env=env, adapters=("fw,drive=flash",),
                 qemu=f"-drive if=none,id=flash,format=raw,file={path}")
    guest.wait_line("--- set", 300)
    assert secrets_in(path) == [OURS[1], THEIRS[1]]
    guest.tell("kept")
    guest.wait_line("--- erased", 300)
    assert secrets_in(path) == []
    guest.tell("gone")
    guest.finish()
    assert secrets_in(path) == [OURS[1], THEIRS[1]]
