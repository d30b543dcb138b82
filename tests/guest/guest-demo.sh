#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The guest's half of tests/demo: log in through the adapter, do verified I/O,
# and say what happened to a person. With DEMO_SHELL, leave a shell.

. "$(dirname "$0")/lib.sh"

net=${DEMO_NET:-host}
say()  { printf '  %-8s %s\n' "$1" "$2"; }
more() { say "" "$1"; }

show_adapter()
{
	local pci
	pci=$(pci_of "$iface") || fail "no adapter has the MAC of $iface"
	say adapter "$(adapter_state model), serial $(adapter_state serial), firmware $(adapter_state firmware)"
	more "PCI $pci, MAC $(mac_of "$iface"), driver $(basename "$(readlink "/sys/bus/pci/devices/$pci/driver")")"
	say iface "$iface"
}

adapter_state() { sed -n "s/^$1 //p" "$(debugfs)/ohba/$(pci_of "$iface")/state"; }

show_session()
{
	local sid
	sid=$(session "$name")
	say session "$name"
	more "at $TGTD_PORTAL, session id ${sid##*session}"
	iscsiadm -m session -r "${sid##*session}" -P 2 | sed -n '/^[[:space:]]*Negotiated iSCSI params/,$p' |
		grep : | grep -v Negotiated | sed 's/^[[:space:]]*//' |
		paste -d, - - - | sed 's/,/, /g' | while read -r line; do more "$line"; done
}

show_disk()
{
	local b=/sys/block/${d#/dev/}
	say disk "$d, $(($(cat "$b/size") / 2048)) MiB, vendor $(xargs <"$b/device/vendor"), model $(xargs <"$b/device/model")"
}

# Writes, reads back and compares; the rates of both from fio's terse line.
measure()	# LABEL FIO-OPTION...
{
	local label=$1
	shift
	fio --name=demo --filename="$d" --direct=1 --verify=crc32c --verify_fatal=1 --do_verify=1 \
		--ioengine=io_uring --output-format=terse --terse-version=3 --output=/tmp/demo.out "$@" \
		>/dev/null 2>&1 || { cat /tmp/demo.out; fail "fio"; }
	awk -F';' -v label="$label" '/^3;/ {
		printf "  %-8s %s: write %d IOPS, %.1f MB/s; read back %d IOPS, %.1f MB/s; all verified\n",
			"I/O", label, $49, $48 * 1024 / 1e6, $8, $7 * 1024 / 1e6 }' /tmp/demo.out
}

# The adapter's network device.
netdev() { ls "/sys/bus/pci/devices/$(pci_of "$iface")/net"; }

wire_hints()
{
	cat <<-END
	    iscsiadm -m iface -I $iface -C ping -a ${TGTD_PORTAL%:*} -c 3
	    grep . /sys/class/iscsi_iface/*/ipaddress    the adapter's addresses
	    cat /tmp/uipd.log                            how it came by them
	    ip link set dev $(netdev) up; ethtool --set-priv-flags $(netdev) mirror on
	                                                 its frames, for tshark -i $(netdev)
	  More about its network is in docs/network.md.
	END
}

hints()
{
	cat <<-END

	  You are root in the guest; $d is the target's disk. For example:
	    iscsiadm -m session -P 3                     what was negotiated
	    iscsiadm -m node -u                          log out; -l logs in again
	    cat /sys/kernel/debug/ohba/*/queues          the adapter's queues at work
	    build/tools/ohbatool --help                  the adapter's tool
	END
	[ "$net" = host ] || wire_hints
	cat <<-END
	  Ctrl-D or "exit" ends the guest, Ctrl-A X does at once; nothing of it is kept.
	  Ctrl-A C is QEMU's monitor, and back: qom-set /machine/peripheral/hba0 fault crash

	END
}

go_on()
{
	cat <<-END

	  To go on:
	    make shell            the same guest, with a prompt for you
	    make check            every test
	    tests/vm --help       your own command in such a guest
	    docs/architecture.md  how it works

	END
}

# An address of the adapter's own, by DHCP.
get_address()
{
	local sysfs
	start_uipd
	apply "bootproto dhcp" "state enable" >/dev/null
	sysfs=$(iface_in_sysfs)
	wait_until 30 "an address by DHCP" grep -qv '^0.0.0.0' "$sysfs/ipaddress"
	say network "$(cat "$sysfs/ipaddress"), netmask $(cat "$sysfs/subnet"), gateway $(cat "$sysfs/gateway"): by uipd's DHCP"
}

log_in()
{
	[ "$net" = host ] || leave_host_0
	start_iscsid
	use_iface 1
	show_adapter
	if [ "$net" = wire ]; then
		get_address
		discover_behind_slirp "$TGTD_PORTAL" >/tmp/discovered
	else
		discover "$TGTD_PORTAL" >/tmp/discovered
	fi
	name=$TGTD_NAMES
	login "$name" "$TGTD_PORTAL" >/tmp/login.out || { cat /tmp/login.out; fail "login"; }
	d=$(disk "$name" 1)
}

log_out()
{
	logout "$name" "$TGTD_PORTAL" >/dev/null
	expect_nothing_left
	[ "$net" = host ] || end_uipd TERM
	say logout "done, nothing left behind"
}

say guest "Linux $(uname -r), $(nproc) CPUs, is up"
log_in
show_session
show_disk
measure "random 4 KiB" --rw=randwrite --bs=4k --size=12m --iodepth=32
measure "sequential 256 KiB" --rw=write --bs=256k --size=96m --iodepth=8
if [ -n "${DEMO_SHELL:-}" ]; then
	hints
	trap - ERR
	PS1='ohba# ' bash --norc -i || :
	[ -z "$(session "$name")" ] || log_out
else
	log_out
	go_on
fi
