#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Discovery, login, session data, rescan, logout, CHAP: with two adapters (or
# twice iscsi_tcp) and three targets.

. "$(dirname "$0")/lib.sh"

read -r -a names <<<"$TGTD_NAMES"

check_ifaces()
{
	step "ifaces"
	iscsiadm -m iface
	[ "$transport" != tcp ] || return 0
	expect_eq "number of $transport ifaces" "$(ls /sys/class/iscsi_host | wc -l)" "$(ifaces | wc -l)"
	expect_eq "MACs of the ifaces" "$(cat /sys/class/iscsi_host/*/hwaddress | sort)" \
		"$(for i in $(ifaces); do mac_of "$i"; done | sort)"
	ok "ifaces are named by transport and MAC"
}

check_discovery()
{
	step "discovery"
	expect_eq "targets discovered" "$(printf '%s\n' "${names[@]}" | sort)" "$(discover "$TGTD_PORTAL")"
	expect_nothing_left
	ok "sendtargets discovery lists every target and leaves no session"
}

check_session()
{
	step "one session"
	login "${names[0]}" "$TGTD_PORTAL"
	local d
	d=$(disk "${names[0]}" 1)
	check_report "${d#/dev/}"
	check_refused_twice
	check_rescan
	logout "${names[0]}" "$TGTD_PORTAL"
	expect_nothing_left
	ok "logout leaves nothing"
}

check_report()
{
	local report
	report=$(iscsiadm -m session -P 3)
	echo "$report"
	expect_match "report" "Target: ${names[0]} " "$report"
	expect_match "report" "Current Portal: ${TGTD_PORTAL//./\\.},1" "$report"
	expect_match "report" "Iface Transport: $transport\$" "$report"
	expect_match "report" "Iface Initiatorname: $initiator\$" "$report"
	expect_match "report" "iSCSI Connection State: LOGGED IN" "$report"
	expect_match "report" "iSCSI Session State: LOGGED_IN" "$report"
	expect_match "report" "Internal iscsid Session State: NO CHANGE" "$report"
	expect_match "report" "HeaderDigest: None" "$report"
	expect_match "report" "DataDigest: None" "$report"
	expect_match "report" "MaxRecvDataSegmentLength: [1-9]" "$report"
	expect_match "report" "MaxXmitDataSegmentLength: [1-9]" "$report"
	expect_match "report" "FirstBurstLength: [1-9]" "$report"
	expect_match "report" "MaxBurstLength: [1-9]" "$report"
	expect_match "report" "ImmediateData: (Yes|No)" "$report"
	expect_match "report" "InitialR2T: (Yes|No)" "$report"
	expect_match "report" "MaxOutstandingR2T: [1-9]" "$report"
	expect_match "report" "Attached scsi disk $1.*State: running" "$report"
	[ "$transport" = tcp ] || check_clamped "$report"
	ok "session -P 3 tells the negotiated values"
}

# What iscsid does to logins over this transport's name (usr/be2iscsi.c).
check_clamped()
{
	local value
	expect_match "InitialR2T" "InitialR2T: Yes" "$1"
	value=$(sed -n 's/.*FirstBurstLength: //p' <<<"$1")
	[ "$value" -le 8192 ] || fail "FirstBurstLength is $value"
	value=$(sed -n 's/.*MaxBurstLength: //p' <<<"$1")
	[ "$value" -le 262144 ] || fail "MaxBurstLength is $value"
	value=$(sed -n 's/.*MaxRecvDataSegmentLength: //p' <<<"$1")
	[ "$value" -le 65536 ] || fail "MaxRecvDataSegmentLength is $value"
}

check_refused_twice()
{
	local status=0
	iscsiadm -m node -T "${names[0]}" -p "$TGTD_PORTAL" -I "$iface" --login >/tmp/out 2>&1 || status=$?
	expect_eq "sessions after a second login" 1 "$(ls /sys/class/iscsi_session | wc -l)"
	ok "a second login through the same iface is no second session (status $status)"
}

check_rescan()
{
	local sid
	sid=$(session "${names[0]}")
	iscsiadm -m session -r "${sid##*session}" --rescan
	iscsiadm -m node -T "${names[0]}" -p "$TGTD_PORTAL" -I "$iface" --rescan
	iscsiadm -m session -r "${sid##*session}" --stats >/tmp/stats
	expect_match "session statistics" "txdata_octets: [1-9]" "$(cat /tmp/stats)"
	ok "rescan and statistics"
}

check_many()
{
	step "every iface, every target, IPv4"
	local i n=0 name
	for i in $(ifaces); do
		iface=$i
		discover "$TGTD_PORTAL" >/dev/null
		for name in "${names[@]}"; do
			login "$name" "$TGTD_PORTAL"
			n=$((n + 1))
		done
	done
	expect_eq "sessions" "$n" "$(ls /sys/class/iscsi_session | wc -l)"
	for name in "${names[@]}"; do
		for i in $(seq "$(ifaces | wc -l)"); do
			read_disk "$(disk "$name" 1 "$i")"
		done
	done
	iscsiadm -m session
	iscsiadm -m node --logoutall=all
	expect_nothing_left
	ok "$n sessions at once, each read"
}

read_disk() { dd if="$1" of=/dev/null bs=64k count=16 iflag=direct status=none; }

check_ipv6()
{
	[ -n "$TGTD_PORTAL6" ] || { echo "no IPv6 loopback on the host: not checked"; return 0; }
	step "IPv6"
	use_iface 1
	discover "$TGTD_PORTAL6" >/dev/null
	login "${names[0]}" "$TGTD_PORTAL6"
	read_disk "$(disk "${names[0]}" 1)"
	local address=${TGTD_PORTAL6%]:*}
	expect_eq "persistent_address" "${address#[}" "$(negotiated "${names[0]}" persistent_address)"
	iscsiadm -m session
	logout "${names[0]}" "$TGTD_PORTAL6"
	expect_nothing_left
	ok "IPv6 portal"
}

check_chap()
{
	step "CHAP"
	use_iface 1
	local name=$CHAP_NAMES
	discover "$CHAP_PORTAL" >/dev/null
	refused_login "no secret"
	set_node "$name" "$CHAP_PORTAL" node.session.auth.authmethod CHAP
	set_node "$name" "$CHAP_PORTAL" node.session.auth.username "$CHAP_USER"
	set_node "$name" "$CHAP_PORTAL" node.session.auth.password "not$CHAP_SECRET"
	refused_login "a wrong secret"
	set_node "$name" "$CHAP_PORTAL" node.session.auth.password "$CHAP_SECRET"
	login "$name" "$CHAP_PORTAL"
	read_disk "$(disk "$name" 1)"
	logout "$name" "$CHAP_PORTAL"
	expect_nothing_left
	ok "CHAP with the right secret"
	check_mutual_chap
}

# The target proves who it is, too: to iscsid, through the adapter.
check_mutual_chap()
{
	set_node "$name" "$CHAP_PORTAL" node.session.auth.username_in "$CHAP_OUT_USER"
	set_node "$name" "$CHAP_PORTAL" node.session.auth.password_in "not$CHAP_OUT_SECRET"
	refused_login "a wrong secret of the target" 19 "non-retryable iSCSI login failure"
	expect_match "iscsid" "received incorrect CHAP response from target $name" "$(cat /tmp/iscsid.log)"
	set_node "$name" "$CHAP_PORTAL" node.session.auth.password_in "$CHAP_OUT_SECRET"
	login "$name" "$CHAP_PORTAL"
	read_disk "$(disk "$name" 1)"
	expect_eq "the target's name for CHAP" "$CHAP_OUT_USER" "$(negotiated "$name" username_in)"
	logout "$name" "$CHAP_PORTAL"
	expect_nothing_left
	ok "mutual CHAP"
}

refused_login()	# WITH-WHAT [STATUS WORDS]
{
	local out status=0
	out=$(login "$name" "$CHAP_PORTAL" 2>&1) || status=$?
	echo "$out"
	expect_eq "status of a login with $1" "${2:-24}" "$status"
	expect_match "iscsiadm" "${3:-authorization failure}" "$out"
	expect_nothing_left
	ok "login with $1 is refused in words, nothing left"
}

start_iscsid
use_iface 1
check_ifaces
check_discovery
check_session
check_many
check_ipv6
check_chap
