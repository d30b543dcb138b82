# SPDX-License-Identifier: GPL-2.0-or-later
"""Wrong input gets one line that names thing, reason and remedy; nothing stays."""

import contextlib
import os
import socket
import subprocess

import pytest

from conftest import OVER_ADAPTER, ROOT, adapter_only, as_guest_reaches, target_env
from qmp import Qmp
from targets import Tgtd

QEMU = os.path.join(ROOT, "build", "qemu", "qemu-system-x86_64")
PLUGGED_MAC = "52:54:00:0b:a0:99"


@contextlib.contextmanager
def silent_portal():
    """A listener whose backlog is full: it answers no SYN, as a dead host would."""
    with socket.socket() as listener, contextlib.ExitStack() as waiting:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            s = waiting.enter_context(socket.socket())
            s.setblocking(False)
            s.connect_ex(listener.getsockname())
        yield "127.0.0.1:%d" % listener.getsockname()[1]


@adapter_only
@pytest.mark.parametrize("properties, words", [
    ("queues=0", ("queues", "0", "1 to 255")),
    ("queues=256", ("queues", "256", "1 to 255")),
    ("queue-entries=100", ("queue-entries", "100", "power of two")),
    ("coalesce-us=1001", ("coalesce-us", "1001", "0 to 1000")),
    ("congestion=carrier-pigeon", ("congestion", "carrier-pigeon", "tcp_allowed")),
    ("congestion=reno-with-a-long-name", ("congestion", "tcp_allowed")),
    ("connections=5000", ("connections", "5000", "1 to 4096")),
    ("targets=4097", ("targets", "4097", "0 to 4096")),
    ("accounts=513", ("accounts", "513", "0 to 512")),
    ("mtu=1279", ("mtu", "1279", "1280 to 9000")),
    ("mtu=1500", ("mtu", "netdev")),
    ("netdev=n0,congestion=reno", ("congestion", "netdev")),
    ("tags=70000", ("tags", "70000", "65535")),
    ("mac=01:00:5e:00:00:01", ("mac", "01:00:5e:00:00:01")),
    ("mac=nonsense", ("mac", "nonsense")),
    ("serial=0123456789012345678901234567890123456789", ("serial", "31")),
    ("sessions=many", ("sessions",)),
])
def test_wrong_property(properties, words):
    argv = [QEMU, "-nodefaults", "-display", "none", "-machine", "q35,accel=tcg", "-S",
            "-L", "/usr/share/seabios", "-L", "/usr/share/qemu",
            "-netdev", "hubport,hubid=0,id=n0", "-device", "ohba-fw," + properties]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=20,
                          stdin=subprocess.DEVNULL)
    lines = done.stderr.strip().splitlines()
    assert done.returncode == 1 and len(lines) == 1, done.stderr
    for word in words:
        assert word in lines[0], lines[0]


def test_bad_input_and_plug(boot, target, qmp_path):
    tgtd = target(Tgtd, size_mib=64)
    with silent_portal() as silent, socket.socket() as refusing:
        refusing.bind(("127.0.0.1", 0))             # and does not listen
        env = dict(target_env("TGTD", tgtd), SILENT_PORTAL=silent, PLUGGED_MAC=PLUGGED_MAC,
                   REFUSING_PORTAL=as_guest_reaches("%s:%d" % refusing.getsockname()))
        guest = boot("guest-bad-input.sh", env=env, hotplug=1, qmp=qmp_path)
        if OVER_ADAPTER:
            plug_and_unplug(guest, qmp_path)
        guest.finish()


def plug_and_unplug(guest, path):
    guest.wait_line("--- plug an adapter in")
    qmp = Qmp(path)
    qmp.command("device_add", driver="ohba-fw", bus="rp1", id="plugged", mac=PLUGGED_MAC)
    guest.wait_line("--- unplug it")
    qmp.command("device_del", id="plugged")
    qmp.wait_event("DEVICE_DELETED", device="plugged")
    qmp.close()
