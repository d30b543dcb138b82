#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# guest-many-entries.sh N...: for each an adapter, in the order of their addresses, whose table
# has N entries and no room. One after the other: all of them are flashnodes, each at the cost
# of a command or two, and go with the driver; of the last adapter's one is deleted before, and
# its place taken anew. The host takes the times between "--- N ..." and the next such line.

. "$(dirname "$0")/lib.sh"

nodes=/sys/bus/iscsi_flashnode/devices
flashnode() { iscsiadm -m host -H "$host" -C flashnode "$@"; }
node() { echo "$nodes/flashnode_sess-$host:$1"; }
count() { find $nodes -name "flashnode_sess-$host:*" | wc -l; }
has() { [ "$(count)" = "$1" ]; }
name_of() { cat "$(node "$1")/targetname"; }
commands() { awk '$2 == "admin" { print $3 }' "/sys/kernel/debug/ohba/$pci/queues"; }

# The host looks at the time before it says so.
begin()	# "N WHAT"
{
	step "$1"
	wait_until 60 "word that the time is taken" told "${1// /-}"
}

# They are read from the first on, so that to wait for the last looks at nothing else.
come()	# N
{
	local spent index
	begin "$1 come"
	echo "$pci" >/sys/bus/pci/drivers/ohba_fw/bind
	host=$(basename "/sys/bus/pci/drivers/ohba_fw/$pci"/host* | tr -cd 0-9)
	wait_until 120 "the last entry" [ -e "$(node $(($1 - 1)))" ]
	step "$1 are there"
	has "$1" || fail "$(count) of $1 entries"
	spent=$(commands)
	echo "commands: $spent"
	[ "$spent" -ge "$1" ] || fail "$spent commands for $1 entries"
	[ "$spent" -le $(($1 * 2 + 200)) ] || fail "$spent commands for $1 entries"
	for index in 0 7 $(($1 / 2)) $(($1 - 1)); do
		expect_eq "entry $index" "iqn.2026-01.test:t$index" "$(name_of "$index")"
	done
}

go()	# N
{
	begin "$1 leave"
	echo "$pci" >/sys/bus/pci/drivers/ohba_fw/unbind
	step "$1 are gone"
	has 0 || fail "$(count) entries of no adapter"
}

change()	# N
{
	local before
	step "no room"
	! flashnode -o new -A ipv4 || fail "more than there is room for"
	has "$1" || fail "$(count) of $1 entries"

	step "one less"
	flashnode -x 7 -o delete
	wait_until 30 "its end" has $(($1 - 1))

	step "its place is another's"
	before=$(commands)
	expect_match "new" "added at index 7" "$(flashnode -o new -A ipv4)"
	flashnode -x 7 -o update -n flashnode.session.targetname -v iqn.2026-01.test:another
	expect_eq "entry 7" iqn.2026-01.test:another "$(name_of 7)"
	[ $(($(commands) - before)) -le 20 ] || fail "$(($(commands) - before)) commands for one entry"
	has "$1" || fail "$(count) of $1 entries"
}

modprobe scsi_debug num_tgts=0	# see leave_host_0
echo 0 >/sys/bus/pci/drivers_autoprobe
modprobe ohba_fw
for pci in $(grep -il 0x0ba0 /sys/bus/pci/devices/*/device | cut -d/ -f6); do
	come "$1"
	[ $# -gt 1 ] || change "$1"
	go "$1"
	shift
done
expect_eq "adapters" 0 $#
ok "all of them"
