#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fio jobs of two lengths, several times, each with a mark before and after: what
# the plugin counts between tells the instructions per I/O without start-up.
#   PERF_PATH   ohba, tcp, virtio or debug (scsi_debug: the SCSI layer alone)
#   PERF_NAME, PERF_LUN, and what paths.sh says
#   PERF_RW, PERF_BS, PERF_DEPTH, PERF_DIGEST, PERF_IOS, PERF_REPEATS

. "$(dirname "$0")/../guest/lib.sh"
. "$(dirname "$0")/paths.sh"

mark=build/perf/mark

attach()
{
	case $PERF_PATH in
	debug)
		modprobe sd_mod
		modprobe scsi_debug dev_size_mb=64 delay=0 ndelay=0 fake_rw=1 max_queue=128
		wait_until 10 "the disk" test -b /dev/sda
		dev=/dev/sda ;;
	virtio)
		dev=$(virtio_disk 0) ;;
	ohba|tcp)
		[ "$PERF_PATH" = ohba ] || network_up
		start_iscsid
		log_in "$([ "$PERF_PATH" = ohba ] && echo be2iscsi || echo tcp)" "$PERF_NAME" \
			${PERF_DIGEST:+"${with_digests[@]}"}
		dev=$(disk "$PERF_NAME" "$PERF_LUN") ;;
	esac
}

# fio's own start calibrates clocks for as long as it likes: the marks are inside.
job()	# IOS
{
	echo "[ios-$1]"
	echo "number_ios=$1"
}

jobs()
{
	cat <<-END
	[global]
	filename=$dev
	rw=$PERF_RW
	bs=$PERF_BS
	iodepth=$PERF_DEPTH
	ioengine=libaio
	direct=1
	io_size=1t
	norandommap=1
	gtod_reduce=1
	thread=1
	stonewall=1
	exec_prerun=$PWD/$mark
	exec_postrun=$PWD/$mark
	END
	job 2000
	for _ in $(seq "${PERF_REPEATS:-3}"); do
		job "$PERF_IOS"
		job $((PERF_IOS * 3))
	done
}

attach
plain_queue "$dev"
[ -z "$PERF_PROFILE" ] || { echo "--- kallsyms"; cat /proc/kallsyms; echo "--- end"; }
jobs >/tmp/jobs
cd /tmp
before=$(signals "$PERF_PATH")
fio --output=/tmp/fio.out /tmp/jobs || fail "fio: $(cat /tmp/fio.out)"
echo "--- signals $before $(signals "$PERF_PATH")"
