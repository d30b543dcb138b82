# SPDX-License-Identifier: GPL-2.0-or-later
"""uipd is killed every second for a minute: sessions do not notice, and what needs it happens
all the same, as soon as there is one."""

from lab import adapter_only, lab, LEASE, long_only, scratch, SERVER      # noqa: F401
from lab.rfc import ACK
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
