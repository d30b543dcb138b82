# SPDX-License-Identifier: GPL-2.0-or-later
"""Our own target that misbehaves as rules say: tests/scripted."""

import os
import pathlib
import re
import signal

from .daemon import Target, TargetError

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "build/tests/ohba-target"


class Scripted(Target):
    """One target with `luns` disks from LUN 0 on, all in files that outlive it.

    rules: as `ohba-target --help` has them, e.g. "on=data-in,nth=3 do=drop".
    keys: our side of a negotiation; answers: said whatever is offered.
    args: further words of the command line.
    """

    name = "ohba-target"
    stop_timeout_s = 60     # its exit status and its last lines are asserted

    def __init__(self, directory, rules=(), luns=1, size_mib=64, keys=None, answers=None,
                 args=(), base="iqn.2026-01.org.ohba:scripted"):
        super().__init__(directory, size_mib)
        self.names = [base]
        self.rules = list(rules)
        self.luns = luns
        self.keys = keys or {}
        self.answers = answers or {}
        self.args = list(args)

    def argv(self):
        if not PROGRAM.exists():
            raise TargetError("%s is missing: run make target" % PROGRAM)
        argv = [str(PROGRAM), "--port", str(self.port), "--target", self.names[0]]
        for i in range(self.luns):
            argv += ["--lun", self.backing("lu%d.img" % i)]
        for option, pairs in (("--key", self.keys), ("--answer", self.answers)):
            for pair in pairs.items():
                argv += [option, "%s=%s" % pair]
        for rule in self.rules:
            argv += ["--rule", rule]
        return argv + self.args

    def environment(self):
        return dict(os.environ, ASAN_OPTIONS="detect_leaks=1:exitcode=99",
                    UBSAN_OPTIONS="print_stacktrace=1")

    def configure(self):
        self.wait_for("listen", lambda: "listening on 127.0.0.1" in self.log_text())

    def reset_all(self):
        """All connections, at once. New ones are taken."""
        self.process.send_signal(signal.SIGUSR1)

    def lines(self, kind):
        """What the log says of "inject", "skip", "peer" or "summary": a dictionary of
        the words with "=" for each line, and the line itself as "line"."""
        found = []
        for line in self.log_text().splitlines():
            if line.startswith("ohba-target: %s " % kind):
                found.append(dict(re.findall(r"(\w+)=(\S*)", line), line=line))
        return found
