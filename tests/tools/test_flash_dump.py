# SPDX-License-Identifier: GPL-2.0-or-later
"""The file of a dump with secrets: whole or as it was before, and nothing beside it."""
import pathlib
import signal
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = [ROOT / "tests/tools/dump.c"] + [
    ROOT / "tools/ohbatool" / name for name in ("flash_cmd.c", "flash_text.c")]
OLD = "of before\n"


@pytest.fixture(scope="module", name="program")
def build(tmp_path_factory):
    path = tmp_path_factory.mktemp("dump") / "dump"
    subprocess.run(["cc", "-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror",
                    "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined",
                    f"-I{ROOT}/tools/ohbatool", f"-I{ROOT}/firmware-if", "-o", path, *SOURCES],
                   check=True)
    return path


@pytest.fixture(name="dump")
def dump_beside(program, tmp_path):
    """Runs it, no signal ignored; what it returns, and what is in the folder then."""
    (tmp_path / "file").write_text(OLD)

    def run(*args, under=()):
        done = subprocess.run(["env", "--default-signal", *under, program, tmp_path / "file", *map(str, args)],
                              capture_output=True, text=True, check=False)
        return done, {path.name: path for path in tmp_path.iterdir()}

    return run


def test_whole(dump):
    done, there = dump()
    assert (done.returncode, done.stderr, list(there)) == (0, "", ["file"])
    assert 'password = "ssssssssssssssss"' in there["file"].read_text()
    assert there["file"].stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("sig", [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGXFSZ])
def test_signal(dump, sig):
    done, there = dump(int(sig))
    assert (done.returncode, list(there)) == (-sig, ["file"])
    assert there["file"].read_text() == OLD


def test_ignored_signal(dump):
    done, there = dump(int(signal.SIGHUP), under=["nohup"])
    assert (done.returncode, list(there)) == (0, ["file"])
    assert "password" in there["file"].read_text()


def test_adapter_goes(dump):
    done, there = dump("gone")
    assert (done.returncode, list(there)) == (1, ["file"])
    assert "is not dumped: No such device" in done.stderr
    assert there["file"].read_text() == OLD


@pytest.mark.parametrize("target", ["elsewhere", "/dev/null"])
def test_no_file(dump, program, tmp_path, target):
    (tmp_path / "link").symlink_to(target)
    done = subprocess.run([program, tmp_path / "link"], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "it is no regular file" in done.stderr
    assert (tmp_path / "link").is_symlink() and not (tmp_path / "elsewhere").exists()
