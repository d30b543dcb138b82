#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# libiscsi's SCSI tests through /dev/sgN: what fails over the adapter must also
# fail over iscsi_tcp on the same target.

. "$(dirname "$0")/lib.sh"

# Families that disturb others (Sanitize, StartStopUnit's eject, NoMedia) or take
# minutes under emulation stay out.
families="${FAMILIES:-Inquiry Mandatory ModeSense6 Prefetch10 Prefetch16 PreventAllow
	PrinReadKeys PrinServiceactionRange PrinReportCapabilities
	ProutRegister ProutReserve ProutClear ProutPreempt
	Read6 Read10 Read12 Read16 ReadCapacity10 ReadCapacity16 ReadOnly
	ReportSupportedOpcodes Reserve6 TestUnitReady Unmap
	Verify10 Verify12 Verify16 Write10 Write12 Write16
	WriteSame10 WriteSame16 WriteVerify10 WriteVerify12 WriteVerify16
	CompareAndWrite OrWrite ExtendedCopy ReceiveCopyResults GetLBAStatus}"

run_all()	# SG RESULT
{
	local family start
	: >"$2"
	for family in $families; do
		start=$SECONDS
		timeout 120 iscsi-test-cu --dataloss --normal --test="SCSI.$family" "$1" \
			>/tmp/cu.out 2>&1 || echo "SCSI.$family status $?" >>/tmp/cu.status
		sed -n 's/^ *Suite \([A-Za-z0-9]*\), Test \([^ ]*\) had failures.*/\1.\2/p' /tmp/cu.out >>"$2"
		awk -v f="$family" -v s=$((SECONDS - start)) \
			'/^ *tests / { print f ": ran " $3 ", failed " $5 ", took " s " s" }' /tmp/cu.out |
			tee -a "$2.ran"
		grep -q '^ *tests ' /tmp/cu.out || { cat /tmp/cu.out; echo "$family.no-result" >>"$2"; }
	done
	sort -o "$2" "$2"
}

over()	# TRANSPORT PORTAL NAME LUN RESULT
{
	local d
	step "over $1: $3"
	transport=$1
	use_iface 1
	discover "$2" >/dev/null
	login "$3" "$2"
	d=$(disk "$3" "$4")
	run_all "$(generic_of "$d")" "$5"
	logout "$3" "$2"
	expect_nothing_left
}

count() { awk '{ sub(",", "", $3); n += $3 } END { print n + 0 }' "$1"; }

transport_under_test=$transport
start_iscsid
modprobe iscsi_tcp
over tcp "$STOCK_PORTAL" "$TGTD_NAMES" 1 /tmp/stock
over "$transport_under_test" "$TGTD_PORTAL" "$TGTD_NAMES" 1 /tmp/ours
echo "over iscsi_tcp fail: $(tr '\n' ' ' </tmp/stock)"
more=$(comm -13 /tmp/stock /tmp/ours)
[ -z "$more" ] || fail "over $transport_under_test fail beyond iscsi_tcp: $more"
expect_eq "tests run" "$(count /tmp/stock.ran)" "$(count /tmp/ours.ran)"
[ "$(count /tmp/ours.ran)" -ge 100 ] || fail "only $(count /tmp/ours.ran) tests ran"
ok "$(count /tmp/ours.ran) tests, no failure that iscsi_tcp has not"
