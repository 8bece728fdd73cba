"""Drift in a hold: how far the trunk has left where it was, and when it stayed away."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from biofeedback.core.stream import FloatArray
from biofeedback.core.units import STANDARD_GRAVITY_MPS2

__all__ = ["EPOCH_S", "StartOfHold", "first_drift", "is_sure"]

EPOCH_S = 1.0
STAYS = 2
"""So many epochs in a row beyond the limit are drift: two seconds, no single swing."""
LEAST_DEG = 3.0
"""A smaller limit would call the setting of a belt on skin, or a deep breath, a drift."""
UNSURE = 0.02
"""The tilt of a second is known to 0.06°, that part of the smallest limit. Nearer to 1 than this a
deviation may be on the other side."""
LIMIT_SD = 3.0
"""Of the spread of the first seconds: who sways more may leave further before it is drift."""


@dataclasses.dataclass(frozen=True, slots=True)
class StartOfHold:
    """Where the trunk is at the start of a hold, and how far it may leave that.

    Parameters
    ----------
    ap_deg, ml_deg : float
        Mean tilt, degrees.
    limit_deg : float
        The larger of 3° and three standard deviations, both directions together.
    gain : float
        What a change of tilt is multiplied by. A cheap accelerometer that reads too much along the
        vertical tells every change of tilt too small, by some per cent; what it reads there at the
        start, beyond gravity, tells by how much.

    References
    ----------
    .. [1] docs/metrics/endurance.md
    """

    ap_deg: float
    ml_deg: float
    limit_deg: float
    gain: float

    @classmethod
    def of(cls, tilt_deg: FloatArray, acc_up_mps2: FloatArray) -> StartOfHold:
        """Measure it.

        Parameters
        ----------
        tilt_deg : ndarray, shape (n_samples, 2)
            Forward and rightward tilt of the first seconds, degrees; finite, at least one row.
        acc_up_mps2 : ndarray, shape (n_samples,)
            Acceleration along the vertical without gravity, m/s²; finite.

        Returns
        -------
        start : StartOfHold
        """
        ap, ml = np.ascontiguousarray(tilt_deg.T)
        gain = 1.0 + float(acc_up_mps2.mean()) / STANDARD_GRAVITY_MPS2
        spread_deg = gain * math.sqrt(float(ap.var() + ml.var()))
        limit_deg = max(LEAST_DEG, LIMIT_SD * spread_deg)
        return cls(float(ap.mean()), float(ml.mean()), limit_deg, gain)

    def away_deg(self, tilt_deg: FloatArray) -> float:
        """Return how far the mean tilt of a second is from the start.

        Parameters
        ----------
        tilt_deg : ndarray, shape (n_samples, 2)
            Forward and rightward tilt, degrees; finite, at least one row.

        Returns
        -------
        angle : float
            Degrees, ≥ 0.
        """
        ap, ml = np.ascontiguousarray(tilt_deg.T)
        return self.gain * math.hypot(ap.mean() - self.ap_deg, ml.mean() - self.ml_deg)


def first_drift(ratios: Sequence[float]) -> tuple[int, int] | None:
    """Find when the first drift began.

    Parameters
    ----------
    ratios : sequence of float
        Deviation over its limit in each second; NaN where not known. An unknown second is never
        drift, and two seconds around it are not in a row.

    Returns
    -------
    drift : tuple of int or None
        The second from which on the limit was left, for two seconds at least; and the earliest
        in which it may have been, when the seconds just before were unknown. None without drift.
    """
    beyond = 0
    for number, ratio in enumerate(ratios):
        beyond = beyond + 1 if ratio > 1.0 else 0
        if beyond == STAYS:
            began = earliest = number + 1 - STAYS
            while earliest > 0 and not np.isfinite(ratios[earliest - 1]):
                earliest -= 1
            return began, earliest
    return None


def is_sure(ratios: Sequence[float], began: int) -> bool:
    """Tell whether a drift would have been told at the same second if the angle were exact.

    Parameters
    ----------
    ratios : sequence of float
        Deviation over its limit in each second.
    began : int
        The second from which on the limit was left.

    Returns
    -------
    sure : bool
        False where one of its first two seconds is at the very limit, or two before it were.
    """
    clear = min(ratios[began : began + STAYS]) > 1.0 + UNSURE
    nearly = first_drift([ratio + UNSURE for ratio in ratios[: began + STAYS]])
    return clear and nearly is not None and nearly[0] == began
