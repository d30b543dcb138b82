# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's tgtd, private: own control socket, own ports. It refuses digests."""

import os
import shutil
import signal
import subprocess
import tempfile

from .daemon import Target, TargetError, free_port, require

CONTROL_PORT = 1


class Tgtd(Target):
    """`targets` targets, each with `luns` disks of `size_mib` from LUN 1 on.

    chap: (user, secret) that every target demands; chap_out: those that it answers
    with if it is challenged in turn. params: negotiation keys that
    every target offers, e.g. {"InitialR2T": "No", "MaxOutstandingR2T": 8}.
    """

    name = "tgtd"
    stop_signal = signal.SIGKILL        # it ignores SIGTERM while sessions live

    def __init__(self, directory, targets=1, luns=1, size_mib=256, chap=None,
                 chap_out=None, params=None, base="iqn.2026-01.org.ohba:tgtd"):
        super().__init__(directory, size_mib)
        self.luns = luns
        self.chap = chap
        self.chap_out = chap_out
        self.params = params or {}
        self.names = ["%s.%d" % (base, i) for i in range(targets)]
        self.ipc = None
        require("tgtadm")

    @property
    def scratch_portal(self):
        return "127.0.0.1:%d" % self.scratch_port

    def argv(self):
        # Nobody is to see a tgtd whose targets do not exist yet: an initiator
        # in recovery takes "target not found" for final. So it starts on a port
        # that nobody knows and gets its real portals last.
        self.scratch_port = free_port()
        return [require("tgtd"), "-f", "-C", str(CONTROL_PORT), "-t", "4",
                "--iscsi", "portal=" + self.scratch_portal]

    def environment(self):
        # A unix socket's path has 107 characters at most: not under directory.
        self.ipc = tempfile.mkdtemp(prefix="ohba-tgtd-")
        return dict(os.environ, TGT_IPC_SOCKET=os.path.join(self.ipc, "ipc"))

    def _end(self, sig):
        super()._end(sig)
        if self.ipc:
            shutil.rmtree(self.ipc, ignore_errors=True)
            self.ipc = None

    def admin(self, mode, op, *args):
        argv = [require("tgtadm"), "-C", str(CONTROL_PORT), "--lld", "iscsi",
                "--mode", mode, "--op", op] + [str(a) for a in args]
        env = dict(os.environ, TGT_IPC_SOCKET=os.path.join(self.ipc, "ipc"))
        done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=20)
        if done.returncode:
            raise TargetError("%s: %s" % (" ".join(argv), done.stderr.strip()))
        return done.stdout

    def configure(self):
        self.wait_listening("127.0.0.1", self.scratch_port)
        for user, secret in filter(None, (self.chap, self.chap_out)):
            self.admin("account", "new", "--user", user, "--password", secret)
        for tid, name in enumerate(self.names, 1):
            self.add_target(tid, name)
        for portal in self.portals():
            self.admin("portal", "new", "--param", "portal=" + portal)
        self.admin("portal", "delete", "--param", "portal=" + self.scratch_portal)
        self.wait_listening(self.address, self.port)

    def add_target(self, tid, name):
        self.admin("target", "new", "--tid", tid, "-T", name)
        for key, value in self.params.items():
            self.admin("target", "update", "--tid", tid, "--name", key, "--value", value)
        for lun in range(1, self.luns + 1):
            self.add_lun(tid, lun)
        if self.chap:
            self.admin("account", "bind", "--tid", tid, "--user", self.chap[0])
        if self.chap_out:
            self.admin("account", "bind", "--tid", tid, "--user", self.chap_out[0], "--outgoing")
        self.admin("target", "bind", "--tid", tid, "-I", "ALL")

    def add_lun(self, tid, lun):
        path = self.backing("t%d-lun%d.img" % (tid, lun))
        self.admin("logicalunit", "new", "--tid", tid, "--lun", lun,
                   "-b", path, "-E", "rdwr")
