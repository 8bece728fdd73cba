"""How much and how fast a quiet trunk sways: the measures of posturography, as functions."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Collection

import numpy as np
from scipy.signal import butter, detrend, hilbert, sosfiltfilt

from biofeedback.core.stream import BoolArray, FloatArray

__all__ = [
    "Spectrum",
    "SwayMeasures",
    "low_passed",
    "longest_known",
    "spectrum",
    "sway_measures",
    "with_quadrature",
    "without_breath",
]

LOW_PASS_HZ = 3.5
LEAST_STRETCH_S, LEAST_ROWS = 1.0, 10
BAND_HZ = (0.15, 5.0)
TAPERS = 8
LEAST_SPECTRUM_S = 8.0
"""A shorter stretch cannot resolve the band, s."""


@dataclasses.dataclass(frozen=True, slots=True)
class Spectrum:
    """Where the power of a signal lies, between 0.15 and 5 Hz (Prieto 1996).

    Parameters
    ----------
    power : float
        Moment of order 0: the sum over the band, unit of the signal squared.
    centroid_hz : float
        ``sqrt(mu2 / mu0)``, Hz.
    dispersion : float
        ``sqrt(1 - mu1^2 / (mu0 mu2))``: 0 one line, towards 1 spread out.
    f50_hz, f95_hz : float
        Below which 50 % and 95 % of the power lie, Hz.
    """

    power: float
    centroid_hz: float
    dispersion: float
    f50_hz: float
    f95_hz: float


UNKNOWN_SPECTRUM = Spectrum(math.nan, math.nan, math.nan, math.nan, math.nan)


@dataclasses.dataclass(frozen=True, slots=True)
class SwayMeasures:
    """Sway over one window (Prieto 1996; Mancini 2012), of any AP and ML signals.

    Parameters
    ----------
    rms, rms_ap, rms_ml : float
        RMS distance from the centre and its components, unit of the signal.
    mean_distance : float
        Mean distance from the centre, unit of the signal.
    path : float
        Length of the path, unit of the signal.
    mean_velocity : float
        Path per second.
    ellipse : float
        Area of the 95 % ellipse, unit squared.
    area_rate : float
        Area swept around the centre per second, unit squared / s.
    mean_frequency_hz : float
        ``mean_velocity / (2 pi mean_distance)``, Hz.
    jerk : float
        Half the integral of the squared derivative, unit² / s.
    jerk_normalised : float
        `jerk` by the length in s and the squared RMS, 1/s²: free of both.
    distance, ap, ml : Spectrum
        Spectrum of the distance from the centre, as in the paper, and of each direction.
    """

    rms: float
    rms_ap: float
    rms_ml: float
    mean_distance: float
    path: float
    mean_velocity: float
    ellipse: float
    area_rate: float
    mean_frequency_hz: float
    jerk: float
    jerk_normalised: float
    distance: Spectrum
    ap: Spectrum
    ml: Spectrum


UNKNOWN_SWAY = SwayMeasures(*(math.nan,) * 11, *(UNKNOWN_SPECTRUM,) * 3)


def sway_measures(
    ap: FloatArray,
    ml: FloatArray,
    sample_rate_hz: float,
    *,
    spectra: Collection[str] = ("distance", "ap", "ml"),
) -> SwayMeasures:
    """Compute the sway measures of one window, without any filtering.

    Rows that are NaN in either signal are left out: path, area and jerk are summed over
    neighbours that are both known, lengths of time count known rows only, and spectra are those
    of the longest stretch without a hole.

    Parameters
    ----------
    ap, ml : ndarray, shape (n_samples,)
        Forward and rightward signal, evenly sampled; at least 3 known rows.
    sample_rate_hz : float
        Hz, > 0.
    spectra : collection of {"distance", "ap", "ml"}
        Which are wanted: they take most of the time. The others are left unknown.

    Returns
    -------
    measures : SwayMeasures
        Spectra are unknown when no stretch lasts 8 s, or nothing moves.

    Raises
    ------
    ValueError
        If fewer than 3 rows are known.

    References
    ----------
    .. [1] T. E. Prieto et al., "Measures of postural steadiness", IEEE Trans. Biomed. Eng. 43
       (1996) 956-966, eqs. 1-20.
    .. [2] M. Mancini et al., "ISway: a sensitive, valid and reliable measure of postural
       control", J. NeuroEng. Rehabil. 9 (2012) 59 (jerk); docs/metrics/sway.md
    """
    known = np.isfinite(ap) & np.isfinite(ml)
    n_known = int(known.sum())
    if n_known < 3:
        raise ValueError(f"{n_known} rows are known; sway needs at least 3")
    ap, ml = ap - ap[known].mean(), ml - ml[known].mean()
    together = known[1:] & known[:-1]
    step_ap, step_ml = np.diff(ap)[together], np.diff(ml)[together]
    swept = np.abs(ap[1:] * ml[:-1] - ap[:-1] * ml[1:])[together]
    stretch = longest_known(known)
    whole_ap, whole_ml = ap[stretch], ml[stretch]
    ap, ml = ap[known], ml[known]
    length_s = n_known / sample_rate_hz
    distance = np.hypot(ap, ml)
    rms = float(np.sqrt(np.mean(distance**2)))
    path = float(np.sum(np.hypot(step_ap, step_ml)))
    mean_distance = float(distance.mean())
    mean_velocity = path / length_s
    covariance = float(np.mean(ap * ml))
    determinant = float(np.mean(ap * ap) * np.mean(ml * ml)) - covariance**2
    # 95 % point of the F distribution with 2 and n - 2 degrees of freedom, in closed form.
    freedom = n_known - 2
    f_95 = 0.5 * freedom * (0.05 ** (-2.0 / freedom) - 1.0)
    jerk = 0.5 * float(np.sum(step_ap**2 + step_ml**2)) * sample_rate_hz
    series = (np.hypot(whole_ap, whole_ml), whole_ap, whole_ml)
    return SwayMeasures(
        rms=rms,
        rms_ap=float(np.sqrt(np.mean(ap * ap))),
        rms_ml=float(np.sqrt(np.mean(ml * ml))),
        mean_distance=mean_distance,
        path=path,
        mean_velocity=mean_velocity,
        ellipse=2.0 * math.pi * f_95 * math.sqrt(max(determinant, 0.0)),
        area_rate=float(swept.sum()) / (2.0 * length_s),
        mean_frequency_hz=mean_velocity / (2 * math.pi * mean_distance) if mean_distance else 0.0,
        jerk=jerk,
        jerk_normalised=jerk / (length_s * rms * rms) if rms else 0.0,
        **{
            name: spectrum(values, sample_rate_hz) if name in spectra else UNKNOWN_SPECTRUM
            for name, values in zip(("distance", "ap", "ml"), series, strict=True)
        },
    )


def spectrum(values: FloatArray, sample_rate_hz: float) -> Spectrum:
    """Find where a signal's power lies, by eight sine tapers as in the paper.

    Parameters
    ----------
    values : ndarray, shape (n_samples,)
        Evenly sampled, finite.
    sample_rate_hz : float
        Hz, > 0.

    Returns
    -------
    found : Spectrum
        Unknown below 8 s, or when nothing moves.

    References
    ----------
    .. [1] T. E. Prieto et al. (1996), eqs. 21-25; tapers: K. S. Riedel, A. Sidorenko, "Minimum
       bias multiple taper spectral estimation", IEEE Trans. Signal Process. 43 (1995) 188-195.
    """
    n = len(values)
    if n < LEAST_SPECTRUM_S * sample_rate_hz:
        return UNKNOWN_SPECTRUM
    centred = values - values.mean()
    lines = np.fft.rfft(centred * _tapers(n), axis=1)
    power = np.mean(lines.real**2 + lines.imag**2, axis=0)
    frequency_hz = np.fft.rfftfreq(n, 1.0 / sample_rate_hz)
    inside = (frequency_hz >= BAND_HZ[0]) & (frequency_hz <= BAND_HZ[1])
    power, frequency_hz = power[inside], frequency_hz[inside]
    mu_0, mu_1, mu_2 = (float(np.sum(frequency_hz**order * power)) for order in range(3))
    if not mu_0 > 0.0:
        return UNKNOWN_SPECTRUM
    below = np.cumsum(power) / mu_0
    f50_hz, f95_hz = (
        float(frequency_hz[min(int(np.searchsorted(below, part)), len(below) - 1)])
        for part in (0.5, 0.95)
    )
    dispersion = math.sqrt(max(0.0, 1.0 - mu_1 * mu_1 / (mu_0 * mu_2)))
    return Spectrum(mu_0, math.sqrt(mu_2 / mu_0), dispersion, f50_hz, f95_hz)


@functools.lru_cache(maxsize=4)
def _tapers(n: int) -> FloatArray:
    """Return the sine tapers of a length, one a row; windows are mostly of one length."""
    number = np.arange(1, TAPERS + 1)[:, None] * np.arange(1, n + 1)
    return np.asarray(math.sqrt(2.0 / (n + 1)) * np.sin(math.pi / (n + 1) * number))


def longest_known(known: BoolArray) -> slice:
    """Return the longest run of known rows; the first of equals.

    Parameters
    ----------
    known : ndarray of bool, shape (n_samples,)
        Which rows are known.

    Returns
    -------
    rows : slice
        Empty when none is.
    """
    begins, ends = _runs(known)
    if not len(begins):
        return slice(0, 0)
    longest = int(np.argmax(ends - begins))
    return slice(int(begins[longest]), int(ends[longest]))


def low_passed(values: FloatArray, sample_rate_hz: float) -> FloatArray:
    """Low-pass at 3.5 Hz without delay, each stretch of known rows for itself.

    Parameters
    ----------
    values : ndarray, shape (n_samples,)
        NaN where not trusted.
    sample_rate_hz : float
        Hz, > 7.

    Returns
    -------
    smooth : ndarray, shape (n_samples,)
        NaN where `values` is, and in stretches below one second, which a filter cannot judge.

    Raises
    ------
    ValueError
        If the rate is 7 Hz or less.
    """
    if not sample_rate_hz > 2 * LOW_PASS_HZ:
        raise ValueError(f"{sample_rate_hz} Hz; sway up to {LOW_PASS_HZ} Hz needs more than 7 Hz")
    sos = _low_pass(sample_rate_hz)
    smooth = np.full(len(values), np.nan)
    for begin, end in zip(*(edges.tolist() for edges in _runs(np.isfinite(values))), strict=True):
        if end - begin >= max(LEAST_STRETCH_S * sample_rate_hz, LEAST_ROWS):
            smooth[begin:end] = sosfiltfilt(sos, np.ascontiguousarray(values[begin:end]))
    return smooth


@functools.lru_cache(maxsize=4)
def _low_pass(sample_rate_hz: float) -> FloatArray:
    return np.asarray(butter(2, LOW_PASS_HZ, fs=sample_rate_hz, output="sos"))


def with_quadrature(breath: FloatArray) -> FloatArray:
    """Return a breath signal without its trend, and its Hilbert transform.

    Parameters
    ----------
    breath : ndarray, shape (n_samples,)
        Breath signal, finite, any unit.

    Returns
    -------
    pair : ndarray, shape (2, n_samples)
    """
    signal = np.asarray(detrend(breath))
    return np.vstack((signal, np.asarray(hilbert(signal)).imag))


def without_breath(values: FloatArray, breath: FloatArray) -> FloatArray:
    """Take off what follows the breath: regression on its signal and its quadrature.

    The quadrature (the Hilbert transform) lets sway lead or follow the breath by any angle. Two
    coefficients are fitted: of sway that has nothing to do with breathing a few per cent are
    taken off as well.

    Parameters
    ----------
    values : ndarray, shape (n_samples,)
        Sway; NaN where not known.
    breath : ndarray, shape (2, n_samples)
        From :func:`with_quadrature`.

    Returns
    -------
    rest : ndarray, shape (n_samples,)
        With the mean of `values`.
    """
    known = np.isfinite(values)
    wanted = values[known]
    v, q, y = (part - part.mean() for part in (*breath[:, known], wanted))
    vv, qq, vq = float(np.sum(v * v)), float(np.sum(q * q)), float(np.sum(v * q))
    vy, qy = float(np.sum(v * y)), float(np.sum(q * y))
    determinant = vv * qq - vq * vq
    if not determinant > 1e-12 * vv * qq:
        return values.copy()  # nothing breathes
    of_v, of_q = (qq * vy - vq * qy) / determinant, (vv * qy - vq * vy) / determinant
    rest = values.copy()
    rest[known] = wanted - of_v * v - of_q * q
    return rest


def _runs(known: BoolArray) -> tuple[np.ndarray, np.ndarray]:
    """Return where runs of known rows begin and end."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], known, [False]))))
    return edges[::2], edges[1::2]
