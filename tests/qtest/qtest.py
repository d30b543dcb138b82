# SPDX-License-Identifier: GPL-2.0-or-later
"""A QEMU whose guest is the test: it writes memory, ports and configuration space over the
qtest socket. No code runs in it, and no firmware sets up its buses: we do."""

import os
import socket
import subprocess
import sys
import time

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(TESTS)
sys.path.insert(0, os.path.join(TESTS, "guest"))

from qmp import Qmp  # noqa: E402

RAM_MIB = 96                    # what malloc has are smaller mappings (leaks.heap_kib())
RAM_END = RAM_MIB << 20
ECAM = 0xb0000000
SILENCE_S = 120                 # no command takes so long, on the busiest machine


class Dead(Exception):
    """QEMU did not answer."""


class Machine:
    """One QEMU of type q35. devices: words of "-device" and the like."""

    def __init__(self, directory, devices=(), log=None):
        paths = {name: os.path.join(directory, name) for name in ("qtest", "qmp")}
        argv = [os.path.join(ROOT, "build/qemu/qemu-system-x86_64"), "-nodefaults",
                "-display", "none", "-machine", "q35,accel=qtest", "-m", str(RAM_MIB),
                "-L", "/usr/share/seabios", "-L", "/usr/share/qemu", "-qtest-log", "none",
                "-qtest", "unix:%s,server=on,wait=off" % paths["qtest"],
                "-qmp", "unix:%s,server=on,wait=off" % paths["qmp"],
                "-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off", *devices]
        # What is freed does not keep its looks.
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=log,
                                        env=dict(os.environ, MALLOC_PERTURB_="165"))
        deadline = time.monotonic() + SILENCE_S
        while not all(map(os.path.exists, paths.values())):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise Dead("QEMU did not start: status %s" % self.process.returncode)
            time.sleep(0.02)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(SILENCE_S)
        self.socket.connect(paths["qtest"])
        self.lines = self.socket.makefile("r")
        self.qmp = Qmp(paths["qmp"], SILENCE_S)

    def close(self):
        self.kill()
        self.lines.close()
        self.socket.close()
        self.qmp.close()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def say(self, *words):
        """A command of the protocol; its answer, as a number if there is one."""
        return self.say_all([words])[0]

    def say_all(self, commands):
        """Commands that QEMU does without anything else of its main loop between them."""
        text = "".join(" ".join(w if isinstance(w, str) else hex(w) for w in words) + "\n"
                       for words in commands)
        try:
            self.socket.sendall(text.encode())
            answers = [self.lines.readline().split() for _ in commands]
        except OSError as error:
            raise Dead("%s: %s" % (text, error)) from error
        for answer, words in zip(answers, commands):
            if answer[:1] != ["OK"]:
                raise Dead("%s: %s" % (words, " ".join(answer) or "end of file"))
        return [int(answer[1], 16) if len(answer) == 2 else None for answer in answers]

    # --- memory and ports ---

    def read(self, addr, width=4):
        return self.say("read" + "_bw_l___q"[width], addr)

    def write(self, addr, value, width=4):
        self.say("write" + "_bw_l___q"[width], addr, value)

    def fill(self, addr, data):
        self.say("write", addr, len(data), "0x" + data.hex())

    def peek(self, addr, count):
        return self.say("read", addr, count).to_bytes(count, "big")

    def out(self, port, value):
        self.say("outl", port, value)


class Function:
    """Configuration space of a PCI function, through the machine's ECAM."""

    def __init__(self, machine, bus, device, function=0):
        self.machine = machine
        self.base = ECAM + (bus << 20 | device << 15 | function << 12)

    def get(self, at, width=4):
        return self.machine.read(self.base + at, width)

    def set(self, at, value, width=4):
        self.machine.write(self.base + at, value, width)


def map_ecam(machine):
    """PCIEXBAR of the host bridge, by the old way to configuration space."""
    for at, value in ((0x64, 0), (0x60, ECAM | 1)):
        machine.out(0xcf8, 0x80000000 | at)
        machine.out(0xcfc, value)
