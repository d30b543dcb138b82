# SPDX-License-Identifier: GPL-2.0-or-later
"""mk/qemu-tree and the rules around it, with a stand-in for QEMU's source."""
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONFIGS = "configs/devices/x86_64-softmmu"


def run(*words, **kwargs):
    return subprocess.run(words, capture_output=True, text=True, check=False,
                          cwd=ROOT, stdin=subprocess.DEVNULL, **kwargs)


@pytest.fixture
def local(tmp_path):
    tree = tmp_path / "a local qemu"
    for name, text in {"VERSION": "7.2.22\n", "hw/Kconfig": "", "hw/meson.build": "",
                       "meson.build": "subdir('qapi')\n", f"{CONFIGS}/default.mak": "",
                       "build/old": ""}.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    return tree


@pytest.fixture
def tree(tmp_path):
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "kept").touch()
    return tree


def test_a_local_tree_is_copied_and_hooked(local, tree):
    done = run("mk/qemu-tree", tree, local)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tree / "hw/ohba").resolve() == ROOT / "emu/qemu"
    assert (tree / "hw/Kconfig").read_text() == "source ohba/Kconfig\n"
    assert "hw/ohba" in (tree / "meson.build").read_text()
    assert (tree / CONFIGS / "default.mak").read_text() == "CONFIG_OHBA=y\n"
    assert not (tree / "kept").exists() and not (tree / "build").exists()
    assert (local / "hw/Kconfig").read_text() == ""


@pytest.mark.parametrize("name, text, word", [
    ("VERSION", "8.1.0\n", "QEMU 8.1.0"),
    ("hw/Kconfig", None, "is not a QEMU source tree"),
    ("meson.build", "", "cannot hook into"),
])
def test_a_wrong_tree_leaves_the_good_one(local, tree, name, text, word):
    if text is None:
        (local / name).unlink()
    else:
        (local / name).write_text(text)
    done = run("mk/qemu-tree", tree, local)
    assert done.returncode == 1 and word in done.stderr
    assert (tree / "kept").exists()
    assert not tree.with_name("tree.new").exists()


def wants_unpacking(build, source):
    done = run("make", "-n", f"B={build}", f"QEMU_SRC={source}", f"{build}/qemu-src/.unpacked")
    return "mk/qemu-tree" in done.stdout


def test_qemu_is_unpacked_again_only_for_another_source(tmp_path):
    stamp = tmp_path / "qemu-src/.unpacked"
    stamp.parent.mkdir()
    for source, other in (("", "/some where"), ("/some where", "")):
        stamp.write_text(source + "\n")
        assert run("make", "help", f"B={tmp_path}", f"QEMU_SRC={other}").returncode == 0
        assert not wants_unpacking(tmp_path, source)
        assert wants_unpacking(tmp_path, other)
