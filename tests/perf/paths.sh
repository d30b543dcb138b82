# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The disks of each path, in the guest; sourced behind lib.sh.
#   PERF_PORTAL      the target's, as the adapter reaches it
#   PERF_TCP_PORTAL  as iscsi_tcp does
#   PERF_ADDRESS     of the guest's virtio NIC, with its prefix length
#   PERF_WIRE_ADDRESS  of an adapter with a network of its own

nic() { basename "$(echo /sys/bus/virtio/drivers/virtio_net/*/net/*)"; }

network_up()
{
	modprobe virtio_net
	ip addr add "$PERF_ADDRESS" dev "$(nic)"
	ip link set "$(nic)" up
}

wire_up()
{
	leave_host_0
	transport=be2iscsi
	use_iface
	apply "ipaddress $PERF_WIRE_ADDRESS" "subnet_mask 255.255.255.0" "bootproto static" \
		"state enable"
	start_uipd
}

# shellcheck disable=SC2154 # iface is lib.sh's

sessions() { find /sys/class/iscsi_session -mindepth 1 | sort; }

# log_in TRANSPORT NAME [KEY VALUE]...: prints the new session's directory.
log_in()
{
	local name=$2 portal=$PERF_PORTAL before
	transport=$1
	shift 2
	if [ "$transport" = tcp ]; then
		modprobe iscsi_tcp
		portal=$PERF_TCP_PORTAL
	fi
	use_iface
	before=$(sessions)
	iscsiadm -m node -o new -T "$name" -p "$portal" -I "$iface" >/dev/null
	login "$name" "$portal" "$@" >/dev/null
	comm -13 <(echo "$before") <(sessions)
}

# disk_under DIRECTORY LUN
disk_under()
{
	local d size
	for d in "$1"/target*/*:"$2"/block/sd*; do
		[ -b "/dev/${d##*/}" ] || continue
		read -r size <"$d/size"
		[ "$size" = 0 ] || echo "/dev/${d##*/}"
	done
}

disk_is_under() { [ -n "$(disk_under "$@")" ]; }

# session_disk TRANSPORT NAME LUN [KEY VALUE]...: log in; prints the disk.
session_disk()
{
	local lun=$3 session
	session=$(log_in "$1" "$2" "${@:4}")
	wait_until 30 "LUN $lun of $2" disk_is_under "$session/device" "$lun"
	disk_under "$session/device" "$lun"
}

virtio_host() { echo /sys/bus/virtio/drivers/virtio_scsi/virtio*/host*; }

# virtio_disk LUN: prints it.
virtio_disk()
{
	modprobe -a virtio_scsi sd_mod
	wait_until 30 "LUN $1 of virtio-scsi" disk_is_under "$(virtio_host)" "$1"
	disk_under "$(virtio_host)" "$1"
}

# The SCSI and block layers by themselves.
debug_disk()
{
	modprobe sd_mod
	modprobe scsi_debug dev_size_mb=64 delay=0 ndelay=0 fake_rw=1 max_queue=128
	wait_until 10 "the disk" disk_is_under /sys/bus/pseudo/devices/adapter0/host* 0
	disk_under /sys/bus/pseudo/devices/adapter0/host* 0
}

# Requests go to the path as fio made them.
plain_queue() { echo none >"/sys/block/${1#/dev/}/queue/scheduler"; }

# --- doorbells and interrupts -------------------------------------------------

kprobes=/sys/kernel/tracing/kprobe_events
probe=ohba_bench/kick

# kicks_counted on|off: each virtio device's doorbell writes; a trap per write.
kicks_counted()
{
	local enable=/sys/kernel/tracing/events/$probe/enable
	if [ "$1" = on ]; then
		echo "p:$probe vp_notify" >"$kprobes"
		echo 1 >"$enable"
	else
		echo 0 >"$enable"
		echo >"$kprobes"
	fi
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
# The doorbells of virtio devices are 0 unless they are counted (kicks_counted).
signals()
{
	case $1 in
	ohba)	awk '$2 != "admin" && $1 ~ /^[0-9]/ { d += $4; i += $6 } END { print d + 0, i + 0 }' \
			"$(debugfs)"/ohba/*/queues ;;
	tcp)	echo "$(kicks) $(irqs virtio_net)" ;;
	virtio)	echo "$(kicks) $(irqs virtio_scsi)" ;;
	esac
}
