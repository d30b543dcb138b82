#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""privflags.py DEVICE BITS: what `ethtool --set-priv-flags` does, where there is none."""

import array
import fcntl
import socket
import struct
import sys

SIOCETHTOOL = 0x8946        # linux/sockios.h
ETHTOOL_SPFLAGS = 0x28      # linux/ethtool.h

value = array.array("I", [ETHTOOL_SPFLAGS, int(sys.argv[2])])
request = struct.pack("16sP16x", sys.argv[1].encode(), value.buffer_info()[0])
fcntl.ioctl(socket.socket(), SIOCETHTOOL, request)
