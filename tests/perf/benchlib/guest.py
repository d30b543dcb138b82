# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest that does what it is asked: the host's end of guest-agent.sh."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time

from . import wiring

PERF = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TESTS = os.path.dirname(PERF)
ROOT = os.path.dirname(TESTS)
QEMU_S = 60
ANSWER_S = 300
DONE = b"--- done\n"
SESSIONS = "ohba", "tcp", "wire"


class GuestError(RuntimeError):
    """The guest ended, or does not answer; the text has what it said last."""


class Guest:
    """A booted guest; a context manager.

    paths: those it is to have; disks: what virtio's LUNs are (wiring.virtio_words);
    plugin: words for QEMU's -plugin.
    """

    def __init__(self, network, target, paths, disks=(), smp=1, plugin=None):
        self.network, self.target, self.paths = network, target, paths
        self.disks, self.smp, self.plugin = disks, smp, plugin
        self.buffer = b""

    @staticmethod
    def has_kvm():
        """Whether tests/vm would use KVM, as it found out at its last run."""
        with contextlib.suppress(OSError), open(os.path.join(ROOT, "build/vm/kvm")) as verdict:
            return verdict.read().split()[1] == "yes"
        return False

    def settings(self):
        if not self.target:
            return {}
        found = self.network.settings(self.target)
        if "tcp" not in self.paths:
            del found["PERF_ADDRESS"]
        return found

    def qemu_words(self):
        words = ["-chardev socket,id=perf,path=%s/port" % self.directory,
                 "-device virtserialport,chardev=perf,name=ohba.perf"]
        words += ["-plugin " + self.plugin] if self.plugin else []
        words += [self.network.words] if "tcp" in self.paths else []
        words += [wiring.virtio_words(self.disks)] if "virtio" in self.paths else []
        return words

    def argv(self):
        argv = [os.path.join(TESTS, "vm"), "--smp", str(self.smp), "--timeout", "0"]
        argv += ["--tcg"] if self.plugin else []
        argv += ["--adapter", "fw"] if "ohba" in self.paths else []
        argv += ["--adapter", "fw,netdev=lan"] if "wire" in self.paths else []
        for words in self.qemu_words():
            argv += ["--qemu", words]
        for pair in self.settings().items():
            argv += ["--env", "%s=%s" % pair]
        return argv + ["--", "tests/perf/guest-agent.sh"]

    def __enter__(self):
        self.directory = tempfile.mkdtemp(prefix="ohba-bench-")
        self.log = open(os.path.join(self.directory, "log"), "w+", errors="replace")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(os.path.join(self.directory, "port"))
            listener.listen()
            self.process = subprocess.Popen(self.argv(), cwd=ROOT, stdin=subprocess.DEVNULL,
                                            stdout=self.log, stderr=subprocess.STDOUT)
            try:
                self.port = self.accept(listener)
            except BaseException:
                self.end()
                raise
        return self

    def accept(self, listener):
        """QEMU's connection, which it makes before the guest runs."""
        listener.settimeout(0.2)
        end = time.monotonic() + QEMU_S
        while self.process.poll() is None and time.monotonic() < end:
            with contextlib.suppress(TimeoutError):
                return listener.accept()[0]
        raise GuestError("no guest:\n" + self.said())

    def __exit__(self, kind, *_):
        self.port.close()       # the agent's loop ends
        try:
            if not kind and self.process.wait(60):
                raise GuestError("the guest ended with %d:\n%s" %
                                 (self.process.returncode, self.said()))
        finally:
            self.end()

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def said(self):
        self.log.seek(0)
        return "".join(self.log.readlines()[-40:])

    def ask(self, line, *lines):
        """What it answers to the line and what belongs to it."""
        self.port.settimeout(ANSWER_S)
        try:
            self.port.sendall("".join(text + "\n" for text in (line, *lines)).encode())
            while not self.buffer.endswith(DONE):
                data = self.port.recv(65536)
                if not data:
                    raise GuestError("the guest is gone at '%s':\n%s" % (line, self.said()))
                self.buffer += data
        except OSError as error:
            raise GuestError("'%s': %s; the guest said:\n%s" %
                             (line, error, self.said())) from error
        answer, self.buffer = self.buffer[:-len(DONE)].decode(), b""
        return answer

    def attach(self, path, name=None, lun=0, digests=False):
        """A path's disk, as /dev/sdX."""
        words = ["attach", path]
        words += [name] if path in SESSIONS else []
        words += [str(lun)] if path != "debug" else []
        words += ["digests"] if digests and path in SESSIONS else []
        return self.ask(" ".join(words)).strip()

    def fio(self, jobs):
        return self.ask("fio", *jobs, ".")

    def signals(self, path):
        """(doorbells, interrupts) up to now."""
        return tuple(int(word) for word in self.ask("signals " + path).split())
