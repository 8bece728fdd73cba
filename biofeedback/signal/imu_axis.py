"""About which axis a sensor turns with breathing, and which way is breathing in.

The axis of a window is that along which most of all turning lies at one frequency, not the one
that moves most: a trunk that sways slowly moves more than one that breathes.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from biofeedback.core.breathing_rate import Direction
from biofeedback.core.stream import BoolArray, FloatArray

__all__ = ["AxisTrack", "Spectrum", "WindowAxis", "axis_of", "detrended"]

_N_FFT = 1024
_SMOOTH_HZ = 0.03
"""Half the width over which spectra are smoothed: what a window of 30 s resolves."""
_BAND_HZ = (0.05, 1.2)
"""Everything that is compared: three breaths a minute to beyond the fastest."""
_BREATHING_HZ = (0.06, 0.8)
"""Where a peak is looked for. Edges count as slopes, so breaths of 5 to 46 per minute are found."""
_EDGE_BINS = 2
"""A highest value so near an end of the range is a slope, not a peak: drift, or faster movement."""
_FLOOR = 0.02
"""Part of all turning added to every axis, so that one that hardly moves is not blown up."""
_APART_HZ = 0.07
"""A second peak lies at least so far away: twice the width of the first."""
_ABOUT = 0.15
"""How near a frequency that is asked for: as near as counting and spectrum must agree."""
_CLEARLY_BETTER = 1.1
"""An axis is given up for one that explains a tenth more, not for less."""
_SAME_AXIS = 0.5
"""Cosine from which an axis is the same one moved a little: 60 degrees."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """How much a sensor turns about each axis at each frequency.

    Turn *rates* are compared: sway falls with the square of frequency, so that in rates breathing
    stands out although in angles sway is larger.

    Parameters
    ----------
    frequency_hz : ndarray, shape (n_frequencies,)
        Within the band of breathing.
    power : ndarray, shape (n_frequencies, n_axes, n_axes)
        Real cross-spectra, smoothed.
    total : ndarray, shape (n_axes, n_axes)
        Sum over the whole band compared.
    """

    frequency_hz: FloatArray
    power: FloatArray
    total: FloatArray

    @classmethod
    def of(cls, angles_deg: FloatArray, rate_hz: float) -> Spectrum:
        """Take the spectrum of a window.

        Parameters
        ----------
        angles_deg : ndarray, shape (n_rows, n_axes)
            Finite angles, deg.
        rate_hz : float
            Rate of the rows, Hz, > 2.4.

        Returns
        -------
        spectrum : Spectrum
        """
        n_rows, n_axes = angles_deg.shape
        level = detrended(angles_deg)
        frequency_hz = np.asarray(np.fft.rfftfreq(_N_FFT, 1.0 / rate_hz), np.float64)
        taper = np.hanning(n_rows)[:, None]
        lines = np.fft.rfft(level * taper, _N_FFT, axis=0) * frequency_hz[:, None]
        power = (lines[:, :, None] * lines[:, None, :].conj()).real
        n_half = max(1, round(_SMOOTH_HZ * _N_FFT / rate_hz))
        padded = np.zeros((len(power) + 2 * n_half + 1, n_axes, n_axes))
        padded[n_half + 1 : -n_half] = power
        sums = np.cumsum(padded, axis=0)
        smooth = sums[2 * n_half + 1 :] - sums[: -2 * n_half - 1]
        within = _between(frequency_hz, _BREATHING_HZ)
        total = power[_between(frequency_hz, _BAND_HZ)].sum(axis=0)
        return cls(frequency_hz[within], smooth[within], total)


def _between(frequency_hz: FloatArray, band_hz: tuple[float, float]) -> BoolArray:
    return np.asarray((frequency_hz >= band_hz[0]) & (frequency_hz <= band_hz[1]))


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class WindowAxis:
    """The axis of one window.

    Parameters
    ----------
    frequency_hz : float
        Where most of the turning about it lies, Hz.
    pattern : ndarray, shape (n_axes,)
        Unit vector: how the sensor turns with breathing.
    weights : ndarray, shape (n_axes,)
        What the axes count so that everything else is suppressed; 1 along `pattern`.
    rival : float
        The highest peak elsewhere over this one, ratio: near 1 there are two rhythms.
    share : float
        Part of the turning at that frequency that lies along one axis, ratio.
    inside : bool
        It is a peak within the range of breathing, not the slope of something outside.
    """

    frequency_hz: float
    pattern: FloatArray
    weights: FloatArray
    rival: float
    share: float
    inside: bool


def detrended(values: FloatArray) -> FloatArray:
    """Take a straight line off each column.

    Parameters
    ----------
    values : ndarray, shape (n_rows, n_columns)
        Finite values, at least two rows.

    Returns
    -------
    level : ndarray, shape (n_rows, n_columns)
    """
    place = np.arange(len(values)) - (len(values) - 1) / 2.0
    centred = values - values.mean(axis=0)
    slope = (place[:, None] * centred).sum(axis=0) / (place * place).sum()
    return np.asarray(centred - place[:, None] * slope)


def axis_of(spectrum: Spectrum, about_hz: float | None = None) -> WindowAxis | None:
    """Find the axis and frequency at which turning is most concentrated.

    Maximises ``wᵀS(f)w / wᵀTw`` over frequency and weights: the generalised eigenvalue problem of
    the smoothed spectrum against all of it. Fails where two movements share frequency and axis.

    Parameters
    ----------
    spectrum : Spectrum
        Of one window.
    about_hz : float or None
        Look only within 15 % of this frequency, Hz, and do not count its double as a rival: a
        breath is no sine.

    Returns
    -------
    axis : WindowAxis or None
        None when nothing moves, or nothing lies about the frequency asked for.

    References
    ----------
    .. [1] V. V. Nikulin, G. Nolte, G. Curio, "A novel method for reliable and fast extraction of
       neuronal EEG/MEG oscillations on the basis of spatio-spectral decomposition", NeuroImage 55
       (2011) 1528-1535 (the same eigenvalue problem); docs/metrics/imu_breathing.md
    """
    total = float(np.trace(spectrum.total))
    frequency_hz = spectrum.frequency_hz
    asked = np.ones(len(frequency_hz), bool)
    if about_hz is not None:
        asked = np.abs(frequency_hz - about_hz) <= _ABOUT * about_hz
    if not (total > 0.0 and asked.any()):
        return None
    n_axes = len(spectrum.total)
    inverse = np.linalg.inv(np.linalg.cholesky(spectrum.total + _FLOOR * total * np.eye(n_axes)))
    whitened = _between_matrices(inverse, spectrum.power)
    values, vectors = np.linalg.eigh(whitened)
    scores = values[:, -1]
    best = int(np.argmax(np.where(asked, scores, 0.0)))
    weights = _times(inverse.T, vectors[best, :, -1])
    here = spectrum.power[best]
    pattern = _times(here, weights)
    pattern = pattern / math.sqrt(float(np.sum(pattern * pattern)))
    weights = weights / float(np.sum(weights * pattern))
    far = np.abs(frequency_hz - frequency_hz[best]) > _APART_HZ
    if about_hz is not None:
        far &= np.abs(frequency_hz - 2.0 * frequency_hz[best]) > _APART_HZ
    along = np.linalg.eigvalsh(here)
    return WindowAxis(
        frequency_hz=float(frequency_hz[best]),
        pattern=pattern,
        weights=weights,
        rival=float(scores[far].max() / scores[best]),
        share=float(along[-1] / along.sum()),
        inside=_EDGE_BINS < best < len(scores) - 1 - _EDGE_BINS,
    )


def _between_matrices(inverse: FloatArray, power: FloatArray) -> FloatArray:
    """``L⁻¹ S L⁻ᵀ`` for each frequency, the sums written out."""
    left = (inverse[None, :, :, None] * power[:, None, :, :]).sum(axis=2)
    return np.asarray((left[:, :, :, None] * inverse.T[None, None, :, :]).sum(axis=2))


def _times(matrix: FloatArray, vector: FloatArray) -> FloatArray:
    return np.asarray((matrix * vector).sum(axis=1))


@dataclasses.dataclass(slots=True)
class AxisTrack:
    """The axis followed over time, and which way along it is breathing in.

    The sign goes on from window to window. It is first taken from the mounting (breathing in tips
    the sternum and the upper belly backwards), and for certain from one guided breath. How long
    the trunk dwells at either end tells nothing reliable: on labelled recordings it is right in
    under two thirds of the windows.

    Parameters
    ----------
    pattern, weights : ndarray, shape (n_axes,) or None
        As of :class:`WindowAxis`, signed so that breathing in is positive; None before the first.
    direction : {"guided", "mounting", "unknown"}
        How the sign is known.
    """

    pattern: FloatArray | None = None
    weights: FloatArray | None = None
    direction: Direction = "unknown"

    def follow(self, axis: WindowAxis, spectrum: Spectrum) -> None:
        """Go over to the axis of a newer window if it is clearly better.

        Parameters
        ----------
        axis : WindowAxis
            Of a window that can be trusted.
        spectrum : Spectrum
            Of that window.
        """
        if self.pattern is None or self.weights is None:
            self.pattern, self.weights = axis.pattern, axis.weights
            return
        row = int(np.argmin(np.abs(spectrum.frequency_hz - axis.frequency_hz)))
        here = spectrum.power[row]
        if _ratio(axis.weights, here, spectrum.total) <= _CLEARLY_BETTER * _ratio(
            self.weights, here, spectrum.total
        ):
            return
        along = float(np.sum(axis.pattern * self.pattern))
        sign = -1.0 if along < 0.0 else 1.0
        if abs(along) < _SAME_AXIS:
            self.direction = "unknown"  # another movement: its sign does not follow from the old
        self.pattern, self.weights = sign * axis.pattern, sign * axis.weights

    def settle(self, known: Direction, rising: bool) -> None:
        """Take over knowledge about the sign, unless it is known better already.

        Parameters
        ----------
        known : {"guided", "mounting"}
            Where it comes from.
        rising : bool
            Whether the signal rises on breathing in as it is.
        """
        if self.pattern is None or self.weights is None:
            return
        if known == "guided" or self.direction == "unknown":
            self.direction = known
            if not rising:
                self.pattern, self.weights = -self.pattern, -self.weights


def _ratio(weights: FloatArray, here: FloatArray, total: FloatArray) -> float:
    return float(_form(weights, here) / _form(weights, total))


def _form(weights: FloatArray, matrix: FloatArray) -> float:
    return float(np.sum(weights * _times(matrix, weights)))
