"""Filters whose delay is known, so that what they find can be dated back.

Causal ones carry their memory in an array that the caller keeps: any cut of the input gives the
same output, bit for bit. Symmetric ones look at rows already received and have no delay.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import correlate1d
from scipy.signal import bessel, sosfilt, sosfilt_zi

from biofeedback.core.errors import StreamError
from biofeedback.core.stream import FloatArray

__all__ = ["LowPass", "hann_taps", "held", "slope", "smooth"]


class LowPass:
    """Causal Bessel low-pass with a delay that is the same for all of breathing.

    A Bessel filter has the flattest group delay there is; normalised for phase, a second-order
    one keeps it within 5 % up to half its corner. It fails on missing values: see :func:`held`.

    Parameters
    ----------
    cutoff_hz : float
        Frequency at which the phase has turned by half of what it turns in all, Hz;
        0 < cutoff_hz < sample_rate_hz / 2.
    sample_rate_hz : float
        Rate of the rows, Hz.
    order : int
        Number of poles, from 1.

    Raises
    ------
    StreamError
        If the corner does not lie between 0 and half the rate.

    References
    ----------
    .. [1] W. E. Thomson, "Delay networks having maximally flat frequency characteristics",
       Proc. IEE 96 (1949) 487-490; docs/metrics/breath_timing.md
    """

    def __init__(self, cutoff_hz: float, sample_rate_hz: float, order: int = 2) -> None:
        if not 0 < cutoff_hz < sample_rate_hz / 2:
            raise StreamError(
                f"low-pass at {cutoff_hz} Hz on {sample_rate_hz} Hz rows; the corner must be "
                f"above 0 and below {sample_rate_hz / 2} Hz"
            )
        self._sos = np.asarray(
            bessel(order, cutoff_hz, fs=sample_rate_hz, output="sos", norm="phase")
        )
        self._settled = np.asarray(sosfilt_zi(self._sos))
        # Delay at zero frequency: the centre of the impulse response, summed over sections.
        b, a = self._sos[:, :3], self._sos[:, 3:]
        n = np.arange(3)
        delays = (b @ n) / b.sum(axis=1) - (a @ n) / a.sum(axis=1)
        self.delay_s: float = float(delays.sum()) / sample_rate_hz

    def start(self, first: float) -> FloatArray:
        """Return a memory as if `first` had been the input for ever: no start-up step.

        Parameters
        ----------
        first : float
            First value, finite.

        Returns
        -------
        memory : ndarray, shape (n_sections, 2)
        """
        return self._settled * first

    def step(self, values: FloatArray, memory: FloatArray) -> FloatArray:
        """Filter the next values; delay `delay_s`.

        Parameters
        ----------
        values : ndarray, shape (n_samples,)
            Finite values.
        memory : ndarray, shape (n_sections, 2)
            From `start`; changed in place.

        Returns
        -------
        filtered : ndarray, shape (n_samples,)
        """
        filtered, memory[...] = sosfilt(self._sos, values, zi=memory)
        return np.asarray(filtered)

    def both_ways(self, values: FloatArray) -> FloatArray:
        """Filter forwards and backwards: no delay, and not causal.

        Parameters
        ----------
        values : ndarray, shape (n_samples,)
            Finite values, at least one.

        Returns
        -------
        filtered : ndarray, shape (n_samples,)
        """
        forward = self.step(values, self.start(float(values[0])))
        return self.step(forward[::-1], self.start(float(forward[-1])))[::-1]


def held(values: FloatArray, last: float) -> FloatArray:
    """Put the last known value where one is missing; no delay.

    Parameters
    ----------
    values : ndarray, shape (n_samples,)
        NaN where unknown.
    last : float
        Value before the first row.

    Returns
    -------
    values : ndarray, shape (n_samples,)
    """
    known = np.concatenate([[True], np.isfinite(values)])
    source = np.maximum.accumulate(np.where(known, np.arange(len(known)), 0))
    return np.concatenate([[last], values])[source][1:]


def hann_taps(width_s: float, sample_rate_hz: float) -> FloatArray:
    """Return the weights of a symmetric Hann smoother, sum 1.

    Its first zero lies at ``2 / width_s``: 0.8 s silences 2.5 Hz, a walking step.

    Parameters
    ----------
    width_s : float
        From end to end, s, > 0.
    sample_rate_hz : float
        Rate of the rows, Hz.

    Returns
    -------
    taps : ndarray, shape (2 * n_half + 1,)
    """
    n_half = max(1, round(width_s * sample_rate_hz / 2))
    taps = 1.0 + np.cos(np.pi * np.arange(-n_half, n_half + 1) / (n_half + 1))
    return np.asarray(taps / taps.sum())


def smooth(values: FloatArray, taps: FloatArray) -> FloatArray:
    """Smooth symmetrically; no delay, needs half the taps on either side.

    Near an end the window is cut off and its weights are made to sum to 1 again.

    Parameters
    ----------
    values : ndarray, shape (n_samples,)
        Finite values.
    taps : ndarray, shape (2 * n_half + 1,)
        From :func:`hann_taps`.

    Returns
    -------
    smoothed : ndarray, shape (n_samples,)
    """
    n_half = len(taps) // 2
    smoothed = np.asarray(correlate1d(values, taps, mode="constant"))
    if 2 * n_half > len(values):  # both ends reach every row
        weights = correlate1d(np.ones_like(values), taps, mode="constant")
        return np.asarray(smoothed / weights)
    missing = np.cumsum(taps)[:n_half][::-1]  # weight that hangs over the end, from the end inwards
    smoothed[:n_half] /= 1.0 - missing
    smoothed[len(values) - n_half :] /= 1.0 - missing[::-1]
    return np.asarray(smoothed)


def slope(values: FloatArray, n_rows: int, sample_rate_hz: float) -> FloatArray:
    """Return the mean slope over the last `n_rows` steps; delay half of them.

    Parameters
    ----------
    values : ndarray, shape (n_rows + n_samples,)
        With the `n_rows` rows before the first one wanted.
    n_rows : int
        Steps to look back, ≥ 1.
    sample_rate_hz : float
        Rate of the rows, Hz.

    Returns
    -------
    slopes : ndarray, shape (n_samples,)
        Per second.
    """
    return (values[n_rows:] - values[:-n_rows]) * (sample_rate_hz / n_rows)
