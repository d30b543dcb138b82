# SPDX-License-Identifier: GPL-2.0-or-later
"""Targets that the adapter keeps, by stock iscsiadm."""

from conftest import adapter_only, target_env
from targets import Tgtd


@adapter_only
def test_flashnode(boot, target):
    boot("guest-flashnode.sh", env=target_env("TGTD", target(Tgtd))).finish()
