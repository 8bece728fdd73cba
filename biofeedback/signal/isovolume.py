"""The volume ratio from a belly that is pushed out and in while the throat is closed.

Volume stands still: ``0 = K · Δchest + Δabdomen``, so K is read off directly.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from biofeedback.core.donning import Problem
from biofeedback.core.stream import FloatArray
from biofeedback.signal.filters import hann_taps, smooth

__all__ = ["Isovolume", "isovolume", "turning_rows"]

SMOOTHING_S = 0.4
TURN = 0.35
"""A push turns when the belly has gone back by so much of a quiet breath: half the least push."""
LEAST_SWINGS, LEAST_SIZE = 4, 0.7
"""Swings needed, and their least size in quiet breaths of the abdomen."""
WEAKEST_R, MOST_RESIDUAL = -0.90, 0.15
LEAK_SD = 0.15
"""Uncertainty of ln K from air that escapes unseen: a leak g in every push shifts ln K by
−ln(1 − g), and 0.15 is the root mean square of that for leaks up to a quarter, which pass."""


@dataclasses.dataclass(frozen=True, slots=True)
class Isovolume:
    """What an isovolume manoeuvre gave.

    Parameters
    ----------
    problem : Problem or None
        Why it cannot be used.
    ln_k, ln_k_se : float
        Logarithm of the volume ratio and its standard error; NaN when nothing was opposed.
    r : float
        Correlation of the two belts while pushing.
    residual : float
        SD of K · chest + abdomen over SD of the abdomen while pushing.
    swings : int
        Times the belly went out and in.
    """

    problem: Problem | None
    ln_k: float = math.nan
    ln_k_se: float = math.nan
    r: float = math.nan
    residual: float = math.nan
    swings: int = 0


def isovolume(
    chest: FloatArray, abdomen: FloatArray, quiet_abdomen: float, sample_rate_hz: float
) -> Isovolume:
    """Find the pushes, judge them, and read the volume ratio off them.

    The pushes are the longest run of swings of the abdomen in which the chest moves the other
    way; the breaths before and after are left out by that. The ratio is that of the root mean
    squares of the two belts' swings: total least squares, whatever the units, untouched by slow
    drift. Not causal: needs the whole manoeuvre.

    Parameters
    ----------
    chest, abdomen : ndarray, shape (n_samples,)
        Both belts over the step, finite.
    quiet_abdomen : float
        Usual excursion of the abdomen in quiet breathing, same unit, > 0.
    sample_rate_hz : float
        Hz.

    Returns
    -------
    found : Isovolume

    References
    ----------
    .. [1] K. Konno, J. Mead, "Measurement of the separate volume changes of rib cage and abdomen
       during breathing", J. Appl. Physiol. 22 (1967) 407-422; docs/metrics/calibration.md
    """
    taps = hann_taps(SMOOTHING_S, sample_rate_hz)
    chest, abdomen = smooth(chest, taps), smooth(abdomen, taps)
    rows = turning_rows(abdomen, TURN * quiet_abdomen)
    out, rib = np.diff(abdomen[rows]), np.diff(chest[rows])
    begin, end = _longest(out * rib < 0)
    if end - begin < 2:
        return Isovolume("not_opposed")
    out, rib = np.abs(out[begin:end]), np.abs(rib[begin:end])
    ln_k = 0.5 * math.log(float(np.sum(out * out)) / float(np.sum(rib * rib)))
    first, last = rows[begin], rows[end] + 1
    x, y = _levelled(chest[first:last]), _levelled(abdomen[first:last])
    r = float(np.sum(x * y)) / math.sqrt(float(np.sum(x * x)) * float(np.sum(y * y)))
    residual = float(np.std(math.exp(ln_k) * x + y) / np.std(y))
    swings = (end - begin + 1) // 2
    large = int(np.sum(out >= LEAST_SIZE * quiet_abdomen) + 1) // 2
    scatter = float(np.std(np.log(out / rib), ddof=1)) / math.sqrt(len(out))
    problem: Problem | None = None
    if swings < LEAST_SWINGS:
        problem = "too_few_swings"
    elif large < LEAST_SWINGS:
        problem = "swings_too_small"
    elif r > WEAKEST_R or residual > MOST_RESIDUAL:
        problem = "throat_open"
    return Isovolume(problem, ln_k, math.hypot(scatter, LEAK_SD), r, residual, swings)


def turning_rows(values: FloatArray, reversal: float) -> list[int]:
    """Return the rows at which a signal turns by at least so much, its ends included.

    Parameters
    ----------
    values : ndarray, shape (n_samples,)
        Smooth and finite, at least one.
    reversal : float
        How far it must go back, > 0.

    Returns
    -------
    rows : list of int
        In order, maxima and minima in turn.
    """
    # Candidates are local extrema only: between them nothing can turn.
    steps = np.sign(np.diff(values))
    candidates = [0, *(np.flatnonzero(steps[1:] * steps[:-1] <= 0) + 1).tolist(), len(values) - 1]
    found = [0]
    for row in candidates:
        here = values[row]
        if len(found) == 1:
            if abs(here - values[found[0]]) >= reversal:
                found.append(row)
            continue
        way = np.sign(values[found[-1]] - values[found[-2]])
        if way * (here - values[found[-1]]) >= 0:
            found[-1] = row
        elif way * (values[found[-1]] - here) >= reversal:
            found.append(row)
    return found


def _longest(true: np.ndarray) -> tuple[int, int]:
    """Return the longest run [begin, end) of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], true.astype(np.int8), [0]))))
    if not len(edges):
        return 0, 0
    lengths = edges[1::2] - edges[::2]
    best = int(np.argmax(lengths))
    return int(edges[2 * best]), int(edges[2 * best + 1])


def _levelled(values: FloatArray) -> FloatArray:
    """Take the least-squares line off."""
    part = np.linspace(-1.0, 1.0, len(values))
    level = values - values.mean()
    return np.asarray(level - part * (np.sum(part * level) / np.sum(part * part)))
