# SPDX-License-Identifier: GPL-2.0-or-later
"""A bad line: verified I/O, and throughput beside the kernel's iscsi_tcp on the same line."""

import json
import statistics

from lab import adapter_only, lab, long_only, ROUTER, scratch, SERVER, STATIC      # noqa: F401
from targets import Tgtd

VIRTIO_NET = "-netdev tap,id=n1,ifname=q1,script=no,downscript=no " \
    "-device virtio-net-pci,netdev=n1,romfile="
THEIRS = "10.88.1.30"
# Of one cable, each way; a round trip is delayed twice.
GOOD = dict(loss=0, dup=0, reorder=0, delay=0, late=0)
BAD = dict(loss=20, dup=5, reorder=10, delay=25, late=5)
LINES = {
    "no impairment": {},
    "loss 1%": dict(loss=1),
    "loss 5%": dict(loss=5),
    "loss 20%": dict(loss=20),
    "delay 2 x 25 ms": dict(delay=25),
    "reordering 10% by 5 ms": dict(reorder=10, late=5),
    "duplication 10%": dict(dup=10),
    "all of 20%, 2 x 25 ms, 10%, 5%": BAD,
}
MEASURE_S = 5
WORST_SHARE = 0.2       # of iscsi_tcp's throughput
MEAN_SHARE = 0.5        # geometric, over all lines


@adapter_only
@long_only
def test_verified_on_a_bad_line(lab):       # noqa: F811
    """DHCP, login, every byte and logout, beyond what any line should do."""
    near = lab.target(Tgtd, lab.server, SERVER, size_mib=64)
    lab.dhcp()
    with lab.guest() as guest:
        guest.do("adapter_up")
        lab.wire.set("w0", **BAD)
        guest.do("dhcp", 150)
        guest.do("life %s %s 1 --size=512k" % (near.portal, near.names[0]), 300)
        counters = lab.wire.counters("w0")
        seen = lab.seen(guest)
    assert min(counters[what] for what in ("lost", "doubled", "reordered")) > 5, counters
    seen.check_clean()
    seen.check_dhcp()


def measure(guest, disk, direction):
    text = guest.do("rate %s --rw=%s --bs=16k --iodepth=8 --size=32m --time_based --runtime=%d"
                    % (disk, direction, MEASURE_S), 300)
    job = json.loads(text[text.index("{"):])["jobs"][0]
    assert not job["error"], job
    return job[direction]["bw_bytes"] / 1e6


def attach(guest, transport, target):
    guest.do("transport=%s; use_iface 1; discover %s; login %s %s" %
             (transport, target.portal, target.names[0], target.portal), 300)
    return guest.do("disk %s 1" % target.names[0]).split()[-1]


@adapter_only
@long_only
def test_throughput_on_a_bad_line(lab):     # noqa: F811
    targets = [lab.target(Tgtd, lab.server, SERVER, size_mib=64,
                          base="iqn.2026-01.org.ohba:" + name) for name in ("ohba", "tcp")]
    table, shares = ["%-32s %17s %17s" % ("MB/s, 16 KiB, depth 8", "read: ohba, tcp",
                                          "write: ohba, tcp")], []
    lab.wire.set("w0", snap=0)
    with lab.guest(qemu=VIRTIO_NET) as guest:
        guest.do("adapter_up; static %s %s" % (STATIC, ROUTER))
        guest.do("modprobe virtio_net; modprobe iscsi_tcp; nic=$(basename "
                 "/sys/bus/virtio/drivers/virtio_net/*/net/*); ip addr add %s/24 dev $nic; "
                 "ip link set $nic up" % THEIRS)
        disks = [attach(guest, transport, target)
                 for transport, target in zip(("be2iscsi", "tcp"), targets)]
        for name, line in LINES.items():
            lab.wire.set("s0", **dict(GOOD, **line))
            rates = [measure(guest, disk, direction)
                     for direction in ("read", "write") for disk in disks]
            table.append("%-32s %8.3f %8.3f %8.3f %8.3f" % (name, *rates))
            print(table[-1], flush=True)
            shares += [rates[0] / rates[1], rates[2] / rates[3]]
        lab.wire.set("s0", **GOOD)
        for transport, target in zip(("be2iscsi", "tcp"), targets):
            guest.do("transport=%s; use_iface 1; logout %s %s" %
                     (transport, target.names[0], target.portal), 300)
    with open(lab.path("table"), "w") as file:
        file.write("\n".join(table) + "\n")
    assert min(shares) > WORST_SHARE and statistics.geometric_mean(shares) > MEAN_SHARE, shares
