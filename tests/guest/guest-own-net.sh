#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An adapter with a network of its own: an address by stock iscsiadm, a login and
# verified I/O over it; and its port as a network device of the guest's.

. "$(dirname "$0")/lib.sh"

address=10.0.2.20

leave_host_0
port=$(basename /sys/bus/pci/drivers/ohba_fw/*/net/*)

step "the port as a network device"
ip link set "$port" up
ip address add 10.0.2.21/24 dev "$port"
exec 3<>"/dev/tcp/10.0.2.2/${TGTD_PORTAL##*:}" || fail "no TCP over $port"
exec 3>&-
ip -s link show "$port"

step "nobody resolves"
# Who cannot be reached is tried once, not six times.
echo "discovery.sendtargets.reopen_max = 0" >>"$db/iscsid.conf"
start_iscsid
use_iface 1
! discover "$TGTD_PORTAL" || fail "a login without a helper"
dmesg | grep "uipd is not running"
dmesg | grep "connection to $TGTD_PORTAL failed: NO_HELPER"

step "the adapter does, with an address that was set by hand"
sysfs=$(iface_in_sysfs)
apply "ipaddress 10.0.2.19" "subnet_mask 255.255.255.0" "gateway 10.0.2.2" "bootproto static" \
	"state enable"
discover_behind_slirp "$TGTD_PORTAL" >/dev/null
login "$TGTD_NAMES" "$TGTD_PORTAL"
verified alone "$(disk "$TGTD_NAMES" 1)" --rw=randwrite --bs=64k --ioengine=libaio --size=4m
logout "$TGTD_NAMES" "$TGTD_PORTAL"
! iscsiadm -m discovery -t sendtargets -p 10.0.2.99 -I "$iface" -o nonpersistent ||
	fail "a login to nobody"
dmesg | grep "connection to 10.0.2.99:3260 failed: HOST_UNREACH"
dmesg -C

step "another address for the adapter"
apply "ipaddress $address"
expect_eq "address in sysfs" "$address" "$(cat "$sysfs/ipaddress")"

step "who may listen to what helpers are told"
join() { "$@" python3 - ohba helper <tests/guest/joingroup.py; }
nobody="setpriv --reuid nobody --regid nogroup --clear-groups"
# shellcheck disable=SC2086
expect_eq "nobody joins the group" EPERM "$(join $nobody)"
expect_eq "root joins it" 0 "$(join env)"

step "somebody else does"
build/tests/sandbox
build/tools/uipd --check-config >/tmp/check || fail "uipd would not run: $(cat /tmp/check)"
for line in "user and capabilities" "no other uipd" "the sandbox can" "the driver is there" \
		"0000:.*: [0-9]* addresses"; do
	grep "^ok: $line" /tmp/check >/dev/null || fail "'$line' is not in: $(cat /tmp/check)"
done
expect_eq "what is left of it" "" "$(ls /run | grep uipd || true)"
start_uipd --debug all
! build/tools/uipd --check-config >/tmp/check || fail "a second uipd would run"
expect_match "why not" "^wrong: another uipd is running" "$(grep -v ^ok /tmp/check)"
for pid in "$uipd" $(pgrep -P "$uipd"); do
	grep "VmLck:.*[1-9]" "/proc/$pid/status" || fail "uipd's process $pid may leave memory"
done
expect_eq "uipd's processes" "uipd-opener uipd-sandbox" \
	"$(pgrep -l -P "$uipd" | cut -d " " -f 2 | sort | xargs)"
discover_behind_slirp "$TGTD_PORTAL" >/dev/null
login "$TGTD_NAMES" "$TGTD_PORTAL"
grep "10.0.2.2 by 10.0.2.2" /tmp/uipd.log
disk=$(disk "$TGTD_NAMES" 1)

step "sessions need nobody, logins wait for somebody"
verified wire "$disk" --rw=randrw --bs=64k --ioengine=libaio --iodepth=16 --size=16m \
	--time_based --runtime=10 &
load=$!
for _ in 1 2 3 4 5; do
	end_uipd KILL
	start_uipd --debug all
	sleep 1
done
wait "$load"
ok "verified I/O while uipd was killed five times"

step "ping"
iscsiadm -m iface -I "$iface" -C ping -a 10.0.2.2 -c 2 -b 1000 | tee /tmp/ping
expect_eq "pings that were answered" 2 "$(grep -c completed /tmp/ping)"
iscsiadm -m iface -I "$iface" -C ping -a 10.0.2.2 -b 60000 | tee /tmp/ping
grep -q "oversized packet" /tmp/ping

step "its own frames, for who captures"
ping_20_times()
{
	before=$(frames)
	iscsiadm -m iface -I "$iface" -C ping -a 10.0.2.2 -c 20 >/dev/null
}
frames() { cat "/sys/class/net/$port/statistics/rx_packets"; }
shown() { echo $(($(frames) - before)); }
all_are_shown() { [ "$(shown)" -ge 40 ]; }
ping_20_times
[ "$(shown)" -lt 20 ] || fail "frames of the adapter's own are shown unasked"
tests/guest/privflags.py "$port" 1
ping_20_times
wait_until 10 "20 echo requests and their answers" all_are_shown
tests/guest/privflags.py "$port" 0
ping_20_times
[ "$(shown)" -lt 20 ] || fail "frames of the adapter's own are still shown"

step "an address that nobody has"
iscsiadm -m iface -I "$iface" -C ping -a 10.0.2.99 | tee /tmp/ping
grep -q "No ARP response" /tmp/ping
! iscsiadm -m discovery -t sendtargets -p 10.0.2.99 -I "$iface" -o nonpersistent ||
	fail "a login to nobody"
dmesg | grep "connection to 10.0.2.99:3260 failed: HOST_UNREACH"
grep "10.0.2.99 does not answer 10.0.2.20: " /tmp/uipd.log

logout "$TGTD_NAMES" "$TGTD_PORTAL"
expect_nothing_left

step "an address by DHCP"
apply "bootproto dhcp"
wait_until 30 "a lease" grep -q "10.0.2.15" "$sysfs/ipaddress"
expect_eq "its network" 255.255.255.0 "$(cat "$sysfs/subnet")"
expect_eq "its router" 10.0.2.2 "$(cat "$sysfs/gateway")"
login "$TGTD_NAMES" "$TGTD_PORTAL"
verified wire "$(disk "$TGTD_NAMES" 1)" --rw=randwrite --bs=64k --ioengine=libaio --iodepth=16 --size=16m
end_uipd KILL
start_uipd --debug all
wait_until 30 "the lease again" grep -q "DHCP: 10.0.2.15/24" /tmp/uipd.log
iscsiadm -m session --rescan
logout "$TGTD_NAMES" "$TGTD_PORTAL"
expect_nothing_left

step "a sandbox that hangs"
sandbox=$(pgrep -x -P "$uipd" uipd-sandbox)
kill -STOP "$sandbox"
is_gone() { ! kill -0 "$1" 2>/dev/null; }
wait_until 120 "a word about it" grep -q "the sandbox does not answer" /tmp/uipd.log
wait_until 30 "its end" is_gone "$sandbox"
wait_until 30 "another" pgrep -x -P "$uipd" uipd-sandbox
login "$TGTD_NAMES" "$TGTD_PORTAL"
logout "$TGTD_NAMES" "$TGTD_PORTAL"
expect_nothing_left

apply "state disable"
wait_until 30 "no address" grep -q "0.0.0.0" "$sysfs/ipaddress"
end_uipd TERM
expect_eq "status of uipd" 0 "$uipd_status"
