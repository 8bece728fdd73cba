"""The thoraco-abdominal phase angle of one breath, from its first harmonic.

Exact sign, full range, insensitive to gain: unlike the angle of the loop the two belts draw.
"""

from __future__ import annotations

import math

import numpy as np

from biofeedback.core.stream import FloatArray

__all__ = ["angle_deg", "cross_harmonic", "levelled", "phase_angle_deg"]

LEAST_ROWS = 8


def phase_angle_deg(chest: FloatArray, abdomen: FloatArray, margin: int = 0) -> float:
    """Return the thoraco-abdominal phase angle of one breath, from its first harmonic.

    Drift is taken off as the line through the levels around the two ends. Insensitive to gain;
    fails when a belt does not move, and means little when the two have different wave shapes.

    Parameters
    ----------
    chest, abdomen : ndarray, shape (n_samples,)
        The two belts over one breath, from one onset to the next, both included, each in any
        unit; at least 8 rows.
    margin : int
        Rows before the first onset and after the last that are given too: levels are means over
        so many on either side, so that noise of a single row does not tilt the breath.

    Returns
    -------
    phase_angle_deg : float
        In (−180, 180]; positive: the rib cage lags the abdomen. NaN when either does not move.

    Raises
    ------
    ValueError
        If the belts differ in length or there are fewer than 8 rows within the margins.

    References
    ----------
    .. [1] G. K. Prisk, J. Hammer, C. J. L. Newth, "Techniques for measurement of
       thoracoabdominal asynchrony", Pediatr. Pulmonol. 34 (2002) 462-472 (loop analysis is
       biased, cross-spectral methods are not); docs/metrics/phase_angle.md
    """
    if len(chest) != len(abdomen) or len(chest) - 2 * margin < LEAST_ROWS:
        raise ValueError(
            f"belts of {len(chest)} and {len(abdomen)} rows with margins of {margin}; "
            f"give the same, {LEAST_ROWS} or more within the margins"
        )
    return angle_deg(cross_harmonic(chest, abdomen, margin))


def cross_harmonic(chest: FloatArray, abdomen: FloatArray, margin: int) -> complex:
    """Return the first harmonic of the abdomen times the conjugate one of the chest.

    Parameters
    ----------
    chest, abdomen : ndarray, shape (n_samples,)
        As for :func:`phase_angle_deg`.
    margin : int
        Rows beyond either end.

    Returns
    -------
    cross : complex
        Product of the belts' units.
    """
    return _harmonic(abdomen, margin) * _harmonic(chest, margin).conjugate()


def levelled(values: FloatArray, margin: int) -> FloatArray:
    """Take drift off one breath: the line through the levels around its two ends.

    Parameters
    ----------
    values : ndarray, shape (n_samples,)
        One belt over one breath and `margin` rows beyond either end.
    margin : int
        A level is the mean over so many rows on either side of an end.

    Returns
    -------
    level : ndarray, shape (n_samples - 2 * margin,)
        From onset to next onset, around 0 at both.
    """
    n = len(values) - 1 - 2 * margin
    first, last = values[: 2 * margin + 1].mean(), values[n:].mean()
    part = np.arange(n + 1) / n
    return np.asarray(values[margin : margin + n + 1] - first - (last - first) * part)


def _harmonic(values: FloatArray, margin: int) -> complex:
    """First Fourier coefficient over one period, after taking off the line through its ends."""
    level = levelled(values, margin)[:-1]  # the last row is the first of the next period
    phase = 2 * np.pi * (np.arange(len(level)) / len(level))
    return complex(np.sum(level * np.cos(phase)), -np.sum(level * np.sin(phase)))


def angle_deg(cross: complex) -> float:
    """Return the angle of a cross harmonic.

    Parameters
    ----------
    cross : complex
        From :func:`cross_harmonic`.

    Returns
    -------
    angle_deg : float
        In (−180, 180]; NaN when it is zero or not known.
    """
    if cross == 0 or math.isnan(cross.real):
        return math.nan
    found_deg = math.degrees(math.atan2(cross.imag, cross.real))
    return 180.0 if found_deg == -180.0 else found_deg
