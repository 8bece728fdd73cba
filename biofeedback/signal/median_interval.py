"""A median of a few trials and how well it is known: bootstrap, the same every time."""

from __future__ import annotations

import numpy as np

from biofeedback.core.stream import FloatArray

__all__ = ["median_interval"]

SEED = 20261126
"""Of the resamples: a replay must tell the same interval."""
RESAMPLES = 2000
LEVEL = 0.95


def median_interval(values: FloatArray, common_se: float = 0.0) -> tuple[float, float, float]:
    """Return the median and its 95 % interval by the percentile bootstrap.

    An error that all values share does not become smaller with their number: to the median of
    every resample a normal draw of its standard error is added.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Finite, at least one.
    common_se : float
        Standard error of what is common to all values, in their unit, ≥ 0.

    Returns
    -------
    median, low, high : float
        In the unit of the values.

    References
    ----------
    .. [1] B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap, Chapman & Hall (1993),
       chapter 13; docs/metrics/onset_timing.md
    """
    source = np.random.default_rng(SEED)
    drawn = values[source.integers(0, len(values), (RESAMPLES, len(values)))]
    medians = np.median(drawn, axis=1) + common_se * source.standard_normal(RESAMPLES)
    low, high = np.quantile(medians, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0])
    return float(np.median(values)), float(low), float(high)
