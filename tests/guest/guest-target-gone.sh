#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The target goes away for longer than replacement_timeout, twice: readers and writers
# get errors by then and not much before or after, nobody hangs, the log says why and
# what to do, and once the target is back the disk works as it did. The host kills the
# target, or stops it so that it is silent, and says "gone" and "back".

. "$(dirname "$0")/lib.sh"

replacement_s=6
idle_s=1	# without a word from the target, then a ping
ping_s=2	# that is answered within
name=$TGTD_NAMES

now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }

state() { cat "$(session "$name")/state"; }
state_is() { [ "$(state)" = "$1" ]; }

# Read and write until that fails: when it last worked, when it failed.
use_until_error()	# COMMAND-NAME DD-OPERAND...
{
	local what=$1
	shift
	now_ms >"/tmp/$what.worked"
	while dd bs=4k count=1 "$@" 2>/dev/null; do
		now_ms >"/tmp/$what.worked"
		sleep 0.1
	done
	now_ms >"/tmp/$what.failed"
}

failed() { [ -e "/tmp/$1.failed" ]; }

# From the last success to the error: the loss is noticed, then replacement_timeout runs.
check_delay()	# WHAT NOTICE-SECONDS
{
	local ms=$(($(cat "/tmp/$1.failed") - $(cat "/tmp/$1.worked")))
	[ $ms -ge $((replacement_s * 1000)) ] ||
		fail "$1 failed after $ms ms, though the target might have come back in $replacement_s s"
	[ $ms -le $((2 * 1000 * (replacement_s + $2))) ] ||
		fail "$1 failed after $ms ms: replacement_timeout is $replacement_s s"
	ok "$1 failed after $ms ms"
}

expect_fast_failure()
{
	local status=0
	timeout $replacement_s dd if="$disk" of=/dev/null bs=4k count=1 iflag=direct 2>/dev/null ||
		status=$?
	expect_eq "dd's status while the target is away" 1 "$status"
}

target_goes()	# HOW NOTICE-SECONDS
{
	rm -f /tmp/reads.* /tmp/writes.*
	use_until_error reads if="$disk" of=/dev/null iflag=direct &
	use_until_error writes if=/dev/zero of="$disk" oflag=direct seek=1000 &
	step "use it until it fails: $1"
	wait_until 60 "word that the target is gone" told "gone-$1"
	wait_until $((3 * (replacement_s + $2))) "reads to fail" failed reads
	wait_until $((3 * (replacement_s + $2))) "writes to fail" failed writes
	check_delay reads "$2"
	check_delay writes "$2"
	expect_fast_failure
	dmesg >"/tmp/$1.log"
	expect_match "the log" "connection [0-9]+ to \S+ lost: " "$(cat "/tmp/$1.log")"
	expect_match "the log" "$name: .*replacement_timeout" "$(cat "/tmp/$1.log")"
	step "away: $1"
	wait_until 60 "the session" state_is LOGGED_IN
	dmesg -C
	verified "after-$1" "$disk" --rw=randwrite --bs=64k --ioengine=libaio --iodepth=8 --size=4m
	expect_eq "the disk's state" running "$(cat "/sys/block/${disk#/dev/}/device/state")"
	ok "the disk works again: $1"
}

start_iscsid
use_iface 1
discover "$TGTD_PORTAL" >/dev/null
login "$name" "$TGTD_PORTAL" node.session.timeo.replacement_timeout $replacement_s \
	node.conn[0].timeo.noop_out_interval $idle_s node.conn[0].timeo.noop_out_timeout $ping_s \
	node.conn[0].timeo.login_timeout 3
disk=$(disk "$name" 1)
target_goes killed 0
target_goes silent $((idle_s + ping_s))
logout "$name" "$TGTD_PORTAL"
expect_nothing_left
