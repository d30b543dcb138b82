#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""joingroup.py FAMILY GROUP: join a group of generic netlink. Prints 0, or errno's name."""

import errno
import socket
import struct
import sys

NETLINK_GENERIC = 16            # linux/netlink.h
SOL_NETLINK = 270
NETLINK_ADD_MEMBERSHIP = 1
NLM_F_REQUEST = 1
GENL_ID_CTRL = 0x10             # linux/genetlink.h
CTRL_CMD_GETFAMILY = 3
CTRL_ATTR_FAMILY_NAME = 2
CTRL_ATTR_MCAST_GROUPS = 7
CTRL_ATTR_MCAST_GRP_NAME = 1
CTRL_ATTR_MCAST_GRP_ID = 2


def attributes(data):
    while data:
        length, kind = struct.unpack_from("HH", data)
        yield kind & 0x3fff, data[4:length]
        data = data[length + 3 & ~3:]


def groups(sock, family):
    name = family.encode() + b"\0"
    attr = struct.pack("HH", 4 + len(name), CTRL_ATTR_FAMILY_NAME) + name
    attr += bytes(-len(attr) % 4)
    sock.send(struct.pack("IHHIIBBH", 20 + len(attr), GENL_ID_CTRL, NLM_F_REQUEST, 1, 0,
                          CTRL_CMD_GETFAMILY, 1, 0) + attr)
    answer = dict(attributes(sock.recv(65536)[20:]))
    for _, group in attributes(answer[CTRL_ATTR_MCAST_GROUPS]):
        group = dict(attributes(group))
        number, = struct.unpack("I", group[CTRL_ATTR_MCAST_GRP_ID])
        yield group[CTRL_ATTR_MCAST_GRP_NAME].rstrip(b"\0").decode(), number


with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC) as sock:
    group = dict(groups(sock, sys.argv[1]))[sys.argv[2]]
    try:
        sock.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group)
        print(0)
    except OSError as error:
        print(errno.errorcode[error.errno])
