# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/scripted, the target that misbehaves: that it is right without rules, and
that each rule happens to the PDU that it names and to no other."""
import contextlib
import dataclasses
import pathlib
import random
import re
import select
import shutil
import socket
import struct
import subprocess
import sys
import time

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from crc32c import crc32c  # noqa: E402
from targets.scripted import PROGRAM, Scripted  # noqa: E402

NOP_OUT, COMMAND, TMF, LOGIN, TEXT, DATA_OUT, LOGOUT, SNACK = 0, 1, 2, 3, 4, 5, 6, 0x10
NOP_IN, RESPONSE, TMF_RSP, LOGIN_RSP, TEXT_RSP, DATA_IN, LOGOUT_RSP = range(0x20, 0x27)
R2T, ASYNC, REJECT = 0x31, 0x32, 0x3f
IMMEDIATE = 0x40
NO_TAG = 0xffffffff
BLOCK = 512
CAPACITY_10 = bytes([0x25]) + bytes(9)


def test_our_own_crc32c():
    assert crc32c(bytes(32)).hex() == "aa36918a"        # RFC 7143 appendix A.4


@dataclasses.dataclass
class Pdu:
    header: bytes
    data: bytes = b""
    header_digest: bool = True          # it is right, or there is none
    data_digest: bool = True

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


class Initiator:
    """As little of one as shows what a target sends."""

    def __init__(self, target, timeout=5):
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
        if self.digests[0]:
            pdu.header_digest = self.bytes(4) == crc32c(pdu.header)
        length = int.from_bytes(pdu.header[5:8], "big")
        if length:
            padded = self.bytes(length + -length % 4)
            pdu.data = padded[:length]
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

    def ping(self):
        """A command that answers in one PDU, so that nothing is left before it."""
        self.itt += 1
        self.send(NOP_OUT | IMMEDIATE, words={20: NO_TAG}, data=b"ping")
        return self.receive()


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


# --- without rules ---

@pytest.mark.parametrize("digests", [False, True])
def test_read_write(start, digests):
    data = pattern(600 * BLOCK)
    with Initiator(start()) as i:
        i.login(digests, MaxRecvDataSegmentLength=16384, MaxBurstLength=65536)
        assert i.keys["MaxBurstLength"] == "65536"
        assert i.digests == (digests, digests)
        itt = i.write(8, data, 8192)
        end = i.finish_write(data)
        assert (end.opcode, end.itt, end.status) == (RESPONSE, itt, 0)
        i.read(8, 600)
        pdus, got = i.finish_read()
        assert got == data
        assert [p.datasn for p in pdus] == list(range(19))
        assert all(p.header_digest and p.data_digest for p in pdus)
        assert [n for n, p in enumerate(pdus) if p.flags & 0x80] == [3, 7, 11, 15, 18]
        assert max(len(p.data) for p in pdus) == 16384


def test_discovery(start):
    with Initiator(start(args=["--target", "iqn.2026-01.org.ohba:second"])) as i:
        i.login_request({"SessionType": "Discovery", "TargetName": None})
        i.login_answer()
        i.send(TEXT, data=b"SendTargets=All\0", words={20: NO_TAG})
        answer = i.receive()
        assert (answer.opcode, answer.flags, answer.ttt) == (TEXT_RSP, 0x80, NO_TAG)
        address = b"TargetAddress=127.0.0.1:%d,1" % i.target.port
        assert answer.data.split(b"\0") == [
            b"TargetName=iqn.2026-01.org.ohba:scripted", address,
            b"TargetName=iqn.2026-01.org.ohba:second", address, b""]
        i.command(bytes(6))
        assert i.receive().opcode == REJECT     # no SCSI in a discovery session


def test_many_targets(start):
    """Each has a part of the disk, which is a disk of its own."""
    target = start(args=["--many", "4"])
    with contextlib.ExitStack() as stack:
        several = [stack.enter_context(Initiator(target)) for _ in range(4)]
        for n, i in enumerate(several):
            i.login_request({"TargetName": "%s.%d" % (target.names[0], n)})
            assert i.login_answer().word(36) >> 16 == 0
            i.write(4095, pattern(BLOCK, n), BLOCK)
            assert i.receive().status == 0
        for n, i in enumerate(several):
            i.read(4095, 1)
            assert i.finish_read()[1] == pattern(BLOCK, n)
            i.command(bytes([0x12, 1, 0x80, 0, 255, 0]), 0xc0, 255)
            assert i.receive().data[4:] == b"ohba%012d" % (16 * n)
            i.command(CAPACITY_10, 0xc0, 8)
            assert i.receive().data == struct.pack(">II", 4095, BLOCK)
            i.read(4096, 1)
            assert i.receive().status == 2
    with open(target.backing("lu0.img"), "rb") as file:
        whole = file.read()
    assert [whole[(4096 * n + 4095) * BLOCK:][:BLOCK] for n in range(4)] == [
        pattern(BLOCK, n) for n in range(4)]


@pytest.mark.parametrize("name", ["", ".4", ".", ".01", ".1x", ".-1", ".99999999999999999999"])
def test_none_of_many(start, name):
    target = start(args=["--many", "4"])
    with Initiator(target) as i:
        i.login_request({"TargetName": target.names[0] + name})
        assert i.login_answer().word(36) >> 16 == 0x0203


def test_reset_of_all(start):
    """Of those that are in the middle of a login, too; who comes later is served."""
    target = start()
    with Initiator(target) as up, Initiator(target) as early:
        up.login()
        assert up.ping().opcode == NOP_IN
        early.login_request({"InitiatorName": "iqn.2026-01.org.ohba:early"}, stages=(0, 1))
        early.login_answer()
        target.reset_all()
        for i in up, early:
            with pytest.raises(Closed) as closed:
                i.bytes(1)
            assert closed.value.reset
    with Initiator(target) as i:
        i.login()


def test_idle_connections(start):
    """More than there were once, and none keeps another waiting."""
    target = start()
    with contextlib.ExitStack() as stack:
        several = [stack.enter_context(Initiator(target)) for _ in range(300)]
        for i in several:
            i.login_request({"InitiatorName": "iqn.2026-01.org.ohba:i%d" % i.socket.fileno()})
        for i in several:
            assert i.login_answer().word(36) >> 16 == 0
        for i in several[::50]:
            assert i.ping().opcode == NOP_IN


@pytest.mark.parametrize("offered, ours, agreed", [
    ({"HeaderDigest": "None,CRC32C"}, {}, {"HeaderDigest": "None"}),
    ({"HeaderDigest": "CRC32C"}, {"HeaderDigest": "None"}, {"HeaderDigest": "Reject"}),
    ({"DataDigest": "CRC32C,None"}, {"DataDigest": "None"}, {"DataDigest": "None"}),
    ({"InitialR2T": "No"}, {}, {"InitialR2T": "No"}),
    ({"InitialR2T": "No"}, {"InitialR2T": "Yes"}, {"InitialR2T": "Yes"}),
    ({"ImmediateData": "Yes"}, {"ImmediateData": "No"}, {"ImmediateData": "No"}),
    ({"MaxBurstLength": "16776192"}, {"MaxBurstLength": "1024"}, {"MaxBurstLength": "1024"}),
    ({"FirstBurstLength": "0x200"}, {}, {"FirstBurstLength": "512"}),
    ({"MaxOutstandingR2T": "4"}, {"MaxOutstandingR2T": "2"}, {"MaxOutstandingR2T": "2"}),
    ({"DefaultTime2Wait": "1"}, {"DefaultTime2Wait": "7"}, {"DefaultTime2Wait": "7"}),
    ({"MaxBurstLength": "12"}, {}, {"MaxBurstLength": "Reject"}),
    ({"InitialR2T": "Perhaps"}, {}, {"InitialR2T": "Reject"}),
    ({"X-what": "1"}, {}, {"X-what": "NotUnderstood"}),
    ({}, {"MaxRecvDataSegmentLength": "4096"}, {"MaxRecvDataSegmentLength": "4096"}),
])
def test_negotiation(start, offered, ours, agreed):
    with Initiator(start(keys=ours)) as i:
        i.login_request(offered)
        assert i.login_answer().flags == 0x87
        assert {key: i.keys.get(key) for key in agreed} == agreed
        assert i.keys["TargetPortalGroupTag"] == "1"


def test_an_answer_that_is_no_answer(start):
    with Initiator(start(answers={"MaxBurstLength": "many"})) as i:
        i.login(MaxBurstLength="4096")
        assert i.keys["MaxBurstLength"] == "many"


def test_login_through_the_security_stage_in_pieces(start):
    with Initiator(start()) as i:
        i.send(LOGIN | IMMEDIATE, data=b"InitiatorName=iqn.x:y\0Targ",
               words={0: 0x43400000})           # C, security
        assert (i.login_answer().flags, i.keys) == (0, {})
        i.send(LOGIN | IMMEDIATE, data=b"etName=%s\0AuthMethod=CHAP,None\0" %
               i.target.names[0].encode(), words={0: 0x43810000})
        assert i.login_answer().flags == 0x81
        assert i.keys == {"TargetPortalGroupTag": "1", "AuthMethod": "None"}
        i.send(LOGIN | IMMEDIATE, words={0: 0x43870000})
        assert i.login_answer().flags == 0x87
        assert i.ping().opcode == NOP_IN


@pytest.mark.parametrize("request_, status", [
    (dict(keys={}, name="iqn.x:other"), 0x0203),
    (dict(keys={"InitiatorName": None}), 0x0207),
    (dict(keys={"TargetName": None}), 0x0207),
    (dict(keys={}, version=0x0101), 0x0205),
    (dict(keys={}, stages=(2, 3)), 0x020b),
    (dict(keys={}, stages=(1, 1)), 0x020b),
    (dict(keys={"no\0value": "1"}), 0x0200),
])
def test_login_refused(start, request_, status):
    with Initiator(start()) as i:
        i.login_request(**request_)
        assert i.login_answer().word(36) >> 16 == status
        with pytest.raises(Closed):
            i.receive()


def test_a_session_is_reinstated(start):
    target = start()
    with Initiator(target) as old, Initiator(target) as new:
        old.login()
        new.login()
        with pytest.raises(Closed):
            old.receive()
        assert new.ping().data == b"ping"


def test_ipv6(start):
    target = start()
    if len(target.portals()) > 1:
        socket.create_connection(("::1", target.port), 5).close()


@pytest.mark.parametrize("cdb, edtl, begin", [
    (bytes([0x12, 0, 0, 0, 36, 0]), 36, bytes([0, 0, 6, 0x12])),
    (bytes([0x12, 1, 0, 0, 255, 0]), 255, bytes([0, 0, 0, 4, 0, 0x80, 0x83, 0xb0])),
    (bytes([0x12, 1, 0x80, 0, 255, 0]), 255, b"\x00\x80\x00\x10ohba000000000000"),
    (bytes([0x12, 1, 0x83, 0, 255, 0]), 255, bytes([0, 0x83, 0, 40])),
    (bytes([0x12, 1, 0xb0, 0, 255, 0]), 255, bytes([0, 0xb0, 0, 60, 0, 0, 0, 0, 0, 0, 0x20, 0])),
    (CAPACITY_10, 8, struct.pack(">II", 8 * 2048 - 1, BLOCK)),
    (bytes([0x9e, 0x10]) + bytes(11) + b"\x20", 32, struct.pack(">QI", 8 * 2048 - 1, BLOCK)),
    (bytes([0xa0]) + bytes(8) + b"\xff", 255, struct.pack(">IIQQ", 16, 0, 0, 1 << 48)),
    (bytes([0x1a, 0, 0x3f, 0, 255, 0]), 255, bytes([35, 0, 0x10, 0, 0x08, 18])),
    (bytes([0x5a, 0, 0x0a, 0, 0, 0, 0, 0, 255, 0]), 255,
     bytes([0, 18, 0, 0x10, 0, 0, 0, 0, 0x0a, 10])),
    (bytes([0x03, 0, 0, 0, 18, 0]), 18, bytes([0x70, 0, 0])),
])
def test_replies(start, cdb, edtl, begin):
    with Initiator(start(luns=2)) as i:
        i.login()
        i.command(cdb, 0xc0, edtl)
        answer = i.receive()
        assert (answer.opcode, answer.status) == (DATA_IN, 0)
        assert answer.data.startswith(begin)
        assert answer.residual == edtl - len(answer.data)
        assert bool(answer.flags & 2) == bool(answer.residual)


@pytest.mark.parametrize("cdb, lun, sense", [
    (bytes([0xff]), 0, (5, 0x20, 0)),
    (bytes([0]), 1, (5, 0x25, 0)),
    (bytes([0x12, 1, 0x55, 0, 255]), 0, (5, 0x24, 0)),
    (struct.pack(">BBIBHB", 0x28, 0, 8 * 2048, 0, 1, 0), 0, (5, 0x21, 0)),
    (struct.pack(">BBQIBB", 0x88, 0, 1 << 63, 1, 0, 0), 0, (5, 0x21, 0)),
    (struct.pack(">BBQIBB", 0x88, 0, 0, 8193, 0, 0), 0, (5, 0x24, 0)),
])
def test_check_conditions(start, cdb, lun, sense):
    with Initiator(start()) as i:
        i.login()
        i.command(cdb, 0xc0, 512, lun=lun)
        answer = i.receive()
        assert (answer.opcode, answer.status) == (RESPONSE, 2)
        assert (answer.data[4], answer.data[14], answer.data[15]) == sense


def test_commands_without_data(start):
    with Initiator(start()) as i:
        i.login()
        for cdb in (bytes(6), bytes([0x35]) + bytes(9), bytes([0x91]) + bytes(15)):
            itt = i.command(cdb)
            answer = i.receive()
            assert (answer.opcode, answer.itt, answer.status) == (RESPONSE, itt, 0)


def test_6_and_16_byte_commands(start):
    data = pattern(2 * BLOCK)
    with Initiator(start()) as i:
        i.login()
        i.command(bytes([0x0a, 0, 0, 9, 2, 0]), 0xa0, len(data), data)
        assert i.receive().status == 0
        i.command(struct.pack(">BBQIBB", 0x88, 0, 9, 2, 0, 0), 0xc0, len(data))
        assert i.finish_read()[1] == data
        i.command(struct.pack(">BBQIBB", 0x8a, 0, 20, 2, 0, 0), 0xa0, len(data), data)
        assert i.receive().status == 0
        i.command(bytes([0x08, 0, 0, 20, 2, 0]), 0xc0, len(data))
        assert i.finish_read()[1] == data


def test_residuals(start):
    data = pattern(4 * BLOCK)
    with Initiator(start()) as i:
        i.login()
        i.read(0, 2, edtl=3000)
        answer = i.receive()
        assert (answer.flags, answer.residual, len(answer.data)) == (0x83, 1976, 1024)
        i.read(0, 2, edtl=100)
        answer = i.receive()
        assert (answer.flags, answer.residual, len(answer.data)) == (0x85, 924, 100)
        i.write(0, data, 1000, edtl=1000)
        answer = i.receive()
        assert (answer.opcode, answer.flags, answer.residual) == (RESPONSE, 0x84, 1048)


def test_unsolicited_data(start):
    data = pattern(64 * BLOCK)
    with Initiator(start()) as i:
        i.login(InitialR2T="No", FirstBurstLength="16384")
        itt = i.write(0, data, 4096, final=False)
        i.data_out(itt, NO_TAG, 0, 4096, data[4096:8192], final=False)
        i.data_out(itt, NO_TAG, 1, 8192, data[8192:16384])
        r2t = i.receive()
        assert (r2t.opcode, r2t.offset, r2t.residual, r2t.datasn) == (R2T, 16384, 16384, 0)
        i.data_out(itt, r2t.ttt, 0, 16384, data[16384:])
        answer = i.receive()
        assert (answer.opcode, answer.status, answer.datasn) == (RESPONSE, 0, 1)
        i.read(0, 64)
        assert i.finish_read()[1] == data


def test_several_r2ts_at_once(start):
    data = pattern(64 * BLOCK)
    with Initiator(start()) as i:
        i.login(MaxOutstandingR2T="3", MaxBurstLength="8192")
        itt = i.write(0, data)
        asked = [i.receive() for _ in range(3)]
        assert [(p.offset, p.residual, p.datasn) for p in asked] == [
            (n * 8192, 8192, n) for n in range(3)]
        assert len({p.ttt for p in asked}) == 3 and i.quiet()
        for r2t in asked:
            i.data_out(itt, r2t.ttt, 0, r2t.offset, data[r2t.offset:r2t.offset + 8192])
        assert i.finish_write(data).status == 0


def test_what_the_initiator_does_wrong_is_said(start):
    data = pattern(32 * BLOCK)
    target = start()
    with Initiator(target) as i:
        i.login()
        itt = i.write(0, data)
        r2t = i.receive()
        for more, expected in (((r2t.ttt, 1, 0, data), "DataSN 1, expected 0"),
                               ((r2t.ttt, 0, 512, data), "Buffer Offset 512, expected 0"),
                               ((r2t.ttt ^ 1, 0, 0, data), "is of no R2T"),
                               ((r2t.ttt, 0, 0, data + data), "bytes for the R2T 32768"),
                               ((NO_TAG, 0, 0, data), "unsolicited bytes")):
            i.data_out(itt, *more)
            answer = i.receive()
            assert (answer.opcode, answer.header[2]) == (REJECT, 4)
            assert expected in target.lines("peer")[-1]["line"]
        i.send(SNACK)
        assert i.receive().header[2] == 3
        i.send(NOP_OUT, cmdsn=i.cmdsn + 1)
        assert i.quiet() and "CmdSN" in target.lines("peer")[-1]["line"]
        i.data_out(itt, r2t.ttt, 0, 0, data)
        assert i.receive().status == 0


def test_wrong_digests_of_the_initiator(start):
    with Initiator(start()) as i:
        i.login(digests=True)
        i.send(NOP_OUT | IMMEDIATE, data=b"x", spoil="data")
        answer = i.receive()
        assert (answer.opcode, answer.header[2]) == (REJECT, 2)
        i.send(NOP_OUT | IMMEDIATE, spoil="header")
        with pytest.raises(Closed):
            i.receive()


def test_task_management(start):
    with Initiator(start()) as i:
        i.login()
        itt = i.write(0, bytes(64 * BLOCK))
        assert i.receive().opcode == R2T
        for ref, answer in ((itt, 0), (itt, 1)):
            i.itt += 1
            i.send(TMF | IMMEDIATE, 0x81, words={20: ref})
            pdu = i.receive()
            assert (pdu.opcode, pdu.header[2], pdu.itt) == (TMF_RSP, answer, i.itt)
        for function, answer in ((5, 0), (6, 0), (8, 5)):
            i.send(TMF | IMMEDIATE, 0x80 | function)
            assert i.receive().header[2] == answer


def test_windows(start):
    with Initiator(start(args=["--depth", "4"])) as i:
        i.login()
        for left in (3, 2, 1, 0):
            i.write(0, bytes(64 * BLOCK))
            pdu = i.receive()
            assert (pdu.exp_cmdsn, pdu.max_cmdsn) == (i.cmdsn, i.cmdsn + left - 1)


def test_logout_and_nops(start):
    with Initiator(start(args=["--nop", "100"])) as i:
        i.login()
        ping = i.receive()
        assert (ping.opcode, ping.itt) == (NOP_IN, NO_TAG) and ping.ttt != NO_TAG
        i.send(NOP_OUT | IMMEDIATE, itt=NO_TAG, words={20: ping.ttt})
        i.send(LOGOUT)
        answer = i.receive()
        assert (answer.opcode, answer.header[2]) == (LOGOUT_RSP, 0)
        with pytest.raises(Closed) as closed:
            i.receive()
        assert not closed.value.reset


def test_status_by_itself(start):
    with Initiator(start(args=["--separate-status"])) as i:
        i.login()
        i.read(0, 1)
        pdus, _ = i.finish_read()
        assert [(p.opcode, p.flags & 1) for p in pdus] == [(DATA_IN, 0), (RESPONSE, 0)]
        assert pdus[1].datasn == 1


# --- rules: which PDU ---

@pytest.mark.parametrize("which, hits", [
    ("", range(1, 13)), ("nth=5", [5]), ("every=4", [4, 8, 12]), ("nth=2,every=5", [2, 7, 12]),
    ("count=3", [1, 2, 3]), ("nth=9,count=2", [9, 10]), ("every=3,count=2", [3, 6]),
    ("conn=1", range(1, 13)), ("conn=2", []), ("chance=100", range(1, 13)),
])
def test_which(start, which, hits):
    target = start("on=nop-in %s do=wrong-ttt:7" % which)
    with Initiator(target) as i:
        i.login()
        assert [n for n in range(1, 13) if i.ping().ttt == 7] == list(hits)
    assert [int(line["number"]) for line in target.lines("inject")] == list(hits)


def test_chance_repeats_with_its_seed(start):
    runs = []
    for seed in (3, 3, 4):
        with Initiator(start("on=nop-in,chance=50,seed=%d do=wrong-ttt:7" % seed)) as i:
            i.login()
            runs.append([i.ping().ttt == 7 for _ in range(64)])
    assert runs[0] == runs[1] != runs[2]
    assert 16 < sum(runs[0]) < 48


def test_an_opcode_is_a_name(start):
    with Initiator(start("on=0x20,nth=1 do=wrong-ttt:7")) as i:
        i.login()
        assert i.ping().ttt == 7


def test_a_script(start, tmp_path):
    script = tmp_path / "script"
    script.write_text("# two rules\n\non=nop-in nth=1 do=wrong-ttt:7\n"
                      "on=nop-in nth=2 do=wrong-itt:9 # and this\n")
    target = start(args=["--script", str(script)])
    with Initiator(target) as i:
        i.login()
        assert (i.ping().ttt, i.ping().itt) == (7, 9)
    assert [line["rule"] for line in target.lines("inject")] == ["%s:3" % script, "%s:4" % script]
    target.stop()
    assert [(line["matched"], line["injected"]) for line in target.lines("summary")[1:]] == [
        ("2", "1"), ("2", "1")]


# --- rules: what happens to a PDU that is sent ---

def three_reads(target, digests=False, separate=False):
    """Nine Data-In on the connection (of them 3, 6 and 9 with status), as a dry run and
    as the rules of connection 2 have it; with the seconds of the latter."""
    runs = []
    for _ in range(2):
        began = time.monotonic()
        with Initiator(target) as i:
            i.login(digests)
            for _ in range(3):
                i.read(0, 48)
            pdus = []
            with contextlib.suppress(Closed, TimeoutError):
                i.socket.settimeout(1)
                while True:
                    pdus.append(i.receive())
                    if len(pdus) % 3 == 0 and i.quiet():
                        break
            runs.append(pdus)
    return (*runs, time.monotonic() - began)


def changed(before, after):
    """The bytes of the header that differ."""
    return {n for n in range(48) if before.header[n] != after.header[n]}


@pytest.mark.parametrize("action, on, bytes_", [
    ("wrong-datasn", "data-in", range(36, 40)),
    ("wrong-datasn:77", "data-in", range(36, 40)),
    ("wrong-statsn:5", "data-in", range(24, 28)),
    ("wrong-itt", "data-in", range(16, 20)),
    ("wrong-itt:0x11", "data-in", range(16, 20)),
    ("wrong-ttt", "data-in", range(20, 24)),
    ("wrong-offset:512", "data-in", range(40, 44)),
    ("bad-opcode", "data-in", range(0, 1)),
    ("bad-opcode:0x3f", "any-out", range(0, 1)),
    ("reserved-bits", "data-in", [2]),
    ("overflow:9", "data-in-status", [1, 47]),
    ("underflow:9", "data-in-status", [1, 47]),
])
def test_one_header_is_changed(start, action, on, bytes_):
    # any-out: the login response is the first, the 6th Data-In the 7th
    nth = {"data-in": 6, "data-in-status": 2, "any-out": 7}[on]
    target = start("on=%s,nth=%d,conn=2 do=%s" % (on, nth, action))
    before, after, _ = three_reads(target)
    assert len(before) == len(after) == 9
    hits = {n + 1: changed(*pair) for n, pair in enumerate(zip(before, after)) if changed(*pair)}
    assert list(hits) == [6] and hits[6] <= set(bytes_)
    assert [p.data for p in before] == [p.data for p in after]


@pytest.mark.parametrize("which", ["header", "data"])
def test_one_digest_is_corrupt(start, which):
    target = start("on=data-in,nth=5,conn=2 do=corrupt-%s-digest" % which)
    before, after, _ = three_reads(target, digests=True)
    assert all(p.header_digest and p.data_digest for p in before)
    wrong = {"header": [n for n, p in enumerate(after, 1) if not p.header_digest],
             "data": [n for n, p in enumerate(after, 1) if not p.data_digest]}
    assert wrong == {"header": [], "data": [], which: [5]}
    assert [p.header for p in before] == [p.header for p in after]


def test_no_digest_to_corrupt(start):
    target = start("on=data-in,nth=5,conn=2 do=corrupt-data-digest")
    before, after, _ = three_reads(target)
    assert before == after and not target.lines("inject")
    assert target.lines("skip")[0]["why"] == "no-data-digest"


@pytest.mark.parametrize("action, length", [("too-long", 8192 + 512), ("too-long:3", 8195),
                                            ("short", 8188), ("short:100", 8092)])
def test_one_segment_has_another_length(start, action, length):
    target = start("on=data-in,nth=4,conn=2 do=" + action)
    before, after, _ = three_reads(target, digests=True)
    assert [len(p.data) for p in after] == [8192] * 3 + [length] + [8192] * 5
    assert changed(before[3], after[3]) <= {5, 6, 7}
    assert after[3].data_digest and after[3].header_digest


def test_one_is_dropped(start):
    before, after, _ = three_reads(start("on=data-in,nth=5,conn=2 do=drop"))
    assert after == before[:4] + before[5:]


def test_one_is_doubled(start):
    before, after, _ = three_reads(start("on=data-in,nth=5,conn=2 do=duplicate"))
    assert after[:10] == before[:5] + before[4:]


@pytest.mark.parametrize("action, seconds", [("delay:300", 0.3), ("silent:300", 0.3),
                                             ("split:512:20", 0.3), ("merge", 0)])
def test_the_bytes_are_the_same_but_late(start, action, seconds):
    target = start("on=data-in,nth=5,conn=2 do=" + action)
    before, after, took = three_reads(target)
    assert before == after and took >= seconds
    assert len(target.lines("inject")) == 1


def test_merge_waits_for_the_next(start):
    with Initiator(start("on=nop-in,nth=1 do=merge")) as i:
        i.login()
        i.send(NOP_OUT | IMMEDIATE, itt=1)
        assert i.quiet(0.02)
        i.send(NOP_OUT | IMMEDIATE, itt=2)
        assert len(i.socket.recv(96, socket.MSG_WAITALL)) == 96
        began = time.monotonic()
        assert i.ping().opcode == NOP_IN and time.monotonic() - began < 0.04


@pytest.mark.parametrize("action, reset", [("close", False), ("reset", True)])
def test_the_connection_ends(start, action, reset):
    target = start("on=data-in,nth=5 do=" + action)
    with Initiator(target) as i:
        i.login()
        with pytest.raises(Closed) as closed:
            for _ in range(3):
                i.read(0, 48)
                while len(i.receive().data) and not i.quiet(0.05):
                    pass
        assert closed.value.reset == reset
    with Initiator(target) as i:
        i.login()
        assert i.ping().opcode == NOP_IN


def test_silent_for_ever(start):
    with Initiator(start("on=nop-out,nth=2 do=silent")) as i:
        i.login()
        assert i.ping().data == b"ping"
        i.send(NOP_OUT | IMMEDIATE)
        assert i.quiet(0.3)


@pytest.mark.parametrize("on", ["nop-in", "nop-out"])
def test_reject_async_and_flood(start, on):
    target = start("on=%s,nth=2 do=reject:invalid-field" % on, "on=%s,nth=3 do=async:logout:9" % on,
                   "on=%s,nth=4 do=nop-flood:50" % on, "on=%s,nth=5 do=async:drop-conn:3:4" % on)
    with Initiator(target) as i:
        i.login()
        i.ping()
        reject = i.ping()
        assert (reject.opcode, reject.header[2], len(reject.data)) == (REJECT, 9, 48)
        message = i.ping()
        assert (message.opcode, message.header[36], message.header[38:44]) == (
            ASYNC, 1, bytes([0, 0, 0, 0, 0, 9]))
        assert i.receive().data == b"ping"
        flood = [i.ping()] + [i.receive() for _ in range(49)]
        assert {(p.opcode, p.itt, p.ttt) for p in flood} == {(NOP_IN, NO_TAG, NO_TAG)}
        assert i.receive().data == b"ping"
        message = i.ping()
        assert message.header[38:44] == bytes([0, 0, 0, 3, 0, 4])
        last = i.receive()
        # the login, two rejected or not, two messages, three answers: in order
        assert (last.data, reject.statsn, message.statsn, last.statsn) == (b"ping", 3, 7, 8)


def test_data_after_status(start):
    for on, args in (("data-in,nth=3", []), ("scsi-response", ["--separate-status"])):
        with Initiator(start("on=%s do=data-in-after-status" % on, args=args)) as i:
            i.login()
            itt = i.read(0, 48)
            i.finish_read()
            late = i.receive()
            assert (late.opcode, late.itt, len(late.data)) == (DATA_IN, itt, 512)


# --- rules: R2T ---

@pytest.mark.parametrize("action, bytes_", [
    ("r2t-beyond:4096", range(44, 48)), ("wrong-ttt", range(20, 24)),
    ("wrong-offset", range(40, 44)), ("wrong-datasn", range(36, 40)),
])
def test_one_r2t_is_changed(start, action, bytes_):
    target = start("on=r2t,nth=2,conn=2 do=" + action)
    runs = []
    for _ in range(2):
        with Initiator(target) as i:
            i.login(MaxOutstandingR2T="4", MaxBurstLength="8192")
            i.write(0, bytes(64 * BLOCK))
            runs.append([i.receive() for _ in range(4)])
    assert [n for n, pair in enumerate(zip(*runs), 1) if changed(*pair)] == [2]
    assert changed(runs[0][1], runs[1][1]) <= set(bytes_)


def test_one_r2t_comes_again(start):
    data = pattern(64 * BLOCK)
    target = start("on=r2t,nth=2 do=r2t-duplicate")
    with Initiator(target) as i:
        i.login(MaxBurstLength="16384")
        i.write(0, data)
        assert i.finish_write(data).datasn == 3
    assert not target.lines("peer")


# --- rules: commands ---

def test_commands_are_refused(start):
    target = start("on=read,nth=2 do=check-condition:3/0x11/1", "on=read,nth=3 do=busy",
                   "on=read,nth=4 do=task-set-full", "on=inquiry do=busy")
    with Initiator(target) as i:
        i.login()
        answers = []
        for _ in range(5):
            i.read(0, 1)
            answers.append(i.receive())
        assert [p.status for p in answers] == [0, 2, 8, 0x28, 0]
        sense = answers[1].data[2:]
        assert (sense[2], sense[12], sense[13]) == (3, 0x11, 1)
        i.command(CAPACITY_10, 0xc0, 8)
        assert i.receive().status == 0
        i.command(bytes([0x12, 0, 0, 0, 36, 0]), 0xc0, 36)
        assert i.receive().status == 8


def test_a_dropped_command_hangs_until_aborted(start):
    with Initiator(start("on=write,nth=1 do=drop")) as i:
        i.login()
        itt = i.write(0, bytes(BLOCK), BLOCK)
        assert i.quiet()
        i.send(TMF | IMMEDIATE, 0x81, words={20: itt})
        assert i.receive().header[2] == 0
        i.write(0, bytes(BLOCK), BLOCK)
        assert i.receive().status == 0


def test_a_command_is_delayed(start):
    with Initiator(start("on=read,nth=2 do=delay:200", "on=read,nth=3 do=duplicate")) as i:
        i.login()
        took = []
        for _ in range(3):
            began = time.monotonic()
            i.read(0, 1)
            i.receive()
            took.append(time.monotonic() - began)
        assert took[0] < 0.15 and took[1] >= 0.2 and took[2] < 0.15
        assert i.receive().itt == i.itt         # the third again


def test_the_window_closes_and_opens(start):
    with Initiator(start("on=nop-out,nth=1 do=close-window:300", args=["--depth", "4"])) as i:
        i.login()
        first = i.ping()
        assert first.max_cmdsn == i.cmdsn + 3
        for left in (3, 2, 1, 0):
            i.command(bytes(6))
            pdu = i.receive()
            assert (pdu.exp_cmdsn, pdu.max_cmdsn) == (i.cmdsn, first.max_cmdsn)
            assert pdu.max_cmdsn - pdu.exp_cmdsn + 1 == left
        news = i.receive()
        assert (news.opcode, news.itt, news.max_cmdsn) == (NOP_IN, NO_TAG, i.cmdsn + 3)


# --- rules: login ---

def test_login_status(start):
    target = start("on=login,nth=2 do=login-status:3/1")
    for status in (0, 0x0301, 0):
        with Initiator(target) as i:
            i.login_request({})
            assert i.login_answer().word(36) >> 16 == status


def test_login_hang(start):
    with Initiator(start("on=login do=login-hang")) as i:
        i.login_request({})
        assert i.quiet(0.3)


def test_login_garbage_keys(start):
    with Initiator(start("on=login,nth=1 do=login-garbage-keys")) as i:
        i.login_request({})
        pdu = i.login_answer()
        assert b"\xff\xfe" in pdu.data and b"NoValue\0" in pdu.data
        assert pdu.word(36) >> 16 == 0


# --- words that are wrong ---

@pytest.mark.parametrize("rule, words", [
    ("on=data-im do=drop", ("unknown PDU", '"data-im"', "data-in", "r2t")),
    ("on=data-in do=dorp", ("unknown action", '"dorp"', "drop", "close-window")),
    ("on=data-in nht=3 do=drop", ("unknown word", '"nht"', "nth")),
    ("on=data-in nth=x do=drop", ("wrong nth", '"x"')),
    ("on=data-in nth=0 do=drop", ("wrong nth", '"0"')),
    ("on=data-in chance=101 do=drop", ("wrong chance", '"101"', "100")),
    ("on=data-in nth do=drop", ('"nth"', "word=value")),
    ("on=data-in", ("do= is missing",)),
    ("do=drop", ("on= is missing",)),
    ("on=data-in do=delay", ('"delay"', ":MS")),
    ("on=data-in do=delay:fast", ('"fast"', "a number")),
    ("on=data-in do=drop:1", ('"1"', "0 at most")),
    ("on=data-in do=reject:no", ('"no"', "protocol-error")),
    ("on=read do=check-condition:16/0/0", ('"16"', "15")),
    ("on=data-in do=r2t-beyond", ("r2t-beyond", "data-in", "it can to: r2t")),
    ("on=0x40 do=drop", ("unknown PDU", "0x40")),
])
def test_wrong_rules(tmp_path, rule, words):
    script = tmp_path / "script"
    script.write_text("# why\n%s\n" % rule)
    for args, where in ((["-e", rule], "-e:1: "), (["-s", str(script)], "%s:2: " % script)):
        done = subprocess.run([PROGRAM, "-p", "0", *args], capture_output=True, text=True,
                              check=False, timeout=20)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(where) and len(done.stderr.splitlines()) == 1
        for word in words:
            assert word in done.stderr


@pytest.mark.parametrize("args, words", [
    ([], ("--port", "missing")), (["-p", "x"], ("--port", '"x"', "65535")),
    (["-p", "0", "-r", "0"], ("--ram", '"0"')), (["-p", "0", "-l", "/nowhere"], ("/nowhere",)),
    (["-p", "0", "-d", "999"], ("--depth", "128")), (["-p", "0", "-k", "X=1"], ("X=1", "ErrorRec")),
    (["-p", "0", "-k", "InitialR2T=1"], ("InitialR2T", "No or Yes")),
    (["-p", "0", "-s", "/nowhere"], ("/nowhere",)), (["-p", "0", "more"], ('"more"',)),
])
def test_wrong_options(args, words):
    done = subprocess.run([PROGRAM, *args], capture_output=True, text=True, check=False,
                          timeout=20)
    assert (done.returncode, done.stdout) == (2, "")
    for word in words:
        assert word in done.stderr


def test_help_and_page_list_every_action():
    text = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True, check=True).stdout
    rows = text.partition("do=ACTION:\n")[2].splitlines()
    names = [re.match(r" *([\w-]+)", row)[1] for row in rows]
    page = (TESTS / "scripted/README.md").read_text()
    assert len(names) > 30
    assert [n for n in names if "`%s`" % n not in page] == []


# --- hostile initiators ---

def spoiled(rng, wire):
    """A few bytes changed, some cut off or put in."""
    wire = bytearray(wire)
    for _ in range(rng.randrange(4)):
        wire[rng.randrange(len(wire))] = rng.choice([0, 1, 0x7f, 0x80, 0xff, rng.randrange(256)])
    if rng.random() < 0.1:
        del wire[rng.randrange(len(wire)):]
    if rng.random() < 0.1:
        wire += rng.randbytes(rng.randrange(200))
    return bytes(wire)


def test_a_target_s_pdu_from_an_initiator(start):
    """No rule for what is sent may see it."""
    target = start("on=r2t do=r2t-duplicate", "on=any-out,nth=99 do=drop", "on=0x31 do=drop")
    with Initiator(target) as i:
        i.login()
        i.send(R2T)
        assert i.receive().opcode == REJECT
    assert not target.lines("inject")


class Recorder:
    """Takes the socket's place: what an initiator would have sent."""

    def __init__(self):
        self.wires = []

    def sendall(self, data):
        self.wires.append(data)

    def close(self):
        pass


def conversation(i):
    """PDUs of every kind."""
    data = pattern(4 * BLOCK)
    i.write(0, data, 1024)
    i.write(8, data, 512, final=False)
    i.data_out(i.itt, NO_TAG, 0, 512, data[512:])
    i.read(0, 64)
    for ttt in range(4):
        i.data_out(i.itt, ttt, 0, 0, data)
    i.command(bytes([0x12, 1, 0x83, 0, 255, 0]), 0xc0, 255)
    i.command(bytes([0x1a, 0, 0x3f, 0, 255, 0]), 0xc0, 255)
    i.send(NOP_OUT | IMMEDIATE, data=b"ping")
    i.send(TEXT, data=b"SendTargets=All\0")
    i.send(TMF | IMMEDIATE, 0x81, words={20: i.itt})
    i.send(SNACK)
    i.send(LOGOUT)


@pytest.mark.parametrize("seed", range(4))
def test_hostile_initiators(start, seed):
    """The fixture looks for what the sanitizers say."""
    rng = random.Random(seed)
    target = start("on=any-out,chance=20 do=duplicate", "on=any-in,chance=5 do=drop")
    for n in range(60):
        with contextlib.suppress(OSError, Closed), Initiator(target, 0.3) as i:
            if n % 3:
                i.login(InitialR2T="No", digests=n % 3 == 2 and n % 2 == 0)
            real, i.socket = i.socket, Recorder()
            if not n % 3:
                i.login_request({"X-%d" % n: "1" * rng.randrange(300)})
            conversation(i)
            wires, i.socket = i.socket.wires, real
            for wire in wires:
                i.socket.sendall(spoiled(rng, wire))
            i.socket.settimeout(0.02)
            while i.socket.recv(65536):
                pass
    with Initiator(start()) as i:
        i.login()
        assert i.ping().opcode == NOP_IN
    assert target.process.poll() is None


# --- initiators of others ---

def libiscsi(program, *args):
    if not shutil.which(program):
        pytest.skip(program + " is not installed")
    return subprocess.run([program, *args], capture_output=True, text=True, check=True,
                          errors="replace", timeout=120).stdout


def test_libiscsi_finds_it(start):
    target = start()
    shown = libiscsi("iscsi-ls", "-s", "iscsi://%s" % target.portal)
    assert target.names[0] in shown and "DIRECT_ACCESS" in shown
    shown = libiscsi("iscsi-inq", "iscsi://%s/%s/0" % (target.portal, target.names[0]))
    assert "scripted disk" in shown
    assert not target.lines("peer")


def test_libiscsi_finds_no_fault(start):
    target = start()
    shown = libiscsi("iscsi-test-cu", "-d", "-t", "ALL", "iscsi://%s/%s/0?header_digest=crc32c&"
                     "data_digest=crc32c" % (target.portal, target.names[0]))
    tests = next(line.split() for line in shown.splitlines() if line.split()[:1] == ["tests"])
    assert int(tests[2]) > 100 and tests[4] == "0", shown[-3000:]
