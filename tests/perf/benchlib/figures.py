# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures of repeated runs: how sure they are, and when to stop repeating."""

import math
import statistics


class Series:
    """One figure, measured once per round."""

    def __init__(self, values=()):
        self.values = list(values)

    def add(self, value):
        self.values.append(value)

    @property
    def mean(self):
        return statistics.mean(self.values)

    @property
    def median(self):
        """What a single round that was disturbed does not move."""
        return statistics.median(self.values)

    @property
    def rsd(self):
        """Relative standard deviation of single runs, percent."""
        if len(self.values) < 2 or not self.mean:
            return 0.0
        return 100 * statistics.stdev(self.values) / abs(self.mean)

    @property
    def error(self):
        """Relative standard error of the mean, percent: infinite for a single run."""
        if len(self.values) < 2:
            return math.inf
        return self.rsd / math.sqrt(len(self.values))

    def error_text(self):
        return "%.1f" % self.error if math.isfinite(self.error) else "-"

    def as_json(self):
        return {"mean": self.mean, "median": self.median, "rsd_percent": self.rsd, "values": self.values}


def ratio(ours, theirs):
    """Ours by theirs, round by round: what slowed a round down slowed both."""
    return Series(a / b for a, b in zip(ours.values, theirs.values) if b)


class Rounds:
    """Counts rounds: at least `least`, at most `most`, until all errors are below `bound` %."""

    def __init__(self, least, most, bound):
        self.least, self.most, self.bound = least, most, bound
        self.done = 0

    def more(self, watched):
        """Whether there is to be another round; watched: the series to be sure of."""
        if self.done >= self.most:
            return False
        worst = max((series.error for series in watched), default=math.inf)
        if self.done >= self.least and worst <= self.bound:
            return False
        self.done += 1
        return True
