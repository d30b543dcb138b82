#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Verified reads and writes on a target that breaks the rules again and again.

. "$(dirname "$0")/lib.sh"

start_iscsid
use_iface 1
discover "$SCRIPTED_PORTAL" >/dev/null
login "$SCRIPTED_NAMES" "$SCRIPTED_PORTAL" "${with_digests[@]}"
disk=$(disk "$SCRIPTED_NAMES" 0)
echo 4 >"/sys/block/${disk#/dev/}/device/timeout"
verified load "$disk" --rw=randwrite --bssplit=4k/40:64k/60 --ioengine=libaio --iodepth=16 \
	--size=48m --verify_backlog=32 --verify_backlog_batch=32
expect_eq "device state" running "$(cat "/sys/block/${disk#/dev/}/device/state")"
expect_eq "errors of the disk" "" "$(dmesg | grep "I/O error" || :)"
ok "every byte verifies"
logout "$SCRIPTED_NAMES" "$SCRIPTED_PORTAL"
expect_nothing_left
