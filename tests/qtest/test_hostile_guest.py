# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU's side of the adapter against a hostile guest: whatever it writes where, QEMU lives,
answers its monitor and keeps nothing, and an adapter that was reset works.

OHBA_SEED=N plays that guest again, OHBA_EPISODES=N is how long it goes on."""

import os
import random
import tempfile
import time

import pytest

import adapter
import hostile
import qtest

import leaks  # of tests/guest, which qtest.py adds to the path

SEED = int(os.environ.get("OHBA_SEED", "1"))
STEPS = 50                      # of an episode
LOOKS = 5                       # evenly, the last in the end
EPISODES = max(LOOKS, int(os.environ.get("OHBA_EPISODES", "40")))
TRIES = 5
SHOWN = 80

FLASH_SIZE = 10 << 20


def devices(flash):
    words = ["-device", "pcie-root-port,id=rp0,chassis=1,addr=%d" % hostile.ROOT_PORT]
    for n in (0, 1):
        words += ["-netdev", "hubport,id=net%d,hubid=%d" % (n, n), "-blockdev",
                  "driver=file,node-name=flash%d,filename=%s" % (n, flash[n])]
    return words + ["-device", "ohba-fw,id=hba1,netdev=net1,drive=flash1,addr=%d,"
                    "mac=52:54:00:0b:a0:78" % hostile.BESIDE]


class Play:
    """A QEMU, its guest, and the user who plugs and resets."""

    def __init__(self, machine, guest_random, sink):
        self.machine, self.random, self.qmp = machine, guest_random, machine.qmp
        self.guest = hostile.Guest(machine, guest_random, sink)
        self.settle()

    def is_there(self):
        peripherals = self.qmp.command("qom-list", path="/machine/peripheral")
        return "hba0" in [entry["name"] for entry in peripherals]

    def plug(self, **more):
        if not self.is_there():
            self.qmp.command("device_add", driver="ohba-fw", id="hba0", bus="rp0",
                             mac="52:54:00:0b:a0:77", connections=4, tags=adapter.TAGS, **more)

    def replace(self):
        self.unplug()
        self.plug(**self.random.choice(({}, {"netdev": "net0"}, {"drive": "flash0"})))

    def unplug(self):
        """With the guest's consent."""
        if self.is_there():
            self.qmp.command("device_del", id="hba0")
            self.guest.open_bridges()
            self.guest.switch_slot(hostile.SLOT_OFF)
            self.qmp.wait_event("DEVICE_DELETED", device="hba0")

    def reset(self):
        self.qmp.events.clear()
        self.qmp.command("system_reset")
        self.qmp.wait_event("RESET")
        qtest.map_ecam(self.machine)

    def pause(self):
        self.qmp.command("stop")
        self.qmp.command("cont")

    def settle(self):
        """All is as in the beginning, and works."""
        self.reset()
        self.plug()
        self.guest.open_bridges()
        for hba in self.guest.adapters:
            hba.check()

    def episode(self):
        self.settle()
        del self.guest.done[:-STEPS]
        disturb = self.random.choice((self.replace, self.unplug, self.reset, self.pause))
        at = self.random.randrange(STEPS)
        for n in range(STEPS):
            self.guest.step()
            if n == at:
                self.guest.done.append(disturb.__name__)
                disturb()
        assert self.qmp.command("query-status")["status"]

    def look(self):
        self.unplug()
        self.settle()
        seen = leaks.around(self.machine.process.pid, self.qmp)
        seen[leaks.STILL_QEMU] = seen.pop(leaks.QEMU)
        return seen

    def quit(self):
        self.qmp.command("quit")
        assert self.machine.process.wait(qtest.SILENCE_S) == 0


@pytest.fixture
def begin(tmp_path):
    """begin(words of QEMU's, seed) -> Play; what it did is printed if the test fails."""
    log, sockets = open(tmp_path / "qemu.log", "w+"), tempfile.TemporaryDirectory(prefix="ohba-")
    open_ones = []

    def start(words=(), seed=0):
        flash = [tmp_path / "flash0", tmp_path / "flash1"]
        for path in flash:
            path.touch()
            os.truncate(path, FLASH_SIZE)
        sink = hostile.Sink()
        open_ones.append(sink)
        machine = qtest.Machine(sockets.name, [*words, *devices(flash)], log)
        open_ones.append(machine)
        open_ones.append(Play(machine, random.Random(seed), sink))
        return open_ones.pop()

    yield start
    for one in reversed(open_ones):
        one.close()
    log.seek(0)
    print(log.read()[-4000:])
    log.close()
    sockets.cleanup()


@pytest.mark.parametrize("iommu", [[], ["-device", "intel-iommu"]], ids=["plain", "iommu"])
def test_hostile_guest(begin, iommu):
    print("OHBA_SEED=%d" % SEED)
    play = begin(iommu, SEED)
    looks = {}
    try:
        for n in range(1, EPISODES + 1):
            play.episode()
            if n % (EPISODES // LOOKS) == 0:
                looks[n] = play.look()
    finally:
        print("episode %d: %s" % (n, ", ".join(play.guest.done[-SHOWN:])))
    play.quit()
    assert leaks.found(looks) == []


def has_done_it(play, message):
    """The guest changes nothing by looking; a reset leaves no bit of the command register."""
    if message == "takes it out":
        return not play.is_there()
    return play.guest.hba0.config.get(adapter.COMMAND, 2) == 0


@pytest.mark.parametrize("message", ["takes it out", "resets it", "resets its bus"])
def test_what_its_own_interrupts_do(begin, message):
    """Several at once, and the first of them ends what the others belong to."""
    play = begin()
    guest, hba0 = play.guest, play.guest.hba0
    for _ in range(TRIES):
        play.settle()
        guest.bring_up(hba0)
        for vector in range(1, adapter.QUEUES):
            hba0.aim(vector, *guest.messages(hba0)[message])
        hostile.ring_all(hba0)
        deadline = time.monotonic() + qtest.SILENCE_S
        while not has_done_it(play, message):
            assert time.monotonic() < deadline, "nothing happens"
        # Others may be on their way yet; behind these answers they are through.
        assert [play.is_there() for _ in range(3)][-1] == (message != "takes it out")
        guest.open_bridges()
        hba0.place()
        assert (hba0.pending(), hba0.read(adapter.STATUS)) == (0, 0)
    play.settle()
    play.quit()


def test_bus_master_off_is_the_end_of_dma(begin):
    """Nothing is written any more once the bit is read as cleared, whatever was under way."""
    play = begin()
    guest, hba0 = play.guest, play.guest.hba0
    memory = hba0.memory
    for _ in range(TRIES):
        play.settle()
        guest.bring_up(hba0)
        hostile.ring_all(hba0)
        hba0.config.set(adapter.COMMAND, adapter.MEMORY_AND_MASTER & ~4, 2)
        assert hba0.read(adapter.STATUS) & adapter.FATAL
        play.machine.say("memset", memory.base, 0x80000, 0)
        hba0.config.set(adapter.COMMAND, adapter.MEMORY_AND_MASTER, 2)
        assert not any(play.machine.peek(memory.base, 0x80000))
    play.settle()
    play.quit()
