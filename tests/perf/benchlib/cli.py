# SPDX-License-Identifier: GPL-2.0-or-later
"""How the programs end: in words, and with nothing left behind."""

import signal
import sys

from targets import TargetError

from .guest import GuestError
from .native import NativeError


def run(main):
    """main(), as a program. A signal unwinds it, so that guests, targets and their
    disks in memory go."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        main()
    except (GuestError, NativeError, TargetError) as error:
        sys.exit("%s: %s" % (sys.argv[0], error))
    except KeyboardInterrupt:
        sys.exit(130)
