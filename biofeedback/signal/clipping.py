"""Has a sensor reached the end of a range that nobody told us?

A curve that meets a rail breaks off: it was moving, and from one sample to the next it stands
still, at the highest or lowest value ever seen. A living curve slows down before it turns, however
coarse its steps are, so a pause or a flat top of a coarse converter is not taken for a rail.
"""

from __future__ import annotations

import math

import numpy as np

from biofeedback.core.stream import BoolArray, FloatArray

__all__ = ["Clipping"]

LEAST_SAMPLES, LEAST_S = 5, 0.1
"""A plateau is at least so long: one or two equal samples happen at any turning point."""
LOOK_BACK_S, LOOK_BACK_SAMPLES = 0.05, 2
"""Movement is looked for in so short a time before the plateau, s; over two steps at least, since
the last one may end anywhere below the rail."""
RECENT_S = 10.0
"""What is fast is judged by the last two resting breaths or more, s."""
ABRUPT = 0.2
"""A plateau is met abruptly at this part of the fastest recent movement. A smooth curve
approaches its turning point at less than a tenth of it."""
QUANTA = 4.0
"""... and by at least so many steps of the converter, since a coarse one always moves in steps."""


class Clipping:
    """Finds plateaus at unknown rails, row by row; the first rows of a plateau pass.

    Works at any scale and offset. It misses a rail that is only just touched, and one so coarse
    or so slow that the curve moves fewer than four converter steps in 50 ms.

    Parameters
    ----------
    sample_rate_hz : float
        Rate of the rows, Hz.
    """

    def __init__(self, sample_rate_hz: float) -> None:
        self._least = max(LEAST_SAMPLES, math.ceil(LEAST_S * sample_rate_hz))
        self._back = max(LOOK_BACK_SAMPLES, round(LOOK_BACK_S * sample_rate_hz))
        self._recent = round(RECENT_S * sample_rate_hz)
        self._tail: FloatArray = np.empty(0)
        self._count = 0
        self._clipped = False
        self._low, self._high, self._quantum = math.inf, -math.inf, math.inf

    def step(self, values: FloatArray) -> BoolArray:
        """Judge the next rows.

        Parameters
        ----------
        values : ndarray, shape (n_samples,)
            At least one; NaN where unknown.

        Returns
        -------
        clipped : ndarray of bool, shape (n_samples,)
            From the row at which a plateau is long enough to its last row.
        """
        rows = np.arange(len(values))
        last = self._tail[-1] if len(self._tail) else math.nan
        steps = np.abs(np.diff(values, prepend=last))
        changed = ~(steps == 0.0)
        start = np.maximum.accumulate(np.where(changed, rows, -1))
        count = np.where(start >= 0, rows - start + 1, rows + 1 + self._count)
        low = np.fmin.accumulate(np.append(self._low, values))[1:]
        high = np.fmax.accumulate(np.append(self._high, values))[1:]
        moved = np.where(steps > 0.0, steps, math.inf)
        quantum = np.minimum.accumulate(np.append(self._quantum, moved))[1:]

        clipped = np.zeros(len(values), dtype=bool)
        breaks = np.flatnonzero(changed)
        if self._clipped:
            clipped[: breaks[0] if len(breaks) else len(values)] = True
        whole = np.concatenate((self._tail, values))
        extreme = ((values == low) | (values == high)) & (low < high)
        for row in np.flatnonzero((count == self._least) & extreme):
            if self._abrupt(whole, len(self._tail) + int(row), float(quantum[row])):
                later = np.searchsorted(breaks, row, side="right")
                clipped[row : breaks[later] if later < len(breaks) else len(values)] = True

        self._count, self._clipped = int(count[-1]), bool(clipped[-1])
        self._low, self._high = float(low[-1]), float(high[-1])
        self._quantum = float(quantum[-1])
        self._tail = whole[-(self._recent + self._least + self._back) :]
        return clipped

    def _abrupt(self, whole: FloatArray, row: int, quantum: float) -> bool:
        """Tell whether the plateau that is long enough at `row` was met at speed."""
        first = row - self._least + 1
        if first < self._back:
            return False
        entry = abs(whole[first] - whole[first - self._back])
        recent = whole[max(0, first - self._recent) : first + 1]
        moves = np.abs(recent[self._back :] - recent[: -self._back])
        moves = moves[np.isfinite(moves)]
        if not len(moves):
            return False
        return bool(entry >= QUANTA * quantum and entry >= ABRUPT * moves.max())
