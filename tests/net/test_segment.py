# SPDX-License-Identifier: GPL-2.0-or-later
"""The Ethernet segment of these tests: who gets a frame, and what happens to it."""

import os
import struct

import pytest
from lab import Namespace, netns_allowed, scratch, Wire      # noqa: F401
EXPERIMENTAL = 0x88b5       # an Ethernet type for such as us (IEEE 802)
HEADER, RECORD = 24, 16     # bytes of pcap
MAC = {name: bytes([2, 0, 0, 0, 0, n]) for n, name in enumerate(("a", "b", "c"))}
ALL = b"\xff" * 6


class Segment:
    """Ports a, b, c, each in a namespace, in which nobody else talks."""

    def __init__(self, directory, seed=1, **words):
        self.directory = directory
        self.spaces = {}
        for name in MAC:
            self.spaces[name] = Namespace(next(iter(self.spaces.values()), None))
            self.spaces[name].run("sysctl -q net.ipv6.conf.default.disable_ipv6=1")
        self.wire = Wire(directory, self.spaces["a"], {
            name: "%s,capture=%s,ns=%s" % (words.get(name, "vlan=1"), self.capture(name),
                                           space.path)
            for name, space in self.spaces.items()}, seed)

    def capture(self, name):
        return os.path.join(self.directory, name + ".pcap")

    def __enter__(self):
        self.wire.start()
        for name, space in self.spaces.items():
            space.ip("link set dev %s mtu 9000 txqueuelen 4000 up" % name)
        return self

    def __exit__(self, *_):
        self.wire.stop()
        for space in reversed(list(self.spaces.values())):
            space.end()

    def send(self, name, *frames):
        rx = self.wire.counters(name)["rx"] + len(frames)
        self.spaces[name].send(name, *frames)
        self.wire.wait_for("have read them", lambda: self.wire.counters(name)["rx"] >= rx)

    def seen(self, name):
        """(time in ns, frame) of each that the station sent or got."""
        self.wire.counters(name)
        with open(self.capture(name), "rb") as file:
            data = file.read()
        at, found = HEADER, []
        while at < len(data):
            s, ns, size, _ = struct.unpack_from("IIII", data, at)
            at += RECORD + size
            found.append((s * 1000000000 + ns, data[at - size:at]))
        return found

    def frames(self, name):
        return [frame for _, frame in self.seen(name)]


@pytest.fixture
def segment(scratch):       # noqa: F811
    if not netns_allowed():
        pytest.skip("no network namespaces, or no taps in them")

    def make(name="segment", **kwargs):
        return Segment(os.path.join(scratch, name), **kwargs)
    return make


def frame(dst, src, number=0, size=60, vid=None):
    tag = b"" if vid is None else struct.pack(">HH", 0x8100, vid)
    return (dst + src + tag + struct.pack(">HI", EXPERIMENTAL, number)).ljust(size, b"\0")


def numbers(frames):
    return [struct.unpack_from(">I", f, 14)[0] for f in frames]


def test_it_learns_who_is_where(segment):
    with segment() as s:
        s.send("a", frame(MAC["b"], MAC["a"], 1))       # nobody knows b: to all
        s.send("b", frame(MAC["a"], MAC["b"], 2))
        s.send("a", frame(MAC["b"], MAC["a"], 3))
        s.send("a", frame(ALL, MAC["a"], 4))
        assert numbers(s.frames("b")) == [1, 2, 3, 4]
        assert numbers(s.frames("c")) == [1, 4]


def test_vlans_are_apart(segment):
    with segment(a="trunk", b="vlan=5", c="vlan=1") as s:
        s.send("a", frame(ALL, MAC["a"], 1), frame(ALL, MAC["a"], 2, vid=5),
               frame(ALL, MAC["a"], 3, vid=6))
        s.send("b", frame(ALL, MAC["b"], 4))
        s.send("b", frame(ALL, MAC["b"], 5, vid=5))     # an access port takes no tag
        assert numbers(s.frames("b"))[:2] == [2, 4]
        assert numbers(s.frames("c")) == [1]
        assert s.frames("a")[3:] == [frame(ALL, MAC["b"], 4, size=64, vid=5)]
        assert s.wire.counters("b")["not_ours"] == 1


def test_what_is_too_big_is_lost(segment):
    with segment(a="trunk", b="vlan=1", c="trunk,mtu=1500") as s:
        s.send("a", *(frame(ALL, MAC["a"], 0, size) for size in (1514, 1515, 9014)),
               frame(ALL, MAC["a"], 0, 1518, vid=5), frame(ALL, MAC["a"], 0, 1519, vid=5))
        assert [len(f) for f in s.frames("b")] == [1514, 1515, 9014]
        assert [len(f) for f in s.frames("c")] == [1514, 1518]
        assert s.wire.counters("c")["too_big"] == 3


def lossy(segment, name, seed):
    """What arrives of 1,000 frames."""
    with segment(name, seed=seed) as s:
        s.wire.set("b", loss=20, dup=5)
        s.send("a", *(frame(ALL, MAC["a"], n) for n in range(1000)))
        counters = s.wire.counters("b")
        arrived = numbers(s.frames("b"))
        assert 150 < counters["lost"] < 250 and 20 < counters["doubled"] < 80
        assert len(arrived) == 1000 - counters["lost"] + counters["doubled"]
        assert len(set(arrived)) == 1000 - counters["lost"]
        assert numbers(s.frames("c")) == list(range(1000)), "it is b's cable alone"
        return arrived


def test_losses_are_the_seed_s(segment):
    first = lossy(segment, "first", 7)
    assert first == sorted(first)
    assert lossy(segment, "again", 7) == first
    assert lossy(segment, "another", 8) != first


def test_delay_and_order(segment):
    with segment() as s:
        s.wire.set("b", delay=50, reorder=10, late=20)
        s.send("a", *(frame(ALL, MAC["a"], n) for n in range(200)))
        s.wire.wait_for("have delivered", lambda: s.wire.counters("b")["tx"] == 200)
        sent = dict(zip(numbers(s.frames("a")), (t for t, _ in s.seen("a"))))
        arrived = list(zip(numbers(s.frames("b")), (t for t, _ in s.seen("b"))))
        assert all(t - sent[n] >= 50000000 for n, t in arrived)
        order = [n for n, _ in arrived]
        assert sorted(order) == list(range(200)) and order != sorted(order)
        assert 0 < s.wire.counters("b")["reordered"] < 50


def test_a_cable_that_is_pulled_out(segment):
    with segment() as s:
        s.wire.down("b")
        s.send("a", frame(ALL, MAC["a"], 1))
        assert "NO-CARRIER" in s.spaces["b"].run("ip link show dev b")
        s.wire.up("b")
        s.send("a", frame(ALL, MAC["a"], 2))
        assert numbers(s.frames("b")) == [2]
        assert "LOWER_UP" in s.spaces["b"].run("ip link show dev b")
