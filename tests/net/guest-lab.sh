#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Does in the guest what the test says, a line of bash at a time, over the virtio port
# ohba.lab; each answer ends with "--- done". A line that fails ends the guest, and says
# so on the output; so does the end of the connection, with success.

. "$(dirname "$0")/../guest/lib.sh"

port()
{
	local name
	for name in /sys/class/virtio-ports/*/name; do
		[ "$(cat "$name")" != ohba.lab ] || basename "$(dirname "$name")"
	done
}

# The adapter's first iface, with uipd and iscsid at work.
adapter_up()
{
	leave_host_0
	# Who cannot be reached is tried once, not six times.
	echo "discovery.sendtargets.reopen_max = 0" >>"$db/iscsid.conf"
	start_iscsid
	start_uipd --debug all
	use_iface 1
	sysfs=$(iface_in_sysfs)
}

# static ADDRESS GATEWAY [VLAN]
static()
{
	apply "bootproto static" "ipaddress $1" "subnet_mask 255.255.255.0" "gateway $2" \
		"vlan_id ${3:-0}" "vlan_state $([ -n "${3:-}" ] && echo enable || echo disable)" \
		"state enable"
	expect_eq "address in sysfs" "$1" "$(cat "$sysfs/ipaddress")"
}

# dhcp [VLAN]: returns once there is an address.
dhcp()
{
	apply "bootproto dhcp" "vlan_id ${1:-0}" \
		"vlan_state $([ -n "${1:-}" ] && echo enable || echo disable)" "state enable"
	wait_until 40 "a lease" has_address
}

release()
{
	apply "state disable"
	wait_until 30 "no address" no_address
}

has_address() { ! grep -q '^0\.0\.0\.0$' "$sysfs/ipaddress"; }
no_address() { ! has_address; }

# life PORTAL NAME LUN FIO-OPTION...: discovery, login, verified I/O, logout.
life()
{
	local portal=$1 name=$2 lun=$3
	shift 3
	discover "$portal" | grep -qx "$name" || fail "no $name at $portal"
	login "$name" "$portal"
	verified life "$(disk "$name" "$lun")" --rw=randrw --bs=64k --ioengine=libaio \
		--iodepth=8 --size=8m "$@"
	logout "$name" "$portal"
	expect_nothing_left
}

exec 3<>"/dev/$(port)"
while read -r line <&3; do
	eval "$line" >&3
	echo "--- done" >&3
done
