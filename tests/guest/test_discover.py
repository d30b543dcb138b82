# SPDX-License-Identifier: GPL-2.0-or-later
"""Discovery by the adapter itself: tgtd with several targets, with CHAP, and nobody; isnsd."""

import socket

from conftest import adapter_only, target_env
from targets import Isnsd, Tgtd

OURS = ("us", "a secret of ours")


@adapter_only
def test_discover(boot, target):
    chap = target(Tgtd, base="iqn.2026-01.org.ohba:chap", chap=OURS, name="chap")
    chap.admin("account", "bind", "--user", OURS[0])    # of no target: of discovery
    with socket.socket() as silent, socket.socket() as closed:
        silent.bind(("127.0.0.1", 0))
        silent.listen(1)
        silent.settimeout(120)
        closed.bind(("127.0.0.1", 0))                   # and does not listen
        env = dict(target_env("TGTD", target(Tgtd, targets=3)), OUR_SECRET=OURS[1],
                   CLOSED_PORT=closed.getsockname()[1],
                   SILENT_PORTAL="127.0.0.1:%d" % silent.getsockname()[1],
                   **target_env("CHAP", chap))
        guest = boot("guest-discover.sh", env=env)
        guest.wait_line("--- the driver goes", 300)
        connection, _ = silent.accept()
        with connection:
            guest.tell("silent")
            guest.finish()


@adapter_only
def test_isns(boot, target):
    """What Debian's isnsd knows: tgtd's targets, and one where nobody is."""
    tgtd = target(Tgtd, targets=2)
    isnsd = target(Isnsd)
    hidden = target(Isnsd, name="hidden", visible=False)
    for server in isnsd, hidden:
        server.register("disks", [tgtd.portal], tgtd.names)
    isnsd.register("elsewhere", ["192.0.2.7:3999"], ["iqn.2026-01.org.ohba:elsewhere"])
    registered = sorted(isnsd.nodes())
    env = dict(target_env("TGTD", tgtd), ISNS_PORTAL=isnsd.portal, HIDDEN_PORTAL=hidden.portal)
    boot("guest-isns.sh", env=env).finish()
    # The adapter registered itself, to be told, and left.
    assert sorted(isnsd.nodes()) == registered
    assert "iSCSI node type = Initiator" not in isnsd.admin("--local", "--list", "nodes")
