# SPDX-License-Identifier: GPL-2.0-or-later
"""The adapter fails under verified load on two disks, one with digests, in each way of
docs/faults.md: the log says so, just as often as it happens, and both go on within the times
that run out until then and a login's."""

import time

from conftest import LONG, adapter_only, long_only, target_env
from faults import ABORT_S, AGAIN_S, COMMAND_S, Faults, Load, load_env
from targets import Scripted, Tgtd

LOAD = "--bssplit=512/10:4k/40:64k/50 --iodepth=16 --size=16m"
NOTICE_S = 8            # a heartbeat that stopped: the driver looks every 2 s, and misses three
RESTARTS_S = 8          # the restarts in a row: at once, then after 1, 2 and 4 s
CLOSE_S = 30            # the driver waits for completions before and after a close
ABORTED_S = COMMAND_S + ABORT_S + AGAIN_S
STOPPED_S = NOTICE_S + RESTARTS_S + AGAIN_S

# Rules, seconds, and what the log says. Of the connections, 0 is tgtd's, until the adapter
# stops; 1 is that with digests. tgtd does not miss a Data-Out: what it writes then is wrong.
FAULTS = (
    ("corrupt:header-digest", AGAIN_S, "lost: HDR_DIGEST "),
    ("corrupt:data-digest", AGAIN_S, "lost: DATA_DIGEST "),
    ("corrupt:opcode", AGAIN_S, "lost: BAD_OPCODE "),
    ("corrupt:itt", AGAIN_S, "lost: BAD_ITT "),
    ("corrupt:statsn", AGAIN_S, "lost: BAD_STATSN "),
    ("corrupt:datasn", AGAIN_S, "lost: BAD_DATASN "),
    ("corrupt:offset", AGAIN_S, "lost: BAD_OFFSET "),
    ("corrupt:length", AGAIN_S, "lost: BAD_LENGTH "),
    ("corrupt:r2tsn", AGAIN_S, "lost: BAD_R2TSN "),
    ("tcp-reset", AGAIN_S, "lost: CONN_RESET "),
    ("tcp-reset; refuse-connect:count=2", AGAIN_S, "lost: CONN_RESET ",
     "failed: CONN_REFUSED ", "failed: CONN_REFUSED "),
    ("drop-pdu:in,opcode=0x21", AGAIN_S, "lost: BAD_STATSN "),
    ("delay-pdu:in,ms=300", AGAIN_S),
    ("slow-target:bytes-per-s=500000", AGAIN_S),
    ("stall-queue:ms=500", AGAIN_S),
    ("duplicate-completion", AGAIN_S, "which is not outstanding: ignored"),
    ("crash", STOPPED_S, "adapter stopped: the firmware failed"),
    ("hang", STOPPED_S, "adapter stopped: the heartbeat stopped"),
    ("lose-completion", COMMAND_S + CLOSE_S + STOPPED_S,
     "adapter stopped: "),          # what notices first that a close did not end it
    ("crash:qid=1", STOPPED_S, "adapter stopped: the firmware failed"),
)
# What takes until a command is aborted, or is as another is.
SLOW = (
    ("drop-pdu:out,opcode=0x05,cid=1", ABORTED_S, "abort for command 0x2a: "),
    ("drop-pdu:out,opcode=0x01,cid=1", ABORTED_S, "lost: CMD_LOST "),
    ("delay-pdu:in,ms=300,cid=1", AGAIN_S),
    ("slow-target:bytes-per-s=500000,cid=0", AGAIN_S),
)
LOUD = ("lost: ", "failed: CONN_", "adapter stopped", "which is not outstanding",
        "was not accepted", "reset for command")


@adapter_only
def test_each_fault_under_load(boot, target, qmp_path):
    tgtd = target(Tgtd)
    scripted = target(Scripted, keys={"DefaultTime2Wait": 0})
    guest = boot("guest-faults.sh", qmp=qmp_path, timeout=600,
                 env=load_env([tgtd.portal + "@1"], [scripted.portal + "@0"], LOAD))
    guest.wait_line("progress")
    faults = Faults(qmp_path, guest)
    load = Load(guest)
    load.wait_progress()
    for rules, within_s, *says in (SLOW if LONG else ()) + FAULTS:
        before = faults.total()
        print(rules)
        faults.set("clear; " + rules)
        faults.wait_more(before)
        load.expect(says, within_s, time.monotonic())
    faults.set("clear")
    load.finish(LOUD)


@adapter_only
@long_only
def test_dead_adapter(boot, target, qmp_path):
    guest = boot("guest-dead.sh", env=target_env("SCRIPTED", target(Scripted)), qmp=qmp_path)
    guest.wait_line("--- crash, please")
    faults = Faults(qmp_path, guest)
    faults.set("crash:count=0")
    guest.wait_line("--- no more crashes, please", 200)
    faults.set("clear")
    guest.tell("whole")
    guest.finish()
