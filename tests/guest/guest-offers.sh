#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Stock iscsid over iscsi_tcp logs in to each offer of a target on this guest's loopback.
# OFFERS_SEED, OFFERS_COUNT, OFFERS_BATCH (that log in at once), OFFERS_WISHES: KEY=VALUE...
# What comes of it is "offer NAME KEY=VALUE..." for each session, and what iscsiadm said of the
# others.

# shellcheck source=tests/guest/lib.sh
. "$(dirname "$0")/lib.sh"

transport=tcp
ip link set lo up
start_iscsid

step "targets"
coproc offers { exec python3 -B tests/guest/offers.py "$OFFERS_SEED" "$OFFERS_COUNT" "$OFFERS_BATCH"; }
# shellcheck disable=SC2154 # coproc's
read -r -t $((60 * slowness)) line <&"${offers[0]}"
expect_eq "the targets" listening "$line"

step "records"
base=iqn.2026-01.org.ohba:offer-
iface=default
iscsiadm -m node -o new -T "${base}0" -p 127.0.0.1:3260 -I default >/dev/null
record=$db/nodes/${base}0/127.0.0.1,3260
[ -f "$record" ] || fail "no record at $record: $(find "$db/nodes")"
yes_no() { case $1 in *InitialR2T=1 | *ImmediateData=1) echo Yes ;; *R2T=0 | *Data=0) echo No ;;
	   *) echo "${1#*=}" ;; esac; }
edit=("s/^node.session.scan = .*/node.session.scan = manual/"
      "s/^\(node.session.initial_login_retry_max\) = .*/\1 = 1/"
      "s/^\(node.conn\[0\].timeo.login_timeout\) = .*/\1 = $((30 * slowness))/"
      "s/^\(node.conn\[0\].timeo.noop_out_interval\) = .*/\1 = 0/"
      "s/^\(node.conn\[0\].timeo.noop_out_timeout\) = .*/\1 = 0/"
      "s/^\(node.conn\[0\].iscsi.\(Header\|Data\)Digest\) = .*/\1 = CRC32C,None/")
for wish in $OFFERS_WISHES; do
	edit+=("s/^\(node.[a-z0-9.[]*\]*.iscsi.${wish%=*}\) = .*/\1 = $(yes_no "$wish")/")
done
sed -i "${edit[@]/#/-e}" "$record"
text=$(<"$record")
folders=()
for ((at = 1; at < OFFERS_COUNT; at++)); do
	folders+=("$db/nodes/$base$at")
done
mkdir -p "${folders[@]}"
for ((at = 1; at < OFFERS_COUNT; at++)); do	# no process each: there are many
	of=${text/"node.name = ${base}0"/"node.name = $base$at"}
	of=${of/"node.conn[0].port = 3260"/"node.conn[0].port = $((3260 + at / OFFERS_BATCH))"}
	echo "$of" >"$db/nodes/$base$at/127.0.0.1,$((3260 + at / OFFERS_BATCH))"
done

# Sessions of one batch, which then go: what iscsiadm does for a login takes longer with each
# session that there is.
tell()
{
	local session conn line key

	for session in /sys/class/iscsi_session/session*; do
		[ "$(cat "$session/state" 2>/dev/null)" = LOGGED_IN ] || continue
		conn=(/sys/class/iscsi_connection/connection"${session##*session}":*)
		line="offer $(<"$session/targetname")"
		for key in initial_r2t immediate_data max_outstanding_r2t first_burst_len \
			   max_burst_len data_pdu_in_order data_seq_in_order erl; do
			line+=" $key=$(<"$session/$key")"
		done
		for key in header_digest data_digest max_recv_dlength max_xmit_dlength; do
			line+=" $key=$(<"${conn[0]}/$key")"
		done
		echo "$line"
	done
}

step "logins"
logged_in=0
for ((at = 0; at < OFFERS_COUNT; at += OFFERS_BATCH)); do
	portal=127.0.0.1:$((3260 + at / OFFERS_BATCH))
	# Some are refused, and then so is the whole.
	iscsiadm -m node -p "$portal" --login >/dev/null 2>>/tmp/refused || :
	tell >/tmp/told
	cat /tmp/told
	logged_in=$((logged_in + $(wc -l </tmp/told)))
	[ ! -s /tmp/told ] || iscsiadm -m node -p "$portal" --logout >/dev/null
done

step "refused"
grep "Could not" /tmp/refused || :
[ "$logged_in" -gt 0 ] || fail "nobody logged in: $(head -n 3 /tmp/refused)"

ok "all offers"
