"""Chest-led against belly-led breaths: a second estimate of the volume ratio, and a swap check.

At equal depth ``K · chest + abdomen`` is the same for both, so K is what the abdomen loses over
what the chest gains. Breaths that differ in depth bias it; that is why it is the check and not
the method.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from biofeedback.core.donning import Problem
from biofeedback.core.stream import FloatArray

__all__ = ["Preferential", "preferential"]

LEAST_BREATHS = 4
DEPTH_SD = 0.10
"""How unequal the depth of the two kinds may be, by a metronome and by feel, ratio."""
APART = 0.20
"""Least difference of the two kinds in the direction chest against abdomen, in quiet breaths,
rad: pi/4 would be all chest against an even breath."""


@dataclasses.dataclass(frozen=True, slots=True)
class Preferential:
    """What the two kinds of breaths gave.

    Parameters
    ----------
    problem : Problem or None
        Why they cannot be used.
    ln_k, ln_k_se : float
        Logarithm of the volume ratio and its standard error; NaN when it is not known.
    """

    problem: Problem | None
    ln_k: float = math.nan
    ln_k_se: float = math.nan


def preferential(
    chest_led: FloatArray, belly_led: FloatArray, quiet: tuple[float, float]
) -> Preferential:
    """Compare chest-led with belly-led breaths.

    Parameters
    ----------
    chest_led, belly_led : ndarray, shape (n_breaths, 2)
        Signed excursions of chest and abdomen, each in its belt's unit.
    quiet : tuple of float
        Usual excursion of chest and abdomen in quiet breathing, > 0.

    Returns
    -------
    found : Preferential

    References
    ----------
    .. [1] N. O. T. Strömberg, "Error analysis of a natural breathing calibration method for
       respiratory inductive plethysmography", Med. Biol. Eng. Comput. 39 (2001) 310-314;
       docs/metrics/calibration.md
    """
    if min(len(chest_led), len(belly_led)) < LEAST_BREATHS:
        return Preferential("too_few_breaths")
    led = [_direction(breaths, quiet) for breaths in (chest_led, belly_led)]
    if led[0] - led[1] < -APART:
        return Preferential("swapped")
    if led[0] - led[1] < APART:
        return Preferential("alike")
    by_chest, by_belly = (np.mean(breaths, axis=0) for breaths in (chest_led, belly_led))
    gained, lost = by_chest[0] - by_belly[0], by_belly[1] - by_chest[1]
    if not (gained > 0 and lost > 0):
        return Preferential("unsteady")
    variance = sum(
        float(np.var(breaths[:, 0] / gained + breaths[:, 1] / lost, ddof=1)) / len(breaths)
        for breaths in (chest_led, belly_led)
    )
    unequal = DEPTH_SD * float(by_belly[0] / gained + by_belly[1] / lost)
    return Preferential(None, math.log(lost / gained), math.hypot(math.sqrt(variance), unequal))


def _direction(breaths: FloatArray, quiet: tuple[float, float]) -> float:
    """Return how much chest against abdomen, rad: 0 abdomen alone, pi/2 chest alone."""
    chest, abdomen = np.median(breaths, axis=0) / quiet
    return math.atan2(chest, abdomen)
