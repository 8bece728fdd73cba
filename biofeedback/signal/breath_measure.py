"""Where a breath begins and peaks, and what it measures, once a reversal is sure.

The reversal is found on a delayed trace; by then the rows around it have all arrived, so its
place is measured on symmetrically smoothed rows, which have no delay at all.
"""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np

from biofeedback.core.stream import BoolArray, FloatArray

__all__ = ["Turn", "onset", "pauses", "peak"]

_TOP = 0.15
"""Share of the rise below the maximum at which the top is cut: its middle is the peak. A clipped
or held inspiration has no single maximum, and a footstep on the top moves the maximum. 0.15 is
the height that no turning point may rest on (`Hysteresis.lasting`)."""

_FOOT_LOW, _FOOT_HIGH = 0.04, 0.16
"""Heights of two points on the foot of the rise, usual breaths: a rise that starts as a parabola
doubles its time from 4 to 16 %."""

_ODD = 1.25
"""By how much the way back from the foot may differ from that of the usual breath."""

_MOST_RIPPLE = 0.1
"""More ripple than this, in usual breaths, is not allowed for: the foot would reach mid-breath."""

_STILL = 0.08
"""Slope, as a share of the usual peak inspiratory slope, below which breathing pauses."""

_SHORTEST_PAUSE_S, _BRIDGED_S = 0.25, 0.15


@dataclasses.dataclass(frozen=True, slots=True)
class Turn:
    """A measured turning point.

    Parameters
    ----------
    row : float
        Where, in rows; fractional.
    level : float
        Height of the smoothed signal there, usual breaths.
    decided : int
        Row at which it was sure.
    decided_s : float
        Time of that row, s.
    """

    row: float
    level: float
    decided: int
    decided_s: float


def _crossing(values: FloatArray, row: int, level: float) -> float:
    """Return where the line from `row` to the next row passes `level`."""
    if row + 1 >= len(values) or values[row + 1] == values[row]:
        return float(row)
    return row + float((level - values[row]) / (values[row + 1] - values[row]))


def peak(smoothed: FloatArray) -> tuple[float, float]:
    """Measure the inspiratory peak: the middle of the top.

    Parameters
    ----------
    smoothed : ndarray, shape (n_rows,)
        Symmetrically smoothed rows from the inspiratory onset to now.

    Returns
    -------
    row : float
        Row within `smoothed`.
    level : float
        Height of the maximum.
    """
    top = int(np.argmax(smoothed))
    height = float(smoothed[top])
    cut = height - _TOP * (height - float(smoothed[: top + 1].min()))
    above = np.flatnonzero(smoothed >= cut)
    first, last = int(above[0]), int(above[-1])
    left = _crossing(smoothed, first - 1, cut) if first > 0 else 0.0
    right = _crossing(smoothed, last, cut)
    return (left + right) / 2, height


def onset(
    smoothed: FloatArray, usual: float, spread_rows: float, usual_rows: float, ripple: float = 0.0
) -> tuple[float, float]:
    """Measure the inspiratory onset by extending the foot of the rise backwards.

    The lowest row is not the onset: with an end-expiratory pause it lies anywhere in the pause.
    Beside ripple the lowest row lies under the level of the pause by the ripple's height, and its
    crests above it: the two heights on the foot are raised by twice that.

    A rise that starts as a parabola, ``h = c t²``, is ``h = c (t² + s²)`` after a smoother of
    standard deviation `s`; two points on it give both unknowns. Noise makes that uncertain, so the
    way back stays within a quarter of that of the usual breath, whose steepest slope
    gives it: a raised cosine of peak slope `v` starts as ``(v t)²``.

    Parameters
    ----------
    smoothed : ndarray, shape (n_rows,)
        Symmetrically smoothed rows from the last peak to now; rises at the end.
    usual : float
        Usual amplitude.
    spread_rows : float
        Standard deviation of the smoother's weights, rows.
    usual_rows : float
        Rows of a usual rise at its steepest: usual amplitude over usual peak slope; NaN while
        that is not known.
    ripple : float
        Height of what is left in the rows that is no breathing, same unit as `smoothed`.

    Returns
    -------
    row : float
        Row within `smoothed`.
    level : float
        End-expiratory level: height at the onset.
    """
    lowest = int(np.argmin(smoothed))
    rise = float(smoothed[-1] - smoothed[lowest])
    ripple = min(ripple / usual, _MOST_RIPPLE)
    highest = _FOOT_HIGH + 2.0 * ripple
    scale = min(usual, rise / highest / 1.01) if rise > 0 else usual
    feet = []
    for height in (_FOOT_LOW, _FOOT_HIGH):
        level = float(smoothed[lowest]) + (height + 2.0 * ripple) * scale
        below = int(np.flatnonzero(smoothed <= level)[-1])
        feet.append(_crossing(smoothed, below, level))
    low, high, apart = _FOOT_LOW + ripple, _FOOT_HIGH + ripple, feet[1] - feet[0]
    inside = low * high * apart * apart - ((high - low) * spread_rows) ** 2
    back = (low * apart + math.sqrt(max(inside, 0.0))) / (high - low)
    if math.isfinite(usual_rows):
        expected = math.sqrt(low) * usual_rows
        back = min(max(back, expected / _ODD), expected * _ODD)
    row = max(feet[0] - back, 0.0)
    return row, float(smoothed[round(row)])


def pauses(
    slopes: FloatArray, peak_row: int, end_row: int, usual_slope: float, rate_hz: float
) -> tuple[float, float]:
    """Measure the end-expiratory and the end-inspiratory pause of a breath.

    Parameters
    ----------
    slopes : ndarray, shape (n_rows,)
        Slope of the smoothed signal from the inspiratory onset on.
    peak_row, end_row : int
        Inspiratory peak and the next onset, as rows of `slopes`.
    usual_slope : float
        Usual peak inspiratory slope, > 0.
    rate_hz : float
        Rate of the rows, Hz.

    Returns
    -------
    end_expiratory_s, end_inspiratory_s : float
        0 when shorter than 0.25 s.

    References
    ----------
    .. [1] docs/metrics/breath_timing.md
    """
    still = _bridged(np.abs(slopes[: end_row + 1]) < _STILL * usual_slope, rate_hz)
    ends = []
    for row in (end_row, peak_row):
        begin, end = _run(still, min(row, len(still) - 1), round(_BRIDGED_S * rate_hz))
        length_s = (end - begin) / rate_hz
        ends.append(length_s if length_s >= _SHORTEST_PAUSE_S else 0.0)
    return ends[0], ends[1]


def _bridged(still: BoolArray, rate_hz: float) -> BoolArray:
    """Close gaps shorter than 0.15 s between still stretches."""
    edges = np.flatnonzero(np.diff(still.astype(np.int8)))
    closed = still.copy()
    for before, after in itertools.pairwise(edges):
        if not still[before + 1] and (after - before) < _BRIDGED_S * rate_hz:
            closed[before + 1 : after + 1] = True
    return closed


def _run(still: BoolArray, row: int, reach: int) -> tuple[int, int]:
    """Return the still stretch [begin, end) at `row`, or the nearest one within `reach` before."""
    at = row
    while at > max(row - reach, 0) and not still[at]:
        at -= 1
    if not still[at]:
        return row, row
    moving = np.flatnonzero(~still)
    begin = int(moving[moving < at][-1]) + 1 if np.any(moving < at) else 0
    end = int(moving[moving > at][0]) if np.any(moving > at) else len(still)
    return begin, end
