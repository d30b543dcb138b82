# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables of text: columns as wide as they need."""


def text(head, rows):
    """head: names; rows: strings. All but the first column to the right."""
    widths = [max(len(row[i]) for row in [head] + rows) for i in range(len(head))]
    lines = ["  ".join(cell.ljust(w) if i == 0 else cell.rjust(w)
                       for i, (cell, w) in enumerate(zip(row, widths))).rstrip()
             for row in [head, ["-" * w for w in widths]] + rows]
    return "\n".join(lines) + "\n"


def size(length):
    return "%dk" % (length >> 10)
