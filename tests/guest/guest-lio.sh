#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# LIO, by the adapter itself: a wrong secret of either side's, digests, and losses under
# load: LIO refuses logins for a while, or says nothing for a while, and then still has the
# session of before. Then by iscsid: digests and CHAP both ways through the adapter.

# shellcheck source=tests/guest/lib.sh
. "$(dirname "$0")/lib.sh"

leave_host_0
host=$(basename /sys/bus/pci/drivers/ohba_fw/*/host* | tr -d a-z)
flash() { iscsiadm -m host -H "$host" -C flashnode "$@"; }
read -r opened closed <<<"$LIO_NAMES"

entry()		# INDEX NAME
{
	flash -o new -A ipv4 >/dev/null
	flash -x "$1" -o update -n "flashnode.conn[0].ipaddress" -v "${LIO_PORTAL%:*}" \
		-n "flashnode.conn[0].port" -v "${LIO_PORTAL##*:}" -n flashnode.session.targetname -v "$2"
}

account()	# INDEX NAME SECRET [_in]
{
	iscsiadm -m host -H "$host" -C chap -o new -x "$1" \
		-n "host.auth.username${4:-}" -v "$2" -n "host.auth.password${4:-}" -v "$3"
}

said() { dmesg | grep -F "$1"; }
no_session() { ! session "$1" >/dev/null; }
state_is() { session_state_is "$opened" "$1"; }

leave()		# INDEX NAME
{
	flash -x "$1" -o logout
	wait_until 30 "the end of the session" no_session "$2"
}

use_disk()	# LABEL NAME
{
	verified "$1" "$(disk "$2" 0)" --rw=randwrite --bs=64k --ioengine=libaio --iodepth=8 --size=4m
}

moves() { wait_until 60 "I/O to go on" wrote_since "$disk" $(($(writes_of "$disk") + 20)); }

start_iscsid

step "a secret of ours is wrong"
account 0 us "not-what-it-is"
account 1 them "$THEIR_SECRET" _in
entry 0 "$closed"
flash -x 0 -o update -n flashnode.session.chap_auth_en -v 1 -n flashnode.session.chap_out_idx -v 0
flash -x 0 -o login
wait_until 60 "a word about it" said "login failed: LOGIN_AUTH"
no_session "$closed" || fail "a session by a wrong secret"

step "digests"
entry 1 "$opened"
flash -x 1 -o update -n "flashnode.conn[0].header_digest_en" -v 1 \
	-n "flashnode.conn[0].data_digest_en" -v 1
flash -x 1 -o login
wait_until 60 "the session" state_is LOGGED_IN
for digest in header data; do
	expect_eq "$digest digest" 1 "$(negotiated "$opened" ${digest}_digest)"
done
use_disk digests "$opened"
sid=$(session "$opened")
echo 600 >"$sid/recovery_tmo"	# no I/O is to fail, however slow all this is
disk=$(disk "$opened" 0)
build/tests/ohba-load "$disk" /tmp/load.state >/tmp/load.out &
load=$!
moves

step "refused for now"
wait_until 120 "word that it is disabled" told disabled
wait_until 60 "the loss" state_is FAILED
wait_until 60 "a word about it" said "login failed: LOGIN_REFUSED"
step "and allowed"
wait_until 120 "the session" state_is LOGGED_IN
moves

step "silent"
wait_until 120 "word that it is silent" told paused
wait_until 60 "the loss" state_is FAILED
step "and heard again"
wait_until 120 "the session" state_is LOGGED_IN
moves
kill -TERM "$load"
wait "$load" || fail "load: $(cat /tmp/load.out)"
grep "no error" /tmp/load.out || fail "load: $(cat /tmp/load.out)"
build/tests/ohba-load --check "$disk" /tmp/load.state
expect_eq "session" "$sid" "$(session "$opened")"
leave 1 "$opened"

step "the secret is corrected"
wait_until 120 "word that the tries are counted" told counted
account 0 us "$OUR_SECRET"
wait_until 60 "a session" session "$closed"
use_disk one-way "$closed"
step "nobody asks LIO who it is"
leave 0 "$closed"

step "a secret of LIO's is wrong"
account 1 them "not-what-it-is" _in
flash -x 0 -o update -n flashnode.session.bidi_chap_en -v 1
flash -x 0 -o login
wait_until 60 "a word about it" said "login failed: LOGIN_UNPROVEN"
no_session "$closed" || fail "a session with who did not prove himself"
account 1 them "$THEIR_SECRET" _in
wait_until 60 "a session" session "$closed"
use_disk both-ways "$closed"
leave 0 "$closed"
expect_nothing_left

step "by iscsid"
use_iface 1
iscsiadm -m node -o new -T "$closed" -p "$LIO_PORTAL" -I "$iface" >/dev/null
login "$closed" "$LIO_PORTAL" node.session.auth.authmethod CHAP \
	node.session.auth.username us node.session.auth.password "$OUR_SECRET" \
	node.session.auth.username_in them node.session.auth.password_in "$THEIR_SECRET" \
	"${with_digests[@]}"
expect_eq "data digest" 1 "$(negotiated "$closed" data_digest)"
use_disk iscsid "$closed"
logout "$closed" "$LIO_PORTAL"
expect_nothing_left
ok "LIO"
