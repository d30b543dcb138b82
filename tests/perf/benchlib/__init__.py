# SPDX-License-Identifier: GPL-2.0-or-later
"""What the programs of tests/perf share."""
