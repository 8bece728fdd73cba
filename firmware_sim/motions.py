"""Functions of time the simulated person is made of: noise, ramps and bursts.

Each is a pure function of time given by a table drawn once, so a person may be asked about any
times in any order and cut, and always answers the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["Bursts", "FloatArray", "Ramps", "SmoothNoise", "fractal_series", "smooth_step"]

FloatArray = npt.NDArray[np.float64]


def smooth_step(x: FloatArray) -> FloatArray:
    """Minimum-jerk step from 0 at x ≤ 0 to 1 at x ≥ 1 (Flash & Hogan 1985).

    Parameters
    ----------
    x : ndarray
        Progress, ratio.

    Returns
    -------
    level : ndarray
        Same shape, ratio.
    """
    x = np.clip(x, 0.0, 1.0)
    return x * x * x * (10.0 + x * (6.0 * x - 15.0))


def fractal_series(count: int, beta: float, rng: np.random.Generator) -> FloatArray:
    """Draw unit-variance noise with a power spectrum falling as 1/f^beta.

    Breath-to-breath times of awake people have beta near 0.35 to 0.4, which gives the lag-1
    correlation of 0.2 to 0.3 measured by Tobin et al. 1995.

    Parameters
    ----------
    count : int
        How many values.
    beta : float
        Spectral slope; 0 is white.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    series : ndarray, shape (count,)
        Mean 0, variance 1.
    """
    length = max(64, 1 << (count - 1).bit_length())
    cycles: FloatArray = np.arange(1, length // 2 + 1, dtype=np.float64)
    return _coloured(length, cycles ** (-beta / 2.0), rng)[:count]


def _coloured(length: int, gain: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Shape white noise by `gain` at 1 … length/2 cycles per length; periodic, unit variance."""
    spectrum = np.fft.rfft(rng.standard_normal(length))
    spectrum[0] = 0.0
    spectrum[1:] *= gain
    series = np.fft.irfft(spectrum, length)
    return np.asarray(series / series.std(), dtype=np.float64)


class SmoothNoise:
    """Unit-variance noise with a given spectrum, twice differentiable at any time.

    A cubic B-spline whose coefficients are shaped white noise; it repeats after `period_s`.

    Parameters
    ----------
    gain : callable
        Relative amplitude as a function of frequency, Hz.
    knot_s : float
        Spacing of the knots, s; nothing above 1/(2·knot_s) is made.
    period_s : float
        Time after which it repeats, s.
    rng : numpy.random.Generator
        Source of chance.
    """

    def __init__(
        self,
        gain: Callable[[FloatArray], FloatArray],
        knot_s: float,
        period_s: float,
        rng: np.random.Generator,
    ) -> None:
        length = 1 << max(4, int(np.ceil(np.log2(period_s / knot_s))))
        cycles: FloatArray = np.arange(1, length // 2 + 1, dtype=np.float64)
        frequency_hz = cycles / (length * knot_s)
        self._knot_s = knot_s
        self._coefficients = _coloured(length, gain(frequency_hz), rng)
        between: FloatArray = np.arange(4 * length, dtype=np.float64) * (knot_s / 4.0)
        self._coefficients = self._coefficients / self(between).std()

    def __call__(self, t_s: FloatArray) -> FloatArray:
        """Evaluate at `t_s`, shape (n,), s."""
        x = t_s / self._knot_s
        whole = np.floor(x)
        f = x - whole
        k = whole.astype(np.int64)
        n = len(self._coefficients)
        c = self._coefficients
        g = 1.0 - f
        return (
            g * g * g * c[k % n]
            + (4.0 + f * f * (3.0 * f - 6.0)) * c[(k + 1) % n]
            + (4.0 + g * g * (3.0 * g - 6.0)) * c[(k + 2) % n]
            + f * f * f * c[(k + 3) % n]
        ) / 6.0


class Ramps:
    """A level that moves from one value to the next by smooth ramps.

    Parameters
    ----------
    first : float
        Level before the first ramp.
    ramps : sequence of (start_s, rise_s, level)
        Each begins at `start_s`, lasts `rise_s` > 0 and ends at `level`; a ramp that would begin
        before the one before it has ended is begun at that end.
    form : callable
        From 0 at 0 to 1 at 1: the form of every ramp; minimum-jerk unless told otherwise.
    """

    def __init__(
        self,
        first: float,
        ramps: Sequence[tuple[float, float, float]],
        form: Callable[[FloatArray], FloatArray] = smooth_step,
    ) -> None:
        self._form = form
        starts, rises, levels = [-np.inf], [1.0], [first]
        free_s = -np.inf
        for start_s, rise_s, level in sorted(ramps):
            starts.append(max(start_s, free_s))
            rises.append(rise_s)
            levels.append(level)
            free_s = starts[-1] + rise_s
        self._start_s = np.array(starts)
        self._rise_s = np.array(rises)
        self._level = np.array(levels)

    def __call__(self, t_s: FloatArray) -> FloatArray:
        """Evaluate at `t_s`, shape (n,), s."""
        if len(self._level) == 1:
            return np.full(t_s.shape, self._level[0])
        i = np.searchsorted(self._start_s, t_s, side="right") - 1
        before: FloatArray = self._level[np.maximum(i - 1, 0)]
        ramping = i > 0
        start_s = np.where(ramping, self._start_s[i], t_s)
        done = np.where(ramping, self._form((t_s - start_s) / self._rise_s[i]), 1.0)
        level: FloatArray = before + (self._level[i] - before) * done
        return level


class Bursts:
    """Short oscillations under a sin² window; zero between them.

    Parameters
    ----------
    bursts : sequence of (start_s, duration_s, amplitude, frequency_hz)
        They must not overlap.
    one_sided : bool
        Squeezes towards negative values (coughs) and not a swing to both sides.
    """

    def __init__(
        self, bursts: Sequence[tuple[float, float, float, float]], one_sided: bool = False
    ) -> None:
        self._table = np.array(sorted(bursts), dtype=np.float64).reshape(-1, 4)
        self._one_sided = one_sided

    def __call__(self, t_s: FloatArray) -> FloatArray:
        """Evaluate at `t_s`, shape (n,), s."""
        if not len(self._table):
            return np.zeros(t_s.shape)
        i = np.maximum(np.searchsorted(self._table[:, 0], t_s, side="right") - 1, 0)
        start_s, duration_s, amplitude, frequency_hz = self._table[i].T
        local_s = np.clip(t_s - start_s, 0.0, duration_s)
        window = np.sin(np.pi * local_s / duration_s)
        wave = np.sin(2.0 * np.pi * frequency_hz * local_s)
        if self._one_sided:
            wave = -wave * wave * wave * wave
        burst: FloatArray = amplitude * window * window * wave
        return burst
