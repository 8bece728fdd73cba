"""Which way a belt reads when one breathes in."""

from __future__ import annotations

import numpy as np

from biofeedback.core.stream import FloatArray

__all__ = ["CLEAR", "polarity"]

CLEAR = 0.3
"""Least certainty: deep breaths go up at least about twice as far beyond quiet ones as down."""


def polarity(quiet: FloatArray, deep: FloatArray) -> float:
    """Compare how far deep breaths go beyond quiet ones, above and below.

    From rest one can breathe in about three times as much as one can still breathe out, and is
    asked to breathe in. Needs no detected breath, which an inverted belt would spoil. Not causal:
    needs both steps.

    Parameters
    ----------
    quiet, deep : ndarray, shape (n_samples,)
        One belt in quiet breathing, and over a few deep breaths; finite.

    Returns
    -------
    polarity : float
        (up − down) / (up + down): 1 rises with inspiration, −1 falls; near 0 it is not clear.

    References
    ----------
    .. [1] docs/metrics/calibration.md
    """
    low, high = np.percentile(quiet, (5.0, 95.0))
    lowest, highest = np.percentile(deep, (2.0, 98.0))
    up, down = max(float(highest - high), 0.0), max(float(low - lowest), 0.0)
    return (up - down) / (up + down) if up + down > 0 else 0.0
