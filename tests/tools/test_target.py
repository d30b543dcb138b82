# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/scripted, the target that misbehaves: that it is right without rules, whoever talks
to it."""
import contextlib
import random
import shutil
import socket
import struct
import subprocess

import pytest

from initiator import (  # noqa: F401  (start is a fixture)
    BLOCK, CAPACITY_10, Closed, DATA_IN, IMMEDIATE, Initiator, LOGIN, LOGOUT, LOGOUT_RSP, NO_TAG,
    NOP_IN, NOP_OUT, pattern, R2T, Recorder, REJECT, RESPONSE, SNACK, start, TEXT, TEXT_RSP, TMF,
    TMF_RSP)
from crc32c import crc32c


def test_our_own_crc32c():
    assert crc32c(bytes(32)).hex() == "aa36918a"        # RFC 7143 appendix A.4


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
        socket.create_connection(("::1", target.port), 60).close()


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
        assert i.rest() == [] and "CmdSN" in target.lines("peer")[-1]["line"]
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
    """Of its pings the first: another might come before the answer to the logout."""
    with Initiator(start("on=nop-in,nth=2,every=1 do=drop", args=["--nop", "100"])) as i:
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
