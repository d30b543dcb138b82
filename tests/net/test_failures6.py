# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes wrong where addresses come by IPv6: service comes back, or the error is clear, and
no byte is wrong."""

from lab import (     # noqa: F401
    ADVERTISED, adapter_only, lab, LEASES6, long_only, plain, scratch, SERVER, SERVER6)
from lab.guest import loaded, logged_in_again, unloaded
from lab.rfc import DECLINE6, eui64, RENEW6, REPLY6, REQUEST6, SOLICIT6
from targets import Tgtd

RENEWAL_S = 120     # half of a lease of 2 minutes, and more
END_S = 180


@adapter_only
@long_only
def test_taken(lab):        # noqa: F811
    """RFC 4862 5.4: what somebody has is not used, and the log says whose it is. DHCPv6 asks
    for another (RFC 8415 18.2.8)."""
    near = lab.target(Tgtd, lab.server, SERVER, SERVER6, size_mib=64)
    router = lab.router6(ADVERTISED)
    with lab.guest() as guest:
        guest.do("adapter_up")
        by_mac = str(eui64("fd88:1::", guest.do("mac_of $iface").strip()))
        lab.server.ip("addr add %s/64 dev s0 nodad" % by_mac)
        guest.do("begin6 nd; wait_until 40 'the conflict' "
                 "grep 'SLAAC: %s is in use: ' /tmp/uipd.log; no_address6" % by_mac)
        guest.do("release6")
        router.stop()

        lab.router6(LEASES6)
        first = guest.do("autocfg6 dhcpv6").split()[-1]
        guest.do("release6")
        lab.server.ip("addr add %s/64 dev s0 nodad" % first)
        second = guest.do("autocfg6 dhcpv6").split()[-1]
        assert second != first
        guest.do("life '%s' %s 1" % (near.portal6, near.names[0]))
        seen = lab.seen(guest)
    seen.check_clean()
    assert not seen.ours("ipv6.src == " + by_mac)
    types = seen.check_dhcp6("ipv6")
    assert types.count(DECLINE6) == 1, types


@adapter_only
@long_only
def test_lease_runs_out(plain):     # noqa: F811
    """Under load: the lease is renewed, and nobody notices; then the server is gone when it
    ends, and comes back."""
    near = plain.target(Tgtd, plain.server, SERVER, SERVER6, size_mib=64)
    server = plain.router6(LEASES6)
    with plain.guest() as guest:
        guest.do("adapter_up; autocfg6 dhcpv6")
        loaded(guest, near, near.portal6)
        server.wait_for("renew the lease", lambda: "DHCPRENEW" in server.log_text(), RENEWAL_S)
        guest.do("moves 10")
        assert not guest.do("connections_lost").strip()
        server.stop()
        guest.do("wait_until %d 'the end of the lease' no_address6" % END_S, 300)
        guest.do("grep 'DHCPv6: the lease is over' /tmp/uipd.log")
        plain.router6(LEASES6)
        guest.do("wait_until 150 'a lease' has_address6", 200)
        logged_in_again(guest)
        unloaded(guest, near, near.portal6)
        seen = plain.seen(guest)
    seen.check_clean()
    types = seen.check_dhcp6("ipv6")
    renewed = types.index(RENEW6)
    assert REQUEST6 in types[:renewed] and types[renewed + 1] == REPLY6, types
    assert SOLICIT6 in types[renewed:] and types[-1] == REPLY6, types
