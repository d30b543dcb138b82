#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Targets that the adapter keeps, by stock iscsiadm: flashnodes, CHAP accounts, counters.
# The commands are those of docs/targets.md.

. "$(dirname "$0")/lib.sh"

leave_host_0
host=$(basename /sys/bus/pci/drivers/ohba_fw/*/host* | tr -dc 0-9)
flash() { iscsiadm -m host -H "$host" -C flashnode "$@"; }
chap() { iscsiadm -m host -H "$host" -C chap "$@"; }
# 2.1.8 exits with how much it read, whatever that was: what counts is what is there then.
show_chap() { chap -o show || true; }
usernames() { show_chap | sed -n 's/.*username.* = //p' | xargs; }
file() { cat "/sys/bus/iscsi_flashnode/devices/flashnode_$1-$host:$2/$3"; }
address=${TGTD_PORTAL%:*}
port=${TGTD_PORTAL##*:}
name=${TGTD_NAMES%% *}

# refused WORDS COMMAND...: it must fail, and the log says why.
refused()
{
	local words=$1
	shift
	dmesg -C
	if "$@" >/tmp/refused 2>&1; then
		fail "taken: $*"
	fi
	dmesg | grep -F -- "$words" >/dev/null || fail "the log does not say '$words': $*"
}

step "an entry"
expect_match "new" "host $host added at index 0" "$(flash -o new -A ipv4)"
expect_match "list" "^$transport: \[0\] <empty>:3260,65535 <empty>" "$(flash)"
flash -x 0 -o update -n "flashnode.conn[0].ipaddress" -v "$address" \
	-n "flashnode.conn[0].port" -v "$port" \
	-n flashnode.session.targetname -v "$name" -n "flashnode.conn[0].ipv4_tos" -v 8
expect_eq "TOS" 8 "$(file conn 0:0 ipv4_tos)"
expect_match "list" "^$transport: \[0\] $address:$port,65535 $name" "$(flash)"
expect_match "record" "flashnode.session.targetname = $name" "$(flash -x 0)"
expect_eq "sysfs" "$name" "$(file sess 0 targetname)"
expect_eq "sysfs" "$address" "$(file conn 0:0 ipaddress)"

step "another, of IPv6"
expect_match "new" "added at index 1" "$(flash -o new -A ipv6)"
flash -x 1 -o update -n "flashnode.conn[0].ipaddress" -v 2001:db8::7 \
	-n flashnode.session.tpgt -v 1 -n flashnode.session.isid -v 8000000000ab \
	-n flashnode.session.targetalias -v attic
expect_match "list" '\[1\] \[2001:db8::7\]:3260,1 <empty>' "$(flash)"
expect_eq "ISID" 8000000000ab "$(file sess 1 isid)"
expect_eq "alias" attic "$(file sess 1 targetalias)"

step "what does not fit"
refused "session.max_outstanding_r2t of entry 0 must be 1 to" \
	flash -x 0 -o update -n flashnode.session.max_outstanding_r2t -v 0 \
	-n "flashnode.conn[0].port" -v 1
expect_eq "port" "$port" "$(file conn 0:0 port)"
refused "session.targetname of entry 0 must be an iSCSI name" \
	flash -x 0 -o update -n flashnode.session.targetname -v disk
refused "conn[0].fragment_disable of entry 0 must be 0" \
	flash -x 0 -o update -n "flashnode.conn[0].fragment_disable" -v 1
refused "conn[0].ipv4_tos of entry 0 must be a multiple of 4" \
	flash -x 0 -o update -n "flashnode.conn[0].ipv4_tos" -v 6
expect_eq "name" "$name" "$(file sess 0 targetname)"

step "CHAP"
chap -o new -x 0 -n host.auth.username -v us -n host.auth.password -v "a secret of ours"
chap -o new -x 1 -n host.auth.username_in -v them -n host.auth.password_in \
	-v "a secret of theirs"
show_chap | tee /tmp/chap
expect_eq "accounts" "us them" "$(usernames)"
grep -q "a secret of theirs" /tmp/chap
refused "the password of 12 to 255 bytes" \
	chap -o new -x 2 -n host.auth.username -v we -n host.auth.password -v elevenbytes
refused "chap_auth_en 1 needs a chap_out_idx" \
	flash -x 1 -o update -n flashnode.session.chap_auth_en -v 1
flash -x 1 -o update -n flashnode.session.chap_auth_en -v 1 \
	-n flashnode.session.chap_out_idx -v 0 -n flashnode.session.bidi_chap_en -v 1
expect_eq "ours" 0 "$(file sess 1 chap_out_idx)"
expect_eq "theirs" 1 "$(file sess 1 chap_in_idx)"
expect_match "their names, for iscsiadm" "username = us .*username_in = them " \
	"$(flash -x 1 -o show | tr '\n' ' ')"
refused "firmware refused ACCOUNT_DELETE of index 0: BUSY" chap -o delete -x 0
expect_eq "accounts" "us them" "$(usernames)"
[ ! -e "/sys/bus/iscsi_flashnode/devices/flashnode_sess-$host:1/password" ]
! grep -r "secret" "/sys/bus/iscsi_flashnode/devices/flashnode_sess-$host:1/" ||
	fail "a secret is in sysfs"
! setpriv --reuid nobody --regid nogroup --clear-groups \
	iscsiadm -m host -H "$host" -C chap -o show | grep secret || fail "nobody reads secrets"

step "who the adapter is"
is() { cat "/sys/class/scsi_host/host$host/initiator_$1"; }
call() { echo "$2" >"/sys/class/scsi_host/host$host/initiator_$1"; }
own=$(is name)
expect_match "its own name" "^eui[.]" "$own"
refused "initiator_name must be an iSCSI name" call name "nobody knows"
call name iqn.2026-01.org.ohba:the-host
call alias "row 3, left"
expect_eq "name" iqn.2026-01.org.ohba:the-host "$(is name)"

step "a session"
start_iscsid
flash -x 0 -o login
refused "firmware refused TARGET_DELETE of index 0: BUSY" flash -x 0 -o delete
flash -x 0 -o logout
# Not before the session is gone, with its devices.
wait_until 30 "the end of the session" flash -x 0 -o delete
expect_match "list" '^[^0]*\[1\]' "$(flash)"

step "counters"
{ iscsiadm -m host -H "$host" -C stats || true; } >/tmp/stats
grep "iscsi_io_completed" /tmp/stats

step "the driver comes back"
modprobe -r ohba_fw
[ -z "$(ls /sys/bus/iscsi_flashnode/devices)" ] || fail "flashnodes without an adapter"
modprobe ohba_fw
host=$(basename /sys/bus/pci/drivers/ohba_fw/*/host* | tr -dc 0-9)
wait_until 10 "the flashnode" test -e "/sys/bus/iscsi_flashnode/devices/flashnode_conn-$host:1:0"
expect_eq "alias" attic "$(file sess 1 targetalias)"
expect_eq "theirs" 1 "$(file sess 1 chap_in_idx)"
expect_eq "name" iqn.2026-01.org.ohba:the-host "$(is name)"
expect_eq "alias" "row 3, left" "$(is alias)"
call name ""
expect_eq "name" "$own" "$(is name)"

step "nothing is left"
flash -x 1 -o delete
chap -o delete -x 0 || true
expect_eq "accounts" them "$(usernames)"
chap -o delete -x 1 || true
expect_eq "accounts" "" "$(usernames)"
expect_match "none" "No flashnodes" "$(flash 2>&1 || true)"
ok "flashnodes"
