# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's isnsd (open-isns), private: an iSNS server that targets are registered with."""

import os
import shutil
import socket
import subprocess
import tempfile

from .daemon import LOOPBACK, Daemon, TargetError, free_port, require

CONFIG = """\
SourceName = iqn.2026-01.org.ohba:isns
Database = {directory}/database
PIDFile = {directory}/isnsd.pid
ControlSocket = {control}
ServerAddress = {address}:{port}
SLPRegister = 0
Security = 0
DefaultDiscoveryDomain = {visible:d}
RegistrationPeriod = 10m
"""

PORT = 3205

# That is not to be configured; but sockets that systemd has made are taken as they are, the
# control socket first. Who starts it must name its process.
START = ('exec 3<&"$1" 4<&"$2"; shift 2; LISTEN_FDS=2 LISTEN_PID=$$ exec "$@"')


class Isnsd(Daemon):
    """visible: who is in no Discovery Domain sees all that are in none; else nobody sees
    anything, as no domain is made. Where .within is a namespace of the caller's, its port
    is that of iSNS."""

    name = "isnsd"

    def __init__(self, directory, visible=True):
        super().__init__(directory)
        self.visible = visible
        self.address = LOOPBACK
        self.port = free_port()
        self.config = os.path.join(self.directory, "isnsd.conf")
        self.control = None
        self.sockets = []

    @property
    def portal(self):
        return "%s:%d" % (self.address, self.port)

    def _listen(self, family, address):
        listener = socket.socket(family)
        self.sockets.append(listener)
        if family == socket.AF_INET:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(16)
        return listener.fileno()

    def start(self):
        if self.within:
            self.port = PORT
        # A unix socket's path has 107 characters at most: not under directory.
        self.control = tempfile.mkdtemp(prefix="ohba-isnsd-")
        with open(self.config, "w") as f:
            f.write(CONFIG.format(directory=self.directory, address=self.address,
                                  control=os.path.join(self.control, "control"),
                                  port=self.port, visible=self.visible))
        try:
            return super().start()
        finally:
            self._let_go()

    def _let_go(self):
        """So that they end with the daemon."""
        for listener in self.sockets:
            listener.close()
        self.sockets = []

    def argv(self):
        if self.within:
            return [require("isnsd"), "-f", "-c", self.config]
        listeners = [self._listen(socket.AF_UNIX, os.path.join(self.control, "control")),
                     self._listen(socket.AF_INET, (self.address, self.port))]
        self.pass_fds = listeners
        return ["bash", "-c", START, "bash", *map(str, listeners),
                require("isnsd"), "-f", "-c", self.config]

    def configure(self):
        self._let_go()
        self.wait_for("answer", lambda: self.nodes() is not None)

    def _end(self, sig):
        super()._end(sig)
        if self.control:
            shutil.rmtree(self.control, ignore_errors=True)
            self.control = None

    def _admin(self, *args):
        return subprocess.run([require("isnsadm"), "--config", self.config, *args],
                              capture_output=True, text=True, timeout=20)

    def admin(self, *args):
        done = self._admin(*args)
        if done.returncode:
            raise TargetError("isnsadm %s: %s" % (" ".join(args), done.stderr.strip()))
        return done.stdout

    def register(self, entity, portals, names):
        """What `entity` has: each target at each portal."""
        self.admin("--local", "--register", "entity=" + entity,
                   *("portal=" + portal for portal in portals),
                   *("target=" + name for name in names))

    def nodes(self):
        """Names of the nodes that are registered; None if it does not answer."""
        done = self._admin("--local", "--list", "nodes")
        if done.returncode and "No such entry" not in done.stderr + done.stdout:
            return None
        return [line.split('"')[1] for line in done.stdout.splitlines()
                if "iSCSI name" in line and '"' in line]
