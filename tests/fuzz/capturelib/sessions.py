# SPDX-License-Identifier: GPL-2.0-or-later
"""
Seeds of fuzz_target: places of a session, by steps of target_ops.h. A task, a number and a
digest are the harness's own, and so is data; what else a header said is said again.
"""

from .language import DAMAGE_MAX, SEED_MAX, damage, names_of, u16
from .pdus import LOGIN_RSP, TRANSIT_TO_FULL

OPS = names_of("target_ops.h")
NOP_OUT, SCSI_CMD, TMF_REQ, TEXT_REQ, LOGOUT_REQ = 0x00, 0x01, 0x02, 0x04, 0x06
SCSI_RSP, DATA_IN, R2T = 0x21, 0x25, 0x31
READ, WRITE, STATUS, IMMEDIATE = 0x40, 0x20, 0x01, 0x40
RESERVED = 0xffffffff
LONGEST = 0xffff                # of a command and of data: u16
STEPS, COMMANDS, TASKS = 100, 30, 64
BEFORE = 6                      # PDUs before what a place is about

# Of op_host_pdu(): with data, but for a logout.
HOST_PDUS = {NOP_OUT: 0, TEXT_REQ: 2, LOGOUT_REQ: 4}
ANSWERS = {SCSI_RSP: "SCSI_RSP", R2T: "R2T", 0x22: "TMF_RSP", 0x20: "NOP_IN", 0x24: "TEXT_RSP",
           0x26: "LOGOUT_RSP"}
FLAGS = {"DATA_IN": 0, "DATA_IN_STATUS": 0x81}          # as pdu_kinds[] has them; else F alone
MAX_BURST, FIRST_BURST = 65536, 8192                    # opts_default's


def shortened(pdu):
    """64 KiB, as block layers love them, have a last byte for which u16 has no room."""
    end = pdu.number(40) + (pdu.number(44) if pdu.opcode == R2T else len(pdu.data))
    if end != LONGEST + 1:
        return pdu
    if pdu.opcode == R2T:
        return pdu._replace(bhs=pdu.bhs[:44] + (pdu.number(44) - 1).to_bytes(4, "big"))
    return pdu._replace(data=pdu.data[:-1]) if pdu.opcode == DATA_IN else pdu


class Place:
    """A program that grows by PDUs, as far as it has room."""

    def __init__(self, options):
        self.options, self.steps = bytes([options, 0]), []
        self.sent, self.length = [], {}         # ITTs, oldest first; of commands

    @property
    def bytes(self):
        return self.options + b"".join(self.steps) + bytes([OPS["TARGET_SETTLE"]])

    def full(self):
        return len(self.steps) >= STEPS or len(self.length) >= COMMANDS or \
            len(self.bytes) > SEED_MAX - 40

    def step(self, name, *operands):
        self.steps.append(bytes([OPS["TARGET_" + name]]) + b"".join(
            word if isinstance(word, bytes) else bytes([word]) for word in operands))

    # --- the initiator's ---

    def command(self, pdu):
        length = pdu.number(20)
        if length > LONGEST + 1:
            return
        length = min(length, LONGEST)
        way = 0 if pdu.bhs[1] & READ else 1 if pdu.bhs[1] & WRITE else 2
        self.length[pdu.itt] = length if way == 1 else 0
        self.sent.append(pdu.itt)
        self.step("SUBMIT", way, u16(length))

    def request(self, pdu):
        """One of the host's own; the adapter's answers to pings are its own matter."""
        if pdu.itt == RESERVED:
            return
        self.sent.append(pdu.itt)
        if pdu.opcode == TMF_REQ:
            self.step("TMF", (pdu.bhs[1] & 0x7f) - 1, 0)
            return
        kind = HOST_PDUS[pdu.opcode] + bool(pdu.bhs[0] & IMMEDIATE)
        self.step("RECV")
        length = [] if pdu.opcode == LOGOUT_REQ else [min(len(pdu.data), 255)]
        self.step("HOST_PDU", kind, *length)

    # --- the target's ---

    def would_be(self, kind, pdu):
        """Bytes 1 to 3 and 36 on of what the harness makes of it (fill_pdu())."""
        off = min(self.length.get(pdu.itt, 0), FIRST_BURST) if kind == "R2T" else 0
        want = bytearray(48)
        want[1] = FLAGS.get(kind, 0x80)
        want[3] = 2 if kind == "SENSE" else 0
        if kind == "R2T":
            want[40:44] = off.to_bytes(4, "big")
            want[44:48] = min(self.length[pdu.itt] - off, MAX_BURST).to_bytes(4, "big")
        return want

    def differences(self, kind, pdu):
        want = self.would_be(kind, pdu)
        return [(at, pdu.bhs[at]) for at in (1, 2, 3, *range(36, 48)) if pdu.bhs[at] != want[at]]

    def kind_of(self, pdu):
        if pdu.opcode == DATA_IN:
            return "DATA_IN_STATUS" if pdu.bhs[1] & STATUS else "DATA_IN"
        if pdu.opcode == SCSI_RSP and pdu.data:
            return "SENSE"
        return ANSWERS.get(pdu.opcode)

    def answer(self, pdu):
        """One that belongs to a request of this place."""
        kind, pdu = self.kind_of(pdu), shortened(pdu)
        if not kind or pdu.itt not in self.sent[-TASKS:]:
            return
        pairs = self.differences(kind, pdu)
        if len(pairs) <= DAMAGE_MAX:
            which = self.sent[::-1].index(pdu.itt)
            self.step("PDU", OPS["TPDU_" + kind], which, u16(len(pdu.data)), 0, damage(pairs))

    def add(self, pdu):
        if not pdu.to_target:
            self.answer(pdu)
        elif pdu.opcode == SCSI_CMD:
            self.command(pdu)
        elif pdu.opcode == TMF_REQ or pdu.opcode in HOST_PDUS:
            self.request(pdu)


def options_of(conn):
    said = conn.said
    return (OPS["TARGET_HDR_DIGEST"] if conn.digests[0] else 0) | \
        (OPS["TARGET_DATA_DIGEST"] if conn.digests[1] else 0) | \
        (OPS["TARGET_INITIAL_R2T"] if said.get("InitialR2T") == "Yes" else 0) | \
        (OPS["TARGET_IMMEDIATE"] if said.get("ImmediateData") == "Yes" else 0)


def full_feature(conn):
    """The PDUs behind the login."""
    for i, pdu in enumerate(conn.pdus):
        if pdu.opcode == LOGIN_RSP and pdu.bhs[1] & TRANSIT_TO_FULL == TRANSIT_TO_FULL:
            return conn.pdus[i + 1:]
    return []


def places(pdus):
    """(name, index): where something begins that others do not show."""
    def first(test):
        return next((i for i, pdu in enumerate(pdus) if test(pdu)), None)

    yield "start", 0
    yield "write", first(lambda pdu: pdu.opcode == R2T)
    yield "middle", len(pdus) // 2
    yield "reset", first(lambda pdu: pdu.opcode == TMF_REQ and pdu.to_target)
    yield "ping", first(lambda pdu: pdu.opcode == NOP_OUT and pdu.itt != RESERVED)
    yield "end", first(lambda pdu: pdu.opcode == LOGOUT_REQ and pdu.to_target)


def programs(conns):
    """(name, bytes) of the longest connection's places."""
    conn = max(conns, key=lambda conn: len(conn.pdus))
    pdus = full_feature(conn)
    for name, at in places(pdus):
        if at is None:
            continue
        place = Place(options_of(conn))
        for pdu in pdus[max(at - BEFORE, 0):]:
            if place.full():
                break
            place.add(pdu)
        yield name, place.bytes
