# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the guest tests: targets on the host, and one boot of a guest.

OHBA_TRANSPORT=tcp runs them over the kernel's iscsi_tcp in place of the adapter:
what fails there too is the test's or the target's fault, not the adapter's.
OHBA_KERNEL=6.12 boots that kernel; 6.1-debug is the one of `make check-debug`,
which gets more of all timeouts, and the memory that it takes for itself.
"""

import glob
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import pytest

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(TESTS)
sys.path.insert(0, TESTS)

from targets import Capture, Istgt, Tgtd  # noqa: E402

TRANSPORT = os.environ.get("OHBA_TRANSPORT", "be2iscsi")
KERNEL = os.environ.get("OHBA_KERNEL", "6.1")
OVER_ADAPTER = TRANSPORT != "tcp"
DEBUG = KERNEL.endswith("-debug")
SLOWNESS = 4 if DEBUG else 1
DEBUG_MEM_MIB = 512 if DEBUG else 0
SCRATCH = os.path.join(ROOT, "build", "guest")
KEPT_LINES = 60

adapter_only = pytest.mark.skipif(not OVER_ADAPTER, reason="needs the adapter")
LONGEST = os.environ.get("OHBA_LONG") == "1"
LONG = LONGEST or DEBUG         # there with fewer of what is repeated
long_only = pytest.mark.skipif(not LONG, reason="takes long: make check-long")
debug_only = pytest.mark.skipif(not DEBUG, reason="needs the kernel of make check-debug")


def as_guest_reaches(portal):
    """iscsi_tcp in the guest sees the host's loopback through slirp."""
    if OVER_ADAPTER:
        return portal
    return portal.replace("127.0.0.1", "10.0.2.2").replace("::1", "fec0::2")


def target_env(prefix, target):
    portals = [as_guest_reaches(p) for p in target.portals()] + [""]
    return {prefix + "_PORTAL": portals[0], prefix + "_PORTAL6": portals[1],
            prefix + "_NAMES": " ".join(target.names)}


class Guest:
    """A running guest: its output as lines, its status in the end."""

    def __init__(self, argv, log):
        self.lines = []
        self.log = log
        self.more = threading.Condition()
        self.process = subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.DEVNULL, text=True,
                                        errors="replace", stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, start_new_session=True)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        with open(self.log, "w") as log:
            for line in self.process.stdout:
                log.write(line)
                log.flush()
                with self.more:
                    self.lines.append(line.rstrip("\r\n"))
                    self.more.notify_all()
        with self.more:
            self.lines.append(None)
            self.more.notify_all()

    def wait_more(self, text, count, timeout_s=120):
        """Wait for count more lines that hold text than it has said until now."""
        with self.more:
            said = sum(text in line for line in self.lines if line is not None)
        return self.wait_line(text, timeout_s, skip=said + count - 1)

    def wait_line(self, text, timeout_s=120, skip=0):
        """A line that holds text, not the first skip; the guest's end or timeout_s fail."""
        seen = 0
        timeout_s *= SLOWNESS
        deadline = time.monotonic() + timeout_s
        with self.more:
            while True:
                for line in self.lines[seen:]:
                    if line is None:
                        self.report("the guest ended before it said %r" % text)
                    seen += 1
                    if text in line:
                        skip -= 1
                        if skip < 0:
                            return line
                if not self.more.wait(deadline - time.monotonic()):
                    self.report("the guest did not say %r in %d s" % (text, timeout_s))

    def each_line(self, quiet_s):
        """Lines from the first on, until its end; quiet_s without one fail."""
        seen = 0
        while True:
            with self.more:
                if not self.more.wait_for(lambda: len(self.lines) > seen, quiet_s):
                    self.report("the guest said nothing for %d s" % quiet_s)
                line = self.lines[seen]
            if line is None:
                return
            seen += 1
            yield line

    def count(self, text):
        """How many lines hold text until now."""
        with self.more:
            return sum(text in line for line in self.lines if line is not None)

    def tell(self, word):
        """Let the guest's `told WORD` be true from now on."""
        mine = glob.glob(os.path.join(ROOT, "build/vm/run-*-%d/out" % self.process.pid))
        with open(os.path.join(max(mine), word), "w"):
            pass

    def finish(self, status=0):
        """Wait for its end, expect that status; returns the output."""
        self.process.wait()
        self.reader.join()
        if self.process.returncode != status:
            self.report("the guest's status is %d, not %d" % (self.process.returncode, status))
        return "\n".join(line for line in self.lines if line is not None)

    def report(self, what):
        lines = [line for line in self.lines if line is not None]
        failed = [line for line in lines if line.startswith("FAIL")]
        pytest.fail("\n".join([what + "; log: " + self.log] + failed + lines[-KEPT_LINES:]),
                    pytrace=False)

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def vm_argv(script, *args, adapters=("fw",), smp=2, mem=1024, kernel=KERNEL, env=None,
            hotplug=0, qmp=None, net=False, udev=False, modules=True, early="", qemu="",
            append="", timeout=300):
    argv = [os.path.join(TESTS, "vm"), "--kernel", kernel, "--smp", str(smp),
            "--mem", str(mem + DEBUG_MEM_MIB), "--timeout", str(timeout * SLOWNESS)]
    if net or not OVER_ADAPTER:
        argv += ["--net"]
    if udev:
        argv += ["--udev"]
    if not modules:
        argv += ["--no-modules"]
    for adapter in adapters if OVER_ADAPTER else ():
        argv += ["--adapter", adapter]
    if early:
        argv += ["--early", early]
    if hotplug:
        argv += ["--hotplug", str(hotplug)]
    if qmp:
        argv += ["--qmp", qmp]
    argv += ["--qemu=" + qemu, "--append=" + append]
    for key, value in dict(env or {}, OHBA_TRANSPORT=TRANSPORT, OHBA_SLOWNESS=SLOWNESS).items():
        argv += ["--env", "%s=%s" % (key, value)]
    return argv + ["--", os.path.join("tests/guest", script)] + list(args)


@pytest.fixture
def scratch(request):
    """An empty directory of this test's own under build/."""
    path = os.path.join(SCRATCH, request.node.name.replace("/", "_"))
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    yield path
    for root, _, files in os.walk(path):
        for name in files:
            if name.endswith(".img"):
                os.unlink(os.path.join(root, name))


@pytest.fixture
def boot(scratch):
    """boot(script, *args, **vm_argv's) -> Guest, ended after the test."""
    guests = []

    def start(script, *args, **kwargs):
        log = os.path.join(scratch, "guest%d.log" % len(guests))
        guests.append(Guest(vm_argv(script, *args, **kwargs), log))
        return guests[-1]

    yield start
    for guest in guests:
        guest.end()


@pytest.fixture
def qmp_path():
    """For a socket; such a path is short, whatever the project's folder is called."""
    with tempfile.TemporaryDirectory(prefix="ohba-qmp-") as directory:
        yield os.path.join(directory, "qmp")


@pytest.fixture
def target(scratch):
    """target(Tgtd, **its arguments) -> a running target, stopped after the test."""
    running = []

    def start(kind, name="", **kwargs):
        directory = os.path.join(scratch, name or "%s%d" % (kind.name, len(running)))
        running.append(kind(directory, **kwargs).start())
        return running[-1]

    yield start
    try:
        for t in running:
            t.check_alive()
    finally:
        for t in running:
            t.stop()


__all__ = ["Capture", "Istgt", "Tgtd"]
