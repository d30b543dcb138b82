#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The adapter is to log in to targets that let nobody in: NAMES, at 127.0.0.1 port PORT. Of
# each the log has a word, which is said here, and there is no session.

# shellcheck source=tests/guest/lib.sh
. "$(dirname "$0")/lib.sh"

leave_host_0
host=$(basename /sys/bus/pci/drivers/ohba_fw/*/host* | tr -d a-z)
flash() { iscsiadm -m host -H "$host" -C flashnode "$@"; }
said() { dmesg | grep -F "target $1: login failed: "; }

start_iscsid
read -r -a names <<<"$NAMES"
for i in "${!names[@]}"; do
	flash -o new -A ipv4 >/dev/null
	flash -x "$i" -o update -n "flashnode.conn[0].ipaddress" -v 127.0.0.1 \
		-n "flashnode.conn[0].port" -v "$PORT" \
		-n flashnode.session.targetname -v "${names[i]}" >/dev/null
	flash -x "$i" -o login >/dev/null
done
for i in "${!names[@]}"; do
	wait_until 120 "a word about ${names[i]}" said "$i"
done
[ -z "$(ls /sys/class/iscsi_session)" ] || fail "a session: $(ls /sys/class/iscsi_session)"
for i in "${!names[@]}"; do
	flash -x "$i" -o logout >/dev/null
done
expect_nothing_left
ok "nobody let us in"
