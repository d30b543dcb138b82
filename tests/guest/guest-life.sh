#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A whole life for the wire to be looked at: discovery, login, I/O, a LUN reset,
# an idle while with pings, logout; with digests on istgt, without on tgtd.

. "$(dirname "$0")/lib.sh"

ping_s=2

life()	# NAME PORTAL LUN [KEY VALUE]...
{
	local d name=$1 portal=$2 lun=$3
	step "$name"
	shift 3
	discover "$portal" >/dev/null
	login "$name" "$portal" node.conn[0].timeo.noop_out_interval $ping_s "$@"
	d=$(disk "$name" "$lun")
	verified wire "$d" --rw=randwrite --bssplit=512/20:4k/40:64k/30:1m/10 --size=6m \
		--ioengine=libaio --iodepth=16
	sg_reset --no-esc -d "$(generic_of "$d")"
	verified after-reset "$d" --rw=randwrite --bs=4k --size=512k --ioengine=libaio --iodepth=8
	sleep $((2 * ping_s + 1))
	logout "$name" "$portal"
}

start_iscsid
use_iface 1
life "$TGTD_NAMES" "$TGTD_PORTAL" 1
life "$ISTGT_NAMES" "$ISTGT_PORTAL" 0 "${with_digests[@]}"
expect_nothing_left
