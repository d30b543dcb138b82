#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# guest-flash.sh ADDRESS|damaged...: what each adapter, in the order of the bus, has of
# its flash: an IPv4 address, or nothing and a word about it in the log.

. "$(dirname "$0")/lib.sh"

for pci in /sys/bus/pci/drivers/ohba_fw/0000:*; do
	iface=$(echo "$pci"/host*/iscsi_iface/ipv4-iface-*-0)
	says=$(dmesg | grep -c "${pci##*/}: .*flash is damaged" || true)
	step "${pci##*/}: $1"
	if [ "$1" = damaged ]; then
		expect_eq "address" 0.0.0.0 "$(cat "$iface/ipaddress")"
		expect_eq "state" disabled "$(cat "$iface/enabled")"
		expect_eq "words about damage" 1 "$says"
	else
		expect_eq "address" "$1" "$(cat "$iface/ipaddress")"
		expect_eq "state" enabled "$(cat "$iface/enabled")"
		expect_eq "words about damage" 0 "$says"
	fi
	shift
done
expect_eq "adapters without an answer" "" "$*"
ok "nothing that is damaged is used, and nothing that is whole is lost"
