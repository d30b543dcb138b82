# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks of namespaces, with an adapter at one of them.

    wire        QEMU's tap q0 (and q1) on a bridge with w0
    server      s0, 10.88.1.2
    router      r0, 10.88.1.1, where DHCP is served, and r1, 10.88.2.1
    far         f0, 10.88.2.2

w0 (a trunk), s0 and r0 are ports of an Ethernet segment in a process (wire.py), which can
lose, delay and so on what passes; r1 and f0 are a pair of the kernel's.
"""

import os
import sys

import pytest

TESTS = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [TESTS, os.path.join(TESTS, "guest")]

from conftest import adapter_only, long_only, qmp_path, scratch, Tgtd  # noqa: E402

from .dhcp import Dnsmasq  # noqa: E402
from .guest import LabGuest  # noqa: E402
from .netns import Namespace, netns_allowed  # noqa: E402
from .rfc import Seen  # noqa: E402
from .wire import Wire  # noqa: E402

ROUTER, SERVER, STATIC, FAR = "10.88.1.1", "10.88.1.2", "10.88.1.20", "10.88.2.2"
FAR_ROUTER = "10.88.2.1"
ROUTER6, SERVER6, STATIC6, FAR6 = "fd88:1::1", "fd88:1::2", "fd88:1::20", "fd88:2::2"
FAR_ROUTER6 = "fd88:2::1"
LEASE = "10.88.1.10"        # how each of them begins
LEASES = "10.88.1.100,10.88.1.109,255.255.255.0,2m"
ADVERTISED = "fd88:1::,ra-only,64,2m"
LEASES6 = "fd88:1::100,fd88:1::1ff,64,2m"
BIGGEST_MTU = 9000


def up(interface, mtu, address, address6):
    return ("addr add %s/24 dev %s" % (address, interface),
            "addr add %s/64 dev %s nodad" % (address6, interface),
            "link set dev %s mtu %d up" % (interface, mtu))


def routes(router, router6):
    return "route add default via " + router, "route add default via " + router6


class Lab:
    """The networks; a context manager. mtu: of all hosts and both networks."""

    def __init__(self, directory, mtu=1500):
        self.directory, self.mtu = directory, mtu
        self.daemons, self.spaces = [], []

    def __enter__(self):
        try:
            self.wire_ns, self.server, self.router, self.far = (
                self.space() for _ in range(4))
            self.wire = self.run(Wire(self.path("segment"), self.wire_ns, {
                "w0": "trunk,capture=%s,ns=%s" % (self.path("w0.pcap"), self.wire_ns.path),
                "s0": "ns=" + self.server.path,
                "r0": "ns=" + self.router.path}))
            self.bridge()
            self.address()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, kind, *_):
        try:
            if not kind:
                for daemon in self.daemons:
                    daemon.check_alive()
        finally:
            self.end()

    def path(self, name):
        return os.path.join(self.directory, name)

    def space(self):
        self.spaces.append(Namespace(self.spaces[0] if self.spaces else None))
        return self.spaces[-1]

    def run(self, daemon):
        """Start it; it ends with us."""
        self.daemons.append(daemon)
        return daemon.start()

    def end(self):
        for daemon in reversed(self.daemons):
            daemon.stop()
        for space in reversed(self.spaces):
            space.end()

    # --- the networks ---

    def bridge(self):
        self.wire_ns.ip("link add br0 mtu %d type bridge mcast_snooping 0" % BIGGEST_MTU)
        self.wire_ns.run("sysctl -q net.ipv6.conf.all.disable_ipv6=1"
                         " net.ipv6.conf.default.disable_ipv6=1")
        for tap in "q0", "q1":
            self.wire_ns.ip("tuntap add %s mode tap" % tap)
        for port in "q0", "q1", "w0":
            self.wire_ns.ip("link set %s mtu %d master br0 up" % (port, BIGGEST_MTU))
        self.wire_ns.ip("link set br0 up")

    def address(self):
        pair = "link add r1 mtu %d type veth peer name f0 mtu %d netns %d" % (
            self.mtu, self.mtu, self.far.holder.pid)
        self.router.ip(pair, *up("r0", self.mtu, ROUTER, ROUTER6),
                       *up("r1", self.mtu, FAR_ROUTER, FAR_ROUTER6))
        self.router.run("sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")
        self.server.ip(*up("s0", self.mtu, SERVER, SERVER6), *routes(ROUTER, ROUTER6))
        self.far.ip(*up("f0", self.mtu, FAR, FAR6), *routes(FAR_ROUTER, FAR_ROUTER6))

    def set_vlan(self, vlan):
        """Everybody but the adapter, whose port is a trunk."""
        for port in "s0", "r0":
            self.wire.set(port, vlan=vlan)

    def seen(self, guest):
        """What the adapter sent and got up to now."""
        self.wire.counters("w0")
        return Seen(self.path("w0.pcap"), guest.do("mac_of $iface").strip(),
                    [t.port for t in self.daemons if hasattr(t, "port")])

    # --- who is there ---

    def target(self, kind, ns, address, address6=None, **kwargs):
        target = kind(self.path("%s%d" % (kind.name, len(self.daemons))), **kwargs)
        target.within, target.address, target.address6 = ns.within, address, address6
        return self.run(target)

    def near_and_far(self):
        """Targets on the adapter's subnet, and beyond the router."""
        return (self.target(Tgtd, self.server, SERVER, size_mib=64),
                self.target(Tgtd, self.far, FAR, size_mib=64))

    def dhcp(self, leases=LEASES, name="dnsmasq", options=(), at=None):
        """at: a namespace and its interface, the router's unless told."""
        ns, interface = at or (self.router, "r0")
        return self.run(Dnsmasq(self.path(name), ns, interface, "--dhcp-range=" + leases,
                                "--dhcp-option=3," + ROUTER, *options))

    def router6(self, prefix):
        """r0 advertises itself, and prefix for SLAAC (ADVERTISED) or DHCPv6 (LEASES6)."""
        return self.run(Dnsmasq(self.path("dnsmasq%d" % len(self.daemons)), self.router, "r0",
                                "--enable-ra", "--dhcp-range=" + prefix))

    def guest(self, qemu="", adapters=("fw,netdev=n0",), **kwargs):
        return LabGuest(self.wire_ns.within, self.path("guest.log"),
                        "-netdev tap,id=n0,ifname=q0,script=no,downscript=no " + qemu,
                        adapters=adapters, timeout=900, **kwargs)


@pytest.fixture
def lab(scratch):
    """The networks, if this machine lets us have some."""
    if not netns_allowed():
        pytest.skip("no network namespaces, or no taps in them")
    with Lab(scratch) as networks:
        yield networks


@pytest.fixture
def plain(lab):
    """Networks whose capture has all but TCP, of which there will be much."""
    lab.wire.set("w0", snap=0)
    return lab


__all__ = ["ADVERTISED", "FAR", "FAR6", "FAR_ROUTER", "LEASE", "LEASES6", "Lab", "Namespace",
           "ROUTER", "ROUTER6", "SERVER", "SERVER6", "STATIC", "STATIC6", "Wire",
           "adapter_only", "lab", "long_only", "netns_allowed", "plain", "qmp_path", "scratch"]
