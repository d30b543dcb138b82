# SPDX-License-Identifier: GPL-2.0-or-later
"""An MTU of 9000, and ways on which it is smaller."""

from lab import (     # noqa: F401
    adapter_only, FAR, FAR6, Lab, long_only, netns_allowed, ROUTER, ROUTER6, scratch, SERVER,
    STATIC, STATIC6)
from targets import Tgtd

import pytest

ETHERNET = 14
PATH_MTU = 1500


@pytest.fixture
def jumbo(scratch):     # noqa: F811
    if not netns_allowed():
        pytest.skip("no network namespaces, or no taps in them")
    with Lab(scratch, mtu=9000) as networks:
        yield networks


def biggest(seen, which):
    return max(int(f["frame.len"]) for f in seen.rows(which, "frame.len"))


@adapter_only
@long_only
def test_mtu_9000(jumbo):
    """On the subnet; beyond a router; beyond one with a link of 1500 behind it."""
    near, far = jumbo.near_and_far()
    with jumbo.guest() as guest:
        guest.do("adapter_up; static %s %s" % (STATIC, ROUTER))
        for target in near, far:
            guest.do("life %s %s 1" % (target.portal, target.names[0]))
        seen = jumbo.seen(guest)
        for target in near, far:
            for way in "src", "dst":
                assert biggest(seen, "tcp && ip.%s == %s" % (way, target.address)) == \
                    9000 + ETHERNET

        jumbo.router.ip("route change 10.88.2.0/24 dev r1 mtu lock %d" % PATH_MTU,
                        "route change 10.88.1.0/24 dev r0 mtu lock %d" % PATH_MTU)
        guest.do("life %s %s 1" % (far.portal, far.names[0]), 200)
        jumbo.seen(guest).check_clean()


@adapter_only
@long_only
def test_ipv6_path_mtu(jumbo):
    """Routers of IPv6 do not fragment: they say what is too big (RFC 8201)."""
    far = jumbo.target(Tgtd, jumbo.far, FAR, FAR6, size_mib=64)
    jumbo.router.ip("-6 route add fd88:2::/64 dev r1 metric 1 mtu lock %d" % PATH_MTU,
                    "-6 route add fd88:1::/64 dev r0 metric 1 mtu lock %d" % PATH_MTU)
    with jumbo.guest() as guest:
        guest.do("adapter_up; static6 %s %s" % (STATIC6, ROUTER6))
        for _ in range(2):
            guest.do("life '%s' %s 1" % (far.portal6, far.names[0]), 200)
        seen = jumbo.seen(guest)
    seen.check_clean()
    told = seen.rows("icmpv6.type == 2 && eth.dst == " + seen.mac, "icmpv6.mtu")
    assert told and {f["icmpv6.mtu"] for f in told} == {str(PATH_MTU)}, told
    sent = seen.ours("ipv6.nxt == 6 || ipv6.nxt == 44", "frame.len")
    before, after = ([int(f["frame.len"]) for f in sent
                      if (int(f["frame.number"]) < int(told[-1]["frame.number"])) == early]
                     for early in (True, False))
    assert max(before) > PATH_MTU + ETHERNET, "nothing was too big"
    assert max(after) == PATH_MTU + ETHERNET, max(after)
    assert len(after) > 100 * len(told), "the second session asked the path again"


@adapter_only
@long_only
@pytest.mark.parametrize("properties", ["", ",mtu=%d" % PATH_MTU], ids=["silent", "told"])
def test_black_hole(jumbo, properties):
    """A switch on the way swallows what is larger than 1500, and nobody says so. The session
    is lost, the log says how, and it can be ended; told of that MTU, the adapter works."""
    near = jumbo.target(Tgtd, jumbo.server, SERVER, size_mib=64)
    name, portal = near.names[0], near.portal
    jumbo.wire.set("s0", mtu=PATH_MTU)
    with jumbo.guest(adapters=("fw,netdev=n0" + properties,)) as guest:
        guest.do("adapter_up; static %s %s" % (STATIC, ROUTER))
        if properties:
            guest.do("life %s %s 1" % (portal, name))
        else:
            guest.do("discover %s; login %s %s" % (portal, name, portal))
            guest.do("wait_until 60 'the loss of the session' logged NOP_TIMEOUT")
            guest.do("logout %s %s; expect_nothing_left" % (name, portal))
        lost = jumbo.wire.counters("s0")["too_big"]
    assert bool(lost) != bool(properties), lost
