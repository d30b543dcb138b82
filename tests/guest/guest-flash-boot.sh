#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# guest-flash-boot.sh set: keep two targets in flash, one of them automatic.
# guest-flash-boot.sh find: a machine that starts later, on which no daemon runs: the disks of
# the automatic one are there with the driver, and again after each time that it comes.
#
#   OWN_ADDRESS      of the adapter's on a network of its own, which is to be kept, too

. "$(dirname "$0")/lib.sh"

auto=${TGTD_NAMES%% *}
other=${TGTD_NAMES##* }
place() { echo /sys/class/scsi_disk/*:0:65536:1/device/block; }
disk_at_place() { [ -e "$(place)" ]; }
no_disk() { ! disk_at_place; }
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

use_disk()	# NAME
{
	wait_until 30 "the disk of the automatic target" disk_at_place
	verified "$1" "/dev/$(ls "$(place)")" --rw=randwrite --bs=64k --ioengine=libaio \
		--iodepth=8 --size=4m
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
	ok "kept"
}

find_disks()
{
	! pgrep -x 'iscsid|uipd' || fail "a daemon runs"
	modprobe sd_mod		# which udev would
	step "with the driver"
	use_disk start

	step "with the driver, again"
	modprobe -r ohba_fw
	wait_until 10 "the end of the disk" no_disk
	modprobe ohba_fw
	use_disk reload

	step "with a firmware that was started again"
	disk=/dev/$(ls "$(place)")
	told_before=$(dmesg | grep -c "is up again" || true)
	echo 1 >"$(echo /sys/bus/pci/drivers/ohba_fw/*:*)/reset"
	restarted() { [ "$(dmesg | grep -c "is up again")" -gt "$told_before" ]; }
	wait_until 30 "the session again" restarted
	use_disk restart
	! pgrep -x 'iscsid|uipd' || fail "a daemon runs"
	[ -z "${OWN_ADDRESS-}" ] || dmesg | grep "uipd is not running"
	ok "found without a daemon"
}

case $1 in
set) set_targets ;;
find) find_disks ;;
esac
