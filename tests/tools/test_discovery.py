# SPDX-License-Identifier: GPL-2.0-or-later
"""How ohbatool prints a discovery, and what it takes for a portal; without an adapter."""
import json
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = [ROOT / "tests/tools/discovery.c", ROOT / "tools/ohbatool/print.c",
           ROOT / "tools/ohbatool/discover.c"]
ONE = "iqn.2026-01.test:one"


@pytest.fixture(scope="module", name="run")
def program(tmp_path_factory):
    path = tmp_path_factory.mktemp("discovery") / "discovery"
    subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined",
                    f"-I{ROOT}/tools/ohbatool", f"-I{ROOT}/firmware-if",
                    "-I/usr/include/libnl3", "-o", path, *SOURCES, "-lnl-genl-3", "-lnl-3"],
                   check=True)
    return lambda *args: subprocess.run([path, *args], capture_output=True, text=True,
                                        check=True).stdout


def test_text(run):
    lines = run("text").splitlines()
    assert [line.split() for line in lines] == [
        ["PORTAL", "TPGT", "TARGET"], ["192.0.2.9:3260", "1", ONE],
        ["[2001:db8::9]:3999", "65535", ONE],
        ["192.0.2.10:65535", "-", "eui.0123456789abcdef"],
        ["192.0.2.10:1", "0", 'naa."quoted\\"']]
    assert len({line.index(word) for line, word in
                zip(lines, ["TARGET", ONE, ONE, "eui.", "naa."])}) == 1


def test_text_with_entries(run):
    entries = [line[:9].strip() for line in run("text", "add").splitlines()]
    assert entries == ["ENTRY", "0 new", "4095", "full", "failed"]


def test_json(run):
    rows = json.loads(run("json"))
    assert rows[1] == {"target": ONE, "address": "2001:db8::9", "port": 3999, "tpgt": 65535}
    assert [row["tpgt"] for row in rows] == [1, 65535, None, 0]
    assert rows[3]["target"] == 'naa."quoted\\"'
    rows = json.loads(run("json", "add"))
    assert [(row["entry"], row["new"]) for row in rows] == [
        (0, True), (4095, False), (None, False), (None, False)]


def test_markdown(run):
    for args, columns in ((["markdown"], 3), (["markdown", "add"], 4)):
        lines = run(*args).splitlines()
        assert len(lines) == 6
        assert all(line.count("|") == columns + 1 for line in lines)


@pytest.mark.parametrize("text, taken", [
    ("192.0.2.9", "192.0.2.9 3260"), ("192.0.2.9:3999", "192.0.2.9 3999"),
    ("192.0.2.9:65535", "192.0.2.9 65535"), ("2001:db8::9", "2001:db8::9 3260"),
    ("[2001:db8::9]", "2001:db8::9 3260"), ("[2001:db8::9]:1", "2001:db8::9 1"),
    ("[::1]:3260", "::1 3260"), ("::ffff:192.0.2.9", "::ffff:192.0.2.9 3260"),
    ("192.0.2.9:", "none"), ("192.0.2.9:0", "none"), ("192.0.2.9:65536", "none"),
    ("192.0.2.9:-1", "none"), ("192.0.2.9:3260x", "none"), ("192.0.2", "none"),
    ("disk.example", "none"), ("[2001:db8::9", "none"), ("[2001:db8::9]3260", "none"),
    ("[192.0.2.9", "none"), ("", "none"), ("1" * 300, "none"), ("[" + "1" * 300, "none"),
])
def test_portal(run, text, taken):
    assert run("portal", text) == taken + "\n"
