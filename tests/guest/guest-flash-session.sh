#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A session that the adapter has by itself: the class shows it as one that no process
# created, iscsid leaves it alone, its disk works, is blocked while the target is away, is
# removed after dev_loss_tmo and comes back to its place, ends with a logout of its flash
# node, and does not keep the driver. The host kills the target and starts it again.

. "$(dirname "$0")/lib.sh"

leave_host_0
host=$(basename /sys/bus/pci/drivers/ohba_fw/*/host* | tr -d a-z)
flash() { iscsiadm -m host -H "$host" -C flashnode "$@"; }
name=${TGTD_NAMES%% *}
place=$host:0:65536:1

attribute() { cat "$(session "$name")/$1"; }
state_is() { [ "$(attribute state)" = "$1" ]; }
disk_at_place() { [ -e "/sys/class/scsi_disk/$place/device/block" ]; }
no_disk() { ! disk_at_place; }
no_session() { ! session "$name" >/dev/null; }
sid_now() { basename "$(session "$name")" | tr -d a-z; }
flash_session() { iscsiadm -m session | grep -F "$name (flash)"; }

use_disk()
{
	disk=$(disk_at "$place")
	verified "$1" "$disk" --rw=randwrite --bs=64k --ioengine=libaio --iodepth=8 --size=4m
}

start_iscsid
flash -o new -A ipv4 >/dev/null
flash -x 0 -o update -n "flashnode.conn[0].ipaddress" -v "${TGTD_PORTAL%:*}" \
	-n "flashnode.conn[0].port" -v "${TGTD_PORTAL##*:}" \
	-n flashnode.session.targetname -v "$name"

step "up"
flash -x 0 -o login
wait_until 30 "a session" flash_session
use_disk up
expect_eq "creator" -1 "$(attribute creator)"
expect_eq "target id" 65536 "$(attribute target_id)"
expect_eq "portal" "$TGTD_PORTAL" \
	"$(negotiated "$name" persistent_address):$(negotiated "$name" persistent_port)"
expect_match "iscsiadm" "iSCSI Session State: LOGGED_IN" "$(iscsiadm -m session -P 3)"

step "a new iscsid leaves it alone"
kill -KILL "$iscsid_pid"	# SIGTERM it would hand on to this script
wait "$iscsid_pid" || true
start_iscsid
sid=$(sid_now)
expect_eq "creator" -1 "$(attribute creator)"
use_disk new-iscsid

step "blocked"
wait_until 60 "word that the target is gone" told gone
wait_until 30 "the loss" state_is FAILED
dd if="$disk" of=/dev/null bs=4k count=1 iflag=direct 2>/dev/null &
reader=$!
step "away"
wait_until 60 "the session" state_is LOGGED_IN
wait $reader
use_disk back
expect_eq "session" "$sid" "$(sid_now)"

step "without devices"
entry_file=$(echo /sys/bus/iscsi_flashnode/devices/flashnode_sess-*:0/dev_loss_tmo)
echo 2 >"$entry_file"
expect_eq "what the session has of it" 2 "$(cat "$(session "$name")/device/dev_loss_tmo")"
wait_until 60 "word that the target is gone again" told gone-again
wait_until 30 "the end of the disk" no_disk
step "away again"
use_disk again
expect_eq "session" "$sid" "$(sid_now)"

step "out, and in"
flash -x 0 -o logout
wait_until 30 "the end of the session" no_session
expect_nothing_left
flash -x 0 -o login
use_disk in
iscsiadm -m session -r "$(sid_now)" -u
wait_until 30 "the end of the session" no_session
flash -x 0 -o login
use_disk in-again
expect_eq "what the adapter kept" 2 "$(cat "$(session "$name")/device/dev_loss_tmo")"

step "without the driver"
modprobe -r ohba_fw
expect_nothing_left
ok "sessions of the adapter's own"
