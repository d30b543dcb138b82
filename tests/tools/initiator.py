# SPDX-License-Identifier: GPL-2.0-or-later
"""An initiator that says what it is told to, byte for byte, and the target that it talks to."""
import contextlib
import dataclasses
import pathlib
import random
import select
import socket
import struct
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from crc32c import crc32c  # noqa: E402
from targets.scripted import Scripted  # noqa: E402

NOP_OUT, COMMAND, TMF, LOGIN, TEXT, DATA_OUT, LOGOUT, SNACK = 0, 1, 2, 3, 4, 5, 6, 0x10
NOP_IN, RESPONSE, TMF_RSP, LOGIN_RSP, TEXT_RSP, DATA_IN, LOGOUT_RSP = range(0x20, 0x27)
R2T, ASYNC, REJECT = 0x31, 0x32, 0x3f
IMMEDIATE = 0x40
NO_TAG = 0xffffffff
BLOCK = 512
CAPACITY_10 = bytes([0x25]) + bytes(9)


@dataclasses.dataclass
class Pdu:
    header: bytes
    data: bytes = b""
    header_digest: bool = True          # it is right, or there is none
    data_digest: bool = True
    ahs: bytes = b""
    padding: bytes = b""

    def word(self, at):
        return struct.unpack_from(">I", self.header, at)[0]

    opcode = property(lambda self: self.header[0])
    flags = property(lambda self: self.header[1])
    status = property(lambda self: self.header[3])
    itt = property(lambda self: self.word(16))
    ttt = property(lambda self: self.word(20))
    statsn = property(lambda self: self.word(24))
    exp_cmdsn = property(lambda self: self.word(28))
    max_cmdsn = property(lambda self: self.word(32))
    datasn = property(lambda self: self.word(36))
    offset = property(lambda self: self.word(40))
    residual = property(lambda self: self.word(44))


class Closed(Exception):
    """The target ended the connection: with FIN, or with RST if reset."""

    def __init__(self, reset):
        super().__init__("reset" if reset else "closed")
        self.reset = reset


class Recorder:
    """Takes the socket's place: what an initiator would have sent."""

    def __init__(self):
        self.wires = []

    def sendall(self, data):
        self.wires.append(data)

    def close(self):
        pass


class Initiator:
    """As little of one as shows what a target sends."""

    def __init__(self, target, timeout=60):
        self.socket = socket.create_connection(("127.0.0.1", target.port), timeout)
        self.target = target
        self.cmdsn, self.itt = 100, 0x10
        self.digests = (False, False)
        self.keys = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    # --- the wire ---

    def send(self, opcode, flags=0x80, data=b"", itt=None, words=None, lun=0, tail=None,
             cmdsn=None, spoil=None):
        """words: {offset: value}; tail: bytes from 32 on; spoil: "header" or "data"."""
        header = bytearray(48)
        header[0], header[1], header[9] = opcode, flags, lun
        header[5:8] = len(data).to_bytes(3, "big")
        struct.pack_into(">I", header, 16, self.itt if itt is None else itt)
        if opcode & 0x3f not in (DATA_OUT, SNACK):
            struct.pack_into(">I", header, 24, self.cmdsn if cmdsn is None else cmdsn)
            if not opcode & IMMEDIATE and cmdsn is None:
                self.cmdsn += 1
        if tail:
            header[32:32 + len(tail)] = tail
        for at, value in (words or {}).items():
            struct.pack_into(">I", header, at, value)
        wire = bytes(header)
        if self.digests[0]:
            wire += bytes(4) if spoil == "header" else crc32c(wire)
        padded = data + bytes(-len(data) % 4)
        wire += padded
        if self.digests[1] and data:
            wire += bytes(4) if spoil == "data" else crc32c(padded)
        self.socket.sendall(wire)

    @contextlib.contextmanager
    def at_once(self):
        """All that is sent meanwhile is there when the target looks: its clock stands still."""
        real, self.socket = self.socket, Recorder()
        try:
            yield
        finally:
            wires, self.socket = self.socket.wires, real
        self.socket.sendall(b"".join(wires))

    def bytes(self, count):
        data = b""
        while len(data) < count:
            try:
                more = self.socket.recv(count - len(data))
            except ConnectionResetError:
                raise Closed(True) from None
            if not more:
                raise Closed(False)
            data += more
        return data

    def receive(self):
        pdu = Pdu(self.bytes(48))
        pdu.ahs = self.bytes(4 * pdu.header[4])
        if self.digests[0]:
            pdu.header_digest = self.bytes(4) == crc32c(pdu.header + pdu.ahs)
        length = int.from_bytes(pdu.header[5:8], "big")
        if length:
            padded = self.bytes(length + -length % 4)
            pdu.data, pdu.padding = padded[:length], padded[length:]
            if self.digests[1]:
                pdu.data_digest = self.bytes(4) == crc32c(padded)
        return pdu

    def quiet(self, seconds=0.15):
        """Nothing comes meanwhile."""
        return not select.select([self.socket], [], [], seconds)[0]

    # --- login ---

    def login_request(self, keys, stages=(1, 3), flags=0x80, name=None, version=0):
        text = {"InitiatorName": "iqn.2026-01.org.ohba:test", "TargetName":
                name or self.target.names[0], "SessionType": "Normal", **keys}
        data = "".join("%s=%s\0" % pair for pair in text.items() if pair[1] is not None).encode()
        words = {8: 0x80123456, 0: 0x43000000 | (flags | stages[0] << 2 | stages[1]) << 16 |
                 version}
        self.send(LOGIN | IMMEDIATE, data=data, words=words)

    def login_answer(self):
        pdu = self.receive()
        assert pdu.opcode == LOGIN_RSP
        pairs = [item.split(b"=", 1) for item in pdu.data.split(b"\0") if b"=" in item]
        self.keys.update({k.decode("latin-1"): v.decode("latin-1") for k, v in pairs})
        return pdu

    def login(self, digests=False, **keys):
        if digests:
            keys = {"HeaderDigest": "CRC32C,None", "DataDigest": "CRC32C,None", **keys}
        self.login_request(keys)
        pdu = self.login_answer()
        assert pdu.word(36) >> 16 == 0
        self.digests = tuple(self.keys.get(k) == "CRC32C" for k in ("HeaderDigest", "DataDigest"))
        return self

    # --- commands ---

    def command(self, cdb, flags=0x80, edtl=0, data=b"", opcode=COMMAND, **more):
        """The ITT."""
        self.itt += 1
        self.send(opcode, flags | 1, data, words={20: edtl}, tail=bytes(cdb), **more)
        return self.itt

    def read(self, lba, blocks, edtl=None):
        cdb = struct.pack(">BBIBHB", 0x28, 0, lba, 0, blocks, 0)
        return self.command(cdb, 0xc0, blocks * BLOCK if edtl is None else edtl)

    def write(self, lba, data, immediate=0, final=True, edtl=None):
        cdb = struct.pack(">BBIBHB", 0x2a, 0, lba, 0, len(data) // BLOCK, 0)
        return self.command(cdb, 0xa0 if final else 0x20,
                            len(data) if edtl is None else edtl, data[:immediate])

    def data_out(self, itt, ttt, datasn, offset, data, final=True, **more):
        self.send(DATA_OUT, 0x80 if final else 0, data, itt,
                  {20: ttt, 36: datasn, 40: offset}, **more)

    def finish_write(self, data, piece=8192):
        """Serve R2Ts until the response."""
        while (pdu := self.receive()).opcode == R2T:
            offset, end = pdu.offset, pdu.offset + pdu.residual
            for n, at in enumerate(range(offset, end, piece)):
                stop = min(at + piece, end)
                self.data_out(pdu.itt, pdu.ttt, n, at, data[at:stop], stop == end)
        return pdu

    def finish_read(self):
        """All that comes up to the status, and its data put together."""
        pdus, data = [], bytearray()
        while True:
            pdu = self.receive()
            pdus.append(pdu)
            if pdu.opcode == DATA_IN:
                data[pdu.offset:pdu.offset + len(pdu.data)] = pdu.data
            if pdu.opcode == RESPONSE or (pdu.opcode == DATA_IN and pdu.flags & 1):
                return pdus, bytes(data)

    def send_ping(self):
        self.itt += 1
        self.send(NOP_OUT | IMMEDIATE, words={20: NO_TAG}, data=b"ping")

    def ping(self):
        """A command that answers in one PDU, so that nothing is left before it."""
        self.send_ping()
        return self.receive()

    def rest(self):
        """All that comes before the answer to a ping: answers are in order."""
        self.send_ping()
        pdus = [self.receive()]
        while (pdus[-1].opcode, pdus[-1].itt) != (NOP_IN, self.itt):
            pdus.append(self.receive())
        assert pdus[-1].data == b"ping"
        return pdus[:-1]


def pattern(size, seed=1):
    return random.Random(seed).randbytes(size)


@pytest.fixture
def start(tmp_path):
    """start(*rules, **options): a target that must not have crashed in the end."""
    targets = []

    def begin(*rules, **options):
        target = Scripted(tmp_path / str(len(targets)), rules, size_mib=8, **options)
        targets.append(target)
        return target.start()

    yield begin
    for target in targets:
        process = target.process
        target.stop()
        text = target.log_text()
        assert "ERROR: " not in text and "runtime error" not in text, text[-4000:]
        assert process is None or process.returncode == 0, text[-4000:]
        assert "ohba-target: summary connections=" in text
