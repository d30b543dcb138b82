#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""hog.py MIB SECONDS FILE: use more memory than there is, and know what was put there.

Each page says which it is and in which round it was written. Each round looks at all
of them, in an order of its own, and writes them anew. Ends when there is a FILE, not
before SECONDS have passed; or at the first page that is not what it was: status 1.
"""

import itertools
import mmap
import os
import random
import struct
import sys
import time

PAGE = 4096


def content(page, turn):
    return struct.pack("<QQ", page, turn) * (PAGE // 16)


def runs(pages):
    """(pages, round) for ever: runs of pages, as programs have them, in random order."""
    for turn in itertools.count():
        print("round", turn, flush=True)
        firsts = list(range(0, pages, 64))
        random.Random(turn).shuffle(firsts)
        for first in firsts:
            yield range(first, min(first + 64, pages)), turn


def main(mib, seconds, stop):
    end = time.monotonic() + seconds
    pages = mib * (1 << 20) // PAGE
    memory = mmap.mmap(-1, pages * PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for page in range(pages):
        memory[page * PAGE:(page + 1) * PAGE] = content(page, 0)
    for run, turn in runs(pages):
        for page in run:
            at = slice(page * PAGE, (page + 1) * PAGE)
            if memory[at] != content(page, turn):
                print("page %d is wrong in round %d" % (page, turn), flush=True)
                return 1
            memory[at] = content(page, turn + 1)
        if time.monotonic() > end and os.path.exists(stop):
            return 0


sys.exit(main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]))
