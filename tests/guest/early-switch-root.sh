# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=busybox
#
# In the initramfs: the driver is loaded, the adapter logs in to its automatic entry, and the
# disk is in use when the root file system takes over (guest-switch-root.sh).

mknod /dev/null c 1 3	# for the shell's jobs: /dev has moved to /new
mkdir -p "/new/lib/modules/$(uname -r)"
mount --bind "/new$OHBA_MODULES" "/new/lib/modules/$(uname -r)"
chroot /new modprobe -a sd_mod ohba_fw
writes() { awk '{ print $5 }' /new/sys/block/sda/stat 2>/dev/null || echo 0; }
soon=600	# tenths of a second
until [ -b /new/dev/sda ] || [ $soon = 0 ]; do
	sleep 0.1
	soon=$((soon - 1))
done
chroot /new "$OHBA_DIR/build/tests/ohba-load" /dev/sda /tmp/load.state >/new/tmp/load.out 2>&1 &
echo $! >/new/tmp/load.pid
until [ "$(writes)" -gt 20 ] || [ $soon = 0 ]; do
	sleep 0.1
	soon=$((soon - 1))
done
writes >/new/tmp/writes-before
