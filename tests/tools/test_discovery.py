# SPDX-License-Identifier: GPL-2.0-or-later
"""How ohbatool prints a discovery, and what it takes for a portal; without an adapter."""
import json
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = [ROOT / "tests/tools/discovery.c", ROOT / "tools/ohbatool/print.c",
           ROOT / "tools/ohbatool/discover.c", ROOT / "tools/ohbatool/log_print.c",
           ROOT / "tools/ohbatool/errors.c", ROOT / "tools/ohbatool/escape.c",
           ROOT / "tools/ohbatool/adapters.c", ROOT / "tools/ohbatool/genl.c"]
ONE = "iqn.2026-01.test:one"


@pytest.fixture(scope="module", name="run")
def program(tmp_path_factory):
    path = tmp_path_factory.mktemp("discovery") / "discovery"
    subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined",
                    f"-I{ROOT}/tools/ohbatool", f"-I{ROOT}/firmware-if",
                    "-I/usr/include/libnl3", "-o", path, *SOURCES, "-lpci", "-lnl-genl-3", "-lnl-3"],
                   check=True)

    def run(*args, text=True):
        return subprocess.run([path, *args], capture_output=True, text=text, check=True).stdout
    return run


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
    ("fd00:0:0:0:0:0:192.0.2.9", "fd00::c000:209 3260"), ("[192.0.2.9]", "none"),
    ("192.0.2.9:1:2", "none"), ("[fd00::192.0.2.9]:2", "fd00::c000:209 2"),
    ("disk.example", "none"), ("[2001:db8::9", "none"), ("[2001:db8::9]3260", "none"),
    ("[192.0.2.9", "none"), ("", "none"), ("1" * 300, "none"), ("[" + "1" * 300, "none"),
])
def test_portal(run, text, taken):
    assert run("portal", text) == taken + "\n"


# --- names of whoever listed them ---

C1 = b"iqn.\x9b2J"                         # as 8-bit terminals have CSI
CONTROLS = ["iqn.\x1b[2J", "iqn.\x7f", "iqn.\u009b2J", "iqn.\n", "iqn.\r\b"]
UNSEEN = ["iqn.\u202egpj.exe", "iqn.a\u200b", "iqn.\u2066x", "iqn.\xad", "iqn.\ufeff",
          "iqn.\U000e0041", "iqn.\u3000x"]
NO_UTF8 = [C1, b"iqn.\xff", b"iqn.\xc3", b"iqn.\xc0\xaf", b"iqn.\xe0\x80\xaf", b"iqn.\xed\xa0\x80",
           b"iqn.\xf4\x90\x80\x80", b"iqn.\xf8\x88\x80\x80\x80", b"iqn.\xe2\x82"]


def cell(run, output, name):
    """The name, as it is printed; exactly one line has it."""
    line = run(output, "name", name, text=False).splitlines()[-1]
    return line.split(b" | ")[-1].removesuffix(b" |") if output == "markdown" else line[35:]


@pytest.mark.parametrize("output", ["text", "markdown"])
@pytest.mark.parametrize("name", [n.encode() for n in CONTROLS + UNSEEN] + NO_UTF8)
def test_a_terminal_gets_nothing_to_obey(run, output, name):
    printed = cell(run, output, name)
    assert printed.startswith(b"iqn.") and printed.isascii() and printed.decode().isprintable()
    assert b"\\x" in printed


@pytest.mark.parametrize("name", CONTROLS + UNSEEN)
def test_json_tells_them_exactly(run, name):
    printed = run("json", "name", name, text=False)
    assert all(0x20 <= byte < 0x7f or byte == 0x0a for byte in printed)
    assert json.loads(printed)[0]["target"] == name


@pytest.mark.parametrize("name", NO_UTF8)
def test_json_is_json_whatever_the_name(run, name):
    rows = json.loads(run("json", "name", name, text=False))
    assert rows[0]["target"] == name.decode("latin-1")


def test_other_scripts_are_shown(run):
    for name in "iqn.2026-01.test:\xe4\xdf", "iqn.2026-01.test:\u65e5\u672c", "iqn.\U0001f4be":
        for output in "text", "markdown":
            assert cell(run, output, name).decode() == name
        assert json.loads(run("json", "name", name))[0]["target"] == name


def test_markdown_is_not_marked_up(run):
    assert cell(run, "markdown", r"iqn.a|b`c<d>[e]*f*_g_&~\h") == \
        rb"iqn.a\|b\`c\<d\>\[e\]\*f\*\_g\_\&\~\\h"
    assert cell(run, "markdown", "iqn.a_b") == b"iqn.a_b"


# --- which adapter, which driver, which algorithms ---

@pytest.mark.parametrize("name, pci", [
    ("00:04.0", "0000:00:04.0"), ("0000:00:04.0", "0000:00:04.0"), ("host7", "0001:00:04.0"),
    ("0002:00:04.0", "0002:00:04.0"), ("host9", "0002:00:04.0"), ("00:05.0", "none"),
    ("10000:00:06.0", "10000:00:06.0"), ("0:00:06.0", "none"), ("", "none"), ("host", "none"),
])
def test_adapters_by_name(run, name, pci):
    assert run("adapter", name) == pci + "\n"


def test_a_driver_of_another_version_is_not_asked(run):
    text = (ROOT / "firmware-if/ohba_genl.h").read_text()
    ours = int(re.search(r"OHBA_GENL_VERSION\s+(\d+)", text)[1])
    for version in ours - 1, ours + 1, 0:
        assert "of two versions" in run("version", str(version))
    assert "version" not in run("version", str(ours))


def test_flags_are_for_entries(run):
    """To whom may not make entries a driver of before refused any."""
    text = (ROOT / "firmware-if/ohba_genl.h").read_text()
    ours = re.search(r"OHBA_GENL_VERSION\s+(\d+)", text)[1]
    assert run("version", ours).startswith("no flags\n")
    assert run("add", ours).startswith("flags\n")


@pytest.mark.parametrize("text, taken", [
    ("md5", "5"), ("sha256,sha3-256", "87"), ("sha3-256,sha256,sha1,md5", "5678"),
    ("", "none"), ("md5,", "none"), (",md5", "none"), ("md5,md5", "none"), ("sha3", "none"),
    ("md5 ", "none"), ("MD5", "none"), ("md5,sha1,sha256,sha3-256,md5", "none"),
])
def test_chap_algorithms(run, text, taken):
    assert run("chap", text) == taken + "\n"
