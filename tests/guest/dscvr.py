# SPDX-License-Identifier: GPL-2.0-or-later
"""dscvr.py HOST ADDRESS PORT [TYPE]: the iscsi class's request for discovery by an adapter.

iscsiadm makes it only for transports that say that all their discovery is the adapter's.
Exits with the class's answer: 0, or 1 with a line about it.
"""

import os
import socket
import struct
import sys

NETLINK_ISCSI = 8
UEVENT_TGT_DSCVR = 25
KEVENT_IF_ERROR = 103
UEVENT_LEN = 56                 # struct iscsi_uevent

host, address, port = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
kind = int(sys.argv[4]) if len(sys.argv) > 4 else 1     # SendTargets

with open("/sys/class/iscsi_transport/be2iscsi/handle", encoding="ascii") as file:
    handle = int(file.read())
event = struct.pack("=IIQIII", UEVENT_TGT_DSCVR, 0, handle, kind, host, 1)
where = struct.pack("=H", socket.AF_INET) + struct.pack(">H", port) + socket.inet_aton(address)
body = event.ljust(UEVENT_LEN, b"\0") + where.ljust(128, b"\0")
message = struct.pack("=IHHII", 16 + len(body), UEVENT_TGT_DSCVR, 0, 0, os.getpid()) + body

with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_ISCSI) as sock:
    sock.bind((os.getpid(), 0))
    sock.send(message)
    reply = sock.recv(4096)
answer, error = struct.unpack_from("=Ii", reply, 16)
if answer == KEVENT_IF_ERROR and error:
    sys.exit("the class answered %d" % error)
