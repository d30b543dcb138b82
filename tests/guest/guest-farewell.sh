#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The driver leaves an adapter, with I/O running, while iscsid is dead or stopped:
# soon, with nothing left, and all works again afterwards. And while who unbinds
# gets signals.

. "$(dirname "$0")/lib.sh"

within=${WITHIN:-60}		# seconds
pci=$(basename "$(readlink -f /sys/class/iscsi_host/host*/device/..)")
driver=/sys/bus/pci/drivers/ohba_fw
loader=$PWD/build/tests/ohba-load

start_daemon()
{
	start_iscsid
	use_iface 1
	discover "$TGTD_PORTAL" >/dev/null
}

kill_daemon()
{
	kill -KILL "$iscsid_pid"
	wait "$iscsid_pid" || :
}

start_load()
{
	login "$TGTD_NAMES" "$TGTD_PORTAL"
	disk=$(disk "$TGTD_NAMES" 1)
	"$loader" "$disk" /tmp/state >/tmp/load.out 2>&1 &
	load=$!
	wait_until 30 "writes" wrote_since "$disk" 20
}

# $1: what was the matter
expect_end()
{
	wait_until "$within" "the load to fail" bash -c "! test -e /proc/$load/exe"
	wait "$load" || fail "$1: the load: $(cat /tmp/load.out)"
	cat /tmp/load.out
	expect_nothing_left
	none_in /sys/class/iscsi_host || fail "$1: the host is still there"
}

unbind_in_time()
{
	local began=$SECONDS
	timeout "$within" bash -c "echo $pci >$driver/unbind" || fail "$1: unbind: status $?"
	echo "unbind took $((SECONDS - began)) s"
}

come_back()
{
	echo "$pci" >$driver/bind
	wait_until 20 "the host" bash -c "[ -e /sys/class/iscsi_host/host* ]"
}

check_daemon_killed()
{
	step "iscsid is dead"
	start_load
	kill_daemon
	unbind_in_time "dead iscsid"
	expect_end "dead iscsid"
	come_back
	start_daemon
	ok "ended without it"
}

check_session_lost()
{
	step "iscsid is dead, and the connection was lost since"
	start_load
	kill_daemon
	echo 1 >"/sys/bus/pci/devices/$pci/reset"
	wait_until 20 "the loss" bash -c "! grep -q LOGGED_IN $(session "$TGTD_NAMES")/state"
	unbind_in_time "lost session"
	expect_end "lost session"
	come_back
	start_daemon
	ok "ended in recovery"
}

# It wakes up to find its session gone, and no way to end it: the kernel says what
# to do.
check_daemon_stopped()
{
	step "iscsid is stopped"
	start_load
	kill -STOP "$iscsid_pid"
	unbind_in_time "stopped iscsid"
	expect_end "stopped iscsid"
	kill -CONT "$iscsid_pid"
	come_back
	expect_match "the kernel" "iscsid did not end 1 sessions .*: .*restart it" "$(dmesg)"
	kill_daemon
	start_daemon
	ok "ended while it did not look"
}

# Each signal would end an interruptible wait.
check_signals()
{
	step "signals to who unbinds"
	start_load
	kill_daemon
	bash -c "trap : USR1; : >/tmp/trapped; echo $pci >$driver/unbind" &
	local unbinder=$!
	wait_until 20 "the trap" test -e /tmp/trapped
	while [ -e "/proc/$unbinder/exe" ]; do
		kill -USR1 "$unbinder" 2>/dev/null || :
		sleep 0.05
	done
	wait "$unbinder" || :
	expect_end "signals"
	come_back
	start_daemon
	ok "ended whatever the signals"
}

check_io()
{
	login "$TGTD_NAMES" "$TGTD_PORTAL"
	"$loader" --check "$(disk "$TGTD_NAMES" 1)" /tmp/state
	logout "$TGTD_NAMES" "$TGTD_PORTAL"
	expect_nothing_left
}

start_daemon
check_daemon_killed
check_io
check_session_lost
check_io
check_signals
check_io
check_daemon_stopped
check_io
