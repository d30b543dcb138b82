#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two adapters that keep the same target, under udev and multipathd. The disk of one that is
# away for longer than dev_loss_tmo is removed, and has its names of before when it is back.
# A path that is away does not stop the I/O, with its disk left there and with it removed; it
# is used again when it is back. The host cuts the first adapter off, and lets it be.

. "$(dirname "$0")/lib.sh"

name=${TGTD_NAMES%% *}
map=/dev/mapper/disk

# --- the two ways ---------------------------------------------------------------

find_hosts()
{
	local pci
	hosts=()
	for pci in /sys/bus/pci/drivers/ohba_fw/*:*; do
		hosts+=("$(basename "$pci"/host* | tr -d a-z)")
	done
	expect_eq "adapters" 2 "${#hosts[@]}"
}

keep()	# HOST
{
	iscsiadm -m host -H "$1" -C flashnode -o new -A ipv4 >/dev/null
	iscsiadm -m host -H "$1" -C flashnode -x 0 -o update \
		-n "flashnode.conn[0].ipaddress" -v "${TGTD_PORTAL%:*}" \
		-n "flashnode.conn[0].port" -v "${TGTD_PORTAL##*:}" \
		-n flashnode.session.targetname -v "$name"
	iscsiadm -m host -H "$1" -C flashnode -x 0 -o login
}

place() { echo "/sys/class/scsi_disk/$1:0:65536:1"; }
disk_of() { basename "$(place "$1")"/device/block/*; }
there() { [ -e "$(place "$1")/device/block" ] && named "$(disk_of "$1")" 2>/dev/null; }
not_there() { [ ! -e "$(place "$1")" ] && udevadm settle; }
session_on() { readlink -f "/sys/class/iscsi_host/host$1/device/"session*/iscsi_session/session*; }
lost() { [ "$(cat "$(session_on "$1")/state")" != LOGGED_IN ]; }
set_on() { echo "$3" >"$(session_on "$1")/$2"; }	# HOST ATTRIBUTE VALUE

flush() { udevadm settle && multipath -f "${map##*/}"; }

# --- multipathd -----------------------------------------------------------------

start_multipathd()
{
	modprobe -a dm-multipath dm-service-time
	cat >/etc/multipath.conf <<-END
		defaults {
			find_multipaths		no
			path_grouping_policy	failover
			failback		immediate
			prio			weightedpath
			prio_args		"hbtl ${hosts[0]}:.* 50 ${hosts[1]}:.* 10"
			path_checker		tur
			polling_interval	1
			max_polling_interval	1
			fast_io_fail_tmo	$tmo
			no_path_retry		fail
			uxsock_timeout		$((10000 * slowness))
		}
		multipaths {
			multipath {
				wwid	$(/lib/udev/scsi_id -g -u "/dev/$(disk_of "${hosts[0]}")")
				alias	${map##*/}
			}
		}
	END
	multipathd -d -s >/tmp/multipathd.log 2>&1 &
	multipathd=$!
	wait_until 60 "both paths" paths_are 2
}

paths() { multipathd show paths raw format "%d %t %m"; }
paths_are() { [ "$(paths 2>/dev/null | grep -c " active ${map##*/}\$")" = "$1" ]; }
path_failed() { paths | grep "^$1 failed " >/dev/null; }
writes_on() { writes_of "$(disk_of "$1")"; }
writes_through() { [ "$(writes_on "$1")" -gt "$2" ]; }	# HOST N

# When the kernel's log said it last. From the loss on the path's I/O waits for recovery_tmo;
# the first that then fails makes dm fail the path, and what comes later goes the other way.
# No checker has a part in it, and this script, which may be slow, none in these times.
logged_ms()	# TEXT
{
	dmesg | awk -F "[][]" -v text="$1" '
		index($0, text) { ms = $2 * 1000 }
		END { if (!ms) exit 1; printf "%d", ms }'
}

# Passes of verified writes, each with other data, until it is enough.
load()
{
	local n=0
	until [ -e /tmp/enough ]; do
		n=$((n + 1))
		verified "pass-$n" "$map" --rw=randwrite --bs=16k --size=4m --ioengine=libaio \
			--iodepth=8 --rate=,2m --verify_pattern="0x$(printf %08x $n)%o" \
			--verify=pattern >/dev/null
	done
	echo $n >/tmp/passes
}

expect_traffic()	# HOST
{
	wait_until 60 "I/O of host $1" writes_through "$1" "$(writes_on "$1")"
}

# --- the test -------------------------------------------------------------------

tmo=$((3 * slowness))
slack=$((2 * slowness))		# for processors that are not to be had
leave_host_0
find_hosts
modprobe sd_mod

step "one adapter"
keep "${hosts[0]}"
wait_until 30 "its disk" there "${hosts[0]}"
before=$(names_of "$(disk_of "${hosts[0]}")")
expect_match "names" "^disk/by-path/pci-.*-ip-$TGTD_PORTAL-iscsi-$name-lun-1$" "$before"
expect_match "names" "^disk/by-id/scsi-" "$before"
set_on "${hosts[0]}" device/dev_loss_tmo 1
step "cut it off"
wait_until 60 "the end of the disk" not_there "${hosts[0]}"
for link in $before; do
	[ ! -L "/dev/$link" ] || fail "$link is still there"
done
step "let it be"
wait_until 60 "the disk" there "${hosts[0]}"
expect_eq "names" "$before" "$(names_of "$(disk_of "${hosts[0]}")")"

step "two adapters"
set_on "${hosts[0]}" device/dev_loss_tmo 0
keep "${hosts[1]}"
wait_until 30 "its disk" there "${hosts[1]}"
start_multipathd
for host in "${hosts[@]}"; do
	expect_eq "recovery_tmo by multipathd" "$tmo" "$(cat "$(session_on "$host")/recovery_tmo")"
done
load &
load=$!
expect_traffic "${hosts[0]}"
other=$(writes_on "${hosts[1]}")

step "cut it off, with its disk left there"
wait_until 60 "the loss" lost "${hosts[0]}"
lost_at=${EPOCHREALTIME/./}
wait_until 60 "I/O of the other adapter" writes_through "${hosts[1]}" "$other"
took=$((${EPOCHREALTIME/./} - lost_at))
wait_until 30 "word of multipathd" path_failed "$(disk_of "${hosts[0]}")"
expect_traffic "${hosts[1]}"
lost "${hosts[0]}" || fail "the adapter was not cut off"
failed_ms=$(($(logged_ms "Failing path") - $(logged_ms " is lost: ")))
echo "path failed $failed_ms ms after the loss, recovery_tmo $tmo s;" \
	"I/O was seen to go on after $((took / 1000)) ms"
[ $failed_ms -le $(((tmo + slack) * 1000)) ] || fail "that is more than $slack s late"
[ $took -le $((tmo * 3 * 1000000)) ] || fail "that is more than three times the time that was set"
step "let it be again"
wait_until 60 "both paths" paths_are 2
expect_traffic "${hosts[0]}"

step "cut it off, and its disk away"
set_on "${hosts[0]}" device/dev_loss_tmo 1
wait_until 60 "the end of the disk" not_there "${hosts[0]}"
expect_traffic "${hosts[1]}"
wait_until 30 "multipathd to leave it" paths_are 1
step "let it be at last"
wait_until 60 "the disk" there "${hosts[0]}"
wait_until 60 "both paths" paths_are 2
expect_traffic "${hosts[0]}"

: >/tmp/enough
wait $load
[ "$(cat /tmp/passes)" -gt 0 ] || fail "no pass"
kill -TERM $multipathd	# asked to shut down, it may be gone before it has answered
wait $multipathd || fail "multipathd: $(tail -n 3 /tmp/multipathd.log)"
# udev opens whatever was open for writing once more, to see what is on it.
wait_until 30 "the end of the map" flush
for host in "${hosts[@]}"; do
	iscsiadm -m host -H "$host" -C flashnode -x 0 -o logout
done
expect_nothing_left
ok "two adapters, one disk"
