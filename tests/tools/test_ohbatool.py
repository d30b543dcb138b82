# SPDX-License-Identifier: GPL-2.0-or-later
"""ohbatool from the outside: output, exit status, and the generated docs."""
import json
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = ROOT / "build" / "tools" / "ohbatool"
TABLE = ROOT / "firmware-if" / "ohba_status.h"
COMPLETION = ROOT / "tools" / "ohbatool" / "ohbatool.bash"
PCI = pathlib.Path("/sys/bus/pci/devices")


def ohbatool(*args):
    return subprocess.run([TOOL, *args], capture_output=True, text=True, check=False)


def table_codes():
    """The codes of the error table, read from the header without a compiler."""
    rows = re.findall(r"X\((0x[0-9a-f]+), (\w+),", TABLE.read_text())
    return {name: int(code, 16) for code, name in rows}


def test_explain_prints_every_row_of_the_table():
    rows = json.loads(ohbatool("-o", "json", "explain").stdout)
    assert {r["name"]: r["code"] for r in rows} == table_codes()
    assert all(r["meaning"] for r in rows)
    assert all(r["cause"] and r["remedy"] for r in rows if r["code"])


def test_codes_are_unique():
    codes = list(table_codes().values())
    assert len(codes) == len(set(codes))


def test_explain_finds_by_name_prefix_and_number():
    by_name = ohbatool("explain", "BAD_R2T").stdout
    assert "(0x66)" in by_name and "what to do:" in by_name
    for other in ("bad_r2t", "OHBA_ST_BAD_R2T", "0x66", "102"):
        assert ohbatool("explain", other).stdout == by_name


def test_wrong_words_are_refused_by_name():
    for args, status, word in [
        (("explain", "NOT_AN_ERROR"), 1, "NOT_AN_ERROR"),
        (("explain", "0x66x"), 1, "0x66x"),
        (("explain", "1", "2"), 2, '"2"'),
        (("frobnicate",), 2, "frobnicate"),
        (("-o", "xml", "list"), 2, "xml"),
        (("-o",), 2, "ohbatool: option requires"),
        (("list", "--nonsense"), 2, "try --help"),
        (("list", "extra"), 2, "extra"),
        (("list", "--add"), 2, "list takes no --add"),
        (("discover", "0000:00:04.0"), 2, "an adapter and a portal"),
        (("discover", "0000:ff:1f.7", "192.0.2.9"), 1, '"0000:ff:1f.7"'),
        (("discover", "0000:00:04.0", "disk.example", "--isns"), 2, "no server"),
        (("discover", "0000:00:04.0", "disk.example", "--isns"), 2, "192.0.2.9:3205"),
        (("discover", "--isns"), 2, "a server, or none"),
        (("discover", "0000:00:04.0", "1.2.3.4", "5.6.7.8", "--isns"), 2, "a server, or none"),
        (("discover", "0000:00:04.0", "--isns", "-a", "1"), 2, "of no use with --isns"),
        (("discover", "0000:ff:1f.7", "--isns"), 1, '"0000:ff:1f.7"'),
        (("list", "--isns"), 2, "list takes no --isns"),
        (("discover", "0000:00:04.0", "192.0.2.9", "-a", "512"), 2, '--account "512"'),
        (("discover", "0000:00:04.0", "192.0.2.9", "-a", "-1"), 2, '--account "-1"'),
        (("discover", "0000:00:04.0", "192.0.2.9", "-c", "md5"), 2, "without --account"),
        (("discover", "0000:00:04.0", "192.0.2.9", "-a", "1", "-c", "md5,"), 2, '"md5,"'),
        (("list", "-c", "md5"), 2, "list takes no --chap-algorithms"),
        (("discover", "0000:00:04.0", "192.0.2.9", "-t", "0"), 2, '--timeout "0"'),
        (("discover", "0000:00:04.0", "192.0.2.9", "-t", "61"), 2, "1 to 60"),
        ((), 2, "Usage"),
    ]:
        r = ohbatool(*args)
        assert (r.returncode, r.stdout) == (status, ""), args
        assert word in r.stderr


def test_options_go_before_or_after_the_command():
    assert ohbatool("explain", "0x66", "-o", "json").stdout == \
        ohbatool("-o", "json", "explain", "0x66").stdout
    assert ohbatool("list", "--help").stdout == ohbatool("--help").stdout
    assert re.fullmatch(r"ohbatool, interface version \d+\n", ohbatool("--version").stdout)


@pytest.mark.skipif(not PCI.is_dir(), reason="this machine has no PCI")
def test_list_says_if_there_is_no_adapter():
    r = ohbatool("list", "-o", "json")
    assert r.returncode == 0
    assert ("no adapter found: " in r.stderr) == (not json.loads(r.stdout))


@pytest.mark.parametrize("line, expected", [
    ("", {"list", "explain", "discover", "log", "flash"}),
    ("li", {"list"}),
    ("lo", {"log"}),
    ("log --", {"--erase", "--since", "--output", "--help", "--version"}),
    ("log -s ", set()),
    ("flash ", {"dump", "restore", "erase"}),
    ("flash dump --s", {"--secrets"}),
    ("flash erase --y", {"--yes"}),
    ("flash restore --y", set()),
    ("--o", {"--output"}),
    ("-o ", {"text", "json", "markdown"}),
    ("-o json e", {"explain"}),
    ("list ", set()),
    ("explain bad_r2", {"BAD_R2T", "BAD_R2TSN"}),
    ("explain ohba_st_bad_r2ts", {"BAD_R2TSN"}),
    ("explain -o json BAD_R2TS", {"BAD_R2TSN"}),
    ("explain BAD_R2T ", set()),
    ("discover --a", {"--account", "--add"}),
    ("list --a", set()),
    ("discover -a ", set()),
    ("discover --c", {"--chap-algorithms"}),
    ("discover --i", {"--isns"}),
    ("discover -c sha", {"sha1", "sha256", "sha3-256"}),
    ("discover -c md5,sha1", {"md5,sha1"}),
    ("discover --timeout 3 -o j", {"json"}),
])
def test_completion(line, expected):
    script = '''
        source "$1"
        read -ra COMP_WORDS <<< "$2 $3"
        [[ $3 && $3 != *" " ]] || COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _ohbatool
        printf "%s\\n" "${COMPREPLY[@]}"'''
    done = subprocess.run(["bash", "-c", script, "bash", COMPLETION, TOOL, line],
                          capture_output=True, text=True, check=True)
    assert (set(done.stdout.split()), done.stderr) == (expected, "")


def test_a_full_disk_is_an_error():
    with open("/dev/full", "w", encoding="ascii") as full:
        r = subprocess.run([TOOL, "explain"], stdout=full, stderr=subprocess.PIPE,
                           text=True, check=False)
    assert r.returncode == 1 and "cannot write" in r.stderr


def test_errors_md_is_what_the_tool_prints():
    markdown = ohbatool("-o", "markdown", "explain").stdout
    assert (ROOT / "docs" / "errors.md").read_text().endswith(markdown)
