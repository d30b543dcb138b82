# SPDX-License-Identifier: GPL-2.0-or-later
"""Discovery, login, session data, CHAP: stock iscsiadm through the ifaces."""

from conftest import adapter_only, target_env
from targets import Tgtd

CHAP = ("ohba-user", "a-secret-of-16-b")


def test_sessions(boot, target):
    tgtd = target(Tgtd, targets=3, size_mib=64)
    locked = target(Tgtd, chap=CHAP, size_mib=64, base="iqn.2026-01.org.ohba:locked")
    env = dict(target_env("TGTD", tgtd), **target_env("CHAP", locked),
               CHAP_USER=CHAP[0], CHAP_SECRET=CHAP[1])
    boot("guest-sessions.sh", adapters=("fw", "fw"), env=env).finish()


@adapter_only
def test_answers(boot, target):
    tgtd = target(Tgtd, size_mib=64)
    boot("guest-answers.sh", env=target_env("TGTD", tgtd)).finish()
