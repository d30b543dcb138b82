#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An adapter on a network of its own, whose cable the host pulls: the target is not told that
# its connection is over, and the adapter logs in again while the target still has it.

. "$(dirname "$0")/lib.sh"

leave_host_0
host=$(basename /sys/bus/pci/drivers/ohba_fw/*/host* | tr -d a-z)
flash() { iscsiadm -m host -H "$host" -C flashnode "$@"; }
name=${SCRIPTED_NAMES%% *}
state_is() { session_state_is "$name" "$1"; }

use_disk()	# LABEL
{
	verified "$1" "$(disk "$name" 0)" --rw=randwrite --bs=64k --ioengine=libaio \
		--iodepth=8 --size=4m
}

start_iscsid
use_iface 1
apply "ipaddress 10.0.2.20" "subnet_mask 255.255.255.0" "bootproto static" "state enable"
flash -o new -A ipv4 >/dev/null
flash -x 0 -o update -n "flashnode.conn[0].ipaddress" -v "${SCRIPTED_PORTAL%:*}" \
	-n "flashnode.conn[0].port" -v "${SCRIPTED_PORTAL##*:}" \
	-n flashnode.session.targetname -v "$name"
echo 1 >"/sys/bus/iscsi_flashnode/devices/flashnode_sess-$host:0/ping_tmo"

step "up"
flash -x 0 -o login
use_disk up
step "now pull the cable"
wait_until 60 "the loss" state_is FAILED
step "now plug it in"
wait_until 120 "the session" state_is LOGGED_IN
use_disk again
flash -x 0 -o logout
expect_nothing_left
ok "logged in over what was left"
