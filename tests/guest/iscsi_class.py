# SPDX-License-Identifier: GPL-2.0-or-later
"""The iscsi class's netlink socket: requests that iscsiadm does not make, or not quickly."""

import os
import socket
import struct

NETLINK_ISCSI = 8
KEVENT_IF_ERROR = 103
UEVENT_LEN = 56                 # struct iscsi_uevent


class IscsiClass:
    def __init__(self, transport="be2iscsi"):
        with open("/sys/class/iscsi_transport/%s/handle" % transport, encoding="ascii") as file:
            self.handle = int(file.read())
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_ISCSI)
        self.socket.bind((os.getpid(), 0))

    def ask(self, request, body, behind=b""):
        """request: its number; body: of its part of the union. Returns the class's answer."""
        event = struct.pack("=IIQ", request, 0, self.handle) + body
        event = event.ljust(UEVENT_LEN, b"\0") + behind
        self.socket.send(struct.pack("=IHHII", 16 + len(event), request, 0, 0, os.getpid()) +
                         event)
        answer, error = struct.unpack_from("=Ii", self.socket.recv(4096), 16)
        if answer not in (request, KEVENT_IF_ERROR):
            raise RuntimeError("the class answers request %d with message %d" % (request, answer))
        return error
