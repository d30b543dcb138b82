# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Verified load on two disks at a time: of a session of iscsid's, to the first of $TGTD_NAMES,
# and of one that the adapter has by itself, to the second, by an entry in flash. Sourced after
# lib.sh.

read -ra names <<<"$TGTD_NAMES"
loader=$PWD/build/tests/ohba-load

start_daemon()
{
	start_iscsid
	use_iface 1
	discover "$TGTD_PORTAL" >/dev/null
}

# start_loads RECOVERY-SECONDS: how long a lost session's I/O waits.
start_loads()
{
	local i disk
	login "${names[0]}" "$TGTD_PORTAL"
	loads=()
	for i in 0 1; do
		disk=$(disk "${names[i]}" 1)
		echo "$1" >"$(session "${names[i]}")/recovery_tmo"
		"$loader" "$disk" "/tmp/state.$i" >"/tmp/load.$i" 2>&1 &
		loads+=($!)
		wait_until 60 "writes on $disk" wrote_since "$disk" $(($(writes_of "$disk") + 20))
	done
}

load_ended() { [ ! -e "/proc/$1/exe" ]; }

# Their disks are of no use any more: with an error, and no wrong byte.
expect_errors()
{
	local i
	for i in 0 1; do
		wait_until 60 "load $i to fail" load_ended "${loads[i]}"
		wait "${loads[i]}" || fail "load $i: $(cat "/tmp/load.$i")"
		cat "/tmp/load.$i"
		! grep -q "no error" "/tmp/load.$i" || fail "load $i ended by itself"
	done
}

# What was written is there, now that there are sessions again.
check_disks()
{
	local i
	for i in 0 1; do
		"$loader" --check "$(disk "${names[i]}" 1)" "/tmp/state.$i"
	done
}
