# SPDX-License-Identifier: GPL-2.0-or-later
"""What must hold for the tree as a whole."""
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROOMS = ("firmware-if", "drivers/common", "drivers/hba", "uip", "tools", "emu/fw",
         "emu/qemu", "tests")
KERNEL, INTERFACE, OTHER = ("GPL-2.0-only",
                            "GPL-2.0-only WITH Linux-syscall-note",
                            "GPL-2.0-or-later")
PROSE = {".md", ".txt"}
BARE = {".gitignore"}
DATA = "tests/fuzz/corpus"


def tracked():
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True,
                           capture_output=True, text=True).stdout.split("\n")
    return [ROOT / name for name in names if name]


def sources():
    return [p for p in tracked() if p.is_file() and p.suffix not in PROSE and
            p.name not in BARE and p.parts[len(ROOT.parts)] != "LICENSES" and
            ROOT / DATA not in p.parents]


def licence_of(path):
    place = path.relative_to(ROOT).parts
    if place[0] == "firmware-if":
        return INTERFACE
    return KERNEL if place[0] in ("drivers", "Kbuild") else OTHER


def test_every_source_names_its_licence():
    wrong = []
    for path in sources():
        head = path.read_text(encoding="utf-8").split("\n")[:3]
        found = re.search(r"SPDX-License-Identifier: (.*?)\s*(\*/)?$",
                          next((line for line in head if "SPDX" in line), ""))
        if not found or found[1] != licence_of(path):
            wrong.append(str(path.relative_to(ROOT)))
    assert not wrong


def test_no_merge_is_left_half_done():
    marks = re.compile(r"^(<{7}|>{7}) ", re.MULTILINE)
    assert not [str(path.relative_to(ROOT)) for path in sources()
                if marks.search(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("name", ["GPL-2.0-only", "GPL-2.0-or-later", "Linux-syscall-note"])
def test_licence_texts_are_there(name):
    text = (ROOT / "LICENSES" / f"{name}.txt").read_text(encoding="utf-8")
    assert len(text) > 500


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_a_page(room):
    lines = (ROOT / room / "README.md").read_text(encoding="utf-8").split("\n")
    assert 5 < len(lines) < 80


def includes(folder):
    for path in (ROOT / folder).rglob("*.[ch]"):
        for name in re.findall(r'^\s*#include [<"]([^>"]+)[>"]', path.read_text(), re.M):
            yield path, name


def test_rooms_include_only_what_they_may():
    """DESIGN's table of who may include whom, for what a name can show."""
    assert {name for _, name in includes("firmware-if")} <= {"linux/types.h"}
    ours = {p.name for p in tracked() if p.suffix == ".h" and "uip" not in p.parts}
    proto = {p.name for p in tracked() if p.suffix == ".h" and "proto" in p.parts}
    assert not {name for _, name in includes("uip/proto")} & (ours - proto)
    for path, name in includes("emu/fw"):
        assert not name.startswith(("qemu/", "hw/", "exec/", "sysemu/")), (path, name)


def test_documents_link_to_what_exists():
    for path in tracked():
        if path.suffix != ".md":
            continue
        for link in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / link).exists(), (path.name, link)


def names_in(page):
    """The names in its backticks; `_b` behind `test_a` is test_a_b."""
    names, first = set(), ""
    for name in re.findall(r"`([\w.]+)`", page.read_text(encoding="utf-8")):
        name = name.split(".")[0]
        names |= {name, first + name}
        first = first if name.startswith("_") else name
    return names


def test_every_test_is_on_its_rooms_page():
    tests = {p for p in tracked() if p.name.startswith(("test_", "fuzz_")) and
             p.suffix in (".c", ".py") and (p.parent / "README.md").exists()}
    missing = {str(p.relative_to(ROOT)) for p in tests
               if p.stem not in names_in(p.parent / "README.md")}
    assert not missing
