#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Rounds of one way to come and go, each with I/O running, and five looks at all that
# might have been left. The host compares what the looks found (leaks.py).
#
# usage: guest-rounds.sh logout|unbind|reload|unplug
# For unplug the host is told "unplug N" and "plug N", and does it.

. "$(dirname "$0")/lib.sh"

kind=$1
rounds=${ROUNDS:-50}
stride=$((rounds / 5))
looks=/run/ohba/looks
loader=$PWD/build/tests/ohba-load
state=/tmp/load.state
driver=/sys/bus/pci/drivers/ohba_fw

# Without a fork: a round has a second or two, and a process costs 0.1 of it here.
pause() { read -rt "$1" <>/tmp/never || :; }
mkfifo /tmp/never

stuck()
{
	head -n 50 /sys/kernel/debug/ohba/*/* /sys/block/sd*/stat /sys/block/sd*/inflight >&2 || :
	fail "round $round: waited in vain for $1"
}

# soon SECONDS WHAT COMMAND...: as wait_until, in small steps.
soon()
{
	local end=$((SECONDS + $1 * slowness)) what=$2
	shift 2
	until "$@"; do
		[ "$SECONDS" -le "$end" ] || stuck "$what"
		pause 0.02
	done
}

# --- a session and its disk ---

hosts_gone() { [ ! -e /sys/class/iscsi_host ] || ! compgen -G "/sys/class/iscsi_host/*" >/dev/null; }
host_there() { compgen -G "/sys/class/iscsi_host/host*/hwaddress" >/dev/null; }

nothing_left()
{
	local path
	for path in iscsi_session iscsi_connection iscsi_endpoint scsi_disk; do
		! compgen -G "/sys/class/$path/*" >/dev/null || return 1
	done
}

disk_ready()
{
	local path size
	for path in /sys/class/iscsi_session/session*/device/target*/*:1/block/sd*; do
		[ -e "$path/size" ] && read -r size <"$path/size" && [ "$size" -gt 0 ] || continue
		[ -b "/dev/${path##*/}" ] && [ -e "/sys/block/${path##*/}/stat" ] || continue
		# The kernel makes the node a moment before it finds the disk by it.
		{ : <"/dev/${path##*/}"; } 2>/dev/null || continue
		disk=/dev/${path##*/}
		return 0
	done
	return 1
}

log_in()
{
	iscsiadm -m node -T "$TGTD_NAMES" -p "$TGTD_PORTAL" -I "$iface" --login >/tmp/iscsiadm.out 2>&1 ||
		fail "round $round: login: $(cat /tmp/iscsiadm.out)"
	soon 30 "the disk" disk_ready
}

log_out()
{
	iscsiadm -m node -T "$TGTD_NAMES" -p "$TGTD_PORTAL" -I "$iface" --logout >/tmp/iscsiadm.out 2>&1 ||
		fail "round $round: logout: $(cat /tmp/iscsiadm.out)"
}

# --- load ---

moved()	# READS WRITES: has the disk done more than that?
{
	local stat
	read -r -a stat <"/sys/block/${disk#/dev/}/stat" && [ "${stat[0]}" -gt "$1" ] && [ "${stat[4]}" -gt "$2" ]
}

started()	# READS WRITES
{
	! load_ended || fail "round $round: the load did not begin: $(cat /tmp/load.out)"
	moved "$@"
}

start_load()
{
	local stat
	read -r -a stat <"/sys/block/${disk#/dev/}/stat"
	"$loader" "$disk" "$state" >/tmp/load.out 2>&1 &
	load=$!
	soon 60 "reads and writes" started $((stat[0] + 8)) $((stat[4] + 8))
}

# A process that waits to be waited for has no exe.
load_ended() { [ ! -e "/proc/$load/exe" ]; }

# The disk went away under it, and has no size then: it fails, soon and without a
# wrong byte.
end_load()
{
	local status=0
	soon 60 "the load to fail" load_ended
	wait "$load" || status=$?
	[ "$status" = 0 ] || fail "round $round: the load's status is $status: $(cat /tmp/load.out)"
	[[ $(</tmp/load.out) != *"no error"* ]] || fail "round $round: the load ended by itself"
}

# --- ways to go and come back ---

go_logout() { log_out; }

go_unbind() { echo "$pci" >$driver/unbind; }

# In use, a module must stay; then without its adapter it may go.
go_reload()
{
	! modprobe -r ohba_fw 2>/dev/null || fail "round $round: the module went while a session was there"
	echo "$pci" >$driver/unbind
	soon 30 "the sessions to be gone" nothing_left
	modprobe -r ohba_fw
	[ ! -e /sys/module/ohba ] || fail "round $round: modprobe -r left ohba loaded"
}

go_unplug() { echo "unplug $round"; }

back_logout() { :; }
back_unbind() { echo "$pci" >$driver/bind; }
back_reload() { modprobe ohba_fw; }
back_unplug() { echo "plug $round"; }

round()
{
	log_in
	start_load
	"go_$kind"
	end_load
	soon 30 "the session to be gone" nothing_left
	[ "$kind" = logout ] || soon 30 "the host to be gone" hosts_gone
	"back_$kind"
	soon 30 "the host" host_there
	echo "round $round $EPOCHREALTIME $(</tmp/load.out)"
}

# --- what is left ---

# KASAN keeps for a while what was freed, and slabinfo has it as in use, unless a cache shrinks.
shrink_caches()
{
	local cache
	for cache in /sys/kernel/slab/*; do
		[ -L "$cache" ] || echo 1 >"$cache/shrink"
	done
}

settle()
{
	sync
	udevadm settle 2>/dev/null || :
	echo 3 >/proc/sys/vm/drop_caches
	pause 0.2
	echo 3 >/proc/sys/vm/drop_caches
	shrink_caches
}

# Each look is a folder of the files as they are.
look()
{
	local to=$looks/$round f
	mkdir -p "$to"
	settle
	for f in slabinfo meminfo vmallocinfo interrupts zoneinfo modules; do
		cat "/proc/$f" >"$to/$f"
	done
	ps -eo comm= | sed 's/^kworker.*/kworker/' | sort >"$to/processes"
	find /sys/class/iscsi_* /sys/class/scsi_* /sys/block /sys/kernel/irq /sys/bus/pci/devices \
		-maxdepth 1 | sort >"$to/sysfs"
	find /sys/kernel/debug/ohba | sort >"$to/debugfs"
	ls "/proc/$iscsid_pid/fd" >"$to/iscsid-fds"
	iscsiadm -m session >"$to/sessions" 2>&1 || :
	iscsiadm -m host >"$to/hosts" 2>&1 || :
	echo "looked $round"
	[ -z "${SURVEYED:-}" ] || soon 60 "the host's look at QEMU" [ -e "$to/$SURVEYED" ]
}

debugfs >/dev/null
start_iscsid
use_iface 1
pci=$(pci_of "$iface")
round=0
discover "$TGTD_PORTAL" >/dev/null
began=$SECONDS
step "it begins: $rounds rounds of $kind"
while [ "$round" -lt "$rounds" ]; do
	round=$((round + 1))
	round
	[ $((round % stride)) -ne 0 ] || look
done
ok "$rounds rounds of $kind in $((SECONDS - began)) s"
log_in
"$loader" --check "$disk" "$state" || fail "the disk after all"
log_out
soon 30 "the session to be gone" nothing_left
