"""The measuring part of breath detection, live and refined: history in, turning points out."""

from __future__ import annotations

import numpy as np

from biofeedback.core.results import BreathCycle
from biofeedback.core.stream import FloatArray
from biofeedback.signal.breath_cycle import Belt, Usually, measured_cycle
from biofeedback.signal.breath_history import History
from biofeedback.signal.breath_measure import Turn, onset, peak
from biofeedback.signal.filters import hann_taps, held, slope, smooth

__all__ = ["Ruler"]

_SMOOTHING_S = 0.8
"""Width of the symmetric smoother: first zero at 2.5 Hz, the cadence of walking and running."""

_SLOPE_S = 0.1
"""Stretch over which a slope is taken, s."""


_LEFT_IN = 1.0
"""Height of what the smoother leaves in, in multiples of the RMS it takes out of the slow trace.
A heart beat leaves three times as much; but the harmonics of a breath count as ripple too, and
would raise the foot of breaths that have none."""

_WANDER_PER_S = 0.15
"""Fastest drift that is corrected for, usual breaths per second: half a breath in three seconds.
What is faster is a change of posture."""


class Ruler:
    """Measures on symmetrically smoothed rows of a history, none later than `now`.

    The history has columns ``t``, ``combined``, ``trusted``, ``moving``, ``reason`` and one per
    signal.

    Parameters
    ----------
    names : tuple of str
        Prefixes of the signals.
    rate_hz : float
        Rate of the rows, Hz.
    """

    def __init__(self, names: tuple[str, ...], rate_hz: float) -> None:
        self._names = names
        self._rate_hz = rate_hz
        self._taps = hann_taps(_SMOOTHING_S, rate_hz)
        self.margin = len(self._taps) // 2
        offsets = np.arange(len(self._taps)) - self.margin
        self._spread = float(np.sqrt(np.sum(self._taps * offsets * offsets)))
        self.n_slope = max(1, round(_SLOPE_S * rate_hz))

    def smoothed(self, history: History, name: str, begin: int, now: int) -> FloatArray:
        """Return rows [begin, now] of a column without ripple; missing ones held.

        Parameters
        ----------
        history : History
            Rows.
        name : str
            Column.
        begin, now : int
            First and last row; rows after `now` are not looked at.

        Returns
        -------
        values : ndarray, shape (now - begin + 1,)
        """
        low = max(begin - self.margin, 0)
        values = history.rows(name, low, now + 1)
        finite = np.isfinite(values)
        if not finite.all():
            first = float(values[np.argmax(finite)]) if finite.any() else 0.0
            values = held(values, first)
        return smooth(values, self._taps)[begin - low :]

    def ripple(self, history: History, name: str, begin: int, end: int) -> float:
        """Return the RMS of what is faster than breathing.

        Parameters
        ----------
        history : History
            Rows.
        name : str
            Column.
        begin, end : int
            Rows [begin, end).

        Returns
        -------
        rms : float
        """
        values = history.rows(name, begin, end)
        ripple = values - smooth(values, self._taps)
        return float(np.sqrt(np.mean(ripple * ripple)))

    def onset(
        self,
        history: History,
        begin: int,
        now: int,
        decided_s: float,
        usual: float,
        before: Turn | None = None,
        *,
        usual_slope: float,
        ripple: float = 0.0,
    ) -> Turn:
        """Measure the inspiratory onset that lies in rows [begin, now].

        Drift would be taken for the foot of the rise; what the end-expiratory level has gained
        since the onset before is taken off, up to a wander of 0.15 usual breaths per second.

        Parameters
        ----------
        history : History
            Rows.
        begin, now : int
            Not before the last peak; a row on the rise.
        decided_s : float
            Time of the row at which the inspiration was sure, s.
        usual : float
            Usual amplitude.
        before : Turn or None
            The onset before, if it is known.
        usual_slope : float
            Usual peak inspiratory slope, per second; NaN while not known.
        ripple : float
            RMS of what is faster than breathing in the deciding trace.

        Returns
        -------
        turn : Turn
        """
        values = self.smoothed(history, "combined", begin, now)
        tilt = 0.0
        if before is not None:
            lowest = int(np.argmin(values))
            gained = float(values[lowest]) - before.level
            most = _WANDER_PER_S * usual / self._rate_hz
            tilt = float(np.clip(gained / max(begin + lowest - before.row, 1.0), -most, most))
        row, _ = onset(
            values - tilt * np.arange(len(values)),
            usual,
            self._spread,
            usual / usual_slope * self._rate_hz,
            _LEFT_IN * ripple,
        )
        return Turn(begin + row, float(values[round(row)]), now, decided_s)

    def peak(self, history: History, begin: int, now: int, decided_s: float) -> tuple[Turn, float]:
        """Measure the inspiratory peak that lies in rows [begin, now].

        Parameters
        ----------
        history : History
            Rows.
        begin, now : int
            The onset; a row on the fall.
        decided_s : float
            Time of the row at which the expiration was sure, s.

        Returns
        -------
        turn : Turn
        steepest : float
            Peak inspiratory slope, usual breaths per second.
        """
        values = self.smoothed(history, "combined", begin, now)
        row, level = peak(values)
        slopes = slope(values, min(self.n_slope, len(values) - 1), self._rate_hz)
        return Turn(begin + row, level, now, decided_s), float(slopes.max(initial=0.0))

    def cycle(
        self,
        history: History,
        breath: int,
        turns: tuple[Turn, Turn, Turn],
        arrival_s: float,
        usually: Usually,
    ) -> tuple[BreathCycle | None, tuple[Belt, ...]]:
        """Measure a whole breath.

        Parameters
        ----------
        history : History
            Rows.
        breath : int
            Its number.
        turns : tuple of Turn
            Onset, peak, next onset.
        arrival_s : float
            When the row arrived at which the last was sure, s.
        usually : Usually
            What it is compared with.

        Returns
        -------
        cycle : BreathCycle or None
            None if it is no breath.
        belts : tuple of Belt
            Each signal over the breath.
        """
        first, now = int(turns[0].row), turns[2].decided
        belts = tuple(
            Belt(
                name,
                float(np.mean(np.isfinite(history.rows(name, first, now + 1)))),
                self.smoothed(history, name, first, now),
            )
            for name in self._names
        )
        combined = self.smoothed(history, "combined", first, now)
        cycle = measured_cycle(
            breath, turns, arrival_s, history, combined, belts, usually, self._rate_hz
        )
        return cycle, belts
