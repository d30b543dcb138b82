#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""hog.py MIB SECONDS: use more memory than there is, and know what was put there.

Each page says which it is and in which round it was written. Each round looks at all
of them, in an order of its own, and writes them anew. Ends after SECONDS, or at the
first page that is not what it was: status 1.
"""

import mmap
import random
import struct
import sys
import time

PAGE = 4096


def content(page, turn):
    return struct.pack("<QQ", page, turn) * (PAGE // 16)


def main(mib, seconds):
    pages = mib * (1 << 20) // PAGE
    memory = mmap.mmap(-1, pages * PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    end = time.monotonic() + seconds
    for page in range(pages):
        memory[page * PAGE:(page + 1) * PAGE] = content(page, 0)
    turn = 0
    while time.monotonic() < end:
        print("round", turn, flush=True)
        # Runs of pages, as programs have them, in random order.
        runs = list(range(0, pages, 64))
        random.Random(turn).shuffle(runs)
        for first in runs:
            for page in range(first, min(first + 64, pages)):
                at = slice(page * PAGE, (page + 1) * PAGE)
                if memory[at] != content(page, turn):
                    print("page %d is wrong in round %d" % (page, turn), flush=True)
                    return 1
                memory[at] = content(page, turn + 1)
        turn += 1
    print("rounds:", turn)
    return 0


sys.exit(main(int(sys.argv[1]), float(sys.argv[2])))
