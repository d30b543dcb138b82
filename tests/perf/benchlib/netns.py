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


def make_tap():
    for words in ("link set lo up", "tuntap add dev %s mode tap" % TAP,
                  "addr add %s/24 dev %s" % (HOST, TAP), "link set %s up" % TAP):
        subprocess.run(["ip"] + words.split(), check=True)
