# SPDX-License-Identifier: GPL-2.0-or-later
"""Real iSCSI targets on loopback, and captures of what they say.

    with Tgtd(directory, targets=3) as tgtd:
        print(tgtd.portal, tgtd.names)
"""

from .capture import Capture, tshark
from .daemon import Daemon, TargetError, require
from .isns import Isnsd
from .istgt import Istgt
from .lio import Lio
from .scripted import Scripted
from .tgtd import Tgtd

__all__ = ["Capture", "Daemon", "Isnsd", "Istgt", "Lio", "Scripted", "TargetError", "Tgtd",
           "require", "tshark"]
