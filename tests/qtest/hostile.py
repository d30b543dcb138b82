# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest that means harm: random operations on the adapters, their bus and their memory.

Connections go to a sink on loopback and nowhere else: what would make the firmware connect
(CONN_OPEN, entries of targets, discovery, pings) is never random.
"""

import itertools
import socket
import struct
import threading

import adapter as a
from qtest import Function, SILENCE_S, map_ecam

ROOT_PORT, BESIDE, BEHIND = 3, 5, 1     # devices of bus 0; the bus behind
BARS_BEHIND, BARS_BESIDE = 0xc0000000, 0xc1000000
CONNECTING = {a.CONN_OPEN, 0x24, 0x31, 0x33, 0x48}
REGISTERS = [a.CTRL, a.STATUS, a.ADMIN_CTL, a.ADMIN_SQ, a.ADMIN_CQ, a.ADMIN_SIZE, a.EVENT_CTL,
             a.EVENT_CQ, a.EVENT_SIZE, a.DOORBELL, a.DOORBELL + 4, a.DOORBELL + 4 * 255,
             a.REGS_SIZE - 4]
VECTORS = 17
BRIDGE_CONTROL, BUS_RESET = 0x3e, 0x40
IOMMU, IOMMU_COMMAND, IOMMU_TABLE = 0xfed90000, 0x18, 0x20
IOMMU_ON, IOMMU_TAKE_TABLE = 1 << 31, 1 << 30
IDLE, IDLE_SIZE = 0x3000000, 0x1000000      # memory of nobody's
SLOT_CONTROL = 0x18             # of the express capability
SLOT_ON, SLOT_OFF = 0x0100, 0x0700


class Sink:
    """A portal that answers with bytes that are no iSCSI, with more of them, or with nothing."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.taken = []
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        for times in itertools.cycle((0, 1, 100)):
            try:
                taken, _ = self.listener.accept()
                taken.settimeout(SILENCE_S)
                self.taken = self.taken[-8:] + [taken]
                taken.sendall(bytes(range(256)) * times)
            except (ConnectionError, TimeoutError):
                pass
            except OSError:
                return

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


def ring_all(adapter):
    """An entry more in all I/O queues, which is refused, and their doorbells at once."""
    tails = [adapter.memory.io_queue(qid)[0] for qid in range(1, a.QUEUES)]
    adapter.machine.say_all(
        [("writel", at, adapter.machine.read(at) + 1 & 0xffffffff) for at in tails] +
        [("write", adapter.regs + a.DOORBELL, 4 * a.QUEUES, "0x" + "00" * 4 * a.QUEUES),
         ("memset", IDLE, IDLE_SIZE, 0)])


class Guest:
    """hba0 is behind a root port, and comes and goes; hba1 is beside it."""

    def __init__(self, machine, random, sink):
        self.machine, self.random, self.sink = machine, random, sink
        self.root_port = Function(machine, 0, ROOT_PORT)
        self.hba0 = a.Adapter(machine, Function(machine, BEHIND, 0), BARS_BEHIND,
                              a.Memory(0x1000000))
        self.hba1 = a.Adapter(machine, Function(machine, 0, BESIDE), BARS_BESIDE,
                              a.Memory(0x2000000))
        self.adapters = [self.hba0, self.hba1]
        self.wild = a.wild_places(self.adapters)
        self.done = []

    def translate(self, _):
        """Behind an IOMMU all of its DMA, through tables that are none."""
        for at, value in ((IOMMU_TABLE, self.random.choice(self.wild) & ~0xfff),
                          (IOMMU_TABLE + 4, 0), (IOMMU_COMMAND, IOMMU_TAKE_TABLE),
                          (IOMMU_COMMAND, IOMMU_ON)):
            self.machine.write(IOMMU + at, value & 0xffffffff)

    def open_bridges(self):
        """The way to configuration space; bus numbers, windows for memory, bus master, and
        power in the slot."""
        map_ecam(self.machine)
        top = BARS_BEHIND >> 16
        for at, value in ((0x18, BEHIND << 16 | BEHIND << 8), (0x20, (top | 0xf) << 16 | top),
                          (0x24, 0x0000fff0), (0x3c, 0), (a.COMMAND, a.MEMORY_AND_MASTER)):
            self.root_port.set(at, value)
        self.switch_slot(SLOT_ON)

    def step(self):
        operation, weight = zip(*OPERATIONS)
        chosen = self.random.choices(operation, weight)[0]
        adapter = self.random.choice(self.adapters)
        self.done.append("%s %x" % (chosen.__name__, adapter.bars))
        if chosen in WANT_LIFE and self.random.random() < 0.7 and \
                adapter.read(a.STATUS) != a.READY:
            self.bring_up(adapter)
        chosen(self, adapter)

    # --- values ---

    def number(self, bits=32):
        return self.random.choice((0, 1, (1 << bits) - 1, self.random.getrandbits(bits),
                                   1 << self.random.randrange(bits)))

    def place(self, adapter):
        """An address: the adapter's own memory, or where it has no business."""
        if self.random.random() < 0.4:
            return adapter.memory.base + self.random.randrange(0, 1 << 20, 16)
        return self.random.choice(self.wild)

    def sge(self, adapter):
        return self.place(adapter), self.random.choice((0, 16, 512, 512, 4096, 65536, 1 << 31))

    # --- configuration space ---

    def write_config(self, adapter):
        width = self.random.choice((1, 2, 4))
        end = self.random.choice((0x40, 0x100, 0x1000))
        adapter.config.set(self.random.randrange(0, end, width), self.number(8 * width), width)

    def write_command(self, adapter):
        adapter.config.set(a.COMMAND, self.random.choice((0, 2, 4, 6, 0x406, 0xffff)), 2)

    def write_capability(self, adapter):
        at = a.capability(adapter.config, self.random.choice((a.CAP_EXPRESS, a.CAP_MSIX)))
        adapter.config.set(at + self.random.randrange(2, 16, 2), self.number(16), 2)

    def move_bar(self, adapter):
        bar = self.random.choice((a.BAR0, a.BAR0 + 4, a.BAR4))
        adapter.config.set(bar, self.random.choice(self.wild + [0, 0x100000]) & 0xffffffff)

    def write_bridge(self, _):
        width = self.random.choice((1, 2))
        self.root_port.set(self.random.randrange(4, 0x40, width), self.number(8 * width), width)

    def reset_function(self, adapter):
        adapter.flr()

    def reset_bus(self, _):
        for bit in (BUS_RESET, 0):
            self.root_port.set(BRIDGE_CONTROL, bit, 2)

    def switch_slot(self, control):
        at = a.capability(self.root_port, a.CAP_EXPRESS)
        self.root_port.set(at + SLOT_CONTROL, control, 2)

    def take_out(self, _):
        """hba0 is gone: the guest needs nobody's leave."""
        self.switch_slot(SLOT_ON)
        self.switch_slot(SLOT_OFF)

    def place_again(self, adapter):
        adapter.place()

    # --- BARs ---

    def access(self, base, size):
        width = self.random.choice((1, 2, 4, 4, 8))
        at = base + self.random.randrange(size)
        if self.random.random() < 0.5:
            self.machine.read(at, width)
        else:
            self.machine.write(at, self.number(8 * width), width)

    def access_registers(self, adapter):
        self.access(adapter.regs, a.REGS_SIZE)

    def access_msix(self, adapter):
        self.access(adapter.msix, a.MSIX_SIZE)

    def write_register(self, adapter):
        adapter.write(self.random.choice(REGISTERS), self.number())

    def ring(self, adapter):
        adapter.write(a.DOORBELL + 4 * self.random.randrange(VECTORS), 0)

    # --- interrupts ---

    def aim_vector(self, adapter):
        """An interrupt is a write: to any place, a register of an adapter or its table."""
        address, data = self.random.choice((
            (self.place(adapter), self.number()), (adapter.regs + a.CTRL, self.number(1)),
            (adapter.regs + a.DOORBELL, 0),
            (adapter.msix + a.VECTOR_SIZE * self.random.randrange(VECTORS) + 12, 0),
            self.random.choice(list(self.messages(adapter).values()))))
        adapter.aim(self.random.randrange(VECTORS), address, data)

    def messages(self, adapter):
        """To configuration space, by what they do to hba0 or to the adapter."""
        express = a.capability(adapter.config, a.CAP_EXPRESS)
        slot = a.capability(self.root_port, a.CAP_EXPRESS)
        return {"resets it": (adapter.config.base + express + 8, a.DEVCTL_FLR),
                "resets its bus": (self.root_port.base + 0x3c, BUS_RESET << 16),
                "takes it out": (self.root_port.base + slot + SLOT_CONTROL, SLOT_OFF),
                "moves it": (adapter.config.base + a.BAR0, self.number()),
                "cuts it off": (adapter.config.base + a.COMMAND, self.number(3))}

    def switch_msix(self, adapter):
        adapter.switch_msix(self.random.choice((0, a.MSIX_ENABLE, a.MSIX_ENABLE,
                                                a.MSIX_ENABLE | a.MSIX_MASK_ALL)))

    # --- rings and commands ---

    def bring_up(self, adapter):
        """As a driver does, so that what follows has queues to hurt; no interrupt disturbs."""
        self.open_bridges()
        self.machine.write(IOMMU + IOMMU_COMMAND, 0)
        for each in self.adapters:
            each.switch_msix(0)
            each.place()
        if adapter.read(a.MAGIC) == a.OHBA:     # else it was taken out
            adapter.start()
            adapter.open_queues(a.QUEUES - 1)
        for each in self.adapters:
            each.switch_msix(a.MSIX_ENABLE)

    def enable_wildly(self, adapter):
        names = ("admin_ctl", "admin_sq", "admin_cq", "event_ctl", "event_cq")
        instead = {self.random.choice(names): self.place(adapter)}
        if self.random.random() < 0.2:
            instead["size"] = self.number()
        adapter.place()
        adapter.write(a.CTRL, 0)
        adapter.enable(**instead)

    def command(self, adapter):
        opcode, body, handle = self.random.choice((
            (a.IDENTIFY, b"", 0), (a.PORT_GET, b"", 0),
            (a.HOST_SETUP, struct.pack("<QII", self.place(adapter), 256, 64), 0),
            (a.STATS_GET, bytes([1]), 0), (a.QUEUE_DELETE, b"", self.random.randrange(18)),
            (a.CONN_CLOSE, b"", self.random.randrange(4)),
            (a.CONN_INFO, b"", self.random.randrange(4)),
            (a.PDU_SEND, bytes([0x43, 0x87]), self.random.randrange(4)),
            (a.PDU_RECV, b"", self.random.randrange(4)),
            (self.random.choice([n for n in range(0x60) if n not in CONNECTING]),
             self.random.choice((b"", self.random.randbytes(48))),
             self.random.choice((0, self.number())))))
        sges = [self.sge(adapter) for _ in range(self.random.choice((0, 1, 1, 2)))]
        more = {}
        if self.random.random() < 0.3:      # most have nothing wrong but their addresses
            more = {"flags": self.number(2), "data_len": self.number(31),
                    "kinds": [self.random.randrange(2) for _ in range(4)]}
        adapter.submit(a.sqe(opcode, tag=self.number(16), handle=handle, body=body, sges=sges,
                             **more))

    def create_queue(self, adapter):
        qid = self.random.randrange(1, VECTORS)
        places = [self.place(adapter) if self.random.random() < 0.3 else at
                  for at in adapter.memory.io_queue(qid)]
        body = a.queue_body(places, self.random.randrange(VECTORS + 1))
        adapter.submit(a.sqe(a.QUEUE_CREATE, handle=qid, body=body))

    def connect(self, adapter):
        body = struct.pack("<BxHI4s12xQI", 4, self.sink.port, 0, bytes([127, 0, 0, 1]), 7, 1000)
        adapter.submit(a.sqe(a.CONN_OPEN, handle=self.random.randrange(4), body=body))

    def fill_ring(self, adapter):
        """An I/O queue's, with tail and event indices as they come."""
        qid = self.random.randrange(1, VECTORS)
        ctl, sq, _ = adapter.memory.io_queue(qid)
        entries = b"".join(
            a.sqe(self.random.choice((0x80, 0x90, 0x91, self.number(8))), self.number(2),
                  self.number(16), self.number(), self.random.randbytes(48),
                  [self.sge(adapter) for _ in range(self.random.randrange(5))])
            for _ in range(8))
        self.machine.fill(sq, entries)
        self.machine.write(ctl, self.random.choice((4, 8, self.number())))
        self.machine.write(ctl + 8, self.number())
        adapter.write(a.DOORBELL + 4 * qid, 0)

    def ring_all(self, adapter):
        """All doorbells before the main loop has a turn: interrupts come together."""
        ring_all(adapter)

    def scribble(self, adapter):
        at = adapter.memory.base + self.random.randrange(0, 0x40000, 4)
        self.machine.fill(at, self.random.randbytes(self.random.choice((4, 64, 512))))


WANT_LIFE = {Guest.ring_all, Guest.command, Guest.create_queue, Guest.connect, Guest.fill_ring}
OPERATIONS = [                  # and their weights
    (Guest.write_config, 6), (Guest.write_command, 3), (Guest.write_capability, 3),
    (Guest.move_bar, 3), (Guest.write_bridge, 1), (Guest.reset_function, 1),
    (Guest.reset_bus, 1), (Guest.take_out, 0.5), (Guest.place_again, 10),
    (Guest.access_registers, 6), (Guest.access_msix, 6), (Guest.write_register, 5),
    (Guest.ring, 5), (Guest.ring_all, 4), (Guest.translate, 1), (Guest.aim_vector, 8),
    (Guest.switch_msix, 4), (Guest.bring_up, 5), (Guest.enable_wildly, 5), (Guest.command, 25),
    (Guest.create_queue, 12), (Guest.connect, 5), (Guest.fill_ring, 12), (Guest.scribble, 3),
]
