# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's istgt, private. It takes CRC32C header and data digests."""

import os

from .daemon import Target, require

CONFIG = """\
[Global]
  NodeBase "{base}"
  PidFile {directory}/istgt.pid
  AuthFile {directory}/auth.conf
  MediaDirectory {directory}
  LogFacility "local7"
  Timeout 30
  NopInInterval 20
  DiscoveryAuthMethod None
  MaxSessions 32
  MaxConnections 4
  MaxR2T 32
  MaxOutstandingR2T {max_r2t}
  DefaultTime2Wait 2
  DefaultTime2Retain 60
  FirstBurstLength {first_burst}
  MaxBurstLength {max_burst}
  MaxRecvDataSegmentLength {mrdsl}
  InitialR2T {initial_r2t}
  ImmediateData {immediate}
  DataPDUInOrder Yes
  DataSequenceInOrder Yes
  ErrorRecoveryLevel 0
[UnitControl]
  AuthMethod None
[PortalGroup1]
{portals}
[InitiatorGroup1]
  InitiatorName "ALL"
  Netmask ALL
"""

UNIT = """\
[LogicalUnit{number}]
  TargetName {name}
  Mapping PortalGroup1 InitiatorGroup1
  AuthMethod None
  UseDigest Auto
  UnitType Disk
  UnitInquiry "OHBA" "istgt disk" "0001" "{number:08d}"
  QueueDepth {depth}
  LUN0 Storage {path} Auto
"""

DEFAULTS = dict(max_r2t=16, first_burst=262144, max_burst=1048576, mrdsl=262144,
                initial_r2t="Yes", immediate="Yes")


class Istgt(Target):
    """`targets` targets, each with one disk at LUN 0. The digests are the
    initiator's choice. params overrides DEFAULTS."""

    name = "istgt"

    def __init__(self, directory, targets=1, size_mib=256, depth=128, params=None,
                 base="iqn.2026-01.org.ohba.istgt"):
        super().__init__(directory, size_mib)
        self.base = base
        self.depth = depth
        self.params = dict(DEFAULTS, **(params or {}))
        self.names = ["%s:%d" % (base, i) for i in range(targets)]

    def argv(self):
        config = self.write_config()
        return [require("istgt"), "-D", "-c", config,
                "-p", os.path.join(self.directory, "istgt.pid")]

    def write_config(self):
        open(os.path.join(self.directory, "auth.conf"), "w").close()
        portals = "\n".join("  Portal DA%d %s" % p for p in enumerate(self.portals(), 1))
        units = [UNIT.format(number=i, name=name.rpartition(":")[2], depth=self.depth,
                             path=self.backing("lu%d.img" % i))
                 for i, name in enumerate(self.names, 1)]
        path = os.path.join(self.directory, "istgt.conf")
        with open(path, "w") as f:
            f.write(CONFIG.format(base=self.base, directory=self.directory,
                                  portals=portals, **self.params))
            f.writelines(units)
        return path

    def configure(self):
        self.wait_listening(self.address, self.port)
