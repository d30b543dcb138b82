#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Where commands complete: in irq_poll or in mq_poll, and on which CPU. Told by
# debugfs (ohba/<pci>/queues) and by the driver's tracepoints.

. "$(dirname "$0")/lib.sh"

tracing=$(debugfs)/tracing

# counter KIND COLUMN: summed over the queues of that kind.
counter()
{
	awk -v kind="$1" -v column="$2" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) at = i; next }
		$2 == kind { sum += $at }
		END { if (!at) exit 1; print sum + 0 }' "$(debugfs)/ohba/$(pci_of "$iface")/queues" ||
		fail "debugfs has no column $2"
}

snapshot()
{
	submissions=$(counter "$1" submissions)
	softirq=$(counter "$1" softirq_done)
	polled=$(counter "$1" polled_done)
	local_=$(counter "$1" local_done)
}

since()
{
	submissions=$(($(counter "$1" submissions) - submissions))
	softirq=$(($(counter "$1" softirq_done) - softirq))
	polled=$(($(counter "$1" polled_done) - polled))
	local_=$(($(counter "$1" local_done) - local_))
	echo "$1 queues: $submissions submissions, done in softirq $softirq, polled $polled, on the submitting CPU $local_"
}

read_on_cpu()	# CPU DISK FIO-OPTION...
{
	local cpu=$1 d=$2
	shift 2
	fio --name=cpu$cpu --filename="$d" --direct=1 --rw=randread --bs=4k --size=8m \
		--cpus_allowed="$cpu" --ioengine=libaio --iodepth=16 --output=/tmp/fio.out "$@" ||
		{ cat /tmp/fio.out; fail "fio on CPU $cpu"; }
}

check_irq()
{
	local cpu
	for cpu in 0 1; do
		step "irq_poll, submitted on CPU $cpu"
		snapshot irq
		read_on_cpu "$cpu" "$1"
		since irq
		[ "$softirq" -ge 2048 ] || fail "only $softirq of 2048 completions in softirq"
		expect_eq "polled completions" 0 "$polled"
		[ "$local_" -ge $((softirq * 95 / 100)) ] ||
			fail "only $local_ of $softirq completions on CPU $cpu, which submitted them"
	done
	ok "irq_poll completes, on the submitting CPU"
}

# The same from the tracepoints: the CPU in brackets of each event.
check_traced()
{
	step "tracepoints"
	[ -d "$tracing/events/ohba" ] || fail "no trace events of ohba"
	echo >"$tracing/trace"
	echo 1 >"$tracing/events/ohba/ohba_cmd_start/enable"
	echo 1 >"$tracing/events/ohba/ohba_cmd_done/enable"
	read_on_cpu 1 "$1" --size=512k
	echo 0 >"$tracing/events/ohba/enable"
	local starts dones elsewhere
	starts=$(grep -c ohba_cmd_start: "$tracing/trace")
	dones=$(grep -c ohba_cmd_done: "$tracing/trace")
	elsewhere=$(grep ohba_cmd_done: "$tracing/trace" | grep -vc '\[001\]') || :
	echo "$starts started, $dones done, $elsewhere of these not on CPU 1"
	grep -m 2 ohba_cmd_done: "$tracing/trace"
	[ "$starts" -ge 128 ] && [ "$dones" -ge 128 ] || fail "the tracepoints miss commands"
	[ "$elsewhere" -le $((dones / 20)) ] || fail "$elsewhere of $dones completions not on CPU 1"
	ok "tracepoints show start and done on one CPU"
}

reload()	# PARAMETER...
{
	modprobe -r ohba_fw
	modprobe ohba_fw "$@"
	wait_until 10 "the adapter's host" host_there
	use_iface 1
}

host_there() { ! none_in /sys/class/iscsi_host; }

check_polled()
{
	local name=${1#/dev/}
	step "mq_poll"
	expect_eq "io_poll of $name" 1 "$(cat "/sys/block/$name/queue/io_poll")"
	snapshot poll
	verified io_uring-hipri "$1" --rw=randwrite --bs=4k --size=4m --ioengine=io_uring \
		--hipri --iodepth=16
	since poll
	[ "$polled" -ge 1024 ] || fail "io_uring hipri: only $polled polled completions"
	snapshot irq
	verified without-hipri "$1" --rw=randwrite --bs=4k --size=1m --ioengine=io_uring --iodepth=16
	since irq
	[ "$softirq" -ge 256 ] || fail "without hipri: only $softirq completions in softirq"
	ok "mq_poll completes what is submitted with hipri, irq_poll the rest"
}

start_iscsid
use_iface 1
discover "$TGTD_PORTAL" >/dev/null
login "$TGTD_NAMES" "$TGTD_PORTAL"
d=$(disk "$TGTD_NAMES" 1)
echo 2 >"/sys/block/${d#/dev/}/queue/nomerges"	# commands are counted
check_irq "$d"
check_traced "$d"
logout "$TGTD_NAMES" "$TGTD_PORTAL"
expect_nothing_left

reload poll_queues=2
login "$TGTD_NAMES" "$TGTD_PORTAL"
check_polled "$(disk "$TGTD_NAMES" 1)"
logout "$TGTD_NAMES" "$TGTD_PORTAL"
expect_nothing_left
