"""How irregular a slow signal is: to be plotted beside others, never graded.

Which direction is healthy depends on the task, and the evidence is weak either way.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.signal import decimate

from biofeedback.core.stream import FloatArray

__all__ = ["movement_entropy", "sample_entropy"]

LENGTH = 2
TOLERANCE = 0.2
LEAST_SAMPLES = 600
MOST_SAMPLES = 2000
RATE_HZ = 5.0
"""Sway of 0.25 to 0.5 Hz gets 10 to 20 samples: faster ones would only repeat each other, Hz."""


def sample_entropy(values: FloatArray, length: int = LENGTH, tolerance: float = TOLERANCE) -> float:
    """Return the sample entropy: how rarely what was alike stays alike.

    Parameters
    ----------
    values : ndarray, shape (n_samples,)
        Evenly sampled, finite.
    length : int
        How many samples are compared, > 0.
    tolerance : float
        How near is alike, in standard deviations, > 0.

    Returns
    -------
    entropy : float
        ``-ln(A / B)``: 0 for what repeats itself; NaN when nothing varies or is alike.

    References
    ----------
    .. [1] J. S. Richman, J. R. Moorman, "Physiological time-series analysis using approximate
       entropy and sample entropy", Am. J. Physiol. 278 (2000) H2039-H2049; docs/metrics/entropy.md
    """
    near = tolerance * float(np.std(values))
    n = len(values) - length
    if n < 2 or not near > 0.0:
        return math.nan
    shorter = longer = 0
    for row in range(n - 1):
        gap = np.zeros(n - row - 1)
        for lag in range(length):
            later = values[row + 1 + lag : row + 1 + lag + len(gap)]
            np.maximum(gap, np.abs(later - values[row + lag]), out=gap)
        alike = gap <= near
        shorter += int(np.count_nonzero(alike))
        beyond = np.abs(values[row + 1 + length :] - values[row + length]) <= near
        longer += int(np.count_nonzero(alike & beyond))
    return -math.log(longer / shorter) if longer and shorter else math.nan


def movement_entropy(values: FloatArray, sample_rate_hz: float) -> float:
    """Return the sample entropy of sway or posture, sampled at 5 Hz.

    Parameters
    ----------
    values : ndarray, shape (n_samples,)
        Evenly sampled; NaN where not known.
    sample_rate_hz : float
        A multiple of 5 Hz.

    Returns
    -------
    entropy : float
        NaN when more than a fifth is unknown, or less than two minutes are there. Of more than
        400 s the last 400.
    """
    known = np.isfinite(values)
    step = max(1, round(sample_rate_hz / RATE_HZ))
    values = values[-MOST_SAMPLES * step :]
    known = known[-MOST_SAMPLES * step :]
    if len(values) < LEAST_SAMPLES * step or known.mean() < 1.0 - TOLERANCE:
        return math.nan
    row = np.arange(len(values))
    bridged = np.interp(row, row[known], values[known])
    return sample_entropy(np.asarray(decimate(bridged, step, ftype="fir")))
