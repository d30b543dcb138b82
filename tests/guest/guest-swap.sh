#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Swap on a LUN under memory pressure, for a minute: what was swapped out comes back
# as it was, while the host has the adapter lose its connection and crash. Says
# "progress" whenever more was swapped both ways.

. "$(dirname "$0")/lib.sh"

seconds=60		# at least, and until the host has enough
swapped_mib=64		# both ways, at least

vmstat_of() { sed -n "s/^$1 //p" /proc/vmstat; }	# pages

total_mib() { echo $(($(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 1024)); }

swapped_since() { [ "$(vmstat_of pswpin)" -gt "$1" ] && [ "$(vmstat_of pswpout)" -gt "$2" ]; }

report_progress()
{
	local in=0 out=0
	while kill -0 "$hog" 2>/dev/null; do
		sleep 0.5
		if swapped_since $((in + 100)) $((out + 100)); then
			in=$(vmstat_of pswpin)
			out=$(vmstat_of pswpout)
			echo "progress $in $out"
		fi
		reset_when_told
	done
}

reset_when_told()
{
	told reset || return 0
	rm /run/ohba/reset
	echo 1 >"/sys/bus/pci/devices/$pci/reset"
}

expect_swapped()	# COUNTER
{
	local mib=$(($(vmstat_of "$1") / 256))
	[ "$mib" -ge $swapped_mib ] || fail "$1: $mib MiB, less than $swapped_mib"
	ok "$1: $mib MiB"
}

pci=$(basename "$(readlink -f /sys/class/iscsi_host/host*/device/..)")
start_iscsid
use_iface 1
discover "$TGTD_PORTAL" >/dev/null
login "$TGTD_NAMES" "$TGTD_PORTAL"
disk=$(disk "$TGTD_NAMES" 1)
mkswap "$disk"
swapon "$disk"
echo 100 >/proc/sys/vm/swappiness
tests/guest/hog.py $(($(total_mib) * 5 / 4)) $seconds /run/ohba/enough &
hog=$!
report_progress
wait "$hog" || fail "what was swapped came back wrong"
ok "what was swapped came back as it was"
expect_swapped pswpin
expect_swapped pswpout
expect_eq "allocation failures" "" "$(dmesg | grep "allocation failure" || :)"
expect_eq "errors of the disk" "" "$(dmesg | grep -E "I/O error|Read-error on swap" || :)"
swapoff "$disk"
logout "$TGTD_NAMES" "$TGTD_PORTAL"
expect_nothing_left
