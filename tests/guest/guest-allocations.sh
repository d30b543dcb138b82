#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Allocations fail: those of a bind one after the other; then, at random, those
# that our modules ask for in logins, I/O and logouts. Then completions get lost
# above the driver; last, requests fail before they come to it. What cannot be done
# is refused in words, nothing is left of it, and all works afterwards. Needs the
# kernel of `make check-debug`.

. "$(dirname "$0")/lib.sh"

faults=$(debugfs)
driver=/sys/bus/pci/drivers/ohba_fw
binds=${BINDS:-120}
logins=12
plenty=1000000

# none_in says why it is not the links that are counted.
hosts_are() { [ "$(readlink -qe /sys/class/iscsi_host/* | wc -l)" = "$1" ]; }

set_both()	# ATTRIBUTE VALUE
{
	echo "$2" >"$faults/failslab/$1"
	echo "$2" >"$faults/fail_page_alloc/$1"
}

# Allocations that may wait fail, too. A stack dump of each would be a splat.
prepare()
{
	set_both ignore-gfp-wait N
	set_both verbose 0
	echo N >"$faults/fail_page_alloc/ignore-gfp-highmem"
	echo 0 >"$faults/fail_page_alloc/min-order"
	echo 0 >"$faults/fail_io_timeout/verbose"
	spare_dma_debug
}

# --- binds ------------------------------------------------------------------

unbind()
{
	echo "$pci" >"$driver/unbind"
	wait_until 10 "the host to go" hosts_are 0
}

# bind_without N: bind, and have this task's Nth allocation fail. Prints how many
# more it would have taken until then; what was said is in /tmp/said.
bind_without()
{
	(
		exec 3>"$driver/bind" 4>/proc/self/fail-nth 5</proc/self/fail-nth
		echo "$1" >&4
		echo "$pci" >&3 || :
		read -r left <&5
		echo 0 >&4
		echo "$left"
	) 2>/tmp/said
}

allocations_of_a_bind()
{
	local left
	left=$(bind_without $plenty)
	wait_until 10 "the host" hosts_are 1
	unbind
	echo $((plenty - left))
}

check_binds()
{
	step "allocations of a bind fail, one at a time"
	unbind
	local total n left refused=0
	total=$(allocations_of_a_bind)
	for ((n = 1; n <= total; n += total / binds + 1)); do
		left=$(bind_without "$n")
		if [ -e "$driver/$pci" ]; then
			wait_until 10 "the host" hosts_are 1
			unbind
		else
			refused=$((refused + 1))
			# The PCI core calls a lack of memory for vectors one of vectors, and
			# for BARs one of BARs: that they are free again the last bind shows.
			expect_match "bind without allocation $n" \
				"Cannot allocate memory|No space left|resource busy" "$(cat /tmp/said)"
			hosts_are 0 || fail "a host is left of the bind without allocation $n"
		fi
	done
	echo "$pci" >"$driver/bind"
	wait_until 10 "the host" hosts_are 1
	[ "$refused" -gt 0 ] || fail "no bind failed"
	ok "of $total allocations every $((total / binds + 1)). was refused: $refused binds failed cleanly"
}

# --- logins, I/O, logouts ---------------------------------------------------

# The addresses of our modules: "first last".
our_code()
{
	local at size
	awk '/^ohba/ { print $6, $2 }' /proc/modules | while read -r at size; do
		printf '%s\n0x%x\n' "$at" $((at + size))
	done | sort | sed -n '1p; $p' | paste -s -d ' '
}

symbol() { awk -v name="$1" '$3 == name { print "0x" $1; exit }' /proc/kallsyms; }

# The kernel's own records of what we mapped for DMA: without memory it stops to check.
spare_dma_debug()
{
	local first last
	first=$(symbol add_dma_entry)
	last=$(symbol debug_dma_map_page)
	[ $((first)) -lt $((last)) ] || fail "no functions from add_dma_entry to debug_dma_map_page"
	set_both reject-start "$first"
	set_both reject-end "$last"
}

# aim PERCENT: of the allocations that our modules are on the stack of.
aim()
{
	local first last
	read -r first last <<<"$(our_code)"
	set_both require-start "$first"
	set_both require-end "$last"
	set_both stacktrace-depth 32
	set_both times $plenty
	set_both probability "$1"
}

spare() { set_both probability 0; }

# Since aim().
refused_allocations()
{
	echo $((2 * plenty - $(cat "$faults/failslab/times") - $(cat "$faults/fail_page_alloc/times")))
}

logged_in() { session "$TGTD_NAMES" >/dev/null; }

login_soon()
{
	login "$TGTD_NAMES" "$TGTD_PORTAL" node.session.initial_login_retry_max 1 \
		"node.conn[0].timeo.login_timeout" 5
}

# Without memory for its files in sysfs a connection works, and is none that iscsiadm finds: the
# class goes on without them. Nobody but the driver can end its session.
is_unseen()
{
	local sid
	sid=$(find /sys/class/iscsi_session -name 'session*' -printf '%f\n' | tr -cd '0-9\n' | head -n 1)
	[ -n "$sid" ] && [ ! -e "/sys/class/iscsi_connection/connection$sid:0" ] &&
		dmesg | grep -F "connection$sid:0: failed to allocate class container" >/dev/null
}

end_unseen()
{
	echo "a session that iscsiadm does not find"
	unbind
	echo "$pci" >"$driver/bind"
	wait_until 10 "the host" hosts_are 1
}

# One that fails, or finds no disk, for want of memory leaves nothing.
try_login()	# PERCENT
{
	local status=0
	aim "$1"
	login_soon >/tmp/out 2>&1 || status=$?
	[ "$status" = 0 ] || expect_match "iscsiadm, status $status" "Could not login|iscsi" "$(cat /tmp/out)"
	! logged_in || logout "$TGTD_NAMES" "$TGTD_PORTAL" || :
	spare
	! logged_in || logout "$TGTD_NAMES" "$TGTD_PORTAL"
	! is_unseen || end_unseen
	expect_nothing_left
	return $status
}

check_logins()
{
	step "allocations of logins and logouts fail"
	local i failed=0 refused=0
	for ((i = 0; i < logins; i++)); do
		try_login $((1 + i % 4)) || failed=$((failed + 1))
		refused=$((refused + $(refused_allocations)))
	done
	[ "$refused" -gt 0 ] || fail "no allocation was refused"
	ok "$failed of $logins logins failed, by $refused refused allocations"
}

check_io()	# DISK
{
	step "allocations of I/O and resets fail"
	aim 20
	verified poor "$1" --rw=randwrite --bssplit=512/20:4k/40:64k/30:1m/10 --size=4m \
		--ioengine=libaio --iodepth=16
	sg_reset --no-esc -d "$(generic_of "$1")" || echo "refused: a reset"
	verified after-reset "$1" --rw=randwrite --bs=4k --size=512k --ioengine=libaio --iodepth=16
	spare
	ok "no I/O failed, $(refused_allocations) allocations did"
}

# The driver has given the command back when it is asked to abort it.
check_lost_completions()	# DISK
{
	local lost=10 block=/sys/block/${1#/dev/}
	step "completions get lost above the driver"
	echo 5 >"$block/device/timeout"
	echo 2 >"$faults/fail_io_timeout/probability"
	echo $lost >"$faults/fail_io_timeout/times"
	echo 1 >"$block/io-timeout-fail"
	verified lost "$1" --rw=randwrite --bs=4k --size=4m --ioengine=libaio --iodepth=32
	echo 0 >"$block/io-timeout-fail"
	expect_eq "completions still to be lost" 0 "$(cat "$faults/fail_io_timeout/times")"
	ok "$lost completions lost, no I/O failed"
}

# --- requests that fail before they are the driver's --------------------------

requests=$faults/fail_make_request

refuse_requests()	# PERCENT
{
	echo 0 >"$requests/verbose"
	echo $plenty >"$requests/times"
	echo "$1" >"$requests/probability"
}

# Since refuse_requests().
refused_requests() { echo $((plenty - $(cat "$requests/times"))); }

# A disk can be told to fail a moment before its partitions are read: try until then.
make_it_fail()
{
	until echo 1 >/sys/block/sd*/make-it-fail; do :; done 2>/dev/null
}

# One partition of Linux's, of 1 MiB behind the first. All of the sector: what fio left in the other
# three entries would make it none of a table.
write_partition_table()	# DISK
{
	{
		head -c 446 /dev/zero
		printf '\0\0\0\0\x83\0\0\0\0\x08\0\0\0\x08\0\0'
		head -c 48 /dev/zero
		printf '\x55\xaa'
	} | dd of="$1" bs=512 iflag=fullblock oflag=direct status=none
}

has_partition() { [ -e "/sys/block/${disk#/dev/}/${disk#/dev/}1" ]; }

check_scan()
{
	local tries marker
	step "requests of the scan after a login fail"
	write_partition_table "$disk"
	refuse_requests 100
	for ((tries = 0; tries < 10 && $(refused_requests) == 0; tries++)); do
		logout "$TGTD_NAMES" "$TGTD_PORTAL"
		expect_nothing_left
		make_it_fail &
		marker=$!
		login_soon
		disk=$(disk "$TGTD_NAMES" 1)
		wait "$marker"
	done
	expect_match "the log" "${disk#/dev/}: unable to read partition table" "$(dmesg)"
	! has_partition || fail "a partition that could not be read"
	refuse_requests 0
	blockdev --rereadpt "$disk"
	has_partition || fail "no partition of $disk"
	ok "a disk came without its partition, and with it when it was read again"
}

# pattern_io NAME FIO-OPTION...: each block has its offset in it, however often it is written.
pattern_io()
{
	local name=$1
	shift
	fio --name="$name" --filename="$disk" --direct=1 --bs=4k --size=8m --ioengine=libaio \
		--iodepth=16 --verify=pattern --verify_pattern=%o --output-format=json \
		--output="/tmp/fio.$name" "$@" || { cat "/tmp/fio.$name"; fail "fio $name"; }
}

errors_of()	# NAME
{
	python3 -c 'import json, sys; print(json.load(sys.stdin)["jobs"][0]["total_err"])' \
		<"/tmp/fio.$1"
}

check_requests()
{
	local what
	step "requests of I/O fail"
	dmesg -C
	pattern_io all --rw=write
	echo 1 >"/sys/block/${disk#/dev/}/make-it-fail"
	for what in read write; do
		refuse_requests 5
		pattern_io $what --rw=rand$what --do_verify=0 --continue_on_error=$what
		[ "$(refused_requests)" -gt 0 ] || fail "no $what failed"
		expect_eq "errors of ${what}s" "$(refused_requests)" "$(errors_of $what)"
		ok "$(refused_requests) ${what}s failed, and no other"
	done
	refuse_requests 0
	pattern_io again --rw=read
	expect_eq "errors below" "" "$(dmesg | grep -e "I/O error" -e "abort for" || :)"
}

start_iscsid
use_iface 1
pci=$(pci_of "$iface")
prepare
check_binds
use_iface 1
discover "$TGTD_PORTAL" >/dev/null
check_logins
step "and now all works"
login "$TGTD_NAMES" "$TGTD_PORTAL"
disk=$(disk "$TGTD_NAMES" 1)
check_io "$disk"
check_lost_completions "$disk"
check_scan
check_requests
logout "$TGTD_NAMES" "$TGTD_PORTAL"
expect_nothing_left
