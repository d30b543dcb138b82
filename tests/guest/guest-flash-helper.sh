#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Logins that uipd makes for the adapter's own sessions: CHAP both ways, for an entry that
# nobody else logs in for; what is logged in stays so when uipd is killed, and an entry that
# anybody may log in for needs no uipd. Who makes logins is one process, of an administrator's.

. "$(dirname "$0")/lib.sh"

leave_host_0
find_host() { host=$(basename /sys/bus/pci/drivers/ohba_fw/*/host* | tr -d a-z); }
find_host
flash() { iscsiadm -m host -H "$host" -C flashnode "$@"; }
login_by() { echo "/sys/bus/iscsi_flashnode/devices/flashnode_sess-$host:$1/login_by"; }
said() { dmesg | grep -F "$1"; }
name=${TGTD_NAMES%% *}
no_session() { ! session "$name" >/dev/null; }

use_disk()	# LABEL OPTION...
{
	local label=$1 disk
	shift
	disk=$(disk_at "$host:0:65536:1")
	verified "$label" "$disk" --rw=randwrite --bs=64k --ioengine=libaio --iodepth=8 --size=4m "$@"
}

start_iscsid
iscsiadm -m host -H "$host" -C chap -o new -x 0 \
	-n host.auth.username -v us -n host.auth.password -v "$OUR_SECRET"
iscsiadm -m host -H "$host" -C chap -o new -x 1 \
	-n host.auth.username_in -v them -n host.auth.password_in -v "$THEIR_SECRET"
flash -o new -A ipv4 >/dev/null
flash -x 0 -o update -n "flashnode.conn[0].ipaddress" -v "${TGTD_PORTAL%:*}" \
	-n "flashnode.conn[0].port" -v "${TGTD_PORTAL##*:}" -n flashnode.session.targetname -v "$name"
flash -x 0 -o update -n flashnode.session.chap_auth_en -v 1 -n flashnode.session.chap_out_idx -v 0
flash -x 0 -o update -n flashnode.session.bidi_chap_en -v 1
expect_eq "who logs in" either "$(cat "$(login_by 0)")"
echo helper >"$(login_by 0)"

step "nobody makes it"
flash -x 0 -o login
wait_until 30 "a word about it" said LOGIN_NO_HELPER
no_session || fail "a session that nobody made"

step "somebody does"
start_uipd --debug all
wait_until 30 "a session" session "$name"
grep "login of $name at $TGTD_PORTAL: done" /tmp/uipd.log
use_disk helped

step "none of its processes waits for a disk to have memory"
expect_eq "uipd's processes" "uipd-opener uipd-sandbox" \
	"$(pgrep -l -P "$uipd" | cut -d " " -f 2 | sort | xargs)"
for pid in "$uipd" $(pgrep -P "$uipd"); do
	# PF_MEMALLOC_NOIO, PF_LOCAL_THROTTLE; no name in this has a space.
	flags=$(cut -d " " -f 9 "/proc/$pid/stat")
	expect_eq "flags of uipd's process $pid" $((0x180000)) $((flags & 0x180000))
done
! grep "disks that wait for it" /tmp/uipd.log || fail "uipd may wait for them"

step "nobody else does"
dev=/dev/ohba_logins
expect_eq "who may open it" "600 root" "$(stat -c "%a %U" $dev)"
! cat $dev >/dev/null 2>/tmp/busy || fail "two make logins"
grep "Device or resource busy" /tmp/busy
! setpriv --bounding-set -sys_admin --inh-caps -sys_admin cat $dev >/dev/null 2>/tmp/not ||
	fail "somebody makes logins who is no administrator"
grep "Operation not permitted" /tmp/not

step "killed under I/O"
use_disk killed --time_based --runtime=8 &
load=$!
sleep 1
end_uipd KILL
wait "$load"
start_uipd --debug all
use_disk later
flash -x 0 -o logout
wait_until 30 "the end of the session" no_session

step "its opener killed"
kill -KILL "$(pgrep -x -P "$uipd" uipd-opener)"
uipd_status=0
wait "$uipd" || uipd_status=$?
expect_eq "status of uipd" 1 "$uipd_status"
grep "only a new uipd can have another" /tmp/uipd.log
start_uipd --debug all

step "killed in the middle"
for _ in 1 2 3 4 5; do
	flash -x 0 -o login
	end_uipd KILL
	start_uipd --debug all
	wait_until 60 "a session" session "$name"
	use_disk middle
	flash -x 0 -o logout
	wait_until 30 "the end of the session" no_session
done

step "either, without uipd"
end_uipd TERM
echo either >"$(login_by 0)"
flash -x 0 -o login
wait_until 30 "a session" session "$name"
use_disk alone
flash -x 0 -o logout
wait_until 30 "the end of the session" no_session

step "the driver after uipd, and again"
modprobe -r ohba_fw
build/tools/uipd --foreground --debug all 2>/tmp/uipd.log &
uipd=$!
wait_until 30 "uipd" grep -q "the driver is not there" /tmp/uipd.log
for round in 1 2; do
	modprobe ohba_fw
	wait_until 30 "who makes logins" grep -q "logins are made here" /tmp/uipd.log
	find_host
	wait_until 30 "the entry" [ -e "$(login_by 0)" ]
	echo helper >"$(login_by 0)"
	flash -x 0 -o login
	wait_until 30 "a session" session "$name"
	use_disk "after-$round"
	flash -x 0 -o logout
	wait_until 30 "the end of the session" no_session
	modprobe -r ohba_fw
	[ -e /sys/module/ohba ] || fail "what uipd has open was unloaded"
done
end_uipd TERM
expect_eq "status of uipd" 0 "$uipd_status"
modprobe -r ohba
[ ! -e $dev ] || fail "$dev is left"
modprobe ohba_fw
expect_nothing_left
ok "logins that uipd makes"
