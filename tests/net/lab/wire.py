# SPDX-License-Identifier: GPL-2.0-or-later
"""The Ethernet segment between the namespaces: ohba-segment, our end of it."""

import pathlib
import re

from targets import Daemon, TargetError

PROGRAM = pathlib.Path(__file__).resolve().parents[3] / "build/tests/ohba-segment"


class Wire(Daemon):
    """ports: name -> words of a port, as `ohba-segment` takes them; it runs in ns, whose
    user may enter the others."""

    name = "ohba-segment"
    talks = True

    def __init__(self, directory, ns, ports, seed=1):
        super().__init__(directory)
        self.within = ns.within
        self.ports, self.seed = ports, seed

    def argv(self):
        if not PROGRAM.exists():
            raise TargetError("%s is missing: run make unit" % PROGRAM)
        return [str(PROGRAM), str(self.seed)] + \
            ["%s,%s" % port for port in self.ports.items()]

    def configure(self):
        if self.process.stdout.readline() != "ready\n":
            self.fail("does not start")

    def command(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer.startswith("ok"):
            self.fail("said %r to %r" % (answer, line))
        return answer

    def set(self, port, **settings):
        """loss, dup, reorder: percent; delay, late: ms; mtu, vlan."""
        self.command("set %s %s" % (port, " ".join("%s=%s" % s for s in settings.items())))

    def up(self, port):
        self.command("up " + port)

    def down(self, port):
        self.command("down " + port)

    def counters(self, port):
        return {key: int(value)
                for key, value in re.findall(r"(\w+)=(\d+)", self.command("counters " + port))}
