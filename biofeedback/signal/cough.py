"""Is there a cough in this breath? Both belts fall at once, and one of them springs back.

A cough empties the chest within a fraction of a second against a wall that has just tightened; the
belly's belt dips below where it comes to rest. Breathing, however quick, falls and stays down until
the next inspiration. Laughter is a row of small coughs and is taken for one.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import grey_closing, maximum_filter1d

from biofeedback.core.stream import FloatArray
from biofeedback.signal.filters import hann_taps, smooth

__all__ = ["MARGIN_S", "cough_score"]

DIP_S, DIP_PART = 0.5, 0.2
"""A dip is narrower than this, s, and than this part of the breath: the turn from one quick breath
to the next is no dip."""
FALL_S = 0.2
"""The expulsion of a cough lasts about so long."""
FALL, DIP = 0.2, 0.15
"""How far both belts fall in that time, and how deep the dip of one is, in usual breaths. Belts of
resting people show dips of 0.02 to 0.05."""
TOGETHER_S, AROUND_S = 0.25, 0.5
"""How far apart in time the falls of the two belts may lie, and the dip from them."""
SMOOTHED_S = 0.1
MARGIN_S = 0.5
"""Rows wanted before and after the breath, so that its ends are no edges."""


def cough_score(
    belts: FloatArray, usual: FloatArray, margin: int, rate_hz: float
) -> tuple[float, FloatArray]:
    """Compare the sharpest fall and dip of a breath with what a cough has at least.

    Parameters
    ----------
    belts : ndarray, shape (n_rows, 2)
        Both belts over the breath and `margin` rows on either side.
    usual : ndarray, shape (2,)
        Usual range of a breath in each, in its unit; NaN when not known.
    margin : int
        Rows before the onset and after the end.
    rate_hz : float
        Rate of the rows, Hz.

    Returns
    -------
    score : float
        1 just at the limits of a cough, 2 at twice both; NaN when a row is missing.
    ranges : ndarray, shape (2,)
        Range of this breath in each belt; NaN when a row is missing.

    References
    ----------
    .. [1] J. Serra, Image Analysis and Mathematical Morphology, Academic Press 1982 (closing fills
       what is narrower than its window); docs/metrics/labels.md
    """
    if len(belts) <= 2 * margin or not np.isfinite(belts).all():
        return np.nan, np.full(2, np.nan)
    taps = hann_taps(SMOOTHED_S, rate_hz)
    even = np.column_stack([smooth(belt, taps) for belt in np.ascontiguousarray(belts.T)])
    inside = slice(margin, len(even) - margin)
    ranges = np.ptp(even[inside], axis=0)
    # A deep breath is faster throughout, and so is whatever rides on it.
    scale = np.fmax(np.fmax(usual, ranges), np.finfo(float).tiny)
    n_fall = round(FALL_S * rate_hz)
    falls = np.zeros_like(even)
    falls[n_fall:] = even[:-n_fall] - even[n_fall:]
    n_dip = round(min(DIP_S * rate_hz, DIP_PART * (len(belts) - 2 * margin)))
    dips = grey_closing(even, size=(max(1, n_dip), 1)) - even
    both = maximum_filter1d(falls / scale, _window(TOGETHER_S, rate_hz), axis=0).min(axis=1)
    deepest = maximum_filter1d(dips / scale, _window(AROUND_S, rate_hz), axis=0).max(axis=1)
    return float(np.minimum(both / FALL, deepest / DIP)[inside].max()), ranges


def _window(either_side_s: float, rate_hz: float) -> int:
    return 2 * round(either_side_s * rate_hz) + 1
