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
#include <stdlib.h>
#define HELPER 77
int genl_ctrl_resolve(struct nl_sock *s, const char *n) { return s && n ? 42 : 0; }
int genl_ctrl_resolve_grp(struct nl_sock *s, const char *n, const char *g)
{ return s && n && !strcmp(g, "helper") ? HELPER : 1; }
/* Who joins it is a helper, for the driver. */
int nl_socket_add_membership(struct nl_sock *s, int group)
{ if (s && group == HELPER) abort(); return 0; }
int genl_ctrl_alloc_cache(struct nl_sock *s, struct nl_cache **c) { *c = 0; return !s; }
struct genl_family *genl_ctrl_search_by_name(struct nl_cache *c, const char *n)
{ return (void *)(n ? 1l : (long)c); }
void genl_family_put(struct genl_family *f) { (void)f; }
void nl_cache_free(struct nl_cache *c) { (void)c; }
unsigned int genl_family_get_version(struct genl_family *f) { return f ? VERSION : 0; }
"""


def preload(tmp_path, source, **defines):
    """An environment in which functions of libraries are those of source."""
    (tmp_path / "fake.c").write_text(source)
    subprocess.run(["cc", "-shared", "-fPIC", "-I/usr/include/libnl3", "-include", "string.h",
                    *(f"-D{name}={value}" for name, value in defines.items()),
                    "-o", tmp_path / "fake.so", tmp_path / "fake.c"], check=True)
    return {**os.environ, "LD_PRELOAD": str(tmp_path / "fake.so")}


@ROOT_ONLY
def test_check_config_knows_its_driver(tmp_path):
    lines = check_config(env=preload(tmp_path, DRIVER, VERSION=1))
    assert has(lines, "wrong", "the driver speaks version 1")


@ROOT_ONLY
def test_check_config_is_no_helper(tmp_path):
    """That somebody looks whether it would run is no promise to the driver."""
    version = uipd("--version").stdout.split()[1]
    lines = check_config(env=preload(tmp_path, DRIVER, VERSION=version))
    assert has(lines, "ok", "the driver is there")
    assert has(lines, "wrong", "/dev/ohba_logins: the driver has none, or /dev here")


OPEN = """
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>
int open(const char *path, int flags, ...)
{
	va_list args;
	int mode;

	va_start(args, flags);
	mode = va_arg(args, int);
	va_end(args);
	if (strcmp(path, "/dev/ohba_logins"))
		return syscall(SYS_openat, AT_FDCWD, path, flags, mode);
	if (!ERRNO)
		return syscall(SYS_openat, AT_FDCWD, "/dev/null", flags, mode);
	errno = ERRNO;
	return -1;
}
"""


@ROOT_ONLY
@pytest.mark.parametrize("errno,kind,words", [
    (0, "ok", "/dev/ohba_logins can be opened"),
    ("ENOENT", "note", "there is no /dev/ohba_logins: it comes with the driver"),
    ("EBUSY", "note", "another helper has it open: stop it, or start this one with --no-login"),
    ("EPERM", "wrong", "have the service allow it (DeviceAllow=char-misc rw)"),
    ("ENOMEM", "wrong", "/dev/ohba_logins: Cannot allocate memory"),
])
def test_check_config_tries_the_file_of_logins(tmp_path, errno, kind, words):
    env = preload(tmp_path, OPEN, ERRNO=errno)
    assert has(check_config(env=env), kind, words)
    no_login = subprocess.run([UIPD, "-n", "--check-config"], capture_output=True, text=True,
                              check=False, timeout=60, env=env)
    assert "ohba_logins" not in no_login.stdout


@ROOT_ONLY
def test_check_config_tries_the_opener(tmp_path):
    assert has(check_config(), "ok", "the process that opens the file of logins can be made")
    fails = "int capng_update(int a, unsigned t, unsigned c) { return a && t && c ? -1 : 0; }"
    lines = check_config(env=preload(tmp_path, fails))
    assert has(lines, "wrong", "the opener lacks one capability")
    assert has(lines, "wrong", "could not be set up: run as root with CAP_SYS_ADMIN, or with")


def service():
    return dict(line.split("=", 1) for line in (UIP / "uipd.service").read_text().splitlines()
                if "=" in line and not line.startswith("#"))


@ROOT_ONLY
def test_the_service_leaves_it_what_it_needs():
    kept = service()["CapabilityBoundingSet"].lower().replace("cap_", "").split()
    assert "sys_resource" in kept
    mine = subprocess.run(["setpriv", "--dump"], capture_output=True, text=True, check=True)
    have = re.search(r"Capability bounding set: (.*)", mine.stdout).group(1).split(",")
    bounds = ",".join(["-all"] + [f"+{name}" for name in kept if name in have])
    assert not [line for line in check_config("setpriv", "--bounding-set", bounds)
                if line[0] == "wrong"]


@ROOT_ONLY
def test_disks_that_wait_are_no_reason_to_end():
    lines = check_config("setpriv", "--bounding-set", "-sys_resource")
    assert has(lines, "note", "that takes CAP_SYS_RESOURCE, and Linux 5.6")
    assert not [line for line in lines if line[0] == "wrong"]


def test_who_ends_or_hangs_is_started_again():
    assert service()["Restart"] == "always"
    assert service()["WatchdogSec"] == "2min"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may run it")
def test_only_root():
    r = uipd("--foreground")
    assert r.returncode == 1 and "root" in r.stderr
