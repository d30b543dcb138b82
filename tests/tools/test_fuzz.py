# SPDX-License-Identifier: GPL-2.0-or-later
"""mk/fuzz: how many harnesses at a time, what it says of each, what it does with a finding."""
import os
import pathlib
import re
import select
import subprocess

import pytest

FUZZ = pathlib.Path(__file__).resolve().parents[2] / "mk/fuzz"
NAMES = "a", "b", "c", "d", "e"

# Says what of the others has begun and ended, and is busy for a fifth of a second of a
# processor, so that those which are not to overlap with it would.
HARNESS = """#!/usr/bin/python3
import os, pathlib, sys, time
name = sys.argv[0].rsplit("_", 1)[1]
pathlib.Path("began-" + name).write_text(" ".join(sorted(p.name[6:] for p in
                                                  pathlib.Path().glob("ended-*"))))
while time.process_time() < 0.2:
    pass
pathlib.Path("ended-" + name).touch()
print("#1 DONE cov: 17 ft: 20")
print("stat::number_of_executed_units: 1000")
print("stat::average_exec_per_sec: 500")
print("arguments:", *sys.argv[1:])
sys.exit(77 if name in os.environ.get("FAILING", "") else 0)
"""


def with_nproc(tmp_path, processors):
    """An environment for a machine of so many."""
    nproc = tmp_path / "bin/nproc"
    nproc.parent.mkdir(exist_ok=True)
    nproc.write_text("#!/bin/sh\necho %d\n" % processors)
    nproc.chmod(0o755)
    return dict(os.environ, PATH="%s:%s" % (nproc.parent, os.environ["PATH"]))


@pytest.fixture
def fuzz(tmp_path):
    """fuzz(processors, *names) -> what it said, in a tree of its own."""
    folder = tmp_path / "build/fuzz"
    folder.mkdir(parents=True)
    for name in NAMES:
        (folder / ("fuzz_" + name)).write_text(HARNESS)
        (folder / ("fuzz_" + name)).chmod(0o755)

    def run(processors, *names, failing=""):
        env = dict(with_nproc(tmp_path, processors), FAILING=failing)
        return subprocess.run([FUZZ, "7", *names], cwd=tmp_path, env=env, timeout=120,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return run


def ended_before(tmp_path, name):
    return set((tmp_path / ("began-" + name)).read_text().split())


@pytest.mark.parametrize("processors", [1, 2, 8])
def test_no_more_at_a_time_than_processors(fuzz, tmp_path, processors):
    done = fuzz(processors, *NAMES)
    assert done.returncode == 0 and re.findall(r"fuzz_(\w)", done.stdout) == list(NAMES)
    for number, name in enumerate(NAMES):
        first_of_batch = number // processors * processors
        assert ended_before(tmp_path, name) >= set(NAMES[:first_of_batch])


def test_each_has_its_seconds_and_says_what_it_used(fuzz, tmp_path):
    done = fuzz(2, "a", "b")
    used = re.findall(r"fuzz_\w \(1000 inputs, 500/s, 17 edges, ([\d.]+) s of processor\)",
                      done.stdout)
    assert len(used) == 2 and all(0.2 <= float(seconds) < 60 for seconds in used)
    assert "-max_total_time=7" in (tmp_path / "build/fuzz/a.log").read_text()


def test_one_that_fails_does_not_keep_the_others_from_running(fuzz, tmp_path):
    done = fuzz(2, *NAMES, failing="b")
    assert done.returncode == 1 and "FAIL     fuzz_b" in done.stdout
    assert done.stdout.count("PASS") == len(NAMES) - 1
    assert all((tmp_path / ("ended-" + name)).exists() for name in NAMES)


FOR_EVER = """#!/bin/sh
echo $$ >> begun
exec tail -f /dev/null
"""


def test_who_stops_it_stops_all(fuzz, tmp_path):
    """Of two that run, and a third that would: each harness ends, that which is waited for, too."""
    for name in NAMES[:3]:
        (tmp_path / "build/fuzz" / ("fuzz_" + name)).write_text(FOR_EVER)
    begun = tmp_path / "begun"
    os.mkfifo(begun)
    process = subprocess.Popen([FUZZ, "7", *NAMES[:3]], cwd=tmp_path, env=with_nproc(tmp_path, 2),
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    with open(os.open(begun, os.O_RDWR)) as lines:     # no end between two that write
        pids = [os.pidfd_open(int(lines.readline())) for _ in range(2)]
    process.terminate()
    assert process.wait(60) == 130
    for pid in pids:
        assert select.select([pid], [], [], 60)[0]
        os.close(pid)
    assert not (tmp_path / "build/fuzz/c.log").exists()
