# SPDX-License-Identifier: GPL-2.0-or-later
"""How the programs end: in words, and with nothing left behind."""

import argparse
import os
import re
import signal
import sys

from targets import TargetError
from vmlib.options import LONGEST_S

from .fio import FioError
from .guest import GuestError
from .native import NativeError


# --- types of options' values: argparse refuses a wrong one with the reason ---

def seconds(text):
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value <= LONGEST_S:      # nan is not, either
        raise argparse.ArgumentTypeError("%r is not a number of seconds above 0" % text)
    return value


def regex(text):
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError("%r is no regular expression: %s" % (text, error))


def new_file(text):
    """A path that can be written later: a run is long."""
    directory = os.path.dirname(text) or "."
    if not os.path.isdir(directory) or not os.access(directory, os.W_OK):
        raise argparse.ArgumentTypeError("%r: there is no folder %s that can be written to" %
                                         (text, directory))
    return text


class MinMax(argparse.Action):
    """Two numbers in order."""

    def __call__(self, parser, args, values, option=None):
        if values[0] > values[1]:
            parser.error("argument %s: MIN (%d) is above MAX (%d)" % (option, *values))
        setattr(args, self.dest, values)


# --- the program ---

def run(main):
    """main(), as a program. A signal unwinds it, so that guests, targets and their
    disks in memory go."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        main()
    except (FioError, GuestError, NativeError, TargetError) as error:
        sys.exit("%s: %s" % (sys.argv[0], error))
    except KeyboardInterrupt:
        sys.exit(130)
