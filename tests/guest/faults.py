# SPDX-License-Identifier: GPL-2.0-or-later
"""An adapter's fault injection through QMP, and what it counted (docs/faults.md); the
verified load of guest-faults.sh meanwhile, and what the guest's kernel says."""

import collections
import time

from conftest import SLOWNESS
from qmp import Qmp

PATIENCE_S = 120
COMMAND_S = 4           # a command's time until it is aborted
ABORT_S = 8             # and the abort's; an unanswered ping is told before its end
LOGIN_S = 15            # a login's: the first that is tried after a loss must do
IDLE_S = 15             # of a disk between two passes of the load, on a busy machine
AGAIN_S = LOGIN_S + IDLE_S
PING_S = 2              # of silence, then a ping, which is to be answered in the usual 5


class Faults:
    def __init__(self, path, guest, adapter="hba0"):
        self.qmp = Qmp(path)
        self.guest = guest
        self.path = "/machine/peripheral/" + adapter

    def get(self, name):
        return self.qmp.command("qom-get", path=self.path, property=name)

    def injected(self):
        """How often each kind has happened."""
        return self.get("faults-injected")

    def total(self):
        return sum(self.injected().values())

    def set(self, rules):
        self.qmp.command("qom-set", path=self.path, property="fault", value=rules)

    def wait(self, done, timeout_s=PATIENCE_S):
        """Until done() says so; rules that find no occasion fail the test."""
        deadline = time.monotonic() + timeout_s * SLOWNESS
        while not done():
            if time.monotonic() > deadline:
                self.guest.report("no occasion for: %s" % self.get("fault"))
            time.sleep(0.05)

    def wait_more(self, than):
        self.wait(lambda: self.total() > than)


def load_env(portals, digest_portals, options, command_s=COMMAND_S):
    """For guest-faults.sh. Portals: ADDRESS@LUN; options: of fio's passes."""
    return {"PORTALS": " ".join(portals), "DIGEST_PORTALS": " ".join(digest_portals),
            "LOAD": options, "COMMAND_S": command_s * SLOWNESS, "ABORT_S": ABORT_S * SLOWNESS,
            "LOGIN_S": LOGIN_S * SLOWNESS, "PING_S": PING_S}


class Load:
    """What guest-faults.sh says: each disk's progress, and each word just as often as
    expected until now."""

    def __init__(self, guest):
        self.guest = guest
        self.said = collections.Counter()

    def done(self, timeout_s=PATIENCE_S):
        """How many commands each disk has done."""
        return [int(n) for n in self.guest.wait_line("progress", timeout_s, skip=self.guest.count(
            "progress")).split()[1:]]

    def wait_progress(self, timeout_s=PATIENCE_S):
        """Until each disk has done more than now."""
        deadline = time.monotonic() + timeout_s * SLOWNESS
        before = self.done(timeout_s)
        while not all(now > then for now, then in zip(self.done(timeout_s), before)):
            if time.monotonic() > deadline:
                self.guest.report("a disk made no progress in %d s" % timeout_s)

    def expected(self, words):
        """How often they were to be said until now, alone or within others."""
        return sum(n for said, n in self.said.items() if words in said)

    def expect(self, says, within_s, began):
        """These words, each once more, and then progress, all within_s of began."""
        for words in says:
            self.guest.wait_line(words, self.left(within_s, began), skip=self.expected(words))
            self.said[words] += 1
        self.wait_progress(self.left(within_s, began))
        print("%5.1f s of %d  %s" % (time.monotonic() - began, within_s, ", ".join(says)))

    @staticmethod
    def left(within_s, began):
        """Guest.wait_line() multiplies it."""
        return max(within_s - (time.monotonic() - began) / SLOWNESS, 0.1)

    def finish(self, loud):
        """No word of loud was said more often than by what was expected."""
        self.guest.tell("enough")
        self.guest.finish()
        for words in loud:
            if self.guest.count(words) != self.expected(words):
                self.guest.report("%r was said %d times, not %d" % (
                    words, self.guest.count(words), self.expected(words)))

    def play(self, faults, each):
        """Rules after rules: each happens, and I/O goes on."""
        self.wait_progress()
        for rules in each:
            before = faults.total()
            faults.set("clear; " + rules)
            faults.wait_more(before)
            self.wait_progress()
        faults.set("clear")
