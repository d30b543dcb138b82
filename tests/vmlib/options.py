# SPDX-License-Identifier: GPL-2.0-or-later
"""Types of the options' values: argparse refuses a wrong one with the reason."""

import re
import shlex
from argparse import ArgumentTypeError

from vmlib import machine

LONGEST_S = 1_000_000


def at_least(minimum):
    def whole(text):
        if not re.fullmatch(r"\d+", text, re.ASCII) or int(text) < minimum:
            raise ArgumentTypeError(f"{text!r} is not a whole number of at least {minimum}")
        return int(text)
    return whole


def seconds(text):
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= LONGEST_S:     # nan is not, either
        raise ArgumentTypeError(f"{text!r} is not a number of seconds from 0 (no limit) "
                                f"to {LONGEST_S}")
    return value


def words(text):
    try:
        return shlex.split(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is split as a shell would, but has: {error}") from None


def setting(text):
    name, equals, value = text.partition("=")
    if not equals or not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII):
        raise ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    return name, value


def forward(text):
    ports = re.fullmatch(r"(\d{1,5}):(\d{1,5})", text, re.ASCII)
    if not ports or not all(1 <= int(port) <= 65535 for port in ports.groups()):
        raise ArgumentTypeError(f"{text!r} is not two ports, as in 3260:3260")
    return ports.groups()


def adapter(text):
    kind, _, properties = text.partition(",")
    classes = machine.adapter_classes()
    if kind not in classes:
        raise ArgumentTypeError(f"there is no class {kind!r}; the classes are: "
                                f"{' '.join(classes)}")
    return kind, properties


def kernel(series):
    there, known = machine.unpacked_kernels(), machine.pinned_kernels()
    if series in there:
        return series
    if series in known:
        raise machine.VmError(f"kernel {series} is not unpacked yet: run "
                              f"`make modules KERNELS={series}`")
    raise ArgumentTypeError(f"there is no kernel {series!r}; the kernels are: "
                            f"{' '.join(sorted({*there, *known}))}")
