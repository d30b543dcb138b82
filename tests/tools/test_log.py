# SPDX-License-Identifier: GPL-2.0-or-later
"""How ohbatool prints an adapter's log, whatever the adapter wrote; without an adapter."""
import json
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = [ROOT / "tests/tools/log.c", *(ROOT / "tools/ohbatool" / name for name in (
    "print.c", "log.c", "genl.c", "log_print.c", "errors.c", "escape.c"))]
TOOL = ROOT / "build/tools/ohbatool"
X63 = 63 * "x"


@pytest.fixture(scope="module", name="run")
def program(tmp_path_factory):
    path = tmp_path_factory.mktemp("log") / "log"
    subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined",
                    f"-I{ROOT}/tools/ohbatool", f"-I{ROOT}/firmware-if",
                    "-I/usr/include/libnl3", "-o", path, *SOURCES, "-lnl-genl-3", "-lnl-3"],
                   check=True)
    return lambda *args: subprocess.run([path, *args], capture_output=True, text=True,
                                        check=True).stdout


def test_text(run):
    lines = [re.split("  +", line.strip(), maxsplit=3) for line in run("text").splitlines()]
    assert lines == [
        ["NUMBER FIRST TIME", "TIMES WHAT"],
        ["10 2026-01-31T12:00:00.123Z", "1 session of entry 5 is up: 10.0.0.7:3260"],
        ["11 boot 3 +61.007 s", "2 login to entry 4095 failed: LOGIN_REFUSED "
         '(login status 0203): no | "such" \\ one\\x1b[2J\\x0a'],
        ["12 boot 3 +61.007 s", "3 kind 999, object 77: 65520"],
        ["13 boot 3 +61.007 s", f"4 power came: {X63}"],
        ["14 boot 3 +61.007 s", "5 this log was erased"]]


def test_json(run):
    rows = json.loads(run("json"))
    assert rows[0] == {
        "number": 10, "boot": 3, "up_ms": 61007, "last_ms": 70000, "count": 1,
        "time": "2026-01-31T12:00:00.123Z", "code": 7, "kind": "session-up", "object": 5,
        "status": None, "login_class": 0, "login_detail": 0, "words": "10.0.0.7:3260"}
    assert [row["kind"] for row in rows] == [
        "session-up", "login-failed", None, "power-on", "erased"]
    assert [row["status"] for row in rows] == [None, "LOGIN_REFUSED", "65520", None, None]
    assert rows[1]["words"] == 'no | "such" \\ one\x1b[2J\n'
    assert [row["time"] for row in rows[1:]] == [None] * 4


def test_markdown(run):
    lines = run("markdown").splitlines()
    assert len(lines) == 7
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 5 for line in lines)


@pytest.mark.parametrize("length, records", [
    (0, -1), (63, -1), (64, 0), (65, -1), (191, -1), (192, 1), (704, 5)])
def test_answers(run, length, records):
    assert int(run("broken", str(length))) == records


def test_endless(run):
    assert int(run("endless")) == 8192 // 5 * 5


@pytest.mark.parametrize("args, words", [
    (["log"], "log takes an adapter"), (["log", "a", "b"], "log takes an adapter"),
    (["log", "--since", "x", "a"], '--since "x"'), (["log", "--add", "a"], "log takes no --add"),
    (["list", "--erase"], "list takes no --erase"),
    (["log", "host0", "--erase", "--since", "3"], "say one of them"),
    (["discover", "--since", "1", "a", "b"], "discover takes no --since")])
def test_wrong_words(args, words):
    done = subprocess.run([TOOL, *args], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and words in done.stderr
