# SPDX-License-Identifier: GPL-2.0-or-later
"""1,000 random faults in a row under verified load.

All kinds of docs/faults.md, and resets of the PCI function by the guest, in an order
and with details that a seed gives. They come in salvos of some at once, so that they
meet; after each, every rule was spent, the kernel's log has said what it must say, and
every disk has made progress. OHBA_SEED= gives another order, OHBA_FAULTS= is how many: 250 on
the debug kernel, unless OHBA_LONG=1.

The targets are our own: what is wrong with the data is then the adapter's fault.
tgtd frees tasks that its lists still hold when a connection goes away amid
commands.
"""

import collections
import os
import random
import re
import time

from conftest import LONGEST, adapter_only, long_only
from faults import Faults, Load, load_env
from targets import Scripted

FAULTS = int(os.environ.get("OHBA_FAULTS", 1000 if LONGEST else 250))
SEED = int(os.environ.get("OHBA_SEED", 1))
SESSIONS = 4            # on as many targets, the adapter's first connection ids
QUEUES = 2
SALVO = 14              # the adapter has room for 16 rules, and a fault may need two
ROW = 3                 # crashes in a row until somebody resets the function
PATIENCE_S = 120
LOAD = "--bssplit=512/10:4k/40:16k/20:64k/30 --iodepth=8 --size=24m"
NOTHING, CONNECTION, ADAPTER = "nothing", "a connection", "the adapter"


class Kind:
    """share: of 1,000. costs: what the guest loses by it. rule: with {ms}, {cid}, {qid},
    {after} to fill in; None: the guest resets the function. says: what its kernel logs
    each time."""

    def __init__(self, share, costs, rule, says=None):
        self.share = share
        self.costs = costs
        self.rule = rule
        self.says = says


KINDS = (
    Kind(280, NOTHING, "delay-pdu:in,ms={ms},cid={cid}"),
    Kind(75, NOTHING, "delay-pdu:in,ms={ms},opcode=0x21,after={after}"),
    Kind(180, NOTHING, "stall-queue:qid={qid},ms={ms}"),
    Kind(129, NOTHING, "duplicate-completion:qid={qid},after={after}"),
    Kind(8, NOTHING, "slow-target:cid={cid},bytes-per-s=200000"),
    Kind(40, CONNECTION, "tcp-reset:cid={cid},opcode=0x21", "lost: CONN_RESET "),
    Kind(10, CONNECTION, "tcp-reset:cid={cid}", "lost: CONN_RESET "),
    Kind(10, CONNECTION, "tcp-reset:cid={cid}; refuse-connect", "failed: CONN_REFUSED "),
    Kind(30, CONNECTION, "drop-pdu:in,opcode=0x21,cid={cid}"),
    Kind(25, CONNECTION, "drop-pdu:in,opcode=0x25,cid={cid}"),
    Kind(20, CONNECTION, "corrupt:opcode,cid={cid}", "lost: BAD_OPCODE "),
    Kind(20, CONNECTION, "corrupt:length,cid={cid}", "lost: BAD_LENGTH "),
    Kind(25, CONNECTION, "corrupt:itt,cid={cid}", "lost: BAD_ITT "),
    Kind(25, CONNECTION, "corrupt:statsn,cid={cid}", "lost: BAD_STATSN "),
    Kind(25, CONNECTION, "corrupt:datasn,cid={cid}", "lost: BAD_DATASN "),
    Kind(25, CONNECTION, "corrupt:offset,cid={cid}", "lost: BAD_OFFSET "),
    Kind(20, CONNECTION, "corrupt:r2tsn,cid={cid}", "lost: BAD_R2TSN "),
    Kind(15, CONNECTION, "corrupt:header-digest", "lost: HDR_DIGEST "),
    Kind(15, CONNECTION, "corrupt:data-digest", "lost: DATA_DIGEST "),
    Kind(3, CONNECTION, "drop-pdu:in,opcode=0x31,cid={cid}"),
    Kind(3, CONNECTION, "drop-pdu:out,opcode=0x05,cid={cid}"),
    Kind(3, CONNECTION, "drop-pdu:out,opcode=0x01,cid={cid}"),
    Kind(3, ADAPTER, "lose-completion:qid={qid}", "adapter stopped: "),
    Kind(3, ADAPTER, "crash", "adapter stopped: the firmware failed"),
    Kind(3, ADAPTER, "crash:qid={qid},after={after}", "adapter stopped: the firmware failed"),
    Kind(2, ADAPTER, "hang", "adapter stopped: the heartbeat stopped"),
)
RESET = Kind(0, ADAPTER, None, "adapter stopped: the PCI function is reset")


def order(rng):
    """So many kinds, each as often as its share, shuffled."""
    kinds = [kind for kind in KINDS for _ in range(-(-kind.share * FAULTS // 1000))]
    rng.shuffle(kinds)
    row = 0
    for kind in kinds[:FAULTS]:
        row += kind.costs == ADAPTER
        if row > ROW:
            yield RESET
            row = 1
        yield kind


class Salvo:
    """Faults at once: any that cost nothing, and a loss per connection or the adapter."""

    def __init__(self, rng):
        self.rng = rng
        self.kinds = []
        self.rules = []
        self.cids = rng.sample(range(SESSIONS), SESSIONS)

    def takes(self, kind):
        if len(self.kinds) == SALVO:
            return False
        if kind.costs == ADAPTER:
            return len(self.cids) == SESSIONS
        return kind.costs == NOTHING or bool(self.cids)

    def take_cid(self, kind):
        if kind.costs == NOTHING:
            return self.rng.randrange(SESSIONS)
        cid = self.cids.pop()
        if kind.costs == ADAPTER:
            self.cids.clear()
        return cid

    def add(self, kind):
        self.kinds.append(kind)
        cid = self.take_cid(kind)
        if kind.rule:
            self.rules.append(kind.rule.format(
                cid=cid, qid=self.rng.randint(1, QUEUES),
                ms=self.rng.randint(2, 120), after=self.rng.randint(0, 20)))

    def counts(self):
        """How often each of the adapter's kinds is to happen."""
        rules = "; ".join(self.rules)
        return collections.Counter(re.findall(r"(?:^|; )([\w-]+)", rules))

    def says(self):
        return collections.Counter(kind.says for kind in self.kinds if kind.says)

    def resets(self):
        return RESET in self.kinds


def salvos(rng):
    salvo = Salvo(rng)
    for kind in order(rng):
        if not salvo.takes(kind):
            yield salvo
            salvo = Salvo(rng)
        salvo.add(kind)
    yield salvo


class Run:
    def __init__(self, guest, faults):
        self.guest = guest
        self.faults = faults
        self.load = Load(guest)

    def spent(self):
        """A slow target stays slow until it is told otherwise."""
        return all(rule.startswith("slow-target") and not rule.endswith(" 0 injected")
                   for rule in self.faults.get("fault").splitlines())

    def fire(self, salvo):
        started = time.monotonic()
        self.hit(salvo)
        self.load.wait_progress()
        print("%5.1f s  %s" % (time.monotonic() - started, "; ".join(salvo.rules) or "reset"))

    def hit(self, salvo):
        before = self.faults.injected()
        said = {text: self.guest.count(text) for text in salvo.says()}
        self.faults.set("; ".join(salvo.rules))
        if salvo.resets():
            self.guest.tell("reset")
        self.faults.wait(self.spent)
        for text, count in salvo.says().items():
            self.guest.wait_line(text, PATIENCE_S, skip=said[text] + count - 1)
        self.faults.set("clear")
        self.expect_injected(before, salvo)

    def expect_injected(self, before, salvo):
        now = self.faults.injected()
        for kind, count in salvo.counts().items():
            happened = now[kind] - before[kind]
            assert happened == count or kind == "slow-target" and happened


@adapter_only
@long_only
def test_random_faults_under_load(boot, target, qmp_path):
    print("OHBA_SEED=%d" % SEED)
    portals = [target(Scripted, "target%d" % i, keys={"DefaultTime2Wait": 0},
                      base="iqn.2026-01.org.ohba:scripted.%d" % i).portal + "@0"
               for i in range(SESSIONS)]
    env = load_env(portals[::2], portals[1::2], LOAD, command_s=8)
    guest = boot("guest-faults.sh", env=env, qmp=qmp_path, timeout=3000)
    guest.wait_line("progress")
    run = Run(guest, Faults(qmp_path, guest))
    run.load.wait_progress()
    for salvo in salvos(random.Random(SEED)):
        run.fire(salvo)
    guest.tell("enough")
    guest.finish()
