"""How much later one sensor tells of a jolt than another: the constant lag no clock can show.

A tap on two sensors, a cough or a hop happens once, and every sensor that feels it should give it
the same time. Sensors of one kind are compared by the shape of what they felt; a belt and a
motion sensor feel the same jolt in different shapes, so only when its strength came is compared.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from biofeedback.core.ports import StreamKind
from biofeedback.core.stream import BoolArray, FloatArray
from biofeedback.signal.filters import hann_taps, held, smooth

__all__ = ["Felt", "Lag", "lag_between"]

FAST_S, SLOW_S = 0.15, 0.6
"""A jolt is what a smoother of the first width leaves and one of the second takes away, s."""
STRENGTH_S = 0.3
"""Strength is its RMS under a window of this width, s."""
TIMES_QUIET, OF_MOVEMENT = 10.0, 0.4
"""A jolt is so many times as strong as the quietest quarter of the time, and so much of what moves
slowly: the quick turn of a breath is none."""
OF_STRONGEST = 0.25
"""It lasts as long as it is so much of the strongest one."""
TOGETHER_S = 0.4
"""Pieces of one jolt are no farther apart, s."""
LONGEST_LAG_S = 0.5
AROUND_S = 0.3
REFINED_S = 0.1
"""Shapes are compared within so much of what strength says: a quarter of a cough's period, s."""
LEAST_ALIKE = 0.6
"""Least correlation of two strengths, or of two shapes."""
CLEARLY = 0.1
"""A shape is taken the other way round only if that is so much more alike."""
MOST_MISSING = 0.1
STRENGTH_SE_S, SHAPE_SE_S = 0.03, 0.01
"""Standard error by one jolt: of strengths, of shapes (docs/metrics/clock.md), s."""
SAMPLES_OF_SHAPE = 9
"""A jolt of fewer samples has no shape that could be compared, only a strength."""
SHAPE_PART, STRENGTH_PART = 0.2, 0.6
"""Part of a sample interval that comes on top: where between samples something was."""


@dataclass(frozen=True, slots=True, eq=False)
class Felt:
    """What one sensor felt during a check.

    Parameters
    ----------
    name : str
        For the reason when there is no answer.
    kind : {"belt", "imu"}
        Which kind of sensor.
    values : ndarray, shape (n_rows, n_axes)
        Excursion, or acceleration along each axis, at even times; NaN where not known.
    interval_s : float
        Time between the sensor's own samples, s.
    clock_se_s : float
        Standard error of its times, s; NaN counts as none.
    """

    name: str
    kind: StreamKind
    values: FloatArray
    interval_s: float
    clock_se_s: float = math.nan


@dataclass(frozen=True, slots=True)
class Lag:
    """The answer of a check.

    Parameters
    ----------
    lag_s : float
        By how much the other sensor's times are later than the reference's, s; NaN when there
        is no answer.
    se_s : float
        Its standard error, s.
    jolts : int
        How many it rests on.
    reason : str
        Why there is no answer; empty when there is one.
    """

    lag_s: float
    se_s: float
    jolts: int
    reason: str = ""


def lag_between(reference: Felt, other: Felt, sample_rate_hz: float) -> Lag:
    """Measure the constant lag between two sensors from jolts that both felt.

    Parameters
    ----------
    reference, other : Felt
        The same rows of both: some seconds with at least one jolt, and mostly none.
    sample_rate_hz : float
        Rate of the rows, Hz; 50 or more, so that rows are not what limits.

    Returns
    -------
    lag : Lag

    References
    ----------
    .. [1] C. H. Knapp, G. C. Carter, "The generalized correlation method for estimation of time
       delay", IEEE Trans. Acoust. Speech Signal Process. 24 (1976) 320-327;
       docs/metrics/clock.md
    """
    felt = (reference, other)
    for one in felt:
        if np.mean(~np.isfinite(one.values).all(axis=1)) > MOST_MISSING:
            return _no_answer(f"too little came from {one.name}")
    jolts = [_jolts(one.values, sample_rate_hz) for one in felt]
    strengths = [_strength(jolt, sample_rate_hz) for jolt in jolts]
    runs = [
        _runs(strength, one.values - jolt, sample_rate_hz)
        for one, jolt, strength in zip(felt, jolts, strengths, strict=True)
    ]
    for one, seen in zip(felt, runs, strict=True):
        if not seen:
            return _no_answer(f"{one.name} felt no jolt; tap both firmly three times, or cough")
    common = _common(runs[0], runs[1], sample_rate_hz)
    if not common:
        return _no_answer(f"{reference.name} and {other.name} felt no jolt at the same time")
    least_s = SAMPLES_OF_SHAPE * max(one.interval_s for one in felt)
    found = []
    for begin, end in common:
        lag_s = _at_best(strengths[0][:, None], strengths[1][:, None], begin, end, sample_rate_hz)
        by_shape = reference.kind == other.kind and end - begin >= least_s * sample_rate_hz
        if by_shape and lag_s is not None:
            lag_s = _at_best(jolts[0], jolts[1], begin, end, sample_rate_hz, lag_s)
        if lag_s is not None:
            found.append((lag_s, _one_se_s(felt, by_shape)))
    if not found:
        return _no_answer(f"{reference.name} and {other.name} felt different things")
    lags_s, one_se_s = (np.array(column) for column in zip(*found, strict=True))
    se_s = math.sqrt(float(np.mean(one_se_s**2)))
    if len(found) > 1:
        se_s = max(se_s, float(np.std(lags_s, ddof=1)))
    clocks_s = [one.clock_se_s for one in felt if math.isfinite(one.clock_se_s)]
    se_s = math.hypot(se_s / math.sqrt(len(found)), *clocks_s)
    return Lag(float(np.median(lags_s)), se_s, len(found))


def _one_se_s(felt: Sequence[Felt], by_shape: bool) -> float:
    """Return the standard error of a lag by one jolt."""
    own_s, part = (SHAPE_SE_S, SHAPE_PART) if by_shape else (STRENGTH_SE_S, STRENGTH_PART)
    return math.hypot(own_s, *(part * one.interval_s for one in felt))


def _no_answer(reason: str) -> Lag:
    return Lag(math.nan, math.nan, 0, reason)


def _jolts(values: FloatArray, rate_hz: float) -> FloatArray:
    """Leave what is faster than breathing and slower than a sample of a belt."""
    fast, slow = hann_taps(FAST_S, rate_hz), hann_taps(SLOW_S, rate_hz)
    axes = []
    for axis in values.T:
        known = np.isfinite(axis)
        filled = held(axis, float(axis[np.argmax(known)]))
        axes.append(smooth(filled, fast) - smooth(filled, slow))
    return np.stack(axes, axis=1)


def _strength(jolts: FloatArray, rate_hz: float) -> FloatArray:
    power = smooth(np.sum(jolts * jolts, axis=1), hann_taps(STRENGTH_S, rate_hz))
    edge = round((SLOW_S + STRENGTH_S) / 2 * rate_hz)
    power[:edge] = power[len(power) - edge :] = 0.0  # one-sided smoothing makes jolts of slopes
    return np.sqrt(np.maximum(power, 0.0))


def _runs(strength: FloatArray, slow: FloatArray, rate_hz: float) -> list[tuple[int, int]]:
    """Return where jolts are, as half-open runs of rows."""
    known = strength > 0.0
    if not known.any():
        return []
    movement = math.sqrt(float(np.sum(np.nanvar(slow, axis=0))))
    least = max(TIMES_QUIET * float(np.quantile(strength[known], 0.25)), OF_MOVEMENT * movement)
    strong: BoolArray = strength > OF_STRONGEST * strength.max()
    edges = np.flatnonzero(np.diff(np.concatenate(([False], strong, [False]))))
    runs: list[tuple[int, int]] = []
    for begin, end in edges.reshape(-1, 2).tolist():
        if runs and begin - runs[-1][1] <= TOGETHER_S * rate_hz:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((begin, end))
    return [(begin, end) for begin, end in runs if strength[begin:end].max() > least]


def _common(
    one: Sequence[tuple[int, int]], other: Sequence[tuple[int, int]], rate_hz: float
) -> list[tuple[int, int]]:
    """Return the stretches in which both felt a jolt, apart from each other."""
    reach = round(LONGEST_LAG_S * rate_hz)
    joined = sorted(
        (min(a[0], b[0]), max(a[1], b[1]))
        for a in one
        for b in other
        if a[0] - reach < b[1] and b[0] - reach < a[1]
    )
    merged: list[tuple[int, int]] = joined[:1]
    for before, after in pairwise(joined):
        if after[0] <= max(before[1], merged[-1][1]):
            merged[-1] = (merged[-1][0], max(merged[-1][1], after[1]))
        else:
            merged.append(after)
    return merged


def _at_best(
    reference: FloatArray,
    other: FloatArray,
    begin: int,
    end: int,
    rate_hz: float,
    near_s: float | None = None,
) -> float | None:
    """Return the lag at which two stretches are most alike; None where they are not."""
    around = round(AROUND_S * rate_hz)
    begin, end = max(0, begin - around), min(len(reference), end + around)
    middle, reach = (0, LONGEST_LAG_S) if near_s is None else (round(near_s * rate_hz), REFINED_S)
    lags = np.arange(middle - round(reach * rate_hz), middle + round(reach * rate_hz) + 1)
    lags = lags[(begin + lags >= 0) & (end + lags <= len(other))]
    if len(lags) < 3:
        return None
    a = reference[begin:end] - (reference[begin:end].mean() if near_s is None else 0.0)
    alike = np.empty(len(lags))
    for number, lag in enumerate(lags):
        b = other[begin + lag : end + lag]
        b = b - (b.mean() if near_s is None else 0.0)
        size = math.sqrt(float(np.sum(a * a)) * float(np.sum(b * b)))
        alike[number] = float(np.sum(a * b)) / size if size else 0.0
    if near_s is not None and -alike.min() > alike.max() + CLEARLY:
        alike = -alike  # the other feels it the other way round
    best = int(np.argmax(alike))
    if alike[best] < LEAST_ALIKE or not 0 < best < len(lags) - 1:
        return None
    left, top, right = alike[best - 1 : best + 2]
    bend = left - 2.0 * top + right
    shift = 0.5 * (left - right) / bend if bend else 0.0
    return float((lags[best] + shift) / rate_hz)
