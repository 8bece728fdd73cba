"""The end-expiratory level: where the chest rests between breaths."""

from __future__ import annotations

import dataclasses
import statistics
from collections import deque

import numpy as np
from scipy.signal import lfilter

from biofeedback.core.stream import FloatArray

__all__ = ["EndExpiratoryLevel"]

_TROUGHS = 5
"""Troughs whose median counts: one deep expiration does not move it."""

_TAU_S = 5.0
"""Time constant with which the level slides to a new median."""


@dataclasses.dataclass(slots=True)
class EndExpiratoryLevel:
    """Follows the median of the last five troughs, without steps; a breath or two behind.

    Driven by events instead of a high-pass filter, which would turn the phase of slow breathing.

    Parameters
    ----------
    rate_hz : float
        Rate of the rows, Hz.

    References
    ----------
    .. [1] docs/metrics/breath_signal.md
    """

    rate_hz: float
    _troughs: deque[float] = dataclasses.field(default_factory=lambda: deque(maxlen=_TROUGHS))
    _target: float = float("nan")
    _level: float = float("nan")

    def learn(self, trough: float) -> None:
        """Take a trough into account from the next `refresh` on.

        Parameters
        ----------
        trough : float
            Height at an inspiratory onset.
        """
        self._troughs.append(trough)

    def refresh(self) -> None:
        """Let what was learned take effect."""
        if self._troughs:
            self._target = statistics.median(self._troughs)

    def step(self, n_rows: int) -> FloatArray:
        """Return the level at the next rows.

        Parameters
        ----------
        n_rows : int
            How many, ≥ 1.

        Returns
        -------
        level : ndarray, shape (n_rows,)
            NaN until there was a trough.
        """
        if not np.isfinite(self._target):
            return np.full(n_rows, np.nan)
        if not np.isfinite(self._level):
            self._level = self._target
        stay = float(np.exp(-1.0 / (_TAU_S * self.rate_hz)))
        target = np.full(n_rows, self._target)
        level, _ = lfilter([1.0 - stay], [1.0, -stay], target, zi=[stay * self._level])
        self._level = float(level[-1])
        return np.asarray(level)
