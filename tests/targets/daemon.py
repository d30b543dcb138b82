# SPDX-License-Identifier: GPL-2.0-or-later
"""One daemon of ours: started, waited for, stopped by the pid we started."""

import atexit
import contextlib
import ctypes
import os
import random
import shutil
import signal
import socket
import subprocess
import time

# Below the kernel's ephemeral range (32768 on), so that a port stays ours while
# its target is dead: no outgoing connection takes it meanwhile.
PORTS = range(20000, 32000)
LOOPBACK = "127.0.0.1"
PR_SET_PDEATHSIG = 1
READY_TIMEOUT_S = 20

claims = []


class TargetError(RuntimeError):
    """A target or a capture that cannot be had; the text says why."""


def has_ipv6():
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as s:
        s.bind(("::1", 0))
        return True
    return False


def claim(port):
    """Nobody else's claim as long as this process lives; OSError if it is somebody's."""
    name = socket.socket(socket.AF_UNIX)
    try:
        name.bind("\0ohba-test-port-%d" % port)
    except OSError:
        name.close()
        raise
    claims.append(name)


def free_port():
    """A TCP port that nobody listens on, on neither loopback address, and that no other
    test is about to: a target may listen late, or stop in between."""
    for port in random.sample(PORTS, 100):
        try:
            claim(port)
            with socket.socket(socket.AF_INET) as s:
                s.bind(("127.0.0.1", port))
            if has_ipv6():
                with socket.socket(socket.AF_INET6) as s:
                    s.bind(("::1", port))
            return port
        except OSError:
            continue
    raise TargetError("no free TCP port between %d and %d" % (PORTS[0], PORTS[-1]))


def require(program):
    path = shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not path:
        raise TargetError("%s is missing: run make deps" % program)
    return path


def sparse_file(path, size_mib):
    with open(path, "wb") as f:
        f.truncate(size_mib << 20)
    return path


def die_with_parent():
    """The daemon gets SIGKILL if the test that started it dies itself."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Daemon:
    """Base of the targets. A subclass says what to run and when it is ready."""

    name = "daemon"
    stop_signal = signal.SIGTERM
    stop_timeout_s = 3      # then it is killed
    talks = False           # on standard input and output, as lines

    def __init__(self, directory):
        self.directory = os.path.abspath(directory)
        os.makedirs(self.directory, exist_ok=True)
        self.log = os.path.join(self.directory, self.name + ".log")
        self.process = None
        self.within = []        # words that run a command where it is to run
        self.pass_fds = []      # open files that it gets

    def argv(self):
        raise NotImplementedError

    def environment(self):
        return os.environ

    def configure(self):
        """Called once the process runs; returns when clients are served."""

    def start(self):
        assert self.process is None, "%s is already started" % self.name
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.within + self.argv(), env=self.environment(),
                stdin=subprocess.PIPE if self.talks else subprocess.DEVNULL,
                stdout=subprocess.PIPE if self.talks else log, stderr=log, text=True,
                pass_fds=self.pass_fds,
                cwd=self.directory, start_new_session=True, preexec_fn=die_with_parent)
        atexit.register(self.kill)
        try:
            self.configure()
        except BaseException:
            self.kill()
            raise
        return self

    def stop(self):
        self._end(self.stop_signal)

    def kill(self):
        """As a crash or a power cut would: no goodbye on the wire."""
        self._end(signal.SIGKILL)

    def _end(self, sig):
        atexit.unregister(self.kill)
        if self.process is None:
            return
        process, self.process = self.process, None
        process.send_signal(sig)
        try:
            process.wait(self.stop_timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def check_alive(self):
        """Raise if it has ended by itself."""
        if self.process and self.process.poll() is not None:
            self.fail("ended by itself with status %d" % self.process.returncode)

    def log_text(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def fail(self, what):
        tail = "\n".join("  " + line for line in self.log_text().splitlines()[-10:])
        raise TargetError("%s %s; the end of %s:\n%s" % (self.name, what, self.log, tail))

    def wait_for(self, what, ready, timeout_s=READY_TIMEOUT_S):
        """Poll ready() until it is true; the daemon's death ends the wait at once."""
        deadline = time.monotonic() + timeout_s
        while not ready():
            if self.process.poll() is not None:
                self.fail("ended with status %d before %s" % (self.process.returncode, what))
            if time.monotonic() > deadline:
                self.fail("did not come to %s in %d s" % (what, timeout_s))
            time.sleep(0.02)

    def wait_listening(self, host, port):
        def connects():
            with contextlib.suppress(OSError):
                socket.create_connection((host, port), 1).close()
                return True
            return False

        def connects_there():
            return not subprocess.call(
                self.within + ["bash", "-c", "exec 3<>/dev/tcp/%s/%d" % (host, port)],
                stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait_for("listen on %s port %d" % (host, port),
                      connects_there if self.within else connects)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


class Target(Daemon):
    """A daemon that serves iSCSI on 127.0.0.1 and ::1, both on one port; or on
    .address, and .address6 if there is one, when a caller that has others sets them
    before start()."""

    def __init__(self, directory, size_mib):
        super().__init__(directory)
        self.size_mib = size_mib
        self.port = free_port()
        self.address = LOOPBACK
        self.address6 = None
        self.names = []

    @property
    def portal(self):
        return "%s:%d" % (self.address, self.port)

    @property
    def portal6(self):
        return "[%s]:%d" % (self.address6 or "::1", self.port)

    def portals(self):
        both = self.address6 or self.address == LOOPBACK and has_ipv6()
        return [self.portal] + ([self.portal6] if both else [])

    def backing(self, name):
        """A file that survives restarts: what was written is there again."""
        path = os.path.join(self.directory, name)
        if not os.path.exists(path):
            sparse_file(path, self.size_mib)
        return path
