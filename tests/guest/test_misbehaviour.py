# SPDX-License-Identifier: GPL-2.0-or-later
"""A target that misbehaves under verified load, in many ways one after the other.

What is borne comes on one connection, and costs no command its time. Everything else has
a connection of its own: the log names it, just as often as it happened, and the disk goes
on within the times that run out and a login's."""

import collections
import time

from conftest import adapter_only, long_only, SLOWNESS
from faults import ABORT_S, AGAIN_S, COMMAND_S, Load, load_env
from targets import Scripted

LOAD = "--bssplit=4k/40:32k/60 --iodepth=16 --size=16m"
SEEN = 40           # PDUs of a kind before the first that is borne
APART = 20          # and from one to the next
CONN = 3            # the first under load: there were one of discovery, one of the login
LOUD = ("lost: ", ": done", ": the target ", "reset for ", "failed: REJECTED",
        "adapter stopped", "was not accepted")


class Row:
    """What happens to a PDU, and what the log then says. after: what has such PDUs come.
    ends: the connection, if no word of a loss says so."""

    def __init__(self, pdu, action, *says, after=None, ends=False):
        self.rules = ["on=%s,conn={conn},nth={nth} do=%s" % (pdu, action)]
        if after:
            self.rules = ["on=%s,conn={conn},nth={nth} do=%s" % after,
                          "on=%s,conn={conn},nth=1 do=%s" % (pdu, action)]
        self.pdu = pdu
        self.says = says
        self.ends = ends or any(words.startswith("lost: ") for words in says)
        slow = after or any(words.startswith("abort ") for words in says)
        self.within_s = AGAIN_S + (COMMAND_S + ABORT_S if slow else 0)

    def is_borne(self):
        return not self.says and not self.ends


def each(pdu, *rows):
    return [Row(pdu, *row) for row in rows]


TABLE = (
    each("data-in", ("delay:200",), ("split:47",), ("merge",),
         ("wrong-datasn", "lost: BAD_DATASN "),
         ("wrong-offset", "lost: BAD_OFFSET "),
         ("wrong-itt", "lost: BAD_ITT "),
         ("corrupt-data-digest", "lost: DATA_DIGEST "),
         ("corrupt-header-digest", "lost: HDR_DIGEST "),
         ("too-long", "lost: BAD_OFFSET "),
         ("drop", "lost: BAD_STATSN "),
         ("duplicate", "lost: BAD_ITT "),
         ("reset", "lost: CONN_RESET "),
         ("close", "lost: CONN_CLOSED "),
         ("bad-opcode", "lost: BAD_OPCODE ")) +
    each("scsi-response", ("reserved-bits",),
         ("wrong-statsn", "lost: BAD_STATSN "),
         ("wrong-itt", "lost: BAD_ITT "),
         ("drop", "lost: BAD_STATSN "),
         ("data-in-after-status", "lost: BAD_ITT "),
         ("duplicate", "lost: BAD_ITT "),
         ("async:drop-conn", "lost: TARGET_DROP "),
         ("reject:protocol-error",
          "abort for command 0x2a: the target does not know the command")) +
    each("r2t", ("r2t-duplicate",), ("nop-flood:50",),
         ("wrong-datasn", "lost: BAD_R2TSN "),
         ("wrong-offset", "lost: BAD_R2T "),
         ("r2t-beyond", "lost: BAD_R2T "),
         ("drop", "abort for command 0x2a: done")) +
    each("scsi-command", ("check-condition:11/0/0",), ("busy",), ("task-set-full",),
         ("close-window:300",),
         ("silent", "lost: NOP_TIMEOUT ")) +
    each("read", ("drop", "abort for command 0x28: done")))

REASONS = ("data-digest", "snack", "protocol-error", "not-supported", "immediate",
           "task-in-progress", "data-ack", "invalid-field", "resources", "negotiation-reset",
           "waiting-logout")
ABORTED = ("write", "drop")
LOGGED_OUT = ("scsi-response", "async:logout")

MORE = (
    each("data-in", ("wrong-ttt",), ("short",), ("overflow",), ("underflow",),
         ("reserved-bits",), ("async:scsi",),
         ("wrong-statsn", "lost: BAD_STATSN "),
         ("too-long:65536", "lost: BAD_LENGTH "),
         ("async:drop-all", "lost: TARGET_DROP ")) +
    each("scsi-response", ("overflow",), ("underflow",), ("delay:200",),
         ("wrong-datasn", "lost: BAD_DATASN "),
         ("too-long", "lost: BAD_LENGTH "),
         ("corrupt-header-digest", "lost: HDR_DIGEST ")) +
    [Row("scsi-response", "async:logout", ends=True),
     Row("scsi-response", "async:negotiate", ends=True)] +
    each("r2t", ("reserved-bits",),
         ("wrong-ttt", "abort for command 0x2a: done"),
         ("wrong-itt", "lost: BAD_ITT "),
         ("too-long:4", "lost: BAD_LENGTH ")) +
    each("scsi-command", *[("reject:" + reason, "failed: REJECTED ") for reason in REASONS]) +
    each("nop-in", ("drop",), ("delay:200",), ("duplicate",), ("wrong-statsn",), ("wrong-ttt",),
         ("too-long",), ("reserved-bits",),
         ("wrong-itt", "lost: BAD_ITT "),
         ("bad-opcode", "lost: BAD_OPCODE "),
         ("corrupt-header-digest", "lost: HDR_DIGEST "),
         ("close", "lost: CONN_CLOSED ")) +
    [Row("tmf-response", "wrong-itt", "lost: BAD_ITT ",
         "abort for command 0x2a: the session has ended", after=ABORTED),
     Row("tmf-response", "drop", "abort for command 0x2a: the target does not answer",
         after=ABORTED, ends=True),
     Row("tmf-response", "duplicate", "abort for command 0x2a: done", "lost: BAD_ITT ",
         after=ABORTED),
     Row("tmf-response", "reserved-bits", "abort for command 0x2a: done", after=ABORTED),
     Row("tmf-request", "reject:not-supported", "abort for command 0x2a: the target refuses",
         "LUN reset for command 0x2a: done", after=ABORTED),
     Row("logout-response", "wrong-itt", "lost: BAD_ITT ", after=LOGGED_OUT),
     Row("logout-response", "drop", ends=True, after=LOGGED_OUT)])


class Script:
    """The rules for rows: those that are borne on the first connection, the others on one
    each, which the target resets if nothing else ended it."""

    def __init__(self, rows):
        self.borne = [row for row in rows if row.is_borne()]
        self.others = [row for row in rows if not row.is_borne()]
        self.rules = []
        self.of_rule = {}       # a rule's name in the target's log: its row
        before = collections.Counter()
        for row in self.borne:
            self.add(row, CONN, SEEN + APART * before[row.pdu])
            before[row.pdu] += 1
        for i, row in enumerate(self.others):
            self.add(row, CONN + 1 + i, APART)

    def add(self, row, conn, nth):
        self.rules += [rule.format(conn=conn, nth=nth) for rule in row.rules]
        self.of_rule["-e:%d" % len(self.rules)] = row


class Run:
    def __init__(self, guest, target, script):
        self.guest = guest
        self.target = target
        self.script = script
        self.load = Load(guest)
        self.met = 0            # lines of the target's log

    def injected(self, timeout_s):
        """The row of the next injection."""
        deadline = time.monotonic() + timeout_s * SLOWNESS
        while True:
            lines = self.target.lines("inject")[self.met:]
            for line in lines:
                self.met += 1
                if line["rule"] in self.script.of_rule:
                    print(line["line"])
                    return self.script.of_rule[line["rule"]]
            if time.monotonic() > deadline:
                self.guest.report("nothing more is injected")
            time.sleep(0.05)

    def bear(self):
        for _ in self.script.borne:
            row = self.injected(AGAIN_S)
            assert row.is_borne()
            self.load.expect((), row.within_s, time.monotonic())
        self.reset()

    def reset(self):
        self.target.reset_all()
        self.load.expect(("lost: CONN_RESET ",), AGAIN_S, time.monotonic())

    def meet(self, row):
        assert self.injected(row.within_s) is row
        self.load.expect(row.says, row.within_s, time.monotonic())
        if not row.ends:
            self.reset()


def misbehave(boot, target, rows):
    script = Script(rows)
    scripted = target(Scripted, rules=script.rules, keys={"DefaultTime2Wait": 0},
                      args=["--nop", "50"])
    guest = boot("guest-faults.sh", env=load_env([], [scripted.portal + "@0"], LOAD),
                 timeout=600)
    guest.wait_line("progress")
    run = Run(guest, scripted, script)
    run.load.wait_progress()
    run.reset()
    run.bear()
    for row in script.others:
        run.meet(row)
    run.load.finish(LOUD)
    scripted.stop()
    summaries = [line for line in scripted.lines("summary") if "rule" in line]
    assert len(summaries) == len(script.rules)
    assert not [line["line"] for line in summaries if line["injected"] != "1"]
    # The target is strict in turn.
    assert not [line["line"] for line in scripted.lines("peer")]


@adapter_only
def test_misbehaving_target_under_load(boot, target):
    misbehave(boot, target, TABLE)


@adapter_only
@long_only
def test_more_misbehaviour_under_load(boot, target):
    misbehave(boot, target, MORE)
