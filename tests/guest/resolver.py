#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""resolver.py: answers the driver's PATH_WANTED for IPv4 by ARP, as uipd does, once.

Says what it resolved. For tests of the driver that are not of uipd.
"""

import fcntl
import socket
import struct
import sys

NLMSG_HDR = struct.Struct("=IHHII")
GENL_HDR = struct.Struct("=BBH")
CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME, CTRL_ATTR_MCAST_GROUPS = 3, 1, 2, 7
GRP_NAME, GRP_ID = 1, 2
CMD_PATH_WANTED, CMD_PATH_SET = 1, 2
(ADAPTER, IFINDEX, MAC, DST, IFACE, IFACE_INDEX, HOP, HOP_MAC, STATUS) = range(1, 10)
IF_INDEX, IF_ADDR, IF_PREFIX, IF_GATEWAY, IF_TCI = range(1, 6)
SOL_NETLINK, ADD_MEMBERSHIP = 270, 1
GENL_ID_CTRL = 16
ARP = 0x0806
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def attr(kind, data):
    return struct.pack("=HH", len(data) + 4, kind) + data + b"\0" * (-len(data) % 4)


def attrs(data):
    found = []
    while len(data) >= 4:
        size, kind = struct.unpack_from("=HH", data)
        found.append((kind & 0x3fff, data[4:size]))
        data = data[(size + 3) & ~3:]
    return found


class Genl:
    def __init__(self):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.sock.bind((0, 0))

    def send(self, family, cmd, version, body, flags=5):
        data = GENL_HDR.pack(cmd, version, 0) + body
        self.sock.send(NLMSG_HDR.pack(NLMSG_HDR.size + len(data), family, flags, 1, 0) + data)

    def recv(self):
        data = self.sock.recv(65536)
        size, kind, _, _, _ = NLMSG_HDR.unpack_from(data)
        return kind, data[NLMSG_HDR.size:size]

    def family(self, name):
        self.send(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1,
                  attr(CTRL_ATTR_FAMILY_NAME, name.encode() + b"\0"))
        found = dict(attrs(self.recv()[1][GENL_HDR.size:]))
        self.recv()     # the acknowledgement
        groups = [dict(attrs(group)) for _, group in attrs(found[CTRL_ATTR_MCAST_GROUPS])]
        return (struct.unpack("=H", found[CTRL_ATTR_FAMILY_ID])[0],
                {group[GRP_NAME].rstrip(b"\0").decode(): struct.unpack("=I", group[GRP_ID])[0]
                 for group in groups})


def bring_up(name):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        request = struct.pack("16sh14x", name.encode(), 0)
        flags = struct.unpack("16xh14x", fcntl.ioctl(sock, SIOCGIFFLAGS, request))[0]
        fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sh14x", name.encode(), flags | IFF_UP))


def arp(ifindex, mac, source, target):
    name = socket.if_indextoname(ifindex)
    bring_up(name)
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ARP))
    sock.bind((name, ARP))
    sock.settimeout(1)
    request = (b"\xff" * 6 + mac + struct.pack("!HHHBBH", ARP, 1, 0x800, 6, 4, 1) +
               mac + source + b"\0" * 6 + target)
    for _ in range(5):
        sock.send(request)
        try:
            while True:
                frame = sock.recv(2048)
                if frame[20:22] == b"\0\2" and frame[28:32] == target:
                    return frame[22:28]
        except socket.timeout:
            pass
    return None


def main():
    genl = Genl()
    family, groups = genl.family("ohba")
    genl.sock.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, groups["helper"])
    print("listening", flush=True)
    while True:
        kind, data = genl.recv()
        if kind != family or data[0] != CMD_PATH_WANTED:
            continue
        got = attrs(data[GENL_HDR.size:])
        one = dict(got)
        iface = dict(attrs(next(value for key, value in got if key == IFACE)))
        mac = arp(struct.unpack("=I", one[IFINDEX])[0], one[MAC], iface[IF_ADDR], one[DST])
        print("path to", socket.inet_ntoa(one[DST]), mac and mac.hex(":"), flush=True)
        genl.send(family, CMD_PATH_SET, 1, attr(ADAPTER, one[ADAPTER]) + attr(DST, one[DST]) +
                  (attr(IFACE_INDEX, iface[IF_INDEX]) + attr(HOP, one[DST]) + attr(HOP_MAC, mac)
                   if mac else attr(STATUS, struct.pack("=I", 0x42))))
        _, answer = genl.recv()
        print("answer", struct.unpack_from("=i", answer)[0], flush=True)


sys.exit(main())
