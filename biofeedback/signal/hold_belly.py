"""Whether the belly stays where it was at the start of a hold, breath by breath."""

from __future__ import annotations

import dataclasses
import math
from collections import deque

import numpy as np

__all__ = ["BellyLevel"]

BREATHS = 10
"""The usual breath, and the scatter of levels, are those of so many breaths before the hold."""
LEAST_BREATHS = 5
"""Fewer do not tell a scatter."""
LIMIT_PART = 0.5
"""Of the usual breath: in two minutes a simulated belt creeps by 0.3 of one, and nobody let go."""
LIMIT_SD = 3.0
START_S = 10.0
LEAST_START = 2
MEDIAN_OF = 3
"""One sigh or one swallow moves one level and not the median of three."""
FRESH_S = 12.0
"""A level is taken to last for two breaths at the slowest usual rate, 10 per minute."""


@dataclasses.dataclass(slots=True)
class BellyLevel:
    """End-expiratory levels of the abdominal belt: before a hold, at its start, and since.

    Parameters
    ----------
    before : deque of (float, float)
        Last levels, each with the size of its breath, in the unit of the belt.
    start_s : float
        When the hold began, s; NaN without one.
    first : list of float
        Levels of its first ten seconds.
    since : deque of float
        Last levels after those.
    last_s : float
        When the last breath ended, s.
    """

    before: deque[tuple[float, float]] = dataclasses.field(
        default_factory=lambda: deque(maxlen=BREATHS)
    )
    start_s: float = math.nan
    first: list[float] = dataclasses.field(default_factory=list)
    since: deque[float] = dataclasses.field(default_factory=lambda: deque(maxlen=MEDIAN_OF))
    last_s: float = -math.inf

    def begin(self, start_s: float) -> None:
        """Begin a hold.

        Parameters
        ----------
        start_s : float
            When, s.
        """
        self.start_s = start_s
        self.first.clear()
        self.since.clear()

    def forget(self) -> None:
        """Forget everything: the belts moved, levels before and after are not to be compared."""
        self.before.clear()
        self.begin(math.nan)

    def add(self, end_s: float, level: float, size: float, *, holding: bool) -> None:
        """Take a level.

        Parameters
        ----------
        end_s : float
            When the breath ended, s.
        level : float
            Of the belt then, in its unit; NaN when not known.
        size : float
            Of that breath, in the same unit; NaN when not known.
        holding : bool
            A hold goes on; else it tells the usual breath, and how levels scatter.
        """
        if not math.isfinite(level + size):
            return
        if not holding:
            self.before.append((level, abs(size)))
        elif end_s >= self.start_s:
            self.last_s = end_s
            if end_s < self.start_s + START_S:
                self.first.append(level)
            else:
                self.since.append(level)

    def ratio(self, now_s: float) -> float:
        """Return how far the level has left that of the start, over its limit.

        Parameters
        ----------
        now_s : float
            Time, s.

        Returns
        -------
        ratio : float
            Beyond 1 is outside; NaN when not known.
        """
        scarce = len(self.before) < LEAST_BREATHS or len(self.first) < LEAST_START
        if scarce or len(self.since) < MEDIAN_OF or now_s - self.last_s > FRESH_S:
            return math.nan
        # Differences of neighbours: a belt that creeps does not scatter.
        levels, sizes = np.array(self.before).T
        scatter = float(np.std(np.diff(levels))) / math.sqrt(2.0)
        limit = max(LIMIT_PART * float(np.median(sizes)), LIMIT_SD * scatter)
        away = abs(float(np.median(self.since)) - float(np.mean(self.first)))
        return away / limit if limit > 0.0 else math.nan
