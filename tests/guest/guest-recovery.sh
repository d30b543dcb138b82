#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Verified load on two targets while the host kills them and starts them again.
# Says "load runs", "session lost", "session back", "I/O resumed" for the host.

. "$(dirname "$0")/lib.sh"

not_logged_in() { ! session_state_is "$1" LOGGED_IN; }

load()	# NAME DISK
{
	verified "$1" "$2" --rw=randwrite --bssplit=512/10:4k/40:64k/40:1m/10 --ioengine=libaio \
		--iodepth=16 --size=48m --rate=,1500k
}

start_iscsid
use_iface 1
discover "$TGTD_PORTAL" >/dev/null
discover "$ISTGT_PORTAL" >/dev/null
login "$TGTD_NAMES" "$TGTD_PORTAL"
login "$ISTGT_NAMES" "$ISTGT_PORTAL" "${with_digests[@]}"
tgtd_disk=$(disk "$TGTD_NAMES" 1)
istgt_disk=$(disk "$ISTGT_NAMES" 0)

load on-tgtd "$tgtd_disk" &
jobs=$!
load on-istgt "$istgt_disk" &
jobs="$jobs $!"
wait_until 30 "the load on tgtd" wrote_since "$tgtd_disk" 20
wait_until 30 "the load on istgt" wrote_since "$istgt_disk" 20
step "load runs"

wait_until 20 "the loss of tgtd's session" not_logged_in "$TGTD_NAMES"
wait_until 20 "the loss of istgt's session" not_logged_in "$ISTGT_NAMES"
step "session lost"
before_tgtd=$(writes_of "$tgtd_disk")
before_istgt=$(writes_of "$istgt_disk")

wait_until 60 "tgtd's session" session_state_is "$TGTD_NAMES" LOGGED_IN
wait_until 60 "istgt's session" session_state_is "$ISTGT_NAMES" LOGGED_IN
step "session back"
wait_until 30 "writes on tgtd" wrote_since "$tgtd_disk" "$before_tgtd"
wait_until 30 "writes on istgt" wrote_since "$istgt_disk" "$before_istgt"
step "I/O resumed"

for job in $jobs; do
	wait "$job" || fail "verified load across the restart"
done
ok "every byte verifies"
expect_eq "device state" running "$(cat "/sys/block/${tgtd_disk#/dev/}/device/state")"
logout "$TGTD_NAMES" "$TGTD_PORTAL"
logout "$ISTGT_NAMES" "$ISTGT_PORTAL"
expect_nothing_left
