# SPDX-License-Identifier: GPL-2.0-or-later
"""How each path reaches its target: QEMU's words, addresses as the guest sees them.

ohba    the adapter, which connects as a process of this machine does
virtio  virtio-scsi over QEMU's iSCSI block driver, which does so too: what
        libvirt makes of a network disk (scsi-hd, cache=none), with the I/O thread
        that its manual recommends
tcp     the kernel's iscsi_tcp over virtio-net
debug   scsi_debug, which has no target: what no driver can be faster than
wire    the adapter as a station of its own on a network (Lan), where tcp is as well
"""

from . import netns

PATHS = "ohba", "tcp", "virtio"
FLOOR = "debug"
LAN_PATHS = "wire", "tcp"


class Network:
    """virtio-net at a tap, or at QEMU's user networking where no tap can be had."""

    def __init__(self, want="tap"):
        self.kind = "tap" if want == "tap" and netns.enter() else "user"

    @property
    def words(self):
        device = "-device virtio-net-pci,netdev=net,romfile="
        if self.kind == "user":
            return "-netdev user,id=net " + device
        return "%s %s" % (tap_words("net", netns.TAP), device)

    def settings(self, target):
        """What the guest has to know."""
        address = "10.77.0.2/24" if self.kind == "tap" else "10.0.2.15/24"
        return {"PERF_PORTAL": target.portal, "PERF_ADDRESS": address,
                "PERF_TCP_PORTAL": self.seen_by_guest(target)}

    def listen(self, target):
        """Have target, not yet started, listen where the guest can reach it."""
        if self.kind == "tap":
            target.address = netns.HOST

    def seen_by_guest(self, target):
        """The portal for iscsi_tcp."""
        if self.kind == "tap":
            return target.portal
        return "10.0.2.2:%d" % target.port


class Lan:
    """Both on one bridge, and the target at its other end; each at the MTU of 9000."""

    def __init__(self):
        netns.make_lan()

    @property
    def words(self):
        return " ".join([tap_words("net", netns.LAN_TAPS["tcp"]),
                         "-device virtio-net-pci,netdev=net,romfile=,host_mtu=%d" % netns.LAN_MTU,
                         tap_words("lan", netns.LAN_TAPS["wire"])])

    def listen(self, target):
        target.address = netns.LAN_HOST

    def settings(self, target):
        return {"PERF_PORTAL": target.portal, "PERF_TCP_PORTAL": target.portal,
                "PERF_ADDRESS": "10.77.8.2/24", "PERF_WIRE_ADDRESS": "10.77.8.3"}


def tap_words(name, tap):
    return "-netdev tap,id=%s,ifname=%s,script=no,downscript=no" % (name, tap)


def virtio_disk(number, target, name, lun, header_digest):
    drive = {"if": "none", "id": "lun%d" % number, "format": "raw", "cache": "none",
             "file.driver": "iscsi", "file.transport": "tcp", "file.portal": target.portal,
             "file.target": name, "file.lun": lun,
             "file.initiator-name": "iqn.2026-01.org.ohba:qemu",
             "file.header-digest": "crc32c" if header_digest else "none"}
    return "-drive %s -device scsi-hd,drive=lun%d,bus=vs.0,lun=%d" % (
        ",".join("%s=%s" % pair for pair in drive.items()), number, number)


def virtio_words(disks):
    """disks: (target, name, lun, header_digest), the guest's LUNs 0, 1, ..."""
    host = "-object iothread,id=io -device virtio-scsi-pci,id=vs,iothread=io"
    return " ".join([host] + [virtio_disk(i, *disk) for i, disk in enumerate(disks)])
