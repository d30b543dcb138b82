# SPDX-License-Identifier: GPL-2.0-or-later
"""uipd is killed, every second for a minute: sessions do not notice, and what needs it happens
all the same, as soon as there is one. A lease holds, and ends, as if it had been there."""

import pytest
from lab import (     # noqa: F401
    adapter_only, lab, LEASE, LEASES6, long_only, scratch, SERVER)
from lab.rfc import ACK, DISCOVER, OFFER, REBIND6, RELEASE6, REQUEST, SOLICIT6, UNSPECIFIED
from targets import Tgtd

KILLS = 60


@adapter_only
@long_only
def test_killed_every_second(lab):      # noqa: F811
    near = lab.target(Tgtd, lab.server, SERVER, targets=2, size_mib=64)
    lab.dhcp()
    lab.wire.set("w0", snap=0)
    used, other = near.names
    with lab.guest() as guest:
        guest.do("adapter_up; dhcp")
        address = guest.do("cat $sysfs/ipaddress").strip()
        guest.do("discover %s; login %s %s; start_load %s 1" %
                 (near.portal, used, near.portal, used))
        session = guest.do("session " + used)
        guest.do("start_relogins %s %s" % (other, near.portal))
        guest.do("kill_uipd %d" % KILLS, 300)
        logins = int(guest.do("end_relogins", 120).split()[-1])
        assert logins >= 5, "%d logins in a minute" % logins
        assert guest.do("session " + used) == session
        # Of the others' connections the target lets go, as they log out.
        assert "connection%s:" % session.strip().rpartition("session")[2] not in \
            guest.do("connections_lost")
        guest.do("moves 10; end_load", 300)
        assert guest.do("cat $sysfs/ipaddress").strip() == address
        guest.do("wait_until 60 'the lease' grep -q 'DHCP: %s' /tmp/uipd.log" % address)
        guest.do("logout %s %s; expect_nothing_left" % (used, near.portal))
        seen = lab.seen(guest)
    assert address.startswith(LEASE)
    assert seen.check_dhcp()[-1] == ACK


def killed(guest):
    guest.do("end_uipd KILL")
    return guest.do("cat $sysfs/ipaddress $sysfs6/ipaddress")


def started_again(guest, address):
    guest.do("start_uipd --debug all; wait_until 30 'the lease' grep 'as before' /tmp/uipd.log")
    assert guest.do("cat $sysfs/ipaddress $sysfs6/ipaddress") == address


@adapter_only
def test_lease_holds(lab):      # noqa: F811
    """RFC 2131 3.2: who starts again asks for the address that it has, and uses it meanwhile."""
    near = lab.target(Tgtd, lab.server, SERVER, size_mib=64)
    lab.dhcp()
    with lab.guest() as guest:
        guest.do("adapter_up; dhcp")
        guest.do("discover %s; login %s %s" % (near.portal, near.names[0], near.portal))
        session = guest.do("session " + near.names[0])
        address = killed(guest)
        started_again(guest, address)
        guest.do("wait_until 30 'the server' grep 'says that it holds' /tmp/uipd.log")
        assert guest.do("session " + near.names[0]) == session
        guest.do("logout %s %s; expect_nothing_left" % (near.names[0], near.portal))
        seen = lab.seen(guest)
    assert seen.check_dhcp() == [DISCOVER, OFFER, REQUEST, ACK, REQUEST, ACK]
    again = seen.dhcp()[4]
    assert again["dhcp.option.requested_ip_address"] == address.split()[0], again
    assert not again["dhcp.option.dhcp_server_id"], again
    probes = [f for f in seen.check_arp([address.split()[0]])
              if f["arp.src.proto_ipv4"] == UNSPECIFIED]
    assert probes and not [f for f in probes if int(f["frame.number"]) >
                           int(again["frame.number"])], probes


@adapter_only
@long_only
@pytest.mark.parametrize("how", ["dhcp", "dhcpv6"])
def test_lease_ends(lab, how):      # noqa: F811
    """The server went, and uipd was killed: what it got ends when it would have."""
    server = lab.dhcp() if how == "dhcp" else lab.router6(LEASES6)
    v = "" if how == "dhcp" else "6"
    with lab.guest() as guest:
        guest.do("adapter_up; " + ("autocfg6 " if v else "") + how, 150)
        address = killed(guest)
        server.stop()
        started_again(guest, address)
        guest.do("wait_until 180 'its end' no_address" + v, 300)
        guest.do("grep 'the lease is over' /tmp/uipd.log")
        seen = lab.seen(guest)
    if how == "dhcp":
        types = seen.check_dhcp()
        assert types[:4] == [DISCOVER, OFFER, REQUEST, ACK]
        # Asked for as long as it lasts; then from the start.
        assert types[4:].count(REQUEST) >= 4, types
        assert DISCOVER not in types[4:-1], types
    else:
        types = seen.check_dhcp6("!vlan")
        assert REBIND6 in types and RELEASE6 not in types, types
        assert SOLICIT6 not in types[types.index(REBIND6):-1], types
