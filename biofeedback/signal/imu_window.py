"""What one window of a motion sensor says about breathing, and whether it says anything."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from scipy.signal import hilbert

from biofeedback.core.breathing_rate import RateState
from biofeedback.core.stream import FloatArray
from biofeedback.signal.imu_axis import Spectrum, WindowAxis, axis_of, detrended
from biofeedback.signal.imu_rate import Rhythm, moved, narrow, quality_pct, rhythm_of
from biofeedback.signal.imu_reference import body_motion, explained

__all__ = ["Finding", "Window", "finding"]

LEAST_QUALITY_PCT = 50.0
_SHAKING_HZ = 1.0
_MOVING = 0.5
"""Movement, in parts of what silences, from which it is named as the reason."""
_LOCKED = 0.9
_LOCKED_WITHIN = 0.2
"""Movement of the whole trunk that the sensor follows as closely as this, so near the frequency of
breathing, cannot be told from it."""
_REFERENCE_MOVES_DEG, _REFERENCE_PART = 1.0, 0.7
"""Turn of the reference, peak to trough, and beside that of the sensor, that is more than a breath.
A trunk that moves as one turns both alike; a breath turns the back by a third of the front or less,
0.2 to 0.5 degrees as a rule."""

_HARMONIC_PART = 0.5
"""Size of a rhythm beside its double from which the double may be part of it: a breath is no sine,
and turn rates raise what is twice as fast two times above it, acceleration taken for a turn eight
times. Smaller, it would be a breath most of which is its own double: there is none."""
_IN_STEP, _IN_STEP_BY_GRAVITY = 0.8, 0.5
"""How well both must keep step to be one breath. Two that have nothing to do with each other reach
0.8 by chance in 0.5 % of windows, and 0.5 in 20 % at 12 per minute, 3 % at 30 (400 draws each).
With acceleration alone the double is likely before."""
_HIDING_PART = 1.5
"""A rhythm half as fast, out of step and so much larger, may be a slow breath whose double this is,
beside sway: no rate begins with it."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Evenly sampled rows of one sensor and its reference, without gaps.

    Parameters
    ----------
    trunk_deg : ndarray, shape (n_rows, 3)
        Rotation of the sensor, deg.
    reference_deg : ndarray, shape (n_rows, 3) or None
        The same of a sensor that hardly breathes.
    tilt_ap_deg : ndarray, shape (n_rows,) or None
        Forward lean of the sensor, deg.
    motion_mps2 : float
        Median movement of the body, m/s²; NaN when not measured.
    rate_hz : float
        Rate of the rows, Hz.
    by_gravity : bool
        Turns are those of the direction of gravity, by acceleration alone: pushes look like turns.
    """

    trunk_deg: FloatArray
    reference_deg: FloatArray | None
    tilt_ap_deg: FloatArray | None
    motion_mps2: float
    rate_hz: float
    by_gravity: bool = False


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """What a window says.

    Parameters
    ----------
    state : str
        ``known`` when there is a rate.
    likely : bool
        There is one if it is that of the windows before, too.
    quality_pct : float
        Quality index, 0 to 100.
    axis : WindowAxis or None
        None when nothing moves.
    spectrum : Spectrum
        Of what is left of the sensor's rotation.
    rhythm : Rhythm or None
        None when nothing moves.
    mixing : ndarray, shape (3, 3)
        What of the reference was taken off; zero when nothing was.
    backward : float
        Correlation of the signal along ``axis.weights`` with leaning backwards, −1 to 1.
    """

    state: RateState
    likely: bool
    quality_pct: float
    axis: WindowAxis | None
    spectrum: Spectrum
    rhythm: Rhythm | None
    mixing: FloatArray
    backward: float

    @property
    def clarity(self) -> float:
        """How much one rhythm stands out: alike from breath to breath, and alone; 0 to 1."""
        if self.axis is None or self.rhythm is None:
            return 0.0
        return self.rhythm.periodic * (1.0 - self.axis.rival)


def finding(window: Window) -> Finding:
    """Look for breathing in a window, with and without its reference.

    Where the body moves the reference is used; at rest it only adds its own noise, and of the two
    the one with the clearer rhythm is taken.

    Parameters
    ----------
    window : Window
        Ten seconds or more.

    Returns
    -------
    finding : Finding
    """
    shaking_dps = _shaking_dps(window.trunk_deg, window.rate_hz)
    alone = _look(window, window.trunk_deg, np.zeros((3, 3)), shaking_dps)
    if window.reference_deg is None:
        return alone
    mixing = body_motion(window.trunk_deg, window.reference_deg)
    left = window.trunk_deg - _mixed(window.reference_deg, mixing)
    cancelled = _look(window, left, mixing, shaking_dps)
    movement = axis_of(Spectrum.of(window.reference_deg, window.rate_hz))
    if movement is None:
        return alone
    swing = narrow(detrended(window.reference_deg), movement.frequency_hz, window.rate_hz)
    moves = _size_deg(swing) >= _REFERENCE_MOVES_DEG
    best = cancelled if moves or cancelled.clarity > alone.clarity else alone
    if moves and best.axis is not None:
        moving_hz, breathing_hz = movement.frequency_hz, best.axis.frequency_hz
        near = abs(moving_hz - breathing_hz) <= _LOCKED_WITHIN * breathing_hz
        if near and _locked(window, moving_hz, swing):
            return dataclasses.replace(best, state="not_separable", likely=False)
    return best


def _mixed(values: FloatArray, mixing: FloatArray) -> FloatArray:
    return np.asarray((values[:, :, None] * mixing[None, :, :]).sum(axis=1))


def _look(window: Window, trunk_deg: FloatArray, mixing: FloatArray, shaking_dps: float) -> Finding:
    rate_hz = window.rate_hz
    spectrum = Spectrum.of(trunk_deg, rate_hz)
    axis = axis_of(spectrum)
    if axis is None:
        return Finding("unclear", False, 0.0, None, spectrum, None, mixing, 0.0)
    level = detrended(trunk_deg)
    breath = _along(level, axis, rate_hz)
    slower = axis_of(spectrum, axis.frequency_hz / 2.0)
    doubtful = hidden = False
    if slower is not None:
        whole = _along(level, slower, rate_hz)
        part = float(whole.std() / breath.std())
        in_step = _IN_STEP_BY_GRAVITY if window.by_gravity else _IN_STEP
        if part >= _HARMONIC_PART and _step(breath, whole) >= in_step:
            axis, breath = slower, whole
        else:
            doubtful = window.by_gravity and part >= _HARMONIC_PART
            hidden = part >= _HIDING_PART
    rhythm = rhythm_of(breath, axis.frequency_hz, rate_hz)
    motion = moved(window.motion_mps2, shaking_dps)
    quality = quality_pct(axis.share, rhythm.periodic, motion)
    likely = quality >= LEAST_QUALITY_PCT and axis.inside and rhythm.credible() and not doubtful
    state: RateState = "unclear"
    if quality < LEAST_QUALITY_PCT and motion >= _MOVING:
        state = "moving"
    elif likely and rhythm.credible(axis.rival) and not hidden:
        state = "known"
    backward = 0.0
    if window.tilt_ap_deg is not None:
        lean = narrow(detrended(window.tilt_ap_deg[:, None]), axis.frequency_hz, rate_hz)[:, 0]
        backward = -_correlation(breath, lean)
    return Finding(state, likely, quality, axis, spectrum, rhythm, mixing, backward)


def _along(level_deg: FloatArray, axis: WindowAxis, rate_hz: float) -> FloatArray:
    """Turn about an axis, at its frequency."""
    return narrow(_mixed(level_deg, axis.weights[:, None])[:, 0], axis.frequency_hz, rate_hz)


def _step(fast: FloatArray, slow: FloatArray) -> float:
    """Tell how well a rhythm keeps step with one of half its frequency: 1 always."""
    one, two = hilbert(slow), hilbert(fast)
    step = np.mean(one * one * two.conj())
    power = np.mean(np.abs(one) ** 4) * np.mean(np.abs(two) ** 2)
    return float(np.abs(step)) / math.sqrt(float(power))


def _shaking_dps(trunk_deg: FloatArray, rate_hz: float) -> float:
    """RMS turn rate above 1 Hz, deg/s, by the power of its spectrum."""
    rate_dps = rate_hz * np.diff(detrended(trunk_deg), axis=0)
    n_rows = len(rate_dps)
    lines = np.fft.rfft(rate_dps, axis=0) / n_rows
    fast = np.fft.rfftfreq(n_rows, 1.0 / rate_hz) >= _SHAKING_HZ
    return math.sqrt(2.0 * float(np.sum(np.abs(lines[fast]) ** 2)))


def _correlation(one: FloatArray, other: FloatArray) -> float:
    power = float(np.sum(one * one)) * float(np.sum(other * other))
    return float(np.sum(one * other)) / math.sqrt(power) if power > 0.0 else 0.0


def _locked(window: Window, moving_hz: float, swing: FloatArray) -> bool:
    """Tell whether the whole trunk moves as one in this rhythm."""
    trunk = narrow(detrended(window.trunk_deg), moving_hz, window.rate_hz)
    if _size_deg(swing) < _REFERENCE_PART * _size_deg(trunk):
        return False
    own = np.linalg.eigh((trunk[:, :, None] * trunk[:, None, :]).sum(axis=0))[1][:, -1]
    signal = hilbert(_mixed(trunk, own[:, None])[:, 0])
    return explained(signal, hilbert(swing, axis=0)) > _LOCKED


def _size_deg(values: FloatArray) -> float:
    """Typical turn from peak to trough about all axes."""
    return 2.0 * math.sqrt(2.0 * float(np.mean((values * values).sum(axis=1))))
