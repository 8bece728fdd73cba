"""What the lateness of packets tells: a loss that stays, and how much a link jitters."""

from __future__ import annotations

import math
from collections import deque

__all__ = ["Jitter", "StayingLate"]

MORE_PATIENCE = 4.0
"""On a link that is often late for long and recovers, patience grows up to so many times."""
JITTER_PARTS = 60
"""Parts of a second or more that jitter is taken over: about a minute."""


class StayingLate:
    """Tells lateness that stays level from a stall that is being caught up.

    In each quarter of the patience the lowest lateness must be the same. A link that has
    recovered from long lateness is given twice as long.

    Parameters
    ----------
    least_s : float
        Less is not late, s.
    patience_s : float
        How long it must stay at least, s.

    Attributes
    ----------
    from_x_s : float
        Sensor time of the packet that was the first to be late, s.
    """

    def __init__(self, least_s: float, patience_s: float) -> None:
        self._least_s = least_s
        self._patience_s = patience_s
        self._recovery_s = 0.0  # the longest of late, fading
        self._lows_s: deque[float] = deque(maxlen=5)  # by quarter, one running
        self._late_since_s = 0.0
        self._quarter_since_s = 0.0
        self.from_x_s = 0.0

    @property
    def suspected_s(self) -> float:
        """Lateness that has lasted for a quarter of the patience or longer, s; else 0."""
        return min(list(self._lows_s)[:-1], default=0.0)

    def add(self, x_s: float, arrival_s: float, late_s: float) -> float:
        """Take a packet's lateness.

        Parameters
        ----------
        x_s : float
            Sensor time of its newest sample, s.
        arrival_s : float
            When it arrived, s.
        late_s : float
            How far that is above the line, s.

        Returns
        -------
        staying_s : float
            The level that has stayed, s; 0 as long as none has.
        """
        lows_s = self._lows_s
        if late_s < self._least_s:
            if lows_s:
                recovered_s = arrival_s - self._late_since_s
                self._recovery_s = max(recovered_s, 0.9 * self._recovery_s)
                lows_s.clear()
            return 0.0
        if not lows_s:
            self.from_x_s, self._late_since_s, self._quarter_since_s = x_s, arrival_s, arrival_s
            lows_s.append(late_s)
            return 0.0
        longest_s = MORE_PATIENCE * self._patience_s
        patience_s = min(max(self._patience_s, 2.0 * self._recovery_s), longest_s)
        if arrival_s < self._quarter_since_s + patience_s / 4:
            lows_s[-1] = min(lows_s[-1], late_s)
            return 0.0
        over_s = list(lows_s)[-4:]
        self._quarter_since_s = arrival_s
        lows_s.append(late_s)
        if len(over_s) == 4 and max(over_s) - min(over_s) < self._least_s / 2:
            lows_s.clear()
            return min(over_s)
        return 0.0


class Jitter:
    """Standard deviation of lateness over the last minute, in bounded memory."""

    def __init__(self) -> None:
        self._parts: deque[tuple[int, float, float]] = deque(maxlen=JITTER_PARTS)
        self._count, self._sum_s, self._square_s2 = 0, 0.0, 0.0

    def add(self, late_s: float) -> None:
        """Take a packet's lateness.

        Parameters
        ----------
        late_s : float
            Arrival above the line, s.
        """
        self._count += 1
        self._sum_s += late_s
        self._square_s2 += late_s * late_s

    def close_part(self) -> float:
        """End a part, about once per second.

        Returns
        -------
        jitter_s : float
            Over the last 60 parts, s; NaN for fewer than two packets.
        """
        if self._count:
            self._parts.append((self._count, self._sum_s, self._square_s2))
            self._count, self._sum_s, self._square_s2 = 0, 0.0, 0.0
        count = sum(part[0] for part in self._parts)
        if count < 2:
            return math.nan
        mean_s = sum(part[1] for part in self._parts) / count
        variance_s2 = sum(part[2] for part in self._parts) / count - mean_s * mean_s
        return math.sqrt(max(variance_s2, 0.0))
