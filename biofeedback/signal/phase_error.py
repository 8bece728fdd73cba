"""How far off one breath's phase angle may be: by the noise of the belts, and by their clocks."""

from __future__ import annotations

import math

import numpy as np

from biofeedback.core.stream import FloatArray
from biofeedback.signal.belt_rows import BreathRows
from biofeedback.signal.phase import levelled

__all__ = ["phase_se_deg", "timing_as_phase_deg"]

FIRST_NOISE_HARMONIC = 5
"""From here on a breath's own shape is weak: what is there counts as noise."""
HIGHEST_NOISE_HZ = 3.0
"""Above, the straight lines between samples of a belt of 10 Hz hide its noise."""
LEAST_NOISE_HARMONICS = 4


def timing_as_phase_deg(timing_s: float, ttot_s: float) -> float:
    """Return what an error of time between two sensors is as an angle.

    Parameters
    ----------
    timing_s : float
        Error of the time between them, s.
    ttot_s : float
        Length of the breath, s.

    Returns
    -------
    phase_deg : float
        ``360 · timing_s / ttot_s``.
    """
    return 360.0 * timing_s / ttot_s


def phase_se_deg(breath: BreathRows, ttot_s: float, timing_se_s: float) -> float:
    """Return the standard error of one breath's phase angle.

    The angle of a harmonic of amplitude ``|X₁|`` in noise of power ``P`` per harmonic is known to
    ``sqrt(P / 2) / |X₁|`` rad, for ``P`` much smaller. ``P`` is taken from the harmonics above the
    shape of a breath. The same noise is in the levels at the two ends, and a wrong line through
    them turns the harmonic too. With both goes the error of the two clocks. Different wave
    shapes of chest and belly are not in it, nor the constant lag between the sensors.

    Parameters
    ----------
    breath : BreathRows
        Both belts over the breath.
    ttot_s : float
        Length of the breath, s.
    timing_se_s : float
        Standard error of the time between the two belts, s; NaN, where times are given and no
        clock is fitted, leaves it out.

    Returns
    -------
    se_deg : float
        NaN when either belt does not move.

    References
    ----------
    .. [1] D. C. Rife, R. R. Boorstyn, "Single tone parameter estimation from discrete-time
       observations", IEEE Trans. Inf. Theory 20 (1974) 591-598 (variance of phase);
       docs/metrics/phase_angle.md
    """
    belts = (breath.chest, breath.abdomen)
    noise_deg = math.hypot(*(_noise_deg(belt, breath.margin, ttot_s) for belt in belts))
    clock_deg = 0.0 if math.isnan(timing_se_s) else timing_as_phase_deg(timing_se_s, ttot_s)
    return math.hypot(noise_deg, clock_deg)


def _noise_deg(values: FloatArray, margin: int, ttot_s: float) -> float:
    spectrum = np.fft.rfft(levelled(values, margin)[:-1])
    power = spectrum.real**2 + spectrum.imag**2
    last = max(int(HIGHEST_NOISE_HZ * ttot_s), FIRST_NOISE_HARMONIC + LEAST_NOISE_HARMONICS)
    noise = power[FIRST_NOISE_HARMONIC : last + 1]
    first = complex(spectrum[1])
    if first == 0 or not len(noise):
        return math.nan
    level = float(np.mean(noise))
    n_rows = len(values) - 1 - 2 * margin
    # A line from 0 to d adds i d N / 2π to the harmonic; of d both ends are means of rows.
    tilt = math.sqrt(2.0 * level * n_rows / (2 * margin + 1)) / (2.0 * math.pi)
    turn = tilt * abs(first.real) / abs(first) ** 2
    return math.degrees(math.hypot(math.sqrt(level / 2.0) / abs(first), turn))
