#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Settings of sessions that the adapter has, changed under verified load: what a login agrees
# on, by a login inside the session, which keeps its devices; times, without one: the target
# says nothing by then, and that is noticed by the new times.

# shellcheck source=tests/guest/lib.sh
. "$(dirname "$0")/lib.sh"

leave_host_0
host=$(basename /sys/bus/pci/drivers/ohba_fw/*/host* | tr -d a-z)
flash() { iscsiadm -m host -H "$host" -C flashnode "$@"; }

entry()		# INDEX NAME PORTAL
{
	flash -o new -A ipv4 >/dev/null
	flash -x "$1" -o update -n "flashnode.conn[0].ipaddress" -v "${3%:*}" \
		-n "flashnode.conn[0].port" -v "${3##*:}" -n flashnode.session.targetname -v "$2"
}

is()		# NAME ATTRIBUTE VALUE
{
	[ "$(negotiated "$1" "$2")" = "$3" ]
}

said() { dmesg | grep -F "$1"; }
state_is() { is "$name" state "$1"; }

begin()		# INDEX LUN: a session and a load, of the target $name
{
	flash -x "$1" -o login
	wait_until 60 "a session" session "$name"
	disk=$(disk "$name" "$2")
	place=$(readlink -f "/sys/block/${disk#/dev/}/device")
	echo 600 >"$(session "$name")/recovery_tmo"	# no I/O is to fail, however slow this is
	rm -f /tmp/load.state
	build/tests/ohba-load "$disk" /tmp/load.state >/tmp/load.out &
	load=$!
	moves
}

moves() { wait_until 60 "I/O to go on" wrote_since "$disk" $(($(writes_of "$disk") + 20)); }

# Not one I/O failed, every byte is right, and the devices are those of before.
end()
{
	moves
	kill -TERM "$load"
	wait "$load" || fail "load: $(cat /tmp/load.out)"
	grep "no error" /tmp/load.out || fail "load: $(cat /tmp/load.out)"
	build/tests/ohba-load --check "$disk" /tmp/load.state
	expect_eq "device" "$place" "$(readlink -f "/sys/block/${disk#/dev/}/device")"
}

now()		# ATTRIBUTE VALUE
{
	wait_until 60 "$1 to be $2" is "$name" "$1" "$2"
	state_is LOGGED_IN || wait_until 60 "the session" state_is LOGGED_IN
	moves
}

start_iscsid
entry 0 "${ISTGT_NAMES%% *}" "$ISTGT_PORTAL"
flash -x 0 -o update -n "flashnode.conn[0].keepalive_tmo" -v 0
entry 1 "${TGTD_NAMES%% *}" "$TGTD_PORTAL"

step "digests and bursts"
name=${ISTGT_NAMES%% *}
begin 0 0
expect_eq "data digest" 0 "$(negotiated "$name" data_digest)"
flash -x 0 -o update -n "flashnode.conn[0].data_digest_en" -v 1
now data_digest 1
flash -x 0 -o update -n flashnode.session.max_burst_len -v 131072 \
	-n flashnode.session.first_burst_len -v 16384
now max_burst_len 131072
expect_eq "first burst" 16384 "$(negotiated "$name" first_burst_len)"
end

step "an account"
name=${TGTD_NAMES%% *}
iscsiadm -m host -H "$host" -C chap -o new -x 0 \
	-n host.auth.username -v us -n host.auth.password -v "$OUR_SECRET"
iscsiadm -m host -H "$host" -C chap -o new -x 1 \
	-n host.auth.username_in -v them -n host.auth.password_in -v "not what it is"
flash -x 1 -o update -n flashnode.session.chap_auth_en -v 1 -n flashnode.session.chap_out_idx -v 0
begin 1 1
flash -x 1 -o update -n flashnode.session.bidi_chap_en -v 1
wait_until 60 "the loss" state_is FAILED
wait_until 60 "a word about it" said "login failed: LOGIN_UNPROVEN"
iscsiadm -m host -H "$host" -C chap -o new -x 1 \
	-n host.auth.username_in -v them -n host.auth.password_in -v "$THEIR_SECRET"
wait_until 60 "the session" state_is LOGGED_IN
end
flash -x 1 -o logout

# Never pinged, it is not missed; and while it is away, no login sets anything.
step "silent"
name=${ISTGT_NAMES%% *}
wait_until 60 "word that it is silent" told paused
losses() { said " is lost: " | wc -l || true; }
losses_are() { [ "$(losses)" = "$1" ]; }
lost=$(losses)
flash -x 0 -o update -n "flashnode.conn[0].keepalive_tmo" -v 1
wait_until 60 "the loss" state_is FAILED
wait_until 60 "a word about it" losses_are $((lost + 1))
expect_match "the log" "is lost: NOP_TIMEOUT" "$(said " is lost: " | tail -n 1)"
step "heard again"
wait_until 120 "the session" state_is LOGGED_IN
verified after "$(disk "$name" 0)" --rw=randwrite --bs=64k --ioengine=libaio --iodepth=8 --size=4m
flash -x 0 -o logout
expect_nothing_left
ok "settings of running sessions"
