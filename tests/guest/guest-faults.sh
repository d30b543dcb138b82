#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Verified load while the host has the adapter fail. Says "progress N" whenever
# some more was written or read back, for the host to know that a fault is over.

. "$(dirname "$0")/lib.sh"

load()
{
	until told enough; do
		verified load "$disk" --rw=randwrite --bssplit=512/10:4k/40:64k/50 \
			--ioengine=libaio --iodepth=16 --size=8m --rate=,1000k
	done
}

report_progress()
{
	local last=0 now
	while kill -0 "$job" 2>/dev/null; do
		now=$(ios_of "$disk")
		[ "$now" -lt $((last + 10)) ] || { echo "progress $now"; last=$now; }
		sleep 0.2
	done
}

start_iscsid
use_iface 1
discover "$TGTD_PORTAL" >/dev/null
login "$TGTD_NAMES" "$TGTD_PORTAL"
disk=$(disk "$TGTD_NAMES" 1)
echo 4 >"/sys/block/${disk#/dev/}/device/timeout"
load &
job=$!
report_progress
wait "$job" || fail "verified load across faults"
expect_eq "device state" running "$(cat "/sys/block/${disk#/dev/}/device/state")"
expect_eq "errors of the disk" "" "$(dmesg | grep "I/O error" || :)"
ok "every byte verifies"
logout "$TGTD_NAMES" "$TGTD_PORTAL"
expect_nothing_left
