# SPDX-License-Identifier: GPL-2.0-or-later
"""Flash that is damaged: what was before, a word about it, or a refusal; nobody writes it anew."""

import os
import random
import struct
import subprocess

import flash
from conftest import ROOT, adapter_only

QEMU = os.path.join(ROOT, "build", "qemu", "qemu-system-x86_64")
COPY = 4096
ASK = "qom-get /machine/peripheral-anon/device[0] damaged-records\n"
OLDER, NEWER = "10.0.2.20", "10.0.2.30"


def copy(number, address, version=1):
    """Of flash with one static IPv4 address, in use."""
    iface = struct.pack("<BBBBHH4s56x", 4, 1, 0, 24, 0, 0,
                        bytes(int(part) for part in address.split(".")))
    return flash.copy(b"OHBAconf", number, (64 * b"\0" + iface).ljust(1088, b"\0"), COPY,
                      version=version)


def flipped(data, *bits):
    data = bytearray(data)
    for bit in bits:
        data[bit // 8] ^= 1 << bit % 8
    return bytes(data)


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def read(path):
    with open(path, "rb") as file:
        return file.read()


@adapter_only
def test_damaged(boot, scratch):
    """A machine with four adapters: nothing, either copy, both of their copies damaged."""
    initiator = 4096 * b"\0" + flash.copy(b"OHBAinit", 1, b"", 1024)
    whole = copy(7, NEWER) + copy(6, OLDER) + initiator
    name, address, last = 8 * 8, 8 * (32 + 64 + 8), 8 * COPY - 1
    flashes = [(whole, NEWER), (flipped(whole, address), OLDER),
               (flipped(whole, 8 * COPY + name), NEWER),
               (flipped(whole, last, 8 * COPY + last), "damaged")]
    paths = [os.path.join(scratch, "flash%d" % n) for n in range(len(flashes))]
    qemu = []
    for n, (data, _) in enumerate(flashes):
        write(paths[n], data)
        qemu.append("-netdev user,id=n%d -drive if=none,id=f%d,format=raw,file=%s" %
                    (n, n, paths[n]))
    boot("guest-flash.sh", *(wanted for _, wanted in flashes), qemu=" ".join(qemu),
         adapters=["fw,netdev=n%d,drive=f%d" % (n, n) for n in range(len(flashes))]).finish()
    assert [read(path) for path in paths] == [data for data, _ in flashes]


def start(path, options="", commands=None, device=""):
    """QEMU with this flash; @commands: the monitor's, else it must end by itself."""
    done = subprocess.run(
        [QEMU, "-nodefaults", "-display", "none", "-machine", "q35,accel=tcg", "-S",
         "-L", "/usr/share/seabios", "-L", "/usr/share/qemu", "-netdev", "user,id=n0",
         "-drive", "if=none,id=f0,format=raw,file=" + path + options,
         "-device", "ohba-fw,netdev=n0,drive=f0" + device] +
        (["-monitor", "stdio"] if commands else []),
        capture_output=True, text=True, timeout=20, input=commands or "")
    return done.returncode, done.stderr.strip().splitlines(), done.stdout


def refused(path, options, *words, device=""):
    code, lines, _ = start(path, options, device=device)
    assert code == 1 and len(lines) == 1, lines
    for word in words:
        assert word in lines[0], lines[0]


@adapter_only
def test_read_only(scratch):
    path = os.path.join(scratch, "flash")
    write(path, bytes(8192))
    refused(path, ",readonly=on", "'drive'", "readonly=on")


@adapter_only
def test_truncated(scratch):
    path = os.path.join(scratch, "flash")
    data = copy(7, NEWER)
    write(path, data)
    refused(path, "", "'drive'", "4096 bytes", "8192 or more", "truncate -s 10M")
    assert read(path) == data
    os.truncate(path, 10 << 20)
    assert start(path, commands="quit\n")[:2] == (0, [])
    assert read(path)[:4096] == data


@adapter_only
def test_no_room(scratch):
    path = os.path.join(scratch, "flash")
    write(path, bytes(8192))
    code, lines, _ = start(path, commands="quit\n")
    assert code == 0 and len(lines) == 1, lines
    for word in "'drive'", "8192 bytes", "targets", "truncate -s 10M":
        assert word in lines[0], lines[0]


@adapter_only
def test_later_version(scratch):
    path = os.path.join(scratch, "flash")
    data = copy(7, OLDER) + copy(8, NEWER, version=2)
    write(path, data)
    refused(path, "", "later version")
    assert read(path) == data


@adapter_only
def test_later_version_of_other_records(scratch):
    """Also where this adapter would not look: it would write over what belongs to them."""
    path = os.path.join(scratch, "flash")
    flash.write_targets(path, [])
    with open(path, "r+b") as file:
        file.seek(17408 + 18432)
        file.write(flash.copy(b"OHBAtarg", 1, b"", 1024, 8, version=2))
    data = read(path)
    refused(path, "", "later version", device=",targets=8")
    assert read(path) == data


@adapter_only
def test_foreign(scratch):
    """Another's file, or one of ours of which nothing is whole: what to do, and no write."""
    path = os.path.join(scratch, "flash")
    last = 8 * COPY - 1
    for data in (random.Random(5).randbytes(1 << 20), bytes(510) + b"\x55\xaa" + bytes(1 << 20),
                 flipped(copy(7, NEWER) + copy(6, OLDER), last, 8 * COPY + last)):
        write(path, data)
        refused(path, "", "give another file", "truncate -s 0", "truncate -s 10M")
        assert read(path) == data
    os.truncate(path, 0)
    os.truncate(path, 10 << 20)
    assert start(path, commands="quit\n")[:2] == (0, [])


@adapter_only
def test_new_file(scratch):
    """One that has holes only is read, and stays so."""
    path = os.path.join(scratch, "flash")
    write(path, b"")
    os.truncate(path, 10 << 20)
    assert start(path, commands="quit\n")[:2] == (0, [])
    assert os.stat(path).st_blocks == 0


@adapter_only
def test_tells_damage(scratch):
    path = os.path.join(scratch, "flash")
    last = 16384 + 511 * 18432 + 9216 + 8 * 1024
    data = bytearray(10 << 20)
    data[:4096] = flipped(copy(7, NEWER), 8 * 100)
    data[last:last + 8] = b"OHBAtarg"
    data[8192:9216] = flash.copy(b"OHBAinit", 1, b"", 1024)
    write(path, data)
    code, lines, told = start(path, commands=ASK + "quit\n")
    assert code == 0 and len(lines) == 1, lines
    assert "2" in [line.strip() for line in told.splitlines()], told
    for word in "'drive'", "2 of the records there are damaged", "set anew", "a copy of the file":
        assert word in lines[0], lines[0]
    assert read(path) == data
