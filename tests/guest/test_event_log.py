# SPDX-License-Identifier: GPL-2.0-or-later
"""The log that an adapter keeps in flash, over power, and erased."""

import os
import socket
import struct
import time

import flash
from conftest import adapter_only

LOG = 9453568                       # SPEC.md 6.3, 6.7
LOGIN_FAILED = 10


def in_flash(path, kind):
    """Has a page of the log such a record?"""
    with open(path, "rb") as file:
        file.seek(LOG)
        pages = file.read()
    return any(pages[at:at + 8] == b"OHBAlog " and
               any(struct.unpack_from("<H", pages, at + 40 + 128 * i + 44)[0] == kind
                   for i in range(31))
               for at in range(0, 64 * 4096, 4096))


def wait_for(what, seconds):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.1)


@adapter_only
def test_log(boot, scratch):
    path = os.path.join(scratch, "flash")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))                   # and does not listen
        flash.write_targets(path, [flash.target("iqn.2026-01.test:nobody", "127.0.0.1",
                                                closed.getsockname()[1])])
        for step in "before", "after":
            guest = boot("guest-log.sh", step, adapters=("fw,drive=flash",),
                         qemu=f"-drive if=none,id=flash,format=raw,file={path}")
            if step == "before":
                guest.wait_line("--- power goes", 300)
                wait_for(lambda: in_flash(path, LOGIN_FAILED), 120)
                guest.tell("written")
            guest.finish()
