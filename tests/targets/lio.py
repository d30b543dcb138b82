# SPDX-License-Identifier: GPL-2.0-or-later
"""LIO, Linux's own target: a part of the kernel, so that it has a guest for itself."""

import contextlib
import os
import shutil
import signal
import socket
import tempfile

from .daemon import Target, TargetError, require

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BOOT_S = 600
ANSWER_S = 60
PORT_THERE = 3260
DONE = b"--- done\n"
CONFIGFS = "/sys/kernel/config/target/iscsi"

# Portals last: an initiator that finds no target in one takes that for final.
TARGET = """\
/backstores/block create name=lu{number} dev=/dev/vd{letter}
/iscsi create {name}
/iscsi/{name}/tpg1/luns create /backstores/block/lu{number}
/iscsi/{name}/tpg1 set attribute generate_node_acls=1 demo_mode_write_protect=0
"""
ACCOUNT = """\
/iscsi/{name}/tpg1 set attribute authentication=1
/iscsi/{name}/tpg1 set auth userid={user} password={secret}
"""
ACCOUNT_OUT = """\
/iscsi/{name}/tpg1 set auth mutual_userid={user} mutual_password={secret}
"""
PORTAL = """\
/iscsi/{name}/tpg1 enable
/iscsi/{name}/tpg1/portals create 0.0.0.0 {port}
"""


class Lio(Target):
    """A target with a disk at LUN 0 that lets everybody in; with chap, a second one.

    chap: (user, secret) that the second one demands; chap_out: those that it answers
    with if it is challenged in turn. Names and secrets are words of targetcli's: without
    spaces. What SendTargets lists is an address in the guest, which nobody here reaches.
    """

    name = "lio"
    stop_signal = signal.SIGTERM        # tests/vm takes the guest's power away

    def __init__(self, directory, size_mib=64, chap=None, chap_out=None,
                 base="iqn.2026-01.org.ohba.lio"):
        super().__init__(directory, size_mib)
        self.chap = chap
        self.chap_out = chap_out
        self.names = ["%s:%d" % (base, i) for i in range(2 if chap else 1)]
        self.starts = 0
        self.socket = self.listener = self.place = None
        require("targetcli")

    def portals(self):
        return [self.portal]

    def argv(self):
        self.starts += 1
        self.place = tempfile.mkdtemp(prefix="ohba-lio-")    # a short path: it is a socket's
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(os.path.join(self.place, "port"))
        self.listener.listen()
        argv = [os.path.join(TESTS, "vm"), "--timeout", "0", "--mem", "512", "--net",
                "--forward", "%d:%d" % (self.port, PORT_THERE)]
        for words in self.qemu_words():
            argv += ["--qemu", words]
        return argv + ["--", "tests/targets/lio-guest.sh", self.write_setup()]

    def qemu_words(self):
        yield "-chardev socket,id=lio,path=%s/port" % self.place
        yield "-device virtserialport,chardev=lio,name=ohba.lio"
        for i in range(len(self.names)):
            yield "-drive file=%s,format=raw,if=none,id=lu%d" % (self.backing("lu%d.img" % i), i)
            yield "-device virtio-blk-pci,drive=lu%d" % i

    def write_setup(self):
        """The lines for targetcli."""
        path = os.path.join(self.directory, "targetcli")
        with open(path, "w") as f:
            f.write("set global auto_add_default_portal=false auto_save_on_exit=false "
                    "auto_enable_tpgt=false\n")
            for i, name in enumerate(self.names):
                f.write(TARGET.format(number=i, letter="abcdef"[i], name=name))
            closed = self.names[-1]
            if self.chap:
                f.write(ACCOUNT.format(name=closed, user=self.chap[0], secret=self.chap[1]))
            if self.chap_out:
                f.write(ACCOUNT_OUT.format(name=closed, user=self.chap_out[0],
                                           secret=self.chap_out[1]))
            f.writelines(PORTAL.format(name=name, port=PORT_THERE) for name in self.names)
        return path

    def configure(self):
        served = "lio: serves %d" % len(self.names)
        self.wait_for("serve", lambda: self.log_text().count(served) == self.starts, BOOT_S)
        self.listener.settimeout(ANSWER_S)
        self.socket = self.listener.accept()[0]

    def _end(self, sig):
        self.resume()
        super()._end(sig)
        for end in filter(None, (self.socket, self.listener)):
            end.close()
        self.socket = self.listener = None
        if self.place:
            shutil.rmtree(self.place, ignore_errors=True)
            self.place = None

    def kill(self):
        self._end(self.stop_signal)

    def pause(self):
        """It says nothing more, and ends no connection, until resume()."""
        os.killpg(self.process.pid, signal.SIGSTOP)

    def resume(self):
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGCONT)

    def ask(self, line):
        """What a line of shell says there, in lib.sh's world."""
        self.socket.settimeout(ANSWER_S)
        answer = b""
        self.socket.sendall(line.encode() + b"\n")
        while not answer.endswith(DONE):
            more = self.socket.recv(65536)
            if not more:
                raise TargetError("lio: the guest ended at '%s': %s" % (line, self.log_text()))
            answer += more
        return answer[:-len(DONE)].decode()

    def enable(self, name, there=True):
        """A target that is not there ends its sessions, and refuses logins for now."""
        self.ask("echo %d >%s/%s/tpgt_1/enable" % (there, CONFIGFS, name))

    def logins(self, name):
        """How many there were, by how they ended: accepts, authenticate_fails, ..."""
        folder = "%s/%s/fabric_statistics/iscsi_login_stats" % (CONFIGFS, name)
        lines = self.ask("(cd %s && grep . *)" % folder).splitlines()
        return {key: int(count) for key, _, count in (line.partition(":") for line in lines)
                if count.strip().isdigit()}
