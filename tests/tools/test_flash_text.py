# SPDX-License-Identifier: GPL-2.0-or-later
"""What an adapter keeps, as text and back; and ohbatool's command line for it; without an adapter."""
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = [ROOT / "tests/tools/flash.c", ROOT / "tools/ohbatool/flash_text.c"]
TOOL = ROOT / "build/tools/ohbatool"


@pytest.fixture(scope="module", name="run")
def program(tmp_path_factory):
    path = tmp_path_factory.mktemp("flash") / "flash"
    subprocess.run(["cc", "-std=gnu11", "-Wall", "-Wextra", "-Werror",
                    "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined",
                    f"-I{ROOT}/tools/ohbatool", f"-I{ROOT}/firmware-if", "-o", path, *SOURCES],
                   check=True)
    return lambda *args, text="": subprocess.run([path, *args], input=text, text=True,
                                                 capture_output=True, check=False)


@pytest.fixture(scope="module", name="dump")
def whole_dump(run):
    return run("print").stdout


END = "\n# end\n"


def body(dump):
    """What is between the head and the last line."""
    return dump.split("\n", 3)[3].removesuffix(END)


def test_comes_back(run, dump):
    again = run("same", text=dump)
    assert (again.stdout, again.stderr, again.returncode) == (body(dump), "", 0)


def test_may_end_with_empty_lines(run, dump):
    again = run("same", text=dump + "\n\n")
    assert (again.stdout, again.stderr, again.returncode) == (body(dump), "", 0)
    again = run("read", text=dump + "# more\n")
    assert again.returncode == 1 and "cut off" in again.stdout


def test_is_marked(run, dump):
    assert "HOLDS CHAP SECRETS" in dump.splitlines()[2]
    assert r'password = "\x00 twelve \xff \x00"' in dump
    left_out = run("left-out").stdout
    assert "without CHAP secrets" in left_out.splitlines()[2]
    assert "twelve" not in left_out and "password was left out" in left_out
    again = run("read", text=left_out)
    assert (again.stdout, again.stderr, again.returncode) == (body(left_out), "", 0)


@pytest.mark.parametrize("old, new, why", [
    ("version 1", "version 2", "1: this is no dump"),
    ("[target 4095]", "[target 4096]", "no such section"),
    ("[target 4095]", "[target]", "no such section"),
    ("[target 4095]", "[target 4294967297]", "no such section"),
    ("[target 4095]", "[target +3]", "no such section"),
    ("[target 4095]", "[target 4095]x", "no such section"),
    ("[target 4095]", "[portal 4095]", "no such section"),
    ("[target 4095]", "[iface 15]", "such a section before"),
    ("port = 65535", "port = 65536", "no value for port"),
    ("port = 65535", "port = -1", "no value for port"),
    ("port = 65535", "port = ", "no value for port"),
    ("port = 65535", "port = 1 2", "no value for port"),
    ("port = 65535", "port: 65535", "NAME = VALUE"),
    ("port = 65535", "ports = 65535", "no such field"),
    ("port = 65535", "port = 1\nport = 1", "port was said before"),
    ("port = 65535\n", "", "the section before has no port"),
    ("ipaddress = 255.255.255.255", "ipaddress = 255.255.255", "no value for ipaddress"),
    ("isid = ffffffffffff", "isid = ffffffffffff00", "no value for isid"),
    ("isid = ffffffffffff", "isid = fffffffffff", "no value for isid"),
    ("isid = ffffffffffff", "isid = fffffffffffg", "no value for isid"),
    ('username = "', 'username = ', "no value for username"),
    ('username = "', 'username = "\\x00', "no value for username"),
    ('username = "', 'username = "\\y', "no value for username"),
    ('targetname = "', 'targetname = "n', "no value for targetname"),
    ('password = "', 'password = "' + 256 * "s", "no value for password"),
    ("[iface 15]", "port = 1\n[iface 15]", "no such field"),
    ("host = ", "#" + 3000 * "x" + "\nhost = ", "too long"),
])
def test_wrong(run, dump, old, new, why):
    assert old in dump
    again = run("read", text=dump.replace(old, new))
    assert again.returncode == 1 and not again.stderr
    line, _, reason = again.stdout.partition(": ")
    assert why in again.stdout and int(line) and reason
    assert "twelve" not in again.stdout


def test_cut_off(run, dump):
    for length in {*range(0, len(dump) - 1, 7), len(dump) - len(END)}:
        again = run("read", text=dump[:length])
        assert (again.stderr, again.returncode) == ("", 1)


def ohbatool(*args):
    return subprocess.run([TOOL, *args], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("args", [
    (), ("dump",), ("restore", "host0"), ("erase", "host0", "file"), ("wipe", "host0"),
    ("restore", "host0", "file", "--secrets"), ("dump", "host0", "--yes"),
    ("dump", "host0", "file", "another"),
])
def test_usage(args):
    r = ohbatool("flash", *args)
    assert r.returncode == 2 and "flash takes: dump ADAPTER" in r.stderr


def test_no_adapter():
    r = ohbatool("flash", "erase", "nowhere", "--yes")
    assert r.returncode == 1 and 'no adapter "nowhere"' in r.stderr


def test_options_are_flashs_own():
    assert ohbatool("log", "host0", "--secrets").returncode == 2
