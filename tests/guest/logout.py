# SPDX-License-Identifier: GPL-2.0-or-later
"""logout.py HOST COUNT: log out of the flashnodes 0 to COUNT - 1, each by its request.

iscsiadm would be started COUNT times for it.
"""

import struct
import sys

from iscsi_class import IscsiClass

UEVENT_LOGOUT_FLASHNODE = 39

host, count = map(int, sys.argv[1:])
iscsi = IscsiClass()
for index in range(count):
    error = iscsi.ask(UEVENT_LOGOUT_FLASHNODE, struct.pack("=II", host, index))
    if error:
        sys.exit("flashnode %d: the class answered %d" % (index, error))
