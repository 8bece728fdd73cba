"""How smooth one movement is, from the turn rate that a gyroscope measures.

Only for a turn rate: on speed integrated from acceleration neither measure is valid, and the
jerk of a gyroscope is mostly noise, so the spectral arc length is the one to show. Compare
repetitions of like duration and size only.
"""

from __future__ import annotations

import math

import numpy as np

from biofeedback.core.stream import FloatArray

__all__ = ["log_dimensionless_jerk", "spectral_arc_length"]

PADDING = 4
HIGHEST_HZ = 10.0
THRESHOLD = 0.05
LEAST_ROWS = 4


def spectral_arc_length(speed: FloatArray, sample_rate_hz: float) -> float:
    """Return SPARC, the spectral arc length of a movement's speed.

    Parameters
    ----------
    speed : ndarray, shape (n_samples,)
        Of the whole movement, from rest to rest, evenly sampled, finite; any unit.
    sample_rate_hz : float
        Hz, > 0.

    Returns
    -------
    length : float
        Negative; near −1.4 for one smooth movement, lower the less smooth; NaN for fewer than
        4 rows or no movement.

    References
    ----------
    .. [1] S. Balasubramanian et al., "On the analysis of movement smoothness", J. NeuroEng.
       Rehabil. 12 (2015) 112.
    .. [2] A. Melendez-Calderon, C. Shirota, S. Balasubramanian, "Estimating movement smoothness
       from inertial measurement units", Front. Bioeng. Biotechnol. 8 (2021) 558771;
       docs/metrics/smoothness.md
    """
    n = len(speed)
    if n < LEAST_ROWS:
        return math.nan
    length = 1 << ((n - 1).bit_length() + PADDING)
    size = np.abs(np.fft.rfft(speed, length))
    frequency_hz = np.fft.rfftfreq(length, 1.0 / sample_rate_hz)
    inside = frequency_hz <= HIGHEST_HZ
    size, frequency_hz = size[inside], frequency_hz[inside]
    largest = float(size.max())
    if not largest > 0.0:
        return math.nan
    size = size / largest
    above = np.flatnonzero(size >= THRESHOLD)
    part = slice(int(above[0]), int(above[-1]) + 1)
    size, frequency_hz = size[part], frequency_hz[part]
    if len(size) < 2:
        return math.nan
    along = np.diff(frequency_hz) / (frequency_hz[-1] - frequency_hz[0])
    return -float(np.sum(np.sqrt(along**2 + np.diff(size) ** 2)))


def log_dimensionless_jerk(speed: FloatArray, sample_rate_hz: float) -> float:
    """Return LDLJ, the logarithm of the dimensionless squared jerk of a speed.

    Parameters
    ----------
    speed : ndarray, shape (n_samples,)
        Of the whole movement, evenly sampled, finite; any unit.
    sample_rate_hz : float
        Hz, > 0.

    Returns
    -------
    jerk : float
        Negative; lower is less smooth; NaN for fewer than 4 rows or no movement.

    References
    ----------
    .. [1] S. Balasubramanian et al. (2015), as above.
    """
    n = len(speed)
    peak = float(np.abs(speed).max()) if n >= LEAST_ROWS else 0.0
    if not peak > 0.0:
        return math.nan
    jerk = np.diff(speed, 2) * sample_rate_hz**2
    squared = float(np.sum(jerk * jerk)) / sample_rate_hz
    if not squared > 0.0:
        return math.nan
    return -math.log((n / sample_rate_hz) ** 3 / peak**2 * squared)
