#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An adapter with a network of its own: an address by stock iscsiadm, a login and
# verified I/O over it; and its port as a network device of the guest's. Another
# adapter is there before it, as iscsiadm cannot apply anything to host 0.

. "$(dirname "$0")/lib.sh"

address=10.0.2.20
port=$(basename /sys/bus/pci/drivers/ohba_fw/*/net/*)

apply_address()
{
	local parameter
	for parameter in "ipaddress $address" "subnet_mask 255.255.255.0" "gateway 10.0.2.2" \
			 "bootproto static" "state enable"; do
		iscsiadm -m iface -I "$iface" -o update -n "iface.${parameter% *}" \
			-v "${parameter#* }" >/dev/null
	done
	iscsiadm -m iface -I "$iface" -o apply
}

step "the port as a network device"
ip link set "$port" up
ip address add 10.0.2.21/24 dev "$port"
exec 3<>"/dev/tcp/10.0.2.2/${TGTD_PORTAL##*:}" || fail "no TCP over $port"
exec 3>&-
ip -s link show "$port"

step "an address for the adapter"
start_iscsid
use_iface 2
apply_address
expect_eq "address in sysfs" "$address" "$(cat /sys/class/iscsi_iface/ipv4-iface-1-0/ipaddress)"

step "nobody resolves"
! discover "$TGTD_PORTAL" || fail "a login without a helper"
dmesg | grep "uipd is not running"

step "somebody does"
tests/guest/resolver.py >/tmp/resolver &
resolver=$!
wait_until 30 "the resolver" grep -q listening /tmp/resolver
discover_behind_slirp "$TGTD_PORTAL" >/dev/null
login "$TGTD_NAMES" "$TGTD_PORTAL"
disk=$(disk "$TGTD_NAMES" 1)
verified wire "$disk" --rw=randwrite --bs=64k --ioengine=libaio --iodepth=16 --size=16m
kill "$resolver"
cat /tmp/resolver
logout "$TGTD_NAMES" "$TGTD_PORTAL"
expect_nothing_left
