# SPDX-License-Identifier: GPL-2.0-or-later
"""As much of QMP as the tests need: commands, answers, events."""

import json
import socket


class QmpError(RuntimeError):
    """The answer to a command is an error."""


class Qmp:
    def __init__(self, path, timeout_s=120):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout_s)
        self.socket.connect(path)
        self.lines = self.socket.makefile("r")
        self.events = []
        self._read()                    # the greeting
        self.command("qmp_capabilities")

    def _read(self):
        return json.loads(self.lines.readline())

    def command(self, name, /, **arguments):
        request = {"execute": name, "arguments": arguments}
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        while True:
            answer = self._read()
            if "event" in answer:
                self.events.append(answer)
            elif "error" in answer:
                raise QmpError(answer["error"]["desc"])
            else:
                return answer["return"]

    def wait_event(self, name, **data):
        def matches(event):
            return event["event"] == name and data.items() <= event["data"].items()
        while not any(matches(event) for event in self.events):
            answer = self._read()
            if "event" in answer:
                self.events.append(answer)

    def close(self):
        self.lines.close()
        self.socket.close()
