#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ext4 on tgtd, xfs on istgt with digests: make, fill, sum; log in anew, compare,
# check the file system.

. "$(dirname "$0")/lib.sh"

mnt=/tmp/mnt
sums=/tmp/sums

fill()
{
	local i
	for i in $(seq 40); do
		head -c $((i * 7919)) /dev/urandom >"$mnt/small.$i"
	done
	mkdir -p "$mnt/a/b/c"
	fio --name=fill --directory="$mnt/a/b/c" --rw=randwrite --bsrange=4k-256k --size=24m \
		--numjobs=2 --end_fsync=1 --output=/tmp/fill.out || { cat /tmp/fill.out; return 1; }
	cp "$mnt"/small.* "$mnt/a"
	rm "$mnt"/small.?
	(cd "$mnt" && find . -type f -print0 | xargs -0 md5sum) >"$sums"
	df -h "$mnt" | tail -n 1
}

compare() { (cd "$mnt" && md5sum --quiet -c "$sums"); }

whole_life()	# NAME PORTAL LUN MAKE CHECK
{
	local d
	d=$(disk "$1" "$3")
	eval "$4 $d"
	mount "$d" "$mnt"
	fill
	umount "$mnt"
	logout "$1" "$2"
	expect_nothing_left
	login "$1" "$2"
	d=$(disk "$1" "$3")
	mount "$d" "$mnt"
	compare
	umount "$mnt"
	eval "$5 $d"
	logout "$1" "$2"
	expect_nothing_left
}

mkdir -p "$mnt"
modprobe -a ext4 xfs
start_iscsid
use_iface 1

step "ext4 on tgtd"
discover "$TGTD_PORTAL" >/dev/null
login "$TGTD_NAMES" "$TGTD_PORTAL"
whole_life "$TGTD_NAMES" "$TGTD_PORTAL" 1 "mkfs.ext4 -q" "e2fsck -fn"
ok "ext4"

step "xfs on istgt with digests"
discover "$ISTGT_PORTAL" >/dev/null
login "$ISTGT_NAMES" "$ISTGT_PORTAL" "${with_digests[@]}"
whole_life "$ISTGT_NAMES" "$ISTGT_PORTAL" 0 "mkfs.xfs -q -f" "xfs_repair -n"
ok "xfs"
