"""What a few seconds of a hold show of fatigue: size of the sway, power of the tremor."""

from __future__ import annotations

import math

import numpy as np

from biofeedback.core.stream import FloatArray

__all__ = ["band_power", "sway_rms"]

LEAST_KNOWN = 0.9
"""Of the rows: what is bridged beyond that would be told as calm."""


def sway_rms(tilt_deg: FloatArray, n_expected: int) -> float:
    """Return the RMS of sway about a straight line, both directions together.

    A straight line is taken off, not the mean alone: sagging is told as drift and is no sway.

    Parameters
    ----------
    tilt_deg : ndarray, shape (n_samples, 2)
        Forward and rightward tilt, degrees; NaN where not known.
    n_expected : int
        Rows there should be.

    Returns
    -------
    rms_deg : float
        Degrees; NaN when a tenth of the rows is not known.
    """
    bridged = _bridged(tilt_deg, n_expected)
    if bridged is None:
        return math.nan
    return math.sqrt(sum(float(np.mean(_level(values) ** 2)) for values in bridged))


def band_power(
    acc_mps2: FloatArray, n_expected: int, sample_rate_hz: float, band_hz: tuple[float, float]
) -> float:
    """Return the power of horizontal acceleration within a band, both directions together.

    Parameters
    ----------
    acc_mps2 : ndarray, shape (n_samples, 2)
        Forward and rightward acceleration, m/s²; NaN where not known.
    n_expected : int
        Rows there should be.
    sample_rate_hz : float
        Hz, more than twice the upper bound.
    band_hz : tuple of float
        Lower and upper bound, Hz.

    Returns
    -------
    power : float
        Mean square, m²/s⁴; NaN when a tenth of the rows is not known.
    """
    bridged = _bridged(acc_mps2, n_expected)
    if bridged is None:
        return math.nan
    n = bridged.shape[1]
    window = np.hanning(n)
    frequency_hz = np.fft.rfftfreq(n, 1.0 / sample_rate_hz)
    inside = (frequency_hz >= band_hz[0]) & (frequency_hz <= band_hz[1])
    spectra = [np.fft.rfft(_level(values) * window)[inside] for values in bridged]
    power = sum(float(np.sum(np.abs(spectrum) ** 2)) for spectrum in spectra)
    return float(2.0 * power / (n * np.sum(window**2)))


def _bridged(values: FloatArray, n_expected: int) -> FloatArray | None:
    """Return both columns without holes, as contiguous rows; None when too much is missing."""
    known = np.isfinite(values).all(axis=1)
    if known.sum() < max(3.0, LEAST_KNOWN * n_expected):
        return None
    row = np.arange(len(values))
    return np.stack([np.interp(row, row[known], column[known]) for column in values.T])


def _level(values: FloatArray) -> FloatArray:
    """Take the straight line of least squares off."""
    x = np.arange(len(values)) - 0.5 * (len(values) - 1)
    slope = float(np.sum(x * values)) / float(np.sum(x * x))
    return np.asarray(values - values.mean() - slope * x)
