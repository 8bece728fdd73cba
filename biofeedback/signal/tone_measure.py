"""Tonic and phasic parts of an abdominal belt: the level a belly is held at, and its breaths."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from biofeedback.core.results import BreathCycle
from biofeedback.core.stream import FloatArray
from biofeedback.core.tone_results import BeltType
from biofeedback.signal.theil_sen import theil_sen

__all__ = [
    "LEAST_BREATHS",
    "BellyBreath",
    "RestLevel",
    "belly_breath",
    "belt_type",
    "difference_se",
    "held_level",
    "median_spread",
    "phasic",
    "rest_level",
    "tonic",
]

LEAST_BREATHS = 4
"""As in the calibration's quiet step: a median that one odd breath cannot move much."""
BEFORE_S, AFTER_S = 0.3, 0.1
"""The level of a trough is the mean over so long before and after the onset: the pause before it
holds the level, what is after it only the foot of the rise; together half a heart beat."""
LEAST_KNOWN = 0.8
"""Part of those rows that must be trusted."""
GOOD_QUALITY = 0.5
"""As for rest."""
DRIFT_PER_ROOT_MIN = 0.1
"""How far a belt's level is taken to wander by itself, in breaths per square root of a minute: skin
moves, people settle. Chosen, not measured."""
SETTLING_PER_MIN, SETTLES_S = 0.1, 180.0
"""A strap that was just put on creeps: by so many breaths per minute as a rule, and for some
minutes. What rest shows of it is weighed against that, and taken to go on and to fade. Chosen."""
NOT_LINEAR = 0.1
"""A belt's answer to a change of girth or pull is straight to so much: springs bend."""
HEART = 0.03
"""A heart beat moves an abdominal belt by up to 3 % of a quiet breath."""
HOLD_S = 1.0
"""In a hold: over which the level is taken."""
ROBUST_SD, MEDIAN_SE = 1.4826, 1.2533


def belt_type(unit: str) -> BeltType:
    """Tell what a belt follows by its unit.

    Parameters
    ----------
    unit : str
        One of :data:`~biofeedback.core.units.BELT_UNITS`.

    Returns
    -------
    belt : {"length", "tension", "unknown"}
        Volts, counts and arbitrary units do not say whether the strip is stretched or pulled.
    """
    return {"N": "tension", "mm": "length"}.get(unit, "unknown")  # type: ignore[return-value]


@dataclasses.dataclass(frozen=True, slots=True)
class BellyBreath:
    """One breath of the abdominal belt, split.

    Parameters
    ----------
    onset_s, end_s : float
        Its two troughs, s.
    level : float
        Of the belt at the second, in its unit.
    size : float
        Height of its peak above the straight line between the two.
    good : bool
        Quality of the breath suffices, and it is no sigh.
    """

    onset_s: float
    end_s: float
    level: float
    size: float
    good: bool


@dataclasses.dataclass(frozen=True, slots=True)
class RestLevel:
    """How the belly is at rest.

    Parameters
    ----------
    at_s : float
        Its middle breath, s.
    breaths : int
        How many it rests on.
    level, level_sd : float
        End-expiratory level and its robust spread about its own trend, in the belt's unit.
    slope_per_s, slope_se_per_s : float
        How it settles, and the standard error of that, in the belt's unit per second.
    amplitude, amplitude_se : float
        A0, the median breath, and its standard error.
    """

    at_s: float
    breaths: int
    level: float
    level_sd: float
    slope_per_s: float
    slope_se_per_s: float
    amplitude: float
    amplitude_se: float


def belly_breath(breath: BreathCycle, rows: FloatArray) -> BellyBreath | None:
    """Split one breath: level at both troughs, straight between, and what rises above.

    Parameters
    ----------
    breath : BreathCycle
        Which.
    rows : ndarray, shape (n, 2)
        Time and abdominal belt; NaN where not trusted.

    Returns
    -------
    found : BellyBreath or None
        None when a trough or the peak is not trusted.
    """
    start, peak, end = (
        _level(rows, at_s, before_s, AFTER_S)
        for at_s, before_s in (
            (breath.onset_s, BEFORE_S),
            (breath.peak_s, AFTER_S),
            (breath.end_s, BEFORE_S),
        )
    )
    if math.isnan(start + peak + end):
        return None
    part = (breath.peak_s - breath.onset_s) / (breath.end_s - breath.onset_s)
    return BellyBreath(
        onset_s=breath.onset_s,
        end_s=breath.end_s,
        level=end,
        size=peak - (start + part * (end - start)),
        good=breath.quality >= GOOD_QUALITY and not breath.sigh,
    )


def held_level(rows: FloatArray, now_s: float) -> float:
    """Return the level of a belt whose wearer holds the breath: the mean of the last second.

    Parameters
    ----------
    rows : ndarray, shape (n, 2)
        Time and abdominal belt until now; NaN where not trusted.
    now_s : float
        Time of the last row, s.

    Returns
    -------
    level : float
        In the belt's unit; NaN where less than 80 % is trusted.
    """
    return _level(rows, now_s, HOLD_S, 0.0)


def _level(rows: FloatArray, at_s: float, before_s: float, after_s: float) -> float:
    begin, end = np.searchsorted(rows[:, 0], (at_s - before_s, at_s + after_s))
    part = rows[begin : end + 1, 1]
    known = part[np.isfinite(part)]
    if not len(part) or rows[0, 0] > at_s - before_s + AFTER_S:
        return math.nan
    return float(known.mean()) if len(known) >= LEAST_KNOWN * len(part) else math.nan


def median_spread(values: Sequence[float]) -> tuple[float, float]:
    """Return the median and the robust standard deviation of what is known.

    Parameters
    ----------
    values : sequence of float
        NaN where not known.

    Returns
    -------
    median, sd : float
        NaN below four known values.
    """
    known = np.array([value for value in values if math.isfinite(value)])
    if len(known) < LEAST_BREATHS:
        return math.nan, math.nan
    middle = float(np.median(known))
    return middle, ROBUST_SD * float(np.median(np.abs(known - middle)))


def rest_level(breaths: Sequence[BellyBreath]) -> RestLevel | None:
    """Take rest from breaths.

    Parameters
    ----------
    breaths : sequence of BellyBreath
        All of them; only good ones are used.

    Returns
    -------
    rest : RestLevel or None
        None below four, or where the belly does not rise with them.
    """
    good = [one for one in breaths if one.good]
    size, size_sd = median_spread([one.size for one in good])
    if not size > 0.0:
        return None
    at_s = np.array([one.end_s for one in good])
    levels = np.array([one.level for one in good])
    middle_s = float(np.median(at_s))
    slope, slope_se = _settling(at_s, levels, SETTLING_PER_MIN * size / 60.0)
    level, level_sd = median_spread((levels - slope * (at_s - middle_s)).tolist())
    return RestLevel(
        at_s=middle_s,
        breaths=len(good),
        level=level,
        level_sd=level_sd,
        slope_per_s=slope,
        slope_se_per_s=slope_se,
        amplitude=size,
        amplitude_se=MEDIAN_SE * size_sd / math.sqrt(len(good)),
    )


def _settling(at_s: FloatArray, levels: FloatArray, usual: float) -> tuple[float, float]:
    """Weigh the trend that rest shows against what straps usually do: the shorter, the less."""
    slope, low, high = theil_sen(at_s, levels)
    if math.isnan(slope):
        return 0.0, usual
    se = (high - low) / (2.0 * 1.96)
    trust = usual * usual / (usual * usual + se * se)
    return trust * slope, math.sqrt(trust) * se


def tonic(level: float, at_s: float, rest: RestLevel) -> tuple[float, float]:
    """Return T and its standard error.

    Parameters
    ----------
    level : float
        Of the belt, in its unit.
    at_s : float
        When, s.
    rest : RestLevel
        What it is compared with.

    Returns
    -------
    tonic, se : float
        In breaths at rest, less what the belt has settled since, as far as rest showed it. The
        error is of this trough, of rest's median, of A0, of drift and of settling (half of what is
        taken off), and of a belt that is not straight.
    """
    passed_s = max(0.0, at_s - rest.at_s)
    settles_s = _settles_s(at_s, rest)
    settled = rest.slope_per_s * settles_s / rest.amplitude
    settled_se = math.hypot(0.5 * settled, rest.slope_se_per_s * settles_s / rest.amplitude)
    value = (level - rest.level) / rest.amplitude - settled
    trough = rest.level_sd / rest.amplitude
    median = MEDIAN_SE * trough / math.sqrt(rest.breaths)
    drift = DRIFT_PER_ROOT_MIN * math.sqrt(passed_s / 60.0)
    scale = value * math.hypot(rest.amplitude_se / rest.amplitude, NOT_LINEAR)
    return value, math.hypot(trough, median, drift, settled_se, scale)


def difference_se(earlier_s: float, later_s: float, rest: RestLevel) -> float:
    """Return the standard error of the difference of two T against the same rest.

    What rest itself is wrong by is in both and drops out: so a breath is compared with a manoeuvre
    more surely than with rest.

    Parameters
    ----------
    earlier_s, later_s : float
        When they were, s.
    rest : RestLevel
        What both are compared with.

    Returns
    -------
    se : float
        In breaths at rest.
    """
    early, late = (_settles_s(at_s, rest) for at_s in (earlier_s, later_s))
    settled = 0.5 * abs(rest.slope_per_s) + rest.slope_se_per_s
    drift = DRIFT_PER_ROOT_MIN * math.sqrt(max(0.0, later_s - earlier_s) / 60.0)
    of_belt = math.hypot(rest.level_sd, settled * (late - early)) / rest.amplitude
    return math.hypot(of_belt, drift)


def _settles_s(at_s: float, rest: RestLevel) -> float:
    return SETTLES_S * (1.0 - math.exp(-max(0.0, at_s - rest.at_s) / SETTLES_S))


def phasic(size: float, rest: RestLevel) -> tuple[float, float]:
    """Return P and its standard error.

    Parameters
    ----------
    size : float
        Of the abdominal breath above its tonic line, in the belt's unit.
    rest : RestLevel
        What it is compared with.

    Returns
    -------
    phasic, se : float
        Ratio. The error is of A0, of the heart beat, and of a belt that is not straight: at another
        girth it answers a breath otherwise. That no two breaths are equal is not in it.
    """
    value = size / rest.amplitude
    scale = value * math.hypot(rest.amplitude_se / rest.amplitude, NOT_LINEAR)
    return value, math.hypot(scale, HEART)
