# SPDX-License-Identifier: GPL-2.0-or-later
"""The languages of the harnesses, as their headers have them: names and numbers."""

import pathlib
import re
import struct

FUZZ = pathlib.Path(__file__).resolve().parents[1]
SEED_MAX = 1024         # mk/fuzz cuts an input there
DAMAGE_MAX = 7          # pairs that input_damage() takes


def names_of(header):
    """{name: number} of a header's enums and plain numbers."""
    text = re.sub(r"/\*.*?\*/", "", (FUZZ / header).read_text(encoding="utf-8"), flags=re.S)
    found = {name: int(number, 0)
             for name, number in re.findall(r"^#define\s+(\w+)\s+(\w+)\s*$", text, re.M)
             if re.fullmatch(r"0x[0-9a-f]+|\d+", number)}
    for body in re.findall(r"enum\s*\w*\s*\{(.*?)\}", text, re.S):
        found.update((name, i) for i, name in enumerate(re.findall(r"\w+", body)))
    return found


def u16(number):
    return struct.pack("<H", number)


def damage(pairs):
    return bytes([len(pairs)]) + b"".join(bytes(pair) for pair in pairs)
