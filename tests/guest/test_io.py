# SPDX-License-Identifier: GPL-2.0-or-later
"""Every byte written is read back, raw and through file systems."""

import pytest

from conftest import KERNEL, adapter_only, target_env
from targets import Istgt, Tgtd


def both(target, size_mib):
    return dict(target_env("TGTD", target(Tgtd, size_mib=size_mib)),
                **target_env("ISTGT", target(Istgt, size_mib=size_mib)))


def test_verified_io(boot, target):
    boot("guest-verify.sh", env=both(target, 256)).finish()


def test_filesystems(boot, target):
    boot("guest-filesystems.sh", env=both(target, 512)).finish()


@pytest.mark.skipif(KERNEL != "6.1", reason="boots a kernel of its own choice")
def test_kernel_6_12(boot, target):
    boot("guest-verify.sh", "short", kernel="6.12", env=both(target, 256)).finish()


@adapter_only
def test_large_commands(boot, target):
    boot("guest-large.sh", mem=2048, env=target_env("TGTD", target(Tgtd, size_mib=512))).finish()
