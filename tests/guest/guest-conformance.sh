#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# libiscsi's SCSI tests through /dev/sgN: what fails over the adapter must also
# fail over iscsi_tcp, on a target of the same tgtd. Both run at once.

. "$(dirname "$0")/lib.sh"

# Out are those that sanitize or eject, and, for their minutes under emulation,
# all sizes but one of each command that loops over transfer lengths.
families=${FAMILIES:-Inquiry Mandatory ModeSense6 Prefetch10 PreventAllow
	PrinReadKeys PrinServiceactionRange PrinReportCapabilities
	ProutRegister ProutReserve ProutClear ProutPreempt
	Read6 Read10 ReadCapacity10 ReadCapacity16 ReadOnly
	ReportSupportedOpcodes Reserve6 TestUnitReady Unmap Write10
	WriteSame16 WriteVerify10
	CompareAndWrite ExtendedCopy ReceiveCopyResults GetLBAStatus}
family_timeout_s=$((120 * slowness))

# run_family FAMILY SG RESULT: append to RESULT what failed, to RESULT.ran what ran.
run_family()
{
	local out=$3.out start=$SECONDS
	timeout $family_timeout_s iscsi-test-cu --dataloss --normal --test="SCSI.$1" "$2" \
		>"$out" 2>&1 || :
	if ! grep -q '^ *tests ' "$out"; then
		tail -n 20 "$out"
		echo "$1.no-result" >>"$3"
		return
	fi
	sed -n 's/^ *Suite \([A-Za-z0-9]*\), Test \([^ ]*\) had failures.*/\1.\2/p' "$out" >>"$3"
	awk -v f="$1" -v s=$((SECONDS - start)) -v over="${3##*/}" '/^ *tests / {
		print over " " f ": ran " $3 ", failed " $5 ", took " s " s" }' "$out" | tee -a "$3.ran"
}

run_all()	# SG RESULT
{
	local family
	: >"$2"
	for family in $families; do
		run_family "$family" "$1" "$2"
	done
	sort -u -o "$2" "$2"
}

# log_in_over TRANSPORT PORTAL NAME: sets sg.
log_in_over()
{
	transport=$1
	use_iface 1
	discover "$2" >/dev/null
	login "$3" "$2"
	sg=$(generic_of "$(disk "$3" 1)")
}

count() { awk '{ sub(",", "", $4); n += $4 } END { print n + 0 }' "$1"; }

ours=$transport
read -r -a names <<<"$TGTD_NAMES"
start_iscsid
modprobe iscsi_tcp
log_in_over tcp "$STOCK_PORTAL" "${names[0]}"
run_all "$sg" /tmp/stock &
stock_job=$!
log_in_over "$ours" "$TGTD_PORTAL" "${names[1]}"
run_all "$sg" /tmp/ours
wait $stock_job
iscsiadm -m node --logoutall=all
expect_nothing_left

echo "over iscsi_tcp fail: $(tr '\n' ' ' </tmp/stock)"
more=$(comm -13 /tmp/stock /tmp/ours)
[ -z "$more" ] || fail "over $ours fail beyond iscsi_tcp: $more"
ran=$(count /tmp/ours.ran)
expect_eq "tests run" "$(count /tmp/stock.ran)" "$ran"
[ "$ran" -ge 100 ] || fail "only $ran tests ran"
ok "$ran tests, no failure that iscsi_tcp has not"
