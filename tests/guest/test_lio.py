# SPDX-License-Identifier: GPL-2.0-or-later
"""LIO in a second guest: sessions of the adapter's own, and of iscsid's."""

import time

from conftest import adapter_only, target_env
from targets import Lio

OURS = ("us", "a-secret-of-ours")
THEIRS = ("them", "a-secret-of-theirs")
AGAIN_S = 60            # until a login that was refused for good is tried again


class Refused:
    """Logins that LIO refused since then: the adapter may try one a minute."""

    def __init__(self, lio, name):
        self.lio, self.name = lio, name
        self.began, self.before = time.monotonic(), self.count()

    def count(self):
        return self.lio.logins(self.name)["authenticate_fails"]

    def check(self):
        tries = self.count() - self.before
        most = 1 + (time.monotonic() - self.began) // AGAIN_S
        assert 1 <= tries <= most, "%d tries, at most %d" % (tries, most)


@adapter_only
def test_lio(boot, target):
    lio = target(Lio, chap=OURS, chap_out=THEIRS)
    opened, closed = lio.names
    refused = Refused(lio, closed)
    guest = boot("guest-lio.sh", timeout=900, env=dict(
        target_env("LIO", lio), OUR_SECRET=OURS[1], THEIR_SECRET=THEIRS[1]))
    guest.wait_line("--- a secret of ours is wrong", 300)

    guest.wait_line("--- refused for now", 300)
    lio.enable(opened, False)
    guest.tell("disabled")
    guest.wait_line("--- and allowed")
    lio.enable(opened)
    guest.wait_line("--- silent", 300)
    lio.pause()
    guest.tell("paused")
    guest.wait_line("--- and heard again")
    lio.resume()
    guest.wait_line("--- the secret is corrected", 300)
    refused.check()
    accepted = lio.logins(closed)["accepts"]
    guest.tell("counted")
    guest.wait_line("--- nobody asks LIO who it is", 300)
    assert lio.logins(closed)["accepts"] == accepted + 1
    guest.finish()
