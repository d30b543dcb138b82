#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Verified I/O of mixed sizes, depths, jobs and engines on a target without and
# one with digests. Argument: "short" for one pass of each.

. "$(dirname "$0")/lib.sh"

mixed=512/15:1k/10:4k/25:16k/15:64k/15:256k/10:1m/7:4m/3

passes()	# DISK
{
	verified depth1 "$1" --rw=randwrite --bssplit=$mixed --ioengine=libaio --iodepth=1 --size=5m
	[ "${passes:-all}" = all ] || return 0
	verified jobs4 "$1" --rw=randwrite --bssplit=$mixed --ioengine=libaio --iodepth=16 \
		--numjobs=4 --size=5m --offset_increment=16m
	verified uring128 "$1" --rw=randwrite --bssplit=$mixed --ioengine=io_uring --iodepth=128 --size=16m
	verified small "$1" --rw=randrw --bsrange=512-8k --ioengine=io_uring --iodepth=64 \
		--numjobs=2 --size=1500k --offset_increment=8m
	verified large "$1" --rw=write --bsrange=1m-4m --ioengine=libaio --iodepth=8 --size=24m
	verified odd "$1" --rw=randwrite --bsrange=512-300k --ioengine=libaio --iodepth=32 --size=10m --offset=512
}

check_digests()	# NAME VALUE
{
	expect_eq "HeaderDigest" "$2" "$(negotiated "$1" header_digest)"
	expect_eq "DataDigest" "$2" "$(negotiated "$1" data_digest)"
}

utilities()	# DISK LUN
{
	local sg
	sg=$(generic_of "$1")
	sg_inq "$sg"
	sg_luns "$sg" | tee /tmp/luns
	expect_match "sg_luns" "$(printf '%04x' "$2")000000000000" "$(cat /tmp/luns)"
	sg_readcap -l "$sg" | tee /tmp/readcap
	expect_match "sg_readcap" "Logical block length=512 bytes" "$(cat /tmp/readcap)"
	expect_match "sg_readcap" "Device size: $(blockdev --getsize64 "$1") bytes" "$(cat /tmp/readcap)"
	sg_turs -n 20 "$sg"
	ok "sg_inq, sg_luns, sg_readcap, sg_turs on LUN $2"
}

on_tgtd()
{
	step "tgtd, no digests"
	discover "$TGTD_PORTAL" >/dev/null
	login "$TGTD_NAMES" "$TGTD_PORTAL"
	check_digests "$TGTD_NAMES" 0
	local d
	d=$(disk "$TGTD_NAMES" 1)
	utilities "$d" 1
	passes "$d"
	logout "$TGTD_NAMES" "$TGTD_PORTAL"
	expect_nothing_left
	ok "verified on tgtd"
}

on_istgt()
{
	step "istgt, CRC32C header and data digests"
	discover "$ISTGT_PORTAL" >/dev/null
	login "$ISTGT_NAMES" "$ISTGT_PORTAL" "${with_digests[@]}"
	check_digests "$ISTGT_NAMES" 1
	local d
	d=$(disk "$ISTGT_NAMES" 0)
	utilities "$d" 0
	passes "$d"
	logout "$ISTGT_NAMES" "$ISTGT_PORTAL"
	expect_nothing_left
	ok "verified on istgt with digests"
}

passes=${1:-all}
start_iscsid
use_iface 1
on_tgtd
on_istgt
