#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The adapter vanishes under load. The driver says so and its I/O fails, then it leaves the
# device; or it leaves at once, before it has looked. Then the host takes out what is left
# ("unplug") and plugs another adapter in.

# shellcheck source=tests/guest/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/guest/loads.sh
. "$(dirname "$0")/loads.sh"

pci=$(basename "$(readlink -f /sys/class/iscsi_host/host*/device/..)")
driver=/sys/bus/pci/drivers/ohba_fw
recovery_s=5

said() { dmesg | grep -E -- "$1" >/dev/null; }
reads_as_ones() { [ "$(od -An -tx4 -N4 "/sys/bus/pci/devices/$pci/config")" = " ffffffff" ]; }
no_function() { [ ! -e "/sys/bus/pci/devices/$pci" ]; }
host_there() { compgen -G "/sys/class/iscsi_host/host*/hwaddress" >/dev/null; }

leave()
{
	local began=$SECONDS
	timeout $((60 * slowness)) bash -c "echo $pci >$driver/unbind" || fail "unbind: status $?"
	echo "unbind took $((SECONDS - began)) s"
}

# Most of the I/O fails at once; what the class has held back by then, after $recovery_s.
notice_first()
{
	wait_until 30 "word of it" said "stopped for good: the device was removed"
	said "adapter stopped: its registers read as all ones" || fail "the driver did not look"
	expect_errors
	said "I/O error, dev sd" || fail "no I/O failed"
	timeout $((20 * slowness)) iscsiadm -m session || fail "iscsiadm: status $?"
	leave
}

leave_first()
{
	leave
	said "stopped for good: the device was removed" || fail "the driver took it for present"
	expect_errors
}

# $1: what happens first
round()
{
	start_loads $recovery_s
	dmesg -C
	step "vanish"
	wait_until 30 "the end of the adapter" reads_as_ones
	"$1"
	expect_nothing_left
	none_in /sys/class/iscsi_host || fail "the host is still there"
	ok "$1: nothing is left"
	step "unplug"
	wait_until 30 "the function to go" no_function
	step "plug"
	wait_until 30 "the host of another" host_there
	login "${names[0]}" "$TGTD_PORTAL"
	check_disks
	logout "${names[0]}" "$TGTD_PORTAL"
	ok "$1: another adapter serves them"
}

start_daemon
round notice_first
round leave_first
