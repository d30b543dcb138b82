# SPDX-License-Identifier: GPL-2.0-or-later
"""uipd from the outside: its command line, completion and service file."""
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
UIPD = ROOT / "build" / "tools" / "uipd"
UIP = ROOT / "uip"


def uipd(*args, **kwargs):
    return subprocess.run([UIPD, *args], capture_output=True, text=True, check=False,
                          timeout=20, **kwargs)


def categories():
    return re.search(r"all, or of: (.*)", uipd("--help").stdout).group(1).split()


def test_help_and_version():
    for option in ("-h", "--help"):
        r = uipd(option)
        assert (r.returncode, r.stderr) == (0, "") and r.stdout.startswith("Usage: uipd")
    assert re.fullmatch(r"uipd \d+\n", uipd("--version").stdout)


def test_wrong_words_are_refused_by_name():
    for args, word in [(("--nonsense",), "nonsense"), (("extra",), '"extra"'),
                       (("--debug", "nothing"), "nothing"), (("-d", "genl,nothing"), "nothing"),
                       (("-d", ""), "no such category"), (("-d",), "requires")]:
        r = uipd(*args)
        assert (r.returncode, r.stdout) == (2, ""), args
        assert word in r.stderr


@pytest.mark.parametrize("listed", ["all", "genl,all", "all,port", "genl,port,resolve,sandbox"])
def test_categories_in_any_order(listed):
    assert uipd("--debug", listed, "--help").returncode == 0


def test_completion_offers_what_there_is():
    script = """source %s; COMP_WORDS=(uipd -d genl,); COMP_CWORD=2; _uipd
                printf '%%s\\n' "${COMPREPLY[@]}" """ % (UIP / "uipd.bash")
    offered = subprocess.run(["bash", "-c", script], capture_output=True, text=True,
                             check=True).stdout.split()
    assert sorted(offered) == sorted("genl," + name for name in ["all"] + categories())


def test_the_manual_knows_every_option_and_category():
    text = (UIP / "uipd.8").read_text().replace("\\-", "-")
    for option in re.findall(r"--[a-z]+", uipd("--help").stdout):
        assert option in text, option
    for name in categories():
        assert re.search(r"\.BR? %s\b" % name, text), name


@pytest.mark.skipif(os.geteuid() == 0, reason="root may run it")
def test_only_root():
    r = uipd("--foreground")
    assert r.returncode == 1 and "root" in r.stderr
