#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# guest-kept.sh set|find: what stock iscsiadm applies is there when the driver comes
# back, and in the next machine.

. "$(dirname "$0")/lib.sh"

leave_host_0
ipv4=$(iface_in_sysfs)
ipv6=$(echo /sys/class/iscsi_iface/ipv6-iface-*-0)

expect_kept()
{
	expect_eq "address" 10.0.2.20 "$(cat "$ipv4/ipaddress")"
	expect_eq "mask" 255.255.254.0 "$(cat "$ipv4/subnet")"
	expect_eq "gateway" 10.0.2.2 "$(cat "$ipv4/gateway")"
	expect_eq "MTU" 1400 "$(cat "$ipv4/mtu")"
	expect_eq "state" enabled "$(cat "$ipv4/enabled")"
	expect_eq "IPv6 autoconfiguration" nd "$(cat "$ipv6/ipaddr_autocfg")"
	expect_eq "IPv6 router" fe80:0000:0000:0000:0000:0000:0000:0002 \
		"$(cat "$ipv6/router_addr")"
}

if [ "$1" = set ]; then
	step "new flash"
	expect_eq "address" 0.0.0.0 "$(cat "$ipv4/ipaddress")"
	start_iscsid
	use_iface 1
	apply "ipaddress 10.0.2.20" "subnet_mask 255.255.254.0" "gateway 10.0.2.2" \
		"bootproto static" "mtu 1400" "state enable"
	use_iface 2
	apply "ipv6_autocfg nd" "router_autocfg disable" "ipv6_router fe80::2" "state enable"
	expect_kept
	step "the driver comes back"
	modprobe -r ohba_fw
	modprobe ohba_fw
	ipv4=$(iface_in_sysfs)
	ipv6=$(echo /sys/class/iscsi_iface/ipv6-iface-*-0)
fi
step "what was kept"
expect_kept
dmesg | grep -i "flash is damaged" && fail "the log says that flash is damaged"
ok "kept"
