#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The machine powers off under load, by the kernel's own way down: nobody stops the load,
# logs out, or takes the driver away. The host looks at how long that takes.

# shellcheck source=tests/guest/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/guest/loads.sh
. "$(dirname "$0")/loads.sh"

start_daemon
start_loads 600
for load in "${loads[@]}"; do
	! load_ended "$load" || fail "a load ended: $(cat /tmp/load.*)"
done
ok "two loads run"
echo 0 >/run/ohba/status
echo "ohba: power off" >/dev/kmsg
exec busybox poweroff -nf
