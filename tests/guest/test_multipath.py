# SPDX-License-Identifier: GPL-2.0-or-later
"""Two adapters that have sessions of their own with the same target, below multipathd."""

from conftest import adapter_only, target_env
from faults import Faults
from targets import Tgtd

AWAY = "tcp-reset; refuse-connect:count=0"


@adapter_only
def test_multipath(boot, target, qmp_path):
    guest = boot("guest-multipath.sh", env=target_env("TGTD", target(Tgtd, size_mib=8)),
                 adapters=("fw", "fw"), qmp=qmp_path, udev=True)
    guest.wait_line("--- one adapter")
    faults = Faults(qmp_path, guest)
    for cut, back in (("cut it off", "let it be"),
                      ("cut it off, with its disk left there", "let it be again"),
                      ("cut it off, and its disk away", "let it be at last")):
        guest.wait_line("--- " + cut)
        faults.set(AWAY)
        guest.wait_line("--- " + back)
        faults.set("clear")
    guest.finish()
