# SPDX-License-Identifier: GPL-2.0-or-later
"""Allocations fail in binds, logins, I/O and logouts; completions get lost; requests fail."""

from conftest import adapter_only, debug_only, target_env
from targets import Tgtd


@debug_only
@adapter_only
def test_allocations_fail(boot, target):
    boot("guest-allocations.sh", env=target_env("TGTD", target(Tgtd, size_mib=64)),
         timeout=540).finish()
