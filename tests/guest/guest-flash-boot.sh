#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# guest-flash-boot.sh set: keep two targets in flash, one of them automatic.
# guest-flash-boot.sh find: a machine that starts later, on which no daemon runs, nor could be
# started: the disks of the automatic one are there with the driver, and again after each time
# that it comes. If RESETS says so the host then resets the machine, which finds them once more.
# What the disk is called is said each time, for the host to compare.
#
#   OWN_ADDRESS      of the adapter's on a network of its own, which is to be kept, too

. "$(dirname "$0")/lib.sh"

auto=${TGTD_NAMES%% *}
other=${TGTD_NAMES##* }
place() { echo /sys/class/scsi_disk/*:0:65536:1/device/block; }
disk_at_place() { [ -e "$(place)" ]; }
no_disk() { ! disk_at_place; }
has_names() { disk=/dev/$(ls "$(place)") && named "$disk" 2>/dev/null; }
sessions() { find /sys/class/iscsi_session -name 'session*' | wc -l; }

keep()	# INDEX NAME AUTOMATIC
{
	flash -o new -A ipv4 >/dev/null
	flash -x "$1" -o update -n "flashnode.conn[0].ipaddress" -v "${TGTD_PORTAL%:*}" \
		-n "flashnode.conn[0].port" -v "${TGTD_PORTAL##*:}" \
		-n flashnode.session.targetname -v "$2" -n flashnode.session.entry_enable -v "$3"
}

keep_address()
{
	step "an address for the flash"
	use_iface 1
	apply "ipaddress $OWN_ADDRESS" "subnet_mask 255.255.255.0" "bootproto static" \
		"state enable"
}

serial_of() { tail -c +5 "/sys/block/${1#/dev/}/device/vpd_pg80" | tr -d '\0'; }

use_disk()	# NAME
{
	wait_until 30 "the disk of the automatic target" disk_at_place
	wait_until 30 "its names" has_names
	{ names_of "$disk"; echo serial; serial_of "$disk"; } | xargs echo "called $1:"
	verified "$1" "$disk" --rw=randwrite --bs=64k --ioengine=libaio --iodepth=8 --size=4m
	expect_eq "sessions" 1 "$(sessions)"
	expect_eq "target" "$auto" "$(cat /sys/class/iscsi_session/session*/targetname)"
}

set_targets()
{
	leave_host_0
	host=$(basename /sys/bus/pci/drivers/ohba_fw/*/host* | tr -d a-z)
	flash() { iscsiadm -m host -H "$host" -C flashnode "$@"; }
	start_iscsid
	[ -z "${OWN_ADDRESS-}" ] || keep_address
	step "two targets for the flash"
	keep 0 "$auto" 1
	keep 1 "$other" 0
	expect_eq "sessions before the next start" 0 "$(sessions)"
	flash -x 0 -o login
	use_disk kept
	ok "kept"
}

# As if they were not installed.
take_away()	# PROGRAM...
{
	local program status
	for program; do
		program=$(command -v "$program")
		mount --bind /dev/null "$program"
		status=0
		"$program" --version 2>/dev/null || status=$?
		expect_eq "status of $program" 126 "$status"
	done
}

# Udev may still look at what is on the disk.
unload_driver() { udevadm settle && modprobe -r ohba_fw; }

no_daemon()
{
	! pgrep -x 'iscsid|uipd' || fail "a daemon runs"
	[ -z "${OWN_ADDRESS-}" ] || dmesg | grep "uipd is not running"
}

find_disks()
{
	step "with the driver"
	use_disk start

	step "with the driver, again"
	wait_until 30 "the end of the driver" unload_driver
	wait_until 10 "the end of the disk" no_disk
	modprobe ohba_fw
	use_disk reload

	step "with a firmware that was started again"
	told_before=$(dmesg | grep -c "is up again" || true)
	echo 1 >"$(echo /sys/bus/pci/drivers/ohba_fw/*:*)/reset"
	restarted() { [ "$(dmesg | grep -c "is up again")" -gt "$told_before" ]; }
	wait_until 30 "the session again" restarted
	use_disk restart
	no_daemon
}

# Nobody tells the driver, and reads are on their way.
await_reset()
{
	: >/run/ohba/found
	while :; do
		dd if="$disk" of=/dev/null bs=64k count=64 iflag=direct 2>/dev/null
	done &
	step "now reset it"
	sleep infinity
}

find_again()
{
	step "after a reset of the machine"
	use_disk reset
	no_daemon
	ok "found without a daemon"
}

case $1 in
set) set_targets ;;
find)
	echo 1 >/proc/sys/kernel/soft_watchdog
	[ ! -e /sys/module/ohba_fw ] || fail "the driver is there before its time"
	take_away iscsid iscsiadm iscsistart build/tools/uipd
	modprobe ohba_fw
	! told found || { find_again; exit; }
	find_disks
	[ -n "$RESETS" ] || { ok "found without a daemon"; exit; }
	await_reset
	;;
esac
