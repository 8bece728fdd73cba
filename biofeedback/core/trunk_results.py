"""What a session finds about the trunk: sway, posture, repetitions, how sensors sit on it.

Re-exported by :mod:`biofeedback.core.results`. NaN means "not known", never zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from biofeedback.core.stream import Event

__all__ = [
    "Aligned",
    "FiveStands",
    "GyroBias",
    "PostureChange",
    "Repetition",
    "Settled",
    "Sway",
]

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sway(Event):
    """Sway of the trunk over a window, from horizontal acceleration.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        End of the window; when it was complete.
    role : str
        Which IMU.
    start_s : float
        Start of the window, s.
    rms_mps2, rms_ap_mps2, rms_ml_mps2 : float
        RMS of the horizontal acceleration and its components, m/s².
    mean_distance_mps2 : float
        Mean distance from the centre, m/s².
    path_mps2 : float
        Length of the path, m/s².
    mean_velocity_mps3 : float
        Path per second, m/s³.
    ellipse_m2ps4 : float
        Area of the 95 % ellipse, m²/s⁴.
    area_rate_m2ps5 : float
        Area swept around the centre per second, m²/s⁵.
    mean_frequency_hz : float
        ``MVELO / (2π · MDIST)``, Hz.
    centroid_hz, f50_hz, f95_hz : float
        Of the distance from the centre between 0.15 and 5 Hz: centroid, and below which half and
        95 % of the power lie, Hz.
    dispersion : float
        How spread out that spectrum is, 0 to 1.
    jerk_m2ps5 : float
        ISway jerk, m²/s⁵.
    jerk_normalised_ps2 : float
        Jerk by window length and squared RMS, 1/s².
    tilt_rms_deg : float
        RMS of the tilt about its mean, degrees (what the ring shows).
    rms_without_breath_mps2, mean_velocity_without_breath_mps3 : float
        The same without what follows the breath; NaN without a breath signal.
    ellipse_without_breath_m2ps4, jerk_without_breath_m2ps5 : float
        As above.
    tilt_rms_without_breath_deg : float
        As above.
    valid : float
        Share of trusted rows, 0 to 1; the others were left out.
    """

    role: str
    start_s: float
    rms_mps2: float
    rms_ap_mps2: float
    rms_ml_mps2: float
    mean_distance_mps2: float
    path_mps2: float
    mean_velocity_mps3: float
    ellipse_m2ps4: float
    mean_frequency_hz: float
    jerk_m2ps5: float
    tilt_rms_deg: float
    valid: float
    area_rate_m2ps5: float = math.nan
    centroid_hz: float = math.nan
    dispersion: float = math.nan
    f50_hz: float = math.nan
    f95_hz: float = math.nan
    jerk_normalised_ps2: float = math.nan
    rms_without_breath_mps2: float = math.nan
    mean_velocity_without_breath_mps3: float = math.nan
    ellipse_without_breath_m2ps4: float = math.nan
    jerk_without_breath_m2ps5: float = math.nan
    tilt_rms_without_breath_deg: float = math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Aligned(Event):
    """How a motion sensor sits on the body, by standing still and bowing.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        When bowing was finished; when it was decided.
    role : str
        Which sensor.
    ok : bool
        Used from now on? If not, the assumed mounting stays.
    explained : float
        Part of the turning that was about one axis, ratio.
    axis_deg : float
        Angle between that axis and the way up, degrees; 90 for a bow.
    bows : int
        How many were seen.
    up, right : tuple of float
        Way up when standing still and the wearer's right, unit vectors in the sensor's axes;
        NaN when it failed.
    words : str
        What was found, or what to do again.
    """

    role: str
    ok: bool
    explained: float
    axis_deg: float
    bows: int
    up: Vector
    right: Vector
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GyroBias(Event):
    """The zero of a gyroscope, measured with the sensor lying on a table.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        End of the ten seconds; when it was decided.
    role : str
        Which sensor.
    ok : bool
        Used from now on?
    bias : tuple of float
        Mean turn rate about x, y, z, deg/s.
    sd_dps : float
        Largest standard deviation of an axis, deg/s.
    words : str
        What was found, or what to do again.
    """

    role: str
    ok: bool
    bias: Vector
    sd_dps: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostureChange(Event):
    """The trunk is held differently, by more than what cannot be told from nothing.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        When it was sure.
    role : str
        Which motion sensor.
    flexion_deg, lateral_deg : float
        Mean of the last 5 s, forward and to the right of own neutral, degrees.
    change_deg : float
        Angle to the posture told before (neutral at first), degrees; never below 5.
    """

    role: str
    flexion_deg: float
    lateral_deg: float
    change_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition(Event):
    """One repetition of an exercise: out, turn, back.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        Its end; when it was decided.
    repetition : int
        Number within the task, from 0, of those counted; of one not counted, the next.
    task : str
        Name of the task.
    side : str
        ``left``, ``right`` or empty.
    role : str
        The motion sensor it was found with.
    start_s, peak_s, end_s : float
        Where the main angle leaves and reaches again 5 % of its range, and its extreme, s.
    duration_s : float
        From start to end, s.
    rom_deg : float
        Range of the main angle, degrees.
    peak_speed_dps : float
        Fastest turning of that sensor, deg/s.
    sparc : float
        Smoothness of that turning: the spectral arc length, near −1.4 for one smooth movement,
        lower for a less smooth one.
    alike : float
        Correlation with the repetitions before, −1 to 1.
    counted : bool
        At least 0.6 s long, large enough and like the others?
    held_s : float
        How long the breath was held during it, s; NaN without a breath signal.
    deviation_deg : float
        Largest angle of the pelvis to where it was at the start, degrees; NaN without a sensor
        there.
    lateral_deg : float
        Largest sideways lean of the main sensor from where it was at the start, degrees.
    axial_deg : float
        Largest turn about the vertical from the start, degrees.
    lumbar_deg : float
        Largest change of lumbar flexion from the start, with its sign, degrees; NaN without
        sensors at pelvis and back.
    lumbopelvic_ratio : float
        Lumbar part of the flexion over 20 to 80 % of the way out, ratio; NaN as above.
    alike_first : float
        Correlation with the mean of the first three counted of the task, -1 to 1; NaN until then.
    """

    repetition: int
    task: str
    side: str
    role: str
    start_s: float
    peak_s: float
    end_s: float
    duration_s: float
    rom_deg: float
    peak_speed_dps: float
    sparc: float
    alike: float
    counted: bool
    held_s: float
    deviation_deg: float
    lateral_deg: float
    axial_deg: float
    lumbar_deg: float
    lumbopelvic_ratio: float
    alike_first: float = math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class FiveStands(Event):
    """Five times from sitting to standing and back.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        When the fifth sitting down ended; when it was decided.
    start_s : float
        When the first rise began, by its turn rate (docs/metrics/repetition.md), s.
    stood_s : float
        From there to the end of the fifth rise, s.
    seated_s : float
        From there to the end of the fifth sitting down, s.
    """

    start_s: float
    stood_s: float
    seated_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled(Event):
    """How the trunk came to rest after a push that was announced.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        When it had come to rest, or was given up; when it was decided.
    role : str
        Which motion sensor.
    cue_s : float
        When the push was announced, s.
    peak_deg : float
        Largest angle to the mean of the 5 s before, degrees.
    peak_s : float
        When, s.
    settling_s : float
        From the peak until the angle stays within the band for half a second, s; NaN when it
        never did.
    band_deg : float
        The larger of two standard deviations of the 5 s before and a tenth of the peak, degrees.
    overshoot : float
        Largest swing to the other side as a part of the peak, ratio.
    damping : float
        Damping ratio by the logarithmic decrement, 0 to 1; NaN without a swing back.
    """

    role: str
    cue_s: float
    peak_deg: float
    peak_s: float
    settling_s: float
    band_deg: float
    overshoot: float
    damping: float
