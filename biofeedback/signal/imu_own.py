"""The own quiet breath of one motion sensor, and what is too large to be it, or lies above it.

A leg that is lifted every four seconds turns the trunk as smoothly and as regularly as a breath
does: no shape tells them apart. What does is how one breathed before it began: a movement is larger
than that breath, and the breath goes on beneath it.
"""

from __future__ import annotations

import dataclasses
import math
from collections import deque

import numpy as np

from biofeedback.core.stream import FloatArray
from biofeedback.signal.imu_axis import Spectrum
from biofeedback.signal.imu_rate import Rhythm
from biofeedback.signal.imu_window import Finding, Window

__all__ = ["OwnBreath", "beneath_deg", "fastest_dps"]

KEEPS = 36
"""Windows that were clear and are remembered: three minutes. Their median is the own breath."""
LEAST = 3
"""Windows from which it is known: as many as must tell a rate alike for it to be known."""
LARGEST = 3.0
"""Times the own breath that a breath may be: quiet ones are 0.5 l, slow and deep ones to 1.5 l."""
LARGER = 1.2
"""At another rate, too near to see whether the old one goes on: a movement two thirds as large as
the breath makes both together so much larger. Breaths of 30 s are larger by that seldom."""
GOES_ON = 0.5
"""A rhythm of before that goes on with half of its size is still the breath: whoever begins to
breathe more deeply and slowly has stopped breathing as before."""
OTHER = 0.15
"""Part by which a rate differs to be another: windows of 30 s tell no less."""
RESOLVED_HZ = 0.07
"""Two rhythms nearer than that are one peak in a window of 30 s."""
MULTIPLES = (1.0, 2.0, 3.0, 0.5)
"""An old rhythm at such a part of the new one may be part of it: neither is a sine."""
QUIET_DPS = 6.0
"""Turn rate that quiet breathing does not reach: 4° in a breath in of 1 s. While the own breath is
not known, faster is not taken for it."""
MEAN_S = 0.3
FASTEST = 0.98
POSTURE_DEG = 5.0
"""A lean so far from where the own breath was learned is another posture: it is learned anew. Less
is never told as a change of posture."""


def fastest_dps(trunk_deg: FloatArray, rate_hz: float) -> float:
    """Return how fast a sensor turns at its fastest, about all axes.

    Parameters
    ----------
    trunk_deg : ndarray, shape (n_rows, 3)
        Rotation, deg, finite; longer than the mean of 0.3 s.
    rate_hz : float
        Rate of the rows, Hz.

    Returns
    -------
    speed_dps : float
        Exceeded 2 % of the time by means of 0.3 s, deg/s.
    """
    n_mean = max(1, round(MEAN_S * rate_hz))
    speed_dps = (trunk_deg[n_mean:] - trunk_deg[:-n_mean]) * (rate_hz / n_mean)
    return float(np.quantile(np.sqrt((speed_dps * speed_dps).sum(axis=1)), FASTEST))


def beneath_deg(spectrum: Spectrum, rhythm: Rhythm, old_per_min: float) -> float:
    """Return the size of what goes on at an old rate beneath a new rhythm.

    Parameters
    ----------
    spectrum : Spectrum
        Of the window.
    rhythm : Rhythm
        What is dominant in it.
    old_per_min : float
        Rate of before, per minute.

    Returns
    -------
    size_deg : float
        Turn from peak to trough, deg; NaN where the two cannot be told apart, or one may be a
        multiple of the other.
    """
    new_hz, old_hz = rhythm.rate_per_min / 60.0, old_per_min / 60.0
    one = any(abs(old_hz - part * new_hz) <= OTHER * old_hz for part in MULTIPLES)
    if one or abs(old_hz - new_hz) <= RESOLVED_HZ:
        return math.nan
    lines_hz = spectrum.frequency_hz
    power = np.trace(spectrum.power, axis1=1, axis2=2) / lines_hz**2
    here = np.abs(lines_hz - old_hz) <= OTHER * old_hz
    here &= np.abs(lines_hz - new_hz) > RESOLVED_HZ
    peak = np.abs(lines_hz - new_hz) <= RESOLVED_HZ
    if not (here.any() and peak.any()):
        return math.nan
    return rhythm.size_deg * math.sqrt(float(power[here].max() / power[peak].max()))


@dataclasses.dataclass(slots=True)
class OwnBreath:
    """How one sensor turns with the own quiet breath: learned from windows that were clear.

    Parameters
    ----------
    sizes_deg, rates_per_min : deque of float
        Of the last windows that were clear: turn from peak to trough, and rate.
    lean_deg : float
        Where it was learned; NaN before, or when lean is not measured.
    """

    sizes_deg: deque[float] = dataclasses.field(default_factory=lambda: deque(maxlen=KEEPS))
    rates_per_min: deque[float] = dataclasses.field(default_factory=lambda: deque(maxlen=KEEPS))
    lean_deg: float = math.nan

    def copy(self) -> OwnBreath:
        """Return the same, to be changed by itself."""
        return OwnBreath(
            deque(self.sizes_deg, KEEPS), deque(self.rates_per_min, KEEPS), self.lean_deg
        )

    def moved(self, window: Window, found: Finding) -> bool:
        """Tell whether what was found may be a movement and not a breath; forget in a new posture.

        Parameters
        ----------
        window : Window
            Without a reference.
        found : Finding
            What it says.

        Returns
        -------
        moved : bool
        """
        rhythm = found.rhythm
        if rhythm is None:
            return False
        if abs(_lean_deg(window) - self.lean_deg) >= POSTURE_DEG:
            self.forget()
        if len(self.sizes_deg) < LEAST:
            return fastest_dps(window.trunk_deg, window.rate_hz) > QUIET_DPS
        own_deg = float(np.median(self.sizes_deg))
        if rhythm.size_deg > LARGEST * own_deg:
            return True
        own_per_min = float(np.median(self.rates_per_min))
        old_deg = beneath_deg(found.spectrum, rhythm, own_per_min)
        if math.isnan(old_deg):
            other = abs(rhythm.rate_per_min - own_per_min) > OTHER * own_per_min
            return other and rhythm.size_deg > LARGER * own_deg
        return old_deg >= GOES_ON * own_deg

    def learn(self, window: Window, size_deg: float, rate_per_min: float) -> None:
        """Remember a window that was clear.

        Parameters
        ----------
        window : Window
            Where one leans.
        size_deg : float
            Turn from peak to trough, deg.
        rate_per_min : float
            Breaths per minute.
        """
        if not self.sizes_deg:
            self.lean_deg = _lean_deg(window)
        self.sizes_deg.append(size_deg)
        self.rates_per_min.append(rate_per_min)

    def forget(self) -> None:
        """Learn anew."""
        self.sizes_deg.clear()
        self.rates_per_min.clear()
        self.lean_deg = math.nan


def _lean_deg(window: Window) -> float:
    return math.nan if window.tilt_ap_deg is None else float(np.median(window.tilt_ap_deg))
