#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# After early-sleep.sh: the machine slept under load, and the adapter's own session, its disk
# and its I/O outlived that.

# shellcheck source=tests/guest/lib.sh
. "$(dirname "$0")/lib.sh"

disk=/dev/sda
load=$(cat /kept/load.pid)
moves() { wait_until 60 "I/O to go on" wrote_since "$disk" $(($(writes_of "$disk") + 20)); }
has_ended() { [ ! -e "/proc/$load/exe" ]; }

step "slept"
expect_eq "sleeps" "freeze mem" "$(xargs </kept/slept)"
expect_eq "the adapter stopped" 2 "$(dmesg | grep -c "adapter stopped: the system sleeps")"
expect_eq "the adapter came back" 2 "$(dmesg | grep -c "adapter is up again")"
while read -r before after; do
	[ "$after" -gt $((before + 20)) ] || fail "no I/O after a sleep: $before writes, then $after"
done </kept/writes

step "awake"
moves
kill -TERM "$load"
wait_until 60 "the load's end" has_ended
grep "no error, every byte right" /kept/load.out || fail "load: $(cat /kept/load.out)"
build/tests/ohba-load --check "$disk" /kept/load.state
! dmesg | grep "I/O error" || fail "I/O failed"
ok "across two sleeps"
