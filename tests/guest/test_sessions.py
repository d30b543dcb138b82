# SPDX-License-Identifier: GPL-2.0-or-later
"""Discovery, login, session data, CHAP: stock iscsiadm through the ifaces."""

from conftest import LONG, adapter_only, target_env
from targets import Tgtd

CHAP = ("ohba-user", "a-secret-of-16-b")
CHAP_OUT = ("ohba-target", "another-secret16")


def test_sessions(boot, target):
    tgtd = target(Tgtd, targets=3, size_mib=64)
    locked = target(Tgtd, chap=CHAP, chap_out=CHAP_OUT, size_mib=64,
                    base="iqn.2026-01.org.ohba:locked")
    env = dict(target_env("TGTD", tgtd), **target_env("CHAP", locked),
               CHAP_USER=CHAP[0], CHAP_SECRET=CHAP[1],
               CHAP_OUT_USER=CHAP_OUT[0], CHAP_OUT_SECRET=CHAP_OUT[1])
    boot("guest-sessions.sh", adapters=("fw", "fw"), env=env).finish()


@adapter_only
def test_answers(boot, target):
    tgtd = target(Tgtd, size_mib=64)
    env = dict(target_env("TGTD", tgtd), DISCOVERIES=100 if LONG else 40)
    boot("guest-answers.sh", env=env).finish()
