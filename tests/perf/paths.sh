# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The disks of each path, in the guest; sourced behind lib.sh.
#   PERF_PORTAL      the target's, as the adapter reaches it
#   PERF_TCP_PORTAL  as iscsi_tcp does
#   PERF_ADDRESS     of the guest's virtio NIC, with its prefix length

nic() { basename "$(echo /sys/bus/virtio/drivers/virtio_net/*/net/*)"; }

network_up()
{
	modprobe virtio_net
	ip addr add "$PERF_ADDRESS" dev "$(nic)"
	ip link set "$(nic)" up
}

# log_in TRANSPORT NAME [KEY VALUE]...: a session to NAME.
log_in()
{
	local name=$2 portal=$PERF_PORTAL
	transport=$1
	shift 2
	if [ "$transport" = tcp ]; then
		modprobe iscsi_tcp
		portal=$PERF_TCP_PORTAL
	fi
	use_iface
	iscsiadm -m node -o new -T "$name" -p "$portal" -I "$iface" >/dev/null
	login "$name" "$portal" "$@" >/dev/null
}

# virtio_block N: the disk with LUN N of virtio-scsi.
virtio_block()
{
	local d
	for d in /sys/bus/virtio/drivers/virtio_scsi/virtio*/host*/target*/*:"$1"/block/sd*; do
		[ ! -b "/dev/${d##*/}" ] || echo "/dev/${d##*/}"
	done
}

virtio_there() { [ -n "$(virtio_block "$1")" ]; }

virtio_disk()
{
	modprobe -a virtio_scsi sd_mod
	wait_until 30 "LUN $1 of virtio-scsi" virtio_there "$1"
	virtio_block "$1"
}

# Requests go to the path as fio made them.
plain_queue() { echo none >"/sys/block/${1#/dev/}/queue/scheduler"; }

# --- doorbells and interrupts -------------------------------------------------

kprobes=/sys/kernel/tracing/kprobe_events
probe=ohba_bench/kick

# Count each virtio device's doorbell writes from now on; it costs a trap per write.
count_kicks()
{
	echo "p:$probe vp_notify" >"$kprobes"
	echo 1 >"/sys/kernel/tracing/events/$probe/enable"
}

count_kicks_no_more()
{
	echo 0 >"/sys/kernel/tracing/events/$probe/enable"
	echo >"$kprobes"
}

kicks() { awk '$1 == "kick" { n = $2 + $3 } END { print n + 0 }' /sys/kernel/tracing/kprobe_profile; }

# irqs DRIVER: of the virtio devices that it drives, on all CPUs.
irqs()
{
	local d
	for d in "/sys/bus/virtio/drivers/$1"/virtio*; do
		grep " ${d##*/}-" /proc/interrupts
	done | awk '{ for (i = 2; $i ~ /^[0-9]+$/; i++) n += $i } END { print n + 0 }'
}

# signals PATH: doorbell writes and interrupts up to now, of the path's device.
# Those of virtio are zero unless count_kicks is on.
signals()
{
	case $1 in
	ohba)	awk '$2 != "admin" && $1 ~ /^[0-9]/ { d += $4; i += $6 } END { print d + 0, i + 0 }' \
			"$(debugfs)"/ohba/*/queues ;;
	tcp)	echo "$(kicks) $(irqs virtio_net)" ;;
	virtio)	echo "$(kicks) $(irqs virtio_scsi)" ;;
	esac
}
