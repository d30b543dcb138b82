# SPDX-License-Identifier: GPL-2.0-or-later
"""iSCSI PDUs of a capture's connections, in the order in which they were whole."""

import collections

from targets.capture import tshark

from .language import SEED_MAX

BHS = 48
LOGIN_RSP = 0x23
TRANSIT_TO_FULL = 0x83          # T, and FullFeaturePhase next
LONG = 400                      # of data


class CaptureError(RuntimeError):
    """The capture is not what it has to be; the text says where."""


class Pdu(collections.namedtuple("Pdu", "bhs ahs data to_target")):
    """One PDU, without digests and padding."""

    @property
    def opcode(self):
        return self.bhs[0] & 0x3f

    @property
    def itt(self):
        return self.number(16)

    def number(self, at, size=4):
        return int.from_bytes(self.bhs[at:at + size], "big")

    @property
    def whole(self):
        return self.bhs + self.ahs + self.data + bytes(-len(self.data) % 4)


class Side:
    """What one end sends: bytes in, PDUs out."""

    def __init__(self, to_target):
        self.to_target, self.bytes, self.next_seq = to_target, b"", None

    def add(self, seq, data):
        if self.next_seq is None:
            self.next_seq = seq
        if seq + len(data) <= self.next_seq:
            return                      # sent again
        if seq > self.next_seq:
            raise CaptureError("%d bytes are missing" % (seq - self.next_seq))
        self.bytes += data[self.next_seq - seq:]
        self.next_seq = seq + len(data)

    def take(self, header_digest, data_digest):
        """The next PDU, or None where it is not whole."""
        if len(self.bytes) < BHS:
            return None
        ahs, data = 4 * self.bytes[4], int.from_bytes(self.bytes[5:8], "big")
        at = BHS + ahs + 4 * header_digest
        end = at + data + (-data % 4) + (4 * data_digest if data else 0)
        if len(self.bytes) < end:
            return None
        pdu = Pdu(self.bytes[:BHS], self.bytes[BHS:BHS + ahs], self.bytes[at:at + data],
                  self.to_target)
        self.bytes = self.bytes[end:]
        return pdu


class Connection:
    """One TCP connection to a target's port."""

    def __init__(self, port):
        self.port, self.pdus = port, []
        self.sides = {to_target: Side(to_target) for to_target in (False, True)}
        self.digests = (False, False)
        self.said = {}                  # the target's last word on each key

    def add(self, to_target, seq, data):
        side = self.sides[to_target]
        side.add(seq, data)
        while (pdu := side.take(*self.digests)) is not None:
            self.pdus.append(pdu)
            if pdu.opcode == LOGIN_RSP:
                self.see_login(pdu)

    def see_login(self, pdu):
        self.said.update(pair.split("=", 1) for pair in text(pdu) if "=" in pair)
        if pdu.bhs[1] & TRANSIT_TO_FULL == TRANSIT_TO_FULL:
            self.digests = tuple(self.said.get(key) == "CRC32C"
                                 for key in ("HeaderDigest", "DataDigest"))

    def named(self, name, to_target):
        return [pdu for pdu in self.pdus if pdu.opcode == name and pdu.to_target == to_target]


def text(pdu):
    return pdu.data.decode("utf-8", "replace").split("\0")


def connections(path, ports):
    """Those to the ports, in the order of their first bytes."""
    found = {}
    fields = ("tcp.stream", "tcp.srcport", "tcp.dstport", "tcp.seq", "tcp.payload")
    said = tshark(path, ports, "-Y", "tcp.len > 0", "-T", "fields",
                  *(word for field in fields for word in ("-e", field)))
    for line in said.splitlines():
        stream, source, destination, seq, payload = line.split("\t")
        to_target = int(destination) in ports
        conn = found.setdefault(stream, Connection(int(destination if to_target else source)))
        conn.add(to_target, int(seq), bytes.fromhex(payload))
    return list(found.values())


def one_of_each(conns):
    """
    (name, bytes): of each kind the shortest PDU, one with data where that is not long. The
    longest comes last, and may be cut.
    """
    for way, to_target in ("in", False), ("out", True):
        kinds = {}
        for pdu in (pdu for conn in conns for pdu in conn.pdus if pdu.to_target == to_target):
            kinds.setdefault(pdu.opcode, []).append(pdu)
        best = [min(some, key=lambda pdu: (not 0 < len(pdu.data) <= LONG, len(pdu.data))).whole
                for some in kinds.values()]
        yield way, b"".join(sorted(best, key=len))[:SEED_MAX]
