#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Logins that the adapter does by itself, with real targets: CHAP both ways, refused as long as
# either side's secret is wrong, with a word about which; digests, and verified I/O.

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

ours()		# SECRET
{
	iscsiadm -m host -H "$host" -C chap -o new -x 0 \
		-n host.auth.username -v us -n host.auth.password -v "$1"
}

theirs()	# SECRET
{
	iscsiadm -m host -H "$host" -C chap -o new -x 1 \
		-n host.auth.username_in -v them -n host.auth.password_in -v "$1"
}

said() { dmesg | grep -F "$1"; }

use_disk()	# NAME INDEX
{
	local disk
	disk=$(disk_at "$host:0:$((65536 + $2)):$3")
	verified "$1" "$disk" --rw=randwrite --bs=64k --ioengine=libaio --iodepth=8 --size=4m
}

leave()		# INDEX NAME
{
	flash -x "$1" -o logout
	no_session() { ! session "$name" >/dev/null; }
	name=$2
	wait_until 30 "the end of the session" no_session
}

start_iscsid
chap_name=${TGTD_NAMES%% *}
digest_name=${ISTGT_NAMES%% *}

step "a secret of ours that is wrong"
ours "not what it is"
theirs "$THEIR_SECRET"
entry 0 "$chap_name" "$TGTD_PORTAL"
flash -x 0 -o update -n flashnode.session.chap_auth_en -v 1 -n flashnode.session.chap_out_idx -v 0
flash -x 0 -o update -n flashnode.session.bidi_chap_en -v 1
flash -x 0 -o login
wait_until 30 "a word about it" said "login failed: LOGIN_AUTH"
! session "$chap_name" || fail "a session by a wrong secret"
state=$(cat "/sys/bus/iscsi_flashnode/devices/flashnode_sess-$host:0/login_state")
expect_match "its state" "^reason: LOGIN_AUTH " "$state"
expect_match "its state" "^status: 0201 \(Authentication failure\)$" "$state"
expect_match "its state" "^words: the target does not believe who the initiator is" "$state"
expect_match "its state" "^next_try_ms: [0-9]+$" "$state"

step "and is corrected"
ours "$OUR_SECRET"
wait_until 30 "a session" session "$chap_name"
use_disk chap 0 1
leave 0 "$chap_name"

step "a secret of the target's that is wrong"
theirs "not what it is"
flash -x 0 -o login
wait_until 30 "a word about it" said "login failed: LOGIN_UNPROVEN"
! session "$chap_name" || fail "a session with who did not prove himself"
flash -x 0 -o logout

step "digests"
entry 1 "$digest_name" "$ISTGT_PORTAL"
flash -x 1 -o update -n "flashnode.conn[0].header_digest_en" -v 1 \
	-n "flashnode.conn[0].data_digest_en" -v 1
flash -x 1 -o login
wait_until 30 "the session" session_state_is "$digest_name" LOGGED_IN
for digest in header data; do
	expect_eq "$digest digest" 1 "$(negotiated "$digest_name" ${digest}_digest)"
done
use_disk digests 1 0
leave 1 "$digest_name"
expect_nothing_left
ok "logins of the adapter's own"
