# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/vm and tests/demo before COMMAND: wrong words, timeouts, the terminal."""
import fcntl
import os
import pathlib
import pty
import re
import signal
import subprocess
import sys
import termios
import time

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from vmlib import tsc  # noqa: E402
from vmlib.machine import last_of, no_end  # noqa: E402


def run(program, *args):
    return subprocess.run([TESTS / program, *args], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("args, words", [
    (("--qemu", '"unbalanced'), ("--qemu", '"unbalanced', "quotation")),
    (("--timeout", "-5"), ("--timeout", "'-5'", "from 0")),
    (("--timeout", "nan"), ("--timeout", "nan")),
    (("--smp", "0"), ("--smp", "at least 1")),
    (("--mem", "10"), ("--mem", "at least 256")),
    (("--hotplug", "-1"), ("--hotplug", "at least 0")),
    (("--kernel", "5.10"), ("--kernel", "'5.10'", "6.1 ")),
    (("--adapter", "bogus"), ("--adapter", "'bogus'", "classes are: fw")),
    (("--forward", "3260"), ("--forward", "'3260'", "two ports")),
    (("--forward", "0:3260"), ("--forward", "two ports")),
    (("--forward", "3260:65536"), ("--forward", "two ports")),
    (("--forward", "3260:3260"), ("--forward", "needs --net")),
    (("--env", "1x"), ("--env", "NAME=VALUE")),
    (("--env", "1x=y"), ("--env", "NAME=VALUE")),
    (("--shell",), ("--shell", "terminal")),
])
def test_wrong_words_are_refused_at_once(args, words):
    done = run("vm", *args, "--", "true")
    assert (done.returncode, done.stdout) == (2, "")
    usage, error = done.stderr.splitlines()
    assert usage.startswith("usage: tests/vm")
    for word in words:
        assert word in error


def test_no_command_is_refused():
    done = run("vm")
    assert done.returncode == 2 and "no COMMAND" in done.stderr


def test_a_refused_property_says_where_they_are_listed():
    done = run("vm", "--adapter", "fw,mac=zz", "--", "true")
    assert done.returncode == 72
    assert "'zz'" in done.stderr and "-device ohba-fw,help" in done.stderr


@pytest.mark.parametrize("args, word", [
    (("--shell",), "terminal"),
    (("--kernel", "5.10"), "'5.10'"),
    (("--timeout", "soon"), "'soon'"),
])
def test_demo_refuses_before_it_starts_a_target(args, word):
    done = run("demo", *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert word in done.stderr


@pytest.mark.parametrize("net", ["foo", "host wire"])
def test_make_refuses_a_network_before_it_builds(net):
    done = subprocess.run(["make", "-n", "demo", "NET=" + net], cwd=TESTS.parent,
                          capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert "NET=%s: host or wire" % net in done.stderr


def test_timeout_report():
    done = run("vm", "--timeout", "0.3", "--", "true")
    assert done.returncode == 71
    assert "no end after 0.3 s" in done.stderr and "COMMAND had not started" in done.stderr
    assert "--timeout" in done.stderr and "\n\n" not in done.stderr
    assert "COMMAND had started" in no_end(6, True)


def test_the_guest_is_told_how_fast_its_counter_is():
    done = run("vm", "--tcg", "--", "sh", "-c", "cat /proc/cmdline; dmesg | grep tsc:")
    assert done.returncode == 0, done.stdout + done.stderr
    told = int(re.search(r"tsc_early_khz=([0-9]+)", done.stdout)[1])
    assert abs(told / tsc.khz() - 1) < 0.01
    # What it measures after all it gives up if it is a tenth off.
    used = float(re.search(r"tsc: Detected ([0-9.]+) MHz", done.stdout)[1]) * 1000
    assert abs(used / told - 1) < 0.12


def test_excerpt_is_left_out_if_empty():
    assert last_of("console.log", "\n") == ""
    assert last_of("console.log", "a\nb\n") == "; last of console.log:\na\nb"


class OnTerminal:
    """tests/vm in the foreground of a terminal of its own."""

    def __init__(self, *args):
        self.near, self.far = pty.openpty()
        self.modes = self.state()
        self.process = subprocess.Popen([TESTS / "vm", *args], stdin=self.far, stdout=self.far,
                                        stderr=self.far, start_new_session=True,
                                        preexec_fn=self.as_login_does)

    @staticmethod
    def as_login_does():
        """Who runs us in the background may have had signals ignored."""
        fcntl.ioctl(0, termios.TIOCSCTTY)
        for number in signal.SIGINT, signal.SIGHUP, signal.SIGQUIT:
            signal.signal(number, signal.SIG_DFL)

    def state(self):
        return termios.tcgetattr(self.far), fcntl.fcntl(self.far, fcntl.F_GETFL)

    def raw(self):
        return not termios.tcgetattr(self.far)[3] & termios.ICANON

    def qemu(self):
        """The process id of its guest, or nothing yet."""
        pid = self.process.pid
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return next((int(child) for child in children if name_of(child) == "qemu-system-x86"), 0)

    def said(self):
        return os.read(self.near, 65536).decode()


def name_of(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def wait_until(holds, timeout_s=20):
    end = time.monotonic() + timeout_s
    while not (found := holds()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


@pytest.fixture
def on_terminal():
    started = []

    def start(*args):
        started.append(OnTerminal(*args))
        return started[-1]

    yield start
    for vm in started:
        vm.process.kill()
        vm.process.wait()
        os.close(vm.near)
        os.close(vm.far)


def test_ctrl_c_ends_a_plain_run_at_once(on_terminal):
    vm = on_terminal("--", "sleep", "1000")
    qemu = wait_until(vm.qemu)
    assert not vm.raw()
    os.write(vm.near, b"\x03")
    assert vm.process.wait(30) == 130
    wait_until(lambda: not name_of(qemu))
    assert vm.state() == vm.modes
    assert "Traceback" not in vm.said()


@pytest.mark.parametrize("number, status", [
    (None, 71), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_shell_gives_the_terminal_back(on_terminal, number, status):
    vm = on_terminal("--shell", *(() if number else ("--timeout", "1.5")))
    wait_until(lambda: vm.raw() or vm.process.poll() is not None)
    if number:
        vm.process.send_signal(number)
    assert vm.process.wait(30) == status
    assert vm.state() == vm.modes
