from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from biofeedback.core.donning import Problem, StepName
from biofeedback.core.results import BreathCycle
from biofeedback.core.roles import Reason
from biofeedback.core.stream import FloatArray
from biofeedback.signal.calibration_judge import Findings, fused, judge
from biofeedback.signal.isovolume import Isovolume
from biofeedback.signal.preferential import Preferential
from tests.unit.signal.test_separation import breaths

RATE_HZ = 50.0
T_S = np.arange(0, 30, 1 / RATE_HZ)
BREATH = 0.5 - 0.5 * np.cos(2 * np.pi * T_S / 4)
QUIET = np.column_stack([BREATH, 2 * BREATH])


def some(chest: float, abdomen: float, n: int = 6, **changed: object) -> list[BreathCycle]:
    found = breaths(chest, n, abdomen_amplitude=abdomen, **changed)
    return [event for event in found if isinstance(event, BreathCycle)]


def after_quiet() -> Findings:
    found, problem = judge("quiet", QUIET, some(1.0, 2.0), Findings(), RATE_HZ)
    assert problem is None
    return found


def test_quiet_breathing_gives_usual_excursions_and_begins_anew() -> None:
    found = after_quiet()
    assert found.quiet == (1.0, 2.0)
    assert found.well_done == ("quiet",)
    later = dataclasses.replace(found, well_done=("quiet", "deep"))
    assert judge("quiet", QUIET, some(1.0, 2.0), later, RATE_HZ)[0].well_done == ("quiet",)


@pytest.mark.parametrize("step", ["deep", "isovolume", "chest_led", "belly_led"])
def test_nothing_can_be_judged_before_quiet_breathing(step: StepName) -> None:
    assert judge(step, QUIET, [], Findings(), RATE_HZ) == (Findings(), "missing_steps")


def test_rows_that_are_not_trusted_spoil_a_step() -> None:
    rows = QUIET.copy()
    rows[: len(rows) // 3, 1] = np.nan
    found, problem = judge("quiet", rows, some(1.0, 2.0), Findings(), RATE_HZ)
    assert problem == "not_trusted"
    assert found.problems == (("quiet", "not_trusted"),)
    assert judge("quiet", rows[:0], [], Findings(), RATE_HZ)[1] == "not_trusted"


@pytest.mark.parametrize(
    "changed",
    [{"quality": 0.2}, {"reason": int(Reason.SATURATED)}, {"chest_amplitude": math.nan}],
)
def test_breaths_that_cannot_be_compared_do_not_count(changed: dict[str, object]) -> None:
    few = some(1.0, 2.0, **changed)
    assert judge("quiet", QUIET, few, Findings(), RATE_HZ)[1] == "too_few_breaths"


def deep(chest: float, abdomen: float) -> FloatArray:
    wave = 0.5 - 0.5 * np.cos(2 * np.pi * T_S / 8)
    return np.column_stack([chest * wave, abdomen * wave])


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (deep(4.0, 8.0), None),
        (deep(-4.0, 8.0), "inverted"),
        (deep(4.0, -8.0), "inverted"),
        (deep(1.2, 2.4), "not_deep"),
        (deep(4.0, 2.0), "not_deep"),
    ],
)
def test_deep_breaths_tell_which_way_each_belt_reads(
    rows: FloatArray, problem: Problem | None
) -> None:
    found, said = judge("deep", rows, [], after_quiet(), RATE_HZ)
    assert said == problem
    assert np.sign(found.polarity[0]) in (0.0, np.sign(rows[100, 0]))


def test_led_breaths_are_compared_once_both_are_there() -> None:
    found, problem = judge("belly_led", QUIET, some(0.3, 1.4), after_quiet(), RATE_HZ)
    assert problem is None
    assert found.preferential is None
    found, problem = judge("chest_led", QUIET, some(0.8, 0.4), found, RATE_HZ)
    assert problem is None
    assert found.preferential is not None
    assert found.preferential.ln_k == pytest.approx(math.log(2.0))


def test_a_step_that_is_repeated_well_is_no_problem_any_more() -> None:
    found, problem = judge("chest_led", QUIET, some(0.8, 0.4, 2), after_quiet(), RATE_HZ)
    assert (problem, found.problems) == ("too_few_breaths", (("chest_led", "too_few_breaths"),))
    found, problem = judge("chest_led", QUIET, some(0.8, 0.4), found, RATE_HZ)
    assert (problem, found.problems) == (None, ())
    assert found.well_done == ("quiet", "chest_led")


def test_the_pushes_are_judged_against_quiet_breathing() -> None:
    push = 2.6 * (0.5 - 0.5 * np.cos(2 * np.pi * T_S / 3))
    rows = np.column_stack([-push / 2, push])
    found, problem = judge("isovolume", rows, [], after_quiet(), RATE_HZ)
    assert problem is None
    assert found.isovolume is not None
    assert found.isovolume.ln_k == pytest.approx(math.log(2.0), abs=1e-3)
    assert judge("isovolume", 0.5 * rows, [], after_quiet(), RATE_HZ)[1] == "swings_too_small"


def test_two_estimates_are_weighted_by_their_certainty() -> None:
    pushed, led = Isovolume(None, 0.1, 0.1), Preferential(None, 0.4, 0.2)
    ln_k = fused(pushed, led)
    assert ln_k is not None
    assert ln_k[0] == pytest.approx((0.1 / 0.01 + 0.4 / 0.04) / (1 / 0.01 + 1 / 0.04))
    assert ln_k[1] == pytest.approx(1 / math.sqrt(125))
    assert fused(pushed, Preferential(None, 0.46, 0.2)) is None
