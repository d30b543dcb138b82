#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Answers from a near target, on two busy CPUs: none may overtake the class's
# reply to its request, which iscsiadm would wait 30 s for.

. "$(dirname "$0")/lib.sh"

discoveries=${DISCOVERIES:-100}
read -r -a names <<<"$TGTD_NAMES"

keep_busy() { while :; do :; done; }

check_discoveries()
{
	local i
	for i in $(seq "$discoveries"); do
		expect_eq "targets of discovery $i" "${names[0]}" \
			"$(discover "$TGTD_PORTAL" 2>>/tmp/complaints)"
	done
	expect_eq "what iscsiadm complained of" "" "$(cat /tmp/complaints)"
	ok "$discoveries discoveries without a lost answer"
}

check_logins()
{
	local i
	for i in 1 2 3 4 5; do
		login "${names[0]}" "$TGTD_PORTAL"
		logout "${names[0]}" "$TGTD_PORTAL"
	done
	expect_eq "losses reported at orderly logouts" "" "$(dmesg | grep 'lost: CONN_CLOSED' || :)"
	expect_nothing_left
	ok "5 logins and logouts without a loss"
}

start_iscsid
use_iface
burners=()
for _ in $(seq "$(nproc)"); do
	keep_busy &
	burners+=($!)
done
check_discoveries
check_logins
kill "${burners[@]}"
wait "${burners[@]}" || :
