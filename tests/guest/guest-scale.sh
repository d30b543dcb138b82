#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# guest-scale.sh COUNT...: for each an adapter, in the order of their addresses, whose flash
# has so many automatic entries. One after the other: all sessions come up, each with its
# disk; a load with an I/O under way on each disk goes on when the host has the target reset
# all connections at once; after a logout of each entry nothing is left. The host takes the
# times: where processors are short, a guest's clock may run as it likes.

. "$(dirname "$0")/lib.sh"

POLL_S=0.5	# seldom: to count disks takes the longer the more there are

count_disks()
{
	local disks=(/sys/block/sd*)
	[ -e "${disks[0]}" ] && echo "${#disks[@]}" || echo 0
}

all_open()	# DEVICE...
{
	local disk
	for disk; do
		opens "$disk" || return 1
	done
}

wait_for_disks()	# N
{
	local end=$((SECONDS + 1200 * slowness))
	until [ "$(count_disks)" = "$1" ]; do
		[ "$SECONDS" -le "$end" ] || fail "waited in vain for $1 disks: $(count_disks)"
		sleep "$POLL_S"
	done
}

lap() { sed -n 's/^lap //p' /tmp/many.out | tail -n1; }
lap_is() { local n; n=$(lap); [ "${n:-0}" -ge "$1" ]; }

# KiB that are not there for others; what is kept of files can go.
memory()
{
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^(MemTotal|MemAvailable):/ { used = $2 - used } END { print -used }' /proc/meminfo
}

come_up()	# N ADAPTER
{
	local before
	before=$(memory)
	step "$1 begin"
	echo "$2" >/sys/bus/pci/drivers/ohba_fw/bind
	wait_for_disks "$1"
	step "$1 up"
	echo "guest memory of $1: $((($(memory) - before) / $1)) KiB each"
}

# "ENTRY DISK" of all: SCSI target ids are indices of entries, from 65536 on.
list()
{
	local path id
	for path in /sys/class/scsi_device/*/device/block/sd*; do
		id=${path#/sys/class/scsi_device/*:*:}
		echo "$((${id%%:*} - 65536)) /dev/${path##*/}"
	done
}

fall()	# N
{
	local disks
	list >/tmp/list
	expect_eq "entries that have a disk" "$1" "$(sort -un /tmp/list | wc -l)"
	mapfile -t disks < <(cut -d" " -f2 /tmp/list)
	wait_until 30 "all disks" all_open "${disks[@]}"
	build/tests/ohba-many </tmp/list >/tmp/many.out 2>&1 &
	many=$!
	wait_until 600 "the load" lap_is 2
	step "$1 under load"
	wait_until 60 "word that all connections are reset" told "reset-$1"
	# Of the next lap some disks may have been done before.
	wait_until 600 "a whole lap after that" lap_is $(($(lap) + 2))
	step "$1 back"
	kill "$many"
	wait "$many" || fail "the load: $(tail -n3 /tmp/many.out)"
	tail -n1 /tmp/many.out
}

leave()	# N ADAPTER
{
	step "$1 leave"
	/usr/bin/python3 tests/guest/logout.py \
		"$(basename "/sys/bus/pci/drivers/ohba_fw/$2"/host* | tr -d a-z)" "$1"
	wait_for_disks 0
	wait_until 600 "the end of the sessions" none_in /sys/class/iscsi_session
	expect_nothing_left
	step "$1 gone"
	echo "$2" >/sys/bus/pci/drivers/ohba_fw/unbind
}

modprobe -a sd_mod sg
echo 0 >/sys/bus/pci/drivers_autoprobe
modprobe ohba_fw
adapters=$(grep -il 0x0ba0 /sys/bus/pci/devices/*/device | cut -d/ -f6)
for adapter in $adapters; do
	come_up "$1" "$adapter"
	fall "$1"
	leave "$1" "$adapter"
	shift
done
expect_eq "adapters" 0 $#
ok "all of them"
