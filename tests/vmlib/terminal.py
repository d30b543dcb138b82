# SPDX-License-Identifier: GPL-2.0-or-later
"""The caller's terminal, which QEMU makes raw and, when killed, leaves raw."""

import contextlib
import fcntl
import signal
import sys
import termios


def there():
    return sys.stdin.isatty() and sys.stdout.isatty()


@contextlib.contextmanager
def kept(taken):
    """If the body has `taken` the terminal: put it back as it was, however that ends."""
    if not taken:
        yield
        return
    fd = sys.stdin.fileno()
    modes, flags = termios.tcgetattr(fd), fcntl.fcntl(fd, fcntl.F_GETFL)
    try:
        yield
    finally:
        # Were we no longer in the foreground, tcsetattr would stop us.
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        with contextlib.suppress(termios.error, OSError):     # the terminal may be gone
            termios.tcsetattr(fd, termios.TCSANOW, modes)
            fcntl.fcntl(fd, fcntl.F_SETFL, flags)
