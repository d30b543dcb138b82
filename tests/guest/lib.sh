# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What every guest script needs: iscsid, ifaces, sessions, disks, clean-up
# checks. Sourced, in the guest, by guest-*.sh. Set by the host:
#   OHBA_TRANSPORT   transport under test: be2iscsi, or tcp for the kernel's own
#   OHBA_SLOWNESS    how many times longer than usual this kernel may take
#   TGTD_*, ISTGT_*  PORTAL, PORTAL6, NAMES of the targets (conftest.py)
# A portal is an address as this transport reaches it: the adapter connects from
# the host, so that the host's loopback is its own; iscsi_tcp goes through slirp.

set -eEu -o pipefail
export LC_ALL=C

transport=${OHBA_TRANSPORT:-be2iscsi}
slowness=${OHBA_SLOWNESS:-1}
db=/etc/iscsi
initiator=iqn.2026-01.org.ohba:guest

step() { echo "--- $*"; }
ok()   { echo "ok: $*"; }

fail()
{
	echo "FAIL: $*" >&2
	dmesg | tail -n 25 | sed 's/^/  kernel: /' >&2
	[ ! -s /tmp/iscsid.log ] || tail -n 15 /tmp/iscsid.log | sed 's/^/  iscsid: /' >&2
	[ ! -s /tmp/uipd.log ] || tail -n 15 /tmp/uipd.log | sed "s/^/  /" >&2
	exit 1
}

trap 'fail "line $LINENO of $0: $BASH_COMMAND"' ERR

# wait_until SECONDS WHAT COMMAND...: poll, bounded.
wait_until()
{
	local end=$((SECONDS + $1 * slowness)) what=$2
	shift 2
	until "$@"; do
		[ "$SECONDS" -le "$end" ] || fail "waited in vain for $what"
		sleep 0.05
	done
}

# expect_eq WHAT EXPECTED ACTUAL
expect_eq()
{
	[ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"
}

# expect_match WHAT REGEX TEXT
expect_match()
{
	grep -Eq -- "$2" <<<"$3" || fail "$1: nothing matches '$2' in: $3"
}

# told WORD: has the host said so (Guest.tell() in conftest.py)?
told() { [ -e "/run/ohba/$1" ]; }

# virtio_port NAME: its device, by which the host talks to this script.
virtio_port()
{
	local name
	for name in /sys/class/virtio-ports/*/name; do
		[ "$(cat "$name")" != "$1" ] || echo "/dev/$(basename "$(dirname "$name")")"
	done
}

# --- iscsid, and the database it and iscsiadm share -------------------------

iscsid_pid=

start_iscsid()
{
	modprobe -a sd_mod sg		# nobody answers uevents here
	[ "$transport" != tcp ] || modprobe iscsi_tcp
	mkdir -p /run/lock/iscsi "$db"
	rm -rf "$db/nodes" "$db/send_targets" "$db/ifaces"
	echo "InitiatorName=$initiator" >"$db/initiatorname.iscsi"
	iscsid -f -d "${ISCSID_DEBUG:-1}" >/tmp/iscsid.log 2>&1 &
	iscsid_pid=$!
	wait_until 10 "iscsid's socket" iscsid_answers
}

# iscsiadm has no ping; its session mode fails with 20 when iscsid is not there.
iscsid_answers() { grep -q ISCSIADM_ABSTRACT_NAMESPACE /proc/net/unix; }

set_node()	# NAME PORTAL KEY VALUE
{
	iscsiadm -m node -T "$1" -p "$2" -I "$iface" -o update -n "$3" -v "$4"
}

# --- ifaces -----------------------------------------------------------------

ifaces()
{
	if [ "$transport" = tcp ]; then
		echo default
	else
		iscsiadm -m iface | awk -v t="$transport" '$1 ~ "^" t "\\." { print $1 }'
	fi
}

# The iface that the functions below go through: the Nth (from 1).
use_iface()
{
	iface=$(ifaces | sed -n "${1:-1}p")
	[ -n "$iface" ] || fail "no iface number ${1:-1} of transport $transport: $(iscsiadm -m iface)"
}

# --- a network of the adapter's own -------------------------------------------

# open-iscsi 2.1.8 applies nothing to SCSI host 0: let that be one without disks.
leave_host_0()
{
	modprobe -r ohba_fw
	modprobe scsi_debug num_tgts=0
	modprobe ohba_fw
}

apply()		# "PARAMETER VALUE"...
{
	local parameter
	for parameter; do
		iscsiadm -m iface -I "$iface" -o update -n "iface.${parameter% *}" \
			-v "${parameter#* }" >/dev/null
	done
	iscsiadm -m iface -I "$iface" -o apply
}

# What the adapter's first address of IPv4 is, as the class shows it: a folder.
iface_in_sysfs() { echo /sys/class/iscsi_iface/ipv4-iface-*-0; }

start_uipd()	# OPTION...
{
	: >/tmp/uipd.log
	build/tools/uipd --foreground "$@" 2>>/tmp/uipd.log &
	uipd=$!
	wait_until 30 "uipd" grep -q "listening to the driver" /tmp/uipd.log
}

end_uipd()	# SIGNAL
{
	uipd_status=0
	kill -"$1" "$uipd"
	wait "$uipd" || uipd_status=$?
}

# --- discovery, login, logout -----------------------------------------------

# discover PORTAL: prints the names, leaves a node record per name and portal.
discover()
{
	if [ "$transport" = tcp ]; then
		discover_behind_slirp "$1"
	else
		iscsiadm -m discovery -t sendtargets -p "$1" -I "$iface" | awk '{ print $2 }' | sort -u
	fi
}

# The portals that a target on the host's loopback announces mean nothing here.
discover_behind_slirp()
{
	local name
	iscsiadm -m discovery -t sendtargets -p "$1" -I "$iface" -o nonpersistent |
		awk '{ print $2 }' | sort -u |
		while read -r name; do
			iscsiadm -m node -o new -T "$name" -p "$1" -I "$iface" >/dev/null
			echo "$name"
		done
}

login()		# NAME PORTAL [KEY VALUE]...
{
	local name=$1 portal=$2
	shift 2
	while [ $# -ge 2 ]; do
		set_node "$name" "$portal" "$1" "$2"
		shift 2
	done
	iscsiadm -m node -T "$name" -p "$portal" -I "$iface" --login
}

logout()	# NAME PORTAL
{
	iscsiadm -m node -T "$1" -p "$2" -I "$iface" --logout
}

with_digests=(node.conn[0].iscsi.HeaderDigest CRC32C node.conn[0].iscsi.DataDigest CRC32C)

# --- sessions and disks, from sysfs -----------------------------------------

# session NAME [N]: sysfs directory of the Nth session to a target.
session()
{
	local s target n=${2:-1}
	for s in /sys/class/iscsi_session/session*; do
		read -r target 2>/dev/null <"$s/targetname" && [ "$target" = "$1" ] || continue
		n=$((n - 1))
		[ "$n" -gt 0 ] || { echo "$s"; return; }
	done
	return 1
}

# session_state_is NAME STATE: what was negotiated is there with LOGGED_IN, no sooner.
session_state_is() { [ "$(cat "$(session "$1")/state" 2>/dev/null)" = "$2" ]; }

# block_of NAME LUN [N]: sdX, or nothing yet.
block_of()
{
	local s d size
	s=$(session "$1" "${3:-1}") || return 1
	for d in "$s"/device/target*/*:"$2"/block/sd*; do
		[ -b "/dev/${d##*/}" ] && read -r size <"$d/size" && [ "$size" -gt 0 ] || continue
		echo "${d##*/}"
		return
	done
	return 1
}

# The kernel has its name, and udev its node, a moment before it can be opened.
opens() { [ -b "$1" ] && (exec <"$1") 2>/dev/null; }		# DEVICE

disk_there()
{
	local name
	name=$(block_of "$@") && opens "/dev/$name"
}

# disk NAME LUN [N]: wait for it; prints /dev/sdX.
disk()
{
	wait_until 30 "the disk of LUN $2 of $1" disk_there "$@"
	echo "/dev/$(block_of "$@")"
}

block_at() { ls "/sys/class/scsi_disk/$1/device/block" 2>/dev/null; }
opens_at() { opens "/dev/$(block_at "$1")"; }

# disk_at HOST:CHANNEL:ID:LUN: wait for it; prints /dev/sdX.
disk_at()
{
	wait_until 30 "the disk at $1" opens_at "$1"
	echo "/dev/$(block_at "$1")"
}

generic_of() { ls "/sys/block/${1#/dev/}/device/scsi_generic" | sed 's,^,/dev/,'; }

# names_of DISK: udev's, by what it is and where it is.
names_of()
{
	udevadm info --query=symlink "/dev/${1#/dev/}" | tr ' ' '\n' |
		grep -E '^disk/by-(id|path)/' | sort
}

# udev hears of a disk only when its partitions were looked for.
named() { udevadm settle && names_of "$1" >/dev/null; }		# DISK

negotiated()	# NAME ATTRIBUTE: of the session, else of its connection
{
	local s
	s=$(session "$1")
	if [ -e "$s/$2" ]; then
		cat "$s/$2"
	else
		cat "$s"/device/connection*/iscsi_connection/connection*/"$2"
	fi
}

# A link that leads nowhere is nobody's: where there was no memory for the attributes of a
# class's device, the kernel frees that device and leaves the class's link
# (attribute_container_add_class_device()).
none_in() { [ -z "$(readlink -qe "$1"/*)" ]; }

# After the last logout, or a failed login: nothing is left in sysfs.
expect_nothing_left()
{
	local class
	for class in iscsi_session iscsi_connection iscsi_endpoint; do
		wait_until 10 "$class to be empty (it has $(ls /sys/class/$class 2>/dev/null))" \
			none_in "/sys/class/$class"
	done
	wait_until 10 "the disks to be gone" none_in /sys/class/scsi_disk
}

# --- the adapter ------------------------------------------------------------

# open-iscsi names an adapter's iface be2iscsi.<mac>.ipv4.0, older ones without
# the end.
mac_of()
{
	local mac=${1#*.}
	echo "${mac%%.ipv*}"
}

# pci_of IFACE: the PCI address of the adapter with that iface's MAC.
pci_of()
{
	local h mac
	mac=$(mac_of "$1")
	for h in /sys/class/iscsi_host/host*; do
		[ "$(cat "$h/hwaddress" 2>/dev/null)" = "$mac" ] || continue
		readlink -f "$h/device/.." | sed 's,.*/,,'
		return
	done
	return 1
}

debugfs()
{
	mountpoint -q /sys/kernel/debug || mount -t debugfs none /sys/kernel/debug
	echo /sys/kernel/debug
}

# --- verified I/O -----------------------------------------------------------

# What a disk has completed; wrote_since DISK N: are its writes more than N?
ios_of() { awk '{ print $1 + $5 }' "/sys/block/${1#/dev/}/stat"; }
writes_of() { awk '{ print $5 }' "/sys/block/${1#/dev/}/stat"; }
wrote_since() { [ "$(writes_of "$1")" -gt "$2" ]; }

# verified NAME DISK FIO-OPTION...: writes, then reads back and compares.
verified()
{
	local name=$1 disk=$2
	shift 2
	fio --name="$name" --filename="$disk" --direct=1 --verify=crc32c --verify_fatal=1 \
		--do_verify=1 --group_reporting --randrepeat=1 --output="/tmp/fio.$name" "$@" ||
		{ cat "/tmp/fio.$name"; fail "fio $name on $disk"; }
	grep -E '^ +(read|write):|IOPS=' "/tmp/fio.$name" | sed "s/^ */$name: /"
}
