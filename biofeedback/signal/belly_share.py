"""Whose volume it is: the belly's share of a breath once the belts' volume ratio is known."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from biofeedback.core.stream import FloatArray

__all__ = ["UNKNOWN", "BellyShare", "belly_share", "labored_breathing_index"]


@dataclasses.dataclass(frozen=True, slots=True)
class BellyShare:
    """Share of the belly in one breath.

    Parameters
    ----------
    signed_pct : float
        By excursions between onset and peak of the volume itself; below 0 or above 100 when one
        compartment moves against it.
    signed_se_pct : float
        Its standard error, percentage points.
    range_pct : float
        By each compartment's own range, whenever it moves; 0 to 100.
    index : float
        Labored breathing index: 1 in step, above when compartments work against each other.
    """

    signed_pct: float
    signed_se_pct: float
    range_pct: float
    index: float


UNKNOWN = BellyShare(math.nan, math.nan, math.nan, math.nan)


def belly_share(
    chest: FloatArray,
    abdomen: FloatArray,
    peak_row: int,
    ln_k: tuple[float, float],
    reading_sd: tuple[float, float],
) -> BellyShare:
    """Share one breath out between rib cage and belly.

    Volume is ``V = K · chest + abdomen``. Both belts are read at V's own onset (its lowest row
    before the peak) and peak (its highest row), so that the two shares add up to 100 per cent.

    Parameters
    ----------
    chest, abdomen : ndarray, shape (n_samples,)
        Smooth and free of drift, over one breath from one onset to the next, each in its belt's
        unit.
    peak_row : int
        Row of the inspiratory peak as it was detected.
    ln_k : tuple of float
        Logarithm of K, and its standard error.
    reading_sd : tuple of float
        Standard deviation of one reading of each belt, in its unit.

    Returns
    -------
    share : BellyShare
        NaN when volume does not rise.

    References
    ----------
    .. [1] K. Konno, J. Mead, J. Appl. Physiol. 22 (1967) 407-422; docs/metrics/belly_share.md,
       docs/metrics/labored_breathing_index.md
    """
    k = math.exp(ln_k[0])
    rib, volume = k * chest, k * chest + abdomen
    low = int(np.argmin(volume[: peak_row + 1]))
    high = low + int(np.argmax(volume[low:]))
    total = float(volume[high] - volume[low])
    own = (float(np.ptp(rib)), float(np.ptp(abdomen)))
    if not total > 0:
        return UNKNOWN
    part_rib, part_belly = (float(side[high] - side[low]) / total for side in (rib, abdomen))
    # What K, the chest's and the abdomen's excursion (two readings each) change in the share.
    errors = (
        part_rib * part_belly * ln_k[1],
        part_belly * math.sqrt(2) * k * reading_sd[0] / total,
        part_rib * math.sqrt(2) * reading_sd[1] / total,
    )
    return BellyShare(
        100.0 * part_belly,
        100.0 * math.hypot(*errors),
        100.0 * own[1] / (own[0] + own[1]),
        labored_breathing_index(rib, abdomen),
    )


def labored_breathing_index(rib: FloatArray, abdomen: FloatArray) -> float:
    """Return the largest excursions the compartments make over that of the volume they make.

    Parameters
    ----------
    rib, abdomen : ndarray, shape (n_samples,)
        Volumes of rib cage and abdomen over one breath, in the same unit.

    Returns
    -------
    index : float
        1 when both move together; NaN when volume stands still.

    References
    ----------
    .. [1] S. L. Balasubramaniam et al., "Age-related ranges of respiratory inductance
       plethysmography (RIP) reference values for infants and children", Paediatr. Respir. Rev.
       29 (2019) 60-67;
       docs/metrics/labored_breathing_index.md
    """
    total = float(np.ptp(rib + abdomen))
    return float(np.ptp(rib) + np.ptp(abdomen)) / total if total > 0 else math.nan
