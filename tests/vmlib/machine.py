# SPDX-License-Identifier: GPL-2.0-or-later
"""One guest: its QEMU command line, its run, its end."""

import ctypes
import os
import pathlib
import re
import resource
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time

from vmlib import initramfs, splat, terminal, tsc

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
QEMU = BUILD / "qemu" / "qemu-system-x86_64"
KERNELS = BUILD / "kernels"
PINNED = ROOT / "mk" / "versions"
FIRMWARE = "/usr/share/seabios", "/usr/share/qemu"
RUNS = BUILD / "vm"
RUNS_KEPT = 20
PROBE_TIMEOUT_S = 20

KVM = "-accel", "kvm", "-cpu", "host"
TCG = "-accel", "tcg,thread=multi", "-cpu", "max,la57=off"

# Ends at once on a fault; quiet until the command runs; spends no time on what a
# guest of ours has no use for. On a busy host the emulated timer would fail the
# kernel's check of it and stop the boot, hence no_timer_check.
KERNEL_WORDS = "console=ttyS0 panic=-1 oops=panic loglevel=5 tsc=reliable no_timer_check " \
    "random.trust_cpu=on mitigations=off apparmor=0 audit=0"

EXCERPT_LINES = 30

QEMU_REFUSED = 1

EXIT_SPLAT = 70
EXIT_TIMEOUT = 71
EXIT_BROKEN = 72


class VmError(Exception):
    """A failure whose message names the thing, the reason and the remedy."""


def require_qemu():
    if not QEMU.exists():
        raise VmError(f"{QEMU} does not exist: run `make qemu`")


def adapter_classes():
    """The CLASS of each ohba-CLASS that our QEMU has."""
    require_qemu()
    listed = subprocess.run([QEMU, "-device", "help"], stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, check=False).stdout
    return sorted(re.findall(r'^name "ohba-([^"]+)"', listed, re.M))


def unpacked_kernels():
    return [path.parent.name for path in KERNELS.glob("*/release")]


def pinned_kernels():
    """Those that the build can fetch."""
    return re.findall(r"^\[kernel-(.+)\]", PINNED.read_text(), re.M)


class Kernel:
    """A kernel series of unpacked_kernels()."""

    def __init__(self, series):
        self.tree = KERNELS / series
        self.release = (self.tree / "release").read_text().strip()
        self.modules = self.tree / "lib/modules" / self.release
        self.image = self.tree / "boot/vmlinux"
        self.initrd = BUILD / "vm" / f"initrd-{self.release}.cpio"
        self.with_ours = BUILD / "modules" / series / "lib/modules" / self.release

    def guest_modules(self):
        """The module tree for modprobe: with ours, once `make modules` made them."""
        built = self.with_ours / "modules.dep"
        return self.with_ours if built.exists() else self.modules


def is_over(run):
    """Who made it has ended."""
    return not pathlib.Path("/proc", run.name.rsplit("-", 1)[1]).exists()


def new_run():
    """A fresh folder for this run; the oldest ones go, but for those of runs that last."""
    RUNS.mkdir(parents=True, exist_ok=True)
    run = RUNS / f"run-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    (run / "out").mkdir(parents=True)
    for old in filter(is_over, sorted(RUNS.glob("run-*"))[:-RUNS_KEPT]):
        shutil.rmtree(old, ignore_errors=True)
    return run


def die_with_parent(number=signal.SIGKILL):
    """No guest outlives the runner, however that ends (prctl PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, number)


def as_child():
    """Of QEMU: each session of an adapter is a descriptor, and a shell gives 1,024."""
    die_with_parent()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def base_command(kernel, append):
    command = [QEMU, "-nodefaults", "-no-reboot", "-display", "none",
               "-kernel", kernel.image, "-initrd", kernel.initrd, "-append", append]
    for path in FIRMWARE:
        command += ["-L", path]
    return command


def kvm_works(kernel):
    """Whether KVM boots this kernel; found out once per boot of this machine."""
    boot_id = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    verdict = RUNS / "kvm"
    if verdict.exists() and verdict.read_text().split()[0] == boot_id:
        return verdict.read_text().split()[1] == "yes"
    works = os.access("/dev/kvm", os.R_OK | os.W_OK) and probe_kvm(kernel)
    new = verdict.with_suffix(f".{os.getpid()}")
    new.write_text(f"{boot_id} {'yes' if works else 'no'}\n")
    new.replace(verdict)
    return works


def probe_kvm(kernel):
    print("tests/vm: probing KVM once", file=sys.stderr, flush=True)
    command = base_command(kernel, "ohba.probe panic=-1 quiet") + \
        ["-machine", "q35,accel=kvm", "-cpu", "host", "-m", "256", "-serial", "null"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          preexec_fn=die_with_parent) as process:
        try:
            return process.wait(PROBE_TIMEOUT_S) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            process.kill()


def last_of(console, log):
    """The end of a kernel log, to follow a message; "" if it is empty."""
    lines = log.rstrip().splitlines()[-EXCERPT_LINES:]
    return "\n".join([f"; last of {console}:", *lines]) if lines else ""


def no_end(timeout_s, started):
    """What a timeout means, and what to do."""
    where = "COMMAND had started and was still running" if started else \
        "COMMAND had not started: the guest was still booting"
    return f"no end after {timeout_s:g} s; {where}; if it needs longer, " \
        f"say --timeout S (0: no limit)"


class Machine:
    """A guest made from the command line's options `args`."""

    def __init__(self, args):
        require_qemu()
        self.args = args
        self.kernel = Kernel(args.kernel)
        initramfs.make(self.kernel.initrd, self.kernel.modules)
        self.run_dir = new_run()
        self.out = self.run_dir / "out"
        self.console = self.run_dir / "console.log"
        self.output, self.output_end = socket.socketpair()

    # --- before ---

    def write_settings(self):
        args = self.args
        settings = {"OHBA_DIR": ROOT, "OHBA_MODULES": self.kernel.guest_modules(),
                    "OHBA_NET": "1" if args.net else "",
                    "OHBA_UDEV": "1" if args.udev else "",
                    "OHBA_SHELL": "1" if args.shell else "",
                    "OHBA_EARLY": args.early,
                    "OHBA_ADAPTERS": str(len(args.adapter) or "")}
        if args.no_modules:
            settings["OHBA_ADAPTERS"] = ""
        lines = [f"{key}={shlex.quote(str(value))}" for key, value in settings.items()]
        (self.out / "settings").write_text("\n".join(lines) + "\n")

    def write_job(self):
        lines = [f"export {key}={shlex.quote(value)}" for key, value in self.args.env]
        words = self.args.command or ["/bin/bash", "-i"]
        if self.args.shell:
            size = os.get_terminal_size()
            lines.append(f"stty sane rows {size.lines} cols {size.columns}")
            lines.append(f"export TERM={shlex.quote(os.environ.get('TERM', 'vt100'))}")
        lines.append("exec " + " ".join(map(shlex.quote, words)))
        (self.out / "job").write_text("\n".join(lines) + "\n")

    def command(self):
        args = self.args
        kvm = not args.tcg and kvm_works(self.kernel)
        machine = ["-machine", "q35", "-smp", str(args.smp), "-m", str(args.mem),
                   *(KVM if kvm else TCG)]
        append = f"{KERNEL_WORDS} {'' if kvm else tsc.kernel_words()} {args.append}"
        return base_command(self.kernel, append) + machine + self.devices() + \
            [word for words in args.qemu for word in words]

    def devices(self):
        args = self.args
        words = ["-serial", f"file:{self.console}",
                 "-virtfs", "local,path=/,mount_tag=root,security_model=none,"
                            "readonly=on,multidevs=remap",
                 "-virtfs", f"local,path={self.out},mount_tag=shared,"
                            "security_model=none,multidevs=remap",
                 "-device", "virtio-rng-pci", "-device", "virtio-serial-pci"]
        if args.shell:
            words += ["-chardev", "stdio,id=out,signal=off,mux=on",
                      "-mon", "chardev=out,mode=readline",
                      "-device", "virtconsole,chardev=out"]
        else:
            words += ["-chardev", f"socket,id=out,fd={self.output_end.fileno()}",
                      "-device", "virtserialport,chardev=out,name=ohba.out"]
        if args.net:
            forwards = "".join(f",hostfwd=tcp:127.0.0.1:{here}-:{there}"
                               for here, there in args.forward)
            words += ["-netdev", "user,id=net" + forwards,
                      "-device", "virtio-net-pci,netdev=net,romfile="]
        if args.qmp:
            words += ["-qmp", f"unix:{args.qmp},server=on,wait=off"]
        for i in range(len(args.adapter) + args.hotplug):
            words += ["-device", f"pcie-root-port,id=rp{i},chassis={i + 1}"]
        for i, (kind, properties) in enumerate(args.adapter):
            words += ["-device", f"ohba-{kind},bus=rp{i},id=hba{i}" +
                      ("," + properties if properties else "")]
        return words

    # --- the run ---

    def run(self):
        """Boot, copy the output, and return the exit status."""
        self.write_settings()
        self.write_job()
        command = [str(word) for word in self.command()]
        (self.run_dir / "command").write_text(shlex.join(command) + "\n")
        try:
            return self.verdict(self.run_qemu(command))
        except (subprocess.TimeoutExpired, TimeoutError):
            return self.timed_out()

    def run_qemu(self, command):
        timeout_s = self.args.timeout
        deadline = time.monotonic() + timeout_s if timeout_s else None
        with terminal.kept(self.args.shell), self.start(command) as process:
            try:
                if not self.args.shell:
                    self.copy_output(deadline)
                return process.wait(self.time_left(deadline))
            finally:
                process.kill()

    def start(self, command):
        """QEMU, with its end of the output's socket, or with our terminal."""
        process = subprocess.Popen(command, preexec_fn=as_child,
                                   pass_fds=[self.output_end.fileno()],
                                   stdin=None if self.args.shell else subprocess.DEVNULL)
        self.output_end.close()
        return process

    @staticmethod
    def time_left(deadline):
        return None if deadline is None else max(0.1, deadline - time.monotonic())

    def copy_output(self, deadline):
        while True:
            self.output.settimeout(self.time_left(deadline))
            data = self.output.recv(65536)
            if not data:
                return
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()

    # --- after ---

    def log(self):
        texts = [path.read_text(errors="replace")
                 for path in (self.console, self.out / "dmesg") if path.exists()]
        return "\n".join(texts)

    def complain(self, text):
        newline = "\n" if self.args.shell else ""     # the guest's line has no end
        print(f"{newline}tests/vm: {text}", file=sys.stderr)

    def timed_out(self):
        text = no_end(self.args.timeout, (self.out / "started").exists())
        self.complain(text + last_of(self.console, self.log()))
        return EXIT_TIMEOUT

    def verdict(self, qemu_status):
        if found := splat.excerpt(self.log()):
            self.complain(f"the kernel reported a fault ({self.console}):\n{found}")
            return EXIT_SPLAT
        status = self.out / "status"
        if qemu_status == 0 and status.exists() and status.read_text().strip():
            return int(status.read_text())
        if qemu_status != 0:
            self.complain(f"QEMU ended with status {qemu_status}" +
                          (self.property_help() if qemu_status == QEMU_REFUSED else ""))
        else:
            self.complain("the guest ended before the command did" +
                          last_of(self.console, self.log()))
        return EXIT_BROKEN

    def property_help(self):
        """Where to look, should it have been a property that QEMU refused."""
        kinds = sorted({kind for kind, properties in self.args.adapter if properties})
        return "".join(f"; properties of --adapter {kind}: see {QEMU} -device ohba-{kind},help"
                       for kind in kinds)
