# SPDX-License-Identifier: GPL-2.0-or-later
"""From a capture to seeds (tests/fuzz/captured)."""
