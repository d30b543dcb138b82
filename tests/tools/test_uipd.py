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


def test_completion_offers_every_option():
    script = """source %s; COMP_WORDS=(uipd --); COMP_CWORD=1; _uipd
                printf '%%s\\n' "${COMPREPLY[@]}" """ % (UIP / "uipd.bash")
    offered = subprocess.run(["bash", "-c", script], capture_output=True, text=True,
                             check=True).stdout.split()
    assert sorted(offered) == sorted(set(re.findall(r"--[a-z-]+", uipd("--help").stdout)))


def test_the_manual_knows_every_option_and_category():
    text = (UIP / "uipd.8").read_text().replace("\\-", "-")
    for option in re.findall(r"--[a-z-]+", uipd("--help").stdout):
        assert option in text, option
    for name in categories():
        assert re.search(r"\.BR? %s\b" % name, text), name


# --- whether it would run ---

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root may")


def check_config(*around, env=None):
    """What it finds: kinds and words; its exit status must be what they come to."""
    r = subprocess.run([*around, UIPD, "--check-config"], capture_output=True, text=True,
                       check=False, timeout=60, env=env)
    lines = [tuple(line.split(": ", 1)) for line in r.stdout.splitlines()]
    kinds = [kind for kind, _ in lines]
    assert set(kinds) <= {"ok", "note", "wrong"} and r.stderr == ""
    assert r.returncode == ("wrong" in kinds)
    return lines


def has(lines, kind, words):
    return any(k == kind and words in text for k, text in lines)


def in_run(script):
    """In a /run of its own."""
    return "unshare", "-m", "sh", "-ec", "mount -t tmpfs none /run; " + script, "sh"


def test_check_config_without_rights():
    around = ("setpriv", "--reuid", "65534", "--clear-groups") if os.geteuid() == 0 else ()
    lines = check_config(*around)
    assert has(lines, "wrong", "must be root")
    assert not has(lines, "ok", "sandbox")


@ROOT_ONLY
def test_check_config_with_all_that_it_needs():
    lines = check_config(*in_run('"$@"; ls -A /run >&2'))
    assert not [line for line in lines if line[0] == "wrong"]
    for words in "user and capabilities", "no other uipd", "the sandbox can be made":
        assert has(lines, "ok", words)


@ROOT_ONLY
def test_check_config_names_capabilities():
    lines = check_config("setpriv", "--bounding-set", "-sys_chroot,-sys_admin")
    assert has(lines, "wrong", "without sys_chroot sys_admin:")
    no_login = subprocess.run(["setpriv", "--bounding-set", "-sys_admin", UIPD, "-n",
                               "--check-config"], capture_output=True, text=True, check=False)
    assert "sys_admin" not in no_login.stdout


@ROOT_ONLY
def test_check_config_sees_another():
    lines = check_config(*in_run('flock -x /run/uipd.lock "$@"'))
    assert has(lines, "wrong", "another uipd is running")


@ROOT_ONLY
def test_check_config_tries_the_sandbox():
    lines = check_config(*in_run('mount -o remount,ro /run; "$@"'))
    assert has(lines, "wrong", "the sandbox lacks an empty root: Read-only file system")
    assert not has(lines, "ok", "sandbox")


DRIVER = """
#include <netlink/genl/ctrl.h>
int genl_ctrl_resolve(struct nl_sock *s, const char *n) { return s && n ? 42 : 0; }
int genl_ctrl_resolve_grp(struct nl_sock *s, const char *n, const char *g)
{ return s && n && g ? 1 : 0; }
int genl_ctrl_alloc_cache(struct nl_sock *s, struct nl_cache **c) { *c = 0; return !s; }
struct genl_family *genl_ctrl_search_by_name(struct nl_cache *c, const char *n)
{ return (void *)(n ? 1l : (long)c); }
void genl_family_put(struct genl_family *f) { (void)f; }
void nl_cache_free(struct nl_cache *c) { (void)c; }
unsigned int genl_family_get_version(struct genl_family *f) { return f ? 1 : 0; }
"""


@ROOT_ONLY
def test_check_config_knows_its_driver(tmp_path):
    (tmp_path / "driver.c").write_text(DRIVER)
    subprocess.run(["cc", "-shared", "-fPIC", "-I/usr/include/libnl3", "-o",
                    tmp_path / "driver.so", tmp_path / "driver.c"], check=True)
    lines = check_config(env={**os.environ, "LD_PRELOAD": str(tmp_path / "driver.so")})
    assert has(lines, "wrong", "the driver speaks version 1")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may run it")
def test_only_root():
    r = uipd("--foreground")
    assert r.returncode == 1 and "root" in r.stderr
