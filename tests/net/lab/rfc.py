# SPDX-License-Identifier: GPL-2.0-or-later
"""What the RFCs ask of ARP, DHCP and neighbour discovery, in a capture of the adapter's wire.

What is wrong with any frame of the adapter's is an assertion that names the frame.
"""

import ipaddress

from targets import tshark

BROADCAST = "ff:ff:ff:ff:ff:ff"
UNSPECIFIED = "0.0.0.0"
# Checksums, and segments in their order: else what is sent again looks malformed.
CHECKED = [word for name in ("ip.check_checksum", "tcp.check_checksum", "udp.check_checksum",
                             "tcp.reassemble_out_of_order")
           for word in ("-o", name + ":TRUE")]
# Wireshark's SCSI dissector finds an INQUIRY answer of the 4 bytes that Linux asks for
# first malformed; that is not the PDU's fault.
SHORT_INQUIRY = "(iscsi.opcode == 0x25 && iscsi.datasegmentlength <= 4)"
# Linux's own checksum may be the zero that RFC 1624 advises against.
UNCLEAN = "(_ws.malformed && !%s) || iscsi.opcode.invalid || iscsi.opcode == 0x3f || " \
    "(eth.src == %%s && (%s))" % (SHORT_INQUIRY, " || ".join(
        what + ".checksum.status == 0" for what in ("ip", "tcp", "udp", "icmpv6")))
DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE = range(1, 8)
SOLICIT6, ADVERTISE6, REQUEST6, CONFIRM6, RENEW6, REBIND6, REPLY6, RELEASE6, DECLINE6 = \
    range(1, 10)
RETRANS_S = 0.9     # RFC 4861 10: a probe waits a second, less what a capture may be late
SERVER_ID = 2       # an option of DHCPv6


def eui64(prefix, mac):
    """The address that a MAC has behind a prefix of 64 bits: RFC 4291 appendix A."""
    b = bytes.fromhex(mac.replace(":", ""))
    return ipaddress.IPv6Address(ipaddress.IPv6Address(prefix).packed[:8] +
                                 bytes([b[0] ^ 2]) + b[1:3] + b"\xff\xfe" + b[3:])


class Seen:
    """A capture of the adapter's wire; mac: the adapter's, in lower case."""

    def __init__(self, path, mac, ports):
        self.path, self.mac, self.ports = path, mac, ports

    def rows(self, which, *fields):
        """Of each frame that the display filter lets pass, its fields by name."""
        words = [w for f in ("frame.number", "frame.time_epoch", "eth.src", "eth.dst", *fields)
                 for w in ("-e", f)]
        text = tshark(self.path, self.ports, "-Y", which, "-T", "fields",
                      "-E", "occurrence=f", *words)
        names = words[1::2]
        return [dict(zip(names, line.split("\t"))) for line in text.splitlines()]

    def ours(self, which, *fields):
        return self.rows("(%s) && eth.src == %s" % (which, self.mac), *fields)

    def check_clean(self):
        wrong = tshark(self.path, self.ports, *CHECKED, "-Y", UNCLEAN % self.mac)
        assert not wrong, "frames that are wrong:\n" + wrong[:2000]

    # --- RFC 826, 5227 ---

    def check_arp(self, addresses):
        """Whatever the adapter says is of one of its addresses. Returns the frames."""
        frames = self.ours("arp", "arp.opcode", "arp.src.hw_mac", "arp.src.proto_ipv4",
                           "arp.dst.hw_mac", "arp.dst.proto_ipv4", "arp.hw.type",
                           "arp.proto.type")
        for f in frames:
            assert f["arp.hw.type"] == "1" and f["arp.proto.type"] == "0x0800", f
            assert f["arp.src.hw_mac"] == self.mac, f
            if f["arp.src.proto_ipv4"] == UNSPECIFIED:      # a probe: RFC 5227 1.1
                assert f["arp.opcode"] == "1" and f["eth.dst"] == BROADCAST, f
            else:
                assert f["arp.src.proto_ipv4"] in addresses, f
            if f["arp.opcode"] == "2":
                assert f["eth.dst"] == f["arp.dst.hw_mac"] != BROADCAST, f
        return frames

    def check_announced(self, address):
        """RFC 5227 2.3."""
        assert [f for f in self.check_arp_of(address)
                if f["arp.dst.proto_ipv4"] == address and f["eth.dst"] == BROADCAST], address

    def check_arp_of(self, address):
        return self.ours("arp && arp.src.proto_ipv4 == " + address, "arp.opcode",
                         "arp.dst.proto_ipv4")

    # --- RFC 2131 ---

    def dhcp(self):
        """Every DHCP message, with its type and who sent it."""
        frames = self.rows(
            "dhcp", "ip.src", "ip.dst", "dhcp.option.dhcp", "dhcp.id", "dhcp.ip.client",
            "dhcp.ip.your", "dhcp.hw.mac_addr", "dhcp.option.requested_ip_address",
            "dhcp.option.dhcp_server_id", "dhcp.hops", "udp.srcport", "udp.dstport")
        for f in frames:
            f["type"] = int(f["dhcp.option.dhcp"])
        return frames

    def check_dhcp(self):
        """Each message of the adapter's is as its state asks. Returns their types."""
        frames = self.dhcp()
        offers = {}
        for f in frames:
            assert f["dhcp.hw.mac_addr"] == self.mac, f
            if f["type"] == OFFER:
                offers[f["dhcp.id"]] = f
            if f["eth.src"] != self.mac:
                continue
            assert (f["udp.srcport"], f["udp.dstport"], f["dhcp.hops"]) == ("68", "67", "0"), f
            self.check_dhcp_message(f, offers)
        return [f["type"] for f in frames]

    def check_dhcp_message(self, f, offers):
        """RFC 2131 4.4.1 and table 5."""
        asked, server = f["dhcp.option.requested_ip_address"], f["dhcp.option.dhcp_server_id"]
        if f["type"] == DISCOVER:
            assert f["dhcp.ip.client"] == UNSPECIFIED and not server, f
            assert (f["ip.src"], f["ip.dst"]) == (UNSPECIFIED, "255.255.255.255"), f
        elif f["type"] == REQUEST and server:               # SELECTING
            offer = offers[f["dhcp.id"]]
            assert asked == offer["dhcp.ip.your"], (f, offer)
            assert server == offer["dhcp.option.dhcp_server_id"], (f, offer)
            assert f["dhcp.ip.client"] == UNSPECIFIED == f["ip.src"], f
        elif f["type"] == REQUEST and asked:                # INIT-REBOOT
            assert f["dhcp.ip.client"] == UNSPECIFIED == f["ip.src"], f
        elif f["type"] == REQUEST:                          # RENEWING, REBINDING
            assert f["dhcp.ip.client"] == f["ip.src"] != UNSPECIFIED, f
        elif f["type"] == DECLINE:
            assert asked and server and f["dhcp.ip.client"] == UNSPECIFIED, f
        else:
            assert f["type"] == RELEASE and server and f["dhcp.ip.client"] == f["ip.src"], f

    # --- RFC 4861 ---

    def check_nd(self, addresses):
        """Solicitations and advertisements of the adapter's. Returns how many of each."""
        frames = self.ours("icmpv6.type == 135 || icmpv6.type == 136", "icmpv6.type",
                           "ipv6.src", "ipv6.dst", "ipv6.hlim", "icmpv6.nd.ns.target_address",
                           "icmpv6.nd.na.target_address", "icmpv6.opt.linkaddr",
                           "icmpv6.nd.na.flag.s", "icmpv6.nd.na.flag.r")
        for f in frames:
            assert f["ipv6.hlim"] == "255", f
            if f["icmpv6.type"] == "135":
                self.check_solicitation(f)
            else:
                assert f["icmpv6.nd.na.target_address"] in addresses, f
                assert f["icmpv6.opt.linkaddr"] == self.mac, f
                assert f["icmpv6.nd.na.flag.r"] in ("0", "False"), f
        types = [f["icmpv6.type"] for f in frames]
        return types.count("135"), types.count("136")

    def check_solicitation(self, f):
        target = ipaddress.ip_address(f["icmpv6.nd.ns.target_address"])
        group = ipaddress.ip_address(int(ipaddress.ip_address("ff02::1:ff00:0")) |
                                     int(target) & 0xffffff)
        assert f["ipv6.dst"] in (str(group), str(target)), f
        if f["ipv6.dst"] == str(group):
            assert f["eth.dst"] == "33:33:" + ":".join(
                "%02x" % b for b in group.packed[12:]), f
        if f["ipv6.src"] != "::":
            assert f["icmpv6.opt.linkaddr"] == self.mac, f
        else:                                               # a probe: RFC 4861 4.3
            assert f["ipv6.dst"] == str(group) and not f["icmpv6.opt.linkaddr"], f

    def check_router_solicitations(self):
        """RFC 4861 4.1. Returns how many."""
        frames = self.ours("icmpv6.type == 133", "ipv6.src", "ipv6.dst", "ipv6.hlim",
                           "icmpv6.opt.linkaddr")
        for f in frames:
            assert (f["ipv6.dst"], f["eth.dst"]) == ("ff02::2", "33:33:00:00:00:02"), f
            assert f["ipv6.hlim"] == "255", f
            assert f["ipv6.src"] != "::" or not f["icmpv6.opt.linkaddr"], f
        return len(frames)

    def check_probed(self, address, network):
        """RFC 4862 5.4: before anything is sent from it. network: a display filter."""
        probes = self.ours("icmpv6.type == 135 && ipv6.src == :: && "
                           "icmpv6.nd.ns.target_address == %s && %s" % (address, network))
        used = self.ours("ipv6.src == %s && %s" % (address, network))
        assert probes and used, (address, network)
        waited = float(used[0]["frame.time_epoch"]) - float(probes[0]["frame.time_epoch"])
        assert waited >= RETRANS_S, (probes[0], used[0])

    # --- RFC 8415 ---

    def check_dhcp6(self, network):
        """Each message of the adapter's is as section 16 asks. Returns all types."""
        frames = self.rows("dhcpv6 && " + network, "ipv6.src", "ipv6.dst", "dhcpv6.msgtype",
                           "dhcpv6.xid", "udp.srcport", "udp.dstport")
        named = {f["frame.number"]
                 for f in self.rows("dhcpv6.option.type == %d" % SERVER_ID)}
        asked = set()
        for f in frames:
            f["type"] = int(f["dhcpv6.msgtype"])
            if f["eth.src"] != self.mac:
                assert f["dhcpv6.xid"] in asked and f["frame.number"] in named, f
                continue
            asked.add(f["dhcpv6.xid"])
            assert (f["udp.srcport"], f["udp.dstport"]) == ("546", "547"), f
            assert ipaddress.ip_address(f["ipv6.src"]).is_link_local, f
            assert (f["ipv6.dst"], f["eth.dst"]) == ("ff02::1:2", "33:33:00:01:00:02"), f
            without = f["type"] in (SOLICIT6, CONFIRM6, REBIND6)
            assert (f["frame.number"] in named) != without, f
        return [f["type"] for f in frames]
