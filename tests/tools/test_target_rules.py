# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/scripted, the target that misbehaves: that each rule happens to the PDU that it names
and to no other."""
import re
import subprocess
import time

import pytest

from initiator import (  # noqa: F401  (start is a fixture)
    ASYNC, BLOCK, CAPACITY_10, Closed, DATA_IN, IMMEDIATE, Initiator, NO_TAG, NOP_IN, NOP_OUT,
    pattern, R2T, REJECT, RESPONSE, start, TESTS, TMF, TMF_RSP)
from targets.scripted import PROGRAM


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

def three_reads(target, digests=False):
    """Nine Data-In on the connection (of them 3, 6 and 9 with status), as a dry run and
    as the rules of connection 2 have it; with the milliseconds of the latter."""
    runs = []
    for _ in range(2):
        began = now_ms()
        with Initiator(target) as i:
            i.login(digests)
            for _ in range(3):
                i.read(0, 48)
            runs.append(i.rest())
    return (*runs, now_ms() - began)


def now_ms():
    """The target's clock, which has no fractions: what is due then is not early."""
    return time.monotonic_ns() // 1000000


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
    ("set:8/2/0x1234", "data-in", [8, 9]),
    ("set:0/1/0x31", "data-in", [0]),
    ("xor:1/1/0x81", "data-in", [1]),
    ("add:38/2/-1", "any-out", [38, 39]),
    ("window:-20", "data-in", range(32, 36)),
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


@pytest.mark.parametrize("action, at, width, lie", [
    ("set:40/4/0xdeadbeef", 40, 4, lambda was: 0xdeadbeef),
    ("set:45/3/0x10203", 45, 3, lambda was: 0x10203),
    ("set:9/1/3", 9, 1, lambda was: 3),
    ("xor:1/1/0xc1", 1, 1, lambda was: was ^ 0xc1),
    ("xor:20/4/0x80000001", 20, 4, lambda was: was ^ 0x80000001),
    ("add:24/4/-2", 24, 4, lambda was: (was - 2) % 2**32),
    ("add:36/4/5", 36, 4, lambda was: was + 5),
    ("add:35/1/255", 35, 1, lambda was: (was - 1) % 256),
])
def test_any_field_lies_and_the_digest_does_not(start, action, at, width, lie):
    target = start("on=data-in,nth=6,conn=2 do=" + action)
    before, after, _ = three_reads(target, digests=True)
    was, now = (int.from_bytes(pdus[5].header[at:at + width], "big") for pdus in (before, after))
    assert now == lie(was) != was
    assert changed(before[5], after[5]) <= set(range(at, at + width))
    assert after[5].header_digest and after[5].data_digest and after[5].data == before[5].data
    assert after[:5] + after[6:] == before[:5] + before[6:]


def test_a_length_may_lie_about_what_follows(start):
    with Initiator(start("on=nop-in,nth=1 do=set:5/3/0xffffff")) as i:
        i.login()
        i.send(NOP_OUT | IMMEDIATE, words={20: NO_TAG}, data=b"ping")
        assert i.bytes(52)[5:8] == b"\xff\xff\xff"
        assert i.quiet()


def test_an_additional_header_segment(start):
    with Initiator(start("on=nop-in,nth=1 do=ahs:2", "on=nop-in,nth=2 do=ahs:255")) as i:
        i.login(digests=True)
        pdus = [i.ping() for _ in range(3)]
        assert [len(p.ahs) for p in pdus] == [8, 1020, 0]
        assert all(p.header_digest and p.data_digest and p.data == b"ping" for p in pdus)


def test_padding(start):
    target = start("on=nop-in,nth=2 do=short:1", "on=nop-in do=bad-padding")
    with Initiator(target) as i:
        i.login(digests=True)
        pdus = [i.ping() for _ in range(3)]
    assert [(p.data, p.padding) for p in pdus] == [(b"ping", b""), (b"pin", b"\xff"),
                                                   (b"ping", b"")]
    assert all(p.data_digest for p in pdus)
    assert [line["why"] for line in target.lines("skip")] == ["no-padding"] * 2


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
    assert after == before[:5] + before[4:]


@pytest.mark.parametrize("action, ms", [("delay:300", 300), ("silent:300", 300),
                                        ("split:512:20", 300), ("merge", 0)])
def test_the_bytes_are_the_same_but_late(start, action, ms):
    target = start("on=data-in,nth=5,conn=2 do=" + action)
    before, after, took = three_reads(target)
    assert before == after and took >= ms
    assert len(target.lines("inject")) == 1


def test_merge_waits_for_the_next(start):
    """The rule's time is longer than the test: what comes was merged, or need not wait."""
    with Initiator(start("on=nop-in,nth=1 do=merge:600000")) as i:
        i.login()
        i.send(NOP_OUT | IMMEDIATE, itt=1)
        assert i.quiet()
        i.send(NOP_OUT | IMMEDIATE, itt=2)
        assert [i.receive().itt for _ in range(2)] == [1, 2]
        assert i.ping().opcode == NOP_IN


def test_merge_waits_no_longer_than_that(start):
    with Initiator(start("on=nop-in,nth=1 do=merge", "on=nop-in,nth=2 do=merge:200")) as i:
        i.login()
        for ms in (50, 200):
            began = now_ms()
            assert i.ping().data == b"ping" and now_ms() - began >= ms


@pytest.mark.parametrize("action, reset", [("close", False), ("reset", True)])
def test_the_connection_ends(start, action, reset):
    target = start("on=data-in,nth=5 do=" + action)
    with Initiator(target) as i:
        i.login()
        i.read(0, 96)
        with pytest.raises(Closed) as closed:
            for _ in range(6):
                assert i.receive().opcode == DATA_IN
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


@pytest.mark.parametrize("on, opcode, size", [
    ("read,nth=1", R2T, 0), ("read,nth=1", RESPONSE, 0), ("read,nth=1", TMF_RSP, 0),
    ("data-in-status,nth=1", DATA_IN, 4096), ("data-in-status,nth=1", RESPONSE, 0),
])
def test_one_more_is_there(start, on, opcode, size):
    target = start("on=%s do=insert:%d:4096" % (on, opcode))
    with Initiator(target) as i:
        i.login()
        itt = i.read(0, 16)
        more = i.receive()
        last = i.receive()
        assert (more.opcode, more.itt, len(more.data)) == (opcode, itt, size)
        assert (last.opcode, last.itt, len(last.data)) == (DATA_IN, itt, 8192)
        assert more.residual == (4096 if opcode == R2T else 0)
        # Who has a StatSN has it in the order of the wire.
        first = 2                               # the login's is 1
        if opcode in (RESPONSE, TMF_RSP):
            assert more.statsn == first
            first += 1
        assert last.statsn == first
        assert i.ping().statsn == last.statsn + 1


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


@pytest.mark.parametrize("code, number", [("complete", 0), ("rejected", 255), ("77", 77)])
def test_task_management_that_only_says_so(start, code, number):
    target = start("on=write,nth=1 do=drop", "on=tmf-request,nth=1 do=tmf-status:" + code)
    with Initiator(target) as i:
        i.login()
        itt = i.write(0, bytes(BLOCK), BLOCK)
        answers = []
        for _ in range(3):
            i.send(TMF | IMMEDIATE, 0x81, words={20: itt})
            pdu = i.receive()
            assert pdu.opcode == TMF_RSP
            answers.append(pdu.header[2])
        assert answers == [number, 0, 1]        # it was there, the second time


@pytest.mark.parametrize("add, left", [(7, 11), (-20, 4)])
def test_the_window_moves(start, add, left):
    """What it was moved to, the initiator may use; back, it does not last."""
    target = start("on=nop-in,nth=1 do=window:%d" % add, args=["--depth", "4"])
    with Initiator(target) as i:
        i.login()
        first = i.cmdsn + 3
        assert (i.ping().max_cmdsn, i.ping().max_cmdsn) == (first + add, max(first, first + add))
        for _ in range(left):
            i.command(bytes(6))
        for _ in range(left):
            i.receive()
    assert not target.lines("peer")


def test_a_command_is_delayed(start):
    """Any of the others may be late by itself, but not all of them."""
    target = start("on=read,nth=2 do=delay:200", "on=read,nth=3 do=duplicate")
    with Initiator(target) as i:
        i.login()
        took = []
        for n in range(1, 14):
            began = now_ms()
            i.read(0, 1)
            assert i.receive().itt == i.itt
            took.append(now_ms() - began)
            if n == 3:
                assert i.receive().itt == i.itt
        assert took[1] >= 200 and min(took[:1] + took[2:]) < 150
    assert [line["number"] for line in target.lines("inject")] == ["2", "3"]


def test_the_window_closes(start):
    with Initiator(start("on=nop-out,nth=1 do=close-window:ever", args=["--depth", "4"])) as i:
        i.login()
        first = i.ping()
        assert first.max_cmdsn == i.cmdsn + 3
        for left in (3, 2, 1, 0):
            i.command(bytes(6))
            pdu = i.receive()
            assert (pdu.exp_cmdsn, pdu.max_cmdsn) == (i.cmdsn, first.max_cmdsn)
            assert pdu.max_cmdsn - pdu.exp_cmdsn + 1 == left
        assert i.quiet()


def test_the_window_opens_again(start):
    """What is sent at once is answered before that."""
    with Initiator(start("on=nop-out,nth=1 do=close-window:300", args=["--depth", "4"])) as i:
        i.login()
        began, first = now_ms(), i.cmdsn
        with i.at_once():
            i.send_ping()
            for _ in range(4):
                i.command(bytes(6))
        assert [(p.exp_cmdsn, p.max_cmdsn) for p in (i.receive() for _ in range(5))] == [
            (first + n, first + 3) for n in range(5)]
        news = i.receive()
        assert (news.opcode, news.itt, news.max_cmdsn) == (NOP_IN, NO_TAG, first + 7)
        assert now_ms() - began >= 300


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
    ("on=data-in do=set:1/1", ('"set"', ":OFFSET/WIDTH/VALUE")),
    ("on=data-in do=set:48/1/0", ('"48"', "47")),
    ("on=data-in do=set:0/5/0", ('"5"', "up to 4")),
    ("on=data-in do=xor:46/4/0", ("xor", "48 bytes")),
    ("on=data-in do=set:8/0/0", ("set", "1 to 4 bytes")),
    ("on=data-in do=set:8/2/0x10000", ("set", "too small")),
    ("on=data-in do=add:47/2/-1", ("add", "48 bytes")),
    ("on=data-in do=window:-2147483648", ('"-2147483648"', "a number")),
    ("on=data-in do=delay:-1", ('"-1"', "a number")),
    ("on=read do=set:8/1/0", ("set", "read", "it can to: nop-in")),
    ("on=read do=insert:64", ('"64"', "63")),
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


def test_every_rule_of_the_table_is_one(start):
    page = (TESTS.parent / "docs/misbehaviour.md").read_text()
    rows = [line for line in page.splitlines() if re.match(r"\| [\d.]+", line)]
    rules = [re.findall(r"`(on=[^`]*)`", row) for row in rows]
    assert len(rows) > 70 and all(rules)
    target = start(*["conn=1000 " + rule for row in rules for rule in row])
    with Initiator(target) as i:
        i.login()
        assert i.ping().data == b"ping"


def test_help_and_page_list_every_action():
    text = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True, check=True).stdout
    rows = text.partition("do=ACTION:\n")[2].splitlines()
    names = [re.match(r" *([\w-]+)", row)[1] for row in rows]
    page = (TESTS / "scripted/README.md").read_text()
    assert len(names) > 30
    assert [n for n in names if "`%s`" % n not in page] == []
