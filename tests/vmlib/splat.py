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
    r"DMA-API: ",
    r"DMAR: \[",
    r"refcount_t: ",
    r"kmemleak: .* new suspected",
    r"list_(add|del) corruption",
    r"Call Trace:",
)))

EXCERPT_LINES = 40


def excerpt(log):
    """The lines around the first splat in the kernel log `log`, or ""."""
    lines = log.splitlines()
    for i, line in enumerate(lines):
        if SPLAT.search(line):
            start = max(0, i - 2)
            return "\n".join(lines[start:start + EXCERPT_LINES])
    return ""
