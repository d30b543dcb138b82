# SPDX-License-Identifier: GPL-2.0-or-later
"""Addresses of each kind, with and without a VLAN, on the same subnet and beyond a router."""

import ipaddress

import pytest
from lab import (     # noqa: F401
    ADVERTISED, adapter_only, FAR, FAR6, lab, LEASE, LEASES6, long_only, ROUTER, ROUTER6,
    scratch, SERVER, SERVER6, STATIC, STATIC6)
from lab.rfc import (
    ACK, ADVERTISE6, DISCOVER, eui64, OFFER, RELEASE, RELEASE6, REPLY6, REQUEST, REQUEST6, SOLICIT6)
from targets import Isnsd, Istgt, Tgtd

VLAN = 5


def lives(guest, *targets):
    for target, portal, lun in targets:
        guest.do("life '%s' %s %d" % (portal, target.names[0], lun))


def check(seen, addresses):
    """The capture as a whole. Returns the types of the DHCP messages."""
    seen.check_clean()
    seen.check_arp(addresses)
    for address in addresses:
        seen.check_announced(address)
    return seen.check_dhcp()


@adapter_only
def test_all_at_once(lab):      # noqa: F811
    """An address by DHCP on a VLAN, a target beyond the router, a bad line."""
    far = lab.target(Istgt, lab.far, FAR, size_mib=64)
    lab.dhcp()
    lab.set_vlan(VLAN)
    lab.wire.set("w0", loss=2, dup=2, reorder=2, late=3, delay=1)
    with lab.guest() as guest:
        guest.do("adapter_up; dhcp %d" % VLAN)
        assert guest.do("cat $sysfs/gateway").strip() == ROUTER
        lives(guest, (far, far.portal, 0))
        leased = guest.do("cat $sysfs/ipaddress").strip()
        seen = lab.seen(guest)
    assert leased.startswith(LEASE)
    types = check(seen, [leased])
    assert set(types) == {DISCOVER, OFFER, REQUEST, ACK}, types
    assert not seen.ours("(arp || dhcp || tcp) && !vlan"), "frames without the VLAN's tag"
    counters = lab.wire.counters("w0")
    assert min(counters[what] for what in ("lost", "doubled", "reordered")) > 5, counters


@adapter_only
@long_only
def test_addresses(lab):        # noqa: F811
    near = lab.target(Tgtd, lab.server, SERVER, size_mib=64)
    far = lab.target(Istgt, lab.far, FAR, size_mib=64)
    lab.dhcp()
    both = (near, near.portal, 1), (far, far.portal, 0)
    with lab.guest() as guest:
        guest.do("adapter_up")
        for vlan in "", str(VLAN):
            lab.set_vlan(vlan or 1)
            guest.do("static %s %s %s" % (STATIC, ROUTER, vlan))
            lives(guest, *both)
            guest.do("dhcp " + vlan)
            assert guest.do("cat $sysfs/ipaddress").startswith(LEASE)
            assert guest.do("cat $sysfs/gateway").strip() == ROUTER
            lives(guest, *both)
            guest.do("release")
        seen = lab.seen(guest)

    leased = [f["dhcp.ip.your"] for f in seen.dhcp() if f["type"] == ACK]
    assert len(leased) == 2 and leased[0] == leased[1]
    assert check(seen, [STATIC, leased[0]]) == [DISCOVER, OFFER, REQUEST, ACK, RELEASE] * 2
    for what in "arp", "dhcp", "tcp":
        tagged = seen.ours(what + " && vlan.id == %d" % VLAN)
        plain = seen.ours(what + " && !vlan")
        assert tagged and plain, what


@adapter_only
@long_only
def test_isns(lab):     # noqa: F811
    """The server that DHCP announces, for as long as the address is there."""
    near = lab.target(Tgtd, lab.server, SERVER, size_mib=64)
    isnsd = lab.target(Isnsd, lab.server, SERVER)
    isnsd.register("near", [near.portal], near.names)
    server = ":".join("%02x" % byte for byte in ipaddress.ip_address(SERVER).packed)
    lab.dhcp(options=["--dhcp-option=83," + "00:" * 10 + server])
    ask = ("build/tools/ohbatool discover $(basename /sys/bus/pci/drivers/ohba_fw/0*) --isns "
           "2>&1 || true")
    with lab.guest() as guest:
        guest.do("adapter_up; dhcp")
        said = guest.do(ask)
        assert "asked the iSNS server %s:3205, which DHCP announced" % SERVER in said
        assert "%s 1 %s" % (near.portal, near.names[0]) in " ".join(said.split())
        guest.do("release")
        assert "announced an iSNS server" in guest.do(ask)
    assert isnsd.nodes() == near.names


@adapter_only
@long_only
def test_ipv6(lab):     # noqa: F811
    near = lab.target(Tgtd, lab.server, SERVER, SERVER6, size_mib=64)
    far = lab.target(Istgt, lab.far, FAR, FAR6, size_mib=64)
    with lab.guest() as guest:
        guest.do("adapter_up")
        for vlan in "", str(VLAN):
            lab.set_vlan(vlan or 1)
            shown = guest.do("static6 %s %s %s" % (STATIC6, ROUTER6, vlan)).split()[-1]
            assert shown == ipaddress.ip_address(STATIC6).exploded
            lives(guest, (near, near.portal6, 1), (far, far.portal6, 0))
        seen = lab.seen(guest)
    seen.check_clean()
    solicitations, advertisements = seen.check_nd([STATIC6])
    assert solicitations >= 4, "one for each life's next hop"
    assert advertisements >= 2, "one for each time that the address is set"
    for which in "vlan.id == %d" % VLAN, "!vlan":
        announced = seen.ours("icmpv6.type == 136 && ipv6.dst == ff02::1 && " + which)
        assert announced, "RFC 4861 7.2.6, " + which


def networks(lab):      # noqa: F811
    """The plain one and the VLAN, one after the other: the VLAN, how a capture tells it."""
    for vlan in "", str(VLAN):
        lab.set_vlan(vlan or 1)
        yield vlan, "vlan.id == %d" % VLAN if vlan else "!vlan"


@adapter_only
@long_only
@pytest.mark.parametrize("method", ["nd", "dhcpv6"])
def test_ipv6_by_itself(lab, method):       # noqa: F811
    """SLAAC, and DHCPv6: the address is probed first, leads near and far, and goes again."""
    near = lab.target(Tgtd, lab.server, SERVER, SERVER6, size_mib=64)
    far = lab.target(Istgt, lab.far, FAR, FAR6, size_mib=64)
    lab.router6(ADVERTISED if method == "nd" else LEASES6)
    used = []
    with lab.guest() as guest:
        guest.do("adapter_up")
        for vlan, network in networks(lab):
            shown = guest.do("autocfg6 %s %s" % (method, vlan), 150).split()[-1]
            used.append((ipaddress.IPv6Address(shown), network))
            lives(guest, (near, near.portal6, 1), (far, far.portal6, 0))
            guest.do("release6")
        seen = lab.seen(guest)

    own = eui64("fe80::", seen.mac)
    seen.check_clean()
    seen.check_nd([str(address) for address, _ in used] + [str(own)])
    assert seen.check_router_solicitations() >= 2, "one on each network"
    for address, network in used:
        assert address in ipaddress.ip_network("fd88:1::/64"), address
        seen.check_probed(address, network)
        assert seen.ours("tcp && ipv6.src == %s && %s" % (address, network)), network
        types = seen.check_dhcp6(network)
        if method == "nd":
            assert address.packed[8:] == own.packed[8:] and not types, (address, types)
        else:
            seen.check_probed(own, network)
            assert types[:1] == [SOLICIT6] and types[-2:] == [RELEASE6, REPLY6], types
            assert {ADVERTISE6, REQUEST6} < set(types), types
