# SPDX-License-Identifier: GPL-2.0-or-later
"""Sessions that the adapter has by itself, as stock iscsiadm and the kernel show them; and as
a target has them that still holds the one before."""

from conftest import adapter_only, long_only, target_env
from qmp import Qmp
from targets import Scripted, Tgtd


@adapter_only
def test_flash_session(boot, target):
    tgtd = target(Tgtd)
    guest = boot("guest-flash-session.sh", env=target_env("TGTD", tgtd))
    guest.wait_line("--- blocked")
    tgtd.kill()
    guest.tell("gone")
    guest.wait_line("--- away")
    tgtd.start()
    guest.wait_line("--- without devices")
    tgtd.kill()
    guest.tell("gone-again")
    guest.wait_line("--- away again")
    tgtd.start()
    guest.finish()


@adapter_only
@long_only
def test_reinstatement(boot, target, qmp_path):
    """The same initiator port at the same target: by its login the old session ends there."""
    scripted = target(Scripted, args=["--verbose"])
    env = {key: value.replace("127.0.0.1", "10.0.2.2")
           for key, value in target_env("SCRIPTED", scripted).items()}
    guest = boot("guest-reinstatement.sh", env=env, adapters=("fw,netdev=n0",), qmp=qmp_path,
                 qemu="-netdev user,id=n0")
    guest.wait_line("--- now pull the cable")
    qmp = Qmp(qmp_path)
    qmp.command("set_link", name="n0", up=False)
    guest.wait_line("--- now plug it in")
    assert "reinstated by" not in scripted.log_text()
    qmp.command("set_link", name="n0", up=True)
    qmp.close()
    guest.finish()
    assert scripted.log_text().count("reinstated by") == 1
    assert not [line["line"] for line in scripted.lines("peer")]
