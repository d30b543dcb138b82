# SPDX-License-Identifier: GPL-2.0-or-later
"""ohba-load and ohba-many find what they wrote, and what they did not."""

import array
import os
import re
import resource
import signal
import subprocess
import time

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LOAD = os.path.join(ROOT, "build", "tests", "ohba-load")
MANY = os.path.join(ROOT, "build", "tests", "ohba-many")
DISK = 32 << 20
BLOCK = 4096


@pytest.fixture
def disk():
    """A file under build/: a temporary file system may not know direct I/O."""
    path = os.path.join(ROOT, "build", "tests", "load-%d" % os.getpid())
    for name in (path, path + ".state"):
        with open(name, "wb") as file:
            file.truncate(DISK if name == path else 0)
    yield path
    for name in (path, path + ".state"):
        os.unlink(name)


def tried(disk):
    """Writes of blocks, from the state: a number of runs, then written and tried each."""
    with open(disk + ".state", "rb") as file:
        return sum(array.array("I", file.read())[3::2])


def write_some(disk):
    before = tried(disk)
    load = subprocess.Popen([LOAD, disk, disk + ".state"], stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while tried(disk) < before + DISK // BLOCK // 2:
        assert load.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    load.send_signal(signal.SIGTERM)
    return load.communicate(timeout=30)[0], load.returncode


def check(disk):
    return subprocess.run([LOAD, "--check", disk, disk + ".state"], capture_output=True,
                          text=True, timeout=60)


def test_right(disk):
    for _ in range(2):
        said, status = write_some(disk)
        assert status == 0 and re.match(r"load: \d+ reads, [1-9]\d* writes, no error, every", said)
    assert check(disk).returncode == 0


@pytest.mark.parametrize("at, data", [
    (BLOCK * 100 + 2880, b"X"),         # a byte
    (BLOCK * 100, bytes(BLOCK)),        # a block that did not arrive
])
def test_wrong(disk, at, data):
    while True:                         # until that block was written
        write_some(disk)
        with open(disk, "r+b") as file:
            file.seek(BLOCK * 100)
            if file.read(8) != bytes(8):
                file.seek(at)
                file.write(data)
                break
    done = check(disk)
    assert done.returncode == 1 and "block 100, byte" in done.stderr, done.stderr


def test_a_write_that_was_lost(disk):
    write_some(disk)
    with open(disk, "rb") as file:
        before = file.read()
    write_some(disk)
    with open(disk, "r+b") as file:
        file.write(before)
    done = check(disk)
    assert done.returncode == 1 and "not generation" in done.stderr


def test_no_disk(tmp_path):
    done = subprocess.run([LOAD, str(tmp_path / "none"), str(tmp_path / "state")],
                          capture_output=True, text=True, timeout=10)
    assert done.returncode == 2 and "none: No such file" in done.stderr


def many(disks, limit=resource.RLIM_INFINITY):
    """Load on them; limit: bytes of a file."""
    def limited():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    load = subprocess.Popen([MANY], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, preexec_fn=limited)
    load.stdin.write("".join("%d %s\n" % pair for pair in disks))
    load.stdin.close()
    load.stdin = None
    return load


def lap(load, number):
    while (line := load.stdout.readline()) != "lap %d\n" % number:
        assert line, load.stderr.read()


@pytest.fixture
def disks(disk):
    paths = [disk + "-%d" % n for n in range(20)]
    for path in paths:
        with open(path, "wb") as file:
            file.truncate(8 * BLOCK)
    yield [(7 + n, path) for n, path in enumerate(paths)]
    for path in paths:
        os.unlink(path)


def test_many_right(disks):
    load = many(disks)
    lap(load, 20)
    load.send_signal(signal.SIGTERM)
    said, errors = load.communicate(timeout=30)
    assert load.returncode == 0 and not errors
    assert re.search(r"^many: 20 disks, \d+ writes, \d+ reads, every byte right$", said, re.M)
    for number, path in disks:
        with open(path, "rb") as file:
            stamps = array.array("Q", file.read())[::BLOCK // 8]
        assert {stamp >> 32 for stamp in stamps} == {number}
        laps = [stamp & 0xffffffff for stamp in stamps]
        assert [n % 8 for n in laps] == list(range(8)) and max(laps) - min(laps) == 7


def test_many_on_one_disk(disks):
    """What should go to two disks, and does not."""
    load = many(disks + [(99, disks[0][1])])
    said, errors = load.communicate(timeout=30)
    assert load.returncode == 1 and "wrong: it says disk" in errors, said


def test_many_and_an_error(disks):
    """No file may grow beyond its fourth block."""
    for _, path in disks:
        os.truncate(path, 0)
    load = many(disks, limit=4 * BLOCK)
    said, errors = load.communicate(timeout=30)
    assert load.returncode == 1 and "lap 4: write: File too large" in errors, said


def test_many_without_disk(disks):
    load = many(disks + [(1, "none")])
    assert "none: No such file" in load.communicate(timeout=30)[1] and load.returncode == 2
