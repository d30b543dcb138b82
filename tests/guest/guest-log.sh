#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# guest-log.sh before: an automatic entry cannot be logged in to, and the log says so.
# guest-log.sh after: it still does on the machine's next start, until it is erased.

. "$(dirname "$0")/lib.sh"

leave_host_0
pci=$(basename /sys/bus/pci/drivers/ohba_fw/0*)
log() { build/tools/ohbatool -o json log "$pci" "$@"; }

# has BOOT KIND [WORDS]: of the adapter's so many power-ons.
has() { log | grep "\"boot\": $1, .*\"kind\": \"$2\"" | grep -F -- "${3-}" >/dev/null; }

case $1 in
before)
	step "a login that fails"
	wait_until 60 "the failure" has 1 login-failed '"status": "CONN_REFUSED"'
	has 1 login-failed '"object": 0' || fail "of another entry"
	step "power goes"
	wait_until 120 "the page in flash" told written
	;;
after)
	step "what happened before power went"
	has 1 login-failed CONN_REFUSED || fail "nothing of the first start: $(log)"
	has 1 enabled '"time": "20' || fail "not when: $(log)"
	has 2 power-on || fail "nothing of the second start: $(log)"
	wait_until 60 "the failure, again" has 2 login-failed CONN_REFUSED
	step "erased"
	log --erase >/dev/null
	! has 1 login-failed || fail "it is still there: $(log)"
	expect_match "the first record" '"kind": "erased"' "$(log | sed -n 2p)"
	;;
esac
ok "the log"
