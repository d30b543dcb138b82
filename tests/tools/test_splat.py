# SPDX-License-Identifier: GPL-2.0-or-later
"""What in a kernel log is taken for a fault of the kernel, and what is not."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from vmlib import splat  # noqa: E402

REPORT = """\
[   98.4] ------------[ cut here ]------------
[   98.5] %s
[   98.5] WARNING: CPU: 1 PID: 25 at kernel/workqueue.c:2635 check_flush_dependency+0xb4/0x100
[   98.6] Call Trace:
[   98.6] ---[ end trace 0000000000000000 ]---
[   98.7] scsi host0: fine
"""
MODULE, BUILT_IN = (REPORT % ("workqueue: WQ_MEM_RECLAIM iscsi_ctrl_0:4:__iscsi_unbind_session%s "
                              "is flushing !WQ_MEM_RECLAIM pm:pm_runtime_work" % of)
                    for of in (" [scsi_transport_iscsi]", ""))
OURS = REPORT % ("workqueue: WQ_MEM_RECLAIM ohba_life:ohba_restart_work [ohba] is flushing "
                 "!WQ_MEM_RECLAIM pm:pm_runtime_work")

FREED = """\
[   66.5] ------------[ cut here ]------------
[   66.5] name 'effective_affinity'
[   66.5] WARNING: CPU: 0 PID: 110 at remove_proc_entry+0x117/0x190
[   66.5] Call Trace:
[   66.5]  %s+0x15f/0x260
[   66.6] ---[ end trace 0000000000000000 ]---
"""


def test_a_report_is_found():
    assert "ohba_life" in splat.excerpt("[    1.0] boot\n" + OURS)


def test_a_known_flaw_is_not():
    assert splat.excerpt(MODULE) == ""
    assert splat.excerpt(BUILT_IN) == ""
    assert splat.excerpt(FREED % "unregister_irq_proc") == ""


def test_a_known_line_in_another_report_is_found():
    assert "remove_proc_entry" in splat.excerpt(FREED % "ohba_debugfs_destroy")
    assert "remove_proc_entry" in splat.excerpt(
        (FREED % "ohba_debugfs_destroy") + FREED % "unregister_irq_proc")


def test_a_report_beside_a_known_flaw_is_found():
    assert "ohba_life" in splat.excerpt(MODULE + OURS)
    assert "ohba_life" in splat.excerpt(OURS + BUILT_IN)
