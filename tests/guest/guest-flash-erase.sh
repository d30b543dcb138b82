#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# All that an adapter keeps, made with iscsiadm, is dumped by ohbatool, erased, restored from the
# dump, and works as it did. At "set" and "erased" the host looks at the medium.

. "$(dirname "$0")/lib.sh"

leave_host_0
host=$(basename /sys/bus/pci/drivers/ohba_fw/*/host* | tr -cd 0-9)
pci=$(basename /sys/bus/pci/drivers/ohba_fw/0*)
name=${TGTD_NAMES%% *}
flashnode() { iscsiadm -m host -H "$host" -C flashnode "$@"; }
flash() { build/tools/ohbatool flash "$1" "$pci" "${@:2}"; }
said() { dmesg | grep -F "$1" >/dev/null; }
nodes() { find /sys/bus/iscsi_flashnode/devices -name "flashnode_sess-$host:*" | wc -l; }
has_nodes() { [ "$(nodes)" = "$1" ]; }

entry()		# INDEX NAME
{
	flashnode -o new -A ipv4 >/dev/null
	flashnode -x "$1" -o update -n "flashnode.conn[0].ipaddress" -v "${TGTD_PORTAL%:*}" \
		-n "flashnode.conn[0].port" -v "${TGTD_PORTAL##*:}" \
		-n flashnode.session.targetname -v "$2"
}

account()	# INDEX KEY NAME SECRET
{
	iscsiadm -m host -H "$host" -C chap -o new -x "$1" \
		-n "host.auth.username$2" -v "$3" -n "host.auth.password$2" -v "$4"
}

no_session() { ! session "$name" >/dev/null; }

start_iscsid

step "made"
account 0 "" us "$OUR_SECRET"
account 1 _in them "$THEIR_SECRET"
entry 0 "$name"
flashnode -x 0 -o update -n flashnode.session.chap_auth_en -v 1 -n flashnode.session.chap_out_idx -v 0
flashnode -x 0 -o update -n flashnode.session.bidi_chap_en -v 1
entry 1 iqn.2026-01.org.ohba:other
flashnode -x 0 -o login
wait_until 30 "a session" session "$name"

step "set"
wait_until 60 "a look at the medium" told kept

step "dumped"
flash dump /tmp/without
! grep -F "$OUR_SECRET" /tmp/without || fail "a secret that nobody asked for"
! said "CHAP secrets were read" || fail "nobody read a secret"
umask 022
flash dump --secrets /tmp/with
expect_eq "its mode" 600 "$(stat -c %a /tmp/with)"
grep -qF "$OUR_SECRET" /tmp/with || fail "no secret: $(cat /tmp/with)"
head -n 5 /tmp/with | grep -qi secret || fail "not marked: $(head -n 5 /tmp/with)"
said "CHAP secrets were read by ohbatool" || fail "no word of who read secrets"

step "not while it is used"
! flash erase || fail "without --yes"
! flash erase --yes 2>/tmp/why || fail "under a session"
expect_match "why not" "session" "$(cat /tmp/why)"
session "$name" >/dev/null || fail "the session is gone"
flash dump --secrets | cmp - /tmp/with || fail "something is gone"
flashnode -x 0 -o logout
wait_until 30 "the end of the session" no_session

step "gone"
flash erase --yes
wait_until 30 "the end of the entries" has_nodes 0
flash dump --secrets /tmp/empty
! grep -E "^\[(target|account)" /tmp/empty || fail "something is left"
step "erased"
wait_until 60 "a look at the medium" told gone
build/tools/ohbatool log "$pci" | grep -i erased >/dev/null || fail "the log says nothing"

step "restored"
! flash restore /tmp/without 2>/tmp/why || fail "all of it, without secrets"
expect_match "what was not set" "account" "$(cat /tmp/why)"
flash restore /tmp/with
wait_until 30 "entries" has_nodes 2
flash dump --secrets | cmp - /tmp/with || fail "another: $(flash dump | diff - /tmp/without)"

step "restored while the adapter is reset"
began=${EPOCHREALTIME/./}
flash restore /tmp/with
took_us=$((${EPOCHREALTIME/./} - began))
cut=0
for ((i = 1; i <= 6 || (cut == 0 && i <= 40); i++)); do
	wait_until 60 "the adapter to be up" flash dump /tmp/now
	flash restore /tmp/with 2>/tmp/why &
	restoring=$!
	sleep "$(printf '0.%06d' $((took_us * (i % 10) / 10 % 1000000)))"
	echo 1 >"/sys/bus/pci/devices/$pci/reset"
	wait "$restoring" && continue
	expect_match "why not" "was not set|is not restored" "$(cat /tmp/why)"
	cut=$((cut + 1))
done
echo "$cut of $((i - 1)) restores were cut off"
[ "$cut" -gt 0 ] || fail "no restore was cut off"
wait_until 60 "a restore of all" flash restore /tmp/with
wait_until 30 "entries" has_nodes 2
flash dump --secrets | cmp - /tmp/with || fail "a mix: $(flash dump | diff - /tmp/without)"

step "and in use"
flashnode -x 0 -o login
wait_until 30 "a session by CHAP both ways" session "$name"
flashnode -x 0 -o logout
wait_until 30 "the end of the session" no_session
expect_nothing_left
ok "flash dumped, erased and restored"
