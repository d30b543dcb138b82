# SPDX-License-Identifier: GPL-2.0-or-later
"""A DHCP server, and what advertises a router: Debian's dnsmasq, private, in a namespace."""

import os

from targets import Daemon, require


class Dnsmasq(Daemon):
    """Serves on interface what options say, `--dhcp-range=...` and the like."""

    name = "dnsmasq"

    def __init__(self, directory, ns, interface, *options):
        super().__init__(directory)
        self.within = ns.within
        self.interface, self.options = interface, options

    def argv(self):
        return [require("dnsmasq"), "--no-daemon", "--conf-file=/dev/null", "--port=0",
                "--interface=" + self.interface, "--except-interface=lo", "--pid-file=",
                "--log-facility=-", "--log-dhcp",
                "--dhcp-authoritative", "--no-ping",
                "--dhcp-leasefile=" + os.path.join(self.directory, "leases"), *self.options]

    def configure(self):
        self.wait_for("serve", lambda: "DHCP, sockets bound" in self.log_text() or
                      "IP range" in self.log_text() or
                      "IPv6 router advertisement enabled" in self.log_text())
