# SPDX-License-Identifier: GPL-2.0-or-later
"""What grows from round to round: looks at a guest (guest-rounds.sh) and its QEMU.

A leak grows by at least one a round, from each look to the next; what a cache or
a late initialization took once does not. So what counts is the smallest growth
between two looks, and MANY of the rounds between them is a leak. The guest runs
with slub_debug=U: then a slab's count is of objects in use, exactly.
"""

import collections
import os
import re

MANY = 0.5
PAGE_KIB = 4
# KiB of QEMU's memory from look to look, and for each round between them. TCG keeps
# megabytes for the code that it meets, however often; without a guest there is none.
QEMU_KIB = 16384, 1024
STILL_QEMU_KIB = 0, 1
QEMU = "QEMU's memory, KiB"
STILL_QEMU = "memory of QEMU without a guest, KiB"
MALLOC_MAX_KIB = 64 * 1024

# Names that the kernel caches, and what they are names of is counted elsewhere;
# areas that wait to be unmapped, which vmallocinfo tells from those in use; what
# kmemleak knows of objects that have their own counts.
CACHES = ("dentry", "inode_cache", "lsm_inode_cache", "vmap_area", "kmemleak_object",
          "kmemleak_scan_area")
VARIES = re.compile(r"\d+|0x[0-9a-f]+")


def read(folder, name):
    with open(os.path.join(folder, name)) as file:
        return file.read()


def slabs(look):
    rows = (line.split() for line in read(look, "slabinfo").splitlines()[2:])
    return {"slab " + row[0]: int(row[1]) for row in rows if row[0] not in CACHES}


def debug(look):
    return "\nkmemleak_object " in read(look, "slabinfo")


def vmalloc(look):
    """Areas by who asked for them; their callers' offsets tell the places apart."""
    callers = (line.split()[2] for line in read(look, "vmallocinfo").splitlines())
    return collections.Counter("vmalloc " + c for c in callers if not c.startswith("unpurged"))


def pages(look):
    """Pages that no statistic accounts for, as those of DMA memory.

    The debug kernel's KASAN takes such pages, too, for each stack that it has not met
    yet, and keeps them for ever; what is mapped for DMA its DMA-API debugging counts.
    """
    info = {line.split(":")[0]: int(line.split()[1])
            for line in read(look, "meminfo").splitlines()}
    accounted = sum(info[key] for key in (
        "MemFree", "Buffers", "Cached", "SwapCached", "AnonPages", "Slab", "KernelStack",
        "PageTables", "Percpu"))
    free = sum(map(int, re.findall(r"count: (\d+)", read(look, "zoneinfo"))))
    mapped = sum(map(int, re.findall(r"pages=(\d+)", read(look, "vmallocinfo"))))
    nobody = info["MemTotal"] // PAGE_KIB - accounted // PAGE_KIB - free - mapped
    counts = {"percpu memory, KiB": info["Percpu"]}
    return counts if debug(look) else dict(counts, **{"pages of nobody": nobody})


def lines(look, name):
    """Lines but for the numbers in them, which may be those of the Nth host."""
    found = (VARIES.sub("#", line) for line in read(look, name).splitlines())
    return collections.Counter("%s: %s" % (name, line) for line in found)


def interrupts(look):
    """Interrupts in use, by what uses them."""
    used = re.findall(r"^ *\d+:(?: +\d+)+ +(.*)$", read(look, "interrupts"), re.M)
    return collections.Counter("interrupt " + VARIES.sub("#", line) for line in used)


def references(look):
    rows = (line.split() for line in read(look, "modules").splitlines())
    return {"references to module " + row[0]: int(row[2]) for row in rows}


def in_guest(look):
    counts = dict(slabs(look), **vmalloc(look), **pages(look), **interrupts(look),
                  **references(look))
    for name in ("processes", "sysfs", "debugfs", "iscsid-fds", "sessions", "hosts"):
        counts.update(lines(look, name))
    return counts


# --- the process around it ---

def qemu_below(pid):
    """QEMU's process id, below that of tests/vm."""
    for child in read("/proc/%d/task/%d" % (pid, pid), "children").split():
        if "qemu-system" in os.readlink("/proc/%s/exe" % child):
            return int(child)
    raise RuntimeError("no QEMU below process %d" % pid)


def heap_kib(pid, most_kib=MALLOC_MAX_KIB):
    """What malloc has: the guest's memory and TCG's code are larger mappings. With a larger
    most_kib, the firmware's tables, too."""
    total = 0
    for entry in re.split(r"(?m)^(?=[0-9a-f]+-[0-9a-f]+ )", read("/proc/%d" % pid, "smaps"))[1:]:
        head = entry.split("\n", 1)[0].split()
        size, dirty = (int(re.search(r"(?m)^%s: +(\d+)" % key, entry)[1])
                       for key in ("Size", "Private_Dirty"))
        if head[1] == "rw-p" and (len(head) < 6 or head[5] == "[heap]") and \
                size <= most_kib:
            total += dirty
    return total


def objects(qmp):
    """What QEMU's monitor lists: devices, and memory regions, also of devices that left."""
    said = {command: qmp.command("human-monitor-command", **{"command-line": command})
            for command in ("info qtree", "info mtree")}
    return {"lines of " + command: len(text.splitlines()) for command, text in said.items()}


def around(pid, qmp):
    process = "/proc/%d/" % pid
    return dict(objects(qmp), **{
        "QEMU's file descriptors": len(os.listdir(process + "fd")),
        "QEMU's threads": len(os.listdir(process + "task")),
        QEMU: heap_kib(pid)})


# --- the verdict ---

def bound(name, rounds):
    once, each = {QEMU: QEMU_KIB, STILL_QEMU: STILL_QEMU_KIB}.get(name, (0, MANY))
    return max(1, int(once + each * rounds))


def found(looks):
    """looks: {round: counts}, three at least. Returns a line for each leak."""
    rounds = sorted(looks)
    result = []
    for name in sorted(set().union(*looks.values())):
        counts = [looks[n].get(name, 0) for n in rounds]
        steps = [(after - before) / bound(name, m - n) for before, after, n, m
                 in zip(counts, counts[1:], rounds, rounds[1:])]
        if min(steps) >= 1:
            result.append("%s: %s in rounds %s" % (name, counts, rounds))
    return result
