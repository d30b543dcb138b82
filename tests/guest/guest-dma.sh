#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Verified I/O with something between the adapter and memory: "iommu", an IOMMU that
# translates, or "swiotlb", bounce buffers. Either must show that it was in the way.
# A second argument is the script that makes the I/O, in place of the passes here: what
# the adapter does to memory of a command that has ended is a splat behind an IOMMU, and
# a wrong byte of another command with bounce buffers.

. "$(dirname "$0")/lib.sh"

mixed=512/15:1k/10:4k/25:16k/15:64k/15:256k/10:1m/7:4m/3
tracing=$(debugfs)/tracing

# Unless the domain is of a DMA type, addresses are those of memory.
prepare_iommu()
{
	local group=/sys/bus/pci/devices/$1/iommu_group
	[ -e "$group" ] || fail "$1 is in no IOMMU group: $(dmesg | grep -i -e dmar -e iommu)"
	expect_match "the IOMMU domain of $1" '^DMA(-FQ)?$' "$(cat "$group/type")"
}

check_iommu() { :; }	# tests/vm takes a DMAR fault for a splat

prepare_swiotlb()
{
	echo "dev_name == \"$1\"" >"$tracing/events/swiotlb/swiotlb_bounced/filter"
	echo 1 >"$tracing/events/swiotlb/swiotlb_bounced/enable"
}

check_swiotlb()
{
	local bounced
	echo 0 >"$tracing/events/swiotlb/swiotlb_bounced/enable"
	bounced=$(grep -c "swiotlb_bounced: dev_name: $1 .* FORCE" "$tracing/trace") || :
	[ "$bounced" -ge 1000 ] || fail "only $bounced buffers of $1 were bounced"
	ok "$bounced buffers bounced"
}

passes()	# DISK
{
	verified deep "$1" --rw=randwrite --bssplit=$mixed --ioengine=io_uring --iodepth=64 --size=12m
	verified jobs4 "$1" --rw=randwrite --bssplit=$mixed --ioengine=libaio --iodepth=16 \
		--numjobs=4 --size=3m --offset_increment=16m
	verified odd "$1" --rw=randwrite --bsrange=512-300k --ioengine=libaio --iodepth=32 \
		--size=6m --offset=512
}

on()	# NAME PORTAL LUN [KEY VALUE]...
{
	local name=$1 portal=$2 lun=$3
	shift 3
	step "$name"
	discover "$portal" >/dev/null
	login "$name" "$portal" "$@"
	passes "$(disk "$name" "$lun")"
	logout "$name" "$portal"
	expect_nothing_left
	ok "verified on $name"
}

passes_on_both()
{
	start_iscsid
	use_iface 1
	on "$TGTD_NAMES" "$TGTD_PORTAL" 1
	on "$ISTGT_NAMES" "$ISTGT_PORTAL" 0 "${with_digests[@]}"
}

pci=$(basename "$(readlink -f /sys/class/iscsi_host/host*/device/..)")
"prepare_$1" "$pci"
if [ $# = 1 ]; then
	passes_on_both
else
	"$(dirname "$0")/$2" || exit 1
fi
"check_$1" "$pci"
