# SPDX-License-Identifier: GPL-2.0-or-later
"""Completions by irq_poll and by mq_poll, and on which CPU."""

from conftest import adapter_only, target_env
from targets import Tgtd


@adapter_only
def test_completions(boot, target):
    boot("guest-completion.sh", smp=2, env=target_env("TGTD", target(Tgtd, size_mib=64))).finish()
