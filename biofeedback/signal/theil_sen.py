"""A slope that a few odd values do not move, and how well it is known."""

from __future__ import annotations

import math

import numpy as np

from biofeedback.core.stream import FloatArray

__all__ = ["theil_sen"]

Z_95 = 1.959964
"""Of the normal distribution: an interval of 95 %."""


def theil_sen(x: FloatArray, y: FloatArray) -> tuple[float, float, float]:
    """Return the median of the slopes between all pairs, and its 95 % interval.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Where, all different.
    y : ndarray, shape (n,)
        Values, finite.

    Returns
    -------
    slope, low, high : float
        In units of `y` per unit of `x`; all NaN below six values, too few for an interval.

    References
    ----------
    .. [1] P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau",
       J. Am. Stat. Assoc. 63 (1968) 1379-1389.
    """
    n = len(x)
    first, second = np.triu_indices(n, 1)
    slopes = np.sort((y[second] - y[first]) / (x[second] - x[first]))
    half_width = Z_95 * math.sqrt(n * (n - 1) * (2 * n + 5) / 18.0)
    below = math.floor((len(slopes) - half_width) / 2.0)
    if below < 1:
        return math.nan, math.nan, math.nan
    return float(np.median(slopes)), float(slopes[below - 1]), float(slopes[-below])
