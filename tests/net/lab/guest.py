# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest on the wire that does what it is told: the host's end of guest-lab.sh."""

import os
import socket
import tempfile

from conftest import Guest, SLOWNESS, vm_argv

SCRIPT = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                      "guest-lab.sh")
BOOT_S = 120
RELOGIN_S = 120     # iscsid's, after a loss
DONE = b"--- done\n"


class LabGuest(Guest):
    """A booted guest; `with`. It ends when the block does, and has to end well."""

    def __init__(self, within, log, qemu, **kwargs):
        self.directory = tempfile.TemporaryDirectory(prefix="ohba-net-")
        path = os.path.join(self.directory.name, "port")
        qemu += " -chardev socket,id=lab,path=%s" \
            " -device virtserialport,chardev=lab,name=ohba.lab" % path
        self.buffer = b""
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen()
            listener.settimeout(BOOT_S * SLOWNESS)
            super().__init__(within + vm_argv(SCRIPT, qemu=qemu, **kwargs), log)
            self.port = listener.accept()[0]

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.port.close()       # the script's loop ends
        try:
            if not kind:
                self.finish()
        finally:
            self.end()
            self.directory.cleanup()

    def ask(self, line):
        """Have it do a line of bash, with lib.sh's words, without waiting for its end."""
        self.port.sendall(line.encode() + b"\n")

    def answer(self, timeout_s=120):
        """What that said."""
        self.port.settimeout(timeout_s * SLOWNESS)
        try:
            while DONE not in self.buffer:
                data = self.port.recv(65536)
                if not data:
                    self.process.wait()
                    self.reader.join()
                    self.report("the guest gave up")
                self.buffer += data
        except TimeoutError:
            self.report("no answer in %d s" % timeout_s)
        said, _, self.buffer = self.buffer.partition(DONE)
        return said.decode()

    def do(self, line, timeout_s=120):
        """It has to succeed."""
        with open(self.log, "a") as log:
            log.write("host: " + line + "\n")
        self.ask(line)
        return self.answer(timeout_s)


def loaded(guest, target, portal):
    """A session with the target's first name, and a load on its disk."""
    guest.do("discover '%s'; login %s '%s'" % (portal, target.names[0], portal))
    guest.do("start_load %s 1" % target.names[0])


def logged_in_again(guest):
    """And the load goes on."""
    guest.do("wait_until %d 'the session' session_is LOGGED_IN; moves 60" % RELOGIN_S, 300)


def unloaded(guest, target, portal):
    guest.do("end_load", 300)
    guest.do("logout %s '%s'; expect_nothing_left" % (target.names[0], portal))
