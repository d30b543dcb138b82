#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The adapter is to log in to targets that let nobody in: NAMES, at 127.0.0.1 port PORT; by
# itself, "adapter", or by uipd, "helper". Of each the log has a word, which is said here, as is
# what its entry shows of the failure; and there is no session.

# shellcheck source=tests/guest/lib.sh
. "$(dirname "$0")/lib.sh"

leave_host_0
host=$(basename /sys/bus/pci/drivers/ohba_fw/*/host* | tr -d a-z)
flash() { iscsiadm -m host -H "$host" -C flashnode "$@"; }
said() { dmesg | grep -F "target $1: login failed: "; }
entry() { echo "/sys/bus/iscsi_flashnode/devices/flashnode_sess-$host:$1"; }
failed() { grep -q "^reason: LOGIN_" "$(entry "$1")/login_state"; }

# What is shown of entry INDEX, in a line: WHO REASON STATUS.
show()	# WHO INDEX
{
	wait_until 120 "the failure of ${names[$2]}" failed "$2"
	awk -v line="state $2: $1" '
		$1 == "reason:" { line = line " " $2 }
		$1 == "status:" { line = line " " $2 }
		END { print line }' "$(entry "$2")/login_state"
}

log_in_by()	# WHO INDEX
{
	echo "$1" >"$(entry "$2")/login_by"
	flash -x "$2" -o login >/dev/null
}

no_session()
{
	[ -z "$(ls /sys/class/iscsi_session)" ] || fail "a session: $(ls /sys/class/iscsi_session)"
}

log_out()
{
	local i
	no_session
	for i in "${!names[@]}"; do
		flash -x "$i" -o logout >/dev/null
	done
}

asked() { grep "logs in to $1\$" /tmp/uipd.log >/dev/null; }

who=$1
start_iscsid
[ "$who" = adapter ] || start_uipd --debug login
read -r -a names <<<"$NAMES"
for i in "${!names[@]}"; do
	flash -o new -A ipv4 >/dev/null
	flash -x "$i" -o update -n "flashnode.conn[0].ipaddress" -v 127.0.0.1 \
		-n "flashnode.conn[0].port" -v "$PORT" \
		-n flashnode.session.targetname -v "${names[i]}" >/dev/null
	log_in_by "$who" "$i"
done
for i in "${!names[@]}"; do
	wait_until 120 "a word about ${names[i]}" said "$i"
	show "$who" "$i"
	[ "$who" = adapter ] || wait_until 30 "uipd to be asked for ${names[i]}" asked "${names[i]}"
done
log_out
[ "$who" = adapter ] || end_uipd TERM
expect_nothing_left
ok "nobody let us in"
