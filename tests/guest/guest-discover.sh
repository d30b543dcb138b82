#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Discovery by the adapter itself: by ohbatool, with and without CHAP, with entries made of
# what is found; and as the iscsi class asks for it. The commands are those of
# docs/targets.md.

. "$(dirname "$0")/lib.sh"

leave_host_0
host=$(basename /sys/bus/pci/drivers/ohba_fw/*/host* | tr -dc 0-9)
pci=$(basename /sys/bus/pci/drivers/ohba_fw/0*)
tool=build/tools/ohbatool
flash() { iscsiadm -m host -H "$host" -C flashnode "$@"; }
entries() { (flash 2>/dev/null || true) | wc -l; }
said() { dmesg | grep -F -- "$1" >/dev/null; }

# refused WORDS COMMAND...: it must fail, and say why.
refused()
{
	local words=$1
	shift
	if "$@" >/tmp/refused 2>&1; then
		fail "taken: $*"
	fi
	grep -F -- "$words" /tmp/refused >/dev/null || fail "'$words' is not in: $(cat /tmp/refused)"
}

step "a list"
found=$($tool discover "$pci" "$TGTD_PORTAL")
for name in $TGTD_NAMES; do
	expect_match "$name" "^$TGTD_PORTAL +1 +$name\$" "$found"
done
expect_eq "lines" $(($(wc -w <<<"$TGTD_NAMES") + 1)) "$(wc -l <<<"$found")"
expect_eq "by host, as JSON" "$(tr ' ' '\n' <<<"$TGTD_NAMES" | sort)" \
	"$($tool -o json discover "host$host" "$TGTD_PORTAL" | sed -n 's/.*"target": "\([^"]*\)".*/\1/p' | sort)"
expect_eq "entries" 0 "$(entries)"

step "entries of it"
expect_match "entries" "^0 new +$TGTD_PORTAL" "$($tool discover "$pci" "$TGTD_PORTAL" --add)"
n=$(wc -w <<<"$TGTD_NAMES")
all_there() { [ "$(entries)" = "$n" ]; }
wait_until 10 "entries" all_there
again=$($tool discover "$pci" "$TGTD_PORTAL" --add)
expect_eq "new ones" 0 "$(grep -c " new " <<<"$again" || true)"
expect_eq "entries" "$n" "$(entries)"
expect_eq "automatic" 0 "$(cat "/sys/bus/iscsi_flashnode/devices/flashnode_sess-$host:0/entry_enable")"

step "one of them is logged in to"
name=$(cat "/sys/bus/iscsi_flashnode/devices/flashnode_sess-$host:0/targetname")
start_iscsid
flash -x 0 -o login
wait_until 30 "a session" session "$name"
flash -x 0 -o logout
no_session() { ! session "$name" >/dev/null; }
wait_until 30 "its end" no_session

step "CHAP"
refused "LOGIN_AUTH" $tool discover "$pci" "$CHAP_PORTAL"
iscsiadm -m host -H "$host" -C chap -o new -x 3 \
	-n host.auth.username -v us -n host.auth.password -v "$OUR_SECRET"
expect_match "with the account" "${CHAP_NAMES%% *}" \
	"$($tool discover "$pci" "$CHAP_PORTAL" --account 3)"
refused "LOGIN_CONFIG" $tool discover "$pci" "$CHAP_PORTAL" --account 4
expect_match "by what tgtd knows" "${CHAP_NAMES%% *}" \
	"$($tool discover "$pci" "$CHAP_PORTAL" --account 3 --chap-algorithms sha3-256,md5)"
refused "LOGIN_" $tool discover "$pci" "$CHAP_PORTAL" --account 3 -c sha3-256

step "errors"
refused "CONN_REFUSED" $tool discover "$pci" "127.0.0.1:$CLOSED_PORT"
refused 'no adapter "0000:00:1f.7"' $tool discover 0000:00:1f.7 "$TGTD_PORTAL"
refused "run it as root" setpriv --bounding-set=-net_admin --inh-caps=-net_admin \
	$tool discover "$pci" "$TGTD_PORTAL"

step "without CAP_SYS_ADMIN"
net_admin="setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin"
expect_match "as net_admin" "${TGTD_NAMES%% *}" "$($net_admin $tool discover "$pci" "$TGTD_PORTAL")"
refused "run it as root" $net_admin $tool discover "$pci" "$TGTD_PORTAL" --add

step "as the class asks"
for i in $(seq 0 $((n - 1))); do
	flash -x "$i" -o delete
done
expect_eq "entries" 0 "$(entries)"
dscvr() { python3 tests/guest/dscvr.py "$host" "${TGTD_PORTAL%:*}" "${TGTD_PORTAL##*:}" "$@"; }
dmesg -C
dscvr
wait_until 30 "entries" all_there
wait_until 10 "a word about it" said "discovery: $n new flashnodes, 0 that there were"
refused "the class answered" dscvr 3	# SLP

step "the driver goes in the middle of it"
$tool discover "$pci" "$SILENT_PORTAL" --timeout 60 >/tmp/silent 2>&1 &
tool_pid=$!
wait_until 60 "a connection" told silent
kill -0 "$tool_pid" || fail "it ended before the driver went: $(cat /tmp/silent)"
iscsi_gone() { [ ! -e /sys/module/ohba_fw ]; }
modprobe -r ohba_fw
wait_until 30 "the driver's end" iscsi_gone
if wait "$tool_pid"; then
	fail "an adapter that is gone listed targets"
fi
expect_match "words" "ohbatool: " "$(cat /tmp/silent)"
ok "discovery by the adapter"
