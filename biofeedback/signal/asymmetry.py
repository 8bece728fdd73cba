"""Left against right, and whether the difference is one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from biofeedback.core.stream import FloatArray
from biofeedback.signal.posture import is_change

__all__ = ["Asymmetry", "asymmetry"]

LEAST_EACH = 3


@dataclass(frozen=True, slots=True)
class Asymmetry:
    """Left beside right.

    Parameters
    ----------
    left_deg, right_deg : float
        Medians, degrees.
    difference_deg : float
        Left minus right, degrees.
    index : float
        Difference by the mean of both, ratio; −2 to 2, 0 when equal.
    differs : bool
        By more than cannot be told from nothing.
    """

    left_deg: float
    right_deg: float
    difference_deg: float
    index: float
    differs: bool


def asymmetry(left_deg: FloatArray, right_deg: FloatArray) -> Asymmetry | None:
    """Compare angles of the left and the right side.

    Parameters
    ----------
    left_deg, right_deg : ndarray, shape (n_repetitions,)
        Sizes of an angle, not below 0, degrees; NaN are left out.

    Returns
    -------
    found : Asymmetry or None
        None with fewer than three of either side.

    References
    ----------
    .. [1] R. O. Robinson, W. Herzog, B. M. Nigg, "Use of force platform variables to quantify the
       effects of chiropractic manipulation on gait symmetry", J. Manipulative Physiol. Ther. 10
       (1987) 172-176 (the index); docs/metrics/repetition.md
    """
    left, right = (values[np.isfinite(values)] for values in (left_deg, right_deg))
    if min(len(left), len(right)) < LEAST_EACH:
        return None
    one, other = float(np.median(left)), float(np.median(right))
    middle = 0.5 * (one + other)
    index = (one - other) / middle if middle > 0.0 else math.nan
    return Asymmetry(one, other, one - other, index, is_change(other, one))
