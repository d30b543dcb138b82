#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Discovery by the adapter at an iSNS server: by ohbatool, with entries made of what is found,
# and as the iscsi class asks for it. The commands are those of docs/targets.md.

. "$(dirname "$0")/lib.sh"

leave_host_0
host=$(basename /sys/bus/pci/drivers/ohba_fw/*/host* | tr -dc 0-9)
pci=$(basename /sys/bus/pci/drivers/ohba_fw/0*)
tool=build/tools/ohbatool
flash() { iscsiadm -m host -H "$host" -C flashnode "$@"; }
entries() { (flash 2>/dev/null || true) | wc -l; }

# refused WORDS COMMAND...: it must fail, and say why.
refused()
{
	local words=$1
	shift
	if "$@" >/tmp/refused 2>&1; then
		fail "taken: $*"
	fi
	grep -F -- "$words" /tmp/refused >/dev/null || fail "'$words' is not in: $(cat /tmp/refused)"
}

step "a list"
found=$($tool discover "$pci" --isns "$ISNS_PORTAL")
for name in $TGTD_NAMES; do
	expect_match "$name" "^$TGTD_PORTAL +1 +$name\$" "$found"
done
expect_match "elsewhere" "^192.0.2.7:3999 +1 +iqn.2026-01.org.ohba:elsewhere\$" "$found"
expect_eq "lines" $(($(wc -w <<<"$TGTD_NAMES") + 2)) "$(wc -l <<<"$found")"

step "whom it does not concern"
expect_eq "targets of other domains" 1 "$($tool discover "$pci" -i "$HIDDEN_PORTAL" | wc -l)"

step "errors"
refused "no DHCP server of the adapter's announced an iSNS server" $tool discover "$pci" --isns

step "entries of it, as the class asks"
dmesg -C
python3 tests/guest/dscvr.py "$host" "${ISNS_PORTAL%:*}" "${ISNS_PORTAL##*:}" 2
n=$(($(wc -w <<<"$TGTD_NAMES") + 1))
all_there() { [ "$(entries)" = "$n" ]; }
wait_until 30 "entries" all_there
expect_eq "new ones" 0 "$($tool discover "$pci" -i "$ISNS_PORTAL" --add | grep -c ' new ' || true)"

step "one of them is logged in to"
index=
for i in $(seq 0 $((n - 1))); do
	[ "$(cat "/sys/bus/iscsi_flashnode/devices/flashnode_sess-$host:$i/targetname")" != \
	  "${TGTD_NAMES%% *}" ] || index=$i
done
start_iscsid
flash -x "$index" -o login
wait_until 30 "a session" session "${TGTD_NAMES%% *}"
flash -x "$index" -o logout
ok "discovery at an iSNS server"
