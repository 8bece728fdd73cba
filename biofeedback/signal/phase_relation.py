"""How much of a breath chest and belly move in opposite directions."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from biofeedback.core.stream import BoolArray, FloatArray

__all__ = ["UNKNOWN", "PhaseRelation", "phase_relation"]

DEAD_BAND = 0.08
"""Slopes below this part of the steepest say nothing of the direction: in a pause a belt creeps."""


@dataclasses.dataclass(frozen=True, slots=True)
class PhaseRelation:
    """Part of the time in which the two belts move in opposite directions.

    Parameters
    ----------
    inspiration_pct, expiration_pct, breath_pct : float
        Of inspiration (PhRIB), expiration (PhREB) and the whole breath (PhRTB), 0 to 100.
    """

    inspiration_pct: float
    expiration_pct: float
    breath_pct: float


UNKNOWN = PhaseRelation(math.nan, math.nan, math.nan)


def phase_relation(chest: FloatArray, abdomen: FloatArray, peak_row: int) -> PhaseRelation:
    """Compare the directions of two belts over one breath.

    Slopes below 8 % of a belt's steepest count as still: there a belt keeps the direction it had,
    and at the start of the breath the one it ends with. So both belts turn equally late and
    sines shifted by an angle give 100 · |angle| / 180. Insensitive to gain.

    Parameters
    ----------
    chest, abdomen : ndarray, shape (n_samples,)
        Smooth, over one breath from one onset to the next, each in any unit.
    peak_row : int
        Row of the inspiratory peak.

    Returns
    -------
    relation : PhaseRelation
        NaN when a belt does not move, or inspiration or expiration has no row.

    References
    ----------
    .. [1] S. L. Balasubramaniam et al., "Age-related ranges of respiratory inductance
       plethysmography (RIP) reference values for infants and children", Paediatr. Respir. Rev.
       29 (2019) 60-67;
       docs/metrics/phase_relation.md
    """
    rising = [_rising(values) for values in (chest, abdomen)]
    if rising[0] is None or rising[1] is None or not 0 < peak_row < len(chest) - 1:
        return UNKNOWN
    against = rising[0] != rising[1]
    return PhaseRelation(
        100.0 * float(np.mean(against[:peak_row])),
        100.0 * float(np.mean(against[peak_row:])),
        100.0 * float(np.mean(against)),
    )


def _rising(values: FloatArray) -> BoolArray | None:
    """Tell for each step whether the belt rises; None when it does not move."""
    steps = np.diff(values)
    steepest = float(np.max(np.abs(steps)))
    if not steepest > 0:
        return None
    clear = np.flatnonzero(np.abs(steps) >= DEAD_BAND * steepest)
    before = np.searchsorted(clear, np.arange(len(steps)), side="right") - 1
    # -1 is the last clear step: a breath begins as the one before it ended, much like itself.
    return np.asarray(steps[clear[before]] > 0)
