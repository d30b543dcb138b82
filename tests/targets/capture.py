# SPDX-License-Identifier: GPL-2.0-or-later
"""A capture of loopback traffic on some TCP ports, and what tshark makes of it."""

import re
import signal
import subprocess
import time

from .daemon import Daemon, TargetError, require

BUFFER_MIB = 64
# dumpcap reads batches that the kernel closes after 250 ms, and forgets on
# SIGINT what it has not read.
BATCH_S = 0.6


def tshark(path, ports, *args):
    """What tshark says of a capture, with iSCSI on those TCP ports."""
    decode = [a for p in ports for a in ("-d", "tcp.port==%d,iscsi" % p)]
    done = subprocess.run(
        [require("tshark"), "-n", "-r", path, "-o", "tcp.desegment_tcp_streams:TRUE",
         "-o", "iscsi.desegment_iscsi_messages:TRUE",
         "-o", "iscsi.bogus_pdu_max_data_len:16777216"] + decode + list(args),
        capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise TargetError("tshark: " + done.stderr.strip())
    return done.stdout


class Capture(Daemon):
    """Captures from the `with` on; afterwards `path` decodes with `fields`."""

    name = "dumpcap"
    stop_signal = signal.SIGINT

    def __init__(self, directory, ports):
        super().__init__(directory)
        self.ports = ports
        self.path = self.directory + "/wire.pcapng"

    def argv(self):
        ports = " or ".join("tcp port %d" % p for p in self.ports)
        return [require("dumpcap"), "-q", "-i", "lo", "-B", str(BUFFER_MIB),
                "-f", ports, "-w", self.path]

    def configure(self):
        # It names its file once the interface is open and filtered.
        self.wait_for("open lo", lambda: "File: " in self.log_text())

    def stop(self):
        time.sleep(BATCH_S)
        super().stop()
        dropped = re.search(r"received/dropped.*?: (\d+)/(\d+)", self.log_text())
        if not dropped or int(dropped.group(2)):
            self.fail("lost packets or did not say")

    def tshark(self, *args):
        return tshark(self.path, self.ports, *args)
