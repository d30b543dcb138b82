#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Wrong parameters and portals that do not answer: one line says so, soon, and
# nothing is left. Then adapters that come and go.

. "$(dirname "$0")/lib.sh"

# What the kernel said since mark().
marker=
mark()
{
	marker="ohba-test-mark-$RANDOM$RANDOM"
	echo "$marker" >/dev/kmsg
}
said() { dmesg | sed "1,/$marker/d" | sed 's/^\[ *[0-9.]*\] //'; }

# expect_line WHAT REGEX: exactly one line since mark() matches.
expect_line()
{
	said | grep -E -- "$2" >/tmp/lines || fail "$1: the kernel said nothing like '$2' but: $(said)"
	cat /tmp/lines
	expect_eq "lines about $1" 1 "$(wc -l </tmp/lines)"
}

hosts() { ls /sys/class/iscsi_host 2>/dev/null | wc -l; }
hosts_are() { [ "$(hosts)" = "$1" ]; }

unload() { modprobe -r ohba_fw; wait_until 10 "the host to go" hosts_are 0; }

check_parameter()	# WHAT LINE PARAMETER
{
	local status=0
	mark
	modprobe ohba_fw "$3" 2>/tmp/err || status=$?
	[ "$status" -ne 0 ] || fail "modprobe with $1 is said to succeed"
	expect_line "$1" "$2"
	expect_eq "hosts with $1" 0 "$(hosts)"
	modprobe -r ohba_fw 2>/dev/null || :
	ok "$1 (modprobe's status $status)"
}

check_parameters()
{
	step "module parameters"
	unload
	check_parameter "an empty transport name" 'transport_name.*is no name: use' transport_name=
	check_parameter "can_queue=1" 'parameter can_queue: 1 .*use 32 to 65535' can_queue=1
	check_parameter "can_queue=65536" 'parameter can_queue: 65536 .*use 32' can_queue=65536
	modprobe iscsi_tcp
	check_parameter "a transport name that is taken" '"tcp" could not be registered: ' transport_name=tcp
	mark
	modprobe ohba_fw poll_queues=4000
	expect_line "too many poll_queues" '4000 polling queues wanted, .* room for [0-9]+: '
	unload
	modprobe -r ohba 2>/dev/null || :
	mark
	modprobe ohba log=init,nonsense
	expect_line "an unknown log category" 'parameter log: "nonsense" is no log category.*use'
	modprobe ohba_fw
	wait_until 10 "the host" hosts_are 1
	ok "modules load again after that"
}

# check_portal WHAT PORTAL REASON LOGIN_TIMEOUT_S
# iscsid tries again until its login timeout, whatever the reason, and then waits
# for the connect under way: that is the adapter's 15 s at most.
check_portal()
{
	local name=iqn.2026-01.org.ohba:nobody status=0 began=$SECONDS portal=$2
	step "$1"
	iscsiadm -m node -o new -T "$name" -p "$portal" -I "$iface" >/dev/null
	mark
	login "$name" "$portal" node.session.initial_login_retry_max 1 \
		node.conn[0].timeo.login_timeout "$4" >/tmp/out 2>&1 || status=$?
	cat /tmp/out
	[ "$status" -ne 0 ] || fail "a login to $portal, $1, is said to succeed"
	[ $((SECONDS - began)) -le $(($4 + 20 * slowness)) ] || fail "it took $((SECONDS - began)) s"
	expect_match "iscsiadm" "Could not login to .*${portal%:*}" "$(cat /tmp/out)"
	if [ "$transport" != tcp ]; then
		said | grep -E "connection to ${portal//./\\.} failed: $3 \\(.+\\): (check|look) .+" | sort | uniq -c ||
			fail "the driver does not name $portal and $3: $(said)"
	fi
	expect_nothing_left
	iscsiadm -m node -o delete -T "$name" -p "$portal" -I "$iface"
	ok "$1: status $status after $((SECONDS - began)) s"
}

check_discovery()
{
	local status=0 began=$SECONDS
	iscsiadm -m discovery -t sendtargets -p "$REFUSING_PORTAL" -I "$iface" >/tmp/out 2>&1 || status=$?
	cat /tmp/out
	[ "$status" -ne 0 ] || fail "discovery at a refusing portal is said to succeed"
	[ $((SECONDS - began)) -le $((20 * slowness)) ] || fail "it took $((SECONDS - began)) s"
	expect_nothing_left
	ok "discovery at a refusing portal: status $status after $((SECONDS - began)) s"
}

check_io()
{
	discover "$TGTD_PORTAL" >/dev/null
	login "$TGTD_NAMES" "$TGTD_PORTAL"
	verified "$1" "$(disk "$TGTD_NAMES" 1)" --rw=randwrite --bs=4k --size=1m --ioengine=libaio --iodepth=16
	logout "$TGTD_NAMES" "$TGTD_PORTAL"
	expect_nothing_left
}

check_plug()
{
	step "plug an adapter in"
	wait_until 30 "the plugged adapter" hosts_are 2
	iface=$(ifaces | grep -i "$PLUGGED_MAC") || fail "no iface with $PLUGGED_MAC: $(ifaces)"
	check_io on-plugged
	step "unplug it"
	wait_until 30 "the adapter to go" hosts_are 1
	[ -z "$(ifaces | grep -i "$PLUGGED_MAC")" ] || rm -f "$db/ifaces/$iface"
	use_iface 1
	check_io on-the-other
	ok "an adapter comes and goes"
}

start_iscsid
use_iface 1
check_portal "a refusing portal" "$REFUSING_PORTAL" CONN_REFUSED 5
[ "$transport" = tcp ] || check_portal "a silent portal" "$SILENT_PORTAL" CONN_TIMEOUT 20
check_discovery
if [ "$transport" != tcp ]; then
	check_plug
	check_parameters
	use_iface 1
fi
check_io in-the-end
