# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/fuzz/captured: what becomes of the PDUs of a capture."""
import pathlib
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "fuzz")]

from capturelib import language, logins, pdus, sessions  # noqa: E402

OPS, LOGIN = sessions.OPS, logins.OPS
LOGIN_TEXT = b"HeaderDigest=CRC32C\0DataDigest=None\0InitialR2T=Yes\0"


def pdu(opcode, flags, data=b"", itt=1, at=(), digests=(False, False)):
    """As it is on the wire; at: (place, byte)."""
    bhs = bytearray(48)
    bhs[:2] = opcode, flags
    bhs[5:8] = len(data).to_bytes(3, "big")
    bhs[16:20] = itt.to_bytes(4, "big")
    for place, byte in at:
        bhs[place] = byte
    return bytes(bhs) + b"HHHH" * digests[0] + data + bytes(-len(data) % 4) + \
        b"DDDD" * (digests[1] and bool(data))


def connection(*says):
    """says: (to_target, bytes), each behind what that end said before."""
    conn, seq = pdus.Connection(3260), {False: 1, True: 1}
    for to_target, data in says:
        conn.add(to_target, seq[to_target], data)
        seq[to_target] += len(data)
    return conn


def steps(conn, name="start"):
    """What fuzz_target would do, behind the options; without the end."""
    return dict(sessions.programs([conn]))[name][2:-1]


LOGGED_IN = (False, pdu(0x23, 0x87, LOGIN_TEXT))


def write(length, itt):
    return True, pdu(0x01, 0xa0, itt=itt, at=[(22, length >> 8), (23, length & 0xff)],
                     digests=(True, False))


def test_digests_and_padding_are_left_out():
    conn = connection(LOGGED_IN, (False, pdu(0x25, 0x81, b"data!", digests=(True, False))))
    assert conn.digests == (True, False)
    assert (conn.pdus[1].data, len(conn.pdus[1].whole)) == (b"data!", 48 + 8)


def test_a_pdu_may_come_in_pieces_and_twice():
    whole, conn = pdu(0x24, 0x80, b"TargetName=x"), pdus.Connection(3260)
    for seq, piece in (1, whole[:20]), (11, whole[10:50]), (1, whole[:20]), (51, whole[50:]):
        conn.add(False, seq, piece)
    assert [one.whole for one in conn.pdus] == [whole]


def test_a_hole_is_no_capture():
    conn = connection(LOGGED_IN)
    with pytest.raises(pdus.CaptureError, match="7 bytes are missing"):
        conn.add(False, conn.sides[False].next_seq + 7, b"x")


def test_one_pdu_of_each_kind():
    conn = connection((False, pdu(0x21, 0x80)), (False, pdu(0x21, 0x80, b"sense")),
                      (False, pdu(0x25, 0x80, bytes(5000))), (False, pdu(0x20, 0x80)),
                      (True, pdu(0x01, 0xc1)))
    together = pdu(0x20, 0x80) + pdu(0x21, 0x80, b"sense") + pdu(0x25, 0x80, bytes(5000))
    assert dict(pdus.one_of_each([conn])) == {
        "in": together[:language.SEED_MAX], "out": pdu(0x01, 0xc1)}


@pytest.mark.parametrize("flags, name", [
    (0x81, "LOGIN_SAY"), (0x01, "LOGIN_STAY"), (0x41, "LOGIN_MORE")])
def test_a_login_is_what_was_answered(flags, name):
    conn = connection((False, pdu(0x23, flags, b"AuthMethod=None\0")))
    assert dict(logins.programs([conn]))["login"] == \
        bytes([0, LOGIN[name], 16, 0]) + b"AuthMethod=None\0" + b"\0"


def test_a_login_that_is_refused_has_its_status():
    conn = connection((True, pdu(0x03, 0x87, b"SessionType=Discovery\0")),
                      (False, pdu(0x23, 0, at=[(36, 2), (37, 3)])))
    assert dict(logins.programs([conn]))["discovery"] == \
        bytes([LOGIN["LOGIN_OPT_DISCOVERY"], LOGIN["LOGIN_STATUS"], 3, 2, 0, 0, 0])


def test_a_session_has_its_parameters():
    conn = connection(LOGGED_IN, write(4096, 1))
    assert dict(sessions.programs([conn]))["start"][0] == \
        OPS["TARGET_HDR_DIGEST"] | OPS["TARGET_INITIAL_R2T"]


def test_an_answer_names_its_task_and_what_differs():
    """Of two writes the older; the R2T is not where the harness would have it by itself."""
    r2t = pdu(0x31, 0x80, itt=1, digests=(True, False),
              at=[(39, 1), (42, 0x20), (46, 0x10)])
    conn = connection(LOGGED_IN, write(0x4000, 1), write(0x1000, 2), (False, r2t))
    assert steps(conn) == bytes([
        OPS["TARGET_SUBMIT"], 1, 0x00, 0x40, OPS["TARGET_SUBMIT"], 1, 0x00, 0x10,
        OPS["TARGET_PDU"], OPS["TPDU_R2T"], 1, 0, 0, 0, 2, 39, 1, 46, 0x10])


def test_64_kib_lose_a_byte():
    whole = pdu(0x01, 0xa0, itt=5, at=[(21, 1)], digests=(True, False))
    r2t = pdu(0x31, 0x80, itt=5, at=[(42, 0x20), (46, 0xe0)], digests=(True, False))
    assert steps(connection(LOGGED_IN, (True, whole), (False, r2t))) == bytes([
        OPS["TARGET_SUBMIT"], 1, 0xff, 0xff, OPS["TARGET_PDU"], OPS["TPDU_R2T"], 0, 0, 0, 0, 0])


def test_what_has_no_room_is_left_out_with_its_answers():
    long = pdu(0x01, 0xa0, itt=5, at=[(21, 1), (23, 1)], digests=(True, False))
    answer = pdu(0x21, 0x80, itt=5, digests=(True, False))
    assert steps(connection(LOGGED_IN, (True, long), (False, answer))) == b""


def test_pings_of_the_target_are_not_the_hosts():
    conn = connection(LOGGED_IN, (True, pdu(0x00, 0x80, itt=sessions.RESERVED,
                                            digests=(True, False))))
    assert steps(conn) == b""


def test_a_seed_is_no_longer_than_a_fuzzer_takes():
    conn = connection(LOGGED_IN, *(write(512, itt) for itt in range(1, 300)))
    program = dict(sessions.programs([conn]))["start"]
    assert len(program) <= language.SEED_MAX
    assert program.count(bytes([OPS["TARGET_SUBMIT"], 1, 0, 2])) == sessions.COMMANDS


def test_the_headers_are_read():
    assert language.names_of("target_ops.h")["TARGET_CUT"] == 10
    assert language.names_of("target_ops.h")["TARGET_OWN"] == 0x80
    assert language.names_of("login_ops.h")["LOGIN_WAIT"] == 5
