"""The time of a step and how alike steps are, from the vertical acceleration of the trunk."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from biofeedback.core.stream import FloatArray

__all__ = ["NO_STEPS", "Steps", "steps"]

SHORTEST_S, LONGEST_S = 0.28, 1.2
"""Times of a step looked for, s: 214 to 50 steps per minute, from running to a very slow walk."""
NEXT_TO_BEST = 0.5
"""A stride is as regular as a step, or more when one limps: the first peak of at least this part of
the highest is the step."""
ABOUT = 0.15
"""A stride is two steps long, within this part: feet differ."""


@dataclass(frozen=True, slots=True)
class Steps:
    """What the vertical says about steps; NaN when there is no period in it.

    Parameters
    ----------
    step_s : float
        Mean time of a step, s.
    step_regularity, stride_regularity : float
        Unbiased autocorrelation at one step and at two, -1 to 1.
    """

    step_s: float
    step_regularity: float
    stride_regularity: float


NO_STEPS = Steps(math.nan, math.nan, math.nan)


def steps(up_mps2: FloatArray, rate_hz: float) -> Steps:
    """Find the period of steps.

    Parameters
    ----------
    up_mps2 : ndarray, shape (n_rows,)
        Vertical acceleration, finite, m/s²; at least six seconds.
    rate_hz : float
        Of the rows, Hz.

    Returns
    -------
    steps : Steps
        All NaN when nothing repeats.

    References
    ----------
    .. [1] R. Moe-Nilssen, J. L. Helbostad, "Estimation of gait cycle characteristics by trunk
       accelerometry", J. Biomech. 37 (2004) 121-126; docs/metrics/walk.md
    """
    centred = up_mps2 - up_mps2.mean()
    power = float(np.mean(centred * centred))
    first = math.floor(SHORTEST_S * rate_hz)
    last = math.ceil(2.0 * (1.0 + ABOUT) * LONGEST_S * rate_hz) + 1
    n = len(centred)
    if n < 2 * last or power == 0.0:
        return NO_STEPS
    spectrum = np.fft.rfft(centred, 2 * n)
    whole = np.fft.irfft(spectrum * spectrum.conj(), 2 * n)[: last + 1]
    alike = whole / (np.arange(n, n - last - 1, -1) * power)
    inner = alike[1:-1]
    peaks = 1 + np.flatnonzero((inner > alike[:-2]) & (inner >= alike[2:]))
    near = peaks[(peaks >= first) & (peaks <= math.ceil(LONGEST_S * rate_hz))]
    if not len(near) or alike[near].max() <= 0.0:
        return NO_STEPS
    step = int(near[np.argmax(alike[near] >= NEXT_TO_BEST * alike[near].max())])
    step_rows, step_alike = _top(alike, step)
    low, high = (round(2.0 * part * step_rows) for part in (1.0 - ABOUT, 1.0 + ABOUT))
    stride_rows, stride_alike = _top(alike, low + int(np.argmax(alike[low : high + 1])))
    # A stride is timed over twice the lag and does not mind that feet differ.
    return Steps(0.5 * stride_rows / rate_hz, step_alike, stride_alike)


def _top(alike: FloatArray, row: int) -> tuple[float, float]:
    """Return where the parabola through three values is highest, and how high.

    On a slope it would be highest far away: there the row itself is taken.
    """
    before, here, after = (float(value) for value in alike[row - 1 : row + 2])
    bend = before - 2.0 * here + after
    if bend >= 0.0 or here < max(before, after):
        return float(row), here
    part = 0.5 * (before - after) / bend
    return row + part, here - 0.25 * (before - after) * part
