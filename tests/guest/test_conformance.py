# SPDX-License-Identifier: GPL-2.0-or-later
"""libiscsi's SCSI tests over the adapter against those over iscsi_tcp."""

import conftest
from targets import Tgtd


@conftest.long_only
def test_iscsi_test_cu(boot, target):
    tgtd = target(Tgtd, targets=2, size_mib=64)
    stock = tgtd.portal.replace("127.0.0.1", "10.0.2.2")
    env = dict(conftest.target_env("TGTD", tgtd), STOCK_PORTAL=stock)
    boot("guest-conformance.sh", env=env, net=True).finish()
