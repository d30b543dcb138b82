# SPDX-License-Identifier: GPL-2.0-or-later
"""Verified I/O with an IOMMU, or bounce buffers, between adapter and memory."""

from conftest import adapter_only, target_env
from targets import Istgt, Tgtd


def both(target):
    return dict(target_env("TGTD", target(Tgtd, size_mib=128)),
                **target_env("ISTGT", target(Istgt, size_mib=128)))


@adapter_only
def test_behind_an_iommu(boot, target):
    """Strictly: what was unmapped is out of reach at once."""
    boot("guest-dma.sh", "iommu", qemu="-device intel-iommu,intremap=on",
         append="intel_iommu=on iommu.passthrough=0 iommu.strict=1", env=both(target)).finish()


@adapter_only
def test_with_bounce_buffers(boot, target):
    boot("guest-dma.sh", "swiotlb", append="swiotlb=force", env=both(target)).finish()
