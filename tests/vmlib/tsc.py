# SPDX-License-Identifier: GPL-2.0-or-later
"""The rate of the host's time stamp counter, which an emulated guest's follows.

Left to itself the guest's kernel measures it by emulated timers. On a busy host that
goes wrong by some times, and all of its clocks with it: what is 6 s to the guest is
1.5 s to a target outside.
"""

import ctypes
import mmap
import platform
import time

READ_COUNTER = b"\x0f\x31\x48\xc1\xe2\x20\x48\x09\xd0\xc3"   # rdtsc; rax |= rdx << 32; ret
SPAN_S = 0.02
TRIES = 20


def counter():
    code = mmap.mmap(-1, mmap.PAGESIZE,
                     prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(READ_COUNTER)
    read = ctypes.CFUNCTYPE(ctypes.c_uint64)(
        ctypes.addressof(ctypes.c_char.from_buffer(code)))
    read.code = code                   # lives as long
    return read


def moment(read):
    """Counter and clock of one moment: of several tries the one nobody came between."""
    def attempt():
        before, ticks, after = time.monotonic_ns(), read(), time.monotonic_ns()
        return after - before, ticks, before
    return min(attempt() for _ in range(TRIES))[1:]


def khz():
    read = counter()
    ticks, ns = moment(read)
    time.sleep(SPAN_S)
    ticks_then, ns_then = moment(read)
    return round((ticks_then - ticks) * 1000000 / (ns_then - ns))


def kernel_words():
    """Where the host has such a counter, and lets it be read: no guest of ours needs to
    measure its own."""
    if platform.machine() != "x86_64":
        return ""
    try:
        return f"tsc_early_khz={khz()}"
    except OSError:                     # no memory of a process may be written and executed
        return ""
