#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The firmware crashes under load, at each restart again, until the driver gives it up.
# Then I/O fails at once, though it might wait for a login for minutes; and after a reset
# of the PCI function it works as it did. The host has it crash, says "gone" when it does,
# and "whole" when it does not any more.

. "$(dirname "$0")/lib.sh"

waits_s=600		# replacement_timeout: more than this test takes
name=$SCRIPTED_NAMES
pci=$(basename "$(readlink -f /sys/class/iscsi_host/host*/device/..)")

said() { dmesg | grep "$1" >/dev/null; }

# What is kept, and, behind it, what is under way when the adapter dies.
kept()	# FIO-OPTION...
{
	verified kept "$disk" --rw=write --bs=64k --ioengine=libaio --iodepth=8 --size=8m "$@"
}

underway()
{
	fio --name=underway --filename="$disk" --direct=1 --rw=randrw --bs=16k --offset=8m \
		--size=8m --ioengine=libaio --iodepth=16 --time_based --runtime=600 \
		--output=/tmp/fio.underway || return 1
}

expect_error_at_once()	# DD-OPERAND...
{
	local status=0
	timeout $((10 * slowness)) dd bs=4k count=1 "$@" 2>/tmp/dd || status=$?
	expect_eq "dd $*: status" 1 "$status"
	expect_match "dd $*" "Input/output error|No such device" "$(cat /tmp/dd)"
}

ended() { ! kill -0 "$1" 2>/dev/null; }

start_iscsid
use_iface 1
discover "$SCRIPTED_PORTAL" >/dev/null
login "$name" "$SCRIPTED_PORTAL" node.session.timeo.replacement_timeout $waits_s \
	"${with_digests[@]}"
disk=$(disk "$name" 0)
kept
underway &
job=$!
wait_until 30 "the load" wrote_since "$disk" "$(writes_of "$disk")"
step "crash, please"
wait_until 60 "the first stop" said "adapter stopped: "
wait_until 120 "the end" said "adapter stopped for good: "
expect_eq "restarts" 6 "$(dmesg | grep -c "adapter stopped: .*; restart ")"
wait_until 15 "the load to end" ended "$job"
status=0
wait "$job" || status=$?
[ "$status" != 0 ] || fail "the load got no error"
expect_error_at_once if="$disk" of=/dev/null iflag=direct
expect_error_at_once if=/dev/zero of="$disk" oflag=direct seek=4000
expect_match "the log" "$name: its I/O fails until the adapter is reset" "$(dmesg)"
ok "a dead adapter fails I/O at once"

step "no more crashes, please"
wait_until 60 "word that it does not crash any more" told whole
echo 1 >"/sys/bus/pci/devices/$pci/reset"
wait_until 60 "the restart" said "adapter is up again"
session_is_back() { [ "$(cat "$(session "$name")/state")" = LOGGED_IN ]; }
wait_until 60 "the session" session_is_back
expect_eq "the disk's state" running "$(cat "/sys/block/${disk#/dev/}/device/state")"
kept --verify_only
verified again "$disk" --rw=randwrite --bs=16k --offset=8m --size=8m --ioengine=libaio \
	--iodepth=16
ok "a reset revives it, every byte verifies"
logout "$name" "$SCRIPTED_PORTAL"
expect_nothing_left
