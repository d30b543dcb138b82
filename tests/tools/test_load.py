# SPDX-License-Identifier: GPL-2.0-or-later
"""ohba-load finds what it wrote, and what it did not."""

import array
import os
import re
import signal
import subprocess
import time

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LOAD = os.path.join(ROOT, "build", "tests", "ohba-load")
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
