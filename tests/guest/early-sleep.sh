# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=busybox
#
# In the initramfs: the machine sleeps under load and wakes up, by each state of sleep that it
# has (/sys/power/pm_test turns back before the machine is off). The root file system would not
# survive that: 9p's virtio driver knows no sleep. So it is unmounted before, and mounted
# again by another pass of the initramfs, for guest-sleep.sh to look at what became of it.

begin()
{
	mkdir -p "/new/lib/modules/$(uname -r)"
	mount --bind "/new$OHBA_MODULES" "/new/lib/modules/$(uname -r)"
	chroot /new modprobe -a sd_mod ohba_fw
	cp "/new$OHBA_DIR/build/tests/ohba-load" "/new$OHBA_DIR/$OHBA_EARLY" /
	cd /
	mount -t proc proc /proc
	mount -t sysfs sysfs /sys
	mount -t devtmpfs dev /dev
	mkdir /kept
	mount -t tmpfs tmpfs /kept
	exec sh "/${OHBA_EARLY##*/}"	# this one is a file to be unmounted
}

writes() { awk '{ print $5 }' /sys/block/sda/stat 2>/dev/null || echo 0; }

soon()	# COMMAND...: within a minute, or ten if it has to be
{
	local tenths=6000
	until "$@" || [ $tenths = 0 ]; do
		sleep 0.1
		tenths=$((tenths - 1))
	done
}
has_disk() { [ -b /dev/sda ]; }
wrote_more() { [ "$(writes)" -gt $((before + 20)) ]; }

work_on()
{
	before=$(writes)
	soon wrote_more
}

unmount_root()
{
	awk '$2 ~ "^/(new|ro)(/|$)" { print $2 }' /proc/mounts | sort -r | while read -r path; do
		umount "$path"
	done
}

# A module or not: a driver that has no device need not know sleep.
p9=/sys/bus/virtio/drivers/9pnet_virtio
tell_p9()	# unbind|bind
{
	local share
	for share in $shares; do
		echo "$share" >"$p9/$1"
	done
}

# The devices and their interrupts sleep. Deeper the processors would go, too, and the kernel
# then enables an interrupt of theirs once too often, and warns, whosesoever it is.
sleep_to()	# STATE
{
	echo platform >/sys/power/pm_test
	echo "$1" >/sys/power/state && echo "$1" >>/kept/slept
	work_on
	echo "$before $(writes)" >>/kept/writes
}

sleeps()
{
	soon has_disk
	/ohba-load /dev/sda /kept/load.state >/kept/load.out 2>&1 &
	echo $! >/kept/load.pid
	before=0
	soon wrote_more
	unmount_root
	shares=$(cd "$p9" && echo virtio*)
	tell_p9 unbind
	echo 1 >/sys/module/suspend/parameters/pm_test_delay
	sleep_to freeze
	sleep_to mem
	tell_p9 bind
	exec /init
}

if [ ! -d /kept ]; then
	begin
elif [ ! -e /kept/writes ]; then
	sleeps
else
	mkdir /new/kept
	mount --move /kept /new/kept
fi
