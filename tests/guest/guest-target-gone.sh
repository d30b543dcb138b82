#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The target goes away for longer than replacement_timeout, three times: the kernel
# notices in the time that it has for that, readers and writers get errors when
# replacement_timeout is over and not much before or after, nobody hangs, the log says
# why and what to do, and once the target is back the disk works as it did. The host
# kills the target, or stops it so that it is silent, and says "gone" and "back".
# All times are the kernel's own, of its log. It also has there what reader and writer
# saw: of two errors of one disk at the same moment, on two processors, the kernel's rate
# limit may print one.

. "$(dirname "$0")/lib.sh"

replacement_s=6
slack_s=2
idle_s=1	# without a word from the target, then a ping
ping_s=2	# that is answered within
command_s=3	# of a command, and up to a second until the block layer looks
abort_s=2	# of its abort
name=$TGTD_NAMES
lost_line="connection [0-9]+ to \S+ lost: "
given_up="$name: no login for $replacement_s s \(replacement_timeout\): its I/O fails"
remedy="bring the target or the path to it back, or log out"

state_is() { session_state_is "$name" "$1"; }

use_until_error()	# COMMAND-NAME DD-OPERAND...
{
	local what=$1 words
	shift
	while words=$(dd bs=4k count=1 "$@" 2>&1); do
		sleep 0.1
	done
	echo "$what failed: $words" >/dev/kmsg
	touch "/tmp/$what.failed"
}

failed() { [ -e "/tmp/$1.failed" ]; }

# When the kernel first said so, in ms.
said_at()	# REGEX
{
	local line
	line=$(grep -E -m 1 -- "$1" /tmp/log) || fail "nothing in the log matches '$1'"
	sed -E 's/^\[ *([0-9]+)\.([0-9]{3}).*/\1\2/' <<<"$line"
}

in_time()	# WHAT FROM-MS TO-MS SECONDS
{
	local ms=$(($3 - $2)) most_ms=$((1000 * ($4 + slack_s * slowness)))
	[ $ms -le $most_ms ] || fail "$1 after $ms ms, more than $most_ms"
	ok "$1 after $ms ms"
}

# When replacement_timeout is over, and no sooner.
fails_in_time()	# WHAT LOST-MS REGEX
{
	local at
	at=$(said_at "$3")
	[ $((at - $2)) -ge $((1000 * replacement_s)) ] ||
		fail "$1 after $((at - $2)) ms: the target might have come back"
	in_time "$1" "$2" "$at" $replacement_s
}

check_times()	# NOTICE-SECONDS LOSS-REGEX
{
	local gone lost
	gone=$(said_at "the target is gone")
	lost=$(said_at "$2")
	in_time "the loss was noticed" "$gone" "$lost" "$1"
	fails_in_time "I/O was given up" "$lost" "$given_up.*; $remedy"
	fails_in_time "the kernel said so" "$lost" "error, dev ${disk#/dev/}, .*\((READ|WRITE)\)"
	fails_in_time "a read failed" "$lost" "reads failed: .*Input/output error"
	fails_in_time "a write failed" "$lost" "writes failed: .*Input/output error"
}

expect_fast_failure()
{
	local status=0
	timeout $replacement_s dd if="$disk" of=/dev/null bs=4k count=1 iflag=direct 2>/dev/null ||
		status=$?
	expect_eq "dd's status while the target is away" 1 "$status"
}

target_goes()	# HOW NOTICE-SECONDS LOSS-REGEX
{
	local patience_s=$((3 * (replacement_s + $2)))
	rm -f /tmp/*.failed
	dmesg -C
	use_until_error reads if="$disk" of=/dev/null iflag=direct &
	use_until_error writes if=/dev/zero of="$disk" oflag=direct seek=1000 &
	step "use it until it fails: $1"
	wait_until 60 "word that the target is gone" told "gone-$1"
	echo "the target is gone" >/dev/kmsg
	wait_until $patience_s "reads to fail" failed reads
	wait_until $patience_s "writes to fail" failed writes
	expect_fast_failure
	dmesg >/tmp/log
	check_times "$2" "$3"
	step "away: $1"
	wait_until 60 "the session" state_is LOGGED_IN
	dmesg -C
	verified "after-$1" "$disk" --rw=randwrite --bs=64k --ioengine=libaio --iodepth=8 --size=4m
	expect_eq "the disk's state" running "$(cat "/sys/block/${disk#/dev/}/device/state")"
	ok "the disk works again: $1"
}

session_with()	# [KEY VALUE]...
{
	login "$name" "$TGTD_PORTAL" node.session.timeo.replacement_timeout $replacement_s \
		"node.conn[0].timeo.login_timeout" 3 "$@"
	disk=$(disk "$name" 1)
}

end_session()
{
	logout "$name" "$TGTD_PORTAL"
	expect_nothing_left
}

start_iscsid
use_iface 1
discover "$TGTD_PORTAL" >/dev/null
session_with "node.conn[0].timeo.noop_out_interval" $idle_s \
	"node.conn[0].timeo.noop_out_timeout" $ping_s
target_goes killed 0 "$lost_line"
target_goes silent $((idle_s + ping_s)) "$lost_line"
end_session

# Without pings it is a command that notices.
session_with "node.conn[0].timeo.noop_out_interval" 0 "node.conn[0].timeo.noop_out_timeout" 0 \
	node.session.err_timeo.abort_timeout $abort_s
echo $command_s >"/sys/block/${disk#/dev/}/device/timeout"
target_goes mute $((command_s + 1 + abort_s)) "abort for command .*: the target does not answer"
end_session
