# SPDX-License-Identifier: GPL-2.0-or-later
"""uip/proto's iSNS against Debian's isnsd: what is registered is found, and nothing stays."""
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from targets import Isnsd  # noqa: E402

SOURCES = [ROOT / "tests/tools/isns.c", ROOT / "uip/proto/isns.c", ROOT / "uip/proto/isns_msg.c",
           ROOT / "uip/proto/text.c"]
US = "iqn.2026-01.org.ohba:us"
ONE, TWO = "iqn.2026-01.org.ohba:one", "iqn.2026-01.org.ohba:target.of.another.length"


@pytest.fixture(scope="module", name="program")
def program_of(tmp_path_factory):
    path = tmp_path_factory.mktemp("isns") / "isns"
    subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined",
                    f"-I{ROOT}/uip/proto", "-o", path, *SOURCES], check=True)
    return path


@pytest.fixture(name="server")
def server_of(tmp_path):
    with Isnsd(tmp_path / "isnsd") as server:
        yield server


def ask(program, server, *more):
    done = subprocess.run([program, server.address, str(server.port), US, *more],
                          capture_output=True, text=True, timeout=30)
    *rows, last = done.stdout.splitlines() or [done.stderr]
    return done.returncode, last, [tuple(row.split()) for row in rows]


def test_what_is_registered(program, server):
    assert ask(program, server) == (0, "the iSNS server listed its targets (Successful)", [])
    server.register("disks", ["192.0.2.1:3260", "[2001:db8::1]:3999"], [ONE, TWO])
    server.register("tape", ["192.0.2.2:65535"], ["iqn.2026-01.org.ohba:tape"])
    status, _, rows = ask(program, server)
    assert status == 0
    assert sorted(rows) == sorted(
        [(name, *at, "1") for name in (ONE, TWO)
         for at in (("192.0.2.1", "3260"), ("2001:db8::1", "3999"))] +
        [("iqn.2026-01.org.ohba:tape", "192.0.2.2", "65535", "1")])


def test_nothing_stays(program, server):
    server.register("disks", ["192.0.2.1:3260"], [ONE])
    assert ask(program, server)[0] == 0
    assert server.nodes() == [ONE]
    # Who does not say goodbye is there; then it is known, and stays as it is.
    assert ask(program, server, "stop")[0] == 0
    assert sorted(server.nodes()) == [ONE, US]
    assert len(ask(program, server)[2]) == 1
    assert sorted(server.nodes()) == [ONE, US]


def test_many(program, server):
    """As many as fit in an answer of isnsd's, which are read in pieces."""
    names = ["iqn.2026-01.org.ohba:%s.%d" % ("x" * (n % 50), n) for n in range(60)]
    for first in range(0, len(names), 20):
        server.register("disks%d" % first, ["192.0.2.%d:3260" % (first + 1)],
                        names[first:first + 20])
    status, last, rows = ask(program, server)
    assert status == 0, last
    assert sorted(rows) == sorted(
        (name, "192.0.2.%d" % (i // 20 * 20 + 1), "3260", "1") for i, name in enumerate(names))


def test_other_domains(program, tmp_path):
    with Isnsd(tmp_path / "isnsd", visible=False) as server:
        server.register("disks", ["192.0.2.1:3260"], [ONE])
        assert ask(program, server) == (0, "the iSNS server listed its targets (Successful)", [])
