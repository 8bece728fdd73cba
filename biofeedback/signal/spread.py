"""Spread of a few values, of which some may be odd."""

from __future__ import annotations

import numpy as np

from biofeedback.core.stream import FloatArray

__all__ = ["robust_sd"]

NORMAL = 1.4826
"""Standard deviation over median absolute deviation of normal data."""
FEW = (0.0, 0.0, 1.196, 1.495, 1.363, 1.206, 1.200, 1.140, 1.129, 1.107)
"""By how much the median absolute deviation of 2 to 9 values is too small."""


def robust_sd(values: FloatArray) -> float:
    """Return the standard deviation by the median absolute deviation, corrected for few values.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Finite, at least one.

    Returns
    -------
    sd : float
        In the unit of the values; 0 for a single one.

    References
    ----------
    .. [1] C. Croux, P. J. Rousseeuw, "Time-efficient algorithms for two highly robust estimators
       of scale", COMPSTAT (1992) 411-428 (factors for few values);
       docs/metrics/rib_cage_log_ratio.md
    """
    n = len(values)
    factor = FEW[n] if n < len(FEW) else n / (n - 0.8)
    return NORMAL * factor * float(np.median(np.abs(values - np.median(values))))
