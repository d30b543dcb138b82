# SPDX-License-Identifier: GPL-2.0-or-later
"""What in a kernel log means that the kernel, not the command, has failed."""

import re

SPLAT = re.compile("|".join((
    r"WARNING: (CPU|possible|inconsistent|suspicious|bad unlock|held lock|lock held)",
    r"WARNING: .* at ",
    r"\bBUG: ",
    r"\bBUG at ",
    r"Oops(:| )",
    r"Kernel panic",
    r"general protection fault",
    r"unable to handle",
    r"rcu: INFO: rcu_\w+ (self-)?detected",
    r"INFO: task .* blocked for more than",
    r"soft lockup",
    r"scheduling while atomic",
    r"possible (circular|recursive) locking",
    r"inconsistent lock state",
    r"UBSAN: ",
    r"DMA-API: (?!preallocated|debugging enabled|dma_debug_entry pool grown)",
    r"DMAR: \[",
    r"refcount_t: ",
    r"kmemleak: .* new suspected",
    r"kmemleak: Kernel memory leak detector disabled",
    r"list_(add|del) corruption",
    r"Call Trace:",
)))

# Flaws of the kernels below. The iscsi class removes targets from a queue that
# promises to help reclaim, and waits for one that does not if their runtime power
# management is just at work: at a logout that follows soon after a login. And an
# interrupt gets on without its files in /proc for want of memory, but misses them
# when it goes.
KNOWN = re.compile("|".join((
    r"WQ_MEM_RECLAIM iscsi_ctrl_\S+:__iscsi_unbind_session( \[\w+\])? is flushing "
    r"!WQ_MEM_RECLAIM pm:pm_runtime_work",
    r"name '\w+'\n.*WARNING: .* at remove_proc_entry\+[\s\S]* unregister_irq_proc\+",
)))
REPORT = re.compile(r"^[^\n]*-\[ cut here \]-.*?-\[ end trace [^\n]*", re.M | re.S)

EXCERPT_LINES = 40


def excerpt(log):
    """The lines around the first splat in the kernel log `log`, or ""."""
    log = REPORT.sub(lambda report: "" if KNOWN.search(report[0]) else report[0], log)
    lines = log.splitlines()
    for i, line in enumerate(lines):
        if SPLAT.search(line):
            start = max(0, i - 2)
            return "\n".join(lines[start:start + EXCERPT_LINES])
    return ""
