#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Verified load on several targets, with digests (and some R2Ts at once) and without, while
# the host has the adapter fail or a target misbehave. Says what the driver logs and, again
# and again, how much each disk has done. The host says when to reset the PCI function, and
# when it is enough. From the host (faults.py):
#   PORTALS, DIGEST_PORTALS	ADDRESS@LUN of each disk
#   COMMAND_S, ABORT_S, LOGIN_S	how long a command, an abort, a login may take
#   PING_S			silence until a target is pinged
#   LOAD			fio's options for a pass: sizes of blocks, depth, bytes

. "$(dirname "$0")/lib.sh"

pci=$(basename "$(readlink -f /sys/class/iscsi_host/host*/device/..)")
disks=()

# Log in, and let timeouts be short.
open_disk()	# ADDRESS@LUN [KEY VALUE]...
{
	local portal=${1%@*} lun=${1#*@} name d
	shift
	name=$(discover "$portal")
	login "$name" "$portal" node.session.iscsi.DefaultTime2Wait 0 \
		node.session.err_timeo.abort_timeout "$ABORT_S" \
		node.conn[0].timeo.noop_out_interval "$PING_S" \
		node.conn[0].timeo.login_timeout "$LOGIN_S" "$@"
	d=$(disk "$name" "$lun")
	disks+=("${d#/dev/}")
	echo "$COMMAND_S" >"/sys/block/${d#/dev/}/device/timeout"
	echo "$COMMAND_S" >"/sys/block/${d#/dev/}/device/eh_timeout"
}

# Each pass on each disk has a pattern of its own, with each block's place: what is left
# of an older one, or is another's, is found.
pass()	# DISK NUMBER FIO-OPTION...
{
	local d=$1 pattern options
	read -ra options <<<"$LOAD"
	pattern=$(printf '0x%02x%06x%%o' "'${1: -1}" "$2")
	shift 2
	verified "$d" "/dev/$d" --rw=randwrite --ioengine=libaio "${options[@]}" \
		--verify=pattern --verify_pattern="$pattern" "$@" >/dev/null
}

load()	# DISK
{
	local n=0
	until told enough; do
		n=$((n + 1))
		pass "$1" $n --rate=,1500k --verify_backlog=16 --verify_backlog_batch=16
	done
	echo $n >"/tmp/passes.$1"
}

done_by() { local stat; read -ra stat <"/sys/block/$1/stat"; echo -n " $((stat[0] + stat[4]))"; }

report_progress()
{
	echo "progress$(for d in "${disks[@]}"; do done_by "$d"; done)"
}

reset_when_told()
{
	told reset || return 0
	rm /run/ohba/reset
	echo 1 >"/sys/bus/pci/devices/$pci/reset"
	echo "function reset"
}

loads_run()
{
	local job
	for job in "${loads[@]}"; do
		kill -0 "$job" 2>/dev/null || return
	done
}

start_iscsid
use_iface 1
for portal in $PORTALS; do
	open_disk "$portal"
done
for portal in $DIGEST_PORTALS; do
	open_disk "$portal" "${with_digests[@]}" node.session.iscsi.MaxOutstandingR2T 4
done
dmesg --follow-new &
follower=$!
loads=()
for d in "${disks[@]}"; do
	load "$d" &
	loads+=($!)
done
while ! told enough && loads_run; do
	report_progress
	reset_when_told
	sleep 0.2
done
for job in "${loads[@]}"; do
	wait "$job" || fail "verified load across faults"
done
for d in "${disks[@]}"; do
	pass "$d" "$(cat "/tmp/passes.$d")" --verify_only
	expect_eq "state of $d" running "$(cat "/sys/block/$d/device/state")"
done
expect_eq "errors of the disks" "" "$(dmesg | grep "I/O error" || :)"
ok "every byte verifies"
iscsiadm -m node --logoutall=all
expect_nothing_left
kill "$follower"
wait "$follower" || :
modprobe -r ohba_fw
