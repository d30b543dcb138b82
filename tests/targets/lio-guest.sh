#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The guest of lio.py: LIO, set up by the lines for targetcli in the file $1, serves until
# the power goes. Lines that the host sends meanwhile are carried out.

# shellcheck source=tests/guest/lib.sh
. "$(dirname "$0")/../guest/lib.sh"

mkdir -p /etc/target /etc/rtslib-fb-target
modprobe -a virtio_blk target_core_iblock iscsi_target_mod
# targetcli asks the system's bus for TCMU's handlers, and does not go on without a bus.
# shellcheck disable=SC2016 # dbus-run-session's
dbus-run-session -- sh -c \
	'DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS exec targetcli' <"$1"
wanted=$(grep -c '^/iscsi create' "$1")
serving=$(cat /sys/kernel/config/target/iscsi/iqn.*/tpgt_1/enable | grep -c 1)
expect_eq "targets that are enabled" "$wanted" "$serving"	# targetcli goes on after errors
exec 3<>"$(virtio_port ohba.lio)"
echo "lio: serves $serving"
while read -r line <&3; do
	eval "$line" >&3
	echo "--- done" >&3
done
