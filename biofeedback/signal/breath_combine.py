"""One breathing signal from whatever is trusted just now: both belts, or the one that is left."""

from __future__ import annotations

import dataclasses
import statistics
from collections import deque
from collections.abc import Sequence

import numpy as np

from biofeedback.core.stream import BoolArray, FloatArray

__all__ = ["OPPOSED_OVER_S", "Combiner", "Usual", "opposed", "outgrown"]

_REMEMBERED = 8
"""Breaths an amplitude memory holds: about half a minute, so a sigh does not move the median."""

_GUESS_OUTVOTED = 3
"""Values of which the first is a guess: with more, the median is of breaths."""

_LEAST, _MOST = 0.4, 2.0
"""A new amplitude counts as at least and at most this many medians: one odd breath cannot swing
the memory, and yet it follows a belt that was pulled tight within a few breaths."""

_WELL_ABOVE = 6.0
"""Movement of so many times the ripple is breathing: noise of SD 1 reaches 6 from end to end."""

_OPPOSED, _STILL_OPPOSED = -0.5, -0.25
"""Correlation below which belts cancel more than they add: beyond 120° the half sum of two equal
sines is smaller than half of either; and up to which they stay so: each change of mind costs the
breath in which it falls."""

_TAKES_OVER = 1.5
"""A signal takes the lead over when it is so much larger; equal ones would else take turns."""

OPPOSED_OVER_S = 15.0
"""Stretch over which two belts are compared: some four breaths."""

_LAG_S = 1.0
"""Changes over this long are compared: free of drift, yet half a breath at 30 per minute."""

_WARM_UP_S = 6.0
"""Rows a signal needs before its usual amplitude is known: one breath at 10 per minute."""


class Usual:
    """Median of the last breaths' amplitudes.

    Parameters
    ----------
    first : float
        Amplitude to begin with, > 0; counts as one breath.
    """

    def __init__(self, first: float) -> None:
        self._values = deque([first], maxlen=_REMEMBERED)
        self.value: float = first

    @property
    def known(self) -> bool:
        """Whether the median is one of amplitudes learned, not of the first guess."""
        return len(self._values) > _GUESS_OUTVOTED

    def learn(self, amplitude: float) -> None:
        """Take one more breath into account.

        Parameters
        ----------
        amplitude : float
            ≥ 0; clipped to 0.4 to 2 times the median so far.
        """
        clipped = min(max(amplitude, _LEAST * self.value), _MOST * self.value)
        self._values.append(clipped)
        self.value = statistics.median(self._values)


@dataclasses.dataclass(slots=True)
class Combiner:
    """Adds up the *changes* of each trusted signal, each in multiples of its own usual breath.

    ``Σ = mean over trusted s of x_s / A_s``, summed as steps from row to row. Because only steps
    are added, neither a belt that drops out or returns nor a slowly adapting ``A_s`` leaves a
    step in the sum. No delay.

    Two signals in opposite phase would cancel. Then only the larger is followed, as the one that
    moves more air; while it is not trusted, the other stands in for it, turned over.

    Parameters
    ----------
    usual : list of (Usual or None)
        Per signal; None until it is known, and such a signal has no weight yet.
    last : ndarray, shape (n_signals,)
        Previous row; NaN where it was not trusted.
    total : float
        The sum so far.
    leader : int or None
        Signal to follow while two are opposed.
    weights : tuple of float
        What one unit of each signal counts, as of the last `reweigh`; 0 while not known.

    References
    ----------
    .. [1] K. Konno and J. Mead, J. Appl. Physiol. 22 (1967) 407-422 (two compartments);
       docs/metrics/breath_signal.md
    """

    usual: list[Usual | None]
    last: FloatArray
    total: float = 0.0
    leader: int | None = None
    weights: tuple[float, ...] = ()

    def reweigh(self, recent: Sequence[FloatArray], rate_hz: float) -> None:
        """Let what was learned since the last time take effect.

        A signal gets its first usual amplitude from its last 6 s, once they are all trusted.

        Parameters
        ----------
        recent : sequence of ndarray, shape (n_rows,)
            The last 15 s of each signal, fewer at the start; NaN where not trusted.
        rate_hz : float
            Rate of the rows, Hz.
        """
        n_warm_up, n_lag = round(_WARM_UP_S * rate_hz), round(_LAG_S * rate_hz)
        for number, values in enumerate(recent):
            first = values[-n_warm_up:]
            if self.usual[number] is None and len(first) == n_warm_up and np.isfinite(first).all():
                low, high = np.percentile(first, (5.0, 95.0))
                if high > low:
                    self.usual[number] = Usual(float(high - low))
        sizes = [usual.value for usual in self.usual if usual is not None]
        if len(recent) == 2 == len(sizes) and len(recent[0]) > n_lag:
            both = bool(np.isfinite(recent[0][-1]) and np.isfinite(recent[1][-1]))
            if both:
                limit = _OPPOSED if self.leader is None else _STILL_OPPOSED
                if not opposed(recent, n_lag, limit):
                    self.leader = None
                elif self.leader is None:
                    self.leader = int(np.argmax(sizes))
                elif sizes[1 - self.leader] > _TAKES_OVER * sizes[self.leader]:
                    self.leader = 1 - self.leader
        self.weights = tuple(0.0 if usual is None else 1.0 / usual.value for usual in self.usual)

    def step(self, values: FloatArray) -> tuple[FloatArray, BoolArray]:
        """Combine the next rows.

        Parameters
        ----------
        values : ndarray, shape (n_rows, n_signals)
            NaN where not trusted.

        Returns
        -------
        combined : ndarray, shape (n_rows,)
            In usual breaths; stands still while nothing is trusted.
        trusted : ndarray of bool, shape (n_rows,)
            Whether anything was.
        """
        steps = np.diff(values, axis=0, prepend=self.last[np.newaxis])
        self.last = values[-1].copy()
        known = np.isfinite(steps) & (np.array(self.weights) > 0)
        scaled = np.where(known, steps * self.weights, 0.0)
        if self.leader is not None:
            other = 1 - self.leader
            scaled[:, other] *= -1.0
            scaled[known[:, self.leader], other] = 0.0
            count = known.any(axis=1).astype(np.float64)
        else:
            count = known.sum(axis=1).astype(np.float64)
        change = scaled[:, 0].copy()
        for number in range(1, scaled.shape[1]):
            change += scaled[:, number]
        change /= np.maximum(count, 1.0)
        combined = np.cumsum(np.concatenate([[self.total], change]))[1:]
        self.total = float(combined[-1])
        trusted = np.asarray(count > 0)
        return combined, trusted


def opposed(signals: Sequence[FloatArray], n_lag: int, limit: float = _OPPOSED) -> bool:
    """Tell whether two signals move against each other.

    Compares changes over `n_lag` rows, so that slow drift has no say.

    Parameters
    ----------
    signals : sequence of two ndarrays, shape (n_rows,)
        NaN where not trusted.
    n_lag : int
        Rows a change is taken over.
    limit : float
        Correlation of the changes below which they do.

    Returns
    -------
    opposed : bool
    """
    first, second = (values[n_lag:] - values[:-n_lag] for values in signals)
    both = np.isfinite(first) & np.isfinite(second)
    first, second = first[both], second[both]
    power = float(np.sum(first * first)) * float(np.sum(second * second))
    return bool(float(np.sum(first * second)) < limit * np.sqrt(power))


def outgrown(slow: FloatArray, ripple: float) -> bool:
    """Tell whether breathing goes on far below the size it was last known to have.

    A belt put on while recording moves a hundred times as much as a breath. Whoever has not been
    seen to turn for longer than any breath lasts, yet moves well above the ripple, is to be
    measured anew.

    Parameters
    ----------
    slow : ndarray, shape (n_rows,)
        The deciding trace of that time; may be empty.
    ripple : float
        What of it is not breathing, same unit.

    Returns
    -------
    outgrown : bool
    """
    if len(slow) == 0:
        return False
    low, high = np.percentile(slow, (5.0, 95.0))
    return bool(high - low > _WELL_ABOVE * ripple)
