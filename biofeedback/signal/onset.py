"""When a limb begins to move, and when the belly begins to: onsets in a short stretch of rows.

The belly moves with every breath, so its onset is not where a threshold is crossed: a smooth
background and a ramp are fitted together, and the ramp's beginning is the onset.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from biofeedback.core.stream import FloatArray

__all__ = ["RampFit", "RampFitter", "limb_onset_s", "ramp"]

EARLIEST_S, LATEST_S = -0.2, 0.35
"""Onsets looked for, after the limb's, s. Tone comes 0.1 s before to 0.05 s after a fast limb, the
wall moves 0.03 to 0.1 s after tone and a belt up to 0.08 s later; 0.1 s more to either side."""
BEFORE_S, AFTER_S = 0.8, 1.0
"""The stretch around the limb's onset, s: room for the latest and longest ramp, and together less
than half a breath at 15 per minute, in which breathing turns once at most: a quartic follows that,
and not the corners at both ends of a pause."""
SHORTEST_S, LONGEST_S = 0.1, 0.6
"""Rises looked for, s."""
STEP_S, RISE_STEP_S = 0.01, 0.05
FINE_S, FINE_RISE_S = 0.002, 0.01
DEGREE = 4
OF_PEAK = 0.03
"""A limb moves when it turns with so much of its fastest rate."""


@dataclass(frozen=True, slots=True)
class RampFit:
    """The ramp that explains best what a smooth background leaves.

    Parameters
    ----------
    onset_s : float
        Where it begins, s after the middle of the stretch (the row given as the limb's).
    rise_s : float
        How long it rises, s.
    amplitude : float
        How high, in the unit of the values; below 0 when they fall.
    explained : float
        Part of the variance left by the background alone that the ramp explains, 0 to 1.
    onset_at_edge, rise_at_edge : bool
        The onset is the first or last that was looked for, the rise the longest: the true one may
        lie beyond.
    """

    onset_s: float
    rise_s: float
    amplitude: float
    explained: float
    onset_at_edge: bool
    rise_at_edge: bool


def ramp(t_s: FloatArray, onset_s: FloatArray, rise_s: FloatArray) -> FloatArray:
    """Return raised-cosine ramps from 0 to 1.

    Parameters
    ----------
    t_s : ndarray, shape (n_rows,)
        Times, s.
    onset_s, rise_s : ndarray, shape (n_ramps,)
        Where each begins and how long it rises, s.

    Returns
    -------
    ramps : ndarray, shape (n_ramps, n_rows)
    """
    progress = np.clip((t_s - onset_s[:, None]) / rise_s[:, None], 0.0, 1.0)
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * progress))


class RampFitter:
    """Joint least-squares fit of a quartic background and a raised-cosine ramp.

    For every onset (each 10 ms) and rise (each 50 ms) of a grid the background is projected out
    of the ramp beforehand; a stretch then takes one product with each. Around the best the grid
    is repeated with 2 ms and 10 ms. Not causal: it needs the whole stretch.

    Parameters
    ----------
    sample_rate_hz : float
        Of the rows, Hz; 50 or more.

    References
    ----------
    .. [1] P. W. Hodges, C. A. Richardson, "Feedforward contraction of transversus abdominis is
       not influenced by the direction of arm movement", Exp. Brain Res. 114 (1997) 362-370 (what
       may be looked for); docs/metrics/onset_timing.md
    """

    def __init__(self, sample_rate_hz: float) -> None:
        self.n_before = round(BEFORE_S * sample_rate_hz)
        self.n_after = round(AFTER_S * sample_rate_hz)
        rows = np.arange(-self.n_before, self.n_after + 1)
        self._t_s = rows / sample_rate_hz
        powers = np.polynomial.legendre.legvander(2.0 * rows / len(rows), DEGREE)
        self._background = np.ascontiguousarray(np.linalg.qr(powers)[0].T)
        onsets_s = np.arange(EARLIEST_S, LATEST_S + STEP_S / 2, STEP_S)
        rises_s = np.arange(SHORTEST_S, LONGEST_S + RISE_STEP_S / 2, RISE_STEP_S)
        onsets_s, rises_s = (axis.ravel() for axis in np.meshgrid(onsets_s, rises_s))
        self._grid = (onsets_s, rises_s)
        self._ramps = self._projected(*self._grid)

    @property
    def n_rows(self) -> int:
        """Rows of a stretch: `n_before`, the limb's row, `n_after`."""
        return len(self._t_s)

    def fit(self, values: FloatArray) -> RampFit:
        """Fit one stretch.

        Parameters
        ----------
        values : ndarray, shape (n_rows,)
            The belt, finite, any unit.

        Returns
        -------
        fit : RampFit
            Nothing explained where the values are a background alone.
        """
        left = self._without_background(np.asarray(values, dtype=np.float64)[None, :])[0]
        power = float(np.sum(left * left))
        onset_s, rise_s, _ = self._best(left, *self._grid, self._ramps)
        steps = np.arange(-5, 6)
        fine_s = np.clip(onset_s + FINE_S * steps, EARLIEST_S, LATEST_S)
        fine_rise_s = np.clip(rise_s + FINE_RISE_S * steps, SHORTEST_S, LONGEST_S)
        onsets_s, rises_s = (axis.ravel() for axis in np.meshgrid(fine_s, fine_rise_s))
        near = self._projected(onsets_s, rises_s)
        onset_s, rise_s, explained = self._best(left, onsets_s, rises_s, near)
        return RampFit(
            onset_s=onset_s,
            rise_s=rise_s,
            amplitude=self.amplitude(values, onset_s, rise_s),
            explained=explained / power if power > 0.0 else 0.0,
            onset_at_edge=min(onset_s - EARLIEST_S, LATEST_S - onset_s) < FINE_S / 2,
            rise_at_edge=LONGEST_S - rise_s < FINE_RISE_S / 2,
        )

    def amplitude(self, values: FloatArray, onset_s: float, rise_s: float) -> float:
        """Return how high a ramp of known onset and rise is in a stretch.

        Parameters
        ----------
        values : ndarray, shape (n_rows,)
            Finite, any unit.
        onset_s, rise_s : float
            As fitted, perhaps to another belt, s.

        Returns
        -------
        amplitude : float
            In the unit of the values.
        """
        one = self._projected(np.array([onset_s]), np.array([rise_s]))[0]
        return float(np.sum(one * values) / np.sum(one * one))

    def _projected(self, onsets_s: FloatArray, rises_s: FloatArray) -> FloatArray:
        return self._without_background(ramp(self._t_s, onsets_s, rises_s))

    def _without_background(self, rows: FloatArray) -> FloatArray:
        """Take the background off each row, one term after the other: the same bits anywhere."""
        for term in self._background:
            rows = rows - np.sum(rows * term, axis=1)[:, None] * term
        return rows

    def _best(
        self, left: FloatArray, onsets_s: FloatArray, rises_s: FloatArray, ramps: FloatArray
    ) -> tuple[float, float, float]:
        """Return onset, rise, and how much of the sum of squares the best ramp explains."""
        explained = np.sum(ramps * left, axis=1) ** 2 / np.sum(ramps * ramps, axis=1)
        best = int(np.argmax(explained))
        return float(onsets_s[best]), float(rises_s[best]), float(explained[best])


def limb_onset_s(t_s: FloatArray, speed_dps: FloatArray) -> float:
    """Return when a limb begins to move.

    Its turn rate is followed back from the peak to where it first is below 3 % of it. The other
    way round, the first time it is above 3 %, would be a tremble or a shift of the grip long before
    as well as the movement. From there it is carried back to rest: a movement that begins at rest
    turns at first with the square of time (that of a minimum-jerk movement does), so its square
    root is a straight line, drawn through the crossings of 3 % and of four times that. Without this
    an onset would be late by 5 % of the time the movement takes, which is more in slow ones.

    Parameters
    ----------
    t_s : ndarray, shape (n_rows,)
        Times, s.
    speed_dps : ndarray, shape (n_rows,)
        Magnitude of the turn rate over one movement and the rest before it, deg/s; finite.

    Returns
    -------
    onset_s : float
        s; NaN when it is never below 3 % before its peak.
    """
    peak = int(np.argmax(speed_dps))
    root = np.sqrt(speed_dps[: peak + 1] / speed_dps[peak]) if speed_dps[peak] > 0.0 else None
    if root is None:
        return math.nan
    low, high = math.sqrt(OF_PEAK), 2.0 * math.sqrt(OF_PEAK)
    below = np.flatnonzero(root < low)
    if not len(below):
        return math.nan
    row = int(below[-1])
    low_s = _crossing_s(t_s, root, row, low)
    after = row + int(np.argmax(root[row + 1 :] >= high))
    return low_s - (_crossing_s(t_s, root, after, high) - low_s)


def _crossing_s(t_s: FloatArray, values: FloatArray, row: int, level: float) -> float:
    """Return when a level is reached between a row and the next."""
    part = (level - values[row]) / (values[row + 1] - values[row])
    return float(t_s[row] + part * (t_s[row + 1] - t_s[row]))
