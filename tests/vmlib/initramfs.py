# SPDX-License-Identifier: GPL-2.0-or-later
"""The initramfs: busybox and the modules that reach the host's root over 9p."""

import lzma
import os
import pathlib
import shutil
import subprocess
import tempfile

MODULES = ("virtio_pci", "virtio_console", "9pnet_virtio", "9p", "overlay", "configfs")

INIT = """#!/bin/busybox sh
export PATH=/bin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
for module in $(cat /modules/order); do
	insmod /modules/$module || echo "ohba: insmod $module failed"
done
if grep -q ohba.probe /proc/cmdline; then
	poweroff -f
fi
mount -t tmpfs tmpfs /rw
mkdir /rw/upper /rw/work
options=trans=virtio,version=9p2000.L,msize=262144
mount -t 9p -o $options,ro,cache=loose root /ro
mount -t overlay -o lowerdir=/ro,upperdir=/rw/upper,workdir=/rw/work overlay /new
mount --bind /new /plain
cd /new
mkdir -p proc sys dev run tmp
mount --move /proc proc
mount --move /sys sys
mount --move /dev dev
mkdir -p dev/pts dev/shm
mount -t devpts -o mode=620,ptmxmode=666 devpts dev/pts
mount -t tmpfs tmpfs dev/shm
mount -t tmpfs tmpfs tmp
mount -t tmpfs tmpfs run
mount -t debugfs debugfs sys/kernel/debug
mount -t tracefs tracefs sys/kernel/tracing
mount -t configfs configfs sys/kernel/config
mount -t cgroup2 cgroup2 sys/fs/cgroup
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
mkdir -p run/ohba run/lock run/udev run/init
for tool in basename cat dmesg dirname hostname ip mkdir mount poweroff setsid sh \\
		stty sync uname; do
	ln -s busybox run/init/$tool
done
cp /bin/busybox run/init/busybox
mount -t 9p -o $options,cache=none,access=any shared run/ohba
. /new/run/ohba/settings
if [ ! -e ".$OHBA_DIR/tests" ]; then	# under one of the mounts above
	mkdir -p ".$OHBA_DIR"
	mount --bind "/plain$OHBA_DIR" ".$OHBA_DIR"
fi
umount /plain
[ -z "$OHBA_EARLY" ] || . "/new$OHBA_DIR/$OHBA_EARLY"
exec switch_root /new /run/init/sh "$OHBA_DIR/tests/vmlib/guest-init"
"""


def with_dependencies(modules_dir, names):
    """Module files that `names` need, in the order to load them."""
    deps, by_name = {}, {}
    for line in (modules_dir / "modules.dep").read_text().splitlines():
        path, _, needs = line.partition(":")
        deps[path] = needs.split()
        name = pathlib.Path(path).name.split(".ko")[0].replace("-", "_")
        by_name[name] = path
    ordered = []

    def visit(path):
        for needed in reversed(deps[path]):
            visit(needed)
        if path not in ordered:
            ordered.append(path)

    for name in names:
        if name in by_name:      # else it is built in
            visit(by_name[name])
    return ordered


def unpacked(path):
    data = path.read_bytes()
    return lzma.decompress(data) if path.suffix == ".xz" else data


def fill(tree, modules_dir):
    for name in ("bin", "proc", "sys", "dev", "rw", "ro", "new", "plain", "modules"):
        (tree / name).mkdir()
    shutil.copy("/bin/busybox", tree / "bin/busybox")
    (tree / "init").write_text(INIT)
    (tree / "init").chmod(0o755)
    order = []
    for path in with_dependencies(modules_dir, MODULES):
        name = pathlib.Path(path).name.removesuffix(".xz")
        (tree / "modules" / name).write_bytes(unpacked(modules_dir / path))
        order.append(name)
    (tree / "modules/order").write_text("\n".join(order) + "\n")


def make(path, modules_dir):
    """Make the initramfs at `path` unless it is newer than all it is made of."""
    sources = (pathlib.Path(__file__), pathlib.Path("/bin/busybox"),
               modules_dir / "modules.builtin")
    if path.exists() and all(path.stat().st_mtime >= s.stat().st_mtime for s in sources):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        tree = pathlib.Path(name)
        fill(tree, modules_dir)
        files = "\n".join(str(p.relative_to(tree)) for p in sorted(tree.rglob("*")))
        cpio = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=tree,
                              input=files.encode(), stdout=subprocess.PIPE, check=True)
    new = path.with_suffix(f".new{os.getpid()}")
    new.write_bytes(cpio.stdout)
    new.replace(path)
