# SPDX-License-Identifier: GPL-2.0-or-later
"""Verified I/O with an IOMMU, or bounce buffers, between adapter and memory.

Resets and faults end commands early: what the adapter then still does to their memory
shows here.
"""

import pytest

from conftest import adapter_only, long_only, target_env
from faults import Faults, Load, load_env
from targets import Istgt, Tgtd

# Strictly: what was unmapped is out of reach at once.
IOMMU = dict(qemu="-device intel-iommu,intremap=on",
             append="intel_iommu=on iommu.passthrough=0 iommu.strict=1")
SWIOTLB = dict(append="swiotlb=force")

LOAD = "--bssplit=512/10:4k/40:64k/50 --iodepth=16 --size=16m"
# A command has 4 s.
FAULTS = (
    "lose-completion",
    "drop-pdu:in,opcode=0x25",
    "stall-queue:ms=6000",
    "tcp-reset:opcode=0x25",
    "slow-target:bytes-per-s=100000",
    "crash:qid=1",
)


def both(target):
    return dict(target_env("TGTD", target(Tgtd, size_mib=128)),
                **target_env("ISTGT", target(Istgt, size_mib=128)))


@adapter_only
def test_behind_an_iommu(boot, target):
    boot("guest-dma.sh", "iommu", env=both(target), **IOMMU).finish()


@adapter_only
def test_with_bounce_buffers(boot, target):
    boot("guest-dma.sh", "swiotlb", env=both(target), **SWIOTLB).finish()


@long_only
@adapter_only
def test_large_commands_behind_an_iommu(boot, target):
    boot("guest-dma.sh", "iommu", "guest-large.sh", mem=2048,
         env=target_env("TGTD", target(Tgtd, size_mib=512)), **IOMMU).finish()


@long_only
@adapter_only
def test_restarts_behind_an_iommu(boot, target):
    boot("guest-dma.sh", "iommu", "guest-restart.sh",
         env=dict(target_env("TGTD", target(Tgtd)), RESTARTS="function handler"),
         **IOMMU).finish()


@long_only
@adapter_only
def test_restarts_with_bounce_buffers(boot, target):
    boot("guest-dma.sh", "swiotlb", "guest-restart.sh", env=target_env("TGTD", target(Tgtd)),
         **SWIOTLB).finish()


@long_only
@adapter_only
@pytest.mark.parametrize("between", ["iommu", "swiotlb"])
def test_faults(boot, target, qmp_path, between):
    guest = boot("guest-dma.sh", between, "guest-faults.sh", qmp=qmp_path, timeout=600,
                 env=load_env([target(Tgtd).portal + "@1"], [], LOAD),
                 **(IOMMU if between == "iommu" else SWIOTLB))
    guest.wait_line("progress")
    load = Load(guest)
    load.play(Faults(qmp_path, guest), FAULTS)
    load.finish(())
