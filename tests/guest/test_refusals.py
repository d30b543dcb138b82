# SPDX-License-Identifier: GPL-2.0-or-later
"""Targets that let nobody in, each in its way: what the kernel's log and the entry's file say
of each, that there is no session, and how often it is asked, by the adapter and by uipd."""

import collections
import random
import re
import threading
import time

import pytest
from conftest import adapter_only, long_only

from offers import CONTINUE, Offer, Session, Target, one_of

AGAIN_S = 60            # after a refusal that nothing but another entry can change
REDIRECTIONS = 4        # that are followed
ENDLESS = b"".join(b"X-com.example.%04d=%s\0" % (n, b"x" * 200) for n in range(32))

# What a target does; the log's name for it; status class and detail of its last answer.
REFUSES, MOVES, SILENT, GIANT = "refuses", "moves", "is silent", "never ends"
ROWS = (
    (REFUSES, "LOGIN_REFUSED", 0x0200), (REFUSES, "LOGIN_AUTH", 0x0201),
    (REFUSES, "LOGIN_REFUSED", 0x0202), (REFUSES, "LOGIN_REFUSED", 0x0203),
    (REFUSES, "LOGIN_REFUSED", 0x0204), (REFUSES, "LOGIN_REFUSED", 0x0205),
    (REFUSES, "LOGIN_REFUSED", 0x0206), (REFUSES, "LOGIN_REFUSED", 0x0207),
    (REFUSES, "LOGIN_REFUSED", 0x0208), (REFUSES, "LOGIN_REFUSED", 0x0209),
    (REFUSES, "LOGIN_REFUSED", 0x020a), (REFUSES, "LOGIN_REFUSED", 0x020b),
    (REFUSES, "LOGIN_REFUSED", 0x0300), (REFUSES, "LOGIN_REFUSED", 0x0301),
    (REFUSES, "LOGIN_REFUSED", 0x0302),
    (MOVES, "LOGIN_REDIRECTED", 0x0101), (MOVES, "LOGIN_REDIRECTED", 0x0102),
    (SILENT, "LOGIN_TIMEOUT", 0), (GIANT, "LOGIN_VIOLATION", 0),
    (one_of("MaxBurstLength", "16777215"), "LOGIN_VIOLATION", 0),
    (one_of("HeaderDigest", "MD5"), "LOGIN_VIOLATION", 0),
)


class Refusal(Session):
    """One login at the target that its name says."""

    def respond(self, req, stage, said):
        does, _, code = ROWS[self.offer.number]
        if not self.tried:
            self.server.tries[self.offer.number] += 1
        self.tried = True
        if does in (REFUSES, MOVES):
            text = b"TargetAddress=127.0.0.1:%d,1\0" % self.server.server_address[1]
            self.offer.status = {stage: code}
            self.send(req, stage << 2, text if does == MOVES else b"")
        elif does == GIANT:
            self.send(req, CONTINUE | stage << 2, ENDLESS)
        elif does != SILENT:
            return super().respond(req, stage, said)
        return False

    def setup(self):
        super().setup()
        self.tried = False


class Refusing(Target):
    def __init__(self):
        made = [Offer(number, random.Random(number)) for number in range(len(ROWS))]
        super().__init__(0, made, Refusal)
        for offer, (does, _, _) in zip(made, ROWS):
            if callable(does):
                does(offer)
        self.tries = collections.Counter()


def most(does, code, seconds):
    """How often it may be asked in that time: waits are half of what they may be."""
    if code >> 8 == 2:
        return 1 + seconds // AGAIN_S
    tries, wait = 1, 0.5
    while seconds >= wait:
        seconds -= wait
        wait = min(2 * wait, AGAIN_S / 2)
        tries += 1
    return tries * (1 + REDIRECTIONS if does == MOVES else 1)


class Tries:
    """What the target was asked since."""

    def __init__(self, target):
        self.target, self.began = target, time.monotonic()
        self.before = target.tries.copy()

    def check(self):
        seconds = time.monotonic() - self.began
        for number, (does, _, code) in enumerate(ROWS):
            tries = self.target.tries[number] - self.before[number]
            assert 1 <= tries <= most(does, code, seconds), (number, tries, seconds)


def check_log(output):
    said = re.findall(r"target (\d+): login failed: (\w+) \([^)]*\)"
                      r"(?:, status (\w+) \([^)]+\))?: ", output)
    assert {(int(n), name, int(code or "0", 16)) for n, name, code in said} == {
        (n, name, code) for n, (_, name, code) in enumerate(ROWS)}
    assert ("login failed: LOGIN_REFUSED (the target refused the login), status 0203 (Not found): "
            "the target does not know the target's name") in output


def check_states(output, who):
    shown = re.findall(r"^state (\d+): %s (\w+) ?(\w*)$" % who, output, re.M)
    assert [(name, int(code or "0", 16)) for _, name, code in shown] == [
        (name, code) for _, name, code in ROWS]


@adapter_only
@pytest.mark.parametrize("who", ["adapter", pytest.param("helper", marks=long_only)])
def test_refusals(boot, who):
    with Refusing() as target:
        threading.Thread(target=target.serve_forever, daemon=True).start()
        tries = Tries(target)
        guest = boot("guest-refusals.sh", who, timeout=600, env={
            "PORT": target.server_address[1],
            "NAMES": " ".join(offer.name for offer in target.offers)})
        output = guest.finish()
        tries.check()
        target.shutdown()
    check_log(output)
    check_states(output, who)
