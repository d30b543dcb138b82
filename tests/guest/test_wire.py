# SPDX-License-Identifier: GPL-2.0-or-later
"""What a session puts on the wire, as tshark sees it."""

import collections
import os
import pathlib
import re
import subprocess

from conftest import TESTS, target_env
from targets import Capture, Istgt, Tgtd

OPCODES = {
    0x00: "NOP-Out", 0x20: "NOP-In", 0x01: "SCSI Command", 0x02: "Task Management Request", 0x03: "Login Request",
    0x04: "Text Request", 0x05: "Data-Out", 0x06: "Logout Request",
    0x21: "SCSI Response", 0x22: "Task Management Response", 0x23: "Login Response",
    0x24: "Text Response", 0x25: "Data-In", 0x26: "Logout Response", 0x31: "R2T",
}
# Wireshark's SCSI dissector finds an INQUIRY answer of the 4 bytes that Linux
# asks for first malformed; that is not the PDU's fault.
SHORT_INQUIRY = "(iscsi.opcode == 0x25 && iscsi.datasegmentlength <= 4)"
WRONG = " || ".join((
    "(_ws.malformed && !%s)" % SHORT_INQUIRY, "iscsi.opcode.invalid", "iscsi.keyvalue.invalid",
    "iscsi.opcode == 0x3f",             # Reject
    "tcp.analysis.lost_segment"))


def count_opcodes(capture):
    fields = capture.tshark("-Y", "iscsi", "-T", "fields", "-e", "iscsi.opcode",
                            "-E", "occurrence=a", "-E", "aggregator=,")
    return collections.Counter(int(word, 16) for word in re.findall(r"0x[0-9a-f]+", fields))


def count_digests(text, field):
    """(good, bad) of HeaderDigest or DataDigest."""
    lines = re.findall(r"^\s*%s: .*$" % field, text, re.M)
    good = sum("(Good CRC32)" in line for line in lines)
    return good, len(lines) - good


def check_seeds(capture, folder, ports):
    """What a fuzzer starts from is made of such a capture: of all that either target said."""
    subprocess.run([os.path.join(TESTS, "fuzz/captured"), capture.path, folder,
                    *("%d=%s" % (port, name) for name, port in ports.items())], check=True)
    seeds = {str(path.relative_to(folder)): path.read_bytes()
             for path in pathlib.Path(folder).glob("*/*")}
    for name in ports:
        for place in "start", "write", "middle", "reset", "ping", "end":
            assert seeds["target/captured-%s-%s" % (name, place)]
        assert b"MaxBurstLength=" in seeds["login/captured-%s-login" % name]
        assert b"TargetName=" in seeds["login/captured-%s-targets" % name]
        for way, opcodes in ("in", {0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x31}), \
                ("out", {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06}):
            assert opcodes <= set(opcodes_in(seeds["pdu/captured-%s-%s" % (name, way)]))


def opcodes_in(stream):
    while len(stream) >= 48:
        yield stream[0] & 0x3f
        data = int.from_bytes(stream[5:8], "big")
        stream = stream[48 + 4 * stream[4] + data + -data % 4:]


def test_wire(boot, target, scratch):
    tgtd, istgt = target(Tgtd, size_mib=64), target(Istgt, size_mib=64)
    env = dict(target_env("TGTD", tgtd), **target_env("ISTGT", istgt))
    with Capture(scratch + "/capture", [tgtd.port, istgt.port]) as capture:
        boot("guest-life.sh", env=env).finish()

    check_seeds(capture, scratch + "/seeds", {"tgtd": tgtd.port, "istgt": istgt.port})
    wrong = capture.tshark("-Y", WRONG)
    assert not wrong, "malformed or rejected PDUs:\n" + wrong[:2000]

    counts = count_opcodes(capture)
    print({name: counts[code] for code, name in OPCODES.items()})
    missing = [name for code, name in OPCODES.items() if not counts[code]]
    assert not missing, "never on the wire: " + ", ".join(missing)

    digests = capture.tshark("-Y", "tcp.port == %d && iscsi" % istgt.port, "-O", "iscsi")
    for field in ("HeaderDigest", "DataDigest"):
        good, bad = count_digests(digests, field)
        print("%s: %d good, %d bad" % (field, good, bad))
        assert good > 100 and bad == 0, "%s: %d good, %d bad" % (field, good, bad)
