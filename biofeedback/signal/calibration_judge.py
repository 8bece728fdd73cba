"""Was a step of a guided calibration done well, and what does it give?"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from biofeedback.core.donning import Problem, StepName
from biofeedback.core.results import BreathCycle
from biofeedback.core.roles import Reason
from biofeedback.core.stream import FloatArray
from biofeedback.signal.isovolume import Isovolume, isovolume
from biofeedback.signal.polarity import CLEAR, polarity
from biofeedback.signal.preferential import Preferential, preferential

__all__ = ["Findings", "fused", "judge"]

LEAST_TRUSTED = 0.8
LEAST_BREATHS = 4
GOOD_QUALITY = 0.5
DEEPER = 1.5
"""Least range of deep breaths, in quiet ones, of either belt."""
MOST_APART = 0.35
"""Largest |ln K| between the two estimates: a factor of 1.4."""


@dataclasses.dataclass(frozen=True, slots=True)
class Findings:
    """What the steps that were well done have given so far.

    Parameters
    ----------
    well_done : tuple of StepName
        Which.
    quiet_rows : ndarray, shape (n_samples, 2), or None
        Chest and abdomen in quiet breathing.
    quiet : tuple of float
        Usual excursions of chest and abdomen.
    polarity : tuple of float
        Of chest and abdomen; NaN until deep breaths were seen.
    isovolume : Isovolume or None
        The manoeuvre.
    chest_led, belly_led : ndarray, shape (n_breaths, 2), or None
        Excursions of chest and abdomen in led breaths.
    preferential : Preferential or None
        What comparing them gives.
    problems : tuple of (StepName, Problem)
        Of the steps that are to be repeated.
    """

    well_done: tuple[StepName, ...] = ()
    quiet_rows: FloatArray | None = None
    quiet: tuple[float, float] = (math.nan, math.nan)
    polarity: tuple[float, float] = (math.nan, math.nan)
    isovolume: Isovolume | None = None
    chest_led: FloatArray | None = None
    belly_led: FloatArray | None = None
    preferential: Preferential | None = None
    problems: tuple[tuple[StepName, Problem], ...] = ()

    def with_verdict(self, step: StepName, problem: Problem | None) -> Findings:
        """Return these findings with a step marked as well done or to be repeated.

        Parameters
        ----------
        step : StepName
            Which.
        problem : Problem or None
            None when it was well done.

        Returns
        -------
        findings : Findings
        """
        problems = tuple(pair for pair in self.problems if pair[0] != step)
        well_done = tuple(name for name in self.well_done if name != step)
        if problem is None:
            return dataclasses.replace(self, well_done=(*well_done, step), problems=problems)
        return dataclasses.replace(self, well_done=well_done, problems=(*problems, (step, problem)))


def judge(
    step: StepName,
    rows: FloatArray,
    breaths: Sequence[BreathCycle],
    before: Findings,
    sample_rate_hz: float,
) -> tuple[Findings, Problem | None]:
    """Judge one step by its rows and breaths.

    Parameters
    ----------
    step : StepName
        Which; not ``finish``.
    rows : ndarray, shape (n_samples, 2)
        Chest and abdomen while it lasted, NaN where not trusted.
    breaths : sequence of BreathCycle
        Breaths that lie within it.
    before : Findings
        Of the steps so far.
    sample_rate_hz : float
        Hz.

    Returns
    -------
    findings : Findings
        With what this step gave.
    problem : Problem or None
        None when it was well done.
    """
    if step != "quiet" and "quiet" not in before.well_done:
        return before, "missing_steps"
    known = np.isfinite(rows).all(axis=1)
    if not len(rows) or float(np.mean(known)) < LEAST_TRUSTED:
        return before.with_verdict(step, "not_trusted"), "not_trusted"
    rows = rows[known]
    found, problem = before, None
    if step == "isovolume":
        pushed = isovolume(
            np.ascontiguousarray(rows[:, 0]),
            np.ascontiguousarray(rows[:, 1]),
            before.quiet[1],
            sample_rate_hz,
        )
        found, problem = dataclasses.replace(before, isovolume=pushed), pushed.problem
    elif step == "deep":
        found, problem = _deep(rows, before)
    else:
        sizes = _excursions(breaths)
        if len(sizes) < LEAST_BREATHS:
            problem = "too_few_breaths"
        elif step == "quiet":
            usual = np.median(np.abs(sizes), axis=0)
            found = dataclasses.replace(
                Findings(), quiet_rows=rows, quiet=(float(usual[0]), float(usual[1]))
            )
        else:
            found, problem = _led(step, sizes, before)
    return found.with_verdict(step, problem), problem


def _excursions(breaths: Sequence[BreathCycle]) -> FloatArray:
    """Return the excursions of chest and abdomen in the breaths that can be compared."""
    clean = [
        (breath.chest_amplitude, breath.abdomen_amplitude)
        for breath in breaths
        if breath.quality >= GOOD_QUALITY
        and not breath.reason & Reason.SATURATED
        and math.isfinite(breath.chest_amplitude + breath.abdomen_amplitude)
    ]
    return np.array(clean).reshape(-1, 2)


def _deep(rows: FloatArray, before: Findings) -> tuple[Findings, Problem | None]:
    assert before.quiet_rows is not None
    ranges = np.diff(np.percentile(rows, (2.0, 98.0), axis=0), axis=0)[0]
    ways = [
        polarity(np.ascontiguousarray(before.quiet_rows[:, belt]), np.ascontiguousarray(column))
        for belt, column in enumerate(rows.T)
    ]
    found = dataclasses.replace(before, polarity=(ways[0], ways[1]))
    if min(ways) < -CLEAR:
        return found, "inverted"
    if min(ways) < CLEAR or not np.any(ranges >= DEEPER * np.array(before.quiet)):
        return found, "not_deep"
    return found, None


def _led(step: StepName, sizes: FloatArray, before: Findings) -> tuple[Findings, Problem | None]:
    if step == "chest_led":
        found = dataclasses.replace(before, chest_led=sizes)
    else:
        found = dataclasses.replace(before, belly_led=sizes)
    inverted = min(before.polarity) < -CLEAR
    if found.chest_led is None or found.belly_led is None or inverted:
        return found, None
    compared = preferential(found.chest_led, found.belly_led, found.quiet)
    return dataclasses.replace(found, preferential=compared), compared.problem


def fused(pushed: Isovolume, led: Preferential) -> tuple[float, float] | None:
    """Put the two estimates of the volume ratio together, weighted by their certainty.

    Parameters
    ----------
    pushed : Isovolume
        From the belly pushed out and in.
    led : Preferential
        From led breaths.

    Returns
    -------
    ln_k : tuple of float or None
        Logarithm of the ratio and its standard error; None when they differ by more than 0.35.

    References
    ----------
    .. [1] docs/metrics/calibration.md
    """
    if abs(pushed.ln_k - led.ln_k) > MOST_APART:
        return None
    weights = (1.0 / pushed.ln_k_se**2, 1.0 / led.ln_k_se**2)
    total = weights[0] + weights[1]
    middle = (weights[0] * pushed.ln_k + weights[1] * led.ln_k) / total
    return middle, 1.0 / math.sqrt(total)
