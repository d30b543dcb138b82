#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Does in the guest what the test says, a line of bash at a time, over the virtio port
# ohba.lab; each answer ends with "--- done". A line that fails ends the guest, and says
# so on the output; so does the end of the connection, with success.

. "$(dirname "$0")/../guest/lib.sh"

# The adapter's first iface, with uipd and iscsid at work.
adapter_up()
{
	leave_host_0
	# Who cannot be reached is tried once, not six times.
	echo "discovery.sendtargets.reopen_max = 0" >>"$db/iscsid.conf"
	start_iscsid
	start_uipd --debug all
	# Without a port iscsiadm 2.1.8 counts a parameter less than it sends, and may crash.
	for iface in $(ifaces); do
		iscsiadm -m iface -I "$iface" -o update -n iface.port -v 3260 >/dev/null
	done
	use_iface 1
	sysfs=$(iface_in_sysfs)
	sysfs6=$(echo /sys/class/iscsi_iface/ipv6-iface-*-0)
}

# static ADDRESS GATEWAY [VLAN]
static()
{
	apply "bootproto static" "ipaddress $1" "subnet_mask 255.255.255.0" "gateway $2" \
		${3:+"vlan_id $3" "vlan_state enable"} "state enable"
	expect_eq "address in sysfs" "$1" "$(cat "$sysfs/ipaddress")"
}

# The adapter's first iface of IPv6, as $iface of whoever has declared that.
use_iface6() { iface=$(ifaces | grep -m 1 '\.ipv6\.'); }

# static6 ADDRESS ROUTER [VLAN]: prints it.
static6()
{
	local iface
	use_iface6
	apply "ipaddress $1" "ipv6_router $2" ${3:+"vlan_id $3" "vlan_state enable"} "state enable"
	cat "$sysfs6/ipaddress"
}

# begin6 nd|dhcpv6 [VLAN]: an address is looked for.
begin6()
{
	local iface
	use_iface6
	apply "ipv6_autocfg $1" "router_autocfg auto" \
		${2:+"vlan_id $2" "vlan_state enable"} "state enable"
}

# autocfg6 nd|dhcpv6 [VLAN]: prints the address, once there is one.
autocfg6()
{
	begin6 "$@"
	wait_until 40 "an IPv6 address" has_address6
	cat "$sysfs6/ipaddress"
}

release6()
{
	local iface
	use_iface6
	apply "vlan_state disable" "state disable"
	wait_until 30 "no IPv6 address" no_address6
}

# dhcp [VLAN]: returns once there is an address.
dhcp()
{
	apply "bootproto dhcp" ${1:+"vlan_id $1" "vlan_state enable"} "state enable"
	wait_until 40 "a lease" has_address
}

release()
{
	apply "state disable"
	wait_until 30 "no address" no_address
}

has_address() { ! grep -q '^0\.0\.0\.0$' "$sysfs/ipaddress"; }
no_address() { ! has_address; }
has_address6() { grep -q '[1-9a-f]' "$sysfs6/ipaddress"; }
no_address6() { ! has_address6; }

# life PORTAL NAME LUN FIO-OPTION...: discovery, login, verified I/O, logout.
life()
{
	local portal=$1 name=$2 lun=$3
	shift 3
	discover "$portal" | grep -qx "$name" || fail "no $name at $portal"
	login "$name" "$portal"
	verified life "$(disk "$name" "$lun")" --rw=randrw --bs=64k --ioengine=libaio \
		--iodepth=8 --size=2m "$@"
	logout "$name" "$portal"
	expect_nothing_left
}

# --- a load, and how the session fares ---------------------------------------

# start_load NAME LUN: on a session that is there, until end_load.
start_load()
{
	loaded=$1
	load_disk=$(disk "$1" "$2")
	rm -f /tmp/load.state
	build/tests/ohba-load "$load_disk" /tmp/load.state >/tmp/load.out &
	load=$!
	wait_until 30 "the load" wrote_since "$load_disk" 20
}

# It saw no error, and every byte is right.
end_load()
{
	kill -TERM "$load"
	wait "$load" || fail "load: $(cat /tmp/load.out)"
	grep "no error" /tmp/load.out || fail "load: $(cat /tmp/load.out)"
	build/tests/ohba-load --check "$load_disk" /tmp/load.state
}

# moves SECONDS: the load's I/O goes on, from now on.
moves()
{
	wait_until "$1" "I/O to go on" wrote_since "$load_disk" "$(($(writes_of "$load_disk") + 20))"
}

# --- uipd is killed, and what needs it goes on --------------------------------

# kill_uipd N: every second.
kill_uipd()
{
	local n
	for ((n = 0; n < $1; n++)); do
		sleep 1
		end_uipd KILL
		start_uipd --debug all
	done
}

# start_relogins NAME PORTAL: one login after the other, each with a logout, beside the rest.
start_relogins()
{
	rm -f /tmp/enough /tmp/logins
	(
		until [ -e /tmp/enough ]; do
			login "$1" "$2" && logout "$1" "$2" || exit
			echo "$1" >>/tmp/logins
		done
	) >/tmp/relogins.out 2>&1 &
	relogins=$!
}

# Each went well. Prints how many there were.
end_relogins()
{
	touch /tmp/enough
	wait "$relogins" || fail "logins: $(cat /tmp/relogins.out)"
	wc -l </tmp/logins
}

connections_lost() { dmesg | grep "detected conn error" || true; }

# logged TEXT: has the kernel said so?
logged() { grep -q "$1" <<<"$(dmesg)"; }

session_state() { cat "$(session "$loaded")/state"; }
session_is() { [ "$(session_state)" = "$1" ]; }
session_is_not() { ! session_is "$1"; }

stopped()
{
	local before
	before=$(writes_of "$load_disk")
	sleep 2
	! wrote_since "$load_disk" "$before"
}

# rate DISK FIO-OPTION...: fio's JSON.
rate()
{
	local disk=$1
	shift
	fio --name=rate --filename="$disk" --direct=1 --ioengine=libaio --output-format=json "$@"
}

exec 3<>"$(virtio_port ohba.lab)"
while read -r line <&3; do
	eval "$line" >&3
	echo "--- done" >&3
done
