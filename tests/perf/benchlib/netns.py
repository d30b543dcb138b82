# SPDX-License-Identifier: GPL-2.0-or-later
"""A network of our own for iscsi_tcp in the guest: a tap device in a namespace.

QEMU's user networking would be the slower way by far: it is a TCP of its own
with small segments. A tap takes what the guest's TCP makes, whole (TSO), and
ends at this machine's TCP, where the target listens.
"""

import os
import subprocess
import sys

TAP = "ohba0"
HOST = "10.77.0.1"
# The network that an adapter is a station of: a bridge, and a tap for each who is on it.
LAN = "ohba-lan"
LAN_HOST = "10.77.8.1"
LAN_TAPS = {"tcp": "ohba1", "wire": "ohba2"}
LAN_MTU = 9000
MARKER = "OHBA_NETNS"


def unshare():
    """The words that give a command a network namespace; root needs no user's."""
    words = ["unshare", "--net"]
    return words if os.geteuid() == 0 else words + ["--user", "--map-root-user"]


def works():
    test = unshare() + ["ip", "tuntap", "add", "dev", TAP, "mode", "tap"]
    return subprocess.run(test, stdin=subprocess.DEVNULL, capture_output=True,
                          check=False).returncode == 0


def enter():
    """Run this program again in such a namespace, with the tap in it; True once there."""
    if os.environ.get(MARKER):
        make_tap()
        return True
    if not works():
        return False
    os.environ[MARKER] = "yes"
    os.execvp("unshare", unshare() + [sys.executable] + sys.argv)


def ip(*lines):
    for words in lines:
        subprocess.run(["ip"] + words.split(), check=True)


def make_tap():
    ip("link set lo up", "tuntap add dev %s mode tap" % TAP,
       "addr add %s/24 dev %s" % (HOST, TAP), "link set %s up" % TAP)


def make_lan():
    ip("link add %s type bridge" % LAN)
    for tap in LAN_TAPS.values():
        ip("tuntap add dev %s mode tap" % tap, "link set %s mtu %d up" % (tap, LAN_MTU),
           "link set %s master %s" % (tap, LAN))
    ip("link set %s mtu %d up" % (LAN, LAN_MTU), "addr add %s/24 dev %s" % (LAN_HOST, LAN))
