# SPDX-License-Identifier: GPL-2.0-or-later
"""An adapter's fault injection through QMP, and what it counted (docs/faults.md)."""

import time

from conftest import SLOWNESS
from qmp import Qmp

PATIENCE_S = 120


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
