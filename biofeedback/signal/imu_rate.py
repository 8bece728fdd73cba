"""Breaths per minute of a window, found in three ways that must agree."""

from __future__ import annotations

import dataclasses
import math
from functools import lru_cache

import numpy as np
from scipy.signal import butter, find_peaks, hilbert, sosfiltfilt

from biofeedback.core.stream import FloatArray

__all__ = ["Rhythm", "moved", "narrow", "quality_pct", "rhythm_of"]

_NARROW = (0.6, 1.7)
"""Band about the frequency found, ratios: breaths of 60 to 170 per cent of the usual rate."""
_LOWEST_HZ, _HIGHEST_HZ = 0.04, 1.5
_PROMINENCE = 0.3
"""Height of a breath that counts, in standard deviations; twice or half of it counts alike."""
_PERIOD = (0.7, 1.3)
"""Where the autocorrelation's peak is looked for, in periods."""
_END_S = 1.0
"""Ends at which an analytic signal is not reliable, s."""
_LEAST_TURNS = 5
"""Peaks and troughs together, at least two of each: three breaths."""
_SPECTRUM_WITHIN, _PHASE_WITHIN = 0.15, 0.10
"""By how much the other two ways may differ from the count: a window of 30 s resolves 2 per
minute in a spectrum, 15 per cent of a slow breath; one turn in ten or more in a phase."""
_LEAST_PERIODIC, _STILL_PERIODIC = 0.5, 0.4
"""Autocorrelation after one breath below which one breath does not resemble the next; the latter
where the rate is known from before."""
_MOST_RIVAL = 0.9
"""A second rhythm as strong as this leaves open which is breathing."""
_MOST_DEG = 12.0
"""Largest turn by a breath, peak to trough: a deep one reaches 10 degrees on the belly."""
_MOTION_MPS2, _MOTION_DPS = 0.3, 8.0
"""Movement at which nothing is said: RMS acceleration, and RMS turn rate above 1 Hz where there
is no acceleration. Rest shows 0.5 to 2 deg/s, walking 10 to 20."""
_SHARE, _SHARE_SPAN, _PERIODIC = 0.4, 0.4, 0.6


@dataclasses.dataclass(frozen=True, slots=True)
class Rhythm:
    """What repeats in a window.

    Parameters
    ----------
    rate_per_min : float
        From counting: 60 over the mean time between like turning points; NaN below three.
    spectral_per_min, phase_per_min : float
        The same from the spectrum's peak and from the mean progress of phase.
    periodic : float
        Autocorrelation after one period, about −1 to 1.
    size_deg : float
        Typical turn from peak to trough, deg.
    """

    rate_per_min: float
    spectral_per_min: float
    phase_per_min: float
    periodic: float
    size_deg: float

    def credible(self, rival: float | None = None) -> bool:
        """Tell whether it is one breathing rhythm, whichever way it is measured.

        Parameters
        ----------
        rival : float or None
            Height of the second peak of the spectrum over the first. None: the rate is already
            known to be about this one, so that a second rhythm does not matter and one breath need
            resemble the next less.

        Returns
        -------
        credible : bool
        """
        rate = self.rate_per_min
        return (
            math.isfinite(rate)
            and abs(self.spectral_per_min - rate) <= _SPECTRUM_WITHIN * rate
            and abs(self.phase_per_min - rate) <= _PHASE_WITHIN * rate
            and self.periodic >= (_STILL_PERIODIC if rival is None else _LEAST_PERIODIC)
            and (rival is None or rival <= _MOST_RIVAL)
            and self.size_deg <= _MOST_DEG
        )


def narrow(values: FloatArray, frequency_hz: float, rate_hz: float) -> FloatArray:
    """Keep what lies about a frequency, without delay.

    Parameters
    ----------
    values : ndarray, shape (n_rows,) or (n_rows, n_columns)
        Finite values of a whole window.
    frequency_hz : float
        Within the range of breathing, Hz.
    rate_hz : float
        Rate of the rows, Hz, above 3.

    Returns
    -------
    filtered : ndarray, of the shape of `values`
    """
    return np.asarray(sosfiltfilt(_band(frequency_hz, rate_hz), values, axis=0))


@lru_cache(maxsize=128)
def _band(frequency_hz: float, rate_hz: float) -> FloatArray:
    """Design the filter; frequencies come from a spectrum's few lines."""
    low_hz = max(_NARROW[0] * frequency_hz, _LOWEST_HZ)
    high_hz = min(_NARROW[1] * frequency_hz, _HIGHEST_HZ)
    return np.asarray(butter(2, (low_hz, high_hz), "bandpass", fs=rate_hz, output="sos"))


def rhythm_of(breath_deg: FloatArray, frequency_hz: float, rate_hz: float) -> Rhythm:
    """Measure the rhythm of a window.

    Parameters
    ----------
    breath_deg : ndarray, shape (n_rows,)
        Turn about the breathing axis, deg, after :func:`narrow`; ten seconds or more.
    frequency_hz : float
        The spectrum's peak, Hz.
    rate_hz : float
        Rate of the rows, Hz.

    Returns
    -------
    rhythm : Rhythm
    """
    sd = float(breath_deg.std())
    if not sd > 0.0:
        return Rhythm(math.nan, 60.0 * frequency_hz, math.nan, 0.0, 0.0)
    turns = [
        find_peaks(values, prominence=_PROMINENCE * sd)[0] for values in (breath_deg, -breath_deg)
    ]
    rates = [60.0 * rate_hz * (len(t) - 1) / float(t[-1] - t[0]) for t in turns if len(t) > 1]
    enough = len(rates) == 2 and sum(map(len, turns)) >= _LEAST_TURNS
    n_end = round(_END_S * rate_hz)
    phase = np.unwrap(np.angle(hilbert(breath_deg)[n_end:-n_end]))
    progress = float(phase[-1] - phase[0]) / (2.0 * math.pi) / (len(phase) - 1)
    return Rhythm(
        rate_per_min=float(np.mean(rates)) if enough else math.nan,
        spectral_per_min=60.0 * frequency_hz,
        phase_per_min=60.0 * rate_hz * progress,
        periodic=_periodic(breath_deg, frequency_hz, rate_hz),
        size_deg=2.0 * math.sqrt(2.0) * sd,
    )


def _periodic(values: FloatArray, frequency_hz: float, rate_hz: float) -> float:
    """Highest autocorrelation about one period, each lag over the rows it has."""
    n_rows = len(values)
    period = rate_hz / frequency_hz
    lags = range(round(_PERIOD[0] * period), min(round(_PERIOD[1] * period), n_rows // 2) + 1)
    power = float(np.mean(values * values))
    return max(
        (float(np.mean(values[lag:] * values[: n_rows - lag])) / power for lag in lags),
        default=0.0,
    )


def moved(motion_mps2: float, shaking_dps: float) -> float:
    """Return how much the body moves, in parts of what silences everything.

    Parameters
    ----------
    motion_mps2 : float
        RMS acceleration of the body, m/s²; NaN when not measured.
    shaking_dps : float
        RMS turn rate above 1 Hz, deg/s: taken where acceleration is not measured.

    Returns
    -------
    motion : float
        0 still, 1 or more: nothing can be said.
    """
    return motion_mps2 / _MOTION_MPS2 if math.isfinite(motion_mps2) else shaking_dps / _MOTION_DPS


def quality_pct(share: float, periodic: float, motion: float) -> float:
    """Return the quality index of a window; below 50 nothing is to be said.

    ``100 · clip((share − 0.4)/0.4) · clip(1 − motion) · clip(periodic/0.6)``, each factor clipped
    to 0 to 1.

    Parameters
    ----------
    share : float
        Part of the turning at the breathing frequency about one axis.
    periodic : float
        Autocorrelation after one breath.
    motion : float
        As of :func:`moved`.

    Returns
    -------
    quality_pct : float
        0 to 100.
    """
    factors = ((share - _SHARE) / _SHARE_SPAN, 1.0 - motion, periodic / _PERIODIC)
    return 100.0 * math.prod(min(max(factor, 0.0), 1.0) for factor in factors)
