# SPDX-License-Identifier: GPL-2.0-or-later
"""dscvr.py HOST ADDRESS PORT [TYPE]: the iscsi class's request for discovery by an adapter.

iscsiadm makes it only for transports that say that all their discovery is the adapter's.
Exits with the class's answer: 0, or 1 with a line about it.
"""

import socket
import struct
import sys

from iscsi_class import IscsiClass

UEVENT_TGT_DSCVR = 25

host, address, port = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
kind = int(sys.argv[4]) if len(sys.argv) > 4 else 1     # SendTargets

where = struct.pack("=H", socket.AF_INET) + struct.pack(">H", port) + socket.inet_aton(address)
error = IscsiClass().ask(UEVENT_TGT_DSCVR, struct.pack("=III", kind, host, 1),
                         where.ljust(128, b"\0"))
if error:
    sys.exit("the class answered %d" % error)
