# SPDX-License-Identifier: GPL-2.0-or-later
#
# QEMU's devices for ohba: two PC machines, hot-pluggable PCIe, an IOMMU, the
# virtio devices that tests/vm and the comparisons use, and our adapter.

CONFIG_I440FX=y
CONFIG_Q35=y
CONFIG_VTD=y
CONFIG_PCIE_PORT=y
CONFIG_ISA_DEBUG=y
CONFIG_VIRTIO_PCI=y
CONFIG_VIRTIO_9P=y
CONFIG_VIRTIO_BLK=y
CONFIG_VIRTIO_NET=y
CONFIG_VIRTIO_RNG=y
CONFIG_VIRTIO_SCSI=y
CONFIG_VIRTIO_SERIAL=y
CONFIG_OHBA=y
