#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Does in the guest what the host asks for, one line at a time, over the virtio
# port ohba.perf; each answer ends with "--- done". The end of the connection is
# the end of the guest. What fails says so on the output and ends it as well.
#
#   attach ohba|wire|tcp NAME LUN [digests]   prints the disk
#   attach virtio LUN | attach debug     the same; debug: scsi_debug
#   fio, and lines of a job file up to "."    prints fio's JSON
#   signals PATH                         doorbells and interrupts up to now
#   kicks on|off                         count the doorbells of virtio devices
#   symbols                              the kernel's

. "$(dirname "$0")/../guest/lib.sh"
. "$(dirname "$0")/paths.sh"

attach()
{
	local disk
	case $1 in
	ohba | wire)
		disk=$(session_disk be2iscsi "$2" "$3" ${4:+"${with_digests[@]}"}) ;;
	tcp)	disk=$(session_disk tcp "$2" "$3" ${4:+"${with_digests[@]}"}) ;;
	virtio)	disk=$(virtio_disk "$2") ;;
	debug)	disk=$(debug_disk) ;;
	*)	fail "no path $1" ;;
	esac
	plain_queue "$disk"
	echo "$disk"
}

run_fio()
{
	local line
	while read -r line <&3 && [ "$line" != . ]; do
		echo "$line"
	done >/tmp/jobs
	(cd /tmp && fio --output-format=json --output=/tmp/fio.out /tmp/jobs) ||
		fail "fio: $(cat /tmp/fio.out)"
	cat /tmp/fio.out
}

obey()
{
	case $1 in
	attach)	shift; attach "$@" ;;
	fio)	run_fio ;;
	signals) signals "$2" ;;
	kicks)	kicks_counted "$2" ;;
	symbols) cat /proc/kallsyms ;;
	*)	fail "the host asked for '$*'" ;;
	esac
}

# A thread of fio does not give its page back: as many as a job file has jobs.
echo 16 >/proc/sys/vm/nr_hugepages
[ -z "${PERF_ADDRESS:-}" ] || network_up
start_iscsid
[ -z "${PERF_WIRE_ADDRESS:-}" ] || wire_up
exec 3<>"$(virtio_port ohba.perf)"
while read -r -a words <&3; do
	obey "${words[@]}" >&3
	echo "--- done" >&3
done
