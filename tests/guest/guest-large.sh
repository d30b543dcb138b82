#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Commands of 8 MiB whose pages lie apart, so that their lists are chained; more
# of them than the driver's reserve of list pages can serve at once. And many small
# ones on one LUN.

. "$(dirname "$0")/lib.sh"

start_iscsid
use_iface 1
discover "$TGTD_PORTAL" >/dev/null
login "$TGTD_NAMES" "$TGTD_PORTAL" node.session.queue_depth 256
disk=$(disk "$TGTD_NAMES" 1)
queue=/sys/block/${disk#/dev/}/queue
expect_eq "most KiB of a command" 8192 "$(cat "$queue/max_hw_sectors_kb")"
expect_eq "most segments of a command" 2048 "$(cat "$queue/max_segments")"
expect_eq "commands of the LUN" 256 "$(cat "$queue/../device/queue_depth")"
verified many "$disk" --rw=randwrite --bs=4k --ioengine=libaio --iodepth=256 --size=32m
ok "256 commands on a LUN verify"
echo 8192 >"$queue/max_sectors_kb"
echo 48 >"$queue/../device/queue_depth"
echo never >/sys/kernel/mm/transparent_hugepage/enabled

read -r _ _ _ _ writes _ sectors _ <"/sys/block/${disk#/dev/}/stat"
verified large "$disk" --rw=randwrite --bs=8m --ioengine=libaio --iodepth=48 --size=448m \
	--iomem=malloc
read -r _ _ _ _ writes_after _ sectors_after _ <"/sys/block/${disk#/dev/}/stat"
expect_eq "sectors of a command" 16384 \
	$(((sectors_after - sectors) / (writes_after - writes)))
ok "commands of 8 MiB verify"
logout "$TGTD_NAMES" "$TGTD_PORTAL"
expect_nothing_left
