# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes wrong on a network under load: service comes back, or the error is clear, and
no byte is wrong."""

import ipaddress
import struct
import time

from lab import (     # noqa: F401
    adapter_only, lab, LEASE, long_only, plain, qmp_path, ROUTER, scratch, SERVER, STATIC)
from lab.guest import loaded, logged_in_again, RELOGIN_S, unloaded
from lab.rfc import ACK, BROADCAST, DECLINE, DISCOVER, NAK, OFFER, REQUEST
from qmp import Qmp
from targets import Tgtd

DOWN_S = 30
NOTICE_S = 60       # the adapter's neighbour probes, and iscsid's pings, in any order
REBIND_S = 180      # of a lease of 2 minutes
EVERYBODY = "255.255.255.255"
THIEF = "02:00:00:00:09:09"
MOVED = "10.88.1.150,10.88.1.159,255.255.255.0,2m"


def lost_and_back(guest, heal):
    guest.do("wait_until %d 'the loss of the session' session_is_not LOGGED_IN" % NOTICE_S)
    heal()
    logged_in_again(guest)


@adapter_only
@long_only
def test_neighbours_change(plain):     # noqa: F811
    """The target's MAC, told and untold; the gateway goes away and comes back as another."""
    near, far = plain.near_and_far()
    with plain.guest() as guest:
        guest.do("adapter_up; static %s %s" % (STATIC, ROUTER))
        loaded(guest, near, near.portal)
        for n, told in enumerate((1, 0)):
            plain.server.run("sysctl -q net.ipv4.conf.s0.arp_notify=%d" % told)
            plain.server.ip("link set dev s0 address 02:00:00:00:02:0%d" % n)
            guest.do("moves %d" % (10 if told else NOTICE_S))
        guest.do("session_is LOGGED_IN || fail $(session_state)")
        unloaded(guest, near, near.portal)

        loaded(guest, far, far.portal)
        plain.router.ip("link set dev r0 down")

        def another_gateway():
            plain.router.ip("link set dev r0 address 02:00:00:00:03:01", "link set dev r0 up")
        lost_and_back(guest, another_gateway)
        unloaded(guest, far, far.portal)
        seen = plain.seen(guest)
    seen.check_clean()
    seen.check_arp([STATIC])


@adapter_only
@long_only
def test_link_down(plain, qmp_path):     # noqa: F811
    """For 30 s under load: the adapter sees it; a switch on the way does."""
    near = plain.target(Tgtd, plain.server, SERVER, size_mib=64)
    with plain.guest(qmp=qmp_path) as guest:
        guest.do("adapter_up; static %s %s" % (STATIC, ROUTER))
        loaded(guest, near, near.portal)
        for pull, plug in ((lambda: Qmp(qmp_path).command("set_link", name="n0", up=False),
                            lambda: Qmp(qmp_path).command("set_link", name="n0", up=True)),
                           (lambda: plain.wire.down("s0"), lambda: plain.wire.up("s0"))):
            pull()
            pulled = time.monotonic()
            guest.do("wait_until 10 'I/O to stop' stopped")
            time.sleep(max(0, pulled + DOWN_S - time.monotonic()))
            plug()
            guest.do("moves %d" % RELOGIN_S, 300)
        unloaded(guest, near, near.portal)
        plain.seen(guest).check_clean()


@adapter_only
@long_only
def test_lease_runs_out(plain):     # noqa: F811
    """The server is gone when the lease ends, and another comes; later that one says no."""
    near = plain.target(Tgtd, plain.server, SERVER, size_mib=64)
    server = plain.dhcp()
    with plain.guest() as guest:
        guest.do("adapter_up; dhcp")
        loaded(guest, near, near.portal)
        server.stop()
        guest.do("wait_until 180 'the end of the lease' no_address", 300)
        guest.do("grep 'the lease is over' /tmp/uipd.log")
        server = plain.dhcp(MOVED, name="moved")
        guest.do("wait_until 120 'a lease' has_address", 300)
        assert guest.do("cat $sysfs/ipaddress").startswith("10.88.1.15")
        logged_in_again(guest)
        server.stop()
        plain.dhcp(name="again")      # whose range does not hold that address: it is refused
        guest.do("wait_until 120 'another address' grep -q '%s' $sysfs/ipaddress" % LEASE, 300)
        guest.do("moves %d" % RELOGIN_S, 300)
        unloaded(guest, near, near.portal)
        seen = plain.seen(guest)
    seen.check_clean()
    types = seen.check_dhcp()
    assert types[:4] == [DISCOVER, OFFER, REQUEST, ACK]
    assert types[-5:] == [NAK, DISCOVER, OFFER, REQUEST, ACK], types


@adapter_only
@long_only
def test_server_moves(plain):     # noqa: F811
    """Who gave the lease is gone, and another server, elsewhere, goes on with it: RFC 2131
    4.4.5, first the one by unicast, then all. The session does not notice."""
    near = plain.target(Tgtd, plain.server, SERVER, size_mib=64)
    server = plain.dhcp()
    with plain.guest() as guest:
        guest.do("adapter_up; dhcp")
        ours = guest.do("cat $sysfs/ipaddress").strip()
        loaded(guest, near, near.portal)
        server.stop()
        moved = plain.dhcp(name="moved", at=(plain.server, "s0"))
        moved.wait_for("go on with the lease", lambda: "DHCPACK" in moved.log_text(), REBIND_S)
        guest.do("moves %d" % NOTICE_S)
        assert guest.do("cat $sysfs/ipaddress").strip() == ours
        assert not guest.do("connections_lost").strip()
        unloaded(guest, near, near.portal)
        seen = plain.seen(guest)
    seen.check_clean()
    types = seen.check_dhcp()
    assert types[:4] == [DISCOVER, OFFER, REQUEST, ACK]
    assert set(types[4:-1]) == {REQUEST} and types[-1] == ACK, types
    asked = [f["ip.dst"] for f in seen.dhcp()[4:-1]]
    assert asked[0] == ROUTER and asked[-1] == EVERYBODY, asked
    assert seen.dhcp()[-1]["dhcp.option.dhcp_server_id"] == SERVER


@adapter_only
@long_only
def test_no_server_and_a_thief(lab):    # noqa: F811
    """No DHCP server when it is asked for; then somebody has taken the address that was ours."""
    near = lab.target(Tgtd, lab.server, SERVER, size_mib=64)
    with lab.guest() as guest:
        guest.do("adapter_up; apply 'bootproto dhcp' 'state enable'")
        guest.do("! discover %s" % near.portal)
        guest.do("grep \"no address of the adapter's leads to %s\" /tmp/uipd.log" % SERVER)
        lab.dhcp()
        guest.do("wait_until 120 'a lease' has_address", 150)
        ours = guest.do("cat $sysfs/ipaddress").strip()
        guest.do("release")
        lab.server.ip("addr add %s/24 dev s0" % ours)
        guest.do("apply 'state enable'; wait_until 120 'another lease' has_address", 150)
        another = guest.do("cat $sysfs/ipaddress").strip()
        guest.do("life %s %s 1" % (near.portal, near.names[0]))
        seen = lab.seen(guest)
    assert another != ours and another.startswith(LEASE)
    seen.check_clean()
    seen.check_arp([ours, another])
    types = seen.check_dhcp()
    assert types.count(DECLINE) == 1 and types[-4:] == [DISCOVER, OFFER, REQUEST, ACK], types


def announcement(mac, address):
    """RFC 5227 2.3: a request for what is the sender's own."""
    mac = bytes.fromhex(mac.replace(":", ""))
    address = ipaddress.ip_address(address).packed
    return (b"\xff" * 6 + mac + struct.pack(">HHHBBH", 0x0806, 1, 0x0800, 6, 4, 1) + mac +
            address + bytes(6) + address).ljust(60, b"\0")


@adapter_only
@long_only
def test_conflict_under_load(plain):     # noqa: F811
    """RFC 5227 2.4 b: the leased address is defended once. The other station goes on: the
    address is declined, and I/O comes back with another."""
    near = plain.target(Tgtd, plain.server, SERVER, size_mib=64)
    plain.dhcp()
    with plain.guest() as guest:
        guest.do("adapter_up; dhcp")
        ours = guest.do("cat $sysfs/ipaddress").strip()
        loaded(guest, near, near.portal)
        claim = announcement(THIEF, ours)
        for said in "uses %s, too: defending it once" % ours, "goes on using %s: giving up" % ours:
            plain.server.send("s0", claim)
            guest.do("wait_until 8 '%s' grep -q '%s %s' /tmp/uipd.log" % (said, THIEF, said))
        guest.do("another() { has_address && ! grep -qx '%s' $sysfs/ipaddress; }; "
                 "wait_until 90 'another address' another" % ours, 150)
        another = guest.do("cat $sysfs/ipaddress").strip()
        logged_in_again(guest)
        unloaded(guest, near, near.portal)
        seen = plain.seen(guest)
    seen.check_clean()
    seen.check_arp([ours, another])
    types = seen.check_dhcp()
    assert types.count(DECLINE) == 1 and types[-4:] == [DISCOVER, OFFER, REQUEST, ACK], types
    claimed = int(seen.rows("arp && eth.src == " + THIEF)[0]["frame.number"])
    defended = [f for f in seen.check_arp_of(ours) if int(f["frame.number"]) > claimed and
                f["eth.dst"] == BROADCAST and f["arp.dst.proto_ipv4"] == ours]
    assert len(defended) == 1, defended
