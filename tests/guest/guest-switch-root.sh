#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What early-switch-root.sh began goes on: the same session, the same disk, the same I/O, with
# no daemon, with those that start now, and without them again.

# shellcheck source=tests/guest/lib.sh
. "$(dirname "$0")/lib.sh"

disk=/dev/sda
load=$(cat /tmp/load.pid)
moves() { wait_until 60 "I/O to go on" wrote_since "$disk" $(($(writes_of "$disk") + 20)); }
has_ended() { [ ! -e "/proc/$load" ]; }
sessions() { (cd /sys/class/iscsi_session && echo session*); }

step "in the root file system"
[ "$(cat /tmp/writes-before)" -gt 20 ] || fail "no I/O before it: $(cat /tmp/load.out)"
! pgrep -x 'iscsid|uipd' || fail "a daemon runs"
session=$(sessions)
expect_match "sessions" '^session[0-9]+$' "$session"
moves

step "with iscsid"
start_iscsid
iscsiadm -m session
moves
pkill -KILL -x iscsid
moves

step "to its end"
kill -TERM "$load"
wait_until 60 "the load's end" has_ended
grep "no error, every byte right" /tmp/load.out || fail "load: $(cat /tmp/load.out)"
build/tests/ohba-load --check "$disk" /tmp/load.state
expect_eq "session" "$session" "$(sessions)"
! dmesg | grep " is lost: " || fail "the session was lost"
ok "across switch_root"
