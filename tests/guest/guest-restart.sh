#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The adapter is reset under verified load, some times, as a PCI function and by the
# SCSI layer in turn: the driver starts it again, iscsid logs in again, no byte is
# lost.

. "$(dirname "$0")/lib.sh"

restarts=${RESTARTS:-4}
pci=$(basename "$(readlink -f /sys/class/iscsi_host/host*/device/..)")

reset_device()
{
	if [ $(($1 % 2)) = 1 ]; then
		echo 1 >"/sys/bus/pci/devices/$pci/reset"
	else
		sg_reset --no-esc -H "$(generic_of "$disk")"
	fi
}

reset_by_handler()	# sg_reset's OPTION
{
	wait_until 60 "writes before sg_reset $1" wrote_since "$disk" "$(writes_of "$disk")"
	sg_reset --no-esc "$1" "$(generic_of "$disk")"
	wait_until 60 "writes after sg_reset $1" wrote_since "$disk" "$(writes_of "$disk")"
	ok "sg_reset $1"
}

said() { dmesg | grep -c "$1" || :; }
said_times() { [ "$(said "$1")" -ge "$2" ]; }

start_iscsid
use_iface 1
discover "$TGTD_PORTAL" >/dev/null
login "$TGTD_NAMES" "$TGTD_PORTAL"
disk=$(disk "$TGTD_NAMES" 1)
verified load "$disk" --rw=randwrite --bssplit=512/10:4k/40:64k/40:1m/10 --ioengine=libaio \
	--iodepth=16 --size=72m --rate=,1000k &
job=$!
for i in $(seq "$restarts"); do
	wait_until 60 "writes before restart $i" wrote_since "$disk" "$(writes_of "$disk")"
	reset_device "$i"
	wait_until 60 "the stop" said_times "adapter stopped: " "$i"
	wait_until 60 "the restart" said_times "adapter is up again" "$i"
	ok "restart $i"
done
reset_by_handler --device
reset_by_handler --target
expect_eq "restarts" "$restarts" "$(said "adapter is up again")"
wait "$job" || fail "verified load across $restarts restarts"
expect_eq "device state" running "$(cat "/sys/block/${disk#/dev/}/device/state")"
expect_eq "errors of the disk" 0 "$(said "I/O error")"
ok "every byte verifies"
logout "$TGTD_NAMES" "$TGTD_PORTAL"
expect_nothing_left
