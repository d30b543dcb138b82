# SPDX-License-Identifier: GPL-2.0-or-later
"""A target that misbehaves under verified load, in many ways one after the other."""

from conftest import adapter_only, target_env
from targets import Scripted

# What the adapter ends the connection for, or has to bear.
MISBEHAVIOURS = {
    "data-in": ("wrong-datasn", "wrong-offset", "wrong-itt", "corrupt-data-digest",
                "corrupt-header-digest", "too-long", "drop", "duplicate", "delay:200", "reset",
                "close", "split:7", "merge", "bad-opcode"),
    "scsi-response": ("wrong-statsn", "wrong-itt", "drop", "data-in-after-status", "duplicate",
                      "async:drop-conn", "reject:protocol-error", "reserved-bits"),
    "r2t": ("wrong-datasn", "wrong-offset", "r2t-beyond", "r2t-duplicate", "nop-flood:50", "drop"),
    "scsi-command": ("check-condition:11/0/0", "busy", "task-set-full", "drop",
                     "close-window:300", "silent"),
}
APART = 40          # PDUs of a kind from one of its misbehaviours to the next


def rules():
    return ["on=%s,nth=%d,count=1 do=%s" % (pdu, APART * (i + 1), action)
            for pdu, actions in MISBEHAVIOURS.items() for i, action in enumerate(actions)]


@adapter_only
def test_misbehaving_target_under_load(boot, target):
    scripted = target(Scripted, rules=rules())
    boot("guest-misbehaviour.sh", env=target_env("SCRIPTED", scripted), timeout=600).finish()
    scripted.stop()
    summaries = [line for line in scripted.lines("summary") if "rule" in line]
    assert len(summaries) == len(rules())
    assert not [line["line"] for line in summaries if line["injected"] != "1"]
    # The target is strict in turn.
    assert not [line["line"] for line in scripted.lines("peer")]
