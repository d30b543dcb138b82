# SPDX-License-Identifier: GPL-2.0-or-later
"""Network namespaces, which last as long as we do.

Each is held by a process that reads from a pipe of ours. Who is not root gets a user
namespace first, in which he is.
"""

import os
import subprocess

from targets import TargetError

SENDER = """
import socket, sys
out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
out.bind((sys.argv[1], 0))
for frame in sys.stdin.read().split():
    out.send(bytes.fromhex(frame))
"""


def netns_allowed():
    """Whether this machine lets us have namespaces, and taps in them."""
    try:
        space = Namespace()
    except TargetError:
        return False
    try:
        space.ip("tuntap add dev t0 mode tap")
        return True
    except TargetError:
        return False
    finally:
        space.end()


class Namespace:
    """within: the words that run a command there. inside: another one, whose user it has."""

    def __init__(self, inside=None):
        new_user = [] if os.geteuid() == 0 or inside else ["--user", "--map-root-user"]
        self.holder = subprocess.Popen(
            (inside.within if inside else []) + ["unshare", "--net"] + new_user +
            ["sh", "-c", "ip link set lo up && echo && exec cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if not self.holder.stdout.readline():
            raise TargetError("no network namespace: %s" %
                              self.holder.stderr.read().decode().strip())
        self.within = ["nsenter", "--target", str(self.holder.pid), "--net"]
        if os.geteuid() != 0:
            self.within += ["--user", "--preserve-credentials"]

    @property
    def path(self):
        return "/proc/%d/ns/net" % self.holder.pid

    def run(self, command):
        """A command there, as words in a string; it has to succeed."""
        done = subprocess.run(self.within + command.split(), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)
        if done.returncode:
            raise TargetError("%s: %s" % (command, done.stderr.strip()))
        return done.stdout

    def ip(self, *commands):
        for command in commands:
            self.run("ip " + command)

    def send(self, interface, *frames):
        """As they are, onto an interface there."""
        subprocess.run(self.within + ["/usr/bin/python3", "-c", SENDER, interface],
                       input=" ".join(frame.hex() for frame in frames), text=True, check=True)

    def end(self):
        self.holder.communicate()
