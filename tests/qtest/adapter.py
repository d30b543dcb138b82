# SPDX-License-Identifier: GPL-2.0-or-later
"""As much of a driver as brings an adapter up and has it do a command, and the places in a
machine's memory map where a guest can have it look instead."""

import struct
import time

from qtest import ECAM, RAM_END, SILENCE_S

# Configuration space.
COMMAND, BAR0, BAR4 = 0x04, 0x10, 0x20
MEMORY_AND_MASTER = 0x06
CAP_POINTER, CAP_EXPRESS, CAP_MSIX = 0x34, 0x10, 0x11
DEVCTL_FLR = 0x8000             # at 8 of the express capability
MSIX_ENABLE, MSIX_MASK_ALL = 0x8000, 0x4000     # at 2 of the MSI-X capability

# firmware-if/ohba_regs.h, ohba_queue.h, ohba_admin.h.
MAGIC, CTRL, STATUS = 0x000, 0x040, 0x044
ADMIN_CTL, ADMIN_SQ, ADMIN_CQ, ADMIN_SIZE = 0x080, 0x088, 0x090, 0x098
EVENT_CTL, EVENT_CQ, EVENT_SIZE = 0x0a0, 0x0a8, 0x0b0
DOORBELL = 0x1000
OHBA = 0x4142484f
ENABLE = 1 << 16 | 1
READY, FATAL = 1, 2
REGS_SIZE, MSIX_SIZE = 0x4000, 0x1000
ENTRIES = 64
SQE, CQE = 128, 32
IDENTIFY, HOST_SETUP, QUEUE_CREATE, QUEUE_DELETE, PORT_GET, STATS_GET = range(1, 7)
CONN_OPEN, CONN_CLOSE, CONN_INFO, PDU_SEND, PDU_RECV, SESSION_START = range(0x10, 0x16)
IDENTIFY_SIZE = 512
QUEUES, QUEUE_SIZE = 8, 0x8000
TAGS = 64
PENDING = MSIX_SIZE // 2
VECTOR_SIZE = 16                # of the MSI-X table


class Stuck(Exception):
    """The adapter does not do what one must after a reset."""


def capability(function, kind):
    """Where it is; 0: nowhere, as of a function that does not answer."""
    at, seen = function.get(CAP_POINTER, 1), 0
    while at and seen < 48:
        if function.get(at, 1) == kind:
            return at
        at, seen = function.get(at + 1, 1), seen + 1
    return 0


class Memory:
    """Where an adapter's rings and data are: 1 MiB of the guest's."""

    def __init__(self, base):
        self.base = base
        self.admin_ctl, self.event_ctl = base, base + 0x100
        self.admin_sq, self.admin_cq = base + 0x2000, base + 0x6000
        self.event_cq = base + 0x8000
        self.sense, self.data = base + 0x70000, base + 0x80000

    def io_queue(self, qid):
        """ctl, sq, cq; as many of them as QUEUES"""
        at = self.base + 0x10000 + qid % QUEUES * QUEUE_SIZE
        return at, at + 0x1000, at + 0x4000


class Adapter:
    """One function: its BARs at `bars`, its rings in `memory`."""

    def __init__(self, machine, function, bars, memory):
        self.machine = machine
        self.config = function
        self.bars = bars
        self.regs, self.msix = bars, bars + REGS_SIZE
        self.memory = memory
        self.tail = 0

    # --- the lawful way ---

    def place(self):
        """BARs and the command register, whatever they were."""
        for at, value in ((COMMAND, 0), (BAR0, self.regs), (BAR0 + 4, 0), (BAR4, self.msix),
                          (COMMAND, MEMORY_AND_MASTER)):
            self.config.set(at, value)

    def flr(self):
        express = capability(self.config, CAP_EXPRESS)
        self.config.set(express + 8, self.config.get(express + 8, 2) | DEVCTL_FLR, 2)

    def read(self, reg):
        return self.machine.read(self.regs + reg)

    def write(self, reg, value):
        self.machine.write(self.regs + reg, value)

    def write64(self, reg, value):
        self.write(reg, value & 0xffffffff)
        self.write(reg + 4, value >> 32)

    def await_status(self, want):
        deadline = time.monotonic() + SILENCE_S
        while (status := self.read(STATUS)) != want:
            if time.monotonic() > deadline:
                raise Stuck("status 0x%08x, not 0x%08x" % (status, want))

    def give_rings(self, **instead):
        m = self.memory
        places = dict({"admin_ctl": m.admin_ctl, "admin_sq": m.admin_sq, "admin_cq": m.admin_cq,
                       "event_ctl": m.event_ctl, "event_cq": m.event_cq}, **instead)
        for reg, name in ((ADMIN_CTL, "admin_ctl"), (ADMIN_SQ, "admin_sq"),
                          (ADMIN_CQ, "admin_cq"), (EVENT_CTL, "event_ctl"),
                          (EVENT_CQ, "event_cq")):
            self.write64(reg, places[name])
        self.write(ADMIN_SIZE, instead.get("size", ENTRIES | ENTRIES << 16))
        self.write(EVENT_SIZE, ENTRIES)

    def enable(self, **instead):
        """Without waiting."""
        self.machine.say("memset", self.memory.base, 0x10000, 0)
        self.tail = 0
        self.give_rings(**instead)
        self.write(CTRL, ENABLE)

    def start(self):
        self.write(CTRL, 0)
        self.await_status(0)
        self.enable()
        self.await_status(READY)

    def submit(self, sqe):
        """To the admin queue; its place there."""
        index = self.tail
        self.machine.fill(self.memory.admin_sq + index % ENTRIES * SQE, sqe)
        self.tail += 1
        self.machine.write(self.memory.admin_ctl, self.tail)
        self.write(DOORBELL, 0)
        return index

    def wait(self, index):
        """The status of what was the index-th command, if it is the only one under way."""
        at = self.memory.admin_cq + index % ENTRIES * CQE
        phase = 1 - index // ENTRIES % 2
        deadline = time.monotonic() + SILENCE_S
        while self.machine.read(at + 31, 1) != phase:
            if time.monotonic() > deadline:
                raise Stuck("no completion; status 0x%08x" % self.read(STATUS))
        return self.machine.read(at + 4, 2)

    def do(self, *words, **more):
        """A command that must succeed."""
        status = self.wait(self.submit(sqe(*words, **more)))
        if status:
            raise Stuck("command 0x%02x: status %d" % (words[0], status))

    def open_queues(self, count):
        """I/O queues 1 to count, each with the vector of its number."""
        self.machine.say("memset", self.memory.io_queue(0)[0], count * QUEUE_SIZE, 0)
        self.do(HOST_SETUP, body=struct.pack("<QII", self.memory.sense, 256, TAGS))
        for qid in range(1, count + 1):
            self.do(QUEUE_CREATE, handle=qid, body=queue_body(self.memory.io_queue(qid), qid))

    def aim(self, vector, address, data):
        """Its message; not masked."""
        at = self.msix + VECTOR_SIZE * vector
        for offset, value in ((0, address & 0xffffffff), (4, address >> 32), (8, data), (12, 0)):
            self.machine.write(at + offset, value)

    def switch_msix(self, bits):
        self.config.set(capability(self.config, CAP_MSIX) + 2, bits, 2)

    def pending(self):
        """Vectors that wait to be unmasked, as bits; none of an adapter that is gone."""
        return self.machine.read(self.msix + PENDING)

    def check(self):
        """What was done to it before is forgotten: it does as it is told."""
        self.place()
        self.flr()
        self.place()
        if self.read(MAGIC) != OHBA:
            raise Stuck("no adapter at 0x%x" % self.regs)
        if self.read(STATUS):
            raise Stuck("status 0x%08x after a reset" % self.read(STATUS))
        self.start()
        self.do(IDENTIFY, sges=[(self.memory.data, IDENTIFY_SIZE)])
        if self.machine.peek(self.memory.data, 4) != b"ohba":
            raise Stuck("IDENTIFY: no model")
        self.write(CTRL, 0)
        self.await_status(0)


def sqe(opcode, flags=0, tag=1, handle=0, body=b"", sges=(), data_len=None, kinds=(0,) * 4):
    if data_len is None:
        data_len = sum(length for _, length in sges) & 0xffffffff
    head = struct.pack("<BBBBIII", opcode, flags, len(sges), 0, tag, handle, data_len)
    tail = b"".join(struct.pack("<QII", *pair, kind) for pair, kind in zip(sges, kinds))
    return (head + body.ljust(48, b"\0") + tail).ljust(SQE, b"\0")


def queue_body(places, vector):
    return struct.pack("<QQQIII", *places, ENTRIES, ENTRIES, vector)


def wild_places(adapters):
    """Where there is no RAM, or its end, or what an adapter must not reach."""
    ours = [a.regs for a in adapters] + [a.msix for a in adapters]
    return ours + [place + 0x40 for place in ours] + [
        0, RAM_END - 64, RAM_END - 4096, RAM_END, 0xa0000, 0xc0000, 0xf0000, ECAM,
        ECAM + 0x100000, 0xe0000000, 0xfec00000, 0xfed00000, 0xfee00000, 0xfffc0000,
        0xffffffc0, 1 << 32, 1 << 40, (1 << 52) - 64, (1 << 63), (1 << 64) - 64, 0x1001, 0x100020]
