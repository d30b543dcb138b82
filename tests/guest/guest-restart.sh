#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The adapter is stopped under verified load, in all the ways that RESTARTS has: the
# driver starts it again, iscsid logs in again, no byte is lost. "error" asks the host
# for a PCI error.

. "$(dirname "$0")/lib.sh"

read -ra restarts <<<"${RESTARTS:-function handler function handler}"
pci=$(basename "$(readlink -f /sys/class/iscsi_host/host*/device/..)")

stop_device()
{
	case $1 in
	function) echo 1 >"/sys/bus/pci/devices/$pci/reset" ;;
	handler) sg_reset --no-esc -H "$(generic_of "$disk")" ;;
	error)	step "a PCI error, please" ;;
	esac
}

reset_by_handler()	# sg_reset's OPTION
{
	wait_until 60 "writes before sg_reset $1" wrote_since "$disk" "$(writes_of "$disk")"
	sg_reset --no-esc "$1" "$(generic_of "$disk")"
	wait_until 60 "writes after sg_reset $1" wrote_since "$disk" "$(writes_of "$disk")"
	ok "sg_reset $1"
}

load()
{
	until [ -e /tmp/enough ]; do
		verified load "$disk" --rw=randwrite --bssplit=512/10:4k/40:64k/40:1m/10 \
			--ioengine=libaio --iodepth=16 --size=8m --rate=,1000k
	done
}

said() { dmesg | grep -c "$1" || :; }
said_times() { [ "$(said "$1")" -ge "$2" ]; }

start_iscsid
use_iface 1
discover "$TGTD_PORTAL" >/dev/null
login "$TGTD_NAMES" "$TGTD_PORTAL"
disk=$(disk "$TGTD_NAMES" 1)
load &
job=$!
done=0
for how in "${restarts[@]}"; do
	wait_until 60 "writes before stop $done" wrote_since "$disk" "$(writes_of "$disk")"
	stop_device "$how"
	done=$((done + 1))
	wait_until 60 "the stop" said_times "adapter stopped: " "$done"
	wait_until 60 "the restart" said_times "adapter is up again" "$done"
	ok "restart $done: $how"
done
reset_by_handler --device
reset_by_handler --target
expect_eq "restarts" "$done" "$(said "adapter is up again")"
touch /tmp/enough
wait "$job" || fail "verified load across $done restarts"
expect_eq "device state" running "$(cat "/sys/block/${disk#/dev/}/device/state")"
expect_eq "errors of the disk" 0 "$(said "I/O error")"
ok "every byte verifies"
logout "$TGTD_NAMES" "$TGTD_PORTAL"
expect_nothing_left
